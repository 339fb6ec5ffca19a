//! Retained messages.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::notation;
use crate::peer::{RawPeer, broker};

/// MQTT-3.3.1-5, -6, -8, -9 of 3.1.1; 3.3.1-5, -9, -12 of 5.0; 3.1.2-7: they outlive sessions.
#[test]
fn a_new_subscription_gets_the_last_message_of_each_topic_that_matches() {
    for version in VERSIONS {
        let broker = broker();
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        let mut standing = RawPeer::clean(&broker, version, "standing");
        standing.subscribe("#", 0);
        for (topic, text) in [("a/b", "old"), ("a/b", "new"), ("a/c", "c"), ("d", "d")] {
            publisher.publish(topic, 1, true, text);
            standing.expect(&format!("30 ~ <{topic}> [] '{text}'"));
        }
        publisher.leave();
        let mut late = RawPeer::clean(&broker, version, "late");
        late.subscribe("a/+", 0);
        late.expect_all(&["31 ~ <a/b> [] 'new'", "31 ~ <a/c> [] 'c'"]);
        late.subscribe("d", 0);
        late.expect("31 ~ <d> [] 'd'");
        late.subscribe("e", 0);
        late.expect_nothing();
        standing.expect_nothing();
    }
}

// MQTT-3.3.1-7: whatever the QoS, the newest stays; its QoS is stored with it.
#[test]
fn a_retained_message_replaces_the_older_one_at_every_qos() {
    let broker = broker();
    for version in VERSIONS {
        for old in 0..3 {
            for new in 0..3 {
                let mut peer = RawPeer::clean(&broker, version, "c");
                peer.publish("a", old, true, "old");
                peer.publish("a", new, true, "new");
                peer.subscribe("a", 2);
                let id = if new == 0 { "" } else { "0001" };
                peer.expect(&format!("3{} ~ <a> {id} [] 'new'", new * 2 + 1));
                peer.expect_nothing();
            }
        }
    }
}

/// MQTT-3.3.1-10, -11, -12 of 3.1.1; 3.3.1-6, -7, -8 of 5.0.
#[test]
fn an_empty_message_is_passed_on_and_leaves_nothing() {
    for version in VERSIONS {
        for qos in 0..3 {
            let broker = broker();
            let mut publisher = RawPeer::clean(&broker, version, "publisher");
            let mut standing = RawPeer::clean(&broker, version, "standing");
            publisher.publish("a", 1, true, "kept");
            publisher.publish("a", 1, false, "passing");
            standing.subscribe("a", 0);
            standing.expect("31 ~ <a> [] 'kept'");
            publisher.publish("a", qos, true, "");
            standing.expect("30 ~ <a> []");
            let mut late = RawPeer::clean(&broker, version, "late");
            late.subscribe("a", 0);
            late.expect_nothing();
        }
    }
}

// MQTT-3.8.4-3 of 3.1.1, MQTT-3.8.4-4 and 3.3.1-9 of 5.0.
#[test]
fn subscribing_again_sends_them_again() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.publish("a", 1, true, "x");
        for (qos, delivery) in
            [(0, "31 ~ <a> [] 'x'"), (1, "33 ~ <a> 0001 [] 'x'"), (0, "31 ~ <a> [] 'x'")]
        {
            peer.subscribe("a", qos);
            peer.expect(delivery);
        }
        peer.expect_nothing();
    }
}

/// MQTT-3.3.1-9, -10, -11 of 5.0.
#[test]
fn retain_handling_says_whether_a_subscription_gets_them() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.publish("a", 0, true, "x");
    for (options, sent) in [("20", false), ("00", true), ("00", true), ("10", false), ("20", false)]
    {
        peer.ask(&format!("82 ~ 0001 [] <a> {options}"), "90 ~ 0001 [] 00");
        if sent {
            peer.expect("31 ~ <a> [] 'x'");
        }
        peer.expect_nothing();
    }
    peer.ask("A2 ~ 0002 [] <a>", "B0 ~ 0002 [] 00");
    peer.ask("82 ~ 0001 [] <a> 10", "90 ~ 0001 [] 00");
    peer.expect("31 ~ <a> [] 'x'");
    // A resumed session has its subscriptions: none is new.
    let mut kept = RawPeer::kept(&broker, Version::V5, "kept");
    kept.ask("82 ~ 0001 [] <a> 10", "90 ~ 0001 [] 00");
    kept.expect("31 ~ <a> [] 'x'");
    kept.drop_link();
    let mut kept = RawPeer::kept(&broker, Version::V5, "kept");
    kept.ask("82 ~ 0001 [] <a> 10", "90 ~ 0001 [] 00");
    kept.expect_nothing();
}

/// MQTT-3.3.1-12, -13 of 5.0.
#[test]
fn retain_as_published_keeps_the_flag() {
    let broker = broker();
    for qos in 0..3_u8 {
        let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
        let mut keeps = RawPeer::clean(&broker, Version::V5, "keeps");
        let mut clears = RawPeer::clean(&broker, Version::V5, "clears");
        let mut old = RawPeer::clean(&broker, Version::V311, "old");
        keeps.ask(&format!("82 ~ 0001 [] <a> {:02X}", 0x28 | qos), &format!("90 ~ 0001 [] 0{qos}"));
        clears
            .ask(&format!("82 ~ 0001 [] <a> {:02X}", 0x20 | qos), &format!("90 ~ 0001 [] 0{qos}"));
        old.subscribe("a", qos);
        publisher.publish("a", qos, true, "x");
        let id = if qos == 0 { "" } else { "0001" };
        keeps.expect(&format!("3{} ~ <a> {id} [] 'x'", qos * 2 + 1));
        clears.expect(&format!("3{} ~ <a> {id} [] 'x'", qos * 2));
        old.expect(&format!("3{} ~ <a> {id} [] 'x'", qos * 2));
        publisher.publish("a", 0, true, "");
        keeps.expect("31 ~ <a> []");
    }
}

