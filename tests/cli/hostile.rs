//! Brokers that mean no good, or do not know better: no crash, no spin, no waste, nothing hidden.

use std::io::{Read, pipe};
use std::time::Duration;

use mq::codec::{Packet, Property, PropertyBuffer, Publish, Qos, Reason};
use mq::net::clock;
use rustix::process::Signal;

use super::subscribe;
use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, spawn};

fn sub_to(broker: &Broker, words: &[&str]) -> Running {
    subscribe::sub_to(broker, &[&["-t", "a"], words].concat())
}

fn subscribed(broker: &Broker, words: &[&str]) -> (Running, Peer) {
    subscribe::subscribed(broker, &[&["-t", "a"], words].concat())
}

/// The program objects, comes back after a while, and does what it was asked to.
#[track_caller]
fn comes_back(broker: &Broker, running: Running, mut peer: Peer, reason: Reason, says: &str) {
    match peer.next() {
        Got::Disconnect { reason: told, .. } => assert_eq!(told, reason),
        other => panic!("{other:?}"),
    }
    drop(peer);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"all well", Qos::AtMostOnce, 0);
    peer.leaves();
    let finished = running.finish().exits(0).says(says).says("trying again");
    assert!(finished.stdout.ends_with(b"all well\n"), "{finished:?}");
}

#[test]
fn connack_never() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["--connect-timeout", "200ms"]);
    let mut peer = broker.accept();
    peer.hello();
    running.finish().exits(3).says("no answer to CONNECT within 200ms");
}

#[test]
fn connack_in_pieces_that_never_end() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["--connect-timeout", "300ms"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.raw(&[0x20, 0xFF, 0xFF, 0xFF, 0x7F]);
    running.finish().exits(3).says("no answer to CONNECT");
}

#[test]
fn connack_twice() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    peer.connack(false, &[]);
    comes_back(&broker, running, peer, Reason::ProtocolError, "Connack at a time when it must not");
}

#[test]
fn connack_with_bad_flags() {
    for bytes in [&[0x20, 3, 2, 0, 0][..], &[0x21, 3, 0, 0, 0], &[0x20, 3, 1, 0, 0]] {
        let broker = Broker::new();
        let running = sub_to(&broker, &[]);
        let mut peer = broker.accept();
        peer.hello();
        peer.raw(bytes);
        running.finish().exits(3).says("does not speak MQTT");
    }
}

#[test]
fn a_message_before_connack() {
    let broker = Broker::new();
    let running = sub_to(&broker, &[]);
    let mut peer = broker.accept();
    peer.hello();
    peer.publish("a", b"too early", Qos::AtMostOnce, 0);
    peer.connack(false, &[]);
    running.finish().exits(3).prints("").says("does not speak MQTT: it sent Publish at a time");
}

#[test]
fn suback_with_too_many_codes_or_none() {
    for codes in [&[0, 0][..], &[]] {
        let broker = Broker::new();
        let running = sub_to(&broker, &["-C", "1"]);
        let mut peer = broker.welcome().0;
        let id = peer.subscription().0;
        let reason = if codes.is_empty() { Reason::MalformedPacket } else { Reason::ProtocolError };
        peer.suback(id, codes);
        comes_back(&broker, running, peer, reason, "the broker sent");
    }
}

#[test]
fn answers_to_what_was_never_asked() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    peer.suback(77, &[0]);
    comes_back(&broker, running, peer, Reason::ProtocolError, "an answer that does not fit");
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    peer.unsuback(77, 0);
    comes_back(&broker, running, peer, Reason::ProtocolError, "an answer that does not fit");
}

#[test]
fn acknowledgements_of_what_was_never_sent_are_passed_over() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    peer.puback(5, Reason::Success);
    peer.pubcomp(6);
    peer.send(Packet::Pingresp);
    peer.pubrec(7);
    assert_eq!(peer.next(), Got::Pubrel(7));
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    peer.leaves();
    assert_eq!(running.finish().exits(0).prints("x\n").stderr, "");
}

fn with_alias(peer: &mut Peer, alias: u16, topic: &str) {
    let mut properties = PropertyBuffer::new();
    properties.push(Property::TopicAlias(alias)).unwrap();
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic,
        id: None,
        properties: properties.as_properties(),
        payload: b"x",
    });
}

#[test]
fn an_alias_that_was_not_granted() {
    for topic in ["a", ""] {
        let broker = Broker::new();
        let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
        with_alias(&mut peer, 1, topic);
        comes_back(&broker, running, peer, Reason::TopicAliasInvalid, "topic alias 1 is above");
    }
}

#[test]
fn a_quarter_of_a_gibibyte_announced_and_never_sent() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-k", "1"]);
    peer.raw(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b'a', 0]);
    peer.raw(&vec![b'x'; 100_000]);
    assert_eq!(peer.next(), Got::Pingreq);
    assert!(running.resident_kib() < 12 * 1024, "{} KiB", running.resident_kib());
    running.wait_until_it_says("does not answer");
    running.signal(Signal::TERM);
    assert_eq!(running.finish().signal, Some(15));
}

