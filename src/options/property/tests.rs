//! The grammar of `-D`, row by row.

use super::{NAMES, PropertyError};
use crate::client::PacketProperties as Properties;
use crate::codec::Property;

/// Adds by words with spaces between them.
fn add(properties: &mut Properties, words: &str) -> Result<(), PropertyError> {
    let words: Vec<_> = words.split(' ').collect();
    let values: Vec<_> = words[2..].iter().map(|word| word.as_bytes()).collect();
    properties.add(words[0], words[1], &values)
}

fn error(words: &str) -> String {
    add(&mut Properties::default(), words).unwrap_err().to_string()
}

#[test]
fn every_property_goes_where_it_belongs() {
    let mut all = Properties::default();
    for words in [
        "connect authentication-data hex:00ff",
        "connect authentication-method SCRAM",
        "connect maximum-packet-size 4294967295",
        "CONNECT Receive-Maximum 65535",
        "connect request-problem-information 1",
        "connect request-response-information 0",
        "connect session-expiry-interval 0",
        "connect topic-alias-maximum 0",
        "connect user-property k v",
        "publish content-type text/plain",
        "publish correlation-data cd",
        "publish message-expiry-interval 30",
        "publish payload-format-indicator 1",
        "publish response-topic a/b",
        "publish topic-alias 1",
        "publish USER-PROPERTY k v",
        "publish user-property k v",
        "subscribe subscription-identifier 268435455",
        "subscribe user-property k v",
        "unsubscribe user-property k v",
        "disconnect session-expiry-interval 1",
        "disconnect user-property k v",
        "disconnect reason-string bye",
        "disconnect server-reference elsewhere",
        "will content-type t",
        "will correlation-data base64:/w==",
        "will message-expiry-interval 1",
        "will payload-format-indicator 0",
        "will response-topic r",
        "will user-property k ",
        "will will-delay-interval 5",
    ] {
        assert_eq!(add(&mut all, words), Ok(()), "{words}");
    }
    let listed = |buffer: &crate::codec::PropertyBuffer| format!("{:?}", buffer.as_properties());
    assert_eq!(all.connect.as_properties().iter().count(), 9);
    assert_eq!(all.publish.as_properties().iter().count(), 8);
    assert_eq!(
        listed(&all.subscribe),
        r#"[SubscriptionIdentifier(268435455), UserProperty("k", "v")]"#
    );
    assert_eq!(listed(&all.unsubscribe), r#"[UserProperty("k", "v")]"#);
    assert_eq!(all.disconnect.as_properties().iter().count(), 4);
    assert_eq!(
        all.will.as_properties().find(|property| match property {
            Property::CorrelationData(data) => Some(data),
            _ => None,
        }),
        Some(&b"\xff"[..])
    );
    assert!(!all.is_empty() && Properties::default().is_empty());
}

#[test]
fn errors_have_mosquittos_words() {
    for (words, want) in [
        ("connekt user-property k v", "Invalid command connekt given in --property argument."),
        (
            "connect usr-property k",
            "Invalid property name usr-property given in --property argument.",
        ),
        (
            "connect content-type x",
            "content-type property not allowed for connect in --property argument.",
        ),
        ("will topic-alias 1", "topic-alias property not allowed for will in --property argument."),
        (
            "subscribe reason-string x",
            "reason-string property not allowed for subscribe in --property argument.",
        ),
        (
            "publish server-keep-alive 1",
            "server-keep-alive property not allowed for publish in --property argument.",
        ),
        (
            "publish subscription-identifier 1",
            "subscription-identifier property not supported for publish in --property argument.",
        ),
        (
            "auth user-property k v",
            "user-property property not supported for auth in --property argument.",
        ),
        (
            "suback reason-string x",
            "reason-string property not supported for suback in --property argument.",
        ),
        (
            "puback content-type x",
            "content-type property not allowed for puback in --property argument.",
        ),
        (
            "connack maximum-qos 1",
            "maximum-qos property not supported for connack in --property argument.",
        ),
        (
            "connect user-property k",
            "--property argument given but not enough arguments specified.",
        ),
        (
            "connect receive-maximum",
            "--property argument given but not enough arguments specified.",
        ),
    ] {
        assert_eq!(error(words), want, "{words}");
    }
}

#[test]
fn numbers_are_numbers_in_their_range() {
    for (command, name, bad) in [
        ("publish", "payload-format-indicator", &[-1_i64, 2, 256][..]),
        ("publish", "message-expiry-interval", &[-1, 4_294_967_296]),
        ("publish", "topic-alias", &[-1, 0, 65_536]),
        ("connect", "receive-maximum", &[0, 65_536]),
        ("connect", "maximum-packet-size", &[0, 4_294_967_296]),
        ("connect", "request-problem-information", &[2]),
        ("subscribe", "subscription-identifier", &[-1, 0, 268_435_456, 4_294_967_296]),
    ] {
        for number in bad {
            assert_eq!(
                error(&format!("{command} {name} {number}")),
                format!("Property value ({number}) out of range for property {name}.")
            );
        }
        for value in ["", "x", "1x", "0x1", "1.0", "1e3", "99999999999999999999"] {
            assert_eq!(
                error(&format!("{command} {name} {value}")),
                format!("Property value ({value}) is not a number for property {name}.")
            );
        }
    }
}

#[test]
fn text_is_text_and_fits() {
    let mut properties = Properties::default();
    let mut add = |name: &str, values: &[&[u8]]| {
        properties.add("publish", name, values).map_err(|error| error.to_string())
    };
    let refused = |name| Err(format!("Property value is not allowed for property {name}."));
    assert_eq!(add("content-type", &[b"\xff"]), refused("content-type"));
    assert_eq!(add("content-type", &[b"a\0"]), refused("content-type"));
    assert_eq!(add("user-property", &[b"k", b"\xff"]), refused("user-property"));
    for topic in ["", "a/+", "#"] {
        assert_eq!(add("response-topic", &[topic.as_bytes()]), refused("response-topic"));
    }
    let (fits, long) = ("x".repeat(65_535), "x".repeat(65_536));
    let too_long = |name| Err(format!("Property value too long for property {name}."));
    for name in ["content-type", "response-topic", "correlation-data"] {
        assert_eq!(add(name, &[long.as_bytes()]), too_long(name));
        assert_eq!(add(name, &[fits.as_bytes()]), Ok(()));
    }
    let hex = format!("hex:{}", "00".repeat(65_536));
    assert_eq!(add("correlation-data", &[hex.as_bytes()]), too_long("correlation-data"));
    let wrong = Err("Property value is not hexadecimal for property correlation-data.".to_owned());
    assert_eq!(add("correlation-data", &[b"hex:0"]), wrong);
}

#[test]
fn what_mqtt_allows_once_is_taken_once() {
    let mut properties = Properties::default();
    for words in ["connect session-expiry-interval 1", "disconnect session-expiry-interval 1"] {
        assert_eq!(add(&mut properties, words), Ok(()));
        let again = add(&mut properties, &words.replace('1', "2")).unwrap_err().to_string();
        let command = words.split(' ').next().unwrap();
        assert_eq!(
            again,
            format!(
                "Duplicate property session-expiry-interval for {command} in --property argument."
            )
        );
    }
}

#[test]
fn names_tell_what_they_take() {
    assert_eq!(Properties::values("User-Property"), 2);
    assert_eq!(Properties::values("content-type"), 1);
    assert!(Properties::is_number("TOPIC-ALIAS") && !Properties::is_number("content-type"));
    assert!(!Properties::is_number("no-such"));
    assert_eq!(NAMES.len(), 27, "all that MQTT 5 has");
}
