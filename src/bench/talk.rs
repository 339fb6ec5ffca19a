//! The publishing half of a connection.

use std::rc::Rc;

use super::desk::Desk;
use super::stamp::Stamp;
use crate::codec::{Properties, PropertyBuffer, Publish, PublishHead, Qos, Version};
use crate::session::{Client, Message, PublishError};

/// What all messages of a publisher have in common.
#[derive(Debug)]
pub(super) struct Shape {
    topic: String,
    qos: Qos,
    properties: PropertyBuffer,
}

impl Shape {
    fn publish<'a>(&'a self, payload: &'a [u8]) -> Publish<'a> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: false,
            topic: &self.topic,
            id: None,
            properties: self.properties.as_properties(),
            payload,
        }
    }
}

/// A message that is not acknowledged.
#[derive(Debug)]
pub(super) struct Sent {
    shape: Rc<Shape>,
    payload: Vec<u8>,
    /// When it was meant to be sent: nanoseconds of the run.
    pub(super) intended: u64,
    /// When it was sent.
    pub(super) sent: u64,
}

impl Message for Sent {
    fn publish(&self) -> Publish<'_> {
        self.shape.publish(&self.payload)
    }
}

/// The publishing half of a connection.
#[derive(Debug)]
pub(super) struct Talk {
    /// The number of the publisher.
    pub(super) number: u32,
    shape: Rc<Shape>,
    /// What messages of QoS 0 begin with.
    head: PublishHead,
    /// Payloads that were acknowledged, to be stamped again.
    spare: Vec<Vec<u8>>,
    /// There was more to send than the connection takes at once.
    pub(super) is_full: bool,
}

impl Talk {
    /// A publisher; an error when the broker does not take such messages.
    pub(super) fn new(
        number: u32,
        topic: String,
        desk: &Desk<'_>,
        properties: &PropertyBuffer,
        session: &Client<Sent>,
    ) -> Result<Self, PublishError> {
        let version = session.version();
        let given = if version.is_v5() { properties.as_properties() } else { Properties::EMPTY };
        let mut properties = PropertyBuffer::new();
        properties.extend(given);
        let shape = Rc::new(Shape { topic, qos: desk.plan.qos, properties });
        let sample = shape.publish(&desk.scratch);
        session.check(&sample)?;
        let head = head(&sample, version)?;
        Ok(Self { number, shape, head, spare: Vec::new(), is_full: false })
    }

    /// Appends a message to the output.
    pub(super) fn send(
        &mut self,
        (sequence, intended, now): (u64, u64, u64),
        desk: &mut Desk<'_>,
        session: &mut Client<Sent>,
        out: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        let stamp = Stamp { publisher: self.number, sequence, intended, sent: now };
        if desk.plan.qos == Qos::AtMostOnce {
            desk.template.write(&stamp, &mut desk.scratch);
            self.head.write(&desk.scratch, out);
        } else {
            let mut payload = self.spare.pop().unwrap_or_else(|| desk.template.payload());
            desk.template.write(&stamp, &mut payload);
            let shape = Rc::clone(&self.shape);
            let message = Sent { shape, payload, intended, sent: now };
            session.publish(message, out).map_err(|(error, _)| error)?;
        }
        desk.sent(self.number, intended, now);
        Ok(())
    }

    /// A message is done with: its payload serves again.
    pub(super) fn recycle(&mut self, sent: Sent) {
        self.spare.push(sent.payload);
    }
}

fn head(sample: &Publish<'_>, version: Version) -> Result<PublishHead, PublishError> {
    let head = PublishHead::new(sample, version)?;
    // The check of the size is that of the whole packet.
    head.packet_size(sample.payload.len())?;
    Ok(head)
}
