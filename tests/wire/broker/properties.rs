//! What messages of version 5 carry: properties, aliases, expiry, sizes.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::notation;
use crate::peer::{RawPeer, broker};

/// MQTT-3.3.2-4, -15 to -18, -20, MQTT-1.5.7-1 of 5.0, at every QoS.
#[test]
fn a_messages_properties_are_passed_on_unchanged_and_in_order() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    for properties in [
        "",
        "01 00",
        "01 01",
        "03 <text/plain> 08 <reply/to> 09 <\\00\\01\\FF>",
        "26 <b> <2> 26 <a> <1> 26 <b> <2> 26 <> <> 26 <\\EF\\BB\\BF> <\\F0\\9F\\98\\80>",
        "09 <> 03 <> 01 01 26 <k> <v>",
    ] {
        for qos in 0..3_u8 {
            let mut peer = RawPeer::clean(&broker, Version::V5, "c");
            let mut old = RawPeer::clean(&broker, Version::V311, "old");
            peer.subscribe("a", 2);
            old.subscribe("a", 2);
            let id = if qos == 0 { "" } else { "0064" };
            publisher.send(&format!("3{} ~ <a> {id} [{properties}] 'x'", qos * 2));
            publisher.settle(qos);
            let id = if qos == 0 { "" } else { "0001" };
            peer.expect(&format!("3{} ~ <a> {id} [{properties}] 'x'", qos * 2));
            // Before version 5 there are none.
            old.expect(&format!("3{} ~ <a> {id} 'x'", qos * 2));
            peer.expect_nothing();
        }
    }
}

// The same through the queue of a session that is away, and its subscription's identifier.
#[test]
fn a_queued_message_keeps_its_properties() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.ask("82 ~ 0001 [0B 07] <a> 02", "90 ~ 0001 [] 02");
    peer.drop_link();
    let properties = "01 01 03 <t> 08 <r> 09 <\\FF> 26 <k> <v> 26 <k> <v>";
    publisher.send(&format!("34 ~ <a> 0064 [{properties}] 'x'"));
    publisher.settle(2);
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.expect(&format!("34 ~ <a> 0001 [{properties} 0B 07] 'x'"));
    peer.drop_link();
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.expect(&format!("3C ~ <a> 0001 [{properties} 0B 07] 'x'"));
}

/// MQTT-3.3.2-8, -9, -12 of 5.0.
#[test]
fn aliases_of_a_client_stand_for_its_topics() {
    let broker = broker();
    let mut witness = RawPeer::clean(&broker, Version::V5, "witness");
    witness.subscribe("#", 0);
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    for (row, topic) in [
        ("30 ~ <one> [23 0001] 'x'", "one"),
        ("30 ~ <> [23 0001] 'x'", "one"),
        ("30 ~ <last> [23 0010] 'x'", "last"),
        ("30 ~ <> [23 0010] 'x'", "last"),
        ("30 ~ <two> [23 0001] 'x'", "two"),
        ("30 ~ <> [23 0001] 'x'", "two"),
        ("30 ~ <two> [] 'x'", "two"),
        ("30 ~ <> [23 0010] 'x'", "last"),
    ] {
        peer.send(row);
        witness.expect(&format!("30 ~ <{topic}> [] 'x'"));
    }
    peer.send("32 ~ <> 0007 [23 0001 26 <k> <v>] 'x'");
    witness.expect("30 ~ <two> [26 <k> <v>] 'x'");
    peer.expect("40 02 0007");
    for bad in ["<x> [23 0011]", "<> [23 0011]", "<> [23 0003]", "<x> [23 0000]", "<> [23 FFFF]"] {
        let mut peer = RawPeer::clean(&broker, Version::V5, "c");
        peer.send("30 ~ <x> [23 0002]");
        witness.expect("30 ~ <x> []");
        peer.send(&format!("30 ~ {bad}"));
        peer.expect_end(0x94);
        witness.expect_nothing();
    }
}

