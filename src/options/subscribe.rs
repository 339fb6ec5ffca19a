//! What to subscribe to.

use std::ffi::OsString;
use std::time::Duration;

use super::{Connect, Error, Resolved};
use crate::client::subscribe::Job;
use crate::codec::Qos;
use crate::record::{Empty, Format, Layout, Plain};
use crate::topic;

/// What was asked for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Subscribe {
    /// Where.
    pub connect: Connect,
    /// Topic filters.
    pub filters: Vec<String>,
    /// The highest quality of service.
    pub qos: Qos,
    /// Ends after so many messages.
    pub count: Option<u64>,
    /// Ends after this time.
    pub time_limit: Option<Duration>,
    /// Whether the topic is printed before the message.
    pub verbose: bool,
    /// Whether a newline is printed behind the message.
    pub newline: bool,
    /// What is printed for an empty payload, where no format says it.
    pub empty: Empty,
    /// How messages are printed, instead of as they are.
    pub format: Option<Format>,
    /// Whether the JSON of a format goes over many lines.
    pub pretty: bool,
    /// Leaves out retained messages.
    pub skip_retained: bool,
    /// Ends once the broker has answered.
    pub only_subscribe: bool,
    /// A command to run meanwhile.
    pub command: Vec<OsString>,
}

impl Subscribe {
    /// Checks what is asked for.
    pub fn job(&self, resolved: &Resolved) -> Result<Job, Error> {
        let filters = if self.filters.is_empty() {
            vec![resolved.topic.clone().ok_or(Error::NoTopic)?]
        } else {
            self.filters.clone()
        };
        if let Some(bad) = filters.iter().find(|filter| !topic::is_filter(filter)) {
            return Err(Error::InvalidFilter(bad.clone()));
        }
        Ok(Job {
            filters,
            qos: self.qos,
            count: self.count,
            time_limit: self.time_limit,
            skip_retained: self.skip_retained,
            only_subscribe: self.only_subscribe,
            command: self.command.clone(),
        })
    }

    /// How messages are printed.
    pub fn layout(&self) -> Layout {
        let Self { verbose, newline, empty, pretty, .. } = *self;
        let Some(mut format) = self.format.clone() else {
            return Layout::Plain(Plain { verbose, newline, empty });
        };
        (format.newline, format.pretty) = (newline, pretty);
        Layout::Format(format)
    }
}
