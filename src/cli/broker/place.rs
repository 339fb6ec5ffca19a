//! Files that others wait for: put in place whole.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::process::{Access, replace};

/// Put in place whole, for who waits for it. What is there and is no plain file (a pipe, a device)
/// is written to instead, and a link leads to the file's place: the folder is the user's choice.
pub(super) fn put(path: &Path, text: &str) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let mut there = std::fs::OpenOptions::new().write(true).open(path)?;
        return there.write_all(text.as_bytes());
    }
    let target = std::fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    replace(path, text.as_bytes(), Access::Mask, |_| Ok(()))
}

/// A file with the number of this process; it goes with the value.
#[derive(Debug)]
pub(super) struct PidFile(PathBuf);

impl PidFile {
    /// Puts it in place; one that is there is of a process that has ended, or could not listen.
    pub(super) fn put(path: &Path) -> io::Result<Self> {
        put(path, &content())?;
        // Wherever the process is when it ends.
        Ok(Self(std::path::absolute(path)?))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // One that somebody else has put there meanwhile is theirs.
        if std::fs::read_to_string(&self.0).is_ok_and(|text| text == content()) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

fn content() -> String {
    format!("{}\n", std::process::id())
}
