//! What was sent, what arrived, what was acknowledged, and what that must look like on the wire.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::{Note, number};
use crate::codec::{
    MAX_PACKET_SIZE, Packet, PacketId, Qos, Reason, Sender, Version, decode, split,
};

/// The messages of one direction.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    numbers: u64,
    /// To be sent as new ones before anything else, since their session is gone.
    pub(super) waiting: VecDeque<Note>,
    entries: BTreeMap<u64, Entry>,
    /// The highest number that arrived at each QoS.
    newest: [u64; 3],
    pub(super) finished: usize,
}

#[derive(Debug)]
struct Entry {
    qos: Qos,
    /// Sessions in which it was sent: each may deliver a QoS 2 message once.
    begun: u32,
    arrived: u32,
    /// By a PUBACK or PUBREC, which may have been lost: such a message keeps no order.
    refused: bool,
    /// Its sender's session was lost with it.
    lost: bool,
}

impl Ledger {
    /// The next message of a QoS.
    pub(super) fn note(&mut self, qos: Qos) -> Note {
        if qos != Qos::AtMostOnce
            && let Some(note) = self.waiting.pop_front()
        {
            return note;
        }
        self.numbers += 1;
        if qos == Qos::AtMostOnce {
            self.enter(self.numbers, qos);
        }
        Note::new(qos, self.numbers)
    }

    fn enter(&mut self, number: u64, qos: Qos) -> &mut Entry {
        let fresh = Entry { qos, begun: 0, arrived: 0, refused: false, lost: false };
        self.entries.entry(number).or_insert(fresh)
    }

    pub(super) fn begun(&mut self, note: &Note) {
        self.enter(note.number, note.qos).begun += 1;
    }

    /// Unacknowledged messages of a session that is gone.
    pub(super) fn again(&mut self, notes: Vec<Note>) {
        for note in notes.into_iter().rev() {
            self.waiting.push_front(note);
        }
    }

    /// The sender forgot what it had not delivered.
    pub(super) fn session_lost(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.lost = true);
    }

    pub(super) fn refused(&mut self, number: u64) {
        self.entries.get_mut(&number).unwrap().refused = true;
    }

    pub(super) fn arrived(&mut self, number: u64, qos: Qos) {
        let entry = self.entries.get_mut(&number).expect("what arrives was sent, and is not over");
        assert_eq!(entry.qos, qos);
        entry.arrived += 1;
        match qos {
            Qos::AtMostOnce => assert_eq!(entry.arrived, 1, "QoS 0 came twice: {number}"),
            Qos::AtLeastOnce => {}
            Qos::ExactlyOnce => {
                assert!(entry.arrived <= entry.begun, "QoS 2 came twice: {number}");
            }
        }
        let newest = &mut self.newest[usize::from(qos as u8)];
        if entry.arrived == 1 && !entry.refused {
            assert!(number > *newest, "{number} came after {newest} at {qos:?}");
            *newest = number;
        }
    }

    /// The sender was told of the end.
    pub(super) fn acked(&mut self, number: u64, refused: bool) {
        let entry = self.entries.remove(&number).expect("what is acknowledged was sent");
        assert_ne!(entry.qos, Qos::AtMostOnce);
        if refused {
            assert!(entry.refused, "nobody refused {number}");
        } else {
            assert!(entry.arrived > 0, "{number} is acknowledged and did not arrive");
        }
        self.finished += 1;
    }

    /// Nothing is on its way any longer.
    pub(super) fn close(&self) {
        let open = |entry: &Entry| entry.qos != Qos::AtMostOnce && !entry.lost;
        let open: Vec<_> = self.entries.iter().filter(|(_, entry)| open(entry)).collect();
        assert!(open.is_empty(), "never acknowledged: {open:?}");
    }
}

/// What one end puts on the wire.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The message of each identifier, from PUBLISH to its end.
    flight: HashMap<PacketId, u64>,
    /// Identifiers that were used on this connection and have not come to their end.
    open: HashSet<PacketId>,
    /// Those whose PUBREL was sent.
    released: HashSet<PacketId>,
    /// Identifiers that messages of the session had.
    used: HashSet<PacketId>,
    requests: HashSet<PacketId>,
    pub(super) window: u16,
    /// Aliases that the other end was told.
    pub(super) aliases: HashSet<u16>,
}

impl Watch {
    pub(super) fn cut(&mut self) {
        self.open.clear();
        self.requests.clear();
        self.aliases.clear();
    }

    pub(super) fn session_lost(&mut self) {
        self.flight.clear();
        self.released.clear();
        self.used.clear();
    }

    pub(super) fn sent(&mut self, mut bytes: &[u8], version: Version, sender: Sender) {
        while let Some(frame) = split(bytes, MAX_PACKET_SIZE).unwrap() {
            bytes = &bytes[frame.bytes().len()..];
            match decode(frame, version, sender).unwrap() {
                Packet::Publish(publish) => {
                    if let Some(id) = publish.id {
                        self.publish(id, publish.dup, number(&publish));
                    }
                }
                Packet::Pubrel(ack) if ack.reason == Reason::Success => {
                    if !self.flight.contains_key(&ack.id) {
                        // Where CONNACK was lost, the session looks like an earlier program's.
                        assert!(!self.used.contains(&ack.id), "PUBREL of nothing");
                        continue;
                    }
                    self.released.insert(ack.id);
                    self.open.insert(ack.id);
                }
                Packet::Pubrel(ack) => panic!("an honest peer's PUBREC is known: {ack:?}"),
                Packet::Subscribe(subscribe) => self.request(subscribe.id),
                Packet::Unsubscribe(unsubscribe) => self.request(unsubscribe.id),
                _ => {}
            }
        }
        assert!(bytes.is_empty(), "whole packets are sent");
    }

    fn publish(&mut self, id: PacketId, dup: bool, number: u64) {
        assert!(!self.requests.contains(&id), "identifier {id} is a request's");
        assert!(!self.released.contains(&id), "PUBLISH after PUBREL with identifier {id}");
        self.used.insert(id);
        match self.flight.insert(id, number) {
            None => assert!(!dup, "DUP on what was never sent"),
            Some(other) => {
                assert_eq!(other, number, "identifier {id} is in use");
                assert!(dup, "sent again without DUP");
            }
        }
        assert!(self.open.insert(id), "sent again on one connection");
        assert!(self.open.len() <= usize::from(self.window), "the window is exceeded");
    }

    fn request(&mut self, id: PacketId) {
        assert!(!self.flight.contains_key(&id), "identifier {id} is a message's");
        assert!(self.requests.insert(id), "identifier {id} is another request's");
    }

    /// The other end's packet comes in.
    pub(super) fn answered(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::Puback(ack) | Packet::Pubcomp(ack) => self.over(ack.id),
            Packet::Pubrec(ack) if ack.reason.is_error() => self.over(ack.id),
            Packet::Suback(suback) | Packet::Unsuback(suback) => {
                assert!(self.requests.remove(&suback.id));
            }
            _ => {}
        }
    }

    fn over(&mut self, id: PacketId) {
        assert!(self.flight.remove(&id).is_some(), "an acknowledgement of nothing");
        self.open.remove(&id);
        self.released.remove(&id);
    }
}
