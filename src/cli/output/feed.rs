//! What happens, line by line, for programs and for people: nothing here waits for a reader for
//! long.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use colored::Colorize as _;

use super::descriptor::own;
use super::queue::Queue;
use super::{kinds, may_be_coloured, stderr};
use crate::net::clock;
use crate::record::{Escape, Line, Moment};
use crate::text::escape_line;

/// Bytes of lines that wait for a program that is slow to read: some 100,000 events.
const WAITING: usize = 16 * 1024 * 1024;

/// How long the last lines have at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What writes to standard output, as long as there is such a feed.
static STDOUT: OnceLock<Arc<Queue>> = OnceLock::new();

/// Lines of JSON for a program.
#[derive(Debug)]
pub(in crate::cli) struct Feed {
    /// For standard output; without one they go where the log goes.
    queue: Option<Arc<Queue>>,
    /// How text in them is written.
    pub(in crate::cli) escape: Escape,
}

impl Feed {
    /// On standard output: a thread writes, and what is not read in time is counted.
    pub(in crate::cli) fn on_stdout() -> io::Result<Self> {
        let file: File = own(&io::stdout())?;
        let escape = escape_for(file.is_terminal());
        let queue = Arc::new(Queue::new(WAITING, left_out));
        let writer = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("output".to_owned());
        thread.spawn(move || writer.serve(&file))?;
        // The first one is the only one.
        let _ = STDOUT.set(Arc::clone(&queue));
        Ok(Self { queue: Some(queue), escape })
    }

    /// On standard error, among all else.
    pub(in crate::cli) fn on_stderr() -> Self {
        Self { queue: None, escape: escape_for(io::stderr().is_terminal()) }
    }

    /// Adds a line.
    pub(in crate::cli) fn put(&self, line: &[u8]) {
        match &self.queue {
            Some(queue) => queue.put(line),
            None => log_line(line),
        }
    }

    /// Waits for the last lines; whether all were written.
    pub(in crate::cli) fn finish(&self) -> bool {
        self.queue.as_ref().is_none_or(|queue| queue.finish(FAREWELL))
    }
}

const fn escape_for(is_terminal: bool) -> Escape {
    if is_terminal { Escape::Terminal } else { Escape::Exact }
}

/// The line that stands where others are missing.
fn left_out(count: usize) -> String {
    let mut line = Vec::new();
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let time = Moment::at(clock::wall());
    Line::new("left_out", &time, Escape::Exact, &mut line).number("count", count).end();
    String::from_utf8(line).unwrap_or_default()
}

/// A line of the log that is JSON already.
pub(in crate::cli) fn log_line(line: &[u8]) {
    super::to_stderr(&String::from_utf8_lossy(line));
}

/// Whether the log is JSON.
pub(in crate::cli) fn log_is_json() -> bool {
    kinds::is_json()
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Weight {
    /// It is as it should be.
    Passing,
    /// Somebody may have to do something about it.
    Trouble,
}

/// A line of the log, for people: the time of day on a terminal, date and time elsewhere.
/// `is_named` puts the program's name in front, where others write to the same place.
pub(in crate::cli) fn log(time: &Moment, weight: Weight, is_named: bool, text: &str) {
    let (is_terminal, is_coloured) = look();
    let mut stamp = Vec::new();
    if is_terminal {
        time.write_clock(&mut stamp);
    } else {
        time.write_utc(&mut stamp);
    }
    let name = if is_named { "mq: " } else { "" };
    let (stamp, text) = (String::from_utf8_lossy(&stamp), escape_line(text));
    let line = match (is_coloured, weight) {
        (false, _) => format!("{name}{stamp} {text}\n"),
        (true, Weight::Passing) => format!("{name}{} {text}\n", stamp.dimmed()),
        (true, Weight::Trouble) => format!("{name}{} {}\n", stamp.dimmed(), text.yellow()),
    };
    super::to_stderr(&line);
}

/// Whether standard error is a terminal, and one to be coloured.
fn look() -> (bool, bool) {
    static LOOK: OnceLock<(bool, bool)> = OnceLock::new();
    *LOOK.get_or_init(|| {
        let is_terminal = io::stderr().is_terminal();
        let is_coloured = is_terminal && may_be_coloured();
        if is_coloured {
            colored::control::set_override(true);
        }
        (is_terminal, is_coloured)
    })
}

/// Writes what was fed to standard output, and nothing more: the thread that has it open ends.
#[cfg(unix)]
pub(in crate::cli) fn close_feed() {
    if let Some(queue) = STDOUT.get() {
        queue.close(FAREWELL);
    }
}

/// Gives standard input, output and error up, for a life in the background; a log that goes to a
/// file stays.
#[cfg(unix)]
pub(in crate::cli) fn detach() -> io::Result<()> {
    stderr::detach()?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok(())
}
