//! What was wrong with a peer's bytes, and which reason code answers it.

use super::Reason;

/// A packet that a conforming peer would not have sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than four length bytes, or more than the value needs `[MQTT-1.5.5-1]`.
    #[error("a length that is not in its shortest form")]
    Varint,
    /// Longer than this end accepts.
    #[error("a packet of {size} bytes, over the limit of {limit}")]
    PacketTooLarge {
        /// The whole packet's size in bytes, as announced.
        size: u32,
        /// The limit that it exceeds, in bytes.
        limit: u32,
    },
    /// Type 0, or 15 before version 5.
    #[error("an unknown packet type")]
    PacketType,
    /// Reserved bits of the fixed header `[MQTT-2.1.3-1]`.
    #[error("wrong flags in the fixed header")]
    HeaderFlags,
    /// A packet that only the other end may send.
    #[error("a packet type that this end never receives")]
    WrongDirection,
    /// The body ends within a field.
    #[error("a packet that ends within a field")]
    Truncated,
    /// The body goes on behind the last field.
    #[error("bytes behind the end of the packet's last field")]
    TrailingBytes,
    /// Not UTF-8, or with a surrogate `[MQTT-1.5.4-1]`.
    #[error("a string that is not UTF-8")]
    Utf8,
    /// U+0000 in a string `[MQTT-1.5.4-2]`.
    #[error("a string with a NUL character")]
    Nul,
    /// Packet identifier zero `[MQTT-2.2.1-3]`.
    #[error("packet identifier 0")]
    PacketId,
    /// Protocol name and level that nobody here speaks.
    #[error("an unknown protocol name or level")]
    ProtocolVersion,
    /// The reserved bit, or flags that contradict each other `[MQTT-3.1.2-3]`.
    #[error("inconsistent CONNECT flags")]
    ConnectFlags,
    /// Reserved bits of CONNACK's flags `[MQTT-3.2.2-1]`.
    #[error("wrong CONNACK flags")]
    ConnackFlags,
    /// QoS 3 `[MQTT-3.3.1-4]`.
    #[error("QoS 3")]
    Qos,
    /// DUP on QoS 0 `[MQTT-3.3.1-2]`.
    #[error("DUP on a QoS 0 message")]
    Dup,
    /// Empty, or with a wildcard `[MQTT-3.3.2-2]`.
    #[error("a topic name that is empty or has a wildcard")]
    TopicName,
    /// Version 5 lets a topic be empty that an alias stands for.
    #[error("an empty topic name without a topic alias")]
    NoTopic,
    /// A filter that breaks the rules of wildcards or sharing `[MQTT-4.7.1-1]`.
    #[error("a malformed topic filter")]
    TopicFilter,
    /// No filter at all `[MQTT-3.8.3-2]`.
    #[error("no topic filter in the packet")]
    NoFilters,
    /// Reserved bits of a subscription's options `[MQTT-3.8.3-5]`.
    #[error("reserved bits in subscription options")]
    SubscriptionOptions,
    /// QoS 3 or retain handling 3.
    #[error("subscription options with QoS 3 or retain handling 3")]
    SubscriptionValue,
    /// No Local on a shared subscription `[MQTT-3.8.3-4]`.
    #[error("no-local on a shared subscription")]
    SharedNoLocal,
    /// An identifier that is no property's.
    #[error("an unknown property")]
    UnknownProperty,
    /// A property that this packet does not have.
    #[error("a property that does not belong in its packet")]
    MisplacedProperty,
    /// A property of this packet that the other end alone may send `[MQTT-3.3.4-6]`.
    #[error("a property that only the other end may send in this packet")]
    PropertySender,
    /// A property twice that may come once.
    #[error("a property that comes twice")]
    DuplicateProperty,
    /// A value that the property's definition rules out.
    #[error("a property with a value out of its range")]
    PropertyValue,
    /// Topic alias 0, or above the announced maximum `[MQTT-3.3.2-8]`.
    #[error("topic alias 0")]
    TopicAlias,
    /// Authentication data, or AUTH, without a method.
    #[error("no authentication method where one is needed")]
    AuthenticationMethod,
    /// A code that the packet's definition does not list `[MQTT-3.4.2-1]`.
    #[error("a reason code that does not belong in its packet")]
    ReasonCode,
}

impl Error {
    /// The reason code that tells the peer, in CONNACK or DISCONNECT of version 5.
    pub const fn reason(self) -> Reason {
        match self {
            Self::PacketTooLarge { .. } => Reason::PacketTooLarge,
            Self::ProtocolVersion => Reason::UnsupportedProtocolVersion,
            Self::TopicAlias => Reason::TopicAliasInvalid,
            Self::WrongDirection
            | Self::NoTopic
            | Self::NoFilters
            | Self::SharedNoLocal
            | Self::SubscriptionValue
            | Self::PropertySender
            | Self::DuplicateProperty
            | Self::PropertyValue
            | Self::PacketId
            | Self::AuthenticationMethod => Reason::ProtocolError,
            // Topics too: "invalid" in 0x8F and 0x90 is said of well-formed ones that are unwelcome.
            _ => Reason::MalformedPacket,
        }
    }
}

/// A packet that cannot be written as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A string or binary field above 65,535 bytes.
    #[error("a field longer than 65,535 bytes")]
    FieldTooLong,
    /// A packet above 268,435,460 bytes.
    #[error("a packet longer than MQTT allows (268,435,460 bytes)")]
    PacketTooLong,
    /// A reason that version 3 has no return code for `[MQTT-3.2.2-6]`.
    #[error("a reason code that this protocol version cannot express")]
    NotInVersion,
}
