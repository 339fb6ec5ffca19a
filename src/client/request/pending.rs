//! The requests that wait for answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::asked::Says;

/// Requests by their number, which is the order they were sent in.
#[derive(Debug, Default)]
pub(super) struct Pending {
    requests: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    sent: Instant,
    /// Answers that came.
    answers: u64,
}

/// What a message is to the requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An answer, after this time; without one where nothing was asked yet.
    Answer(Option<Duration>),
    /// No answer.
    Ignored,
    /// Perhaps an answer, but nothing says to which of several requests.
    Unassigned,
}

impl Pending {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// A request is on its way.
    pub(super) fn sent(&mut self, number: u64, now: Instant) {
        self.requests.insert(number, Waiting { sent: now, answers: 0 });
    }

    /// A request will get no answer; whether it waited for one.
    pub(super) fn drop(&mut self, number: u64) -> bool {
        self.requests.remove(&number).is_some()
    }

    /// A message came; `wanted` answers end a request.
    pub(super) fn arrived(&mut self, says: &Says, wanted: u64, now: Instant) -> Verdict {
        let number = match says {
            Says::Request(number) => Some(*number),
            Says::Other => None,
            Says::Nothing if self.requests.len() > 1 => return Verdict::Unassigned,
            // Without data the first who waits has it: whoever answers in order is understood.
            Says::Any | Says::Nothing => self.requests.keys().next().copied(),
        };
        let waiting = number.and_then(|number| Some((number, self.requests.get_mut(&number)?)));
        let Some((number, waiting)) = waiting else { return Verdict::Ignored };
        waiting.answers = waiting.answers.saturating_add(1);
        let latency = now.saturating_duration_since(waiting.sent);
        if waiting.answers >= wanted {
            self.requests.remove(&number);
        }
        Verdict::Answer(Some(latency))
    }

    /// When the one that waits longest was sent.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.requests.values().next().map(|waiting| waiting.sent)
    }

    /// Takes out those that were sent at `latest` or before; their numbers.
    pub(super) fn expire(&mut self, latest: Instant) -> Vec<u64> {
        let mut expired = Vec::new();
        while let Some(first) =
            self.requests.first_entry().filter(|first| first.get().sent <= latest)
        {
            expired.push(first.remove_entry().0);
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock;

    #[test]
    fn an_answer_goes_to_its_request_and_the_last_one_ends_it() {
        let (mut pending, now) = (Pending::default(), clock::now());
        let later = now + Duration::from_secs(1);
        (1..=3).for_each(|number| pending.sent(number, now));
        let answer = Verdict::Answer(Some(Duration::from_secs(1)));
        assert_eq!(pending.arrived(&Says::Request(2), 2, later), answer);
        assert_eq!(pending.arrived(&Says::Request(2), 2, later), answer);
        assert_eq!(pending.arrived(&Says::Request(2), 2, later), Verdict::Ignored);
        assert_eq!(pending.arrived(&Says::Other, 2, later), Verdict::Ignored);
        assert_eq!(pending.arrived(&Says::Nothing, 2, later), Verdict::Unassigned);
        assert_eq!(pending.arrived(&Says::Any, 1, later), answer);
        assert_eq!(pending.len(), 1, "the first one had it");
        assert_eq!(pending.arrived(&Says::Nothing, 1, later), answer);
        assert_eq!(pending.arrived(&Says::Any, 1, later), Verdict::Ignored);
    }

    #[test]
    fn those_that_waited_too_long_are_taken_out() {
        let (mut pending, now) = (Pending::default(), clock::now());
        let second = Duration::from_secs(1);
        pending.sent(1, now);
        pending.sent(2, now);
        pending.sent(3, now + second);
        assert_eq!(pending.oldest(), Some(now));
        assert_eq!(pending.expire(now), [1, 2]);
        assert!(pending.drop(3) && !pending.drop(3) && pending.is_empty());
    }
}
