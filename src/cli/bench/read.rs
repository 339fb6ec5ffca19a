//! Reports of earlier runs, read back from what `--json` wrote.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bench::{
    Cost, Counts, Load, Measured, Offset, Part, Plan, Recording, Report, Scope, Second, Steps,
    Times,
};
use crate::client::Latencies;
use crate::codec::Qos;
use crate::options::{Connect, Scenario, Share, Size};

/// The longest line: a report of all that there can be, with its histograms, has a tenth.
const LONGEST_LINE: usize = 4 * 1024 * 1024;

/// A file is read whole; a day of seconds has half of this.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// A run as it stands in a file.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) recording: Recording,
    /// Where it ran.
    pub(super) broker: String,
    /// Of runs in turn, the side that it is of.
    pub(super) side: Option<String>,
}

/// All runs of a file.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Told>> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?.len();
    anyhow::ensure!(size <= LARGEST_FILE, "{name} has more than 256 MiB: that is no report");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let (mut runs, mut seconds) = (Vec::new(), Vec::new());
    for (number, line) in (1_u64..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let place = || format!("{name}, line {number}");
        anyhow::ensure!(line.len() <= LONGEST_LINE, "{}: the line is too long", place());
        let wrong = |error: serde_json::Error| {
            let column = error.column();
            let what = if error.is_eof() { "it ends in the middle" } else { "not JSON" };
            anyhow::anyhow!(
                "{}, column {column}: {what}; is it what mq bench --json wrote?",
                place()
            )
        };
        let value: Value = serde_json::from_str(line).map_err(wrong)?;
        let Value::Object(object) = value else { anyhow::bail!("{}: no object", place()) };
        let object = Object(&object);
        match object.0.get("type").and_then(Value::as_str) {
            Some("second") => seconds.push(second(object).with_context(place)?),
            Some("report") => {
                let (report, broker) = report(object).with_context(place)?;
                let side = object.0.get("side").and_then(Value::as_str).map(str::to_owned);
                let seconds = std::mem::take(&mut seconds);
                runs.push(Told { recording: Recording { report, seconds }, broker, side });
            }
            Some(_) => {}
            None => anyhow::bail!("{}: it has no type: is it what mq bench --json wrote?", place()),
        }
    }
    anyhow::ensure!(!runs.is_empty(), "{name} has no report in it: was the run cut off?");
    Ok(runs)
}

/// An object whose members are looked at.
#[derive(Clone, Copy)]
struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    fn member<T>(self, name: &str, read: impl Fn(&'a Value) -> Option<T>) -> anyhow::Result<T> {
        let value = self.0.get(name).with_context(|| format!("there is no {name:?}"))?;
        read(value).with_context(|| format!("{name:?} is not what it should be"))
    }

    fn whole(self, name: &str) -> anyhow::Result<u64> {
        self.member(name, Value::as_u64)
    }

    /// A number that older files may not have, or that was not known.
    fn maybe(self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }

    fn figure(self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }

    fn text(self, name: &str) -> anyhow::Result<&'a str> {
        self.member(name, Value::as_str)
    }

    fn object(self, name: &str) -> anyhow::Result<Self> {
        self.member(name, |value| value.as_object().map(Object))
    }

    fn time(self, name: &str) -> Option<Duration> {
        self.maybe(name).map(Duration::from_nanos)
    }
}

