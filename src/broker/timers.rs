//! What is to be looked at later, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::connection::ConnectionKey;
use super::session::SessionKey;

/// What a timer asks to be looked at. The state decides what is done: a timer that has become
/// pointless is met and passed over, none is ever taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// CONNECT should have come.
    Connect(ConnectionKey),
    /// A client may have been silent too long.
    KeepAlive(ConnectionKey),
    /// A subscriber that holds publishers should have made progress.
    Progress(SessionKey),
    /// A full queue has refused long enough.
    Refusal(SessionKey),
    /// An offline session may have outlived its time, or its will be due.
    Away(SessionKey),
    /// Refused logins may have been counted and not said.
    TurnedAway,
    /// It may have to be said again that memory is short.
    Shortage,
    /// The broker's own state is to be published.
    Status,
    /// Losses wait to be said.
    Losses(SessionKey),
}

/// No timer is set further ahead; it is set again when it fires too early. Clients that come and
/// go would otherwise leave timers behind that wait for hours.
pub(super) const LOOK_AHEAD: Duration = Duration::from_mins(1);

/// All timers.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    count: u64,
    /// One was set that is due before all others: whoever waits for them has to look again.
    earlier: bool,
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    /// Timers of one moment fire in the order they were set.
    order: u64,
    timer: Timer,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.count += 1;
        self.earlier |= self.next().is_none_or(|next| at < next);
        self.heap.push(Reverse(Entry { at, order: self.count, timer }));
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Whether the next one is due earlier than it was at the last call.
    pub(super) fn take_earlier(&mut self) -> bool {
        std::mem::take(&mut self.earlier)
    }

    /// Takes one that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.timer)
    }
}
