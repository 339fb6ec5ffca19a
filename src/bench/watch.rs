//! What one subscriber hears, and which of it came.

use super::ledger::{Arrival, Stream};
use super::payload::Payload;
use super::stamp::Stamp;
use crate::codec::{Property, Publish};
use crate::options::Scenario;

/// The publishers that a subscriber hears, and which of their messages came.
#[derive(Debug)]
pub(super) struct Watch {
    /// Where the subscriber belongs.
    pub(super) lane: usize,
    /// The number of the first publisher.
    first: u32,
    streams: Vec<Stream>,
    kind: Kind,
}

/// What is special about what comes.
#[derive(Debug)]
enum Kind {
    /// Nothing.
    Usual,
    /// Answers, with what tells them apart.
    Answers,
    /// It waited to be asked for, at this time, and is in no order, or in order.
    Waited { asked: u64, in_order: bool },
    /// Some of it comes to others: one more than the highest number of each publisher that came
    /// here.
    Part(Vec<u64>),
}

/// What an arrival comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrived {
    /// It came for the first time, and so much further is what is known to have come.
    First(u64),
    /// For the first time, but behind a later one.
    Behind,
    /// Not for the first time.
    Again,
}

impl Watch {
    /// Nothing came yet; it was asked for at this time.
    pub(super) fn new(
        lane: usize,
        scenario: Scenario,
        (first, many): (u32, u32),
        asked: u64,
    ) -> Self {
        let kind = match scenario {
            Scenario::Request => Kind::Answers,
            Scenario::Retained => Kind::Waited { asked, in_order: false },
            Scenario::Offline => Kind::Waited { asked, in_order: true },
            Scenario::Shared => Kind::Part((0..many).map(|_| 0).collect()),
            _ => Kind::Usual,
        };
        let own = if scenario == Scenario::Shared { 0 } else { many };
        Self { lane, first, streams: streams(own), kind }
    }

    /// What comes to all together who share a subscription.
    pub(super) fn of_all(lane: usize, (first, many): (u32, u32)) -> Self {
        Self { lane, first, streams: streams(many), kind: Kind::Usual }
    }

    /// The subscriber is back: what waited for it counts from this time.
    pub(super) const fn is_back(&mut self, now: u64) {
        if let Kind::Waited { asked, .. } = &mut self.kind {
            *asked = now;
        }
    }

    /// Whether what stands beside the payload is what it should be.
    pub(super) fn fits(&self, message: &Publish<'_>, payload: &Payload, stamp: &Stamp) -> bool {
        let Kind::Answers = self.kind else { return true };
        let sent = message.properties.find(|property| match property {
            Property::CorrelationData(data) => Some(data),
            _ => None,
        });
        // Version 3 has none.
        sent.is_none_or(|data| payload.correlation(stamp) == data)
    }

    /// A message came. `shared` is what came to all who share the subscription. Nothing when it is
    /// not for this subscriber.
    pub(super) fn take(&mut self, stamp: &Stamp, shared: Option<&mut Self>) -> Option<Arrived> {
        let at = usize::try_from(stamp.publisher.checked_sub(self.first)?).ok()?;
        let stream = match shared {
            Some(shared) => shared.streams.get_mut(at)?,
            None => self.streams.get_mut(at)?,
        };
        let before = stream.reached();
        let arrival = stream.take(stamp.sequence);
        let advance = stream.reached().saturating_sub(before);
        let is_behind = match &mut self.kind {
            Kind::Waited { in_order: false, .. } => false,
            // Who shares sees the order of what comes to him.
            Kind::Part(reached) => {
                let reached = reached.get_mut(at)?;
                let is_behind = stamp.sequence < *reached;
                *reached = (*reached).max(stamp.sequence.saturating_add(1));
                is_behind
            }
            _ => arrival == Arrival::Late,
        };
        Some(match arrival {
            Arrival::Repeat => Arrived::Again,
            _ if is_behind => Arrived::Behind,
            Arrival::New | Arrival::Late => Arrived::First(advance),
        })
    }

    /// When a message was meant to come on its way, and when it did.
    pub(super) const fn times(&self, stamp: &Stamp) -> (u64, u64) {
        match self.kind {
            Kind::Waited { asked, .. } => (asked, asked),
            _ => (stamp.intended, stamp.sent),
        }
    }
}

fn streams(many: u32) -> Vec<Stream> {
    (0..many).map(|_| Stream::default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_share_are_judged_together_but_for_the_order() {
        let new = || Watch::new(0, Scenario::Shared, (5, 1), 0);
        let (mut all, mut one, mut other) = (Watch::of_all(0, (5, 1)), new(), new());
        let stamp = |sequence| Stamp { publisher: 5, sequence, intended: 0, sent: 0 };
        let mut take = |member: &mut Watch, sequence| member.take(&stamp(sequence), Some(&mut all));
        assert_eq!(take(&mut one, 1), Some(Arrived::First(2)));
        assert_eq!(take(&mut other, 0), Some(Arrived::First(0)), "nobody knows which was first");
        assert_eq!(take(&mut other, 3), Some(Arrived::First(2)));
        assert_eq!(take(&mut other, 2), Some(Arrived::Behind));
        assert_eq!(take(&mut one, 2), Some(Arrived::Again));
        let foreign = Stamp { publisher: 6, ..stamp(0) };
        assert_eq!(one.take(&foreign, None), None);
    }
}
