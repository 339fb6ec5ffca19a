//! Packets made up at random, there and back; and bytes made up at random.

use mq::codec::{Packet, decode};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;
use crate::describe::describe;
use crate::generate::{Generated, any_packet};

fn encode(generated: &Generated) -> Vec<u8> {
    let mut bytes = Vec::new();
    generated.packet().encode(generated.version, &mut bytes).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_packet_is_the_same_after_the_wire(generated in any_packet()) {
        let packet = generated.packet();
        let bytes = encode(&generated);
        let frame = cases::split(&bytes).unwrap().unwrap();
        prop_assert_eq!(frame.bytes(), &bytes[..]);
        let decoded = decode(frame, generated.version, generated.sender).unwrap();
        prop_assert_eq!(describe(&decoded), describe(&packet));
        let mut again = Vec::new();
        decoded.encode(generated.version, &mut again).unwrap();
        prop_assert_eq!(&again, &bytes);
        if let Packet::Publish(publish) = packet {
            prop_assert_eq!(publish.encoded_len(generated.version), bytes.len());
        }
    }

    #[test]
    fn a_stream_is_cut_into_its_packets_wherever_reads_end(
        packets in vec(any_packet(), 1..6),
        read in 1..40_usize,
    ) {
        let stream: Vec<u8> = packets.iter().flat_map(encode).collect();
        let mut sent = packets.iter().map(encode);
        let mut buffer = Vec::new();
        for chunk in stream.chunks(read) {
            buffer.extend_from_slice(chunk);
            while let Some(frame) = cases::split(&buffer).unwrap() {
                let len = frame.bytes().len();
                prop_assert_eq!(Some(frame.bytes().to_vec()), sent.next());
                buffer.drain(..len);
            }
        }
        prop_assert!(buffer.is_empty() && sent.next().is_none());
    }

    #[test]
    fn a_packet_appends_to_what_is_there(generated in any_packet(), before in vec(any::<u8>(), 0..9)) {
        let mut out = before.clone();
        generated.packet().encode(generated.version, &mut out).unwrap();
        prop_assert_eq!(&out[..before.len()], &before[..]);
        prop_assert_eq!(&out[before.len()..], &encode(&generated)[..]);
    }

    #[test]
    fn any_bytes_are_refused_or_survive_their_own_encoding(
        header in any::<u8>(),
        body in vec(any::<u8>(), 0..60),
    ) {
        let mut bytes = vec![header, u8::try_from(body.len()).unwrap()];
        bytes.extend(body);
        for version in cases::VERSIONS {
            for sender in cases::SENDERS {
                crate::mutations::survives(&bytes, version, sender);
            }
        }
    }

    #[test]
    fn a_packet_with_bytes_changed_is_refused_or_survives_its_own_encoding(
        generated in any_packet(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = encode(&generated);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        crate::mutations::survives(&bytes, generated.version, generated.sender);
    }
}
