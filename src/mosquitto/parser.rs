//! Words to options: each word is an option by its exact name, and the next ones are its values.

use std::ffi::OsString;

use super::Error;
use super::given::Given;
use super::option_file;
use super::table::{Effect, Row, find};
use crate::client::PacketProperties;
use crate::options::{Environment, PropertyError, Tool};

/// What came of reading.
pub(super) enum Read {
    /// Options.
    Given(Box<Given>),
    /// Help was asked for.
    Help,
    /// The version was asked for.
    Version,
}

/// Words behind `-D` before the values: command and name.
const BEFORE_VALUES: usize = 2;

/// The option file first, then the words of the command line.
pub(super) fn read(
    tool: Tool,
    words: &[OsString],
    environment: Environment<'_>,
) -> Result<Read, Error> {
    let mut given = Given::new(tool);
    for line in option_file::lines(tool, named_file(words)?, environment) {
        if let Some(end) = take(&mut given, &line)? {
            return Ok(end);
        }
    }
    Ok(take(&mut given, words)?.unwrap_or_else(|| Read::Given(Box::new(given))))
}

/// The file of `-o`; mosquitto looks for the word before it looks at any other.
fn named_file(words: &[OsString]) -> Result<Option<&OsString>, Error> {
    let mut named = None;
    for (at, word) in words.iter().enumerate() {
        if word == "-o" {
            if named.is_some() {
                return Err(Error::TwoOptionFiles);
            }
            named = words.get(at.saturating_add(1));
        }
    }
    Ok(named)
}

/// Takes options one after the other; help and version end it.
fn take(given: &mut Given, words: &[OsString]) -> Result<Option<Read>, Error> {
    let mut rest = words;
    while let Some((word, behind)) = rest.split_first() {
        let row = find(given.tool, word)
            .ok_or_else(|| Error::Unknown(word.to_string_lossy().into_owned()))?;
        rest = match &row.effect {
            Effect::Help => return Ok(Some(Read::Help)),
            Effect::Version => return Ok(Some(Read::Version)),
            Effect::Flag(set) => {
                set(given)?;
                behind
            }
            Effect::Value { missing, take, .. } => {
                let (value, behind) = first(row, missing, behind)?;
                take(given, value)?;
                behind
            }
            Effect::OptionFile => first(row, "no options file specified", behind)?.1,
            Effect::Property => {
                let (property, behind) = property(row, behind)?;
                add(given, property)?;
                given.version = Some(crate::codec::Version::V5);
                behind
            }
        };
    }
    Ok(None)
}

type Value<'a> = (&'a OsString, &'a [OsString]);
type Values<'a> = (&'a [OsString], &'a [OsString]);

fn first<'a>(row: &Row, missing: &'static str, words: &'a [OsString]) -> Result<Value<'a>, Error> {
    words.split_first().ok_or_else(|| self::missing(row, missing))
}

fn missing(row: &Row, missing: &'static str) -> Error {
    Error::Missing { option: row.names.first().copied().unwrap_or_default(), missing }
}

/// The words of one property and what is behind them.
fn property<'a>(row: &Row, words: &'a [OsString]) -> Result<Values<'a>, Error> {
    let name = words.get(1).map(|name| name.to_string_lossy()).unwrap_or_default();
    let count = BEFORE_VALUES.saturating_add(PacketProperties::values(&name));
    words.split_at_checked(count).ok_or_else(|| missing(row, "not enough arguments specified"))
}

fn add(given: &mut Given, words: &[OsString]) -> Result<(), Error> {
    let text = |at: usize| words.get(at).map(|word| word.to_string_lossy()).unwrap_or_default();
    let values = words.iter().skip(BEFORE_VALUES).map(|word| word.as_encoded_bytes());
    let values: Vec<_> = values.collect();
    match given.properties.add_verbatim(&text(0), &text(1), &values) {
        // mosquitto looks at what each packet has when all options are read.
        Err(PropertyError::Duplicate { command, .. }) => {
            given.repeated_in.push(command.to_ascii_lowercase());
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}
