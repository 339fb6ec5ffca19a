//! Holding back: publishers wait for a subscriber that reads and is over its limit.

use super::*;

const KIB: usize = 1024;

/// A stalled subscriber whose publisher is held since the last message.
fn held(qos: Qos, hello: &Hello<'_>) -> (Shell, Peer, Peer) {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(hello);
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, "t", Q2);
    shell.read(reader);
    shell.stall(reader);
    for number in 0..11 {
        assert!(!shell.is_held(publisher), "held after {number}");
        shell.publish(publisher, qos, "t", vec![b'x'; 100 * KIB]);
    }
    assert!(shell.is_held(publisher));
    (shell, publisher, reader)
}

#[test]
fn nothing_is_lost_between_a_fast_writer_and_a_slower_reader() {
    for (qos, version) in [(Q0, 5), (Q1, 5), (Q2, 5), (Q0, 3), (Q1, 3), (Q2, 3)] {
        let mut shell = Shell::new(Limits::default());
        let name = if version == 5 { v5 } else { v3 };
        let (publisher, reader) = (shell.connect(&name("writer")), shell.connect(&name("reader")));
        shell.subscribe(reader, "t", qos);
        shell.read(reader);
        shell.stall(reader);
        let mut came = Vec::new();
        let mut was_held = false;
        for number in 0..600 {
            shell.publish(publisher, qos, "t", vec![b'x'; 20 * KIB]);
            was_held |= shell.is_held(publisher);
            if number % 20 == 0 {
                // A third of what is written is read, and acknowledged.
                shell.set_room(reader, 150 * KIB);
                came.extend(lengths(&mut shell, reader));
                shell.acknowledge(reader, usize::MAX);
                shell.wait(millis(100));
            }
        }
        assert!(was_held, "{qos:?}");
        shell.resume(reader);
        came.extend(lengths(&mut shell, reader));
        while !shell.wires[reader].owed.is_empty() || !shell.wires[publisher].tail.is_empty() {
            shell.acknowledge(reader, usize::MAX);
            came.extend(lengths(&mut shell, reader));
        }
        assert_eq!(shell.told("Slow").len() + shell.told("Losing").len(), 0);
        assert_eq!(shell.session("reader").flow.dropped, 0);
        assert_eq!(came.len(), 600, "{qos:?} {version}");
        let answers = shell.read(publisher);
        assert_eq!(answers.len(), if qos == Q0 { 0 } else { 600 }, "all are acknowledged");
    }
}

fn lengths(shell: &mut Shell, reader: Peer) -> Vec<String> {
    let messages = shell.messages(reader);
    assert!(messages.iter().all(|length| length == "20480"));
    messages
}

#[test]
fn a_held_publisher_goes_on_when_the_reader_is_at_half() {
    let (mut shell, publisher, reader) = held(Q0, &v5("writer"));
    shell.publish(publisher, Q0, "t", "parked");
    shell.set_room(reader, 500 * KIB);
    assert!(shell.is_held(publisher), "not yet at half");
    shell.set_room(reader, 200 * KIB);
    assert!(!shell.is_held(publisher));
    shell.resume(reader);
    let messages = shell.messages(reader);
    assert_eq!(messages.len(), 12);
    assert_eq!(messages[11], "parked");
}

#[test]
fn a_thousand_messages_that_wait_for_acknowledgement_hold_as_bytes_do() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v3("writer"));
    let reader = shell.connect(&Hello { receive_maximum: Some(10), ..v5("reader") });
    shell.subscribe(reader, "t", Q1);
    for number in 0..1_010 {
        shell.publish(publisher, Q1, "t", number.to_string());
        assert!(!shell.is_held(publisher), "held after {number}");
    }
    shell.publish(publisher, Q1, "t", "1010");
    assert!(shell.is_held(publisher));
    let came = shell.drain(reader);
    assert_eq!(came.len(), 1_011);
    assert!(!shell.is_held(publisher));
}

#[test]
fn what_is_parked_of_a_held_publisher_is_bounded_and_then_its_socket_waits() {
    let cases = [(Q0, 1_000, 64 * KIB, 3), (Q1, 1_000, usize::MAX, 3), (Q2, 20_000, 4 << 20, 5)];
    for (qos, size, most, version) in cases {
        let hello = if version == 5 { v5("writer") } else { v3("writer") };
        let (mut shell, publisher, reader) = held(qos, &hello);
        let mut sent = 0;
        while !shell.is_paused(publisher) {
            shell.publish(publisher, qos, "t", vec![b'x'; size]);
            sent += 1;
        }
        let key = shell.wires[publisher].key;
        let parked = shell.router.connection(key).unwrap().parked.bytes.len();
        assert!(parked <= most && parked > most.min(900 * KIB) - 2 * size, "{qos:?}: {parked}");
        assert!(sent <= 1_001, "{qos:?}: a thousand messages are parked at most, not {sent}");
        shell.publish(publisher, qos, "t", vec![b'x'; size]);
        assert!(shell.wires[publisher].tail.len() > size, "the rest waits in the socket");
        shell.resume(reader);
        let came = shell.drain(reader).len();
        assert_eq!(came, 11 + sent + 1, "{qos:?}: and nothing is lost of it");
    }
}

