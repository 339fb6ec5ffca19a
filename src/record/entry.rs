//! A message that is to be published, as a line of input describes it.

use std::borrow::Cow;
use std::time::SystemTime;

use super::Key;
use crate::codec::{PropertyBuffer, Publish, Qos};

/// A message as a line describes it; it borrows from the line what needs no change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// A topic name.
    pub topic: Cow<'a, str>,
    /// Its quality of service.
    pub qos: Qos,
    /// Whether it is to be retained.
    pub retain: bool,
    /// Any bytes.
    pub payload: Cow<'a, [u8]>,
    /// Those that a client may send, valid.
    pub properties: PropertyBuffer,
    /// When it came where it was recorded; only if times were asked for and the line has one.
    pub time: Option<SystemTime>,
}

/// What holds where a line does not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// A topic name.
    pub topic: Option<String>,
    /// The quality of service.
    pub qos: Qos,
    /// Whether messages are retained.
    pub retain: bool,
    /// The properties of messages whose line has none.
    pub properties: PropertyBuffer,
}

impl Entry<'_> {
    /// As a packet, whose identifier at QoS 1 and 2 is another's to choose.
    pub fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: &self.topic,
            id: None,
            properties: self.properties.as_properties(),
            payload: &self.payload,
        }
    }
}

impl Defaults {
    /// A message with this payload.
    pub(super) fn message<'a>(&self, payload: &'a [u8]) -> Result<Entry<'a>, LineError> {
        let topic = self.topic.clone().ok_or(Problem::NoTopic)?;
        Ok(Entry {
            topic: Cow::Owned(topic),
            qos: self.qos,
            retain: self.retain,
            payload: Cow::Borrowed(payload),
            properties: self.properties.clone(),
            time: None,
        })
    }
}

/// Why a line is no message. Its number stands before this: `line 7, column 12: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", self.place())]
pub struct LineError {
    /// Where reading ended, in bytes from 1: at the fault or right behind it; `None` when it is
    /// about the line as a whole.
    pub column: Option<usize>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Some byte of it.
    #[error("not UTF-8")]
    NotUtf8,
    /// As the parser words it.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The text ends before the object does.
    #[error("the line ends in the middle of its JSON object")]
    Truncated,
    /// JSON of another kind.
    #[error("not a JSON object")]
    NotObject,
    /// A value has another type, or is out of its range.
    #[error("{:?} must be {}", .0.name(), .0.wanted())]
    Value(Key),
    /// A key that says something stands there twice.
    #[error("{:?} stands there twice", .0.name())]
    Twice(Key),
    /// The payload can have one form only.
    #[error("there is more than one of \"payload\", \"payload_base64\" and \"payload_json\"")]
    Payloads,
    /// Even an empty payload is written down.
    #[error("there is none of \"payload\", \"payload_base64\" and \"payload_json\"")]
    NoPayload,
    /// Neither in the line nor by default.
    #[error("there is no topic; -t gives one to lines without")]
    NoTopic,
    /// Where topic and payload are separated by one.
    #[error("there is no tab between topic and payload")]
    NoTab,
    /// No packet can hold what it says.
    #[error("the line is longer than 268,435,455 bytes, the longest message")]
    TooLong,
    /// What stands before the tab cannot be published to.
    #[error("before the tab must be {}", Key::Topic.wanted())]
    NotTopic,
}

impl LineError {
    /// About one place, in bytes from 1.
    pub(super) const fn at(column: usize, problem: Problem) -> Self {
        Self { column: Some(column), problem }
    }

    fn place(&self) -> String {
        self.column.map(|column| format!("column {column}: ")).unwrap_or_default()
    }
}

impl From<Problem> for LineError {
    fn from(problem: Problem) -> Self {
        Self { column: None, problem }
    }
}
