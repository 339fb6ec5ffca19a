//! A line of JSON about something that is no message, or about more than one.

use super::json::Writer;
use super::{Escape, JsonLines, Message, Moment};

/// An object on a line of its own: its `type` first, then the time, then what is added.
#[derive(Debug)]
pub struct Line<'a> {
    json: Writer<'a>,
}

impl<'a> Line<'a> {
    /// Begins a line at the end of `out`. The names of types and members are words that need no
    /// escape.
    pub fn new(kind: &'static str, time: &Moment, escape: Escape, out: &'a mut Vec<u8>) -> Self {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\",\"time\":\"");
        time.write_utc(out);
        let mut json = Writer::new(out, escape, false);
        json.raw("\"");
        Self { json }
    }

    fn key(&mut self, name: &'static str) {
        self.json.raw(",");
        self.json.quoted(name);
        self.json.end_key();
    }

    /// A member that is text, whatever stands in it.
    pub fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.key(name);
        self.json.string(text);
        self
    }

    /// The same, if there is any.
    pub fn maybe(&mut self, name: &'static str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// A member that is a whole number.
    pub fn number(&mut self, name: &'static str, number: u64) -> &mut Self {
        self.key(name);
        self.json.formatted(format_args!("{number}"));
        self
    }

    /// A member that is true or false.
    pub fn flag(&mut self, name: &'static str, flag: bool) -> &mut Self {
        self.key(name);
        self.json.raw(if flag { "true" } else { "false" });
        self
    }

    /// The members of a message as JSON Lines have them, but its time.
    pub fn message(&mut self, message: &Message<'_>) -> &mut Self {
        self.json.raw(",");
        JsonLines::default().write_members(message, &mut self.json);
        self
    }

    /// Ends the line.
    pub fn end(&mut self) {
        self.json.raw("}\n");
    }
}
