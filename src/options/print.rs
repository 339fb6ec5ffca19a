//! How messages are printed.

use crate::record::{Empty, End, Format, JsonLines, Layout, Plain, Tab};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Print {
    /// Whether the time is printed before the message, where nothing else says how that looks.
    pub time: bool,
    /// Whether the topic is printed before the message.
    pub verbose: bool,
    /// Whether a newline is printed behind the message.
    pub newline: bool,
    /// What is printed for an empty payload, where no format says it.
    pub empty: Empty,
    /// How messages are printed, instead of as they are.
    pub format: Option<Format>,
    /// Whether the JSON of a format goes over many lines.
    pub pretty: bool,
    /// How messages are written down to be published again, instead of all that.
    pub record: Option<Record>,
    /// Whether NUL stands behind a message where a newline would; not with a format.
    pub nul: bool,
}

/// A form that messages can be read from again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// JSON Lines.
    Lines(JsonLines),
    /// Topic and payload, a tab between them.
    Tab,
}

/// Payloads, a line each.
impl Default for Print {
    fn default() -> Self {
        let empty = Empty::default();
        Self {
            time: false,
            verbose: false,
            newline: true,
            empty,
            format: None,
            pretty: false,
            record: None,
            nul: false,
        }
    }
}

impl Print {
    /// Whether nothing of a message may be missing.
    pub const fn is_lossless(&self) -> bool {
        matches!(self.record, Some(Record::Lines(_)))
    }

    /// For who prints.
    pub fn layout(&self) -> Layout {
        let Self { time, verbose, newline, empty, pretty, .. } = *self;
        let end = if self.nul { End::Nul } else { End::Newline };
        match self.record {
            Some(Record::Lines(lines)) => return Layout::Lines(lines),
            Some(Record::Tab) => return Layout::Tab(Tab { end }),
            None => {}
        }
        let Some(mut format) = self.format.clone() else {
            return Layout::Plain(Plain { time, verbose, end: newline.then_some(end), empty });
        };
        (format.newline, format.pretty) = (newline, pretty);
        Layout::Format(format)
    }
}
