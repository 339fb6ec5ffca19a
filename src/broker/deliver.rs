//! A message to one session: at once, or into its queue.

use std::rc::Rc;
use std::time::Instant;

use super::connection::{ConnectionKey, Draft, Phase, write_publish};
use super::flow::Room;
use super::message::{Arrival, Message, Queued};
use super::mount::seen;
use super::publish::Publisher;
use super::route::Terms;
use super::router::{Router, mark_dirty};
use super::session::SessionKey;
use crate::codec::{PacketId, PropertyBuffer, Publish, Qos, Version};
use crate::session::Server;

impl Router {
    /// Gives a message to one session.
    pub(super) fn offer(
        &mut self,
        key: SessionKey,
        terms: &Terms,
        (arrival, topic, kept): (&Arrival<'_>, &Rc<str>, &mut Option<Rc<Message>>),
        publisher: Publisher,
        now: Instant,
    ) {
        let qos = self.limits.outgoing(arrival.qos, terms.qos);
        let retain = arrival.retain && terms.retain_as_published;
        if self.session_ref(key).is_some_and(|session| !session.walks.is_empty()) {
            self.precede(key, topic, qos, now);
        }
        let Some(session) = self.session_ref(key) else {
            return;
        };
        if qos == Qos::AtMostOnce {
            let Some(online) = session.online.filter(|_| !session.queue.has_once()) else {
                self.queue_once(key, terms, retain, (arrival, topic, kept), publisher, now);
                return;
            };
            let unwaited =
                publisher.connection.is_none() || self.is_limited(session, publisher.connection);
            if session.flow.slow || (unwaited && self.is_over(session)) {
                self.lose(key, qos, now);
                return;
            }
            self.write_once(online, arrival, terms, retain);
        } else {
            let message = kept
                .get_or_insert_with(|| arrival.to_message(Rc::clone(topic), &self.held, now))
                .clone();
            let identifiers = terms.identifiers.clone();
            let queued = Queued { message, qos, retain, mount: terms.mount, identifiers };
            if !self.take(key, queued, arrival, publisher, now) {
                self.lose(key, qos, now);
                return;
            }
        }
        let Some(session) = self.sessions.get(key.at) else {
            return;
        };
        if let Some(from) = publisher.connection
            && self.is_over(session)
            && !self.is_limited(session, Some(from))
        {
            self.hold(from, key, now);
        }
    }

    /// Queues a message of QoS 0 for a session that is away, where that is asked for, or behind
    /// others that wait for one that has come back.
    fn queue_once(
        &mut self,
        key: SessionKey,
        terms: &Terms,
        retain: bool,
        (arrival, topic, kept): (&Arrival<'_>, &Rc<str>, &mut Option<Rc<Message>>),
        publisher: Publisher,
        now: Instant,
    ) {
        let Some(session) = self.session_ref(key) else {
            return;
        };
        if !self.limits.queues_once {
            return;
        }
        let is_limited = self.is_limited(session, publisher.connection);
        if if is_limited { self.is_full(session) } else { self.is_over(session) } {
            self.lose(key, Qos::AtMostOnce, now);
            return;
        }
        let message = kept
            .get_or_insert_with(|| arrival.to_message(Rc::clone(topic), &self.held, now))
            .clone();
        let (qos, identifiers) = (Qos::AtMostOnce, terms.identifiers.clone());
        if let Some(session) = self.session(key) {
            session.queue.push(Queued { message, qos, retain, mount: terms.mount, identifiers });
        }
        self.pump_later(key);
    }

    /// Sends or queues a message of QoS 1 or 2; false when the session's full queue loses it.
    fn take(
        &mut self,
        key: SessionKey,
        queued: Queued,
        arrival: &Arrival<'_>,
        publisher: Publisher,
        now: Instant,
    ) -> bool {
        let has_room = match publisher.connection {
            Some(from) => self.room(key, Some(from), now) == Room::Takes,
            None if publisher.session == SessionKey::BROKER => self.takes_own(key),
            None => self.takes_will(key),
        };
        if !has_room {
            return false;
        }
        let Err(queued) = self.send_at_once(key, queued, arrival, now) else {
            return true;
        };
        let Some(session) = self.sessions.get_mut(key.at) else {
            return false;
        };
        session.queue.push(queued);
        true
    }

    /// Sends a message of QoS 1 or 2 to a session that is here and has room for it; gives it back
    /// otherwise.
    fn send_at_once(
        &mut self,
        key: SessionKey,
        queued: Queued,
        arrival: &Arrival<'_>,
        now: Instant,
    ) -> Result<(), Queued> {
        let (most, window_bytes) = (self.limits.output_bytes, self.limits.window_bytes);
        let Some(session) = self.sessions.get_mut(key.at) else {
            return Err(queued);
        };
        let connection = session.online.and_then(|online| self.connections.get_mut(online.at));
        let (Some(connection), Some(online)) = (connection, session.online) else {
            return Err(queued);
        };
        let outgoing = &mut session.delivery.outgoing;
        let flow = &mut session.flow;
        let room = session.queue.is_empty()
            && outgoing.has_room()
            && flow.unacknowledged < window_bytes
            && connection.output.waiting() <= most;
        let (true, Phase::Open(server, _)) = (room, &mut connection.phase) else {
            return Err(queued);
        };
        let Some(id) = outgoing.reserve() else {
            return Err(queued);
        };
        let out = connection.output.buffer();
        let written = copy_verbatim(server, arrival, &queued, id, out)
            || write_queued(server, &queued, (Some(id), false), now, &mut self.leaving, out);
        if written {
            flow.unacknowledged += queued.message.payload().len();
            // There was room a moment ago.
            let _ = outgoing.begin(queued.qos, queued);
            mark_dirty(&mut self.dirty, online, connection);
        }
        self.counters.published(arrival.payload.len(), written);
        Ok(())
    }

    /// Appends a QoS 0 message to a connection's output; encoded once for all whose form of it
    /// is the same.
    fn write_once(
        &mut self,
        key: ConnectionKey,
        arrival: &Arrival<'_>,
        terms: &Terms,
        retain: bool,
    ) {
        let Some(connection) = self.connections.get_mut(key.at) else {
            return;
        };
        let Phase::Open(server, _) = &mut connection.phase else {
            return;
        };
        let out = connection.output.buffer();
        let start = out.len();
        let publish = Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain,
            topic: seen(arrival.topic, terms.mount),
            id: None,
            properties: arrival.properties,
            payload: arrival.payload,
        };
        let personal =
            terms.identifiers.is_some() || server.aliases_out.is_enabled() || terms.mount > 0;
        if personal {
            let identifiers = terms.identifiers.as_deref().unwrap_or_default();
            let draft = Draft { publish, expiry: arrival.expiry, identifiers };
            write_publish(server, &draft, &mut self.leaving, out);
        } else if let Some((frame, version)) = arrival.verbatim
            && version.is_v5() == server.version().is_v5()
            && frame.first() == Some(&publish.header())
        {
            if fits(server, frame.len()) {
                out.extend_from_slice(frame);
            }
        } else {
            let variant = Variant { v5: server.version().is_v5(), header: publish.header() };
            if self.variant != Some(variant) || self.encoded.is_empty() {
                self.encoded.clear();
                let draft = Draft { publish, expiry: arrival.expiry, identifiers: &[] };
                // Another client's limit must not decide what this one's variant is.
                encode_variant(server.version(), &draft, &mut self.leaving, &mut self.encoded);
                self.variant = Some(variant);
            }
            if fits(server, self.encoded.len()) {
                out.extend_from_slice(&self.encoded);
            }
        }
        self.counters.published(arrival.payload.len(), out.len() > start);
        mark_dirty(&mut self.dirty, key, connection);
    }
}

/// A form of a message that subscribers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variant {
    v5: bool,
    header: u8,
}

