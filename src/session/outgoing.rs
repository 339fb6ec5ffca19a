//! Messages on their way out at QoS 1 and 2: identifiers, the window, what is sent again.

use std::collections::VecDeque;

use crate::codec::{PacketId, Qos};

/// How many identifiers there are.
const IDENTIFIERS: u64 = 65_535;

/// What the other end owes for an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Puback,
    /// The PUBCOMP that makes sure that the identifier is free; then the PUBLISH goes.
    Freeing,
    Pubrec,
    Pubcomp,
    Suback,
    Unsuback,
}

/// A request that takes an identifier but no place in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Answered by SUBACK.
    Subscribe,
    /// Answered by UNSUBACK.
    Unsubscribe,
}

#[derive(Debug)]
struct Flight<M> {
    /// Grows by one with each identifier; the identifier is drawn from it.
    sequence: u64,
    awaits: Awaits,
    message: Option<M>,
}

/// The unacknowledged messages of one session, in the order they were sent.
///
/// An identifier is its entry's sequence number, wrapped; so entries are sorted, an
/// acknowledgement in order is found at the front, and any other by bisection.
#[derive(Debug)]
pub struct Outgoing<M> {
    flight: VecDeque<Flight<M>>,
    /// The sequence number of the next identifier.
    next: u64,
    /// Exchanges that were begun or taken up again on this connection and are not over.
    unfinished: u32,
    /// A message is sent only while fewer than this are unfinished `[MQTT-4.9.0-1]`.
    window: u16,
    /// After a reconnect: entries from this sequence number on are still to be sent again.
    resend_from: Option<u64>,
    /// The session is older than this program, and at QoS 2 the peer may hold identifiers that
    /// were never released: each is freed before its first use.
    inherited: bool,
}

/// A PUBREC's effect.
#[derive(Debug, PartialEq, Eq)]
pub enum Released<M> {
    /// PUBREL is to be sent.
    Pubrel,
    /// The peer refused the message; its exchange is over.
    Refused(M),
    /// No such identifier is awaiting PUBREC: PUBREL with 0x92 answers.
    Unknown,
}

/// One packet to send again.
#[derive(Debug, PartialEq, Eq)]
pub enum Resend<'a, M> {
    /// The PUBLISH, with DUP `[MQTT-3.3.1-1]`.
    Publish(PacketId, Qos, &'a M),
    /// The PUBREL `[MQTT-4.3.3-6]`.
    Pubrel(PacketId),
}

impl<M> Outgoing<M> {
    /// Nothing in flight, `window` (1 to 65,535) messages at most.
    pub const fn new(window: u16) -> Self {
        Self {
            flight: VecDeque::new(),
            next: 0,
            unfinished: 0,
            window,
            resend_from: None,
            inherited: false,
        }
    }

    /// Whether a new message may be sent now: the window is open, and what is to be sent again
    /// has been.
    pub const fn has_room(&self) -> bool {
        self.is_open() && self.resend_from.is_none()
    }

    const fn is_open(&self) -> bool {
        self.unfinished < self.window as u32
    }

    /// Whether a resumed session still has something to send again.
    pub const fn is_resending(&self) -> bool {
        self.resend_from.is_some()
    }

    /// The window's size.
    pub const fn window(&self) -> u16 {
        self.window
    }

    /// Messages and requests without their last acknowledgement.
    pub fn len(&self) -> usize {
        self.flight.len()
    }

    /// Whether all is acknowledged.
    pub fn is_empty(&self) -> bool {
        self.flight.is_empty()
    }

