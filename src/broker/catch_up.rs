//! Retained messages on their way to a session that subscribed: drawn as its output drains, each
//! before whatever is published to its topic meanwhile.

use std::time::Instant;

use super::access::Deed;
use super::connection::Phase;
use super::counters::Counters;
use super::deliver::write_queued;
use super::limits::Limits;
use super::message::Queued;
use super::origin::Origin;
use super::policy::Policies;
use super::pump::PUMP_BYTES;
use super::retained::Step;
use super::router::{Router, mark_dirty};
use super::session::{RetainedWalk, Session, SessionKey};
use crate::codec::{PropertyBuffer, Qos};
use crate::session::Server;

impl Router {
    /// Sends retained messages as far as there is room; each goes out like a new message.
    pub(super) fn pump_retained(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.sessions.get_mut(key.at).filter(|s| s.tenant == key.tenant) else {
            return;
        };
        let Some(online) = session.online else {
            // Who comes back goes on where it was.
            return;
        };
        let Some(connection) = self.connections.get_mut(online.at) else {
            return;
        };
        let Phase::Open(server, _) = &mut connection.phase else {
            return;
        };
        while connection.output.waiting() < PUMP_BYTES
            && session.queue.is_empty()
            && session.delivery.outgoing.has_room()
            && session.flow.unacknowledged < self.limits.window_bytes
            && let Some(RetainedWalk { walk, qos, identifiers }) = session.walks.front_mut()
        {
            let rights = session.rights.as_ref();
            let (policies, limits) = (&self.policies, &self.limits);
            let may_have = |name: &str, origin: Option<&Origin>| {
                rights.is_none_or(|rights| rights.allow(Deed::Read, name))
                    && is_trusted(name, origin, policies, limits)
            };
            let message = match self.retained.step(walk, may_have, now) {
                Step::Message(message) => message,
                Step::Pause => {
                    if !self.walking.contains(&key) {
                        self.walking.push(key);
                    }
                    break;
                }
                Step::End => {
                    session.walks.pop_front();
                    continue;
                }
            };
            let qos = self.limits.outgoing(message.qos, *qos);
            let (mount, identifiers) = (walk.mount(), identifiers.clone());
            let queued = Queued { message, qos, retain: true, mount, identifiers };
            let out = connection.output.buffer();
            let tools = (&mut self.leaving, &mut self.counters);
            begin(server, session, queued, now, tools, out);
        }
        mark_dirty(&mut self.dirty, online, connection);
    }

    /// A message of `topic` is about to be delivered with `qos`: what is retained there and still
    /// to be drawn with the same was published earlier, and goes first.
    pub(super) fn precede(&mut self, key: SessionKey, topic: &str, qos: Qos, now: Instant) {
        let Some(session) = self.sessions.get_mut(key.at).filter(|s| s.tenant == key.tenant) else {
            return;
        };
        let mut walks = std::mem::take(&mut session.walks);
        for RetainedWalk { walk, qos: granted, identifiers } in &mut walks {
            let (policies, limits) = (&self.policies, &self.limits);
            let drawn = self.retained.draw_early(walk, topic, now, |message, origin| {
                // Order is promised within one quality of service.
                limits.outgoing(message.qos, *granted) == qos
                    && is_trusted(topic, origin, policies, limits)
            });
            let Some(message) = drawn else {
                continue;
            };
            let (mount, identifiers) = (walk.mount(), identifiers.clone());
            let queued = Queued { message, qos, retain: true, mount, identifiers };
            let connection = session.online.and_then(|online| self.connections.get_mut(online.at));
            let room = session.queue.is_empty()
                && session.delivery.outgoing.has_room()
                && session.flow.unacknowledged < self.limits.window_bytes;
            if (qos == Qos::AtMostOnce || room)
                && let (Some(connection), Some(online)) = (connection, session.online)
                && let Phase::Open(server, _) = &mut connection.phase
            {
                let out = connection.output.buffer();
                let tools = (&mut self.leaving, &mut self.counters);
                begin(server, session, queued, now, tools, out);
                mark_dirty(&mut self.dirty, online, connection);
            } else if qos > Qos::AtMostOnce {
                session.queue.push(queued);
            }
        }
        session.walks = walks;
    }
}

/// Whether who retained a message may still publish to its topic, where that is asked.
fn is_trusted(topic: &str, origin: Option<&Origin>, policies: &Policies, limits: &Limits) -> bool {
    !limits.checks_retained || origin.is_none_or(|origin| origin.may_write(topic, policies))
}

/// Appends a retained message; at QoS 1 and 2 the window has room for it.
fn begin(
    server: &mut Server,
    session: &mut Session,
    queued: Queued,
    now: Instant,
    (buffer, counters): (&mut PropertyBuffer, &mut Counters),
    out: &mut Vec<u8>,
) {
    let qos = queued.qos;
    let outgoing = &mut session.delivery.outgoing;
    let id = if qos == Qos::AtMostOnce { None } else { outgoing.reserve() };
    let is_sent = write_queued(server, &queued, (id, false), now, buffer, out);
    counters.drawn(&queued, is_sent, now);
    if is_sent && id.is_some() {
        session.flow.unacknowledged += queued.message.payload().len();
        // There was room a moment ago.
        let _ = outgoing.begin(qos, queued);
    }
}
