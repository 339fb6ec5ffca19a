//! Publishing: one message, one message again and again, or the lines of standard input.

mod copies;
mod delivery;
mod flow;
mod head;
mod later;
mod records;
mod rehearsal;
mod unheard;

use std::sync::Arc;
use std::time::Duration;

pub use self::delivery::Delivery;
use self::flow::Publisher;
pub use self::rehearsal::rehearse;
pub use self::unheard::Unheard;
use super::{Error, Meter, Notify, Payloads, Records, Refusals, Settings};
use crate::codec::{PropertyBuffer, Qos};
use crate::record::Form;

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
    /// Whether the report is to say how the messages were delivered.
    pub stats: bool,
    /// Told all the time how far the run is.
    pub meter: Option<Arc<Meter>>,
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

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Messages that were taken from the source, each so many times as there are topics.
    pub read: u64,
    /// Messages that were refused for good.
    pub refused: Refusals,
    /// The topic of the first of them, where there are several.
    pub refused_topic: Option<String>,
    /// Messages that the broker took for nobody.
    pub unheard: Unheard,
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
    /// Why the source could not be read to its end; what came before is sent. With `delivery` also
    /// what ended the run early.
    pub failure: Option<Error>,
    /// How the messages were delivered, if that was asked for.
    pub delivery: Option<Delivery>,
}

impl Report {
    /// Messages were numbered once for each topic: tells their numbers in the source.
    fn number_by(&mut self, topics: &[String]) {
        let copies = u64::try_from(topics.len()).unwrap_or(u64::MAX).max(1);
        let refused = self.refused.first.as_mut().map(|(number, _)| number);
        let unheard = self.unheard.first.as_mut().map(|(number, _)| number);
        if let Some(number) = &refused {
            let at = usize::try_from(number.saturating_sub(1) % copies);
            self.refused_topic = at.ok().and_then(|at| topics.get(at)).cloned();
        }
        for number in refused.into_iter().chain(unheard) {
            *number = (number.saturating_sub(1) / copies).saturating_add(1);
        }
    }
}

/// Publishes to the end of the source.
pub async fn run(settings: &Settings, job: &Job, notify: Notify<'_>) -> Result<Report, Error> {
    Publisher::new(settings, job, notify).run().await
}