    /// All unacknowledged messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &M> {
        self.flight.iter().filter_map(|flight| flight.message.as_ref())
    }

    /// The unacknowledged message of an identifier.
    pub fn message(&self, id: PacketId) -> Option<&M> {
        self.position(id).and_then(|at| self.flight.get(at)?.message.as_ref())
    }

    /// The identifier that [`Self::begin`] gives next; `None` when all are taken. The packet can
    /// be written with it before its message moves into the window.
    pub fn reserve(&mut self) -> Option<PacketId> {
        let (sequence, id) = self.free_identifier()?;
        self.next = sequence;
        Some(id)
    }

    /// Takes a message into the window and gives its identifier; gives the message back when
    /// there is no room, or no identifier.
    pub fn begin(&mut self, qos: Qos, message: M) -> Result<PacketId, M> {
        if qos == Qos::AtMostOnce || !self.has_room() {
            return Err(message);
        }
        let Some((sequence, id)) = self.free_identifier() else {
            return Err(message);
        };
        let awaits = match qos {
            Qos::ExactlyOnce if self.may_be_held(sequence) => Awaits::Freeing,
            Qos::ExactlyOnce => Awaits::Pubrec,
            _ => Awaits::Puback,
        };
        self.unfinished = self.unfinished.saturating_add(1);
        self.flight.push_back(Flight { sequence, awaits, message: Some(message) });
        Ok(id)
    }

    /// An identifier for a request; `None` when all 65,535 are taken.
    pub fn begin_request(&mut self, request: Request) -> Option<PacketId> {
        let (sequence, id) = self.free_identifier()?;
        let awaits = match request {
            Request::Subscribe => Awaits::Suback,
            Request::Unsubscribe => Awaits::Unsuback,
        };
        self.flight.push_back(Flight { sequence, awaits, message: None });
        Some(id)
    }

    /// Ends a request; false when the identifier is not awaiting this answer.
    pub fn answered(&mut self, id: PacketId, request: Request) -> bool {
        let awaits = match request {
            Request::Subscribe => Awaits::Suback,
            Request::Unsubscribe => Awaits::Unsuback,
        };
        self.take(id, awaits).is_some()
    }

    /// Ends a QoS 1 exchange; `None` when no such identifier is awaiting PUBACK.
    pub fn puback(&mut self, id: PacketId) -> Option<M> {
        let flight = self.take(id, Awaits::Puback)?;
        self.give_back();
        flight.message
    }

    /// The first acknowledgement at QoS 2; `refused` when its reason is 0x80 or above.
    pub fn pubrec(&mut self, id: PacketId, refused: bool) -> Released<M> {
        if refused {
            return match self.take(id, Awaits::Pubrec).and_then(|flight| flight.message) {
                Some(message) => {
                    self.give_back();
                    Released::Refused(message)
                }
                None => Released::Unknown,
            };
        }
        match self.position(id).and_then(|at| self.flight.get_mut(at)) {
            // A PUBREC that comes again is answered by PUBREL again.
            Some(flight) if matches!(flight.awaits, Awaits::Pubrec | Awaits::Pubcomp) => {
                flight.awaits = Awaits::Pubcomp;
                Released::Pubrel
            }
            _ => Released::Unknown,
        }
    }

    /// Ends a QoS 2 exchange; `None` when no such identifier is awaiting PUBCOMP.
    pub fn pubcomp(&mut self, id: PacketId) -> Option<M> {
        let flight = self.take(id, Awaits::Pubcomp)?;
        self.give_back();
        flight.message
    }

    /// The session that is resumed stems from an earlier program, unless this one has used it.
    pub const fn inherit(&mut self) {
        self.inherited |= self.next == 0;
    }

    /// PUBCOMP for an identifier that was to be freed: the message that it is free for now.
    pub fn freed(&mut self, id: PacketId) -> Option<&M> {
        if !self.inherited {
            return None;
        }
        let flight = self.position(id).and_then(|at| self.flight.get_mut(at))?;
        if flight.awaits != Awaits::Freeing {
            return None;
        }
        flight.awaits = Awaits::Pubrec;
        flight.message.as_ref()
    }

    /// Whether the message of this identifier waits until the identifier is free.
    pub fn is_freeing(&self, id: PacketId) -> bool {
        let flight = || self.position(id).and_then(|at| self.flight.get(at));
        self.inherited && flight().is_some_and(|flight| flight.awaits == Awaits::Freeing)
    }

    /// Whether the peer may hold the identifier for an exchange that this program never began.
    const fn may_be_held(&self, sequence: u64) -> bool {
        self.inherited && sequence < IDENTIFIERS
    }

    /// Whether the identifier is in use, for whatever.
    pub fn contains(&self, id: PacketId) -> bool {
        self.position(id).is_some()
    }

    /// A new connection resumes the session: all that is unacknowledged is to be sent again by
    /// [`Self::resend`], in order, within the new window. Requests are forgotten.
    pub fn resume(&mut self, window: u16) {
        self.flight.retain(|flight| flight.message.is_some());
        self.window = window;
        self.unfinished = 0;
        self.resend_from = self.flight.front().map(|flight| flight.sequence);
    }

    /// Before [`Self::resume`]: takes out the messages that `is_taken` denies and whose PUBLISH
    /// would be sent again, oldest first; at QoS 2 with the identifier, which the peer may hold.
    pub fn withdraw(&mut self, is_taken: impl Fn(&M) -> bool) -> Vec<(Option<PacketId>, M)> {
        let mut withdrawn = Vec::new();
        for mut flight in std::mem::take(&mut self.flight) {
            let is_owed = flight.awaits != Awaits::Pubcomp;
            match flight.message.take_if(|message| is_owed && !is_taken(message)) {
                Some(message) => {
                    let held = matches!(flight.awaits, Awaits::Pubrec | Awaits::Freeing);
                    withdrawn.push((held.then(|| identifier(flight.sequence)), message));
                }
                None => self.flight.push_back(flight),
            }
        }
        withdrawn
    }

    /// The next packet to send again, `None` when the window is closed or nothing is left.
    pub fn resend(&mut self) -> Option<Resend<'_, M>> {
        let from = self.resend_from?;
        let mut at = self.flight.partition_point(|flight| flight.sequence < from);
        // A request that was made meanwhile is behind what is to be sent again, and no part of it.
        while self.flight.get(at).is_some_and(|flight| flight.message.is_none()) {
            at = at.saturating_add(1);
        }
        let Some(awaits) = self.flight.get(at).map(|flight| flight.awaits) else {
            self.resend_from = None;
            return None;
        };
        // A PUBREL never waits for the window [MQTT-4.9.0-3]. But it takes a place, since its
        // PUBCOMP gives one back.
        if awaits != Awaits::Pubcomp && !self.is_open() {
            return None;
        }
        self.unfinished = self.unfinished.saturating_add(1);
        self.resend_from = self.flight.get(at.saturating_add(1)).map(|flight| flight.sequence);
        let flight = self.flight.get(at)?;
        let id = identifier(flight.sequence);
        Some(match (awaits, flight.message.as_ref()) {
            (Awaits::Puback, Some(message)) => Resend::Publish(id, Qos::AtLeastOnce, message),
            (Awaits::Pubrec, Some(message)) => Resend::Publish(id, Qos::ExactlyOnce, message),
            // To complete an exchange, or to free the identifier for one.
            _ => Resend::Pubrel(id),
        })
    }

    /// The session is gone: the unacknowledged messages, oldest first, to be sent as new ones.
    /// The identifiers are free again.
    pub fn restart(&mut self, window: u16) -> Vec<M> {
        self.window = window;
        self.unfinished = 0;
        self.resend_from = None;
        self.inherited = false;
        self.flight.drain(..).filter_map(|flight| flight.message).collect()
    }

    /// One place in the window is free again.
    fn give_back(&mut self) {
        self.unfinished = self.unfinished.saturating_sub(1);
        if self.flight.is_empty() && self.flight.capacity() > 256 {
            self.flight = VecDeque::new();
        }
    }

    /// The next identifier that is not in flight.
    fn free_identifier(&mut self) -> Option<(u64, PacketId)> {
        for _ in 0..IDENTIFIERS {
            let sequence = self.next;
            self.next = self.next.saturating_add(1);
            // Only an entry exactly one round older has the same identifier.
            let taken = sequence.checked_sub(IDENTIFIERS).is_some_and(|rival| {
                self.flight.front().is_some_and(|front| front.sequence <= rival)
                    && self.position(identifier(sequence)).is_some()
            });
            if !taken {
                return Some((sequence, identifier(sequence)));
            }
        }
        None
    }

    fn position(&self, id: PacketId) -> Option<usize> {
        let front = self.flight.front()?;
        if identifier(front.sequence) == id {
            return Some(0);
        }
        // The youngest sequence number with this identifier, then one round older each time.
        let newest = self.next.checked_sub(1)?;
        let back = newest
            .saturating_add(IDENTIFIERS)
            .saturating_sub(u64::from(id.get().saturating_sub(1)))
            .checked_rem(IDENTIFIERS)?;
        let mut sequence = newest.checked_sub(back)?;
        while sequence >= front.sequence {
            if let Ok(at) = self.flight.binary_search_by_key(&sequence, |flight| flight.sequence) {
                return Some(at);
            }
            sequence = sequence.checked_sub(IDENTIFIERS)?;
        }
        None
    }

    fn take(&mut self, id: PacketId, awaits: Awaits) -> Option<Flight<M>> {
        let at = self.position(id)?;
        if self.flight.get(at)?.awaits != awaits {
            return None;
        }
        if at == 0 { self.flight.pop_front() } else { self.flight.remove(at) }
    }
}

