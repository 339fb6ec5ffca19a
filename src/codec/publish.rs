//! PUBLISH.

use super::connect::{read_properties, write_properties};
use super::field::{MAX_REMAINING_LENGTH, Reader, write_string, write_u16, write_varint};
use super::{
    EncodeError, Error, PacketId, PacketType, Place, Properties, Property, Qos, Sender, Version,
};
use crate::topic;

/// A message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Sent before, perhaps.
    pub dup: bool,
    /// Quality of service of this step of its way.
    pub qos: Qos,
    /// To be kept for the topic, or (from a server) kept before the subscription was made.
    pub retain: bool,
    /// Empty only with a topic alias, in version 5.
    pub topic: &'a str,
    /// There at QoS 1 and 2, absent at QoS 0 `[MQTT-2.2.1-2]`.
    pub id: Option<PacketId>,
    /// Version 5 only.
    pub properties: Properties<'a>,
    /// Any bytes.
    pub payload: &'a [u8],
}

const DUP: u8 = 0x08;
const RETAIN: u8 = 0x01;

impl<'a> Publish<'a> {
    pub(super) fn decode(
        header: u8,
        body: &'a [u8],
        version: Version,
        sender: Sender,
    ) -> Result<Self, Error> {
        let qos = Qos::from_bits((header >> 1) & 0b11).ok_or(Error::Qos)?;
        let dup = header & DUP != 0;
        if dup && qos == Qos::AtMostOnce {
            return Err(Error::Dup);
        }
        let mut reader = Reader::new(body);
        let topic = reader.string()?;
        if topic::has_wildcard(topic) {
            return Err(Error::TopicName);
        }
        let id = if qos == Qos::AtMostOnce { None } else { Some(reader.packet_id()?) };
        let place = match sender {
            Sender::Client => Place::PublishFromClient,
            Sender::Server => Place::PublishFromServer,
        };
        let properties = read_properties(&mut reader, version, place)?;
        if topic.is_empty() {
            let alias = |p| if let Property::TopicAlias(alias) = p { Some(alias) } else { None };
            if !version.is_v5() {
                return Err(Error::TopicName);
            }
            properties.find(alias).ok_or(Error::NoTopic)?;
        }
        let payload = reader.rest();
        Ok(Self { dup, qos, retain: header & RETAIN != 0, topic, id, properties, payload })
    }

    /// The first byte: type, DUP, QoS and RETAIN.
    pub const fn header(&self) -> u8 {
        let mut header = PacketType::Publish.header() | ((self.qos as u8) << 1);
        if self.dup {
            header |= DUP;
        }
        if self.retain {
            header |= RETAIN;
        }
        header
    }

    /// The whole packet's size in bytes, header included.
    pub fn encoded_len(&self, version: Version) -> usize {
        let body = self.body_len(version);
        let prefix = super::varint_len(u32::try_from(body).unwrap_or(u32::MAX)).saturating_add(1);
        body.saturating_add(prefix)
    }

    fn body_len(&self, version: Version) -> usize {
        let id = if self.id.is_some() { 2 } else { 0 };
        let properties = if version.is_v5() { self.properties.encoded_len() } else { 0 };
        let text = self.topic.len().saturating_add(2);
        text.saturating_add(id).saturating_add(properties).saturating_add(self.payload.len())
    }

    /// Appends the packet to `out`; on an error `out` is as it was.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let before = out.len();
        let result = self.encode_head(version, out);
        if result.is_ok() {
            out.extend_from_slice(self.payload);
        } else {
            out.truncate(before);
        }
        result
    }

    /// Appends all but the payload; the length counts the payload that is to follow.
    pub fn encode_head(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.body_len(version);
        let len = u32::try_from(len).map_err(|_| EncodeError::PacketTooLong)?;
        if len > MAX_REMAINING_LENGTH {
            return Err(EncodeError::PacketTooLong);
        }
        out.push(self.header());
        write_varint(out, len);
        write_string(out, self.topic)?;
        if let Some(id) = self.id {
            write_u16(out, id.get());
        }
        write_properties(out, version, self.properties)
    }
}