// MQTT-3.3.2-7 of 5.0: not even a session that is kept knows them.
#[test]
fn aliases_end_with_the_connection() {
    let broker = broker();
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.send("30 ~ <a> [23 0001]");
    peer.expect_nothing();
    peer.drop_link();
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.send("30 ~ <> [23 0001]");
    peer.expect_end(0x94);
    let row = "10 ~ @ 00 0000 [11 0000003C 22 0001] <r>";
    for round in 0..2 {
        let mut peer = RawPeer::connect(&broker, Version::V5, row);
        if round == 0 {
            peer.subscribe("a", 0);
        }
        peer.ask("30 ~ <a> []", "30 ~ <a> [23 0001]");
        peer.ask("30 ~ <a> []", "30 ~ <> [23 0001]");
        peer.drop_link();
    }
}

/// MQTT-3.1.2-26, -27, MQTT-3.3.2-11 of 5.0.
#[test]
fn aliases_to_a_client_stay_within_what_it_takes() {
    let broker = broker();
    for (most, properties) in [(0, ""), (0, "22 0000"), (2, "22 0002")] {
        let mut peer =
            RawPeer::connect(&broker, Version::V5, &format!("10 ~ @ 02 0000 [{properties}] <c>"));
        peer.subscribe("+", 1);
        let mut topics: Vec<Option<String>> = vec![None; most];
        for at in 0..20 {
            let topic = format!("t{}", at % 4);
            peer.send(&format!("30 ~ <{topic}> [] 'x'"));
            let packet = peer.packet();
            let length = usize::from(packet[3]);
            let name = String::from_utf8(packet[4..4 + length].to_vec()).unwrap();
            let rest = &packet[4 + length..];
            let name = match rest {
                [0, b'x'] => name,
                [3, 0x23, 0, alias, b'x'] => {
                    let slot = &mut topics[usize::from(*alias) - 1];
                    if !name.is_empty() {
                        *slot = Some(name);
                    }
                    slot.clone().expect("an alias that was set")
                }
                other => panic!("{other:02X?}"),
            };
            assert_eq!(name, topic);
        }
        assert!(topics.iter().all(Option::is_some), "they are used where they are taken");
    }
}

/// MQTT-3.3.2-5, -6, MQTT-4.3.3-7, -13 of 5.0.
#[test]
fn a_message_expires_in_a_queue_but_not_in_flight() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut away = RawPeer::kept(&broker, Version::V5, "away");
    away.subscribe("a", 2);
    away.drop_link();
    let mut flying = RawPeer::kept(&broker, Version::V5, "flying");
    flying.subscribe("a", 2);
    for (row, qos) in [
        ("34 ~ <a> 0064 [02 00000001] 'short'", 2),
        ("33 ~ <a> 0064 [02 0000003C 26 <k> <v>] 'long'", 1),
        ("33 ~ <b> 0064 [02 00000001] 'retained'", 1),
    ] {
        publisher.send(row);
        publisher.settle(qos);
    }
    flying.expect("34 ~ <a> 0001 [02 00000001] 'short'");
    flying.expect("32 ~ <a> 0002 [26 <k> <v> 02 0000003C] 'long'");
    flying.drop_link();
    // The silence of another is the clock: 1.5 s.
    RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0001 [] <s>").expect_end(0x8D);
    let mut away = RawPeer::kept(&broker, Version::V5, "away");
    expect_remaining(&mut away, "32 ~ <a> 0001 [26 <k> <v> 02 0000003B] 'long'");
    away.expect_nothing();
    away.subscribe("b", 0);
    away.expect_nothing();
    away.subscribe("+", 0);
    expect_remaining(&mut away, "31 ~ <a> [26 <k> <v> 02 0000003B] 'long'");
    away.expect_nothing();
    let mut flying = RawPeer::kept(&broker, Version::V5, "flying");
    flying.expect("3C ~ <a> 0001 [02 00000000] 'short'");
    expect_remaining(&mut flying, "3A ~ <a> 0002 [26 <k> <v> 02 0000003B] 'long'");
    flying.ask("50 02 0001", "62 02 0001");
    flying.send("70 02 0001");
    flying.expect_nothing();
    // An older client is spared it, not told of it.
    let mut old = RawPeer::clean(&broker, Version::V311, "old");
    old.subscribe("+", 0);
    old.expect("31 ~ <a> 'long'");
    old.expect_nothing();
}

