//! Every option of the three tools: its names, who has it, its value, what it sets.

mod connection;
mod messages;
mod security;

use std::ffi::{OsStr, OsString};

use super::Error;
use super::given::Given;
use crate::options::Tool;

/// One option.
pub(super) struct Row {
    /// Its names; the first is how mosquitto calls it in errors.
    pub(super) names: &'static [&'static str],
    /// Who has it.
    pub(super) tools: &'static [Tool],
    /// What it does.
    pub(super) effect: Effect,
    /// For `--help`, in our words.
    pub(super) help: &'static str,
}

/// What an option does.
pub(super) enum Effect {
    /// A switch.
    Flag(fn(&mut Given) -> Result<(), Error>),
    /// The next word is its value.
    Value {
        /// The value's name in `--help`.
        name: &'static str,
        /// What is said when there is no next word.
        missing: &'static str,
        /// Takes the value.
        take: fn(&mut Given, &OsStr) -> Result<(), Error>,
    },
    /// `-D`: the next three words, or four for a user property.
    Property,
    /// `-o`: read before all else.
    OptionFile,
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

const ALL: &[Tool] = &[Tool::Publish, Tool::Subscribe, Tool::Request];
const PUBLISH: &[Tool] = &[Tool::Publish];
const SUBSCRIBE: &[Tool] = &[Tool::Subscribe];
const REQUEST: &[Tool] = &[Tool::Request];
const SENDING: &[Tool] = &[Tool::Publish, Tool::Request];
const PRINTING: &[Tool] = &[Tool::Subscribe, Tool::Request];

const fn flag(
    names: &'static [&'static str],
    tools: &'static [Tool],
    set: fn(&mut Given) -> Result<(), Error>,
    help: &'static str,
) -> Row {
    Row { names, tools, effect: Effect::Flag(set), help }
}

const fn value(
    names: &'static [&'static str],
    tools: &'static [Tool],
    (name, missing): (&'static str, &'static str),
    take: fn(&mut Given, &OsStr) -> Result<(), Error>,
    help: &'static str,
) -> Row {
    Row { names, tools, effect: Effect::Value { name, missing, take }, help }
}

/// All options of a tool.
pub(super) fn rows(tool: Tool) -> impl Iterator<Item = &'static Row> {
    let all = [connection::ROWS, messages::ROWS, security::ROWS].into_iter().flatten();
    all.filter(move |row| row.tools.contains(&tool))
}

/// The option of that name.
pub(super) fn find(tool: Tool, word: &OsStr) -> Option<&'static Row> {
    let word = word.to_str()?;
    rows(tool).find(|row| row.names.contains(&word))
}

/// A value that must be text.
fn text(option: &'static str, value: &OsStr) -> Result<String, Error> {
    value.to_str().map(str::to_owned).ok_or(Error::NotText(option))
}

/// The bytes that the user typed, whatever their encoding.
fn bytes(value: &OsStr) -> Vec<u8> {
    OsString::from(value).into_encoded_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_things_to_one_tool() {
        for tool in ALL {
            let mut names: Vec<_> = rows(*tool).flat_map(|row| row.names).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
            assert!(names.iter().all(|name| name.starts_with('-')));
        }
    }

    #[test]
    fn who_has_an_option_is_as_in_the_manual() {
        let has = |tool, name: &str| find(tool, OsStr::new(name)).is_some();
        for (name, tools) in [
            ("-l", PUBLISH),
            ("-r", PUBLISH),
            ("--repeat", PUBLISH),
            ("-m", SENDING),
            ("-C", SUBSCRIBE),
            ("-U", SUBSCRIBE),
            ("-W", PRINTING),
            ("-F", PRINTING),
            ("-e", REQUEST),
            ("-M", ALL),
            ("-o", ALL),
        ] {
            for tool in ALL {
                assert_eq!(has(*tool, name), tools.contains(tool), "{name} {tool:?}");
            }
        }
    }
}
