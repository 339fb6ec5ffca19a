//! Keep-alive as data: when to ping, when the other end is gone.

use std::time::{Duration, Instant};

/// The client's side: it must send something within the interval `[MQTT-3.1.2-20]`.
#[derive(Debug)]
pub struct KeepAlive {
    /// Zero: no pings.
    interval: Duration,
    last_sent: Instant,
    /// When the unanswered PINGREQ left.
    pinged: Option<Instant>,
}

impl KeepAlive {
    /// `seconds` between packets at most, counted from `now`; 0 switches it off.
    pub const fn new(seconds: u16, now: Instant) -> Self {
        Self { interval: Duration::from_secs(seconds as u64), last_sent: now, pinged: None }
    }

    /// Something was sent.
    pub const fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    /// A PINGREQ was sent.
    pub const fn pinged(&mut self, now: Instant) {
        self.last_sent = now;
        self.pinged = Some(now);
    }

    /// Whether a PINGREQ was sent that is not answered.
    pub const fn is_asking(&self) -> bool {
        self.pinged.is_some()
    }

    /// A PINGRESP came.
    pub const fn answered(&mut self) {
        self.pinged = None;
    }

    /// An unanswered ping tells nothing: this end does not read (its output stalls), or there was
    /// another sign of life.
    pub fn excuse(&mut self, now: Instant) {
        if self.pinged.is_some() {
            self.pinged = Some(now);
        }
    }

    /// When [`Self::is_due`] or [`Self::is_lost`] is to be asked next; `None` for never.
    pub fn deadline(&self) -> Option<Instant> {
        if self.interval.is_zero() {
            return None;
        }
        let ping = self.last_sent.checked_add(self.interval);
        let lost = self.pinged.and_then(|at| at.checked_add(self.patience()));
        match (ping, lost) {
            (Some(ping), Some(lost)) => Some(ping.min(lost)),
            (ping, lost) => ping.or(lost),
        }
    }

    /// Whether a PINGREQ is to be sent now.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.interval.is_zero() && now.saturating_duration_since(self.last_sent) >= self.interval
    }

    /// Whether a PINGREQ stayed unanswered too long: the link is dead.
    pub fn is_lost(&self, now: Instant) -> bool {
        self.pinged.is_some_and(|at| {
            !self.interval.is_zero() && now.saturating_duration_since(at) >= self.patience()
        })
    }

    /// Half an interval: with the ping a whole one after the last packet, a dead server is
    /// noticed within one and a half, as a dead client is by the server `[MQTT-3.1.2-22]`.
    fn patience(&self) -> Duration {
        self.interval.checked_div(2).unwrap_or(self.interval)
    }

    /// How long a server waits for a client's next packet; `None` for ever.
    pub fn server_patience(seconds: u16) -> Option<Duration> {
        (seconds > 0).then(|| Duration::from_millis(u64::from(seconds).saturating_mul(1_500)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_link_is_pinged_and_given_up_within_one_and_a_half_intervals() {
        #[expect(clippy::disallowed_methods, reason = "any instant serves as the beginning")]
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut keep_alive = KeepAlive::new(10, start);
        assert_eq!(keep_alive.deadline(), Some(at(10)));
        assert!(!keep_alive.is_due(at(9)));
        assert!(keep_alive.is_due(at(10)));
        keep_alive.pinged(at(10));
        assert_eq!(keep_alive.deadline(), Some(at(15)));
        assert!(!keep_alive.is_lost(at(14)));
        assert!(keep_alive.is_lost(at(15)));
        keep_alive.excuse(at(15));
        assert!(!keep_alive.is_lost(at(19)));
        keep_alive.answered();
        assert!(!keep_alive.is_lost(at(99)));
        assert_eq!(KeepAlive::new(0, start).deadline(), None);
        assert_eq!(KeepAlive::server_patience(2), Some(Duration::from_secs(3)));
    }
}
