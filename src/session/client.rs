//! The client's end of a connection, over all connections of one session.

use std::rc::Rc;
use std::time::Instant;

use super::{
    AliasChosen, AliasesIn, Arrival, Error, Granted, Incoming, KeepAlive, Outgoing, PublishError,
    Released, Request, Resend,
};
use crate::codec::{
    Ack, Connack, Connect, Disconnect, EncodeError, FilterBuffer, Frame, NameBuffer, Packet,
    PacketId, Properties, Property, Publish, Qos, Reason, Sender, Subscribe, Unsubscribe, Version,
    decode,
};

/// What a client keeps of a message until it is acknowledged, to be able to send it again.
pub trait Message {
    /// The PUBLISH; its identifier and DUP are set by the session.
    fn publish(&self) -> Publish<'_>;
}

/// What an arrived packet means to the program.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a, M> {
    /// Nothing to do.
    Nothing,
    /// CONNACK with success; see [`Client::granted`]. The messages, oldest first, are those that
    /// an earlier connection left unacknowledged: all of a session that is gone, and of one that
    /// goes on those that this connection does not take, so that [`Client::publish`] tells why.
    Connected(Vec<M>),
    /// CONNACK with a refusal; the server closes.
    Refused(Reason, Properties<'a>),
    /// A message, to be acknowledged by [`Client::acknowledge`] once it is dealt with. The name
    /// is there when the packet carries an alias; it holds then.
    Message(Publish<'a>, Option<Rc<str>>),
    /// The last acknowledgement of a message; a reason of 0x80 or above is a refusal.
    Delivered(M, Reason),
    /// PUBREC: the message of this identifier, still to be found in [`Client::outgoing`], is with the
    /// server, which is not always all: see [`Reason::NoMatchingSubscribers`].
    Received(PacketId, Reason),
    /// SUBACK: one code a filter.
    Subscribed(PacketId, &'a [u8], Properties<'a>),
    /// UNSUBACK: one code a filter in version 5.
    Unsubscribed(PacketId, &'a [u8]),
    /// PINGRESP.
    Pong,
    /// The server ends the connection.
    Disconnected(Reason, Properties<'a>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    AwaitsConnack,
    Connected,
    Closed,
}

/// One client session: what is in flight survives its connections.
#[derive(Debug)]
pub struct Client<M> {
    state: State,
    version: Version,
    clean: bool,
    outgoing: Outgoing<M>,
    incoming: Incoming,
    aliases_in: AliasesIn,
    alias_chosen: AliasChosen,
    keep_alive: KeepAlive,
    granted: Granted,
    /// The most unacknowledged messages that this end wants.
    window: u16,
    /// The session began with this program: a CONNACK without it came.
    began: bool,
    /// Messages that went again on another connection.
    resent: u64,
}

impl<M: Message> Client<M> {
    /// A session that keeps `window` (1 to 65,535) messages unacknowledged at most.
    pub fn new(window: u16, now: Instant) -> Self {
        Self {
            state: State::Idle,
            version: Version::V5,
            clean: true,
            outgoing: Outgoing::new(window),
            incoming: Incoming::new(u16::MAX),
            aliases_in: AliasesIn::default(),
            alias_chosen: AliasChosen::default(),
            keep_alive: KeepAlive::new(0, now),
            granted: Granted::default(),
            window,
            began: false,
            resent: 0,
        }
    }

    /// The protocol version of the present connection.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What the server granted to the present connection.
    pub const fn granted(&self) -> &Granted {
        &self.granted
    }

    /// When to ping and when the link is lost.
    pub const fn keep_alive(&mut self) -> &mut KeepAlive {
        &mut self.keep_alive
    }

    /// Another most of unacknowledged messages (1 to 65,535), from the next CONNACK on.
    pub const fn set_window(&mut self, window: u16) {
        self.window = window;
    }

    /// The messages that await acknowledgement.
    pub const fn outgoing(&self) -> &Outgoing<M> {
        &self.outgoing
    }

    /// Whether CONNACK came and no DISCONNECT did.
    pub const fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected)
    }

    /// Begins a connection: CONNECT is appended to `out`.
    pub fn connect(
        &mut self,
        connect: &Connect<'_>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let (mut receive_maximum, mut alias_maximum) = (u16::MAX, 0);
        for property in connect.properties.iter() {
            match property {
                Property::ReceiveMaximum(maximum) => receive_maximum = maximum,
                Property::TopicAliasMaximum(maximum) => alias_maximum = maximum,
                _ => {}
            }
        }
        Packet::Connect(*connect).encode(connect.version, out)?;
        self.version = connect.version;
        self.clean = connect.clean;
        self.aliases_in = AliasesIn::new(alias_maximum);
        self.alias_chosen = AliasChosen::default();
        self.keep_alive = KeepAlive::new(connect.keep_alive, now);
        self.incoming.set_maximum(receive_maximum);
        self.state = State::AwaitsConnack;
        Ok(())
    }

    /// Takes one packet of the server; what answers it at once is appended to `out`.
    pub fn receive<'a>(
        &mut self,
        frame: Frame<'a>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a, M>, Error> {
        let packet_type = frame.packet_type()?;
        let packet = decode(frame, self.version, Sender::Server)?;
        match (self.state, packet) {
            (State::AwaitsConnack, Packet::Connack(connack)) => self.connack(&connack, now, out),
            (State::Connected, Packet::Publish(publish)) => self.message(publish, out),
            (State::Connected, Packet::Puback(ack)) => self.puback(ack),
            (State::Connected, Packet::Pubrec(ack)) => self.pubrec(ack, out),
            (State::Connected, Packet::Pubrel(ack)) => {
                let known = self.incoming.pubrel(ack.id);
                // 0x92 is for version 5; before, PUBCOMP answers every PUBREL.
                let reason = if known { Reason::Success } else { Reason::PacketIdentifierNotFound };
                self.send(Packet::Pubcomp(Ack::new(ack.id, reason)), out);
                Ok(Event::Nothing)
            }
            (State::Connected, Packet::Pubcomp(ack)) => Ok(self.pubcomp(ack.id, out)),
            (State::Connected, Packet::Suback(suback)) => {
                if !self.outgoing.answered(suback.id, Request::Subscribe) {
                    return Err(Error::Answer);
                }
                Ok(Event::Subscribed(suback.id, suback.codes, suback.properties))
            }
            (State::Connected, Packet::Unsuback(unsuback)) => {
                if !self.outgoing.answered(unsuback.id, Request::Unsubscribe) {
                    return Err(Error::Answer);
                }
                Ok(Event::Unsubscribed(unsuback.id, unsuback.codes))
            }
            (State::Connected, Packet::Pingresp) => {
                self.keep_alive.answered();
                Ok(Event::Pong)
            }
            (State::Connected, Packet::Disconnect(Disconnect { reason, properties })) => {
                self.state = State::Closed;
                Ok(Event::Disconnected(reason, properties))
            }
            _ => Err(Error::Unexpected(packet_type)),
        }
    }

    fn connack<'a>(
        &mut self,
        connack: &Connack<'a>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a, M>, Error> {
        if connack.reason.is_error() {
            self.state = State::Closed;
            return Ok(Event::Refused(connack.reason, connack.properties));
        }
        if connack.session_present && self.clean {
            return Err(Error::SessionPresent);
        }
        self.state = State::Connected;
        self.granted = Granted::read(connack);
        if let Some(seconds) = self.granted.keep_alive {
            self.keep_alive = KeepAlive::new(seconds, now);
        }
        let window = self.window.min(self.granted.receive_maximum);
        // A session that this process knows nothing of is resumed as an empty one, and the
        // identifiers that it may hold are freed one by one.
        if connack.session_present {
            if !self.began {
                self.outgoing.inherit();
            }
            let not_taken = self.give_back(out);
            self.outgoing.resume(window);
            self.incoming.resume();
            self.resend(out);
            return Ok(Event::Connected(not_taken));
        }
        self.began = true;
        self.incoming.restart();
        Ok(Event::Connected(self.outgoing.restart(window)))
    }

    /// Takes out what is to be sent again and was granted to an earlier connection, but not to
    /// this one. The server may hold the identifier, which is freed.
    fn give_back(&mut self, out: &mut Vec<u8>) -> Vec<M> {
        let (granted, version) = (&self.granted, self.version);
        let is_taken = |message: &M| granted.check(&message.publish(), version).is_ok();
        let withdrawn = self.outgoing.withdraw(is_taken);
        let free = |(held, message): (Option<PacketId>, M)| {
            if let Some(id) = held {
                self.send(Packet::Pubrel(Ack::new(id, Reason::Success)), out);
            }
            message
        };
        withdrawn.into_iter().map(free).collect()
    }

    fn message<'a>(
        &mut self,
        publish: Publish<'a>,
        out: &mut Vec<u8>,
    ) -> Result<Event<'a, M>, Error> {
        let topic = self.aliases_in.topic(&publish)?;
        if let Some(id) = publish.id {
            let arrival = self.incoming.publish(publish.qos, id, self.version.is_v5())?;
            if arrival == Arrival::Repeat {
                self.send(Packet::Pubrec(Ack::new(id, Reason::Success)), out);
                return Ok(Event::Nothing);
            }
        }
        Ok(Event::Message(publish, topic))
    }

    fn puback<'a>(&mut self, ack: Ack<'a>) -> Result<Event<'a, M>, Error> {
        match self.outgoing.puback(ack.id) {
            Some(message) => Ok(Event::Delivered(message, ack.reason)),
            // One that comes twice is harmless; one for a QoS 2 message is not.
            None if self.outgoing.contains(ack.id) => Err(Error::WrongAcknowledgement),
            None => Ok(Event::Nothing),
        }
    }

    fn pubrec<'a>(&mut self, ack: Ack<'a>, out: &mut Vec<u8>) -> Result<Event<'a, M>, Error> {
        match self.outgoing.pubrec(ack.id, ack.reason.is_error()) {
            Released::Pubrel => {
                self.send(Packet::Pubrel(Ack::new(ack.id, Reason::Success)), out);
                Ok(Event::Received(ack.id, ack.reason))
            }
            Released::Refused(message) => Ok(Event::Delivered(message, ack.reason)),
            Released::Unknown if self.outgoing.contains(ack.id) => Err(Error::WrongAcknowledgement),
            Released::Unknown => {
                let unknown = Ack::new(ack.id, Reason::PacketIdentifierNotFound);
                self.send(Packet::Pubrel(unknown), out);
                Ok(Event::Nothing)
            }
        }
    }

    fn pubcomp<'a>(&mut self, id: PacketId, out: &mut Vec<u8>) -> Event<'a, M> {
        if let Some(message) = self.outgoing.freed(id) {
            // That it can be written was seen when it was taken into the window.
            let packet = Publish { id: Some(id), dup: false, ..message.publish() };
            let _ = self.alias_chosen.encode(packet, self.version, out);
            return Event::Nothing;
        }
        let message = self.outgoing.pubcomp(id);
        message.map_or(Event::Nothing, |message| Event::Delivered(message, Reason::Success))
    }

    /// Packets of a few bytes always fit.
    fn send(&self, packet: Packet<'_>, out: &mut Vec<u8>) {
        let _ = packet.encode(self.version, out);
    }

    /// Whether the server takes such messages at all, before one is sent.
    pub fn check(&self, publish: &Publish<'_>) -> Result<(), PublishError> {
        self.granted.check(publish, self.version)
    }

    /// Sends a QoS 0 message: appends it to `out`.
    pub fn publish_once(
        &mut self,
        publish: &Publish<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), PublishError> {
        self.check(publish)?;
        Ok(self.alias_chosen.encode(*publish, self.version, out)?)
    }

    /// Sends a message of QoS 1 or 2, which is kept until it is acknowledged.
    pub fn publish(&mut self, message: M, out: &mut Vec<u8>) -> Result<(), (PublishError, M)> {
        let publish = message.publish();
        if let Err(error) = self.check(&publish) {
            return Err((error, message));
        }
        let (qos, before) = (publish.qos, out.len());
        if !self.outgoing.has_room() {
            return Err((PublishError::WindowClosed, message));
        }
        let Some(id) = self.outgoing.reserve() else {
            return Err((PublishError::WindowClosed, message));
        };
        let packet = Publish { id: Some(id), dup: false, ..publish };
        if let Err(error) = self.alias_chosen.encode(packet, self.version, out) {
            out.truncate(before);
            return Err((error.into(), message));
        }
        let begun = self.outgoing.begin(qos, message);
        begun.map_err(|message| (PublishError::WindowClosed, message))?;
        if self.outgoing.is_freeing(id) {
            // A broker that still holds the identifier would take the message for a repeat.
            out.truncate(before);
            // What the packet would have set is not known there.
            self.alias_chosen = AliasChosen::default();
            self.send(Packet::Pubrel(Ack::new(id, Reason::Success)), out);
        }
        Ok(())
    }

    /// Whether a message of QoS 1 or 2 may be sent now.
    pub const fn has_room(&self) -> bool {
        self.outgoing.has_room()
    }

    /// How many messages were sent again because the session went on over another connection.
    pub const fn resent(&self) -> u64 {
        self.resent
    }

    /// Goes on with what a resumed session has to send again, as far as the window is open.
    pub fn resend(&mut self, out: &mut Vec<u8>) {
        let version = self.version;
        while let Some(resend) = self.outgoing.resend() {
            // What was written once can be written again; only its identifier was chosen since.
            let _ = match resend {
                Resend::Publish(id, _, message) => {
                    self.resent = self.resent.saturating_add(1);
                    let packet = Publish { id: Some(id), dup: true, ..message.publish() };
                    self.alias_chosen.encode(packet, version, out)
                }
                Resend::Pubrel(id) => {
                    Packet::Pubrel(Ack::new(id, Reason::Success)).encode(version, out)
                }
            };
        }
    }

    /// Acknowledges a message that [`Event::Message`] brought: PUBACK or PUBREC.
    pub fn acknowledge(&mut self, qos: Qos, id: PacketId, out: &mut Vec<u8>) {
        let ack = Ack::new(id, Reason::Success);
        match qos {
            Qos::AtMostOnce => {}
            Qos::AtLeastOnce => {
                self.incoming.acknowledged();
                self.send(Packet::Puback(ack), out);
            }
            Qos::ExactlyOnce => self.send(Packet::Pubrec(ack), out),
        }
    }

    /// A message that [`Event::Message`] brought is not acknowledged after all: to this end it
    /// never came.
    pub fn withdraw(&mut self, qos: Qos, id: PacketId) {
        self.incoming.withdraw(qos, id);
    }

    /// Whether every received QoS 2 exchange has come to its end.
    pub fn incoming_is_empty(&self) -> bool {
        self.incoming.is_empty()
    }

    /// Asks to be served with filters; the identifier comes back in [`Event::Subscribed`].
    pub fn subscribe(
        &mut self,
        filters: &FilterBuffer,
        properties: Properties<'_>,
        out: &mut Vec<u8>,
    ) -> Result<PacketId, PublishError> {
        let id =
            self.outgoing.begin_request(Request::Subscribe).ok_or(PublishError::WindowClosed)?;
        let packet = Packet::Subscribe(Subscribe { id, properties, filters: filters.as_filters() });
        self.request(&packet, id, Request::Subscribe, out)
    }

    /// Asks to be served no longer.
    pub fn unsubscribe(
        &mut self,
        filters: &NameBuffer,
        properties: Properties<'_>,
        out: &mut Vec<u8>,
    ) -> Result<PacketId, PublishError> {
        let id =
            self.outgoing.begin_request(Request::Unsubscribe).ok_or(PublishError::WindowClosed)?;
        let packet =
            Packet::Unsubscribe(Unsubscribe { id, properties, filters: filters.as_names() });
        self.request(&packet, id, Request::Unsubscribe, out)
    }

    fn request(
        &mut self,
        packet: &Packet<'_>,
        id: PacketId,
        request: Request,
        out: &mut Vec<u8>,
    ) -> Result<PacketId, PublishError> {
        let before = out.len();
        let limit = self.granted.maximum_packet_size;
        let result = packet.encode(self.version, out).map_err(PublishError::Encode);
        let size = out.len().saturating_sub(before);
        let result = match result {
            Ok(()) if u32::try_from(size).is_ok_and(|size| size <= limit) => return Ok(id),
            Ok(()) => Err(PublishError::TooLarge { size, limit }),
            Err(error) => Err(error),
        };
        out.truncate(before);
        self.outgoing.answered(id, request);
        result
    }

    /// Asks for a sign of life; its answer also tells that all before it was taken.
    pub fn ping(&mut self, now: Instant, out: &mut Vec<u8>) {
        self.keep_alive.pinged(now);
        self.send(Packet::Pingreq, out);
    }

    /// Ends the connection in order; nothing may be sent after it `[MQTT-3.14.4-1]`.
    pub fn disconnect(&mut self, disconnect: Disconnect<'_>, out: &mut Vec<u8>) {
        if self.state == State::Connected {
            self.send(Packet::Disconnect(disconnect), out);
        }
        self.state = State::Closed;
    }

    /// The connection is gone; the next one may resume.
    pub fn lost(&mut self) {
        self.state = State::Closed;
    }
}