/// What many QoS 0 messages have in common, encoded once: for streams of small messages, where
/// all else would cost more than the message.
#[derive(Debug, Clone)]
pub struct PublishHead {
    header: u8,
    /// The topic with its length and, in version 5, the properties with theirs.
    fields: Vec<u8>,
}

impl PublishHead {
    /// The head of messages like this one, at QoS 0 and whatever its payload.
    pub fn new(publish: &Publish<'_>, version: Version) -> Result<Self, EncodeError> {
        let publish = Publish { qos: Qos::AtMostOnce, dup: false, id: None, ..*publish };
        let mut fields = Vec::new();
        write_string(&mut fields, publish.topic)?;
        write_properties(&mut fields, version, publish.properties)?;
        Ok(Self { header: publish.header(), fields })
    }

    /// The longest payload whose packet stays within `limit` bytes; `None` when not even an
    /// empty one does.
    pub fn longest_payload(&self, limit: u32) -> Option<usize> {
        // The more bytes the length takes, the fewer are left, but the more it can say.
        let says = [0x7F_u32, 0x3FFF, 0x1F_FFFF, MAX_REMAINING_LENGTH];
        let body = (2..=5_u32)
            .zip(says)
            .filter_map(|(head, most)| Some(limit.checked_sub(head)?.min(most)))
            .max()?;
        usize::try_from(body).ok()?.checked_sub(self.fields.len())
    }

    /// The size of the packet with a payload of so many bytes.
    pub fn packet_size(&self, payload: usize) -> Result<usize, EncodeError> {
        let body = u32::try_from(self.fields.len().saturating_add(payload)).ok();
        let body = body.filter(|body| *body <= MAX_REMAINING_LENGTH);
        let body = body.ok_or(EncodeError::PacketTooLong)?;
        let head = super::varint_len(body).saturating_add(1);
        Ok(self.fields.len().saturating_add(payload).saturating_add(head))
    }

    /// Appends a message; the payload is no longer than [`Self::longest_payload`].
    pub fn write(&self, payload: &[u8], out: &mut Vec<u8>) {
        let len = self.fields.len().saturating_add(payload.len());
        out.reserve(len.saturating_add(5));
        out.push(self.header);
        write_varint(out, u32::try_from(len).unwrap_or(MAX_REMAINING_LENGTH));
        out.extend_from_slice(&self.fields);
        out.extend_from_slice(payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_writes_what_encode_writes_up_to_the_limit() {
        for version in [Version::V311, Version::V5] {
            let message = Publish {
                dup: false,
                qos: Qos::AtMostOnce,
                retain: true,
                topic: "a/b",
                id: None,
                properties: Properties::EMPTY,
                payload: &[7; 300],
            };
            let head = PublishHead::new(&message, version).unwrap();
            let (mut by_head, mut by_encode) = (Vec::new(), Vec::new());
            head.write(message.payload, &mut by_head);
            message.encode(version, &mut by_encode).unwrap();
            assert_eq!(by_head, by_encode);
            for limit in (12..400).chain([16_000, 16_386, 16_387, 16_388, 16_389]) {
                let longest = head.longest_payload(limit).unwrap();
                let size =
                    |len| Publish { payload: &vec![0; len], ..message }.encoded_len(version) as u64;
                assert_eq!(head.packet_size(longest).map(|size| size as u64), Ok(size(longest)));
                assert!(size(longest) <= u64::from(limit));
                assert!(size(longest + 1) > u64::from(limit) || longest == 0, "{limit}");
            }
            assert_eq!(head.longest_payload(5), None);
            let too_long = Err(EncodeError::PacketTooLong);
            assert_eq!(head.packet_size(MAX_REMAINING_LENGTH as usize), too_long);
            assert_eq!(head.packet_size(usize::MAX), too_long);
        }
    }
}
