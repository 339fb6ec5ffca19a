//! Answers the request that opens a WebSocket (RFC 6455, section 4.2).

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::handshake::accept as agreement;
use super::{Role, WebSocketStream};
use crate::net::http::{HeadError, Request};
use crate::net::{Began, Stream};

/// What MQTT's clients ask for; those of version 3.1 may have the second.
const SUBPROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];

/// The version of WebSocket that there is.
const VERSION: &str = "13";

/// Bytes of a key, before they are text.
const KEY: usize = 16;

/// Bytes read at once: most requests come in one piece.
const CHUNK: usize = 1024;

/// What ends a head.
const EMPTY_LINE: &[u8] = b"\r\n\r\n";

/// What a server of WebSocket takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSocketServer {
    /// The one path that is served, without a query; by default any.
    pub path: Option<String>,
    /// The pages that may connect, as browsers tell them: `https://example.org`. With any, whoever
    /// names none or another is refused. Programs can name what they like: this protects the
    /// people at browsers, not the broker.
    pub origins: Vec<String>,
}

/// Why there is no WebSocket, as its server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebSocketRefusal {
    /// What came is no HTTP.
    #[error("something that is not HTTP came to a port of WebSockets")]
    NotHttp(Began),
    /// Its head goes on and on.
    #[error("the request for a WebSocket is longer than 8 KiB")]
    TooLong,
    /// A page, a picture: HTTP, and nothing of WebSocket.
    #[error("a request of HTTP that asks for no WebSocket")]
    Plain,
    /// Not version 13, or without a key.
    #[error("a request for a WebSocket that does not keep to RFC 6455")]
    Form,
    /// Another path than the one served.
    #[error("a request for a WebSocket at a path that is not served")]
    Path,
    /// A page that may not.
    #[error("a request for a WebSocket by a page that is not among the origins allowed")]
    Origin,
    /// It does not want MQTT.
    #[error("a request for a WebSocket without the subprotocol mqtt")]
    Subprotocol,
    /// It closed the connection.
    #[error("the client closed the connection before it had asked for a WebSocket")]
    Gone,
}

impl WebSocketRefusal {
    /// The status line, and what a person at the other end can make of it.
    const fn answer(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::NotHttp(_) | Self::Gone => return None,
            Self::TooLong => ("431 Request Header Fields Too Large", "the request is too long"),
            Self::Plain => ("426 Upgrade Required", "this port speaks MQTT over WebSocket alone"),
            Self::Form => ("400 Bad Request", "a WebSocket of version 13 needs a key of 16 bytes"),
            Self::Path => ("404 Not Found", "there is no MQTT at this path"),
            Self::Origin => ("403 Forbidden", "this page may not connect here"),
            Self::Subprotocol => ("400 Bad Request", "the subprotocol has to be mqtt"),
        })
    }
}

/// Reads the request and agrees to it. When it does not, it tells the peer why and gives the
/// connection back.
pub(in crate::net) async fn accept(
    mut stream: Stream,
    server: &WebSocketServer,
) -> Result<WebSocketStream, (WebSocketRefusal, Stream)> {
    let outcome = match read(&mut stream).await {
        Ok((request, rest)) => server.check(&request).map(|answer| (answer, rest)),
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok((answer, rest)) => {
            if send(&mut stream, &answer).await.is_err() {
                return Err((WebSocketRefusal::Gone, stream));
            }
            Ok(WebSocketStream::new(stream, Role::Server, rest))
        }
        Err(refusal) => {
            if let Some((status, words)) = refusal.answer() {
                // Who has gone needs no answer.
                let _ = send(&mut stream, &refused(status, words)).await;
            }
            Err((refusal, stream))
        }
    }
}

async fn send(stream: &mut Stream, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}

fn refused(status: &str, words: &str) -> String {
    let length = words.len().saturating_add(1);
    format!(
        "HTTP/1.1 {status}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: {VERSION}\r\n\
         Content-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{words}\n"
    )
}

/// The request, and what came behind it.
async fn read(stream: &mut Stream) -> Result<(Request, Vec<u8>), WebSocketRefusal> {
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        let seen = bytes.len().saturating_sub(EMPTY_LINE.len());
        if !matches!(stream.read_buf(&mut bytes).await, Ok(1..)) {
            return Err(WebSocketRefusal::Gone);
        }
        // No method of HTTP begins otherwise, and nothing else begins so.
        if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
            return Err(WebSocketRefusal::NotHttp(Began::of(&bytes)));
        }
        // What comes byte by byte is not looked at anew for each.
        let fresh = bytes.get(seen..).unwrap_or_default();
        let whole = fresh.windows(EMPTY_LINE.len()).any(|four| four == EMPTY_LINE);
        if !whole && bytes.len() < crate::net::http::MAX_HEAD {
            continue;
        }
        return match Request::parse(&bytes) {
            Ok(Some((request, size))) => Ok((request, bytes.split_off(size))),
            Ok(None) | Err(HeadError::TooLong) => Err(WebSocketRefusal::TooLong),
            Err(_) => Err(WebSocketRefusal::NotHttp(Began::of(&bytes))),
        };
    }
}

impl WebSocketServer {
    /// What agrees to a request.
    fn check(&self, request: &Request) -> Result<String, WebSocketRefusal> {
        let Request { method, target, fields } = request;
        let path = target.split_once('?').map_or(target.as_str(), |(path, _)| path);
        if self.path.as_ref().is_some_and(|wanted| wanted != path) {
            return Err(WebSocketRefusal::Path);
        }
        if method != "GET" || !fields.lists("Upgrade", "websocket") {
            return Err(WebSocketRefusal::Plain);
        }
        let mut keys = fields.values("Sec-WebSocket-Key");
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(WebSocketRefusal::Form);
        };
        let is_key = BASE64.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == KEY);
        let is_version = fields.values("Sec-WebSocket-Version").eq([VERSION]);
        if !is_key || !is_version || !fields.lists("Connection", "upgrade") {
            return Err(WebSocketRefusal::Form);
        }
        if !self.origins.is_empty() && !self.allows(fields.values("Origin")) {
            return Err(WebSocketRefusal::Origin);
        }
        let offered = fields.values("Sec-WebSocket-Protocol");
        let mut offered = offered.flat_map(|line| line.split(',')).map(str::trim);
        let chosen = offered.find(|name| SUBPROTOCOLS.contains(name));
        let chosen = chosen.ok_or(WebSocketRefusal::Subprotocol)?;
        Ok(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\nSec-WebSocket-Protocol: {chosen}\r\n\r\n",
            agreement(key)
        ))
    }

    /// Whether the page named is among those that may; more than one name is none.
    fn allows<'a>(&self, mut named: impl Iterator<Item = &'a str>) -> bool {
        let (Some(page), None) = (named.next(), named.next()) else { return false };
        self.origins.iter().any(|origin| origin.eq_ignore_ascii_case(page))
    }
}
