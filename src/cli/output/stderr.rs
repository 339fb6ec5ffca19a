//! Standard error: lines in their order, and none that makes a command wait for who reads them.
//!
//! A file is written at once. For a pipe or a terminal the first line starts a thread, which
//! writes what waits; so a command that says nothing has none.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::descriptor::{AT_ONCE, Kind, own, write_all};
use crate::net::clock;

/// Bytes of lines that wait for a reader that stalls; lines beyond are counted and left out.
const WAITING: usize = 512 * 1024;

/// How long a command waits for the reader in all, until that has caught up: for room, or to
/// keep the order with standard output. One that reads is only waited for by who says very much.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the last lines have at the end. Who reads needs far less, on a busy machine too.
const FAREWELL: Duration = Duration::from_secs(1);

/// What waits for the thread; `None` where lines are written at once.
static QUEUE: OnceLock<Option<Arc<Queue>>> = OnceLock::new();

/// Tells a text that ends with a newline. Nobody is left to be told when standard error is gone.
pub(super) fn write(text: &str) {
    match QUEUE.get_or_init(start) {
        Some(queue) => queue.put(text),
        None => drop(io::stderr().lock().write_all(text.as_bytes())),
    }
}

/// Whether all that was told is written: nobody would wait for more.
pub(super) fn is_idle() -> bool {
    match QUEUE.get() {
        Some(Some(queue)) => queue.lock().is_written(),
        _ => true,
    }
}

/// Before something goes to standard output, which may be the same terminal: what was told
/// before stands before it, unless nobody reads.
pub(super) fn keep_order() {
    if let Some(Some(queue)) = QUEUE.get() {
        drop(queue.wait_until(queue.lock(), State::is_written));
    }
}

/// The end: the last lines are written, but are not waited for for long.
pub(super) fn finish() {
    if let Some(Some(queue)) = QUEUE.get() {
        let mut state = queue.lock();
        state.patience = FAREWELL;
        drop(queue.wait_until(state, State::is_written));
    }
}

fn start() -> Option<Arc<Queue>> {
    let file = own(&io::stderr()).ok()?;
    if Kind::of(&file) == Kind::File {
        return None;
    }
    let queue = Arc::new(Queue::default());
    let writer = Arc::clone(&queue);
    let thread = std::thread::Builder::new().name("stderr".to_owned());
    thread.spawn(move || writer.serve(&file)).ok().map(|_| queue)
}

/// Lines between those that tell and the thread that writes.
#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Vec<u8>,
    /// Lines that came when there was no room; all of them behind those that wait.
    left_out: usize,
    is_writing: bool,
    /// What is left of it.
    patience: Duration,
}

impl Default for State {
    fn default() -> Self {
        Self { waiting: Vec::new(), left_out: 0, is_writing: false, patience: PATIENCE }
    }
}

impl State {
    fn has_room(&self, len: usize) -> bool {
        let sum = self.waiting.len().saturating_add(len);
        self.waiting.is_empty() || (self.left_out == 0 && sum <= WAITING)
    }

    fn is_written(&self) -> bool {
        self.waiting.is_empty() && !self.is_writing
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as patience lasts.
    fn wait_until<'a>(
        &self,
        state: MutexGuard<'a, State>,
        is_met: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        if is_met(&state) || state.patience.is_zero() {
            return state;
        }
        let (begun, patience) = (clock::now(), state.patience);
        let waited = self.changed.wait_timeout_while(state, patience, |state| !is_met(state));
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let waited = clock::now().saturating_duration_since(begun);
        state.patience = state.patience.saturating_sub(waited);
        state
    }

    fn put(&self, text: &str) {
        let has_room = |state: &State| state.has_room(text.len());
        let mut state = self.wait_until(self.lock(), has_room);
        if has_room(&state) {
            state.waiting.extend_from_slice(text.as_bytes());
            self.changed.notify_all();
        } else {
            state.left_out = state.left_out.saturating_add(text.lines().count());
        }
    }

    /// Writes what waits, for ever.
    fn serve(&self, file: &File) {
        let mut state = self.lock();
        loop {
            if state.waiting.is_empty() {
                state.patience = PATIENCE;
                self.changed.notify_all();
                let waited = self.changed.wait_while(state, |state| state.waiting.is_empty());
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
            let lines = std::mem::take(&mut state.waiting);
            let left_out = std::mem::take(&mut state.left_out);
            state.is_writing = true;
            self.changed.notify_all();
            drop(state);
            let _ = write_lines(file, &lines);
            if left_out > 0 {
                let _ = write_all(file, super::left_out(left_out).as_bytes());
            }
            state = self.lock();
            state.is_writing = false;
        }
    }
}

/// Writes whole lines at once: other processes may write to the same pipe.
fn write_lines(file: &File, mut lines: &[u8]) -> io::Result<()> {
    while !lines.is_empty() {
        let is_end = |byte: &u8| *byte == b'\n';
        let window = lines.get(..AT_ONCE).unwrap_or(lines);
        let last = window.iter().rposition(is_end).or_else(|| lines.iter().position(is_end));
        let len = last.map_or(lines.len(), |last| last.saturating_add(1));
        let (piece, rest) = lines.split_at_checked(len).unwrap_or((lines, &[]));
        write_all(file, piece)?;
        lines = rest;
    }
    Ok(())
}
