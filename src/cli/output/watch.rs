//! `--watch`: the last message of each topic, in a line that stays in its place.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;

use super::size;
use crate::text::escape_line;

/// Topics that get a line; no terminal is higher, and each costs memory.
const LINES: usize = 1000;

/// A screen with a line for each topic, the first seen on top.
#[derive(Debug)]
pub(super) struct Watch {
    broker: String,
    is_terminal: bool,
    /// The lines of topics, which are known by their hash alone: a broker chooses how long they
    /// are, but not how they hash.
    lines: HashMap<u64, usize>,
    hasher: RandomState,
    /// Rows and columns, as they were when the present batch began.
    size: (u16, u16),
}

impl Watch {
    /// Nothing seen yet of the broker of this name.
    pub(super) fn new(broker: &str, is_terminal: bool) -> Self {
        Self {
            broker: escape_line(broker).into_owned(),
            is_terminal,
            lines: HashMap::new(),
            hasher: RandomState::new(),
            size: size::USUAL,
        }
    }

    /// The empty screen.
    pub(super) fn begin(&self, out: &mut Vec<u8>) {
        // Writing to a vector cannot fail.
        let _ = writeln!(out, "\x1b[2J\x1b[1;1HBroker: {}", self.broker);
    }

    /// Messages are about to come: the window may have another size than before.
    pub(super) fn measure(&mut self, terminal: &File) {
        self.size = size::of(terminal).unwrap_or(size::USUAL);
    }

    /// Moves what was written for a message, all of `out` from `at` on, to its topic's line.
    pub(super) fn place(&mut self, topic: &str, at: usize, out: &mut Vec<u8>) {
        let text = out.split_off(at.min(out.len()));
        let key = self.hasher.hash_one(topic);
        let next = self.lines.len();
        let known = self.lines.get(&key).copied();
        let line = known.or_else(|| (next < LINES).then_some(next));
        if let Some(line) = line.filter(|_| known.is_none()) {
            self.lines.insert(key, line);
        }
        if self.is_terminal {
            self.show(line, &text, out);
        } else if let Some(line) = line {
            let _ = write!(out, "\x1b[{};1H", line.saturating_add(2));
            out.extend_from_slice(&text);
        }
    }

    /// A line of a terminal: no longer and no lower than it has room. The cursor comes to rest
    /// below the last line, where a shell may go on.
    fn show(&self, line: Option<usize>, text: &[u8], out: &mut Vec<u8>) {
        let (rows, columns) = self.size;
        // The broker's line above, the cursor's below.
        let room = usize::from(rows).saturating_sub(2);
        if let Some(line) = line.filter(|line| *line < room) {
            let text = String::from_utf8_lossy(text.strip_suffix(b"\n").unwrap_or(text));
            let shown = escape_line(&text);
            let end = shown.char_indices().nth(usize::from(columns)).map(|(at, _)| at);
            let shown = end.and_then(|end| shown.get(..end)).unwrap_or(&shown);
            // Wide characters are more than one column: the last one takes what is too much.
            let row = line.saturating_add(2);
            let _ = write!(out, "\x1b[{row};1H\x1b[?7l{shown}\x1b[K\x1b[?7h");
        }
        let below = self.lines.len().min(room).saturating_add(2);
        let _ = write!(out, "\x1b[{below};1H");
        if self.lines.len() > room {
            let _ = write!(out, "... and more topics\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(watch: &mut Watch, topic: &str, text: &str) -> String {
        let mut out = b"before ".to_vec();
        out.extend_from_slice(text.as_bytes());
        watch.place(topic, 7, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_topic_has_its_line_which_is_cleared_to_its_end() {
        let mut watch = Watch::new("h\x1b", true);
        let mut out = Vec::new();
        watch.begin(&mut out);
        assert_eq!(out, b"\x1b[2J\x1b[1;1HBroker: h\\x1b\n");
        for (topic, text, row) in [("a", "one\n", 2), ("b", "two\nlines\n", 3), ("a", "on\n", 2)] {
            let shown = placed(&mut watch, topic, text);
            let text = text.trim_end().replace('\n', "\\n");
            let line = format!("before \x1b[{row};1H\x1b[?7l{text}\x1b[K\x1b[?7h\x1b[");
            assert!(shown.starts_with(&line), "{shown:?}");
        }
    }

    #[test]
    fn nothing_goes_beyond_the_height_and_the_width() {
        let mut watch = Watch::new("h", true);
        watch.size = (4, 5);
        assert!(placed(&mut watch, "a", "123456789\n").contains("l12345\x1b[K"));
        assert!(placed(&mut watch, "b", "x\n").ends_with("\x1b[4;1H"));
        let third = placed(&mut watch, "c", "hidden\n");
        assert_eq!(third, "before \x1b[4;1H... and more topics\x1b[K");
        for number in 0..2 * LINES {
            placed(&mut watch, &number.to_string(), "x");
        }
        assert_eq!(watch.lines.len(), LINES);
    }

    #[test]
    fn a_pipe_gets_the_bytes_as_they_are() {
        let mut watch = Watch::new("h", false);
        assert_eq!(placed(&mut watch, "a", "\x1bone\n"), "before \x1b[2;1H\x1bone\n");
        assert_eq!(placed(&mut watch, "b", "two"), "before \x1b[3;1Htwo");
    }
}
