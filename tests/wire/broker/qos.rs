//! QoS 1 and 2, in both directions, within one connection.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::notation;
use crate::peer::{RawPeer, broker};

/// MQTT-3.3.4-1, MQTT-2.3.1-6 of 3.1.1, MQTT-2.2.1-5 of 5.0: each QoS its answer, its identifier.
#[test]
fn a_publish_is_answered_by_its_qos_with_its_identifier() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        let (nobody, length) = if version.is_v5() { ("10", "03") } else { ("", "02") };
        peer.publish("a", 0, false, "x");
        for id in ["0001", "00FF", "0100", "FFFF"] {
            peer.ask(&format!("32 ~ <a> {id} []"), &format!("40 {length} {id} {nobody}"));
            peer.ask(&format!("34 ~ <a> {id} []"), &format!("50 {length} {id} {nobody}"));
            peer.ask(&format!("62 02 {id}"), &format!("70 02 {id}"));
        }
        peer.subscribe("a", 0);
        peer.send("32 ~ <a> 0007 []");
        peer.expect_all(&["30 ~ <a> []", "40 02 0007"]);
    }
}

/// MQTT-4.3.2-2 of 3.1.1, MQTT-4.3.2-4 and -5 of 5.0: after PUBACK the identifier is new, DUP or
/// not; MQTT-3.3.1-3: DUP is not passed on.
#[test]
fn at_qos_1_the_same_identifier_is_a_new_message_each_time() {
    let broker = broker();
    for version in VERSIONS {
        let mut witness = RawPeer::clean(&broker, version, "witness");
        witness.subscribe("a", 1);
        let mut peer = RawPeer::clean(&broker, version, "c");
        for (at, header) in ["32", "32", "3A"].iter().enumerate() {
            peer.ask(&format!("{header} ~ <a> 0007 [] 'x'"), "40 02 0007");
            witness.expect(&format!("32 ~ <a> {:04X} [] 'x'", at + 1));
        }
    }
}

/// MQTT-4.3.3-2 of 3.1.1; MQTT-4.3.3-8, -10, -11, -12 of 5.0; MQTT-3.3.1-3.
#[test]
fn at_qos_2_a_message_is_delivered_once_until_it_is_released() {
    let broker = broker();
    for version in VERSIONS {
        let mut witness = RawPeer::clean(&broker, version, "witness");
        witness.subscribe("a", 0);
        let mut peer = RawPeer::clean(&broker, version, "c");
        for round in 0..3 {
            peer.ask("34 ~ <a> 0007 [] 'x'", "50 02 0007");
            witness.expect("30 ~ <a> [] 'x'");
            for _ in 0..=round {
                peer.ask("3C ~ <a> 0007 [] 'x'", "50 02 0007");
                peer.ask("34 ~ <a> 0007 [] 'other'", "50 02 0007");
            }
            witness.expect_nothing();
            peer.ask("62 02 0007", "70 02 0007");
            let unknown = if version.is_v5() { "70 03 0007 92" } else { "70 02 0007" };
            peer.ask("62 02 0007", unknown);
            witness.expect_nothing();
        }
        // DUP on a message that never came before.
        peer.ask("3C ~ <a> 0008 [] 'first'", "50 02 0008");
        witness.expect("30 ~ <a> [] 'first'");
    }
}

// MQTT-4.3.3-9 of 5.0.
#[test]
fn a_refused_qos_2_message_leaves_its_identifier_free() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    let deep = "a/".repeat(200);
    peer.ask(&format!("34 ~ <{deep}> 0007 []"), "50 03 0007 90");
    peer.ask("34 ~ <a> 0007 []", "50 03 0007 10");
    peer.ask("62 02 0007", "70 02 0007");
    peer.ask(&format!("34 ~ <{deep}> 0007 []"), "50 03 0007 90");
    peer.ask("62 02 0007", "70 03 0007 92");
}

