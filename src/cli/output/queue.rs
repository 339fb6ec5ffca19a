//! Lines that a thread writes, so that nobody waits for who reads them.

use std::fs::File;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::descriptor::{AT_ONCE, write_all};
use crate::net::clock;

/// How long those that tell wait for the reader in all, until that has caught up: for room, or to
/// keep the order with standard output. One that reads is only waited for by who says very much.
const PATIENCE: Duration = Duration::from_millis(100);

/// Lines between those that tell and the thread that writes.
#[derive(Debug)]
pub(super) struct Queue {
    /// Bytes of lines that wait for a reader that stalls; lines beyond are counted and left out.
    most: usize,
    /// The line about those.
    left_out: fn(usize) -> String,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Vec<u8>,
    /// Lines that came when there was no room; all of them behind those that wait.
    left_out: usize,
    is_writing: bool,
    /// The thread has nothing more to write, and gives its descriptor back.
    is_closed: bool,
    /// What is left of it.
    patience: Duration,
}

impl Default for State {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            left_out: 0,
            is_writing: false,
            is_closed: false,
            patience: PATIENCE,
        }
    }
}

impl State {
    fn has_room(&self, len: usize, most: usize) -> bool {
        let sum = self.waiting.len().saturating_add(len);
        self.waiting.is_empty() || (self.left_out == 0 && sum <= most)
    }

    fn is_written(&self) -> bool {
        self.waiting.is_empty() && !self.is_writing
    }
}

impl Queue {
    /// With room for so many bytes.
    pub(super) fn new(most: usize, left_out: fn(usize) -> String) -> Self {
        Self { most, left_out, state: Mutex::default(), changed: Condvar::new() }
    }

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

    /// Adds whole lines.
    pub(super) fn put(&self, lines: &[u8]) {
        let has_room = |state: &State| state.has_room(lines.len(), self.most);
        let mut state = self.wait_until(self.lock(), has_room);
        if state.is_closed {
            return;
        }
        if has_room(&state) {
            state.waiting.extend_from_slice(lines);
            self.changed.notify_all();
        } else {
            let count = memchr::memchr_iter(b'\n', lines).count();
            state.left_out = state.left_out.saturating_add(count);
        }
    }

    /// Whether all is written: nobody would wait for more.
    pub(super) fn is_idle(&self) -> bool {
        self.lock().is_written()
    }

    /// Waits until all is written, unless nobody reads.
    pub(super) fn catch_up(&self) {
        drop(self.wait_until(self.lock(), State::is_written));
    }

    /// Waits for the last lines, no longer than so; whether they were all written.
    pub(super) fn finish(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        state.patience = patience;
        self.wait_until(state, State::is_written).is_written()
    }

    /// The same, and nothing is written any more: the thread ends.
    pub(super) fn close(&self, patience: Duration) {
        self.finish(patience);
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Writes what waits, until it is closed.
    pub(super) fn serve(&self, file: &File) {
        let mut state = self.lock();
        loop {
            if state.waiting.is_empty() {
                state.patience = PATIENCE;
                self.changed.notify_all();
                let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
                let waited = self.changed.wait_while(state, is_idle);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
            if state.is_closed {
                return;
            }
            let lines = std::mem::take(&mut state.waiting);
            let left_out = std::mem::take(&mut state.left_out);
            state.is_writing = true;
            self.changed.notify_all();
            drop(state);
            let _ = write_lines(file, &lines);
            if left_out > 0 {
                let _ = write_all(file, (self.left_out)(left_out).as_bytes());
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
