//! Sockets: addresses, dialling, proxies, TLS, WebSocket, listening, a page over HTTP, and the
//! clocks. Nothing here knows MQTT.
//!
//! All waiting is tokio's, and a current-thread runtime is enough. The threads that this room
//! starts are the one that looks up a name, and those that see to handshakes of accepted TLS.

mod address;
mod authority;
mod backoff;
pub mod clock;
mod descriptors;
mod detached;
mod dial;
mod entrance;
mod http;
mod listen;
mod page;
mod proxy;
mod proxy_header;
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
pub use self::dial::{DialError, DialOptions, Steps, dial, dial_in_steps};
pub use self::entrance::{
    Began, Doorkeepers, Entered, Entering, Entrance, Progress, Refused, admit_here,
};
pub use self::listen::{BindError, ListenAddress, Listener, accept_pause};
pub use self::page::{Page, serve_page};
pub use self::proxy::{Proxy, ProxyError};
pub use self::proxy_header::{ProxyHeader, ProxyRefusal};
pub use self::random::random as random_bytes;
pub use self::route::Route;
pub use self::srv::SrvOptions;
pub use self::stream::{Peer, ReadHalf, Stream, WriteHalf};
pub use self::timer::Timer;
pub use self::tls::{
    AuthorityError, CertificateAuthority, CertificateKind, CertificateNames, ClientCertificate,
    Issued, Tls, TlsFailure, TlsOptions, TlsOptionsError, TlsRefusal, TlsServer, TlsServerOptions,
    TlsStream, TlsVersions, alternative_name,
};
pub use self::websocket::{
    ClosedByPeer, Role, Violation, WebSocket, WebSocketError, WebSocketRefusal, WebSocketServer,
    WebSocketStream,
};
