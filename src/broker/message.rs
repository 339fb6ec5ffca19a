//! A message on its way through the broker.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::counters::Held;
use crate::codec::{Properties, Property, PropertyBuffer, Publish, Qos, Version};

/// A message as it arrived: borrowed from the read buffer, made a [`Message`] only when some
/// session has to keep it.
#[derive(Debug)]
pub(super) struct Arrival<'a> {
    /// Resolved, where the packet had an alias.
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) qos: Qos,
    pub(super) retain: bool,
    /// What is passed on: no alias, no expiry.
    pub(super) properties: Properties<'a>,
    /// Seconds left.
    pub(super) expiry: Option<u32>,
    /// The packet's bytes and version, when they can be passed on as they came: with the whole
    /// topic in them.
    pub(super) verbatim: Option<(&'a [u8], Version)>,
}

impl<'a> Arrival<'a> {
    /// The message of a PUBLISH with its name resolved. `buffer` takes the properties when some
    /// of them are not passed on.
    pub(super) fn new(
        publish: &Publish<'a>,
        topic: &'a str,
        frame: &'a [u8],
        version: Version,
        buffer: &'a mut PropertyBuffer,
    ) -> Self {
        let mut arrival = Self {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            properties: publish.properties,
            expiry: None,
            verbatim: (topic.len() == publish.topic.len()).then_some((frame, version)),
        };
        if publish.properties.is_empty() {
            return arrival;
        }
        buffer.clear();
        let mut changed = false;
        for property in publish.properties.iter() {
            match property {
                Property::TopicAlias(_) => changed = true,
                Property::MessageExpiryInterval(seconds) => {
                    arrival.expiry = Some(seconds);
                    changed = true;
                }
                // What was decoded can be encoded.
                other => {
                    let _ = buffer.push(other);
                }
            }
        }
        if changed {
            arrival.properties = buffer.as_properties();
            arrival.verbatim = None;
        }
        arrival
    }

    /// The message to keep.
    pub(super) fn to_message(&self, topic: Rc<str>, held: &Rc<Held>, now: Instant) -> Rc<Message> {
        let properties = self.properties.bytes();
        let mut body = Vec::with_capacity(properties.len() + self.payload.len());
        body.extend_from_slice(properties);
        body.extend_from_slice(self.payload);
        let message = Message {
            topic,
            body: body.into_boxed_slice(),
            properties_len: properties.len(),
            qos: self.qos,
            expires: self.expiry.and_then(|s| now.checked_add(Duration::from_secs(s.into()))),
            held: Rc::clone(held),
        };
        held.messages.add(1);
        held.payload.add(self.payload.len());
        held.bytes.add(message.cost());
        Rc::new(message)
    }
}

/// A message that sessions and the retained store share.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) topic: Rc<str>,
    /// Properties to pass on, then the payload.
    body: Box<[u8]>,
    properties_len: usize,
    pub(super) qos: Qos,
    expires: Option<Instant>,
    /// Where all that are kept are counted.
    held: Rc<Held>,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.held.messages.take(1);
        self.held.payload.take(self.payload().len());
        self.held.bytes.take(self.cost());
    }
}

/// What a queued message costs beside its bytes: the entry, the shared part, the allocator.
pub(super) const OVERHEAD: usize = 128;

impl Message {
    pub(super) fn payload(&self) -> &[u8] {
        self.body.get(self.properties_len..).unwrap_or_default()
    }

    pub(super) fn properties(&self) -> Properties<'_> {
        Properties::trusted(self.body.get(..self.properties_len).unwrap_or_default())
    }

    /// Bytes it counts for in a queue.
    pub(super) fn cost(&self) -> usize {
        self.topic.len() + self.body.len() + OVERHEAD
    }

    /// Seconds left, rounded up; `Err` when it has expired `[MQTT-3.3.2-5]`, `[MQTT-3.3.2-6]`. At the
    /// very end of its time it still lives: an expiry of 0 is for who is there at once.
    pub(super) fn remaining(&self, now: Instant) -> Result<Option<u32>, Expired> {
        let Some(expires) = self.expires else {
            return Ok(None);
        };
        let left = expires.checked_duration_since(now).ok_or(Expired)?;
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Ok(Some(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }
}

/// The message's time has passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expired;

/// A message for one session: what the subscription makes of it.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub(super) message: Rc<Message>,
    /// The lower of the publisher's and the subscription's.
    pub(super) qos: Qos,
    /// The flag to send.
    pub(super) retain: bool,
    /// Bytes of the topic that the client does not see.
    pub(super) mount: u16,
    /// Subscription identifiers; `None` for none.
    pub(super) identifiers: Option<Rc<[u32]>>,
}
