//! The fields that packets are made of: integers, strings, binary data, variable integers.

use super::{EncodeError, Error, PacketId};

/// The largest value of a variable byte integer, and so the largest remaining length.
pub const MAX_REMAINING_LENGTH: u32 = 268_435_455;

/// Takes fields off the front of a packet's body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub(super) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The end of the packet: nothing may be left.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::TrailingBytes) }
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn packet_id(&mut self) -> Result<PacketId, Error> {
        PacketId::new(self.u16()?).ok_or(Error::PacketId)
    }

    pub(super) fn binary(&mut self) -> Result<&'a [u8], Error> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// UTF-8 without U+0000; no other character is refused, none is changed `[MQTT-1.5.4-3]`.
    pub(super) fn string(&mut self) -> Result<&'a str, Error> {
        let text = std::str::from_utf8(self.binary()?).map_err(|_| Error::Utf8)?;
        if text.contains('\0') {
            return Err(Error::Nul);
        }
        Ok(text)
    }

    pub(super) fn varint(&mut self) -> Result<u32, Error> {
        match read_varint(self.rest)? {
            Some((value, len)) => {
                self.take(len)?;
                Ok(value)
            }
            None => Err(Error::Truncated),
        }
    }
}

/// Reads a variable byte integer off the front: its value and its length in bytes. `None` when
/// more bytes are needed to tell.
pub(super) fn read_varint(bytes: &[u8]) -> Result<Option<(u32, usize)>, Error> {
    let mut value = 0_u32;
    for (at, &byte) in bytes.iter().take(4).enumerate() {
        let shift = u32::try_from(at).unwrap_or(0).saturating_mul(7);
        value |= u32::from(byte & 0x7F) << (shift & 31);
        if byte & 0x80 == 0 {
            let minimal = byte != 0 || at == 0;
            return if minimal {
                Ok(Some((value, at.saturating_add(1))))
            } else {
                Err(Error::Varint)
            };
        }
    }
    if bytes.len() >= 4 { Err(Error::Varint) } else { Ok(None) }
}

/// Bytes that `value` takes as a variable byte integer.
pub const fn varint_len(value: u32) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// Appends `value`, at most [`MAX_REMAINING_LENGTH`], as a variable byte integer.
pub fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(super) fn write_binary(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), EncodeError> {
    let len = u16::try_from(bytes.len()).map_err(|_| EncodeError::FieldTooLong)?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn write_string(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    write_binary(out, text.as_bytes())
}

pub(super) fn write_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varint_is_read_in_its_shortest_form_only() {
        for (bytes, want) in [
            (&[0x00][..], Ok(Some((0, 1)))),
            (&[0x7F], Ok(Some((127, 1)))),
            (&[0x80, 0x01], Ok(Some((128, 2)))),
            (&[0xFF, 0xFF, 0xFF, 0x7F], Ok(Some((MAX_REMAINING_LENGTH, 4)))),
            (&[0x80], Ok(None)),
            (&[], Ok(None)),
            (&[0x80, 0x00], Err(Error::Varint)),
            (&[0xFF, 0xFF, 0xFF, 0xFF], Err(Error::Varint)),
        ] {
            assert_eq!(read_varint(bytes), want, "{bytes:02X?}");
        }
    }

    #[test]
    fn varint_is_written_as_it_is_measured() {
        for value in [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, MAX_REMAINING_LENGTH] {
            let mut out = Vec::new();
            write_varint(&mut out, value);
            assert_eq!(out.len(), varint_len(value));
            assert_eq!(read_varint(&out), Ok(Some((value, out.len()))));
        }
    }
}
