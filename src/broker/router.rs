//! The broker's whole state, owned by one thread: bytes and the time come in, bytes to send and
//! connections to look at come out. It knows no sockets.
//!
//! One call to [`Router::receive`] is a batch: its packets act in order, their acknowledgements
//! leave together at the end, when the store has committed what they promise.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use slab::Slab;

use super::connection::{Connection, ConnectionKey, Phase, Pool};
use super::counters::{Counters, Held};
use super::deliver::Variant;
use super::event::{End, Event, Observer};
use super::limits::Limits;
use super::logins::Logins;
use super::memory::Memory;
use super::parking::is_held_back;
use super::policy::{Policies, Policy};
use super::promises::Promise;
use super::retained::Retained;
use super::route::Subscriptions;
use super::session::{Session, SessionKey};
use super::status::Status;
use super::timers::Timers;
use crate::codec::{Frame, PacketType, PropertyBuffer, Qos, Reason, Version, split};
use crate::session::{Error, Input};
use crate::store::{self, Ticket};

/// The broker's state.
pub(super) struct Router {
    pub(super) limits: Limits,
    pub(super) policies: Policies,
    pub(super) connections: Slab<Connection>,
    pub(super) sessions: Slab<Session>,
    pub(super) by_client_id: HashMap<Rc<str>, SessionKey>,
    pub(super) subscriptions: Subscriptions,
    pub(super) retained: Retained,
    pub(super) timers: Timers,
    /// Connections without CONNECT, oldest first.
    pub(super) waiting: VecDeque<ConnectionKey>,
    pub(super) store: store::Memory,
    pub(super) promises: VecDeque<(Ticket, ConnectionKey, Promise)>,
    /// Connections with something to send.
    pub(super) dirty: Vec<ConnectionKey>,
    /// Connections whose task is to look again: closing, or not paused any longer.
    pub(super) woken: Vec<ConnectionKey>,
    /// Publishers that nobody holds any longer.
    pub(super) released: VecDeque<ConnectionKey>,
    /// What a connection sent before its end is routed now, whoever is over a limit.
    pub(super) forcing: bool,
    /// Sessions that may have something to send.
    pub(super) pumps: VecDeque<SessionKey>,
    /// Reused for the whole name of an arriving message's topic.
    pub(super) whole: String,
    /// Reused for the properties of each arriving and each leaving message.
    pub(super) arriving: PropertyBuffer,
    pub(super) leaving: PropertyBuffer,
    /// What answers a packet at once.
    answers: Vec<u8>,
    pub(super) pool: Pool,
    /// Sessions whose walk through the retained messages goes on in the next turn.
    pub(super) walking: Vec<SessionKey>,
    /// A message encoded for all subscribers of one version.
    pub(super) encoded: Vec<u8>,
    pub(super) variant: Option<Variant>,
    observer: Option<Observer>,
    pub(super) logins: Logins,
    pub(super) memory: Memory,
    pub(super) counters: Counters,
    pub(super) held: Rc<Held>,
    pub(super) status: Status,
    /// Each message is told; looked at for each.
    pub(super) tells_messages: bool,
    /// Logins that were refused since it was said how many.
    pub(super) turned_away: u64,
    tenants: u64,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router")
            .field("connections", &self.connections.len())
            .field("sessions", &self.sessions.len())
            .field("retained", &self.retained.len())
            .finish_non_exhaustive()
    }
}

/// What became of the bytes given to [`Router::receive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Received {
    /// Bytes that are dealt with; the rest is to be given again.
    pub(super) used: usize,
    pub(super) next: Next,
}

/// What a connection's task does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Read on, and give what was not used with it.
    Read,
    /// Do not read until woken.
    Wait,
    /// Send what is left and close.
    Close,
}

/// What became of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is dealt with.
    Used(usize),
    /// Its bytes have not all come.
    Partial,
    /// It cannot be taken now, and nobody can be told.
    Later,
    /// It does not fit behind what waits.
    Full,
    Closed,
}

