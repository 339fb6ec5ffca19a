//! Messages that are not acknowledged, and those that have to go again: refused for now (0x97), or
//! left over from a lost session.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Job;
use crate::codec::{PropertyBuffer, Publish, Qos};
use crate::net::Backoff;
use crate::record::Entry;
use crate::session;

/// A message that is not acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Held<'a> {
    /// All of it but the payload.
    pub(super) head: MessageHead<'a>,
    /// Its payload, shared with the chunk it was read in.
    pub(super) payload: bytes::Bytes,
    /// Its place in the source, from 1.
    pub(super) number: u64,
}

/// All of a message but its payload.
#[derive(Debug, Clone)]
pub(super) enum MessageHead<'a> {
    /// What all messages of the run have in common, and the topic.
    Common(&'a Job, &'a str),
    /// Its own.
    Own(Box<OwnHead>),
}

/// All of a message but its payload, where each has its own.
#[derive(Debug, Clone)]
pub(super) struct OwnHead {
    topic: String,
    qos: Qos,
    retain: bool,
    properties: PropertyBuffer,
}

impl Held<'_> {
    /// A message of a line, which shares the memory of its payload if it can.
    pub(super) fn of_entry(entry: Entry<'_>, line: &bytes::Bytes, number: u64) -> Self {
        let Entry { topic, qos, retain, payload, properties, .. } = entry;
        let payload = match payload {
            Cow::Borrowed(payload) => line.slice_ref(payload),
            Cow::Owned(payload) => payload.into(),
        };
        let own = OwnHead { topic: topic.into_owned(), qos, retain, properties };
        Self { head: MessageHead::Own(Box::new(own)), payload, number }
    }
}

impl session::Message for Held<'_> {
    fn publish(&self) -> Publish<'_> {
        let (topic, qos, retain, properties) = match &self.head {
            MessageHead::Common(job, topic) => (*topic, job.qos, job.retain, &job.properties),
            MessageHead::Own(own) => (own.topic.as_str(), own.qos, own.retain, &own.properties),
        };
        let properties = properties.as_properties();
        Publish { dup: false, qos, retain, topic, id: None, properties, payload: &self.payload }
    }
}

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// All that the window takes.
    Open,
    /// Nothing, until all acknowledgements came and the time has passed; then one message.
    Holding(Instant),
    /// Nothing but the one message that is on its way.
    Probing,
}

/// The messages to send again, in the order of the source, and when.
#[derive(Debug)]
pub(super) struct Later<'a> {
    messages: BTreeMap<u64, Held<'a>>,
    phase: Phase,
    backoff: Backoff,
    told: bool,
}

impl<'a> Later<'a> {
    /// No message.
    pub(super) fn new() -> Self {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
        Self { messages: BTreeMap::new(), phase: Phase::Open, backoff, told: false }
    }

    /// Whether nothing is to be sent again.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// How many messages are to be sent again.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// The session that they were sent in is gone.
    pub(super) fn restart(&mut self, messages: Vec<Held<'a>>) {
        self.phase = match self.phase {
            Phase::Probing => Phase::Open,
            phase => phase,
        };
        self.messages.extend(messages.into_iter().map(|held| (held.number, held)));
    }

    /// The broker takes no more for now. Whether that is news.
    pub(super) fn refused(&mut self, held: Held<'a>, now: Instant) -> bool {
        self.messages.insert(held.number, held);
        if !matches!(self.phase, Phase::Holding(_)) {
            self.phase = Phase::Holding(now + self.backoff.next_delay());
        }
        !std::mem::replace(&mut self.told, true)
    }

    /// The broker took a message.
    pub(super) fn taken(&mut self) {
        if self.phase == Phase::Probing {
            self.phase = Phase::Open;
            self.backoff.reset();
        }
    }

    /// Whether a message may be sent, when `in_flight` are not acknowledged.
    pub(super) fn may_send(&mut self, in_flight: usize, now: Instant) -> bool {
        match self.phase {
            Phase::Open => true,
            Phase::Probing => {
                // What the probe's connection lost goes on as what was left over.
                if in_flight == 0 {
                    self.phase = Phase::Open;
                }
                in_flight == 0
            }
            Phase::Holding(until) => {
                let now_one = in_flight == 0 && now >= until;
                if now_one {
                    self.phase = Phase::Probing;
                }
                now_one
            }
        }
    }

    /// Whether only one message may go.
    pub(super) fn is_probing(&self) -> bool {
        self.phase == Phase::Probing
    }

    /// When [`Self::may_send`] is to be asked again, if a time decides it.
    pub(super) const fn deadline(&self, in_flight: usize) -> Option<Instant> {
        match self.phase {
            Phase::Holding(until) if in_flight == 0 => Some(until),
            _ => None,
        }
    }

    /// The first message to send again.
    pub(super) fn next(&mut self) -> Option<Held<'a>> {
        self.messages.pop_first().map(|(_, held)| held)
    }

    /// It could not be sent yet.
    pub(super) fn put_back(&mut self, held: Held<'a>) {
        self.messages.insert(held.number, held);
    }
}
