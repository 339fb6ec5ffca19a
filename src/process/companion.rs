//! The command behind `--`: started once all is ready for it, its end is watched.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};

use super::child::Child;

/// The command cannot be started: not found, or not executable.
#[derive(Debug, thiserror::Error)]
#[error("cannot run {program}: {cause}")]
pub struct NotStarted {
    /// Its first word.
    pub program: String,
    /// Why; part of the message, and so no source.
    pub cause: io::Error,
}

/// A command that runs, or will.
#[derive(Debug)]
pub struct Companion<'a> {
    words: &'a [OsString],
    child: Option<Child>,
    /// How it ended.
    pub ended: Option<u8>,
}

impl<'a> Companion<'a> {
    /// Nothing is started; `words` are the program and its arguments, none for no command.
    pub const fn new(words: &'a [OsString]) -> Self {
        Self { words, child: None, ended: None }
    }

    /// Starts it, once.
    pub fn start(&mut self) -> Result<(), NotStarted> {
        self.start_with(&[])
    }

    /// The same, with variables added to its environment.
    pub fn start_with(&mut self, variables: &[(&str, OsString)]) -> Result<(), NotStarted> {
        let [program, arguments @ ..] = self.words else { return Ok(()) };
        if self.child.is_some() || self.ended.is_some() {
            return Ok(());
        }
        let variables = variables.iter().map(|(name, value)| (*name, value));
        let mut command = Command::new(program);
        command.args(arguments).envs(variables);
        let child = Child::spawn(command).map_err(|cause| NotStarted {
            program: program.to_string_lossy().into_owned(),
            cause,
        })?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it fails; for ever when none runs, or when it ends well.
    pub async fn failure(&mut self) {
        self.finish().await;
        if self.ended.is_none_or(|code| code == 0) {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it runs and its end was not seen.
    pub const fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Waits for its end, if it runs.
    pub async fn finish(&mut self) {
        if let Some(child) = &mut self.child {
            self.ended = Some(child.wait().await.map_or(1, exit_code));
            self.child = None;
        }
    }

    /// Passes SIGTERM on. SIGINT comes to the whole process group by itself.
    pub fn terminate(&self) {
        if let Some(child) = &self.child {
            child.terminate();
        }
    }
}

/// As shells give it: 128 and the signal's number when a signal ended it.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
