//! A server beside this process, that says on its first line where it is to be found.

use std::ffi::OsStr;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long it has to say where it is: a busy machine included.
const START: Duration = Duration::from_secs(10);

/// How long it has to end in order.
const END: Duration = Duration::from_secs(3);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The program cannot be run.
    #[error("cannot run {program}: {cause}")]
    NotStarted {
        /// The program.
        program: String,
        /// Why; part of the message, and so no source.
        cause: io::Error,
    },
    /// It ended, or said nothing.
    #[error("{program} did not say where it serves")]
    Silent {
        /// The program.
        program: String,
    },
}

/// A server that runs; it is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Held open: it ends with this process, however that ends.
    _stdin: Option<ChildStdin>,
    /// Held open: a server that writes to a pipe that nobody holds may end.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and reads the first line that it prints. Its standard input ends with this process:
    /// the arguments should say that it ends then, too. Ctrl-C does not reach it: who is asked
    /// to end still needs it.
    pub async fn start(program: &OsStr, arguments: &[&str]) -> Result<(Self, String), ServerError> {
        let name = || program.to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let started = command.spawn();
        let mut child =
            started.map_err(|cause| ServerError::NotStarted { program: name(), cause })?;
        let silent = || ServerError::Silent { program: name() };
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(silent)?);
        let mut line = String::new();
        match tokio::time::timeout(START, stdout.read_line(&mut line)).await {
            Ok(Ok(1..)) => {
                let server = Self { child, _stdin: stdin, _stdout: stdout };
                Ok((server, line.trim_end().to_owned()))
            }
            _ => Err(silent()),
        }
    }

    /// Its number.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end, and waits for that; kills it when it takes too long.
    pub async fn stop(mut self) {
        #[cfg(unix)]
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok())
            && let Some(id) = rustix::process::Pid::from_raw(id)
        {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            // Then there is nothing left to be done about it.
            let _ = self.child.kill().await;
        }
    }
}
