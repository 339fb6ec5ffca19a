//! Each row cut short and with each bit turned: no panic, and nothing decodes to a packet that
//! does not survive its own encoding.

use mq::codec::{Packet, Sender, Version, decode};

use crate::cases::{self, Case};
use crate::notation;

/// Decodes bytes that may be anything; whatever is a packet must be the same packet again after
/// it was encoded. Says whether it was one.
pub(crate) fn survives(bytes: &[u8], version: Version, sender: Sender) -> bool {
    let Ok(Some(frame)) = cases::split(bytes) else { return false };
    let Ok(packet) = decode(frame, version, sender) else { return false };
    // A CONNECT says itself which version it is.
    let version = if let Packet::Connect(connect) = &packet { connect.version } else { version };
    let mut out = Vec::new();
    packet.encode(version, &mut out).unwrap();
    let again = cases::split(&out).unwrap().unwrap();
    assert_eq!(again.bytes(), out, "{bytes:02X?}");
    let decoded = decode(again, version, sender);
    assert_eq!(decoded, Ok(packet), "{bytes:02X?}");
    let mut twice = Vec::new();
    decoded.unwrap().encode(version, &mut twice).unwrap();
    assert_eq!(twice, out, "{bytes:02X?}");
    true
}

fn valid() -> Vec<Case> {
    cases::all().into_iter().filter(Case::is_valid).collect()
}

#[test]
fn a_packet_that_is_not_all_there_is_waited_for() {
    for case in valid() {
        let bytes = case.encoded();
        for cut in 0..bytes.len() {
            assert_eq!(cases::split(&bytes[..cut]), Ok(None), "{} cut at {cut}", case.name);
        }
    }
}

#[test]
fn bytes_behind_a_packet_are_not_part_of_it() {
    for case in valid() {
        let mut bytes = case.encoded();
        let len = bytes.len();
        bytes.extend([0xFF; 5]);
        let frame = cases::split(&bytes).unwrap().unwrap();
        assert_eq!(frame.bytes().len(), len, "{}", case.name);
    }
}

#[test]
fn a_body_cut_at_each_byte_is_refused_or_consistent() {
    for case in valid() {
        let bytes = case.encoded();
        let frame = cases::split(&bytes).unwrap().unwrap();
        for cut in 0..frame.body().len() {
            let mut shortened = vec![frame.header()];
            shortened.extend(notation::varint(cut));
            shortened.extend(&frame.body()[..cut]);
            survives(&shortened, case.version, case.sender);
        }
    }
}

#[test]
fn a_connect_cut_at_each_byte_is_refused() {
    for case in cases::written().into_iter().filter(Case::is_valid) {
        let bytes = case.encoded();
        if bytes[0] != 0x10 {
            continue;
        }
        let body = cases::split(&bytes).unwrap().unwrap().body();
        for cut in 0..body.len() {
            let mut shortened = vec![0x10];
            shortened.extend(notation::varint(cut));
            shortened.extend(&body[..cut]);
            let survived = survives(&shortened, case.version, case.sender);
            assert!(!survived, "{} cut at {cut}", case.name);
        }
    }
}

#[test]
fn a_row_with_one_bit_turned_is_refused_or_consistent() {
    for case in cases::all() {
        let bytes = case.encoded();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut turned = bytes.clone();
                turned[at] ^= 1 << bit;
                survives(&turned, case.version, case.sender);
            }
        }
    }
}

#[test]
fn a_row_in_the_wrong_version_or_from_the_wrong_end_is_refused_or_consistent() {
    for case in cases::all() {
        let bytes = case.encoded();
        for version in cases::VERSIONS {
            for sender in cases::SENDERS {
                survives(&bytes, version, sender);
            }
        }
    }
}

#[test]
fn one_byte_more_is_refused_where_the_body_has_an_end() {
    for case in valid() {
        let bytes = case.encoded();
        let frame = cases::split(&bytes).unwrap().unwrap();
        // The payload of PUBLISH and the codes of acknowledgements go on to the end.
        let codes = if case.version.is_v5() { &[9, 11][..] } else { &[9] };
        let kind = frame.header() >> 4;
        // Packets without all their parts have room for one more.
        let complete = case.canonical().as_deref() == Some(&bytes)
            && (!case.version.is_v5() || matches!(kind, 1 | 2 | 8 | 10 | 12 | 13));
        if kind == 3 || codes.contains(&kind) || !complete {
            continue;
        }
        let mut longer = vec![frame.header()];
        longer.extend(notation::varint(frame.body().len() + 1));
        longer.extend(frame.body());
        longer.push(0);
        assert!(!survives(&longer, case.version, case.sender), "{}", case.name);
    }
}
