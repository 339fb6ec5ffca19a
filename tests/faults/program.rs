//! Other people's programs, as children that do not outlive their test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use crate::harness::PATIENCE;

/// A child whose lines on stdout are read as they come.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) child: Child,
    name: String,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Program {
    /// Starts a program.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(name);
        command.args(arguments);
        Self::run(command)
    }

    /// Starts a command.
    pub(crate) fn run(mut command: Command) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, name, stdin, lines }
    }

    /// Writes to its stdin from a thread of its own, then closes that.
    pub(crate) fn feed(&mut self, text: Vec<u8>) {
        let mut stdin = self.stdin.take().expect("it was not fed yet");
        // Who ends early is found out by its exit code.
        std::thread::spawn(move || stdin.write_all(&text));
    }

    /// Its next line; none when it has ended.
    pub(crate) fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line in {PATIENCE:?}: {}", self.name),
        }
    }

    /// The rest of its lines; it must end well.
    pub(crate) fn rest(mut self) -> Vec<String> {
        let lines = std::iter::from_fn(|| self.line()).collect();
        self.stdin = None;
        // Its stdout is closed: it is about to end.
        let status = self.child.wait().expect("its status");
        assert!(status.success(), "{}: {status}", self.name);
        lines
    }

    /// A line of `/proc/PID/status`, in KiB.
    pub(crate) fn kib(&self, field: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the child runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().expect("a number")
    }

    /// Processor time used so far, in hundredths of a second.
    pub(crate) fn ticks(&self) -> u64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("the child runs");
        let after_name = stat.rsplit(')').next().expect("fields");
        let fields: Vec<_> = after_name.split_whitespace().collect();
        fields[11].parse::<u64>().expect("user time") + fields[12].parse::<u64>().expect("system")
    }

    /// Ends it so that it cannot say anything: by SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
