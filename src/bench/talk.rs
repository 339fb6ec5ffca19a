//! The publishing half of a connection.

use std::rc::Rc;

use super::desk::Desk;
use super::plan::{ANSWER, Lane};
use super::stamp::Stamp;
use super::text::{Facts, Memory, Text};
use crate::codec::{
    EncodeError, Properties, Property, PropertyBuffer, Publish, PublishHead, Qos, Version,
};
use crate::options::Scenario;
use crate::session::{Client, Message, PublishError};

/// What a message is beside its payload; many of one publisher may have it in common.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) topic: String,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    pub(super) properties: PropertyBuffer,
}

impl Shape {
    pub(super) fn publish<'a>(&'a self, payload: &'a [u8]) -> Publish<'a> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
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
    pub(super) shape: Rc<Shape>,
    pub(super) payload: Vec<u8>,
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
    kind: Kind,
    /// Payloads that were acknowledged, to be stamped again.
    spare: Vec<Vec<u8>>,
    /// There was more to send than the connection takes at once.
    pub(super) is_full: bool,
}

/// How messages of one publisher differ beside their payload.
#[derive(Debug)]
enum Kind {
    /// They do not: what those of QoS 0 begin with.
    Alike(PublishHead),
    /// Each has a topic of its own, or is a request of version 5 with a correlation of its own.
    Own { topic: Text, memory: Memory, asks: bool },
}

impl Talk {
    /// A publisher; an error when the broker does not take such messages.
    pub(super) fn new(
        number: u32,
        desk: &Desk<'_>,
        given: &PropertyBuffer,
        session: &Client<Sent>,
    ) -> Result<Self, PublishError> {
        let flow = desk.flow_of(number).ok_or(PublishError::WindowClosed)?;
        let (lane, version) = (flow.lane, session.version());
        let asks = lane.scenario == Scenario::Request && version.is_v5();
        let mut memory = Memory::new(u64::from(lane.run) ^ u64::from(number) << 32);
        let topic = topic_of(&lane.topic, flow.local(number), 0, &mut memory);
        let mut properties = PropertyBuffer::new();
        properties.extend(if version.is_v5() { given.as_properties() } else { Properties::EMPTY });
        let shape = Rc::new(shape(lane, topic, properties));
        let sample = shape.publish(&flow.scratch);
        session.check(&sample)?;
        let head = head(&sample, version)?;
        let kind = if asks || !lane.topic.is_fixed() {
            Kind::Own { topic: lane.topic.clone(), memory, asks }
        } else {
            Kind::Alike(head)
        };
        Ok(Self { number, shape, kind, spare: Vec::new(), is_full: false })
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
        let Some(flow) = desk.flow_mut(self.number) else { return Ok(()) };
        let client = flow.local(self.number);
        if flow.lane.qos == Qos::AtMostOnce {
            flow.payload.write(&stamp, client, &mut flow.scratch);
            if let Kind::Alike(head) = &self.kind {
                head.write(&flow.scratch, out);
            } else {
                let correlation = flow.payload.correlation(&stamp);
                let shape = self.own_shape(client, sequence, &correlation)?;
                session.publish_once(&shape.publish(&flow.scratch), out)?;
            }
        } else {
            let mut payload = self.spare.pop().unwrap_or_else(|| flow.payload.blank());
            flow.payload.write(&stamp, client, &mut payload);
            let shape = if let Kind::Alike(_) = self.kind {
                Rc::clone(&self.shape)
            } else {
                let correlation = flow.payload.correlation(&stamp);
                Rc::new(self.own_shape(client, sequence, &correlation)?)
            };
            let message = Sent { shape, payload, intended, sent: now };
            session.publish(message, out).map_err(|(error, _)| error)?;
        }
        desk.sent(self.number, intended, now);
        Ok(())
    }

    /// What only this message is beside its payload.
    fn own_shape(
        &mut self,
        client: u32,
        sequence: u64,
        correlation: &[u8],
    ) -> Result<Shape, EncodeError> {
        let Shape { topic, qos, retain, properties } = &*self.shape;
        let (mut topic, mut properties) = (topic.clone(), properties.clone());
        if let Kind::Own { topic: text, memory, asks } = &mut self.kind {
            topic = topic_of(text, client, sequence, memory);
            if *asks {
                properties.push(Property::ResponseTopic(&format!("{topic}{ANSWER}")))?;
                properties.push(Property::CorrelationData(correlation))?;
            }
        }
        Ok(Shape { topic, qos: *qos, retain: *retain, properties })
    }

    /// A message is done with: its payload serves again.
    pub(super) fn recycle(&mut self, sent: Sent) {
        self.spare.push(sent.payload);
    }

    /// Lets the broker forget what it keeps of the first so many messages.
    pub(super) fn wipe(
        &mut self,
        client: u32,
        messages: u64,
        session: &mut Client<Sent>,
        out: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        let Kind::Own { topic, memory, .. } = &mut self.kind else { return Ok(()) };
        for sequence in 0..messages {
            let topic = topic_of(topic, client, sequence, memory);
            let nothing = Publish {
                qos: Qos::AtMostOnce,
                topic: &topic,
                properties: Properties::EMPTY,
                ..self.shape.publish(&[])
            };
            session.publish_once(&nothing, out)?;
        }
        Ok(())
    }
}

/// The topic of one message.
fn topic_of(text: &Text, client: u32, sequence: u64, memory: &mut Memory) -> String {
    let mut topic = Vec::new();
    text.write(Facts { client, sequence }, memory, &mut topic);
    String::from_utf8(topic).unwrap_or_default()
}

fn shape(lane: &Lane, topic: String, properties: PropertyBuffer) -> Shape {
    let retain = lane.scenario == Scenario::Retained;
    Shape { topic, qos: lane.qos, retain, properties }
}

fn head(sample: &Publish<'_>, version: Version) -> Result<PublishHead, PublishError> {
    let head = PublishHead::new(sample, version)?;
    // The check of the size is that of the whole packet.
    head.packet_size(sample.payload.len())?;
    Ok(head)
}
