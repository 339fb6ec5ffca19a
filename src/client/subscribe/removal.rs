//! Removing retained messages: an empty one for each that came, sent as the window allows.

use std::collections::{HashMap, VecDeque};

use crate::client::Notice;
use crate::client::connector::Connector;
use crate::codec::{Properties, Publish, Qos, Reason};
use crate::net::clock;
use crate::session::{self, Client, PublishError};

/// Bytes of topics that wait to be removed: the broker acknowledges only behind the retained
/// messages that it has sent already, so they all have to be remembered. 147,000 of 50 bytes.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of topics whose removal is sent and not heard of. A broker tells it about when it
/// acknowledges; one that tells it to another member of a shared subscription never does.
const UNHEARD_BYTES: usize = 4 * 1024 * 1024;

/// What a topic takes beside its own bytes: its place in a collection that grows by doubling, and
/// the allocator's part.
const ENTRY: usize = 64;

/// Above this much unsent output nothing is added.
const OUTPUT_SIZE: usize = 64 * 1024;

/// An empty retained message: the topic has none any more.
#[derive(Debug)]
pub(super) struct Removal {
    topic: Box<str>,
    /// 1, for an answer; 0 with a broker that serves no other.
    qos: Qos,
}

impl Removal {
    /// The topic.
    pub(super) fn topic(&self) -> &str {
        &self.topic
    }
}

impl session::Message for Removal {
    fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: true,
            topic: &self.topic,
            id: None,
            properties: Properties::EMPTY,
            payload: &[],
        }
    }
}

/// What is to be removed and not sent yet, and what came of the rest.
#[derive(Debug, Default)]
pub(super) struct Removals {
    waiting: VecDeque<Removal>,
    bytes: usize,
    /// Whether this program's own subscription is told of removals.
    pub(super) hears: bool,
    /// How many removals of a topic it has not been told of.
    unheard: HashMap<Box<str>, u32>,
    unheard_bytes: usize,
    /// Removals at QoS 0 that no ping followed.
    unasked: u64,
    /// Removals at QoS 0 before a ping without an answer.
    asked: u64,
    /// Whether the topics of those are wanted when it is answered.
    is_told: bool,
    /// They, the first sent in front.
    sent: VecDeque<Box<str>>,
    /// There was something to remove.
    pub(super) begun: bool,
    /// Messages for which there was no room in memory.
    pub(super) left: u64,
    /// Messages that the broker did not let go.
    pub(super) refused: u64,
}

impl Removals {
    /// Nothing is removed yet. `is_told` asks for the topics whose removal no acknowledgement of
    /// their own tells.
    pub(super) fn new(is_told: bool) -> Self {
        Self { is_told, ..Self::default() }
    }

    /// A retained message came.
    pub(super) fn add(&mut self, topic: &str) {
        self.begun = true;
        let bytes = self.bytes.saturating_add(cost(topic));
        if bytes > WAITING_BYTES {
            self.left = self.left.saturating_add(1);
            return;
        }
        self.bytes = bytes;
        self.waiting.push_back(Removal { topic: topic.into(), qos: Qos::AtLeastOnce });
    }

    /// Whether a message that is not retained is only the broker's word of a removal.
    pub(super) fn is_echo(&mut self, topic: &str, message: &Publish<'_>) -> bool {
        message.payload.is_empty() && self.heard(topic)
    }

