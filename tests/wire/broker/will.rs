//! Wills: when they go out, with what, and when not.

use std::time::Duration;

use mq::codec::Version;
use mq::net::clock;

use crate::cases::VERSIONS;
use crate::peer::{RawPeer, broker};

/// CONNECT with a will `bye` to `w`, at QoS 1 and not retained: flags 0x0C.
const WILL: &str = "10 ~ @ 0E 0000 [] <dying> [] <w> <bye>";

/// MQTT-3.1.2-8 of 3.1.1, 3.1.2-7 and 3.1.2-8 of 5.0, and 3.1.2-10: once, and only once.
#[test]
fn a_will_goes_out_once_when_the_link_is_lost() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V311, "heir");
    heir.subscribe("w", 1);
    for version in VERSIONS {
        let dying = RawPeer::connect(&broker, version, WILL);
        heir.expect_nothing();
        dying.drop_link();
        let publish = heir.packet();
        assert_eq!((publish[0], &publish[7..]), (0x32, &b"bye"[..]));
        heir.send_bytes(&[0x40, 2, publish[5], publish[6]]);
        heir.expect_nothing();
    }
    // Nothing is left of it for the next end.
    RawPeer::clean(&broker, Version::V5, "dying").drop_link();
    heir.expect_nothing();
}

// MQTT-3.14.4-3, MQTT-3.1.2-10; 5.0: 0x04 sends it, and so does every other reason.
#[test]
fn disconnect_discards_the_will_unless_its_reason_says_otherwise() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    for version in VERSIONS {
        RawPeer::connect(&broker, version, WILL).leave();
        heir.expect_nothing();
    }
    for reason in ["04", "80", "81", "93", "98"] {
        let mut dying = RawPeer::connect(&broker, Version::V5, WILL);
        dying.send(&format!("E0 01 {reason}"));
        dying.expect_closed();
        heir.expect("30 ~ <w> [] 'bye'");
    }
    heir.expect_nothing();
}

// MQTT-3.1.2-12 of 3.1.1.
#[test]
fn a_client_without_a_will_leaves_none() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("#", 0);
    for version in VERSIONS {
        RawPeer::clean(&broker, version, "dying").drop_link();
        heir.expect_nothing();
    }
}

/// MQTT-3.1.2-8, MQTT-3.14.1-1: an error of the client's is no orderly end.
#[test]
fn a_violation_of_the_protocol_sends_the_will() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    for version in VERSIONS {
        for (row, code) in
            [("E1 00", 0x81), ("C0 01 00", 0x81), ("82 ~ 0001 []", 0x82), (WILL, 0x82)]
        {
            let mut dying = RawPeer::connect(&broker, version, WILL);
            dying.send(row);
            dying.expect_end(code);
            heir.expect("30 ~ <w> [] 'bye'");
        }
    }
}

// MQTT-3.1.2-16 and -17 of 3.1.1, MQTT-3.1.2-14 and -15 of 5.0.
#[test]
fn a_will_is_retained_where_it_says_so() {
    for version in VERSIONS {
        let broker = broker();
        for (flags, topic) in [("06", "plain"), ("26", "kept")] {
            let row = format!("10 ~ @ {flags} 0000 [] <dying> [] <{topic}> <bye>");
            RawPeer::connect(&broker, version, &row).drop_link();
        }
        let mut late = RawPeer::clean(&broker, version, "late");
        late.subscribe("#", 0);
        late.expect("31 ~ <kept> [] 'bye'");
        late.expect_nothing();
    }
}

// MQTT-3.3.1-10 and -11: as any retained message that is empty.
#[test]
fn an_empty_retained_will_clears_the_retained_message() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V311, "heir");
    heir.publish("w", 0, true, "old");
    RawPeer::connect(&broker, Version::V311, "10 ~ @ 26 0000 [] <dying> <w> <>").drop_link();
    heir.subscribe("w", 0);
    heir.expect_nothing();
}

// MQTT-3.3.1-5, the will's own QoS: the lower of it and the subscription's.
#[test]
fn a_will_has_its_own_qos() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V311, "heir");
    heir.subscribe("w", 2);
    for (flags, header) in [("06", 0x30), ("0E", 0x32), ("16", 0x34)] {
        let row = format!("10 ~ @ {flags} 0000 [] <dying> [] <w> <bye>");
        RawPeer::connect(&broker, Version::V5, &row).drop_link();
        assert_eq!(heir.packet()[0], header);
    }
}

// MQTT-3.1.3-10 of 5.0, and all else that a will carries but its delay.
#[test]
fn a_wills_properties_are_passed_on_in_order() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    let properties = "01 01 03 <t> 08 <r> 09 <\\00\\FF> 26 <b> <2> 26 <a> <1> 26 <b> <2> 26 <> <>";
    let row = format!("10 ~ @ 06 0000 [] <dying> [18 00000000 {properties}] <w> <bye>");
    RawPeer::connect(&broker, Version::V5, &row).drop_link();
    heir.expect(&format!("30 ~ <w> [{properties}] 'bye'"));
    let row = "10 ~ @ 06 0000 [] <dying> [02 0000003C] <w> <bye>";
    RawPeer::connect(&broker, Version::V5, row).drop_link();
    heir.expect("30 ~ <w> [02 0000003C] 'bye'");
}

