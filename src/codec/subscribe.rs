//! SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK.

use super::connect::{read_properties, write_properties};
use super::field::{Reader, write_string, write_u16};
use super::{EncodeError, Error, PacketId, Place, Properties, Qos, Reason, Version};
use crate::topic;

/// When retained messages are sent for a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// Each time it is made.
    #[default]
    Send = 0,
    /// When it did not exist before.
    SendIfNew = 1,
    /// Never.
    Never = 2,
}

/// The options of one subscription; version 3 has the QoS only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionOptions {
    /// The highest QoS wanted.
    pub qos: Qos,
    /// The client's own messages do not come back.
    pub no_local: bool,
    /// The retain flag is passed on as the publisher set it.
    pub retain_as_published: bool,
    /// What happens to retained messages.
    pub retain_handling: RetainHandling,
}

impl SubscriptionOptions {
    fn from_byte(byte: u8, version: Version) -> Result<Self, Error> {
        let reserved = if version.is_v5() { 0xC0 } else { 0xFC };
        if byte & reserved != 0 {
            return Err(Error::SubscriptionOptions);
        }
        let qos = Qos::from_bits(byte & 0b11).ok_or(Error::SubscriptionValue)?;
        let retain_handling = match (byte >> 4) & 0b11 {
            0 => RetainHandling::Send,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::Never,
            _ => return Err(Error::SubscriptionValue),
        };
        let (no_local, retain_as_published) = (byte & 0x04 != 0, byte & 0x08 != 0);
        Ok(Self { qos, no_local, retain_as_published, retain_handling })
    }

    /// As in SUBSCRIBE: the QoS in the two lowest bits.
    pub const fn to_byte(self, version: Version) -> u8 {
        let qos = self.qos as u8;
        if !version.is_v5() {
            return qos;
        }
        let no_local = (self.no_local as u8) << 2;
        let retain_as_published = (self.retain_as_published as u8) << 3;
        qos | no_local | retain_as_published | ((self.retain_handling as u8) << 4)
    }
}

/// Filters to be served with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Comes back in SUBACK.
    pub id: PacketId,
    /// Version 5 only.
    pub properties: Properties<'a>,
    /// At least one.
    pub filters: Filters<'a>,
}

impl<'a> Subscribe<'a> {
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let id = reader.packet_id()?;
        let properties = read_properties(&mut reader, version, Place::Subscribe)?;
        let filters = Filters { bytes: reader.rest(), version };
        if reader.is_empty() {
            return Err(Error::NoFilters);
        }
        while !reader.is_empty() {
            let filter = reader.string()?;
            let options = SubscriptionOptions::from_byte(reader.u8()?, version)?;
            if !topic::is_filter(filter) {
                return Err(Error::TopicFilter);
            }
            if options.no_local && filter.starts_with(topic::SHARED_PREFIX) {
                return Err(Error::SharedNoLocal);
            }
        }
        Ok(Self { id, properties, filters })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_u16(out, self.id.get());
        write_properties(out, version, self.properties)?;
        for (filter, options) in self.filters.iter() {
            write_string(out, filter)?;
            out.push(options.to_byte(version));
        }
        Ok(())
    }
}

/// The filters of a SUBSCRIBE, each with its options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Filters<'a> {
    /// As on the wire; every entry was read once without an error.
    bytes: &'a [u8],
    version: Version,
}

impl<'a> Filters<'a> {
    /// All filters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, SubscriptionOptions)> + use<'a> {
        let (mut reader, version) = (Reader::new(self.bytes), self.version);
        std::iter::from_fn(move || {
            let filter = reader.string().ok()?;
            let options = SubscriptionOptions::from_byte(reader.u8().ok()?, version).ok()?;
            Some((filter, options))
        })
    }
}

impl std::fmt::Debug for Filters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Filters to be sent.
#[derive(Debug, Clone, Default)]
pub struct FilterBuffer {
    bytes: Vec<u8>,
}

impl FilterBuffer {
    /// Adds one; a filter above 65,535 bytes is refused.
    pub fn push(&mut self, filter: &str, options: SubscriptionOptions) -> Result<(), EncodeError> {
        write_string(&mut self.bytes, filter)?;
        self.bytes.push(options.to_byte(Version::V5));
        Ok(())
    }

    /// What a SUBSCRIBE takes.
    pub fn as_filters(&self) -> Filters<'_> {
        Filters { bytes: &self.bytes, version: Version::V5 }
    }
}

/// Filters to be served with no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Comes back in UNSUBACK.
    pub id: PacketId,
    /// Version 5 only.
    pub properties: Properties<'a>,
    /// At least one.
    pub filters: Names<'a>,
}

impl<'a> Unsubscribe<'a> {
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let id = reader.packet_id()?;
        let properties = read_properties(&mut reader, version, Place::Unsubscribe)?;
        let filters = Names { bytes: reader.rest() };
        if reader.is_empty() {
            return Err(Error::NoFilters);
        }
        while !reader.is_empty() {
            if !topic::is_filter(reader.string()?) {
                return Err(Error::TopicFilter);
            }
        }
        Ok(Self { id, properties, filters })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_u16(out, self.id.get());
        write_properties(out, version, self.properties)?;
        out.extend_from_slice(self.filters.bytes);
        Ok(())
    }
}

/// The filters of an UNSUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// As on the wire; every entry was read once without an error.
    bytes: &'a [u8],
}

impl<'a> Names<'a> {
    /// All filters in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut reader = Reader::new(self.bytes);
        std::iter::from_fn(move || reader.string().ok())
    }
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Filters to be sent in an UNSUBSCRIBE.
#[derive(Debug, Clone, Default)]
pub struct NameBuffer {
    bytes: Vec<u8>,
}

impl NameBuffer {
    /// Adds one; a filter above 65,535 bytes is refused.
    pub fn push(&mut self, filter: &str) -> Result<(), EncodeError> {
        write_string(&mut self.bytes, filter)
    }

    /// What an UNSUBSCRIBE takes.
    pub fn as_names(&self) -> Names<'_> {
        Names { bytes: &self.bytes }
    }
}

/// One code for each filter asked for: SUBACK, and UNSUBACK (no codes before version 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suback<'a> {
    /// The request's identifier.
    pub id: PacketId,
    /// Version 5 only.
    pub properties: Properties<'a>,
    /// [`Reason`] codes; 0x80 is version 3's only refusal.
    pub codes: &'a [u8],
}

impl<'a> Suback<'a> {
    pub(super) fn decode(body: &'a [u8], version: Version, place: Place) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let id = reader.packet_id()?;
        let properties = read_properties(&mut reader, version, place)?;
        let codes = reader.rest();
        if version.is_v5() {
            let listed = |&code| Reason::from_code(code).is_some_and(|r| r.belongs_in(place));
            if codes.is_empty() {
                return Err(Error::Truncated);
            }
            if !codes.iter().all(listed) {
                return Err(Error::ReasonCode);
            }
        } else if place == Place::Unsuback {
            reader.finish()?;
        } else if codes.is_empty() {
            return Err(Error::Truncated);
        } else if !codes.iter().all(|code| matches!(code, 0..=2 | 0x80)) {
            return Err(Error::ReasonCode);
        }
        Ok(Self { id, properties, codes })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_u16(out, self.id.get());
        write_properties(out, version, self.properties)?;
        out.extend_from_slice(self.codes);
        Ok(())
    }
}
