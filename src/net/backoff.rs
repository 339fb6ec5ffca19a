//! How long to wait before the next attempt.

use std::time::Duration;

/// Delays that double from a first one to a greatest one, with jitter.
///
/// Each delay lies between half and the whole of its step, so that a thousand clients that lost
/// one broker do not all come back in the same instant.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    /// The whole of the next delay, before jitter.
    step: Duration,
    /// No delay is shorter, until `reset`.
    floor: Duration,
}

impl Backoff {
    /// Delays from `first` to `most`; `first` is lowered to `most` when it is above.
    pub fn new(first: Duration, most: Duration) -> Self {
        let first = first.min(most);
        Self { first, most, step: first, floor: Duration::ZERO }
    }

    /// The delay before the next attempt, never above the greatest one.
    pub fn next_delay(&mut self) -> Duration {
        let whole = self.step;
        self.step = whole.saturating_mul(2).min(self.most);
        jittered((whole / 2).max(self.floor), whole)
    }

    /// An attempt succeeded: start from the first delay again, without a floor.
    pub fn reset(&mut self) {
        self.step = self.first;
        self.floor = Duration::ZERO;
    }

    /// Makes the following delays, until `reset`, at least `floor` long (or the greatest one, when
    /// that is less). The next has jitter above the floor, up to its double.
    pub fn at_least(&mut self, floor: Duration) {
        self.floor = self.floor.max(floor).min(self.most);
        self.step = self.step.max(self.floor.saturating_mul(2)).min(self.most);
    }
}

/// Reconnecting: 100 ms to 30 s.
impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(30))
    }
}

/// A random duration from `least` to `most`; `least` when it is not below `most`.
fn jittered(least: Duration, most: Duration) -> Duration {
    let span = most.saturating_sub(least).as_nanos();
    let span = u64::try_from(span).unwrap_or(u64::MAX);
    least.saturating_add(Duration::from_nanos(fastrand::u64(0..=span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn delays_double_between_half_and_whole_up_to_the_most() {
        for _ in 0..200 {
            let mut backoff = Backoff::default();
            for whole in [100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000] {
                let delay = backoff.next_delay();
                assert!(delay >= millis(whole / 2) && delay <= millis(whole), "{delay:?}");
            }
            backoff.reset();
            assert!(backoff.next_delay() <= millis(100));
        }
    }

    #[test]
    fn delays_differ() {
        let delays: Vec<_> = (0..20).map(|_| Backoff::default().next_delay()).collect();
        assert!(delays.iter().any(|delay| *delay != delays[0]));
    }

    #[test]
    fn a_floor_holds_until_reset() {
        for _ in 0..200 {
            let mut backoff = Backoff::default();
            backoff.at_least(millis(5000));
            backoff.at_least(millis(1000));
            let delay = backoff.next_delay();
            assert!(delay >= millis(5000) && delay <= millis(10_000), "{delay:?}");
            assert!(backoff.next_delay() >= millis(10_000));
            backoff.reset();
            assert!(backoff.next_delay() <= millis(100));
        }
    }

    #[test]
    fn nothing_exceeds_the_most() {
        let mut backoff = Backoff::new(millis(500), millis(200));
        backoff.at_least(millis(900));
        for _ in 0..50 {
            assert_eq!(backoff.next_delay(), millis(200));
        }
        let mut endless = Backoff::new(Duration::MAX, Duration::MAX);
        endless.at_least(Duration::MAX);
        assert_eq!(endless.next_delay(), Duration::MAX);
    }
}