/// The row, with as many seconds or up to nine fewer in front of the payload `long`.
#[track_caller]
fn expect_remaining(peer: &mut RawPeer, row: &str) {
    let mut packet = peer.packet();
    let want = notation::bytes(row, Version::V5);
    let at = want.len() - 5;
    let fewer = want[at].wrapping_sub(packet[at]);
    assert!(fewer < 10, "{packet:02X?}");
    packet[at] = want[at];
    assert_eq!(packet, want);
}

/// MQTT-3.1.2-24, -25 of 5.0: dropped as if sent, whatever the QoS, the window stays open.
#[test]
fn what_is_larger_than_a_client_takes_is_not_sent_to_it() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut other = RawPeer::clean(&broker, Version::V5, "other");
    other.subscribe("a", 0);
    let long = "x".repeat(100);
    for retained in [false, true] {
        for qos in 0..3_u8 {
            let mut peer =
                RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0000 [27 00000032 21 0001] <c>");
            if !retained {
                peer.subscribe("a", qos);
            }
            publisher.publish("a", qos, retained, &long);
            other.expect(&format!("30 ~ <a> [] '{long}'"));
            if retained {
                peer.subscribe("a", qos);
            }
            peer.expect_nothing();
            publisher.publish("a", qos, false, "x");
            other.expect("30 ~ <a> [] 'x'");
            let id = if qos == 0 { "" } else { "0001" };
            peer.expect(&format!("3{} ~ <a> {id} [] 'x'", qos * 2));
            peer.expect_nothing();
        }
    }
    // To the byte: a topic of 1, the payload behind 6 bytes at QoS 0.
    for (size, comes) in [(44, true), (45, false)] {
        let mut peer = RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0000 [27 00000032] <c>");
        peer.subscribe("b", 0);
        let text = "x".repeat(size);
        publisher.publish("b", 0, false, &text);
        if comes {
            peer.expect(&format!("30 ~ <b> [] '{text}'"));
        }
        peer.expect_nothing();
    }
}

// MQTT-3.3.4-6 of 5.0.
#[test]
fn a_subscription_identifier_from_a_publisher_ends_its_connection() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.send("30 ~ <a> [0B 01]");
    peer.expect_end(0x82);
}

// MQTT-3.3.5-2 of 3.1.1: what may not be published is refused or closed, and goes to nobody.
#[test]
fn the_brokers_own_topics_cannot_be_published_to() {
    let broker = broker();
    for version in VERSIONS {
        let mut witness = RawPeer::clean(&broker, version, "witness");
        witness.subscribe("$SYS/x/#", 0);
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.publish("$SYS/x", 0, true, "x");
        for (row, refusal) in [("32", "40"), ("34", "50")] {
            let mut peer = RawPeer::clean(&broker, version, "c");
            peer.send(&format!("{row} ~ <$SYS/x> 0001 [] 'x'"));
            if version.is_v5() {
                peer.expect(&format!("{refusal} 03 0001 87"));
                peer.expect_nothing();
            } else {
                peer.expect_closed();
            }
        }
        witness.expect_nothing();
        witness.subscribe("$SYS/x", 0);
        witness.expect_nothing();
    }
}

// One message to a thousand overlapping filters of a hundred clients: one copy each.
#[test]
fn a_message_is_not_multiplied_by_overlapping_filters() {
    let broker = broker();
    let topic = "l/".repeat(10) + "l";
    let filters: Vec<_> = (0..1_000_u32)
        .map(|at| {
            let levels: Vec<_> =
                (0..11).map(|level| if at >> level & 1 == 1 { "+" } else { "l" }).collect();
            format!("<{}> 00", levels.join("/"))
        })
        .collect();
    let filters = filters.concat();
    let mut peers: Vec<_> = (0..100)
        .map(|at| {
            let mut peer = RawPeer::clean(&broker, Version::V311, &format!("c{at}"));
            peer.ask(&format!("82 ~ 0001 {filters}"), &format!("90 ~ 0001 {}", "00".repeat(1_000)));
            peer
        })
        .collect();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    publisher.publish(&topic, 0, false, "x");
    for peer in &mut peers {
        peer.expect(&format!("30 ~ <{topic}> 'x'"));
        peer.expect_nothing();
    }
}
