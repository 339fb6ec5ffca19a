//! What a server does not take, seen before it is sent.

use crate::codec::{EncodeError, Qos};

/// Why a message cannot be sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The window is closed: to be tried again after an acknowledgement.
    #[error("too many unacknowledged messages")]
    WindowClosed,
    /// Larger than the server takes `[MQTT-3.2.2-15]`.
    #[error("a packet of {size} bytes, but the broker takes {limit} at most")]
    TooLarge {
        /// The packet's size in bytes.
        size: usize,
        /// The server's limit in bytes.
        limit: u32,
    },
    /// Above the server's maximum QoS `[MQTT-3.2.2-11]`.
    #[error("QoS {} is not served by the broker, {} is its highest", *.0 as u8, *.1 as u8)]
    Qos(Qos, Qos),
    /// The server keeps no retained messages `[MQTT-3.2.2-14]`.
    #[error("the broker does not keep retained messages")]
    Retain,
    /// An alias above the server's maximum `[MQTT-3.3.2-9]`.
    #[error("topic alias {alias} is not served by the broker, {}", highest_alias(*.maximum))]
    TopicAlias {
        /// The message's.
        alias: u16,
        /// The highest that the server takes, 0 when it takes none.
        maximum: u16,
    },
    /// The packet cannot be written at all.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

fn highest_alias(maximum: u16) -> String {
    match maximum {
        0 => "which takes none".to_owned(),
        highest => format!("{highest} is its highest"),
    }
}
