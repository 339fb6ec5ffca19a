//! Who does what, and when.

mod lane;
mod schedule;

use std::time::{Duration, SystemTime};

pub(super) use self::lane::{ANSWER, Lane, Role};
use self::schedule::Schedule;
use super::identity::Identities;
use super::stamp::STAMP_SIZE;
use super::text::Text;
use crate::client::Settings;
use crate::codec::Qos;
use crate::net::Address;
use crate::options::{
    self, Bench, OnError, Pace, Phase, Place, Resolved, Scenario, ScenarioFile, Share, Size,
};
use crate::topic;

/// How long messages are sent when neither a time nor a number is given.
const DURATION: Duration = Duration::from_secs(10);

/// How long a run is given to come to where it stays, when nothing else is said.
const STEADY: Duration = Duration::from_mins(1);

/// How many messages wait for those who come late, when nothing else is said: brokers keep as
/// many for a client by default.
const WAITING: u64 = 1000;

/// Messages of one publisher on their way, where neither a rate nor a number is given: every
/// broker takes as many at QoS 1 and 2 (mosquitto no more by default).
const IN_FLIGHT: u16 = 20;

/// All that a run is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Who publishes and who subscribes.
    pub scenario: Scenario,
    /// The clients that the scenario has many of.
    pub clients: u32,
    /// What the topics begin with, or the filter of the scenario `subscribe`.
    pub topic: String,
    /// Of messages and subscriptions.
    pub qos: Qos,
    /// Bytes of a payload, where it is no text.
    pub size: Size,
    /// The text that payloads are made of.
    pub payload: Option<String>,
    /// Messages or connections a second; without it each publisher waits for its own messages.
    pub rate: Option<f64>,
    /// How the rate goes on.
    pub pace: Pace,
    /// The most messages of one publisher on their way, where that is bounded.
    pub inflight: Option<u16>,
    /// How long.
    pub duration: Option<Duration>,
    /// The run ends before when it has come to where it stays.
    pub until_steady: bool,
    /// How many messages in all.
    pub count: Option<u64>,
    /// What tells this run's messages from another's.
    pub run: u32,
    /// What happens when something fails.
    pub on_error: OnError,
    /// What differs from client to client.
    pub identities: Identities,
    /// How rates go on, one after the other.
    pub phases: Vec<Phase>,
    /// Which part of a load this is, that several processes share.
    pub share: Option<Share>,
    /// When messages begin to be sent; at once without.
    pub start: Option<SystemTime>,
    /// The number of the broker's process, where that is one of this machine.
    pub broker: Option<u32>,
    /// Connections go on with TLS sessions that earlier ones began.
    pub tls_resume: bool,
    /// Each second is told with all its times, and not their percentiles alone.
    pub keeps_times: bool,
    /// Who does it; what is above is what they have in common, or come to together.
    pub(super) lanes: Vec<Lane>,
}

impl Plan {
    /// What the options come to; `run` is a number that no other run has.
    pub fn new(options: &Bench, resolved: &Resolved, run: u32) -> Result<Self, options::Error> {
        let (duration, count) = times(options);
        let topic = options.topic(resolved, STAMP_SIZE)?;
        let topic = topic.unwrap_or_else(|| format!("mq-bench/{run:08x}"));
        let lane = Lane::new(options, &topic, (run, 0), (duration, &[]))?;
        Ok(Self {
            scenario: options.scenario,
            clients: lane.clients,
            topic,
            qos: lane.qos,
            size: lane.size,
            payload: options.payload.clone(),
            rate: lane.rate,
            pace: options.pace,
            inflight: lane.inflight,
            duration,
            until_steady: options.until_steady,
            count,
            run,
            on_error: options.on_error,
            identities: Identities::default(),
            phases: Vec::new(),
            share: options.share,
            start: options.start,
            broker: options.broker,
            tls_resume: options.tls_resume,
            keeps_times: false,
            lanes: vec![lane],
        })
    }

