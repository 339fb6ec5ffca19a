//! How the messages of a run were delivered, for a report at its end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::client::Latencies;

/// What is counted where a report was asked for.
#[derive(Debug)]
pub struct Delivery {
    /// Bytes of the payloads that were sent, each once.
    pub bytes: u64,
    /// From the broker's first yes to the end of all.
    pub time: Duration,
    /// Messages of QoS 1 and 2 that were sent.
    pub asked: u64,
    /// Those that the broker took.
    pub acknowledged: u64,
    /// How often a message was sent that had been sent before.
    pub sent_again: u64,
    /// Connections after the first.
    pub reconnects: u64,
    /// From the first sending of a message to the last acknowledgement.
    pub latencies: Latencies,
    begun: Instant,
    /// When unacknowledged messages went for the first time, by their numbers.
    sent: BTreeMap<u64, Instant>,
}

impl Delivery {
    /// Nothing is sent yet.
    pub(super) fn new(now: Instant) -> Option<Self> {
        Some(Self {
            bytes: 0,
            time: Duration::ZERO,
            asked: 0,
            acknowledged: 0,
            sent_again: 0,
            reconnects: 0,
            latencies: Latencies::new()?,
            begun: now,
            sent: BTreeMap::new(),
        })
    }

    /// A message of QoS 0 went.
    pub(super) fn unasked(&mut self, payload: usize) {
        self.bytes = self.bytes.saturating_add(length(payload));
    }

    /// A message that is to be acknowledged goes, for the first time or again.
    pub(super) fn asked(&mut self, number: u64, payload: usize, now: Instant) {
        if self.sent.contains_key(&number) {
            self.sent_again = self.sent_again.saturating_add(1);
            return;
        }
        self.sent.insert(number, now);
        self.asked = self.asked.saturating_add(1);
        self.bytes = self.bytes.saturating_add(length(payload));
    }

    /// The broker said its last word about a message: whether it took it.
    pub(super) fn answered(&mut self, number: u64, is_taken: bool, now: Instant) {
        let Some(sent) = self.sent.remove(&number) else { return };
        if is_taken {
            self.acknowledged = self.acknowledged.saturating_add(1);
            self.latencies.add(now.saturating_duration_since(sent));
        }
    }

    /// Another connection stands.
    pub(super) const fn reconnected(&mut self) {
        self.reconnects = self.reconnects.saturating_add(1);
    }

    /// All is over; the session sent so many messages again by itself.
    pub(super) fn end(&mut self, resent: u64, now: Instant) {
        self.sent_again = self.sent_again.saturating_add(resent);
        self.time = now.saturating_duration_since(self.begun);
    }
}

fn length(payload: usize) -> u64 {
    u64::try_from(payload).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock;

    #[test]
    fn a_message_counts_once_and_its_time_runs_from_the_first_sending() {
        let begin = clock::now();
        let at = |millis| begin + Duration::from_millis(millis);
        let mut delivery = Delivery::new(begin).unwrap();
        delivery.asked(1, 10, at(1));
        delivery.asked(2, 20, at(1));
        delivery.asked(1, 10, at(50));
        delivery.answered(1, true, at(101));
        delivery.answered(2, false, at(300));
        delivery.answered(2, true, at(400));
        delivery.unasked(7);
        delivery.reconnected();
        delivery.end(3, at(1000));
        assert_eq!((delivery.asked, delivery.acknowledged, delivery.bytes), (2, 1, 37));
        assert_eq!((delivery.sent_again, delivery.reconnects), (4, 1));
        assert_eq!(delivery.time, Duration::from_secs(1));
        assert_eq!(delivery.latencies.count(), 1);
        let longest = delivery.latencies.percentile(100.0);
        assert!(longest.abs_diff(Duration::from_millis(100)) < Duration::from_millis(1));
    }
}
