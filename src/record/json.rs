//! JSON, written as cJSON writes it.

use std::{fmt, io};

use super::Escape;
use crate::text;

/// Bytes that are looked at in one go for one that needs an escape.
const STRIDE: usize = 32;

/// A JSON text on its way into a buffer.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    escape: Escape,
    /// Objects over many lines, indented by tabs; arrays stay on one line.
    pretty: bool,
    depth: usize,
    /// Nothing stands in the innermost object or array yet.
    is_first: bool,
}

impl<'a> Writer<'a> {
    /// Appends to `out`.
    pub(super) const fn new(out: &'a mut Vec<u8>, escape: Escape, pretty: bool) -> Self {
        Self { out, escape, pretty, depth: 0, is_first: true }
    }

    /// Begins an object.
    pub(super) fn open_object(&mut self) {
        self.open(b'{');
        self.break_line();
    }

    /// Ends it.
    pub(super) fn close_object(&mut self) {
        if !self.is_first {
            self.break_line();
        }
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.close(b'}');
    }

    /// Begins an array.
    pub(super) fn open_array(&mut self) {
        self.open(b'[');
    }

    /// Ends it.
    pub(super) fn close_array(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.close(b']');
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth = self.depth.saturating_add(1);
        self.is_first = true;
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.is_first = false;
    }

    /// Between the elements of an array, and before the first.
    pub(super) fn element(&mut self) {
        if !self.is_first {
            self.out.extend_from_slice(if self.pretty { b", " } else { b"," });
        }
        self.is_first = false;
    }

    /// The name of a member of an object, one that needs no escape; its value is next.
    pub(super) fn key(&mut self, name: &'static str) {
        self.begin_key();
        self.quoted(name);
        self.end_key();
    }

    /// Before a member of an object, whose name is next.
    pub(super) fn begin_key(&mut self) {
        if !self.is_first {
            self.out.push(b',');
            self.break_line();
        }
        self.is_first = false;
        self.indent();
    }

    /// Behind the name of a member, whose value is next.
    pub(super) fn end_key(&mut self) {
        self.out.extend_from_slice(if self.pretty { b":\t" } else { b":" });
    }

    /// Text that needs no escape and no quotes: a number, a word.
    pub(super) fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Text that needs no escape, as a string.
    pub(super) fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        self.raw(text);
        self.out.push(b'"');
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: u32) {
        push_number(number, self.out);
    }

    /// What is put together from text that needs no escape.
    pub(super) fn formatted(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory cannot fail.
        let _ = io::Write::write_fmt(self.out, text);
    }

    /// A string.
    pub(super) fn string(&mut self, text: &str) {
        self.out.push(b'"');
        self.part(text);
        self.out.push(b'"');
    }

    /// Bytes as a string. Where they are no UTF-8, each byte is the character of its own number
    /// (`\u0000` to `\u00ff`), so that nothing is lost: a string with as many characters as
    /// there were bytes is to be read that way, and no other one with more than ASCII in it is
    /// as long.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.string(text);
        }
        self.out.push(b'"');
        for &byte in bytes {
            if byte.is_ascii() {
                self.character(char::from(byte));
            } else {
                self.unit(u16::from(byte));
            }
        }
        self.out.push(b'"');
    }

    /// A part of a string whose quotes are written elsewhere.
    pub(super) fn part(&mut self, text: &str) {
        let mut rest = text;
        while let Some((run, behind)) = rest.split_at_checked(plain_len(rest, self.escape)) {
            self.out.extend_from_slice(run.as_bytes());
            let mut characters = behind.chars();
            let Some(next) = characters.next() else { return };
            self.character(next);
            rest = characters.as_str();
        }
    }

    /// One character of a string.
    pub(super) fn character(&mut self, character: char) {
        let letter = match character {
            '"' => b'"',
            '\\' => b'\\',
            '\u{8}' => b'b',
            '\u{C}' => b'f',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            _ => {
                let hidden = self.escape == Escape::Terminal && text::is_dangerous(character);
                if hidden || character < ' ' {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.unit(*unit);
                    }
                } else {
                    self.raw(character.encode_utf8(&mut [0; 4]));
                }
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', letter]);
    }

    /// Half a character, or a whole one, by its number.
    fn unit(&mut self, unit: u16) {
        self.formatted(format_args!("\\u{unit:04x}"));
    }

    fn break_line(&mut self) {
        if self.pretty {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self) {
        if self.pretty {
            self.out.resize(self.out.len().saturating_add(self.depth), b'\t');
        }
    }
}

/// Appends the digits of a number; several for each message, so without the standard library's
/// ways to format.
pub(super) fn push_number(number: u32, out: &mut Vec<u8>) {
    let mut digits = [0; 10];
    let mut rest = number;
    let mut used = 0_usize;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used = used.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let first = digits.len().saturating_sub(used);
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

/// How many bytes at the beginning need no escape.
fn plain_len(text: &str, escape: Escape) -> usize {
    let special = |byte| byte == b'"' || byte == b'\\';
    match escape {
        Escape::Exact => run_len(text.as_bytes(), |byte| byte >= b' ' && !special(byte)),
        Escape::Terminal => {
            run_len(text.as_bytes(), |byte| matches!(byte, b' '..=b'~') && !special(byte))
        }
    }
}

fn run_len(bytes: &[u8], is_plain: impl Fn(u8) -> bool) -> usize {
    // Without a way out of the inner loop it is done many bytes at a time.
    let strides = bytes
        .chunks_exact(STRIDE)
        .take_while(|chunk| chunk.iter().fold(true, |plain, &byte| plain & is_plain(byte)));
    let whole = strides.count().saturating_mul(STRIDE);
    let rest = bytes.get(whole..).unwrap_or_default();
    whole.saturating_add(rest.iter().take_while(|&&byte| is_plain(byte)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_digits() {
        for number in [0, 7, 10, 99, 100, 65_535, 268_435_455, u32::MAX] {
            let mut out = Vec::new();
            push_number(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn runs_end_at_the_first_byte_that_needs_an_escape() {
        let plain = "x".repeat(100);
        for at in 0..100 {
            for (special, exact) in [('"', at), ('\\', at), ('\n', at), ('é', 100), ('\u{7f}', 100)]
            {
                let mut text = plain.clone();
                text.replace_range(at..=at, &special.to_string());
                assert_eq!(plain_len(&text, Escape::Terminal), at);
                assert_eq!(plain_len(&text, Escape::Exact).min(100), exact, "{special:?}");
            }
        }
    }
}
