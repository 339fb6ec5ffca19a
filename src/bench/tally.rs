//! What is counted and timed.

use std::collections::BTreeMap;

use super::{Error, Plan};
use crate::client::Latencies;

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
    pub(super) const fn since(&self, earlier: &Self) -> Self {
        Self {
            connected: self.connected.saturating_sub(earlier.connected),
            published: self.published.saturating_sub(earlier.published),
            acknowledged: self.acknowledged.saturating_sub(earlier.acknowledged),
            refused: self.refused.saturating_sub(earlier.refused),
            received: self.received.saturating_sub(earlier.received),
            distinct: self.distinct.saturating_sub(earlier.distinct),
            duplicate: self.duplicate.saturating_sub(earlier.duplicate),
            reordered: self.reordered.saturating_sub(earlier.reordered),
            corrupt: self.corrupt.saturating_sub(earlier.corrupt),
            errors: self.errors.saturating_sub(earlier.errors),
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
            subscribe: Measured::new(false)?,
            recent: Latencies::new()?,
            late: Latencies::new()?,
            counts: Counts::default(),
            errors: BTreeMap::new(),
            unacknowledged: 0,
            in_vain: 0,
        })
    }

    /// Something failed, so many times.
    pub(super) fn fail(&mut self, what: String, times: u64) {
        self.counts.errors = self.counts.errors.saturating_add(times);
        let known = self.errors.len() < KINDS || self.errors.contains_key(&what);
        let what = if known { what } else { "others".to_owned() };
        let counter = self.errors.entry(what).or_default();
        *counter = counter.saturating_add(times);
    }
}
