//! Holds a value to a schema: as much of JSON Schema as stands in `schema.json` and
//! `event_schema.json`, and a word that is not known here is an error. Keys that the schema does not name are errors too: what is written is
//! documented.

use data_encoding::BASE64;
use serde_json::Value;

use super::moment;

/// That of messages.
pub(crate) const MESSAGE: &str = include_str!("schema.json");

/// That of a broker's events.
pub(crate) const EVENT: &str = include_str!("event_schema.json");

/// Everything that a schema has against a value.
pub(crate) fn objections(schema: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let root = serde_json::from_str(schema).unwrap();
    check((&root, &root), value, "", &mut found);
    found
}

/// A part of a schema, behind the whole one, which it may refer to.
type Part<'a> = (&'a Value, &'a Value);

fn check((root, schema): Part<'_>, value: &Value, place: &str, found: &mut Vec<String>) {
    if *schema == Value::Bool(false) {
        found.push(format!("{place}: nothing may stand here"));
        return;
    }
    for (word, want) in schema.as_object().unwrap() {
        if !holds((root, schema), word, want, value, place, found) {
            found.push(format!("{place}: {value} is against {word}: {want}"));
        }
    }
}

/// Whether the value is as one word of the schema wants it; what is wrong inside of it is told.
fn holds(
    (root, schema): Part<'_>,
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
            let (file, target) = want.as_str().unwrap().split_once('#').unwrap();
            let messages = serde_json::from_str(MESSAGE).unwrap();
            let root = match file {
                "" => root,
                "schema.json" => &messages,
                other => panic!("{other} is not known here"),
            };
            check((root, root.pointer(target).unwrap()), value, place, found);
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
                    Some(schema) => check((root, schema), value, &place, found),
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
                check((root, schema), value, place, &mut against);
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
            pairs.for_each(|(schema, value)| check((root, schema), value, place, found));
            true
        }
        "items" => {
            let rest = value.as_array().unwrap().iter().skip(list("prefixItems").len());
            rest.for_each(|value| check((root, want), value, place, found));
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
    let bad = |line: &str| !objections(MESSAGE, &serde_json::from_str(line).unwrap()).is_empty();
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
