//! What a held publisher sends: kept in order, taken up again when nobody holds it any longer.

use std::time::Instant;

use super::connection::{ConnectionKey, Phase, is_acknowledged};
use super::event::End;
use super::router::{Router, Step};
use crate::codec::{Frame, PacketType, Sender, decode, split};

impl Router {
    /// Keeps a packet of a held publisher for later; what is malformed is told at once.
    pub(super) fn park(&mut self, key: ConnectionKey, frame: Frame<'_>, now: Instant) -> Step {
        let limits = &self.limits;
        let (messages, bytes) = (limits.parked_messages, limits.parked_bytes);
        let once_bytes = limits.parked_once_bytes;
        let Some(connection) = self.connections.get_mut(key.at) else {
            return Step::Closed;
        };
        if let Phase::Open(server, _) = &connection.phase
            && let Err(error) = decode(frame, server.version(), Sender::Client)
        {
            return self.fail(key, error.into(), now);
        }
        let (parked, len) = (&connection.parked, frame.bytes().len());
        let full = if is_acknowledged(frame.header()) {
            parked.messages > 0
                && (parked.messages >= messages || parked.message_bytes + len > bytes)
        } else {
            parked.once_bytes > 0 && parked.once_bytes + len > once_bytes
        };
        if full {
            connection.paused = true;
            return Step::Full;
        }
        connection.parked.push(frame.bytes(), frame.header());
        Step::Used(len)
    }

    /// Takes up what a publisher sent while it was held.
    pub(super) fn unpark(&mut self, key: ConnectionKey, forced: bool, now: Instant) {
        let Some(connection) = self.connection(key) else {
            return;
        };
        let parked = std::mem::take(&mut connection.parked);
        let mut at = 0;
        while let Ok(Some(frame)) = split(parked.bytes.get(at..).unwrap_or_default(), u32::MAX) {
            let held = self.connection(key).is_none_or(|connection| connection.holds > 0);
            if held && !forced {
                break;
            }
            self.forcing = forced;
            let step = self.act(key, frame, now);
            self.forcing = false;
            match step {
                Step::Used(_) => at += frame.bytes().len(),
                // Nobody is there any longer to send it again.
                Step::Later if forced => at += frame.bytes().len(),
                Step::Later => break,
                _ => return,
            }
        }
        let Some(connection) = self.connection(key) else {
            return;
        };
        while let Ok(Some(frame)) = split(parked.bytes.get(at..).unwrap_or_default(), u32::MAX) {
            connection.parked.push(frame.bytes(), frame.header());
            at += frame.bytes().len();
        }
        if !forced && connection.holds == 0 && connection.parked.is_empty() {
            let (ended, paused) = (connection.ended, connection.paused);
            connection.paused = false;
            if ended {
                self.close(key, End::Lost, now);
            } else if paused {
                self.woken.push(key);
            }
        }
    }

    /// The peer's stream ended. What came before is routed before the session ends.
    pub(super) fn ended(&mut self, key: ConnectionKey, now: Instant) {
        if let Some(connection) = self.connection(key) {
            if connection.holds > 0 && !connection.parked.is_empty() {
                connection.ended = true;
            } else {
                self.close(key, End::Lost, now);
            }
        }
        self.settle(now);
    }
}

/// Packets that keep their place behind a held PUBLISH; acknowledgements and subscriptions act
/// at once.
pub(super) fn is_held_back(frame: Frame<'_>) -> bool {
    matches!(
        frame.packet_type(),
        Ok(PacketType::Publish | PacketType::Pingreq | PacketType::Disconnect)
    )
}
