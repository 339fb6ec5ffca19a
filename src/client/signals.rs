//! SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once.

#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

use super::Error;

/// The signals that end a client.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on the process is told instead of ended.
    pub(super) fn new() -> Result<Self, Error> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(Error::Signals)?,
            terminate: signal(SignalKind::terminate()).map_err(Error::Signals)?,
        })
    }

    /// Waits for the first signal and gives its number; the next one ends the process.
    pub(super) async fn first(&mut self) -> i32 {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let signal = tokio::select! {
            Some(()) = self.interrupt.recv() => SIGINT,
            Some(()) = self.terminate.recv() => SIGTERM,
            else => return std::future::pending().await,
        };
        for next in [SIGINT, SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            // If it cannot be had, the second signal is as patient as the first.
            let _ = signal_hook::flag::register_conditional_default(next, always);
        }
        signal
    }
}

#[cfg(not(unix))]
impl Signals {
    /// From now on the process is told instead of ended.
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    pub(super) async fn first(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => signal_hook::consts::SIGINT,
            Err(_) => std::future::pending().await,
        }
    }
}
