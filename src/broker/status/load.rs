//! How much happens in a minute: an average that forgets, over 1, 5 and 15 minutes, as mosquitto
//! and the systems that it runs on tell their load.

use std::time::Duration;

/// The three spans, and what they are called in topics.
pub(super) const SPANS: [(&str, f64); 3] = [("1min", 60.0), ("5min", 300.0), ("15min", 900.0)];

/// The load of one counter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    counted: u64,
    a_minute: [f64; SPANS.len()],
}

impl Load {
    /// The counter stands at `count` after so much time more; the three averages.
    pub(super) fn update(&mut self, count: u64, time: Duration) -> [f64; SPANS.len()] {
        let seconds = time.as_secs_f64();
        if seconds > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "an average needs no more")]
            let now = count.saturating_sub(self.counted) as f64 * 60.0 / seconds;
            for (average, (_, span)) in self.a_minute.iter_mut().zip(SPANS) {
                *average = libm::exp(-seconds / span).mul_add(*average - now, now);
            }
        }
        self.counted = count;
        self.a_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_rise_to_what_is_steady_and_fall_when_it_ends() {
        let mut load = Load::default();
        let ten = Duration::from_secs(10);
        // mosquitto 2.0.11 published 10.73, 2.19 and 0.73 for 11 packets in its first 3 seconds.
        let first = Load::default().update(11, Duration::from_secs(3));
        assert_eq!(first.map(|value| format!("{value:.2}")), ["10.73", "2.19", "0.73"]);
        let mut count = 0;
        for _ in 0..600 {
            count += 100;
            load.update(count, ten);
        }
        let [one, five, fifteen] = load.update(count + 100, ten);
        for steady in [one, five, fifteen] {
            assert!((599.0..=600.1).contains(&steady), "{steady}");
        }
        let [one, five, fifteen] = load.update(count + 100, Duration::from_mins(1));
        assert!(one < 221.0 && five > 490.0 && fifteen > five, "{one} {five} {fifteen}");
        let same = load.update(count + 100, Duration::ZERO);
        assert_eq!(format!("{same:?}"), format!("{:?}", [one, five, fifteen]));
    }
}
