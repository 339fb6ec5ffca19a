//! SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once. SIGHUP, which
//! asks for files to be read again.

use std::io;
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

#[cfg(unix)]
use super::caught::Awaited;

/// The signals that ask for an end.
#[derive(Debug)]
pub struct Signals {
    /// None as long as they are not caught.
    #[cfg(unix)]
    caught: Option<Awaited>,
}

#[cfg(unix)]
impl Signals {
    /// From now on the process is told instead of ended.
    pub fn new() -> io::Result<Self> {
        let mut this = Self::from_first_wait();
        this.catch()?;
        Ok(this)
    }

    /// Until one is waited for, they do what they did before, which is to end the process as a rule:
    /// for who has nothing to end in order before, and may never wait.
    pub const fn from_first_wait() -> Self {
        Self { caught: None }
    }

    fn catch(&mut self) -> io::Result<&mut Awaited> {
        match &mut self.caught {
            Some(caught) => Ok(caught),
            none => {
                let caught = none.insert(Awaited::new(&[SIGINT, SIGTERM])?);
                super::deferral::forget_defaults(&[SIGINT, SIGTERM]);
                Ok(caught)
            }
        }
    }

    /// Waits for a signal and gives its number.
    pub async fn next(&mut self) -> i32 {
        match self.catch() {
            Ok(caught) => caught.next().await,
            // They still do what they did.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for the first signal and gives its number; the next one ends the process.
    pub async fn first(&mut self) -> i32 {
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

    /// Until one is waited for, it does what it did before.
    pub const fn from_first_wait() -> Self {
        Self {}
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
    caught: Awaited,
}

#[cfg(unix)]
impl Hangups {
    /// From now on the process is told instead of ended.
    pub fn new() -> io::Result<Self> {
        Ok(Self { caught: Awaited::new(&[SIGHUP])? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        self.caught.next().await;
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
