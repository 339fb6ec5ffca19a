//! One connection, whatever carries it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, tcp};
#[cfg(unix)]
use tokio::net::{UnixStream, unix};

use super::websocket::LONGEST_FRAME;
use super::{Began, TlsStream, WebSocketStream};

/// What one record of TLS holds at most (RFC 8446, section 5.1).
const TLS_RECORD: usize = 16 * 1024;

/// A connection, dialled or accepted.
///
/// Who uses a `Stream` reads and writes bytes, and need not know which it is. What is written
/// has left only when it is flushed.
#[derive(Debug)]
pub enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// TLS over one of these.
    Tls(TlsStream),
    /// WebSocket over one of these.
    WebSocket(Box<WebSocketStream>),
}

/// The end of a connection that reads.
#[derive(Debug)]
pub enum ReadHalf {
    /// Plain TCP.
    Tcp(tcp::OwnedReadHalf),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(unix::OwnedReadHalf),
    /// TLS.
    Tls(tokio::io::ReadHalf<TlsStream>),
    /// WebSocket.
    WebSocket(tokio::io::ReadHalf<Box<WebSocketStream>>),
}

/// The end of a connection that writes.
///
/// Dropped, it tells the peer that no more will come, but through TLS and WebSocket, where that has
/// to be said by a shutdown; the socket closes with the other half.
#[derive(Debug)]
pub enum WriteHalf {
    /// Plain TCP.
    Tcp(tcp::OwnedWriteHalf),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(unix::OwnedWriteHalf),
    /// TLS.
    Tls(tokio::io::WriteHalf<TlsStream>),
    /// WebSocket.
    WebSocket(tokio::io::WriteHalf<Box<WebSocketStream>>),
}

impl Stream {
    /// Two halves that may live in different tasks; the socket closes when both are dropped.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Self::Tcp(stream) => {
                let (read, write) = stream.into_split();
                (ReadHalf::Tcp(read), WriteHalf::Tcp(write))
            }
            #[cfg(unix)]
            Self::Unix(stream) => {
                let (read, write) = stream.into_split();
                (ReadHalf::Unix(read), WriteHalf::Unix(write))
            }
            Self::Tls(stream) => {
                let (read, write) = tokio::io::split(stream);
                (ReadHalf::Tls(read), WriteHalf::Tls(write))
            }
            Self::WebSocket(stream) => {
                let (read, write) = tokio::io::split(stream);
                (ReadHalf::WebSocket(read), WriteHalf::WebSocket(write))
            }
        }
    }

    /// Asks the kernel to acknowledge at once what comes next: `TCP_QUICKACK`.
    ///
    /// A peer without `TCP_NODELAY` holds its next small packet back until then: 40 ms a message
    /// instead of none. The kernel forgets the wish after a while, so it is repeated after reads.
    /// On Linux only, best effort; elsewhere and for Unix sockets nothing happens.
    pub fn quick_ack(&self) {
        match self {
            Self::Tcp(stream) => quick_ack(stream),
            #[cfg(unix)]
            Self::Unix(_) => {}
            Self::Tls(stream) => stream.below().quick_ack(),
            Self::WebSocket(stream) => stream.below().quick_ack(),
        }
    }

    /// Looks at the first bytes that come, and leaves them there; none at the end of the stream.
    /// Only for TCP: what comes by a Unix socket, which has no such thing, counts as TLS.
    pub(super) async fn peek(&self) -> io::Result<Began> {
        match self {
            Self::Tcp(stream) => {
                let mut bytes = [0; 8];
                let count = stream.peek(&mut bytes).await?;
                Ok(Began::of(bytes.get(..count).unwrap_or_default()))
            }
            _ => Ok(Began::of(&[22])),
        }
    }

    /// Lets the kernel hold small packets back until what went before is acknowledged: takes
    /// `TCP_NODELAY` away again. Best effort; for Unix sockets nothing happens.
    pub fn delay(&self) {
        match self {
            Self::Tcp(stream) => _ = stream.set_nodelay(false),
            #[cfg(unix)]
            Self::Unix(_) => {}
            Self::Tls(stream) => stream.below().delay(),
            Self::WebSocket(stream) => stream.below().delay(),
        }
    }

    /// The bytes to write before the next flush. A layer that seals what it is given in packets
    /// of this size gets one packet at a time: a packet that has not left to its last byte says
    /// nothing to the peer, so all of it counts as not sent.
    pub fn unit(&self) -> usize {
        match self {
            Self::Tcp(_) => usize::MAX,
            #[cfg(unix)]
            Self::Unix(_) => usize::MAX,
            Self::Tls(_) => TLS_RECORD,
            Self::WebSocket(_) => LONGEST_FRAME,
        }
    }

    /// Whether a shutdown says something that closing the socket does not.
    pub fn has_goodbye(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::WebSocket(_))
    }

    /// Whether TLS goes on with the session of an earlier connection; `None` without TLS.
    pub fn is_resumed(&self) -> Option<bool> {
        match self {
            Self::Tls(stream) => Some(stream.is_resumed()),
            Self::WebSocket(stream) => stream.below().is_resumed(),
            _ => None,
        }
    }

    /// The common name that a server was recognised by through TLS, for want of a better name in
    /// its certificate.
    pub fn common_name(&self) -> Option<&str> {
        match self {
            Self::Tls(stream) => stream.common_name(),
            Self::WebSocket(stream) => stream.below().common_name(),
            _ => None,
        }
    }
}

