//! One connection as the router sees it: no socket, but what it sends and what it waits for.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::logins::Login;
use super::memory::Weighed;
use super::session::SessionKey;
use crate::codec::{PacketType, Properties, Property, PropertyBuffer, Publish, Version, split};
use crate::net::CertificateNames;
use crate::session::Server;

/// A connection's place in the router, and which of its tenants is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConnectionKey {
    pub(super) at: usize,
    pub(super) tenant: u64,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) tenant: u64,
    /// Where it comes from, for logs and to tell clients apart.
    pub(super) peer: Box<str>,
    /// The listener that it came by, whose policy holds for it.
    pub(super) listener: usize,
    /// What a certificate that was checked calls the client.
    pub(super) names: Option<Box<CertificateNames>>,
    pub(super) phase: Phase,
    pub(super) login: Login,
    pub(super) weighed: Weighed,
    pub(super) output: Output,
    pub(super) last_received: Instant,
    /// The largest packet taken, in bytes.
    pub(super) maximum_packet: u32,
    /// Bits that the first byte of a PUBLISH must not have: retain, or a QoS above the highest.
    pub(super) forbidden: u8,
    /// Silence that ends the connection.
    pub(super) patience: Option<Duration>,
    /// Sessions that this publisher waits for.
    pub(super) holds: u32,
    pub(super) parked: Parked,
    /// Its socket is not read: what it sent does not fit behind `parked`.
    pub(super) paused: bool,
    /// Its socket is not read: it does not take the answers to what it sent.
    pub(super) stuffed: bool,
    /// The stream ended while packets of it were still held back.
    pub(super) ended: bool,
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum Phase {
    /// CONNECT must come.
    Waiting,
    /// Let in.
    Open(Box<Server>, SessionKey),
    /// What is in the output still leaves; nothing is read.
    Closing,
}

/// Buffers of connections that have nothing to send.
pub(super) type Pool = Rc<RefCell<Vec<Vec<u8>>>>;

/// Buffers in a pool: as many as are written in one turn on a busy broker.
const POOLED_BUFFERS: usize = 64;
/// A buffer that grew beyond this is given back to the system, not to the pool.
const POOLED_BYTES: usize = 128 * 1024;

/// Bytes to send: appended to, sent from the front. An idle connection has no buffer.
#[derive(Debug)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// Of `bytes`, what was sent.
    sent: usize,
    /// Bytes at the front that belong to a packet whose beginning is gone.
    begun: usize,
    pool: Pool,
    /// Bytes of answers appended since the peer's socket took everything: what a peer could make
    /// grow for ever by asking and not reading.
    pub(super) answers: usize,
    /// All bytes ever taken by the peer's socket.
    pub(super) taken: u64,
    /// In the list of those to be flushed.
    pub(super) dirty: bool,
}

impl Output {
    pub(super) const fn new(pool: Pool) -> Self {
        Self { bytes: Vec::new(), sent: 0, begun: 0, pool, answers: 0, taken: 0, dirty: false }
    }

    /// What is to be sent is appended to it.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0
            && let Some(buffer) = self.pool.borrow_mut().pop()
        {
            self.bytes = buffer;
        }
        &mut self.bytes
    }

    /// Appends what the peer's own packets ask for.
    pub(super) fn answer(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let out = self.buffer();
        let before = out.len();
        write(out);
        self.answers += out.len() - before;
    }

    /// Bytes that still have to leave.
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Packets that still have to leave, with one that has left in part.
    pub(super) fn unsent_packets(&self) -> usize {
        self.packet_ends().filter(|end| *end > self.sent).count()
    }

    /// Where the packets in the buffer end, first that of which only the end is there.
    fn packet_ends(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(self.begun), |at| {
            let rest = self.bytes.get(*at..).unwrap_or_default();
            Some(at + split(rest, u32::MAX).ok().flatten()?.bytes().len())
        })
    }

    /// The peer takes nothing any longer.
    pub(super) fn discard(&mut self) {
        self.bytes = Vec::new();
        self.sent = 0;
        self.begun = 0;
        self.answers = 0;
    }

    pub(super) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// `count` bytes were sent.
    pub(super) fn advance(&mut self, count: usize) {
        self.sent += count;
        self.taken += count as u64;
        self.answers = self.answers.min(self.waiting());
        // A long rest is moved to the front at most once per its own length.
        if self.sent == self.bytes.len() {
            let mut buffer = std::mem::take(&mut self.bytes);
            self.sent = 0;
            self.begun = 0;
            self.answers = 0;
            let mut pool = self.pool.borrow_mut();
            if pool.len() < POOLED_BUFFERS && buffer.capacity() <= POOLED_BYTES {
                buffer.clear();
                pool.push(buffer);
            }
        } else if self.sent > 64 * 1024 && self.sent * 2 > self.bytes.len() {
            let end = self.packet_ends().find(|end| *end >= self.sent);
            self.begun = end.unwrap_or(self.begun).saturating_sub(self.sent);
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }
}

