//! CONNECT: who is let in, with which session, and what CONNACK says.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::admission::{NotTaken, refused};
use super::connection::{ConnectionKey, Phase};
use super::event::{End, Event};
use super::origin::Origin;
use super::router::{Router, Step, mark_dirty};
use super::session::{Session, SessionKey, Will};
use super::timers::{LOOK_AHEAD, Timer};
use crate::codec::{
    self, Connack, Connect, Frame, MAX_PACKET_SIZE, Packet, PacketType, Properties, Property,
    PropertyBuffer, Qos, Reason, Sender, Version, decode,
};
use crate::session::{Delivery, Error, Incoming, KeepAlive, Outgoing, Server};

/// Takeovers of one identifier within this time are a fight.
const FIGHT_MEMORY: Duration = Duration::from_mins(1);
/// How many of them.
const FIGHT: usize = 3;

/// CONNACK without its properties: type, length, flags, code.
const CONNACK_HEAD: usize = 4;

impl Router {
    /// Takes the first packet of a connection.
    pub(super) fn connect(&mut self, key: ConnectionKey, frame: Frame<'_>, now: Instant) -> Step {
        let listener = self.connection(key).map_or(0, |connection| connection.listener);
        match decode(frame, Version::V5, Sender::Client) {
            Ok(Packet::Connect(connect))
                if let Some(step) = self.await_login(key, &connect, now) =>
            {
                step
            }
            Ok(Packet::Connect(connect)) => match self.admit((key, listener), &connect, now) {
                Ok(()) => Step::Used(frame.bytes().len()),
                // No answer fits what the client takes [MQTT-3.1.2-24].
                Err((Reason::PacketTooLarge, end)) => {
                    self.close(key, end, now);
                    Step::Closed
                }
                Err((reason, end)) => {
                    if let End::TurnedAway(refusal) = end {
                        self.tell_turned_away(key, &connect, refusal, now);
                    }
                    self.refuse(key, connect.version, (reason, end), now)
                }
            },
            Ok(_) => Step::Closed,
            Err(error) => self.fail_bytes(key, frame.bytes(), error, now),
        }
    }

    /// Bytes that are no packet. Before CONNECT is taken, a version 5 client is told by CONNACK,
    /// as far as its bytes show that it is one `[MQTT-3.14.0-1]`.
    pub(super) fn fail_bytes(
        &mut self,
        key: ConnectionKey,
        bytes: &[u8],
        error: codec::Error,
        now: Instant,
    ) -> Step {
        let waiting = self
            .connection(key)
            .is_some_and(|connection| matches!(connection.phase, Phase::Waiting));
        if waiting && let Some(level) = announced_level(bytes) {
            if error == codec::Error::ProtocolVersion {
                // Return code 1 in the form that every client reads [MQTT-3.1.2-2].
                return self.refuse(key, Version::V311, refused(error.reason()), now);
            }
            if level == 5 {
                return self.refuse(key, Version::V5, refused(error.reason()), now);
            }
        }
        if waiting {
            self.fail_first(key, bytes, Error::Codec(error), now)
        } else {
            self.fail(key, Error::Codec(error), now)
        }
    }

    /// CONNACK with a refusal, where the version has a code for it, then the end.
    pub(super) fn refuse(
        &mut self,
        key: ConnectionKey,
        version: Version,
        (reason, end): NotTaken,
        now: Instant,
    ) -> Step {
        if let Some(connection) = self.connections.get_mut(key.at) {
            let connack = Connack { session_present: false, reason, properties: Properties::EMPTY };
            // Where no return code fits, the connection closes without one [MQTT-3.2.2-6].
            let _ = Packet::Connack(connack).encode(version, connection.output.buffer());
            mark_dirty(&mut self.dirty, key, connection);
            self.counters.sent((PacketType::Connack as u8) << 4);
        }
        self.close(key, end, now);
        Step::Closed
    }

