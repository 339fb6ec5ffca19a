//! Complaints that a peer can cause by the thousand: some are told, the rest is counted.

use std::time::{Duration, Instant};

/// So many a period are told one by one: enough to see what is wrong, few enough for a screen.
const TOLD: u32 = 10;

/// The count of the rest is told this often at most.
const PERIOD: Duration = Duration::from_secs(1);

/// The complaints about one kind of thing.
#[derive(Debug)]
pub(super) struct Complaints {
    /// When the period began.
    since: Option<Instant>,
    /// Those of it that were told.
    told: u32,
    /// Those that were not, since the count was told last.
    counted: u64,
}

impl Complaints {
    /// None yet.
    pub(super) const fn new() -> Self {
        Self { since: None, told: 0, counted: 0 }
    }

    /// One more: whether it is to be told, and how many that were not to be told before it.
    pub(super) fn add(&mut self, now: Instant) -> (bool, u64) {
        let mut before = 0;
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= PERIOD) {
            (self.since, self.told) = (Some(now), 0);
            before = self.take_counted();
        }
        let is_told = self.told < TOLD;
        if is_told {
            self.told = self.told.saturating_add(1);
        } else {
            self.counted = self.counted.saturating_add(1);
        }
        (is_told, before)
    }

    /// How many were not told; it is known from now on.
    pub(super) const fn take_counted(&mut self) -> u64 {
        std::mem::replace(&mut self.counted, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::clock;

    #[test]
    fn the_first_of_each_second_are_told_and_the_rest_counted() {
        let (mut complaints, start) = (Complaints::new(), clock::now());
        let told = |complaints: &mut Complaints, count: u32, at: u64| {
            let add = |_| complaints.add(start + Duration::from_millis(at));
            (0..count).map(add).filter(|(is_told, _)| *is_told).count()
        };
        assert_eq!(told(&mut complaints, 1000, 0), 10);
        assert_eq!(told(&mut complaints, 1000, 999), 0);
        let next = start + PERIOD;
        assert_eq!(complaints.add(next), (true, 1990));
        assert_eq!(told(&mut complaints, 10, 1_500), 9);
        assert_eq!(complaints.add(next + PERIOD), (true, 1));
        assert_eq!(complaints.take_counted(), 0);
        assert_eq!(told(&mut complaints, 12, 2_100), 9);
        assert_eq!((complaints.take_counted(), complaints.take_counted()), (3, 0));
    }
}
