//! A broker from outside: bound, served, started, stopped.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::commands::{Command, Commands};
use super::event::Observer;
use super::limits::Limits;
use super::policy::Policy;
use super::router::Router;
use super::seeds::Seeds;
use super::serve;
use crate::net::{
    BindError, Doorkeepers, Entrance, ListenAddress, Listener, Page, clock, raise_descriptor_limit,
};

/// Descriptors that are not for connections: listeners, standard streams, files, the runtime.
const OTHER_DESCRIPTORS: u64 = 64;

/// What a broker is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; by default both loopback addresses, on a free port.
    pub listeners: Vec<ListenerOptions>,
    /// What it takes and keeps.
    pub limits: Limits,
    /// What is retained before anybody comes; made within the same limits.
    pub retained: Seeds,
    /// Whether each message that is taken is told as an [`Event::Published`](super::Event): it
    /// costs the broker a call for each.
    pub tells_messages: bool,
    /// Where it serves metrics for Prometheus, if anywhere.
    pub metrics: Option<ListenAddress>,
}

/// One place to listen, and what holds for who comes there.
#[derive(Debug, Clone)]
pub struct ListenerOptions {
    /// The place.
    pub address: ListenAddress,
    /// What holds there.
    pub policy: Policy,
    /// What a connection goes through before it is MQTT: a proxy's header, TLS, WebSocket.
    pub entrance: Entrance,
}

impl ListenerOptions {
    /// A listener of plain MQTT where everybody may do everything.
    pub fn new(address: ListenAddress) -> Self {
        Self { address, policy: Policy::default(), entrance: Entrance::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listeners: vec![ListenerOptions::new(ListenAddress::Loopback { port: 0 })],
            limits: Limits::default(),
            retained: Seeds::default(),
            tells_messages: false,
            metrics: None,
        }
    }
}

/// A broker that listens and does not serve yet: connections wait in the backlog.
#[derive(Debug)]
pub struct Bound {
    places: Vec<Place>,
    doorkeepers: Option<Doorkeepers>,
    limits: Limits,
    metrics: Option<Listener>,
    commands: (Commands, UnboundedReceiver<Command>),
    retained: Seeds,
    tells_messages: bool,
}

/// One place where it listens.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) listener: Listener,
    pub(super) policy: Policy,
    pub(super) entrance: Arc<Entrance>,
}

/// One place where it listens, as a client on this machine calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `mqtt`, `mqtts`, `ws`, `wss`.
    pub scheme: &'static str,
    /// 127.0.0.1 where it listens everywhere.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path of a WebSocket, else empty.
    pub path: String,
    /// Whether only this machine can reach it.
    pub is_loopback: bool,
}

/// The path of a WebSocket where any is served.
const USUAL_PATH: &str = "/mqtt";

impl Endpoint {
    /// Its URL, with a login (`NAME:PASSWORD@`) or nothing before the host.
    pub fn url(&self, login: &str) -> String {
        let Self { scheme, host, port, path, .. } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("{scheme}://{login}{host}:{port}{path}")
    }

    /// Whether what goes there is encrypted.
    pub fn is_secure(&self) -> bool {
        matches!(self.scheme, "mqtts" | "wss")
    }
}

impl Place {
    fn scheme(&self) -> &'static str {
        match (&self.entrance.websocket, &self.entrance.tls) {
            (None, None) => "mqtt",
            (None, Some(_)) => "mqtts",
            (Some(_), None) => "ws",
            (Some(_), Some(_)) => "wss",
        }
    }

    fn path(&self) -> &str {
        match &self.entrance.websocket {
            Some(server) => server.path.as_deref().unwrap_or(USUAL_PATH),
            None => "",
        }
    }

    fn url(&self) -> String {
        let address = self.listener.address();
        match self.listener.port() {
            Some(_) => format!("{}://{address}{}", self.scheme(), self.path()),
            None => format!("unix:{address}"),
        }
    }

    fn endpoint(&self) -> Option<Endpoint> {
        let port = self.listener.port()?;
        let address = self.listener.address();
        let (host, _) = address.rsplit_once(':')?;
        let host = match host.trim_start_matches('[').trim_end_matches(']') {
            "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            host => host,
        };
        Some(Endpoint {
            scheme: self.scheme(),
            host: host.to_owned(),
            port,
            path: self.path().to_owned(),
            is_loopback: self.listener.is_loopback(),
        })
    }
}

