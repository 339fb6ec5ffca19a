//! Sockets: addresses, dialling, proxies, TLS, WebSocket, listening, a page over HTTP, and the
//! clocks. Nothing here knows MQTT.
//!
//! All waiting is tokio's, and a current-thread runtime is enough. The one thread that this room
//! ever starts is the one that looks up a name.

mod address;
mod authority;
mod backoff;
pub mod clock;
mod descriptors;
mod dial;
mod http;
mod listen;
mod page;
mod proxy;
mod race;
mod random;
mod resolve;
mod route;
#[cfg(unix)]
mod socket_file;
mod srv;
mod stream;
mod timer;
mod tls;
mod websocket;

pub use self::address::Address;
pub use self::authority::{Authority, percent_decode, split_port};
pub use self::backoff::Backoff;
pub use self::descriptors::{UNLIMITED_DESCRIPTORS, raise_descriptor_limit};
pub use self::dial::{DialError, DialOptions, dial};
pub use self::listen::{BindError, ListenAddress, Listener, accept_pause};
pub use self::page::{Page, serve_page};
pub use self::proxy::{Proxy, ProxyError};
pub use self::random::random as random_bytes;
pub use self::route::Route;
pub use self::srv::SrvOptions;
pub use self::stream::{Peer, ReadHalf, Stream, WriteHalf};
pub use self::timer::Timer;
pub use self::tls::{
    CertificateKind, Tls, TlsFailure, TlsOptions, TlsOptionsError, TlsStream, TlsVersions,
    alternative_name,
};
pub use self::websocket::{
    ClosedByPeer, Role, Violation, WebSocket, WebSocketError, WebSocketStream,
};
