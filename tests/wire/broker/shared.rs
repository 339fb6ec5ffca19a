//! Shared subscriptions.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::peer::{RawPeer, broker};

/// Members that subscribed to `$share/g/a`, each at its QoS.
fn members<const N: usize>(broker: &mq::broker::Broker, qos: [u8; N]) -> [RawPeer; N] {
    std::array::from_fn(|at| {
        let mut peer = RawPeer::clean(broker, VERSIONS[at % 3], &format!("m{at}"));
        peer.subscribe("$share/g/a", qos[at]);
        peer
    })
}

// MQTT-4.8.2-1 and the use of groups: one copy a group, to each member in turn.
#[test]
fn each_message_goes_to_one_member_of_each_group() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut members = members(&broker, [0, 0, 0]);
    let mut other = RawPeer::clean(&broker, Version::V5, "other");
    other.subscribe("$share/h/+", 0);
    let mut alone = RawPeer::clean(&broker, Version::V5, "alone");
    alone.subscribe("a", 0);
    for at in 0..30 {
        publisher.publish("a", 0, false, &format!("{at:02}"));
        other.expect(&format!("30 ~ <a> [] '{at:02}'"));
        alone.expect(&format!("30 ~ <a> [] '{at:02}'"));
    }
    let mut seen = Vec::new();
    for member in &mut members {
        for _ in 0..10 {
            let packet = member.packet();
            seen.push(packet[packet.len() - 2..].to_vec());
        }
        member.expect_nothing();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 30, "each once");
    other.expect_nothing();
}

// MQTT-4.8.2-3.
#[test]
fn each_member_is_served_at_its_own_qos() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut members = members(&broker, [0, 1, 2]);
    for _ in 0..3 {
        publisher.publish("a", 2, false, "x");
    }
    members[0].expect("30 ~ <a> [] 'x'");
    members[1].expect("32 ~ <a> 0001 [] 'x'");
    members[2].expect("34 ~ <a> 0001 [] 'x'");
}

/// MQTT-4.8.2-4, -5: what was begun with a member stays with it, and ends with its session.
#[test]
fn a_message_in_flight_goes_to_no_other_member() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    for qos in [1_u8, 2] {
        let mut first = RawPeer::kept(&broker, Version::V5, "first");
        let mut second = RawPeer::clean(&broker, Version::V5, "second");
        first.subscribe("$share/g/a", 2);
        publisher.publish("a", qos, false, "x");
        first.expect(&format!("3{} ~ <a> 0001 [] 'x'", qos * 2));
        second.subscribe("$share/g/a", 2);
        first.drop_link();
        second.expect_nothing();
        let mut first = RawPeer::kept(&broker, Version::V5, "first");
        first.expect(&format!("3{:X} ~ <a> 0001 [] 'x'", 8 + qos * 2));
        first.leave();
        RawPeer::clean(&broker, Version::V5, "first").leave();
        second.expect_nothing();
        second.leave();
    }
}

// MQTT-4.8.2-6.
#[test]
fn a_message_that_a_member_refuses_is_not_offered_to_another() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut first = RawPeer::clean(&broker, Version::V5, "first");
    first.subscribe("$share/g/a", 1);
    publisher.publish("a", 1, false, "x");
    first.expect("32 ~ <a> 0001 [] 'x'");
    let mut second = RawPeer::clean(&broker, Version::V5, "second");
    second.subscribe("$share/g/a", 1);
    first.send("40 03 0001 97");
    first.expect_nothing();
    second.expect_nothing();
}

#[test]
fn a_group_ends_with_its_last_member() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut first = RawPeer::clean(&broker, Version::V5, "first");
    let mut second = RawPeer::clean(&broker, Version::V5, "second");
    for round in 0..3 {
        first.subscribe("$share/g/a", 1);
        second.subscribe("$share/g/a", 1);
        publisher.publish("a", 1, false, "x");
        publisher.publish("a", 1, false, "x");
        for member in [&mut first, &mut second] {
            let packet = member.packet();
            member.send_bytes(&[0x40, 2, packet[5], packet[6]]);
            member.ask("A2 ~ 0001 [] <$share/g/a>", "B0 ~ 0001 [] 00");
            member.ask("A2 ~ 0002 [] <a>", "B0 ~ 0002 [] 11");
        }
        publisher.ask(
            &format!("32 ~ <a> 000{round} []").replace("0000", "0009"),
            &format!("40 03 000{round} 10").replace("0000", "0009"),
        );
        first.expect_nothing();
        second.expect_nothing();
    }
    // The last member's link is lost with a message in flight: it is gone with its session.
    first.subscribe("$share/g/a", 1);
    publisher.publish("a", 1, false, "x");
    first.packet();
    first.drop_link();
    second.subscribe("$share/g/a", 1);
    second.expect_nothing();
    publisher.publish("a", 1, false, "y");
    assert!(second.packet().ends_with(b"y"));
}

// Members that are away take messages only when nobody is there.
#[test]
fn a_member_that_is_there_is_served_before_one_that_is_away() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut away = RawPeer::kept(&broker, Version::V311, "away");
    away.subscribe("$share/g/a", 1);
    away.drop_link();
    let mut there = RawPeer::clean(&broker, Version::V311, "there");
    there.subscribe("$share/g/a", 0);
    for _ in 0..4 {
        publisher.publish("a", 1, false, "x");
        there.expect("30 ~ <a> 'x'");
    }
    there.leave();
    publisher.publish("a", 1, false, "kept");
    let mut back = RawPeer::kept(&broker, Version::V311, "away");
    back.expect("32 ~ <a> 0001 'kept'");
    back.expect_nothing();
}

// MQTT-4.8.2-2 and the group's name: not the same as an equal filter of another group.
#[test]
fn a_shared_subscription_stands_beside_a_plain_one() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.ask("82 ~ 0001 [0B 01] <a> 00", "90 ~ 0001 [] 00");
    peer.ask("82 ~ 0002 [0B 02] <$share/g/a> 00", "90 ~ 0002 [] 00");
    peer.ask("82 ~ 0003 [0B 03] <$share/h/#> 00", "90 ~ 0003 [] 00");
    publisher.publish("a", 0, false, "x");
    peer.expect_all(&["30 ~ <a> [0B 01] 'x'", "30 ~ <a> [0B 02] 'x'", "30 ~ <a> [0B 03] 'x'"]);
    peer.ask("A2 ~ 0004 [] <a>", "B0 ~ 0004 [] 00");
    publisher.publish("a", 0, false, "x");
    peer.expect_all(&["30 ~ <a> [0B 02] 'x'", "30 ~ <a> [0B 03] 'x'"]);
    // A topic may look like a shared filter and is none.
    publisher.publish("$share/g/a", 0, false, "x");
    peer.expect_nothing();
}

#[test]
fn members_come_and_go_without_a_message_lost() {
    const COUNT: usize = 300;
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    let mut constant = RawPeer::clean(&broker, Version::V311, "constant");
    constant.subscribe("$share/g/a", 0);
    let mut guest = RawPeer::clean(&broker, Version::V311, "guest");
    let mut seen = 0;
    for _ in 0..COUNT / 3 {
        guest.subscribe("$share/g/a", 0);
        for _ in 0..3 {
            publisher.publish("a", 0, false, "x");
        }
        guest.send("A2 ~ 0001 <$share/g/a>");
        while guest.packet()[0] != 0xB0 {
            seen += 1;
        }
    }
    constant.send("C0 00");
    while constant.packet()[0] != 0xD0 {
        seen += 1;
    }
    assert_eq!(seen, COUNT);
}
