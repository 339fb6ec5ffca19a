use std::error::Error as _;
use std::future::{pending, ready};
use std::io::ErrorKind;

use tokio::net::TcpListener;

use super::*;

use std::future::Future;
use std::net::SocketAddr;

const LIMIT: Duration = Duration::from_secs(10);

fn tcp(host: &str, port: u16) -> Address {
    Address::Tcp { host: host.to_owned(), port }
}

fn found(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Dials `h` or another host with a lookup and connections of the test's own.
async fn dial_with<Attempt: Future<Output = io::Result<Winner>>, Winner>(
    host: &str,
    port: u16,
    lookup: impl Future<Output = io::Result<Vec<SocketAddr>>>,
    connect: impl Fn(SocketAddr) -> Attempt,
) -> Result<Winner, DialError> {
    within(LIMIT, async |stage| tcp::connect_by(host, port, stage, lookup, connect).await).await
}

/// A port where nothing listens: held, so that nobody else is given it, but not listening.
fn closed_port() -> (socket2::Socket, u16) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    (socket, port)
}

#[tokio::test]
async fn literal_addresses_and_localhost_connect_without_delay_of_small_writes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST."] {
        let stream = dial(&tcp(host, port), &DialOptions::default()).await.unwrap();
        let Stream::Tcp(stream) = stream else { panic!("not TCP") };
        assert!(stream.nodelay().unwrap());
        assert_eq!(stream.peer_addr().unwrap().port(), port);
    }
}

#[tokio::test]
async fn localhost_reaches_a_broker_on_the_second_family() {
    // not there on hosts without IPv6, where there is nothing to fall over to
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let port = listener.local_addr().unwrap().port();
    let stream = dial(&tcp("localhost", port), &DialOptions::default()).await.unwrap();
    assert!(matches!(stream, Stream::Tcp(stream) if stream.peer_addr().unwrap().is_ipv6()));
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let (_held, port) = closed_port();
    for host in ["127.0.0.1", "localhost"] {
        let error = dial(&tcp(host, port), &DialOptions::default()).await.unwrap_err();
        assert!(error.is_refused(), "{error:?}");
        assert_eq!(error.to_string(), format!("{host}:{port} refused the connection"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_spans_lookup_and_connect() {
    let (host, port) = ("broker.example", 1883);
    let hangs = |_| pending::<io::Result<()>>();

    let error = dial_with(host, port, pending(), hangs).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer about the name broker.example within 10s");

    let slow = async {
        tokio::time::sleep(LIMIT / 2).await;
        Ok(found(&["192.0.2.1:1883", "[2001:db8::1]:1883"]))
    };
    let began = tokio::time::Instant::now();
    let error = dial_with(host, port, slow, hangs).await.unwrap_err();
    assert_eq!(error.to_string(), "broker.example:1883 did not answer within 10s");
    assert_eq!(began.elapsed().as_secs(), LIMIT.as_secs());
    assert!(!error.is_refused());
}

#[tokio::test(start_paused = true)]
async fn lookups_fail_with_their_name() {
    let connect = |_| ready(Ok(()));
    let missing = ready(Err(ErrorKind::NotFound.into()));
    let error = dial_with("h", 1, missing, connect).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot look up the name h");
    assert!(error.source().is_some());
    let error = dial_with("h", 1, ready(Ok(found(&[]))), connect).await.unwrap_err();
    assert_eq!(error.to_string(), "the name h has no address");
}

#[tokio::test(start_paused = true)]
async fn families_are_tried_in_turn() {
    let lookup = ready(Ok(found(&["[::1]:1", "[::2]:1", "192.0.2.1:1"])));
    let connect = |address: SocketAddr| async move {
        if address.is_ipv6() { pending().await } else { Ok(address) }
    };
    let began = tokio::time::Instant::now();
    let winner = dial_with("h", 1, lookup, connect).await.unwrap();
    assert!(winner.is_ipv4());
    assert_eq!(began.elapsed().as_millis(), 250);
}

#[tokio::test]
async fn a_socket_connected_to_itself_is_a_refusal() {
    // the kernel gives a dialling socket its own port only by chance, so it is arranged here
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let own = socket.local_addr().unwrap();
    let stream = socket.connect(own).await;
    assert!(stream.is_err() || stream.is_ok_and(|s| tcp::is_own(&s, own)));
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_connect_or_tell_what_is_missing() {
    let folder = super::super::socket_file::tests::Folder::new();
    let path = folder.path("dialled");
    let address = Address::Unix(path.clone());
    let error = dial(&address, &DialOptions::default()).await.unwrap_err();
    assert!(error.is_refused());
    assert_eq!(error.to_string(), format!("there is no socket at {}", path.display()));

    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    assert!(matches!(dial(&address, &DialOptions::default()).await, Ok(Stream::Unix(_))));

    drop(listener);
    let error = dial(&address, &DialOptions::default()).await.unwrap_err();
    assert!(matches!(&error, DialError::Refused { .. }), "{error:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_unix_socket_without_room_is_busy_not_gone() {
    use socket2::{Domain, SockAddr, Socket, Type};

    let folder = super::super::socket_file::tests::Folder::new();
    let path = folder.path("busy");
    let new_socket = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let listener = new_socket();
    listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    listener.listen(1).unwrap();
    let mut queued = Vec::new();
    loop {
        let socket = new_socket();
        socket.set_nonblocking(true).unwrap();
        match socket.connect(&SockAddr::unix(&path).unwrap()) {
            Ok(()) => queued.push(socket),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }

    let at = crate::net::ListenAddress::Unix(path.clone());
    let error = crate::net::Listener::bind(&at).await.unwrap_err();
    assert!(matches!(&error, crate::net::BindError::InUse { .. }), "{error:?}");

    let address = Address::Unix(path);
    let room = async { listener.accept().map(drop) };
    let options = DialOptions::default();
    let (dialled, accepted) = tokio::join!(dial(&address, &options), room);
    accepted.unwrap();
    assert!(dialled.is_ok(), "{dialled:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_other_end_sees_the_address_that_was_bound() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let from = |bind: &str| DialOptions { bind: Some(bind.to_owned()), ..DialOptions::default() };
    let met = async |host: &str, bind: &str| {
        let (address, options) = (tcp(host, port), from(bind));
        let (dialled, accepted) = tokio::join!(dial(&address, &options), listener.accept());
        assert!(dialled.is_ok(), "{dialled:?}");
        accepted.unwrap().1.ip().to_string()
    };
    assert_eq!(met("127.0.0.1", "127.0.0.2").await, "127.0.0.2");
    assert_eq!(met("localhost", "localhost").await, "127.0.0.1", "the family that fits is taken");
}

#[tokio::test]
async fn an_address_that_cannot_be_bound_or_does_not_fit_is_told() {
    let (_held, port) = closed_port();
    let error = async |bind: &str, host: &str| {
        let bind = Some(bind.to_owned());
        let options = DialOptions { bind, ..DialOptions::default() };
        dial(&tcp(host, port), &options).await.unwrap_err().to_string()
    };
    let foreign = error("192.0.2.1", "127.0.0.1").await;
    assert_eq!(foreign, "cannot connect from 192.0.2.1: it is no address of this host");
    let family = error("127.0.0.1", "::1").await;
    assert!(family.starts_with("cannot connect from 127.0.0.1 to ::1"), "{family}");
    assert!(error("no name\0", "127.0.0.1").await.contains("cannot look up the name"));
    assert!(error("127.0.0.1", "127.0.0.1").await.ends_with("refused the connection"));
}
