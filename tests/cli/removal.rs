//! `--remove-retained` where something is in its way: a flood, a limit, a refusal, the end of time.

use mq::codec::{Packet, Property, Qos, Reason};

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Running, command, run, spawn, start};

/// A subscriber to `#` that removes; its SUBSCRIBE is not read yet.
fn removing(broker: &Broker, granted: &[Property<'_>], words: &[&str]) -> (Running, Peer) {
    let port = broker.port();
    let fixed = ["sub", "-t", "#", "--remove-retained", "-p", &port];
    let running = start(fixed.iter().chain(words));
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, granted);
    (running, peer)
}

#[test]
fn a_flood_of_short_topics_costs_no_more_memory_than_one_of_long_ones() {
    let broker = Broker::new();
    let nothing = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
    let mut words = command(["sub", "-t", "#", "--remove-retained", "-p", &broker.port()]);
    let running = spawn(words.stdout(nothing));
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, &[Property::ReceiveMaximum(1)]);
    peer.grant();
    let batch = [0x31, 5, 0, 1, b'a', 0, b'x'].repeat(10_000);
    for _ in 0..200 {
        peer.raw(&batch);
    }
    peer.message();
    // All of them are dealt with when this is answered.
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    let memory = running.resident_kib();
    assert!(memory < 48 * 1024, "{memory} KiB");
    running.signal(rustix::process::Signal::TERM);
    assert!(matches!(peer.next(), Got::Disconnect { .. }));
    drop(peer);
    let finished = running.finish();
    assert_eq!(finished.signal, Some(15));
    finished.says("too many came at once");
}

#[test]
fn what_is_not_removed_at_the_end_of_time_or_by_a_signal_is_told() {
    for by_signal in [false, true] {
        let broker = Broker::new();
        let time: &[&str] = if by_signal { &[] } else { &["-W", "1"] };
        let (running, mut peer) = removing(&broker, &[Property::ReceiveMaximum(1)], time);
        peer.grant();
        peer.deliver_all(&[("a", b"1", true), ("b", b"2", true), ("c", b"3", true)]);
        // One is never acknowledged, two wait behind it.
        assert_eq!(peer.message().topic, "a");
        if by_signal {
            running.signal(rustix::process::Signal::TERM);
        }
        peer.leaves();
        let finished = running.finish().prints("1\n2\n3\n").says("3 retained messages");
        if by_signal {
            assert_eq!(finished.signal, Some(15));
        } else {
            finished.exits(5).says("timed out after 1s");
        }
    }
}

#[test]
fn what_is_not_removed_when_the_broker_is_gone_for_good_is_told() {
    let broker = Broker::new();
    let (running, mut peer) = removing(&broker, &[], &[]);
    peer.grant();
    peer.retained("a", b"1", Qos::AtMostOnce, 0);
    peer.message();
    peer.disconnect(Reason::SessionTakenOver, &[]);
    drop(peer);
    running.finish().exits(4).says("1 retained message ");
}

#[test]
fn a_count_that_was_met_is_not_late() {
    let broker = Broker::new();
    let (running, mut peer) = removing(&broker, &[], &["-C", "1", "-W", "1"]);
    peer.grant();
    peer.retained("a", b"x", Qos::AtMostOnce, 0);
    peer.message();
    peer.leaves();
    let finished = running.finish().exits(1).prints("x\n").says("1 retained message ");
    assert!(!finished.stderr.contains("timed out"), "{}", finished.stderr);
}

#[test]
fn a_broker_without_qos_1_is_asked_at_qos_0() {
    for words in [&["-C", "2"][..], &["--retained-only"]] {
        let broker = Broker::new();
        let (running, mut peer) = removing(&broker, &[Property::MaximumQos(0)], words);
        peer.grant();
        peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
        for topic in ["a", "b"] {
            let removal = peer.message();
            assert_eq!((removal.topic.as_str(), removal.payload.len()), (topic, 0));
            assert!(removal.retain && removal.qos == Qos::AtMostOnce);
        }
        // What answers the ping says that the removals were read.
        assert_eq!(peer.next(), Got::Pingreq);
        peer.send(Packet::Pingresp);
        peer.leaves();
        running.finish().exits(0).prints("1\n2\n");
    }
}

