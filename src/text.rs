//! Escaping: what a peer sent must not drive the terminal that shows it; what somebody who mistyped
//! a word may have meant; and tables that are one text.

pub mod near;
pub mod rows;

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything escaped that a terminal would act on, or that hides or reorders what
/// is read: control characters but newline and tab, bidirectional controls, zero-width
/// characters, tags, line and paragraph separators.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len().saturating_add(16));
    push_escaped(text, &mut escaped);
    Cow::Owned(escaped)
}

/// [`escape`] for a message of one line: newline and tab are escaped too, so that nobody can
/// write a line of ours.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    let breaks = |character| matches!(character, '\n' | '\t');
    if !text.contains(breaks) {
        return escape(text);
    }
    Cow::Owned(escape(text).replace('\n', "\\n").replace('\t', "\\t"))
}

/// Appends bytes for a terminal: as [`escape`], and what is not UTF-8 byte by byte.
pub fn escape_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let plain = |&byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if bytes.iter().all(plain) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut escaped = String::with_capacity(bytes.len().saturating_add(16));
    for chunk in bytes.utf8_chunks() {
        push_escaped(chunk.valid(), &mut escaped);
        for byte in chunk.invalid() {
            push_hex(u32::from(*byte), &mut escaped);
        }
    }
    out.extend_from_slice(escaped.as_bytes());
}

/// [`escape_bytes`] for what stands in one line: newline and tab are escaped too.
pub fn escape_line_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\t')) {
        match part.split_last() {
            Some((b'\n', text)) => {
                escape_bytes(text, out);
                out.extend_from_slice(b"\\n");
            }
            Some((b'\t', text)) => {
                escape_bytes(text, out);
                out.extend_from_slice(b"\\t");
            }
            _ => escape_bytes(part, out),
        }
    }
}

fn push_escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        if !is_dangerous(character) {
            out.push(character);
        } else if u32::from(character) <= 0xFF {
            push_hex(u32::from(character), out);
        } else {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        }
    }
}

fn push_hex(value: u32, out: &mut String) {
    let _ = write!(out, "\\x{value:02x}");
}

/// Whether a terminal would act on it, or it hides or reorders what is read. Newline and tab do
/// neither.
pub const fn is_dangerous(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // C0, DEL and C1.
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        | '\u{AD}' | '\u{61C}' | '\u{180E}'
        // Zero width, direction marks; separators; embeddings, overrides; invisible operators,
        // isolates.
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        // Byte order mark, annotations, tags.
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

/// Columns that escaped text takes on a terminal, nearly: scripts that most terminals show in two
/// columns a character count twice, marks above and below others not at all.
pub fn columns(text: &str) -> usize {
    text.chars().map(width).fold(0, usize::saturating_add)
}

/// By whole blocks of Unicode.
const fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36F}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' => 0,
        // Hangul; ideographs, kana; full-width forms; pictures.
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1F64F}'
        | '\u{1F680}'..='\u{1F6FF}'
        | '\u{1F900}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(input: &[u8]) -> String {
        let mut out = Vec::new();
        escape_bytes(input, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ordinary_text_passes_untouched() {
        for text in ["", "a b\tc\n", "Größe 20 °C", "日本語", "👍"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
            assert_eq!(bytes(text.as_bytes()), text);
        }
    }

    #[test]
    fn terminal_commands_lose_their_power() {
        assert_eq!(escape("\x1b]52;c;aGk=\x07"), "\\x1b]52;c;aGk=\\x07");
        assert_eq!(escape("ok\rFAILED"), "ok\\x0dFAILED");
        assert_eq!(escape("\u{9b}2J\u{7f}"), "\\x9b2J\\x7f");
        assert_eq!(bytes(b"\x9b2J\xff\0"), "\\x9b2J\\xff\\x00");
    }

    #[test]
    fn hidden_and_reordering_characters_are_shown() {
        assert_eq!(escape("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
        assert_eq!(escape("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
        assert_eq!(escape("a\u{2028}b\u{2029}"), "a\\u{2028}b\\u{2029}");
        assert_eq!(escape("\u{e0041}"), "\\u{e0041}");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        for (text, want) in [
            ("", 0),
            ("a/b", 3),
            ("Größe", 5),
            ("日本/温度", 9),
            ("한글", 4),
            ("👍", 2),
            ("e\u{301}", 1),
        ] {
            assert_eq!(columns(text), want, "{text}");
        }
    }

    #[test]
    fn every_control_character_is_escaped_but_newline_and_tab() {
        for code in (0..0x20_u32).chain(0x7F..0xA0) {
            let character = char::from_u32(code).unwrap();
            let kept = matches!(character, '\n' | '\t');
            assert_eq!(escape(&character.to_string()).contains(character), kept, "{code:#x}");
            assert!(!escape_line(&character.to_string()).contains(character));
        }
    }
}
