//! The options that say how messages are printed.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::connect::bytes;
use super::hint;
use crate::options::Print;
use crate::record::{Empty, Format};

/// How messages look on standard output.
#[derive(Debug, clap::Args)]
pub(super) struct Printing {
    /// Print the topic before each message
    #[arg(short, long)]
    verbose: bool,
    /// Print no newline behind a message
    #[arg(short = 'N', long)]
    no_newline: bool,
    /// Print each message by a format, like '%t %p' or '@H:@M %j'
    #[arg(short = 'F', long, value_name = "FORMAT", value_parser = OsStringValueParser::new().try_map(format))]
    format: Option<Format>,
    /// Print the JSON of %j and %J over many lines
    #[arg(long)]
    pretty: bool,
}

impl Printing {
    /// As plain options.
    pub(super) fn into_options(self) -> Print {
        Print {
            verbose: self.verbose,
            newline: !self.no_newline,
            empty: Empty::Nothing,
            format: self.format,
            pretty: self.pretty,
        }
    }
}

fn format(text: OsString) -> Result<Format, String> {
    Format::parse(&bytes(text)).map_err(|error| hint::of_words(&error.to_string()))
}
