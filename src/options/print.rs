//! How messages are printed.

use crate::record::{Empty, Format, Layout, Plain};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Print {
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
}

/// Payloads, a line each.
impl Default for Print {
    fn default() -> Self {
        let empty = Empty::default();
        Self { verbose: false, newline: true, empty, format: None, pretty: false }
    }
}

impl Print {
    /// For who prints.
    pub fn layout(&self) -> Layout {
        let Self { verbose, newline, empty, pretty, .. } = *self;
        let Some(mut format) = self.format.clone() else {
            return Layout::Plain(Plain { verbose, newline, empty });
        };
        (format.newline, format.pretty) = (newline, pretty);
        Layout::Format(format)
    }
}
