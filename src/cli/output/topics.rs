//! Topics for eyes: in colours, and what stands behind them in a column.

use std::fs::File;

use colored::Color;

use super::size;
use crate::record::{End, Escape, Layout, Message, Plain};
use crate::text::{columns, escape_line};

/// What topics are told apart by; red is for errors.
const COLOURS: [Color; 10] = [
    Color::Cyan,
    Color::Green,
    Color::Magenta,
    Color::Blue,
    Color::Yellow,
    Color::BrightCyan,
    Color::BrightGreen,
    Color::BrightMagenta,
    Color::BrightBlue,
    Color::BrightYellow,
];

/// Columns that topics may take of a wide terminal; a longer one moves its own payload alone.
const WIDEST: usize = 48;

const RESET: &str = "\x1b[0m";

/// How topics are shown. Only plain lines have them in front.
#[derive(Debug)]
pub(super) struct Topics {
    is_coloured: bool,
    /// Columns that topics may take of this terminal.
    most: usize,
    /// Columns of the widest topic seen that takes no more than that.
    width: usize,
}

impl Topics {
    /// For a terminal that messages are shown at in this layout, if it has topics in front.
    pub(super) fn of(layout: &Layout, is_coloured: bool) -> Option<Self> {
        match layout {
            Layout::Plain(Plain { verbose: true, end: Some(End::Newline), .. }) => {
                Some(Self { is_coloured, most: most(size::USUAL.1), width: 0 })
            }
            _ => None,
        }
    }

    /// Messages are about to come: the window may have another size than before.
    pub(super) fn measure(&mut self, terminal: &File) {
        self.most = most(size::of(terminal).unwrap_or(size::USUAL).1);
    }

    /// Appends a message to `out`.
    pub(super) fn write(&mut self, plain: Plain, message: &Message<'_>, out: &mut Vec<u8>) {
        if plain.time {
            self.begin("2", out);
            message.received.write_local(out);
            self.end(out);
            out.push(b' ');
        }
        let topic = escape_line(message.topic);
        let wide = columns(&topic);
        if wide <= self.most {
            self.width = self.width.max(wide);
        }
        // The window may have become narrower.
        let column = self.width.min(self.most);
        self.begin(&colour(message.topic).to_fg_str(), out);
        out.extend_from_slice(topic.as_bytes());
        self.end(out);
        let fill = column.saturating_sub(wide).saturating_add(1);
        out.resize(out.len().saturating_add(fill), b' ');
        plain.write_payload(message, Escape::Terminal, out);
    }

    fn begin(&self, code: &str, out: &mut Vec<u8>) {
        if self.is_coloured {
            for part in ["\x1b[", code, "m"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        if self.is_coloured {
            out.extend_from_slice(RESET.as_bytes());
        }
    }
}

/// Columns of a terminal that topics may take: two thirds are left to the payload.
fn most(columns: u16) -> usize {
    usize::from(columns.div_ceil(3)).min(WIDEST)
}

/// The colour of a topic, the same in every run: by FNV-1a, which mixes well what differs in one
/// letter.
fn colour(topic: &str) -> Color {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = topic.as_bytes().iter().fold(0x811C_9DC5, mix);
    // The low bits alone are mixed less.
    let hash = hash ^ (hash >> 16);
    let at = usize::try_from(hash).unwrap_or_default() % COLOURS.len();
    COLOURS.get(at).copied().unwrap_or(Color::Cyan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Properties, Publish, Qos};
    use crate::record::{Empty, Moment};

    const PLAIN: Plain =
        Plain { time: false, verbose: true, end: Some(End::Newline), empty: Empty::Nothing };

    fn shown(topics: &mut Topics, topic: &str) -> String {
        let (qos, properties) = (Qos::AtMostOnce, Properties::EMPTY);
        let publish =
            Publish { dup: false, qos, retain: false, topic, id: None, properties, payload: b"x" };
        let message = Message { topic, publish: &publish, received: &Moment::default() };
        let mut out = Vec::new();
        topics.write(PLAIN, &message, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_column_is_as_wide_as_the_topics_that_leave_room_for_payloads() {
        let mut topics = Topics { is_coloured: false, most: 6, width: 0 };
        for (topic, line) in [
            ("a", "a x\n"),
            ("a/b/c", "a/b/c x\n"),
            ("a", "a     x\n"),
            ("much/too/long", "much/too/long x\n"),
            ("\u{e9}\u{1b}", "\u{e9}\\x1b x\n"),
        ] {
            assert_eq!(shown(&mut topics, topic), line);
        }
        topics.most = 3;
        assert_eq!(shown(&mut topics, "a"), "a   x\n");
    }

    #[test]
    fn a_topic_has_a_colour_of_its_own_and_keeps_it() {
        let mut topics = Topics { is_coloured: true, most: 26, width: 0 };
        let first = shown(&mut topics, "a");
        assert_eq!(shown(&mut topics, "a"), first);
        assert!(first.starts_with("\x1b[") && first.ends_with("ma\x1b[0m x\n"), "{first:?}");
        let mut seen: Vec<_> =
            (0..100).map(|number| colour(&format!("dev/{number}/t")).to_fg_str()).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), COLOURS.len());
    }

    #[test]
    fn only_plain_lines_have_topics_in_front() {
        let plain = |verbose, end| Layout::Plain(Plain { verbose, end, ..PLAIN });
        assert!(Topics::of(&plain(true, Some(End::Newline)), true).is_some());
        assert!(Topics::of(&plain(false, Some(End::Newline)), true).is_none());
        assert!(Topics::of(&plain(true, Some(End::Nul)), true).is_none());
        assert!(Topics::of(&plain(true, None), true).is_none());
    }
}
