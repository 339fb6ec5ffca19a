//! Numbers as C reads them: what mosquitto's clients take, and what they make of garbage.

use std::ffi::OsStr;

/// `atoi`: the digits at the beginning, 0 where there are none.
pub(super) fn integer(text: &OsStr) -> i64 {
    let (negative, digits) = signed(text.as_encoded_bytes());
    prefix(digits, 10).map_or(0, |(value, _)| if negative { value.saturating_neg() } else { value })
}

/// `strtoll` with base 0, of the whole text: 0x for hexadecimal, 0 for octal.
pub(super) fn whole_integer(text: &OsStr) -> Option<i64> {
    let (negative, digits) = signed(text.as_encoded_bytes());
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let (value, rest) = prefix(digits, radix)?;
    rest.is_empty().then(|| if negative { value.saturating_neg() } else { value })
}

/// `atof`: the number at the beginning, 0 where there is none.
pub(super) fn real(text: &OsStr) -> f64 {
    let text = text.as_encoded_bytes().trim_ascii_start();
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let length = text.iter().take(LONGEST).take_while(|byte| is_part(byte)).count();
    (0..=length)
        .rev()
        .find_map(|length| std::str::from_utf8(text.get(..length)?).ok()?.parse().ok())
        .unwrap_or_default()
}

/// No number that means something has more letters.
const LONGEST: usize = 64;

/// Whether a minus stands before the digits, and the digits.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    let text = text.trim_ascii_start();
    match text {
        [sign @ (b'-' | b'+'), rest @ ..] => (*sign == b'-', rest),
        _ => (false, text),
    }
}

/// The value of the digits at the beginning and what follows them; none without a digit.
fn prefix(text: &[u8], radix: u32) -> Option<(i64, &[u8])> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let count = text.iter().take_while(|byte| digit(byte).is_some()).count();
    let (digits, rest) = text.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    let add = |sum: i64, digit: u32| {
        sum.saturating_mul(i64::from(radix)).saturating_add(i64::from(digit))
    };
    Some((digits.iter().filter_map(digit).fold(0, add), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_what_c_makes_of_it() {
        for (text, value) in [
            ("12", 12),
            (" -7x", -7),
            ("+3", 3),
            ("x", 0),
            ("", 0),
            ("-", 0),
            ("0x10", 0),
            ("99999999999999999999", i64::MAX),
        ] {
            assert_eq!(integer(OsStr::new(text)), value, "{text}");
        }
    }

    #[test]
    fn a_whole_integer_has_nothing_behind_it() {
        for (text, value) in [
            ("12", Some(12)),
            ("-1", Some(-1)),
            ("0x10", Some(16)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("abc", None),
            ("", None),
            ("1s", None),
            ("0x", None),
        ] {
            assert_eq!(whole_integer(OsStr::new(text)), value, "{text}");
        }
    }

    #[test]
    fn a_real_number_ends_where_it_ends() {
        for (text, value) in
            [("0.5", 0.5), ("-1", -1.0), ("2s", 2.0), ("1e2", 100.0), (".", 0.0), ("abc", 0.0)]
        {
            assert!((real(OsStr::new(text)) - value).abs() < f64::EPSILON, "{text}");
        }
        assert!(real(OsStr::new(&"9".repeat(10_000))) > 1e60);
    }
}
