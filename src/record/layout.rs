//! How messages look: as they are, by a format, or written down.

use super::{End, Escape, Format, JsonLines, Message, Tab, Unprintable};
use crate::text::{escape_bytes, escape_line};

/// How every message is written.
#[derive(Debug, Clone)]
pub enum Layout {
    /// As they are.
    Plain(Plain),
    /// As a format says.
    Format(Format),
    /// JSON Lines.
    Lines(JsonLines),
    /// Topic and payload, a tab between them.
    Tab(Tab),
    /// The topic alone.
    Topic(End),
}

/// Payloads, perhaps with their topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plain {
    /// When it came, in local time, and a space before each.
    pub time: bool,
    /// The topic and a space before each.
    pub verbose: bool,
    /// What stands behind each; nothing where it is `None`.
    pub end: Option<End>,
    /// What an empty payload is.
    pub empty: Empty,
}

/// What stands for an empty payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Empty {
    /// Nothing: with a newline behind it, an empty line.
    #[default]
    Nothing,
    /// As mosquitto's clients have it: `(null)` behind a topic, and without a topic, or without
    /// a newline, the whole message is left out.
    Null,
}

impl Layout {
    /// Appends a message to `out`. What cannot be written is left out, and the first of it is
    /// told.
    pub fn write(
        &self,
        message: &Message<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<(), Unprintable> {
        match self {
            Self::Plain(plain) => {
                plain.write(message, escape, out);
                Ok(())
            }
            Self::Format(format) => format.write(message, escape, out),
            Self::Lines(lines) => {
                lines.write(message, escape, out);
                Ok(())
            }
            Self::Tab(tab) => tab.write(message, escape, out),
            Self::Topic(end) => {
                write_topic(message.topic, escape, out);
                out.push(end.byte());
                Ok(())
            }
        }
    }

    /// Whether it matters when a message came.
    pub fn needs_time(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.time,
            Self::Tab(_) | Self::Topic(_) => false,
            Self::Lines(_) => true,
            Self::Format(format) => format.needs_time(),
        }
    }
}

impl Plain {
    /// Appends a message to `out`. The work of a plain `mq sub`: for a pipe it is kept to what
    /// must be copied.
    fn write(self, message: &Message<'_>, escape: Escape, out: &mut Vec<u8>) {
        if message.publish.payload.is_empty() && self.empty == Empty::Null {
            return self.write_null(message.topic, escape, out);
        }
        if self.time {
            message.received.write_local(out);
            out.push(b' ');
        }
        if self.verbose {
            write_topic(message.topic, escape, out);
            out.push(b' ');
        }
        self.write_payload(message, escape, out);
    }

    /// Appends what stands behind the topic.
    pub fn write_payload(self, message: &Message<'_>, escape: Escape, out: &mut Vec<u8>) {
        match escape {
            Escape::Exact => out.extend_from_slice(message.publish.payload),
            Escape::Terminal => escape_bytes(message.publish.payload, out),
        }
        out.extend(self.end.map(End::byte));
    }

    /// Appends what stands for an empty payload of mosquitto's clients.
    fn write_null(self, topic: &str, escape: Escape, out: &mut Vec<u8>) {
        if let (true, Some(end)) = (self.verbose, self.end) {
            write_topic(topic, escape, out);
            out.extend_from_slice(b" (null)");
            out.push(end.byte());
        }
    }
}

/// A topic.
fn write_topic(topic: &str, escape: Escape, out: &mut Vec<u8>) {
    match escape {
        Escape::Exact => out.extend_from_slice(topic.as_bytes()),
        // A topic with a newline in it could pass for a message of another topic.
        Escape::Terminal => out.extend_from_slice(escape_line(topic).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Properties, Publish, Qos};
    use crate::record::Moment;

    fn written(plain: Plain, payload: &[u8], escape: Escape) -> Vec<u8> {
        let publish = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic: "",
            id: None,
            properties: Properties::EMPTY,
            payload,
        };
        let message = Message { topic: "a\nb", publish: &publish, received: &Moment::default() };
        let mut out = Vec::new();
        Layout::Plain(plain).write(&message, escape, &mut out).unwrap();
        out
    }

    #[test]
    fn topics_and_newlines_come_where_they_are_wanted() {
        let plain = |verbose, newline: bool| {
            let end = newline.then_some(End::Newline);
            Plain { time: false, verbose, end, empty: Empty::Nothing }
        };
        for (layout, exact, shown) in [
            (plain(false, true), &b"\x1bx\n"[..], &b"\\x1bx\n"[..]),
            (plain(true, true), b"a\nb \x1bx\n", b"a\\nb \\x1bx\n"),
            (plain(false, false), b"\x1bx", b"\\x1bx"),
            (plain(true, false), b"a\nb \x1bx", b"a\\nb \\x1bx"),
        ] {
            assert_eq!(written(layout, b"\x1bx", Escape::Exact), exact);
            assert_eq!(written(layout, b"\x1bx", Escape::Terminal), shown);
        }
    }

    #[test]
    fn nul_may_end_each() {
        let plain =
            Plain { time: false, verbose: true, end: Some(End::Nul), empty: Empty::Nothing };
        assert_eq!(written(plain, b"x\ny", Escape::Exact), b"a\nb x\ny\0");
    }

    #[test]
    fn an_empty_payload_is_what_the_front_end_wants() {
        for (empty, verbose, newline, want) in [
            (Empty::Nothing, false, true, "\n"),
            (Empty::Nothing, true, true, "a\nb \n"),
            (Empty::Nothing, false, false, ""),
            (Empty::Nothing, true, false, "a\nb "),
            (Empty::Null, false, true, ""),
            (Empty::Null, true, true, "a\nb (null)\n"),
            (Empty::Null, false, false, ""),
            (Empty::Null, true, false, ""),
        ] {
            let end = newline.then_some(End::Newline);
            let plain = Plain { time: false, verbose, end, empty };
            assert_eq!(written(plain, b"", Escape::Exact), want.as_bytes(), "{plain:?}");
            assert!(!written(plain, b"x", Escape::Exact).is_empty());
        }
    }
}
