//! What the broker counts: totals since it began, and what it holds now.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::message::Queued;
use super::router::Router;
use crate::codec::PacketType;
use crate::session::Resend;

/// Packet types of the protocol, and 0, which none has.
const PACKET_TYPES: usize = 16;

/// Totals since the broker began. Each is raised where the thing happens, by one addition.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    /// Packets by their types.
    received: [u64; PACKET_TYPES],
    sent: [u64; PACKET_TYPES],
    /// Bytes of all packets, as they come from and go to the sockets.
    pub(super) bytes_received: u64,
    pub(super) bytes_sent: u64,
    /// Bytes of messages' payloads.
    pub(super) payload_received: u64,
    payload_sent: u64,
    /// Messages that some session did not get: its queue or output was full, a limit was met, or its
    /// right to read what waited was taken back.
    pub(super) dropped: u64,
    /// Messages whose time had passed when they were to be sent.
    pub(super) expired: u64,
    /// Messages that the rules kept from being published.
    pub(super) denied: u64,
    /// Clients that were not let in for their login.
    pub(super) turned_away: u64,
    /// Logins that were checked at length.
    pub(super) checked: u64,
    /// Sessions whose time had passed.
    pub(super) sessions_expired: u64,
    /// Connections that were accepted.
    pub(super) accepted: u64,
    /// Clients that are here now.
    pub(super) online: u64,
}

impl Counters {
    /// A packet came whose first byte this is.
    pub(super) fn received(&mut self, header: u8) {
        count(&mut self.received, header);
    }

    /// A packet goes out whose first byte this is.
    pub(super) fn sent(&mut self, header: u8) {
        count(&mut self.sent, header);
    }

    /// A PUBLISH with so many bytes of payload goes out, unless the client cannot take it.
    pub(super) fn published(&mut self, payload: usize, is_sent: bool) {
        let [_, _, _, publish, ..] = &mut self.sent;
        *publish += u64::from(is_sent);
        self.payload_sent += payload as u64 * u64::from(is_sent);
    }

    /// A message that a queue kept goes out, unless its time has passed or the client cannot take it.
    pub(super) fn drawn(&mut self, queued: &Queued, is_sent: bool, now: Instant) {
        self.published(queued.message.payload().len(), is_sent);
        self.expired += u64::from(!is_sent && queued.message.remaining(now).is_err());
    }

    /// What a resumed session sends again goes out, unless the client cannot take it.
    pub(super) fn sent_again(&mut self, resend: &Resend<'_, Queued>, is_sent: bool) {
        match resend {
            Resend::Publish(_, _, queued) => {
                self.published(queued.message.payload().len(), is_sent);
            }
            Resend::Pubrel(_) => self.sent((PacketType::Pubrel as u8) << 4),
        }
    }
}

fn count(packets: &mut [u64; PACKET_TYPES], header: u8) {
    if let Some(count) = packets.get_mut(usize::from(header >> 4)) {
        *count += 1;
    }
}

/// What is kept of messages, wherever: in queues, in flight, retained. A message that many keep is
/// there once.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) messages: Gauge,
    /// Bytes of payloads.
    pub(super) payload: Gauge,
    /// Bytes that they cost in all.
    pub(super) bytes: Gauge,
    /// Entries of all queues.
    pub(super) queued: Gauge,
}

/// A number that goes up and down, raised and lowered by whoever shares it.
#[derive(Debug, Default)]
pub(super) struct Gauge(Cell<usize>);

impl Gauge {
    pub(super) fn add(&self, count: usize) {
        self.0.set(self.0.get().saturating_add(count));
    }

    pub(super) fn take(&self, count: usize) {
        self.0.set(self.0.get().saturating_sub(count));
    }

    pub(super) fn get(&self) -> usize {
        self.0.get()
    }
}

