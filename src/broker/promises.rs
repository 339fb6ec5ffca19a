//! Acknowledgements: decided when a packet acts, sent when the store has committed what they
//! promise.

use super::connection::{ConnectionKey, Phase};
use super::router::{Router, mark_dirty};
use crate::codec::{Packet, PacketId, Qos, Reason};
use crate::store::Store as _;

/// An acknowledgement that leaves when the store has committed what it promises.
#[derive(Debug)]
pub(super) enum Promise {
    /// PUBACK or PUBREC.
    Taken(Qos, PacketId, Reason),
    /// SUBACK or UNSUBACK, encoded.
    Answer(Vec<u8>),
    /// PINGRESP: it speaks for all that came before the ping, so it leaves behind their answers.
    Pong,
}

impl Router {
    /// Notes an acknowledgement; it leaves when the store has committed.
    pub(super) fn promise(&mut self, key: ConnectionKey, promise: Promise) {
        let ticket = self.store.ticket();
        self.promises.push_back((ticket, key, promise));
    }

    /// Sends the acknowledgements that the store has committed.
    pub(super) fn keep_promises(&mut self) {
        if self.promises.is_empty() {
            return;
        }
        let committed = self.store.commit();
        while let Some(&(ticket, key, _)) = self.promises.front() {
            if ticket > committed {
                break;
            }
            let Some((_, _, promise)) = self.promises.pop_front() else {
                break;
            };
            let Some(connection) =
                self.connections.get_mut(key.at).filter(|other| other.tenant == key.tenant)
            else {
                continue;
            };
            let Phase::Open(server, session) = &mut connection.phase else {
                continue;
            };
            let counters = &mut self.counters;
            connection.output.answer(|out| {
                let start = out.len();
                match promise {
                    Promise::Answer(bytes) => out.extend_from_slice(&bytes),
                    // Two bytes always fit.
                    Promise::Pong => drop(Packet::Pingresp.encode(server.version(), out)),
                    Promise::Taken(qos, id, reason) => {
                        if let Some(session) = self.sessions.get_mut(session.at) {
                            server.acknowledge(&mut session.delivery, qos, id, reason, out);
                        }
                    }
                }
                counters.sent(out.get(start).copied().unwrap_or_default());
            });
            mark_dirty(&mut self.dirty, key, connection);
        }
    }
}
