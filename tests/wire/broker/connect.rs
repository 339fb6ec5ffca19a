//! CONNECT and CONNACK: who is let in, and what the answer says.

use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::peer::{RawPeer, broker};

/// What every client of version 5 is told; nothing before it.
const LIMITS: &str = "22 0010 21 03E8";

/// MQTT-3.1.4-4, MQTT-3.2.0-1, MQTT-3.2.2-3 of 3.1.1; 3.1.4-5, 3.2.0-1, 3.2.2-1, 3.2.2-8 of 5.0.
#[test]
fn connack_is_the_first_packet_and_the_only_one() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::dial(&broker, version);
        peer.ask("10 ~ @ 02 003C [] <c>", &format!("20 ~ 00 00 [{LIMITS}]"));
        peer.expect_nothing();
        peer.leave();
    }
}

/// MQTT-3.1.0-2 of 3.1.1 and 5.0.
#[test]
fn a_second_connect_ends_the_connection() {
    let broker = broker();
    for first in VERSIONS {
        for row in ["10 ~ @ 02 003C [] <c>", "10 ~ @ 02 003C [] <other>"] {
            let mut peer = RawPeer::clean(&broker, first, "c");
            peer.send(row);
            peer.expect_end(0x82);
        }
    }
}

/// MQTT-3.1.2-1, MQTT-3.1.2-2 of both: level and name, told where the client can read it.
#[test]
fn a_wrong_level_is_told_and_a_wrong_name_is_closed() {
    let broker = broker();
    for level in [0_u8, 1, 2, 3, 6, 7, 127, 128, 131, 132, 133, 255] {
        let mut peer = RawPeer::dial(&broker, Version::V311);
        peer.ask(&format!("10 ~ <MQTT> {level:02X} 02 003C <c>"), "20 02 00 01");
        peer.expect_closed();
    }
    for name in ["MQXX", "mqtt", "MQTTX", "", "MQT", "MQIsdp", "HTTP"] {
        let mut peer = RawPeer::dial(&broker, Version::V311);
        peer.send(&format!("10 ~ <{name}> 04 02 003C <c>"));
        peer.expect_closed();
    }
}

/// MQTT-3.1.2-3, MQTT-3.1.4-1, MQTT-3.14.0-1 of 5.0: CONNACK says it, DISCONNECT never.
#[test]
fn a_malformed_connect_of_version_5_is_told_by_connack() {
    let broker = broker();
    for (row, code) in [
        ("10 ~ @ 03 003C [] <c>", "81"),
        ("10 ~ @ 02 003C [] <c> 00", "81"),
        ("10 ~ @ 02 003C [] <\\C0\\80>", "81"),
        ("10 ~ @ 02 003C [21 0000] <c>", "82"),
        ("10 ~ @ 02 003C [21 0001 21 0001] <c>", "82"),
        ("10 ~ @ 06 003C [] <c> [] <a/#> <>", "81"),
        ("11 ~ @ 02 003C [] <c>", "81"),
    ] {
        let mut peer = RawPeer::dial(&broker, Version::V5);
        peer.ask(row, &format!("20 03 00 {code} 00"));
        peer.expect_closed();
        for version in [Version::V31, Version::V311] {
            if !row.contains("21 00") {
                let mut peer = RawPeer::dial(&broker, version);
                peer.send(row);
                peer.expect_closed();
            }
        }
    }
}

// MQTT-3.1.4-1 of both.
#[test]
fn a_connect_cut_at_each_byte_is_refused_with_nobody_let_in() {
    let broker = broker();
    for version in VERSIONS {
        let row = "@ F6 003C [11 0000003C] <c> [18 00000005] <w> <bye> <u> <p>";
        let body = crate::notation::bytes(row, version);
        for end in 0..body.len() {
            let mut peer = RawPeer::dial(&broker, version);
            let length = u8::try_from(end).unwrap();
            peer.send_bytes(&[&[0x10, length], &body[..end]].concat());
            match peer.next() {
                None => {}
                Some(connack) => {
                    assert_eq!(connack, [0x20, 3, 0, 0x81, 0], "cut to {end}");
                    peer.expect_closed();
                }
            }
        }
    }
}

/// MQTT-3.1.3-5, MQTT-3.1.3-2 of both, and every longer one.
#[test]
fn identifiers_of_all_lengths_and_characters_are_let_in() {
    let broker = broker();
    let all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let longest = "x".repeat(65_535);
    for version in VERSIONS {
        for id in ["a", &all[..23], &all[20..43], &all[39..], all, "+/#", "\\01\\7F", &longest] {
            RawPeer::clean(&broker, version, id).expect_nothing();
        }
    }
}