/// The broker's counters at one moment, as they are published.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot {
    pub(super) totals: Counters,
    /// Since the broker began.
    pub(super) uptime: Duration,
    /// Sessions, of clients that are here and of those that are away.
    pub(super) sessions: u64,
    pub(super) connections: u64,
    /// Clients whose login is being checked.
    pub(super) logins_waiting: u64,
    pub(super) subscriptions: u64,
    pub(super) shared_subscriptions: u64,
    /// Retained messages, and how many of them are the broker's own.
    pub(super) retained: u64,
    pub(super) retained_own: u64,
    pub(super) stored: u64,
    pub(super) stored_payload: u64,
    /// Bytes that kept messages cost.
    pub(super) stored_bytes: u64,
    /// Messages in the queues of all sessions.
    pub(super) queued: u64,
    /// Packets that wait for sockets, and their bytes.
    pub(super) waiting_packets: u64,
    pub(super) waiting_bytes: u64,
    /// Bytes that are held in all, and that may be.
    pub(super) held_bytes: u64,
    pub(super) memory_limit: u64,
}

impl Snapshot {
    /// Packets of one type that came, and that went out.
    pub(super) fn packets(&self, packet: PacketType) -> (u64, u64) {
        let of = |packets: &[u64]| packets.get(packet as usize).copied().unwrap_or_default();
        (of(&self.totals.received), of(&self.totals.sent))
    }

    pub(super) fn messages_received(&self) -> u64 {
        self.totals.received.iter().skip(1).sum()
    }

    pub(super) fn messages_sent(&self) -> u64 {
        self.totals.sent.iter().skip(1).sum()
    }

    /// Bytes of payloads that went out.
    pub(super) const fn payload_sent(&self) -> u64 {
        self.totals.payload_sent
    }
}

impl Router {
    /// What stands now.
    pub(super) fn snapshot(&self, now: Instant) -> Snapshot {
        let number = |count: usize| count as u64;
        let outputs = self.connections.iter().map(|(_, connection)| &connection.output);
        let (waiting_packets, waiting_bytes) = outputs
            .filter(|output| output.waiting() > 0)
            .map(|output| (number(output.unsent_packets()), number(output.waiting())))
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Snapshot {
            totals: self.counters.clone(),
            uptime: self.status.uptime(now),
            sessions: number(self.sessions.len()),
            connections: number(self.connections.len()),
            logins_waiting: number(self.logins.waiting),
            subscriptions: number(self.subscriptions.single),
            shared_subscriptions: number(self.subscriptions.shared),
            retained: number(self.retained.len()),
            retained_own: number(self.retained.own()),
            stored: number(self.held.messages.get()),
            stored_payload: number(self.held.payload.get()),
            stored_bytes: number(self.held.bytes.get()),
            queued: number(self.held.queued.get()),
            waiting_packets,
            waiting_bytes,
            held_bytes: number(self.held_bytes()),
            memory_limit: number(self.limits.memory),
        }
    }
}

#[cfg(test)]
impl Snapshot {
    /// One in which every number is another, for who looks whether each is told as itself.
    pub(super) fn distinct() -> Self {
        let mut received = [0; PACKET_TYPES];
        let mut sent = [0; PACKET_TYPES];
        for (at, (received, sent)) in (0_u64..).zip(received.iter_mut().zip(&mut sent)) {
            (*received, *sent) = (10_000 + at, 20_000 + at);
        }
        let totals = Counters {
            received,
            sent,
            bytes_received: 101,
            bytes_sent: 102,
            payload_received: 103,
            payload_sent: 104,
            dropped: 105,
            expired: 106,
            denied: 107,
            turned_away: 108,
            checked: 109,
            sessions_expired: 110,
            accepted: 111,
            online: 112,
        };
        Self {
            totals,
            uptime: Duration::from_secs(201),
            sessions: 302,
            connections: 203,
            logins_waiting: 204,
            subscriptions: 205,
            shared_subscriptions: 206,
            retained: 407,
            retained_own: 207,
            stored: 208,
            stored_payload: 209,
            stored_bytes: 210,
            queued: 211,
            waiting_packets: 212,
            waiting_bytes: 213,
            held_bytes: 214,
            memory_limit: 215,
        }
    }
}
