//! Removing retained messages: an empty one for each that came, sent as the window allows.

use std::collections::VecDeque;

use crate::codec::{Properties, Publish, Qos};
use crate::session::{self, Client, PublishError};

/// Bytes of topics that wait to be removed: the broker acknowledges only behind the retained
/// messages that it has sent already, so they all have to be remembered. 300,000 of 50 bytes.
const WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Above this much unsent output nothing is added.
const OUTPUT_SIZE: usize = 64 * 1024;

/// An empty retained message: the topic has none any more.
#[derive(Debug)]
pub(super) struct Removal {
    topic: Box<str>,
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
            qos: Qos::AtLeastOnce,
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
    /// Removals that this program's own subscription has not been told of.
    unheard: u64,
    /// Messages for which there was no room in memory.
    pub(super) left: u64,
    /// Messages that the broker did not let go.
    pub(super) refused: u64,
}

impl Removals {
    /// A retained message came.
    pub(super) fn add(&mut self, topic: &str) {
        let bytes = self.bytes.saturating_add(topic.len());
        if bytes > WAITING_BYTES {
            self.left = self.left.saturating_add(1);
            return;
        }
        self.bytes = bytes;
        self.waiting.push_back(Removal { topic: topic.into() });
        self.unheard = self.unheard.saturating_add(1);
    }

    /// Whether a message that is not retained is only the broker's word of a removal, with more
    /// of them to come.
    pub(super) fn is_echo(&mut self, message: &Publish<'_>) -> bool {
        if !message.payload.is_empty() || self.unheard == 0 {
            return false;
        }
        self.unheard = self.unheard.saturating_sub(1);
        self.unheard > 0
    }

    /// Those of a session that is gone go again, first.
    pub(super) fn again(&mut self, removals: Vec<Removal>) {
        for removal in removals.into_iter().rev() {
            self.bytes = self.bytes.saturating_add(removal.topic.len());
            self.waiting.push_front(removal);
        }
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends what the window has room for.
    pub(super) fn send(
        &mut self,
        session: &mut Client<Removal>,
        output: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        while session.has_room()
            && output.len() < OUTPUT_SIZE
            && let Some(removal) = self.waiting.pop_front()
        {
            let size = removal.topic.len();
            match session.publish(removal, output) {
                Ok(()) => self.bytes = self.bytes.saturating_sub(size),
                Err((PublishError::WindowClosed, removal)) => {
                    self.waiting.push_front(removal);
                    return Ok(());
                }
                Err((error, _)) => return Err(error),
            }
        }
        Ok(())
    }
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
    fn the_last_echo_and_every_other_message_is_fresh() {
        let mut removals = Removals::default();
        assert!(!removals.is_echo(&message(b"")));
        removals.add("a");
        removals.add("b");
        assert!(!removals.is_echo(&message(b"x")));
        assert!(removals.is_echo(&message(b"")));
        assert!(!removals.is_echo(&message(b"")));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut removals = Removals::default();
        let topic = "t".repeat(1024);
        for _ in 0..WAITING_BYTES / 1024 {
            removals.add(&topic);
        }
        assert_eq!(removals.left, 0);
        removals.add("t");
        assert_eq!(removals.left, 1);
    }
}
