//! The largest fields and packets, and lengths at the edges of their encoding.

use mq::codec::{
    EncodeError, Error, FilterBuffer, MAX_PACKET_SIZE, NameBuffer, Packet, Properties, Property,
    PropertyBuffer, Publish, Qos, Reason, Sender, SubscriptionOptions, Version, decode, split,
    varint_len, write_varint,
};

use crate::cases;
use crate::notation;

fn publish<'a>(topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic,
        id: None,
        properties: Properties::EMPTY,
        payload,
    }
}

/// Encodes and decodes; the packet must be the same again.
fn there_and_back(packet: &Packet<'_>, version: Version, sender: Sender) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).unwrap();
    let frame = cases::split(&bytes).unwrap().unwrap();
    assert_eq!(frame.bytes().len(), bytes.len());
    assert_eq!(decode(frame, version, sender).as_ref(), Ok(packet));
    bytes
}

/// `[MQTT-4.7.3-3]`
#[test]
fn topics_and_filters_of_65_535_bytes_are_taken() {
    let slashes = "/".repeat(65_535);
    let letters = "a".repeat(65_535);
    let wide = "\u{10FFFF}".repeat(65_535 / 4);
    for text in [&slashes, &letters, &wide] {
        for version in cases::VERSIONS {
            let packet = Packet::Publish(publish(text, b"x"));
            there_and_back(&packet, version, Sender::Server);
            let head = if version.is_v5() { "0001 00" } else { "0001" };
            let filter = format!("82 ~ {head} {} 02", notation::field(text.as_bytes()));
            let bytes = notation::bytes(&filter, version);
            let frame = cases::split(&bytes).unwrap().unwrap();
            let Ok(Packet::Subscribe(subscribe)) = decode(frame, version, Sender::Client) else {
                panic!("refused: {} bytes", text.len())
            };
            assert_eq!(subscribe.filters.iter().next().unwrap().0, text);
        }
    }
}

#[test]
fn a_field_of_65_536_bytes_cannot_be_written() {
    let long = "a".repeat(65_536);
    let mut out = vec![1, 2, 3];
    for version in cases::VERSIONS {
        let result = Packet::Publish(publish(&long, b"")).encode(version, &mut out);
        assert_eq!(result, Err(EncodeError::FieldTooLong));
        assert_eq!(out, [1, 2, 3], "what was there stays alone");
    }
    let mut properties = PropertyBuffer::new();
    assert_eq!(properties.push(Property::ReasonString(&long)), Err(EncodeError::FieldTooLong));
    assert_eq!(properties.push(Property::UserProperty("k", &long)), Err(EncodeError::FieldTooLong));
    assert!(properties.as_properties().is_empty());
    let mut filters = FilterBuffer::default();
    let options = SubscriptionOptions::default();
    assert_eq!(filters.push(&long, options), Err(EncodeError::FieldTooLong));
    assert_eq!(filters.as_filters().iter().count(), 0);
    let mut names = NameBuffer::default();
    assert_eq!(names.push(&long), Err(EncodeError::FieldTooLong));
    assert_eq!(names.as_names().iter().count(), 0);
}

#[test]
fn every_length_of_the_body_at_the_edges_is_written_in_its_shortest_form() {
    for size in [0_usize, 1, 124, 125, 126, 16_380, 16_381, 2_097_148, 2_097_149] {
        let payload = vec![7; size];
        let packet = Packet::Publish(publish("a", &payload));
        let bytes = there_and_back(&packet, Version::V311, Sender::Client);
        let length = notation::varint(size + 3);
        assert_eq!(bytes[1..=length.len()], length);
        assert_eq!(bytes.len(), 1 + length.len() + 3 + size);
        assert_eq!(publish("a", &payload).encoded_len(Version::V311), bytes.len());
    }
}

#[test]
fn properties_beyond_one_and_two_length_bytes_go_round() {
    for pairs in [1, 18, 19, 2_340, 2_341, 10_000] {
        let mut properties = PropertyBuffer::new();
        for _ in 0..pairs {
            properties.push(Property::UserProperty("k", "v")).unwrap();
        }
        let publish = Publish { properties: properties.as_properties(), ..publish("a", b"x") };
        let bytes = there_and_back(&Packet::Publish(publish), Version::V5, Sender::Client);
        assert_eq!(publish.encoded_len(Version::V5), bytes.len());
        assert_eq!(publish.properties.iter().count(), pairs);
    }
}

#[test]
fn ten_thousand_filters_in_one_packet_are_taken() {
    for version in cases::VERSIONS {
        let filters = "<a/b> 01 ".repeat(10_000);
        let bytes = notation::bytes(&format!("82 ~ 0001 [] {filters}"), version);
        let frame = cases::split(&bytes).unwrap().unwrap();
        let Ok(Packet::Subscribe(subscribe)) = decode(frame, version, Sender::Client) else {
            panic!("refused")
        };
        assert_eq!(subscribe.filters.iter().count(), 10_000);
        let mut out = Vec::new();
        Packet::Subscribe(subscribe).encode(version, &mut out).unwrap();
        assert_eq!(out, bytes);
    }
}

#[test]
fn the_largest_length_is_waited_for_or_refused_by_its_header_alone() {
    let header = [0x30, 0xFF, 0xFF, 0xFF, 0x7F];
    assert_eq!(split(&header, MAX_PACKET_SIZE), Ok(None));
    let refused = Error::PacketTooLarge { size: MAX_PACKET_SIZE, limit: 1_000 };
    assert_eq!(split(&header, 1_000), Err(refused));
    assert_eq!(refused.reason(), Reason::PacketTooLarge);
    let limit = MAX_PACKET_SIZE - 1;
    assert_eq!(split(&header, limit), Err(Error::PacketTooLarge { size: MAX_PACKET_SIZE, limit }));
}

#[test]
fn the_limit_counts_the_whole_packet() {
    let bytes = notation::bytes("30 ~ <a> 'hi'", Version::V311);
    let size = u32::try_from(bytes.len()).unwrap();
    assert!(split(&bytes, size).unwrap().is_some());
    let limit = size - 1;
    assert_eq!(split(&bytes, limit), Err(Error::PacketTooLarge { size, limit }));
    assert_eq!(split(&bytes[..2], limit), Err(Error::PacketTooLarge { size, limit }));
    assert_eq!(split(&bytes[..1], limit), Ok(None));
    assert_eq!(split(&[0xC0, 0x00], 1), Err(Error::PacketTooLarge { size: 2, limit: 1 }));
}

#[test]
fn a_packet_over_the_largest_length_cannot_be_written() {
    // The payload is never written: the head alone tells.
    let payload = vec![0; 268_435_453];
    let mut out = Vec::new();
    let result = publish("a", &payload).encode_head(Version::V311, &mut out);
    assert_eq!(result, Err(EncodeError::PacketTooLong));
    assert!(out.is_empty());
    let largest = publish("a", &payload[1..]);
    largest.encode_head(Version::V311, &mut out).unwrap();
    assert_eq!(out, notation::bytes("30 FFFFFF7F <a>", Version::V311));
    assert_eq!(largest.encoded_len(Version::V311), usize::try_from(MAX_PACKET_SIZE).unwrap());
}

#[test]
fn the_codec_writes_lengths_as_the_tests_do() {
    for value in (0..70_000).chain([2_097_151, 2_097_152, 268_435_454, 268_435_455]) {
        let mut out = Vec::new();
        write_varint(&mut out, value);
        assert_eq!(out, notation::varint(usize::try_from(value).unwrap()));
        assert_eq!(varint_len(value), out.len());
    }
}