fn second(object: Object<'_>) -> anyhow::Result<Second> {
    let counts = Counts {
        published: object.whole("published")?,
        acknowledged: object.whole("acknowledged")?,
        received: object.whole("received")?,
        duplicate: object.whole("duplicate")?,
        reordered: object.whole("reordered")?,
        corrupt: object.whole("corrupt")?,
        errors: object.whole("errors")?,
        connected: object.maybe("connected").unwrap_or(0),
        ..Counts::default()
    };
    let times = || {
        Some(Times {
            count: object.maybe("timed")?,
            mean: object.time("mean")?,
            p50: object.time("p50")?,
            p90: object.time("p90")?,
            p99: object.time("p99")?,
            p99_9: object.time("p99.9")?,
            max: object.time("max")?,
        })
    };
    let span = object.maybe("span").unwrap_or(1);
    let histogram = object.0.get("histogram").and_then(Value::as_str);
    let histogram = histogram.map(|text| BASE64.decode(text.as_bytes())).transpose();
    let histogram = histogram.context("\"histogram\" is no base64")?;
    if let Some(bytes) = &histogram {
        Latencies::decode(bytes).context("\"histogram\"")?;
    }
    Ok(Second {
        number: object.whole("second")?,
        span,
        length: object.time("length").unwrap_or_else(|| Duration::from_secs(span)),
        is_connecting: object.member("connecting", Value::as_bool)?,
        open: u32::try_from(object.whole("connections")?).unwrap_or(u32::MAX),
        counts,
        latency: times(),
        histogram,
        load: Load {
            own: object.figure("own_share"),
            own_memory: object.maybe("own_memory"),
            broker: object.figure("broker_share"),
            broker_memory: object.maybe("broker_memory"),
        },
        ..Second::default()
    })
}

fn report(object: Object<'_>) -> anyhow::Result<(Report, String)> {
    let schema = object.whole("schema")?;
    anyhow::ensure!(schema == 1, "it is of schema {schema}, and only 1 is known here");
    let config = object.object("config")?;
    let plan = plan(config, object.text("run")?)?;
    let latency = object.object("latency")?;
    let scope = |scope: Scope| {
        if latency.0.contains_key(scope.name()) {
            measured(latency.object(scope.name())?, plan.is_open())
        } else {
            empty()
        }
    };
    let steps = |name| match latency.object("connect") {
        Ok(connect) if connect.0.contains_key(name) => latencies(connect.object(name)?),
        _ => nothing(),
    };
    // Older files have none.
    let counted = |name: &str| object.object(name).map_or_else(|_| Ok(BTreeMap::new()), errors);
    let handshakes =
        |name: &str| object.object("tls").ok().and_then(|tls| tls.maybe(name)).unwrap_or(0);
    let counts = Counts {
        connected: object.whole("connected")?,
        published: object.whole("published")?,
        acknowledged: object.whole("acknowledged")?,
        refused: object.whole("refused")?,
        received: object.whole("received")?,
        distinct: object.whole("expected")?.saturating_sub(object.whole("lost")?),
        duplicate: object.whole("duplicate")?,
        reordered: object.whole("reordered")?,
        corrupt: object.whole("corrupt")?,
        errors: 0,
    };
    let errors = errors(object.object("errors")?)?;
    let failed = errors.values().fold(0, |sum: u64, times| sum.saturating_add(*times));
    let started: Timestamp = object.text("started")?.parse().context("\"started\"")?;
    let version = config.0.get("version").and_then(Value::as_str);
    let report = Report {
        version: version.and_then(Connect::version_of),
        started: SystemTime::from(started),
        elapsed: Duration::from_nanos(object.whole("elapsed")?),
        counts: Counts { errors: failed, ..counts },
        expected: object.whole("expected")?,
        lost: object.whole("lost")?,
        unsent: object.whole("unsent")?,
        unacknowledged: object.whole("unacknowledged")?,
        rate: object.member("rate", Value::as_f64)?,
        e2e: scope(Scope::EndToEnd)?,
        ack: scope(Scope::Ack)?,
        connect: scope(Scope::Connect)?,
        steps: Steps {
            tcp: steps("tcp")?,
            tls: steps("tls")?,
            connack: steps("connack")?,
            handshakes: handshakes("handshakes"),
            resumed: handshakes("resumed"),
        },
        subscribe: scope(Scope::Subscribe)?,
        late: latencies(object.object("late")?)?,
        errors,
        brokers: counted("brokers")?,
        elsewhere: counted("elsewhere")?,
        in_vain: 0,
        own: cost(object.object("own")?),
        broker: object.object("broker").ok().map(cost),
        offset: object.object("clock").ok().and_then(|clock| {
            let ahead = clock.0.get("ahead").and_then(Value::as_i64)?;
            Some(Offset { ahead, error: clock.time("error")? })
        }),
        steady: object.0.get("steady").and_then(Value::as_bool),
        groups: parts(object, "groups")?,
        phases: parts(object, "phases")?,
        untimed: 0,
        signal: None,
        failure: None,
        plan,
    };
    Ok((report, config.text("broker")?.to_owned()))
}

