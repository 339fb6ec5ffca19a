//! Calls so plain that they are read without clap: short options, each value in a word of its own.
//!
//! `mq pub -t TOPIC -m MESSAGE` in a script waits for its start, and to build clap's tree and to
//! search it takes an eighth of that. A call in which there is anything else, or that may be wrong
//! in any way, is not plain, and clap reads it. Tests hold that both read the same.

use std::ffi::{OsStr, OsString};

/// Clap has to read the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotPlain;

/// A word of a plain call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word<'a> {
    /// A short option, whose value may be the word behind.
    Option(u8),
    /// What is no option, and not empty.
    Text(&'a OsStr),
}

/// The words of a call.
#[derive(Debug)]
pub(super) struct Words<'a>(std::slice::Iter<'a, OsString>);

impl<'a> Words<'a> {
    /// Those behind the command; a call without any is not plain.
    pub(super) fn new(words: &'a [OsString]) -> Result<Self, NotPlain> {
        if words.is_empty() { Err(NotPlain) } else { Ok(Self(words.iter())) }
    }

    /// The next word that is no value; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Word<'a>>, NotPlain> {
        self.0.next().map(word).transpose()
    }

    /// The value of the option that came last.
    pub(super) fn value(&mut self) -> Result<&'a OsStr, NotPlain> {
        match self.0.next().map(word) {
            Some(Ok(Word::Text(value))) => Ok(value),
            _ => Err(NotPlain),
        }
    }

    /// [`Self::value`], in UTF-8.
    pub(super) fn text(&mut self) -> Result<&'a str, NotPlain> {
        self.value()?.to_str().ok_or(NotPlain)
    }

    /// [`Self::value`], as this reads it.
    pub(super) fn read<T, E>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, NotPlain> {
        read(self.text()?).map_err(|_| NotPlain)
    }
}

fn word(word: &OsString) -> Result<Word<'_>, NotPlain> {
    match word.as_encoded_bytes() {
        [] | [b'-'] | [b'-', b'-', ..] => Err(NotPlain),
        [b'-', letter] => Ok(Word::Option(*letter)),
        [b'-', ..] => Err(NotPlain),
        _ => Ok(Word::Text(word)),
    }
}

/// Fills what may be given once.
pub(super) fn once<T>(place: &mut Option<T>, value: T) -> Result<(), NotPlain> {
    if place.is_some() {
        return Err(NotPlain);
    }
    *place = Some(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_more_than_a_letter_is_not_plain() {
        let read = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let mut words = Words::new(&words)?;
            let mut count = 0;
            while let Some(word) = words.next()? {
                if matches!(word, Word::Option(b'm')) {
                    words.text()?;
                }
                count += 1;
            }
            Ok::<_, NotPlain>(count)
        };
        for words in [&["a"][..], &["-r"], &["-m", "x", "-r", "a"], &["-m", "x y"], &["-é"]] {
            assert_eq!(read(words).is_ok(), words != ["-é"], "{words:?}");
        }
        for words in [&[][..], &[""], &["-"], &["--"], &["--m"], &["-mx"], &["-rn"], &["-m"]] {
            assert!(read(words).is_err(), "{words:?}");
        }
        for value in ["", "-", "-x", "--", "--json"] {
            assert!(read(&["-m", value]).is_err(), "{value:?}");
        }
    }
}
