//! What attackers do.

use std::time::Duration;

use mq::broker::Limits;
use mq::codec::Version;

use crate::cases::VERSIONS;
use crate::notation;
use crate::peer::{RawPeer, broker, broker_with};

/// Resident memory of this process, the broker's thread included, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

// MQTT-3.1.0-1
#[test]
fn a_first_packet_of_any_other_type_ends_the_connection_without_a_word() {
    let broker = broker();
    for kind in (0..16_u8).filter(|kind| *kind != 1) {
        for flags in 0..16_u8 {
            let header = kind << 4 | flags;
            for rest in [&[][..], &[0], &[2, 0, 1], &[0xFF, 0xFF, 0xFF, 0x7F]] {
                let mut peer = RawPeer::dial(&broker, Version::V5);
                peer.send_bytes(&[&[header], rest].concat());
                peer.expect_closed();
            }
        }
    }
}

#[test]
fn a_connect_that_does_not_come_to_its_end_in_time_is_closed() {
    let limits = Limits { connect_deadline: Duration::from_secs(1), ..Limits::default() };
    let broker = broker_with(limits);
    let connect = notation::bytes("10 ~ @ 02 003C [] <slow>", Version::V5);
    let mut silent = RawPeer::dial(&broker, Version::V5);
    let mut halfway = RawPeer::dial(&broker, Version::V5);
    halfway.send_bytes(&connect[..connect.len() - 1]);
    let mut in_time = RawPeer::dial(&broker, Version::V5);
    for byte in &connect {
        in_time.send_bytes(&[*byte]);
    }
    in_time.accepted();
    silent.expect_closed();
    halfway.expect_closed();
    in_time.expect_nothing();
}

#[test]
fn a_connect_larger_than_anybody_needs_is_refused_by_its_length() {
    let broker = broker();
    let mut peer = RawPeer::dial(&broker, Version::V5);
    peer.send_bytes(&notation::bytes("10 81808001 @ 02 003C 00", Version::V5));
    peer.expect("20 03 00 95 00");
    peer.expect_closed();
}

/// Memory is the process's, so this test runs again in one that does nothing else.
#[cfg(target_os = "linux")]
#[test]
fn an_announced_packet_takes_no_memory_before_it_comes() {
    const NAME: &str = "broker::hostile::an_announced_packet_takes_no_memory_before_it_comes";
    if std::env::var_os("MQ_WIRE_ALONE").is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let done = alone.args([NAME, "--exact"]).env("MQ_WIRE_ALONE", "1").output().unwrap();
        let out = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && out.contains("1 passed"), "{out}");
        return;
    }
    let broker = broker();
    let mut bystander = RawPeer::clean(&broker, Version::V5, "bystander");
    let peer = |at: u8| RawPeer::clean(&broker, Version::V311, &format!("p{at}"));
    let mut peers: Vec<_> = (0..8).map(peer).collect();
    let before = resident();
    for peer in &mut peers {
        peer.send_bytes(b"\x30\xFF\xFF\xFF\x7F\x00\x01a");
    }
    for _ in 0..10 {
        bystander.expect_nothing();
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 5 * 1024, "{grown} KiB");
}

#[test]
fn a_packet_beyond_the_announced_maximum_ends_the_connection_by_its_header() {
    let broker = broker_with(Limits { maximum_packet: 1_000, ..Limits::default() });
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "large");
        if version.is_v5() {
            assert!(peer.connack.windows(5).any(|bytes| bytes == b"\x27\0\0\x03\xE8"));
        }
        peer.send("30 E607");
        peer.expect_end(0x95);
        let mut peer = RawPeer::clean(&broker, version, "large");
        let mut largest = notation::bytes("30 E507 <a> []", version);
        largest.resize(1_000, b'x');
        peer.send_bytes(&largest);
        peer.expect_nothing();
    }
}

#[test]
fn ten_thousand_filters_in_one_packet_get_ten_thousand_codes() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "many");
        let filters: Vec<_> = (0..10_000).map(|at| format!("<f/{at}> 01")).collect();
        let filters = filters.concat();
        peer.send(&format!("82 ~ 0007 [] {filters}"));
        let refused = if version.is_v5() { "97" } else { "80" };
        let codes = "01".repeat(1_024) + &refused.repeat(10_000 - 1_024);
        peer.expect(&format!("90 ~ 0007 [] {codes}"));
        peer.ask("30 ~ <f/0> [] 'x'", "30 ~ <f/0> [] 'x'");
        peer.expect_nothing();
    }
}