    /// No further word of one removal is to come; whether one was.
    fn heard(&mut self, topic: &str) -> bool {
        let Some(count) = self.unheard.get_mut(topic) else { return false };
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.unheard.remove(topic);
            self.unheard_bytes = self.unheard_bytes.saturating_sub(cost(topic));
        }
        true
    }

    /// A removal leaves, and the broker may tell of it.
    fn listen(&mut self, topic: &str) {
        if !self.hears {
            return;
        }
        if let Some(count) = self.unheard.get_mut(topic) {
            *count = count.saturating_add(1);
            return;
        }
        let bytes = self.unheard_bytes.saturating_add(cost(topic));
        if bytes <= UNHEARD_BYTES {
            self.unheard_bytes = bytes;
            self.unheard.insert(topic.into(), 1);
        }
    }

    /// Those of a session that is gone go again, first.
    pub(super) fn again(&mut self, removals: Vec<Removal>) {
        for removal in removals.into_iter().rev() {
            self.heard(&removal.topic);
            self.wait_first(removal);
        }
    }

    fn wait_first(&mut self, removal: Removal) {
        self.bytes = self.bytes.saturating_add(cost(&removal.topic));
        self.waiting.push_front(removal);
    }

    /// Whether something came of every removal.
    pub(super) fn are_answered(&self, session: &Client<Removal>) -> bool {
        self.waiting.is_empty()
            && session.outgoing().messages().next().is_none()
            && (self.unasked, self.asked) == (0, 0)
    }

    /// Removals that nothing came of yet.
    pub(super) fn unanswered(&self, session: &Client<Removal>) -> u64 {
        let known = self.waiting.len().saturating_add(session.outgoing().messages().count());
        (known as u64).saturating_add(self.unasked).saturating_add(self.asked)
    }

    /// The broker, or what it grants, does not let a message go.
    pub(super) fn refuse(&mut self, topic: &str, reason: Reason, connector: &Connector<'_>) {
        self.heard(topic);
        self.refused = self.refused.saturating_add(1);
        connector.notify(&Notice::NotRemoved { topic, reason });
    }

    /// The broker has read all that was sent before a ping: the topics of that, if they are
    /// wanted.
    pub(super) fn answered(&mut self) -> Vec<Box<str>> {
        let asked = usize::try_from(std::mem::take(&mut self.asked)).unwrap_or(usize::MAX);
        self.sent.drain(..asked.min(self.sent.len())).collect()
    }

    /// Sends what the window has room for.
    pub(super) fn send(
        &mut self,
        session: &mut Client<Removal>,
        connector: &Connector<'_>,
        output: &mut Vec<u8>,
    ) {
        let qos = Qos::AtLeastOnce.min(session.granted().maximum_qos);
        while (session.has_room() || qos == Qos::AtMostOnce)
            && output.len() < OUTPUT_SIZE
            && let Some(removal) = self.waiting.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(cost(&removal.topic));
            self.listen(&removal.topic);
            let kept = (self.is_told && qos == Qos::AtMostOnce).then(|| removal.topic.clone());
            match publish(Removal { qos, ..removal }, session, output) {
                Ok(()) if qos == Qos::AtMostOnce => {
                    self.unasked = self.unasked.saturating_add(1);
                    self.sent.extend(kept);
                }
                Ok(()) => {}
                Err((PublishError::WindowClosed, removal)) => {
                    self.heard(&removal.topic);
                    self.wait_first(removal);
                    break;
                }
                Err((error, removal)) => self.refuse(&removal.topic, reason(&error), connector),
            }
        }
        // Nothing else says that a message of QoS 0 was read.
        if self.unasked > 0 && self.asked == 0 {
            self.asked = std::mem::take(&mut self.unasked);
            session.ping(clock::now(), output);
        }
    }
}

fn publish(
    removal: Removal,
    session: &mut Client<Removal>,
    output: &mut Vec<u8>,
) -> Result<(), (PublishError, Removal)> {
    if removal.qos > Qos::AtMostOnce {
        return session.publish(removal, output);
    }
    let sent = session.publish_once(&session::Message::publish(&removal), output);
    sent.map_err(|error| (error, removal))
}

/// What the broker would say to a message that cannot be sent.
const fn reason(error: &PublishError) -> Reason {
    match error {
        PublishError::TooLarge { .. } => Reason::PacketTooLarge,
        PublishError::Qos(..) => Reason::QosNotSupported,
        PublishError::Retain => Reason::RetainNotSupported,
        _ => Reason::ImplementationError,
    }
}

/// The memory that a topic is charged with.
const fn cost(topic: &str) -> usize {
    topic.len().saturating_add(ENTRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payload: &[u8]) -> Publish<'_> {
        Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic: "a",
            id: None,
            properties: Properties::EMPTY,
            payload,
        }
    }

    #[test]
    fn only_an_empty_message_of_a_topic_that_was_removed_is_an_echo_and_only_once() {
        let mut removals = Removals { hears: true, ..Removals::default() };
        assert!(!removals.is_echo("a", &message(b"")));
        removals.listen("a");
        assert!(!removals.is_echo("a", &message(b"x")));
        assert!(!removals.is_echo("b", &message(b"")));
        assert!(removals.is_echo("a", &message(b"")));
        assert!(!removals.is_echo("a", &message(b"")));
        assert_eq!(removals.unheard_bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded() {
        for size in [1, 1024] {
            let (mut removals, topic) = (Removals::default(), "t".repeat(size));
            while removals.left == 0 {
                removals.add(&topic);
            }
            assert_eq!(removals.waiting.len(), WAITING_BYTES / (size + ENTRY));
        }
    }

    #[test]
    fn what_is_not_heard_of_is_bounded() {
        let mut removals = Removals { hears: true, ..Removals::default() };
        for number in 0..UNHEARD_BYTES / ENTRY {
            removals.listen(&number.to_string());
        }
        assert!(removals.unheard_bytes <= UNHEARD_BYTES);
        assert!(removals.unheard.len() < UNHEARD_BYTES / ENTRY);
    }
}