impl Router {
    pub(super) fn new(limits: Limits, policies: Vec<Policy>, observer: Option<Observer>) -> Self {
        Self {
            limits,
            policies: Policies::new(policies),
            connections: Slab::new(),
            sessions: Slab::new(),
            by_client_id: HashMap::new(),
            subscriptions: Subscriptions::default(),
            retained: Retained::default(),
            timers: Timers::default(),
            waiting: VecDeque::new(),
            store: store::Memory::default(),
            promises: VecDeque::new(),
            dirty: Vec::new(),
            woken: Vec::new(),
            released: VecDeque::new(),
            forcing: false,
            pumps: VecDeque::new(),
            whole: String::new(),
            arriving: PropertyBuffer::new(),
            leaving: PropertyBuffer::new(),
            answers: Vec::new(),
            pool: Pool::default(),
            walking: Vec::new(),
            encoded: Vec::new(),
            variant: None,
            observer,
            logins: Logins::default(),
            memory: Memory::default(),
            counters: Counters::default(),
            held: Rc::default(),
            status: Status::default(),
            tells_messages: false,
            turned_away: 0,
            tenants: 0,
        }
    }

    pub(super) fn tell(&mut self, event: Event<'_>) {
        if let Some(observer) = &mut self.observer {
            observer(event);
        }
    }

    /// Whose session it is.
    pub(super) fn id_of(&self, key: SessionKey) -> Option<Rc<str>> {
        self.session_ref(key).map(|session| Rc::clone(&session.client_id))
    }

    /// Where a session's client comes from; nothing when it is away.
    pub(super) fn peer_of(&self, key: SessionKey) -> Box<str> {
        let online = self.session_ref(key).and_then(|session| session.online);
        let connection = online.and_then(|online| self.connections.get(online.at));
        connection.map(|connection| connection.peer.clone()).unwrap_or_default()
    }

    /// A number for a new tenant of a slot.
    pub(super) fn next_tenant(&mut self) -> u64 {
        self.tenants += 1;
        self.tenants
    }

    pub(super) fn connection(&mut self, key: ConnectionKey) -> Option<&mut Connection> {
        self.connections.get_mut(key.at).filter(|connection| connection.tenant == key.tenant)
    }

    pub(super) fn session_ref(&self, key: SessionKey) -> Option<&Session> {
        self.sessions.get(key.at).filter(|session| session.tenant == key.tenant)
    }

    pub(super) fn session(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.sessions.get_mut(key.at).filter(|session| session.tenant == key.tenant)
    }

    /// Whether a listener may take one more connection.
    pub(super) fn has_place(&self, listener: usize) -> bool {
        let most = self.policies.of(listener).connections;
        self.connections.len() < self.limits.connections
            // To count them is needed only where their number is limited.
            && (most >= self.connections.len().saturating_add(1)
                || self.connections.iter().filter(|(_, c)| c.listener == listener).count() < most)
    }

    /// Bytes of a connection's output were sent.
    pub(super) fn sent(&mut self, key: ConnectionKey, now: Instant) {
        self.unstuff(key);
        let session = self.connection(key).and_then(|connection| connection.session());
        if let Some(session) = session {
            let more = self.session(session).is_some_and(|session| {
                let resending = session.delivery.outgoing.is_resending();
                resending || !session.queue.is_empty() || !session.walks.is_empty()
            });
            if more {
                self.pump(session, now);
            } else {
                self.relieve(session);
            }
        }
    }

    /// Whether something is to be flushed, woken or settled.
    pub(super) fn has_work(&self) -> bool {
        !(self.dirty.is_empty()
            && self.woken.is_empty()
            && self.released.is_empty()
            && self.logins.to_check.is_empty()
            && self.pumps.is_empty()
            && self.walking.is_empty())
    }

    /// Goes on with the walks that an earlier turn left off.
    pub(super) fn walk_on(&mut self, now: Instant) {
        self.pumps.extend(std::mem::take(&mut self.walking));
        self.settle(now);
    }

