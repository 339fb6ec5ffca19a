//! SOCKS5 (RFC 1928) with a user name and password (RFC 1929).

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Login, ProxyError, literal};
use crate::net::address::host_and_port;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const WITH_LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xFF;
/// The version of RFC 1929.
const LOGIN_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

const NOT_SOCKS: ProxyError = ProxyError::NotProxy("SOCKS5");

/// What the code of an answer means (RFC 1928, 6).
pub(super) const fn words(reply: u8) -> &'static str {
    match reply {
        1 => "it failed for a reason of its own",
        2 => "its rules do not allow it",
        3 => "the network is unreachable",
        4 => "the host is unreachable or its name unknown",
        5 => "the connection was refused",
        6 => "the way is too long (TTL expired)",
        7 => "it does not serve CONNECT",
        8 => "it does not serve this kind of address",
        _ => "it gave an unknown code",
    }
}

/// Asks the proxy at the other end to connect to `host` and `port`; what follows is the tunnel.
pub(super) async fn connect(
    stream: &mut TcpStream,
    host: &str,
    port: u16,
    login: Option<&Login>,
) -> Result<(), ProxyError> {
    let offer: &[u8] = match login {
        None => &[VERSION, 1, NO_LOGIN],
        Some(_) => &[VERSION, 2, NO_LOGIN, WITH_LOGIN],
    };
    let request = request(host, port)?;
    match (ask(stream, offer).await?, login) {
        ([VERSION, NO_LOGIN], _) => {}
        ([VERSION, WITH_LOGIN], Some(login)) => log_in(stream, login).await?,
        ([VERSION, NO_METHOD], None) => return Err(ProxyError::LoginNeeded),
        ([VERSION, _], _) => return Err(ProxyError::LoginNotServed),
        _ => return Err(NOT_SOCKS),
    }
    let bound = match ask(stream, &request).await? {
        [VERSION, 0, 0, kind] => match kind {
            IPV4 => 4,
            IPV6 => 16,
            NAME => usize::from(read::<1>(stream).await?[0]),
            _ => return Err(NOT_SOCKS),
        },
        [VERSION, reply, _, _] if reply != 0 => {
            return Err(ProxyError::Reply { target: host_and_port(host, port), reply });
        }
        _ => return Err(NOT_SOCKS),
    };
    // the address and port that the proxy connects from, which nobody needs
    let mut rest = vec![0; bound.saturating_add(2)];
    stream.read_exact(&mut rest).await.map(drop).map_err(ProxyError::of_io)
}

async fn log_in(stream: &mut TcpStream, login: &Login) -> Result<(), ProxyError> {
    let mut message = vec![LOGIN_VERSION];
    for part in [login.username.as_bytes(), login.password.expose()] {
        push_counted(part, &mut message).ok_or(ProxyError::LoginRefused)?;
    }
    match ask(stream, &message).await? {
        [_, 0] => Ok(()),
        _ => Err(ProxyError::LoginRefused),
    }
}

fn request(host: &str, port: u16) -> Result<Vec<u8>, ProxyError> {
    let mut message = vec![VERSION, CONNECT, 0];
    match literal(host) {
        Some(IpAddr::V4(address)) => {
            message.push(IPV4);
            message.extend_from_slice(&address.octets());
        }
        Some(IpAddr::V6(address)) => {
            message.push(IPV6);
            message.extend_from_slice(&address.octets());
        }
        None => {
            message.push(NAME);
            push_counted(host.as_bytes(), &mut message).ok_or(ProxyError::LongName)?;
        }
    }
    message.extend_from_slice(&port.to_be_bytes());
    Ok(message)
}

/// One byte with the length, then the bytes; `None` when one byte cannot tell it.
fn push_counted(bytes: &[u8], message: &mut Vec<u8>) -> Option<()> {
    message.push(u8::try_from(bytes.len()).ok()?);
    message.extend_from_slice(bytes);
    Some(())
}

async fn ask<const SIZE: usize>(
    stream: &mut TcpStream,
    message: &[u8],
) -> Result<[u8; SIZE], ProxyError> {
    stream.write_all(message).await.map_err(ProxyError::of_io)?;
    read(stream).await
}

async fn read<const SIZE: usize>(stream: &mut TcpStream) -> Result<[u8; SIZE], ProxyError> {
    let mut answer = [0; SIZE];
    let outcome: io::Result<usize> = stream.read_exact(&mut answer).await;
    outcome.map_err(ProxyError::of_io)?;
    Ok(answer)
}
