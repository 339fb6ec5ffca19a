//! A secure connection, whichever end of it this is.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::{HandshakeKind, ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsAcceptor;

use super::TlsFailure;
use super::verify::Witness;
use crate::net::Stream;

/// A connection through TLS.
///
/// Bytes that `poll_write` took are sent once `poll_flush` is done. Errors of TLS are
/// [`TlsFailure`]s inside of an [`io::Error`].
pub struct TlsStream {
    inner: Box<tokio_rustls::TlsStream<Stream>>,
    end: End,
    /// Nothing was read yet that is for the reader.
    is_new: bool,
}

/// Which end of a connection this is, and what is known of it.
enum End {
    Dialled(Arc<Witness>),
    Accepted(Arc<ServerConfig>),
}

/// An accepted connection without the one below it: all that TLS knows of it.
pub(in crate::net) struct TlsState {
    connection: Box<ServerConnection>,
    config: Arc<ServerConfig>,
}

impl TlsStream {
    pub(super) fn new(inner: tokio_rustls::TlsStream<Stream>, witness: Arc<Witness>) -> Self {
        Self { inner: Box::new(inner), end: End::Dialled(witness), is_new: true }
    }

    pub(super) fn accepted(
        inner: tokio_rustls::server::TlsStream<Stream>,
        config: Arc<ServerConfig>,
    ) -> Self {
        Self { inner: Box::new(inner.into()), end: End::Accepted(config), is_new: false }
    }

    /// The connection below, and what TLS knows of it; `None` for a connection that was dialled,
    /// and never has to change its thread.
    pub(in crate::net) fn take_apart(self) -> Option<(Stream, TlsState)> {
        match (*self.inner, self.end) {
            (tokio_rustls::TlsStream::Server(stream), End::Accepted(config)) => {
                let (below, connection) = stream.into_inner();
                Some((below, TlsState { connection: Box::new(connection), config }))
            }
            _ => None,
        }
    }

    /// The same put together again: the handshake is over, so nothing waits here.
    pub(in crate::net) async fn put_together(below: Stream, state: TlsState) -> io::Result<Self> {
        let TlsState { connection, config } = state;
        let stream = TlsAcceptor::from(Arc::clone(&config))
            .accept_with(below, |fresh| *fresh = *connection)
            .await?;
        Ok(Self::accepted(stream, config))
    }

    /// The connection below.
    pub(in crate::net) fn below(&self) -> &Stream {
        self.inner.get_ref().0
    }

    /// The connection below, to damage it.
    #[cfg(test)]
    pub(super) fn below_mut(&mut self) -> &mut Stream {
        self.inner.get_mut().0
    }

    /// Whether it goes on with the session of an earlier connection.
    pub fn is_resumed(&self) -> bool {
        self.inner.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The common name of the server, when it was recognised by that alone: its certificate has
    /// no subjectAltName, and most other programs would refuse it.
    pub fn common_name(&self) -> Option<&str> {
        match &self.end {
            End::Dialled(witness) => witness.common_name(),
            End::Accepted(_) => None,
        }
    }
}

/// Without keys.
impl fmt::Debug for TlsStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("TlsStream").field(self.below()).finish()
    }
}

/// The failure that rustls found, so that it can be told apart.
fn worded(error: io::Error) -> io::Error {
    let kind = error.kind();
    match error.downcast::<rustls::Error>() {
        Ok(error) => io::Error::new(kind, TlsFailure::of_connection(error)),
        Err(error) => error,
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut *this.inner).poll_read(context, buffer) {
            // A server of TLS 1.3 begins with tickets, and with Nagle's algorithm it sends nothing
            // more before they are acknowledged: 40 ms.
            Poll::Pending if this.is_new => {
                this.below().quick_ack();
                Poll::Pending
            }
            // The peer closed without saying so in TLS, as brokers do that are killed. MQTT says
            // itself where a packet ends, so nobody gains by cutting a stream short.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Poll::Ready(Ok(()))
            }
            outcome => {
                this.is_new &= outcome.is_pending();
                outcome.map_err(worded)
            }
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().inner).poll_write(context, bytes).map_err(worded)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().inner).poll_write_vectored(context, slices).map_err(worded)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().inner).poll_flush(context).map_err(worded)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().inner).poll_shutdown(context).map_err(worded)
    }
}
