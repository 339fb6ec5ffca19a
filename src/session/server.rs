//! The server's end of a connection. What outlives it is a [`Delivery`].

use std::rc::Rc;

use super::{AliasesIn, AliasesOut, Arrival, Error, Incoming, Outgoing, Released};
use crate::codec::{
    Ack, Connect, Frame, MAX_PACKET_SIZE, Packet, PacketId, PacketType, Property, Publish, Qos,
    Reason, Sender, Subscribe, Unsubscribe, Version, decode,
};

/// The two directions of a session, kept while its client is away.
#[derive(Debug)]
pub struct Delivery<M> {
    /// To the client.
    pub outgoing: Outgoing<M>,
    /// From the client.
    pub incoming: Incoming,
}

/// What an arrived packet asks of the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Input<'a, M> {
    /// Nothing.
    Nothing,
    /// A message to route and, above QoS 0, to answer by [`Server::acknowledge`]. The name is
    /// there when the packet carries an alias; it holds then.
    Publish(Publish<'a>, Option<Rc<str>>),
    /// A QoS 2 message that came before: to be answered like the first time, not routed.
    Repeat(PacketId),
    /// A message's last acknowledgement; a reason of 0x80 or above is a refusal.
    Delivered(M, Reason),
    /// To be answered by SUBACK.
    Subscribe(Subscribe<'a>),
    /// To be answered by UNSUBACK.
    Unsubscribe(Unsubscribe<'a>),
    /// To be answered by PINGRESP, in order.
    Ping,
    /// The client ends the connection; whether its will stays, and a new session expiry.
    Disconnect {
        /// 0x00: the will is discarded.
        reason: Reason,
        /// Seconds.
        session_expiry: Option<u32>,
    },
}

/// One connection that CONNECT opened.
#[derive(Debug)]
pub struct Server {
    version: Version,
    aliases_in: AliasesIn,
    /// Aliases towards the client.
    pub aliases_out: AliasesOut,
    /// The largest packet that the client takes, in bytes.
    maximum_packet_size: u32,
    /// Unacknowledged messages that the client takes; 65,535 where it said nothing.
    receive_maximum: u16,
    /// Seconds; what CONNECT asked for, 0 where it said nothing.
    session_expiry: u32,
    /// Whether reason strings and user properties may go with every answer.
    problem_information: bool,
}

impl Server {
    /// The connection of a CONNECT, with topic aliases up to `taken` taken and up to `used` used.
    pub fn new(connect: &Connect<'_>, (taken, used): (u16, u16)) -> Self {
        let mut server = Self {
            version: connect.version,
            aliases_in: AliasesIn::new(taken),
            aliases_out: AliasesOut::default(),
            maximum_packet_size: MAX_PACKET_SIZE,
            receive_maximum: u16::MAX,
            session_expiry: 0,
            problem_information: true,
        };
        for property in connect.properties.iter() {
            match property {
                Property::MaximumPacketSize(size) => server.maximum_packet_size = size,
                Property::ReceiveMaximum(maximum) => server.receive_maximum = maximum,
                Property::SessionExpiryInterval(seconds) => server.session_expiry = seconds,
                Property::RequestProblemInformation(asked) => {
                    server.problem_information = asked == 1;
                }
                Property::TopicAliasMaximum(maximum) => {
                    server.aliases_out = AliasesOut::new(maximum.min(used));
                }
                _ => {}
            }
        }
        server
    }

    /// The protocol version.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The largest packet that the client takes, in bytes `[MQTT-3.1.2-24]`.
    pub const fn maximum_packet_size(&self) -> u32 {
        self.maximum_packet_size
    }

    /// The most unacknowledged messages that the client takes.
    pub const fn receive_maximum(&self) -> u16 {
        self.receive_maximum
    }

    /// Seconds that CONNECT asked the session to outlive the connection.
    pub const fn session_expiry(&self) -> u32 {
        self.session_expiry
    }

    /// Whether answers other than CONNACK, PUBLISH and DISCONNECT may have reason strings
    /// `[MQTT-3.1.2-29]`.
    pub const fn problem_information(&self) -> bool {
        self.problem_information
    }

    /// Takes one packet of the client; what answers it at once is appended to `out`.
    pub fn receive<'a, M>(
        &mut self,
        delivery: &mut Delivery<M>,
        frame: Frame<'a>,
        out: &mut Vec<u8>,
    ) -> Result<Input<'a, M>, Error> {
        match decode(frame, self.version, Sender::Client)? {
            Packet::Publish(publish) => self.publish(delivery, publish),
            Packet::Puback(ack) => match delivery.outgoing.puback(ack.id) {
                Some(message) => Ok(Input::Delivered(message, ack.reason)),
                None if delivery.outgoing.contains(ack.id) => Err(Error::WrongAcknowledgement),
                None => Ok(Input::Nothing),
            },
            Packet::Pubrec(ack) => self.pubrec(delivery, ack, out),
            Packet::Pubrel(ack) => {
                let known = delivery.incoming.pubrel(ack.id);
                let reason = if known { Reason::Success } else { Reason::PacketIdentifierNotFound };
                self.send(Packet::Pubcomp(Ack::new(ack.id, reason)), out);
                Ok(Input::Nothing)
            }
            Packet::Pubcomp(ack) => match delivery.outgoing.pubcomp(ack.id) {
                Some(message) => Ok(Input::Delivered(message, Reason::Success)),
                None => Ok(Input::Nothing),
            },
            Packet::Subscribe(subscribe) => Ok(Input::Subscribe(subscribe)),
            Packet::Unsubscribe(unsubscribe) => Ok(Input::Unsubscribe(unsubscribe)),
            Packet::Pingreq => Ok(Input::Ping),
            Packet::Disconnect(disconnect) => {
                let session_expiry = disconnect.properties.find(|property| match property {
                    Property::SessionExpiryInterval(seconds) => Some(seconds),
                    _ => None,
                });
                if self.session_expiry == 0 && session_expiry.is_some_and(|seconds| seconds > 0) {
                    return Err(Error::SessionExpiry);
                }
                Ok(Input::Disconnect { reason: disconnect.reason, session_expiry })
            }
            Packet::Auth(_) => Err(Error::Auth),
            Packet::Connect(_) => Err(Error::Unexpected(PacketType::Connect)),
            // Refused by `decode`: only servers send them.
            Packet::Connack(_) | Packet::Suback(_) | Packet::Unsuback(_) | Packet::Pingresp => {
                Err(Error::Codec(crate::codec::Error::WrongDirection))
            }
        }
    }

    fn publish<'a, M>(
        &mut self,
        delivery: &mut Delivery<M>,
        publish: Publish<'a>,
    ) -> Result<Input<'a, M>, Error> {
        let topic = self.aliases_in.topic(&publish)?;
        if let Some(id) = publish.id {
            match delivery.incoming.publish(publish.qos, id, self.version.is_v5())? {
                Arrival::New => {}
                Arrival::Repeat => return Ok(Input::Repeat(id)),
            }
        }
        Ok(Input::Publish(publish, topic))
    }

    fn pubrec<'a, M>(
        &self,
        delivery: &mut Delivery<M>,
        ack: Ack<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Input<'a, M>, Error> {
        let reason = match delivery.outgoing.pubrec(ack.id, ack.reason.is_error()) {
            Released::Pubrel => Reason::Success,
            Released::Refused(message) => return Ok(Input::Delivered(message, ack.reason)),
            Released::Unknown if delivery.outgoing.contains(ack.id) => {
                return Err(Error::WrongAcknowledgement);
            }
            Released::Unknown => Reason::PacketIdentifierNotFound,
        };
        self.send(Packet::Pubrel(Ack::new(ack.id, reason)), out);
        Ok(Input::Nothing)
    }

    /// Answers a message: PUBACK or PUBREC. Version 3 cannot say a refusal; there the message
    /// counts as taken.
    pub fn acknowledge<M>(
        &self,
        delivery: &mut Delivery<M>,
        qos: Qos,
        id: PacketId,
        reason: Reason,
        out: &mut Vec<u8>,
    ) {
        let ack = Ack::new(id, reason);
        match qos {
            Qos::AtMostOnce => {}
            Qos::AtLeastOnce => {
                delivery.incoming.acknowledged();
                self.send(Packet::Puback(ack), out);
            }
            Qos::ExactlyOnce => {
                if reason.is_error() && self.version.is_v5() {
                    delivery.incoming.refused(id);
                }
                self.send(Packet::Pubrec(ack), out);
            }
        }
    }

    /// Packets of a few bytes always fit.
    fn send(&self, packet: Packet<'_>, out: &mut Vec<u8>) {
        let _ = packet.encode(self.version, out);
    }
}
