//! A server beside this process, that says on its first line where it is to be found.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::child::{Child, Input, Output};

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
    _input: Option<Input>,
    /// Held open: a server that writes to a pipe that nobody holds may end.
    output: Option<BufReader<Output>>,
}

impl Server {
    /// Starts it and reads the first line that it prints. Its standard input ends with this process:
    /// the arguments should say that it ends then, too. Ctrl-C does not reach it: who is asked
    /// to end still needs it.
    pub async fn start(program: &OsStr, arguments: &[&str]) -> Result<(Self, String), ServerError> {
        let name = || program.to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = Child::spawn(command)
            .map_err(|cause| ServerError::NotStarted { program: name(), cause })?;
        let (input, output) = (child.input(), child.output().map(BufReader::new));
        let mut server = Self { child, _input: input, output };
        let line = tokio::time::timeout(START, server.first_line()).await.ok().flatten();
        let line = line.ok_or_else(|| ServerError::Silent { program: name() })?;
        Ok((server, line))
    }

    /// Its number.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end, and waits for that; kills it when it takes too long.
    pub async fn stop(mut self) {
        self.child.terminate();
        // Who takes too long is killed when this is dropped.
        let _ = tokio::time::timeout(END, self.child.wait()).await;
    }

    /// None when it ends, or closes its output, before it says anything.
    async fn first_line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.as_mut()?.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill();
    }
}