// MQTT-3.1.2-24 of 3.1.1, MQTT-3.1.2-22 of 5.0: one and a half times the keep alive.
#[test]
fn silence_of_one_and_a_half_keep_alives_ends_the_connection_and_sends_the_will() {
    std::thread::scope(|scope| {
        for version in VERSIONS {
            scope.spawn(move || {
                let broker = broker();
                let mut heir = RawPeer::clean(&broker, version, "heir");
                heir.subscribe("w", 0);
                let row = "10 ~ @ 06 0001 [] <dying> [] <w> <bye>";
                let mut patient = RawPeer::clean(&broker, version, "patient");
                let mut dying = RawPeer::connect(&broker, version, row);
                let begun = clock::now();
                dying.expect_end(0x8D);
                let after = clock::now().duration_since(begun);
                assert!(after >= Duration::from_millis(1_400), "too soon: {after:?}");
                heir.expect("30 ~ <w> [] 'bye'");
                // Keep alive 0: never.
                patient.expect_nothing();
            });
        }
    });
}

#[test]
fn any_packet_keeps_a_connection_alive() {
    let broker = broker();
    let mut busy = RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0002 [] <busy>");
    // The silence of others is the clock: two of their ends come after one of ours would.
    for at in 0..3 {
        busy.send("30 ~ <a> [] 'x'");
        let row = format!("10 ~ @ 02 0001 [] <s{at}>");
        RawPeer::connect(&broker, Version::V5, &row).expect_end(0x8D);
    }
    busy.expect_nothing();
}

// MQTT-3.1.4-2 of 3.1.1, MQTT-3.1.4-3 of 5.0.
#[test]
fn a_takeover_ends_the_old_connection_and_sends_its_will() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    for old in VERSIONS {
        for new in VERSIONS {
            for flags in ["02", "00"] {
                let mut first = RawPeer::connect(&broker, old, WILL);
                let row = format!("10 ~ @ {flags} 0000 [] <dying>");
                let mut second = RawPeer::connect(&broker, new, &row);
                first.expect_end(0x8E);
                heir.expect("30 ~ <w> [] 'bye'");
                second.expect_nothing();
                second.leave();
                heir.expect_nothing();
            }
        }
    }
}

/// A session of an hour with a will that waits 1 s.
const DELAYED: &str = "10 ~ @ 04 0000 [11 00000E10] <dying> [18 00000001] <w> <bye>";

// MQTT-3.1.3-9 of 5.0.
#[test]
fn a_return_before_the_delay_takes_the_will_back() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    for taken_over in [false, true] {
        let mut first = RawPeer::connect(&broker, Version::V5, DELAYED);
        let second = if taken_over {
            let second = RawPeer::kept(&broker, Version::V5, "dying");
            first.expect_end(0x8E);
            second
        } else {
            first.drop_link();
            RawPeer::kept(&broker, Version::V5, "dying")
        };
        assert!(second.present);
        // The silence of another is the clock.
        let mut silent = RawPeer::connect(&broker, Version::V5, "10 ~ @ 02 0001 [] <silent>");
        silent.expect_end(0x8D);
        heir.expect_nothing();
        second.leave();
    }
}

// MQTT-3.1.2-8 of 5.0: when the delay has passed, or the session ends, whichever is first.
#[test]
fn a_delayed_will_goes_out_after_its_delay_or_with_its_session() {
    let broker = broker();
    let mut heir = RawPeer::clean(&broker, Version::V5, "heir");
    heir.subscribe("w", 0);
    let short_session = "10 ~ @ 06 0000 [11 00000001] <dying> [18 00000E10] <w> <bye>";
    for row in [DELAYED, short_session] {
        let dying = RawPeer::connect(&broker, Version::V5, row);
        let begun = clock::now();
        dying.drop_link();
        heir.expect_nothing();
        heir.expect("30 ~ <w> [] 'bye'");
        let after = clock::now().duration_since(begun);
        assert!(after >= Duration::from_millis(900), "too soon: {after:?}");
        assert!(after < Duration::from_secs(5), "too late: {after:?}");
    }
    // Without an expiry the session ends with its connection.
    let row = "10 ~ @ 06 0000 [] <dying> [18 00000E10] <w> <bye>";
    RawPeer::connect(&broker, Version::V5, row).drop_link();
    heir.expect("30 ~ <w> [] 'bye'");
    // A clean start ends it, however long the delay.
    let row = "10 ~ @ 06 0000 [11 00000E10] <dying> [18 00000E10] <w> <bye>";
    RawPeer::connect(&broker, Version::V5, row).drop_link();
    heir.expect_nothing();
    RawPeer::clean(&broker, Version::V5, "dying").leave();
    heir.expect("30 ~ <w> [] 'bye'");
    // So does a DISCONNECT that ends the session, where its reason leaves the will.
    let mut dying = RawPeer::connect(&broker, Version::V5, row);
    dying.send("E0 ~ 04 [11 00000000]");
    dying.expect_closed();
    heir.expect("30 ~ <w> [] 'bye'");
    heir.expect_nothing();
}

// MQTT-3.3.4-3 and no-local: its own client's subscription takes a will like any message.
#[test]
fn a_will_reaches_the_kept_session_of_its_own_client() {
    let broker = broker();
    let row = "10 ~ @ 0C 0000 [11 00000E10] <dying> [] <w> <bye>";
    let mut dying = RawPeer::connect(&broker, Version::V5, row);
    dying.subscribe("w", 1);
    dying.drop_link();
    let mut back = RawPeer::kept(&broker, Version::V5, "dying");
    assert!(back.present);
    back.expect("32 ~ <w> 0001 [] 'bye'");
}

#[test]
fn a_will_to_the_brokers_own_topics_is_refused() {
    let broker = broker();
    for (version, refusal) in [
        (Version::V31, "20 02 00 05"),
        (Version::V311, "20 02 00 05"),
        (Version::V5, "20 03 00 87 00"),
    ] {
        let mut peer = RawPeer::dial(&broker, version);
        peer.ask("10 ~ @ 06 003C [] <c> [] <$SYS/broker/uptime> <0>", refusal);
        peer.expect_closed();
    }
}
