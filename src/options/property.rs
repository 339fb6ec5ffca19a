//! Properties of MQTT 5 as people write them: `publish content-type text/plain`.

mod binary;

use std::borrow::Cow;

use crate::client::PacketProperties as Properties;
use crate::codec::{Place, Property, PropertyBuffer};

/// What is wrong with a property, in mosquitto's words where it has any.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// A command, a name and a value are needed, and for a user property another value.
    #[error("--property argument given but not enough arguments specified.")]
    NotEnough,
    /// No packet of that name.
    #[error("Invalid command {0} given in --property argument.")]
    Command(String),
    /// No property of that name.
    #[error("Invalid property name {0} given in --property argument.")]
    Name(String),
    /// The packet has no such property.
    #[error("{name} property not allowed for {command} in --property argument.")]
    NotAllowed {
        /// The property.
        name: String,
        /// The packet.
        command: String,
    },
    /// A client sends no such packet, or not on anybody's command.
    #[error("{name} property not supported for {command} in --property argument.")]
    NotSupported {
        /// The property.
        name: String,
        /// The packet.
        command: String,
    },
    /// A number that the property cannot have.
    #[error("Property value ({value}) out of range for property {name}.")]
    OutOfRange {
        /// The number.
        value: i64,
        /// The property.
        name: String,
    },
    /// No number at all.
    #[error("Property value ({value}) is not a number for property {name}.")]
    NotNumber {
        /// What was given.
        value: String,
        /// The property.
        name: String,
    },
    /// More than 65,535 bytes.
    #[error("Property value too long for property {0}.")]
    TooLong(String),
    /// Text that is not UTF-8, or with NUL in it; for a response topic, no topic to publish to.
    #[error("Property value is not allowed for property {0}.")]
    NotAllowedText(String),
    /// Behind `hex:` or `base64:` stands something else.
    #[error("Property value is not {encoding} for property {name}.")]
    Encoding {
        /// What it should be.
        encoding: &'static str,
        /// The property.
        name: String,
    },
    /// Given before, and MQTT allows it once.
    #[error("Duplicate property {name} for {command} in --property argument.")]
    Duplicate {
        /// The property.
        name: String,
        /// The packet.
        command: String,
    },
}

/// A packet, and whether a user may say what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Open(Packet),
    Closed(Place),
}

/// A packet that a user may add properties to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packet {
    Connect,
    Publish,
    Subscribe,
    Unsubscribe,
    Disconnect,
    Will,
}

const COMMANDS: &[(&str, Command)] = &[
    ("connect", Command::Open(Packet::Connect)),
    ("connack", Command::Closed(Place::Connack)),
    ("publish", Command::Open(Packet::Publish)),
    ("puback", Command::Closed(Place::Puback)),
    ("pubrec", Command::Closed(Place::Pubrec)),
    ("pubrel", Command::Closed(Place::Pubrel)),
    ("pubcomp", Command::Closed(Place::Pubcomp)),
    ("subscribe", Command::Open(Packet::Subscribe)),
    ("suback", Command::Closed(Place::Suback)),
    ("unsubscribe", Command::Open(Packet::Unsubscribe)),
    ("unsuback", Command::Closed(Place::Unsuback)),
    ("disconnect", Command::Open(Packet::Disconnect)),
    ("auth", Command::Closed(Place::Auth)),
    ("will", Command::Open(Packet::Will)),
];

/// The name of the property that takes a name of its own before its value.
const USER_PROPERTY: &str = "user-property";

