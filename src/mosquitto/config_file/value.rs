//! What stands behind a key.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// A value as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a>(&'a str);

impl<'a> Value<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.trim())
    }

    /// All of it, blanks and `#` included: mosquitto knows no quotes, and no comments at the end of
    /// a line.
    pub(super) fn text(self) -> Result<&'a str, String> {
        if self.0.is_empty() { Err("the value is missing".to_owned()) } else { Ok(self.0) }
    }

    /// The first word, and what follows it.
    pub(super) fn first(self) -> Result<(&'a str, Self), String> {
        let text = self.text()?;
        let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        Ok((word, Self::new(rest)))
    }

    /// One word. What follows is nothing to mosquitto; here it may only be a comment.
    pub(super) fn word(self) -> Result<&'a str, String> {
        let (word, rest) = self.first()?;
        if rest.0.is_empty() || rest.0.starts_with('#') {
            Ok(word)
        } else {
            Err(format!("one word is taken here, and {:?} follows it", rest.0))
        }
    }

    pub(super) fn path(self) -> Result<PathBuf, String> {
        self.text().map(PathBuf::from)
    }

    pub(super) fn flag(self) -> Result<bool, String> {
        match self.word()? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(format!("{other:?} is neither true nor false")),
        }
    }

    /// A whole number within `range`.
    pub(super) fn number(self, range: RangeInclusive<i64>) -> Result<i64, String> {
        let word = self.word()?;
        let number = word.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            format!("{word:?} is not a whole number from {} to {}", range.start(), range.end())
        })
    }

    /// A whole number of 16 bits.
    pub(super) fn small(self) -> Result<u16, String> {
        let number = self.number(0..=i64::from(u16::MAX))?;
        Ok(u16::try_from(number).unwrap_or(u16::MAX))
    }

    /// A number of things, where 0 is no limit.
    pub(super) fn count(self) -> Result<usize, String> {
        let number = self.number(0..=i64::MAX)?;
        Ok(if number == 0 { usize::MAX } else { usize::try_from(number).unwrap_or(usize::MAX) })
    }

    /// A number of things, where a negative one is no limit.
    pub(super) fn most(self) -> Result<usize, String> {
        let number = self.number(i64::MIN..=i64::MAX)?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// A time of days and more: a number and one of `s h d w m y`.
    pub(super) fn days(self) -> Result<Duration, String> {
        let word = self.word()?;
        let wrong = || format!("{word:?} is not a number followed by s, h, d, w, m or y");
        let seconds = match word.chars().last() {
            Some('s') => 1,
            Some('h') => 3_600,
            Some('d') => 86_400,
            Some('w') => 7 * 86_400,
            Some('m') => 30 * 86_400,
            Some('y') => 365 * 86_400,
            _ => return Err(wrong()),
        };
        let number: u32 = word
            .get(..word.len().saturating_sub(1))
            .unwrap_or_default()
            .parse()
            .map_err(|_| wrong())?;
        if number == 0 {
            return Err("0 is no time to live".to_owned());
        }
        Ok(Duration::from_secs(u64::from(number).saturating_mul(seconds)))
    }

    /// Whether it is one of these words, which have blanks between.
    pub(super) fn is_one_of(self, words: &str) -> bool {
        self.word().is_ok_and(|word| words.split(' ').any(|other| other == word))
    }
}