    /// What a file's groups come to, each with where it connects to. An error is that of one of
    /// them.
    pub fn of_groups(
        file: &ScenarioFile,
        resolved: &[Resolved],
        usual: &Bench,
        run: u32,
    ) -> Result<Self, (Place, options::Error)> {
        let ends = file.groups.iter().all(|group| times(&group.bench).1.is_some());
        let phased =
            file.phases.iter().map(|phase| phase.duration).reduce(Duration::saturating_add);
        let usual_time = (!ends).then_some(DURATION);
        let duration = phased.or(file.duration).or(usual.duration).or(usual_time);
        let mut lanes = Vec::new();
        let mut first: u32 = 0;
        for ((group, resolved), number) in file.groups.iter().zip(resolved).zip(0_u32..) {
            let wrong = |error| (group.place, error);
            let topic = group.bench.topic(resolved, STAMP_SIZE).map_err(wrong)?;
            let topic = topic.unwrap_or_else(|| format!("mq-bench/{run:08x}/{number}"));
            let made = Lane::new(&group.bench, &topic, (run, first), (duration, &file.phases));
            let mut lane = made.map_err(wrong)?;
            lane.name.clone_from(&group.name);
            lane.is_elsewhere = !group.bench.connect.transport.urls.is_empty();
            lane.settings = Some(Box::new(resolved.settings.clone()));
            first = first.saturating_add(lane.connections());
            lanes.push(lane);
        }
        let scenarios: Vec<_> = lanes.iter().map(|lane| lane.scenario).collect();
        let alike = scenarios.windows(2).all(|pair| pair.first() == pair.last());
        let common = scenarios.first().copied().filter(|_| alike);
        let rates: Option<Vec<f64>> = lanes.iter().map(|lane| lane.rate).collect();
        Ok(Self {
            scenario: common.unwrap_or(Scenario::Mixed),
            clients: lanes.iter().map(|lane| lane.clients).fold(0, u32::saturating_add),
            topic: usual.topic.clone().unwrap_or_else(|| format!("mq-bench/{run:08x}")),
            qos: lanes.iter().map(|lane| lane.qos).max().unwrap_or_default(),
            size: usual.size,
            payload: None,
            rate: rates.map(|rates| rates.iter().sum()),
            pace: usual.pace,
            inflight: None,
            duration,
            until_steady: usual.until_steady,
            count: usual.count,
            run,
            on_error: usual.on_error,
            identities: Identities::default(),
            phases: file.phases.clone(),
            share: usual.share,
            start: usual.start,
            broker: usual.broker,
            tls_resume: usual.tls_resume,
            keeps_times: false,
            lanes,
        })
    }

    /// Those connect to this broker who have none of their own.
    pub fn serve_at(&mut self, address: &Address) {
        for lane in self.lanes.iter_mut().filter(|lane| !lane.is_elsewhere) {
            if let Some(settings) = &mut lane.settings {
                settings.server.address = address.clone();
            }
        }
    }

    /// Whether any client with these settings, or with those of its group, speaks TLS.
    pub fn has_tls(&self, settings: &Settings) -> bool {
        let lanes = self.lanes.iter();
        let mut used = lanes.map(|lane| lane.settings.as_deref().unwrap_or(settings));
        used.any(|one| one.servers().any(|server| server.dial.tls.is_some()))
    }

    /// The same once more, with messages that are told from those of the others by this number.
    #[must_use]
    pub fn again(&self, number: u32) -> Self {
        let mut plan = self.clone();
        plan.run = self.run.wrapping_add(number);
        for lane in &mut plan.lanes {
            lane.run = lane.run.wrapping_add(number);
        }
        plan
    }

