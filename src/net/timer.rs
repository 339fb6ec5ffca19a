//! A timer that keeps to microseconds: tokio's keeps to milliseconds, and a message that is sent
//! half a millisecond late is measured as half a millisecond slower than it was.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

use super::clock;

/// Wakes at one instant after the other.
#[derive(Debug)]
pub struct Timer {
    alarm: Alarm,
    /// What the alarm is set to.
    armed: Option<Instant>,
}

impl Timer {
    /// Set to nothing yet. An error when the system has no room for one more; to be called within
    /// a runtime.
    pub fn new() -> io::Result<Self> {
        Ok(Self { alarm: Alarm::new()?, armed: None })
    }

    /// Ready once the deadline has passed. Another deadline takes the place of the one before.
    pub fn poll_until(
        &mut self,
        deadline: Instant,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let now = clock::now();
            if now >= deadline {
                self.armed = None;
                return Poll::Ready(Ok(()));
            }
            if self.armed != Some(deadline) {
                self.alarm.set(deadline, now)?;
                self.armed = Some(deadline);
            }
            match self.alarm.poll(context) {
                // It may have rung for an earlier deadline.
                Poll::Ready(Ok(())) => {}
                waits => return waits,
            }
        }
    }
}

/// Linux: a descriptor that becomes readable, to the precision of the system's own timers.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Alarm(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Alarm {
    fn new() -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let file = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        #[expect(
            deprecated,
            reason = "the descriptor is owned here and never replaced: what the \
                                       newer function wants to be promised in unsafe code"
        )]
        let file = tokio::io::unix::AsyncFd::with_interest(file, tokio::io::Interest::READABLE)?;
        Ok(Self(file))
    }

    fn set(&self, deadline: Instant, now: Instant) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let left = deadline.saturating_duration_since(now);
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let left = Timespec::try_from(left).map_err(|_| io::ErrorKind::InvalidInput)?;
        let when = Itimerspec { it_interval: once, it_value: left };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &when)?;
        Ok(())
    }

    /// Not read: each time it rings is told anew, and setting it again takes back that it rang.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_read_ready(context).map_ok(|mut guard| guard.clear_ready())
    }
}

/// Elsewhere: tokio's, to the millisecond.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Alarm(std::pin::Pin<Box<tokio::time::Sleep>>);

#[cfg(not(target_os = "linux"))]
impl Alarm {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn new() -> io::Result<Self> {
        Ok(Self(Box::pin(tokio::time::sleep_until(clock::now().into()))))
    }

    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn set(&mut self, deadline: Instant, _: Instant) -> io::Result<()> {
        self.0.as_mut().reset(deadline.into());
        Ok(())
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn deadlines_pass_one_after_the_other_and_another_takes_a_ones_place() {
        let mut timer = Timer::new().unwrap();
        let start = clock::now();
        for micros in [300, 100, 700, 5_000] {
            let deadline = start + Duration::from_micros(micros);
            poll_fn(|context| timer.poll_until(deadline, context)).await.unwrap();
            assert!(clock::now() >= deadline);
        }
        let far = start + Duration::from_hours(1);
        let waits = poll_fn(|context| Poll::Ready(timer.poll_until(far, context).is_pending()));
        assert!(waits.await);
        let near = clock::now() + Duration::from_millis(2);
        poll_fn(|context| timer.poll_until(near, context)).await.unwrap();
        assert!(clock::now() < far);
    }
}