/// MQTT-2.3.1-4, MQTT-4.3.2-1, MQTT-4.3.3-1 of 3.1.1; MQTT-2.2.1-4, 4.3.2-1 to -3, 4.3.3-1 to -6
/// of 5.0: no identifier in use is used, DUP is 0, and nothing comes twice on one connection.
#[test]
fn identifiers_in_use_are_not_given_again() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    for version in VERSIONS {
        let mut peer = RawPeer::connect(&broker, version, "10 ~ @ 02 0000 [21 0008] <c>");
        peer.subscribe("a", 2);
        // One that is never acknowledged, one that stops after PUBREC.
        publisher.publish("a", 1, false, "stuck");
        peer.expect("32 ~ <a> 0001 [] 'stuck'");
        publisher.publish("a", 2, false, "half");
        peer.expect("34 ~ <a> 0002 [] 'half'");
        peer.ask("50 02 0002", "62 02 0002");
        // More than there are identifiers.
        let mut bytes = Vec::new();
        for _ in 0..500 {
            bytes.extend(notation::bytes("32 ~ <a> 0001 'x'", Version::V311));
        }
        let mut last = 2;
        for _ in 0..132 {
            publisher.send_bytes(&bytes);
            for _ in 0..500 {
                let packet = peer.packet();
                assert_eq!(packet[0], 0x32);
                let id = u16::from_be_bytes([packet[5], packet[6]]);
                let next = if last == u16::MAX { 3 } else { last + 1 };
                assert_eq!(id, next, "in order, around those in use");
                last = id;
                peer.send_bytes(&[0x40, 2, packet[5], packet[6]]);
            }
            for _ in 0..500 {
                publisher.expect("40 02 0001");
            }
        }
        peer.ask("50 02 0002", "62 02 0002");
        peer.send("70 02 0002");
        peer.expect_nothing();
    }
}

/// MQTT-3.3.4-9, -10, MQTT-4.9.0-1 to -3 of 5.0.
#[test]
fn no_more_is_sent_than_the_receive_maximum_until_it_is_acknowledged() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    for most in [1_u16, 2, 5] {
        let row = format!("10 ~ @ 02 0000 [21 {most:04X}] <c>");
        let mut peer = RawPeer::connect(&broker, Version::V5, &row);
        peer.subscribe("a", 2);
        for at in 0..most + 3 {
            publisher.publish("a", u8::try_from(1 + at % 2).unwrap(), false, "x");
        }
        let mut held = Vec::new();
        for _ in 0..most {
            held.push(peer.packet());
        }
        peer.expect_nothing();
        // QoS 0, answers and subscriptions are not held back.
        publisher.publish("a", 0, false, "now");
        peer.expect("30 ~ <a> [] 'now'");
        peer.subscribe("b", 0);
        peer.ask("34 ~ <n> 0001 []", "50 03 0001 10");
        for _ in 0..3 {
            let packet = held.remove(0);
            let (high, low) = (packet[5], packet[6]);
            if packet[0] == 0x32 {
                peer.send_bytes(&[0x40, 2, high, low]);
            } else {
                peer.send_bytes(&[0x50, 2, high, low]);
                assert_eq!(peer.packet(), [0x62, 2, high, low]);
                // PUBREC alone makes no room.
                peer.expect_nothing();
                peer.send_bytes(&[0x70, 2, high, low]);
            }
            held.push(peer.packet());
            peer.expect_nothing();
        }
    }
}

/// MQTT-4.4.0-2, MQTT-4.3.3-4 of 5.0: a PUBREC of 0x80 or more ends the exchange and makes room.
#[test]
fn a_delivery_that_the_client_refuses_is_over() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let row = "10 ~ @ 00 0000 [21 0001 11 0000003C] <c>";
    let mut peer = RawPeer::connect(&broker, Version::V5, row);
    peer.subscribe("a", 2);
    for text in ["one", "two", "three"] {
        publisher.publish("a", 2, false, text);
    }
    publisher.publish("a", 1, false, "four");
    for (id, text) in [("0001", "one"), ("0002", "two"), ("0003", "three")] {
        peer.expect(&format!("34 ~ <a> {id} [] '{text}'"));
        peer.send(&format!("50 03 {id} 97"));
    }
    peer.expect("32 ~ <a> 0004 [] 'four'");
    peer.send("40 03 0004 80");
    peer.expect_nothing();
    peer.drop_link();
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    assert!(peer.present);
    peer.expect_nothing();
}

