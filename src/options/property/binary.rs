//! Binary values on a command line.

use std::borrow::Cow;

/// The bytes that are meant; an error is the name of what they are not.
pub(super) fn decode(value: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    if let Some(digits) = value.strip_prefix(b"hex:") {
        return from_hex(digits).map(Cow::Owned).ok_or("hexadecimal");
    }
    if let Some(letters) = value.strip_prefix(b"base64:") {
        return from_base64(letters).map(Cow::Owned).ok_or("base64");
    }
    Ok(Cow::Borrowed(value.strip_prefix(b"text:").unwrap_or(value)))
}

/// Two digits a byte, upper case or lower.
fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from((digit(*high)? << 4) | digit(*low)?).ok();
    pairs.iter().map(byte).collect()
}

/// RFC 4648 with its first alphabet; the padding may be missing.
fn from_base64(letters: &[u8]) -> Option<Vec<u8>> {
    let padding = letters.iter().rev().take_while(|&&letter| letter == b'=').count();
    let content = letters.get(..letters.len().checked_sub(padding)?)?;
    if padding > 2 || (padding > 0 && !letters.len().is_multiple_of(4)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(content.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in content {
        held = (held << 6) | u32::from(sextet(*letter)?);
        bits = bits.saturating_add(6);
        if let Some(rest) = bits.checked_sub(8) {
            bytes.push(u8::try_from(held >> rest).ok()?);
            (held, bits) = (held & !(u32::MAX << rest), rest);
        }
    }
    // Bits that make no byte are zeros, and a letter alone makes none at all.
    (held == 0 && bits < 6).then_some(bytes)
}

const fn sextet(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_as_they_are_unless_a_prefix_says_more() {
        for (value, want) in [
            (&b""[..], &b""[..]),
            (b"plain \xff", b"plain \xff"),
            (b"hex:", b""),
            (b"hex:00fFaB", b"\x00\xff\xab"),
            (b"text:hex:00", b"hex:00"),
            (b"text:text:", b"text:"),
            (b"HEX:00", b"HEX:00"),
            (b"base64:", b""),
            (b"base64:Zg==", b"f"),
            (b"base64:Zg", b"f"),
            (b"base64:Zm8=", b"fo"),
            (b"base64:Zm9vYmE", b"fooba"),
            (b"base64:Zm9vYmFy", b"foobar"),
            (b"base64://79", b"\xff\xfe\xfd"),
            (b"base64:++/+", b"\xfb\xef\xfe"),
        ] {
            assert_eq!(decode(value).unwrap(), want, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn what_is_not_what_it_says_is_refused() {
        for value in [&b"hex:0"[..], b"hex:0g", b"hex:0x00", b"hex: 00", b"hex:\xff\xff"] {
            assert_eq!(decode(value), Err("hexadecimal"), "{}", value.escape_ascii());
        }
        for value in [
            &b"base64:Z"[..],
            b"base64:Zh",
            b"base64:Zg=",
            b"base64:Zg===",
            b"base64:=",
            b"base64:Zm9=v",
            b"base64:Zm 9v",
            b"base64:_-_-",
        ] {
            assert_eq!(decode(value), Err("base64"), "{}", value.escape_ascii());
        }
    }
}
