//! SUBSCRIBE, UNSUBSCRIBE, and which topics a filter gets.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::peer::{RawPeer, broker};

/// MQTT-3.8.4-1, -2, -4, -5, -6; MQTT-3.9.3-1, -2; MQTT-2.3.1-7 of 3.1.1; 2.2.1-6, 3.8.4-5 to -7
/// of 5.0.
#[test]
fn suback_has_the_identifier_and_a_code_for_each_filter_in_order() {
    let broker = broker();
    let deep = "a/".repeat(200);
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        let refused = if version.is_v5() { "8F" } else { "80" };
        for id in ["0001", "00FF", "0100", "FFFF"] {
            peer.ask(
                &format!("82 ~ {id} [] <a> 02 <b> 00 <{deep}> 01 <+/c> 01 <a> 01"),
                &format!("90 ~ {id} [] 02 00 {refused} 01 01"),
            );
            peer.ask(&format!("A2 ~ {id} [] <b>"), &unsuback(version, id, &["00"]));
        }
    }
}

fn unsuback(version: Version, id: &str, codes: &[&str]) -> String {
    let codes = if version.is_v5() { codes.concat() } else { String::new() };
    format!("B0 ~ {id} [] {codes}")
}

/// MQTT-3.10.4-1, -2, -4, -5, -6 of both; 3.11.3-1, -2 of 5.0.
#[test]
fn unsubscribe_removes_what_is_equal_byte_for_byte() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.subscribe("a/+", 0);
        peer.subscribe("b", 0);
        peer.subscribe("c", 0);
        peer.ask(
            "A2 ~ 0007 [] <a/b> <b> <A/+> <nobody> <c> <c>",
            &unsuback(version, "0007", &["11", "00", "11", "11", "00", "11"]),
        );
        peer.publish("b", 0, false, "x");
        peer.publish("c", 1, false, "x");
        peer.ask("30 ~ <a/b> [] 'x'", "30 ~ <a/b> [] 'x'");
        peer.ask("A2 ~ FFFF [] <a/+>", &unsuback(version, "FFFF", &["00"]));
        peer.publish("a/b", 0, false, "x");
        peer.expect_nothing();
    }
}

// MQTT-3.10.4-3 of both: what was begun is finished.
#[test]
fn a_delivery_that_was_begun_is_finished_after_unsubscribe() {
    let broker = broker();
    for version in VERSIONS {
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.subscribe("a", 2);
        publisher.publish("a", 2, false, "x");
        peer.expect("34 ~ <a> 0001 [] 'x'");
        peer.ask("A2 ~ 0001 [] <a>", &unsuback(version, "0001", &["00"]));
        publisher.publish("a", 2, false, "y");
        peer.ask("50 02 0001", "62 02 0001");
        peer.send("70 02 0001");
        peer.expect_nothing();
    }
}

/// MQTT-3.8.4-6 of 3.1.1, MQTT-3.8.4-8 of 5.0, between all versions.
#[test]
fn the_lower_qos_of_publisher_and_subscriber_counts() {
    let broker = broker();
    for from in VERSIONS {
        for to in VERSIONS {
            for sent in 0..3_u8 {
                for granted in 0..3_u8 {
                    let mut publisher = RawPeer::clean(&broker, from, "publisher");
                    let mut peer = RawPeer::clean(&broker, to, "peer");
                    peer.subscribe("a", granted);
                    publisher.publish("a", sent, false, "x");
                    let qos = sent.min(granted);
                    let id = if qos == 0 { "" } else { "0001" };
                    peer.expect(&format!("3{} ~ <a> {id} [] 'x'", qos * 2));
                    peer.expect_nothing();
                }
            }
        }
    }
}

// MQTT-3.8.4-3 of both: one subscription a filter, the newest.
#[test]
fn subscribing_again_replaces_the_subscription() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        for qos in [0, 2, 1, 0_u8] {
            peer.subscribe("a", qos);
            peer.send("34 ~ <a> 0009 [] 'x'");
            let header = 0x30 | qos << 1;
            let kinds = [peer.packet(), peer.packet()];
            assert!(kinds.iter().any(|packet| packet[0] == header), "{kinds:02X?}");
            peer.ask("62 02 0009", "70 02 0009");
        }
        peer.ask("82 ~ 0001 [] <b> 00 <b> 01", "90 ~ 0001 [] 00 01");
        peer.send("32 ~ <b> 0002 []");
        let kinds = [peer.packet()[0], peer.packet()[0]];
        assert!(kinds.contains(&0x32) && kinds.contains(&0x40));
        peer.expect_nothing();
    }
    // So it is with version 5's options.
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.ask("82 ~ 0001 [0B 01] <a> 04", "90 ~ 0001 [] 00");
    peer.publish("a", 0, false, "x");
    peer.ask("82 ~ 0001 [0B 02] <a> 00", "90 ~ 0001 [] 00");
    peer.ask("30 ~ <a> [] 'x'", "30 ~ <a> [0B 02] 'x'");
    peer.ask("82 ~ 0001 [] <a> 00", "90 ~ 0001 [] 00");
    peer.ask("30 ~ <a> [] 'x'", "30 ~ <a> [] 'x'");
}

