//! `scripts/install`, into a directory of the test's own and with the binary that is tested.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::scratch::Scratch;

struct Prefix(Scratch);

impl Prefix {
    fn new(name: &str) -> Self {
        Self(Scratch::new(name))
    }

    fn install(&self, words: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/install");
        let mut command = Command::new(script);
        command.arg("--prefix").arg(self.0.path()).args(["--binary", env!("CARGO_BIN_EXE_mq")]);
        command.args(words).stdin(Stdio::null()).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Every file and link, without the directories.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

#[track_caller]
fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs bash"]
fn what_is_installed_runs_and_is_removed_to_the_last_file() {
    let prefix = Prefix::new("all");
    succeeds(&prefix.install(&["--drop-in"]));
    for page in ["mq.1", "mq-pub.1", "mq-rr.1", "mosquitto_sub.1"] {
        assert!(prefix.path("share/man/man1").join(page).is_file(), "{page}");
    }
    assert!(prefix.path("share/bash-completion/completions/mq").is_file());
    assert!(prefix.path("share/zsh/site-functions/_mq").is_file());
    assert!(prefix.path("share/fish/vendor_completions.d/mq.fish").is_file());
    let version = Command::new(prefix.path("bin/mosquitto_pub")).arg("--version").output().unwrap();
    assert!(version.stdout.starts_with(b"mosquitto_pub version "));
    assert_eq!(version.status.code(), Some(1));
    // Again over itself, without the links this time: they stay.
    succeeds(&prefix.install(&[]));
    assert!(prefix.path("bin/mosquitto_rr").exists());
    succeeds(&prefix.install(&["--uninstall"]));
    assert_eq!(prefix.files(), Vec::<PathBuf>::new());
}

#[test]
#[ignore = "needs bash"]
fn nothing_of_somebody_else_is_overwritten_and_then_nothing_is_done() {
    let prefix = Prefix::new("foreign");
    std::fs::create_dir_all(prefix.path("bin")).unwrap();
    let foreign = prefix.path("bin/mosquitto_sub");
    std::fs::write(&foreign, "somebody's own").unwrap();
    let output = prefix.install(&["--drop-in"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("mosquitto_sub is there already"));
    assert_eq!(prefix.files(), std::slice::from_ref(&foreign));
    // Without that name there is no conflict, and the file outlives what is installed.
    succeeds(&prefix.install(&[]));
    succeeds(&prefix.install(&["--uninstall"]));
    assert_eq!(prefix.files(), [foreign]);
}

#[test]
#[ignore = "needs bash"]
fn wrong_words_install_nothing() {
    let prefix = Prefix::new("wrong");
    assert_eq!(prefix.install(&["--nonsense"]).status.code(), Some(2));
    assert_eq!(prefix.install(&["--prefix"]).status.code(), Some(1));
    assert_eq!(prefix.install(&["--uninstall"]).status.code(), Some(1));
    assert_eq!(prefix.files(), Vec::<PathBuf>::new());
}
