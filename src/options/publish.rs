//! What to publish.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::connect::check_topic;
use super::{Connect, Error, Resolved};
use crate::client::publish::Job;
use crate::client::stdin_position;
use crate::client::{self, Payloads};
use crate::codec::{MAX_REMAINING_LENGTH, Property, Qos};
use crate::record::{End, Form};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Where.
    pub connect: Connect,
    /// The topic.
    pub topic: Option<String>,
    /// The quality of service.
    pub qos: Qos,
    /// Whether the broker keeps the message.
    pub retain: bool,
    /// The message.
    pub payload: Payload,
    /// How often it is sent.
    pub repeat: u64,
    /// From the delivery of one to the next.
    pub repeat_delay: Duration,
    /// Whether lines and repeated messages go on over another connection when one is lost.
    pub reconnect: bool,
    /// The longest time without a connection.
    pub give_up: Option<Duration>,
    /// Whether it is told at the end how the messages were delivered.
    pub stats: bool,
}

/// Where a message comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// These bytes.
    Text(Vec<u8>),
    /// A whole file.
    File(PathBuf),
    /// Standard input as one message, at least one byte.
    Stdin,
    /// Each line of standard input.
    Lines,
    /// What each line of standard input describes.
    Records(Records),
}

/// How lines describe messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// What stands in a line; the topic of the options is that of lines without one.
    pub form: Form,
    /// What ends a line.
    pub end: End,
    /// With times: how many times as fast as they came messages go; above 0.
    pub speed: f64,
    /// All goes again and again; standard input must be a file.
    pub again: bool,
}

impl Records {
    fn payloads(&self) -> Result<Payloads, Error> {
        let position = || stdin_position().map_err(Error::NotAgain);
        let again_from = self.again.then(position).transpose()?;
        let Self { form, end, speed, .. } = *self;
        Ok(Payloads::Records(client::Records { form, end, speed, again_from }))
    }
}

impl Publish {
    /// Whether each message may have a topic of its own.
    fn has_own_topics(&self) -> bool {
        matches!(&self.payload, Payload::Records(records) if records.form != Form::Plain)
    }

    /// Reads what is to be sent; whole files, but no lines.
    pub fn job(&self, resolved: &Resolved) -> Result<Job, Error> {
        let properties = resolved.settings.properties.publish.clone();
        let topic = match topic(self.topic.as_ref(), resolved) {
            // Lines have their own.
            Err(Error::NoTopic) if self.has_own_topics() => String::new(),
            topic => topic?,
        };
        let is_alias = |property| matches!(property, Property::TopicAlias(_));
        if matches!(self.payload, Payload::Records(_))
            && properties.as_properties().iter().any(is_alias)
        {
            return Err(Error::AliasOfMany);
        }
        Ok(Job {
            topic,
            qos: self.qos,
            retain: self.retain,
            payloads: match self.payload.payloads()? {
                Payloads::Once(payload) if self.repeat != 1 => {
                    Payloads::Repeat { payload, times: self.repeat, delay: self.repeat_delay }
                }
                payloads => payloads,
            },
            properties,
            reconnect: self.reconnect,
            give_up: self.give_up,
            stats: self.stats,
            meter: None,
        })
    }
}

/// The topic to publish to: the one that was asked for, or the URL's.
pub(super) fn topic(given: Option<&String>, resolved: &Resolved) -> Result<String, Error> {
    let topic = given.or(resolved.topic.as_ref()).ok_or(Error::NoTopic)?;
    check_topic(topic)?;
    Ok(topic.clone())
}

impl Payload {
    /// Reads what is to be sent; whole files, but no lines.
    pub(super) fn payloads(&self) -> Result<Payloads, Error> {
        let payload = match self {
            Self::Text(bytes) => bytes.clone(),
            Self::File(path) => read(File::open(path))
                .map_err(|source| Error::File { path: path.clone(), source })?,
            Self::Stdin => match read(Ok(io::stdin().lock())).map_err(Error::Input)? {
                nothing if nothing.is_empty() => return Err(Error::EmptyInput),
                something => something,
            },
            Self::Lines => return Ok(Payloads::Lines),
            Self::Records(records) => return records.payloads(),
        };
        if payload.len() > MAX_REMAINING_LENGTH as usize {
            return Err(Error::PayloadTooLong(payload.len()));
        }
        Ok(Payloads::Once(payload.into()))
    }
}

/// All of it, but no more than a little above what a packet can hold.
fn read(source: io::Result<impl Read>) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source?.take(u64::from(MAX_REMAINING_LENGTH).saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}
