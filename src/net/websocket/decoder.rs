//! From frames to the bytes within them, in the very buffer that they came in.

use super::frame::{Header, Mask, Opcode};
use super::{Role, Violation};

/// Where a peer is in its frames. Holds nothing but what a header or a control frame needs: no
/// length that a peer announces is ever allocated, and no message is put together.
#[derive(Debug)]
pub(super) struct Decoder {
    role: Role,
    /// The header that has not come whole.
    header: Vec<u8>,
    frame: Option<Frame>,
    /// Bytes of a control frame that came so far, 125 at most.
    control: Vec<u8>,
    /// A message has begun and its last frame has not.
    in_message: bool,
    /// The last ping that is not taken from here. An answer to it answers those before it too
    /// (RFC 6455, 5.5.3).
    pub(super) ping: Option<Vec<u8>>,
    /// Why nothing more is taken.
    pub(super) end: Option<End>,
}

/// The frame whose bytes are coming.
#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    mask: Option<Mask>,
    /// Bytes that are to come.
    left: u64,
}

/// How frames end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The other end said so: its code if it gave one, and its words.
    Closed(Option<u16>, String),
    /// It sent what no frame may be.
    Violated(Violation),
}

impl Decoder {
    /// For what comes to this role.
    pub(super) const fn new(role: Role) -> Self {
        Self {
            role,
            header: Vec::new(),
            frame: None,
            control: Vec::new(),
            in_message: false,
            ping: None,
            end: None,
        }
    }

    /// Takes the next bytes, and moves those of the stream to their front; gives how many these
    /// are.
    pub(super) fn decode(&mut self, bytes: &mut [u8]) -> usize {
        let (mut read, mut written) = (0_usize, 0_usize);
        while let Some(rest) = bytes.get_mut(read..)
            && let Some(first) = rest.first()
            && self.end.is_none()
        {
            let Some(frame) = &mut self.frame else {
                let outcome = self.push_header(*first);
                self.note(outcome);
                read = read.saturating_add(1);
                continue;
            };
            let size = usize::try_from(frame.left).map_or(rest.len(), |left| left.min(rest.len()));
            let part = rest.get_mut(..size).unwrap_or_default();
            if let Some(mask) = &mut frame.mask {
                mask.apply(part);
            }
            frame.left = frame.left.saturating_sub(size as u64);
            let (opcode, is_done) = (frame.opcode, frame.left == 0);
            let from = read..read.saturating_add(size);
            read = from.end;
            if opcode.is_control() {
                self.control.extend_from_slice(part);
            } else {
                if from.start != written {
                    bytes.copy_within(from, written);
                }
                written = written.saturating_add(size);
            }
            if is_done {
                self.frame = None;
                let outcome = self.finish(opcode);
                self.note(outcome);
            }
        }
        written
    }

    fn note(&mut self, outcome: Result<(), Violation>) {
        if let Err(violation) = outcome {
            self.end = Some(End::Violated(violation));
        }
    }

    /// One more byte of a header. A frame without bytes is done with it.
    fn push_header(&mut self, byte: u8) -> Result<(), Violation> {
        self.header.push(byte);
        let Some(Header { last, opcode, mask, length }) = Header::parse(&self.header)? else {
            return Ok(());
        };
        self.header.clear();
        if mask.is_some() != (self.role == Role::Server) {
            return Err(Violation::Mask);
        }
        match (opcode, self.in_message) {
            (Opcode::Text, _) => return Err(Violation::Text),
            (Opcode::Continuation, false) | (Opcode::Binary, true) => {
                return Err(Violation::Continuation);
            }
            (Opcode::Continuation | Opcode::Binary, _) => self.in_message = !last,
            _ => {}
        }
        if length == 0 {
            return self.finish(opcode);
        }
        self.frame = Some(Frame { opcode, mask, left: length });
        Ok(())
    }

    /// All bytes of a frame are there.
    fn finish(&mut self, opcode: Opcode) -> Result<(), Violation> {
        match opcode {
            Opcode::Ping => self.ping = Some(std::mem::take(&mut self.control)),
            Opcode::Close => self.end = Some(closed(&self.control)?),
            _ => {}
        }
        self.control.clear();
        Ok(())
    }
}

