//! The one place that reads clocks; everywhere else, time is a parameter.

use std::time::{Instant, SystemTime};

/// The monotonic clock: for deadlines, intervals and latencies.
#[expect(clippy::disallowed_methods, reason = "this is the place that the lint points to")]
pub fn now() -> Instant {
    Instant::now()
}

/// The wall clock: for what people read, never for measuring.
#[expect(clippy::disallowed_methods, reason = "this is the place that the lint points to")]
pub fn wall() -> SystemTime {
    SystemTime::now()
}