/// MQTT-3.1.3-6 of 3.1.1; MQTT-3.1.3-6, 3.1.3-7, 3.2.2-16 of 5.0.
#[test]
fn an_empty_identifier_gets_one_of_the_brokers_own() {
    let broker = broker();
    let mut first = RawPeer::clean(&broker, Version::V311, "");
    let mut second = RawPeer::clean(&broker, Version::V311, "");
    first.expect_nothing();
    second.expect_nothing();
    let mut seen = std::collections::HashSet::new();
    let mut peers = Vec::new();
    for at in 0..200 {
        let flags = if at % 2 == 0 { "02" } else { "00" };
        let row = format!("10 ~ @ {flags} 0000 [] <>");
        let peer = RawPeer::connect(&broker, Version::V5, &row);
        let at = peer.connack.iter().position(|byte| *byte == 0x12).unwrap();
        let length = usize::from(peer.connack[at + 2]);
        let id = String::from_utf8(peer.connack[at + 3..at + 3 + length].to_vec()).unwrap();
        assert!(!peer.present && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        assert!(seen.insert(id), "given twice");
        peers.push(peer);
    }
    peers.iter_mut().for_each(RawPeer::expect_nothing);
}

// MQTT-3.1.3-7, -8, -9, MQTT-3.2.2-5 of 3.1.1.
#[test]
fn an_empty_identifier_for_a_session_to_keep_is_refused_before_version_5() {
    let broker = broker();
    for (version, row) in [
        (Version::V311, "10 ~ @ 00 003C <>"),
        (Version::V31, "10 ~ @ 00 003C <>"),
        (Version::V31, "10 ~ @ 02 003C <>"),
    ] {
        let mut peer = RawPeer::dial(&broker, version);
        peer.ask(row, "20 02 00 02");
        peer.expect_closed();
    }
}

// MQTT-3.1.3-7 of 5.0: the assigned identifier names a session to come back to.
#[test]
fn an_assigned_identifier_can_be_used_to_return() {
    let broker = broker();
    let row = "10 ~ @ 00 0000 [11 00000E10] <>";
    let mut peer = RawPeer::connect(&broker, Version::V5, row);
    let at = peer.connack.windows(3).position(|bytes| bytes == [0x12, 0, 35]).unwrap();
    let id = String::from_utf8(peer.connack[at + 3..at + 38].to_vec()).unwrap();
    peer.subscribe("a", 1);
    peer.leave();
    assert!(RawPeer::kept(&broker, Version::V5, &id).present);
}

/// MQTT-3.1.4-5 of 3.1.1, MQTT-3.1.4-6 of 5.0, MQTT-3.2.2-4 and -6: what comes behind a CONNECT
/// that is refused does not act, and there is no session in the answer.
#[test]
fn nothing_behind_a_refused_connect_acts() {
    let broker = broker();
    let mut witness = RawPeer::clean(&broker, Version::V311, "witness");
    witness.subscribe("#", 0);
    RawPeer::kept(&broker, Version::V5, "c").leave();
    for (version, connect, refusal) in [
        (Version::V5, "10 ~ @ 00 003C [15 <x>] <c>", "20 03 00 8C 00"),
        (Version::V5, "10 ~ @ 03 003C [] <c>", "20 03 00 81 00"),
        (Version::V311, "10 ~ @ 00 003C <>", "20 02 00 02"),
    ] {
        let mut peer = RawPeer::dial(&broker, version);
        let mut bytes = crate::notation::bytes(connect, version);
        bytes.extend(crate::notation::bytes("31 ~ <a> [] 'x'", version));
        peer.send_bytes(&bytes);
        peer.expect(refusal);
        peer.expect_closed();
        witness.expect_nothing();
    }
}

// MQTT-4.12.0-1: an unknown method; MQTT-4.12.0-6 and -7: none at all.
#[test]
fn no_authentication_method_is_known() {
    let broker = broker();
    let mut peer = RawPeer::dial(&broker, Version::V5);
    peer.ask("10 ~ @ 02 003C [15 <SCRAM-SHA-1> 16 <data>] <c>", "20 03 00 8C 00");
    peer.expect_closed();
    for row in ["F0 00", "F0 ~ 18 [15 <m>]", "F0 ~ 19 [15 <m>]"] {
        let mut peer = RawPeer::clean(&broker, Version::V5, "c");
        peer.send(row);
        peer.expect_end(0x82);
        let mut peer = RawPeer::dial(&broker, Version::V5);
        peer.send(row);
        peer.expect_closed();
    }
}

// MQTT-3.1.2-17 to -19: anybody is let in, with whatever name; version 5 with a password alone.
#[test]
fn names_and_passwords_are_taken_as_they_come() {
    let broker = broker();
    for version in VERSIONS {
        RawPeer::connect(&broker, version, "10 ~ @ 82 0000 [] <c> <user>").expect_nothing();
        let row = "10 ~ @ C2 0000 [] <c> <user> <\\00\\FF>";
        RawPeer::connect(&broker, version, row).expect_nothing();
    }
    let row = "10 ~ @ 42 0000 [] <c> <password>";
    RawPeer::connect(&broker, Version::V5, row).expect_nothing();
}

/// MQTT-3.1.2-28, MQTT-3.1.2-29: the broker has no response information, and no reason strings
/// or user properties that it would have to hold back.
#[test]
fn what_is_not_asked_for_is_not_told() {
    let broker = broker();
    for asked in ["19 00", "19 01", "17 00", "17 01", "19 00 17 00"] {
        let mut peer = RawPeer::dial(&broker, Version::V5);
        let row = format!("10 ~ @ 02 0000 [{asked}] <c>");
        peer.ask(&row, &format!("20 ~ 00 00 [{LIMITS}]"));
        let deep = "a/".repeat(200);
        peer.ask(&format!("82 ~ 0001 [] <{deep}> 00"), "90 ~ 0001 [] 8F");
        peer.ask(&format!("32 ~ <{deep}> 0002 []"), "40 03 0002 90");
        peer.ask("A2 ~ 0003 [] <b>", "B0 ~ 0003 [] 11");
        peer.ask("62 02 0004", "70 03 0004 92");
    }
}

// MQTT-3.2.2-22 and the session expiry that is granted: told only where it is not what was asked.
#[test]
fn connack_tells_a_session_expiry_that_is_lower_than_asked() {
    let broker = broker();
    let mut peer = RawPeer::dial(&broker, Version::V5);
    peer.ask("10 ~ @ 02 0000 [11 00000E10] <c>", &format!("20 ~ 00 00 [{LIMITS}]"));
    let mut peer = RawPeer::dial(&broker, Version::V5);
    peer.ask("10 ~ @ 02 0000 [11 FFFFFFFF] <c>", &format!("20 ~ 00 00 [11 00000E10 {LIMITS}]"));
}

// MQTT-3.1.2-24 of 5.0: not even CONNACK or SUBACK may be larger than the client takes.
#[test]
fn nothing_is_sent_that_is_larger_than_the_client_takes() {
    let broker = broker();
    let mut peer = RawPeer::dial(&broker, Version::V5);
    peer.send("10 ~ @ 02 0000 [27 00000005] <c>");
    peer.expect_closed();
    let mut peer = RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0000 [27 00000014] <c>");
    let filters = "<f> 00".repeat(14);
    peer.ask(&format!("82 ~ 0001 [] {filters}"), &format!("90 ~ 0001 [] {}", "00".repeat(14)));
    peer.send(&format!("82 ~ 0001 [] {filters} <f> 00 <f> 00"));
    peer.expect_end(0x95);
}

// MQTT-3.12.4-1, MQTT-4.9.0-3 and the middle of everything else.
#[test]
fn a_ping_is_answered_at_any_time() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::connect(&broker, version, "10 ~ @ 02 0000 [21 0001] <c>");
        peer.subscribe("a", 2);
        peer.expect_nothing();
        peer.ask("34 ~ <b> 0001 []", if version.is_v5() { "50 03 0001 10" } else { "50 02 0001" });
        peer.expect_nothing();
        peer.ask("62 02 0001", "70 02 0001");
        peer.send("34 ~ <a> 0002 []");
        peer.expect_all(&["50 02 0002", "34 ~ <a> 0001 []"]);
        peer.expect_nothing();
        peer.ask("50 02 0001", "62 02 0001");
        peer.expect_nothing();
        peer.send("70 02 0001");
        peer.expect_nothing();
    }
}

