//! A link with faults: a TCP proxy that delays, slices, cuts, half-closes and swallows.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What happens to the bytes of one direction.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    /// So many bytes are passed on at once, at most.
    pub(crate) slice: Option<usize>,
    /// Each read is passed on so much later.
    pub(crate) delay: Option<Duration>,
    /// What happens after so many bytes.
    pub(crate) end: Option<(usize, End)>,
}

/// How a direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Both directions are closed in order.
    Cut,
    /// The target gets a reset.
    Reset,
    /// This direction alone is closed; the other goes on.
    HalfClose,
}

/// What happens to one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Link {
    /// From the client to the broker.
    pub(crate) up: Way,
    /// From the broker to the client.
    pub(crate) down: Way,
}

/// A proxy before a broker; its connections end with it.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    streams: Mutex<Vec<TcpStream>>,
    swallows: AtomicBool,
    stopped: AtomicBool,
}

impl Proxy {
    /// A proxy before a broker's port: `plan` says what happens to the n-th connection.
    pub(crate) fn start(target: u16, plan: impl Fn(usize) -> Link + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
                if own.stopped.load(Ordering::SeqCst) {
                    break;
                }
                own.join(client, target, plan(number));
            }
        });
        Self { port, shared }
    }

    /// From now on all links are dead, and nobody is told: not even of an end.
    pub(crate) fn swallow(&self) {
        self.shared.swallows.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // The accepting thread looks again.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        for stream in self.shared.streams.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn join(self: &Arc<Self>, client: TcpStream, target: u16, link: Link) {
        let Ok(broker) = TcpStream::connect(("127.0.0.1", target)) else {
            return;
        };
        let clone = |stream: &TcpStream| stream.try_clone().expect("a descriptor");
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in [&client, &broker] {
            stream.set_nodelay(true).expect("an open socket");
            streams.push(clone(stream));
        }
        for (from, to, way) in
            [(clone(&client), clone(&broker), link.up), (broker, client, link.down)]
        {
            let shared = Arc::clone(self);
            thread::spawn(move || shared.pass_on(from, to, way));
        }
    }

    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream, way: Way) {
        let mut buffer = vec![0; 16 * 1024];
        let mut left = way.end.map_or(usize::MAX, |(after, _)| after);
        loop {
            if left == 0 {
                break;
            }
            let Ok(count) = from.read(&mut buffer) else {
                break;
            };
            if self.swallows.load(Ordering::SeqCst) {
                if count == 0 {
                    return;
                }
                continue;
            }
            if count == 0 {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            if let Some(delay) = way.delay {
                thread::sleep(delay);
            }
            let count = count.min(left);
            left -= count;
            for slice in buffer[..count].chunks(way.slice.unwrap_or(count)) {
                if to.write_all(slice).is_err() {
                    break;
                }
            }
        }
        match way.end {
            Some((_, End::HalfClose)) => {
                let _ = to.shutdown(Shutdown::Write);
            }
            Some((_, End::Reset)) => {
                // Closing with a lingering time of zero resets, when the last clone is closed: the
                // other direction's reader is woken to let go of its own.
                let _ = socket2::SockRef::from(&to).set_linger(Some(Duration::ZERO));
                let _ = to.shutdown(Shutdown::Read);
                let _ = from.shutdown(Shutdown::Both);
                let local = to.local_addr().ok();
                let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
                streams.retain(|stream| stream.local_addr().ok() != local);
            }
            Some((_, End::Cut)) | None => {
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            }
        }
    }
}
