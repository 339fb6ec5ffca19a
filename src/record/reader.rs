//! Lines of input to messages.

use super::{Defaults, Entry, LineError, Tab, lines};

/// What a byte order mark is in UTF-8; some editors put one before a text.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// How a message is written in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object.
    Json {
        /// Whether the time of a message is read.
        timed: bool,
    },
    /// Topic, tab, payload.
    Tab,
    /// The payload alone.
    Plain,
}

/// Makes messages of lines, one after the other.
#[derive(Debug, Clone)]
pub struct Reader {
    form: Form,
    defaults: Defaults,
    /// No line was read yet.
    is_first: bool,
}

impl Reader {
    /// From the first line on.
    pub const fn new(form: Form, defaults: Defaults) -> Self {
        Self { form, defaults, is_first: true }
    }

    /// The message of the next line, which comes without its newline. `None` for a line of JSON
    /// with nothing in it but space.
    pub fn read<'a>(&mut self, line: &'a [u8]) -> Result<Option<Entry<'a>>, LineError> {
        let line = match (self.form, line.strip_prefix(MARK)) {
            // Recordings that were put together have marks before other lines too.
            (Form::Json { .. }, Some(rest)) => rest,
            // Before a later topic it is the topic's own.
            (Form::Tab, Some(rest)) if self.is_first => rest,
            _ => line,
        };
        self.is_first = false;
        match self.form {
            Form::Json { .. } if line.trim_ascii().is_empty() => Ok(None),
            Form::Json { timed } => lines::read(line, timed, &self.defaults).map(Some),
            Form::Tab => Tab::read(line, &self.defaults).map(Some),
            Form::Plain => self.defaults.message(line).map(Some),
        }
    }
}