    fn admit(
        &mut self,
        (key, listener): (ConnectionKey, usize),
        connect: &Connect<'_>,
        now: Instant,
    ) -> Result<(), NotTaken> {
        self.check(listener, connect)?;
        let user = self
            .log_in(key, connect)
            .map_err(|refusal| (refusal.reason(), End::TurnedAway(refusal)))?;
        let client_id = self.client_id(listener, connect, user.as_deref())?;
        let keep_alive = self.granted_keep_alive(connect)?;
        let policy = self.policies.of(listener);
        let (mount, forbidden) = (policy.mount.clone(), self.forbidden(policy));
        let will = connect.will.map(|will| {
            let topic = policy.whole_name(will.topic);
            Box::new(Will::new(&codec::Will { topic: &topic, ..will }))
        });
        let server = Server::new(connect, (policy.topic_aliases, policy.own_topic_aliases));
        let expiry = self.granted_expiry(connect, &server);
        let window = if connect.version.is_v5() {
            self.limits.window_v5.min(server.receive_maximum())
        } else {
            self.limits.window_v3
        };
        let granted = Granted { expiry, keep_alive, client_id: &client_id };
        let welcome = self.welcome((key, listener), connect, &server, &granted);
        let most = usize::try_from(server.maximum_packet_size()).unwrap_or(usize::MAX);
        if connect.version.is_v5() && CONNACK_HEAD + welcome.as_properties().encoded_len() > most {
            return Err(refused(Reason::PacketTooLarge));
        }
        let rights = self.policies.of(listener).access.rights(user.as_deref(), &client_id);
        let origin = Origin::new(user.as_ref(), &client_id, listener);
        let (session_key, resumed) = self.seat(&client_id, connect.clean, window, now);
        let receive_maximum = self.limits.receive_maximum;
        if let Some(session) = self.session(session_key) {
            session.online = Some(key);
            session.user = user;
            session.listener = listener;
            session.mount = mount;
            // It may have come by another listener than what waits for it.
            session.revised |= session.rights != rights && !session.queue.is_empty();
            session.rights = rights;
            session.origin = Rc::new(origin);
            session.expiry = expiry;
            session.expires = None;
            session.will_due = None;
            session.will = will;
            session.delivery.incoming.set_maximum(receive_maximum);
            session.delivery.incoming.resume();
            session.delivery.outgoing.resume(window);
        }
        let patience = KeepAlive::server_patience(keep_alive);
        self.greet(key, (server, session_key), (resumed, &welcome), patience, now);
        let peer = match self.connection(key) {
            Some(connection) => {
                connection.forbidden = forbidden;
                connection.peer.clone()
            }
            None => Box::default(),
        };
        self.tell(Event::Connected {
            client_id: &client_id,
            peer: &peer,
            version: connect.version,
            resumed,
            user: connect.username,
            clean: connect.clean,
            keep_alive: connect.keep_alive,
        });
        self.tell_denied_will(session_key);
        self.pump_later(session_key);
        Ok(())
    }

    /// Finds or makes the session of a client; the connection that had it is ended first
    /// `[MQTT-3.1.4-3]`.
    fn seat(
        &mut self,
        client_id: &Rc<str>,
        clean: bool,
        window: u16,
        now: Instant,
    ) -> (SessionKey, bool) {
        let mut takeovers = None;
        if let Some(&old) = self.by_client_id.get(client_id) {
            if let Some(online) = self.session(old).and_then(|session| session.online) {
                self.note_takeover(old, now);
                takeovers = self.session(old).and_then(|session| session.takeovers.take());
                self.close(online, End::TakenOver, now);
            }
            // A session without expiry ended with its connection just now.
            if let Some(session) = self.session(old) {
                if !clean {
                    session.takeovers = takeovers;
                    return (old, true);
                }
                self.end_session(old, now);
            }
        }
        let tenant = self.next_tenant();
        let receive_maximum = self.limits.receive_maximum;
        let at = self.sessions.insert(Session {
            tenant,
            client_id: Rc::clone(client_id),
            user: None,
            listener: 0,
            mount: None,
            rights: None,
            origin: Rc::default(),
            revised: false,
            denials: None,
            online: None,
            delivery: Delivery {
                outgoing: Outgoing::new(window),
                incoming: Incoming::new(receive_maximum),
            },
            subscriptions: std::collections::HashMap::new(),
            levels: 0,
            queue: super::session::Queue::new(Rc::clone(&self.held)),
            walks: std::collections::VecDeque::new(),
            flow: super::session::Flow::default(),
            will: None,
            expiry: 0,
            expires: None,
            will_due: None,
            watched: None,
            takeovers,
        });
        let key = SessionKey { at, tenant };
        self.by_client_id.insert(Rc::clone(client_id), key);
        (key, false)
    }