/// Sends the same packets again and again, until the other end has enough.
fn flood(mut peer: Peer, packets: Vec<u8>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut send = || peer.raw(&packets);
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut send)).is_ok() {}
    })
}

#[test]
fn retained_messages_without_end() {
    for (words, code, lines) in [
        (&["-C", "100000"][..], 0, Some(100_000)),
        (&["-W", "0.5"], 5, None),
        (&["-W", "0.5", "--retained-only"], 5, None),
        (&["-W", "0.5", "-R"], 5, Some(0)),
        (&["-W", "0.5", "-T", "a"], 5, Some(0)),
    ] {
        let broker = Broker::new();
        let (running, peer) = subscribed(&broker, words);
        let flood = flood(peer, [0x31, 5, 0, 1, b'a', 0, b'x'].repeat(10_000));
        let finished = running.finish().exits(code);
        if let Some(lines) = lines {
            assert_eq!(finished.stdout.len(), 2 * lines, "{words:?}");
        }
        flood.join().unwrap();
    }
}

#[test]
fn more_retained_messages_to_be_removed_than_there_is_room_for() {
    let broker = Broker::new();
    let words = ["--remove-retained", "-N", "--random-filter", "0.1"];
    let (running, mut peer) = subscribed(&broker, &words);
    // None of the removals is ever acknowledged; those without a place in memory are counted.
    let topic = "t".repeat(1000);
    let packet = [&[0x31, 0xEC, 0x07, 0x03, 0xE8][..], topic.as_bytes(), &[0, b'x']].concat();
    let batch = packet.repeat(1000);
    for _ in 0..40 {
        peer.raw(&batch);
    }
    // All of them are dealt with when this is answered.
    peer.pubrel(9);
    loop {
        match peer.next() {
            Got::Publish(_) => {}
            Got::Pubcomp(9) => break,
            other => panic!("{other:?}"),
        }
    }
    let memory = running.resident_kib();
    assert!(memory < 48 * 1024, "{memory} KiB");
    running.signal(Signal::TERM);
    assert!(matches!(peer.next(), Got::Disconnect { .. } | Got::Publish(_)));
    drop(peer);
    let finished = running.finish();
    assert_eq!(finished.signal, Some(15));
    finished.says("too many came at once");
}

#[test]
fn another_server_is_named_and_nobody_goes_there() {
    let elsewhere = Broker::new();
    let place = format!("127.0.0.1:{}", elsewhere.port());
    for reason in [Reason::UseAnotherServer, Reason::ServerMoved] {
        let told = format!("{reason}: {place}");
        let broker = Broker::new();
        let running = sub_to(&broker, &[]);
        let mut peer = broker.accept();
        peer.hello();
        let mut properties = PropertyBuffer::new();
        properties.push(Property::ServerReference(&place)).unwrap();
        peer.send(Packet::Connack(mq::codec::Connack {
            session_present: false,
            reason,
            properties: properties.as_properties(),
        }));
        running.finish().exits(4).says(&told);
        let (running, mut peer) = subscribed(&broker, &[]);
        let more = [Property::ReasonString("closed"), Property::ServerReference(&place)];
        peer.disconnect(reason, &more);
        running.finish().exits(4).says(&format!("{reason}: closed; it names {place}"));
        assert!(broker.is_alone() && elsewhere.is_alone());
    }
}

#[test]
fn closed_after_each_byte_of_a_message() {
    let message = [0x32, 12, 0, 1, b'a', 0, 1, 0, b'o', b'n', b'e', b' ', b't', b'w'];
    for size in 0..message.len() {
        let broker = Broker::new();
        let (running, mut peer) = subscribed(&broker, &["-q", "1", "-C", "1"]);
        peer.raw(&message[..size]);
        drop(peer);
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.raw(&message);
        assert_eq!(peer.next(), Got::Puback(1));
        peer.leaves();
        running.finish().exits(0).prints("one tw\n").says("closed the connection");
    }
}

#[test]
fn closed_after_each_byte_of_connack() {
    let connack = [0x20, 3, 0, 0, 0];
    for size in 1..connack.len() {
        let broker = Broker::new();
        let running = sub_to(&broker, &[]);
        let mut peer = broker.accept();
        peer.hello();
        peer.raw(&connack[..size]);
        drop(peer);
        running.finish().exits(3).says("did not accept the connection");
        assert!(broker.is_alone(), "a broker that began to answer knows the version");
    }
}

