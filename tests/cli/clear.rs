//! `mq clear`.

use mq::codec::{Packet, Property, Qos, Reason};
use rustix::process::Signal;

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, run, spawn, start};

/// It has subscribed, and its first ping is read.
fn clearing(broker: &Broker, granted: &[Property<'_>], words: &[&str]) -> (Running, Peer) {
    let running = start(["clear", "-p", &broker.port()].iter().chain(words));
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, granted);
    peer.grant();
    assert_eq!(peer.next(), Got::Pingreq);
    (running, peer)
}

/// The next packet removes a retained message; its identifier.
#[track_caller]
fn removal(peer: &mut Peer, topic: &str, qos: Qos) -> u16 {
    let message = peer.message();
    assert_eq!((message.topic.as_str(), message.payload.len()), (topic, 0));
    assert_eq!((message.retain, message.qos), (true, qos));
    message.id
}

#[test]
fn each_topic_is_printed_when_the_broker_has_removed_it() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let (running, mut peer) = clearing(&broker, &[], &["a/#", "-V", version]);
        peer.deliver_all(&[("a/1", b"1", true), ("a/live", b"x", false), ("a/2", b"2", true)]);
        peer.send(Packet::Pingresp);
        let ids = ["a/1", "a/2"].map(|topic| removal(&mut peer, topic, Qos::AtLeastOnce));
        peer.puback(ids[1], Reason::Success);
        running.wait_until_it_prints("a/2\n");
        // Version 3 is told what it publishes itself.
        peer.publish("a/2", b"", Qos::AtMostOnce, 0);
        peer.puback(ids[0], Reason::Success);
        peer.leaves();
        let finished = running.finish().exits(0).prints("a/2\na/1\n");
        assert_eq!(finished.stderr, "mq: 2 retained messages removed\n");
    }
}

#[test]
fn what_is_to_be_removed_is_though_nobody_reads_of_it() {
    let broker = Broker::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut words = command(["clear", "a/#", "-p", &broker.port()]);
    let running = spawn(words.stdout(writer));
    let mut peer = broker.welcome().0;
    peer.grant();
    assert_eq!(peer.next(), Got::Pingreq);
    peer.deliver_all(&[("a/1", b"1", true)]);
    peer.send(Packet::Pingresp);
    let id = removal(&mut peer, "a/1", Qos::AtLeastOnce);
    peer.puback(id, Reason::Success);
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_dry_run_removes_nothing() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["#", "--dry-run"]);
    peer.deliver_all(&[("a", b"1", true), ("b", b"x", false), ("c\nd", b"2", true)]);
    peer.send(Packet::Pingresp);
    peer.leaves();
    let finished = running.finish().exits(0).prints("a\nc\nd\n");
    assert_eq!(finished.stderr, "mq: 2 retained messages would be removed\n");
}

#[test]
fn names_may_end_with_nul_and_the_count_be_left_out() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["#", "--dry-run", "-0", "--quiet"]);
    peer.deliver_all(&[("a", b"1", true), ("c\nd", b"2", true)]);
    peer.send(Packet::Pingresp);
    peer.leaves();
    assert_eq!(running.finish().exits(0).prints("a\0c\nd\0").stderr, "");
}

#[test]
fn everything_is_cleared_only_when_that_is_said() {
    let broker = Broker::new();
    let port = broker.port();
    for words in [&["#"][..], &["a", "+/#"], &["-t", "#"]] {
        run([&["clear", "-p", &port], words].concat()).exits(2).says("--yes").says("--dry-run");
    }
    run(["clear", "-p", &port]).exits(2).says("no topic given");
    run(["clear", "-p", &port, "$share/g/a"]).exits(2).says("without $share/GROUP/");
    // The topic of a URL is where messages go, not what is to be destroyed.
    let url = format!("mqtt://127.0.0.1:{port}/precious");
    spawn(command(["clear"]).env("MQTT_URL", url)).finish().exits(2).says("no topic given");
    assert!(broker.is_alone());
    let (running, mut peer) = clearing(&broker, &[], &["#", "--yes"]);
    peer.retained("a", b"1", Qos::AtMostOnce, 0);
    peer.send(Packet::Pingresp);
    let id = removal(&mut peer, "a", Qos::AtLeastOnce);
    peer.puback(id, Reason::Success);
    peer.leaves();
    running.finish().exits(0).prints("a\n").says("1 retained message removed");
}

