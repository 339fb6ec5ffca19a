//! mosquitto's configuration file: read whole, with the files that it includes and those that say
//! who may do what, or refused with the line that is wrong.
//!
//! What a key means is in `table`, one row each; what it changes is in `draft`; what the listeners
//! come to is in `listeners`.

mod draft;
mod entry;
mod include;
mod listeners;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};

use self::draft::{Context, Draft};
use self::table::{Effect, Key};
pub use self::table::{Row, Standing, rows};
use self::value::Value;
use super::lines::{self, At, FileError};
use crate::broker::{Limits, Policy};
use crate::options::Configured;
use crate::options::log::Log;
use crate::text::near::nearest;

/// How files are read, for people: paragraphs of a manual page.
pub const NOTES: &[&str] = &[
    "The file of -c is written as mosquitto.conf is: a key and its value a line, # in the first column \
     for a comment. What it says of keys that would have restricted somebody and are not served is an \
     error, as is a key that is not known; each is told with its file and its line. With a listener in \
     it nobody is let in who does not log in, unless allow_anonymous says so. include_dir takes the files \
     of a folder whose names end with .conf, in the order of their names.",
    "SIGHUP has it read again, with all files that it names. When anything is wrong with them, all stays as \
     it was. Users, rules, limits, certificates and the log are in force then as they say, for clients that \
     are here as well: who would not be let in any longer is closed, and what waits for somebody who may \
     not read it any longer is dropped. New limits of a connection hold for who connects from then on. What \
     a listener is (its address, protocol, enable_proxy_protocol, websockets_origin, whether it has TLS), \
     pid_file and user wait for a new start, and the log names those that have changed.",
];

/// What a file comes to.
#[derive(Debug)]
pub struct ConfigFile {
    /// What the broker is started with.
    pub broker: Configured,
    /// Where the log goes.
    pub log: Log,
    /// A file to write the number of the process to.
    pub pid_file: Option<PathBuf>,
    /// Whom to be once all is open, when started by the superuser.
    pub user: Option<String>,
    /// What is probably not meant, in the order of the lines.
    pub warnings: Vec<Warning>,
}

/// Something that a file says and that comes to nothing, or to something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; none for all of it.
    pub line: Option<usize>,
    /// What is to be said.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// What holds where a file says nothing.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// For the broker.
    pub limits: Limits,
    /// For each listener.
    pub policy: Policy,
    /// A file that the secrets of TLS connections are appended to.
    pub key_log: Option<PathBuf>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Its own file, or one that it includes.
    #[error(transparent)]
    Config(FileError),
    /// A file of users or rules; `by` is the line that names it, and its key.
    #[error("{file}{}", by.as_ref().map(|by| format!("; {by} names it")).unwrap_or_default())]
    Named {
        /// The file.
        file: FileError,
        /// As `mosquitto.conf, line 3: password_file`.
        by: Option<String>,
    },
    /// The files that a listener is made secure by; its own place is told.
    #[error(transparent)]
    Secured(FileError),
}

impl ConfigError {
    /// Whether what it says is at fault, and not that it cannot be read.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Config(FileError { at: At::Line(..) | At::Whole(_), .. }))
    }

    /// The file that is wrong.
    pub fn file(&self) -> &FileError {
        match self {
            Self::Config(error) | Self::Named { file: error, .. } | Self::Secured(error) => error,
        }
    }
}

/// Reads a file and all that it names.
pub fn read(path: &Path, defaults: &Defaults) -> Result<ConfigFile, ConfigError> {
    let mut draft = Draft::new(defaults);
    if read_lines(&mut draft, path, true).map_err(ConfigError::Config)? == 0 {
        let at = At::Whole("it says nothing: not where to listen, nor who is let in");
        return Err(ConfigError::Config(FileError { path: path.to_owned(), at }));
    }
    for text in lines::changed_by_others(path) {
        draft.warnings.push(Warning { path: path.to_owned(), line: None, text: text.to_owned() });
    }
    draft.finish()
}

/// Takes the lines of one file; how many said something.
fn read_lines(draft: &mut Draft, path: &Path, is_main: bool) -> Result<usize, FileError> {
    let text = lines::read(path)?;
    if !is_main && text.trim().is_empty() {
        let at = At::Whole("it is empty: remove it if nothing is meant");
        return Err(FileError { path: path.to_owned(), at });
    }
    // Each file begins with the listener that has no line of its own, as with mosquitto.
    let mut context = Context { draft, listener: None, path, line: 0 };
    let mut count = 0_usize;
    for (number, line) in lines::said(&text) {
        let wrong = |why: String| FileError { path: path.to_owned(), at: At::Line(number, why) };
        context.line = number;
        count = count.saturating_add(1);
        let (key, value) = split(line.map_err(wrong)?).map_err(wrong)?;
        if let Effect::Include = key.effect {
            if !is_main {
                return Err(wrong("include_dir stands in the main file only".to_owned()));
            }
            let directory = value.path().map_err(wrong)?;
            let files = include::files(&directory);
            let files = files
                .map_err(|error| wrong(format!("include_dir {}: {error}", directory.display())))?;
            for file in files {
                read_lines(context.draft, &file, false)?;
            }
        } else {
            context.take(&key, &value).map_err(wrong)?;
        }
    }
    Ok(count)
}

/// The key of a line, and what stands behind it.
fn split(line: &str) -> Result<(Key, Value<'_>), String> {
    let line = line.trim();
    if line.starts_with('#') {
        return Err("the # of a comment stands in the first column".to_owned());
    }
    let (name, value) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    match table::find(name) {
        Some(key) => Ok((key, Value::new(value))),
        None => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> String {
    match nearest(name, table::keys().map(|key| key.name)) {
        Some(meant) => format!("there is no key {name:?}; did you mean: {meant}"),
        None => format!("there is no key {name:?}"),
    }
}
