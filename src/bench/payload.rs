//! What messages carry: stamped bytes of one size or of many, or a text with a stamp in it.

use data_encoding::BASE64URL_NOPAD;
use memchr::memmem;

use super::stamp::{CORRELATION_SIZE, Reading, STAMP_SIZE, Stamp, Template, mix};
use super::text::{Facts, Memory, Text, normal};
use super::{approximate, whole};
use crate::options::Size;

/// What the stamp in a text begins with, so that people see what it is.
const MARK: &[u8] = b"mq";

/// Bytes that a stamp in a text has beside those of any stamp: the sum of what is around it.
const SUM_SIZE: usize = 4;

/// Letters of a stamp in a text.
const TEXT_SIZE: usize = MARK.len() + (STAMP_SIZE + SUM_SIZE) / 3 * 4;

/// Letters of it that all of one run have in common: they hold the run's number but for two bits.
const KNOWN: usize = MARK.len() + 5;

/// What the messages of one kind carry.
#[derive(Debug)]
pub(super) struct Payload {
    template: Template,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// All have the size of the template.
    Alike,
    /// Each has a size of its own, at most that of the template.
    Sized(Size, u64),
    /// A text; its stamps begin with these letters.
    Text { text: Text, memory: Memory, known: Vec<u8> },
}

impl Payload {
    /// Of this size, or this text.
    pub(super) fn new(run: u32, size: Size, text: Option<&Text>) -> Self {
        let seed = u64::from(run);
        let (longest, kind) = match (text, size) {
            (Some(text), _) => {
                let template = Template::new(run, STAMP_SIZE);
                let stamp = Stamp { publisher: 0, sequence: 0, intended: 0, sent: 0 };
                let mut known = stamp_text(&template, &stamp, 0);
                known.truncate(KNOWN);
                let text = text.clone();
                (STAMP_SIZE, Kind::Text { text, memory: Memory::new(seed), known })
            }
            (None, Size::Fixed(size)) => (size, Kind::Alike),
            (None, size) => (size.most(), Kind::Sized(size, seed)),
        };
        Self { template: Template::new(run, longest), kind }
    }

    /// A payload, to be made one message's.
    pub(super) fn blank(&self) -> Vec<u8> {
        self.template.payload()
    }

    /// Makes a payload that of a message. It is a blank one, or that of another message.
    pub(super) fn write(&mut self, stamp: &Stamp, client: u32, payload: &mut Vec<u8>) {
        match &mut self.kind {
            Kind::Alike => self.template.write(stamp, payload),
            Kind::Sized(size, seed) => {
                payload.clear();
                let size = size_of(*size, *seed, stamp);
                payload.extend_from_slice(self.template.bytes(size));
                self.template.write(stamp, payload);
            }
            Kind::Text { text, memory, .. } => {
                payload.clear();
                let facts = Facts { client, sequence: stamp.sequence };
                let Some(place) = text.write(facts, memory, payload) else { return };
                let sum = sum(payload.split_at_checked(place).unwrap_or_default());
                payload.splice(place..place, stamp_text(&self.template, stamp, sum));
            }
        }
    }

    /// What tells a message from all others.
    pub(super) fn correlation(&self, stamp: &Stamp) -> [u8; CORRELATION_SIZE] {
        self.template.correlation(stamp)
    }

    /// Reads a payload back.
    pub(super) fn read(&self, payload: &[u8]) -> Reading {
        match &self.kind {
            Kind::Alike => self.template.read(payload),
            Kind::Sized(size, seed) => match self.template.read_beginning(payload) {
                Reading::Whole(stamp) if payload.len() != size_of(*size, *seed, &stamp) => {
                    Reading::Damaged(stamp)
                }
                reading => reading,
            },
            Kind::Text { known, .. } => self.read_text(payload, known).unwrap_or(Reading::Unknown),
        }
    }

