//! What to publish.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::connect::check_topic;
use super::{Connect, Error, Resolved};
use crate::client::publish::{Job, Payloads};
use crate::codec::{MAX_REMAINING_LENGTH, PropertyBuffer, Qos};

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
        let topic = self.topic.clone().or_else(|| resolved.topic.clone()).ok_or(Error::NoTopic)?;
        check_topic(&topic)?;
        let payload = match &self.payload {
            Payload::Text(bytes) => bytes.clone(),
            Payload::File(path) => read(File::open(path))
                .map_err(|source| Error::File { path: path.clone(), source })?,
            Payload::Stdin => match read(Ok(io::stdin().lock())).map_err(Error::Input)? {
                nothing if nothing.is_empty() => return Err(Error::EmptyInput),
                something => something,
            },
            Payload::Lines => {
                return Ok(self.job_of(topic, Payloads::Lines));
            }
        };
        if payload.len() > MAX_REMAINING_LENGTH as usize {
            return Err(Error::PayloadTooLong(payload.len()));
        }
        let payload = payload.into();
        let payloads = match self.repeat {
            1 => Payloads::Once(payload),
            times => Payloads::Repeat { payload, times, delay: self.repeat_delay },
        };
        Ok(self.job_of(topic, payloads))
    }

    fn job_of(&self, topic: String, payloads: Payloads) -> Job {
        Job {
            topic,
            qos: self.qos,
            retain: self.retain,
            payloads,
            properties: PropertyBuffer::new(),
            reconnect: self.reconnect,
            give_up: self.give_up,
        }
    }
}

/// All of it, but no more than a little above what a packet can hold.
fn read(source: io::Result<impl Read>) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source?.take(u64::from(MAX_REMAINING_LENGTH).saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}
