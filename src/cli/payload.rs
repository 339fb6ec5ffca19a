//! The options that say what is published.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::connect::bytes;
use super::plain::{self, NotPlain, once};
use crate::options::{Error, Payload, is_url};

/// One of these.
#[derive(Debug, Default, clap::Args)]
#[group(multiple = false)]
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

/// Topic and message as people type them first: without an option.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Words {
    /// The topic, instead of -t
    #[arg(id = "word_topic", value_name = "TOPIC")]
    topic: Option<String>,
    /// The message, instead of -m and its like; behind -- it may begin with a hyphen
    #[arg(id = "word_message", value_name = "MESSAGE")]
    message: Option<OsString>,
}

impl Words {
    /// The next of them, of a call that is read without clap.
    pub(super) fn add(&mut self, word: &OsStr) -> Result<(), NotPlain> {
        match self.topic {
            None => once(&mut self.topic, word.to_str().ok_or(NotPlain)?.to_owned()),
            Some(_) => once(&mut self.message, word.to_owned()),
        }
    }

    /// The topics, with those of options.
    pub(super) fn topics(&mut self, by_option: Vec<String>) -> Result<Vec<String>, Error> {
        match (self.topic.take(), self.message.is_some()) {
            (None, _) => Ok(by_option),
            (Some(topic), _) if is_url(&topic) => Err(Error::UrlAsTopic),
            (Some(topic), _) if by_option.is_empty() => Ok(vec![topic]),
            (Some(_), false) => Err(Error::WordBesideTopic),
            (Some(_), true) => Err(Error::TopicTwice),
        }
    }
}

impl Words {
    /// Whether a message stands there.
    pub(super) const fn has_message(&self) -> bool {
        self.message.is_some()
    }
}

impl Source {
    /// The message that stands by itself, or else that of the options; an error when there are
    /// several, or none.
    pub(super) fn or_word(self, words: Words) -> Result<Payload, Error> {
        let Some(message) = words.message else { return self.into_payload() };
        if self.is_given() {
            return Err(Error::MessageTwice);
        }
        Ok(Payload::Text(bytes(message)))
    }

    /// One of these options, of a call that is read without clap.
    pub(super) fn add(&mut self, option: u8, words: &mut plain::Words<'_>) -> Result<(), NotPlain> {
        if self.is_given() {
            return Err(NotPlain);
        }
        match option {
            b'm' => self.message.push(words.value()?.to_owned()),
            b'f' => self.file.push(words.value()?.into()),
            b's' => self.stdin_file = true,
            b'l' => self.stdin_line = true,
            b'n' => self.null_message = true,
            _ => return Err(NotPlain),
        }
        Ok(())
    }

    fn is_given(&self) -> bool {
        let Self { message, file, stdin_file, stdin_line, null_message } = self;
        !message.is_empty() || !file.is_empty() || *stdin_file || *stdin_line || *null_message
    }

    /// Where the message comes from; an error when there are several, or none.
    fn into_payload(mut self) -> Result<Payload, Error> {
        if self.message.len() > 1 || self.file.len() > 1 {
            return Err(Error::ManyMessages);
        }
        Ok(match (self.message.pop(), self.file.pop()) {
            (Some(text), _) => Payload::Text(bytes(text)),
            (None, Some(path)) => Payload::File(path),
            (None, None) if self.stdin_file => Payload::Stdin,
            (None, None) if self.stdin_line => Payload::Lines,
            (None, None) if self.null_message => Payload::Text(Vec::new()),
            (None, None) => return Err(Error::NothingToPublish),
        })
    }
}
