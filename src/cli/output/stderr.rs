//! Standard error: lines in their order, and none that makes a command wait for who reads them.
//!
//! A file is written at once. For a pipe or a terminal the first line starts a thread, which
//! writes what waits; so a command that says nothing has none.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::descriptor::{Kind, own};
use super::queue::Queue;

/// Bytes of lines that wait for a reader that stalls; lines beyond are counted and left out.
const WAITING: usize = 512 * 1024;

/// How long the last lines have at the end. Who reads needs far less, on a busy machine too.
const FAREWELL: Duration = Duration::from_secs(1);

/// What waits for the thread; `None` where lines are written at once.
static QUEUE: OnceLock<Option<Arc<Queue>>> = OnceLock::new();

/// Tells a text that ends with a newline. Nobody is left to be told when standard error is gone.
pub(super) fn write(text: &str) {
    match QUEUE.get_or_init(start) {
        Some(queue) => queue.put(text.as_bytes()),
        None => drop(io::stderr().lock().write_all(text.as_bytes())),
    }
}

/// Whether all that was told is written: nobody would wait for more.
pub(super) fn is_idle() -> bool {
    match QUEUE.get() {
        Some(Some(queue)) => queue.is_idle(),
        _ => true,
    }
}

/// Before something goes to standard output, which may be the same terminal: what was told
/// before stands before it, unless nobody reads.
pub(super) fn keep_order() {
    if let Some(Some(queue)) = QUEUE.get() {
        queue.catch_up();
    }
}

/// The end: the last lines are written, but are not waited for for long.
pub(super) fn finish() {
    if let Some(Some(queue)) = QUEUE.get() {
        queue.finish(FAREWELL);
    }
}

/// From now on it goes nowhere, unless it goes to a file: nobody reads the terminal or the pipe of
/// a process in the background.
#[cfg(unix)]
pub(super) fn detach() -> io::Result<()> {
    if Kind::of(&own(&io::stderr())?) == Kind::File {
        return Ok(());
    }
    if let Some(Some(queue)) = QUEUE.get() {
        queue.close(FAREWELL);
    }
    let nothing = File::options().write(true).open("/dev/null")?;
    Ok(rustix::stdio::dup2_stderr(&nothing)?)
}

fn start() -> Option<Arc<Queue>> {
    let file = own(&io::stderr()).ok()?;
    if Kind::of(&file) == Kind::File {
        return None;
    }
    let queue = Arc::new(Queue::new(WAITING, super::left_out));
    let writer = Arc::clone(&queue);
    let thread = std::thread::Builder::new().name("stderr".to_owned());
    thread.spawn(move || writer.serve(&file)).ok().map(|_| queue)
}
