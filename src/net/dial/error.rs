//! Why there is no connection.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::net::{Address, ProxyError, Route, TlsFailure, WebSocketError};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The resolver failed, or knows no such name.
    #[error("cannot look up the name {host}")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The time passed while the resolver was asked.
    #[error("no answer about the name {host} within {}", humantime::format_duration(*.after))]
    LookupTimedOut {
        /// The name.
        host: String,
        /// The time that was given.
        after: Duration,
    },
    /// The name exists, without an address.
    #[error("the name {host} has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// No SRV record has that name.
    #[error("there is no SRV record {name}")]
    NoSrv {
        /// The name.
        name: String,
    },
    /// The SRV record says that the domain has no such service.
    #[error("the SRV record {name} says that there is no such service")]
    NotOffered {
        /// The name.
        name: String,
    },
    /// The local address to connect from is not one of this host.
    #[error("cannot connect from {bind}: it is no address of this host")]
    ForeignBind {
        /// The address or name as it was given.
        bind: String,
    },
    /// The local address and those of the other end are of different families.
    #[error("cannot connect from {bind} to {host}: one has IPv4 addresses only, the other IPv6")]
    BindFamily {
        /// The address or name as it was given.
        bind: String,
        /// The other end.
        host: String,
    },
    /// The host is there, and nothing listens.
    #[error("{address} refused the connection")]
    Refused {
        /// The address as it was given.
        address: String,
    },
    /// There is no such Unix socket.
    #[error("there is no socket at {path}")]
    NoSocket {
        /// Its path.
        path: PathBuf,
    },
    /// Anything else: no route, no permission, a reset.
    #[error("cannot connect to {address}")]
    Io {
        /// The address as it was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The proxy did not connect.
    #[error("the proxy {proxy} {problem}")]
    Proxy {
        /// The proxy, without its login.
        proxy: String,
        /// What it did.
        problem: ProxyError,
    },
    /// Connected, but not securely.
    #[error("cannot connect to {route}: {failure}")]
    Tls {
        /// The broker.
        route: Route,
        /// Why.
        failure: Box<TlsFailure>,
    },
    /// The time passed.
    #[error("{address} did not answer within {}", humantime::format_duration(*.after))]
    TimedOut {
        /// The address as it was given, or what stands before it.
        address: String,
        /// The time that was given.
        after: Duration,
    },
    /// Connected, but not to a WebSocket.
    #[error("{route} answered the WebSocket request with {problem}")]
    WebSocket {
        /// The broker.
        route: Route,
        /// What came instead.
        problem: WebSocketError,
    },
    /// The time passed after the WebSocket was asked for.
    #[error("{route} did not answer the WebSocket request within {}", humantime::format_duration(*.after))]
    WebSocketTimedOut {
        /// The broker.
        route: Route,
        /// The time that was given.
        after: Duration,
    },
    /// The time passed after the connection stood.
    #[error("{route} did not answer the TLS handshake within {}", humantime::format_duration(*.after))]
    TlsTimedOut {
        /// The broker.
        route: Route,
        /// The time that was given.
        after: Duration,
    },
}

impl DialError {
    /// Whether nothing listens there, so that starting a broker would help.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::NoSocket { .. })
    }

    /// Whether a certificate was refused, the server's or the client's.
    pub fn is_certificate(&self) -> bool {
        matches!(self, Self::Tls { failure, .. } if failure.is_certificate())
    }

    /// Whether trying again would only meet the same: a certificate that was refused, a server
    /// that does not speak TLS.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Tls { failure, .. } if failure.is_final())
    }

    pub(super) fn new(address: &Address, source: io::Error) -> Self {
        match (address, source.kind()) {
            (_, io::ErrorKind::ConnectionRefused) => Self::Refused { address: address.to_string() },
            (Address::Unix(path), io::ErrorKind::NotFound) => Self::NoSocket { path: path.clone() },
            _ => Self::Io { address: address.to_string(), source },
        }
    }
}
