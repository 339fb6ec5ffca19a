//! Questions at the terminal.

#[cfg(unix)]
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::io::{Read as _, Write as _};

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, poll};
#[cfg(unix)]
use rustix::io::Errno;
#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::options::Error;
#[cfg(unix)]
use crate::process::Deferral;
use crate::secret::Secret;
use crate::text::escape_line;

/// Asks for a secret at the terminal that the process belongs to, whatever its standard input is,
/// and does not show what is typed.
pub(in crate::cli) fn ask(question: &str) -> Result<Secret, Error> {
    super::stderr::keep_order();
    match answer(&escape_line(question)) {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Error::NoPassword),
        Err(_) => Err(Error::NoTerminal),
    }
}

/// The answer; `None` where the terminal ends without one.
///
/// Not by rpassword, which asks first and hides then: who answers at once, as programs do that
/// type for people, would have the answer shown. And a signal would leave the terminal so.
#[cfg(unix)]
fn answer(question: &str) -> io::Result<Option<Secret>> {
    let terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let mut signals = Deferral::new()?;
    loop {
        let hidden = Hidden::new(&terminal)?;
        (&terminal).write_all(question.as_bytes())?;
        let line = line(&terminal, &signals)?;
        drop(hidden);
        match line {
            Some(mut line) => {
                let is_whole = line.pop_if(|last| *last == b'\n').is_some();
                return Ok((is_whole || !line.is_empty()).then(|| Secret::new(line)));
            }
            None => {
                // The shell's next line is its own.
                (&terminal).write_all(b"\n")?;
                signals.let_through()?;
            }
        }
    }
}

/// A terminal that does not show what is typed, as long as this lives.
#[cfg(unix)]
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

#[cfg(unix)]
impl<'a> Hidden<'a> {
    /// What was typed before the question is no answer to it.
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut hiding = before.clone();
        hiding.local_modes.remove(LocalModes::ECHO);
        hiding.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHONL);
        let hidden = Self { terminal, before };
        tcsetattr(terminal, OptionalActions::Flush, &hiding)?;
        Ok(hidden)
    }
}

#[cfg(unix)]
impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing any more.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// What is typed up to the end of a line, with what ended it; `None` when a signal came instead.
#[cfg(unix)]
fn line(mut terminal: &File, signals: &Deferral) -> io::Result<Option<Vec<u8>>> {
    // A terminal takes no longer line, and gives a whole one.
    let mut line = vec![0; 4096];
    loop {
        let mut watched =
            [PollFd::new(signals, PollFlags::IN), PollFd::new(terminal, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) if watched.first().is_some_and(|came| !came.revents().is_empty()) => {
                return Ok(None);
            }
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match terminal.read(&mut line) {
            Ok(count) => {
                line.truncate(count);
                return Ok(Some(line));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The answer; `None` where the terminal ends without one.
#[cfg(not(unix))]
fn answer(question: &str) -> io::Result<Option<Secret>> {
    match rpassword::prompt_password(question) {
        Ok(answer) => Ok(Some(Secret::new(answer.into_bytes()))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
