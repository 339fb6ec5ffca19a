//! Messages that are retained before anybody comes.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use super::limits::Limits;
use super::message::{Arrival, OVERHEAD};
use super::publish::BROKER_TOPICS;
use super::router::Router;
use crate::codec::{PropertyBuffer, Publish, Qos, Version};
use crate::topic;

/// Messages to begin with, within a broker's limits.
#[derive(Debug, Clone)]
pub struct Seeds {
    limits: Limits,
    messages: BTreeMap<Box<str>, Seed>,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Seed {
    payload: Box<[u8]>,
    qos: Qos,
    properties: PropertyBuffer,
    cost: usize,
}

/// Why a message cannot be retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Its topic is the broker's own.
    #[error("topics that begin with $SYS/ are the broker's own")]
    BrokerTopic,
    /// Its topic is deeper than the broker takes.
    #[error("its topic has more than {0} levels")]
    Levels(usize),
    /// More than the broker takes with one message.
    #[error("it has more than {0} user properties, or more than {1} bytes of properties")]
    Properties(usize, usize),
    /// No more of them.
    #[error("a broker retains no more than {0} messages")]
    Messages(usize),
    /// No more bytes of them.
    #[error("a broker retains no more than {0} bytes, topics included")]
    Bytes(usize),
}

impl Seeds {
    /// None yet; what is added has to be within these limits.
    pub fn within(limits: &Limits) -> Self {
        Self { limits: limits.clone(), messages: BTreeMap::new(), bytes: 0 }
    }

    /// Does what a broker does with this message: keeps it for its topic instead of the one before,
    /// or, when it is empty, removes that.
    pub fn add(&mut self, message: &Publish<'_>) -> Result<(), SeedError> {
        let limits = &self.limits;
        let topic = message.topic;
        if topic.starts_with(BROKER_TOPICS) {
            return Err(SeedError::BrokerTopic);
        }
        if topic::level_count(topic) > limits.topic_levels {
            return Err(SeedError::Levels(limits.topic_levels));
        }
        if limits.are_exceeded_by(message.properties) {
            return Err(SeedError::Properties(limits.user_properties, limits.property_bytes));
        }
        let old = self.messages.get(topic).map_or(0, |seed| seed.cost);
        let without = self.bytes.saturating_sub(old);
        if message.payload.is_empty() {
            self.messages.remove(topic);
            self.bytes = without;
            return Ok(());
        }
        if old == 0 && self.messages.len() >= limits.retained_messages {
            return Err(SeedError::Messages(limits.retained_messages));
        }
        let properties = message.properties.bytes().len();
        let parts = [topic.len(), message.payload.len(), properties, OVERHEAD];
        let cost = parts.into_iter().fold(0, usize::saturating_add);
        let bytes = without.saturating_add(cost);
        if bytes > limits.retained_bytes {
            return Err(SeedError::Bytes(limits.retained_bytes));
        }
        self.bytes = bytes;
        let mut properties = PropertyBuffer::new();
        properties.extend(message.properties);
        let seed = Seed { payload: message.payload.into(), qos: message.qos, properties, cost };
        self.messages.insert(topic.into(), seed);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

impl Default for Seeds {
    /// None, within the limits that a broker has by default.
    fn default() -> Self {
        Self::within(&Limits::default())
    }
}

impl Router {
    /// Retains these before anybody comes.
    pub(super) fn sow(&mut self, seeds: Seeds, now: Instant) {
        let (messages, bytes) = (self.limits.retained_messages, self.limits.retained_bytes);
        let until = self.limits.retained_for.and_then(|time| now.checked_add(time));
        for (topic, Seed { payload, qos, properties, .. }) in seeds.messages {
            let properties = properties.as_properties();
            let seed = Publish {
                dup: false,
                qos,
                retain: true,
                topic: &topic,
                id: None,
                properties,
                payload: &payload,
            };
            let mut passed_on = PropertyBuffer::new();
            let arrival = Arrival::new(&seed, &topic, &[], Version::V5, &mut passed_on);
            let message = arrival.to_message(Rc::from(&*topic), &self.held, now);
            // They are within the limits they were added by.
            self.retained.set(&message, (None, until), (messages, bytes), now);
        }
    }
}
