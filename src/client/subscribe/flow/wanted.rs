//! Whether anything more is wanted of a connection.

use std::time::Instant;

use super::Subscriber;
use crate::client::link::Link;
use crate::client::subscribe::retained::{Next, Retained};
use crate::client::{Cause, Sink};

impl<S: Sink> Subscriber<'_, S> {
    /// Whether no further message is wanted.
    pub(super) fn is_full(&self) -> bool {
        self.enough || self.job.count.is_some_and(|count| self.taken >= count)
    }

    /// Whether all that was asked for came: a command is to be started before that, and so SUBACK
    /// is waited for.
    pub(super) fn is_complete(&self) -> bool {
        self.is_full() && (self.requests.answered || self.job.command.is_empty())
    }

    /// Whether all that was asked for came and is written; removals may be missing.
    pub(super) fn is_met(&self) -> bool {
        self.is_complete() && self.sink.is_flushed()
    }

    /// Whether nothing more is to come, the answer to every removal included.
    pub(super) fn is_served(&self) -> bool {
        self.is_complete() && self.removals.are_answered(&self.session)
    }

    /// Whether all that is wanted is written.
    pub(super) fn is_counted(&self) -> bool {
        self.is_served() && self.sink.is_flushed()
    }

    /// Whether all retained messages that came are removed, and no others are wanted: those that
    /// the broker has to send are ahead of its answers.
    pub(super) fn is_cleared(&self, link: &Link<'_>) -> bool {
        self.job.retained_only
            && self.removals.begun
            && !link.has_input()
            && self.sink.is_flushed()
            && self.removals.are_answered(&self.session)
    }

    /// When it is to be asked whether further messages are wanted.
    pub(super) fn end_of_interest(&self) -> Option<Instant> {
        let silence = self.retained.as_ref().and_then(Retained::deadline);
        [self.closes_at, silence].into_iter().flatten().min().filter(|_| !self.enough)
    }

    /// A time has come after which no further message may be wanted.
    pub(super) async fn lose_interest(
        &mut self,
        link: &mut Link<'_>,
        now: Instant,
    ) -> Result<(), Cause> {
        self.enough |= self.closes_at.is_some_and(|at| now >= at);
        let Some(retained) = &mut self.retained else { return Ok(()) };
        if !self.sink.is_flushed() {
            // Nothing is read meanwhile.
            retained.disturbed(now);
            return Ok(());
        }
        match retained.next(now) {
            Next::Wait => {}
            Next::Look => {
                link.is_alive_after_all().await?;
            }
            Next::End => self.enough = true,
        }
        Ok(())
    }
}
