//! Where the messages go that a client takes.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::codec::Publish;

/// Where messages go: into a buffer first, from there to the outside, in as few writes as it
/// can.
pub trait Sink {
    /// Adds a message to the buffer.
    fn take(&mut self, topic: &str, message: &Publish<'_>);

    /// How often it wants to hear that time passes.
    fn beat(&self) -> Option<Duration> {
        None
    }

    /// Another beat has passed.
    fn tick(&mut self) {}

    /// Whether all that was taken is written.
    fn is_flushed(&self) -> bool;

    /// Writes the buffer without blocking the thread; ready when all is written.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ready once nobody is left who could read what it writes, where it can know without writing.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let _ = context;
        Poll::Pending
    }
}

/// Until all is written.
pub(super) async fn flush(sink: &mut impl Sink) -> io::Result<()> {
    poll_fn(|context| sink.poll_flush(context)).await
}

/// Until all is written, or where all is, until nobody reads any more, which is an error then.
pub(super) async fn attend(sink: &mut impl Sink) -> io::Result<()> {
    poll_fn(|context| {
        if sink.is_flushed() {
            sink.poll_gone(context).map(|()| Err(io::ErrorKind::BrokenPipe.into()))
        } else {
            sink.poll_flush(context)
        }
    })
    .await
}
