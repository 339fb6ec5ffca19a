//! Where the messages that one run publishes come from.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;

use super::lines::{Chunks, Line, Lines, rewind_stdin};
use super::link::Link;
use super::{Cause, Payloads};
use crate::record::End;

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
        /// Why there is no more input, other than its end.
        failure: Option<io::Error>,
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
            Payloads::Lines(end) => Self::lines(*end),
            Payloads::Records(records) => Self::lines(records.end),
        }
    }

    fn lines(end: End) -> Self {
        Self::Lines { chunks: None, lines: Lines::new(end), dry: true, failure: None }
    }

    /// All of standard input was read: reads it again from `start` on.
    pub(super) fn rewind(&mut self, start: u64, end: End) {
        *self = Self::lines(end);
        if let (Err(error), Self::Lines { lines, failure, .. }) = (rewind_stdin(start), self) {
            *failure = Some(error);
            lines.finish();
        }
    }

    /// From the delivery of one message to the next.
    pub(super) const fn delay(&self) -> Duration {
        match self {
            Self::Repeat { delay, .. } => *delay,
            Self::Lines { .. } => Duration::ZERO,
        }
    }

    /// Bytes of the input that were cut into lines; `None` where there is no input.
    pub(super) fn position(&self) -> Option<u64> {
        match self {
            Self::Lines { lines, .. } => Some(lines.position()),
            Self::Repeat { .. } => None,
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

    /// Waits for more input. What cannot be read ends it like the end of the input. Cancelling
    /// it loses nothing.
    pub(super) async fn more(&mut self) {
        let Self::Lines { chunks, lines, dry, failure } = self else {
            return std::future::pending().await;
        };
        match next_chunk(chunks).await {
            Some(Ok(chunk)) => lines.feed(chunk),
            Some(Err(error)) => {
                *failure = Some(error);
                lines.finish();
            }
            None => lines.finish(),
        }
        *dry = false;
    }

    /// Why the source could not be read to its end.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        match self {
            Self::Lines { failure, .. } => failure.take(),
            Self::Repeat { .. } => None,
        }
    }
}

/// Waits until the link or, where more input is wanted, the source has something. Both have
/// their turn each time, however much comes from one of them. Cancelling it loses nothing.
pub(super) async fn progress_or_more(
    link: &mut Link<'_>,
    source: &mut Source,
    wants_more: bool,
) -> Result<(), Cause> {
    let (mut progress, mut more) = (pin!(link.progress()), pin!(source.more()));
    poll_fn(|context| {
        let fed = wants_more && more.as_mut().poll(context).is_ready();
        match progress.as_mut().poll(context) {
            Poll::Ready(progress) => Poll::Ready(progress.map(|_| ())),
            Poll::Pending if fed => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The next chunk of standard input, which is read from when the first one is wanted.
async fn next_chunk(chunks: &mut Option<Chunks>) -> Option<io::Result<Bytes>> {
    let chunks = match chunks {
        Some(chunks) => chunks,
        None => match Chunks::of_stdin() {
            Ok(started) => chunks.insert(started),
            Err(error) => return Some(Err(error)),
        },
    };
    chunks.next().await
}
