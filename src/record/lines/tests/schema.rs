//! Holds a value to `schema.json`: as much of JSON Schema as stands in it, and a word that is not
//! known here is an error. Keys that the schema does not name are errors too: what is written is
//! documented.

use std::sync::LazyLock;

use data_encoding::BASE64;
use serde_json::Value;

use crate::record::moment;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../schema.json")).unwrap());

/// Everything that the schema has against a value.
pub(super) fn objections(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(&SCHEMA, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if *schema == Value::Bool(false) {
        found.push(format!("{place}: nothing may stand here"));
        return;
    }
    for (word, want) in schema.as_object().unwrap() {
        if !holds(schema, word, want, value, place, found) {
            found.push(format!("{place}: {value} is against {word}: {want}"));
        }
    }
}

/// Whether the value is as one word of the schema wants it; what is wrong inside of it is told.
fn holds(
    schema: &Value,
    word: &str,
    want: &Value,
    value: &Value,
    place: &str,
    found: &mut Vec<String>,
) -> bool {
    let characters = || value.as_str().map_or(0, |text| text.chars().count()) as u64;
    let items = || value.as_array().map_or(0, Vec::len) as u64;
    let list = |key: &str| schema[key].as_array().map_or(&[][..], Vec::as_slice);
    match word {
        "$schema" | "title" | "description" | "$defs" => true,
        "$ref" => {
            let target = want.as_str().unwrap().strip_prefix('#').unwrap();
            check(SCHEMA.pointer(target).unwrap(), value, place, found);
            true
        }
        "type" => match want.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            other => panic!("unknown type {other}"),
        },
        "properties" => {
            for (key, value) in value.as_object().into_iter().flatten() {
                let place = format!("{place}/{key}");
                match want.get(key) {
                    Some(schema) => check(schema, value, &place, found),
                    None => found.push(format!("{place}: not in the schema")),
                }
            }
            true
        }
        "minProperties" => value.as_object().map_or(0, serde_json::Map::len) as u64 >= number(want),
        "required" => {
            want.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
        }
        "oneOf" => {
            let fits = |schema: &&Value| {
                let mut against = Vec::new();
                check(schema, value, place, &mut against);
                against.is_empty()
            };
            want.as_array().unwrap().iter().filter(fits).count() == 1
        }
        "enum" => want.as_array().unwrap().contains(value),
        "minimum" => value.as_u64().is_some_and(|value| value >= number(want)),
        "maximum" => value.as_u64().is_some_and(|value| value <= number(want)),
        "minLength" => characters() >= number(want),
        "maxLength" => characters() <= number(want),
        "minItems" => items() >= number(want),
        "prefixItems" => {
            let pairs = list("prefixItems").iter().zip(value.as_array().unwrap());
            pairs.for_each(|(schema, value)| check(schema, value, place, found));
            true
        }
        "items" => {
            let rest = value.as_array().unwrap().iter().skip(list("prefixItems").len());
            rest.for_each(|value| check(want, value, place, found));
            true
        }
        "pattern" => {
            // Texts without some characters.
            let body = want.as_str().unwrap().strip_prefix("^[^").unwrap();
            let barred = body.trim_end_matches(['$', '+', '*']).strip_suffix(']').unwrap();
            let barred = barred.replace("\\u0000", "\0");
            !value.as_str().unwrap().contains(|c| barred.contains(c))
        }
        "format" if want == "date-time" => moment::parse(value.as_str().unwrap()).is_some(),
        "contentEncoding" if want == "base64" => {
            BASE64.decode(value.as_str().unwrap().as_bytes()).is_ok()
        }
        other => panic!("{place}: the word {other} is not known here"),
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn the_schema_objects() {
    let bad = |line: &str| !objections(&serde_json::from_str(line).unwrap()).is_empty();
    assert!(!bad(r#"{"topic":"a","payload":""}"#));
    for line in [
        r#"{"topic":"a"}"#,
        r#"{"topic":"a","payload":"","payload_json":1}"#,
        r#"{"topic":"a/+","payload":""}"#,
        r#"{"topic":"a\u0000","payload":""}"#,
        r#"{"topic":"","payload":""}"#,
        r#"{"topic":"a","payload":7}"#,
        r#"{"topic":"a","payload_base64":"x"}"#,
        r#"{"topic":"a","payload":"","qos":3}"#,
        r#"{"topic":"a","payload":"","dup":0}"#,
        r#"{"topic":"a","payload":"","time":"now"}"#,
        r#"{"topic":"a","payload":"","more":1}"#,
        r#"{"topic":"a","payload":"","properties":{}}"#,
        r#"{"topic":"a","payload":"","properties":{"message_expiry_interval":4294967296}}"#,
        r#"{"topic":"a","payload":"","properties":{"message_expiry_interval":-1}}"#,
        r#"{"topic":"a","payload":"","properties":{"subscription_identifiers":[0]}}"#,
        r#"{"topic":"a","payload":"","properties":{"user_properties":[["a"]]}}"#,
        r#"{"topic":"a","payload":"","properties":{"user_properties":[["a","b","c"]]}}"#,
        r#"{"topic":"a","payload":"","properties":{"user_properties":[["a","\u0000"]]}}"#,
    ] {
        assert!(bad(line), "{line}");
    }
}