#[test]
fn the_levels_of_all_filters_of_a_client_are_limited_together() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "deep");
        let refused = if version.is_v5() { "97" } else { "80" };
        let filter = |at: usize| format!("{at:03}{}", "/a".repeat(199));
        // 81 of 200 levels are 16,200 of 16,384.
        let filters: Vec<_> = (0..82).map(|at| format!("<{}> 01", filter(at))).collect();
        peer.send(&format!("82 ~ 0007 [] {}", filters.concat()));
        peer.expect(&format!("90 ~ 0007 [] {}{refused}", "01".repeat(81)));
        // One that is there is no other, what is left is left, and what is given back is free.
        let mut ask = |filter: &str, code: &str| {
            peer.ask(&format!("82 ~ 0008 [] <{filter}> 00"), &format!("90 ~ 0008 [] {code}"));
        };
        ask(&filter(80), "00");
        ask(&format!("b{}", "/a".repeat(183)), "00");
        ask("c", refused);
        let codes = if version.is_v5() { "00" } else { "" };
        let unsubscribe = format!("A2 ~ 0009 [] <{}>", filter(0));
        peer.ask(&unsubscribe, &format!("B0 ~ 0009 [] {codes}"));
        let subscribe = format!("82 ~ 000A [] <{}> 01", filter(81));
        peer.ask(&subscribe, "90 ~ 000A [] 01");
    }
}

// MQTT-4.7.3-3: the length is legal, the number of levels is the broker's to limit.
#[test]
fn a_topic_of_65_535_slashes_is_refused_and_one_of_letters_is_not() {
    let broker = broker();
    let slashes = "/".repeat(65_535);
    let letters = "a".repeat(65_535);
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "long");
        let refused = if version.is_v5() { "8F" } else { "80" };
        let filter = format!("82 ~ 0001 [] <{slashes}> 01");
        peer.ask(&filter, &format!("90 ~ 0001 [] {refused}"));
        peer.ask(&format!("82 ~ 0002 [] <{letters}> 00"), "90 ~ 0002 [] 00");
        peer.send(&format!("30 ~ <{slashes}> []"));
        peer.expect_nothing();
        peer.ask(&format!("30 ~ <{letters}> [] 'x'"), &format!("30 ~ <{letters}> [] 'x'"));
        peer.send(&format!("32 ~ <{slashes}> 0003 []"));
        if version.is_v5() {
            peer.expect("40 03 0003 90");
            peer.expect_nothing();
        } else {
            peer.expect_closed();
        }
    }
}

#[test]
fn user_properties_beyond_their_limit_are_refused_where_the_packet_can_be() {
    let broker = broker();
    let some = "26 <k> <v>".repeat(64);
    let many = "26 <k> <v>".repeat(65);
    let mut peer = RawPeer::clean(&broker, Version::V5, "p");
    peer.ask(&format!("82 ~ 0001 [{many}] <a> 01"), "90 ~ 0001 [] 97");
    peer.ask(&format!("82 ~ 0001 [{some}] <a> 01"), "90 ~ 0001 [] 01");
    peer.ask(&format!("32 ~ <a> 0001 [{many}]"), "40 03 0001 97");
    peer.ask(&format!("34 ~ <a> 0001 [{many}]"), "50 03 0001 97");
    peer.send(&format!("30 ~ <a> [{many}]"));
    peer.expect_nothing();
    peer.ask(&format!("30 ~ <a> [{some}]"), &format!("30 ~ <a> [{some}]"));
    let mut refused = RawPeer::dial(&broker, Version::V5);
    refused.ask(&format!("10 ~ @ 02 0000 [{many}] <c>"), "20 03 00 97 00");
    refused.expect_closed();
}

// MQTT-3.3.4-7: 0x93.
#[test]
fn one_message_more_than_the_receive_maximum_ends_the_connection() {
    let broker = broker_with(Limits { receive_maximum: 3, ..Limits::default() });
    let mut peer = RawPeer::clean(&broker, Version::V5, "p");
    assert!(peer.connack.windows(3).any(|bytes| bytes == [0x21, 0, 3]));
    for id in 1..=3 {
        peer.ask(&format!("34 ~ <a> 000{id} []"), &format!("50 03 000{id} 10"));
    }
    peer.ask("3C ~ <a> 0002 []", "50 02 0002");
    peer.ask("62 02 0001", "70 02 0001");
    peer.ask("34 ~ <a> 0004 []", "50 03 0004 10");
    peer.send("32 ~ <a> 0005 []");
    peer.expect_end(0x93);
    // Version 3 knows no such limit.
    let mut peer = RawPeer::clean(&broker, Version::V311, "p");
    for id in 1..=9 {
        peer.ask(&format!("34 ~ <a> 000{id}"), &format!("50 02 000{id}"));
    }
}

