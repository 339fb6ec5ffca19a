//! Topic and payload with a tab between them: for `cut`, `awk`, `read`.
//!
//! Both are bytes as they came. What has the end of a line in it cannot be told in a line, so it
//! is left out and told; with NUL as the end, text of many lines can.

use std::borrow::Cow;

use super::{Defaults, Entry, Escape, LineError, Message, Problem, Unprintable};
use crate::text::{escape_line, escape_line_bytes};
use crate::topic;

/// What ends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// `\n`.
    #[default]
    Newline,
    /// NUL, as `xargs -0` and `sort -z` have it.
    Nul,
}

impl End {
    /// The byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Newline => b'\n',
            Self::Nul => 0,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Newline => "newline",
            Self::Nul => "NUL",
        }
    }
}

/// `topic<TAB>payload`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tab {
    /// What ends each.
    pub end: End,
}

impl Tab {
    /// Appends a message, or nothing where it would not be read as what it is.
    pub(super) fn write(
        self,
        message: &Message<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<(), Unprintable> {
        let (topic, payload) = (message.topic, message.publish.payload);
        let unseparable = |what, part| {
            let topic = topic.to_owned();
            Err(Unprintable::Unseparable { topic, what, part })
        };
        if memchr::memchr(b'\t', topic.as_bytes()).is_some() {
            return unseparable("tab", "topic");
        }
        for (part, bytes) in [("topic", topic.as_bytes()), ("payload", payload)] {
            if memchr::memchr(self.end.byte(), bytes).is_some() {
                return unseparable(self.end.name(), part);
            }
        }
        match escape {
            Escape::Exact => {
                out.extend_from_slice(topic.as_bytes());
                out.push(b'\t');
                out.extend_from_slice(payload);
            }
            Escape::Terminal => {
                out.extend_from_slice(escape_line(topic).as_bytes());
                out.push(b'\t');
                escape_line_bytes(payload, out);
            }
        }
        out.push(self.end.byte());
        Ok(())
    }

    /// The message of a line, which comes without its end. Nothing before the tab is the topic
    /// of `defaults`.
    pub(super) fn read<'a>(line: &'a [u8], defaults: &Defaults) -> Result<Entry<'a>, LineError> {
        let tab = memchr::memchr(b'\t', line).ok_or(Problem::NoTab)?;
        let (name, rest) = line.split_at_checked(tab).ok_or(Problem::NoTab)?;
        let payload = rest.get(1..).unwrap_or_default();
        if name.is_empty() {
            return defaults.message(payload);
        }
        let name = std::str::from_utf8(name).map_err(|error| {
            LineError::at(error.valid_up_to().saturating_add(1), Problem::NotUtf8)
        })?;
        if !topic::is_name(name) {
            return Err(Problem::NotTopic.into());
        }
        Ok(Entry {
            topic: Cow::Borrowed(name),
            qos: defaults.qos,
            retain: defaults.retain,
            payload: Cow::Borrowed(payload),
            properties: defaults.properties.clone(),
            time: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Properties, Publish, Qos};
    use crate::record::{Form, Moment, Reader};

    fn written(end: End, topic: &str, payload: &[u8], escape: Escape) -> Option<Vec<u8>> {
        let publish = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic,
            id: None,
            properties: Properties::EMPTY,
            payload,
        };
        let message = Message { topic, publish: &publish, received: &Moment::default() };
        let mut out = b"before".to_vec();
        let outcome = Tab { end }.write(&message, escape, &mut out);
        let out = out.strip_prefix(b"before").unwrap().to_vec();
        assert_eq!(outcome.is_err(), out.is_empty());
        outcome.ok().map(|()| out)
    }

    #[test]
    fn what_was_written_is_read() {
        let mut reader = Reader::new(Form::Tab, Defaults::default());
        for (end, payload) in [
            (End::Newline, &b""[..]),
            (End::Newline, b"a\tb\r"),
            (End::Newline, b"\0\xff"),
            (End::Nul, b"a\nb\n"),
        ] {
            let line = written(end, "a b/\u{e9}", payload, Escape::Exact).unwrap();
            let (last, line) = line.split_last().unwrap();
            assert_eq!(*last, end.byte());
            let entry = reader.read(line).unwrap().unwrap();
            assert_eq!((&*entry.topic, &*entry.payload), ("a b/\u{e9}", payload));
        }
    }

    #[test]
    fn what_would_be_read_as_something_else_is_left_out() {
        for (end, topic, payload) in [
            (End::Newline, "a\tb", &b""[..]),
            (End::Newline, "a\nb", b""),
            (End::Newline, "a", b"x\nb\ty"),
            (End::Nul, "a\tb", b""),
            (End::Nul, "a", b"x\0b\ty"),
        ] {
            assert_eq!(written(end, topic, payload, Escape::Exact), None);
        }
    }

    #[test]
    fn a_terminal_is_not_driven() {
        let line = written(End::Newline, "a\x1b", b"\x1b[2J\xff\t", Escape::Terminal);
        assert_eq!(line.unwrap(), b"a\\x1b\t\\x1b[2J\\xff\\t\n");
    }

    #[test]
    fn lines_without_a_topic_to_publish_to_are_errors() {
        let defaults = Defaults {
            topic: Some("d".into()),
            qos: Qos::AtLeastOnce,
            retain: true,
            ..Defaults::default()
        };
        let problem = |line: &'static [u8], defaults: &Defaults| {
            Reader::new(Form::Tab, defaults.clone()).read(line).unwrap_err().problem
        };
        assert_eq!(problem(b"\tx", &Defaults::default()), Problem::NoTopic);
        assert_eq!(problem(b"ax", &defaults), Problem::NoTab);
        assert_eq!(problem(b"", &defaults), Problem::NoTab);
        assert_eq!(problem(b"a/+\tx", &defaults), Problem::NotTopic);
        assert_eq!(problem(b"a\0\tx", &defaults), Problem::NotTopic);
        assert_eq!(problem(b"a\xff\tx", &defaults), Problem::NotUtf8);
        let entry = Tab::read(b"\tx", &defaults).unwrap();
        assert_eq!((&*entry.topic, entry.qos, entry.retain), ("d", Qos::AtLeastOnce, true));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_topic() {
        let mut reader = Reader::new(Form::Tab, Defaults::default());
        let line = "\u{FEFF}a\tx".as_bytes();
        assert_eq!(reader.read(line).unwrap().unwrap().topic, "a");
        assert_eq!(reader.read(line).unwrap().unwrap().topic, "\u{FEFF}a");
    }
}
