//! Who keeps the door busy: with half a handshake, with thousands of them, with bytes of one a
//! second.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use mq::net::clock;
use rustls::crypto::ring::default_provider;

use super::{CONNECT, CONNECT_US, Site, any, greet, greet_by, ping, rest, secured, serve};
use crate::support::mq::run;
use crate::support::tls::BOTH;

/// How long the broker waits for CONNECT, TLS included.
const DEADLINE: Duration = Duration::from_secs(10);

/// The hello of a client of TLS, as bytes.
fn hello(site: &Site) -> Vec<u8> {
    hello_of(any(site, None))
}

/// The hello of a client that will trust nobody.
pub(super) fn hello_to_anybody() -> Vec<u8> {
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(BOTH).unwrap();
    let builder = builder.with_root_certificates(rustls::RootCertStore::empty());
    hello_of(Arc::new(builder.with_no_client_auth()))
}

fn hello_of(config: Arc<rustls::ClientConfig>) -> Vec<u8> {
    struct Keeper(Vec<u8>);
    impl Read for Keeper {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::WouldBlock.into())
        }
    }
    impl Write for Keeper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut keeper = Keeper(Vec::new());
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut client = rustls::ClientConnection::new(config, name).unwrap();
    client.write_tls(&mut keeper).unwrap();
    keeper.0
}

/// When a connection is closed by the broker.
fn closed_after(stream: &mut TcpStream, begun: std::time::Instant) -> Duration {
    rest(stream);
    clock::now() - begun
}

#[test]
fn half_a_handshake_is_closed_at_the_deadline_of_connect() {
    let site = serve(&["--tls", "--wss", "0", "--ws", "0"]);
    let hello = hello(&site);
    let begun = clock::now();
    let mut stalled: Vec<TcpStream> = Vec::new();
    // silent, half a hello, a hello and nothing more, half a request
    for bytes in [&b""[..], &hello[..40], &hello] {
        for scheme in ["mqtts", "wss"] {
            let mut stream = site.dial(scheme);
            stream.write_all(bytes).unwrap();
            stalled.push(stream);
        }
    }
    let mut half = site.dial("ws");
    half.write_all(b"GET / HTTP/1.1\r\nUpgr").unwrap();
    stalled.push(half);
    // through TLS, and then silent or half a CONNECT
    let config = any(&site, None);
    let mut inside: Vec<_> = [&b""[..], &CONNECT[..9]]
        .into_iter()
        .map(|bytes| {
            let mut stream = secured(&config, site.dial("mqtts"));
            stream.conn.complete_io(&mut stream.sock).unwrap();
            stream.write_all(bytes).unwrap();
            stream.flush().unwrap();
            stream
        })
        .collect();
    for stream in &mut stalled {
        let after = closed_after(stream, begun);
        assert!(after > DEADLINE * 9 / 10, "closed after {after:?}");
    }
    for stream in &mut inside {
        let after = closed_after(&mut stream.sock, begun);
        assert!(after > DEADLINE * 9 / 10, "closed after {after:?}");
    }
    site.broker.wait_until_it_says("no complete CONNECT in time");
}

#[test]
fn a_hello_of_a_byte_a_second_is_cut_at_the_deadline_however_it_goes_on() {
    let site = serve(&["--tls"]);
    let hello = hello(&site);
    let mut stream = site.dial("mqtts");
    stream.set_nodelay(true).unwrap();
    let begun = clock::now();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut bytes = hello.iter();
    let after = loop {
        if let Some(byte) = bytes.next() {
            let _ = stream.write_all(&[*byte]);
        }
        match stream.read(&mut [0; 16]) {
            Ok(1..) => panic!("an answer to half a hello"),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => break clock::now() - begun,
        }
        assert!(clock::now() - begun < DEADLINE * 10, "it goes on for ever");
    };
    assert!(after > DEADLINE * 9 / 10, "closed after {after:?}");
}

#[test]
fn thousands_of_stalled_handshakes_keep_nobody_out() {
    let site = serve(&["--tls"]);
    let hello = hello(&site);
    let mut honest = secured(&any(&site, None), site.dial("mqtts"));
    greet(&mut honest);
    let before = site.broker.resident_kib();
    let stalled: Vec<_> = (0..1500)
        .map(|number: usize| {
            let mut stream = site.dial("mqtts");
            let _ = stream.write_all(&hello[..number % hello.len()]);
            stream
        })
        .collect();
    // Who is in is served, and who is honest gets in: the oldest that stalls makes room.
    ping(&mut honest);
    site.secure(&["pub", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    run(["pub", "-L", site.url("mqtt"), "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    let grown = site.broker.resident_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB");
    drop(stalled);
    ping(&mut honest);
}

#[test]
fn a_storm_of_connections_leaves_nothing_behind() {
    let site = serve(&["--tls", "--ws", "0"]);
    let hello = hello(&site);
    let mut honest = secured(&any(&site, None), site.dial("mqtts"));
    greet(&mut honest);
    let descriptors =
        || std::fs::read_dir(format!("/proc/{}/fd", site.broker.id())).unwrap().count();
    let open = descriptors();
    for round in 0..2000 {
        // come and gone: at once, with half a hello, with a whole one, in the middle of a request
        drop(site.dial("mqtts"));
        let mut stream = site.dial("mqtts");
        let _ = stream.write_all(&hello[..round % hello.len()]);
        let mut whole = site.dial("mqtts");
        let _ = whole.write_all(&hello);
        let mut half = site.dial("ws");
        let _ = half.write_all(b"GET / HTTP/1.1\r\n");
        drop(site.dial("mqtt"));
    }
    ping(&mut honest);
    let deadline = clock::now() + DEADLINE * 6;
    while descriptors() > open {
        assert!(clock::now() < deadline, "{} of {open} are open", descriptors());
        std::thread::sleep(Duration::from_millis(10));
    }
    site.secure(&["pub", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
}

#[test]
fn records_that_are_none_end_one_connection_alone() {
    let site = serve(&["--tls"]);
    let hello = hello(&site);
    let config = any(&site, None);
    let mut honest = secured(&config, site.dial("mqtts"));
    greet(&mut honest);
    let mut spoilt: Vec<Vec<u8>> = vec![
        b"\x16\x03\x01\xFF\xFF".to_vec(),
        b"\x16\x03\x01\x00\x00".repeat(100),
        [&b"\x16\x03\x01\x00\x04\x01\xFF\xFF\xFF"[..], &[0; 70_000]].concat(),
        b"\x15\x03\x01\x00\x02\x02\x28".to_vec(),
        b"\x16\x03".to_vec(),
    ];
    for at in (0..hello.len()).step_by(7) {
        let mut changed = hello.clone();
        changed[at] ^= 0xFF;
        spoilt.push(changed);
    }
    for bytes in &spoilt {
        let mut stream = site.dial("mqtts");
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        rest(&mut stream);
    }
    // What is broken after the handshake ends its own connection as well.
    let mut broken = secured(&config, site.dial("mqtts"));
    greet_by(CONNECT_US, &mut broken);
    broken.sock.write_all(b"\x17\x03\x03\x00\x14twenty bytes of junk").unwrap();
    rest(&mut broken);
    ping(&mut honest);
    site.end();
}
