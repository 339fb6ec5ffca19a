//! How to load a broker.

use std::fmt;
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
    /// Quality of service of messages and subscriptions; without it the least that the scenario
    /// can do with.
    pub qos: Option<Qos>,
    /// Bytes of a payload, where no text is given.
    pub size: Size,
    /// A text with placeholders, to be the payload.
    pub payload: Option<String>,
    /// Messages a second, or connections a second in the scenarios `connect` and `churn`; without
    /// it each publisher sends when its earlier messages are dealt with.
    pub rate: Option<Rate>,
    /// How the rate goes on.
    pub pace: Pace,
    /// The run ends when it has come to where it stays.
    pub until_steady: bool,
    /// The most messages of one publisher that are on their way, at least 1.
    pub inflight: Option<u16>,
    /// How long messages are sent, or connections held.
    pub duration: Option<Duration>,
    /// How many messages are sent in all, or connections made in the scenario `churn`; at least 1.
    pub count: Option<u64>,
    /// Which part of a load this is, that several processes share; only its part is done.
    pub share: Option<Share>,
    /// When messages begin to be sent, or clients to connect; at once without.
    pub start: Option<SystemTime>,
    /// The number of the broker's process, where that is one of this machine.
    pub broker: Option<u32>,
    /// What happens when something fails.
    pub on_error: OnError,
    /// Connections go on with TLS sessions that earlier ones began.
    pub tls_resume: bool,
}

/// A part of a load that several processes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which, from 0.
    pub index: u32,
    /// Of how many, at least 1.
    pub of: u32,
}

impl Share {
    /// How many of a whole are this part's.
    fn of_whole(self, whole: u64) -> u64 {
        let up_to = |index: u32| {
            let share = u128::from(whole).saturating_mul(index.into()).checked_div(self.of.into());
            share.and_then(|share| u64::try_from(share).ok()).unwrap_or(0)
        };
        up_to(self.index.saturating_add(1)).saturating_sub(up_to(self.index))
    }
}

/// What happens when a connection, a subscription or a message fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// It is counted.
    #[default]
    GoOn,
    /// It is counted, and the run ends.
    Stop,
}

/// How many bytes a payload has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Each so many.
    Fixed(usize),
    /// Each between these, none more often than another.
    Range(usize, usize),
    /// Around a mean, with a standard deviation, and never fewer than the least.
    Around {
        /// The mean.
        mean: usize,
        /// The standard deviation.
        deviation: usize,
        /// The fewest; smaller ones are made as large.
        least: usize,
    },
}

impl Size {
    /// The fewest.
    pub const fn least(self) -> usize {
        match self {
            Self::Fixed(size) => size,
            Self::Range(least, _) => least,
            // What would be smaller is made as large.
            Self::Around { mean, .. } => mean,
        }
    }

    /// The most. Of a normal distribution one in a billion would be larger.
    pub const fn most(self) -> usize {
        match self {
            Self::Fixed(size) => size,
            Self::Range(_, most) => most,
            Self::Around { mean, deviation, .. } => {
                mean.saturating_add(deviation.saturating_mul(6))
            }
        }
    }

    /// The same, with no fewer than these.
    #[must_use]
    pub fn at_least(self, fewest: usize) -> Self {
        match self {
            Self::Around { mean, deviation, least } => {
                Self::Around { mean, deviation, least: least.max(fewest) }
            }
            other => other,
        }
    }
}

/// `256`, `64..1024`, `500~100`.
impl std::str::FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let whole = |text| number(text).and_then(|number| usize::try_from(number).ok());
        let size = if let Some((least, most)) = text.split_once("..") {
            let range = whole(least).zip(whole(most)).filter(|(least, most)| least <= most);
            range.map(|(least, most)| Self::Range(least, most))
        } else if let Some((mean, deviation)) = text.split_once('~') {
            let both = whole(mean).zip(whole(deviation));
            both.map(|(mean, deviation)| Self::Around { mean, deviation, least: 0 })
        } else {
            whole(text).map(Self::Fixed)
        };
        size.ok_or("not a number of bytes like 256, from 64..1024, or around 500~100")
    }
}

/// As it is written.
impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => write!(formatter, "{size}"),
            Self::Range(least, most) => write!(formatter, "{least}..{most}"),
            Self::Around { mean, deviation, .. } => write!(formatter, "{mean}~{deviation}"),
        }
    }
}

