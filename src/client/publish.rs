//! Publishing: one message, one message again and again, or the lines of standard input.

mod flow;
mod head;
mod later;
mod records;

use std::time::Duration;

use bytes::Bytes;

use self::flow::Publisher;
use super::{Error, Notify, Settings};
use crate::codec::{PropertyBuffer, Qos, Reason};
use crate::record::{End, Form};
use crate::session::PublishError;

/// What to publish.
#[derive(Debug, Clone)]
pub struct Job {
    /// A topic name; for records that of lines without one, or empty.
    pub topic: String,
    /// The quality of service of every message; for records of lines that do not say it, and so
    /// with `retain` and `properties`.
    pub qos: Qos,
    /// Whether the last message stays as the topic's retained one.
    pub retain: bool,
    /// The messages.
    pub payloads: Payloads,
    /// The properties of every message, in version 5. A topic alias among them stands for the topic from the second
    /// message of each connection on.
    pub properties: PropertyBuffer,
    /// Whether what may be many messages goes on over another connection when one is lost.
    pub reconnect: bool,
    /// The longest time without a connection, for what reconnects.
    pub give_up: Option<Duration>,
}

/// Where the messages come from.
#[derive(Debug, Clone)]
pub enum Payloads {
    /// One message; a lost connection is an error.
    Once(Bytes),
    /// One message, many times.
    Repeat {
        /// The message.
        payload: Bytes,
        /// How often.
        times: u64,
        /// From the delivery of one to the next.
        delay: Duration,
    },
    /// Each line of standard input.
    Lines,
    /// What each line of standard input describes.
    Records(Records),
}

/// How lines describe messages, and when those go.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// What stands in a line.
    pub form: Form,
    /// What ends a line.
    pub end: End,
    /// How many times as fast as they came messages go, where their lines tell times; above 0.
    pub speed: f64,
    /// All goes again and again: from where in standard input.
    pub again_from: Option<u64>,
}

impl Job {
    /// The highest quality of service that a message may have.
    const fn highest_qos(&self) -> Qos {
        match self.payloads.records() {
            Some(Records { form: Form::Json { .. }, .. }) => Qos::ExactlyOnce,
            _ => self.qos,
        }
    }

    /// Whether a lost connection is worth another.
    const fn comes_back(&self) -> bool {
        self.reconnect && self.payloads.is_stream()
    }
}

impl Payloads {
    /// How lines describe messages, where they do.
    const fn records(&self) -> Option<&Records> {
        match self {
            Self::Records(records) => Some(records),
            _ => None,
        }
    }

    /// Whether there may be more than one.
    const fn is_stream(&self) -> bool {
        !matches!(self, Self::Once(_))
    }

    /// Whether it is one message that may stay behind in this system's buffers. If the broker says
    /// anything to a socket that is closed, what is there is gone.
    fn is_large(&self) -> bool {
        /// What any broker's system takes before the broker reads.
        const TAKEN_AT_ONCE: usize = 16 * 1024;
        matches!(self, Self::Once(payload) if payload.len() > TAKEN_AT_ONCE)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Messages that were taken from the source.
    pub read: u64,
    /// Messages that were refused for good.
    pub refused: u64,
    /// The number of the first of them, from 1, and why.
    pub first_refused: Option<(u64, Refusal)>,
    /// QoS 2 messages that went again after their session was lost: they may have come twice.
    pub possible_duplicates: u64,
    /// Messages that were refused with 0x97 at least once: they may be out of order.
    pub postponed: u64,
    /// Messages without an acknowledgement at the end: after a signal.
    pub unacknowledged: usize,
    /// The signal that asked for the end.
    pub signal: Option<i32>,
    /// Lines that are no messages; each was told.
    pub bad_lines: u64,
    /// Why the source could not be read to its end; what came before is sent.
    pub failure: Option<Error>,
}

/// Why a message was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The broker said so.
    #[error("{0}")]
    Broker(Reason),
    /// The broker announced that it takes no such messages.
    #[error(transparent)]
    Announced(#[from] PublishError),
    /// A request that nobody can answer: its topic has no subscriber.
    #[error("nobody is subscribed to {0}")]
    Unheard(String),
    /// No packet can hold it.
    #[error("longer than a packet can be (268,435,455 bytes)")]
    Overlong,
}

impl Report {
    /// One more message was refused.
    pub(super) fn refuse(&mut self, number: u64, why: Refusal) {
        self.refused = self.refused.saturating_add(1);
        if self.first_refused.as_ref().is_none_or(|(first, _)| number < *first) {
            self.first_refused = Some((number, why));
        }
    }
}

/// Publishes to the end of the source.
pub async fn run(settings: &Settings, job: &Job, notify: Notify<'_>) -> Result<Report, Error> {
    Publisher::new(settings, job, notify)?.run().await
}
