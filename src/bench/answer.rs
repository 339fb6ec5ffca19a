//! The answering half of a connection: what is asked comes back as the answer.

use std::collections::VecDeque;
use std::rc::Rc;

use super::plan::ANSWER;
use super::talk::{Sent, Shape};
use crate::codec::{Property, PropertyBuffer, Publish, Qos};
use crate::session::{Client, PublishError};

/// The answering half of a connection.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Answers that the window has no room for yet.
    waiting: VecDeque<Sent>,
}

impl Answers {
    /// Answers a request where it says, or, in version 3, where the answers to its topic go.
    pub(super) fn answer(
        &mut self,
        (request, topic): (&Publish<'_>, &str),
        qos: Qos,
        session: &mut Client<Sent>,
        out: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        let (mut own, mut properties) = (None, PropertyBuffer::new());
        for property in request.properties.iter() {
            match property {
                Property::ResponseTopic(topic) => own = Some(topic.to_owned()),
                Property::CorrelationData(_) => properties.push(property)?,
                _ => {}
            }
        }
        let topic = own.unwrap_or_else(|| format!("{topic}{ANSWER}"));
        let shape = Shape { topic, qos, retain: false, properties };
        if qos == Qos::AtMostOnce {
            return session.publish_once(&shape.publish(request.payload), out);
        }
        let payload = request.payload.to_vec();
        self.waiting.push_back(Sent { shape: Rc::new(shape), payload, intended: 0, sent: 0 });
        self.go_on(session, out)
    }

    /// Sends what waited, as far as there is room.
    pub(super) fn go_on(
        &mut self,
        session: &mut Client<Sent>,
        out: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        while session.has_room()
            && let Some(answer) = self.waiting.pop_front()
        {
            session.publish(answer, out).map_err(|(error, _)| error)?;
        }
        Ok(())
    }
}
