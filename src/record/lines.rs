//! JSON Lines: a message a line, nothing of it lost; `schema.json` beside this describes it.
//!
//! `{"time":"2026-11-20T20:25:39.296722Z","topic":"a","qos":1,"retain":false,"dup":false,
//! "payload":"text"}` in one line; `payload_base64` where the payload is not UTF-8, `payload_json`
//! where it is JSON and was wanted so; `properties` where there are any.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(super) use self::read::read;
pub use self::write::JsonLines;

/// The keys that mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the keys'")]
pub enum Key {
    Time,
    Topic,
    Qos,
    Retain,
    Dup,
    Payload,
    PayloadBase64,
    PayloadJson,
    Properties,
    PayloadFormatIndicator,
    MessageExpiryInterval,
    ContentType,
    ResponseTopic,
    CorrelationDataBase64,
    SubscriptionIdentifiers,
    UserProperties,
}

impl Key {
    /// Those of the object itself.
    const OUTER: [Self; 9] = [
        Self::Time,
        Self::Topic,
        Self::Qos,
        Self::Retain,
        Self::Dup,
        Self::Payload,
        Self::PayloadBase64,
        Self::PayloadJson,
        Self::Properties,
    ];

    /// Those of its properties.
    const INNER: [Self; 7] = [
        Self::PayloadFormatIndicator,
        Self::MessageExpiryInterval,
        Self::ContentType,
        Self::ResponseTopic,
        Self::CorrelationDataBase64,
        Self::SubscriptionIdentifiers,
        Self::UserProperties,
    ];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Topic => "topic",
            Self::Qos => "qos",
            Self::Retain => "retain",
            Self::Dup => "dup",
            Self::Payload => "payload",
            Self::PayloadBase64 => "payload_base64",
            Self::PayloadJson => "payload_json",
            Self::Properties => "properties",
            Self::PayloadFormatIndicator => "payload_format_indicator",
            Self::MessageExpiryInterval => "message_expiry_interval",
            Self::ContentType => "content_type",
            Self::ResponseTopic => "response_topic",
            Self::CorrelationDataBase64 => "correlation_data_base64",
            Self::SubscriptionIdentifiers => "subscription_identifiers",
            Self::UserProperties => "user_properties",
        }
    }

    /// What its value must be.
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Time => "a time like 2026-11-20T20:25:39.296722Z",
            Self::Topic | Self::ResponseTopic => {
                "a topic: text, not empty, without + and #, at most 65,535 bytes"
            }
            Self::Qos => "0, 1 or 2",
            Self::Retain | Self::Dup => "true or false",
            Self::Payload => "a string",
            Self::PayloadBase64 => "base64 text, padded with =",
            Self::PayloadJson => "JSON",
            Self::Properties => "an object",
            Self::PayloadFormatIndicator => "0 or 1",
            Self::MessageExpiryInterval => "seconds, from 0 to 4294967295",
            Self::ContentType => "text of at most 65,535 bytes, without U+0000",
            Self::CorrelationDataBase64 => "base64 text, padded with =, of at most 65,535 bytes",
            Self::SubscriptionIdentifiers => "a list of numbers",
            Self::UserProperties => {
                "a list of [\"name\", \"value\"], each of at most 65,535 bytes, without U+0000"
            }
        }
    }

    /// This key in a set of keys.
    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}
