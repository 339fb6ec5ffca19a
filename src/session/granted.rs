//! What a server grants a connection.

use crate::codec::{Connack, MAX_PACKET_SIZE, Property, Qos};

/// What the server granted in its CONNACK; the specification's defaults where it said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The server had a session for this client.
    pub session_present: bool,
    /// The identifier that the server gave.
    pub assigned_client_id: Option<String>,
    /// Bytes of the largest packet that the server takes.
    pub maximum_packet_size: u32,
    /// Unacknowledged messages that the server takes at once.
    pub receive_maximum: u16,
    /// The highest QoS to publish at `[MQTT-3.2.2-11]`.
    pub maximum_qos: Qos,
    /// Whether messages may be retained `[MQTT-3.2.2-14]`.
    pub retain_available: bool,
    /// Seconds that the session outlives the connection, when the server changed what was asked.
    pub session_expiry: Option<u32>,
    /// Seconds between packets at most, when the server replaced the client's.
    pub keep_alive: Option<u16>,
    /// Topic aliases that the server takes.
    pub topic_alias_maximum: u16,
    /// Where answers to this client's requests may go, when it asked for that: the beginning of topics.
    pub response_information: Option<String>,
}

impl Default for Granted {
    fn default() -> Self {
        Self {
            session_present: false,
            assigned_client_id: None,
            maximum_packet_size: MAX_PACKET_SIZE,
            receive_maximum: u16::MAX,
            maximum_qos: Qos::ExactlyOnce,
            retain_available: true,
            session_expiry: None,
            keep_alive: None,
            topic_alias_maximum: 0,
            response_information: None,
        }
    }
}

impl Granted {
    /// What a CONNACK says.
    pub(super) fn read(connack: &Connack<'_>) -> Self {
        let mut granted = Self { session_present: connack.session_present, ..Self::default() };
        for property in connack.properties.iter() {
            match property {
                Property::AssignedClientIdentifier(id) => {
                    granted.assigned_client_id = Some(id.to_owned());
                }
                Property::MaximumPacketSize(size) => granted.maximum_packet_size = size,
                Property::ReceiveMaximum(maximum) => granted.receive_maximum = maximum,
                Property::MaximumQos(qos) => {
                    granted.maximum_qos = Qos::from_bits(qos).unwrap_or_default();
                }
                Property::RetainAvailable(available) => granted.retain_available = available == 1,
                Property::SessionExpiryInterval(seconds) => granted.session_expiry = Some(seconds),
                Property::ServerKeepAlive(seconds) => granted.keep_alive = Some(seconds),
                Property::ResponseInformation(topic) => {
                    granted.response_information = Some(topic.to_owned());
                }
                Property::TopicAliasMaximum(maximum) => granted.topic_alias_maximum = maximum,
                _ => {}
            }
        }
        granted
    }
}