    fn read_text(&self, payload: &[u8], known: &[u8]) -> Option<Reading> {
        let (before, rest) = payload.split_at_checked(memmem::find(payload, known)?)?;
        let (stamp, after) = rest.split_at_checked(TEXT_SIZE)?;
        let bytes = BASE64URL_NOPAD.decode(stamp.strip_prefix(MARK)?).ok()?;
        let (stamp, told) = bytes.split_first_chunk::<STAMP_SIZE>()?;
        let Reading::Whole(stamp) = self.template.read(stamp) else { return None };
        let is_whole = told == sum((before, after)).to_le_bytes();
        Some(if is_whole { Reading::Whole(stamp) } else { Reading::Damaged(stamp) })
    }
}

/// A stamp as letters that need no escape in JSON and URLs.
fn stamp_text(template: &Template, stamp: &Stamp, sum: u32) -> Vec<u8> {
    let mut bytes = template.encode(stamp).to_vec();
    bytes.extend_from_slice(&sum.to_le_bytes());
    let mut text = MARK.to_vec();
    text.extend_from_slice(BASE64URL_NOPAD.encode(&bytes).as_bytes());
    text
}

/// 32 bits that differ when anything around a stamp does.
fn sum((before, after): (&[u8], &[u8])) -> u32 {
    let words = [before, after].into_iter().flat_map(|bytes| {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(place, byte)| *place = *byte);
            u64::from_le_bytes(word)
        };
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        bytes.chunks(8).map(word).chain([length])
    });
    mix(words)
}

/// The size of a message, the same for who sends and who receives it.
fn size_of(size: Size, seed: u64, stamp: &Stamp) -> usize {
    let publisher = u64::from(stamp.publisher);
    let number = u64::from(mix([seed, publisher, stamp.sequence].into_iter()));
    let mut random = fastrand::Rng::with_seed(seed ^ number << 32 ^ stamp.sequence);
    match size {
        Size::Fixed(size) => size,
        Size::Range(least, most) => random.usize(least..=most),
        Size::Around { mean, deviation, least } => {
            let wide = |number: usize| approximate(u64::try_from(number).unwrap_or(u64::MAX));
            let number = normal(&mut random).mul_add(wide(deviation), wide(mean));
            usize::try_from(whole(number.round())).unwrap_or(least).clamp(least, size.most())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { publisher: 7, sequence: 9, intended: 1_000, sent: 1_000 };

    #[test]
    fn a_text_is_read_back_and_every_changed_byte_is_seen() {
        let text = Text::parse(r#"{"id":"{stamp}","t":{walk:20:0.1},"c":{client}}"#).unwrap();
        let mut payload = Payload::new(0xBEEF, Size::Fixed(0), Some(&text));
        let mut bytes = payload.blank();
        for sequence in [0, 9, u64::MAX] {
            let stamp = Stamp { sequence, ..STAMP };
            payload.write(&stamp, 3, &mut bytes);
            assert_eq!(payload.read(&bytes), Reading::Whole(stamp));
            assert!(bytes.starts_with(b"{\"id\":\"mq") && bytes.ends_with(b",\"c\":3}"));
        }
        payload.write(&STAMP, 3, &mut bytes);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(!matches!(payload.read(&damaged), Reading::Whole(_)), "byte {at}");
        }
        assert_eq!(payload.read(&bytes[1..]), Reading::Damaged(STAMP));
        assert_eq!(payload.read(b""), Reading::Unknown);
        assert_eq!(payload.read(&bytes[..40]), Reading::Unknown);
    }

    #[test]
    fn sizes_are_within_what_was_asked_for_and_known_at_both_ends() {
        let around = Size::Around { mean: 200, deviation: 50, least: 40 };
        for size in [Size::Range(40, 99), around] {
            let mut payload = Payload::new(1, size, None);
            let mut bytes = payload.blank();
            let mut sizes = Vec::new();
            for sequence in 0..2_000 {
                let stamp = Stamp { sequence, ..STAMP };
                payload.write(&stamp, 0, &mut bytes);
                assert_eq!(payload.read(&bytes), Reading::Whole(stamp));
                sizes.push(bytes.len());
                bytes.pop();
                assert_eq!(payload.read(&bytes), Reading::Damaged(stamp));
            }
            let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
            let mean = sizes.iter().sum::<usize>() / sizes.len();
            match size {
                Size::Range(..) => assert_eq!((*least, *most), (40, 99)),
                _ => assert!((195..=205).contains(&mean) && *least < 100 && *most > 300),
            }
        }
    }
}
