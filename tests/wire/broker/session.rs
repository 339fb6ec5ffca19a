//! Sessions: what is kept of a client that is away, and what goes on when it returns.

use std::time::Duration;

use mq::broker::Limits;
use mq::codec::Version;
use mq::net::clock;

use crate::cases::VERSIONS;
use crate::peer::{RawPeer, broker, broker_with};

/// MQTT-3.1.2-4, -5, -6, MQTT-3.2.2-1 to -3, MQTT-4.5.0-1 of 3.1.1; MQTT-3.1.2-4 to -6, -23,
/// MQTT-3.2.2-2, -3 of 5.0; between all versions.
#[test]
fn a_kept_session_takes_messages_for_its_client_until_a_clean_start() {
    let broker = broker();
    for before in VERSIONS {
        for after in VERSIONS {
            let mut publisher = RawPeer::clean(&broker, before, "publisher");
            let mut first = RawPeer::kept(&broker, before, "c");
            assert!(!first.present);
            first.subscribe("a", 2);
            first.drop_link();
            for qos in [1, 2, 0, 1, 2, 1, 2] {
                publisher.publish("a", qos, false, "x");
            }
            let mut back = RawPeer::kept(&broker, after, "c");
            assert_eq!(back.present, after != Version::V31, "3.1 has no such flag");
            for (id, header) in ["32", "34", "32", "34", "32", "34"].iter().enumerate() {
                back.expect(&format!("{header} ~ <a> {:04X} [] 'x'", id + 1));
            }
            publisher.publish("a", 0, false, "now");
            back.expect("30 ~ <a> [] 'now'");
            back.leave();
            // It outlives an orderly end as well, then a clean start ends it.
            assert_eq!(RawPeer::kept(&broker, after, "c").present, after != Version::V31);
            let mut clean = RawPeer::clean(&broker, after, "c");
            publisher.publish("a", 1, false, "x");
            clean.expect_nothing();
            clean.leave();
            let mut new = RawPeer::kept(&broker, after, "c");
            assert!(!new.present);
            new.expect_nothing();
            RawPeer::clean(&broker, after, "c").leave();
        }
    }
}

/// MQTT-4.4.0-1, MQTT-3.3.1-1, MQTT-2.3.1-3, MQTT-4.6.0-1 of 3.1.1; 4.4.0-1, 3.3.1-1, 4.3.3-5,
/// 4.3.3-6 of 5.0: all that was not acknowledged goes again, in order, with its identifier.
#[test]
fn what_was_not_acknowledged_goes_again_when_the_client_returns() {
    let broker = broker();
    for version in VERSIONS {
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.subscribe("a", 2);
        for (qos, text) in [(1, "one"), (2, "two"), (1, "three"), (2, "four"), (2, "five")] {
            publisher.publish("a", qos, false, text);
        }
        for _ in 0..5 {
            peer.packet();
        }
        peer.send("40 02 0003");
        peer.ask("50 02 0004", "62 02 0004");
        for _ in 0..2 {
            peer.drop_link();
            peer = RawPeer::kept(&broker, version, "c");
            peer.expect("3A ~ <a> 0001 [] 'one'");
            peer.expect("3C ~ <a> 0002 [] 'two'");
            peer.expect("62 02 0004");
            peer.expect("3C ~ <a> 0005 [] 'five'");
            peer.expect_nothing();
        }
        // New messages take identifiers that are not in use.
        publisher.publish("a", 1, false, "six");
        peer.expect("32 ~ <a> 0006 [] 'six'");
        peer.send("40 02 0001 40 02 0006 70 02 0004");
        peer.ask("50 02 0002", "62 02 0002");
        peer.ask("50 02 0005", "62 02 0005");
        peer.drop_link();
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.expect("62 02 0002");
        peer.expect("62 02 0005");
        peer.send("70 02 0002 70 02 0005");
        peer.expect_nothing();
        peer.drop_link();
        RawPeer::kept(&broker, version, "c").expect_nothing();
        RawPeer::clean(&broker, version, "c").leave();
    }
}

// MQTT-4.3.3-2 of 3.1.1, MQTT-4.3.3-10 of 5.0, across links.
#[test]
fn a_qos_2_message_that_came_before_the_cut_is_not_delivered_again() {
    let broker = broker();
    for version in VERSIONS {
        let mut witness = RawPeer::clean(&broker, version, "witness");
        witness.subscribe("a", 0);
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.ask("34 ~ <a> 0007 [] 'x'", "50 02 0007");
        witness.expect("30 ~ <a> [] 'x'");
        peer.drop_link();
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.ask("3C ~ <a> 0007 [] 'x'", "50 02 0007");
        witness.expect_nothing();
        peer.drop_link();
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.ask("62 02 0007", "70 02 0007");
        peer.drop_link();
        // A clean start knows nothing of it.
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.ask("34 ~ <a> 0007 [] 'x'", "50 02 0007");
        witness.expect("30 ~ <a> [] 'x'");
        peer.drop_link();
        let mut peer = RawPeer::clean(&broker, version, "c");
        peer.ask("3C ~ <a> 0007 [] 'x'", "50 02 0007");
        witness.expect("30 ~ <a> [] 'x'");
        peer.leave();
    }
}

