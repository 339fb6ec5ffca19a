//! The one place that reads clocks; everywhere else, time is a parameter.

use std::time::{Duration, Instant, SystemTime};

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

/// The processor's time that all threads of this process took so far; `None` where the system does
/// not tell it.
#[cfg(unix)]
pub fn processor() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.try_into().ok()
}

/// The system is not asked here.
#[cfg(not(unix))]
pub fn processor() -> Option<Duration> {
    None
}
