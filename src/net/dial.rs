//! From an address to a connection, within a time.
//!
//! The way has steps, under one deadline: SRV records on demand, a raw stream (TCP, a Unix socket, or a tunnel through a
//! proxy), then what is to be spoken on it before MQTT.

mod error;
mod stage;
pub(super) mod tcp;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

pub use self::error::DialError;
pub(super) use self::stage::Stage;
use self::stage::within;
use super::srv::{self, SrvOptions, Target};
use super::{Address, Proxy, Route, Stream, Tls, WebSocket, clock, websocket};

/// How to dial.
#[derive(Debug, Clone)]
pub struct DialOptions {
    /// The time for all of it: every lookup, and every attempt to connect.
    pub timeout: Duration,
    /// The address of this host to connect from, or a name that stands for one.
    pub bind: Option<String>,
    /// Whether the host is a domain, whose SRV records name the hosts and ports to try. TLS still
    /// asks for a certificate of the domain: who answers about names need not be trusted.
    pub srv: Option<SrvOptions>,
    /// Who passes the connection on.
    pub proxy: Option<Proxy>,
    /// How to make the connection secure; it stays plain without.
    pub tls: Option<Tls>,
    /// What to ask for before MQTT is spoken; without, it is spoken at once.
    pub websocket: Option<WebSocket>,
}

/// Ten seconds, and the straight way, in plain text.
impl Default for DialOptions {
    fn default() -> Self {
        let timeout = Duration::from_secs(10);
        Self { timeout, bind: None, srv: None, proxy: None, tls: None, websocket: None }
    }
}

/// Connects to `address`, with `TCP_NODELAY` where it is TCP, and through TLS where options say
/// so: never without it then.
///
/// All addresses of a host are tried as in happy eyeballs (RFC 8305). Literal addresses and
/// localhost need no resolver; other names are looked up by the system, in a thread.
pub async fn dial(address: &Address, options: &DialOptions) -> Result<Stream, DialError> {
    dial_in_steps(address, options).await.map(|(stream, _)| stream)
}

/// When dialling came how far.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// It began.
    pub begun: Instant,
    /// The stream that carries all else stood: TCP, through a proxy where there is one.
    pub carried: Instant,
    /// TLS and WebSocket stood, where they are spoken.
    pub ready: Instant,
    /// Whether TLS went on with the session of an earlier connection; `None` without TLS.
    pub resumed: Option<bool>,
}

/// Connects as [`dial`] does, and tells what took how long.
pub async fn dial_in_steps(
    address: &Address,
    options: &DialOptions,
) -> Result<(Stream, Steps), DialError> {
    let begun = clock::now();
    within(options.timeout, async |stage| {
        let route = || Route::new(address, options);
        let failed = |failure| DialError::Tls { route: route(), failure: Box::new(failure) };
        let name = options.tls.as_ref().map(|tls| tls.server_name(address)).transpose();
        let name = name.map_err(failed)?;
        let mut stream = raw(address, options, stage).await?;
        let carried = clock::now();
        if let (Some(tls), Some(name)) = (&options.tls, name) {
            *stage = Stage::Tls(route());
            stream = apart(tls.connect(name, stream)).await.map_err(failed)?;
        }
        if let Some(wanted) = &options.websocket {
            *stage = Stage::WebSocket(route());
            let opened = apart(websocket::connect(stream, address, wanted)).await;
            let opened =
                opened.map_err(|problem| DialError::WebSocket { route: route(), problem })?;
            stream = Stream::WebSocket(Box::new(opened));
        }
        let resumed = stream.is_resumed();
        Ok((stream, Steps { begun, carried, ready: clock::now(), resumed }))
    })
    .await
}

/// A step that few connections take: what it holds, and the code that takes it, lie apart from
/// those of all others, which need less of the stack and fewer pages of the program for it.
fn apart<'a, T>(
    step: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(step)
}

/// The stream that carries all else.
async fn raw(
    address: &Address,
    options: &DialOptions,
    stage: &mut Stage,
) -> Result<Stream, DialError> {
    match address {
        Address::Tcp { host, port } => {
            let stream = match &options.srv {
                None => pass(host, *port, options, stage).await?,
                Some(srv) => apart(first_target(host, srv, options, stage)).await?,
            };
            Ok(stream.into())
        }
        Address::Unix(path) => {
            *stage = Stage::Connect(address.to_string());
            connect_unix(path).await.map_err(|error| DialError::new(address, error))
        }
    }
}

/// The first of a domain's targets that takes the connection. None may use up the time of those
/// behind it.
async fn first_target(
    domain: &str,
    srv: &SrvOptions,
    options: &DialOptions,
    stage: &mut Stage,
) -> Result<TcpStream, DialError> {
    let begin = clock::now();
    let targets = srv::look_up(&srv::service(domain, options.tls.is_some()), srv, stage).await?;
    let left = options.timeout.saturating_sub(clock::now().saturating_duration_since(begin));
    let share = u32::try_from(targets.len())
        .map_or(Duration::ZERO, |count| left.checked_div(count).unwrap_or_default());
    let mut failure = DialError::NoAddress { host: domain.to_owned() };
    for (index, Target { host, port }) in targets.iter().enumerate() {
        if index.saturating_add(1) == targets.len() {
            return pass(host, *port, options, stage).await;
        }
        match within(share, async |stage| pass(host, *port, options, stage).await).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Straight, or through the proxy.
async fn pass(
    host: &str,
    port: u16,
    options: &DialOptions,
    stage: &mut Stage,
) -> Result<TcpStream, DialError> {
    let bind = options.bind.as_deref();
    match &options.proxy {
        None => tcp::connect(host, port, bind, stage).await,
        Some(proxy) => apart(proxy.connect(host, port, bind, stage)).await,
    }
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