impl ReadHalf {
    /// As `Stream::quick_ack`.
    pub fn quick_ack(&self) {
        match self {
            Self::Tcp(half) => quick_ack(half.as_ref()),
            #[cfg(unix)]
            Self::Unix(_) => {}
            // The halves share the connection below, which cannot be reached through one.
            Self::Tls(_) | Self::WebSocket(_) => {}
        }
    }
}

impl WriteHalf {
    /// Whether layers between it and the socket may hold back what they took until it is flushed.
    pub const fn is_layered(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::WebSocket(_))
    }
}

#[cfg(target_os = "linux")]
fn quick_ack(stream: &TcpStream) {
    // it saves time or does nothing; a broken connection shows at the next read
    let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
}

#[cfg(not(target_os = "linux"))]
fn quick_ack(_: &TcpStream) {}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

#[cfg(unix)]
impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

/// Calls a method of the stream within, whichever variant it is.
macro_rules! forward {
    ($whole:expr, $method:ident ( $($argument:expr),* )) => {
        match $whole.get_mut() {
            Self::Tcp(inner) => Pin::new(inner).$method($($argument),*),
            #[cfg(unix)]
            Self::Unix(inner) => Pin::new(inner).$method($($argument),*),
            Self::Tls(inner) => Pin::new(inner).$method($($argument),*),
            Self::WebSocket(inner) => Pin::new(inner).$method($($argument),*),
        }
    };
}

/// Reading from an enum of streams.
macro_rules! impl_read {
    ($($name:ty),*) => {$(
        impl AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                forward!(self, poll_read(context, buffer))
            }
        }
    )*};
}

/// Writing to an enum of streams.
macro_rules! impl_write {
    ($($name:ty),*) => {$(
        impl AsyncWrite for $name {
            fn poll_write(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                forward!(self, poll_write(context, bytes))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
                slices: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                forward!(self, poll_write_vectored(context, slices))
            }

            fn is_write_vectored(&self) -> bool {
                match self {
                    Self::Tcp(inner) => inner.is_write_vectored(),
                    #[cfg(unix)]
                    Self::Unix(inner) => inner.is_write_vectored(),
                    Self::Tls(inner) => inner.is_write_vectored(),
                    Self::WebSocket(inner) => inner.is_write_vectored(),
                }
            }

            fn poll_flush(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                forward!(self, poll_flush(context))
            }

            fn poll_shutdown(
                self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                forward!(self, poll_shutdown(context))
            }
        }
    )*};
}

impl_read!(Stream, ReadHalf);
impl_write!(Stream, WriteHalf);

/// Who is at the other end of an accepted connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Its TCP address.
    Tcp(SocketAddr),
    /// A process of this host; Unix sockets that connect have no name.
    Unix,
}

impl Peer {
    /// Whether the peer runs on this host and came by a way that others cannot.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix => true,
        }
    }
}

/// `192.0.2.1:50123`, `[2001:db8::1]:50123`, `unix`.
impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix => formatter.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn tcp_pair() -> (Stream, Stream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
        (near.unwrap().into(), far.unwrap().0.into())
    }

    async fn check_halves(near: Stream, mut far: Stream) {
        near.quick_ack();
        let (mut read, mut write) = near.split();
        read.quick_ack();
        let slices = [io::IoSlice::new(b"pi"), io::IoSlice::new(b"ng")];
        assert!(write.is_write_vectored());
        assert_eq!(write.write_vectored(&slices).await.unwrap(), 4);
        let mut got = [0; 4];
        far.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"ping");

        // what is written last arrives, then the end
        drop(write);
        assert_eq!(far.read(&mut got).await.unwrap(), 0);
        far.write_all(b"pong").await.unwrap();
        read.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"pong");
        far.shutdown().await.unwrap();
        assert_eq!(read.read(&mut got).await.unwrap(), 0);
        read.quick_ack();
    }

    #[tokio::test]
    async fn tcp_halves_carry_bytes_and_the_end() {
        let (near, far) = tcp_pair().await;
        check_halves(near, far).await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn unix_halves_carry_bytes_and_the_end() {
        let (near, far) = UnixStream::pair().unwrap();
        check_halves(near.into(), far.into()).await;
    }

    #[tokio::test]
    async fn dropping_both_halves_closes() {
        let (near, mut far) = tcp_pair().await;
        drop(near.split());
        assert_eq!(far.read(&mut [0; 1]).await.unwrap(), 0);
    }

    #[test]
    fn peers_know_whether_they_are_local() {
        let peer = |text: &str| Peer::Tcp(text.parse().unwrap());
        assert!(peer("127.0.0.9:1").is_loopback());
        assert!(peer("[::1]:1").is_loopback());
        assert!(peer("[::ffff:127.0.0.1]:1").is_loopback());
        assert!(!peer("192.0.2.1:1").is_loopback());
        assert!(Peer::Unix.is_loopback());
        assert_eq!(peer("[::1]:7").to_string(), "[::1]:7");
        assert_eq!(Peer::Unix.to_string(), "unix");
    }
}
