//! Listening: one or several sockets that accept as one.

mod parse;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, Protocol, TcpKeepalive, Type};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::resolve::{LOOPBACK, is_absent, resolve};
#[cfg(unix)]
use super::socket_file::{self, SocketFile};
use super::{Peer, Stream};

/// Connections that wait to be accepted; the system may allow fewer.
pub(super) const BACKLOG: i32 = 1024;

/// A peer that vanished, and that nobody sends anything, is found out within minutes: the system asks
/// after it, where neither end's protocol does. Behind most routers connections live so long.
#[cfg(target_os = "linux")]
const KEEP_ALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_mins(5))
    .with_interval(Duration::from_secs(30))
    .with_retries(4);
#[cfg(not(target_os = "linux"))]
const KEEP_ALIVE: TcpKeepalive = TcpKeepalive::new().with_time(Duration::from_mins(5));

/// The host that stands for all addresses of both families.
const EVERYWHERE: &str = "*";

/// How often another free port is asked for when the one given is taken in the other family.
const PORT_TRIES: u32 = 32;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// 127.0.0.1 and `::1`, on one port; a host without one of them has the other.
    Loopback {
        /// The port; 0 picks one that is free on both.
        port: u16,
    },
    /// All addresses of a host.
    Tcp {
        /// A name or a literal address, an IPv6 address without brackets; `*` is every address of
        /// this host in both families.
        host: String,
        /// The port; 0 picks a free one.
        port: u16,
    },
    /// A Unix socket; its file goes when the listener is dropped.
    Unix(PathBuf),
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback { port } => write!(f, "localhost:{port}"),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error("{address} is in use")]
    InUse {
        /// The address or path.
        address: String,
    },
    /// The system does not allow it: ports below 1024, or a directory of someone else.
    #[error("no permission to listen on {address}")]
    Permission {
        /// The address or path.
        address: String,
    },
    /// An address of another host, or of a family that this host does not have.
    #[error("{address} is not an address of this host")]
    NotLocal {
        /// The address.
        address: String,
    },
    /// The resolver failed, or knows no such name.
    #[error("cannot look up the name {host}")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The name exists, without an address.
    #[error("the name {host} has no address")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// A file that is no socket has the path.
    #[error("{path} exists and is not a socket")]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The threads that see to handshakes did not start.
    #[error("cannot start the threads for TLS")]
    Threads {
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("cannot listen on {address}")]
    Io {
        /// The address or path.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

impl BindError {
    pub(super) fn new(address: String, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse { address },
            io::ErrorKind::PermissionDenied => Self::Permission { address },
            _ if is_absent(&source) => Self::NotLocal { address },
            _ => Self::Io { address, source },
        }
    }
}

/// The sockets of one `ListenAddress`.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<Socket>,
    address: String,
    port: Option<u16>,
    is_loopback: bool,
    /// Which socket is asked first: one that always has somebody must not starve the others.
    turn: AtomicUsize,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        /// Before the listener, so that the path goes before connections to it are refused.
        _file: SocketFile,
        listener: UnixListener,
    },
}

impl BindError {
    /// Whether another port would do.
    pub const fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse { .. })
    }
}

impl Listener {
    /// Listens on all sockets of `address`, or on none.
    ///
    /// An address that this host does not have is passed over as long as another one is left.
    pub async fn bind(address: &ListenAddress) -> Result<Self, BindError> {
        let at = |addresses: [IpAddr; 2], port| addresses.map(|ip| SocketAddr::new(ip, port));
        match address {
            ListenAddress::Loopback { port } => Self::bind_tcp(&at(LOOPBACK, *port), "localhost"),
            ListenAddress::Tcp { host, port } if host == EVERYWHERE => {
                let every = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
                Self::bind_tcp(&at(every, *port), host)
            }
            ListenAddress::Tcp { host, port } => {
                let addresses = resolve(host, *port)
                    .await
                    .map_err(|source| BindError::Lookup { host: host.clone(), source })?;
                Self::bind_tcp(&addresses, host)
            }
            ListenAddress::Unix(path) => Self::bind_unix(path),
        }
    }

    fn bind_tcp(addresses: &[SocketAddr], host: &str) -> Result<Self, BindError> {
        let sockets = bind_together(addresses, host, listen_tcp)?;
        let bound: Vec<_> = sockets.iter().map(|(_, address)| *address).collect();
        let first = bound.first();
        Ok(Self {
            address: first.map_or_else(String::new, ToString::to_string),
            port: first.map(SocketAddr::port),
            is_loopback: bound.iter().all(|address| address.ip().to_canonical().is_loopback()),
            sockets: sockets.into_iter().map(|(socket, _)| Socket::Tcp(socket)).collect(),
            turn: AtomicUsize::new(0),
        })
    }