#[test]
fn acknowledgements_of_nothing_are_answered_or_passed_over() {
    let broker = broker();
    for version in VERSIONS {
        let mut peer = RawPeer::clean(&broker, version, "p");
        peer.send("40 02 0007");
        peer.send("70 02 0007");
        peer.expect_nothing();
        let unknown = |kind: &str| {
            if version.is_v5() { format!("{kind} 03 0007 92") } else { format!("{kind} 02 0007") }
        };
        peer.ask("50 02 0007", &unknown("62"));
        peer.ask("62 02 0007", &unknown("70"));
    }
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_ends_the_connection() {
    let broker = broker();
    for version in VERSIONS {
        for (qos, wrong) in [(1, "50"), (2, "40")] {
            let mut peer = RawPeer::clean(&broker, version, "p");
            peer.subscribe("a", qos);
            peer.send(&format!("3{} ~ <a> 0001 []", qos * 2));
            let kinds = [peer.packet()[0] >> 4, peer.packet()[0] >> 4];
            assert!(kinds.contains(&3) && kinds.contains(&(3 + qos)));
            peer.send(&format!("{wrong} 02 0001"));
            peer.expect_end(0x82);
        }
    }
}

#[test]
fn a_broker_in_bits_serves_on_when_all_its_peers_are_cut_within_a_packet() {
    let broker = broker();
    let packet = notation::bytes("34 ~ <a/b> 0007 [] 'text'", Version::V311);
    for end in 0..packet.len() {
        let mut peer = RawPeer::clean(&broker, Version::V311, "cut");
        peer.send_bytes(&packet[..end]);
        peer.drop_link();
    }
    RawPeer::clean(&broker, Version::V5, "after").expect_nothing();
}

#[test]
fn the_oldest_silent_peer_makes_room_for_a_newcomer() {
    let limits = Limits {
        connect_deadline: Duration::from_mins(1),
        unauthenticated: 3,
        unauthenticated_idle: Duration::ZERO,
        ..Limits::default()
    };
    let broker = broker_with(limits);
    let mut silent: Vec<_> = (0..3).map(|_| RawPeer::dial(&broker, Version::V311)).collect();
    // They are let in one after another: this one comes behind them and finds no place.
    let newcomer = RawPeer::dial(&broker, Version::V311);
    silent.remove(0).expect_closed();
    for mut peer in silent.into_iter().chain([newcomer]) {
        peer.send("10 ~ @ 02 0000 <c>");
        peer.accepted();
    }
}

// Row by row: every identifier there is, each unreleased.
#[test]
fn all_identifiers_may_be_in_flight_at_once() {
    let broker = broker();
    let mut witness = RawPeer::clean(&broker, Version::V311, "witness");
    witness.subscribe("a", 0);
    let mut peer = RawPeer::clean(&broker, Version::V311, "c");
    for header in [0x34, 0x3C, 0x62] {
        let answer = if header == 0x62 { 0x70 } else { 0x50 };
        for first in (1..=65_535_u16).step_by(4_096) {
            let ids = first..=first.saturating_add(4_095);
            let mut bytes = Vec::new();
            for [high, low] in ids.clone().map(u16::to_be_bytes) {
                match header {
                    0x62 => bytes.extend([0x62, 2, high, low]),
                    _ => bytes.extend([header, 5, 0, 1, b'a', high, low]),
                }
            }
            peer.send_bytes(&bytes);
            for [high, low] in ids.map(u16::to_be_bytes) {
                assert_eq!(peer.packet(), [answer, 2, high, low]);
                if header == 0x34 {
                    assert_eq!(witness.packet(), b"\x30\x03\x00\x01a");
                }
            }
        }
    }
    witness.expect_nothing();
}

#[test]
fn what_comes_before_the_end_of_a_connection_is_routed() {
    let broker = broker();
    let mut witness = RawPeer::clean(&broker, Version::V5, "witness");
    witness.subscribe("a", 0);
    for version in VERSIONS {
        for end in ["E0 00", "E1 00", "00 00", ""] {
            let mut peer = RawPeer::clean(&broker, version, "c");
            peer.send(&format!("32 05 0001 'a' 0001 {end}").replace("05 0001 'a' 0001", {
                if version.is_v5() { "06 0001 'a' 0001 00" } else { "05 0001 'a' 0001" }
            }));
            peer.drop_link();
            witness.expect("30 ~ <a> []");
        }
    }
}

#[test]
fn who_does_not_read_the_answers_is_not_asked_on_and_dies_of_its_keep_alive() {
    let broker = broker();
    let mut bystander = RawPeer::clean(&broker, Version::V5, "bystander");
    let pings = [0xC0, 0].repeat(32 * 1024);
    let mut peer = RawPeer::connect(&broker, Version::V311, "10 ~ @ 02 0001 [] <deaf>");
    // 64 MiB at most: what the sockets' buffers and the limit hold is far less.
    let taken = (0..1_024).take_while(|_| peer.try_send(&pings)).count();
    assert!(taken < 1_024, "all was taken, and kept for somebody who reads nothing");
    bystander.expect_nothing();
    // Who reads at last gets every answer.
    let mut late = RawPeer::clean(&broker, Version::V311, "late");
    let sent = late.send_aside(pings.repeat(256));
    for _ in 0..1_000 {
        bystander.expect_nothing();
    }
    for _ in 0..256 {
        assert!(late.bytes(pings.len()) == [0xD0, 0].repeat(32 * 1024));
    }
    sent.join().unwrap();
    late.expect_nothing();
}
