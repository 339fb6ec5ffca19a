use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::*;
use crate::codec::{PacketId, Properties, Property, PropertyBuffer, Publish, Qos};
use crate::record::{
    Defaults, Entry, Escape, Form, Layout, LineError, Message, Moment, Problem, Reader, schema,
};

mod random;

/// A message without the packet around it.
#[derive(Debug, Clone)]
struct Sample {
    topic: String,
    qos: Qos,
    retain: bool,
    dup: bool,
    payload: Vec<u8>,
    properties: PropertyBuffer,
    time: SystemTime,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            topic: "a".to_owned(),
            qos: Qos::AtMostOnce,
            retain: false,
            dup: false,
            payload: Vec::new(),
            properties: PropertyBuffer::new(),
            time: UNIX_EPOCH + Duration::from_micros(1_795_206_339_296_722),
        }
    }
}

impl Sample {
    fn of_payload(payload: impl AsRef<[u8]>) -> Self {
        Self { payload: payload.as_ref().to_vec(), ..Self::default() }
    }

    fn written(&self, embedded: bool, escape: Escape) -> String {
        let publish = Publish {
            dup: self.dup,
            qos: self.qos,
            retain: self.retain,
            topic: "",
            id: PacketId::new(7),
            properties: self.properties.as_properties(),
            payload: &self.payload,
        };
        let received = Moment::at(self.time);
        let message = Message { topic: &self.topic, publish: &publish, received: &received };
        let mut out = Vec::new();
        let layout = Layout::Lines(JsonLines { embedded });
        layout.write(&message, escape, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What a reader makes of it.
    fn entry(&self) -> Entry<'_> {
        Entry {
            topic: Cow::Borrowed(&self.topic),
            qos: self.qos,
            retain: self.retain,
            payload: Cow::Borrowed(&self.payload),
            properties: self.properties.clone(),
            time: Some(self.time),
        }
    }
}

impl From<Entry<'_>> for Sample {
    fn from(entry: Entry<'_>) -> Self {
        Self {
            topic: entry.topic.into_owned(),
            qos: entry.qos,
            retain: entry.retain,
            dup: false,
            payload: entry.payload.into_owned(),
            properties: entry.properties,
            time: entry.time.unwrap(),
        }
    }
}

fn read(line: &str) -> Entry<'_> {
    let mut reader = Reader::new(Form::Json { timed: true }, Defaults::default());
    reader.read(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}")).unwrap()
}