// MQTT-3.8.4-4: shared subscriptions get none.
#[test]
fn a_shared_subscription_gets_no_retained_messages() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.publish("a", 0, true, "x");
    peer.subscribe("$share/g/a", 1);
    peer.expect_nothing();
}

// MQTT-3.3.2-6 and the properties of 3.3.2-15 to -20, and the subscription's identifier.
#[test]
fn a_retained_message_keeps_its_properties() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    let properties = "01 01 03 <t> 08 <r> 09 <\\00> 26 <k> <v> 26 <k> <v>";
    peer.send(&format!("31 ~ <a> [{properties}] 'x'"));
    peer.ask("82 ~ 0001 [0B 8001] <a> 00", "90 ~ 0001 [] 00");
    peer.expect(&format!("31 ~ <a> [{properties} 0B 8001] 'x'"));
    // An older client gets what it can read.
    let mut old = RawPeer::clean(&broker, Version::V311, "old");
    old.subscribe("a", 0);
    old.expect("31 ~ <a> 'x'");
}

// MQTT-4.7.2-1: a walk over all topics passes over those with $.
#[test]
fn a_leading_wildcard_gets_no_retained_message_of_a_dollar_topic() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V311, "c");
    peer.publish("$x/a", 0, true, "hidden");
    peer.publish("y/a", 0, true, "seen");
    peer.subscribe("#", 0);
    peer.expect("31 ~ <y/a> 'seen'");
    peer.subscribe("+/a", 0);
    peer.expect("31 ~ <y/a> 'seen'");
    peer.subscribe("$x/#", 0);
    peer.expect("31 ~ <$x/a> 'hidden'");
    peer.expect_nothing();
}

/// Nothing of a flood is lost, nothing dropped, at any QoS and however small the window.
#[test]
fn five_thousand_retained_messages_come_each_once() {
    const COUNT: usize = 5_000;
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    let payload = "x".repeat(300);
    let mut bytes = Vec::new();
    for at in 0..COUNT {
        let row = format!("35 ~ <flood/{}/{at:04}> {:04X} '{payload}'", at % 7, at + 1);
        bytes.extend(notation::bytes(&row, Version::V311));
    }
    publisher.send_bytes(&bytes);
    for at in 0..COUNT {
        publisher.expect(&format!("50 02 {:04X}", at + 1));
    }
    std::thread::scope(|scope| {
        for (version, qos, window) in [
            (Version::V311, 0, "FFFF"),
            (Version::V311, 1, "FFFF"),
            (Version::V5, 0, "0001"),
            (Version::V5, 1, "0003"),
            (Version::V5, 2, "000A"),
        ] {
            let broker = &broker;
            scope.spawn(move || {
                let row = format!("10 ~ @ 02 0000 [21 {window}] <{version}-{qos}>");
                let mut peer = RawPeer::connect(broker, version, &row);
                peer.subscribe("flood/#", qos);
                let mut seen = std::collections::HashSet::new();
                while seen.len() < COUNT {
                    let packet = peer.packet();
                    if packet[0] >> 4 == 6 {
                        peer.send_bytes(&[0x70, 2, packet[2], packet[3]]);
                        continue;
                    }
                    assert_eq!(packet[0], 0x31 | qos << 1);
                    let topic = packet[5..5 + 12].to_vec();
                    assert!(topic.starts_with(b"flood/") && seen.insert(topic), "twice");
                    match qos {
                        0 => {}
                        1 => peer.send_bytes(&[0x40, 2, packet[17], packet[18]]),
                        _ => peer.send_bytes(&[0x50, 2, packet[17], packet[18]]),
                    }
                }
                while qos == 2 && {
                    peer.send("C0 00");
                    true
                } {
                    let packet = peer.packet();
                    if packet[0] == 0xD0 {
                        break;
                    }
                    assert_eq!(packet[0], 0x62);
                }
            });
        }
    });
}

// Sets and clears meet subscriptions: who is there afterwards knows what is retained.
#[test]
fn a_subscription_made_while_messages_change_ends_with_the_last_ones() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
    for round in 0..20 {
        let mut bytes = Vec::new();
        for at in 0..100 {
            let row = format!("31 ~ <t/{at:02}> '{round:02}'");
            bytes.extend(notation::bytes(&row, Version::V311));
        }
        publisher.send_bytes(&bytes);
        let mut peer = RawPeer::clean(&broker, Version::V311, "peer");
        peer.send("82 ~ 0001 <t/#> 00");
        publisher.expect_nothing();
        peer.send("C0 00");
        let mut last = std::collections::HashMap::new();
        loop {
            let packet = peer.packet();
            match packet[0] {
                0x30 | 0x31 => {
                    last.insert(packet[4..8].to_vec(), packet[8..].to_vec());
                }
                0x90 => {}
                other => {
                    assert_eq!(other, 0xD0);
                    break;
                }
            }
        }
        assert_eq!(last.len(), 100);
        assert!(last.values().all(|text| *text == format!("{round:02}").into_bytes()));
        peer.leave();
    }
}
