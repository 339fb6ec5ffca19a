//! The options that say how lines describe messages.

use super::payload::{Source, Words};
use crate::options::{Error, Payload, Records};
use crate::record::{End, Form};

/// Lines that are more than a payload, and when their messages go.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Recorded {
    /// Each line of standard input is a JSON object that describes a message, as mq sub --json
    /// prints it; -t, -q, -r and -D are for lines that do not say it
    #[arg(long, group = "Source")]
    json: bool,
    /// Each line of standard input is topic, tab, payload, as mq sub --tsv prints it
    #[arg(long, group = "Source")]
    tsv: bool,
    /// Each message of standard input ends with NUL instead of a newline; alone or with --tsv
    #[arg(short = '0', long, conflicts_with_all = ["message", "file", "stdin_file", "null_message", "json"])]
    nul: bool,
    /// With --json: send the messages with the pauses between them that their times tell
    #[arg(long, requires = "json", conflicts_with_all = NOT_JSON)]
    timed: bool,
    /// Likewise, so many times as fast: 10x, 0.5x
    #[arg(long, value_name = "TIMES", requires = "json", value_parser = speed)]
    #[arg(conflicts_with_all = NOT_JSON)]
    speed: Option<f64>,
    /// With --json or --tsv: send all again and again; standard input must be a file
    #[arg(long = "loop", conflicts_with_all = ["word_message", "message", "file", "stdin_file", "null_message", "stdin_line"])]
    again: bool,
}

/// What is named here stands in the way of `requires`: it would make the requirement void.
const NOT_JSON: [&str; 7] =
    ["word_message", "message", "file", "stdin_file", "stdin_line", "null_message", "tsv"];

/// Above 0, with or without an x.
fn speed(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('x').unwrap_or(text);
    let speed = number.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
    speed.ok_or_else(|| "not a number above 0, like 10x".to_owned())
}

impl Recorded {
    /// Where messages come from: lines that describe them, or else `source` or the words.
    pub(super) fn into_payload(self, source: Source, words: Words) -> Result<Payload, Error> {
        let form = match self {
            Self { json: true, .. } => Form::Json { timed: self.timed || self.speed.is_some() },
            Self { tsv: true, .. } => Form::Tab,
            Self { nul: true, .. } => Form::Plain,
            _ => return source.or_word(words),
        };
        if words.has_message() {
            return Err(Error::MessageTwice);
        }
        Ok(Payload::Records(Records {
            form,
            end: if self.nul { End::Nul } else { End::Newline },
            speed: self.speed.unwrap_or(1.0),
            again: self.again,
        }))
    }
}