impl Bound {
    /// Binds all addresses, in order; must be called within a tokio runtime.
    pub async fn bind(options: Options) -> Result<Self, BindError> {
        let Options { limits, retained, tells_messages, listeners, metrics } = options;
        let mut places = Vec::with_capacity(listeners.len());
        for ListenerOptions { address, policy, entrance } in listeners {
            let (listener, entrance) = (Listener::bind(&address).await?, Arc::new(entrance));
            places.push(Place { listener, policy, entrance });
        }
        // Who has no use for these threads does not have them.
        let is_secure = places.iter().any(|place| place.entrance.tls.is_some());
        let doorkeepers = is_secure.then(Doorkeepers::start).transpose();
        let doorkeepers = doorkeepers.map_err(|source| BindError::Threads { source })?;
        let metrics = match &metrics {
            Some(address) => Some(Listener::bind(address).await?),
            None => None,
        };
        let commands = Commands::new();
        Ok(Self { places, doorkeepers, limits, metrics, commands, retained, tells_messages })
    }

    /// One URL a listener: `mqtt://127.0.0.1:1883`, `wss://127.0.0.1:443/mqtt`,
    /// `unix:/run/mq.sock`.
    pub fn urls(&self) -> Vec<String> {
        self.places.iter().map(Place::url).collect()
    }

    /// Where it is reached by TCP, one a listener.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.places.iter().filter_map(Place::endpoint).collect()
    }

    /// The port of each listener, in their order; none of a Unix socket.
    pub fn ports(&self) -> Vec<Option<u16>> {
        self.places.iter().map(|place| place.listener.port()).collect()
    }

    /// Where the metrics are, if they are served: `http://127.0.0.1:9090/metrics`.
    pub fn metrics_url(&self) -> Option<String> {
        let listener = self.metrics.as_ref()?;
        Some(match listener.port() {
            Some(_) => format!("http://{}{}", listener.address(), Page::METRICS.path),
            None => format!("unix:{}", listener.address()),
        })
    }

    /// Whether others than this machine can read the metrics.
    pub fn shows_metrics(&self) -> bool {
        self.metrics.as_ref().is_some_and(|listener| !listener.is_loopback())
    }

    /// The port of the first TCP listener.
    pub fn port(&self) -> Option<u16> {
        self.places.iter().find_map(|place| place.listener.port())
    }

    /// By what something can be asked of it once it serves.
    pub fn commands(&self) -> Commands {
        self.commands.0.clone()
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.places.iter().all(|place| place.listener.is_loopback())
    }

    /// Serves on the calling thread's current-thread runtime until `shutdown` is done.
    pub async fn serve(self, observer: Option<Observer>, shutdown: impl Future<Output = ()>) {
        let descriptors = raise_descriptor_limit();
        let most = descriptors.saturating_sub(OTHER_DESCRIPTORS).max(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (_, commands) = self.commands;
        let parts = |place: Place| ((place.listener, place.entrance), place.policy);
        let (listeners, policies): (Vec<_>, Vec<_>) = self.places.into_iter().map(parts).unzip();
        let tells_messages = self.tells_messages && observer.is_some();
        let mut router = Router::new(self.limits, policies, observer);
        router.tells_messages = tells_messages;
        router.sow(self.retained, clock::now());
        let outside = (commands, self.metrics);
        let places = (listeners, self.doorkeepers);
        // The state lies in it, and is not to be moved about with whoever waits for it.
        Box::pin(serve::serve(router, places, outside, most, shutdown)).await;
    }
}

/// A broker on a thread of its own; it stops when this is dropped.
#[derive(Debug)]
pub struct Broker {
    urls: Vec<String>,
    port: Option<u16>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened at.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gave no thread or no event queue.
    #[error("cannot start the broker's thread: {0}")]
    System(#[from] io::Error),
}

impl Broker {
    /// Starts a broker; it listens when this returns.
    pub fn start(options: Options) -> Result<Self, StartError> {
        Self::start_observed(options, None)
    }

    /// Starts a broker whose events go to `observer`, on the broker's thread.
    pub fn start_observed(
        options: Options,
        observer: Option<Observer>,
    ) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let bound = runtime.block_on(Bound::bind(options))?;
        let (urls, port) = (bound.urls(), bound.port());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("mq-broker".into()).spawn(move || {
            runtime.block_on(bound.serve(observer, async {
                // A dropped sender asks for the same.
                let _ = stopped.await;
            }));
        })?;
        Ok(Self { urls, port, stop: Some(stop), thread: Some(thread) })
    }

    /// The first listener's URL.
    pub fn url(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }

    /// One URL a listener.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The port of the first TCP listener.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Stops the broker and waits until it has: version 5 clients are told, wills are not
    /// published.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens when the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the broker's thread was reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}
