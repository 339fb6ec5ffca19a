//! Signals that have to wait until a terminal is as it was.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::{SigId, flag, low_level};

use super::caught::Polled;

/// What people and their shells send to a program that asks a question. SIGHUP is not among them:
/// a terminal that is gone needs no order, and `nohup` has it ignored.
const SIGNALS: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGTSTP];

/// What stands for the system's own handlers after a deferral, which cannot be had back.
static DEFAULTS: Mutex<Vec<(i32, SigId)>> = Mutex::new(Vec::new());

/// As long as it lives, signals that end or stop the process do so only when they are let.
#[derive(Debug)]
pub struct Deferral {
    caught: Polled,
}

impl Deferral {
    /// From now on they wait.
    pub fn new() -> io::Result<Self> {
        let this = Self { caught: Polled::new(&SIGNALS)? };
        forget_defaults(&SIGNALS);
        Ok(this)
    }

    /// Lets the signals that came do what they do. A process that was stopped by one goes on from
    /// here.
    pub fn let_through(&mut self) -> io::Result<()> {
        while let Some(signal) = self.caught.take() {
            low_level::emulate_default_handler(signal)?;
        }
        Ok(())
    }
}

impl AsFd for Deferral {
    /// Readable when there is one to let through.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.caught.as_fd()
    }
}

impl Drop for Deferral {
    fn drop(&mut self) {
        let mut defaults = DEFAULTS.lock().unwrap_or_else(PoisonError::into_inner);
        for signal in SIGNALS {
            let always = Arc::new(AtomicBool::new(true));
            // Registered for this signal before, so it can be again.
            if let Ok(id) = flag::register_conditional_default(signal, always) {
                defaults.push((signal, id));
            }
        }
        drop(defaults);
        // One that came before has waited long enough.
        let _ = self.let_through();
    }
}

/// Somebody else deals with these signals from now on.
pub(super) fn forget_defaults(signals: &[i32]) {
    let mut defaults = DEFAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    defaults.retain(|(signal, id)| {
        let is_meant = signals.contains(signal);
        if is_meant {
            low_level::unregister(*id);
        }
        !is_meant
    });
}