#[test]
fn lines_look_as_documented() {
    let mut sample = Sample { qos: Qos::AtLeastOnce, ..Sample::of_payload("te\"xt\u{9b}") };
    let start = r#"{"time":"2026-11-20T20:25:39.296722Z","topic":"a","#;
    let written = |sample: &Sample| sample.written(true, Escape::Exact).replace(start, "...");
    assert_eq!(
        written(&sample),
        "...\"qos\":1,\"retain\":false,\"dup\":false,\"payload\":\"te\\\"xt\u{9b}\"}\n"
    );
    assert!(sample.written(true, Escape::Terminal).contains(r#""te\"xt\u009b""#));
    sample = Sample { retain: true, dup: true, qos: Qos::ExactlyOnce, ..Sample::of_payload([255]) };
    assert_eq!(
        written(&sample),
        "...\"qos\":2,\"retain\":true,\"dup\":true,\"payload_base64\":\"/w==\"}\n"
    );
    sample = Sample::of_payload("{\"t\": 1}");
    sample.properties.push(Property::UserProperty("k", "v")).unwrap();
    sample.properties.push(Property::SubscriptionIdentifier(7)).unwrap();
    sample.properties.push(Property::UserProperty("k", "w")).unwrap();
    sample.properties.push(Property::SubscriptionIdentifier(300)).unwrap();
    sample.properties.push(Property::CorrelationData(b"\0")).unwrap();
    sample.properties.push(Property::ResponseTopic("r")).unwrap();
    sample.properties.push(Property::ContentType("c")).unwrap();
    sample.properties.push(Property::MessageExpiryInterval(u32::MAX)).unwrap();
    sample.properties.push(Property::PayloadFormatIndicator(1)).unwrap();
    assert_eq!(
        written(&sample),
        "...\"qos\":0,\"retain\":false,\"dup\":false,\"payload_json\":{\"t\": 1},\"properties\":{\
         \"payload_format_indicator\":1,\"message_expiry_interval\":4294967295,\
         \"content_type\":\"c\",\"response_topic\":\"r\",\"correlation_data_base64\":\"AA==\",\
         \"subscription_identifiers\":[7,300],\"user_properties\":[[\"k\",\"v\"],[\"k\",\"w\"]]}}\n"
    );
    let value: Value = serde_json::from_str(&sample.written(true, Escape::Exact)).unwrap();
    assert_eq!(schema::objections(schema::MESSAGE, &value), Vec::<String>::new());
    // An alias is not the message's.
    sample.properties.clear();
    sample.properties.push(Property::TopicAlias(3)).unwrap();
    assert!(!sample.written(true, Escape::Exact).contains("properties"));
}

#[test]
fn only_json_that_stays_as_it_is_is_embedded() {
    for (payload, embedded) in [
        ("1", true),
        ("{\"a\" : [ 1.0 ]}", true),
        ("\"\\u0041\"", true),
        ("12345678901234567890123", true),
        ("", false),
        (" 1", false),
        ("1 ", false),
        ("[1,\n2]", false),
        ("[1,\r2]", false),
        ("1 2", false),
        ("{'a':1}", false),
        ("\u{FEFF}1", false),
    ] {
        let sample = Sample::of_payload(payload);
        let line = sample.written(true, Escape::Exact);
        assert_eq!(line.contains("payload_json"), embedded, "{line}");
        assert_eq!(&*read(&line).payload, payload.as_bytes());
        assert!(!sample.written(false, Escape::Exact).contains("payload_json"));
    }
    // Deeper than any parser with a stack of its own frames would go.
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let line = Sample::of_payload(&deep).written(true, Escape::Exact);
    assert!(line.contains("payload_json"));
    assert_eq!(&*read(&line).payload, deep.as_bytes());
}

#[test]
fn what_a_line_does_not_say_is_as_given() {
    let mut properties = PropertyBuffer::new();
    properties.push(Property::ContentType("c")).unwrap();
    let topic = Some("d".to_owned());
    let defaults = Defaults { topic, qos: Qos::ExactlyOnce, retain: true, properties };
    let mut reader = Reader::new(Form::Json { timed: false }, defaults);
    let mut of = |line: &'static str| reader.read(line.as_bytes()).unwrap();
    let entry = of("{\"payload\":\"\"}").unwrap();
    assert_eq!((&*entry.topic, entry.qos, entry.retain), ("d", Qos::ExactlyOnce, true));
    assert!(entry.payload.is_empty());
    assert_eq!(
        entry.properties.as_properties().iter().collect::<Vec<_>>(),
        [Property::ContentType("c")]
    );
    let entry = of("{\"topic\":\"t\",\"qos\":0,\"retain\":false,\"payload\":\"\"}").unwrap();
    assert_eq!((&*entry.topic, entry.qos, entry.retain), ("t", Qos::AtMostOnce, false));
    // Blank lines, marks, line ends of other systems, what pub does not look at.
    assert_eq!(of(" \t\r"), None);
    assert_eq!(of(""), None);
    for line in [
        "\u{FEFF}{\"properties\":{},\"payload\":\"x\"}\r",
        " {\"properties\":{},\"payload\":\"x\"} \t",
        "{\"properties\":{},\"time\":5,\"dup\":[],\"m\":{\"payload\":1},\"m\":2,\"payload\":\"x\"}",
        "{\"properties\":{\"subscription_identifiers\":0,\"more\":1},\"payload\":\"x\"}",
        "{\"properties\":{},\"payload\":\"\\u0078\"}",
        "{\"properties\":{},\"payload_base64\":\"eA==\"}",
        "{\"properties\":{},\"payload_json\": 5 }",
    ] {
        let entry = of(line).unwrap();
        assert!(matches!(&*entry.payload, b"x" | b"5"), "{line}");
        assert_eq!((entry.time, entry.properties.as_properties()), (None, Properties::EMPTY));
    }
}

/// What is wrong with a line, and where.
fn error(line: impl AsRef<[u8]>) -> LineError {
    let mut reader = Reader::new(Form::Json { timed: true }, Defaults::default());
    reader.read(line.as_ref()).unwrap_err()
}

#[test]
fn bad_lines_say_what_is_bad_and_where() {
    use Problem as P;
    let long = "x".repeat(65_536);
    let with = |members: &str| format!("{{\"topic\":\"a\",\"payload\":\"\",{members}}}");
    let properties = |members: &str| with(&format!("\"properties\":{{{members}}}"));
    for (line, want) in [
        ("5".to_owned(), P::NotObject),
        ("null".to_owned(), P::NotObject),
        ("[]".to_owned(), P::NotObject),
        ("{".to_owned(), P::Truncated),
        ("{\"topic\":\"a".to_owned(), P::Truncated),
        ("{\"topic\":\"a\",\"payload\":\"x\"".to_owned(), P::Truncated),
        ("{\"payload\":\"x\"}".to_owned(), P::NoTopic),
        ("{\"topic\":\"a\"}".to_owned(), P::NoPayload),
        (with("\"payload\":\"\""), P::Twice(Key::Payload)),
        (with("\"payload_base64\":\"\""), P::Payloads),
        (with("\"payload_json\":1"), P::Payloads),
        (with("\"topic\":\"a\""), P::Twice(Key::Topic)),
        (with("\"dup\":true,\"dup\":true"), P::Twice(Key::Dup)),
        (with("\"qos\":3"), P::Value(Key::Qos)),
        (with("\"qos\":-1"), P::Value(Key::Qos)),
        (with("\"qos\":256"), P::Value(Key::Qos)),
        (with("\"qos\":1.0"), P::Value(Key::Qos)),
        (with("\"qos\":\"1\""), P::Value(Key::Qos)),
        (with("\"qos\":null"), P::Value(Key::Qos)),
        (with("\"retain\":1"), P::Value(Key::Retain)),
        (with("\"time\":\"yesterday\""), P::Value(Key::Time)),
        (with("\"time\":7"), P::Value(Key::Time)),
        (with("\"properties\":[]"), P::Value(Key::Properties)),
        ("{\"topic\":\"a/#\",\"payload\":\"\"}".to_owned(), P::Value(Key::Topic)),
        ("{\"topic\":\"\",\"payload\":\"\"}".to_owned(), P::Value(Key::Topic)),
        ("{\"topic\":\"a\\u0000\",\"payload\":\"\"}".to_owned(), P::Value(Key::Topic)),
        ("{\"topic\":7,\"payload\":\"\"}".to_owned(), P::Value(Key::Topic)),
        (format!("{{\"topic\":\"{long}\",\"payload\":\"\"}}"), P::Value(Key::Topic)),
        ("{\"topic\":\"a\",\"payload\":null}".to_owned(), P::Value(Key::Payload)),
        ("{\"topic\":\"a\",\"payload\":{\"b\":1}}".to_owned(), P::Value(Key::Payload)),
        ("{\"topic\":\"a\",\"payload_base64\":\"eA=\"}".to_owned(), P::Value(Key::PayloadBase64)),
        ("{\"topic\":\"a\",\"payload_base64\":\"e A==\"}".to_owned(), P::Value(Key::PayloadBase64)),
        ("{\"topic\":\"a\",\"payload_base64\":[]}".to_owned(), P::Value(Key::PayloadBase64)),
        (properties("\"payload_format_indicator\":2"), P::Value(Key::PayloadFormatIndicator)),
        (
            properties("\"message_expiry_interval\":4294967296"),
            P::Value(Key::MessageExpiryInterval),
        ),
        (properties(&format!("\"content_type\":\"{long}\"")), P::Value(Key::ContentType)),
        (properties("\"content_type\":\"\\u0000\""), P::Value(Key::ContentType)),
        (properties("\"content_type\":1,"), P::Value(Key::ContentType)),
        (properties("\"response_topic\":\"+\""), P::Value(Key::ResponseTopic)),
        (properties("\"correlation_data_base64\":\"x\""), P::Value(Key::CorrelationDataBase64)),
        (
            properties(&format!("\"correlation_data_base64\":\"{}\"", "AAAA".repeat(21_846))),
            P::Value(Key::CorrelationDataBase64),
        ),
        (properties("\"user_properties\":{\"k\":\"v\"}"), P::Value(Key::UserProperties)),
        (properties("\"user_properties\":[[\"k\"]]"), P::Value(Key::UserProperties)),
        (properties("\"user_properties\":[[\"k\",\"v\",\"w\"]]"), P::Value(Key::UserProperties)),
        (properties("\"user_properties\":[[\"k\",1]]"), P::Value(Key::UserProperties)),
        (properties("\"user_properties\":[[\"k\",\"\\u0000\"]]"), P::Value(Key::UserProperties)),
        (properties("\"content_type\":\"\",\"content_type\":\"\""), P::Twice(Key::ContentType)),
        (with("\"properties\":{},\"properties\":{}"), P::Twice(Key::Properties)),
    ] {
        let found = error(&line);
        assert_eq!(found.problem, want, "{}", &line[..line.len().min(200)]);
        assert!(found.column.is_some() || matches!(want, P::NoTopic | P::NoPayload | P::NotObject));
        assert!(!found.to_string().contains("at line"), "{found}");
    }
    for line in ["x", "{x}", "{\"a\":1}{}", "{\"a\":1},", "{'a':1}", "{\"a\":01}", "{\"a\":\"\0\"}"]
    {
        let found = error(line);
        assert!(matches!(found.problem, P::NotJson(_)), "{line}: {found}");
    }
    assert_eq!(error(b"{\"topic\":\"a\xff"), LineError::at(12, P::NotUtf8));
    assert_eq!(
        error("{\"topic\":\"a\",\"qos\":3}").to_string(),
        "column 21: \"qos\" must be 0, 1 or 2"
    );
    assert_eq!(error("hello").to_string(), "column 1: not JSON: expected value");
    assert_eq!(error("foo").to_string(), "column 2: not JSON: expected value");
}

#[test]
fn a_bad_line_spoils_no_other() {
    let mut reader = Reader::new(Form::Json { timed: false }, Defaults::default());
    let good = b"{\"topic\":\"a\",\"payload\":\"x\"}";
    assert!(reader.read(b"{\"topic\":\"a\",\"qos\":3,\"payload\":\"x\"}").is_err());
    assert!(reader.read(good).unwrap().is_some());
    assert!(reader.read(b"\0").is_err());
    assert!(reader.read(good).unwrap().is_some());
}
