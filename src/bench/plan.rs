//! Who does what, and when.

mod lane;
mod schedule;

use std::time::Duration;

pub(super) use self::lane::{ANSWER, Lane, Role};
use self::schedule::Schedule;
use super::stamp::STAMP_SIZE;
use super::text::Text;
use crate::codec::Qos;
use crate::options::{self, Bench, Pace, Resolved, Scenario, Size};
use crate::topic;

/// How long messages are sent when neither a time nor a number is given.
const DURATION: Duration = Duration::from_secs(10);

/// How long a run is given to come to where it stays, when nothing else is said.
const STEADY: Duration = Duration::from_secs(60);

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
    /// Who does it; what is above is what they have in common, or come to together.
    pub(super) lanes: Vec<Lane>,
}

impl Plan {
    /// What the options come to; `run` is a number that no other run has.
    pub fn new(options: &Bench, resolved: &Resolved, run: u32) -> Result<Self, options::Error> {
        let topic = options.topic(resolved, STAMP_SIZE)?;
        let topic = topic.unwrap_or_else(|| format!("mq-bench/{run:08x}"));
        let scenario = options.scenario;
        let usual = options.rate.is_none().then_some(IN_FLIGHT);
        let has_end = options.duration.is_some() || options.count.is_some();
        let count = options.count.or_else(|| (scenario.is_late() && !has_end).then_some(WAITING));
        let usual_time = if options.until_steady { STEADY } else { DURATION };
        let duration = options.duration.or_else(|| count.is_none().then_some(usual_time));
        let least = if scenario == Scenario::Offline { Qos::AtLeastOnce } else { Qos::AtMostOnce };
        let mut lane = Lane {
            first: 0,
            scenario,
            clients: options.clients.max(1),
            topic: topic_text(scenario, &topic)?,
            qos: options.qos.unwrap_or(least),
            size: options.size.at_least(if scenario.comes_back() { STAMP_SIZE } else { 0 }),
            payload: payload_text(scenario, options.payload.as_deref())?,
            inflight: options.inflight.or(usual).filter(|_| scenario.publishes()),
            schedule: None,
            all: count.unwrap_or(u64::MAX),
            settings: None,
            run,
        };
        let senders = if scenario.publishes() { lane.publishers() } else { lane.clients };
        let rate = options.rate.map(|rate| rate.in_total(senders));
        // Connections that stay do not become more with the time.
        let length = duration.filter(|_| scenario != Scenario::Connect);
        lane.schedule = rate.map(|rate| Schedule::new(rate, options.pace, length, u64::from(run)));
        let by_time = lane.schedule.as_ref().map_or(u64::MAX, Schedule::all);
        lane.all = lane.all.min(by_time);
        Ok(Self {
            scenario,
            clients: lane.clients,
            topic,
            qos: lane.qos,
            size: lane.size,
            payload: options.payload.clone(),
            rate,
            pace: options.pace,
            inflight: lane.inflight,
            duration,
            until_steady: options.until_steady,
            count,
            run,
            lanes: vec![lane],
        })
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
            first: 0,
            scenario,
            clients: 3,
            topic: topic_text(scenario, "t").unwrap(),
            qos: Qos::AtMostOnce,
            size: Size::Fixed(64),
            payload: None,
            inflight: None,
            schedule: Some(Schedule::new(1000.0, Pace::Constant, Some(Duration::from_secs(1)), 1)),
            all: 1000,
            settings: None,
            run: 1,
        }
    }

    pub(in crate::bench) fn plan(scenario: Scenario) -> Plan {
        Plan {
            scenario,
            clients: 3,
            topic: "t".to_owned(),
            qos: Qos::AtMostOnce,
            size: Size::Fixed(64),
            payload: None,
            rate: Some(1000.0),
            pace: Pace::Constant,
            inflight: None,
            duration: Some(Duration::from_secs(1)),
            until_steady: false,
            count: None,
            run: 1,
            lanes: vec![lane(scenario)],
        }
    }
}
