//! Questions at the terminal.

use std::io;

use crate::options::Error;
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
/// type for people, would have the answer shown.
#[cfg(unix)]
fn answer(question: &str) -> io::Result<Option<Secret>> {
    use std::io::Write as _;

    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    let terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let before = tcgetattr(&terminal)?;
    // Ctrl-C ends the line, so that the terminal is as it was before it ends the program.
    let interrupt = before.special_codes[SpecialCodeIndex::VINTR];
    let mut hiding = before.clone();
    hiding.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    hiding.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
    hiding.special_codes[SpecialCodeIndex::VEOL] = interrupt;
    // What was typed before the question is no answer to it.
    tcsetattr(&terminal, OptionalActions::Flush, &hiding)?;
    let line = (&terminal).write_all(question.as_bytes()).and_then(|()| line(&terminal));
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    let mut line = line?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(Secret::new(line))),
        Some(last) if last == interrupt => {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)?;
            Ok(None)
        }
        Some(last) => {
            line.push(last);
            Ok(Some(Secret::new(line)))
        }
    }
}

/// What is typed up to the end of a line, with what ended it.
#[cfg(unix)]
fn line(mut terminal: &std::fs::File) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    // A terminal takes no longer line, and gives a whole one.
    let mut line = vec![0; 4096];
    loop {
        match terminal.read(&mut line) {
            Ok(count) => {
                line.truncate(count);
                return Ok(line);
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
