//! Whether all retained messages have come, which no broker says.
//!
//! They come before or behind SUBACK, but in most brokers ahead of the answer to a ping that was
//! sent behind it; of those that draw them later, only a silence tells.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::removal::Removal;
use crate::net::clock;
use crate::session::Client;

/// Topics that are known to have come; of more, one that comes by two filters is there twice.
const TOPICS: usize = 1_000_000;

/// The retained messages of a subscription, and their end.
#[derive(Debug)]
pub(super) struct Retained {
    /// The silence that tells it.
    idle: Duration,
    waits_for: Awaited,
    /// Whose messages came: several filters may match one topic, and a broker may send its message
    /// for each. Topics are known by their hash alone: a broker chooses how long they are, but not
    /// how they hash.
    topics: HashSet<u64>,
    hasher: RandomState,
    /// Whether that can happen.
    may_repeat: bool,
}

/// What is to come before they are all there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// The answers to all requests.
    Subscription,
    /// So many answers to pings, the last of them to the one that was sent behind those.
    Answers(u8),
    /// The end of a silence. When that is there, a last look tells whether it was one: messages
    /// may wait unread while this process has no turn.
    Silence { since: Instant, looked: bool },
}

/// What is to be done at a point of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To wait.
    Wait,
    /// To see whether something waits unread, and ask again.
    Look,
    /// Nothing: all have come.
    End,
}

impl Retained {
    /// Nothing is subscribed to yet, and will be by so many filters.
    pub(super) fn new(idle: Duration, filters: usize) -> Self {
        Self {
            idle,
            waits_for: Awaited::Subscription,
            topics: HashSet::new(),
            hasher: RandomState::new(),
            may_repeat: filters > 1,
        }
    }

    /// Whether the message of this topic comes for the first time.
    pub(super) fn is_first(&mut self, topic: &str) -> bool {
        if !self.may_repeat || self.topics.len() >= TOPICS {
            return true;
        }
        self.topics.insert(self.hasher.hash_one(topic))
    }

    /// All requests are answered: a ping follows.
    pub(super) fn subscribed(&mut self, session: &mut Client<Removal>, output: &mut Vec<u8>) {
        if self.waits_for == Awaited::Subscription {
            // One that was sent before is answered before.
            let earlier = u8::from(session.keep_alive().is_asking());
            self.waits_for = Awaited::Answers(earlier.saturating_add(1));
            session.ping(clock::now(), output);
        }
    }

    /// A ping is answered.
    pub(super) const fn answered(&mut self, now: Instant) {
        self.waits_for = match self.waits_for {
            Awaited::Answers(missing @ 2..) => Awaited::Answers(missing.saturating_sub(1)),
            Awaited::Answers(_) => Awaited::Silence { since: now, looked: false },
            other => other,
        };
    }

    /// A retained message came, or what came is dealt with only now.
    pub(super) const fn disturbed(&mut self, now: Instant) {
        if let Awaited::Silence { .. } = self.waits_for {
            self.waits_for = Awaited::Silence { since: now, looked: false };
        }
    }

    /// When [`Self::next`] is to be asked.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.waits_for {
            Awaited::Silence { since, .. } => since.checked_add(self.idle),
            _ => None,
        }
    }

    /// What is to be done now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if self.deadline().is_none_or(|at| now < at) {
            return Next::Wait;
        }
        match &mut self.waits_for {
            Awaited::Silence { looked: looked @ false, .. } => {
                *looked = true;
                Next::Look
            }
            _ => Next::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{
        Connack, Connect, MAX_PACKET_SIZE, Packet, Properties, Reason, Version, split,
    };

    const IDLE: Duration = Duration::from_millis(200);

    /// A session that stands; with a ping that is not answered, if asked for.
    fn session(now: Instant, is_asking: bool) -> Client<Removal> {
        let (mut session, mut bytes) = (Client::new(1, now), Vec::new());
        let connect = Connect {
            version: Version::V5,
            clean: true,
            keep_alive: 60,
            client_id: "",
            will: None,
            username: None,
            password: None,
            properties: Properties::EMPTY,
        };
        session.connect(&connect, now, &mut bytes).unwrap();
        bytes.clear();
        let (reason, properties) = (Reason::Success, Properties::EMPTY);
        let connack = Packet::Connack(Connack { session_present: false, reason, properties });
        connack.encode(Version::V5, &mut bytes).unwrap();
        let frame = split(&bytes, MAX_PACKET_SIZE).unwrap().unwrap();
        session.receive(frame, now, &mut Vec::new()).unwrap();
        if is_asking {
            session.ping(now, &mut Vec::new());
        }
        session
    }

    #[test]
    fn the_message_of_a_topic_is_one_by_however_many_filters_it_comes() {
        let mut one = Retained::new(IDLE, 1);
        assert!(one.is_first("a") && one.is_first("a"));
        let mut two = Retained::new(IDLE, 2);
        assert!(two.is_first("a") && two.is_first("b") && !two.is_first("a"));
    }

    #[test]
    fn all_have_come_after_the_answer_to_a_ping_and_a_silence() {
        let now = clock::now();
        for is_asking in [false, true] {
            let (mut session, mut output) = (session(now, is_asking), Vec::new());
            let mut retained = Retained::new(IDLE, 1);
            assert_eq!(retained.next(now + 9 * IDLE), Next::Wait);
            retained.subscribed(&mut session, &mut output);
            assert_eq!(output, [0xC0, 0]);
            if is_asking {
                // Of the ping before.
                retained.answered(now);
                assert_eq!(retained.deadline(), None);
            }
            assert_eq!(retained.next(now + 9 * IDLE), Next::Wait);
            retained.answered(now);
            assert_eq!(retained.deadline(), Some(now + IDLE));
            assert_eq!(retained.next(now + IDLE / 2), Next::Wait);
            retained.disturbed(now + IDLE / 2);
            assert_eq!(retained.next(now + IDLE), Next::Wait);
            assert_eq!(retained.next(now + 2 * IDLE), Next::Look);
            retained.disturbed(now + 2 * IDLE);
            assert_eq!(retained.next(now + 2 * IDLE), Next::Wait);
            assert_eq!(retained.next(now + 3 * IDLE), Next::Look);
            assert_eq!(retained.next(now + 3 * IDLE), Next::End);
        }
    }
}
