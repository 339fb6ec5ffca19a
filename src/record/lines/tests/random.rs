//! Any message, written and read.

use std::time::{Duration, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::{Sample, read};
use crate::codec::{Property, PropertyBuffer, Qos};
use crate::record::{Defaults, Escape, Form, Reader, schema};
use crate::topic;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_was_written_is_read(sample in sample(), embedded: bool, terminal: bool) {
        let escape = if terminal { Escape::Terminal } else { Escape::Exact };
        let line = sample.written(embedded, escape);
        prop_assert_eq!(line.matches('\n').count(), 1);
        let entry = read(&line);
        // What a terminal is shown of JSON is the same JSON in other bytes.
        let embedded_json = line.contains("\"payload_json\":");
        if !(terminal && embedded_json) {
            prop_assert_eq!(&entry, &sample.entry());
        }
        if terminal {
            let shown = |c| c == '\n' || c == '\t' || !crate::text::is_dangerous(c);
            prop_assert!(line.chars().all(shown), "{}", line);
        } else {
            prop_assert_eq!(Sample::from(entry).written(embedded, escape), line);
        }
    }

    #[test]
    fn lines_are_as_the_schema_says(sample in sample(), embedded: bool) {
        let line = sample.written(embedded, Escape::Exact);
        // A parser that is not ours takes it apart; numbers out of its range stand in payloads only.
        if let Ok(value) = serde_json::from_str::<Value>(&line) {
            prop_assert_eq!(schema::objections(schema::MESSAGE, &value), Vec::<String>::new(), "{}", line);
        } else {
            prop_assert!(line.contains("payload_json"), "{}", line);
        }
    }

    #[test]
    fn no_input_makes_the_reader_panic(
        start in text(),
        line in sample().prop_map(|sample| sample.written(false, Escape::Exact)),
        cut in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let mut reader = Reader::new(Form::Json { timed: true }, Defaults::default());
        let _ = reader.read(start.as_bytes());
        let mut bytes = line.trim_end().as_bytes().to_vec();
        let at = cut.index(bytes.len());
        bytes[at] = byte;
        let _ = reader.read(&bytes);
        // Cut off anywhere before its end, it is no message.
        bytes.truncate(at);
        prop_assert!(reader.read(&bytes).is_err() || bytes.trim_ascii().is_empty());
    }
}

/// Characters of every kind that escapes and lengths care about.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => prop::char::range(' ', '~'),
        2 => prop::char::range('\0', '\u{9F}'),
        1 => prop::char::range('\u{2000}', '\u{206F}'),
        1 => any::<char>(),
        1 => prop::sample::select(vec!['"', '\\', '/', '\u{FEFF}', '\u{E0041}', '\u{10FFFF}']),
    ]
}

fn text() -> impl Strategy<Value = String> {
    vec(character(), 0..40).prop_map(|characters| characters.into_iter().collect())
}

fn text_without_nul() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace('\0', ""))
}

fn name() -> impl Strategy<Value = String> {
    let name = text().prop_map(|text| text.replace(['\0', '+', '#'], "/"));
    name.prop_filter("a topic", |text| topic::is_name(text))
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let json = prop::sample::select(vec![
        "{\"t\": 21.50,\"n\":[1e400, null,true ]}",
        " 1",
        "1\t",
        "1\n",
        "[\r1]",
        "\"\\ud800\"",
        "\"\u{9b}\u{7f}\u{202e}\"",
        "12345678901234567890.0",
        "{\"a\":1,\"a\":2}",
        "\u{FEFF}1",
        "{}x",
        "nul",
    ]);
    prop_oneof![
        2 => text().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..80),
        1 => json.prop_map(|text| text.as_bytes().to_vec()),
    ]
}

fn properties() -> impl Strategy<Value = PropertyBuffer> {
    let scalars = (
        prop::option::of(0..=1_u8),
        prop::option::of(any::<u32>()),
        prop::option::of(text_without_nul()),
        prop::option::of(name()),
        prop::option::of(vec(any::<u8>(), 0..40)),
    );
    let user = vec((text_without_nul(), text_without_nul()), 0..4);
    (scalars, user).prop_map(|((indicator, expiry, content, response, data), user)| {
        let mut all = PropertyBuffer::new();
        let given = [
            indicator.map(Property::PayloadFormatIndicator),
            expiry.map(Property::MessageExpiryInterval),
            content.as_deref().map(Property::ContentType),
            response.as_deref().map(Property::ResponseTopic),
            data.as_deref().map(Property::CorrelationData),
        ];
        let user = user.iter().map(|(name, value)| Property::UserProperty(name, value));
        given.into_iter().flatten().chain(user).for_each(|one| all.push(one).unwrap());
        all
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    let qos = (0..=2_u8).prop_map(|bits| Qos::from_bits(bits).unwrap());
    // To the end of the year 9998.
    let time =
        (0..253_370_764_800_000_000_u64).prop_map(|at| UNIX_EPOCH + Duration::from_micros(at));
    (
        name(),
        qos,
        any::<bool>(),
        payload(),
        prop_oneof![Just(PropertyBuffer::new()), properties()],
        time,
    )
        .prop_map(|(topic, qos, retain, payload, properties, time)| Sample {
            topic,
            qos,
            retain,
            dup: false,
            payload,
            properties,
            time,
        })
}
