//! mosquitto's front end: what `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr` take, made
//! into the options of `mq pub`, `mq sub` and `mq rr`.
//!
//! Nothing is printed here: `cli` runs what comes out, and tells it as mosquitto does
//! ([`crate::options::Dialect`]). What the tools do is described by their manual pages and was
//! measured with 2.0.11; where 2.1 differs, 2.1 is followed.

mod check;
mod error;
mod fill;
mod given;
mod help;
mod numbers;
mod option_file;
mod parser;
mod table;
mod url;

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use self::error::Error;
use crate::options::{self, Environment};

/// One of mosquitto's clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// `mosquitto_pub`.
    #[default]
    Publish,
    /// `mosquitto_sub`.
    Subscribe,
    /// `mosquitto_rr`.
    Request,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Publish, Self::Subscribe, Self::Request];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "mosquitto_pub",
            Self::Subscribe => "mosquitto_sub",
            Self::Request => "mosquitto_rr",
        }
    }

    /// The tool that a program is called as, by the name of its file.
    pub fn of_program(program: &OsStr) -> Option<Self> {
        let name = Path::new(program).file_stem()?;
        Self::ALL.into_iter().find(|tool| name == tool.name())
    }
}

/// What is to be done.
#[derive(Debug)]
pub enum Asked {
    /// Publish.
    Publish(options::Publish),
    /// Subscribe.
    Subscribe(options::Subscribe),
    /// `--help`: this text.
    Help(String),
    /// `--version`: this text.
    Version(String),
}

/// Reads the words behind the program's name, after those of its option file.
pub fn parse(tool: Tool, words: &[OsString], environment: Environment<'_>) -> Result<Asked, Error> {
    let given = match parser::read(tool, words, environment)? {
        parser::Read::Given(given) => *given,
        parser::Read::Help => return Ok(Asked::Help(help::page(tool))),
        parser::Read::Version => return Ok(Asked::Version(help::version(tool))),
    };
    check::check(&given)?;
    fill::fill(given)
}
