//! What a stream of bytes is cut into (RFC 6455, section 5).

use super::Violation;

/// Bytes of the longest header: two, a length of eight, a mask of four.
pub(super) const LONGEST_HEADER: usize = 14;

/// Bytes that a control frame may carry.
pub(super) const LONGEST_CONTROL: usize = 125;

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7F;
/// Instead of a length: two bytes of it follow.
const SHORT_LENGTH: u8 = 126;
/// Instead of a length: eight bytes of it follow.
const LONG_LENGTH: u8 = 127;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// What stands before the bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The last frame of its message.
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<Mask>,
    pub(super) length: u64,
}

impl Header {
    /// The header that is all of `bytes`; `None` while it is not whole. Never reads behind it when
    /// it is given byte by byte.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, Violation> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & RESERVED != 0 {
            return Err(Violation::Reserved);
        }
        let opcode = Opcode::from_bits(first & OPCODE).ok_or(Violation::Opcode(first & OPCODE))?;
        let last = first & FINAL != 0;
        let (length, rest) = match second & LENGTH {
            SHORT_LENGTH => match rest.split_first_chunk() {
                Some((length, rest)) => (u16::from_be_bytes(*length).into(), rest),
                None => return Ok(None),
            },
            LONG_LENGTH => match rest.split_first_chunk() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            length => (length.into(), rest),
        };
        // the first bit of a length of eight bytes is none
        if i64::try_from(length).is_err() {
            return Err(Violation::Length);
        }
        if opcode.is_control() && (!last || length > LONGEST_CONTROL as u64) {
            return Err(Violation::Control);
        }
        let mask = match (second & MASKED != 0, rest.first_chunk()) {
            (false, _) => None,
            (true, Some(key)) => Some(Mask::new(*key)),
            (true, None) => return Ok(None),
        };
        Ok(Some(Self { last, opcode, mask, length }))
    }

    /// Appends the header.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.opcode.bits() | if self.last { FINAL } else { 0 });
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(length), _) if length < SHORT_LENGTH => out.push(masked | length),
            (_, Ok(length)) => {
                out.push(masked | SHORT_LENGTH);
                out.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                out.push(masked | LONG_LENGTH);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        if let Some(mask) = self.mask {
            out.extend_from_slice(&mask.key());
        }
    }
}

/// What a client's bytes are changed with (RFC 6455, 5.3), so that nobody on the way takes them
/// for something else. Remembers how far it has come within a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask(u32);

impl Mask {
    pub(super) const fn new(key: [u8; 4]) -> Self {
        Self(u32::from_ne_bytes(key))
    }

    const fn key(self) -> [u8; 4] {
        self.0.to_ne_bytes()
    }

    /// Changes the next bytes of the frame, or changes them back.
    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        // eight at a time: the compiler makes vectors of them
        let wide = (u64::from(self.0) << 32) | u64::from(self.0);
        let (words, rest) = bytes.as_chunks_mut();
        for word in words {
            *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
        }
        for (byte, key) in rest.iter_mut().zip(wide.to_ne_bytes()) {
            *byte ^= key;
        }
        let (mut key, size) = (self.key(), rest.len() % size_of::<u32>());
        key.rotate_left(size);
        *self = Self::new(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(header: Header) -> Vec<u8> {
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        bytes
    }

    #[test]
    fn headers_are_read_as_they_are_written_and_never_before_their_end() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 28, (1 << 63) - 1] {
            for mask in [None, Some(Mask::new([1, 2, 3, 4]))] {
                for last in [true, false] {
                    let header = Header { last, opcode: Opcode::Binary, mask, length };
                    let bytes = whole(header);
                    assert!(bytes.len() <= LONGEST_HEADER);
                    assert_eq!(Header::parse(&bytes), Ok(Some(header)));
                    for short in 0..bytes.len() {
                        assert_eq!(Header::parse(&bytes[..short]), Ok(None), "{header:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_rfc() {
        let binary = |length| Header { last: true, opcode: Opcode::Binary, mask: None, length };
        assert_eq!(whole(binary(256)), [0x82, 0x7E, 0x01, 0x00]);
        assert_eq!(whole(binary(65_536)), [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]);
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let mut hello = *b"Hello";
        Mask::new(key).apply(&mut hello);
        assert_eq!(hello, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn what_no_header_may_say_is_refused() {
        for (bytes, violation) in [
            (&[0xC2, 0][..], Violation::Reserved),
            (&[0x83, 0], Violation::Opcode(3)),
            (&[0x8B, 0], Violation::Opcode(11)),
            (&[0x09, 0], Violation::Control),
            (&[0x88, 126, 0, 126], Violation::Control),
            (&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], Violation::Length),
        ] {
            assert_eq!(Header::parse(bytes), Err(violation));
        }
    }

    #[test]
    fn a_mask_goes_on_where_it_stopped() {
        let plain: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let key = [9, 80, 200, 3];
        let expected: Vec<u8> = plain.iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect();
        for step in [1, 2, 3, 5, 7, 8, 9, 64, 333, 1000] {
            let (mut bytes, mut mask) = (plain.clone(), Mask::new(key));
            bytes.chunks_mut(step).for_each(|part| mask.apply(part));
            assert_eq!(bytes, expected, "by {step}");
        }
    }
}