/// MQTT-3.3.5-1 of 3.1.1; MQTT-3.3.4-2, -3, -4 of 5.0.
#[test]
fn overlapping_subscriptions_get_one_copy_at_the_highest_qos_with_all_identifiers() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        peer.ask("82 ~ 0001 [0B 01] <a/#> 00", "90 ~ 0001 [] 00");
        peer.ask("82 ~ 0002 [0B FFFFFF7F] <a/+> 02", "90 ~ 0002 [] 02");
        peer.ask("82 ~ 0003 [] <a/b> 01", "90 ~ 0003 [] 01");
        publisher.publish("a/b", 2, false, "x");
        let mut packet = peer.packet();
        assert_eq!(packet[0], 0x34);
        if version.is_v5() {
            packet = packet[9..].to_vec();
            let ids =
                [&b"\x07\x0B\x01\x0B\xFF\xFF\xFF\x7Fx"[..], b"\x07\x0B\xFF\xFF\xFF\x7F\x0B\x01x"];
            assert!(ids.contains(&&packet[..]), "{packet:02X?}");
        }
        peer.ask("50 02 0001", "62 02 0001");
        publisher.publish("a/b", 0, false, "x");
        assert_eq!(peer.packet()[0], 0x30);
        peer.expect_nothing();
    }
}

// MQTT-3.8.3-3 of 5.0.
#[test]
fn no_local_keeps_a_clients_own_messages_from_it() {
    let broker = broker();
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    let mut other = RawPeer::clean(&broker, Version::V5, "other");
    peer.ask("82 ~ 0001 [0B 01] <a/#> 05", "90 ~ 0001 [] 01");
    for qos in 0..3 {
        peer.publish("a/b", qos, true, "own");
    }
    other.publish("a/b", 1, false, "x");
    peer.expect("32 ~ <a/b> 0001 [0B 01] 'x'");
    // A subscription without it takes them, at its own QoS and with its own identifier.
    peer.ask("82 ~ 0002 [0B 02] <a/b> 20", "90 ~ 0002 [] 00");
    peer.send("34 ~ <a/b> 0002 [] 'own'");
    peer.expect_all(&["30 ~ <a/b> [0B 02] 'own'", "50 02 0002"]);
    peer.expect_nothing();
    // It is the session that counts, not the connection.
    let mut kept = RawPeer::kept(&broker, Version::V5, "kept");
    kept.ask("82 ~ 0001 [] <k> 05", "90 ~ 0001 [] 01");
    kept.drop_link();
    let mut kept = RawPeer::kept(&broker, Version::V5, "kept");
    kept.publish("k", 1, false, "own");
    kept.expect_nothing();
}

/// MQTT-3.3.2-3, MQTT-4.7.1-1 to -3, MQTT-4.7.2-1, MQTT-4.7.3-4, MQTT-1.5.3-3 of 3.1.1; the same
/// of 5.0 as 4.7.0-1 to 4.7.3-4 and 1.5.4-3: no other topic, and no other spelling of it.
#[test]
fn a_filter_gets_the_topics_that_it_matches_and_no_others() {
    const TOPICS: [&str; 21] = [
        "a",
        "A",
        "a/",
        "/a",
        "/",
        "//",
        "a/b",
        "a//b",
        "a/b/c",
        "a b",
        " a",
        "\\C3\\A9",
        "e\\CC\\81",
        "\\EF\\BB\\BFa",
        "$x",
        "$x/a",
        "$SYSX",
        "$share",
        "$share/g/a",
        "b/a",
        "\\F0\\9F\\98\\80",
    ];
    let cases: [(&str, &[usize]); 18] = [
        ("#", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 19, 20]),
        ("+", &[0, 1, 9, 10, 11, 12, 13, 20]),
        ("a", &[0]),
        ("a/#", &[0, 2, 6, 7, 8]),
        ("a/+", &[2, 6]),
        ("+/+", &[2, 3, 4, 6, 19]),
        ("/+", &[3, 4]),
        ("+/", &[2, 4]),
        ("/#", &[3, 4, 5]),
        ("a/+/b", &[7]),
        ("+/+/+", &[5, 7, 8]),
        ("+/a", &[3, 19]),
        ("$x/#", &[14, 15]),
        ("$x/+", &[15]),
        ("$share", &[17]),
        ("\\C3\\A9", &[11]),
        ("\\EF\\BB\\BFa", &[13]),
        ("+/b/#", &[6, 8]),
    ];
    let broker = broker();
    for version in VERSIONS {
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        for (filter, matched) in cases {
            let mut peer = RawPeer::clean(&broker, version, "c");
            peer.subscribe(filter, 0);
            for topic in TOPICS {
                publisher.send(&format!("30 ~ <{topic}> []"));
            }
            publisher.expect_nothing();
            for at in matched {
                peer.expect(&format!("30 ~ <{}> []", TOPICS[*at]));
            }
            peer.expect_nothing();
        }
    }
}

// MQTT-4.5.0-1 of both: each client, whatever the others have.
#[test]
fn a_message_reaches_every_session_that_subscribed() {
    let broker = broker();
    let mut peers: Vec<_> = (0..60)
        .map(|at| {
            let version = VERSIONS[at % 3];
            let mut peer = RawPeer::clean(&broker, version, &format!("c{at}"));
            peer.subscribe(["a/b", "a/+", "#", "+/b"][at % 4], u8::try_from(at % 3).unwrap());
            peer
        })
        .collect();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    publisher.ask("34 ~ <a/b> 0001 [] 'x'", "50 02 0001");
    for (at, peer) in peers.iter_mut().enumerate() {
        let id = if at % 3 == 0 { "" } else { "0001" };
        peer.expect(&format!("3{} ~ <a/b> {id} [] 'x'", at % 3 * 2));
        peer.expect_nothing();
    }
}