    /// Counts takeovers of one identifier, and says when they are a fight.
    fn note_takeover(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.session(key) else {
            return;
        };
        let takeovers = session.takeovers.get_or_insert_default();
        let recent = &mut takeovers.recent;
        recent.retain(|at| now.saturating_duration_since(*at) < FIGHT_MEMORY);
        recent.push(now);
        let said = takeovers.logged_at;
        let quiet = said.is_none_or(|at| now.saturating_duration_since(at) >= FIGHT_MEMORY);
        if recent.len() >= FIGHT && quiet {
            takeovers.logged_at = Some(now);
            let takeovers = u32::try_from(recent.len()).unwrap_or(u32::MAX);
            let client_id = Rc::clone(&session.client_id);
            self.tell(Event::Fight { client_id: &client_id, takeovers });
        }
    }

    /// What CONNACK tells a client of version 5 that is let in.
    fn welcome(
        &mut self,
        (key, listener): (ConnectionKey, usize),
        connect: &Connect<'_>,
        server: &Server,
        granted: &Granted<'_>,
    ) -> PropertyBuffer {
        let mut properties = PropertyBuffer::new();
        if !connect.version.is_v5() {
            return properties;
        }
        let maximum_packet =
            self.connection(key).map_or(MAX_PACKET_SIZE, |connection| connection.maximum_packet);
        let (policy, limits) = (self.policies.of(listener), &self.limits);
        // Numbers, and one identifier: they always fit.
        let mut push = |property| {
            let _ = properties.push(property);
        };
        // In mosquitto's order, for who compares bytes.
        if granted.expiry != server.session_expiry() {
            push(Property::SessionExpiryInterval(granted.expiry));
        }
        if policy.topic_aliases > 0 {
            push(Property::TopicAliasMaximum(policy.topic_aliases));
        }
        if connect.client_id.is_empty() {
            push(Property::AssignedClientIdentifier(granted.client_id));
        }
        if granted.keep_alive != connect.keep_alive {
            push(Property::ServerKeepAlive(granted.keep_alive));
        }
        if !limits.retains {
            push(Property::RetainAvailable(0));
        }
        if maximum_packet < MAX_PACKET_SIZE {
            push(Property::MaximumPacketSize(maximum_packet));
        }
        push(Property::ReceiveMaximum(limits.receive_maximum));
        if policy.maximum_qos < Qos::ExactlyOnce {
            push(Property::MaximumQos(policy.maximum_qos as u8));
        }
        properties
    }

    /// CONNACK with success; the connection is open.
    fn greet(
        &mut self,
        key: ConnectionKey,
        (server, session): (Server, SessionKey),
        (resumed, welcome): (bool, &PropertyBuffer),
        patience: Option<Duration>,
        now: Instant,
    ) {
        self.waiting.retain(|other| *other != key);
        let Some(connection) = self.connections.get_mut(key.at) else {
            return;
        };
        let connack = Packet::Connack(Connack {
            session_present: resumed,
            reason: Reason::Success,
            properties: welcome.as_properties(),
        });
        let _ = connack.encode(server.version(), connection.output.buffer());
        connection.phase = Phase::Open(Box::new(server), session);
        connection.patience = patience;
        self.counters.online += 1;
        self.counters.sent((PacketType::Connack as u8) << 4);
        mark_dirty(&mut self.dirty, key, connection);
        if let Some(patience) = patience {
            self.timers.set(now + patience.min(LOOK_AHEAD), Timer::KeepAlive(key));
        }
    }
}

/// What a client is granted, beside what holds for all.
struct Granted<'a> {
    /// Seconds that its session outlives its connection.
    expiry: u32,
    /// Seconds between its packets at most.
    keep_alive: u16,
    client_id: &'a str,
}

impl Will {
    fn new(will: &codec::Will<'_>) -> Self {
        let mut properties = PropertyBuffer::new();
        let mut delay = 0;
        for property in will.properties.iter() {
            match property {
                Property::WillDelayInterval(seconds) => delay = seconds,
                // What was decoded can be encoded.
                other => {
                    let _ = properties.push(other);
                }
            }
        }
        Self {
            topic: will.topic.into(),
            payload: will.payload.into(),
            qos: will.qos,
            retain: will.retain,
            properties,
            delay,
        }
    }
}

/// The protocol level of a CONNECT that names `MQTT`, as far as its bytes have come.
fn announced_level(bytes: &[u8]) -> Option<u8> {
    let length_bytes = bytes.get(1..5)?.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let body = bytes.get(1 + length_bytes..)?;
    body.strip_prefix(b"\x00\x04MQTT")?.first().copied()
}
