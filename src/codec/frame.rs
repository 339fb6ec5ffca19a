//! The fixed header: cutting a stream of bytes into whole packets.

use super::field::{MAX_REMAINING_LENGTH, read_varint, varint_len, write_varint};
use super::{EncodeError, Error, Version};

/// The packet types, by their number in the header's upper half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum PacketType {
    Connect = 1,
    Connack = 2,
    Publish = 3,
    Puback = 4,
    Pubrec = 5,
    Pubrel = 6,
    Pubcomp = 7,
    Subscribe = 8,
    Suback = 9,
    Unsubscribe = 10,
    Unsuback = 11,
    Pingreq = 12,
    Pingresp = 13,
    Disconnect = 14,
    Auth = 15,
}

impl PacketType {
    /// The type of a first byte; 0 is reserved.
    pub const fn of(header: u8) -> Result<Self, Error> {
        Ok(match header >> 4 {
            1 => Self::Connect,
            2 => Self::Connack,
            3 => Self::Publish,
            4 => Self::Puback,
            5 => Self::Pubrec,
            6 => Self::Pubrel,
            7 => Self::Pubcomp,
            8 => Self::Subscribe,
            9 => Self::Suback,
            10 => Self::Unsubscribe,
            11 => Self::Unsuback,
            12 => Self::Pingreq,
            13 => Self::Pingresp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return Err(Error::PacketType),
        })
    }

    /// PUBREL, SUBSCRIBE and UNSUBSCRIBE carry 0b0010 in the lower half.
    const fn is_request(self) -> bool {
        matches!(self, Self::Pubrel | Self::Subscribe | Self::Unsubscribe)
    }

    /// The header byte of a packet without flags of its own.
    pub(super) const fn header(self) -> u8 {
        let flags = if self.is_request() { 0b0010 } else { 0 };
        ((self as u8) << 4) | flags
    }
}

/// The DUP bit of a header byte; version 3.1 has it on PUBREL, SUBSCRIBE, UNSUBSCRIBE as well.
const DUP: u8 = 0b1000;

/// One whole packet: its header byte, its body, and all its bytes as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    header: u8,
    body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The first byte: type and flags.
    pub const fn header(&self) -> u8 {
        self.header
    }

    /// What follows the remaining length.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The packet as it came, header and length included.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The packet's type.
    pub const fn packet_type(&self) -> Result<PacketType, Error> {
        PacketType::of(self.header)
    }

    /// `split` lets version 3.1's DUP bit pass; the later versions have none there
    /// `[MQTT-3.8.1-1]`.
    pub(super) fn check_request_flags(&self, version: Version) -> Result<(), Error> {
        if self.header & DUP != 0 && version != Version::V31 {
            return Err(Error::HeaderFlags);
        }
        Ok(())
    }
}

/// Cuts the first packet off `bytes`; `None` when it is not whole yet.
///
/// The first byte is judged as soon as it is there, and the announced size as soon as it is
/// known, so a peer cannot make this end wait for a packet that it would refuse. `limit` is the
/// largest whole packet taken, in bytes.
pub fn split(bytes: &[u8], limit: u32) -> Result<Option<Frame<'_>>, Error> {
    let Some((&header, after)) = bytes.split_first() else {
        return Ok(None);
    };
    let packet_type = PacketType::of(header)?;
    if packet_type != PacketType::Publish {
        let flags = header & 0x0F;
        let wanted = packet_type.header() & 0x0F;
        let dup = packet_type.is_request() && flags == wanted | DUP;
        if flags != wanted && !dup {
            return Err(Error::HeaderFlags);
        }
    }
    let Some((remaining, length_bytes)) = read_varint(after)? else {
        return Ok(None);
    };
    let head = length_bytes.saturating_add(1);
    let size = usize::try_from(remaining).unwrap_or(usize::MAX).saturating_add(head);
    let announced = u32::try_from(size).unwrap_or(u32::MAX);
    if announced > limit {
        return Err(Error::PacketTooLarge { size: announced, limit });
    }
    let Some(whole) = bytes.get(..size) else {
        return Ok(None);
    };
    let body = whole.get(head..).unwrap_or_default();
    Ok(Some(Frame { bytes: whole, header, body }))
}

/// Writes a packet whose body is appended by `body`; undone when that fails.
pub(super) fn write(
    out: &mut Vec<u8>,
    packet_type: PacketType,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.push(packet_type.header());
    let result = length_prefixed(out, body);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Appends what `body` writes behind its length as a variable byte integer.
pub(super) fn length_prefixed(
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    // One byte is kept for the length; nearly every body fits, a longer one is moved once.
    let at = out.len();
    out.push(0);
    body(out)?;
    let len = out.len().saturating_sub(at).saturating_sub(1);
    let len = u32::try_from(len).map_err(|_| EncodeError::PacketTooLong)?;
    if len > MAX_REMAINING_LENGTH {
        return Err(EncodeError::PacketTooLong);
    }
    if let (1, Some(slot)) = (varint_len(len), out.get_mut(at)) {
        *slot = u8::try_from(len).unwrap_or_default();
    } else {
        let mut prefix = Vec::with_capacity(4);
        write_varint(&mut prefix, len);
        out.splice(at..=at, prefix);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_header_is_told_before_the_body_arrives() {
        assert_eq!(split(&[0xC1], 100), Err(Error::HeaderFlags));
        assert_eq!(split(&[0x00], 100), Err(Error::PacketType));
        assert_eq!(
            split(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F], 100),
            Err(Error::PacketTooLarge { size: 268_435_460, limit: 100 })
        );
        assert_eq!(split(&[0x30, 0x80], 100), Ok(None));
    }

    #[test]
    fn a_body_over_127_bytes_gets_its_longer_length() {
        for len in [0_usize, 127, 128, 16_383, 16_384] {
            let mut out = vec![0xAA];
            write(&mut out, PacketType::Pingreq, |out| {
                out.resize(out.len() + len, 7);
                Ok(())
            })
            .unwrap();
            let frame = split(&out[1..], u32::MAX).unwrap().unwrap();
            assert_eq!(frame.body(), vec![7; len]);
            assert_eq!(frame.bytes().len(), out.len() - 1);
        }
    }
}
