//! A message as people and pipes see it.
//!
//! A [`Layout`] says how messages look, and writes one after the other into a buffer. What came
//! from a peer is written byte for byte, or harmless to a terminal: [`Escape`].
//!
//! What is no message, like the events of a broker, is a [`Line`] of JSON beside those.
//!
//! What was written as JSON Lines or with tabs, a [`Reader`] makes messages of again.

mod entry;
mod format;
mod json;
mod layout;
mod line;
mod lines;
mod moment;
mod reader;
#[cfg(test)]
pub(crate) mod schema;
mod tab;

pub use self::entry::{Defaults, Entry, LineError, Problem};
pub use self::format::{Format, FormatError, Unprintable};
pub use self::layout::{Empty, Layout, Plain};
pub use self::line::Line;
pub use self::lines::{JsonLines, Key};
pub use self::moment::Moment;
pub use self::reader::{Form, Reader};
pub use self::tab::{End, Tab};

use crate::codec::Publish;

/// A message that was received.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Its topic, also where the packet has only an alias of it.
    pub topic: &'a str,
    /// The packet it came in.
    pub publish: &'a Publish<'a>,
    /// When it came; any moment will do where [`Layout::needs_time`] is false.
    pub received: &'a Moment,
}

/// Who reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// A file or a program: every byte is kept.
    Exact,
    /// A terminal: what came from a peer can drive it by no byte, and hides nothing.
    Terminal,
}
