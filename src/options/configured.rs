//! A broker as a configuration file has it.

use super::Broker;
use crate::broker::{self, Limits, ListenerOptions};
use crate::net::ListenAddress;

/// What a file comes to.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The listeners that the file has; where there is none, the options say where to listen.
    pub listeners: Vec<ListenerOptions>,
    /// What holds at a place that the options name.
    pub other: ListenerOptions,
    /// What the broker takes and keeps.
    pub limits: Limits,
    /// The line of the file that lets in who has no login, and its key; `None` where no line does.
    pub open_by: Option<String>,
}

impl Configured {
    /// What the broker is started with. A port of the options at which the file listens already is
    /// no second one.
    pub(super) fn resolve(&self, options: &Broker) -> broker::Options {
        let mut listeners = self.listeners.clone();
        let others = if options.ports_give_way && !listeners.is_empty() {
            Vec::new()
        } else {
            options.listen(!listeners.is_empty())
        };
        for address in others {
            if !self.listeners.iter().any(|listener| is_at(&listener.address, &address)) {
                listeners.push(ListenerOptions { address, ..self.other.clone() });
            }
        }
        let limits = Limits { on_full: options.on_full, ..self.limits.clone() };
        let limits = Limits {
            sys_interval: options.sys_interval.unwrap_or(limits.sys_interval),
            memory: options.memory_limit.unwrap_or(limits.memory),
            ..limits
        };
        broker::Options {
            listeners,
            limits,
            metrics: options.metrics.clone(),
            tells_messages: options.watch.needs_messages(),
            ..broker::Options::default()
        }
    }
}

/// Whether `there` serves at the port of `wanted`, or at its socket.
fn is_at(there: &ListenAddress, wanted: &ListenAddress) -> bool {
    match (port(there), port(wanted)) {
        (Some(there), Some(wanted)) => there == wanted && wanted != 0,
        _ => there == wanted,
    }
}

const fn port(address: &ListenAddress) -> Option<u16> {
    match address {
        ListenAddress::Loopback { port } | ListenAddress::Tcp { port, .. } => Some(*port),
        ListenAddress::Unix(_) => None,
    }
}
