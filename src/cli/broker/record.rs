//! Every message into a file, by a thread: the broker goes on while the disk works.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cli::output;
use crate::codec::Publish;
use crate::record::{Escape, JsonLines, Layout, Message, Moment};

/// Bytes of lines that wait for the disk; beyond it the broker waits, so that nothing is lost.
const WAITING: usize = 16 * 1024 * 1024;

/// Who takes nothing for so long is as good as broken: a pipe that nobody reads, a share that is
/// gone. A disk that is busy takes longer than that for nothing.
const STALL: Duration = Duration::from_secs(10);

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    layout: Layout,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whole lines that are not written.
    waiting: Vec<u8>,
    is_writing: bool,
    /// Nothing more is written.
    has_failed: bool,
    /// Messages that are not in the file.
    missing: u64,
    /// Nothing more comes.
    is_ended: bool,
}

impl Recording {
    /// Begins an empty file.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let shared = Arc::new(Shared::default());
        let (writer, place) = (Arc::clone(&shared), path.to_owned());
        std::thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || writer.write_to(&file, &place))?;
        let layout = Layout::Lines(JsonLines::default());
        Ok(Self { path: path.to_owned(), layout, shared })
    }

    /// Adds a message.
    pub(super) fn put(&self, message: &Publish<'_>, time: &Moment) {
        let mut state = self.shared.lock();
        if state.waiting.len() >= WAITING && !state.has_failed {
            let is_full = |state: &mut State| state.waiting.len() >= WAITING && !state.has_failed;
            let waited = self.shared.changed.wait_timeout_while(state, STALL, is_full);
            let timeout;
            (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                state.give_up();
                tell(&self.path, "it takes nothing any more");
            }
        }
        if state.has_failed {
            state.missing = state.missing.saturating_add(1);
            return;
        }
        let was_empty = state.waiting.is_empty();
        let message = Message { topic: message.topic, publish: message, received: time };
        // JSON Lines can hold any message.
        let _ = self.layout.write(&message, Escape::Exact, &mut state.waiting);
        if was_empty {
            self.shared.changed.notify_all();
        }
    }

    /// Waits until all is written; whether all was. What is missing is told.
    pub(super) fn finish(self) -> bool {
        let mut state = self.shared.lock();
        state.is_ended = true;
        self.shared.changed.notify_all();
        let is_busy = |state: &mut State| {
            !state.has_failed && (state.is_writing || !state.waiting.is_empty())
        };
        let waited = self.shared.changed.wait_timeout_while(state, STALL, is_busy);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            state.give_up();
        }
        let (missing, has_failed) = (state.missing, state.has_failed);
        drop(state);
        if has_failed {
            let messages = if missing == 1 { "message is" } else { "messages are" };
            output::error(&format!("{missing} {messages} not in {}", self.path.display()));
        }
        !has_failed
    }
}

impl State {
    /// Nothing is written any more; what waits is missing.
    fn give_up(&mut self) {
        self.has_failed = true;
        self.missing = self.missing.saturating_add(lines(&self.waiting));
        self.waiting = Vec::new();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes until there is an end or a failure.
    fn write_to(&self, file: &File, path: &Path) {
        let mut written = 0_u64;
        let mut batch = Vec::new();
        let mut state = self.lock();
        loop {
            let is_idle = |state: &mut State| {
                state.waiting.is_empty() && !state.is_ended && !state.has_failed
            };
            let waited = self.changed.wait_while(state, is_idle);
            state = waited.unwrap_or_else(PoisonError::into_inner);
            if state.waiting.is_empty() {
                return;
            }
            std::mem::swap(&mut batch, &mut state.waiting);
            state.is_writing = true;
            drop(state);
            let outcome = write_lines(file, &batch);
            state = self.lock();
            state.is_writing = false;
            if let Err((kept, error)) = outcome {
                // Half a line would spoil what stands before it; a pipe cannot be cut.
                let whole = u64::try_from(kept).unwrap_or(u64::MAX);
                let _ = file.set_len(written.saturating_add(whole));
                let rest = batch.get(kept..).unwrap_or_default();
                state.missing = state.missing.saturating_add(lines(rest));
                state.give_up();
                drop(state);
                self.changed.notify_all();
                tell(path, &error.to_string());
                return;
            }
            written = written.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
            batch.clear();
            batch.shrink_to(WAITING / 4);
            self.changed.notify_all();
        }
    }
}

/// Writes all; when that fails, how many bytes of whole lines were written.
fn write_lines(mut file: &File, batch: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut done = 0_usize;
    while let Some(rest) = batch.get(done..).filter(|rest| !rest.is_empty()) {
        let error = match file.write(rest) {
            Ok(0) => io::ErrorKind::WriteZero.into(),
            Ok(count) => {
                done = done.saturating_add(count);
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => error,
        };
        let written = batch.get(..done).unwrap_or_default();
        let last = memchr::memrchr(b'\n', written);
        return Err((last.map_or(0, |last| last.saturating_add(1)), error));
    }
    Ok(())
}

fn lines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}

fn tell(path: &Path, cause: &str) {
    let path = path.display();
    output::error(&format!("cannot write {path}: {cause}; the broker goes on without"));
}
