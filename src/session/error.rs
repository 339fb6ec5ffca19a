//! What a peer did that ends its connection.

use crate::codec::{self, PacketType, Reason};

/// A violation of the protocol by the peer; the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no packet.
    #[error(transparent)]
    Codec(#[from] codec::Error),
    /// A packet at a time when it must not come.
    #[error("{0:?} at a time when it must not come")]
    Unexpected(PacketType),
    /// More unacknowledged messages than this end announced to take `[MQTT-3.3.4-7]`.
    #[error("more unacknowledged messages than the receive maximum of {0}")]
    ReceiveMaximum(u16),
    /// An alias above the announced maximum, or one that was never set `[MQTT-3.3.2-9]`.
    #[error("topic alias {0} is above the maximum or was never set")]
    TopicAlias(u16),
    /// Topics of aliases without end.
    #[error("more topic aliases than there is memory for")]
    AliasNames,
    /// An acknowledgement of another kind than the message's QoS asks for.
    #[error("an acknowledgement that does not fit the message's QoS")]
    WrongAcknowledgement,
    /// SUBACK or UNSUBACK for nothing asked, or with another number of codes.
    #[error("an answer that does not fit the request")]
    Answer,
    /// Session present where the client asked for a clean start `[MQTT-3.2.2-4]`.
    #[error("session present in answer to a clean start")]
    SessionPresent,
    /// DISCONNECT sets a session expiry where CONNECT had none `[MQTT-3.14.2-2]`.
    #[error("DISCONNECT sets a session expiry that CONNECT ruled out")]
    SessionExpiry,
    /// A message above the QoS that this end announced to take `[MQTT-3.2.2-11]`.
    #[error("a message above the highest QoS taken, {0}")]
    QosNotSupported(u8),
    /// A message to be retained where this end announced that it does not `[MQTT-3.2.2-14]`.
    #[error("a message to be retained, and none is")]
    RetainNotSupported,
    /// AUTH on a connection that agreed on no method `[MQTT-4.12.0-7]`.
    #[error("AUTH without an agreed method")]
    Auth,
}

impl Error {
    /// The reason code for DISCONNECT.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Codec(error) => error.reason(),
            Self::ReceiveMaximum(_) => Reason::ReceiveMaximumExceeded,
            Self::TopicAlias(_) => Reason::TopicAliasInvalid,
            Self::QosNotSupported(_) => Reason::QosNotSupported,
            Self::RetainNotSupported => Reason::RetainNotSupported,
            Self::AliasNames => Reason::QuotaExceeded,
            _ => Reason::ProtocolError,
        }
    }
}
