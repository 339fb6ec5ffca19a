//! SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once. SIGHUP, which
//! asks for files to be read again.

use std::io;
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

/// The signals that ask for an end.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on the process is told instead of ended.
    pub fn new() -> io::Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use tokio::signal::unix::{SignalKind, signal};
        let this = Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        };
        super::deferral::forget_defaults(&[SIGINT, SIGTERM]);
        Ok(this)
    }

    /// Waits for a signal and gives its number.
    pub async fn next(&mut self) -> i32 {
        use signal_hook::consts::{SIGINT, SIGTERM};
        tokio::select! {
            Some(()) = self.interrupt.recv() => SIGINT,
            Some(()) = self.terminate.recv() => SIGTERM,
            else => std::future::pending().await,
        }
    }

    /// Waits for the first signal and gives its number; the next one ends the process.
    pub async fn first(&mut self) -> i32 {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let signal = self.next().await;
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
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C.
    pub async fn first(&mut self) -> i32 {
        self.next().await
    }

    /// Waits for Ctrl-C.
    pub async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => signal_hook::consts::SIGINT,
            Err(_) => std::future::pending().await,
        }
    }
}

/// SIGHUP. Those that come while nobody waits are one.
#[derive(Debug)]
pub struct Hangups {
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Hangups {
    /// From now on the process is told instead of ended.
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { hangup: signal(SignalKind::hangup())? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        if self.hangup.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
impl Hangups {
    /// There are none here.
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for ever.
    pub async fn next(&mut self) {
        std::future::pending().await
    }
}