/// What a close frame says (RFC 6455, 5.5.1).
fn closed(bytes: &[u8]) -> Result<End, Violation> {
    match bytes.split_first_chunk() {
        None if bytes.is_empty() => Ok(End::Closed(None, String::new())),
        None => Err(Violation::Close),
        Some((code, words)) => {
            let words = String::from_utf8_lossy(words).into_owned();
            Ok(End::Closed(Some(u16::from_be_bytes(*code)), words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these bytes when they come in parts of this size.
    fn decoded(role: Role, bytes: &[u8], step: usize) -> (Vec<u8>, Decoder) {
        let mut decoder = Decoder::new(role);
        let mut stream = Vec::new();
        for part in bytes.chunks(step) {
            let mut part = part.to_vec();
            let size = decoder.decode(&mut part);
            stream.extend_from_slice(&part[..size]);
        }
        (stream, decoder)
    }

    #[test]
    fn frames_of_every_cut_give_the_bytes_within_them() {
        let mut bytes = Vec::new();
        // one message in three frames with a ping between them, an empty one, one of many bytes
        for frame in [&b"\x02\x03abc"[..], b"\x89\x02p1", b"\x00\x00", b"\x89\x02p2", b"\x80\x01d"]
        {
            bytes.extend_from_slice(frame);
        }
        bytes.extend_from_slice(b"\x82\x00\x82\x7e\x01\x00");
        bytes.extend_from_slice(&[7; 256]);
        let expected = [&b"abcd"[..], &[7; 256]].concat();
        for step in 1..=bytes.len() {
            let (stream, decoder) = decoded(Role::Client, &bytes, step);
            assert_eq!(stream, expected, "by {step}");
            assert_eq!((decoder.ping, decoder.end), (Some(b"p2".to_vec()), None));
        }
    }

    #[test]
    fn masked_frames_are_unmasked_at_every_cut() {
        let mut bytes = Vec::new();
        let plain: Vec<u8> = (0..100).collect();
        for part in plain.chunks(33) {
            let mask = Mask::new([1, 20, 70, 255]);
            let length = part.len() as u64;
            Header { last: true, opcode: Opcode::Binary, mask: Some(mask), length }
                .write(&mut bytes);
            let mut part = part.to_vec();
            mask.clone().apply(&mut part);
            bytes.extend(part);
        }
        for step in 1..=bytes.len() {
            assert_eq!(decoded(Role::Server, &bytes, step).0, plain, "by {step}");
        }
    }

    #[test]
    fn a_close_ends_everything_behind_it() {
        for (bytes, end) in [
            (&b"\x82\x01a\x88\x00\x82\x01b"[..], End::Closed(None, String::new())),
            (b"\x82\x01a\x88\x04\x03\xe8by\x82\x01b", End::Closed(Some(1000), "by".to_owned())),
            (b"\x82\x01a\x88\x01\x03\x82\x01b", End::Violated(Violation::Close)),
        ] {
            for step in 1..=bytes.len() {
                let (stream, decoder) = decoded(Role::Client, bytes, step);
                assert_eq!((stream, decoder.end), (b"a".to_vec(), Some(end.clone())));
            }
        }
    }

    #[test]
    fn what_breaks_the_rules_is_told_behind_what_was_well() {
        for (bytes, violation) in [
            (&b"\x81\x02hi"[..], Violation::Text),
            (b"\x80\x01x", Violation::Continuation),
            (b"\x02\x01x\x82\x01y", Violation::Continuation),
            (b"\x82\x81\x00\x00\x00\x00x", Violation::Mask),
            (b"\xff\xff", Violation::Reserved),
            (b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", Violation::Length),
        ] {
            let bytes = [b"\x82\x01a", bytes].concat();
            for step in 1..=bytes.len() {
                let (stream, decoder) = decoded(Role::Client, &bytes, step);
                assert_eq!(stream[..1], *b"a");
                assert_eq!(decoder.end, Some(End::Violated(violation)));
            }
        }
        let unmasked = decoded(Role::Server, b"\x82\x01a", 1).1;
        assert_eq!(unmasked.end, Some(End::Violated(Violation::Mask)));
    }

    #[test]
    fn what_is_announced_is_not_allocated() {
        let (stream, decoder) =
            decoded(Role::Client, b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffabc", 4);
        assert_eq!((stream, decoder.end), (b"abc".to_vec(), None));
        assert!(decoder.header.capacity() + decoder.control.capacity() < 64);
    }
}