// MQTT-4.4.0-1 of 5.0, the smaller window of the new link.
#[test]
fn what_goes_again_keeps_to_the_new_receive_maximum() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    let mut peer = RawPeer::kept(&broker, Version::V5, "c");
    peer.subscribe("a", 1);
    for at in 0..4 {
        publisher.publish("a", 1, false, &at.to_string());
        peer.packet();
    }
    peer.drop_link();
    let row = "10 ~ @ 00 0000 [11 0000003C 21 0001] <c>";
    let mut peer = RawPeer::connect(&broker, Version::V5, row);
    publisher.publish("a", 1, false, "4");
    for at in 0..5 {
        let header = if at < 4 { "3A" } else { "32" };
        peer.expect(&format!("{header} ~ <a> {:04X} [] '{at}'", at + 1));
        peer.expect_nothing();
        peer.send(&format!("40 02 {:04X}", at + 1));
    }
    peer.expect_nothing();
}

// MQTT-3.1.2-24, -25 of 5.0: what the new link cannot take counts as sent.
#[test]
fn what_the_new_link_cannot_take_does_not_block_what_follows() {
    let broker = broker();
    let mut publisher = RawPeer::clean(&broker, Version::V5, "publisher");
    for qos in [1, 2] {
        let mut peer = RawPeer::kept(&broker, Version::V5, "c");
        peer.subscribe("a", 2);
        publisher.publish("a", qos, false, &"long".repeat(30));
        publisher.publish("a", qos, false, "short");
        peer.packet();
        peer.packet();
        peer.drop_link();
        publisher.publish("a", qos, false, &"long".repeat(30));
        publisher.publish("a", qos, false, "new");
        let row = "10 ~ @ 00 0000 [11 0000003C 21 0001 27 00000032] <c>";
        let mut peer = RawPeer::connect(&broker, Version::V5, row);
        for (dup, text) in [(8, "short"), (0, "new")] {
            let packet = peer.packet();
            assert_eq!(
                (packet[0], packet.ends_with(text.as_bytes())),
                (0x30 | dup | qos << 1, true)
            );
            if qos == 1 {
                peer.send_bytes(&[0x40, 2, packet[5], packet[6]]);
            } else {
                peer.send_bytes(&[0x50, 2, packet[5], packet[6]]);
                assert_eq!(peer.packet(), [0x62, 2, packet[5], packet[6]]);
                peer.send_bytes(&[0x70, 2, packet[5], packet[6]]);
            }
        }
        peer.expect_nothing();
        peer.leave();
        RawPeer::clean(&broker, Version::V5, "c").leave();
    }
}

/// MQTT-4.1.0-2, MQTT-3.1.2-23 of 5.0 and the cap that stands for older versions.
#[test]
fn a_session_ends_when_its_time_has_passed() {
    let limits = Limits { session_expiry: Duration::from_secs(1), ..Limits::default() };
    let capped = broker_with(limits);
    let free = broker();
    std::thread::scope(|scope| {
        for (broker, version, expiry) in [
            (&free, Version::V5, "00000001"),
            (&capped, Version::V5, "FFFFFFFF"),
            (&capped, Version::V311, "00000000"),
            (&capped, Version::V31, "00000000"),
        ] {
            scope.spawn(move || {
                let id = format!("c{version}");
                let row = format!("10 ~ @ 00 0000 [11 {expiry}] <{id}>");
                let mut peer = RawPeer::connect(broker, version, &row);
                peer.subscribe("a", 1);
                // As long as the link is there, the session is.
                let other = format!("10 ~ @ 02 0001 [] <s{id}>");
                RawPeer::connect(broker, version, &other).expect_end(0x8D);
                peer.ask("30 ~ <a> []", "30 ~ <a> []");
                peer.drop_link();
                let mut back = RawPeer::connect(broker, version, &row);
                assert_eq!(back.present, version != Version::V31);
                back.ask("30 ~ <a> []", "30 ~ <a> []");
                back.drop_link();
                let begun = clock::now();
                RawPeer::connect(broker, version, &other).expect_end(0x8D);
                assert!(clock::now().duration_since(begun) >= Duration::from_secs(1));
                let mut late = RawPeer::connect(broker, version, &row);
                assert!(!late.present);
                late.send("30 ~ <a> []");
                late.expect_nothing();
            });
        }
    });
}

