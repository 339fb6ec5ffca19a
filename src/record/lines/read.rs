//! Lines to messages.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use data_encoding::BASE64;
use serde_core::Deserialize;
use serde_core::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::Key;
use crate::codec::{Property, PropertyBuffer, Qos};
use crate::record::{Defaults, Entry, LineError, Problem, moment};
use crate::topic;

/// The message of a line, which comes without its newline. Its time is read if it is `timed`.
pub(in crate::record) fn read<'a>(
    line: &'a [u8],
    timed: bool,
    defaults: &Defaults,
) -> Result<Entry<'a>, LineError> {
    let text = std::str::from_utf8(line)
        .map_err(|error| LineError::at(error.valid_up_to().saturating_add(1), Problem::NotUtf8))?;
    let mut draft = Draft { timed, ..Draft::default() };
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = draft.deserialize_into(&mut json).and_then(|()| json.end());
    outcome.map_err(|error| LineError {
        // 0 before the first byte was taken.
        column: Some(error.column()).filter(|column| *column > 0),
        problem: draft.problem(&error),
    })?;
    draft.finish(defaults)
}

/// What is known of a message while its line is read.
#[derive(Default)]
struct Draft<'a> {
    timed: bool,
    topic: Option<Cow<'a, str>>,
    qos: Option<Qos>,
    retain: Option<bool>,
    payload: Option<Cow<'a, [u8]>>,
    properties: Option<PropertyBuffer>,
    time: Option<SystemTime>,
    /// The keys that stood there, a bit each.
    seen: u32,
    /// The key whose value is read.
    at: Option<Key>,
    /// What is wrong, where the parser does not know it better.
    problem: Option<Problem>,
}

impl<'a> Draft<'a> {
    fn deserialize_into<D: Deserializer<'a>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(Outer(self))
    }

    /// Ends the parser's work because of what only this side knows.
    fn fail<E: serde_core::de::Error>(&mut self, problem: Problem) -> E {
        self.problem.get_or_insert(problem);
        E::custom("")
    }

    /// The key's value is not as it must be.
    fn refuse<E: serde_core::de::Error>(&mut self, key: Key) -> E {
        self.fail(Problem::Value(key))
    }

    /// Why the parser stopped.
    fn problem(&mut self, error: &serde_json::Error) -> Problem {
        match (self.problem.take(), error.classify(), self.at) {
            (Some(known), ..) => known,
            (None, Category::Eof, _) => Problem::Truncated,
            (None, Category::Data, Some(key)) => Problem::Value(key),
            (None, Category::Data, None) => Problem::NotObject,
            (None, Category::Syntax | Category::Io, _) => {
                let words = error.to_string();
                let what = words.split_once(" at line ").map_or(words.as_str(), |(what, _)| what);
                // Its name for true, false and null.
                let what = if what == "expected ident" { "expected value" } else { what };
                Problem::NotJson(what.to_owned())
            }
        }
    }

    /// A key comes; whether it came before is an error.
    fn begin<E: serde_core::de::Error>(&mut self, key: Key) -> Result<(), E> {
        if self.seen & key.bit() != 0 {
            return Err(self.fail(Problem::Twice(key)));
        }
        self.seen |= key.bit();
        self.at = Some(key);
        Ok(())
    }

    fn outer<A: MapAccess<'a>>(&mut self, key: Key, map: &mut A) -> Result<(), A::Error> {
        match key {
            Key::Topic => {
                let Text(topic) = map.next_value()?;
                if !topic::is_name(&topic) {
                    return Err(self.refuse(key));
                }
                self.topic = Some(topic);
            }
            Key::Qos => {
                let bits = u8::try_from(map.next_value::<u64>()?).ok();
                self.qos = Some(bits.and_then(Qos::from_bits).ok_or_else(|| self.refuse(key))?);
            }
            Key::Retain => self.retain = Some(map.next_value()?),
            Key::Payload => {
                let Text(text) = map.next_value()?;
                self.payload(match text {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                })?;
            }
            Key::PayloadBase64 => {
                let bytes = self.base64(key, map)?;
                self.payload(Cow::Owned(bytes))?;
            }
            Key::PayloadJson => {
                let json: &RawValue = map.next_value()?;
                self.payload(Cow::Borrowed(json.get().as_bytes()))?;
            }
            Key::Properties => {
                self.properties = Some(PropertyBuffer::new());
                map.next_value_seed(Inner(self))?;
            }
            Key::Time if self.timed => {
                let Text(text) = map.next_value()?;
                self.time = Some(moment::parse(&text).ok_or_else(|| self.refuse(key))?);
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn payload<E: serde_core::de::Error>(&mut self, bytes: Cow<'a, [u8]>) -> Result<(), E> {
        if self.payload.is_some() {
            return Err(self.fail(Problem::Payloads));
        }
        self.payload = Some(bytes);
        Ok(())
    }

    fn base64<A: MapAccess<'a>>(&mut self, key: Key, map: &mut A) -> Result<Vec<u8>, A::Error> {
        let Text(text) = map.next_value()?;
        BASE64.decode(text.as_bytes()).map_err(|_| self.refuse(key))
    }

    fn inner<A: MapAccess<'a>>(&mut self, key: Key, map: &mut A) -> Result<(), A::Error> {
        match key {
            Key::PayloadFormatIndicator => match map.next_value()? {
                value @ (0_u64 | 1) => {
                    self.property(key, Property::PayloadFormatIndicator(u8::from(value == 1)))
                }
                _ => Err(self.refuse(key)),
            },
            Key::MessageExpiryInterval => {
                let seconds = map.next_value()?;
                self.property(key, Property::MessageExpiryInterval(seconds))
            }
            Key::ContentType => {
                let Text(text) = map.next_value()?;
                if has_nul(&text) {
                    return Err(self.refuse(key));
                }
                self.property(key, Property::ContentType(&text))
            }
            Key::ResponseTopic => {
                let Text(topic) = map.next_value()?;
                if !topic::is_name(&topic) {
                    return Err(self.refuse(key));
                }
                self.property(key, Property::ResponseTopic(&topic))
            }
            Key::CorrelationDataBase64 => {
                let bytes = self.base64(key, map)?;
                self.property(key, Property::CorrelationData(&bytes))
            }
            Key::UserProperties => map.next_value_seed(UserProperties(self)),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn property<E: serde_core::de::Error>(
        &mut self,
        key: Key,
        property: Property<'_>,
    ) -> Result<(), E> {
        let all = self.properties.get_or_insert_default();
        all.push(property).map_err(|_| self.refuse(key))
    }

    /// The message, with what the line does not say.
    fn finish(self, defaults: &Defaults) -> Result<Entry<'a>, LineError> {
        let topic = match (self.topic, &defaults.topic) {
            (Some(topic), _) => topic,
            (None, Some(topic)) => Cow::Owned(topic.clone()),
            (None, None) => return Err(Problem::NoTopic.into()),
        };
        Ok(Entry {
            topic,
            qos: self.qos.unwrap_or(defaults.qos),
            retain: self.retain.unwrap_or(defaults.retain),
            payload: self.payload.ok_or(Problem::NoPayload)?,
            properties: self.properties.unwrap_or_else(|| defaults.properties.clone()),
            time: self.time,
        })
    }
}

fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

/// A string; one without escapes is not copied.
struct Text<'a>(Cow<'a, str>);

impl<'a> Deserialize<'a> for Text<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'a> Visitor<'a> for TextVisitor {
    type Value = Text<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// One of some keys, or none of them.
struct OneOf(&'static [Key]);

impl<'a> DeserializeSeed<'a> for OneOf {
    type Value = Option<Key>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = Option<Key>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|key| key.name() == text))
    }
}

/// The object of a line.
struct Outer<'d, 'a>(&'d mut Draft<'a>);

impl<'a> Visitor<'a> for Outer<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(OneOf(&Key::OUTER))? {
            match key {
                Some(key) => {
                    self.0.begin(key)?;
                    self.0.outer(key, &mut map)?;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The object of its properties.
struct Inner<'d, 'a>(&'d mut Draft<'a>);

impl<'a> DeserializeSeed<'a> for Inner<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Inner<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(OneOf(&Key::INNER))? {
            match key {
                Some(key) => {
                    self.0.begin(key)?;
                    self.0.inner(key, &mut map)?;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The list of user properties.
struct UserProperties<'d, 'a>(&'d mut Draft<'a>);

impl<'a> DeserializeSeed<'a> for UserProperties<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for UserProperties<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(Pair(name, value)) = list.next_element()? {
            if has_nul(&name) || has_nul(&value) {
                return Err(self.0.refuse(Key::UserProperties));
            }
            self.0.property(Key::UserProperties, Property::UserProperty(&name, &value))?;
        }
        Ok(())
    }
}

/// Name and value, nothing more.
struct Pair<'a>(Cow<'a, str>, Cow<'a, str>);

impl<'a> Deserialize<'a> for Pair<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PairVisitor)
    }
}

struct PairVisitor;

impl<'a> Visitor<'a> for PairVisitor {
    type Value = Pair<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name and a value")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Pair<'a>, A::Error> {
        let missing = |at| A::Error::invalid_length(at, &"two");
        let Text(name) = list.next_element()?.ok_or_else(|| missing(0))?;
        let Text(value) = list.next_element()?.ok_or_else(|| missing(1))?;
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Pair(name, value)),
            Some(_) => Err(missing(3)),
        }
    }
}