#[test]
fn a_message_larger_than_what_is_parked_is_taken_alone() {
    let (mut shell, publisher, reader) = held(Q1, &v5("writer"));
    shell.publish(publisher, Q1, "t", vec![b'x'; 5 << 20]);
    shell.publish(publisher, Q1, "t", "behind");
    assert!(shell.is_paused(publisher));
    shell.resume(reader);
    assert_eq!(shell.drain(reader).pop().as_deref(), Some("behind"));
}

#[test]
fn acknowledgements_and_requests_of_a_held_client_act_at_once() {
    let (mut shell, publisher, _) = held(Q0, &v5("writer"));
    let other = shell.connect(&v5("other"));
    shell.subscribe(publisher, "news", Q1);
    assert_eq!(shell.read(publisher), ["suback 1 [1]"]);
    shell.publish(other, Q1, "news", "hello");
    assert_eq!(shell.messages(publisher), ["hello"]);
    shell.acknowledge(publisher, 1);
    assert!(shell.session("writer").delivery.outgoing.is_empty());
    shell.unsubscribe(publisher, "news");
    assert_eq!(shell.read(publisher), ["unsuback 2"]);
    assert!(shell.is_held(publisher));
}

#[test]
fn a_parked_ping_refreshes_keep_alive_and_is_answered_in_its_place() {
    let hello = Hello { keep_alive: 2, ..v5("writer") };
    let (mut shell, publisher, reader) = held(Q1, &hello);
    shell.read(publisher);
    shell.publish(publisher, Q1, "t", "before the ping");
    for _ in 0..10 {
        // The reader makes progress, and never comes to its half.
        let waiting = shell.waiting(reader);
        assert!(waiting > 512 * KIB);
        shell.wait(millis(190));
        shell.send(publisher, &Packet::Pingreq);
    }
    shell.set_room(reader, 300 * KIB);
    shell.wait(millis(1));
    assert!(shell.is_held(publisher));
    assert_eq!(shell.read(publisher), [""; 0], "a ping speaks for what came before it");
    shell.resume(reader);
    let answers = shell.read(publisher);
    assert_eq!(answers[..2], ["puback 12 0x00", "pingresp"]);
    assert_eq!(answers.len(), 11);
}

#[test]
fn a_held_client_that_pings_is_not_silent_and_one_that_does_not_is() {
    for pings in [true, false] {
        let hello = Hello { keep_alive: 1, ..v5("writer") };
        let (mut shell, publisher, _) = held(Q0, &hello);
        for _ in 0..3 {
            shell.wait(millis(600));
            if pings {
                shell.send(publisher, &Packet::Pingreq);
            }
        }
        assert_eq!(shell.told("KeepAlive").is_empty(), pings);
    }
}

#[test]
fn what_came_before_disconnect_is_routed_before_the_session_ends() {
    let will = Will {
        topic: "t",
        payload: b"will",
        qos: Q0,
        retain: false,
        properties: Properties::EMPTY,
    };
    let hello = Hello { will: Some(will), ..v5("writer") };
    let (mut shell, publisher, reader) = held(Q1, &hello);
    shell.publish(publisher, Q1, "t", "last");
    shell.disconnect(publisher, Reason::Success);
    assert!(shell.has_session("writer"), "its end waits like its messages");
    shell.resume(reader);
    assert_eq!(shell.messages(reader).pop().as_deref(), Some("last"), "and there is no will");
    assert!(!shell.has_session("writer"));
    assert_eq!(shell.told("Disconnected").len(), 1);
}

#[test]
fn what_came_before_the_end_of_the_stream_is_routed_before_the_will() {
    let will = Will {
        topic: "t",
        payload: b"will",
        qos: Q1,
        retain: false,
        properties: Properties::EMPTY,
    };
    let hello = Hello { will: Some(will), ..v5("writer") };
    let (mut shell, publisher, reader) = held(Q1, &hello);
    shell.publish(publisher, Q1, "t", "last");
    shell.hang_up(publisher);
    assert!(shell.has_session("writer"));
    shell.resume(reader);
    let messages = shell.drain(reader);
    assert_eq!(messages[11..], ["last", "will"]);
    assert!(!shell.has_session("writer"));
}

