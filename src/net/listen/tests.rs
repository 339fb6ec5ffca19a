use tokio::net::TcpStream;

use super::*;
use crate::net::{Address, DialOptions, dial};

async fn loopback(port: u16) -> Result<Listener, BindError> {
    Listener::bind(&ListenAddress::Loopback { port }).await
}

/// The addresses of the sockets within; one on hosts without IPv6.
fn addresses(listener: &Listener) -> Vec<SocketAddr> {
    let address = |socket: &Socket| match socket {
        Socket::Tcp(listener) => listener.local_addr().unwrap(),
        #[cfg(unix)]
        Socket::Unix { .. } => panic!("not TCP"),
    };
    listener.sockets.iter().map(address).collect()
}

#[tokio::test]
async fn loopback_is_both_families_on_one_port() {
    let listener = loopback(0).await.unwrap();
    let port = listener.port().unwrap();
    assert_ne!(port, 0);
    assert_eq!(listener.address(), format!("127.0.0.1:{port}"));
    assert!(listener.is_loopback());
    for address in addresses(&listener) {
        let (dialled, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, peer) = accepted.unwrap();
        assert_eq!(peer, Peer::Tcp(dialled.unwrap().local_addr().unwrap()));
        assert!(peer.is_loopback());
        assert!(matches!(stream, Stream::Tcp(stream) if stream.nodelay().unwrap()));
    }

    let error = loopback(port).await.unwrap_err();
    assert_eq!(error.to_string(), format!("127.0.0.1:{port} is in use"));
    drop(listener);
    assert_eq!(loopback(port).await.unwrap().port(), Some(port));
}

#[tokio::test]
async fn no_socket_starves_another() {
    let listener = loopback(0).await.unwrap();
    let addresses = addresses(&listener);
    let mut waiting = Vec::new();
    for address in addresses.iter().cycle().take(4 * addresses.len()) {
        waiting.push(TcpStream::connect(address).await.unwrap());
    }
    let mut last = None;
    for _ in 0..waiting.len() {
        let (_, Peer::Tcp(peer)) = listener.accept().await.unwrap() else { panic!("not TCP") };
        let family = peer.is_ipv4();
        assert!(addresses.len() == 1 || last != Some(family), "one family twice in a row");
        last = Some(family);
    }
}

#[tokio::test]
async fn accept_may_be_given_up_and_asked_again() {
    let listener = loopback(0).await.unwrap();
    tokio::select! {
        biased;
        _ = listener.accept() => panic!("nobody dialled"),
        () = std::future::ready(()) => {}
    }
    let address = Address::Tcp { host: "localhost".to_owned(), port: listener.port().unwrap() };
    let options = DialOptions::default();
    let (dialled, accepted) = tokio::join!(dial(&address, &options), listener.accept());
    dialled.unwrap();
    accepted.unwrap();
}

#[tokio::test]
async fn hosts_are_literal_named_or_every() {
    let bind = async |host: &str| {
        Listener::bind(&ListenAddress::Tcp { host: host.to_owned(), port: 0 }).await
    };
    let literal = bind("127.0.0.1").await.unwrap();
    assert!(literal.is_loopback());
    assert_eq!(addresses(&literal).len(), 1);
    assert!(bind("localhost").await.unwrap().is_loopback());
    let every = bind("*").await.unwrap();
    assert!(!every.is_loopback());
    assert!(addresses(&every).iter().all(|address| address.ip().is_unspecified()));
    // TEST-NET-3: an address that no host has
    let error = bind("203.0.113.1").await.unwrap_err();
    assert!(matches!(error, BindError::NotLocal { .. }), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_accept_and_leave_no_file() {
    let folder = socket_file::tests::Folder::new();
    let path = folder.path("socket");
    let at = ListenAddress::Unix(path.clone());
    let listener = Listener::bind(&at).await.unwrap();
    assert_eq!(listener.port(), None);
    assert_eq!(listener.address(), path.display().to_string());
    assert!(listener.is_loopback());
    let error = Listener::bind(&at).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} is in use", path.display()));

    let address = Address::Unix(path.clone());
    let options = DialOptions::default();
    let (dialled, accepted) = tokio::join!(dial(&address, &options), listener.accept());
    dialled.unwrap();
    assert_eq!(accepted.unwrap().1, Peer::Unix);
    drop(listener);
    assert!(!path.exists());
}

/// Binds nothing; port 0 counts up from 100.
fn counting(
    mut taken: impl FnMut(SocketAddr) -> Option<io::ErrorKind>,
) -> impl FnMut(SocketAddr) -> io::Result<((), SocketAddr)> {
    let mut next = 100;
    move |mut address| {
        if address.port() == 0 {
            address.set_port(next);
            next += 1;
        }
        taken(address).map_or(Ok(((), address)), |kind| Err(kind.into()))
    }
}

#[test]
fn a_free_port_is_free_in_both_families() {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let pair = |port| LOOPBACK.map(|ip| SocketAddr::new(ip, port));
    let ports = |outcome: Result<Vec<((), SocketAddr)>, BindError>| -> Result<Vec<u16>, String> {
        let bound = outcome.map_err(|error| error.to_string())?;
        Ok(bound.iter().map(|((), address)| address.port()).collect())
    };
    let run = |port, taken: fn(SocketAddr) -> Option<io::ErrorKind>| {
        ports(bind_together(&pair(port), "localhost", counting(taken)))
    };

    let taken_below_103 = |at: SocketAddr| (at.is_ipv6() && at.port() < 103).then_some(AddrInUse);
    assert_eq!(run(0, taken_below_103), Ok(vec![103, 103]));
    assert_eq!(run(102, taken_below_103), Err("[::1]:102 is in use".to_owned()));
    assert_eq!(run(0, |_| Some(AddrInUse)), Err("127.0.0.1:0 is in use".to_owned()));

    assert_eq!(run(0, |at| at.is_ipv6().then_some(AddrNotAvailable)), Ok(vec![100]));
    // the fake counted 100 for the address that was not there
    assert_eq!(run(0, |at| at.is_ipv4().then_some(AddrNotAvailable)), Ok(vec![101]));
    let error = run(7, |_| Some(AddrNotAvailable)).unwrap_err();
    assert_eq!(error, "[::1]:7 is not an address of this host");
    let error = run(80, |_| Some(PermissionDenied)).unwrap_err();
    assert_eq!(error, "no permission to listen on 127.0.0.1:80");
}

#[test]
fn accepting_pauses_longer_while_it_fails() {
    let pauses = [0, 1, 2, 3, 7, 8, 9, u32::MAX].map(|failures| accept_pause(failures).as_millis());
    assert_eq!(pauses, [10, 10, 20, 40, 640, 1000, 1000, 1000]);
}
