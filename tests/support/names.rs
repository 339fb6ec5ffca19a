//! `mq` under mosquitto's names, and Debian's clients beside it.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use super::mq::{Finished, Running, spawn};
use super::scratch::Scratch;

/// A directory with links to `mq` under mosquitto's names, and with a home without files.
pub(crate) struct Names {
    directory: Scratch,
}

/// Whose program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    Debians,
}

impl Names {
    pub(crate) fn new() -> Self {
        let directory = Scratch::new("names");
        std::fs::create_dir_all(directory.path().join("home/.config")).unwrap();
        for name in ["mosquitto_pub", "mosquitto_sub", "mosquitto_rr", "mosquitto"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mq"), directory.path().join(name))
                .unwrap();
        }
        Self { directory }
    }

    /// Where the links are.
    pub(crate) fn directory(&self) -> &str {
        self.directory.path().to_str().unwrap()
    }

    /// Puts an option file of that name where the clients look for it.
    pub(crate) fn keep_options(&self, name: &str, content: &str) {
        std::fs::write(self.directory.path().join("home/.config").join(name), content).unwrap();
    }

    /// One of the programs, with nothing on standard input.
    pub(crate) fn command<I: AsRef<OsStr>>(
        &self,
        whose: Whose,
        name: &str,
        words: impl IntoIterator<Item = I>,
    ) -> Command {
        let mut command = match whose {
            Whose::Ours => Command::new(self.directory.path().join(name)),
            Whose::Debians => Command::new(name),
        };
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.directory.path().join("home"));
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    /// Starts ours.
    pub(crate) fn start<I: AsRef<OsStr>>(
        &self,
        name: &str,
        words: impl IntoIterator<Item = I>,
    ) -> Running {
        spawn(self.command(Whose::Ours, name, words).stdin(Stdio::piped()))
    }

    /// Runs ours to its end.
    pub(crate) fn run<I: AsRef<OsStr>>(
        &self,
        name: &str,
        words: impl IntoIterator<Item = I>,
    ) -> Finished {
        spawn(&mut self.command(Whose::Ours, name, words)).finish()
    }

    /// Runs Debian's and then ours with the same words.
    pub(crate) fn both<I: AsRef<OsStr>>(
        &self,
        name: &str,
        words: impl IntoIterator<Item = I>,
    ) -> Both {
        let words: Vec<_> = words.into_iter().collect();
        let theirs = spawn(&mut self.command(Whose::Debians, name, &words)).finish();
        Both { theirs, ours: self.run(name, &words) }
    }
}

/// Two runs with the same words.
#[derive(Debug)]
pub(crate) struct Both {
    pub(crate) theirs: Finished,
    pub(crate) ours: Finished,
}

impl Both {
    /// Why a script could tell them apart, if it could.
    pub(crate) fn difference(&self) -> Option<String> {
        let Self { theirs, ours } = self;
        let ends = |run: &Finished| (run.code, run.signal);
        let (expected, got) = (settled(&theirs.stdout), settled(&ours.stdout));
        if ends(theirs) != ends(ours) {
            Some(format!("ends {:?}, not {:?}; {ours:?}", ends(ours), ends(theirs)))
        } else if theirs.stderr != ours.stderr {
            Some(format!("says {:?}, not {:?}", ours.stderr, theirs.stderr))
        } else if expected != got {
            Some(format!("prints {got:?}, not {expected:?}"))
        } else {
            None
        }
    }

    #[track_caller]
    pub(crate) fn agree(self) -> Self {
        assert_eq!(self.difference(), None);
        self
    }
}

/// What is printed, without the client ids that somebody made up.
fn settled(stdout: &[u8]) -> String {
    let text = String::from_utf8_lossy(stdout);
    let word = |word: &str| {
        let made_up = word.starts_with("auto-") || word.starts_with("mosq-");
        if made_up { "ID".to_owned() } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
