//! `-D COMMAND NAME VALUE`, and one word more for a user property.

use std::ffi::{OsStr, OsString};

use super::connect::bytes;
use crate::client::PacketProperties;
use crate::options::PropertyError;

/// The option's identifier.
pub(super) const ID: &str = "properties";

/// Between the two values of a user property in one word; no word of a command line has it.
const SEPARATOR: &str = "\0";

/// The words with both values of a user property in one, so that `-D` takes three words always.
pub(super) fn join_values(command: &clap::Command, words: Vec<OsString>) -> Vec<OsString> {
    let mut joined = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            joined.push(word);
            joined.extend(words);
            break;
        }
        let option = option_with_values(command, &word);
        joined.push(word);
        match option {
            Some(option) if option.get_id() == ID => {
                joined.extend(words.next());
                let Some(name) = words.next() else { break };
                let values = PacketProperties::values(&name.to_string_lossy());
                joined.push(name);
                let values: Vec<_> = words.by_ref().take(values).collect();
                if !values.is_empty() {
                    joined.push(values.join(OsStr::new(SEPARATOR)));
                }
            }
            Some(_) => joined.extend(words.next()),
            None => {}
        }
    }
    joined
}

/// The option that a word is, if the next word is its value.
fn option_with_values<'a>(command: &'a clap::Command, word: &OsStr) -> Option<&'a clap::Arg> {
    let word = word.to_str()?;
    let takes_values = |option: &&clap::Arg| option.get_action().takes_values();
    if let Some(name) = word.strip_prefix("--") {
        let is_called = |option: &&clap::Arg| {
            option.get_long() == Some(name)
                || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
        };
        return command.get_arguments().find(is_called).filter(takes_values);
    }
    // Of letters together the first that takes a value takes the rest of the word, or, when
    // nothing is left, the next.
    let mut letters = word.strip_prefix('-')?.chars();
    while let Some(letter) = letters.next() {
        let is_called = |option: &&clap::Arg| option.get_short() == Some(letter);
        let option = command.get_arguments().find(is_called)?;
        if takes_values(&option) {
            return letters.as_str().is_empty().then_some(option);
        }
    }
    None
}

/// What the words say that the option parser collected, three for each property.
pub(super) fn properties(words: Vec<OsString>) -> Result<PacketProperties, PropertyError> {
    let mut properties = PacketProperties::default();
    let words: Vec<_> = words.into_iter().map(bytes).collect();
    for three in words.chunks(3) {
        let [command, name, values] = three else { return Err(PropertyError::NotEnough) };
        let values: Vec<_> = values.split(|byte| [*byte] == *SEPARATOR.as_bytes()).collect();
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        properties.add(&text(command), &text(name), &values)?;
    }
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn joined(words: &str) -> String {
        let command = Command::new("x").args([
            Arg::new(ID).short('D').long("property").num_args(3).action(ArgAction::Append),
            Arg::new("topic").short('t').long("topic").alias("subject"),
            Arg::new("verbose").short('v').long("verbose").action(ArgAction::SetTrue),
        ]);
        let words = words.split(' ').map(OsString::from).collect();
        let joined = join_values(&command, words).join(OsStr::new(" "));
        joined.into_string().unwrap().replace('\0', "+")
    }

    #[test]
    fn only_the_values_of_user_properties_are_joined() {
        for (words, want) in [
            ("-v -t a", "-v -t a"),
            ("-D publish content-type x -v", "-D publish content-type x -v"),
            ("-D publish user-property k v -v", "-D publish user-property k+v -v"),
            (
                "--property connect USER-PROPERTY -D v -t",
                "--property connect USER-PROPERTY -D+v -t",
            ),
            (
                "-D a user-property k v -D b user-property l w",
                "-D a user-property k+v -D b user-property l+w",
            ),
            ("-vD a user-property k v", "-vD a user-property k+v"),
            // Words that are values of others, or of nobody here.
            ("-t -D a user-property k v", "-t -D a user-property k v"),
            ("--subject -D a user-property k v", "--subject -D a user-property k v"),
            ("-vt -D a user-property k v", "-vt -D a user-property k v"),
            ("-tD a user-property k v", "-tD a user-property k v"),
            ("-- -D a user-property k v", "-- -D a user-property k v"),
            ("-x -D a user-property k v", "-x -D a user-property k+v"),
            // Too few.
            ("-D", "-D"),
            ("-D a", "-D a"),
            ("-D a user-property", "-D a user-property"),
            ("-D a user-property k", "-D a user-property k"),
            ("-D a content-type", "-D a content-type"),
        ] {
            assert_eq!(joined(words), want, "{words}");
        }
    }

    #[test]
    fn a_user_property_without_its_value_is_not_enough() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect();
        assert_eq!(properties(words("publish user-property k")), Err(PropertyError::NotEnough));
        let both = properties(words("publish user-property k\0v publish content-type t")).unwrap();
        assert_eq!(both.publish.as_properties().iter().count(), 2);
    }
}
