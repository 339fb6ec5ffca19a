//! The built binary.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::{Deref, DerefMut};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use mq::net::clock;

use super::PATIENCE;

/// What came on standard output, and the thread that reads it.
type Printed = (Arc<Mutex<Vec<u8>>>, JoinHandle<()>);

/// A process that is over when this is.
struct Owned(Child);

impl Deref for Owned {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Owned {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Whoever was waited for is over already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run of `mq` that has not been waited for; it is killed when this is dropped.
pub(crate) struct Running {
    child: Owned,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: Option<Printed>,
    stderr: Arc<Mutex<String>>,
    listener: JoinHandle<()>,
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Finished {
    /// The exit code was this one; all that was said is shown if not.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "{words:?} is missing in: {}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, wanted: impl AsRef<[u8]>) -> Self {
        let wanted = wanted.as_ref();
        assert!(
            self.stdout == wanted,
            "{:?} instead of {:?}; {}",
            String::from_utf8_lossy(&self.stdout),
            String::from_utf8_lossy(wanted),
            self.stderr
        );
        self
    }
}

/// `mq` with these arguments and no variable of the caller's but `PATH`.
pub(crate) fn command<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mq"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Starts it; what it prints is collected.
pub(crate) fn start<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Running {
    spawn(command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()))
}

/// Starts a prepared command; standard error is collected, standard output if it is a pipe.
pub(crate) fn spawn(command: &mut Command) -> Running {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().map(collect);
    let stderr = Arc::new(Mutex::new(String::new()));
    let listener = listen(child.stderr.take().unwrap(), Arc::clone(&stderr));
    Running { child: Owned(child), stdin, stdout, stderr, listener }
}

/// Starts a prepared command whose standard error is somebody else's matter.
pub(crate) fn spawn_unheard(command: &mut Command) -> Running {
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().map(collect);
    let listener = std::thread::spawn(|| {});
    Running { child: Owned(child), stdin, stdout, stderr: Arc::default(), listener }
}

/// Runs it to its end, with nothing on standard input.
pub(crate) fn run<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Finished {
    start(arguments).finish()
}

/// Waits for the end of a process, no longer than so; else it is killed, with what it said.
#[track_caller]
pub(super) fn end_of(
    child: &mut Child,
    patience: Duration,
    said: impl FnOnce() -> String,
) -> ExitStatus {
    let deadline = clock::now() + patience;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if clock::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running: {}", said());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn collect(mut from: impl Read + Send + 'static) -> (Arc<Mutex<Vec<u8>>>, JoinHandle<()>) {
    let all = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&all);
    let reader = std::thread::spawn(move || {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match from.read(&mut chunk).unwrap() {
                0 => return,
                count => into.lock().unwrap().extend_from_slice(&chunk[..count]),
            }
        }
    });
    (all, reader)
}

/// What was collected, at the end.
fn all_of((all, reader): (Arc<Mutex<Vec<u8>>>, JoinHandle<()>)) -> Vec<u8> {
    reader.join().unwrap();
    std::mem::take(&mut *all.lock().unwrap())
}

fn listen(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
            into.lock().unwrap().push_str(&(line + "\n"));
        }
    })
}