// MQTT-3.14.4-1 to -3, MQTT-3.14.2-2 of 5.0.
#[test]
fn disconnect_ends_the_connection_and_nothing_behind_it_acts() {
    let broker = broker();
    let mut witness = RawPeer::clean(&broker, Version::V311, "witness");
    witness.subscribe("#", 0);
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.send("E0 00 30 03 <a>");
        peer.expect_closed();
        witness.expect_nothing();
    }
    let mut peer = RawPeer::clean(&broker, Version::V5, "c");
    peer.send("E0 ~ 00 [11 0000003C]");
    peer.expect_end(0x82);
    let mut peer = RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0000 [11 00000001] <c>");
    peer.send("E0 ~ 00 [11 0000003C]");
    peer.expect_closed();
}

// MQTT-3.14.4-1: a broker that stops says so.
#[test]
fn a_broker_that_stops_says_so_to_version_5() {
    let broker = broker();
    let mut peers = VERSIONS.map(|version| RawPeer::clean(&broker, version, &version.to_string()));
    broker.stop();
    for peer in &mut peers {
        peer.expect_end(0x8B);
    }
}

// MQTT-7.0.0-2, and TCP's freedom to cut the stream anywhere.
#[test]
fn packets_may_come_byte_by_byte_or_all_at_once() {
    let broker = broker();
    for version in VERSIONS {
        let rows = [
            "10 ~ @ 02 0000 [] <c>",
            "82 ~ 0001 [] <a> 00",
            "C0 00",
            "30 ~ <a> [] 'text'",
            "34 ~ <a> 0002 [] 'more'",
            "62 02 0002",
            "C0 00",
        ];
        let bytes = rows.map(|row| crate::notation::bytes(row, version)).concat();
        for size in [1, 2, 3, 7, bytes.len()] {
            let mut peer = RawPeer::dial(&broker, version);
            for part in bytes.chunks(size) {
                peer.send_bytes(part);
            }
            peer.accepted();
            peer.expect_all(&[
                "90 ~ 0001 [] 00",
                "D0 00",
                "30 ~ <a> [] 'text'",
                "30 ~ <a> [] 'more'",
                "50 02 0002",
                "70 02 0002",
                "D0 00",
            ]);
            peer.expect_nothing();
        }
    }
}
