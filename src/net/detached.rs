//! A connection between two threads: it belongs to no runtime, so nobody may wait for it.

use std::io;

use super::Stream;
use super::tls::{TlsState, TlsStream};
use super::websocket::{Role, WebSocketStream};

/// A connection without a runtime: its socket, and what the layers above know of it.
pub(super) struct Detached {
    socket: Socket,
    tls: Option<TlsState>,
    /// For a WebSocket, what came behind its request.
    websocket: Option<Vec<u8>>,
}

enum Socket {
    Tcp(std::net::TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Detached {
    /// Takes a connection out of its runtime. A WebSocket must be fresh: accepted, and neither read
    /// nor written.
    pub(super) fn new(stream: Stream) -> io::Result<Self> {
        let (stream, websocket) = match stream {
            Stream::WebSocket(socket) => {
                let (below, early) = socket.take_apart();
                (below, Some(early))
            }
            stream => (stream, None),
        };
        let (stream, tls) = match stream {
            Stream::Tls(stream) => {
                let (below, state) = stream.take_apart().ok_or(io::ErrorKind::Unsupported)?;
                (below, Some(state))
            }
            stream => (stream, None),
        };
        let socket = match stream {
            Stream::Tcp(stream) => Socket::Tcp(stream.into_std()?),
            #[cfg(unix)]
            Stream::Unix(stream) => Socket::Unix(stream.into_std()?),
            // There is no TLS within TLS.
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { socket, tls, websocket })
    }

    /// Gives it to the runtime that this is called in.
    pub(super) async fn attach(self) -> io::Result<Stream> {
        let mut stream = match self.socket {
            Socket::Tcp(stream) => Stream::Tcp(tokio::net::TcpStream::from_std(stream)?),
            #[cfg(unix)]
            Socket::Unix(stream) => Stream::Unix(tokio::net::UnixStream::from_std(stream)?),
        };
        if let Some(state) = self.tls {
            stream = Stream::Tls(TlsStream::put_together(stream, state).await?);
        }
        if let Some(early) = self.websocket {
            let socket = WebSocketStream::new(stream, Role::Server, early);
            stream = Stream::WebSocket(Box::new(socket));
        }
        Ok(stream)
    }
}