/// So many a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// Of all together.
    InTotal(f64),
    /// Of each client that sends.
    OfEach(f64),
}

impl Rate {
    /// Of all together, which are so many.
    pub fn in_total(self, senders: u32) -> f64 {
        match self {
            Self::InTotal(rate) => rate,
            Self::OfEach(rate) => rate * f64::from(senders.max(1)),
        }
    }
}

/// `1000`, or `10/client`.
impl std::str::FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, kind): (_, fn(f64) -> Self) = match text.strip_suffix("/client") {
            Some(number) => (number, Self::OfEach),
            None => (text, Self::InTotal),
        };
        let wrong = "not a number of messages a second like 1000, or 10/client";
        number.trim().parse().map(kind).map_err(|_| wrong)
    }
}

/// How a rate goes on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Pace {
    /// One message after the other, in even distances.
    #[default]
    Constant,
    /// Each message comes without regard to the others, as from many that do not know of each
    /// other.
    Poisson,
    /// From this rate in total up or down to the one that was asked for, over the whole time.
    Ramp(f64),
    /// So many steps of the same height and length, the last at the rate that was asked for.
    Steps(u32),
    /// So many messages at once, then a pause.
    Bursts(u32),
}

/// Steps that can be told apart in a report, and never too many to keep.
const MAX_STEPS: u32 = 10_000;

/// `constant`, `poisson`, `ramp:10`, `step:5`, `burst:100`.
impl std::str::FromStr for Pace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, value) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
        let whole = |most: u32| {
            let number = value.and_then(|value| value.parse().ok());
            number.filter(|number| (1..=most).contains(number))
        };
        match (kind, value) {
            ("constant", None) => Ok(Self::Constant),
            ("poisson", None) => Ok(Self::Poisson),
            ("ramp", Some(from)) => {
                let from = from.parse().ok().filter(|from| (0.0..=MAX_RATE).contains(from));
                from.map(Self::Ramp).ok_or("ramp takes the rate that it begins with: ramp:10")
            }
            ("step", _) => {
                whole(MAX_STEPS).map(Self::Steps).ok_or("step takes a number of steps: step:5")
            }
            ("burst", _) => {
                let many = whole(u32::MAX).map(Self::Bursts);
                many.ok_or("burst takes the messages of one burst: burst:100")
            }
            _ => Err("not constant, poisson, ramp:RATE, step:N or burst:N"),
        }
    }
}

/// As it is written.
impl fmt::Display for Pace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => formatter.write_str("constant"),
            Self::Poisson => formatter.write_str("poisson"),
            Self::Ramp(from) => write!(formatter, "ramp:{from}"),
            Self::Steps(steps) => write!(formatter, "step:{steps}"),
            Self::Bursts(many) => write!(formatter, "burst:{many}"),
        }
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
    /// Pairs: one publishes, one subscribes.
    PeerToPeer,
    /// Many ask, one answers each.
    Request,
    /// As many publish as subscribe; each message goes to one of those who share.
    Shared,
    /// One publishes messages that are kept; then many subscribe, and get them.
    Retained,
    /// Many subscribe and leave; one publishes; they come back, and get what waited for them.
    Offline,
    /// Clients that connect and stay.
    Connect,
    /// Clients that connect, leave, and connect again.
    Churn,
    /// Groups of clients, each with a scenario of its own.
    Mixed,
}

impl Scenario {
    /// All that clients can have, the default first.
    pub const ALL: [Self; 12] = [
        Self::EndToEnd,
        Self::Publish,
        Self::Subscribe,
        Self::FanIn,
        Self::FanOut,
        Self::PeerToPeer,
        Self::Request,
        Self::Shared,
        Self::Retained,
        Self::Offline,
        Self::Connect,
        Self::Churn,
    ];

