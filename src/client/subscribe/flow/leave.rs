//! The end of a run: of the connection, and of the command.

use super::Subscriber;
use super::connections::at;
use crate::client::connector::FAREWELL;
use crate::client::end::End;
use crate::client::link::Link;
use crate::client::sink::flush;
use crate::client::{Error, Notice, Sink};
use crate::codec::Reason;
use crate::process::SIGINT;

impl<S: Sink> Subscriber<'_, S> {
    /// What went wrong is told at once where it is not the end, or not all there is to tell.
    pub(super) fn fail(&mut self, error: Error) -> Result<(), Error> {
        // Whoever looks on need not wait for the command to know.
        if !self.command.is_running() && self.report.left == 0 && self.report.unanswered == 0 {
            return Err(error);
        }
        self.connector.notify(&Notice::Failed { error: &error });
        self.report.failure = Some(error);
        Ok(())
    }

    /// All else is done: waits for the command, which a signal or the time limit ends.
    pub(super) async fn await_command(&mut self) {
        let signal = tokio::select! {
            () = self.command.finish() => {
                self.report.command = self.command.ended;
                return;
            }
            signal = self.signals.first() => Some(signal),
            () = at(self.ends_at) => None,
        };
        self.end_command(signal).await;
    }

    /// Ends the command, whose code tells nothing then, and waits for it a moment. SIGINT came to
    /// the whole process group by itself.
    pub(super) async fn end_command(&mut self, signal: Option<i32>) {
        self.report.signal = signal;
        if signal != Some(SIGINT) {
            self.command.terminate();
        }
        let _ = tokio::time::timeout(FAREWELL, self.command.finish()).await;
    }

    /// What was taken is written before the end, if its reader does not stall.
    pub(super) async fn flush_briefly(&mut self) {
        let flushed = tokio::time::timeout(FAREWELL, flush(&mut self.sink)).await;
        if matches!(flushed, Ok(Err(_))) {
            self.inbox.forget();
        }
    }

    /// Acknowledges what was written, and leaves.
    pub(super) async fn farewell(&mut self, mut link: Link<'_>, end: End) {
        if self.sink.is_flushed() {
            self.inbox.acknowledge(&mut self.session, &mut link);
        }
        if end == End::Finished {
            self.inbox.complete(&mut self.session, &mut link).await;
        }
        let cut_short = matches!(end, End::TimedOut | End::Signal(_));
        let with_will = cut_short && self.job.will_when_cut_short;
        let reason = if with_will { Reason::DisconnectWithWill } else { Reason::Success };
        self.connector.disconnect_with(reason, &mut self.session, &mut link);
        self.inbox.leave(link).await;
    }
}
