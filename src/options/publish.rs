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
    /// The topics, each of which every message goes to.
    pub topics: Vec<String>,
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
    /// Whether messages that nobody is subscribed to count as a failure: `connect.needs_v5` is to
    /// be set, and a QoS above 0.
    pub require_subscriber: bool,
    /// Nothing is sent: what would be is told, at once and once.
    pub dry_run: bool,
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
    /// Whether each is a payload and nothing else, to be read once.
    fn is_plain(&self) -> bool {
        self.form == Form::Plain && !self.again
    }

    /// The same, without pauses and without end.
    fn once_and_at_once(&self) -> Self {
        let form = match self.form {
            Form::Json { .. } => Form::Json { timed: false },
            form => form,
        };
        Self { form, again: false, ..self.clone() }
    }

    fn payloads(&self) -> Result<Payloads, Error> {
        if self.is_plain() {
            return Ok(Payloads::Lines(self.end));
        }
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
        let topics = self.topics(resolved)?;
        let payloads = match &self.payload {
            Payload::Records(records) if self.dry_run => records.once_and_at_once().payloads()?,
            payload => payload.payloads()?,
        };
        let is_alias = |property| matches!(property, Property::TopicAlias(_));
        let has_alias = properties.as_properties().iter().any(is_alias);
        if has_alias && (topics.len() > 1 || matches!(payloads, Payloads::Records(_))) {
            return Err(Error::AliasOfMany);
        }
        if self.require_subscriber && self.qos == Qos::AtMostOnce {
            return Err(Error::UnheardAtQos0);
        }
        Ok(Job {
            topics,
            qos: self.qos,
            retain: self.retain,
            payloads: match payloads {
                Payloads::Once(payload) if self.repeat != 1 => {
                    Payloads::Repeat { payload, times: self.repeat, delay: self.repeat_delay }
                }
                payloads => payloads,
            },
            properties,
            reconnect: self.reconnect,
            give_up: self.give_up,
            require_subscriber: self.require_subscriber,
            stats: self.stats,
            meter: None,
        })
    }

    /// Valid topics: that of the URL where no other is given.
    fn topics(&self, resolved: &Resolved) -> Result<Vec<String>, Error> {
        if self.topics.len() > 1 && self.is_records() {
            return Err(Error::TopicsOfLines);
        }
        if self.topics.len() <= 1 {
            return match topic(self.topics.first(), resolved) {
                // Lines have their own.
                Err(Error::NoTopic) if self.has_own_topics() => Ok(Vec::new()),
                topic => Ok(vec![topic?]),
            };
        }
        self.topics.iter().try_for_each(|topic| check_topic(topic))?;
        Ok(self.topics.clone())
    }

    /// Whether lines are read by rules of their own, one topic at a time.
    fn is_records(&self) -> bool {
        matches!(&self.payload, Payload::Records(records) if !records.is_plain())
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
            Self::Lines => return Ok(Payloads::Lines(End::Newline)),
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
