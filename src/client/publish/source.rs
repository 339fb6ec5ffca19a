//! Where the messages of one run come from.

use std::time::Duration;

use bytes::Bytes;

use super::Payloads;
use crate::client::Error;
use crate::client::lines::{Chunks, Line, Lines};

/// The messages that are still to be taken.
#[derive(Debug)]
pub(super) enum Source {
    /// One payload, `left` more times.
    Repeat {
        /// The payload.
        payload: Bytes,
        /// How many more times.
        left: u64,
        /// From the delivery of one to the next.
        delay: Duration,
    },
    /// Lines of standard input.
    Lines {
        /// Started when the first line is wanted.
        chunks: Option<Chunks>,
        /// The cutter.
        lines: Lines,
        /// The next line needs more input.
        dry: bool,
    },
}

impl Source {
    /// Nothing is read yet.
    pub(super) fn new(payloads: &Payloads) -> Self {
        let once =
            |payload: &Bytes, left, delay| Self::Repeat { payload: payload.clone(), left, delay };
        match payloads {
            Payloads::Once(payload) => once(payload, 1, Duration::ZERO),
            Payloads::Repeat { payload, times, delay } => once(payload, *times, *delay),
            Payloads::Lines => Self::Lines { chunks: None, lines: Lines::default(), dry: true },
        }
    }

    /// From the delivery of one message to the next.
    pub(super) const fn delay(&self) -> Duration {
        match self {
            Self::Repeat { delay, .. } => *delay,
            Self::Lines { .. } => Duration::ZERO,
        }
    }

    /// Whether all messages were taken.
    pub(super) fn is_finished(&self) -> bool {
        match self {
            Self::Repeat { left, .. } => *left == 0,
            Self::Lines { lines, .. } => lines.is_finished(),
        }
    }

    /// Whether [`Self::more`] is to be waited for before there is another message.
    pub(super) fn is_dry(&self) -> bool {
        matches!(self, Self::Lines { dry: true, lines, .. } if !lines.is_finished())
    }

    /// The next message, to be written at once; `None` when there is none, or none yet.
    pub(super) fn next(&mut self) -> Option<Line<&[u8]>> {
        match self {
            Self::Repeat { payload, left, .. } => {
                *left = left.checked_sub(1)?;
                Some(Line::Bytes(payload))
            }
            Self::Lines { lines, dry, .. } => {
                let line = lines.next();
                *dry = line.is_none();
                line
            }
        }
    }

    /// The next message, to be kept until it is acknowledged.
    pub(super) fn next_shared(&mut self) -> Option<Line<Bytes>> {
        match self {
            Self::Repeat { payload, left, .. } => {
                *left = left.checked_sub(1)?;
                Some(Line::Bytes(payload.clone()))
            }
            Self::Lines { lines, dry, .. } => {
                let line = lines.next_shared();
                *dry = line.is_none();
                line
            }
        }
    }

    /// Waits for more input. Cancelling it loses nothing.
    pub(super) async fn more(&mut self) -> Result<(), Error> {
        let Self::Lines { chunks, lines, dry } = self else {
            return std::future::pending().await;
        };
        let chunks = match chunks {
            Some(chunks) => chunks,
            None => chunks.insert(Chunks::of_stdin().map_err(Error::Input)?),
        };
        match chunks.next().await {
            Some(Ok(chunk)) => lines.feed(chunk),
            Some(Err(error)) => return Err(Error::Input(error)),
            None => lines.finish(),
        }
        *dry = false;
        Ok(())
    }
}