    /// Takes what a connection sent, with what was not used before in front of it.
    pub(super) fn receive(&mut self, key: ConnectionKey, bytes: &[u8], now: Instant) -> Received {
        self.look_at_memory(now);
        let mut used = 0;
        let mut was_open = false;
        if let Some(connection) = self.connection(key) {
            connection.last_received = now;
            was_open = !connection.is_closing();
        }
        let next = loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let header = rest.first().copied().unwrap_or_default();
            match self.step(key, rest, now) {
                Step::Used(count) => {
                    self.counters.received(header);
                    used += count;
                }
                Step::Partial => break Next::Read,
                Step::Later | Step::Full => break Next::Wait,
                Step::Closed => {
                    // What came behind the end of a connection is no packet of it.
                    self.counters.received(if was_open { header } else { 0 });
                    break Next::Close;
                }
            }
        };
        self.settle(now);
        Received { used, next }
    }

    /// Takes one packet off the front.
    fn step(&mut self, key: ConnectionKey, bytes: &[u8], now: Instant) -> Step {
        let connect = self.limits.connect_bytes;
        if self.stuff(key) {
            return Step::Full;
        }
        let Some(connection) = self.connection(key) else {
            return Step::Closed;
        };
        let limit = match connection.phase {
            Phase::Closing => return Step::Closed,
            Phase::Open(..) => connection.maximum_packet,
            Phase::Waiting => {
                let connect = connect.min(connection.maximum_packet);
                // Nothing else is waited for, however its packet goes on [MQTT-3.1.0-1].
                if let Some(&first) = bytes.first()
                    && let Ok(other) = PacketType::of(first)
                    && other != PacketType::Connect
                {
                    return self.fail_first(key, bytes, Error::Unexpected(other), now);
                }
                connect
            }
        };
        let frame = match split(bytes, limit) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Step::Partial,
            Err(error) => return self.fail_bytes(key, bytes, error, now),
        };
        let Some(connection) = self.connection(key) else {
            return Step::Closed;
        };
        if matches!(connection.phase, Phase::Waiting) {
            return self.connect(key, frame, now);
        }
        if connection.holds == 0 && connection.parked.is_empty() {
            match self.act(key, frame, now) {
                Step::Later => {}
                step => return step,
            }
        } else if !is_held_back(frame) {
            return self.act(key, frame, now);
        }
        self.park(key, frame, now)
    }

    /// Lets a packet of an open connection act.
    pub(super) fn act(&mut self, key: ConnectionKey, frame: Frame<'_>, now: Instant) -> Step {
        let Some(connection) = self.connections.get_mut(key.at) else {
            return Step::Closed;
        };
        let Phase::Open(server, session_key) = &mut connection.phase else {
            return Step::Closed;
        };
        let (session_key, version) = (*session_key, server.version());
        let forbidden = connection.forbidden;
        let Some(session) = self.sessions.get_mut(session_key.at) else {
            return Step::Closed;
        };
        let input = server.receive(&mut session.delivery, frame, &mut self.answers);
        if let Some(&header) = self.answers.first() {
            self.counters.sent(header);
            connection.output.answer(|out| out.append(&mut self.answers));
            mark_dirty(&mut self.dirty, key, connection);
        }
        match input {
            Err(error) => return self.fail(key, error, now),
            Ok(Input::Nothing) => {}
            Ok(Input::Publish(publish, topic)) => {
                if frame.header() & forbidden != 0 {
                    return self.fail_forbidden(key, frame.header(), now);
                }
                let topic = topic.as_deref().unwrap_or(publish.topic);
                if session.mount.is_some() {
                    let from = (session_key, version);
                    return self.publish_mounted(key, from, &publish, topic, frame, now);
                }
                return self.publish(key, (session_key, version), &publish, topic, frame, now);
            }
            Ok(Input::Repeat(id)) => {
                self.promise(key, Promise::Taken(Qos::ExactlyOnce, id, Reason::Success));
            }
            Ok(Input::Delivered(queued, _)) => {
                session.flow.acks += 1;
                session.flow.acknowledge(&queued);
                self.pump_later(session_key);
            }
            Ok(Input::Subscribe(subscribe)) => self.subscribe(key, session_key, &subscribe, now),
            Ok(Input::Unsubscribe(unsubscribe)) => {
                self.unsubscribe(key, session_key, &unsubscribe, now);
            }
            Ok(Input::Ping) => self.promise(key, Promise::Pong),
            Ok(Input::Disconnect { reason, session_expiry }) => {
                self.disconnected(key, session_key, reason, session_expiry, now);
                return Step::Closed;
            }
        }
        Step::Used(frame.bytes().len())
    }

    /// Brings a batch to its end: acknowledgements leave, released publishers go on, sessions are
    /// sent what fits.
    pub(super) fn settle(&mut self, now: Instant) {
        loop {
            self.keep_promises();
            if let Some(key) = self.released.pop_front() {
                self.unpark(key, false, now);
            } else if let Some(key) = self.pumps.pop_front() {
                self.pump(key, now);
            } else {
                return;
            }
        }
    }

    /// A violation of the protocol ends the connection.
    pub(super) fn fail(&mut self, key: ConnectionKey, error: Error, now: Instant) -> Step {
        self.close(key, End::Violation(error), now);
        Step::Closed
    }

    /// Ends a connection: what the peer is told of it, its will, its session.
    pub(super) fn close(&mut self, key: ConnectionKey, end: End, now: Instant) {
        // What came before the end is routed, held or not: nobody can send it again.
        let parked = self.connection(key).is_some_and(|connection| !connection.parked.is_empty());
        if parked && matches!(end, End::Lost | End::TakenOver | End::KeepAlive) {
            self.unpark(key, true, now);
        }
        // What was taken is acknowledged before the end, or it would be sent again.
        self.keep_promises();
        let Some(connection) = self.connection(key) else {
            return;
        };
        let phase = std::mem::replace(&mut connection.phase, Phase::Closing);
        let peer = connection.peer.clone();
        let client_id = match phase {
            Phase::Closing => return,
            Phase::Waiting => {
                self.waiting.retain(|other| *other != key);
                None
            }
            Phase::Open(server, session) => {
                if let (Some(reason), Version::V5) = (told(end), server.version()) {
                    // Spelled out, with the length of no properties: some clients wait for it, and
                    // would never see the reason of the shorter form.
                    let disconnect = [0xE0, 2, reason.code(), 0];
                    connection.output.buffer().extend_from_slice(&disconnect);
                    self.counters.sent(0xE0);
                }
                self.left(session, end, now)
            }
        };
        if let Some(connection) = self.connections.get_mut(key.at) {
            mark_dirty(&mut self.dirty, key, connection);
        }
        self.woken.push(key);
        if !matches!(end, End::TurnedAway(_)) {
            self.tell(Event::Ended { client_id: client_id.as_deref(), peer: &peer, end });
        }
    }
}

/// Puts a connection with something to send on the list of those to be flushed.
pub(super) fn mark_dirty(
    dirty: &mut Vec<ConnectionKey>,
    key: ConnectionKey,
    connection: &mut Connection,
) {
    if !connection.output.dirty && connection.output.waiting() > 0 {
        connection.output.dirty = true;
        dirty.push(key);
    }
}

/// The reason of the DISCONNECT that tells a version 5 client of its end.
const fn told(end: End) -> Option<Reason> {
    match end {
        End::Violation(error) => Some(error.reason()),
        End::KeepAlive => Some(Reason::KeepAliveTimeout),
        End::TakenOver => Some(Reason::SessionTakenOver),
        End::OverLimit(_) => Some(Reason::QuotaExceeded),
        End::LoginRevoked => Some(Reason::AdministrativeAction),
        End::ShuttingDown => Some(Reason::ServerShuttingDown),
        End::Disconnected
        | End::Lost
        | End::ConnectDeadline
        | End::NotMqtt(_)
        | End::NotEntered(_)
        | End::Refused(_)
        | End::TurnedAway(_) => None,
    }
}