fn plan(config: Object<'_>, run: &str) -> anyhow::Result<Plan> {
    let scenario = |name: &str| {
        Scenario::ALL.into_iter().chain([Scenario::Mixed]).find(|one| one.name() == name)
    };
    let small = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let mut plan = Plan::recorded(
        config.member("scenario", |value| scenario(value.as_str()?))?,
        config.member("clients", small)?,
        config.member("qos", |value| Qos::from_bits(u8::try_from(value.as_u64()?).ok()?))?,
        u32::from_str_radix(run, 16).context("\"run\" is no number")?,
    );
    config.text("topic")?.clone_into(&mut plan.topic);
    plan.size = config.member("size", |value| match value {
        Value::Null => Some(plan.size),
        Value::String(text) => text.parse().ok(),
        number => usize::try_from(number.as_u64()?).ok().map(Size::Fixed),
    })?;
    let text = |name: &str| config.0.get(name).and_then(Value::as_str);
    plan.payload = text("payload").map(str::to_owned);
    plan.rate = config.figure("rate");
    plan.pace = text("schedule").and_then(|pace| pace.parse().ok()).unwrap_or_default();
    plan.inflight = config.maybe("inflight").and_then(|window| u16::try_from(window).ok());
    plan.duration = config.time("duration");
    plan.count = config.maybe("count");
    plan.tls_resume = config.0.get("tls_resume").and_then(Value::as_bool).unwrap_or(false);
    plan.share = config.0.get("part").and_then(share);
    plan.broker = config.maybe("broker_pid").and_then(|process| u32::try_from(process).ok());
    Ok(plan)
}

fn share(value: &Value) -> Option<Share> {
    let number = |at: usize| u32::try_from(value.get(at)?.as_u64()?).ok();
    Some(Share { index: number(0)?, of: number(1)? })
}

fn errors(object: Object<'_>) -> anyhow::Result<BTreeMap<String, u64>> {
    let times = |(what, times): (&String, &Value)| {
        let times = times.as_u64().with_context(|| format!("{what:?} is no count"))?;
        Ok((what.clone(), times))
    };
    object.0.iter().map(times).collect()
}

/// Groups, or phases.
fn parts(object: Object<'_>, name: &str) -> anyhow::Result<Vec<Part>> {
    let Some(list) = object.0.get(name).and_then(Value::as_array) else { return Ok(Vec::new()) };
    let part = |value: &Value| {
        let part = Object(value.as_object().with_context(|| format!("{name:?} has no objects"))?);
        let counts = [part.whole("published")?, part.whole("expected")?, part.whole("received")?];
        Ok(Part::recorded(part.text("name")?, counts, latencies(part.object("e2e")?)?))
    };
    list.iter().map(part).collect()
}

fn cost(object: Object<'_>) -> Cost {
    Cost {
        processor: object.time("processor"),
        share: object.figure("share"),
        memory: object.maybe("memory"),
        waited: object.figure("waited"),
    }
}

fn measured(object: Object<'_>, by_clock: bool) -> anyhow::Result<Measured> {
    let corrected = latencies(object)?;
    let uncorrected = latencies(object.object("uncorrected")?)?;
    let differs = by_clock && uncorrected.count() > 0;
    Ok(Measured { corrected, uncorrected: differs.then_some(uncorrected) })
}

fn empty() -> anyhow::Result<Measured> {
    Ok(Measured { corrected: nothing()?, uncorrected: None })
}

fn nothing() -> anyhow::Result<Latencies> {
    Latencies::new().context("there is no memory for the times")
}

fn latencies(object: Object<'_>) -> anyhow::Result<Latencies> {
    let count = object.whole("count")?;
    if count == 0 {
        return nothing();
    }
    let text = object.text("histogram")?;
    let bytes = BASE64.decode(text.as_bytes()).context("\"histogram\" is no base64")?;
    let latencies = Latencies::decode(&bytes).context("\"histogram\"")?;
    anyhow::ensure!(latencies.count() == count, "\"histogram\" has other times than it counts");
    Ok(latencies)
}
