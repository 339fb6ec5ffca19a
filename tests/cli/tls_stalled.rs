//! Secure connections whose other end is slow, silent or cut off, and much that passes one.

use std::net::Shutdown;

use mq::codec::Qos;

use super::tls::{Secured, welcome};
use crate::support::broker::{Broker, Peer};
use crate::support::certificates::{Authority, Folder};
use crate::support::mq::{Running, command, spawn, start};
use crate::support::tls::{Answer, accept, accept_peer};

#[test]
fn a_server_that_never_answers_has_its_time() {
    let (broker, folder) = (Broker::new(), Folder::new());
    let trusted = folder.file("ca.pem", Authority::new("CA").pem());
    let fixed = ["pub", "-t", "a", "-m", "x", "--cafile", &trusted, "-p", &broker.port()];
    let running = start(fixed.iter().chain(&["--connect-timeout", "300ms"]));
    let _held = broker.accept_stream();
    running.finish().exits(3).says("did not answer the TLS handshake within 300ms");
}

/// Waits until it has begun to send to a socket that nobody reads, and can send no more.
fn until_it_stalls(running: &Running, stream: &std::net::TcpStream) {
    let deadline = mq::net::clock::now() + crate::support::PATIENCE;
    while rustix::io::ioctl_fionread(stream).unwrap() == 0 {
        assert!(mq::net::clock::now() < deadline, "it sends nothing");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    running.wait_until_it_rests();
}

#[test]
fn lines_that_were_sealed_and_have_not_left_are_sent_on_the_next_link() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let trusted = folder.file("ca.pem", authority.pem());
    let answer = Answer::with(&authority.issue(|_| {}));
    let (broker, count) = (Broker::new(), 100_000);
    let line = |number: usize| format!("{number:0200}");
    let mut running: Running =
        start(["pub", "-t", "a", "-l", "-p", &broker.port(), "--cafile", &trusted]);
    running
        .feed((0..count).flat_map(|number| (line(number) + "\n").into_bytes()).collect::<Vec<_>>());

    let stream = accept(&broker, &answer).0.expect("a good handshake");
    let raw = stream.sock.stream.try_clone().unwrap();
    let mut first = Peer::over(stream);
    welcome(&mut first);
    until_it_stalls(&running, &raw);
    raw.shutdown(Shutdown::Write).unwrap();
    running.wait_until_it_says("trying again");
    let mut got = first.messages_until_the_end();
    assert!(!got.is_empty() && got.len() < count, "{} lines", got.len());

    let mut second = accept_peer(&broker, &answer).0.expect("a good handshake");
    welcome(&mut second);
    got.extend(second.take_all());
    running.finish().exits(0);
    assert_eq!(got.len(), count);
    for (number, message) in got.iter().enumerate() {
        assert_eq!(message.qos, Qos::AtMostOnce);
        assert_eq!(message.payload, line(number).as_bytes(), "line {number}");
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_hundred_megabytes_pass_unharmed_and_memory_stays_flat() {
    let secured = Secured::start(&[]);
    let folder = Folder::new();
    let half = 50_000_usize;
    let lines = |from: usize| {
        let each: Vec<_> = (from..from + half).map(|number| format!("{number:01023}\n")).collect();
        each.concat()
    };
    let (first, second) = (lines(0), lines(half));
    let (output, ready) = (folder.path("received"), folder.path("ready"));
    let deadline = mq::net::clock::now() + crate::support::PATIENCE;
    let soon = |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            assert!(mq::net::clock::now() < deadline, "too slow");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    };

    let subscribe = ["sub", "-t", "a", "-q", "1", "-C", "100000", "-W", "60"];
    let mut subscriber = command(secured.words(&subscribe));
    subscriber.args(["--", "touch", &ready]).stdout(std::fs::File::create(&output).unwrap());
    let subscriber = spawn(&mut subscriber);
    soon(&|| std::path::Path::new(&ready).exists());
    let mut publisher = start(secured.words(&["pub", "-t", "a", "-q", "1", "-l"]));
    publisher.write(&first);
    soon(&|| std::fs::metadata(&output).unwrap().len() >= first.len() as u64);
    let memory = [publisher.resident_kib(), subscriber.resident_kib()];
    assert!(memory.iter().all(|kib| *kib < 16 * 1024), "{memory:?} KiB");
    publisher.feed(second.clone());
    publisher.finish().exits(0);
    subscriber.finish().exits(0);
    assert!(std::fs::read_to_string(&output).unwrap() == first + &second);
}
