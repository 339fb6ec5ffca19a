//! A session that an earlier run left behind, with identifiers that are not released.

use std::io::{Read, Write};
use std::net::TcpStream;

use mq::codec::{Connect, Packet, PacketId, Properties, Publish, Qos, Version};

use crate::support::PATIENCE;
use crate::support::broker::{Broker, Got};
use crate::support::mq::start;

const WORDS: [&str; 9] = ["pub", "-t", "a", "-l", "-q", "2", "-c", "-i", "me"];

#[test]
fn identifiers_are_freed_before_their_first_use() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let more = ["-V", version, "-p", &broker.port()];
        let mut running = start(WORDS.iter().chain(&more));
        running.feed("one\ntwo\n");
        let mut first = broker.accept();
        first.hello();
        first.connack(true, &[]);
        assert_eq!((first.next(), first.next()), (Got::Pubrel(1), Got::Pubrel(2)));
        first.pubcomp(1);
        assert_eq!(first.message().payload, b"one");
        drop(first);
        // What the cut left open goes on where it was.
        let mut second = broker.accept();
        second.hello();
        second.connack(true, &[]);
        let again = second.message();
        assert_eq!((again.id, again.dup), (1, true));
        second.pubrec(1);
        let messages = second.take_all();
        assert_eq!((messages[0].id, messages[0].dup), (2, false));
        assert_eq!((messages.len(), messages[0].payload.as_slice()), (1, &b"two"[..]));
        running.finish().exits(0);
    }
}

#[test]
fn a_line_is_not_taken_for_the_repeat_of_an_earlier_runs() {
    let broker = mq::broker::Broker::start(mq::broker::Options::default()).unwrap();
    let port = broker.port().unwrap();
    leave_unreleased(port);
    let port = port.to_string();
    let listen =
        ["sub", "-t", "a", "-q", "2", "-C", "1", "-p", &port, "--", env!("CARGO_BIN_EXE_mq")];
    let publish = ["-V", "311", "-m", "new", "-p", &port];
    let words = WORDS.iter().filter(|word| **word != "-l");
    start(listen.iter().chain(words).chain(&publish)).finish().exits(0).prints("new\n");
}

/// Publishes with identifier 1, and leaves without PUBREL.
fn leave_unreleased(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut out = Vec::new();
    let connect = Connect {
        version: Version::V311,
        clean: false,
        keep_alive: 60,
        client_id: "me",
        will: None,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    };
    Packet::Connect(connect).encode(Version::V311, &mut out).unwrap();
    let message = Publish {
        dup: false,
        qos: Qos::ExactlyOnce,
        retain: false,
        topic: "a",
        id: PacketId::new(1),
        properties: Properties::EMPTY,
        payload: b"old",
    };
    Packet::Publish(message).encode(Version::V311, &mut out).unwrap();
    stream.write_all(&out).unwrap();
    // CONNACK and PUBREC.
    stream.read_exact(&mut [0; 8]).unwrap();
}
