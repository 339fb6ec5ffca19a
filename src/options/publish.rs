//! What to publish.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::connect::check_topic;
use super::{Connect, Error, Resolved};
use crate::client::publish::{Job, Payloads};
use crate::codec::{MAX_REMAINING_LENGTH, Qos};

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
}

/// Where a message comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// These bytes.
    Text(Vec<u8>),
    /// A whole file.
    File(PathBuf),
    /// Standard input as one message, at least one byte.
    Stdin,
    /// Each line of standard input.
    Lines,
}

impl Publish {
    /// Reads what is to be sent; whole files, but no lines.
    pub fn job(&self, resolved: &Resolved) -> Result<Job, Error> {
        Ok(Job {
            topic: topic(self.topic.as_ref(), resolved)?,
            qos: self.qos,
            retain: self.retain,
            payloads: match self.payload.payloads()? {
                Payloads::Once(payload) if self.repeat != 1 => {
                    Payloads::Repeat { payload, times: self.repeat, delay: self.repeat_delay }
                }
                payloads => payloads,
            },
            properties: resolved.settings.properties.publish.clone(),
            reconnect: self.reconnect,
            give_up: self.give_up,
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