#[test]
fn a_removal_that_the_broker_would_not_take_is_told_and_the_rest_goes_on() {
    let broker = Broker::new();
    let long = "long".repeat(10);
    let (running, mut peer) = removing(&broker, &[Property::MaximumPacketSize(40)], &["-C", "2"]);
    peer.grant();
    peer.deliver_all(&[(&long, b"1", true), ("b", b"2", true)]);
    let removal = peer.message();
    assert_eq!(removal.topic, "b");
    peer.puback(removal.id, Reason::Success);
    peer.leaves();
    let told = format!("message of {long} was not removed: packet too large");
    running.finish().exits(4).prints("1\n2\n").says(&told);
}

#[test]
fn a_refused_removal_does_not_keep_the_others_from_ending_it() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let words = ["--retained-only", "-V", version];
        let (running, mut peer) = removing(&broker, &[], &words);
        peer.grant();
        peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
        let ids = [peer.message().id, peer.message().id];
        // Version 3 has no word for a refusal.
        peer.puback(ids[0], if version == "5" { Reason::NotAuthorized } else { Reason::Success });
        peer.puback(ids[1], Reason::Success);
        peer.leaves();
        let finished = running.finish().prints("1\n2\n");
        finished.exits(if version == "5" { 4 } else { 0 });
    }
}

#[test]
fn a_removal_is_no_message_to_who_removed() {
    // Version 5 asks not to be told, but may not of a shared subscription.
    for (words, no_local) in [
        (&[][..], &[true][..]),
        (&["-t", "$share/g/a"], &[true, false]),
        (&["-V", "311"], &[false]),
    ] {
        let broker = Broker::new();
        let (running, mut peer) = removing(&broker, &[], &[words, &["-C", "3"]].concat());
        let asked: Vec<_> = peer.grant().iter().map(|(_, options)| options.no_local).collect();
        assert_eq!(asked, no_local, "{words:?}");
        peer.deliver_all(&[("a", b"1", true), ("b", b"2", true)]);
        for _ in 0..2 {
            let removal = peer.message();
            if no_local.contains(&false) {
                peer.publish(&removal.topic, b"", Qos::AtMostOnce, 0);
            }
            peer.puback(removal.id, Reason::Success);
        }
        // Only once is an empty message an echo, and only of a topic that was removed.
        peer.publish("c", b"", Qos::AtMostOnce, 0);
        peer.leaves();
        running.finish().exits(0).prints("1\n2\n\n");
    }
}

#[test]
fn an_echo_counts_once() {
    let broker = Broker::new();
    let (running, mut peer) = removing(&broker, &[], &["-V", "311", "-C", "3"]);
    peer.grant();
    peer.retained("a", b"1", Qos::AtMostOnce, 0);
    let removal = peer.message();
    peer.puback(removal.id, Reason::Success);
    for payload in [&b""[..], b"", b"end"] {
        peer.publish("a", payload, Qos::AtMostOnce, 0);
    }
    peer.leaves();
    running.finish().exits(0).prints("1\n\nend\n");
}

#[test]
#[ignore = "needs mosquitto"]
fn mosquitto_without_qos_1_lets_its_retained_messages_go() {
    let broker = Mosquitto::start(&["allow_anonymous true", "max_qos 0"], &[]);
    let port = broker.port.as_str();
    for topic in ["a", "b"] {
        run(["pub", "-t", topic, "-m", "x", "-r", "-p", port]).exits(0);
    }
    let words = ["sub", "-t", "#", "--remove-retained", "--retained-only", "-v", "-W", "20"];
    run([&words[..], &["-V", "5", "-p", port]].concat()).exits(0).prints("a x\nb x\n");
    run(["sub", "-t", "#", "-W", "0.5", "-p", port]).exits(5).prints("");
}
