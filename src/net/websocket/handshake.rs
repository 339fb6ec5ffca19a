//! The request that opens a WebSocket, and its answer (RFC 6455, section 4).

use std::fmt::Write as _;
use std::io;

use data_encoding::BASE64;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Role, WebSocket, WebSocketError, WebSocketStream};
use crate::net::address::host_and_port;
use crate::net::http::{Head, HeadError, words};
use crate::net::{Address, Stream, random};

/// What both ends are to speak.
const SUBPROTOCOL: &str = "mqtt";

/// Goes with the key into the answer (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const SWITCHING_PROTOCOLS: u16 = 101;

/// Bytes read at once; most answers are shorter.
const CHUNK: usize = 1024;

/// Asks the server at the other end for a WebSocket.
pub(in crate::net) async fn connect(
    mut stream: Stream,
    address: &Address,
    wanted: &WebSocket,
) -> Result<WebSocketStream, WebSocketError> {
    let key = BASE64.encode(&random::random::<16>()?);
    let secure = matches!(stream, Stream::Tls(_));
    stream.write_all(request(address, secure, wanted, &key).as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::with_capacity(CHUNK);
    let (head, size) = loop {
        match Head::parse(&bytes)? {
            Some((head, size)) if head.is_interim() => {
                bytes.drain(..size);
                continue;
            }
            Some(whole) => break whole,
            None => {}
        }
        match stream.read_buf(&mut bytes).await {
            Ok(1..) => {}
            Ok(0) => return Err(HeadError::Closed.into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                return Err(HeadError::Closed.into());
            }
            Err(error) => return Err(error.into()),
        }
    };
    check(&head, &key)?;
    Ok(WebSocketStream::new(stream, Role::Client, bytes.split_off(size)))
}

fn request(address: &Address, secure: bool, wanted: &WebSocket, key: &str) -> String {
    let host = match address {
        Address::Tcp { host, port } => match (*port, secure) {
            (80, false) | (443, true) if host.contains(':') => format!("[{host}]"),
            (80, false) | (443, true) => host.clone(),
            (port, _) => host_and_port(host, port),
        },
        Address::Unix(_) => "localhost".to_owned(),
    };
    let mut text = format!("GET {} HTTP/1.1\r\n", wanted.path);
    if !wanted.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host")) {
        // writing to a string cannot fail
        let _ = write!(text, "Host: {host}\r\n");
    }
    let _ = write!(
        text,
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
    );
    for (name, value) in &wanted.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text
}

fn check(head: &Head, key: &str) -> Result<(), WebSocketError> {
    if head.status != SWITCHING_PROTOCOLS {
        let (status, reason) = (head.status, head.reason.clone());
        let location = head.fields.values("Location").next().map(words);
        return Err(WebSocketError::Status { status, reason, location });
    }
    if !head.fields.lists("Upgrade", "websocket") {
        return Err(WebSocketError::Field("Upgrade"));
    }
    if !head.fields.lists("Connection", "upgrade") {
        return Err(WebSocketError::Field("Connection"));
    }
    if !head.fields.values("Sec-WebSocket-Accept").eq([accept(key).as_str()]) {
        return Err(WebSocketError::Field("Sec-WebSocket-Accept"));
    }
    if head.fields.values("Sec-WebSocket-Extensions").next().is_some() {
        // none was asked for, so its frames could not be read
        return Err(WebSocketError::Field("Sec-WebSocket-Extensions"));
    }
    match head.fields.values("Sec-WebSocket-Protocol").next() {
        Some(SUBPROTOCOL) => Ok(()),
        Some(other) => Err(WebSocketError::OtherSubprotocol(words(other))),
        None => Err(WebSocketError::NoSubprotocol),
    }
}

/// What a server that understood the request makes of its key.
pub(super) fn accept(key: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    BASE64.encode(hash.as_ref())
}
