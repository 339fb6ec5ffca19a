//! Publishers that wait for their readers, and timers that wait for nobody.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use mq::broker::Limits;

use crate::harness::{broker_with, numbers};
use crate::raw::{CONNACK, DISCONNECT, Hello, PUBREC, Raw, packet, publish, subscribe};

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
    brief.send(&packet(0x10, &body));
    brief.expect(CONNACK);
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

#[test]
fn a_refused_message_whose_refusal_was_never_told_is_not_acknowledged_later() {
    let limits = Limits { queue_messages: 1, refusal: NEVER, ..Limits::default() };
    let broker = broker_with(limits);
    let port = broker.port().expect("a TCP port");
    let connect = |body: &[u8]| {
        let mut raw = Raw::open(port);
        raw.send(&packet(0x10, body));
        raw.expect(CONNACK);
        raw
    };
    // A version 3.1.1 session that stays, and is away.
    let mut away = connect(b"\x00\x04MQTT\x04\x00\x00\x00\x00\x04away");
    away.subscribe("full", 2);
    away.send(DISCONNECT);
    away.wait_for_the_end();
    // A version 5 session of ten minutes.
    let hello = b"\x00\x04MQTT\x05\x00\x00\x00\x05\x11\x00\x00\x02\x58\x00\x06writer";
    let message =
        |id: u8, dup: u8| packet(0x34 | dup, &[b"\x00\x04full\x00", &[id, 0][..]].concat());
    let mut writer = connect(hello);
    writer.send(&message(1, 0));
    assert_eq!(writer.expect(PUBREC), [0, 1]);
    writer.send(&[&message(2, 0), DISCONNECT].concat());
    writer.wait_for_the_end();
    let mut writer = connect(hello);
    writer.send(&message(2, 8));
    assert_eq!(writer.expect(PUBREC), [0, 2, 0x97], "it was taken by nobody");
    writer.send(&message(2, 0));
    assert_eq!(writer.expect(PUBREC), [0, 2, 0x97], "its identifier is free");
}

#[test]
fn a_large_packet_keeps_nobody_waiting() {
    let broker = broker_with(Limits::default());
    let port = broker.port().expect("a TCP port");
    let mut reader = Raw::connect(port, Hello::new("reader"));
    reader.subscribe("large", 0);
    let payload = vec![b'x'; 60_000_000];
    let sent = publish(None, "large", &payload);
    let mut writer = Raw::connect(port, Hello::new("writer"));
    let writing = std::thread::spawn(move || {
        writer.send(&sent);
        writer.ping();
    });
    let mut other = Raw::connect(port, Hello::new("other"));
    for _ in 0..100 {
        other.ping();
    }
    assert!(reader.message() == payload);
    writing.join().expect("all is written");
}

#[test]
fn publishers_that_come_and_go_add_nothing_to_a_reader_that_is_full() {
    let limits = Limits { progress: NEVER, ..Limits::default() };
    let broker = broker_with(limits);
    let port = broker.port().expect("a TCP port");
    let mut reader = Raw::connect(port, Hello::new("reader"));
    reader.subscribe("a", 0);
    let payload = vec![b'x'; 1_000_000];
    let message = publish(None, "a", &payload);
    // Far more than a socket holds; each writer leaves as soon as its message is written.
    let writers: Vec<_> = (0..60)
        .map(|number| {
            let name = format!("writer {number}");
            let mut writer = Raw::connect(port, Hello::new(&name));
            let message = message.clone();
            std::thread::spawn(move || writer.send(&[&message[..], DISCONNECT].concat()))
        })
        .collect();
    for writer in writers {
        writer.join().expect("its message is written");
    }
    for _ in 0..60 {
        assert_eq!(reader.message().len(), payload.len(), "nothing is lost");
    }
}