// MQTT-3.14.2-2 of 5.0, the other way round: DISCONNECT may shorten or lengthen.
#[test]
fn disconnect_may_change_the_session_expiry() {
    let broker = broker();
    let row = "10 ~ @ 00 0000 [11 0000003C] <c>";
    let mut peer = RawPeer::connect(&broker, Version::V5, row);
    peer.send("E0 ~ 00 [11 00000E10]");
    peer.expect_closed();
    let mut peer = RawPeer::connect(&broker, Version::V5, row);
    assert!(peer.present);
    peer.send("E0 ~ 00 [11 00000000]");
    peer.expect_closed();
    assert!(!RawPeer::connect(&broker, Version::V5, row).present);
}

// MQTT-3.1.2-23: without an expiry the session ends with its link.
#[test]
fn a_session_without_an_expiry_ends_with_its_link() {
    let broker = broker();
    for flags in ["00", "02"] {
        let row = format!("10 ~ @ {flags} 0000 [] <c>");
        let mut peer = RawPeer::connect(&broker, Version::V5, &row);
        assert!(!peer.present);
        peer.subscribe("a", 1);
        peer.drop_link();
    }
    assert!(!RawPeer::kept(&broker, Version::V5, "c").present);
    // A clean start of version 5 may keep what comes after it.
    let row = "10 ~ @ 02 0000 [11 00000E10] <c>";
    RawPeer::connect(&broker, Version::V5, row).leave();
    assert!(RawPeer::kept(&broker, Version::V5, "c").present);
}

/// MQTT-3.1.4-2, -3 of 3.1.1, MQTT-3.1.4-3, -4 of 5.0: the new link goes on where the old one was.
#[test]
fn a_takeover_continues_or_ends_the_session_as_the_new_link_asks() {
    let broker = broker();
    for old in VERSIONS {
        for new in VERSIONS {
            let mut publisher = RawPeer::clean(&broker, Version::V311, "publisher");
            let mut first = RawPeer::kept(&broker, old, "c");
            first.subscribe("a", 1);
            publisher.publish("a", 1, false, "x");
            first.expect("32 ~ <a> 0001 [] 'x'");
            let mut second = RawPeer::kept(&broker, new, "c");
            assert_eq!(second.present, new != Version::V31);
            first.expect_end(0x8E);
            second.expect("3A ~ <a> 0001 [] 'x'");
            publisher.publish("a", 0, false, "y");
            second.expect("30 ~ <a> [] 'y'");
            let mut third = RawPeer::clean(&broker, old, "c");
            second.expect_end(0x8E);
            publisher.publish("a", 1, false, "z");
            third.expect_nothing();
            third.leave();
        }
    }
}

#[test]
fn a_thousand_takeovers_at_once_leave_one_connection() {
    let broker = broker();
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let broker = &broker;
            scope.spawn(move || {
                for at in 0..250 {
                    let version = VERSIONS[(thread + at) % 3];
                    let mut peer = RawPeer::dial(broker, version);
                    let flags = if at % 2 == 0 { "02" } else { "00" };
                    peer.send(&format!("10 ~ @ {flags} 0000 [11 0000003C] <same>"));
                    assert_eq!(peer.packet()[0], 0x20);
                    peer.try_send(&crate::notation::bytes("82 ~ 0001 [] <a> 01", version));
                }
            });
        }
    });
    let mut last = RawPeer::clean(&broker, Version::V5, "same");
    last.send("30 ~ <a> []");
    last.expect_nothing();
}

// MQTT-3.8.4-3: what was queued for the old subscription keeps the QoS it was taken at.
#[test]
fn subscribing_with_a_lower_qos_leaves_what_is_pending() {
    let broker = broker();
    for version in VERSIONS {
        let mut publisher = RawPeer::clean(&broker, version, "publisher");
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.subscribe("a", 2);
        publisher.publish("a", 2, false, "x");
        peer.expect("34 ~ <a> 0001 [] 'x'");
        peer.subscribe("a", 0);
        publisher.publish("a", 2, false, "y");
        peer.expect("30 ~ <a> [] 'y'");
        peer.drop_link();
        publisher.publish("a", 2, false, "lost at QoS 0");
        let mut peer = RawPeer::kept(&broker, version, "c");
        peer.expect("3C ~ <a> 0001 [] 'x'");
        peer.ask("50 02 0001", "62 02 0001");
        peer.send("70 02 0001");
        peer.expect_nothing();
        peer.leave();
        RawPeer::clean(&broker, version, "c").leave();
    }
}
