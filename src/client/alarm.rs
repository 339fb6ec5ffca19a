//! One timer that is set anew each turn and costs nothing while its time stays the same.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

/// Rings once the earliest of the times it was set to has come. It may ring early: who hears it
/// looks at the clock.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    timer: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Alarm {
    /// Waits for `at`; for ever when there is none.
    pub(super) async fn wait(&mut self, at: Option<Instant>) {
        let Some(at) = at else { return std::future::pending().await };
        // A time that moves away leaves the timer as it is: it rings early, seldom.
        if self.timer.as_ref().is_none_or(|(set, _)| at < *set) {
            self.timer = Some((at, Box::pin(sleep_until(at.into()))));
        }
        poll_fn(|context| self.poll(context)).await;
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((_, timer)) = &mut self.timer else { return Poll::Ready(()) };
        let rung = timer.as_mut().poll(context);
        if rung.is_ready() {
            self.timer = None;
        }
        rung
    }
}
