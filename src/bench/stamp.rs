//! What a message carries of itself: where it belongs, and when it was meant to be sent.

/// Bytes of a stamp.
pub(super) const STAMP_SIZE: usize = 32;

/// Bytes that no other message has: its run, whose it is, and its number.
pub(super) const CORRELATION_SIZE: usize = 16;

/// One unit of [`Stamp::delay`]: 64 ns reach for 4 minutes.
const DELAY_SHIFT: u32 = 6;

/// The beginning of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The number of the publisher.
    pub(super) publisher: u32,
    /// The number of the message among its publisher's.
    pub(super) sequence: u64,
    /// When it was meant to be sent: nanoseconds of the run.
    pub(super) intended: u64,
    /// When it was sent.
    pub(super) sent: u64,
}

/// What a payload turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A message as it was sent.
    Whole(Stamp),
    /// One whose stamp can be read, and whose rest is not what was sent.
    Damaged(Stamp),
    /// Nothing of this run that could be told.
    Unknown,
}

/// The payloads of one run: all alike but for their stamps.
#[derive(Debug)]
pub(super) struct Template {
    run: u32,
    /// A payload whose stamp is not written yet.
    bytes: Vec<u8>,
}

impl Template {
    /// Payloads of `size` bytes. Their rest is made of the run's number: nothing compresses it, and
    /// another run's differs.
    pub(super) fn new(run: u32, size: usize) -> Self {
        let mut state = u64::from(run) | 1 << 40;
        let mut next = || {
            // xorshift64 (Marsaglia 2003): the same in every process that knows the run
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let mut bytes = Vec::with_capacity(size.saturating_add(8));
        while bytes.len() < size {
            bytes.extend_from_slice(&next());
        }
        bytes.truncate(size);
        Self { run, bytes }
    }

    /// A payload, to be stamped.
    pub(super) fn payload(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Stamps a payload; one that is too short gets the beginning of the stamp.
    pub(super) fn write(&self, stamp: &Stamp, payload: &mut [u8]) {
        let bytes = self.encode(stamp);
        if let Some(place) = payload.first_chunk_mut() {
            *place = bytes;
        } else {
            payload.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        }
    }

    /// So many of the bytes that payloads have in common.
    pub(super) fn bytes(&self, size: usize) -> &[u8] {
        self.bytes.get(..size).unwrap_or(&self.bytes)
    }

    /// What tells a message from all others.
    pub(super) fn correlation(&self, stamp: &Stamp) -> [u8; CORRELATION_SIZE] {
        let mut bytes = [0; CORRELATION_SIZE];
        let words = [pair(self.run, stamp.publisher), stamp.sequence];
        let (places, _) = bytes.as_chunks_mut::<8>();
        places.iter_mut().zip(words).for_each(|(place, word)| *place = word.to_le_bytes());
        bytes
    }

    /// The stamp's bytes.
    pub(super) fn encode(&self, stamp: &Stamp) -> [u8; STAMP_SIZE] {
        let delay = stamp.sent.saturating_sub(stamp.intended) >> DELAY_SHIFT;
        let delay = u32::try_from(delay).unwrap_or(u32::MAX);
        let ids = pair(self.run, stamp.publisher);
        let check = mix([ids, stamp.sequence, stamp.intended, delay.into()].into_iter());
        let words = [ids, stamp.sequence, stamp.intended, pair(delay, check)];
        let mut bytes = [0; STAMP_SIZE];
        let (places, _) = bytes.as_chunks_mut::<8>();
        places.iter_mut().zip(words).for_each(|(place, word)| *place = word.to_le_bytes());
        bytes
    }

    /// Reads a payload back that has all the bytes.
    pub(super) fn read(&self, payload: &[u8]) -> Reading {
        match self.read_beginning(payload) {
            Reading::Whole(stamp) if payload.len() != self.bytes.len() => Reading::Damaged(stamp),
            reading => reading,
        }
    }

    /// Reads a payload back that may be cut off.
    pub(super) fn read_beginning(&self, payload: &[u8]) -> Reading {
        let Some((stamp, rest)) = payload.split_first_chunk::<STAMP_SIZE>() else {
            return Reading::Unknown;
        };
        let (words, _) = stamp.as_chunks::<8>();
        let &[ids, sequence, intended, last] = words else { return Reading::Unknown };
        let (ids, sequence) = (u64::from_le_bytes(ids), u64::from_le_bytes(sequence));
        let intended = u64::from_le_bytes(intended);
        let (run, publisher) = halves(ids);
        let (delay, sum) = halves(u64::from_le_bytes(last));
        if run != self.run || sum != mix([ids, sequence, intended, delay.into()].into_iter()) {
            return Reading::Unknown;
        }
        let sent = intended.saturating_add(u64::from(delay) << DELAY_SHIFT);
        let stamp = Stamp { publisher, sequence, intended, sent };
        if self.bytes.get(STAMP_SIZE..payload.len()) == Some(rest) {
            Reading::Whole(stamp)
        } else {
            Reading::Damaged(stamp)
        }
    }
}

/// Two numbers in one.
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// One number as two: the low one first.
#[expect(clippy::cast_possible_truncation, reason = "to be cut in two")]
const fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

/// 32 bits that a change of any other bit changes, but for one in four billion.
pub(super) fn mix(words: impl Iterator<Item = u64>) -> u32 {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(MIX).rotate_left(29);
    halves(words.fold(MIX, mix).wrapping_mul(MIX)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { publisher: 7, sequence: 9, intended: 1_000, sent: 1_000 + 64 * 5 };

    #[test]
    fn a_stamp_comes_back_and_every_changed_byte_is_seen() {
        let template = Template::new(0xBEEF, 100);
        let mut payload = template.payload();
        template.write(&STAMP, &mut payload);
        assert_eq!(template.read(&payload), Reading::Whole(STAMP));
        for at in 0..payload.len() {
            let mut damaged = payload.clone();
            damaged[at] ^= 0x10;
            let wanted = if at < STAMP_SIZE { Reading::Unknown } else { Reading::Damaged(STAMP) };
            assert_eq!(template.read(&damaged), wanted, "byte {at}");
        }
        assert_eq!(template.read(&payload[..99]), Reading::Damaged(STAMP));
        assert_eq!(template.read(&payload[..31]), Reading::Unknown);
        assert_eq!(Template::new(1, 100).read(&payload), Reading::Unknown);
    }

    #[test]
    fn short_payloads_and_long_delays_do_no_harm() {
        let template = Template::new(1, 5);
        let mut payload = template.payload();
        template.write(&Stamp { sent: u64::MAX, ..STAMP }, &mut payload);
        assert_eq!(payload.len(), 5);
        assert_eq!(template.read(&payload), Reading::Unknown);
        let template = Template::new(1, STAMP_SIZE);
        let mut payload = template.payload();
        template.write(&Stamp { sent: u64::MAX, ..STAMP }, &mut payload);
        assert!(matches!(template.read(&payload), Reading::Whole(stamp) if stamp.sequence == 9));
    }
}
