//! What is counted and timed.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{Error, Plan};
use crate::client::Latencies;
use crate::net;
use crate::options::Scenario;

/// Kinds of errors that are told apart; brokers word some of them as they like.
const KINDS: usize = 32;

/// Times of one thing.
#[derive(Debug)]
pub struct Measured {
    /// From when it was meant to happen: what had to wait for something slow counts with its wait.
    pub corrected: Latencies,
    /// From when it did happen, where that is not the same.
    pub uncorrected: Option<Latencies>,
}

impl Measured {
    /// None yet; `by_clock` where things are meant to happen at a time that is given.
    fn new(by_clock: bool) -> Option<Self> {
        let uncorrected = if by_clock { Some(Latencies::new()?) } else { None };
        Some(Self { corrected: Latencies::new()?, uncorrected })
    }

    /// It was meant to happen, did happen, and was done: nanoseconds of the run.
    pub(super) fn add(&mut self, intended: u64, begun: u64, done: u64) {
        self.corrected.add_nanoseconds(done.saturating_sub(intended));
        if let Some(uncorrected) = &mut self.uncorrected {
            uncorrected.add_nanoseconds(done.saturating_sub(begun));
        }
    }

    /// From when it did happen.
    pub fn uncorrected(&self) -> &Latencies {
        self.uncorrected.as_ref().unwrap_or(&self.corrected)
    }
}

/// What connecting is made of.
#[derive(Debug)]
pub struct Steps {
    /// From dialling to a stream that stands: TCP, with the lookup of the name and through a proxy
    /// where there are such.
    pub tcp: Latencies,
    /// From there to TLS, and WebSocket, where they are spoken.
    pub tls: Latencies,
    /// From CONNECT to CONNACK.
    pub connack: Latencies,
    /// Handshakes of TLS.
    pub handshakes: u64,
    /// Those that went on with the session of an earlier connection.
    pub resumed: u64,
}

impl Steps {
    fn new() -> Option<Self> {
        Some(Self {
            tcp: Latencies::new()?,
            tls: Latencies::new()?,
            connack: Latencies::new()?,
            handshakes: 0,
            resumed: 0,
        })
    }

    /// A client was accepted at this moment.
    pub(super) fn add(&mut self, steps: &net::Steps, has_tls: bool, accepted: Instant) {
        self.tcp.add(steps.carried.saturating_duration_since(steps.begun));
        if has_tls {
            self.tls.add(steps.ready.saturating_duration_since(steps.carried));
        }
        self.connack.add(accepted.saturating_duration_since(steps.ready));
        if let Some(resumed) = steps.resumed {
            count(&mut self.handshakes);
            self.resumed = self.resumed.saturating_add(u64::from(resumed));
        }
    }
}

/// What is only counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Clients that were accepted.
    pub connected: u64,
    /// Messages that were sent.
    pub published: u64,
    /// Messages that the broker acknowledged.
    pub acknowledged: u64,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages that came, whatever they were.
    pub received: u64,
    /// Messages that came for the first time.
    pub distinct: u64,
    /// Messages that came again.
    pub duplicate: u64,
    /// Messages that came behind a later one of their publisher.
    pub reordered: u64,
    /// Messages that came otherwise than they were sent.
    pub corrupt: u64,
    /// Connections, subscriptions and messages that failed.
    pub errors: u64,
}

impl Counts {
    /// What was added since `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        self.with(earlier, u64::saturating_sub)
    }

    /// Both.
    pub(super) fn and(&self, other: &Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    fn with(&self, other: &Self, both: fn(u64, u64) -> u64) -> Self {
        Self {
            connected: both(self.connected, other.connected),
            published: both(self.published, other.published),
            acknowledged: both(self.acknowledged, other.acknowledged),
            refused: both(self.refused, other.refused),
            received: both(self.received, other.received),
            distinct: both(self.distinct, other.distinct),
            duplicate: both(self.duplicate, other.duplicate),
            reordered: both(self.reordered, other.reordered),
            corrupt: both(self.corrupt, other.corrupt),
            errors: both(self.errors, other.errors),
        }
    }
}

impl Scenario {
    /// What the scenario does, of all that was counted: what its rate is that of.
    pub(super) const fn done(self, counts: &Counts) -> u64 {
        match self {
            Self::Subscribe => counts.received,
            Self::Connect | Self::Churn => counts.connected,
            Self::Retained | Self::Offline => counts.distinct,
            _ => counts.published,
        }
    }
}

/// One more.
pub(super) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// All that is counted and timed in a run.
#[derive(Debug)]
pub(super) struct Tally {
    /// From publishing to receiving.
    pub(super) e2e: Measured,
    /// From publishing to the acknowledgement.
    pub(super) ack: Measured,
    /// From dialling to CONNACK.
    pub(super) connect: Measured,
    /// The parts of that.
    pub(super) steps: Steps,
    /// From SUBSCRIBE to SUBACK.
    pub(super) subscribe: Measured,
    /// What is being measured in the first place, of the present second.
    pub(super) recent: Latencies,
    /// How much later than they were due messages were sent.
    pub(super) late: Latencies,
    /// What is only counted.
    pub(super) counts: Counts,
    /// What failed, by its words.
    pub(super) errors: BTreeMap<String, u64>,
    /// Connections by the broker that took them, where there are several.
    pub(super) brokers: BTreeMap<String, u64>,
    /// Connections that their own broker did not take, and another did, by the reason.
    pub(super) elsewhere: BTreeMap<String, u64>,
    /// Messages whose acknowledgement was waited for when their connection was lost.
    pub(super) unacknowledged: u64,
    /// How often a publisher waited in vain for its messages to come back.
    pub(super) in_vain: u64,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new(plan: &Plan) -> Result<Self, Error> {
        Self::empty(plan).ok_or(Error::Memory)
    }

    fn empty(plan: &Plan) -> Option<Self> {
        let (by_clock, connects) = (plan.is_open(), plan.only_connects());
        Some(Self {
            e2e: Measured::new(by_clock && !connects)?,
            ack: Measured::new(by_clock && !connects)?,
            connect: Measured::new(by_clock && connects)?,
            steps: Steps::new()?,
            subscribe: Measured::new(false)?,
            recent: Latencies::new()?,
            late: Latencies::new()?,
            counts: Counts::default(),
            errors: BTreeMap::new(),
            brokers: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            unacknowledged: 0,
            in_vain: 0,
        })
    }

    /// Something failed, so many times.
    pub(super) fn fail(&mut self, what: String, times: u64) {
        self.counts.errors = self.counts.errors.saturating_add(times);
        add_kind(&mut self.errors, what, times);
    }

    /// A connection was taken by the broker with this name; where it was another's turn, by why
    /// that one did not take it.
    pub(super) fn taken_by(&mut self, broker: String, passed_over: Option<String>) {
        let counter = self.brokers.entry(broker).or_default();
        count(counter);
        if let Some(why) = passed_over {
            add_kind(&mut self.elsewhere, why, 1);
        }
    }
}

/// So many more of a kind.
fn add_kind(kinds: &mut BTreeMap<String, u64>, what: String, times: u64) {
    let known = kinds.len() < KINDS || kinds.contains_key(&what);
    let what = if known { what } else { "others".to_owned() };
    let counter = kinds.entry(what).or_default();
    *counter = counter.saturating_add(times);
}
