//! HTTP CONNECT (RFC 9110, 9.3.6).

use std::fmt::Write as _;

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Login, ProxyError};
use crate::net::address::host_and_port;
use crate::net::http::{Head, HeadError, MAX_HEAD};

/// The status that asks for a login.
const LOGIN_REQUIRED: u16 = 407;

/// What some proxies, tinyproxy among them, answer to a wrong login.
const UNAUTHORIZED: u16 = 401;

/// Bytes looked at in one go: most answers are shorter.
const CHUNK: usize = 1024;

/// Asks the proxy at the other end to connect to `host` and `port`; what follows is the tunnel.
pub(super) async fn connect(
    stream: &mut TcpStream,
    host: &str,
    port: u16,
    login: Option<&Login>,
) -> Result<(), ProxyError> {
    let target = host_and_port(host, port);
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(Login { username, password }) = login {
        let pair = [username.as_bytes(), b":", password.expose()].concat();
        // writing to a string cannot fail
        let _ = write!(request, "Proxy-Authorization: Basic {}\r\n", BASE64.encode(&pair));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(ProxyError::of_io)?;
    let answer = loop {
        let head = read_head(stream).await?;
        if !head.is_interim() {
            break head;
        }
    };
    match answer {
        Head { status: 200..=299, .. } => Ok(()),
        Head { status: LOGIN_REQUIRED, .. } if login.is_none() => Err(ProxyError::LoginNeeded),
        Head { status: LOGIN_REQUIRED | UNAUTHORIZED, .. } if login.is_some() => {
            Err(ProxyError::LoginRefused)
        }
        Head { status, reason, .. } => Err(ProxyError::Status { target, status, reason }),
    }
}

/// Takes the head off the connection, and nothing of what follows it: that is the broker's.
async fn read_head(stream: &mut TcpStream) -> Result<Head, ProxyError> {
    let mut bytes = Vec::new();
    let mut chunk = [0; CHUNK];
    loop {
        let seen = stream.peek(&mut chunk).await.map_err(ProxyError::of_io)?;
        let before = bytes.len();
        bytes.extend_from_slice(chunk.get(..seen).unwrap_or_default());
        let found = Head::parse(&bytes)?;
        let taken = found.as_ref().map_or(seen, |(_, size)| size.saturating_sub(before));
        let taken = chunk.get_mut(..taken).unwrap_or_default();
        stream.read_exact(taken).await.map_err(ProxyError::of_io)?;
        match found {
            Some((head, _)) => return Ok(head),
            None if seen == 0 => return Err(HeadError::Closed.into()),
            None if bytes.len() > MAX_HEAD => return Err(HeadError::TooLong.into()),
            None => {}
        }
    }
}