#[test]
fn a_message_that_comes_by_two_filters_is_removed_once() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["a/#", "+/1"]);
    peer.deliver_all(&[("a/1", b"1", true), ("a/2", b"2", true), ("a/1", b"1", true)]);
    peer.send(Packet::Pingresp);
    for topic in ["a/1", "a/2"] {
        let id = removal(&mut peer, topic, Qos::AtLeastOnce);
        peer.puback(id, Reason::Success);
    }
    peer.leaves();
    running.finish().exits(0).prints("a/1\na/2\n").says("2 retained messages removed");
}

#[test]
fn what_is_filtered_out_stays() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["a/#", "-T", "a/+/keep"]);
    peer.deliver_all(&[("a/1/keep", b"1", true), ("a/1/go", b"2", true)]);
    peer.send(Packet::Pingresp);
    let id = removal(&mut peer, "a/1/go", Qos::AtLeastOnce);
    peer.puback(id, Reason::Success);
    peer.leaves();
    running.finish().exits(0).prints("a/1/go\n");
}

#[test]
fn nothing_to_clear_is_no_error() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["a"]);
    peer.send(Packet::Pingresp);
    peer.leaves();
    let finished = running.finish().exits(0).prints("");
    assert_eq!(finished.stderr, "mq: no retained message matches\n");
}

#[test]
fn what_the_broker_refuses_is_told_and_not_printed() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["a", "b"]);
    peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
    peer.send(Packet::Pingresp);
    let ids = ["a", "b"].map(|topic| removal(&mut peer, topic, Qos::AtLeastOnce));
    peer.puback(ids[0], Reason::NotAuthorized);
    peer.puback(ids[1], Reason::Success);
    peer.leaves();
    let finished = running.finish().exits(4).prints("b\n");
    finished.says("a was not removed: not authorized").says("1 retained message removed");
}

#[test]
fn a_broker_without_qos_1_says_by_its_answer_to_a_ping_that_all_are_removed() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[Property::MaximumQos(0)], &["a", "b"]);
    peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
    peer.send(Packet::Pingresp);
    removal(&mut peer, "a", Qos::AtMostOnce);
    removal(&mut peer, "b", Qos::AtMostOnce);
    assert_eq!(peer.next(), Got::Pingreq);
    peer.send(Packet::Pingresp);
    peer.leaves();
    running.finish().exits(0).prints("a\nb\n").says("2 retained messages removed");
}

#[test]
fn what_may_still_be_there_at_the_end_is_told() {
    for by_signal in [false, true] {
        let broker = Broker::new();
        let limit = if by_signal { "1h" } else { "1" };
        let (running, mut peer) = clearing(&broker, &[], &["a", "b", "-W", limit]);
        peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
        peer.send(Packet::Pingresp);
        let ids = ["a", "b"].map(|topic| removal(&mut peer, topic, Qos::AtLeastOnce));
        peer.puback(ids[0], Reason::Success);
        running.wait_until_it_prints("a\n");
        if by_signal {
            running.signal(Signal::TERM);
        }
        peer.leaves();
        let finished = running.finish().prints("a\n").says("1 retained message may still be there");
        if by_signal {
            assert_eq!(finished.signal, Some(15));
        } else {
            finished.exits(5).says("timed out after 1s");
        }
    }
}

#[test]
fn a_lost_connection_is_the_end() {
    let broker = Broker::new();
    let (running, mut peer) = clearing(&broker, &[], &["a"]);
    peer.retained("a", b"1", Qos::AtMostOnce, 0);
    removal(&mut peer, "a", Qos::AtLeastOnce);
    drop(peer);
    running.finish().exits(3).prints("").says("lost the connection").says("may still be there");
    assert!(broker.is_alone());
}
