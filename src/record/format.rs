//! Output formats in the language of mosquitto's clients: `%t %p`, `@H:@M`, `\e[1m`.
//!
//! A format is compiled once, and written for each message without looking at its text again.
//! Where 2.0 and 2.1 of mosquitto differ, it is 2.1.

mod embed;
mod field;
mod object;
mod parse;
mod payload;

use self::field::Field;
use super::json::push_number;
use super::{Escape, Message};
use crate::codec::{PacketId, Property};
use crate::text::{escape_line, escape_line_bytes};

/// A compiled format.
#[derive(Debug, Clone)]
pub struct Format {
    parts: Vec<Part>,
    /// A newline behind each message.
    pub newline: bool,
    /// `%j` and `%J` over many lines.
    pub pretty: bool,
}

/// One part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// What the user typed, escapes resolved.
    Literal(Vec<u8>),
    /// `%` with its letter.
    Field(Letter, Field),
    /// `@` with the letter of a conversion of `strftime`.
    Time(u8),
    /// `@N`.
    Nanoseconds,
}

/// What a `%` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    TopicAlias,
    ContentType,
    CorrelationData,
    MessageExpiry,
    PayloadFormat,
    IsoTime,
    /// `%j`, or `%J` where the payload itself is JSON.
    Json {
        embedded: bool,
    },
    Length,
    PacketId,
    UserProperties,
    Payload,
    Qos,
    ResponseTopic,
    Retain,
    SubscriptionId,
    Topic,
    UnixTime,
    Hex {
        upper: bool,
    },
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
}

/// What is wrong with a format, in mosquitto's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No such letter behind `%`.
    #[error("Invalid format specifier '{0}'.")]
    Invalid(char),
    /// The text ends behind `%`, or what belongs to it, or `@`.
    #[error("Incomplete format specifier.")]
    Incomplete,
    /// No such letter behind a backslash.
    #[error("Invalid escape specifier '{0}'.")]
    InvalidEscape(char),
    /// The text ends with a backslash.
    #[error("Incomplete escape specifier.")]
    IncompleteEscape,
}

/// What of a message cannot be written as the format wants it, in mosquitto's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// `%J`.
    #[error("Message payload is not valid JSON on topic {topic}.")]
    NotJson {
        /// The message's topic.
        topic: String,
    },
    /// `%f`.
    #[error("requested float printing, but non-float data received")]
    NotFloat,
    /// `%d`.
    #[error("requested double printing, but non-double data received")]
    NotDouble,
}

impl Format {
    /// Compiles a format, as the user typed it: bytes need not be UTF-8.
    pub fn parse(text: &[u8]) -> Result<Self, FormatError> {
        Ok(Self { parts: parse::parts(text)?, newline: true, pretty: false })
    }

    /// Whether it matters when a message came.
    pub fn needs_time(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Literal(_) => false,
            Part::Time(_) | Part::Nanoseconds => true,
            Part::Field(letter, _) => {
                matches!(letter, Letter::IsoTime | Letter::UnixTime | Letter::Json { .. })
            }
        })
    }

    /// Appends a message to `out`. A part that cannot be written is left out; the first such is
    /// told.
    ///
    /// On a terminal widths count what is shown, but of payloads what came.
    pub fn write(
        &self,
        message: &Message<'_>,
        escape: Escape,
        out: &mut Vec<u8>,
    ) -> Result<(), Unprintable> {
        let mut outcome = Ok(());
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Time(letter) => message.received.write_conversion(*letter, out),
                Part::Nanoseconds => message.received.write_nanoseconds(out),
                Part::Field(letter, field) => {
                    let mut writer = Output { message, escape, pretty: self.pretty, out };
                    let written = writer.write(*letter, field);
                    outcome = outcome.and(written);
                }
            }
        }
        if self.newline {
            out.push(b'\n');
        }
        outcome
    }
}

/// One message on its way into a buffer.
struct Output<'a, 'm> {
    message: &'a Message<'m>,
    escape: Escape,
    pretty: bool,
    out: &'a mut Vec<u8>,
}

