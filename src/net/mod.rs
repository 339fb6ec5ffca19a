//! Sockets: addresses, dialling, TLS, listening, and the clocks. Nothing here knows MQTT.
//!
//! All waiting is tokio's, and a current-thread runtime is enough. The one thread that this room
//! ever starts is the one that looks up a name.

mod address;
mod backoff;
pub mod clock;
mod descriptors;
mod dial;
mod listen;
mod race;
mod resolve;
#[cfg(unix)]
mod socket_file;
mod stream;
mod tls;

pub use self::address::{Address, Endpoint};
pub use self::backoff::Backoff;
pub use self::descriptors::{UNLIMITED_DESCRIPTORS, raise_descriptor_limit};
pub use self::dial::{DialError, DialOptions, dial};
pub use self::listen::{BindError, ListenAddress, Listener, accept_pause};
pub use self::stream::{Peer, ReadHalf, Stream, WriteHalf};
pub use self::tls::{
    CertificateKind, Tls, TlsFailure, TlsOptions, TlsOptionsError, TlsStream, TlsVersions,
};
