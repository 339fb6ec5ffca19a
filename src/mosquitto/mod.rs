//! mosquitto's front end: what `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr` take, made
//! into the options of `mq pub`, `mq sub` and `mq rr`; what `mosquitto` takes, and the files that it
//! reads.
//!
//! Nothing is printed here: `cli` runs what comes out, and tells it as mosquitto does
//! ([`crate::options::Dialect`]). What the tools do is described by their manual pages and was
//! measured with 2.0.11; where 2.1 differs, 2.1 is followed.

pub mod acl_file;
pub mod broker_words;
mod check;
pub mod config_file;
mod differences;
mod error;
mod fill;
mod given;
mod help;
mod lines;
mod numbers;
mod option_file;
mod parser;
pub mod password_file;
mod table;
mod url;

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use self::differences::{BROKER_DIFFERENCES, differences};
pub use self::error::Error;
pub use self::help::{ENVIRONMENT, EXIT_STATUS, FILES, options, purpose};
pub use self::lines::{At, FileError, changed_by_others};
use crate::options::{self, Environment, Tool};

/// The release of mosquitto that all this is like.
pub const LIKE: &str = "2.1.0";

/// Their names.
const NAMES: [(Tool, &str); 3] = [
    (Tool::Publish, "mosquitto_pub"),
    (Tool::Subscribe, "mosquitto_sub"),
    (Tool::Request, "mosquitto_rr"),
];

/// The name of a tool.
pub fn name(tool: Tool) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == tool).map_or("", |(_, name)| name)
}

/// The tool that a program is called as, by the name of its file.
pub fn tool(program: &OsStr) -> Option<Tool> {
    let file = Path::new(program).file_stem()?;
    NAMES.iter().find(|(_, name)| file == *name).map(|(tool, _)| *tool)
}

/// What is to be done.
#[derive(Debug)]
pub enum Asked {
    /// Publish.
    Publish(options::Publish),
    /// Subscribe.
    Subscribe(options::Subscribe),
    /// Ask.
    Request(options::Request),
    /// `--help`: this text.
    Help(String),
    /// `--version`: this text.
    Version(String),
}

/// What `--help` prints.
pub fn help(tool: Tool) -> String {
    help::page(tool)
}

/// Reads the words behind the program's name, after those of its option file.
pub fn parse(tool: Tool, words: &[OsString], environment: Environment<'_>) -> Result<Asked, Error> {
    let given = match parser::read(tool, words, environment)? {
        parser::Read::Given(given) => *given,
        parser::Read::Help => return Ok(Asked::Help(help::page(tool))),
        parser::Read::Version => return Ok(Asked::Version(help::version(tool))),
    };
    check::check(&given)?;
    Ok(fill::fill(given))
}