impl Running {
    /// Writes to its standard input from a thread, and ends the input.
    pub(crate) fn feed(&mut self, input: impl Into<Vec<u8>>) {
        let (mut stdin, input) = (self.stdin.take().unwrap(), input.into());
        // It may end before it has read all.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }

    /// Writes to its standard input, which stays open.
    pub(crate) fn write(&mut self, input: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(input.as_ref()).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its memory in use.
    #[track_caller]
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let line = line.unwrap_or_else(|| panic!("it has ended: {}", self.stderr.lock().unwrap()));
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Its memory in use once it has come to rest.
    #[track_caller]
    pub(crate) fn settled_kib(&self) -> u64 {
        self.wait_until_it_rests();
        self.resident_kib()
    }

    /// Waits until it has nothing to do: all its threads sleep, and none has had a turn at so many
    /// looks in a row.
    #[track_caller]
    pub(crate) fn wait_until_it_rests(&self) {
        const LOOKS: u32 = 200;
        let (mut last, mut same, deadline) = (None, 0, clock::now() + PATIENCE);
        while same < LOOKS {
            assert!(clock::now() < deadline, "it never rests: {last:?}");
            let turns = self.turns_of_sleepers();
            same = if turns.is_some() && turns == last { same + 1 } else { 0 };
            last = turns;
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// How often its threads were given a processor; nothing while one of them has it, or waits
    /// for it.
    fn turns_of_sleepers(&self) -> Option<Vec<String>> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let mut turns = Vec::new();
        for thread in threads {
            // It may have ended meanwhile.
            let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
            if !status.contains("\nState:\tS") {
                return None;
            }
            turns.extend(status.lines().filter(|line| line.contains("ctxt")).map(str::to_owned));
        }
        Some(turns)
    }

    /// Waits until this is in what it printed.
    #[track_caller]
    pub(crate) fn wait_until_it_printed(&self, words: &str) {
        let deadline = clock::now() + PATIENCE;
        let (printed, _) = self.stdout.as_ref().unwrap();
        while !String::from_utf8_lossy(&printed.lock().unwrap()).contains(words) {
            assert!(clock::now() < deadline, "never printed {words:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Processor time, in hundredths of a second, of its threads of this name, and of all others.
    pub(crate) fn ticks_by_thread(&self, name: &str) -> (u64, u64) {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let (mut named, mut others) = (0, 0);
        for thread in threads {
            let stat = std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap();
            let (head, fields) = stat.rsplit_once(')').unwrap();
            let fields: Vec<_> = fields.split_whitespace().collect();
            let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            if head.ends_with(name) {
                named += ticks;
            } else {
                others += ticks;
            }
        }
        (named, others)
    }

    /// Whether it said something on standard error.
    pub(crate) fn has_said(&self, words: &str) -> bool {
        self.stderr.lock().unwrap().contains(words)
    }

    /// What it said on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until it says something on standard error.
    #[track_caller]
    pub(crate) fn wait_until_it_says(&self, words: &str) {
        let deadline = clock::now() + PATIENCE;
        while !self.has_said(words) {
            assert!(clock::now() < deadline, "never said {words:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until it has said something so many times.
    #[track_caller]
    pub(crate) fn wait_until_it_says_times(&self, words: &str, count: usize) {
        let deadline = clock::now() + PATIENCE;
        while self.stderr.lock().unwrap().matches(words).count() < count {
            assert!(clock::now() < deadline, "not {count} times {words:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until all that it printed is this.
    #[track_caller]
    pub(crate) fn wait_until_it_prints(&self, wanted: &str) {
        let deadline = clock::now() + PATIENCE;
        let (printed, _) = self.stdout.as_ref().unwrap();
        while *printed.lock().unwrap() != wanted.as_bytes() {
            assert!(clock::now() < deadline, "never printed {wanted:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The first line that it prints, once it is there.
    #[track_caller]
    pub(crate) fn first_line(&self) -> String {
        let deadline = clock::now() + PATIENCE;
        let (printed, _) = self.stdout.as_ref().unwrap();
        loop {
            let text = String::from_utf8_lossy(&printed.lock().unwrap()).into_owned();
            if let Some((line, _)) = text.split_once('\n') {
                return line.to_owned();
            }
            assert!(clock::now() < deadline, "never printed a line");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until it says something on standard error, kills it, and gives all it said.
    #[track_caller]
    pub(crate) fn finish_after(mut self, words: &str) -> String {
        self.wait_until_it_says(words);
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.stderr.lock().unwrap().clone()
    }

    /// Waits for its end, no longer than patience lasts.
    #[track_caller]
    pub(crate) fn finish(self) -> Finished {
        self.finish_within(PATIENCE)
    }

    /// Waits for its end, no longer than so.
    #[track_caller]
    pub(crate) fn finish_within(mut self, patience: Duration) -> Finished {
        drop(self.stdin.take());
        let status = end_of(&mut self.child, patience, || self.stderr.lock().unwrap().clone());
        self.listener.join().unwrap();
        let stderr = self.stderr.lock().unwrap().clone();
        Finished {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.map(all_of).unwrap_or_default(),
            stderr,
        }
    }
}
