//! CONNECT: who is let in, with which session, and what CONNACK says.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::connection::{ConnectionKey, Phase};
use super::event::{End, Event};
use super::publish::BROKER_TOPICS;
use super::router::{Router, Step, mark_dirty};
use super::session::{Session, SessionKey, Will};
use super::timers::{LOOK_AHEAD, Timer};
use crate::codec::{
    self, Connack, Connect, Frame, MAX_PACKET_SIZE, Packet, PacketType, Properties, Property,
    PropertyBuffer, Reason, Sender, Version, decode,
};
use crate::net::random_bytes;
use crate::session::{Delivery, Error, Incoming, KeepAlive, Outgoing, Server};
use crate::topic;

/// Takeovers of one identifier within this time are a fight.
const FIGHT_MEMORY: Duration = Duration::from_mins(1);
/// How many of them.
const FIGHT: usize = 3;

/// CONNACK without its properties: type, length, flags, code.
const CONNACK_HEAD: usize = 4;

impl Router {
    /// Takes the first packet of a connection.
    pub(super) fn connect(&mut self, key: ConnectionKey, frame: Frame<'_>, now: Instant) -> Step {
        match decode(frame, Version::V5, Sender::Client) {
            Ok(Packet::Connect(connect))
                if let Some(step) = self.await_login(key, &connect, now) =>
            {
                step
            }
            Ok(Packet::Connect(connect)) => match self.admit(key, &connect, now) {
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
        self.fail(key, Error::Codec(error), now)
    }

    /// CONNACK with a refusal, where the version has a code for it, then the end.
    pub(super) fn refuse(
        &mut self,
        key: ConnectionKey,
        version: Version,
        (reason, end): (Reason, End),
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
        key: ConnectionKey,
        connect: &Connect<'_>,
        now: Instant,
    ) -> Result<(), (Reason, End)> {
        self.check(connect).map_err(refused)?;
        let listener = self.connection(key).map_or(0, |connection| connection.listener);
        let user = self
            .log_in((key, listener), connect)
            .map_err(|refusal| (refusal.reason(), End::TurnedAway(refusal)))?;
        let client_id: Rc<str> = if connect.client_id.is_empty() {
            // Without one that nobody guesses somebody else could take the session over.
            new_client_id().map_err(|_| refused(Reason::ServerUnavailable))?.into()
        } else {
            connect.client_id.into()
        };
        let server = Server::new(connect, self.limits.topic_alias_maximum);
        let expiry = self.granted_expiry(connect, &server);
        let window = if connect.version.is_v5() {
            self.limits.window_v5.min(server.receive_maximum())
        } else {
            self.limits.window_v3
        };
        let welcome = self.welcome(key, connect, &server, (expiry, &client_id));
        let most = usize::try_from(server.maximum_packet_size()).unwrap_or(usize::MAX);
        if connect.version.is_v5() && CONNACK_HEAD + welcome.as_properties().encoded_len() > most {
            return Err(refused(Reason::PacketTooLarge));
        }
        let rights = self.policies.of(listener).access.rights(user.as_deref(), &client_id);
        let (session_key, resumed) = self.seat(&client_id, connect.clean, window, now);
        let receive_maximum = self.limits.receive_maximum;
        if let Some(session) = self.session(session_key) {
            session.online = Some(key);
            session.user = user;
            session.listener = listener;
            session.rights = rights;
            session.expiry = expiry;
            session.expires = None;
            session.will_due = None;
            session.will = connect.will.map(|will| Box::new(Will::new(&will)));
            session.delivery.incoming.set_maximum(receive_maximum);
            session.delivery.incoming.resume();
            session.delivery.outgoing.resume(window);
        }
        self.greet(key, connect, (server, session_key), (resumed, &welcome), now);
        let peer = match self.connection(key) {
            Some(connection) => connection.peer.clone(),
            None => Box::default(),
        };
        self.tell(Event::Connected {
            client_id: &client_id,
            peer: &peer,
            version: connect.version,
            resumed,
        });
        self.tell_denied_will(session_key);
        self.pump_later(session_key);
        Ok(())
    }

    /// What speaks against a CONNECT that is well formed.
    fn check(&self, connect: &Connect<'_>) -> Result<(), Reason> {
        let method = connect
            .properties
            .iter()
            .any(|property| matches!(property, Property::AuthenticationMethod(_)));
        if method {
            return Err(Reason::BadAuthenticationMethod);
        }
        // Version 5 always gets an identifier; before, only with a clean session, and 3.1 never.
        if connect.client_id.is_empty() {
            let refused = match connect.version {
                Version::V31 => true,
                Version::V311 => !connect.clean,
                Version::V5 => false,
            };
            if refused {
                return Err(Reason::ClientIdentifierNotValid);
            }
        }
        if let Some(will) = &connect.will {
            if topic::level_count(will.topic) > self.limits.topic_levels {
                return Err(Reason::TopicNameInvalid);
            }
            if will.topic.starts_with(BROKER_TOPICS) {
                return Err(Reason::NotAuthorized);
            }
            if self.is_excessive(will.properties) {
                return Err(Reason::QuotaExceeded);
            }
        }
        if self.sheds_client(connect) || self.is_excessive(connect.properties) {
            return Err(Reason::QuotaExceeded);
        }
        Ok(())
    }

    /// Whether properties are over the limits that the specification does not know.
    pub(super) fn is_excessive(&self, properties: Properties<'_>) -> bool {
        if properties.is_empty() {
            return false;
        }
        let user = |property: &Property<'_>| matches!(property, Property::UserProperty(..));
        properties.bytes().len() > self.limits.property_bytes
            || properties.iter().filter(user).count() > self.limits.user_properties
    }

    /// Seconds that the session may outlive its connection.
    pub(super) fn granted_expiry(&self, connect: &Connect<'_>, server: &Server) -> u32 {
        let cap = u32::try_from(self.limits.session_expiry.as_secs()).unwrap_or(u32::MAX);
        match connect.version {
            Version::V5 => server.session_expiry().min(cap),
            _ if connect.clean => 0,
            _ => cap,
        }
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
            rights: None,
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
        key: ConnectionKey,
        connect: &Connect<'_>,
        server: &Server,
        (expiry, client_id): (u32, &str),
    ) -> PropertyBuffer {
        let mut properties = PropertyBuffer::new();
        if !connect.version.is_v5() {
            return properties;
        }
        let maximum_packet =
            self.connection(key).map_or(MAX_PACKET_SIZE, |connection| connection.maximum_packet);
        // Numbers, and an identifier of a few bytes: they always fit.
        let mut push = |property| {
            let _ = properties.push(property);
        };
        if expiry != server.session_expiry() {
            push(Property::SessionExpiryInterval(expiry));
        }
        push(Property::ReceiveMaximum(self.limits.receive_maximum));
        if maximum_packet < MAX_PACKET_SIZE {
            push(Property::MaximumPacketSize(maximum_packet));
        }
        if connect.client_id.is_empty() {
            push(Property::AssignedClientIdentifier(client_id));
        }
        push(Property::TopicAliasMaximum(self.limits.topic_alias_maximum));
        properties
    }

    /// CONNACK with success; the connection is open.
    fn greet(
        &mut self,
        key: ConnectionKey,
        connect: &Connect<'_>,
        (server, session): (Server, SessionKey),
        (resumed, welcome): (bool, &PropertyBuffer),
        now: Instant,
    ) {
        let patience = KeepAlive::server_patience(connect.keep_alive);
        self.waiting.retain(|other| *other != key);
        let Some(connection) = self.connections.get_mut(key.at) else {
            return;
        };
        let connack = Packet::Connack(Connack {
            session_present: resumed,
            reason: Reason::Success,
            properties: welcome.as_properties(),
        });
        let _ = connack.encode(connect.version, connection.output.buffer());
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

/// A CONNECT that is not taken.
const fn refused(reason: Reason) -> (Reason, End) {
    (reason, End::Refused(reason))
}

/// The protocol level of a CONNECT that names `MQTT`, as far as its bytes have come.
fn announced_level(bytes: &[u8]) -> Option<u8> {
    let length_bytes = bytes.get(1..5)?.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let body = bytes.get(1 + length_bytes..)?;
    body.strip_prefix(b"\x00\x04MQTT")?.first().copied()
}

/// An identifier for a client that brought none.
fn new_client_id() -> std::io::Result<String> {
    Ok(format!("mq-{:032x}", u128::from_be_bytes(random_bytes()?)))
}