/// What a property's value is, and what makes a property of it.
#[derive(Clone, Copy)]
enum Kind {
    Byte(fn(u8) -> Property<'static>),
    Short(fn(u16) -> Property<'static>),
    Long(fn(u32) -> Property<'static>),
    Text(for<'a> fn(&'a str) -> Property<'a>),
    Binary(for<'a> fn(&'a [u8]) -> Property<'a>),
    Pair,
}

const NAMES: &[(&str, Kind)] = &[
    ("payload-format-indicator", Kind::Byte(Property::PayloadFormatIndicator)),
    ("message-expiry-interval", Kind::Long(Property::MessageExpiryInterval)),
    ("content-type", Kind::Text(|text| Property::ContentType(text))),
    ("response-topic", Kind::Text(|text| Property::ResponseTopic(text))),
    ("correlation-data", Kind::Binary(|bytes| Property::CorrelationData(bytes))),
    ("subscription-identifier", Kind::Long(Property::SubscriptionIdentifier)),
    ("session-expiry-interval", Kind::Long(Property::SessionExpiryInterval)),
    ("assigned-client-identifier", Kind::Text(|text| Property::AssignedClientIdentifier(text))),
    ("server-keep-alive", Kind::Short(Property::ServerKeepAlive)),
    ("authentication-method", Kind::Text(|text| Property::AuthenticationMethod(text))),
    ("authentication-data", Kind::Binary(|bytes| Property::AuthenticationData(bytes))),
    ("request-problem-information", Kind::Byte(Property::RequestProblemInformation)),
    ("will-delay-interval", Kind::Long(Property::WillDelayInterval)),
    ("request-response-information", Kind::Byte(Property::RequestResponseInformation)),
    ("response-information", Kind::Text(|text| Property::ResponseInformation(text))),
    ("server-reference", Kind::Text(|text| Property::ServerReference(text))),
    ("reason-string", Kind::Text(|text| Property::ReasonString(text))),
    ("receive-maximum", Kind::Short(Property::ReceiveMaximum)),
    ("topic-alias-maximum", Kind::Short(Property::TopicAliasMaximum)),
    ("topic-alias", Kind::Short(Property::TopicAlias)),
    ("maximum-qos", Kind::Byte(Property::MaximumQos)),
    ("retain-available", Kind::Byte(Property::RetainAvailable)),
    (USER_PROPERTY, Kind::Pair),
    ("maximum-packet-size", Kind::Long(Property::MaximumPacketSize)),
    ("wildcard-subscription-available", Kind::Byte(Property::WildcardSubscriptionAvailable)),
    ("subscription-identifier-available", Kind::Byte(Property::SubscriptionIdentifierAvailable)),
    ("shared-subscription-available", Kind::Byte(Property::SharedSubscriptionAvailable)),
];

impl PropertyError {
    /// The names that properties have.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The packets that a client adds properties to.
    pub fn commands() -> impl Iterator<Item = &'static str> {
        let is_open = |(name, command): &(&'static str, Command)| {
            matches!(command, Command::Open(_)).then_some(*name)
        };
        COMMANDS.iter().filter_map(is_open)
    }
}

/// Looks a name up, upper case or lower.
fn look_up<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, found)| *found)
}

/// What makes the bytes of a binary value out of a word.
type Decode = fn(&[u8]) -> Result<Cow<'_, [u8]>, &'static str>;

impl Properties {
    /// Adds one. `values` is the value; of a user property, its name and its value.
    ///
    /// What MQTT allows once is taken once; that user properties may come again is what they are
    /// for. Binary values are the bytes themselves, or behind `hex:` or `base64:` what that says;
    /// `text:` stands before bytes that begin like one of these.
    pub fn add(
        &mut self,
        command: &str,
        name: &str,
        values: &[&[u8]],
    ) -> Result<(), PropertyError> {
        self.insert(command, name, values, binary::decode)
    }

    /// As [`Self::add`], but that binary values are the bytes themselves, however they begin:
    /// mosquitto knows no encodings.
    pub fn add_verbatim(
        &mut self,
        command: &str,
        name: &str,
        values: &[&[u8]],
    ) -> Result<(), PropertyError> {
        self.insert(command, name, values, |value| Ok(value.into()))
    }

    fn insert(
        &mut self,
        command: &str,
        name: &str,
        values: &[&[u8]],
        decode: Decode,
    ) -> Result<(), PropertyError> {
        let first = values.first().ok_or(PropertyError::NotEnough)?;
        let known = look_up(COMMANDS, command);
        let known = known.ok_or_else(|| PropertyError::Command(command.to_owned()))?;
        let kind = look_up(NAMES, name).ok_or_else(|| PropertyError::Name(name.to_owned()))?;
        let packet = kind.packet(known, name, command)?;
        let name = || name.to_owned();
        let decoded;
        let property = match kind {
            Kind::Byte(make) => make(number(first, &name)?),
            Kind::Short(make) => make(number(first, &name)?),
            Kind::Long(make) => make(number(first, &name)?),
            Kind::Text(make) => make(text(first, &name)?),
            Kind::Binary(make) => {
                decoded = decode(first)
                    .map_err(|encoding| PropertyError::Encoding { encoding, name: name() })?;
                make(&decoded)
            }
            Kind::Pair => {
                let value = values.get(1).ok_or(PropertyError::NotEnough)?;
                Property::UserProperty(text(first, &name)?, text(value, &name)?)
            }
        };
        check(property, first, &name)?;
        let buffer = self.buffer(packet);
        let given = buffer.as_properties().iter().any(|before| before.is_like(&property));
        if given && !property.is_repeatable() {
            return Err(PropertyError::Duplicate { name: name(), command: command.to_owned() });
        }
        buffer.push(property).map_err(|_| PropertyError::TooLong(name()))
    }