    #[cfg(unix)]
    fn bind_unix(path: &std::path::Path) -> Result<Self, BindError> {
        let address = path.display().to_string();
        let (file, listener) = socket_file::listen(path)?;
        let listener = UnixListener::from_std(listener)
            .map_err(|error| BindError::new(address.clone(), error))?;
        Ok(Self {
            sockets: vec![Socket::Unix { _file: file, listener }],
            address,
            port: None,
            is_loopback: true,
            turn: AtomicUsize::new(0),
        })
    }

    #[cfg(not(unix))]
    fn bind_unix(path: &std::path::Path) -> Result<Self, BindError> {
        let source = io::ErrorKind::Unsupported.into();
        Err(BindError::Io { address: path.display().to_string(), source })
    }

    /// The next connection of any of the sockets, with `TCP_NODELAY` where it is TCP.
    ///
    /// Dropped while it waits, it loses no connection. One task at a time may wait here. After an
    /// error (most likely, too many open descriptors) the next call fails as fast: wait
    /// `accept_pause` before it.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        poll_fn(|context| self.poll_accept(context)).await
    }

    pub(super) fn poll_accept(
        &self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, Peer)>> {
        let count = self.sockets.len();
        let first = self.turn.load(Ordering::Relaxed);
        for index in (0..count).cycle().skip(first).take(count) {
            let Some(socket) = self.sockets.get(index) else { continue };
            if let Poll::Ready(outcome) = socket.poll_accept(context) {
                self.turn.store((index + 1) % count, Ordering::Relaxed);
                return Poll::Ready(outcome);
            }
        }
        Poll::Pending
    }

    /// The TCP port, the same for all sockets; `None` for a Unix socket.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The first socket's address, `127.0.0.1:41883`, or the path of the Unix socket.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Whether only this host can connect.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl Socket {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        loop {
            let accepted = match self {
                Self::Tcp(listener) => listener.poll_accept(context).map_ok(|(stream, peer)| {
                    // when it fails, messages are late, and a broken connection shows at once
                    let _ = stream.set_nodelay(true);
                    (Stream::Tcp(stream), Peer::Tcp(peer))
                }),
                #[cfg(unix)]
                Self::Unix { listener, .. } => {
                    listener.poll_accept(context).map_ok(|(stream, _)| (stream.into(), Peer::Unix))
                }
            };
            match accepted {
                Poll::Ready(Err(error)) if is_of_the_peer(&error) => {}
                accepted => return accepted,
            }
        }
    }
}

/// A peer that went before it was accepted is no fault of the listener.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Binds all addresses, which have one port; if that is 0, to one that is free in all.
///
/// `bind` returns what it bound with its true address.
fn bind_together<Bound>(
    addresses: &[SocketAddr],
    host: &str,
    mut bind: impl FnMut(SocketAddr) -> io::Result<(Bound, SocketAddr)>,
) -> Result<Vec<(Bound, SocketAddr)>, BindError> {
    let any_port = addresses.iter().all(|address| address.port() == 0);
    let mut tries = PORT_TRIES;
    loop {
        tries -= 1;
        match bind_once(addresses, host, &mut bind) {
            Err(BindError::InUse { .. }) if any_port && tries > 0 => {}
            outcome => return outcome,
        }
    }
}

fn bind_once<Bound>(
    addresses: &[SocketAddr],
    host: &str,
    bind: &mut impl FnMut(SocketAddr) -> io::Result<(Bound, SocketAddr)>,
) -> Result<Vec<(Bound, SocketAddr)>, BindError> {
    let mut sockets: Vec<(Bound, SocketAddr)> = Vec::with_capacity(addresses.len());
    let mut absent = BindError::NoAddress { host: host.to_owned() };
    for address in addresses {
        let port = sockets.first().map_or_else(|| address.port(), |(_, bound)| bound.port());
        let address = SocketAddr::new(address.ip(), port);
        match bind(address) {
            Ok(bound) => sockets.push(bound),
            Err(error) if is_absent(&error) => absent = BindError::new(address.to_string(), error),
            Err(error) => return Err(BindError::new(address.to_string(), error)),
        }
    }
    if sockets.is_empty() { Err(absent) } else { Ok(sockets) }
}

fn listen_tcp(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // the families are bound one by one, whatever the system's default
        socket.set_only_v6(true)?;
    }
    // for a restart while old connections linger; on Windows it would let others take the port
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // connections have it from the listener; where they do not, a dead peer is found by its silence
    let _ = socket.set_tcp_keepalive(&KEEP_ALIVE);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from_std(socket.into())?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// How long to wait after accepting failed `failures` times in a row: 10 ms, doubling to 1 s.
///
/// Out of descriptors, a listener stays readable, and would spin.
pub fn accept_pause(failures: u32) -> Duration {
    const FIRST: Duration = Duration::from_millis(10);
    const MOST: Duration = Duration::from_secs(1);
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST.saturating_mul(factor).min(MOST)
}

#[cfg(test)]
mod tests;
