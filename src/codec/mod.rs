//! Bytes to packets and back: MQTT 3.1, 3.1.1 and 5.0 in one packet model.
//!
//! A packet borrows from the bytes it was decoded from, so nothing is copied to be looked at.
//! The protocol version is an argument at the edge ([`decode`], [`Packet::encode`]); the types
//! are the same for all versions, and what only version 5 has is empty in the others.
//! Decoding is strict: what a conforming peer would not send is an [`Error`] that names the
//! reason code to answer with.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod ack;
mod connect;
mod control;
mod error;
mod field;
mod frame;
mod property;
mod publish;
mod reason;
mod subscribe;

use std::num::NonZeroU16;

pub use self::ack::Ack;
pub use self::connect::{Connack, Connect, Will};
pub use self::control::{Auth, Disconnect};
pub use self::error::{EncodeError, Error};
pub use self::field::{MAX_REMAINING_LENGTH, varint_len, write_varint};
pub use self::frame::{Frame, PacketType, split};
pub use self::property::{Place, Properties, Property, PropertyBuffer};
pub use self::publish::{Publish, PublishHead};
pub use self::reason::Reason;
pub use self::subscribe::{
    FilterBuffer, Filters, NameBuffer, Names, RetainHandling, Suback, Subscribe,
    SubscriptionOptions, Unsubscribe,
};

/// A packet identifier: 1 to 65,535; zero is not one `[MQTT-2.2.1-3]`.
pub type PacketId = NonZeroU16;

/// The largest packet that the protocol can express: header byte, four length bytes, body.
pub const MAX_PACKET_SIZE: u32 = 268_435_460;

/// The protocol version that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1, protocol name `MQIsdp`, level 3.
    V31,
    /// MQTT 3.1.1, level 4.
    V311,
    /// MQTT 5.0, level 5.
    V5,
}

impl Version {
    /// Whether packets carry properties and reason codes.
    pub const fn is_v5(self) -> bool {
        matches!(self, Self::V5)
    }

    /// The protocol name and level of CONNECT.
    pub const fn name_and_level(self) -> (&'static str, u8) {
        match self {
            Self::V31 => ("MQIsdp", 3),
            Self::V311 => ("MQTT", 4),
            Self::V5 => ("MQTT", 5),
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V31 => "3.1",
            Self::V311 => "3.1.1",
            Self::V5 => "5",
        })
    }
}

/// Which end of the connection sent a packet: some packets and properties are one end's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The end that sends CONNECT.
    Client,
    /// The end that sends CONNACK.
    Server,
}

/// Quality of service of a message or a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Qos {
    /// Sent once, never acknowledged.
    #[default]
    AtMostOnce = 0,
    /// Sent until PUBACK.
    AtLeastOnce = 1,
    /// PUBLISH, PUBREC, PUBREL, PUBCOMP.
    ExactlyOnce = 2,
}

