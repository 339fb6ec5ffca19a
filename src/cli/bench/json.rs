//! Seconds and reports for programs: an object a line. Times are nanoseconds.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::time::{Duration, SystemTime};

use data_encoding::BASE64;
use jiff::{SignedDuration, Timestamp};

use crate::bench::{Comparison, Cost, Measured, Part, Plan, Report, Scope, Second, Steps, Times};
use crate::client::Latencies;
use crate::options::Size;

/// Grows when a key changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// Which of several runs it is; nothing where there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// The side, and the number of the run of this side, from 1.
    pub(super) run: Option<(char, u32)>,
    /// Of a search, the number of the try, from 1.
    pub(super) trial: Option<u32>,
}

impl Mark {
    fn put_to(self, object: &mut Object) {
        if let Some((side, round)) = self.run {
            object.text("side", side.encode_utf8(&mut [0; 4])).put("round", round);
        }
    }

    /// As one word.
    pub(super) fn word(self) -> String {
        match self.run {
            Some((side, round)) => format!("{side}{round}"),
            None => self.trial.unwrap_or(1).to_string(),
        }
    }
}

/// An object that is being written.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    /// A member whose value is JSON as it is: a number, a word, another object.
    fn put(&mut self, name: &str, value: impl Display) -> &mut Self {
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{comma}{}:{value}", quoted(name));
        self
    }

    fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.put(name, quoted(value))
    }

    /// A number, or null.
    fn maybe(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.put(name, value),
            None => self.put(name, "null"),
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn line(self) -> String {
        let mut line = self.end();
        line.push('\n');
        line
    }
}

/// Text as a string of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(","))
}

/// Figures that are measured have no use for more digits.
fn rounded(figure: f64) -> String {
    format!("{figure:.3}")
}

/// One second.
pub(super) fn second(second: &Second, mark: Mark) -> String {
    let counts = &second.counts;
    let mut object = Object::new();
    object.text("type", "second");
    mark.put_to(&mut object);
    object
        .put("second", second.number)
        .put("connecting", second.is_connecting)
        .put("connections", second.open)
        .put("connected", counts.connected)
        .put("published", counts.published)
        .put("acknowledged", counts.acknowledged)
        .put("received", counts.received)
        .put("duplicate", counts.duplicate)
        .put("reordered", counts.reordered)
        .put("corrupt", counts.corrupt)
        .put("errors", counts.errors)
        .put("span", second.span)
        .put("length", second.length.as_nanos());
    let at = |pick: fn(&Times) -> Duration| second.latency.as_ref().map(|one| pick(one).as_nanos());
    object
        .maybe("timed", second.latency.map(|one| one.count))
        .maybe("mean", at(|one| one.mean))
        .maybe("p50", at(|one| one.p50))
        .maybe("p90", at(|one| one.p90))
        .maybe("p99", at(|one| one.p99))
        .maybe("p99.9", at(|one| one.p99_9))
        .maybe("max", at(|one| one.max));
    let load = &second.load;
    object
        .maybe("own_share", load.own.map(rounded))
        .maybe("own_memory", load.own_memory)
        .maybe("broker_share", load.broker.map(rounded))
        .maybe("broker_memory", load.broker_memory);
    if let Some(histogram) = &second.histogram {
        object.text("histogram", &BASE64.encode(histogram));
    }
    object.line()
}

/// The report.
pub(super) fn report(
    report: &Report,
    broker: &str,
    failed: &[String],
    warnings: &[String],
    mark: Mark,
) -> String {
    let counts = &report.counts;
    let mut latency = Object::new();
    for scope in Scope::ALL.into_iter().filter(|scope| scope.is_measured(&report.plan)) {
        let mut times = measured(scope.of(report));
        if scope == Scope::Connect {
            let Steps { tcp, tls, connack, .. } = &report.steps;
            for (name, step) in [("tcp", tcp), ("tls", tls), ("connack", connack)] {
                times.put(name, latencies(step).end());
            }
        }
        latency.put(scope.name(), times.end());
    }
    let mut object = Object::new();
    object.text("type", "report").put("schema", SCHEMA);
    mark.put_to(&mut object);
    object
        .text("run", &format!("{:08x}", report.plan.run))
        .put("config", config(report, broker))
        .text("started", &time(report.started))
        .put("elapsed", report.elapsed.as_nanos())
        .put("connected", counts.connected)
        .put("published", counts.published)
        .put("acknowledged", counts.acknowledged)
        .put("refused", counts.refused)
        .put("unacknowledged", report.unacknowledged)
        .put("unsent", report.unsent)
        .put("expected", report.expected)
        .put("received", counts.received)
        .put("lost", report.lost)
        .put("duplicate", counts.duplicate)
        .put("reordered", counts.reordered)
        .put("corrupt", counts.corrupt)
        .put("rate", rounded(report.rate))
        .maybe("steady", report.steady)
        .put("groups", parts(&report.groups))
        .put("phases", parts(&report.phases))
        .put("latency", latency.end())
        .put("late", latencies(&report.late).end())
        .put("errors", counted(&report.errors))
        .put("brokers", counted(&report.brokers))
        .put("elsewhere", counted(&report.elsewhere))
        .maybe("tls", (report.steps.handshakes > 0).then(|| handshakes(&report.steps)))
        .put("own", cost(&report.own))
        .maybe("broker", report.broker.as_ref().map(cost))
        .maybe(
            "clock",
            report.offset.map(|offset| {
                let mut object = Object::new();
                object.put("ahead", offset.ahead).put("error", offset.error.as_nanos());
                object.end()
            }),
        )
        .put("warnings", list(warnings))
        .put("failed_gates", list(failed));
    object.line()
}

