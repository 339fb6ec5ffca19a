//! How to load a broker.

use std::time::{Duration, SystemTime};

use super::connect::check_topic;
use super::{Connect, Error, Resolved};
use crate::codec::Qos;
use crate::topic;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Bench {
    /// Where, and who to be: client identifiers are made of the one that is given here.
    pub connect: Connect,
    /// Who publishes and who subscribes.
    pub scenario: Scenario,
    /// How many of the clients that the scenario has many of; at least 1.
    pub clients: u32,
    /// What the topics begin with; the filter of the scenario `subscribe`.
    pub topic: Option<String>,
    /// Quality of service of messages and subscriptions.
    pub qos: Qos,
    /// Bytes of a payload.
    pub size: usize,
    /// Messages a second of all publishers, or connections a second in the scenario `connect`;
    /// without it each publisher sends when its earlier messages are dealt with.
    pub rate: Option<f64>,
    /// The most messages of one publisher that are on their way, at least 1.
    pub inflight: Option<u16>,
    /// How long messages are sent, or connections held.
    pub duration: Option<Duration>,
    /// How many messages are sent in all, at least 1.
    pub count: Option<u64>,
    /// Which part of a load this is, that several processes share; only its part is done.
    pub part: Option<Part>,
    /// When messages begin to be sent, or clients to connect; at once without.
    pub start: Option<SystemTime>,
    /// The number of the broker's process, where that is one of this machine.
    pub broker: Option<u32>,
}

/// A part of a load that several processes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which, from 0.
    pub index: u32,
    /// Of how many, at least 1.
    pub of: u32,
}

impl Part {
    /// How many of a whole are this part's.
    fn share(self, whole: u64) -> u64 {
        let up_to = |index: u32| {
            let share = u128::from(whole).saturating_mul(index.into()).checked_div(self.of.into());
            share.and_then(|share| u64::try_from(share).ok()).unwrap_or(0)
        };
        up_to(self.index.saturating_add(1)).saturating_sub(up_to(self.index))
    }
}

/// Who publishes and who subscribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Each client publishes to a topic of its own, and subscribes to it.
    EndToEnd,
    /// Clients that publish; nobody subscribes.
    Publish,
    /// Clients that subscribe; somebody else publishes.
    Subscribe,
    /// Many publish, one subscribes to it all.
    FanIn,
    /// One publishes, many subscribe.
    FanOut,
    /// Clients that connect and stay.
    Connect,
}

impl Scenario {
    /// All, the default first.
    pub const ALL: [Self; 6] =
        [Self::EndToEnd, Self::Publish, Self::Subscribe, Self::FanIn, Self::FanOut, Self::Connect];

    /// The name that users know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndToEnd => "e2e",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::FanIn => "fan-in",
            Self::FanOut => "fan-out",
            Self::Connect => "connect",
        }
    }

    /// Whether clients publish.
    pub const fn publishes(self) -> bool {
        !matches!(self, Self::Subscribe | Self::Connect)
    }

    /// Whether what is published comes back, and is counted one by one.
    pub const fn comes_back(self) -> bool {
        matches!(self, Self::EndToEnd | Self::FanIn | Self::FanOut)
    }

    /// Whether clients subscribe.
    pub const fn subscribes(self) -> bool {
        self.comes_back() || matches!(self, Self::Subscribe)
    }
}

/// The fastest schedule: no machine sends faster, and what is due stays a number to count with.
const MAX_RATE: f64 = 1e8;

/// The longest payload; with a topic of any length it fits a packet.
const MAX_SIZE: usize = 256 * 1024 * 1024 - 128 * 1024;

/// Bytes that a topic of many grows by at most, from the number that is added to it.
const SUFFIX: usize = 16;

impl Bench {
    /// What this part of it is to do: clients, rate and number of messages are shared, and topics
    /// and client identifiers are its own.
    pub fn shared(mut self) -> Result<Self, Error> {
        let Some(part) = self.part else { return Ok(self) };
        if part.index >= part.of {
            return Err(Error::NoSuchPart { index: part.index, of: part.of });
        }
        let too_many = |what| Err(Error::TooManyParts { what, of: part.of });
        let clients = u32::try_from(part.share(self.clients.into())).unwrap_or(0);
        if clients == 0 {
            return too_many("clients");
        }
        self.count = self.count.map(|count| part.share(count));
        if self.count == Some(0) {
            return too_many("messages");
        }
        self.rate = self.rate.map(|rate| rate * f64::from(clients) / f64::from(self.clients));
        self.clients = clients;
        if self.scenario != Scenario::Subscribe {
            self.topic = self.topic.map(|topic| format!("{topic}/{}", part.index));
        }
        let own = |id: String| format!("{id}-{}", part.index);
        self.connect.client_id = self.connect.client_id.map(own);
        Ok(self)
    }

    /// What the topics begin with, or the filter to subscribe to; checked, as all that is asked
    /// for. `smallest` is the least payload that the ledger can do with.
    pub fn topic(&self, resolved: &Resolved, smallest: usize) -> Result<Option<String>, Error> {
        let ledger = self.scenario.comes_back();
        if self.size > MAX_SIZE {
            return Err(Error::PayloadTooLong(self.size));
        }
        if ledger && self.size < smallest {
            return Err(Error::PayloadTooShort { size: self.size, smallest });
        }
        if self.rate.is_some_and(|rate| !(rate > 0.0 && rate <= MAX_RATE)) {
            return Err(Error::Rate);
        }
        let idle = |option| Error::IdleInScenario { option, scenario: self.scenario.name() };
        if !self.scenario.publishes() {
            if self.count.is_some() {
                return Err(idle("--count"));
            }
            if self.inflight.is_some() {
                return Err(idle("--inflight"));
            }
            if self.rate.is_some() && self.scenario == Scenario::Subscribe {
                return Err(idle("--rate"));
            }
        }
        let Some(given) = self.topic.as_ref().or(resolved.topic.as_ref()) else {
            let needed = self.scenario == Scenario::Subscribe;
            return if needed { Err(Error::NoTopic) } else { Ok(None) };
        };
        match self.scenario {
            Scenario::Subscribe if !topic::is_filter(given) => {
                return Err(Error::InvalidFilter(given.clone()));
            }
            Scenario::Subscribe => {}
            _ => check_topic(given)?,
        }
        if given.len() > usize::from(u16::MAX).saturating_sub(SUFFIX) {
            return Err(Error::TooLong { what: "the topic with its number" });
        }
        Ok(Some(given.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        for (whole, of) in [(1, 1), (10, 3), (7, 7), (1000, 6), (u64::MAX, 5)] {
            let shares = (0..of).map(|index| Part { index, of }.share(whole));
            assert_eq!(shares.sum::<u64>(), whole, "{of}");
        }
        assert_eq!(Part { index: 0, of: 3 }.share(2), 0);
    }
}
