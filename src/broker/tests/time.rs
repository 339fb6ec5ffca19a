//! What time brings: deadlines, keep-alive, expiry, wills.

use super::*;

fn will<'a>(payload: &'a [u8], properties: Properties<'a>) -> Will<'a> {
    Will { topic: "will", payload, qos: Q1, retain: false, properties }
}

/// A broker with somebody who reads wills.
fn watched() -> (Shell, Peer) {
    let mut shell = Shell::new(Limits::default());
    let reader = shell.connect(&v5("watcher"));
    shell.subscribe(reader, "will", Q1);
    shell.read(reader);
    (shell, reader)
}

#[test]
fn connect_must_come_whole_within_ten_seconds() {
    let mut shell = Shell::new(Limits::default());
    let slow = shell.accept("there", Version::V5);
    shell.write(slow, &[0x10, 20, 0, 4]);
    shell.wait(millis(9_999));
    assert!(!shell.wires[slow].closed);
    shell.wait(millis(1));
    assert!(shell.wires[slow].closed);
    assert_eq!(shell.told("ConnectDeadline").len(), 1);
    let client = shell.connect(&v5("in time"));
    shell.wait(seconds(60));
    assert!(!shell.wires[client].closed);
}

#[test]
fn silence_of_one_and_a_half_keep_alives_ends_a_connection_and_brings_its_will() {
    let (mut shell, reader) = watched();
    let hello = Hello { keep_alive: 10, will: Some(will(b"gone", Properties::EMPTY)), ..v5("a") };
    let client = shell.connect(&hello);
    shell.wait(seconds(14));
    shell.send(client, &Packet::Pingreq);
    shell.wait(millis(14_999));
    assert_eq!(shell.read(client), ["pingresp"]);
    shell.wait(millis(1));
    assert_eq!(shell.read(client), ["disconnect 0x8d"]);
    assert_eq!(shell.messages(reader), ["gone"]);
    assert!(!shell.has_session("a"));
}

#[test]
fn a_session_ends_when_its_time_has_passed_and_not_before() {
    let mut shell = Shell::new(Limits::default());
    let hello = Hello { expiry: 60, ..v5("a") };
    let client = shell.connect(&hello);
    shell.subscribe(client, "x/y", Q1);
    shell.hang_up(client);
    shell.wait(seconds(59));
    let client = shell.hello(&hello);
    assert_eq!(shell.read(client), ["connack present"]);
    shell.hang_up(client);
    shell.wait(millis(59_999));
    assert!(shell.has_session("a"), "the time begins anew");
    shell.wait(millis(1));
    assert!(!shell.has_session("a"));
    assert_eq!(shell.router.subscriptions.node_count(), 1);
    let client = shell.hello(&hello);
    assert_eq!(shell.read(client), ["connack 0x00"]);
}

#[test]
fn a_session_outlives_its_connection_by_an_hour_at_most() {
    let mut shell = Shell::new(Limits::default());
    for hello in [Hello { expiry: u32::MAX, ..v5("five") }, Hello { clean: false, ..v3("three") }] {
        let client = shell.connect(&hello);
        shell.hang_up(client);
    }
    shell.wait(seconds(3_599));
    assert!(shell.has_session("five") && shell.has_session("three"));
    shell.wait(seconds(1));
    assert!(!shell.has_session("five") && !shell.has_session("three"));
}

#[test]
fn a_will_waits_for_its_delay_and_no_longer_than_its_session_lives() {
    for (delay, expiry, due) in [(0, 60, 0), (30, 60, 30), (90, 60, 60), (90, 0, 0)] {
        let (mut shell, reader) = watched();
        let mut properties = PropertyBuffer::new();
        properties.push(Property::WillDelayInterval(delay)).unwrap();
        let will = Some(will(b"gone", properties.as_properties()));
        let client = shell.connect(&Hello { expiry, will, ..v5("a") });
        shell.hang_up(client);
        if due > 0 {
            shell.wait(millis(due * 1_000 - 1));
            assert_eq!(shell.messages(reader), [""; 0], "{delay} {expiry}");
            shell.wait(millis(1));
        }
        assert_eq!(shell.messages(reader), ["gone"], "{delay} {expiry}");
        shell.wait(seconds(4_000));
        assert_eq!(shell.messages(reader), [""; 0], "once");
    }
}

