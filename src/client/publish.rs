//! Publishing: one message, one message again and again, or the lines of standard input.

mod copies;
mod flow;
mod head;
mod later;
mod records;
mod rehearsal;

use std::time::Duration;

use bytes::Bytes;

use self::flow::Publisher;
pub use self::rehearsal::rehearse;
use super::{Error, Notify, Settings};
use crate::codec::{PropertyBuffer, Qos, Reason};
use crate::record::{End, Form};
use crate::session::PublishError;

/// What to publish.
#[derive(Debug, Clone)]
pub struct Job {
    /// Topic names: each message goes to each of them, in this order. For records at most one, that
    /// of lines that name none.
    pub topics: Vec<String>,
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
    /// Whether messages that nobody is subscribed to are counted; the broker says so in version 5
    /// from QoS 1 on, if it wants to.
    pub require_subscriber: bool,
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
    Lines(End),
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
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Messages that were taken from the source, so many times as there are topics.
    pub read: u64,
    /// Messages that were refused for good.
    pub refused: u64,
    /// The first of them, and why.
    pub first_refused: Option<(Which, Refusal)>,
    /// Messages that the broker took, though nobody is subscribed to their topic.
    pub unheard: u64,
    /// The first of them.
    pub first_unheard: Option<Which>,
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

/// One message of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Its number in the source, from 1.
    pub number: u64,
    /// Its topic, where the number does not say it.
    pub topic: Option<String>,
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
        if self.first_refused.as_ref().is_none_or(|(first, _)| number < first.number) {
            self.first_refused = Some((Which { number, topic: None }, why));
        }
    }

    /// One more message had nobody to go to.
    pub(super) fn unheard(&mut self, number: u64, topic: &str) {
        self.unheard = self.unheard.saturating_add(1);
        if self.first_unheard.as_ref().is_none_or(|first| number < first.number) {
            self.first_unheard = Some(Which { number, topic: Some(topic.to_owned()) });
        }
    }

    /// Messages were numbered once for each of `topics`: from now on as in the source.
    fn number_by(&mut self, topics: &[String]) {
        let first_refused = self.first_refused.as_mut().map(|(which, _)| which);
        for which in first_refused.into_iter().chain(&mut self.first_unheard) {
            let (before, copies) = (which.number.saturating_sub(1), topics.len() as u64);
            let topic = usize::try_from(before % copies).ok().and_then(|at| topics.get(at));
            which.number = (before / copies).saturating_add(1);
            which.topic = topic.cloned();
        }
    }
}

/// Publishes to the end of the source.
pub async fn run(settings: &Settings, job: &Job, notify: Notify<'_>) -> Result<Report, Error> {
    Publisher::new(settings, job, notify)?.run().await
}
