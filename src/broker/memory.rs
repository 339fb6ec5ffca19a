//! What the broker holds in memory, all together, and what it sheds when that is too much: new
//! messages, subscriptions and sessions. Who is here is heard, acknowledged and pinged on, so that
//! what is held can go.

use std::mem::size_of;
use std::time::{Duration, Instant};

use super::connection::{Connection, ConnectionKey};
use super::event::{End, Event};
use super::message::Queued;
use super::router::Router;
use super::session::Session;
use super::timers::Timer;
use crate::codec::{Connect, Publish};

/// What a session costs beside its messages and subscriptions: itself, its identifier, its place
/// among the others, the allocator.
const SESSION_BYTES: usize = size_of::<Session>() + 256;

/// What a connection costs beside its buffers: itself, its task and its socket.
const CONNECTION_BYTES: usize = size_of::<Connection>() + 1_024;

/// What a subscription costs: its entry with its client, its place in the tree.
const SUBSCRIPTION_BYTES: usize = 512;

/// Part of the limit that must be free again before anything new is taken.
const SLACK: usize = 8;

/// A packet that has not come whole ends its connection when memory is short and so much of it is
/// held: it would be refused, and nothing else would free it.
const LARGE_PACKET: usize = 64 * 1024;

/// It is said this often at most that memory is short.
const SHORTAGE_LOG: Duration = Duration::from_mins(1);

/// What is known of the memory that is held.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Bytes in the buffers of all connections.
    buffers: usize,
    /// Nothing new is taken; looked at for every message, and set once a batch.
    pub(super) is_short: bool,
    /// When it was said last that it is short.
    said_at: Option<Instant>,
    /// It is to be said again when a minute has passed.
    is_due: bool,
}

/// What a connection's buffers held when they were looked at last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weighed {
    buffers: usize,
    /// Of these, a packet that has not come whole.
    tail: usize,
}

impl Router {
    /// Bytes that are held: an estimate that leaves out what is small or bounded elsewhere.
    pub(super) fn held_bytes(&self) -> usize {
        let subscriptions = self.subscriptions.single + self.subscriptions.shared;
        self.held.bytes.get()
            + self.held.queued.get() * size_of::<Queued>()
            + self.memory.buffers
            + self.sessions.len() * SESSION_BYTES
            + self.connections.len() * CONNECTION_BYTES
            + subscriptions * SUBSCRIPTION_BYTES
    }

    /// A connection's socket was read or written; `tail` bytes of a packet that has not come whole
    /// are kept where it was read.
    pub(super) fn weigh(&mut self, key: ConnectionKey, tail: Option<usize>, now: Instant) {
        let Some(connection) = self.connection(key) else {
            return;
        };
        let before = connection.weighed;
        let tail = tail.unwrap_or(before.tail);
        let is_closing = connection.is_closing();
        let buffers = connection.output.waiting() + connection.parked.bytes.len() + tail;
        connection.weighed = Weighed { buffers, tail };
        self.memory.buffers = (self.memory.buffers + buffers).saturating_sub(before.buffers);
        if self.memory.is_short && tail > LARGE_PACKET && !is_closing {
            self.close(key, End::OverLimit("memory"), now);
        }
    }

    /// Bytes in the buffers of all connections.
    #[cfg(test)]
    pub(super) fn weighed(&self) -> (usize, usize) {
        let all = self.connections.iter().map(|(_, connection)| connection.weighed.buffers);
        (self.memory.buffers, all.sum())
    }

    /// A connection is gone, and its buffers with it.
    pub(super) fn forget_weight(&mut self, weighed: Weighed) {
        self.memory.buffers = self.memory.buffers.saturating_sub(weighed.buffers);
    }

    /// Looks whether memory has become short, or is so no longer.
    pub(super) fn look_at_memory(&mut self, now: Instant) {
        let limit = self.limits.memory;
        let held = self.held_bytes();
        if held > limit && !self.memory.is_short {
            self.memory.is_short = true;
            self.say_shortage(now);
        } else if self.memory.is_short && held <= limit - limit / SLACK {
            self.memory.is_short = false;
        }
    }

    /// Says that memory is short, once a minute for as long as it is, or is so again.
    pub(super) fn say_shortage(&mut self, now: Instant) {
        let said = self.memory.said_at;
        let next = said.map(|at| at + SHORTAGE_LOG).filter(|next| *next > now);
        if let Some(next) = next {
            if !std::mem::replace(&mut self.memory.is_due, true) {
                self.timers.set(next, Timer::Shortage);
            }
            return;
        }
        self.memory.is_due = false;
        if self.memory.is_short {
            self.memory.said_at = Some(now);
            let (held, limit) = (self.held_bytes(), self.limits.memory);
            self.tell(Event::MemoryShort { held, limit });
            self.memory.is_due = true;
            self.timers.set(now + SHORTAGE_LOG, Timer::Shortage);
        }
    }

    /// The time has come to say it again.
    pub(super) fn look_at_shortage(&mut self, now: Instant) {
        self.memory.is_due = false;
        self.look_at_memory(now);
        self.say_shortage(now);
    }

    /// Whether a message is not taken, since memory is short; one that removes what is retained is.
    pub(super) fn sheds_message(&self, publish: &Publish<'_>) -> bool {
        self.memory.is_short && !(publish.retain && publish.payload.is_empty())
    }

    /// Whether a client is not let in, since memory is short; one that has a session is.
    pub(super) fn sheds_client(&self, connect: &Connect<'_>) -> bool {
        self.memory.is_short && !self.by_client_id.contains_key(connect.client_id)
    }
}
