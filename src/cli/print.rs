//! The options that say how messages are printed.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::connect::bytes;
use super::hint;
use crate::options::{Print, Record};
use crate::record::{Empty, Format, JsonLines};

/// How messages look on standard output.
#[derive(Debug, clap::Args)]
pub(super) struct Printing {
    /// Print the topic before each message
    #[arg(short, long)]
    verbose: bool,
    /// Print the local time before each message: 2026-11-20T20:25:39.296+01:00
    #[arg(long, conflicts_with_all = ["format", "json", "tsv"])]
    time: bool,
    /// Print no newline behind a message
    #[arg(short = 'N', long)]
    no_newline: bool,
    /// Print each message by a format, like '%t %p' or '@H:@M %j'
    #[arg(short = 'F', long, value_name = "FORMAT", value_parser = OsStringValueParser::new().try_map(format))]
    format: Option<Format>,
    /// Print the JSON of %j and %J over many lines
    #[arg(long)]
    pretty: bool,
    /// Print each message as a JSON object with all that is known of it; mq pub --json sends it again
    #[arg(long, conflicts_with_all = ["format", "no_newline", "tsv", "nul"])]
    json: bool,
    /// With --json: a payload that is JSON is printed as JSON, not as a string
    #[arg(long, requires = "json")]
    json_payload: bool,
    /// Print topic, tab and payload of each message; mq pub --tsv sends it again
    #[arg(long, conflicts_with_all = ["format", "no_newline"])]
    tsv: bool,
    /// Print NUL behind each message instead of a newline
    #[arg(short = '0', long, conflicts_with_all = ["format", "no_newline"])]
    nul: bool,
}

impl Printing {
    /// As plain options.
    pub(super) fn into_options(self) -> Print {
        Print {
            time: self.time,
            verbose: self.verbose,
            newline: !self.no_newline,
            empty: Empty::Nothing,
            format: self.format,
            pretty: self.pretty,
            record: match (self.json, self.tsv) {
                (true, _) => Some(Record::Lines(JsonLines { embedded: self.json_payload })),
                (false, true) => Some(Record::Tab),
                (false, false) => None,
            },
            nul: self.nul,
        }
    }
}

fn format(text: OsString) -> Result<Format, String> {
    Format::parse(&bytes(text)).map_err(|error| hint::of_words(&error.to_string()))
}
