//! What an accepted connection goes through before its first byte counts: a proxy's header, TLS,
//! the request for a WebSocket; and the threads that see to TLS.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::detached::Detached;
use super::proxy_header::{Behind, ProxyHeader, ProxyRefusal};
use super::tls::{CertificateNames, TlsRefusal, TlsServer};
use super::websocket::{self, WebSocketRefusal, WebSocketServer};
use super::{Peer, Stream, clock};

/// How long a peer that is refused has to hear why.
const LINGER: Duration = Duration::from_millis(500);

/// First bytes that are remembered of what should not have come.
const BEGAN: usize = 8;

/// Threads for handshakes at most: a signature takes a tenth of a millisecond to one, so four do
/// thousands in a second.
const MOST_THREADS: usize = 4;

/// What comes before the bytes of a connection. The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Entrance {
    /// A proxy tells who comes. TCP and Unix sockets.
    pub proxy_header: Option<ProxyHeader>,
    /// The connection is secure.
    pub tls: Option<TlsServer>,
    /// It is a WebSocket.
    pub websocket: Option<WebSocketServer>,
}

/// A connection that came through.
#[derive(Debug)]
pub struct Entered {
    /// What its client writes and reads.
    pub stream: Stream,
    /// Who it is, as a proxy told it.
    pub behind: Option<Peer>,
    /// What a certificate that was checked calls the client.
    pub names: Option<Box<CertificateNames>>,
}

/// The first bytes of what came, eight at most; zeros behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Began(pub [u8; BEGAN]);

impl Began {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut began = [0; BEGAN];
        began.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        Self(began)
    }
}

/// Why a connection did not come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The proxy's header.
    #[error(transparent)]
    Proxy(#[from] ProxyRefusal),
    /// Not TLS at all.
    #[error("something that is not TLS came to a port of TLS")]
    NotTls(Began),
    /// The handshake of TLS.
    #[error(transparent)]
    Tls(#[from] TlsRefusal),
    /// The request for a WebSocket.
    #[error(transparent)]
    WebSocket(#[from] WebSocketRefusal),
    /// The system reported a failure.
    #[error("the connection was lost before it was open")]
    Lost,
}

impl Entrance {
    /// Whether there is nothing to go through.
    pub const fn is_open(&self) -> bool {
        self.proxy_header.is_none() && self.tls.is_none() && self.websocket.is_none()
    }

    async fn go_through(&self, mut stream: Stream) -> Result<Entered, (Refused, Option<Stream>)> {
        let mut behind = Behind::default();
        if let Some(header) = self.proxy_header {
            match header.read(&mut stream).await {
                Ok(told) => behind = told,
                Err(refusal) => return Err((refusal.into(), Some(stream))),
            }
        }
        let Behind { address, mut names } = behind;
        if let Some(tls) = &self.tls {
            // Looked at and left there: who speaks something else gets another explanation.
            let began = stream.peek().await.map_err(|_| (Refused::Lost, None))?;
            if began.0.first().is_some_and(|first| *first != TLS_HANDSHAKE) {
                let refused = if began == Began::of(b"") {
                    Refused::Tls(TlsRefusal::Gone)
                } else {
                    Refused::NotTls(began)
                };
                return Err((refused, Some(stream)));
            }
            let (secured, shown) = tls
                .accept(stream)
                .await
                .map_err(|(refusal, stream)| (refusal.into(), Some(stream)))?;
            names = shown.or(names);
            stream = Stream::Tls(secured);
        }
        if let Some(server) = &self.websocket {
            let socket = websocket::accept(stream, server)
                .await
                .map_err(|(refusal, stream)| (refusal.into(), Some(stream)))?;
            stream = Stream::WebSocket(Box::new(socket));
        }
        Ok(Entered { stream, behind: address.map(Peer::Tcp), names })
    }

    /// The same; a peer that is refused is given the time to hear why, or the system would take
    /// the answer back from it.
    async fn open(&self, stream: Stream) -> Result<Entered, Refused> {
        match self.go_through(stream).await {
            Ok(entered) => Ok(entered),
            Err((refused, stream)) => {
                if let Some(stream) = stream {
                    let _ = timeout(LINGER, linger(stream)).await;
                }
                Err(refused)
            }
        }
    }
}

/// The type of TLS's first record.
const TLS_HANDSHAKE: u8 = 22;

async fn linger(mut stream: Stream) {
    // Whether it was heard is the peer's matter.
    let _ = stream.shutdown().await;
    let mut ignored = vec![0; 1024];
    while matches!(stream.read(&mut ignored).await, Ok(1..)) {}
}

/// When something came of a connection that is on its way through an entrance, or was done for it.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(clock::now())))
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = clock::now();
    }

    /// The last time.
    pub fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on its way through an entrance. Dropped, it is closed.
pub struct Entering {
    way: Pin<Box<dyn Future<Output = Result<Entered, Refused>>>>,
    progress: Progress,
}

impl Entering {
    /// When something happened last.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl Future for Entering {
    type Output = Result<Entered, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.way.as_mut().poll(context)
    }
}

