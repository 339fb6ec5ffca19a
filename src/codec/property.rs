//! Properties of version 5: one table of identifiers, types and the packets they belong in.

use super::field::{Reader, varint_len, write_binary, write_string, write_varint};
use super::{EncodeError, Error};
use crate::topic;

/// Where properties and reason codes stand: packet types, split by sender where it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the packets'")]
pub enum Place {
    Connect,
    Will,
    Connack,
    PublishFromClient,
    PublishFromServer,
    Puback,
    Pubrec,
    Pubrel,
    Pubcomp,
    Subscribe,
    Suback,
    Unsubscribe,
    Unsuback,
    DisconnectFromClient,
    DisconnectFromServer,
    Auth,
}

impl Place {
    /// This place in a set of places.
    pub(super) const fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// The same packet from the other end, where the sender matters.
    const fn other_end(self) -> Option<Self> {
        Some(match self {
            Self::PublishFromClient => Self::PublishFromServer,
            Self::PublishFromServer => Self::PublishFromClient,
            Self::DisconnectFromClient => Self::DisconnectFromServer,
            Self::DisconnectFromServer => Self::DisconnectFromClient,
            _ => return None,
        })
    }
}

/// One property with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum Property<'a> {
    PayloadFormatIndicator(u8),
    MessageExpiryInterval(u32),
    ContentType(&'a str),
    ResponseTopic(&'a str),
    CorrelationData(&'a [u8]),
    SubscriptionIdentifier(u32),
    SessionExpiryInterval(u32),
    AssignedClientIdentifier(&'a str),
    ServerKeepAlive(u16),
    AuthenticationMethod(&'a str),
    AuthenticationData(&'a [u8]),
    RequestProblemInformation(u8),
    WillDelayInterval(u32),
    RequestResponseInformation(u8),
    ResponseInformation(&'a str),
    ServerReference(&'a str),
    ReasonString(&'a str),
    ReceiveMaximum(u16),
    TopicAliasMaximum(u16),
    TopicAlias(u16),
    MaximumQos(u8),
    RetainAvailable(u8),
    UserProperty(&'a str, &'a str),
    MaximumPacketSize(u32),
    WildcardSubscriptionAvailable(u8),
    SubscriptionIdentifierAvailable(u8),
    SharedSubscriptionAvailable(u8),
}

/// The identifier of a user property, the one that may come any number of times.
const USER_PROPERTY: u32 = 0x26;
/// The identifier that a server may repeat in a PUBLISH.
const SUBSCRIPTION_IDENTIFIER: u32 = 0x0B;

/// The places that a property's identifier is allowed in, `None` for an unknown one.
const fn places(identifier: u32) -> Option<u32> {
    use Place as P;
    const PUBLISH: u32 = P::PublishFromClient.bit() | P::PublishFromServer.bit();
    const MESSAGE: u32 = PUBLISH | P::Will.bit();
    const ACKS: u32 = P::Puback.bit() | P::Pubrec.bit() | P::Pubrel.bit() | P::Pubcomp.bit();
    const DISCONNECT: u32 = P::DisconnectFromClient.bit() | P::DisconnectFromServer.bit();
    const ANSWERS: u32 = P::Connack.bit() | ACKS | P::Suback.bit() | P::Unsuback.bit();
    const ENDS: u32 = P::Connect.bit() | P::Connack.bit();
    Some(match identifier {
        0x01 | 0x02 | 0x03 | 0x08 | 0x09 => MESSAGE,
        0x0B => P::Subscribe.bit() | P::PublishFromServer.bit(),
        0x11 => ENDS | P::DisconnectFromClient.bit(),
        0x12 | 0x13 | 0x1A | 0x24 | 0x25 | 0x28 | 0x29 | 0x2A => P::Connack.bit(),
        0x15 | 0x16 => ENDS | P::Auth.bit(),
        0x17 | 0x19 => P::Connect.bit(),
        0x18 => P::Will.bit(),
        0x1C => P::Connack.bit() | P::DisconnectFromServer.bit(),
        0x1F => ANSWERS | DISCONNECT | P::Auth.bit(),
        0x21 | 0x22 | 0x27 => ENDS,
        0x23 => PUBLISH,
        0x26 => u32::MAX,
        _ => return None,
    })
}

impl<'a> Property<'a> {
    /// Reads one property, its value checked, its place not.
    fn read(identifier: u32, reader: &mut Reader<'a>) -> Result<Self, Error> {
        let flag = |reader: &mut Reader<'a>| match reader.u8()? {
            value @ (0 | 1) => Ok(value),
            _ => Err(Error::PropertyValue),
        };
        Ok(match identifier {
            0x01 => Self::PayloadFormatIndicator(flag(reader)?),
            0x02 => Self::MessageExpiryInterval(reader.u32()?),
            0x03 => Self::ContentType(reader.string()?),
            0x08 => Self::ResponseTopic(reader.string().and_then(|topic| {
                // [MQTT-3.3.2-14]; an empty one is no topic name either.
                topic::is_name(topic).then_some(topic).ok_or(Error::PropertyValue)
            })?),
            0x09 => Self::CorrelationData(reader.binary()?),
            0x0B => match reader.varint()? {
                0 => return Err(Error::PropertyValue),
                id => Self::SubscriptionIdentifier(id),
            },
            0x11 => Self::SessionExpiryInterval(reader.u32()?),
            0x12 => Self::AssignedClientIdentifier(reader.string()?),
            0x13 => Self::ServerKeepAlive(reader.u16()?),
            0x15 => Self::AuthenticationMethod(reader.string()?),
            0x16 => Self::AuthenticationData(reader.binary()?),
            0x17 => Self::RequestProblemInformation(flag(reader)?),
            0x18 => Self::WillDelayInterval(reader.u32()?),
            0x19 => Self::RequestResponseInformation(flag(reader)?),
            0x1A => Self::ResponseInformation(reader.string()?),
            0x1C => Self::ServerReference(reader.string()?),
            0x1F => Self::ReasonString(reader.string()?),
            0x21 => match reader.u16()? {
                0 => return Err(Error::PropertyValue),
                maximum => Self::ReceiveMaximum(maximum),
            },
            0x22 => Self::TopicAliasMaximum(reader.u16()?),
            0x23 => match reader.u16()? {
                0 => return Err(Error::TopicAlias),
                alias => Self::TopicAlias(alias),
            },
            0x24 => Self::MaximumQos(flag(reader)?),
            0x25 => Self::RetainAvailable(flag(reader)?),
            0x26 => Self::UserProperty(reader.string()?, reader.string()?),
            0x27 => match reader.u32()? {
                0 => return Err(Error::PropertyValue),
                size => Self::MaximumPacketSize(size),
            },
            0x28 => Self::WildcardSubscriptionAvailable(flag(reader)?),
            0x29 => Self::SubscriptionIdentifierAvailable(flag(reader)?),
            0x2A => Self::SharedSubscriptionAvailable(flag(reader)?),
            _ => return Err(Error::UnknownProperty),
        })
    }

    /// The number that stands before the value in a packet.
    const fn identifier(&self) -> u8 {
        match self {
            Self::PayloadFormatIndicator(_) => 0x01,
            Self::MessageExpiryInterval(_) => 0x02,
            Self::ContentType(_) => 0x03,
            Self::ResponseTopic(_) => 0x08,
            Self::CorrelationData(_) => 0x09,
            Self::SubscriptionIdentifier(_) => 0x0B,
            Self::SessionExpiryInterval(_) => 0x11,
            Self::AssignedClientIdentifier(_) => 0x12,
            Self::ServerKeepAlive(_) => 0x13,
            Self::AuthenticationMethod(_) => 0x15,
            Self::AuthenticationData(_) => 0x16,
            Self::RequestProblemInformation(_) => 0x17,
            Self::WillDelayInterval(_) => 0x18,
            Self::RequestResponseInformation(_) => 0x19,
            Self::ResponseInformation(_) => 0x1A,
            Self::ServerReference(_) => 0x1C,
            Self::ReasonString(_) => 0x1F,
            Self::ReceiveMaximum(_) => 0x21,
            Self::TopicAliasMaximum(_) => 0x22,
            Self::TopicAlias(_) => 0x23,
            Self::MaximumQos(_) => 0x24,
            Self::RetainAvailable(_) => 0x25,
            Self::UserProperty(..) => 0x26,
            Self::MaximumPacketSize(_) => 0x27,
            Self::WildcardSubscriptionAvailable(_) => 0x28,
            Self::SubscriptionIdentifierAvailable(_) => 0x29,
            Self::SharedSubscriptionAvailable(_) => 0x2A,
        }
    }

    /// Whether it may stand in such a packet.
    pub fn belongs_in(&self, place: Place) -> bool {
        places(self.identifier().into()).is_some_and(|set| set & place.bit() != 0)
    }

    /// Whether it may come again and again, wherever it may come at all.
    pub const fn is_repeatable(&self) -> bool {
        self.identifier() as u32 == USER_PROPERTY
    }

    /// Whether it is the same property, whatever its value.
    pub const fn is_like(&self, other: &Self) -> bool {
        self.identifier() == other.identifier()
    }

    fn write(self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.identifier());
        match self {
            Self::PayloadFormatIndicator(v)
            | Self::RequestProblemInformation(v)
            | Self::RequestResponseInformation(v)
            | Self::MaximumQos(v)
            | Self::RetainAvailable(v)
            | Self::WildcardSubscriptionAvailable(v)
            | Self::SubscriptionIdentifierAvailable(v)
            | Self::SharedSubscriptionAvailable(v) => out.push(v),
            Self::ServerKeepAlive(v)
            | Self::ReceiveMaximum(v)
            | Self::TopicAliasMaximum(v)
            | Self::TopicAlias(v) => out.extend_from_slice(&v.to_be_bytes()),
            Self::MessageExpiryInterval(v)
            | Self::SessionExpiryInterval(v)
            | Self::WillDelayInterval(v)
            | Self::MaximumPacketSize(v) => out.extend_from_slice(&v.to_be_bytes()),
            Self::SubscriptionIdentifier(v) => write_varint(out, v),
            Self::ContentType(v)
            | Self::ResponseTopic(v)
            | Self::AssignedClientIdentifier(v)
            | Self::AuthenticationMethod(v)
            | Self::ResponseInformation(v)
            | Self::ServerReference(v)
            | Self::ReasonString(v) => write_string(out, v)?,
            Self::CorrelationData(v) | Self::AuthenticationData(v) => write_binary(out, v)?,
            Self::UserProperty(name, value) => {
                write_string(out, name)?;
                write_string(out, value)?;
            }
        }
        Ok(())
    }
}

/// A packet's properties: valid bytes, read anew by each look at them.
///
/// Empty for versions before 5. A look walks the bytes; packets on a hot path have none.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties<'a> {
    /// Without the length; every property in it was read once without an error.
    bytes: &'a [u8],
}

impl<'a> Properties<'a> {
    /// No property.
    pub const EMPTY: Self = Self { bytes: &[] };

    /// Reads the length and the properties behind it, and checks each against `place`.
    pub(super) fn decode(reader: &mut Reader<'a>, place: Place) -> Result<Self, Error> {
        let len = reader.varint()?;
        if len == 0 {
            return Ok(Self::EMPTY);
        }
        let bytes = reader.take(usize::try_from(len).unwrap_or(usize::MAX))?;
        let mut seen = 0_u64;
        let mut rest = Reader::new(bytes);
        while !rest.is_empty() {
            let identifier = rest.varint()?;
            Property::read(identifier, &mut rest)?;
            let has = |place: Place| places(identifier).is_some_and(|set| set & place.bit() != 0);
            if !has(place) {
                let misplaced = !place.other_end().is_some_and(has);
                return Err(if misplaced {
                    Error::MisplacedProperty
                } else {
                    Error::PropertySender
                });
            }
            let repeatable = identifier == USER_PROPERTY
                || (identifier == SUBSCRIPTION_IDENTIFIER && place == Place::PublishFromServer);
            let bit = 1_u64 << (identifier & 63);
            if seen & bit != 0 && !repeatable {
                return Err(Error::DuplicateProperty);
            }
            seen |= bit;
        }
        Ok(Self { bytes })
    }

    /// Bytes that came out of [`Self::bytes`] before: they are not checked again, and what cannot
    /// be read in them is left out.
    pub const fn trusted(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The properties as they stand in a packet, without their length.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All properties in order.
    pub fn iter(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let mut rest = Reader::new(self.bytes);
        std::iter::from_fn(move || {
            let identifier = rest.varint().ok()?;
            Property::read(identifier, &mut rest).ok()
        })
    }

    /// The first value that `pick` takes.
    pub fn find<T>(&self, pick: impl FnMut(Property<'a>) -> Option<T>) -> Option<T> {
        if self.bytes.is_empty() { None } else { self.iter().find_map(pick) }
    }

    /// Bytes that these properties take in a packet, their length included.
    pub fn encoded_len(&self) -> usize {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        varint_len(len).saturating_add(self.bytes.len())
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = u32::try_from(self.bytes.len()).map_err(|_| EncodeError::PacketTooLong)?;
        write_varint(out, len);
        out.extend_from_slice(self.bytes);
        Ok(())
    }
}

impl std::fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A password may travel as authentication data.
        f.debug_list()
            .entries(self.iter().map(|property| match property {
                Property::AuthenticationData(_) => Property::AuthenticationData(b"..."),
                other => other,
            }))
            .finish()
    }
}

/// Properties to be sent, in the order they were added.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PropertyBuffer {
    bytes: Vec<u8>,
}

impl PropertyBuffer {
    /// No property yet.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Adds one; a string above 65,535 bytes is refused and nothing is added.
    pub fn push(&mut self, property: Property<'_>) -> Result<(), EncodeError> {
        let before = self.bytes.len();
        let result = property.write(&mut self.bytes);
        if result.is_err() {
            self.bytes.truncate(before);
        }
        result
    }

    /// Adds all of another packet's properties.
    pub fn extend(&mut self, properties: Properties<'_>) {
        self.bytes.extend_from_slice(properties.bytes);
    }

    /// Drops what was added; the memory stays for the next packet.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// What a packet takes.
    pub fn as_properties(&self) -> Properties<'_> {
        Properties { bytes: &self.bytes }
    }
}

impl std::fmt::Debug for PropertyBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_properties().fmt(f)
    }
}