/// The comparison of two sides.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let mut metrics = Object::new();
    for row in &comparison.rows {
        let figure = |value: f64| rounded(value);
        let mut one = Object::new();
        one.put("a", figure(row.a))
            .put("b", figure(row.b))
            .put("change", format!("{:.6}", row.change))
            .put("low", format!("{:.6}", row.interval.0))
            .put("high", format!("{:.6}", row.interval.1))
            .put("p", format!("{:.6}", row.p))
            .text("verdict", row.verdict.name());
        metrics.put(row.metric.name(), one.end());
    }
    let mut object = Object::new();
    object
        .text("type", "comparison")
        .put("schema", SCHEMA)
        .text("by", if comparison.is_by_seconds { "seconds" } else { "runs" })
        .put("confidence", format!("{:.6}", comparison.confidence))
        .put("figures", format!("[{},{}]", comparison.figures.0, comparison.figures.1))
        .put("metrics", metrics.end());
    object.line()
}

/// A rate that was tried.
pub(super) fn trial(rate: f64, report: &Report, failed: &[String]) -> String {
    let mut object = Object::new();
    object
        .text("type", "trial")
        .put("rate", rate)
        .put("reached", rounded(report.rate))
        .put("holds", failed.is_empty())
        .put("failed_gates", list(failed));
    object.line()
}

/// The highest rate that held.
pub(super) fn maximum(rate: Option<f64>) -> String {
    let mut object = Object::new();
    object.text("type", "maximum").maybe("rate", rate);
    object.line()
}

/// How often what happened.
fn counted(kinds: &BTreeMap<String, u64>) -> String {
    let mut object = Object::new();
    for (what, times) in kinds {
        object.put(what, times);
    }
    object.end()
}

fn handshakes(steps: &Steps) -> String {
    let mut object = Object::new();
    object.put("handshakes", steps.handshakes).put("resumed", steps.resumed);
    object.end()
}

/// Groups or phases.
fn parts(parts: &[Part]) -> String {
    let one = |part: &Part| {
        let mut object = Object::new();
        object
            .text("name", &part.name)
            .put("published", part.published)
            .put("expected", part.expected)
            .put("received", part.received)
            .put("lost", part.lost())
            .put("e2e", latencies(&part.e2e).end());
        object.end()
    };
    format!("[{}]", parts.iter().map(one).collect::<Vec<_>>().join(","))
}

fn config(report: &Report, broker: &str) -> String {
    let plan = &report.plan;
    let mut config = Object::new();
    config
        .text("scenario", plan.scenario.name())
        .text("broker", broker)
        .maybe("version", report.version.map(|version| quoted(&version.to_string())))
        .put("clients", plan.clients)
        .put("publishers", plan.publishers())
        .put("subscribers", plan.subscribers())
        .text("topic", &plan.topic)
        .maybe("part", plan.share.map(|share| format!("[{},{}]", share.index, share.of)))
        .maybe("start_at", plan.start.map(|start| quoted(&time(start))))
        .maybe("broker_pid", plan.broker)
        .put("qos", plan.qos as u8)
        .put("size", size(plan))
        .maybe("payload", plan.payload.as_deref().map(quoted))
        .maybe("rate", plan.rate)
        .maybe("schedule", plan.rate.map(|_| quoted(&plan.pace.to_string())))
        .maybe("inflight", plan.inflight)
        .maybe("duration", plan.duration.as_ref().map(Duration::as_nanos))
        .maybe("count", plan.count)
        .put("tls_resume", plan.tls_resume);
    config.end()
}

/// A number, or text where sizes differ; of a text of the user's own, nothing.
fn size(plan: &Plan) -> String {
    match plan.size {
        _ if plan.payload.is_some() => "null".to_owned(),
        Size::Fixed(size) => size.to_string(),
        size => quoted(&size.to_string()),
    }
}

fn cost(cost: &Cost) -> String {
    let mut object = Object::new();
    object
        .maybe("processor", cost.processor.map(|time| time.as_nanos()))
        .maybe("share", cost.share.map(rounded))
        .maybe("memory", cost.memory)
        .maybe("waited", cost.waited.map(rounded));
    object.end()
}

fn measured(measured: &Measured) -> Object {
    let mut object = latencies(&measured.corrected);
    object.put("uncorrected", latencies(measured.uncorrected()).end());
    object
}

/// A moment in UTC (RFC 3339).
fn time(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let moment =
        SignedDuration::try_from(since).ok().and_then(|since| Timestamp::from_duration(since).ok());
    moment.unwrap_or_default().to_string()
}

fn latencies(latencies: &Latencies) -> Object {
    let mut object = Object::new();
    object.put("count", latencies.count());
    if latencies.count() > 0 {
        let at = |percent| latencies.percentile(percent).as_nanos();
        object
            .put("min", at(0.0))
            .put("mean", latencies.mean().as_nanos())
            .put("p50", at(50.0))
            .put("p90", at(90.0))
            .put("p95", at(95.0))
            .put("p99", at(99.0))
            .put("p99.9", at(99.9))
            .put("p99.99", at(99.99))
            .put("max", at(100.0))
            .text("histogram", &BASE64.encode(&latencies.encode()));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_escaped() {
        let mut object = Object::new();
        object.put("a", 1).text("b\"", "c\n").maybe("d", None::<u8>);
        assert_eq!(object.line(), "{\"a\":1,\"b\\\"\":\"c\\n\",\"d\":null}\n");
        assert_eq!(list(&[]), "[]");
        assert_eq!(list(&["x".to_owned(), "\"".to_owned()]), "[\"x\",\"\\\"\"]");
    }
}