impl Qos {
    /// The level for 0, 1 or 2.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

/// Any MQTT packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A client introduces itself.
    Connect(Connect<'a>),
    /// The server's answer to CONNECT.
    Connack(Connack<'a>),
    /// A message, in either direction.
    Publish(Publish<'a>),
    /// QoS 1 received.
    Puback(Ack<'a>),
    /// QoS 2 received, first step.
    Pubrec(Ack<'a>),
    /// QoS 2 released, second step.
    Pubrel(Ack<'a>),
    /// QoS 2 complete, third step.
    Pubcomp(Ack<'a>),
    /// Filters to be served with.
    Subscribe(Subscribe<'a>),
    /// One code a filter.
    Suback(Suback<'a>),
    /// Filters to be served with no longer.
    Unsubscribe(Unsubscribe<'a>),
    /// One code a filter in version 5; empty before.
    Unsuback(Suback<'a>),
    /// Are you there?
    Pingreq,
    /// I am.
    Pingresp,
    /// The last packet of an orderly end; servers send it in version 5 only.
    Disconnect(Disconnect<'a>),
    /// Extended authentication, version 5 only.
    Auth(Auth<'a>),
}

/// Decodes one whole frame that `sender` sent on a connection of `version`.
///
/// CONNECT carries its own version, so `version` is not looked at for it. State is the caller's
/// to check: a packet that is well formed may still come at the wrong time.
pub fn decode(frame: Frame<'_>, version: Version, sender: Sender) -> Result<Packet<'_>, Error> {
    use PacketType as T;
    let body = frame.body();
    let only_from = |side: Sender| if side == sender { Ok(()) } else { Err(Error::WrongDirection) };
    Ok(match frame.packet_type()? {
        T::Connect => {
            only_from(Sender::Client)?;
            Packet::Connect(Connect::decode(body)?)
        }
        T::Connack => {
            only_from(Sender::Server)?;
            Packet::Connack(Connack::decode(body, version)?)
        }
        T::Publish => Packet::Publish(Publish::decode(frame.header(), body, version, sender)?),
        T::Puback => Packet::Puback(Ack::decode(body, version, Place::Puback)?),
        T::Pubrec => Packet::Pubrec(Ack::decode(body, version, Place::Pubrec)?),
        T::Pubrel => {
            frame.check_request_flags(version)?;
            Packet::Pubrel(Ack::decode(body, version, Place::Pubrel)?)
        }
        T::Pubcomp => Packet::Pubcomp(Ack::decode(body, version, Place::Pubcomp)?),
        T::Subscribe => {
            only_from(Sender::Client)?;
            frame.check_request_flags(version)?;
            Packet::Subscribe(Subscribe::decode(body, version)?)
        }
        T::Suback => {
            only_from(Sender::Server)?;
            Packet::Suback(Suback::decode(body, version, Place::Suback)?)
        }
        T::Unsubscribe => {
            only_from(Sender::Client)?;
            frame.check_request_flags(version)?;
            Packet::Unsubscribe(Unsubscribe::decode(body, version)?)
        }
        T::Unsuback => {
            only_from(Sender::Server)?;
            Packet::Unsuback(Suback::decode(body, version, Place::Unsuback)?)
        }
        T::Pingreq => {
            only_from(Sender::Client)?;
            field::Reader::new(body).finish()?;
            Packet::Pingreq
        }
        T::Pingresp => {
            only_from(Sender::Server)?;
            field::Reader::new(body).finish()?;
            Packet::Pingresp
        }
        T::Disconnect => {
            if !version.is_v5() {
                only_from(Sender::Client)?;
            }
            Packet::Disconnect(Disconnect::decode(body, version, sender)?)
        }
        T::Auth if version.is_v5() => Packet::Auth(Auth::decode(body)?),
        T::Auth => return Err(Error::PacketType),
    })
}

impl Packet<'_> {
    /// Appends the packet's bytes to `out`; on an error `out` is as it was.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        use PacketType as T;
        match self {
            Self::Publish(publish) => publish.encode(version, out),
            Self::Connect(connect) => frame::write(out, T::Connect, |out| connect.encode(out)),
            Self::Connack(connack) => {
                frame::write(out, T::Connack, |out| connack.encode(version, out))
            }
            Self::Puback(ack) => frame::write(out, T::Puback, |out| ack.encode(version, out)),
            Self::Pubrec(ack) => frame::write(out, T::Pubrec, |out| ack.encode(version, out)),
            Self::Pubrel(ack) => frame::write(out, T::Pubrel, |out| ack.encode(version, out)),
            Self::Pubcomp(ack) => frame::write(out, T::Pubcomp, |out| ack.encode(version, out)),
            Self::Subscribe(subscribe) => {
                frame::write(out, T::Subscribe, |out| subscribe.encode(version, out))
            }
            Self::Suback(suback) => frame::write(out, T::Suback, |out| suback.encode(version, out)),
            Self::Unsubscribe(unsubscribe) => {
                frame::write(out, T::Unsubscribe, |out| unsubscribe.encode(version, out))
            }
            Self::Unsuback(unsuback) => {
                frame::write(out, T::Unsuback, |out| unsuback.encode(version, out))
            }
            Self::Pingreq => frame::write(out, T::Pingreq, |_| Ok(())),
            Self::Pingresp => frame::write(out, T::Pingresp, |_| Ok(())),
            Self::Disconnect(disconnect) => {
                frame::write(out, T::Disconnect, |out| disconnect.encode(version, out))
            }
            Self::Auth(auth) => frame::write(out, T::Auth, |out| auth.encode(version, out)),
        }
    }
}
