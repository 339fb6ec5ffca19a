//! A connection on which one topic is heard and short messages of QoS 0 are said, for who leads a
//! talk message by message, and may be silent for long in between.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;

use super::alarm::Alarm;
use super::connector::{Connector, FAREWELL, Keep};
use super::end::Stop;
use super::first::first;
use super::link::Link;
use super::{Cause, Error, Notify, Settings};
use crate::codec::{FilterBuffer, Properties, Publish, Qos, Reason, SubscriptionOptions};
use crate::net::clock;
use crate::session::{Client, Event, Message};

/// Nothing is kept, for nothing is acknowledged.
#[derive(Debug)]
struct Never(Infallible);

impl Message for Never {
    fn publish(&self) -> Publish<'_> {
        match self.0 {}
    }
}

/// A client that hears one topic, and publishes at QoS 0.
pub struct Line<'a> {
    topic: String,
    connector: Connector<'a>,
    link: Link<'a>,
    session: Client<Never>,
    alarm: Alarm,
    /// Payloads that came and were not given out.
    heard: VecDeque<Vec<u8>>,
}

impl<'a> Line<'a> {
    /// Connects, and asks for a topic; the answer comes while [`Self::next`] waits.
    pub async fn open(
        settings: &'a Settings,
        topic: &str,
        notify: Notify<'a>,
    ) -> Result<Self, Error> {
        let qos = Qos::AtMostOnce;
        let mut session = Client::new(settings.windows(qos).0, clock::now());
        let mut connector = Connector::new(settings, notify, Keep::AsAsked);
        let mut link = first(&mut connector, &mut session).await?;
        let mut filters = FilterBuffer::default();
        filters.push(topic, SubscriptionOptions::default())?;
        session.subscribe(&filters, Properties::EMPTY, &mut link.output)?;
        link.be_quick();
        let (alarm, heard) = (Alarm::default(), VecDeque::new());
        let mut line = Self { topic: topic.to_owned(), connector, link, session, alarm, heard };
        line.take().map_err(|stop| line.failed(stop))?;
        Ok(line)
    }

    /// Publishes; it leaves while [`Self::next`] waits, or with [`Self::leave`].
    pub fn say(&mut self, topic: &str, payload: &[u8]) -> Result<(), Error> {
        let message = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic,
            id: None,
            properties: Properties::EMPTY,
            payload,
        };
        Ok(self.session.publish_once(&message, &mut self.link.output)?)
    }

    /// The payload of the next message. Pings while it waits; cancelling it loses nothing.
    pub async fn next(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            if let Some(payload) = self.heard.pop_front() {
                return Ok(payload);
            }
            self.turn().await.map_err(|stop| self.failed(stop))?;
        }
    }

    async fn turn(&mut self) -> Result<(), Stop> {
        let now = clock::now();
        if self.link.take_sent() {
            self.session.keep_alive().sent(now);
        }
        if self.session.keep_alive().deadline().is_some_and(|at| at <= now) {
            self.link.keep_alive(&mut self.session, now).await?;
        }
        let wake = self.session.keep_alive().deadline();
        tokio::select! {
            biased;
            progress = self.link.progress() => {
                progress?;
            }
            () = self.alarm.wait(wake) => {}
        }
        self.take()
    }

    /// Deals with the packets that are there.
    fn take(&mut self) -> Result<(), Stop> {
        let (mut packets, output) = self.link.packets();
        while let Some(frame) = packets.next()? {
            match self.session.receive(frame, clock::now(), output).map_err(Cause::from)? {
                Event::Message(message, _) => self.heard.push_back(message.payload.to_vec()),
                Event::Subscribed(_, codes, _) => {
                    if let Some(code) = codes.iter().find(|code| **code >= 0x80) {
                        let reason = Reason::from_code(*code).unwrap_or(Reason::UnspecifiedError);
                        let refused = vec![(self.topic.clone(), reason)];
                        return Err(Error::AllFiltersRefused(refused).into());
                    }
                }
                Event::Disconnected(reason, _) => {
                    return Err(Cause::Told { reason, text: None }.into());
                }
                _ => {}
            }
        }
        let taken = packets.taken;
        self.link.consume(taken);
        Ok(())
    }

    fn failed(&self, stop: Stop) -> Error {
        match stop {
            Stop::Lost(cause) => self.connector.lost(cause),
            Stop::Failed(error) => error,
        }
    }

    /// Says goodbye, behind all that is still to be sent.
    pub async fn leave(mut self) {
        self.connector.disconnect(&mut self.session, &mut self.link);
        // The broker sees the end in any case.
        let _ = self.link.leave(FAREWELL).await;
    }
}

/// Without what was said.
impl fmt::Debug for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Line").field("topic", &self.topic).finish_non_exhaustive()
    }
}
