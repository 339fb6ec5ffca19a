//! A broker to run.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::broker::{self, Limits, OnFull};
use crate::net::ListenAddress;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Broker {
    /// The port; 0 picks a free one. Without one: 1883, or 0 when a command is to be run.
    pub port: Option<u16>,
    /// Where to listen instead of the loopback addresses.
    pub bind: Option<String>,
    /// A Unix socket to listen at, beside the port when one is given.
    pub unix: Option<PathBuf>,
    /// What a full queue does.
    pub on_full: OnFull,
    /// A file that is put in place with the ready lines.
    pub ready_file: Option<PathBuf>,
    /// A command to run while the broker serves, and its arguments.
    pub command: Vec<OsString>,
}

/// MQTT's port.
const MQTT_PORT: u16 = 1883;

impl Broker {
    /// What the broker takes.
    pub fn resolve(&self) -> broker::Options {
        let port = self.port.unwrap_or(if self.command.is_empty() { MQTT_PORT } else { 0 });
        let tcp = match &self.bind {
            Some(host) => ListenAddress::Tcp { host: host.clone(), port },
            None => ListenAddress::Loopback { port },
        };
        // A command is told of a port, whatever else there is.
        let wants_tcp = self.unix.is_none()
            || self.port.is_some()
            || self.bind.is_some()
            || !self.command.is_empty();
        let unix = self.unix.clone().map(ListenAddress::Unix);
        let listen = wants_tcp.then_some(tcp).into_iter().chain(unix).collect();
        broker::Options { listen, limits: Limits { on_full: self.on_full, ..Limits::default() } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Broker {
        Broker {
            port: None,
            bind: None,
            unix: None,
            on_full: OnFull::default(),
            ready_file: None,
            command: Vec::new(),
        }
    }

    fn listens(broker: &Broker) -> Vec<ListenAddress> {
        broker.resolve().listen
    }

    #[test]
    fn a_broker_for_a_command_takes_a_free_port_unless_one_is_given() {
        let plain = asked();
        assert_eq!(listens(&plain), [ListenAddress::Loopback { port: 1883 }]);
        let command = Broker { command: vec!["true".into()], ..asked() };
        assert_eq!(listens(&command), [ListenAddress::Loopback { port: 0 }]);
        let chosen = Broker { port: Some(7), ..command };
        assert_eq!(listens(&chosen), [ListenAddress::Loopback { port: 7 }]);
    }

    #[test]
    fn a_unix_socket_alone_opens_no_port() {
        let unix = Broker { unix: Some("/run/mq".into()), ..asked() };
        assert_eq!(listens(&unix), [ListenAddress::Unix("/run/mq".into())]);
        let both = Broker { port: Some(0), ..unix };
        assert_eq!(listens(&both).len(), 2);
    }
}
