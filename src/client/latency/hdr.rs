//! Times as other programs read them: `HdrHistogram`'s format V2, not compressed.
//!
//! Big-endian: cookie, bytes of counts, an offset that is 0, significant digits, least and
//! greatest value that is told apart, a ratio that is 1; then the counts of the buckets in their
//! order, as numbers of 7 bits a byte, zigzagged: one below zero stands for so many empty buckets.

use hdrhistogram::Histogram;

use super::{LONGEST, Latencies};

/// Version 2, with counts of a variable length.
const COOKIE: u32 = 0x1c84_9313;

/// Significant digits.
const DIGITS: u32 = 3;

/// Where the last bucket ends: longer times than the longest stand in the last ones.
const END: u64 = LONGEST.next_power_of_two();

/// Bytes before the counts.
const HEADER: usize = 40;

/// Buckets of one power of two, for three digits: 2 ^ 10 of them are told apart.
const HALF: u32 = 10;

/// The longest number: its ninth byte has eight bits.
const LONGEST_NUMBER: u32 = 9;

/// Why bytes are no times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HdrError {
    /// Something else, or another version.
    #[error("it is no histogram of HdrHistogram's version 2")]
    NotHdr,
    /// They are told apart otherwise than here, and cannot be added exactly.
    #[error("its buckets are not those of nanoseconds to three digits")]
    OtherBuckets,
    /// It is cut off, or longer than it says.
    #[error("it is not whole")]
    Cut,
    /// It counts more than there can be.
    #[error("its counts are too large")]
    TooLarge,
}

impl Latencies {
    /// As bytes that every `HdrHistogram` reads.
    pub fn encode(&self) -> Vec<u8> {
        let mut counts = Vec::new();
        let mut next = 0_u64;
        for step in self.histogram.iter_recorded() {
            let index = index(step.value_iterated_to());
            let empty = index.saturating_sub(next);
            if empty > 0 {
                put(-i64::try_from(empty).unwrap_or(i64::MAX), &mut counts);
            }
            put(i64::try_from(step.count_at_value()).unwrap_or(i64::MAX), &mut counts);
            next = index.saturating_add(1);
        }
        let mut bytes = Vec::with_capacity(HEADER.saturating_add(counts.len()));
        bytes.extend_from_slice(&COOKIE.to_be_bytes());
        bytes.extend_from_slice(&u32::try_from(counts.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&0_u32.to_be_bytes());
        bytes.extend_from_slice(&DIGITS.to_be_bytes());
        bytes.extend_from_slice(&1_u64.to_be_bytes());
        bytes.extend_from_slice(&LONGEST.to_be_bytes());
        bytes.extend_from_slice(&1_f64.to_be_bytes());
        bytes.extend_from_slice(&counts);
        bytes
    }

    /// Reads what [`Self::encode`], or another program with the same buckets, wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, HdrError> {
        let (header, mut counts) = bytes.split_first_chunk::<HEADER>().ok_or(HdrError::NotHdr)?;
        let (words, _) = header.as_chunks::<4>();
        let [cookie, length, offset, digits, least_high, least, ..] = words else {
            return Err(HdrError::NotHdr);
        };
        let number = |word: &[u8; 4]| u32::from_be_bytes(*word);
        if number(cookie) != COOKIE {
            return Err(HdrError::NotHdr);
        }
        // Values from 0 on fall into the same buckets as those from 1 on.
        let alike = [number(offset), number(digits), number(least_high)] == [0, DIGITS, 0];
        if !alike || number(least) > 1 {
            return Err(HdrError::OtherBuckets);
        }
        if usize::try_from(number(length)) != Ok(counts.len()) {
            return Err(HdrError::Cut);
        }
        let mut histogram =
            Histogram::new_with_bounds(1, LONGEST, 3).map_err(|_| HdrError::OtherBuckets)?;
        let (mut index, mut sum) = (0_u64, 0_u64);
        while !counts.is_empty() {
            let count = take(&mut counts).ok_or(HdrError::Cut)?;
            let many = count.unsigned_abs();
            if count < 0 {
                index = index.checked_add(many).ok_or(HdrError::TooLarge)?;
                continue;
            }
            sum = sum.checked_add(many).ok_or(HdrError::TooLarge)?;
            let value = value(index).filter(|value| *value < END || many == 0);
            let value = value.ok_or(HdrError::OtherBuckets)?;
            if many > 0 {
                histogram.saturating_record_n(value, many);
            }
            index = index.saturating_add(1);
        }
        Ok(Self { histogram })
    }
}

/// The bucket of a value.
fn index(value: u64) -> u64 {
    let bits = u64::BITS.saturating_sub(value.leading_zeros());
    let shift = bits.saturating_sub(HALF.saturating_add(1));
    (u64::from(shift) << HALF).saturating_add(value >> shift)
}

