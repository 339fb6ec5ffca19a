//! Publishers that wait for their readers, and timers that wait for nobody.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use mq::broker::Limits;

use crate::harness::{broker_with, numbers};
use crate::raw::{Hello, Raw, publish, subscribe};

/// Longer than any test: what is to happen at once must not be saved by a timer.
const NEVER: Duration = Duration::from_hours(1);

#[test]
fn a_held_publisher_goes_on_as_soon_as_its_reader_does() {
    let limits = Limits { progress: NEVER, connect_deadline: NEVER, ..Limits::default() };
    let broker = broker_with(limits);
    let port = broker.port().expect("a TCP port");
    let mut reader = Raw::connect(port, Hello::new("reader"));
    reader.subscribe("flood", 0);
    let mut writer = Raw::connect(port, Hello::new("writer"));
    let messages = 40_000;
    let filler = vec![b' '; 1_000];
    let mut bytes = Vec::new();
    for number in numbers(messages) {
        bytes.extend(publish(None, "flood", &[number.as_bytes(), &filler[..]].concat()));
    }
    writer.stream.set_write_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let mut sent = 0;
    // The reader takes nothing until the writer is held.
    loop {
        match writer.stream.write(&bytes[sent..]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(sent < bytes.len(), "40 MB do not fit between the two");
    writer.stream.set_write_timeout(Some(crate::harness::PATIENCE)).expect("a timeout");
    let writing = std::thread::spawn(move || {
        writer.send(&bytes[sent..]);
        writer
    });
    for number in numbers(messages) {
        let message = reader.message();
        let text = String::from_utf8_lossy(&message);
        assert_eq!(text.trim_end(), number);
    }
    writing.join().expect("all is written").ping();
}

#[test]
fn a_session_ends_in_time_when_nothing_else_happens() {
    let broker = broker_with(Limits { connect_deadline: NEVER, ..Limits::default() });
    let port = broker.port().expect("a TCP port");
    let mut watcher = Raw::connect(port, Hello::new("watcher"));
    watcher.subscribe("gone", 0);
    // Version 5, a session of one second, a will whose delay is an hour.
    let mut body = b"\x00\x04MQTT\x05\x06\x00\x00\x05\x11\x00\x00\x00\x01".to_vec();
    body.extend(b"\x00\x01s\x05\x18\x00\x00\x0E\x10\x00\x04gone\x00\x03end");
    let mut brief = Raw::open(port);
    brief.send(&crate::raw::packet(0x10, &body));
    brief.expect(crate::raw::CONNACK);
    drop(brief);
    assert_eq!(watcher.message(), b"end");
}

#[test]
fn a_connect_that_does_not_come_ends_its_connection_in_time() {
    let deadline = Duration::from_millis(300);
    let broker = broker_with(Limits { connect_deadline: deadline, ..Limits::default() });
    let port = broker.port().expect("a TCP port");
    let mut silent = Raw::open(port);
    let mut half = Raw::open(port);
    half.send(&Hello::new("half").bytes()[..5]);
    let mut wrong = Raw::open(port);
    wrong.send(&subscribe(1, "a", 0));
    for raw in [&mut wrong, &mut silent, &mut half] {
        raw.wait_for_the_end();
    }
}