#[test]
fn who_returns_in_time_takes_its_will_back() {
    let (mut shell, reader) = watched();
    let mut properties = PropertyBuffer::new();
    properties.push(Property::WillDelayInterval(30)).unwrap();
    let first =
        Hello { expiry: 60, will: Some(will(b"gone", properties.as_properties())), ..v5("a") };
    let client = shell.connect(&first);
    shell.hang_up(client);
    shell.wait(seconds(29));
    let client = shell.connect(&Hello { expiry: 60, ..v5("a") });
    shell.wait(seconds(600));
    shell.hang_up(client);
    shell.wait(seconds(600));
    assert_eq!(shell.messages(reader), [""; 0]);
    // But a clean start ends the session, and the will does not wait for it.
    let client = shell.connect(&first);
    shell.hang_up(client);
    shell.connect(&Hello { clean: true, ..v5("a") });
    assert_eq!(shell.messages(reader), ["gone"]);
}

#[test]
fn a_will_goes_out_but_for_a_disconnect_in_order() {
    for (reason, said) in [(Reason::Success, 0), (Reason::DisconnectWithWill, 1)] {
        let (mut shell, reader) = watched();
        let hello = Hello { will: Some(will(b"gone", Properties::EMPTY)), ..v5("a") };
        let client = shell.connect(&hello);
        shell.disconnect(client, reason);
        assert_eq!(shell.messages(reader).len(), said);
    }
}

#[test]
fn an_expired_message_is_not_delivered_and_the_rest_says_what_is_left() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    let hello = Hello { expiry: 600, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "t", Q1);
    shell.hang_up(reader);
    for (expiry, payload) in [(10, "short"), (100, "long")] {
        let mut properties = PropertyBuffer::new();
        properties.push(Property::MessageExpiryInterval(expiry)).unwrap();
        let properties = properties.as_properties();
        for retain in [false, true] {
            let topic = if retain { payload } else { "t" };
            shell.publish_as(publisher, (Q1, retain), topic, payload.as_bytes(), properties);
        }
    }
    shell.wait(seconds(11));
    let reader = shell.hello(&hello);
    let left = [&[2_u8, 0, 0, 0, 89][..], b"long"].concat();
    assert!(shell.wires[reader].received.ends_with(&left), "the property says 89 seconds");
    assert_eq!(shell.drain(reader), ["long"]);
    shell.subscribe(reader, "#", Q1);
    assert_eq!(shell.drain(reader), ["long"]);
    assert_eq!(shell.router.retained.len(), 1, "what has expired is gone");
    assert!(shell.router.counters.expired >= 1, "{}", shell.router.counters.expired);
}

#[test]
fn an_expiry_of_nothing_is_for_who_is_there() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    let away = shell.connect(&Hello { expiry: 600, ..v5("away") });
    let reader = shell.connect(&v5("reader"));
    for peer in [away, reader] {
        shell.subscribe(peer, "t", Q2);
    }
    shell.hang_up(away);
    let mut properties = PropertyBuffer::new();
    properties.push(Property::MessageExpiryInterval(0)).unwrap();
    for qos in [Q0, Q1, Q2] {
        shell.publish_as(publisher, (qos, false), "t", b"now", properties.as_properties());
        assert_eq!(shell.drain(reader), ["now"], "{qos:?}");
    }
    shell.wait(seconds(1));
    let back = shell.hello(&Hello { expiry: 600, ..v5("away") });
    assert_eq!(shell.drain(back), [""; 0]);
}

#[test]
fn a_peer_that_says_nothing_makes_room_when_too_many_do() {
    let limits = Limits { unauthenticated: 2, ..Limits::default() };
    let mut shell = Shell::new(limits);
    let (first, second) = (shell.accept("1", Version::V5), shell.accept("2", Version::V5));
    assert!(!shell.router.make_room(shell.now), "both came just now");
    shell.wait(seconds(1));
    shell.write(first, &[0x10]);
    assert!(shell.router.make_room(shell.now));
    shell.turn();
    assert!(shell.wires[second].closed && !shell.wires[first].closed);
}
