//! Files of mosquitto's that say who may do what: read whole, or refused with the line that is
//! wrong. What cannot be understood to its last line must not let anybody in.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A password or ACL file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}{at}", .path.display())]
pub struct FileError {
    /// Its path.
    pub path: PathBuf,
    /// Where and why.
    pub at: At,
}

/// What is wrong with a file, and where.
#[derive(Debug)]
pub enum At {
    /// It cannot be read, or not be written.
    File(io::Error),
    /// All of it.
    Whole(&'static str),
    /// The line of this number, from 1.
    Line(usize, String),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, ": {error}"),
            Self::Whole(why) => write!(f, ": {why}"),
            Self::Line(number, why) => write!(f, ", line {number}: {why}"),
        }
    }
}

/// Bytes of the largest file that is read: 100,000 users with a hash each, and more.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, FileError> {
    let wrong = |at| FileError { path: path.to_owned(), at };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(At::File(error)))?;
    let read = file.take(MOST_BYTES.saturating_add(1)).read_to_end(&mut bytes);
    let count = read.map_err(|error| wrong(At::File(error)))?;
    if count as u64 > MOST_BYTES {
        return Err(wrong(At::Whole("it is larger than 32 MiB")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let whole = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let number = whole.split(|byte| *byte == b'\n').count();
        wrong(At::Line(number, "it is not UTF-8".to_owned()))
    })
}

/// What is to be said of who else can change a file that says what a broker does.
#[cfg(unix)]
pub fn changed_by_others(path: &Path) -> Vec<&'static str> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(there) = std::fs::metadata(path) else { return Vec::new() };
    let mut warnings = Vec::new();
    if there.is_file() && there.mode() & 0o022 != 0 {
        warnings.push("others can change it: chmod go-w it");
    }
    warnings.extend(is_foreign(&there).then_some(FOREIGN));
    warnings
}

/// The system is not asked here.
#[cfg(not(unix))]
pub fn changed_by_others(_: &Path) -> Vec<&'static str> {
    Vec::new()
}

/// What is said of a file that [`is_foreign`].
pub(super) const FOREIGN: &str = "it belongs to somebody else, who can change it: chown it";

/// Whether a file belongs to somebody else than this process and the superuser. The superuser, who
/// starts brokers for others, knows whose files they are.
#[cfg(unix)]
pub(super) fn is_foreign(there: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::geteuid().as_raw();
    there.is_file() && own != 0 && there.uid() != own && there.uid() != 0
}

/// The lines that say something, each with its number: no comments, no blank ones, without what
/// ends them.
pub(super) fn said(text: &str) -> impl Iterator<Item = (usize, Result<&str, String>)> {
    text.split('\n').enumerate().filter_map(|(at, line)| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.starts_with('#') || line.trim().is_empty() {
            return None;
        }
        let said = if at == 0 && line.starts_with('\u{FEFF}') {
            Err("it begins with a byte order mark: save the file as UTF-8 without one".to_owned())
        } else if line.contains(|c: char| c.is_control() && c != '\t') {
            Err("it has a control character".to_owned())
        } else {
            Ok(line)
        };
        Some((at.saturating_add(1), said))
    })
}
