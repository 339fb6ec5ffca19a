//! Which messages of one publisher came to one subscriber.

use std::collections::BTreeMap;

/// What a number means that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// In its place, or behind a gap.
    New,
    /// For the first time, but behind one with a higher number.
    Late,
    /// Not for the first time.
    Repeat,
}

/// The numbers that came. Memory grows with the gaps that were not filled, not with the messages.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// One more than the highest number that came.
    next: u64,
    /// What did not come below it: the first of each gap, and the first behind it.
    gaps: BTreeMap<u64, u64>,
}

impl Stream {
    /// One more than the highest number that came.
    pub(super) const fn reached(&self) -> u64 {
        self.next
    }

    /// A number came.
    pub(super) fn take(&mut self, number: u64) -> Arrival {
        if number >= self.next {
            if number > self.next {
                self.gaps.insert(self.next, number);
            }
            self.next = number.saturating_add(1);
            return Arrival::New;
        }
        let gap = self.gaps.range(..=number).next_back().map(|(first, end)| (*first, *end));
        let Some((first, end)) = gap.filter(|(_, end)| number < *end) else {
            return Arrival::Repeat;
        };
        self.gaps.remove(&first);
        if first < number {
            self.gaps.insert(first, number);
        }
        let behind = number.saturating_add(1);
        if behind < end {
            self.gaps.insert(behind, end);
        }
        Arrival::Late
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn gaps_are_filled_from_both_ends_and_from_the_middle() {
        use Arrival::{Late, New, Repeat};
        let mut stream = Stream::default();
        for (number, wanted) in [
            (0, New),
            (5, New),
            (3, Late),
            (3, Repeat),
            (1, Late),
            (4, Late),
            (5, Repeat),
            (0, Repeat),
            (2, Late),
            (2, Repeat),
            (6, New),
        ] {
            assert_eq!(stream.take(number), wanted, "{number}");
        }
        assert!(stream.gaps.is_empty());
    }

    #[test]
    fn any_order_is_counted_as_a_set_counts_it() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let (mut stream, mut seen, mut highest) = (Stream::default(), HashSet::new(), None);
            for _ in 0..300 {
                let number = random.u64(..120);
                let wanted = match (seen.insert(number), highest) {
                    (false, _) => Arrival::Repeat,
                    (true, Some(above)) if number < above => Arrival::Late,
                    (true, _) => Arrival::New,
                };
                highest = highest.max(Some(number));
                assert_eq!(stream.take(number), wanted);
            }
            let missing: u64 = stream.gaps.iter().map(|(first, end)| end - first).sum();
            assert_eq!(missing + seen.len() as u64, stream.next);
        }
    }
}
