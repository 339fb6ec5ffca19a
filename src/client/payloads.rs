//! What a run sends: one message, one again and again, or the lines of standard input.

use std::time::Duration;

use bytes::Bytes;

use crate::record::{End, Form};

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

impl Payloads {
    /// How lines describe messages, where they do.
    pub(super) const fn records(&self) -> Option<&Records> {
        match self {
            Self::Records(records) => Some(records),
            _ => None,
        }
    }

    /// Whether there may be more than one.
    pub(super) const fn is_stream(&self) -> bool {
        !matches!(self, Self::Once(_))
    }

    /// Whether so many copies of one message may stay behind in this system's buffers. If the broker
    /// says anything to a socket that is closed, what is there is gone.
    pub(super) fn is_large(&self, copies: usize) -> bool {
        /// What any broker's system takes before the broker reads.
        const TAKEN_AT_ONCE: usize = 16 * 1024;
        matches!(self, Self::Once(payload) if payload.len().saturating_mul(copies) > TAKEN_AT_ONCE)
    }
}
