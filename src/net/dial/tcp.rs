//! From a host and port to a TCP connection, from an address of choice.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};

use super::Stage;
use crate::net::race::{interleave, race};
use crate::net::resolve::{is_absent, resolve};
use crate::net::{Address, DialError};

/// Connects to the host, from the local address that `bind` names if it does.
pub(in crate::net) async fn connect(
    host: &str,
    port: u16,
    bind: Option<&str>,
    stage: &mut Stage,
) -> Result<TcpStream, DialError> {
    let Some(bind) = bind else {
        return connect_by(host, port, stage, resolve(host, port), |address| {
            connect_to(address, None)
        })
        .await;
    };
    let own = own_addresses(bind, stage).await?;
    let from = |to: SocketAddr| own.iter().copied().find(|own| own.is_ipv4() == to.is_ipv4());
    let reachable = async {
        let mut addresses = resolve(host, port).await?;
        let any = !addresses.is_empty();
        addresses.retain(|address| from(*address).is_some());
        Ok((addresses, any))
    };
    *stage = Stage::Lookup(host.to_owned());
    let (addresses, any) =
        reachable.await.map_err(|source| DialError::Lookup { host: host.to_owned(), source })?;
    if any && addresses.is_empty() {
        return Err(DialError::BindFamily { bind: bind.to_owned(), host: host.to_owned() });
    }
    let addresses = std::future::ready(Ok(addresses));
    connect_by(host, port, stage, addresses, |address| connect_to(address, from(address))).await
}

/// Lookup and race; tests bring their own of both.
pub(super) async fn connect_by<Lookup, Connect, Attempt, Winner>(
    host: &str,
    port: u16,
    stage: &mut Stage,
    lookup: Lookup,
    connect: Connect,
) -> Result<Winner, DialError>
where
    Lookup: Future<Output = io::Result<Vec<SocketAddr>>>,
    Connect: Fn(SocketAddr) -> Attempt,
    Attempt: Future<Output = io::Result<Winner>>,
{
    *stage = Stage::Lookup(host.to_owned());
    let addresses =
        lookup.await.map_err(|source| DialError::Lookup { host: host.to_owned(), source })?;
    let address = Address::Tcp { host: host.to_owned(), port };
    *stage = Stage::Connect(address.to_string());
    race(interleave(&addresses), connect).await.map_err(|error| match error {
        Some(error) => DialError::new(&address, error),
        None => DialError::NoAddress { host: host.to_owned() },
    })
}

/// The addresses of this host that a name stands for, one a family at least.
async fn own_addresses(bind: &str, stage: &mut Stage) -> Result<Vec<SocketAddr>, DialError> {
    *stage = Stage::Lookup(bind.to_owned());
    let mut addresses = resolve(bind, 0)
        .await
        .map_err(|source| DialError::Lookup { host: bind.to_owned(), source })?;
    // the attempts bind again, each a socket of its own: here it shows which addresses can be
    // bound at all, apart from what the other end says
    let mut failure = None;
    addresses.retain(|address| match bound(*address) {
        Ok(_) => true,
        Err(error) => {
            failure = Some(error);
            false
        }
    });
    match (addresses.is_empty(), failure) {
        (false, _) => Ok(addresses),
        (true, None) => Err(DialError::NoAddress { host: bind.to_owned() }),
        (true, Some(error)) if is_absent(&error) => {
            Err(DialError::ForeignBind { bind: bind.to_owned() })
        }
        (true, Some(source)) => {
            Err(DialError::Io { address: format!("anything from {bind}"), source })
        }
    }
}

/// A socket with this local address, on a port of the system's choice.
fn bound(own: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if own.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(own)?;
    Ok(socket)
}

async fn connect_to(address: SocketAddr, own: Option<SocketAddr>) -> io::Result<TcpStream> {
    let stream = match own {
        None => TcpStream::connect(address).await?,
        Some(own) => bound(own)?.connect(address).await?,
    };
    if is_own(&stream, address) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    // when it fails, messages are late; when the connection is broken, the first read tells
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Whether the socket was connected to itself.
///
/// A port of the outgoing range, where nothing listens, may be given to the very socket that dials
/// it; TCP then connects it to itself, and holds the port so that the broker cannot come back.
pub(super) fn is_own(stream: &TcpStream, address: SocketAddr) -> bool {
    stream.local_addr().is_ok_and(|own| own == address)
}
