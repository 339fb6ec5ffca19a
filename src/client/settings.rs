//! What every client needs to know to connect.

use std::time::Duration;

use crate::codec::{PropertyBuffer, Qos, Version};
use crate::net::Address;
use crate::secret::Secret;

/// How to reach a broker and who to be there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the broker is.
    pub address: Address,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// The client identifier; without one the broker or this program makes one up.
    pub client_id: Option<String>,
    /// Whether the session is to begin empty and end with the connection.
    pub clean: bool,
    /// Seconds between packets at most; 0 for no limit.
    pub keep_alive: u16,
    /// The only version to speak; without one, 5 and, where that is refused, 3.1.1.
    pub version: Option<Version>,
    /// What the broker publishes when this client is lost.
    pub will: Option<Will>,
    /// For CONNECT of version 5. What stands here is not set by the client itself.
    pub properties: PropertyBuffer,
    /// Likewise for DISCONNECT.
    pub disconnect_properties: PropertyBuffer,
    /// The time from the lookup of the name to CONNACK.
    pub connect_timeout: Duration,
    /// Whether every packet is told as a [`super::Notice`].
    pub debug: bool,
}

/// The message that the broker publishes when the client is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    /// A topic name.
    pub topic: String,
    /// At most 65,535 bytes.
    pub payload: Vec<u8>,
    /// Its quality of service.
    pub qos: Qos,
    /// Whether it stays as the topic's retained message.
    pub retain: bool,
    /// Version 5 only.
    pub properties: PropertyBuffer,
}