    /// What an earlier run did, as far as a report of it says: nothing that can be done again.
    pub fn recorded(scenario: Scenario, clients: u32, qos: Qos, run: u32) -> Self {
        Self {
            scenario,
            clients,
            topic: String::new(),
            qos,
            size: Size::Fixed(0),
            payload: None,
            rate: None,
            pace: Pace::Constant,
            inflight: None,
            duration: None,
            until_steady: false,
            count: None,
            run,
            on_error: OnError::GoOn,
            identities: Identities::default(),
            phases: Vec::new(),
            share: None,
            start: None,
            broker: None,
            tls_resume: false,
            keeps_times: false,
            lanes: vec![Lane::recorded(scenario, clients, qos, run)],
        }
    }

    /// Adds what another part of the same load did.
    pub(super) fn add(&mut self, part: &Self) {
        self.clients = self.clients.saturating_add(part.clients);
        self.lanes.extend(part.lanes.iter().cloned());
        self.rate = self.rate.zip(part.rate).map(|(one, other)| one + other);
        self.count = self.count.zip(part.count).map(|(one, other)| one.saturating_add(other));
        let pairs = self.topic.chars().zip(part.topic.chars());
        self.topic = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
        // It is no part any more.
        self.share = None;
        if self.inflight != part.inflight {
            self.inflight = None;
        }
    }

    /// Messages a second of those who send some by the clock; none where nobody does.
    pub fn message_rate(&self) -> Option<f64> {
        let lanes = self.lanes.iter().filter(|lane| lane.scenario.publishes());
        lanes.filter_map(|lane| lane.rate).reduce(|one, other| one + other)
    }

    /// Connections in all.
    pub fn connections(&self) -> u32 {
        self.sum(Lane::connections)
    }

    /// The clients that publish.
    pub fn publishers(&self) -> u32 {
        self.sum(Lane::publishers)
    }

    /// The clients that subscribe.
    pub fn subscribers(&self) -> u32 {
        self.sum(Lane::subscribers)
    }

    fn sum(&self, of: impl Fn(&Lane) -> u32) -> u32 {
        self.lanes.iter().map(of).fold(0, u32::saturating_add)
    }

    /// Whether messages are sent by the clock, and not when others came.
    pub const fn is_open(&self) -> bool {
        self.rate.is_some()
    }

    /// Whether all that clients do is to connect.
    pub(super) fn only_connects(&self) -> bool {
        self.lanes.iter().all(|lane| lane.scenario.only_connects())
    }

    /// Whether messages are published before those are there whom they are for.
    pub(super) fn is_late(&self) -> bool {
        self.lanes.iter().any(|lane| lane.scenario.is_late())
    }

    /// The last nanosecond that anything may be due at, from the start.
    pub(super) fn last_moment(&self) -> u64 {
        let whole = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.duration.map_or(u64::MAX, |time| whole(time).saturating_sub(1))
    }
}

/// How long, and how many in all.
fn times(options: &Bench) -> (Option<Duration>, Option<u64>) {
    let has_end = options.duration.is_some() || options.count.is_some();
    let usual = (options.scenario.is_late() && !has_end).then_some(WAITING);
    let count = options.count.or(usual);
    let time = if options.until_steady { STEADY } else { DURATION };
    (options.duration.or_else(|| count.is_none().then_some(time)), count)
}