    /// The name that users know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndToEnd => "e2e",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::FanIn => "fan-in",
            Self::FanOut => "fan-out",
            Self::PeerToPeer => "p2p",
            Self::Request => "request",
            Self::Shared => "shared",
            Self::Retained => "retained",
            Self::Offline => "offline",
            Self::Connect => "connect",
            Self::Churn => "churn",
            Self::Mixed => "mixed",
        }
    }

    /// Whether clients publish.
    pub const fn publishes(self) -> bool {
        !matches!(self, Self::Subscribe) && !self.only_connects()
    }

    /// Whether what is published comes back, and is counted one by one.
    pub const fn comes_back(self) -> bool {
        self.publishes() && !matches!(self, Self::Publish)
    }

    /// Whether clients subscribe.
    pub const fn subscribes(self) -> bool {
        self.comes_back() || matches!(self, Self::Subscribe)
    }

    /// Whether clients do nothing but connect, each when its time has come.
    pub const fn only_connects(self) -> bool {
        matches!(self, Self::Connect | Self::Churn)
    }

    /// Whether messages are published before those are there whom they are for.
    pub const fn is_late(self) -> bool {
        matches!(self, Self::Retained | Self::Offline)
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
        let Some(share) = self.share else { return Ok(self) };
        if share.index >= share.of {
            return Err(Error::NoSuchPart { index: share.index, of: share.of });
        }
        let too_many = |what| Err(Error::TooManyParts { what, of: share.of });
        let clients = u32::try_from(share.of_whole(self.clients.into())).unwrap_or(0);
        if clients == 0 {
            return too_many("clients");
        }
        self.count = self.count.map(|count| share.of_whole(count));
        if self.count == Some(0) {
            return too_many("messages");
        }
        let scale = |rate: f64| rate * f64::from(clients) / f64::from(self.clients);
        self.rate = self.rate.map(|rate| match rate {
            Rate::InTotal(rate) => Rate::InTotal(scale(rate)),
            of_each @ Rate::OfEach(_) => of_each,
        });
        self.pace = match self.pace {
            Pace::Ramp(from) => Pace::Ramp(scale(from)),
            Pace::Bursts(many) => {
                Pace::Bursts(u32::try_from(share.of_whole(many.into())).unwrap_or(0).max(1))
            }
            other => other,
        };
        self.clients = clients;
        if self.scenario != Scenario::Subscribe {
            self.topic = self.topic.map(|topic| format!("{topic}/{}", share.index));
        }
        let own = |id: String| format!("{id}-{}", share.index);
        self.connect.client_id = self.connect.client_id.map(own);
        Ok(self)
    }

    /// What the topics begin with, or the filter to subscribe to; checked, as all that is asked
    /// for. `smallest` is the least payload that the ledger can do with.
    pub fn topic(&self, resolved: &Resolved, smallest: usize) -> Result<Option<String>, Error> {
        let ledger = self.scenario.comes_back();
        if self.size.most() > MAX_SIZE {
            return Err(Error::PayloadTooLong(self.size.most()));
        }
        let size = self.size.least();
        if ledger && size < smallest && self.payload.is_none() {
            return Err(Error::PayloadTooShort { size, smallest });
        }
        self.check_rate()?;
        if self.scenario == Scenario::Offline && self.qos == Some(Qos::AtMostOnce) {
            return Err(Error::QosOfAbsent);
        }
        if self.until_steady && (self.scenario.is_late() || self.scenario == Scenario::Connect) {
            return Err(Error::NeverSteady { scenario: self.scenario.name() });
        }
        let idle = |option| Error::IdleInScenario { option, scenario: self.scenario.name() };
        if !self.scenario.publishes() {
            if self.count.is_some() && self.scenario != Scenario::Churn {
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

    /// A rate that can be kept count of, and a pace that has one.
    fn check_rate(&self) -> Result<(), Error> {
        let is_rate = |rate: f64| rate > 0.0 && rate <= MAX_RATE;
        let Some(rate) = self.rate else {
            let paced = self.pace != Pace::Constant;
            return if paced { Err(Error::PaceOfNothing) } else { Ok(()) };
        };
        if !is_rate(rate.in_total(self.clients)) {
            return Err(Error::Rate);
        }
        let needs_end = matches!(self.pace, Pace::Ramp(_) | Pace::Steps(_));
        if needs_end && self.duration.is_none() && self.count.is_some() {
            return Err(Error::PaceWithoutEnd);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        for (whole, of) in [(1, 1), (10, 3), (7, 7), (1000, 6), (u64::MAX, 5)] {
            let shares = (0..of).map(|index| Share { index, of }.of_whole(whole));
            assert_eq!(shares.sum::<u64>(), whole, "{of}");
        }
        assert_eq!(Share { index: 0, of: 3 }.of_whole(2), 0);
    }
}