/// What a held publisher sent: whole packets in order, to be taken up again.
#[derive(Debug, Default)]
pub(super) struct Parked {
    pub(super) bytes: Vec<u8>,
    /// QoS 1 and 2 messages in it, and their bytes.
    pub(super) messages: usize,
    pub(super) message_bytes: usize,
    /// Bytes of QoS 0 messages and PINGREQs in it.
    pub(super) once_bytes: usize,
}

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn push(&mut self, frame: &[u8], header: u8) {
        self.bytes.extend_from_slice(frame);
        if is_acknowledged(header) {
            self.messages += 1;
            self.message_bytes += frame.len();
        } else {
            self.once_bytes += frame.len();
        }
    }
}

/// Whether a header byte is that of a QoS 1 or 2 message.
pub(super) fn is_acknowledged(header: u8) -> bool {
    PacketType::of(header) == Ok(PacketType::Publish) && header & 0b110 != 0
}

/// A PUBLISH to a client, before it is known how the client takes it.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    /// With the properties that are passed on.
    pub(super) publish: Publish<'a>,
    pub(super) expiry: Option<u32>,
    pub(super) identifiers: &'a [u32],
}

impl Connection {
    /// Whether its socket is not read.
    pub(super) fn is_unread(&self) -> bool {
        self.paused || self.stuffed || self.login == Login::Checking
    }

    pub(super) const fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing)
    }

    pub(super) const fn session(&self) -> Option<SessionKey> {
        match &self.phase {
            Phase::Open(_, session) => Some(*session),
            _ => None,
        }
    }
}

/// Appends a PUBLISH as `server`'s client takes it; false when it is larger than the client's
/// maximum packet size, and so dropped as if it were sent `[MQTT-3.1.2-25]`.
pub(super) fn write_publish(
    server: &mut Server,
    draft: &Draft<'_>,
    buffer: &mut PropertyBuffer,
    out: &mut Vec<u8>,
) -> bool {
    let version = server.version();
    let limit = usize::try_from(server.maximum_packet_size()).unwrap_or(usize::MAX);
    let fits = |publish: &Publish<'_>, more: usize| publish.encoded_len(version) + more <= limit;
    let mut publish = draft.publish;
    if version != Version::V5 {
        publish.properties = Properties::EMPTY;
        return fits(&publish, 0) && publish.encode(version, out).is_ok();
    }
    let plain = draft.expiry.is_none() && draft.identifiers.is_empty();
    if plain && !server.aliases_out.is_enabled() {
        return fits(&publish, 0) && publish.encode(version, out).is_ok();
    }
    buffer.clear();
    buffer.extend(publish.properties);
    // Numbers always fit.
    if let Some(seconds) = draft.expiry {
        let _ = buffer.push(Property::MessageExpiryInterval(seconds));
    }
    for &identifier in draft.identifiers {
        let _ = buffer.push(Property::SubscriptionIdentifier(identifier));
    }
    let whole = Publish { properties: buffer.as_properties(), ..publish };
    if !fits(&whole, 0) {
        return false;
    }
    // An alias is given only to what then still fits: the client must hear of it.
    let room = fits(&whole, ALIAS_BYTES);
    let alias = if room { server.aliases_out.alias(publish.topic) } else { None };
    if let Some((alias, known)) = alias {
        let _ = buffer.push(Property::TopicAlias(alias));
        if known {
            publish.topic = "";
        }
    }
    Publish { properties: buffer.as_properties(), ..publish }.encode(version, out).is_ok()
}

/// What an alias adds to a packet: the property, and one byte more of each length.
const ALIAS_BYTES: usize = 5;