fn fits(server: &Server, len: usize) -> bool {
    u32::try_from(len).is_ok_and(|len| len <= server.maximum_packet_size())
}

/// Appends a packet as it came, with this client's identifier and flags in it; false when it has
/// to be encoded anew.
fn copy_verbatim(
    server: &Server,
    arrival: &Arrival<'_>,
    queued: &Queued,
    id: PacketId,
    out: &mut Vec<u8>,
) -> bool {
    let Some((frame, version)) = arrival.verbatim else {
        return false;
    };
    let same = version.is_v5() == server.version().is_v5()
        && queued.qos == arrival.qos
        && queued.identifiers.is_none()
        && queued.mount == 0
        && !server.aliases_out.is_enabled()
        && fits(server, frame.len());
    let Some(length_bytes) =
        frame.get(1..).and_then(|rest| rest.iter().position(|b| b & 0x80 == 0))
    else {
        return false;
    };
    // Header byte, length, and the topic behind its own two bytes of length.
    let id_at = out.len() + 1 + length_bytes + 1 + 2 + arrival.topic.len();
    if !same {
        return false;
    }
    let start = out.len();
    out.extend_from_slice(frame);
    let header = 0x30 | ((queued.qos as u8) << 1) | u8::from(queued.retain);
    if let Some(first) = out.get_mut(start) {
        *first = header;
    }
    if let Some(place) = out.get_mut(id_at..id_at + 2) {
        place.copy_from_slice(&id.get().to_be_bytes());
    }
    true
}

/// Appends a kept message; false when it has expired or the client cannot take its size.
pub(super) fn write_queued(
    server: &mut Server,
    queued: &Queued,
    (id, dup): (Option<PacketId>, bool),
    now: Instant,
    buffer: &mut PropertyBuffer,
    out: &mut Vec<u8>,
) -> bool {
    let message = &queued.message;
    let expiry = match message.remaining(now) {
        Ok(expiry) => expiry,
        // What was sent once is finished, expired or not [MQTT-4.3.3-7].
        Err(_) if dup => Some(0),
        Err(_) => return false,
    };
    let publish = Publish {
        dup,
        qos: queued.qos,
        retain: queued.retain,
        topic: seen(&message.topic, queued.mount),
        id,
        properties: message.properties(),
        payload: message.payload(),
    };
    let identifiers = queued.identifiers.as_deref().unwrap_or_default();
    write_publish(server, &Draft { publish, expiry, identifiers }, buffer, out)
}

/// Encodes a QoS 0 message for every client of one version.
fn encode_variant(
    version: Version,
    draft: &Draft<'_>,
    buffer: &mut PropertyBuffer,
    out: &mut Vec<u8>,
) {
    let mut publish = draft.publish;
    if version.is_v5()
        && let Some(seconds) = draft.expiry
    {
        buffer.clear();
        buffer.extend(publish.properties);
        // A number always fits.
        let _ = buffer.push(crate::codec::Property::MessageExpiryInterval(seconds));
        publish.properties = buffer.as_properties();
    }
    let _ = publish.encode(version, out);
}
