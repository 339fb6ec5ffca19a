//! How long answers and acknowledgements take.

mod hdr;

use std::time::Duration;

use hdrhistogram::Histogram;

pub use self::hdr::HdrError;

/// Times, to three digits, in memory that does not grow with their number.
#[derive(Debug)]
pub struct Latencies {
    /// Nanoseconds.
    histogram: Histogram<u64>,
}

/// The longest time that is told from longer ones; nobody waits an hour for an answer.
const LONGEST: u64 = 3_600_000_000_000;

impl Latencies {
    /// None yet; `None` never with the figures that stand here.
    pub fn new() -> Option<Self> {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3).ok()?;
        Some(Self { histogram })
    }

    /// One more.
    pub fn add(&mut self, latency: Duration) {
        self.add_nanoseconds(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The same, for who counts in nanoseconds.
    pub fn add_nanoseconds(&mut self, latency: u64) {
        self.histogram.saturating_record(latency);
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.histogram.reset();
    }

    /// All of the others', too: exactly, for both count by the same buckets.
    pub fn add_all(&mut self, others: &Self) {
        // It fails for bounds that differ, and those of all are the same.
        let _ = self.histogram.add(&others.histogram);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Their mean.
    pub fn mean(&self) -> Duration {
        Duration::try_from_secs_f64(self.histogram.mean() / 1e9).unwrap_or_default()
    }

    /// The time that `percent` of them do not exceed: 0 for the least, 100 for the greatest.
    pub fn percentile(&self, percent: f64) -> Duration {
        let value = match percent {
            0.0 => self.histogram.min(),
            _ => self.histogram.value_at_percentile(percent),
        };
        Duration::from_nanos(value)
    }
}

/// The share that `count` is of `all`.
#[expect(clippy::cast_precision_loss, reason = "a share of a few digits")]
fn share(count: u64, all: u64) -> f64 {
    count as f64 / all as f64
}

/// How far the next line of a distribution is: the closer to the end, the less.
fn step_behind(quantile: f64, density: u32) -> f64 {
    let (mut left, mut step) = (1.0 - quantile, 0.5 / f64::from(density.max(1)));
    while left <= 0.5 {
        left *= 2.0;
        step /= 2.0;
        if step <= f64::EPSILON {
            // Nothing is left that a number could tell.
            return 1.0;
        }
    }
    step
}

/// A line of a distribution: of all times, the share `quantile` is at most `value`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time.
    pub value: Duration,
    /// From 0 to 1.
    pub quantile: f64,
    /// How many times are at most this.
    pub count: u64,
}

impl Latencies {
    /// How the times are distributed: `density` lines each time that what is left of them halves.
    ///
    /// As the histogram's own iterator has it, but without a logarithm, for which the system's
    /// library would be loaded at every start of the program.
    pub fn distribution(&self, density: u32) -> Vec<Step> {
        let all = self.histogram.len();
        let (mut steps, mut wanted, mut count) = (Vec::new(), 0.0, 0_u64);
        for bucket in self.histogram.iter_recorded() {
            count = count.saturating_add(bucket.count_since_last_iteration());
            let value = Duration::from_nanos(bucket.value_iterated_to());
            while share(count, all) >= wanted && wanted < 1.0 {
                steps.push(Step { value, quantile: wanted, count });
                if count >= all {
                    break;
                }
                wanted += step_behind(wanted, density);
            }
        }
        if let Some(last) = steps.last().copied() {
            steps.push(Step { quantile: 1.0, ..last });
        }
        steps
    }

    /// How far they are from their mean, as a standard deviation.
    pub fn deviation(&self) -> Duration {
        Duration::try_from_secs_f64(self.histogram.stdev() / 1e9).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_that_of_the_histogram() {
        let mut latencies = Latencies::new().unwrap();
        (1..=2000_u64).for_each(|n| latencies.add(Duration::from_nanos(n * n * 997)));
        for density in [1, 5, 7] {
            let own = latencies.distribution(density);
            let theirs: Vec<_> = latencies.histogram.iter_quantiles(density).collect();
            assert_eq!(own.len(), theirs.len(), "{density}");
            for (one, other) in own.iter().zip(theirs) {
                assert_eq!(one.value.as_nanos(), other.value_iterated_to().into());
                assert!((one.quantile - other.quantile_iterated_to()).abs() < 1e-9, "{one:?}");
            }
        }
        assert!(Latencies::new().unwrap().distribution(5).is_empty());
    }

    #[test]
    fn a_distribution_ends_with_all() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1000).for_each(|micros| latencies.add(Duration::from_micros(micros)));
        let steps: Vec<_> = latencies.distribution(5);
        assert!(steps.is_sorted_by(|one, next| one.value <= next.value && one.count <= next.count));
        let last = steps.last().unwrap();
        assert_eq!((last.count, last.quantile), (1000, 1.0));
        assert!((latencies.deviation().as_secs_f64() - 288.7e-6).abs() < 1e-6);
        let mut twice = Latencies::new().unwrap();
        twice.add_all(&latencies);
        twice.add_all(&latencies);
        assert_eq!(twice.count(), 2000);
        assert_eq!(twice.percentile(99.0), latencies.percentile(99.0));
    }

    #[test]
    fn percentiles_are_those_of_what_was_added() {
        let mut latencies = Latencies::new().unwrap();
        (1..=1000).for_each(|millis| latencies.add(Duration::from_millis(millis)));
        assert_eq!(latencies.count(), 1000);
        let near = |percent: f64, millis: u32| {
            let found = latencies.percentile(percent).as_secs_f64() * 1000.0;
            assert!((found / f64::from(millis) - 1.0).abs() < 0.002, "{percent}: {found}");
        };
        for (percent, millis) in [(0.0, 1), (50.0, 500), (90.0, 900), (99.0, 990), (100.0, 1000)] {
            near(percent, millis);
        }
        assert!((latencies.mean().as_secs_f64() - 0.5005).abs() < 0.001);
        latencies.add(Duration::MAX);
        assert!(latencies.percentile(100.0) > Duration::from_mins(50));
    }
}
