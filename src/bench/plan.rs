//! Who does what, and when.

use std::time::{Duration, SystemTime};

use super::approximate;
use super::stamp::STAMP_SIZE;
use crate::codec::Qos;
pub use crate::options::Part;
use crate::options::{self, Bench, Resolved, Scenario};

/// How long messages are sent when neither a time nor a number is given.
const DURATION: Duration = Duration::from_secs(10);

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
    /// Bytes of a payload.
    pub size: usize,
    /// Messages or connections a second; without it each publisher waits for its own messages.
    pub rate: Option<f64>,
    /// The most messages of one publisher on their way, where that is bounded.
    pub inflight: Option<u16>,
    /// How long.
    pub duration: Option<Duration>,
    /// How many messages in all.
    pub count: Option<u64>,
    /// What tells this run's messages from another's.
    pub run: u32,
    /// Which part of a load this is, that several processes share.
    pub part: Option<Part>,
    /// When messages begin to be sent; at once without.
    pub start: Option<SystemTime>,
    /// The number of the broker's process, where that is one of this machine.
    pub broker: Option<u32>,
}

/// What one client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    /// Where it publishes to; its number as a publisher is that as a client.
    pub(super) topic: Option<String>,
    /// What it subscribes to.
    pub(super) filter: Option<String>,
    /// The publishers whose messages come to it: the first and how many.
    pub(super) hears: (u32, u32),
}

impl Plan {
    /// What the options come to; `run` is a number that no other run has.
    pub fn new(options: &Bench, resolved: &Resolved, run: u32) -> Result<Self, options::Error> {
        let topic = options.topic(resolved, STAMP_SIZE)?;
        let usual = options.rate.is_none().then_some(IN_FLIGHT);
        let publishes = options.scenario.publishes();
        Ok(Self {
            scenario: options.scenario,
            clients: options.clients.max(1),
            topic: topic.unwrap_or_else(|| format!("mq-bench/{run:08x}")),
            qos: options.qos,
            size: options.size,
            rate: options.rate,
            inflight: options.inflight.or(usual).filter(|_| publishes),
            duration: options.duration.or_else(|| options.count.is_none().then_some(DURATION)),
            count: options.count,
            run,
            part: options.part,
            start: options.start,
            broker: options.broker,
        })
    }

    /// Connections in all.
    pub fn connections(&self) -> u32 {
        match self.scenario {
            Scenario::FanIn | Scenario::FanOut => self.clients.saturating_add(1),
            _ => self.clients,
        }
    }

    /// The clients that publish are the first so many.
    pub fn publishers(&self) -> u32 {
        match self.scenario {
            Scenario::FanOut => 1,
            scenario if scenario.publishes() => self.clients,
            _ => 0,
        }
    }

    /// The clients that subscribe.
    pub fn subscribers(&self) -> u32 {
        match self.scenario {
            Scenario::FanIn => 1,
            scenario if scenario.subscribes() => self.clients,
            _ => 0,
        }
    }

    /// Whether messages are sent by the clock, and not when others came.
    pub const fn is_open(&self) -> bool {
        self.rate.is_some()
    }

    /// What a client does.
    pub(super) fn role(&self, index: u32) -> Role {
        let own = || format!("{}/{index}", self.topic);
        let topic = (index < self.publishers()).then(own);
        let (filter, hears) = match self.scenario {
            Scenario::EndToEnd => (topic.clone(), (index, 1)),
            Scenario::Subscribe => (Some(self.topic.clone()), (0, 0)),
            Scenario::FanIn if topic.is_none() => {
                (Some(format!("{}/+", self.topic)), (0, self.publishers()))
            }
            Scenario::FanOut if topic.is_none() => (Some(format!("{}/0", self.topic)), (0, 1)),
            _ => (None, (0, 0)),
        };
        Role { topic, filter, hears }
    }

    /// When the message with this number among all is due: nanoseconds from the start. Without a
    /// rate, at once.
    pub(super) fn due(&self, number: u64) -> u64 {
        self.rate.map_or(0, |rate| whole(approximate(number) * 1e9 / rate))
    }

    /// How many are due so many nanoseconds after the start.
    pub(super) fn due_at(&self, time: u64) -> u64 {
        let Some(rate) = self.rate else { return self.all() };
        let due = whole(approximate(time) * rate / 1e9).saturating_add(1);
        // What is due by the one calculation is due by the other.
        let due = if self.due(due.saturating_sub(1)) > time { due.saturating_sub(1) } else { due };
        due.min(self.all())
    }

