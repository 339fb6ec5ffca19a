//! Messages on their way in at QoS 1 and 2: the receive maximum, and QoS 2's one delivery.

use std::collections::HashMap;

use super::Error;
use crate::codec::{PacketId, Qos};

/// What an arriving message is to this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// To be delivered, and acknowledged then.
    New,
    /// A QoS 2 message that came before: to be acknowledged, not delivered `[MQTT-4.3.3-10]`.
    Repeat,
}

/// The received and unfinished exchanges of one session.
#[derive(Debug)]
pub struct Incoming {
    /// QoS 2 identifiers from PUBLISH to PUBREL, and whether that PUBLISH came, or came again, on
    /// this connection.
    unreleased: HashMap<PacketId, bool>,
    /// Messages of this connection, QoS 1 before PUBACK and QoS 2 before PUBREL. What an earlier
    /// connection left does not count: the maximum is a connection's.
    open: u16,
    /// What this end announced to take at once.
    maximum: u16,
}

impl Incoming {
    /// Nothing received; `maximum` (1 to 65,535) at once.
    pub fn new(maximum: u16) -> Self {
        Self { unreleased: HashMap::new(), open: 0, maximum }
    }

    /// A message arrived. An error when the peer exceeds the receive maximum; version 3 knows
    /// none, there `enforce` is false.
    pub fn publish(&mut self, qos: Qos, id: PacketId, enforce: bool) -> Result<Arrival, Error> {
        let known = if qos == Qos::ExactlyOnce { self.unreleased.get(&id).copied() } else { None };
        if known == Some(true) {
            return Ok(Arrival::Repeat);
        }
        if enforce && self.open >= self.maximum {
            return Err(Error::ReceiveMaximum(self.maximum));
        }
        if qos == Qos::ExactlyOnce {
            self.unreleased.insert(id, true);
        }
        self.open = self.open.saturating_add(1);
        Ok(if known.is_some() { Arrival::Repeat } else { Arrival::New })
    }

    /// PUBACK was sent.
    pub fn acknowledged(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// PUBREC was sent with a reason of 0x80 or above: the identifier is free `[MQTT-4.3.3-9]`.
    pub fn refused(&mut self, id: PacketId) {
        self.remove(id);
    }

    /// Ends a QoS 2 exchange; false when there is none.
    fn remove(&mut self, id: PacketId) -> bool {
        let known = self.unreleased.remove(&id);
        if known == Some(true) {
            self.open = self.open.saturating_sub(1);
        }
        known.is_some()
    }

    /// A message is not taken after all and will be offered again as if it came anew.
    pub fn withdraw(&mut self, qos: Qos, id: PacketId) {
        match qos {
            Qos::AtMostOnce => {}
            Qos::AtLeastOnce => self.acknowledged(),
            Qos::ExactlyOnce => self.refused(id),
        }
    }

    /// PUBREL came; false when the identifier is unknown (0x92).
    pub fn pubrel(&mut self, id: PacketId) -> bool {
        let known = self.remove(id);
        if self.unreleased.is_empty() && self.unreleased.capacity() > 64 {
            self.unreleased = HashMap::new();
        }
        known
    }

    /// A new connection: nothing of it is open yet; QoS 2 goes on where it was.
    pub fn resume(&mut self) {
        self.open = 0;
        self.unreleased.values_mut().for_each(|of_this_connection| *of_this_connection = false);
    }

    /// The session is gone: every identifier is new.
    pub fn restart(&mut self) {
        self.open = 0;
        self.unreleased = HashMap::new();
    }

    /// A new connection announces another maximum.
    pub const fn set_maximum(&mut self, maximum: u16) {
        self.maximum = maximum;
    }

    /// Whether no exchange is unfinished.
    pub fn is_empty(&self) -> bool {
        self.open == 0 && self.unreleased.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qos_2_is_new_once_and_the_maximum_holds() {
        let (one, two) = (PacketId::MIN, PacketId::MAX);
        let mut incoming = Incoming::new(2);
        assert_eq!(incoming.publish(Qos::ExactlyOnce, one, true), Ok(Arrival::New));
        assert_eq!(incoming.publish(Qos::ExactlyOnce, one, true), Ok(Arrival::Repeat));
        assert_eq!(incoming.publish(Qos::AtLeastOnce, two, true), Ok(Arrival::New));
        assert_eq!(incoming.publish(Qos::AtLeastOnce, two, true), Err(Error::ReceiveMaximum(2)));
        assert_eq!(incoming.publish(Qos::AtLeastOnce, two, false), Ok(Arrival::New));
        incoming.resume();
        incoming.set_maximum(1);
        assert_eq!(incoming.publish(Qos::AtLeastOnce, two, true), Ok(Arrival::New));
        incoming.acknowledged();
        assert_eq!(incoming.publish(Qos::ExactlyOnce, one, true), Ok(Arrival::Repeat));
        assert_eq!(incoming.publish(Qos::AtLeastOnce, two, true), Err(Error::ReceiveMaximum(1)));
        assert!(incoming.pubrel(one));
        assert!(!incoming.pubrel(one));
        assert_eq!(incoming.publish(Qos::ExactlyOnce, one, true), Ok(Arrival::New));
        incoming.refused(one);
        assert!(incoming.is_empty());
    }
}