impl Output<'_, '_> {
    fn write(&mut self, letter: Letter, field: &Field) -> Result<(), Unprintable> {
        let publish = self.message.publish;
        match letter {
            Letter::Topic => self.text(self.message.topic, field),
            Letter::Payload => payload::write(publish.payload, field, self.escape, self.out),
            Letter::Hex { upper } => payload::write_hex(publish.payload, upper, field, self.out),
            Letter::Float => payload::write_float(publish.payload, field, self.out)?,
            Letter::Double => payload::write_double(publish.payload, field, self.out)?,
            Letter::Length => self.number(object::length(publish.payload), field),
            Letter::Qos => self.out.push(b'0'.saturating_add(publish.qos as u8)),
            Letter::Retain => self.out.push(if publish.retain { b'1' } else { b'0' }),
            Letter::PacketId => self.number(publish.id.map_or(0, PacketId::get).into(), field),
            Letter::IsoTime => {
                let start = self.out.len();
                self.message.received.write_iso(self.out);
                field.cut_and_align(start, self.out);
            }
            Letter::UnixTime => self.message.received.write_unix(self.out),
            Letter::Json { embedded } => {
                object::write(self.message, embedded, self.escape, self.pretty, self.out)?;
            }
            _ => self.property(letter, field),
        }
        Ok(())
    }

    /// What only MQTT 5 has, and only some messages.
    fn property(&mut self, letter: Letter, field: &Field) {
        use Property as P;
        let properties = self.message.publish.properties;
        if letter == Letter::UserProperties {
            return self.user_properties();
        }
        let found = properties.find(|property| {
            let wanted = match letter {
                Letter::TopicAlias => matches!(property, P::TopicAlias(_)),
                Letter::ContentType => matches!(property, P::ContentType(_)),
                Letter::CorrelationData => matches!(property, P::CorrelationData(_)),
                Letter::MessageExpiry => matches!(property, P::MessageExpiryInterval(_)),
                Letter::PayloadFormat => matches!(property, P::PayloadFormatIndicator(_)),
                Letter::ResponseTopic => matches!(property, P::ResponseTopic(_)),
                _ => matches!(property, P::SubscriptionIdentifier(_)),
            };
            wanted.then_some(property)
        });
        match found {
            Some(P::TopicAlias(number)) => self.number(number.into(), field),
            Some(P::ContentType(text) | P::ResponseTopic(text)) => self.text(text, field),
            Some(P::CorrelationData(bytes)) => match self.escape {
                Escape::Exact => self.out.extend_from_slice(bytes),
                Escape::Terminal => escape_line_bytes(bytes, self.out),
            },
            Some(P::MessageExpiryInterval(number) | P::SubscriptionIdentifier(number)) => {
                self.number(number, field);
            }
            Some(P::PayloadFormatIndicator(number)) => self.number(number.into(), field),
            _ if matches!(letter, Letter::ResponseTopic | Letter::CorrelationData) => {}
            _ => field.blank(self.out),
        }
    }

    /// `name:value name:value`.
    fn user_properties(&mut self) {
        let mut is_first = true;
        for property in self.message.publish.properties.iter() {
            let Property::UserProperty(name, value) = property else { continue };
            if !std::mem::take(&mut is_first) {
                self.out.push(b' ');
            }
            self.raw(name);
            self.out.push(b':');
            self.raw(value);
        }
    }

    /// Text of a peer.
    fn raw(&mut self, text: &str) {
        match self.escape {
            Escape::Exact => self.out.extend_from_slice(text.as_bytes()),
            Escape::Terminal => self.out.extend_from_slice(escape_line(text).as_bytes()),
        }
    }

    /// Text of a peer in a field: at most so many bytes, filled up with spaces.
    fn text(&mut self, text: &str, field: &Field) {
        let start = self.out.len();
        let cut = field.cut(text.as_bytes());
        match self.escape {
            Escape::Exact => self.out.extend_from_slice(cut),
            // The cut may go through a character.
            Escape::Terminal => escape_line_bytes(cut, self.out),
        }
        field.align(start, b' ', self.out);
    }

    /// A number in a field.
    fn number(&mut self, number: u32, field: &Field) {
        let start = self.out.len();
        push_number(number, self.out);
        field.align(start, field.fill(), self.out);
    }
}

#[cfg(test)]
mod tests;