    /// How many values a property of this name takes: 2 for a user property, else 1.
    pub fn values(name: &str) -> usize {
        if name.eq_ignore_ascii_case(USER_PROPERTY) { 2 } else { 1 }
    }

    /// Whether the value of a property of this name is a number.
    pub fn is_number(name: &str) -> bool {
        let kind = look_up(NAMES, name);
        matches!(kind, Some(Kind::Byte(_) | Kind::Short(_) | Kind::Long(_)))
    }

    const fn buffer(&mut self, packet: Packet) -> &mut PropertyBuffer {
        match packet {
            Packet::Connect => &mut self.connect,
            Packet::Publish => &mut self.publish,
            Packet::Subscribe => &mut self.subscribe,
            Packet::Unsubscribe => &mut self.unsubscribe,
            Packet::Disconnect => &mut self.disconnect,
            Packet::Will => &mut self.will,
        }
    }
}

impl Kind {
    /// The packet that it goes in, if it may.
    fn packet(self, command: Command, name: &str, packet: &str) -> Result<Packet, PropertyError> {
        let sample = match self {
            Self::Byte(make) => make(0),
            Self::Short(make) => make(0),
            Self::Long(make) => make(0),
            Self::Text(make) => make(""),
            Self::Binary(make) => make(b""),
            Self::Pair => Property::UserProperty("", ""),
        };
        let (places, open): (&[Place], _) = match command {
            // What a server may add to a message is known, but not for a client to say.
            Command::Open(Packet::Publish) if sample.belongs_in(Place::PublishFromClient) => {
                (&[Place::PublishFromClient], Some(Packet::Publish))
            }
            Command::Open(Packet::Publish) => (&[Place::PublishFromServer], None),
            Command::Open(open) => (open.places(), Some(open)),
            Command::Closed(ref place) => (std::slice::from_ref(place), None),
        };
        let (name, command) = (name.to_owned(), packet.to_owned());
        if !places.iter().any(|place| sample.belongs_in(*place)) {
            return Err(PropertyError::NotAllowed { name, command });
        }
        open.ok_or(PropertyError::NotSupported { name, command })
    }
}

impl Packet {
    /// Where its properties are looked up. A server reference is for servers to send, but
    /// mosquitto's clients let it through.
    const fn places(self) -> &'static [Place] {
        match self {
            Self::Connect => &[Place::Connect],
            Self::Publish => &[Place::PublishFromClient],
            Self::Subscribe => &[Place::Subscribe],
            Self::Unsubscribe => &[Place::Unsubscribe],
            Self::Disconnect => &[Place::DisconnectFromClient, Place::DisconnectFromServer],
            Self::Will => &[Place::Will],
        }
    }
}

/// A whole number in the range of the property's type.
fn number<T: TryFrom<i64>>(value: &[u8], name: &impl Fn() -> String) -> Result<T, PropertyError> {
    let number = whole(value).ok_or_else(|| PropertyError::NotNumber {
        value: String::from_utf8_lossy(value).into_owned(),
        name: name(),
    })?;
    T::try_from(number).map_err(|_| PropertyError::OutOfRange { value: number, name: name() })
}

fn whole(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn text<'a>(value: &'a [u8], name: &impl Fn() -> String) -> Result<&'a str, PropertyError> {
    std::str::from_utf8(value).map_err(|_| PropertyError::NotAllowedText(name()))
}

/// What a broker would refuse is refused here: the value is read as the other end reads it.
fn check(
    property: Property<'_>,
    value: &[u8],
    name: &impl Fn() -> String,
) -> Result<(), PropertyError> {
    if let (Property::SubscriptionIdentifier(id), Some(value)) = (property, whole(value))
        && id > crate::codec::MAX_REMAINING_LENGTH
    {
        return Err(PropertyError::OutOfRange { value, name: name() });
    }
    let mut alone = PropertyBuffer::new();
    alone.push(property).map_err(|_| PropertyError::TooLong(name()))?;
    if alone.as_properties().iter().next() == Some(property) {
        return Ok(());
    }
    Err(match whole(value) {
        Some(value) if Properties::is_number(&name()) => {
            PropertyError::OutOfRange { value, name: name() }
        }
        _ => PropertyError::NotAllowedText(name()),
    })
}

#[cfg(test)]
mod tests;
