//! From an address to a connection, within a time.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};

use super::race::{interleave, race};
use super::resolve::resolve;
use super::{Address, Endpoint, Stream, Tls, TlsFailure, clock};

/// How to dial.
#[derive(Debug, Clone)]
pub struct DialOptions {
    /// The time for all of it: the lookup of the name, every attempt to connect, and the
    /// handshake of TLS.
    pub timeout: Duration,
    /// How to make the connection secure; it stays plain without.
    pub tls: Option<Tls>,
}

/// Ten seconds, plain.
impl Default for DialOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), tls: None }
    }
}

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
    /// The time passed.
    #[error("{address} did not answer within {}", humantime::format_duration(*.after))]
    TimedOut {
        /// The address as it was given.
        address: String,
        /// The time that was given.
        after: Duration,
    },
    /// Connected, but not securely.
    #[error("cannot connect to {address}: {failure}")]
    Tls {
        /// The address as it was given.
        address: String,
        /// Why.
        failure: Box<TlsFailure>,
    },
    /// The time passed after the connection stood.
    #[error("{address} did not answer the TLS handshake within {}", humantime::format_duration(*.after))]
    TlsTimedOut {
        /// The address as it was given.
        address: String,
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

    fn new(address: &Address, source: io::Error) -> Self {
        match (address, source.kind()) {
            (_, io::ErrorKind::ConnectionRefused) => Self::Refused { address: address.to_string() },
            (Address::Unix(path), io::ErrorKind::NotFound) => Self::NoSocket { path: path.clone() },
            _ => Self::Io { address: address.to_string(), source },
        }
    }
}

/// Connects to `address`, with `TCP_NODELAY` where it is TCP, and through TLS where options say
/// so: never without it then.
///
/// All addresses of a host are tried as in happy eyeballs (RFC 8305). Literal addresses and
/// localhost need no resolver; other names are looked up by the system, in a thread.
pub async fn dial(address: &Address, options: &DialOptions) -> Result<Stream, DialError> {
    let Some(tls) = &options.tls else { return dial_plain(address, options).await };
    let deadline = clock::now() + options.timeout;
    let shown = || Endpoint { address: address.clone(), tls: true }.to_string();
    let failed = |failure| DialError::Tls { address: shown(), failure: Box::new(failure) };
    let name = tls.server_name(address).map_err(failed)?;
    let stream = dial_plain(address, options).await?;
    match timeout_at(deadline.into(), tls.connect(name, stream)).await {
        Ok(outcome) => outcome.map_err(failed),
        Err(_) => Err(DialError::TlsTimedOut { address: shown(), after: options.timeout }),
    }
}

async fn dial_plain(address: &Address, options: &DialOptions) -> Result<Stream, DialError> {
    match address {
        Address::Tcp { host, port } => {
            let lookup = resolve(host, *port);
            let stream = dial_tcp(address, host, options.timeout, lookup, connect_tcp).await?;
            Ok(Stream::Tcp(stream))
        }
        Address::Unix(path) => match timeout(options.timeout, connect_unix(path)).await {
            Ok(outcome) => outcome.map_err(|error| DialError::new(address, error)),
            Err(_) => Err(timed_out(address, options.timeout)),
        },
    }
}

/// Lookup and race within `limit`; tests bring their own of both.
async fn dial_tcp<Lookup, Connect, Attempt, Winner>(
    address: &Address,
    host: &str,
    limit: Duration,
    lookup: Lookup,
    connect: Connect,
) -> Result<Winner, DialError>
where
    Lookup: Future<Output = io::Result<Vec<SocketAddr>>>,
    Connect: Fn(SocketAddr) -> Attempt,
    Attempt: Future<Output = io::Result<Winner>>,
{
    let mut looked_up = false;
    let dialling = async {
        let addresses =
            lookup.await.map_err(|source| DialError::Lookup { host: host.to_owned(), source })?;
        looked_up = true;
        race(interleave(&addresses), connect).await.map_err(|error| match error {
            Some(error) => DialError::new(address, error),
            None => DialError::NoAddress { host: host.to_owned() },
        })
    };
    let outcome = timeout(limit, dialling).await;
    match outcome {
        Ok(outcome) => outcome,
        Err(_) if looked_up => Err(timed_out(address, limit)),
        Err(_) => Err(DialError::LookupTimedOut { host: host.to_owned(), after: limit }),
    }
}

fn timed_out(address: &Address, after: Duration) -> DialError {
    DialError::TimedOut { address: address.to_string(), after }
}

async fn connect_tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    if is_own(&stream, address) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    // when it fails, messages are late; when the connection is broken, the first read tells
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Whether the socket was connected to itself.
///
/// A port of the outgoing range, where nothing listens, may be given to the very socket that dials
/// it; TCP then connects it to itself, and holds the port so that the broker cannot come back.
fn is_own(stream: &TcpStream, address: SocketAddr) -> bool {
    stream.local_addr().is_ok_and(|own| own == address)
}

#[cfg(unix)]
async fn connect_unix(path: &Path) -> io::Result<Stream> {
    // Linux does not queue whom it has no room for, it says EAGAIN: a busy broker, not an error
    let mut backoff = super::Backoff::new(Duration::from_millis(5), Duration::from_millis(100));
    loop {
        match tokio::net::UnixStream::connect(path).await {
            Ok(stream) => return Ok(Stream::Unix(stream)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::sleep(backoff.next_delay()).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(not(unix))]
fn connect_unix(_: &Path) -> impl Future<Output = io::Result<Stream>> {
    std::future::ready(Err(io::ErrorKind::Unsupported.into()))
}

#[cfg(test)]
mod tests;
