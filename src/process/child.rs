//! A program that this process starts, and whose end it awaits.

use std::io;
use std::process::{Command, ExitStatus};

#[cfg(unix)]
use super::caught::Awaited;

/// What is written here, the program reads.
#[cfg(unix)]
pub(super) type Input = std::process::ChildStdin;
/// What the program writes.
#[cfg(unix)]
pub(super) type Output = tokio::net::unix::pipe::Receiver;
/// What is written here, the program reads.
#[cfg(not(unix))]
pub(super) type Input = tokio::process::ChildStdin;
/// What the program writes.
#[cfg(not(unix))]
pub(super) type Output = tokio::process::ChildStdout;

/// A program that was started. It goes on when this is dropped.
///
/// Tokio's own has every process that links it listen to all signals that there are, from its
/// start on and whether a child is started or not; so it is used only where there are no signals.
#[derive(Debug)]
pub(super) struct Child {
    #[cfg(unix)]
    child: std::process::Child,
    /// Comes when some child of this process ended, or was stopped.
    #[cfg(unix)]
    some_child: Awaited,
    #[cfg(not(unix))]
    child: tokio::process::Child,
    /// Its end was seen, and its number may be another's.
    has_ended: bool,
}

impl Child {
    /// Starts it; needs tokio's runtime.
    #[cfg(unix)]
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        // Who started this process may have blocked it.
        nix::sys::signal::SigSet::from(nix::sys::signal::SIGCHLD).thread_unblock()?;
        // Before it is started: it may end at once.
        let some_child = Awaited::new(&[signal_hook::consts::SIGCHLD])?;
        Ok(Self { child: command.spawn()?, some_child, has_ended: false })
    }

    /// Starts it; needs tokio's runtime.
    #[cfg(not(unix))]
    pub(super) fn spawn(command: Command) -> io::Result<Self> {
        let child = tokio::process::Command::from(command).spawn()?;
        Ok(Self { child, has_ended: false })
    }

    /// Its number, until its end is seen.
    pub(super) fn id(&self) -> Option<u32> {
        #[cfg(unix)]
        let id = Some(self.child.id());
        #[cfg(not(unix))]
        let id = self.child.id();
        id.filter(|_| !self.has_ended)
    }

    /// Its standard input, if that is a pipe; once.
    pub(super) fn input(&mut self) -> Option<Input> {
        self.child.stdin.take()
    }

    /// Its standard output, if that is a pipe; once.
    pub(super) fn output(&mut self) -> Option<Output> {
        let output = self.child.stdout.take()?;
        #[cfg(unix)]
        let output = Output::from_owned_fd(output.into()).ok()?;
        Some(output)
    }

    /// Waits for its end; who stops waiting can wait again.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        #[cfg(unix)]
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None => self.some_child.next().await,
            };
        };
        #[cfg(not(unix))]
        let status = self.child.wait().await?;
        self.has_ended = true;
        Ok(status)
    }

    /// Asks it to end, where there are signals.
    pub(super) fn terminate(&self) {
        #[cfg(unix)]
        if let Some(id) = self.id().and_then(|id| i32::try_from(id).ok())
            && let Some(id) = rustix::process::Pid::from_raw(id)
        {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }

    /// Ends it at once, without waiting for that.
    pub(super) fn kill(&mut self) {
        // It may have ended by itself; otherwise there is nothing left to be done about it.
        #[cfg(unix)]
        let _ = self.child.kill();
        #[cfg(not(unix))]
        let _ = self.child.start_kill();
    }
}
