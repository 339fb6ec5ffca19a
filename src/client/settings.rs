//! What every client needs to know to connect.

use std::time::Duration;

use crate::codec::{Property, PropertyBuffer, Qos, Version};
use crate::net::{Address, DialOptions, Route, Tls};
use crate::secret::Secret;

/// A broker: where it is, how to get there, and who to be there.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where the broker is.
    pub address: Address,
    /// How to get there; its time limit is that of the whole way to CONNACK.
    pub dial: DialOptions,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
}

impl Server {
    /// The whole way to the broker, for messages.
    pub fn route(&self) -> Route {
        Route::new(&self.address, &self.dial)
    }
}

/// How to reach a broker and who to be there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The broker.
    pub server: Server,
    /// More brokers: each is tried when there is no connection to those before it.
    pub others: Vec<Server>,
    /// How long the first connection is tried again; without it, it fails at once.
    pub retry: Option<Duration>,
    /// The client identifier; without one the broker or this program makes one up.
    pub client_id: Option<String>,
    /// Whether the session is to begin empty and end with the connection.
    pub clean: bool,
    /// Version 5: seconds that the session outlives its connection, `u32::MAX` for ever. Without it
    /// a session that is not `clean` lasts for ever and any other ends with its connection.
    pub session_expiry: Option<u32>,
    /// The most messages of QoS 1 and 2 that this client keeps unacknowledged; in version 5 the
    /// broker may want fewer.
    pub window: Option<u16>,
    /// Seconds between packets at most; 0 for no limit.
    pub keep_alive: u16,
    /// The only version to speak; without one, 5 and, where that is refused, 3.1.1.
    pub version: Option<Version>,
    /// What the broker publishes when this client is lost.
    pub will: Option<Will>,
    /// Version 5: what is added to this client's packets.
    pub properties: PacketProperties,
    /// Whether every packet is told as a [`super::Notice`].
    pub debug: bool,
}

/// Unacknowledged messages in version 5; the broker may want fewer.
const WINDOW_V5: u16 = 1000;
/// Version 3 has no receive maximum: what common brokers take at QoS 1.
const WINDOW_QOS_1: u16 = 100;
/// At QoS 2 some close the connection above 20.
const WINDOW_QOS_2: u16 = 20;

impl Settings {
    /// All brokers, in the order in which they are tried.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.server).chain(&self.others)
    }

    /// The same, to be changed.
    pub fn servers_mut(&mut self) -> impl Iterator<Item = &mut Server> {
        std::iter::once(&mut self.server).chain(&mut self.others)
    }

    /// Connections go on with TLS sessions that earlier ones of these settings, and of their
    /// clones, began.
    pub fn resume_tls(&mut self) {
        for server in self.servers_mut() {
            server.dial.tls = server.dial.tls.as_ref().map(Tls::resuming);
        }
    }

    /// Logs in with this secret everywhere.
    pub fn log_in_with(&mut self, password: &Secret) {
        for server in self.servers_mut() {
            server.password = Some(password.clone());
        }
    }

    /// The session expiry that was asked for, in seconds; what stands among CONNECT's properties
    /// goes first.
    pub fn asked_expiry(&self) -> Option<u32> {
        session_expiry(&self.properties.connect).or(self.session_expiry)
    }

    /// The most messages of this QoS that are unacknowledged at once: in version 5, and in 3.
    pub fn windows(&self, qos: Qos) -> (u16, u16) {
        let usual = if qos == Qos::ExactlyOnce { WINDOW_QOS_2 } else { WINDOW_QOS_1 };
        (self.window.unwrap_or(WINDOW_V5), self.window.unwrap_or(usual))
    }
}

/// The session expiry interval among properties, in seconds.
pub fn session_expiry(properties: &PropertyBuffer) -> Option<u32> {
    properties.as_properties().find(|property| match property {
        Property::SessionExpiryInterval(seconds) => Some(seconds),
        _ => None,
    })
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
}

/// Properties that the user adds to packets: valid in their place, and for version 5 only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PacketProperties {
    /// CONNECT; what is here goes before what the client would set by itself.
    pub connect: PropertyBuffer,
    /// The will, in CONNECT.
    pub will: PropertyBuffer,
    /// Every PUBLISH.
    pub publish: PropertyBuffer,
    /// SUBSCRIBE.
    pub subscribe: PropertyBuffer,
    /// Every UNSUBSCRIBE.
    pub unsubscribe: PropertyBuffer,
    /// DISCONNECT.
    pub disconnect: PropertyBuffer,
}

impl PacketProperties {
    /// Whether nothing is added to any packet.
    pub fn is_empty(&self) -> bool {
        let Self { connect, will, publish, subscribe, unsubscribe, disconnect } = self;
        [connect, will, publish, subscribe, unsubscribe, disconnect]
            .iter()
            .all(|properties| properties.as_properties().is_empty())
    }
}
