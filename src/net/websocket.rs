//! WebSocket (RFC 6455): a stream of bytes in binary frames, over any other stream.
//!
//! Frames are made and undone here rather than by a library. Those at hand put whole messages
//! together before they give them out, and allocate what a header announces; MQTT's packets may
//! have 256 MiB, and say themselves where they end. Here the bytes of a frame are passed on as
//! they come, in the buffer that they were read to, so a frame costs neither memory nor a copy.

mod accept;
mod decoder;
mod error;
mod frame;
mod handshake;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use self::accept::accept;
pub use self::accept::{WebSocketRefusal, WebSocketServer};
pub use self::error::{ClosedByPeer, Violation, WebSocketError};
pub(super) use self::handshake::connect;
pub(super) use self::stream::LONGEST_FRAME;
pub use self::stream::WebSocketStream;

/// What is asked of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSocket {
    /// The path of the request, with its query; begins with `/`.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

impl WebSocket {
    /// The path without its query, which may be a signature or a token.
    pub fn shown_path(&self) -> &str {
        self.path.split_once('?').map_or(&self.path, |(path, _)| path)
    }
}

/// Without what may be secret.
impl fmt::Debug for WebSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        let mut request = formatter.debug_struct("WebSocket");
        request.field("path", &self.shown_path()).field("headers", &names).finish()
    }
}

/// Which end of a WebSocket this is: a client masks what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Asked for it.
    Client,
    /// Was asked.
    Server,
}
