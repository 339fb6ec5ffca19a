//! JSON, against what cJSON writes of the same.

use proptest::prelude::*;
use serde_json::Value;

use crate::codec::Properties;
use crate::record::Escape;
use crate::record::format::Unprintable;
use crate::record::format::tests::{Sample, full};

const HEAD: &str =
    r#"{"tst":"2026-11-21T13:25:49.047149+0000","topic":"a/b","qos":1,"retain":true"#;

fn sample(payload: &[u8]) -> Sample<'_> {
    Sample { topic: "a/b", payload, properties: Properties::EMPTY }
}

/// In which time zone tests run is nobody's business.
fn in_utc(text: &str) -> String {
    let time = text.find("\"tst\":").unwrap() + "\"tst\":".len();
    let from = time + text[time..].find('"').unwrap() + 1;
    let stamp = &text[from..from + 31];
    let shape: String = stamp.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!(shape.replace('-', "+"), "9999+99+99T99:99:99.999999+9999", "{text}");
    assert!(stamp.contains(":49.047149"), "{text}");
    format!("{}2026-11-21T13:25:49.047149+0000{}", &text[..from], &text[from + 31..])
}

fn json(sample: &Sample<'_>, format: &str) -> String {
    in_utc(&sample.text(format))
}

#[test]
fn an_object_has_its_members_in_mosquittos_order() {
    let whole = |rest: &str| format!("{HEAD}{rest}");
    assert_eq!(
        json(&sample(b"say \"hi\""), "%j"),
        whole(r#","payloadlen":8,"mid":321,"payload":"say \"hi\""}"#)
    );
    for format in ["%j", "%J"] {
        let empty = json(&sample(b""), format);
        assert_eq!(empty, whole(r#","payloadlen":0,"mid":321,"payload":null}"#));
    }
    let properties = full();
    let sample = Sample { properties: properties.as_properties(), ..sample(b"x") };
    assert_eq!(
        json(&sample, "%j"),
        whole(concat!(
            r#","payloadlen":1,"mid":321,"properties":{"topic-alias":7,"#,
            r#""content-type":"text/plain","#,
            r#""user-properties":[{"k":"v"},{"k":"é\"\u001b"}],"#,
            r#""message-expiry-interval":4294967295,"#,
            "\"response-topic\":\"r/\u{202e}t\",",
            r#""correlation-data":"c\u0000\n\u00ff","#,
            r#""subscription-identifier":12,"subscription-identifier":13,"#,
            r#""payload-format-indicator":1},"payload":"x"}"#,
        ))
    );
}

#[test]
fn pretty_is_indented_as_cjson_does_it() {
    let mut properties = crate::codec::PropertyBuffer::new();
    for name in ["a", "b"] {
        properties.push(crate::codec::Property::UserProperty(name, "1")).unwrap();
    }
    let payload = br#"{"a":[1.0,{"b":null,"c":[]}],"d":{}, "e" : [[],[ {"f":{ }}]]}"#;
    let sample = Sample { properties: properties.as_properties(), ..sample(payload) };
    let (out, outcome) = sample.write("%J", Escape::Exact, true);
    assert_eq!(outcome, Ok(()));
    let want = [
        "{",
        "\t\"tst\":\t\"2026-11-21T13:25:49.047149+0000\",",
        "\t\"topic\":\t\"a/b\",",
        "\t\"qos\":\t1,",
        "\t\"retain\":\ttrue,",
        "\t\"payloadlen\":\t61,",
        "\t\"mid\":\t321,",
        "\t\"properties\":\t{",
        "\t\t\"user-properties\":\t[{",
        "\t\t\t\t\"a\":\t\"1\"",
        "\t\t\t}, {",
        "\t\t\t\t\"b\":\t\"1\"",
        "\t\t\t}]",
        "\t},",
        "\t\"payload\":\t{",
        "\t\t\"a\":\t[1, {",
        "\t\t\t\t\"b\":\tnull,",
        "\t\t\t\t\"c\":\t[]",
        "\t\t\t}],",
        "\t\t\"d\":\t{",
        "\t\t},",
        "\t\t\"e\":\t[[], [{",
        "\t\t\t\t\t\"f\":\t{",
        "\t\t\t\t\t}",
        "\t\t\t\t}]]",
        "\t}",
        "}",
    ];
    assert_eq!(in_utc(std::str::from_utf8(&out).unwrap()), want.join("\n"));
}

/// What becomes of a payload under `%J`.
fn embedded(payload: &str) -> String {
    let text = json(&sample(payload.as_bytes()), "%J");
    let from = text.find(r#""payload":"#).unwrap() + 10;
    text[from..text.len() - 1].to_owned()
}

#[test]
fn an_embedded_payload_is_laid_out_anew_and_stays_the_same() {
    for (payload, want) in [
        (" [1 ,\t2\n] ", "[1,2]"),
        ("\u{FEFF}{ }", "{}"),
        ("true", "true"),
        (r#"{"a":1,"a":{"b":[{},[]]}, "c":false}"#, r#"{"a":1,"a":{"b":[{},[]]},"c":false}"#),
        // Numbers as a double prints, where that is the same number.
        ("-0", "-0"),
        ("0.0e9", "0"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("120.50", "120.5"),
        ("1e15", "1e+15"),
        ("123456789012345", "123456789012345"),
        ("100000000000000", "100000000000000"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("-0.00000125", "-1.25e-06"),
        ("1.5E300", "1.5e+300"),
        ("2147483648", "2147483648"),
        // And as it came, where a double would make another one of it.
        ("12345678901234567890", "12345678901234567890"),
        ("3.141592653589793238", "3.141592653589793238"),
        ("1e400", "1e400"),
        ("1e99999999999", "1e99999999999"),
        ("0.1000000000000000000000000000000", "0.1"),
        // Strings.
        (r#""\u00e9\/\u0001\ud83d\ude00\u000a\b\f\n\r\t\"\\""#, r#""é/\u0001😀\n\b\f\n\r\t\"\\""#),
        (r#""\u0000""#, r#""\u0000""#),
        (r#""\ud800 \udc00\ud800""#, r#""\ud800 \udc00\ud800""#),
        (r#""\ud800\u0041""#, r#""\ud800A""#),
        (r#""a\\","#.trim_end_matches(','), r#""a\\""#),
        (r#"{"\"a\\":"b\\\\"}"#, r#"{"\"a\\":"b\\\\"}"#),
    ] {
        assert_eq!(embedded(payload), want, "{payload}");
    }
}

#[test]
fn what_is_no_json_leaves_nothing_but_the_newline() {
    let deep = "[".repeat(129) + &"]".repeat(129);
    let payloads =
        [&b"{"[..], b"\"", b"\"\xff\"", b"01", b"1 2", b"nul", b"\"\x01\"", b" ", deep.as_bytes()];
    for payload in payloads {
        let (out, outcome) = sample(payload).write("<%J>", Escape::Exact, false);
        assert_eq!(out, b"<>");
        let error = outcome.unwrap_err();
        assert_eq!(error, Unprintable::NotJson { topic: "a/b".to_owned() });
        assert_eq!(error.to_string(), "Message payload is not valid JSON on topic a/b.");
    }
    let deep = "[".repeat(128) + &"]".repeat(128);
    assert_eq!(embedded(&deep), deep);
}

#[test]
fn bytes_that_are_no_text_are_characters_of_their_number() {
    let text = sample(b"Gr\xf6\xdfe \0 \x1b \xc3\xa9").text("%j");
    assert!(text.ends_with(r#""payload":"Gr\u00f6\u00dfe \u0000 \u001b \u00c3\u00a9"}"#), "{text}");
    let text = sample("Größe \0 \u{7f}".as_bytes()).text("%j");
    assert!(text.ends_with("\"payload\":\"Größe \\u0000 \u{7f}\"}"), "{text}");
}

#[test]
fn on_a_terminal_it_is_the_same_json_and_harmless() {
    let payload = "a\u{9b}2J\u{202e}\u{7f}é\u{e0041}\"\n".as_bytes();
    let sample = Sample { topic: "t\u{200b}", ..sample(payload) };
    let (out, outcome) = sample.write("%j", Escape::Terminal, true);
    assert_eq!(outcome, Ok(()));
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(r#"a\u009b2J\u202e\u007fé\udb40\udc41\"\n"#), "{out}");
    assert!(out.contains(r#""t\u200b""#), "{out}");
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["payload"].as_str().unwrap().as_bytes(), payload);
}

/// What is read from JSON, as the bytes that it was made of.
fn bytes_of(object: &Value) -> Vec<u8> {
    let Some(text) = object["payload"].as_str() else { return Vec::new() };
    let len = object["payloadlen"].as_u64().unwrap();
    if text.chars().count() as u64 == len {
        text.chars().map(|character| u8::try_from(character).unwrap()).collect()
    } else {
        text.as_bytes().to_vec()
    }
}

proptest! {
    #[test]
    fn every_payload_is_valid_json_and_comes_back(
        payload in proptest::collection::vec(any::<u8>(), 0..200),
        text in "\\PC{0,40}[\\x00-\\xff]{0,40}\\PC{0,40}",
        pretty: bool,
    ) {
        for payload in [payload.as_slice(), text.as_bytes()] {
            for escape in [Escape::Exact, Escape::Terminal] {
                let (out, outcome) = sample(payload).write("%j", escape, pretty);
                prop_assert_eq!(outcome, Ok(()));
                let value: Value = serde_json::from_slice(&out).unwrap();
                prop_assert_eq!(bytes_of(&value), payload);
                if let Ok(text) = std::str::from_utf8(payload) && !text.is_empty() {
                    prop_assert_eq!(value["payload"].as_str(), Some(text));
                }
                if escape == Escape::Terminal {
                    let shown = std::str::from_utf8(&out).unwrap();
                    prop_assert!(!shown.chars().any(crate::text::is_dangerous));
                }
            }
        }
    }

    #[test]
    fn an_embedded_payload_means_the_same(value in value(), pretty: bool) {
        for payload in [serde_json::to_string(&value).unwrap(),
            serde_json::to_string_pretty(&value).unwrap()] {
            let (out, outcome) = sample(payload.as_bytes()).write("%J", Escape::Exact, pretty);
            prop_assert_eq!(outcome, Ok(()));
            let object: Value = serde_json::from_slice(&out).unwrap();
            prop_assert!(is_same(&object["payload"], &value), "{payload} {object}");
        }
    }
}

/// Whether both mean the same. The last digits are lost to who reads numbers here.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-13
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(name, value)| other.get(name).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000_i32..1000, 0..6)
            .prop_map(|(n, power)| Value::from(f64::from(n) / 10_f64.powi(power))),
        "[\\x00-\\x7f\\PC]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map("[\\x00-\\x7f]{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
