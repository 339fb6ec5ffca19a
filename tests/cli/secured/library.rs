//! What has no option of `mq broker`: PROXY headers, and certificates that change while it serves.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mq::broker::access::{Grant, Rank, Rule, Who};
use mq::broker::{
    Access, Broker, CertificateUser, Event, Limits, ListenerOptions, Options, Policy,
};
use mq::net::{
    ClientCertificate, Entrance, ListenAddress, ProxyHeader, TlsServer, TlsServerOptions, clock,
};

use super::{CONNECT, CONNECT_US, Secure, client, expect, greet, greet_by, ping, rest, secured};
use crate::support::PATIENCE;
use crate::support::certificates::{Authority, Folder};
use crate::support::tls::BOTH;

/// A broker in this process, and what happens in it.
struct Observed {
    broker: Broker,
    said: Arc<Mutex<Vec<String>>>,
}

impl Observed {
    fn start(entrance: Entrance, policy: Policy, limits: Limits) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&said);
        let observer = move |event: Event<'_>| {
            let line = match event {
                Event::Connected { peer, client_id, .. } => format!("{client_id} from {peer}"),
                Event::Ended { peer, end, .. } => format!("{peer}: {end}"),
                other => format!("{other:?}"),
            };
            into.lock().unwrap().push(line);
        };
        let address = ListenAddress::Loopback { port: 0 };
        let listeners = vec![ListenerOptions { policy, entrance, ..ListenerOptions::new(address) }];
        let options = Options { listeners, limits, ..Options::default() };
        let broker = Broker::start_observed(options, Some(Box::new(observer))).unwrap();
        Self { broker, said }
    }

    fn dial(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.broker.port().unwrap())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    #[track_caller]
    fn wait_until_it_says(&self, words: &str) {
        let deadline = clock::now() + PATIENCE;
        while !self.said.lock().unwrap().iter().any(|line| line.contains(words)) {
            assert!(clock::now() < deadline, "{words:?}: {:?}", self.said.lock().unwrap());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn behind_a_proxy(header: ProxyHeader) -> Entrance {
    Entrance { proxy_header: Some(header), ..Entrance::default() }
}

/// Version 2, for 192.0.2.1:4660, with these fields behind the addresses.
fn version_2(fields: &[u8]) -> Vec<u8> {
    let addresses = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x07, 0x5B];
    let length = u16::try_from(addresses.len() + fields.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n\x21\x11", &length[..], &addresses, fields].concat()
}

#[test]
fn a_proxy_tells_where_a_client_comes_from() {
    let line = b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\r\n".to_vec();
    for (header, bytes) in [
        (ProxyHeader::Version1, line),
        (ProxyHeader::Version2 { requires_tls: false }, version_2(b"")),
    ] {
        let broker = Observed::start(behind_a_proxy(header), Policy::default(), Limits::default());
        let mut stream = broker.dial();
        // Header and CONNECT may come in one piece, or byte by byte.
        stream.write_all(&[&bytes[..], CONNECT].concat()).unwrap();
        expect(&mut stream, super::CONNACK);
        broker.wait_until_it_says("me from 192.0.2.1:4660");
        ping(&mut stream);
        let mut slow = broker.dial();
        slow.set_nodelay(true).unwrap();
        for byte in &bytes {
            slow.write_all(&[*byte]).unwrap();
        }
        greet(&mut slow);
    }
}

#[test]
fn without_its_header_nobody_comes_in_and_half_a_one_is_cut_at_the_deadline() {
    let limits = Limits { connect_deadline: Duration::from_millis(300), ..Limits::default() };
    for header in [ProxyHeader::Version1, ProxyHeader::Version2 { requires_tls: false }] {
        let broker = Observed::start(behind_a_proxy(header), Policy::default(), limits.clone());
        for bytes in [CONNECT, b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 x\r\n", &[0; 300]] {
            let mut stream = broker.dial();
            stream.write_all(bytes).unwrap();
            assert_eq!(rest(&mut stream), b"");
        }
        broker.wait_until_it_says("only the proxy may connect here");
        for bytes in [&b"PROXY TCP4 192.0.2.1"[..], b"\r\n\r\n\0\r\nQUIT\n\x21", b""] {
            let mut stream = broker.dial();
            stream.write_all(bytes).unwrap();
            assert_eq!(rest(&mut stream), b"");
        }
        if header == ProxyHeader::Version1 {
            broker.wait_until_it_says("the PROXY header is malformed");
        }
        broker.wait_until_it_says("no complete CONNECT in time");
    }
}

#[test]
fn the_name_in_a_certificate_that_the_proxy_checked_is_the_users() {
    let field = |kind: u8, value: &[u8]| {
        [&[kind, 0, u8::try_from(value.len()).unwrap()][..], value].concat()
    };
    let tls = |client: u8, name: &str| {
        let value = [&[client, 0, 0, 0, 0][..], &field(0x22, name.as_bytes())].concat();
        version_2(&field(0x20, &value))
    };
    let mut access = Access::default();
    access.add_rule(Rule {
        who: Who::User("pump".into()),
        grant: Grant::ReadWrite,
        filter: "a".into(),
        rank: Rank::Granted,
        is_pattern: false,
    });
    let policy = Policy {
        access: Arc::new(access),
        certificate_user: CertificateUser::CommonName,
        ..Policy::default()
    };
    let header = ProxyHeader::Version2 { requires_tls: true };
    let broker = Observed::start(behind_a_proxy(header), policy, Limits::default());
    let subscribed = |name: &str| {
        let mut stream = broker.dial();
        stream.write_all(&tls(0b111, name)).unwrap();
        greet(&mut stream);
        // SUBSCRIBE to `a`
        stream.write_all(b"\x82\x06\x00\x01\x00\x01a\x00").unwrap();
        expect(&mut stream, b"\x90\x03\x00\x01\x00");
        // PUBLISH to it, and a ping
        stream.write_all(b"\x30\x04\x00\x01ax\xC0\x00").unwrap();
        let mut first = [0; 1];
        stream.read_exact(&mut first).unwrap();
        first[0]
    };
    assert_eq!(subscribed("pump"), 0x30);
    assert_eq!(subscribed("meter"), 0xD0);
    for bytes in [tls(0b001, "pump"), tls(0b111, "")] {
        let mut stream = broker.dial();
        stream.write_all(&[&bytes[..], CONNECT].concat()).unwrap();
        expect(&mut stream, &[0x20, 2, 0, 4]);
    }
    let mut stream = broker.dial();
    stream.write_all(&[&version_2(b"")[..], CONNECT].concat()).unwrap();
    assert_eq!(rest(&mut stream), b"");
    broker.wait_until_it_says("came without TLS, which is required");
}

#[test]
fn tls_may_come_behind_the_header_of_a_proxy() {
    let folder = Folder::new();
    let authority = Authority::new("our authority");
    let tls = TlsServer::load(files(&folder, &authority)).unwrap();
    let entrance = Entrance { tls: Some(tls), ..behind_a_proxy(ProxyHeader::Version1) };
    let broker = Observed::start(entrance, Policy::default(), Limits::default());
    let mut stream = broker.dial();
    stream.write_all(b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\r\n").unwrap();
    greet(&mut secured(&client(&folder.path("ca"), None, BOTH), stream));
    broker.wait_until_it_says("me from 192.0.2.1:4660");
}

/// Certificate, key and authority in a folder.
fn files(folder: &Folder, authority: &Authority) -> TlsServerOptions {
    let issued = authority.issue(|_| {});
    let ca_file = folder.file("ca", authority.pem());
    TlsServerOptions {
        certificate: folder.file("c", issued.pem()).into(),
        key: folder.file("k", issued.key_pem()).into(),
        ca_file: Some(ca_file.into()),
        ..TlsServerOptions::default()
    }
}

fn kind(stream: &Secure) -> String {
    format!("{:?}", stream.conn.handshake_kind().unwrap())
}

#[test]
fn certificates_are_changed_while_it_serves_and_bad_ones_change_nothing() {
    let folder = Folder::new();
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let tls = TlsServer::load(files(&folder, &first)).unwrap();
    let entrance = Entrance { tls: Some(tls.clone()), ..Entrance::default() };
    let broker = Observed::start(entrance, Policy::default(), Limits::default());
    let trusts_first = client(&folder.path("ca"), None, BOTH);
    let mut early = secured(&trusts_first, broker.dial());
    greet(&mut early);
    ping(&mut early);

    folder.file("k", "nothing");
    assert!(tls.reload().is_err());
    let mut again = secured(&trusts_first, broker.dial());
    greet_by(CONNECT_US, &mut again);
    ping(&mut again);
    assert_eq!(kind(&again), "Resumed");

    files(&folder, &second);
    tls.reload().unwrap();
    let trusts_second = client(&folder.path("ca"), None, BOTH);
    greet_by(CONNECT_US, &mut secured(&trusts_second, broker.dial()));
    // Who has an old ticket is shown the new certificate, too.
    let mut old = secured(&trusts_first, broker.dial());
    assert!(old.write_all(CONNECT).is_err() || old.read(&mut [0]).is_err());
    // Who was in stays in.
    ping(&mut early);
}

#[test]
fn dates_of_clients_can_be_passed_over_and_nothing_else() {
    let folder = Folder::new();
    let authority = Authority::new("our authority");
    let options = TlsServerOptions {
        client_certificate: ClientCertificate::Required,
        ignore_client_dates: true,
        ..files(&folder, &authority)
    };
    let entrance = Entrance { tls: Some(TlsServer::load(options).unwrap()), ..Entrance::default() };
    let broker = Observed::start(entrance, Policy::default(), Limits::default());
    let dated = |authority: &Authority, from, until| {
        authority.issue(|params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            crate::support::certificates::valid(params, from, until);
        })
    };
    let stranger = Authority::new("a stranger");
    for (issued, is_let_in) in [
        (dated(&authority, -9, -3), true),
        (dated(&authority, 3, 9), true),
        (dated(&authority, -9, 9), true),
        (dated(&stranger, -9, -3), false),
        (authority.issue(|params| crate::support::certificates::valid(params, -9, -3)), false),
    ] {
        let own = (folder.file("x.c", issued.pem()), folder.file("x.k", issued.key_pem()));
        let config = client(&folder.path("ca"), Some((&own.0, &own.1)), BOTH);
        let mut stream = secured(&config, broker.dial());
        let _ = stream.write_all(CONNECT);
        let mut answer = [0; 4];
        assert_eq!(stream.read_exact(&mut answer).is_ok(), is_let_in);
    }
}
