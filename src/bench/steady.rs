//! Whether a run has come to where it stays.

use std::collections::VecDeque;
use std::time::Duration;

use super::approximate;
use super::report::Second;

/// Seconds that have to agree.
const SECONDS: usize = 5;

/// How far their counts may be from their mean: the share of it.
const COUNTS: f64 = 0.05;

/// How far their medians may be; those of a millisecond and less are never quite the same.
const MEDIANS: f64 = 0.15;

/// The last seconds.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// What was done in each, and how long half of it took at most.
    seconds: VecDeque<(f64, f64)>,
}

impl Steady {
    /// A second is over in which so much was done. Whether the last ones agree.
    pub(super) fn take(&mut self, done: u64, second: &Second) -> bool {
        let median = second.latency.map_or(Duration::ZERO, |times| times.p50);
        self.seconds.push_back((approximate(done), median.as_secs_f64()));
        if self.seconds.len() > SECONDS {
            self.seconds.pop_front();
        }
        let agree = |of: fn(&(f64, f64)) -> f64, share| {
            let mean = self.seconds.iter().map(of).sum::<f64>() / self.count();
            self.seconds.iter().all(|second| (of(second) - mean).abs() <= mean * share)
        };
        self.seconds.len() == SECONDS
            && self.seconds.iter().all(|(done, _)| *done > 0.0)
            && agree(|second| second.0, COUNTS)
            && agree(|second| second.1, MEDIANS)
    }

    fn count(&self) -> f64 {
        approximate(u64::try_from(self.seconds.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Times;
    use super::*;
    use crate::client::Latencies;

    fn second(median: u64) -> Second {
        let mut latencies = Latencies::new().unwrap();
        latencies.add(Duration::from_micros(median));
        Second { latency: Times::of(&latencies), ..Second::default() }
    }

    #[test]
    fn five_seconds_that_agree_are_steady() {
        let mut steady = Steady::default();
        let mut take = |done, median| steady.take(done, &second(median));
        assert!(![10, 500, 990, 1000, 1010, 1005].into_iter().any(|done| take(done, 100)));
        assert!(!take(1001, 200), "the median is another");
        assert!(![100, 101, 99, 100].into_iter().any(|median| take(1000, median)));
        assert!(take(1000, 100));
        assert!(!take(900, 100));
        assert!(![0; 9].into_iter().any(|done| take(done, 0)), "nothing is not steady");
    }
}
