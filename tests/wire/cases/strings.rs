//! Byte sequences that are no UTF-8, or only look odd, in every field that is text.

use mq::codec::{Sender, Version};

use super::{Case, On, PROPERTIES, VERSIONS};
use crate::notation;

/// Not UTF-8, each for its own reason.
const BAD: [&[u8]; 24] = [
    b"\x80",
    b"\xBF",
    b"a\x80b",
    b"\xC0\x80",
    b"\xC0\xAF",
    b"\xC1\xBF",
    b"\xC3",
    b"\xC3(",
    b"\xE0\x80\x80",
    b"\xE0\x9F\xBF",
    b"\xE2\x82",
    b"\xE2(\xA1",
    b"\xED\xA0\x80",
    b"\xED\xAF\xBF",
    b"\xED\xB0\x80",
    b"\xED\xBF\xBF",
    b"\xED\xA0\xBD\xED\xB8\x80",
    b"\xF0\x80\x80\x80",
    b"\xF0\x82\x82\xAC",
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFE",
    b"\xFF\xFF",
];

/// Text that is allowed, however odd.
const GOOD: [&[u8]; 12] = [
    b"\x01",
    b"\x1F",
    b"\x7F",
    b"\xC2\x80",
    b"\xC2\x9F",
    b"\xDF\xBF",
    b"\xE0\xA0\x80",
    b"\xED\x9F\xBF",
    b"\xEE\x80\x80",
    b"\xEF\xBB\xBF",
    b"\xEF\xBF\xBF",
    b"\xF4\x8F\xBF\xBF",
];

/// A field of a packet: its name, the packet with `{}` for it, in words with `{}` for the text.
type Field = (&'static str, Sender, &'static str, &'static str);

const FIELDS: [Field; 6] = [
    ("id", Sender::Client, "10 ~ @ 02 003C [] {}", "CONNECT @ clean keep=60 id='{}'"),
    (
        "will topic",
        Sender::Client,
        "10 ~ @ 06 003C [] <c> [] {} <>",
        "CONNECT @ clean keep=60 id='c' will(q0 '{}' '')",
    ),
    (
        "user",
        Sender::Client,
        "10 ~ @ 82 003C [] <c> {}",
        "CONNECT @ clean keep=60 id='c' user='{}'",
    ),
    ("topic", Sender::Server, "30 ~ {} []", "PUBLISH q0 '{}' ''"),
    ("filter", Sender::Client, "82 ~ 0001 [] {} 00", "SUBSCRIBE #1 '{}' q0"),
    ("filter to leave", Sender::Client, "A2 ~ 0001 [] {}", "UNSUBSCRIBE #1 '{}'"),
];

/// Fields of any bytes.
const BINARY: [Field; 2] = [
    (
        "will payload",
        Sender::Client,
        "10 ~ @ 06 003C [] <c> [] <w> {}",
        "CONNECT @ clean keep=60 id='c' will(q0 'w' '{}')",
    ),
    (
        "password",
        Sender::Client,
        "10 ~ @ C2 003C [] <c> <u> {}",
        "CONNECT @ clean keep=60 id='c' user='u' password='{}'",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let nul: [&[u8]; 4] = [b"\0", b"\0a", b"a\0", b"a\0b"];
    for version in VERSIONS {
        for field in FIELDS {
            cases.extend(BAD.map(|bytes| refused(version, field, bytes, "Utf8")));
            cases.extend(nul.map(|bytes| refused(version, field, bytes, "Nul")));
            cases.extend(GOOD.map(|bytes| valid(version, field, bytes)));
        }
        for field in BINARY {
            cases.extend(BAD.iter().chain(&nul).map(|bytes| valid(version, field, bytes)));
        }
    }
    for bytes in BAD {
        cases.extend(in_properties(bytes, "Utf8", "MQTT-1.5.4-1"));
    }
    for bytes in nul {
        cases.extend(in_properties(bytes, "Nul", "MQTT-1.5.4-2"));
    }
    cases
}

fn refused(version: Version, field: Field, text: &[u8], error: &str) -> Case {
    let (name, sender, packet, _) = field;
    let statement = match (error, version.is_v5()) {
        ("Nul", true) => "MQTT-1.5.4-2",
        ("Nul", false) => "MQTT-1.5.3-2",
        (_, true) => "MQTT-1.5.4-1",
        (_, false) => "MQTT-1.5.3-1",
    };
    let bytes = packet.replace("{}", &notation::field(text));
    let name = format!("{name} of bytes {}", notation::hex(text));
    On(version, sender).refused(&name, &bytes, (error, 0x81), statement)
}

fn valid(version: Version, field: Field, text: &[u8]) -> Case {
    let (name, sender, packet, words) = field;
    let statement = if version.is_v5() { "MQTT-1.5.4-1" } else { "MQTT-1.5.3-1" };
    let bytes = packet.replace("{}", &notation::field(text));
    let words = words.replace('@', &version.to_string());
    let words = words.replace("{}", &text.escape_ascii().to_string());
    let name = format!("{name} of bytes {}", notation::hex(text));
    On(version, sender).valid(&name, &bytes, &words, statement)
}

/// The bytes in each property of text, in a packet that may carry it; in the second string of a
/// pair as well.
fn in_properties(text: &[u8], error: &str, statement: &'static str) -> Vec<Case> {
    let field = notation::field(text);
    let is_text = |words: &str| words.contains('"');
    let mut values: Vec<(u8, String, Sender)> = PROPERTIES
        .into_iter()
        .filter(|row| is_text(row.2) && row.0 != 0x26)
        .map(|(id, .., places)| (id, field.clone(), places[0].sender))
        .collect();
    values.push((0x26, format!("{field} <v>"), Sender::Client));
    values.push((0x26, format!("<k> {field}"), Sender::Client));
    let mut cases = Vec::new();
    for (at, (id, value, sender)) in values.into_iter().enumerate() {
        // The place is judged after the value, so one packet of each end is enough.
        let packet = match sender {
            Sender::Client => format!("10 ~ @ 02 003C [{id:02X} {value}] <c>"),
            Sender::Server => format!("20 ~ 00 00 [{id:02X} {value}]"),
        };
        let name = format!("property {id:02X} ({at}) of bytes {}", notation::hex(text));
        let on = On(Version::V5, sender);
        cases.push(on.refused(&name, &packet, (error, 0x81), statement));
    }
    cases
}
