//! Signals that have to wait until a terminal is as it was.

use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::{SigId, flag, low_level};

/// What people and their shells send to a program that asks a question. SIGHUP is not among them:
/// a terminal that is gone needs no order, and `nohup` has it ignored.
const SIGNALS: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGTSTP];

/// What stands for the system's own handlers after a deferral, which cannot be had back.
static DEFAULTS: Mutex<Vec<(i32, SigId)>> = Mutex::new(Vec::new());

/// As long as it lives, signals that end or stop the process do so only when they are let.
#[derive(Debug)]
pub struct Deferral {
    /// The last that came; 0 for none.
    came: Arc<AtomicUsize>,
    /// Readable when one came.
    wake: UnixStream,
    ids: Vec<SigId>,
}

impl Deferral {
    /// From now on they wait.
    pub fn new() -> io::Result<Self> {
        let (wake, writer) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let mut this = Self { came: Arc::default(), wake, ids: Vec::new() };
        for signal in SIGNALS {
            let number = usize::try_from(signal).unwrap_or_default();
            this.ids.push(flag::register_usize(signal, Arc::clone(&this.came), number)?);
            this.ids.push(low_level::pipe::register(signal, writer.try_clone()?)?);
        }
        forget_defaults(&SIGNALS);
        Ok(this)
    }

    /// Lets the signal that came last do what it does. A process that was stopped by it goes on
    /// from here.
    pub fn let_through(&self) -> io::Result<()> {
        while matches!((&self.wake).read(&mut [0; 16]), Ok(1..)) {}
        match i32::try_from(self.came.swap(0, Ordering::SeqCst)) {
            Ok(signal) if signal != 0 => low_level::emulate_default_handler(signal),
            _ => Ok(()),
        }
    }
}

impl AsFd for Deferral {
    /// Readable when there is one to let through.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
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
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
        // One that came meanwhile has waited long enough.
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
