//! What waits for a session, sent as far as there is room: what is sent again, its queue, then
//! retained messages.

use std::time::Instant;

use super::access::{Deed, Rights};
use super::connection::{Output, Phase};
use super::counters::Counters;
use super::deliver::write_queued;
use super::message::Queued;
use super::router::{Router, mark_dirty};
use super::session::{Session, SessionKey};
use crate::codec::{Ack, Packet, PacketId, PropertyBuffer, Qos, Reason};
use crate::session::{Delivery, Released, Resend, Server};

/// A queue is drained into the output up to this many bytes, then again when they have left.
pub(super) const PUMP_BYTES: usize = 256 * 1024;

/// What is used while messages are written: room for properties, and the counters.
type Tools<'a> = (&'a mut PropertyBuffer, &'a mut Counters);

impl Router {
    /// Has a session looked at by [`Self::pump`] at the end of the batch.
    pub(super) fn pump_later(&mut self, key: SessionKey) {
        if self.pumps.back() != Some(&key) {
            self.pumps.push_back(key);
        }
    }

    /// Sends a session what waits for it: first what a resumed session sends again, then its
    /// queue, then retained messages.
    pub(super) fn pump(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.sessions.get_mut(key.at).filter(|s| s.tenant == key.tenant) else {
            return;
        };
        if let Some(online) = session.online
            && let Some(connection) = self.connections.get_mut(online.at)
            && let Phase::Open(server, _) = &mut connection.phase
        {
            let output = &mut connection.output;
            let tools = (&mut self.leaving, &mut self.counters);
            send_again(server, session, now, tools, output);
            let tools = (&mut self.leaving, &mut self.counters);
            send_queued(server, session, self.limits.window_bytes, now, tools, output);
            mark_dirty(&mut self.dirty, online, connection);
        }
        self.pump_retained(key, now);
        self.relieve(key);
    }
}

/// Sends what a resumed session sends again, as far as there is room.
fn send_again(
    server: &mut Server,
    session: &mut Session,
    now: Instant,
    (buffer, counters): Tools<'_>,
    output: &mut Output,
) {
    let Session { delivery, flow, rights, .. } = session;
    while output.waiting() < PUMP_BYTES
        && let Some(resend) = delivery.outgoing.resend()
    {
        // What its client may not read any longer, or this connection cannot take, counts as sent
        // [MQTT-3.1.2-25].
        let is_readable = match &resend {
            Resend::Publish(_, _, queued) => may_read(rights.as_deref(), queued),
            Resend::Pubrel(_) => true,
        };
        let unsent = match &resend {
            Resend::Publish(id, qos, _) if !is_readable => Some((*id, *qos)),
            resend => {
                let unsent = write_again(server, resend, now, buffer, output);
                counters.sent_again(resend, unsent.is_none());
                unsent
            }
        };
        counters.dropped += u64::from(!is_readable);
        let dropped = match unsent {
            Some((id, Qos::ExactlyOnce)) => match delivery.outgoing.pubrec(id, true) {
                Released::Refused(queued) => Some(queued),
                _ => None,
            },
            Some((id, _)) => delivery.outgoing.puback(id),
            None => None,
        };
        if let Some(queued) = dropped {
            flow.acknowledge(&queued);
        }
    }
}

/// Sends what waits in a session's queue, as far as there is room.
fn send_queued(
    server: &mut Server,
    session: &mut Session,
    window_bytes: usize,
    now: Instant,
    (buffer, counters): Tools<'_>,
    output: &mut Output,
) {
    let Session { delivery: Delivery { outgoing, .. }, queue, flow, rights, revised, .. } = session;
    while output.waiting() < PUMP_BYTES
        && let Some(qos) = queue.next_qos()
    {
        let id = if qos == Qos::AtMostOnce {
            None
        } else if outgoing.has_room()
            && flow.unacknowledged < window_bytes
            && let Some(id) = outgoing.reserve()
        {
            Some(id)
        } else {
            break;
        };
        let Some(queued) = queue.pop() else {
            break;
        };
        if *revised && !may_read(rights.as_deref(), &queued) {
            counters.dropped += 1;
            continue;
        }
        let is_sent = write_queued(server, &queued, (id, false), now, buffer, output.buffer());
        counters.drawn(&queued, is_sent, now);
        if is_sent && id.is_some() {
            flow.unacknowledged += queued.message.payload().len();
            // There was room a moment ago.
            let _ = outgoing.begin(qos, queued);
        }
    }
    // What comes from now on was judged by the rights as they are.
    *revised &= !queue.is_empty();
}

/// Whether its client may be sent a message that waits for it.
pub(super) fn may_read(rights: Option<&Rights>, queued: &Queued) -> bool {
    rights.is_none_or(|rights| rights.allow(Deed::Read, &queued.message.topic))
}

/// Appends what a resumed session sends again; a message that the client cannot take comes back.
fn write_again(
    server: &mut Server,
    resend: &Resend<'_, Queued>,
    now: Instant,
    buffer: &mut PropertyBuffer,
    output: &mut Output,
) -> Option<(PacketId, Qos)> {
    match resend {
        Resend::Publish(id, qos, queued) => {
            let again = (Some(*id), true);
            let written = write_queued(server, queued, again, now, buffer, output.buffer());
            (!written).then_some((*id, *qos))
        }
        Resend::Pubrel(id) => {
            // Four bytes always fit.
            let pubrel = Packet::Pubrel(Ack::new(*id, Reason::Success));
            let _ = pubrel.encode(server.version(), output.buffer());
            None
        }
    }
}
