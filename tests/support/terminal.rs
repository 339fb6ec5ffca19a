//! A terminal to run a program at, and all that the program shows there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use mq::net::clock;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use super::PATIENCE;
use super::mq::end_of;

/// A program that runs with a terminal as its standard input, output and error.
pub(crate) struct AtTerminal {
    child: Child,
    keyboard: File,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// A terminal, the program's end and the other. Every byte is passed on as it is, unless it is to
/// edit lines and to echo them, as terminals do for people.
fn open(rows: u16, columns: u16, cooked: bool) -> (File, File) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let user = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut modes = tcgetattr(&user).unwrap();
    if !cooked {
        modes.make_raw();
    }
    tcsetattr(&user, OptionalActions::Now, &modes).unwrap();
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&user, size).unwrap();
    (user, File::from(controller))
}

/// A program in a session of its own, where `setsid` makes standard input the terminal of the
/// process when it is told to.
pub(crate) fn in_a_session(options: &[&str], program: &Command) -> Command {
    let mut session = Command::new("setsid");
    session.args(options).arg(program.get_program()).args(program.get_args()).env_clear();
    session.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    session
}

impl AtTerminal {
    /// Starts a prepared command at a terminal of 24 rows and 80 columns.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::sized(command, 24, 80)
    }

    /// Starts a prepared command at a terminal of this size.
    pub(crate) fn sized(command: &mut Command, rows: u16, columns: u16) -> Self {
        Self::over(open(rows, columns, false), command)
    }

    /// Starts a prepared command at a terminal that echoes what is typed.
    pub(crate) fn cooked(command: &mut Command) -> Self {
        Self::over(open(24, 80, true), command)
    }

    fn over((user, mut controller): (File, File), command: &mut Command) -> Self {
        let keyboard = controller.try_clone().unwrap();
        let end = || Stdio::from(user.try_clone().unwrap());
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        // The end of the terminal is seen when nobody holds it open.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let shown = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = controller.read(&mut chunk) {
                into.lock().unwrap().extend_from_slice(&chunk[..count]);
            }
        });
        Self { child, keyboard, shown, reader }
    }

    /// Whether it shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Types this.
    pub(crate) fn types(&self, text: &str) {
        (&self.keyboard).write_all(text.as_bytes()).unwrap();
    }

    /// All that was shown so far, once it has these bytes in it.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) -> String {
        self.shows_times(words, 1)
    }

    /// All that was shown so far, once these bytes are in it so often.
    #[track_caller]
    pub(crate) fn shows_times(&self, words: &str, count: usize) -> String {
        let deadline = clock::now() + PATIENCE;
        loop {
            let shown = String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
            if shown.matches(words).count() >= count {
                return shown;
            }
            assert!(clock::now() < deadline, "{words:?} is not in {shown:?}");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Waits for its end: the exit code, and all that was shown.
    #[track_caller]
    pub(crate) fn finish(mut self) -> (Option<i32>, Vec<u8>) {
        let shown = || String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
        let status = end_of(&mut self.child, PATIENCE, shown);
        self.reader.join().unwrap();
        (status.code(), self.shown.lock().unwrap().clone())
    }
}
