//! The notation that rows write bytes in.
//!
//! | written | stands for |
//! |---|---|
//! | `82 0001` | bytes in hex, two digits each |
//! | `'hi'` | the bytes of the text |
//! | `<a/b>` | a string or binary field: two bytes of length, then the bytes |
//! | `~` | the length of all that follows, in its shortest form |
//! | `[...]` | properties behind their length; nothing at all before version 5 |
//! | `@` | protocol name and level of the version |
//!
//! In `'...'` and `<...>` a backslash and two hex digits stand for one byte.

use mq::codec::Version;

/// The bytes that `text` stands for on a connection of `version`.
pub(crate) fn bytes(text: &str, version: Version) -> Vec<u8> {
    let mut parser = Parser { text, rest: text.as_bytes(), version };
    let out = parser.run(None);
    assert!(parser.rest.is_empty(), "unbalanced: {text}");
    out
}

/// A variable byte integer, written here anew so that the codec's is not its own judge.
pub(crate) fn varint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push(u8::try_from(value % 128).unwrap() + 128);
        value /= 128;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

/// Bytes in the notation's hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02X}"))
}

/// A string or binary field of any bytes.
pub(crate) fn field(bytes: &[u8]) -> String {
    format!("{:04X}{}", bytes.len(), hex(bytes))
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a [u8],
    version: Version,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn run(&mut self, end: Option<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b' ' => {}
                b'\'' => out.extend(self.quoted(b'\'')),
                b'<' => {
                    let text = self.quoted(b'>');
                    out.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
                    out.extend(text);
                }
                b'[' => {
                    let inner = self.run(Some(b']'));
                    if self.version == Version::V5 {
                        out.extend(varint(inner.len()));
                        out.extend(inner);
                    }
                }
                b'~' => {
                    let body = self.run(end);
                    out.extend(varint(body.len()));
                    out.extend(body);
                    return out;
                }
                b'@' => out.extend(match self.version {
                    Version::V31 => &b"\0\x06MQIsdp\x03"[..],
                    Version::V311 => b"\0\x04MQTT\x04",
                    Version::V5 => b"\0\x04MQTT\x05",
                }),
                byte if Some(byte) == end => return out,
                byte => out.push(self.pair(byte)),
            }
        }
        assert!(end.is_none(), "unclosed bracket: {}", self.text);
        out
    }

    fn quoted(&mut self, end: u8) -> Vec<u8> {
        let mut out = Vec::new();
        loop {
            match self.next().unwrap_or_else(|| panic!("unclosed text: {}", self.text)) {
                byte if byte == end => return out,
                b'\\' => {
                    let high = self.next().unwrap();
                    out.push(self.pair(high));
                }
                byte => out.push(byte),
            }
        }
    }

    fn pair(&mut self, high: u8) -> u8 {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(Some(high)), digit(self.next()));
        let (Some(high), Some(low)) = (high, low) else { panic!("no hex: {}", self.text) };
        u8::try_from(high * 16 + low).unwrap()
    }
}

#[test]
fn the_notation_stands_for_the_bytes_it_says() {
    for (text, want) in [
        ("82 0A0001", &b"\x82\x0A\x00\x01"[..]),
        ("<a/b> 'hi'", b"\x00\x03a/bhi"),
        (r"<\C0\80>", b"\x00\x02\xC0\x80"),
        ("30 ~ <a> [26 <k> <v>]", b"\x30\x0B\x00\x01a\x07\x26\x00\x01k\x00\x01v"),
        ("10 ~ @", b"\x10\x07\x00\x04MQTT\x05"),
    ] {
        assert_eq!(bytes(text, Version::V5), want, "{text}");
    }
    assert_eq!(bytes("30 ~ <a> [26]", Version::V311), b"\x30\x03\x00\x01a");
    assert_eq!(varint(268_435_455), [0xFF, 0xFF, 0xFF, 0x7F]);
}
