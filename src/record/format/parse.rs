//! From the text of a format to its parts.

use super::field::Field;
use super::{FormatError, Letter, Part};

/// What may stand before a letter to separate groups of hexadecimal digits.
const SEPARATORS: &[u8] = b"!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~ ";

/// All parts; literal ones next to each other are one.
pub(super) fn parts(text: &[u8]) -> Result<Vec<Part>, FormatError> {
    let mut parts = Vec::new();
    let mut rest = Rest(text);
    while let Some(byte) = rest.next() {
        let part = match byte {
            b'%' => field(&mut rest)?,
            b'@' => match rest.next().ok_or(FormatError::Incomplete)? {
                b'@' => Part::Literal(vec![b'@']),
                b'N' => Part::Nanoseconds,
                letter => Part::Time(letter),
            },
            b'\\' => Part::Literal(vec![escape(&mut rest)?]),
            byte => Part::Literal(vec![byte]),
        };
        match (parts.last_mut(), part) {
            (Some(Part::Literal(before)), Part::Literal(more)) => before.extend(more),
            (_, part) => parts.push(part),
        }
    }
    Ok(parts)
}

/// What was not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes the next byte if it is such a one.
    fn next_if(&mut self, is_wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let first = self.0.first().copied().filter(|&byte| is_wanted(byte))?;
        self.next();
        Some(first)
    }

    fn number(&mut self) -> usize {
        let mut number = 0;
        while let Some(digit) = self.next_if(|byte| byte.is_ascii_digit()) {
            number = Field::with_digit(number, digit);
        }
        number
    }

    /// The character that stands first, whole.
    fn character(&self) -> Option<char> {
        let chunk = self.0.utf8_chunks().next()?;
        Some(chunk.valid().chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

fn escape(rest: &mut Rest<'_>) -> Result<u8, FormatError> {
    let character = rest.character().ok_or(FormatError::IncompleteEscape)?;
    rest.next();
    Ok(match character {
        '\\' => b'\\',
        '0' => 0,
        'a' => 0x07,
        'e' => 0x1B,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        other => return Err(FormatError::InvalidEscape(other)),
    })
}

fn field(rest: &mut Rest<'_>) -> Result<Part, FormatError> {
    let left = rest.next_if(|byte| byte == b'-').is_some();
    let zero = rest.next_if(|byte| byte == b'0').is_some();
    let width = rest.number();
    let precision = rest.next_if(|byte| byte == b'.').map(|_| rest.number());
    let separator = rest.next_if(|byte| SEPARATORS.contains(&byte));
    let separator = separator.unwrap_or(Field::PLAIN.separator);
    let field = Field { left, zero, width, precision, separator };
    let letter = match rest.character().ok_or(FormatError::Incomplete)? {
        '%' => {
            rest.next();
            return Ok(Part::Literal(vec![b'%']));
        }
        'A' => Letter::TopicAlias,
        'C' => Letter::ContentType,
        'D' => Letter::CorrelationData,
        'E' => Letter::MessageExpiry,
        'F' => Letter::PayloadFormat,
        'I' => Letter::IsoTime,
        'j' => Letter::Json { embedded: false },
        'J' => Letter::Json { embedded: true },
        'l' => Letter::Length,
        'm' => Letter::PacketId,
        'P' => Letter::UserProperties,
        'p' => Letter::Payload,
        'q' => Letter::Qos,
        'R' => Letter::ResponseTopic,
        'r' => Letter::Retain,
        'S' => Letter::SubscriptionId,
        't' => Letter::Topic,
        'U' => Letter::UnixTime,
        'x' => Letter::Hex { upper: false },
        'X' => Letter::Hex { upper: true },
        'f' => Letter::Float,
        'd' => Letter::Double,
        other => return Err(FormatError::Invalid(other)),
    };
    rest.next();
    Ok(Part::Field(letter, field))
}