/// MQTT-4.6.0-5, -6, MQTT-4.5.0-1 of both: per publisher and QoS, whatever goes on beside it.
#[test]
fn messages_keep_their_order() {
    const COUNT: u16 = 1_000;
    let broker = broker();
    for version in VERSIONS {
        for qos in 0..3_u8 {
            let mut peer = RawPeer::clean(&broker, version, "c");
            peer.subscribe("a/#", qos);
            std::thread::scope(|scope| {
                for name in ["x", "y"] {
                    let broker = &broker;
                    scope.spawn(move || publish_numbered(broker, version, name, qos, COUNT));
                }
                let mut next = [0, 0];
                while next != [COUNT, COUNT] {
                    let packet = peer.packet();
                    if packet[0] == 0x62 {
                        peer.send_bytes(&[0x70, 2, packet[2], packet[3]]);
                        continue;
                    }
                    let at = usize::from(packet[6] == b'y');
                    let number = &packet[packet.len() - 4..];
                    assert_eq!(number, format!("{:04}", next[at]).as_bytes());
                    next[at] += 1;
                    if qos > 0 {
                        let answer = if qos == 1 { 0x40 } else { 0x50 };
                        peer.send_bytes(&[answer, 2, packet[7], packet[8]]);
                    }
                }
            });
            peer.leave_when_done(qos);
        }
    }
}

fn publish_numbered(
    broker: &mq::broker::Broker,
    version: Version,
    name: &str,
    qos: u8,
    count: u16,
) {
    let mut publisher = RawPeer::clean(broker, version, name);
    for at in 0..count {
        let id = if qos == 0 { String::new() } else { format!("{:04X}", at + 1) };
        publisher.send(&format!("3{} ~ <a/{name}> {id} [] '{at:04}'", qos * 2));
        if at % 100 == 99 {
            let acks: Vec<_> =
                (0..if qos == 0 { 0 } else { 100 }).map(|_| publisher.packet()).collect();
            assert!(acks.iter().all(|ack| ack[0] == if qos == 1 { 0x40 } else { 0x50 }));
            for ack in acks.iter().filter(|_| qos == 2) {
                publisher.send_bytes(&[0x62, 2, ack[2], ack[3]]);
                assert_eq!(publisher.packet(), [0x70, 2, ack[2], ack[3]]);
            }
        }
    }
    publisher.leave();
}

/// MQTT-2.3.1-5, MQTT-3.3.1-2, MQTT-4.3.1-1 of 3.1.1; 2.2.1-2, 3.3.1-2, 4.3.1-1 of 5.0.
#[test]
fn a_qos_0_delivery_has_no_identifier_and_no_flags() {
    for version in VERSIONS {
        let broker = broker();
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.subscribe("a", 0);
        for header in ["30", "31", "32", "33", "34", "35", "3A", "3B", "3C", "3D"] {
            let id = if header < "32" { "" } else { "0007" };
            peer.send(&format!("{header} ~ <a> {id} [] 'x'"));
            loop {
                let packet = peer.packet();
                if packet[0] >> 4 == 3 {
                    assert_eq!(packet, notation::bytes("30 ~ <a> [] 'x'", version));
                    break;
                }
            }
            peer.send("62 02 0007 C0 00");
            while peer.packet()[0] != 0xD0 {}
        }
    }
}

/// What was taken is acknowledged, though DISCONNECT or a violation came with it: it would be
/// sent again.
#[test]
fn a_message_in_front_of_the_end_is_acknowledged() {
    let broker = broker();
    for version in VERSIONS {
        let mut witness = RawPeer::clean(&broker, version, "witness");
        witness.subscribe("a", 0);
        let mut peer = RawPeer::clean(&broker, version, "c");
        let mut both = notation::bytes("32 ~ <a> 0007 [] 'x'", version);
        both.extend(notation::bytes("E0 00", version));
        peer.send_bytes(&both);
        peer.expect("40 02 0007");
        witness.expect("30 ~ <a> [] 'x'");
    }
}