#[test]
fn a_held_client_that_is_taken_over_loses_nothing_it_sent() {
    let (mut shell, publisher, reader) = held(Q1, &v5("writer"));
    shell.publish(publisher, Q1, "t", "before");
    let again = shell.connect(&v5("writer"));
    shell.publish(again, Q1, "t", "anew");
    shell.resume(reader);
    let messages = shell.drain(reader);
    assert_eq!(messages[11..], ["before", "anew"]);
}

#[test]
fn nobody_is_held_for_a_subscriber_that_is_itself_held() {
    let mut shell = Shell::new(Limits::default());
    let (a, b) = (shell.connect(&v5("a")), shell.connect(&v5("b")));
    shell.subscribe(a, "to/a", Q1);
    shell.subscribe(b, "to/b", Q1);
    shell.stall(a);
    shell.stall(b);
    for _ in 0..11 {
        shell.publish(b, Q0, "to/a", vec![b'x'; 100 * KIB]);
    }
    assert!(shell.is_held(b), "a reads, and is over its limit");
    for _ in 0..11 {
        shell.publish(a, Q0, "to/b", vec![b'x'; 100 * KIB]);
    }
    // b is held, so a is not held for it; what is over b's limit counts as for a slow one.
    assert!(!shell.is_held(a));
    assert_eq!(shell.session("b").flow.dropped, 0, "b was at its limit, not over it");
    shell.publish(a, Q0, "to/b", "dropped");
    assert_eq!(shell.session("b").flow.dropped, 1);
    shell.publish(a, Q1, "to/b", "queued");
    shell.resume(b);
    assert_eq!(shell.messages(b).pop().as_deref(), Some("queued"));
}

#[test]
fn who_becomes_held_holds_nobody_any_longer() {
    let mut shell = Shell::new(Limits::default());
    let (a, b, c) = (shell.connect(&v5("a")), shell.connect(&v5("b")), shell.connect(&v5("c")));
    shell.subscribe(b, "to/b", Q1);
    shell.subscribe(c, "to/c", Q1);
    shell.stall(b);
    shell.stall(c);
    for _ in 0..11 {
        shell.publish(a, Q0, "to/b", vec![b'x'; 100 * KIB]);
    }
    assert!(shell.is_held(a));
    for _ in 0..11 {
        shell.publish(b, Q0, "to/c", vec![b'x'; 100 * KIB]);
    }
    assert!(shell.is_held(b));
    assert!(!shell.is_held(a), "b is held, so nobody waits for b");
}

#[test]
fn a_client_that_feeds_itself_is_never_held_for_itself() {
    let mut shell = Shell::new(Limits::default());
    let a = shell.connect(&v3("a"));
    shell.subscribe(a, "t", Q1);
    shell.read(a);
    shell.stall(a);
    for _ in 0..20 {
        shell.publish(a, Q0, "t", vec![b'x'; 100 * KIB]);
        assert!(!shell.is_held(a));
    }
    assert!(shell.waiting(a) < 1200 * KIB, "what is over its limit is dropped");
    assert_eq!(shell.session("a").flow.dropped, 9);
    for number in 0..1_100 {
        shell.publish(a, Q1, "t", number.to_string());
    }
    // Its queue is full: as for a slow one, the publisher waits unacknowledged.
    assert_eq!(shell.session("a").queue.len(), 1_000);
    shell.resume(a);
    let messages = shell.drain(a);
    assert_eq!(messages.len(), 11 + 1_100);
}

#[test]
fn a_client_that_takes_no_answers_is_not_read_until_it_does() {
    let limits = Limits { output_bytes: 10_000, ..Limits::default() };
    let mut shell = Shell::new(limits);
    let client = shell.connect(&v5("asking"));
    shell.stall(client);
    for _ in 0..100 {
        shell.write(client, &[0xC0, 0].repeat(200));
    }
    // Answers leave at the end of a batch.
    assert!(shell.waiting(client) <= 10_000 + 400);
    assert_eq!(shell.wires[client].tail.len() + shell.waiting(client), 40_000);
    shell.resume(client);
    assert_eq!(shell.read(client).len(), 20_000);
    // A publisher whose acknowledgements wait among many messages is still read.
    shell.subscribe(client, "t", Q0);
    shell.stall(client);
    let other = shell.connect(&v5("other"));
    shell.publish(other, Q0, "t", vec![b'x'; 50_000]);
    shell.publish(client, Q1, "u", "x");
    assert!(shell.wires[client].tail.is_empty());
}