impl Lane {
    /// What the options come to, for clients that begin with this number and messages below this
    /// topic.
    fn new(
        options: &Bench,
        topic: &str,
        (run, first): (u32, u32),
        (duration, phases): (Option<Duration>, &[Phase]),
    ) -> Result<Self, options::Error> {
        let scenario = options.scenario;
        let absent = scenario == Scenario::Offline;
        let least = if absent { Qos::AtLeastOnce } else { Qos::AtMostOnce };
        let usual = options.rate.is_none().then_some(IN_FLIGHT);
        let fewest = if scenario.comes_back() { STAMP_SIZE } else { 0 };
        let mut lane = Self {
            name: String::new(),
            first,
            scenario,
            clients: options.clients.max(1),
            topic: topic_text(scenario, topic)?,
            qos: options.qos.unwrap_or(least),
            size: options.size.at_least(fewest),
            payload: payload_text(scenario, options.payload.as_deref())?,
            inflight: options.inflight.or(usual).filter(|_| scenario.publishes()),
            rate: None,
            schedule: None,
            all: times(options).1.unwrap_or(u64::MAX),
            settings: None,
            is_elsewhere: false,
            run,
        };
        let senders = if scenario.publishes() { lane.publishers() } else { lane.clients };
        lane.rate = options.rate.map(|rate| rate.in_total(senders));
        let seed = u64::from(run) | u64::from(first) << 32;
        lane.schedule = lane.rate.map(|rate| {
            if phases.is_empty() {
                // Connections that stay do not become more with the time.
                let length = duration.filter(|_| scenario != Scenario::Connect);
                Schedule::new(rate, options.pace, length, seed)
            } else {
                let part = |phase: &Phase| (phase.duration, phase.load.0, phase.load.1);
                let parts: Vec<_> = phases.iter().map(part).collect();
                Schedule::of_phases(rate, options.pace, &parts, seed)
            }
        });
        lane.all = lane.all.min(lane.schedule.as_ref().map_or(u64::MAX, Schedule::all));
        Ok(lane)
    }
}

/// The topics: with placeholders as they are given, else one below the given for each client, or,
/// where messages are kept, for each message.
fn topic_text(scenario: Scenario, given: &str) -> Result<Text, options::Error> {
    let wrong = |why: String| options::Error::Template { option: "--topic", why };
    let parse = |text: &str| Text::parse(text).map_err(|why| wrong(why.to_string()));
    let text = match (parse(given)?, scenario) {
        (text, Scenario::Retained) if !text.has_sequence() => {
            if !text.is_repeatable() {
                return Err(options::Error::TopicOfKept);
            }
            parse(&format!("{given}/{{seq}}"))?
        }
        (text, Scenario::Subscribe) => text,
        (text, _) if text.is_plain() => parse(&format!("{given}/{{client}}"))?,
        (text, _) => text,
    };
    if text.stamps() > 0 {
        return Err(wrong("{stamp} belongs into the payload".to_owned()));
    }
    if scenario == Scenario::Retained && !text.is_repeatable() {
        return Err(options::Error::TopicOfKept);
    }
    let filter = text.filter(None);
    if topic::is_filter(&filter) { Ok(text) } else { Err(options::Error::InvalidFilter(filter)) }
}

fn payload_text(scenario: Scenario, given: Option<&str>) -> Result<Option<Text>, options::Error> {
    let Some(given) = given else { return Ok(None) };
    let wrong = |why: String| options::Error::Template { option: "--message", why };
    let text = Text::parse(given).map_err(|why| wrong(why.to_string()))?;
    if text.stamps() > 1 || (scenario.comes_back() && text.stamps() == 0) {
        return Err(options::Error::NoStamp);
    }
    Ok(Some(text))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::bench) fn lane(scenario: Scenario) -> Lane {
        Lane {
            topic: topic_text(scenario, "t").unwrap(),
            size: Size::Fixed(64),
            rate: Some(1000.0),
            schedule: Some(Schedule::new(1000.0, Pace::Constant, Some(Duration::from_secs(1)), 1)),
            all: 1000,
            ..Lane::recorded(scenario, 3, Qos::AtMostOnce, 1)
        }
    }

    pub(in crate::bench) fn plan(scenario: Scenario) -> Plan {
        Plan {
            topic: "t".to_owned(),
            size: Size::Fixed(64),
            rate: Some(1000.0),
            duration: Some(Duration::from_secs(1)),
            lanes: vec![lane(scenario)],
            ..Plan::recorded(scenario, 3, Qos::AtMostOnce, 1)
        }
    }
}