#[test]
fn an_assigned_identifier_of_64_kib() {
    let broker = Broker::new();
    let id = "\u{9b}".repeat(32_767);
    let running = sub_to(&broker, &["-C", "1", "-x", "60"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, &[Property::AssignedClientIdentifier(&id)]);
    peer.grant();
    drop(peer);
    let mut peer = broker.accept();
    assert_eq!(peer.hello().client_id, id);
    peer.connack(true, &[]);
    peer.disconnect(Reason::SessionTakenOver, &[]);
    let finished = running.finish().exits(4).says("\\u{9b}");
    assert!(!finished.stderr.contains('\u{9b}'));
}

#[test]
fn a_qos_2_message_that_comes_again_and_again() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-q", "2", "-C", "2"]);
    for _ in 0..3 {
        peer.publish("a", b"once", Qos::ExactlyOnce, 1);
        assert_eq!(peer.next(), Got::Pubrec(1));
    }
    for _ in 0..3 {
        peer.pubrel(1);
        assert_eq!(peer.next(), Got::Pubcomp(1));
    }
    peer.publish("a", b"again", Qos::ExactlyOnce, 1);
    assert_eq!(peer.next(), Got::Pubrec(1));
    peer.pubrel(1);
    assert_eq!(peer.next(), Got::Pubcomp(1));
    peer.leaves();
    running.finish().exits(0).prints("once\nagain\n");
}

#[test]
fn a_session_that_was_not_asked_for() {
    let broker = Broker::new();
    let running = sub_to(&broker, &[]);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(true, &[]);
    running.finish().exits(3).says("session present in answer to a clean start");
}

#[test]
fn a_broker_that_breaks_off_at_once_is_asked_less_and_less_often() {
    for kind in 0..3 {
        let broker = Broker::new();
        let running = sub_to(&broker, &[]);
        drop(broker.welcome().0);
        let begin = clock::now();
        // The delays double from 100 ms, each drawn from its half to its whole: 1.5 s at least.
        for _ in 0..5 {
            match kind {
                // Accepts, and says nothing sensible.
                0 => {
                    let mut peer = broker.accept();
                    peer.hello();
                    peer.raw(b"\xFF\xFF\xFF\xFF\xFF");
                }
                // Accepts the connection and closes it.
                1 => drop(broker.accept()),
                // Welcomes the client and closes.
                _ => drop(broker.welcome()),
            }
        }
        assert!(begin.elapsed() > Duration::from_secs(1), "{:?}", begin.elapsed());
        running.signal(Signal::TERM);
        assert_eq!(running.finish().signal, Some(15));
    }
}

#[test]
fn exact_bytes_for_a_pipe_whatever_they_are() {
    let payload: Vec<u8> = (0..=255).chain(*b"\x1b]52;c;aGk=\x07\r\x9b2J").collect();
    let topic = "a\u{1b}[2J\u{202e}\r\n\u{200b}";
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-v", "-C", "1"]);
    peer.publish(topic, &payload, Qos::AtMostOnce, 0);
    peer.leaves();
    let want = [topic.as_bytes(), b" ", &payload[..], b"\n"].concat();
    running.finish().exits(0).prints(want);
}

#[test]
fn a_reader_of_one_line() {
    let broker = Broker::new();
    let (mut reader, writer) = pipe().unwrap();
    let mut words = command(["sub", "-t", "a", "-p", &broker.port()]);
    let running = spawn(words.stdout(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    let mut line = [0; 4];
    reader.read_exact(&mut line).unwrap();
    drop(reader);
    peer.publish("a", b"two", Qos::AtMostOnce, 0);
    peer.leaves();
    assert_eq!(running.finish().exits(0).stderr, "");
}

#[test]
fn standard_input_is_nobodys_business() {
    // Closed, and without end: only a command reads it.
    for input in ["/dev/null", "/dev/zero"] {
        let broker = Broker::new();
        let mut words = command(["sub", "-t", "a", "-C", "1", "-p", &broker.port()]);
        words.stdin(std::fs::File::open(input).unwrap()).stdout(std::process::Stdio::piped());
        let running = spawn(&mut words);
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
        peer.leaves();
        running.finish().exits(0).prints("x\n");
    }
    let broker = Broker::new();
    let mut words = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_mq");
    let script = format!("exec {program} sub -t a -C 1 -p {} <&-", broker.port());
    let running = spawn(words.args(["-c", &script]).stdout(std::process::Stdio::piped()));
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("x\n");
}

#[test]
fn reasons_and_properties_without_end_are_bounded_by_their_packet() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    let mut properties = PropertyBuffer::new();
    for _ in 0..10_000 {
        properties.push(Property::UserProperty("\u{1b}[2J", "x")).unwrap();
    }
    let reason_string = "y".repeat(65_535);
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "a",
        id: None,
        properties: properties.as_properties(),
        payload: b"x",
    });
    peer.leaves();
    running.finish().exits(0).prints("x\n");
    let (running, mut peer) = subscribed(&broker, &["-C", "1"]);
    peer.disconnect(Reason::NotAuthorized, &[Property::ReasonString(&reason_string)]);
    running.finish().exits(4).says(&reason_string);
}
