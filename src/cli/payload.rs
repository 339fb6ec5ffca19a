//! The options that say what is published.

use std::ffi::OsString;
use std::path::PathBuf;

use super::connect::bytes;
use crate::options::{Error, Payload};

/// Exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// The message itself
    #[arg(short, long, action = clap::ArgAction::Append)]
    message: Vec<OsString>,
    /// A file whose content is the message
    #[arg(short, long, action = clap::ArgAction::Append)]
    file: Vec<PathBuf>,
    /// All of standard input is the message
    #[arg(short, long)]
    stdin_file: bool,
    /// Each line of standard input is a message
    #[arg(short = 'l', long)]
    stdin_line: bool,
    /// An empty message
    #[arg(short, long)]
    null_message: bool,
}

impl Source {
    /// Where the message comes from; an error when there are several.
    pub(super) fn into_payload(mut self) -> Result<Payload, Error> {
        if self.message.len() > 1 || self.file.len() > 1 {
            return Err(Error::ManyMessages);
        }
        Ok(match (self.message.pop(), self.file.pop()) {
            (Some(text), _) => Payload::Text(bytes(text)),
            (None, Some(path)) => Payload::File(path),
            (None, None) if self.stdin_file => Payload::Stdin,
            (None, None) if self.stdin_line => Payload::Lines,
            (None, None) => Payload::Text(Vec::new()),
        })
    }
}