/// The least value of a bucket; none for one that no value of 64 bits has.
fn value(index: u64) -> Option<u64> {
    let shift = (index >> HALF).saturating_sub(1);
    let within = index.checked_sub(shift << HALF)?;
    let room = u64::from(within.leading_zeros());
    (shift <= room).then(|| within.checked_shl(u32::try_from(shift).ok()?)).flatten()
}

/// Appends a number.
fn put(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    for _ in 1..LONGEST_NUMBER {
        if rest < 0x80 {
            break;
        }
        out.push(low(rest) | 0x80);
        rest >>= 7;
    }
    out.push(low(rest));
}

/// Takes a number off the beginning; `None` when it is cut off.
fn take(bytes: &mut &[u8]) -> Option<i64> {
    let mut word = 0_u64;
    for at in 0..LONGEST_NUMBER {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let is_last = at.saturating_add(1) == LONGEST_NUMBER;
        let bits = if is_last { *byte } else { byte & 0x7f };
        word |= u64::from(bits) << at.saturating_mul(7);
        if is_last || byte & 0x80 == 0 {
            break;
        }
    }
    Some((word >> 1).cast_signed() ^ (word & 1).cast_signed().wrapping_neg())
}

/// The lowest byte.
#[expect(clippy::cast_possible_truncation, reason = "to be cut")]
const fn low(word: u64) -> u8 {
    word as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[u64]) -> Latencies {
        let mut latencies = Latencies::new().unwrap();
        for value in values {
            latencies.add_nanoseconds(*value);
        }
        latencies
    }

    #[test]
    fn what_was_written_is_read_as_it_was() {
        let mut random = fastrand::Rng::with_seed(3);
        let any: Vec<_> = (0..5000).map(|_| random.u64(..) >> random.u32(..64)).collect();
        for values in [&[][..], &[0], &[1, 1, 2047, 2048, 2049, 123_456_789, LONGEST], &any] {
            let before = sample(values);
            let after = Latencies::decode(&before.encode()).unwrap();
            assert_eq!(after.histogram, before.histogram);
            assert_eq!(after.percentile(0.0), before.percentile(0.0));
            assert_eq!(after.percentile(99.9), before.percentile(99.9));
            assert_eq!(after.percentile(100.0), before.percentile(100.0));
            assert_eq!(after.mean(), before.mean());
        }
    }

    #[test]
    fn the_bytes_are_those_of_hdrhistogram_in_python() {
        // HdrHistogram(1, 3600000000000, 3) of PyPI's hdrhistogram 0.10, its payload inflated
        const THEIRS: &[u8] = b"\x1c\x84\x93\x13\0\0\0\x0f\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\x03\
            \x46\x30\xb8\xa0\0\x3f\xf0\0\0\0\0\0\0\x01\x02\xcb\x0f\x02\xbf\x6e\x04\xf3\x54\x02\xef\xe1\x01\x02";
        let values = [1, 1000, 123_456, 123_456, 5_000_000, 90_000_000_000];
        assert_eq!(sample(&values).encode(), THEIRS);
    }

    #[test]
    fn every_bucket_has_its_values() {
        for at in [0, 1, 1023, 2047, 2048, 2049, 4095, 4096, 5000, 1 << 20, u64::MAX >> 8] {
            let bucket = index(at);
            let least = value(bucket).unwrap();
            assert!(least <= at && at < value(bucket + 1).unwrap(), "{at}: {bucket} {least}");
        }
        assert_eq!(value(u64::MAX), None);
    }

    #[test]
    fn numbers_have_their_known_bytes() {
        for (number, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (64, &[0x80, 1]),
            (-4096, &[0xff, 0x3f]),
            (i64::MIN, &[0xff; 9]),
        ] {
            let mut out = Vec::new();
            put(number, &mut out);
            assert_eq!(out, bytes, "{number}");
            assert_eq!(take(&mut &*out), Some(number));
        }
        assert_eq!(take(&mut &[0x80_u8][..]), None);
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = sample(&[5, 5_000_000]).encode();
        for end in 0..good.len() {
            assert!(Latencies::decode(&good[..end]).is_err(), "{end}");
        }
        let mut changed = good.clone();
        changed[15] = 2;
        assert_eq!(Latencies::decode(&changed).unwrap_err(), HdrError::OtherBuckets);
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(Latencies::decode(&longer).unwrap_err(), HdrError::Cut);
        // Counts that stand behind all buckets, or do not fit.
        let counts = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 2];
        let mut far = good[..HEADER].to_vec();
        far[4..8].copy_from_slice(&u32::try_from(counts.len()).unwrap().to_be_bytes());
        far.extend_from_slice(&counts);
        assert!(Latencies::decode(&far).is_err());
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..20_000 {
            let mut garbled = good.clone();
            let at = random.usize(..garbled.len());
            garbled[at] = random.u8(..);
            let _ = Latencies::decode(&garbled);
        }
    }
}