    /// How many there are to be, `u64::MAX` for no end.
    pub(super) fn all(&self) -> u64 {
        let by_time = match (self.rate, self.duration) {
            // What is more by rounding alone is not one message more.
            (Some(rate), Some(duration)) => whole((duration.as_secs_f64() * rate - 1e-6).ceil()),
            _ => u64::MAX,
        };
        by_time.min(self.count.unwrap_or(u64::MAX))
    }

    /// How many of the first `all` are one publisher's: they take turns.
    pub(super) fn share(&self, all: u64, publisher: u32) -> u64 {
        let publishers = u64::from(self.publishers().max(1));
        if all == u64::MAX {
            return u64::MAX;
        }
        all.saturating_sub(u64::from(publisher)).div_ceil(publishers)
    }

    /// The number among all of a publisher's message.
    pub(super) fn number(&self, publisher: u32, sequence: u64) -> u64 {
        let publishers = u64::from(self.publishers());
        sequence.saturating_mul(publishers).saturating_add(u64::from(publisher))
    }
}

/// The whole part of what is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
const fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::bench) fn plan(scenario: Scenario) -> Plan {
        Plan {
            scenario,
            clients: 3,
            topic: "t".to_owned(),
            qos: Qos::AtMostOnce,
            size: 64,
            rate: Some(1000.0),
            inflight: None,
            duration: Some(Duration::from_secs(1)),
            count: None,
            run: 1,
            part: None,
            start: None,
            broker: None,
        }
    }

    #[test]
    fn publishers_take_turns_and_none_is_forgotten() {
        let plan = plan(Scenario::EndToEnd);
        for all in [0, 1, 2, 3, 10, 1000] {
            assert_eq!((0..3).map(|one| plan.share(all, one)).sum::<u64>(), all);
        }
        assert_eq!(plan.share(u64::MAX, 2), u64::MAX);
        assert_eq!([plan.number(0, 0), plan.number(2, 0), plan.number(1, 2)], [0, 2, 7]);
    }

    #[test]
    fn what_is_due_is_due_by_both_calculations() {
        for rate in [0.3, 1.0, 3.0, 999.0, 12_345.6, 1e8] {
            let plan = Plan { rate: Some(rate), duration: None, ..plan(Scenario::Publish) };
            for time in (0..3_000_000_000).step_by(1_234_567) {
                let due = plan.due_at(time);
                assert!(due > 0 && plan.due(due - 1) <= time, "{rate} {time}");
                assert!(plan.due(due + 1) > time, "{rate} {time}");
            }
        }
        let plan = plan(Scenario::Publish);
        assert_eq!(plan.all(), 1000);
        let longer =
            Plan { rate: Some(100.0), duration: Some(Duration::from_millis(1100)), ..plan };
        assert_eq!(longer.all(), 110, "1.1 * 100 is more");
        let plan = Plan { rate: Some(1000.0), duration: Some(Duration::from_secs(1)), ..longer };
        assert_eq!(plan.due_at(u64::MAX), 1000);
        assert_eq!(Plan { count: Some(7), ..plan }.due_at(u64::MAX), 7);
    }

    #[test]
    fn roles_are_those_of_the_scenario() {
        let words = |scenario, index| {
            let role = plan(scenario).role(index);
            (role.topic, role.filter, role.hears)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(words(Scenario::EndToEnd, 2), (text("t/2"), text("t/2"), (2, 1)));
        assert_eq!(words(Scenario::Publish, 2), (text("t/2"), None, (0, 0)));
        assert_eq!(words(Scenario::Subscribe, 2), (None, text("t"), (0, 0)));
        assert_eq!(words(Scenario::FanIn, 2), (text("t/2"), None, (0, 0)));
        assert_eq!(words(Scenario::FanIn, 3), (None, text("t/+"), (0, 3)));
        assert_eq!(words(Scenario::FanOut, 0), (text("t/0"), None, (0, 0)));
        assert_eq!(words(Scenario::FanOut, 3), (None, text("t/0"), (0, 1)));
        assert_eq!(words(Scenario::Connect, 0), (None, None, (0, 0)));
        for scenario in Scenario::ALL {
            let plan = plan(scenario);
            let roles: Vec<_> = (0..plan.connections()).map(|index| plan.role(index)).collect();
            let count = |pick: fn(&Role) -> bool| roles.iter().filter(|role| pick(role)).count();
            assert_eq!(count(|role| role.topic.is_some()), plan.publishers() as usize);
            assert_eq!(count(|role| role.filter.is_some()), plan.subscribers() as usize);
        }
    }
}
