//! The broker's log: lines that never make the broker wait for who reads them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::Duration;

use super::output;

/// Lines that wait for a reader that stalls; what comes beyond them is counted and left out.
const WAITING_LINES: usize = 1_000;

/// How long the last lines have at the end.
const FAREWELL: Duration = Duration::from_millis(100);

/// A thread that prints, and what it still has to.
#[derive(Debug)]
pub(super) struct Log {
    lines: Lines,
    ended: mpsc::Receiver<()>,
}

/// Where lines go; any number of hands may hold it.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    sender: SyncSender<String>,
    left_out: Arc<AtomicU64>,
}

impl Log {
    /// Starts the thread.
    pub(super) fn start() -> std::io::Result<Self> {
        let (sender, waiting) = mpsc::sync_channel::<String>(WAITING_LINES);
        let (end, ended) = mpsc::channel();
        let left_out = Arc::new(AtomicU64::new(0));
        let lines = Lines { sender, left_out: Arc::clone(&left_out) };
        std::thread::Builder::new().name("mq-log".into()).spawn(move || {
            for line in waiting {
                output::note(&line);
                let missing = left_out.swap(0, Ordering::Relaxed);
                if missing > 0 {
                    output::note(&format!("{missing} lines are left out: nobody read them"));
                }
            }
            drop(end);
        })?;
        Ok(Self { lines, ended })
    }

    /// Where to put lines.
    pub(super) fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// Waits until all is printed, but not for long. All hands must have been dropped.
    pub(super) fn finish(self) {
        let Self { lines, ended } = self;
        drop(lines);
        // Nothing is ever sent: the end of the thread ends the wait.
        let _: Result<(), RecvTimeoutError> = ended.recv_timeout(FAREWELL);
    }
}

impl Lines {
    /// Prints a line soon, or counts it when nobody reads.
    pub(super) fn put(&self, line: String) {
        if self.sender.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}
