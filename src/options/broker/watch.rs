//! What is told and kept of a broker's work.

use std::path::PathBuf;

use crate::topic::{Shared, is_filter, matches};

/// What is told and kept, beside the log.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Events as JSON, for programs.
    pub events: Option<Events>,
    /// A file that every message is written to, as JSON Lines.
    pub record: Option<PathBuf>,
    /// Messages that have to be published before the end.
    pub expected: Vec<Expectation>,
}

/// Which events are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// All but messages.
    Passing,
    /// Each message, too.
    Publishes,
}

impl Watch {
    /// Whether each message is to be looked at.
    pub fn needs_messages(&self) -> bool {
        self.events == Some(Events::Publishes) || self.record.is_some() || !self.expected.is_empty()
    }
}

/// A message that has to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// A filter that its topic matches.
    pub filter: String,
    /// The whole of its payload, if that matters.
    pub payload: Option<String>,
}

impl Expectation {
    /// `TOPIC`, or `TOPIC PAYLOAD`: the first space is between them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (filter, payload) = match text.split_once(' ') {
            Some((filter, payload)) => (filter, Some(payload.to_owned())),
            None => (text, None),
        };
        if !is_filter(filter) || Shared::parse(filter).is_some() {
            return Err("a topic or a filter, and behind a space the payload, if it matters".into());
        }
        Ok(Self { filter: filter.to_owned(), payload })
    }

    /// Whether a message to this topic may be the one.
    pub fn is_about(&self, topic: &str) -> bool {
        matches(&self.filter, topic)
    }

    /// Whether its payload is the one.
    pub fn has_payload(&self, payload: &[u8]) -> bool {
        self.payload.as_ref().is_none_or(|wanted| wanted.as_bytes() == payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_begins_behind_the_first_space() {
        let parse = |text| Expectation::parse(text).unwrap();
        assert_eq!(parse("a/+").payload, None);
        assert_eq!(parse("a ").payload.as_deref(), Some(""));
        assert_eq!(parse("a b c").payload.as_deref(), Some("b c"));
        for wrong in ["", " x", "a#", "$share/g/a", "a+/b x"] {
            assert!(Expectation::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn topic_and_payload_have_to_fit() {
        let exact = Expectation::parse("a/+ 21").unwrap();
        assert!(exact.is_about("a/b") && !exact.is_about("a") && !exact.is_about("b/b"));
        assert!(exact.has_payload(b"21") && !exact.has_payload(b"21 ") && !exact.has_payload(b""));
        let any = Expectation::parse("#").unwrap();
        assert!(any.has_payload(b"\xff") && !any.is_about("$SYS/uptime"));
    }
}