impl fmt::Debug for Entering {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Entering").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// Threads that see to handshakes of TLS, so that who is let in already does not wait for them.
/// They sleep while nobody comes.
#[derive(Debug)]
pub struct Doorkeepers {
    threads: Vec<Doorkeeper>,
    turn: AtomicUsize,
    /// Milliseconds that the last one admitted waited for its first turn.
    late: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Doorkeeper {
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Doorkeepers {
    /// Starts them: one less than the processors, one at least. An error when the system has no
    /// thread or no event queue.
    pub fn start() -> io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = processors.saturating_sub(1).clamp(1, MOST_THREADS);
        let threads = (0..count).map(|_| Doorkeeper::start()).collect::<io::Result<_>>()?;
        Ok(Self { threads, turn: AtomicUsize::new(0), late: Arc::default() })
    }

    /// Sends a connection through an entrance: by one of the threads where there is TLS, else
    /// here. To be awaited within the runtime that the connection belongs to, then and before.
    pub fn admit(&self, stream: Stream, entrance: &Arc<Entrance>) -> Entering {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        match self.threads.get(turn.checked_rem(self.threads.len()).unwrap_or(0)) {
            Some(thread) if entrance.tls.is_some() => {
                thread.admit(stream, entrance, Arc::clone(&self.late))
            }
            _ => admit_here(stream, entrance),
        }
    }

    /// How long who is ready waits for a turn, as the last one that was admitted did.
    pub fn lateness(&self) -> Duration {
        Duration::from_millis(self.late.load(Ordering::Relaxed))
    }
}

/// Sends a connection through an entrance within this thread.
pub fn admit_here(stream: Stream, entrance: &Arc<Entrance>) -> Entering {
    let (progress, entrance) = (Progress::new(), Arc::clone(entrance));
    let way = noted(progress.clone(), async move { entrance.open(stream).await });
    Entering { way: Box::pin(way), progress }
}

impl Doorkeeper {
    fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            give_way();
            // A dropped sender asks for the same.
            let _ = runtime.block_on(stopped);
        };
        let thread = std::thread::Builder::new().name("mq-handshakes".into()).spawn(serve)?;
        Ok(Self { runtime: handle, stop: Some(stop), thread: Some(thread) })
    }

    fn admit(&self, stream: Stream, entrance: &Arc<Entrance>, late: Arc<AtomicU64>) -> Entering {
        let (progress, entrance) = (Progress::new(), Arc::clone(entrance));
        let opening = Detached::new(stream).map(|detached| {
            let admitted = progress.last();
            let way = async move {
                let waited = clock::now().saturating_duration_since(admitted).as_millis();
                late.store(u64::try_from(waited).unwrap_or(u64::MAX), Ordering::Relaxed);
                let stream = detached.attach().await.map_err(|_| Refused::Lost)?;
                let Entered { stream, behind, names } = entrance.open(stream).await?;
                let detached = Detached::new(stream).map_err(|_| Refused::Lost)?;
                Ok::<_, Refused>((detached, behind, names))
            };
            Abandoned(self.runtime.spawn(noted(progress.clone(), way)))
        });
        let way = async move {
            let mut opening = opening.map_err(|_| Refused::Lost)?;
            // A thread that panicked lost this connection alone.
            let (detached, behind, names) = (&mut opening.0).await.map_err(|_| Refused::Lost)??;
            let stream = detached.attach().await.map_err(|_| Refused::Lost)?;
            Ok(Entered { stream, behind, names })
        };
        Entering { way: Box::pin(way), progress }
    }
}

/// A task of another thread that ends when nobody waits for it any longer.
struct Abandoned<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Notes each time that the future is polled: something came, or its turn did.
async fn noted<F: Future>(progress: Progress, future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    poll_fn(|context| {
        progress.note();
        future.as_mut().poll(context)
    })
    .await
}

/// Lets the threads that serve go first where both want a processor: a handshake takes longer than
/// a message may wait.
fn give_way() {
    // Of this thread alone on Linux, of the whole process elsewhere.
    #[cfg(target_os = "linux")]
    {
        /// Steps of niceness; each is about a tenth of the processor's time less.
        const NICENESS: i32 = 10;
        // Without it, messages wait a little longer.
        let _ = rustix::process::nice(NICENESS);
    }
}

impl Drop for Doorkeepers {
    fn drop(&mut self) {
        for Doorkeeper { stop, .. } in &mut self.threads {
            drop(stop.take());
        }
        for Doorkeeper { thread, .. } in &mut self.threads {
            if let Some(thread) = thread.take() {
                // What panicked was reported where it happened.
                let _ = thread.join();
            }
        }
    }
}