/// Sequence numbers 0, 1, ... have the identifiers 1, 2, ... 65,535, 1, ...
fn identifier(sequence: u64) -> PacketId {
    let wrapped = sequence.checked_rem(IDENTIFIERS).unwrap_or(0).saturating_add(1);
    u16::try_from(wrapped).ok().and_then(PacketId::new).unwrap_or(PacketId::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> PacketId {
        PacketId::new(number).unwrap()
    }

    #[test]
    fn identifiers_in_flight_are_never_given_twice() {
        let mut outgoing = Outgoing::new(10);
        let stuck = outgoing.begin(Qos::AtLeastOnce, 0).unwrap();
        for round in 1..200_000_u32 {
            let fresh = outgoing.begin(Qos::AtLeastOnce, round).unwrap();
            assert_ne!(fresh, stuck);
            assert_eq!(outgoing.puback(fresh), Some(round));
        }
        assert_eq!(outgoing.puback(stuck), Some(0));
        assert!(outgoing.is_empty());
    }

    #[test]
    fn the_window_closes_and_opens() {
        let mut outgoing = Outgoing::new(2);
        assert_eq!(outgoing.begin(Qos::AtLeastOnce, 'a'), Ok(id(1)));
        assert_eq!(outgoing.begin(Qos::ExactlyOnce, 'b'), Ok(id(2)));
        assert_eq!(outgoing.begin(Qos::AtLeastOnce, 'c'), Err('c'));
        assert_eq!(outgoing.puback(id(2)), None, "QoS 2 is not ended by PUBACK");
        assert_eq!(outgoing.pubrec(id(2), false), Released::Pubrel);
        assert!(!outgoing.has_room(), "PUBREC alone frees nothing");
        assert_eq!(outgoing.pubcomp(id(2)), Some('b'));
        assert_eq!(outgoing.begin(Qos::AtLeastOnce, 'c'), Ok(id(3)));
        assert_eq!(outgoing.puback(id(9)), None);
    }

    #[test]
    fn a_resumed_session_sends_again_in_order_within_the_new_window() {
        let mut outgoing = Outgoing::new(5);
        for message in ['a', 'b', 'c', 'd'] {
            outgoing.begin(Qos::ExactlyOnce, message).unwrap();
        }
        assert_eq!(outgoing.pubrec(id(2), false), Released::Pubrel);
        outgoing.begin_request(Request::Subscribe).unwrap();
        outgoing.resume(2);
        assert_eq!(outgoing.resend(), Some(Resend::Publish(id(1), Qos::ExactlyOnce, &'a')));
        assert_eq!(outgoing.resend(), Some(Resend::Pubrel(id(2))));
        assert_eq!(outgoing.resend(), None, "the window is full");
        assert!(!outgoing.has_room());
        assert_eq!(outgoing.pubcomp(id(2)), Some('b'));
        assert_eq!(outgoing.resend(), Some(Resend::Publish(id(3), Qos::ExactlyOnce, &'c')));
        assert_eq!(outgoing.resend(), None, "what was sent again counts like what is new");
        assert_eq!(outgoing.begin_request(Request::Unsubscribe), Some(id(6)));
        assert_eq!(outgoing.pubrec(id(1), true), Released::Refused('a'));
        assert_eq!(outgoing.resend(), Some(Resend::Publish(id(4), Qos::ExactlyOnce, &'d')));
        assert_eq!(outgoing.resend(), None);
        assert_eq!(outgoing.restart(7), ['c', 'd']);
        assert!(outgoing.has_room());
    }

    #[test]
    fn identifiers_of_an_inherited_session_are_freed_before_their_first_use() {
        let mut outgoing = Outgoing::new(2);
        outgoing.inherit();
        assert_eq!(outgoing.begin(Qos::ExactlyOnce, 'a'), Ok(id(1)));
        assert!(outgoing.is_freeing(id(1)));
        assert_eq!(outgoing.pubrec(id(1), false), Released::Unknown, "nothing was published");
        outgoing.resume(2);
        assert_eq!(outgoing.resend(), Some(Resend::Pubrel(id(1))), "it may not have come");
        assert_eq!(outgoing.freed(id(1)), Some(&'a'));
        assert_eq!(outgoing.freed(id(1)), None);
        assert_eq!(outgoing.pubcomp(id(1)), None, "it awaits PUBREC");
        assert_eq!(outgoing.pubrec(id(1), false), Released::Pubrel);
        assert_eq!(outgoing.pubcomp(id(1)), Some('a'));
        assert_eq!(outgoing.begin(Qos::AtLeastOnce, 'b'), Ok(id(2)));
        assert!(!outgoing.is_freeing(id(2)), "QoS 1 knows no repeats");
        outgoing.restart(2);
        let fresh = outgoing.begin(Qos::ExactlyOnce, 'c').unwrap();
        assert!(!outgoing.is_freeing(fresh));
    }

    #[test]
    fn all_identifiers_taken_is_told_and_not_waited_for() {
        let mut outgoing: Outgoing<()> = Outgoing::new(u16::MAX);
        for _ in 0..u16::MAX {
            outgoing.begin_request(Request::Unsubscribe).unwrap();
        }
        assert_eq!(outgoing.begin_request(Request::Subscribe), None);
        assert!(outgoing.answered(id(77), Request::Unsubscribe));
        assert_eq!(outgoing.begin_request(Request::Subscribe), Some(id(77)));
    }
}
