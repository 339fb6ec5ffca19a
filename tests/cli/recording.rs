//! What `mq sub --json` writes, `mq pub --json` sends again: nothing is lost, bad lines least of
//! all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use mq::codec::{Property, PropertyBuffer, Publish, Qos, RetainHandling};
use serde_json::{Value, json};

use crate::support::broker::Broker;
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, command, run, spawn, start};
use crate::support::scratch::Scratch;

fn own_broker() -> (mq::broker::Broker, String) {
    let broker = mq::broker::Broker::start(mq::broker::Options::default()).unwrap();
    let port = broker.port().unwrap().to_string();
    (broker, port)
}

/// Messages of every kind; the times of two are `step` microseconds apart.
pub(super) fn messages(count: usize, step: usize) -> String {
    let mut all = String::new();
    for n in 0..count {
        let at = n * step;
        let time = format!("2026-11-20T{:02}:00:{:02}.{:06}Z", 1, at / 1_000_000, at % 1_000_000);
        let mut message = json!({
            "time": time,
            "topic": (["a", "b/c", "d/é", "x y"])[n % 4],
            "qos": n % 3,
            "retain": n % 7 == 0,
        });
        let (key, payload) = match n % 5 {
            0 => ("payload", json!(format!("{n} \"q\" \n\t\u{1} ü \u{2028}"))),
            1 => ("payload_base64", json!(base64(&[n.to_be_bytes()[7], 255, 0]))),
            2 => ("payload_json", json!({ "n": n, "t": [21.5, null] })),
            3 => ("payload", json!("x".repeat(n % 300))),
            _ => ("payload", json!("")),
        };
        message[key] = payload;
        let mut properties = json!({});
        if n % 4 == 0 {
            properties["user_properties"] = json!([["k", format!("v{n}")], ["k", "ü"]]);
        }
        if n % 6 == 0 {
            properties["content_type"] = json!("text/plain");
        }
        if n % 9 == 0 {
            properties["response_topic"] = json!(format!("r/{n}"));
        }
        if n % 10 == 0 {
            properties["correlation_data_base64"] = json!(base64(&[0, 255, n.to_be_bytes()[7]]));
            properties["payload_format_indicator"] = json!(1);
        }
        if n % 11 == 0 {
            properties["message_expiry_interval"] = json!(100_000 + n);
        }
        if properties != json!({}) {
            message["properties"] = properties;
        }
        writeln!(all, "{message}").unwrap();
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// What is to be equal of recordings, by topic and QoS in order: all but `time`, `dup` and
/// `message_expiry_interval`.
pub(super) fn essence(recording: &[u8]) -> BTreeMap<(String, u64), Vec<Value>> {
    let mut by_stream: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in String::from_utf8(recording.to_vec()).unwrap().lines() {
        let mut message: Value = serde_json::from_str(line).unwrap();
        let members = message.as_object_mut().unwrap();
        members.remove("time");
        members.remove("dup");
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove("message_expiry_interval");
            if properties.is_empty() {
                members.remove("properties");
            }
        }
        let stream =
            (message["topic"].as_str().unwrap().to_owned(), message["qos"].as_u64().unwrap());
        by_stream.entry(stream).or_default().push(message);
    }
    by_stream
}

/// For 100,000 messages through mosquitto, which take it some seconds.
const LIMIT: Duration = Duration::from_secs(100);

/// Records what comes while a file is published.
fn record(port: &str, count: usize, file: &str, words: &str) -> Vec<u8> {
    let publish = format!("exec \"$MQ\" pub -p {port} --json {words} <'{file}'");
    let count = count.to_string();
    let mut subscribe = command(["sub", "-p", port, "-t", "#", "-q", "2", "--json"]);
    subscribe.args(["--json-payload", "-C", &count, "-W", "100", "--", "sh", "-c", &publish]);
    subscribe.env("MQ", env!("CARGO_BIN_EXE_mq"));
    let finished = spawn(subscribe.stdout(Stdio::piped())).finish_within(LIMIT).exits(0);
    assert_eq!(finished.stderr, "");
    finished.stdout
}

#[track_caller]
fn assert_replays(name: &str, ports: [&str; 2], count: usize, words: &str) {
    let files = Scratch::new(name);
    let original = messages(count, 20);
    let first = record(ports[0], count, &files.write("original", &original), words);
    // Each recording is of a fresh broker: what was retained is not there before.
    let second = record(ports[1], count, &files.write("first", &first), words);
    let (want, first, second) = (essence(original.as_bytes()), essence(&first), essence(&second));
    for (stream, messages) in &want {
        for (at, message) in messages.iter().enumerate() {
            assert_eq!(first[stream].get(at), Some(message), "{stream:?} recorded");
            assert_eq!(second[stream].get(at), Some(message), "{stream:?} recorded again");
        }
    }
    assert!(first == want && second == want);
}

#[test]
fn what_was_recorded_is_recorded_again_after_its_replay() {
    let ((_one, first), (_other, second)) = (own_broker(), own_broker());
    assert_replays("own", [&first, &second], 100_000, "");
}

#[test]
#[ignore = "needs mosquitto"]
fn what_mosquitto_passed_on_is_recorded_again_after_its_replay() {
    let (one, other) = (Mosquitto::open(), Mosquitto::open());
    // At their times: mosquitto drops messages of QoS 0 in a flood.
    assert_replays("mosquitto", [&one.port, &other.port], 100_000, "--timed");
}

/// Publishes `input` to a broker that takes all; what it took.
pub(super) fn publish(words: &[&str], input: impl Into<Vec<u8>>) -> (Vec<Value>, Finished) {
    let broker = Broker::new();
    let mut running = start(["pub", "-p", &broker.port()].iter().chain(words));
    running.feed(input);
    let messages = broker.welcome().0.take_all();
    let messages = messages.iter().map(|message| {
        let payload = String::from_utf8_lossy(&message.payload);
        json!([message.topic, payload, message.qos as u8, message.retain])
    });
    (messages.collect(), running.finish())
}

#[test]
fn bad_lines_are_told_by_number_and_the_rest_goes_on() {
    let mut input = b"\xEF\xBB\xBF{\"topic\":\"a\",\"payload\":\"1\"}\r\n\r\n\n".to_vec();
    for bad in [
        &b"hello"[..],
        b"[1]",
        b"{\"payload\":\"no topic\"}",
        b"{\"topic\":\"a/#\",\"payload\":\"\"}",
        b"{\"topic\":\"a\",\"payload\":7}",
        b"{\"topic\":\"a\",\"qos\":3,\"payload\":\"\"}",
        b"{\"topic\":\"a\",\"payload_base64\":\"?\"}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"payload_json\":1}",
        b"{\"topic\":\"a\"}",
        b"{\"topic\":\"a\",\"payload\":\"\0\"}",
        b"{\"topic\":\"a\",\"payload\":\"\xff\"}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"properties\":{\"payload_format_indicator\":2}}",
        b"{\"topic\":7,\"payload\":\"\"}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"retain\":\"yes\"}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"properties\":[]}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"properties\":{\"user_properties\":{\"k\":\"v\"}}}",
        b"{\"topic\":\"a\",\"payload\":\"\",\"properties\":{\"message_expiry_interval\":-1}}",
        b"{\"topic\":\"a\0b\",\"payload\":\"\"}",
    ] {
        input.extend_from_slice(bad);
        input.push(b'\n');
    }
    input.extend_from_slice(b"{\"topic\":\"b\",\"qos\":2,\"retain\":true,\"payload\":\"2\"}\n");
    input.extend_from_slice(b"{\"topic\":\"c\",\"payload\":\"cut");
    let (messages, finished) = publish(&["--json"], input);
    assert_eq!(messages, [json!(["a", "1", 0, false]), json!(["b", "2", 2, true])]);
    let told = finished.exits(1).stderr;
    let told: Vec<_> = told.lines().collect();
    for (at, (line, words)) in [
        (4, "column 1: not JSON"),
        (5, "not a JSON object"),
        (6, "there is no topic"),
        (7, "\"topic\" must be a topic"),
        (8, "\"payload\" must be a string"),
        (9, "\"qos\" must be 0, 1 or 2"),
        (10, "\"payload_base64\" must be base64"),
        (11, "more than one of"),
        (12, "there is none of"),
        (13, "not JSON: control character"),
        (14, "column 25: not UTF-8"),
        (15, "\"payload_format_indicator\" must be 0 or 1"),
        (16, "\"topic\" must be a topic"),
        (17, "\"retain\" must be true or false"),
        (18, "\"properties\" must be an object"),
        (19, "\"user_properties\" must be a list of"),
        (20, "\"message_expiry_interval\" must be seconds"),
        (21, "not JSON: control character"),
        (23, "in the middle"),
    ]
    .iter()
    .enumerate()
    {
        let found = told.get(at).copied().unwrap_or_default();
        let numbered = found.starts_with(&format!("mq: line {line}"));
        assert!(numbered && found.contains(words), "{line} {words}: {told:#?}");
    }
    assert_eq!(told.len(), 19, "{told:#?}");
}

#[test]
fn bad_lines_with_tabs_are_told_by_number_and_the_rest_goes_on() {
    let mut input = b"\xEF\xBB\xBFa\t1\r\n".to_vec();
    for bad in [&b"no tab"[..], b"", b"\tno topic", b"a/+\tx", b"a\0b\tx", b"\xff\tx"] {
        input.extend_from_slice(bad);
        input.push(b'\n');
    }
    input.extend_from_slice(b"b\tlast\0");
    let (messages, finished) = publish(&["--tsv", "-q", "1"], input);
    assert_eq!(messages, [json!(["a", "1\r", 1, false]), json!(["b", "last\0", 1, false])]);
    let told = finished.exits(1).stderr;
    let told: Vec<_> = told.lines().collect();
    for (at, words) in [
        "line 2: there is no tab",
        "line 3: there is no tab",
        "line 4: there is no topic",
        "line 5: ",
        "line 6: ",
        "line 7, column 1: not UTF-8",
    ]
    .iter()
    .enumerate()
    {
        let found = told.get(at).copied().unwrap_or_default();
        assert!(found.starts_with(&format!("mq: {words}")), "{words}: {told:#?}");
    }
    assert_eq!(told.len(), 6, "{told:#?}");
}

#[test]
fn a_line_that_no_message_can_be_is_told_and_passed_over() {
    for (words, good) in [("--json", r#"{"topic":"a","payload":""}"#), ("--tsv", r"a\t")] {
        let broker = Broker::new();
        let port = broker.port();
        let lines = format!("head -c 300000000 /dev/zero | tr '\\0' x; printf '\\n{good}\\n'");
        let publish = format!("({lines}) | exec \"$MQ\" pub -p {port} {words}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &publish]).env("MQ", env!("CARGO_BIN_EXE_mq")).stdin(Stdio::null());
        let running = spawn(&mut command);
        assert_eq!(broker.welcome().0.take_all().len(), 1);
        running.finish().exits(1).says("line 1: the line is longer than 268,435,455 bytes");
    }
}

#[test]
fn options_stand_for_what_lines_do_not_say() {
    let lines =
        "{\"payload\":\"1\"}\n{\"topic\":\"b\",\"qos\":0,\"retain\":false,\"payload\":\"2\"}\n";
    let (messages, finished) = publish(&["--json", "-t", "d", "-q", "1", "-r"], lines);
    assert_eq!(messages, [json!(["d", "1", 1, true]), json!(["b", "2", 0, false])]);
    finished.exits(0);
    let (messages, finished) = publish(&["--tsv", "-t", "d", "-q", "2"], "\t1\nb\t2\tx\nno tab\n");
    assert_eq!(messages, [json!(["d", "1", 2, false]), json!(["b", "2\tx", 2, false])]);
    finished.exits(1).says("line 3: there is no tab");
}

#[test]
fn nul_may_end_messages() {
    for (words, input, want) in [
        (
            &["-0", "-t", "a"][..],
            "1\n2\0x\0\0y",
            &[["a", "1\n2"], ["a", "x"], ["a", ""], ["a", "y"]][..],
        ),
        (&["-0", "-l", "-t", "a"], "1\n\0", &[["a", "1\n"]]),
        (&["-0", "--tsv"], "a\t1\n2\0b\t3", &[["a", "1\n2"], ["b", "3"]]),
    ] {
        let (messages, finished) = publish(words, input);
        finished.exits(0);
        let found: Vec<_> =
            messages.iter().map(|message| json!([message[0], message[1]])).collect();
        assert_eq!(json!(found), json!(want), "{words:?}");
    }
    let broker = Broker::new();
    let running = start(["sub", "-p", &broker.port(), "-t", "#", "-0", "-v", "-C", "2"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.deliver_all(&[("a", b"1\n2", false), ("b", b"", false)]);
    running.finish().exits(0).prints("a 1\n2\0b \0");
}

#[test]
fn tabs_hold_what_fits_and_the_rest_is_told() {
    let broker = Broker::new();
    let running = start(["sub", "-p", &broker.port(), "-t", "#", "--tsv", "-C", "4"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.deliver_all(&[
        ("a", b"1\t2", false),
        ("b", b"1\n2", false),
        ("c\td", b"", false),
        ("e", b"\xff", false),
    ]);
    let finished = running.finish().exits(0).prints(b"a\t1\t2\ne\t\xff\n");
    let finished =
        finished.says("a message on topic b is left out: there is a newline in its payload");
    assert_eq!(finished.stderr.lines().count(), 2, "{finished:?}");
}

#[test]
fn a_recording_asks_for_what_it_needs() {
    for (words, handling) in [
        (&[][..], RetainHandling::Send),
        (&["-R"], RetainHandling::Never),
        (&["--retain-handling", "new"], RetainHandling::SendIfNew),
    ] {
        let broker = Broker::new();
        let port = broker.port();
        let running =
            start(["sub", "-p", &port, "-t", "#", "--json", "-C", "1"].iter().chain(words));
        let mut peer = broker.welcome().0;
        let (_, asked) = peer.grant().remove(0);
        assert!(asked.retain_as_published);
        assert_eq!(asked.retain_handling, handling);
        // With -R too: it is published now, and to be retained.
        peer.retained("a", b"x", Qos::AtMostOnce, 0);
        let finished = running.finish().exits(0);
        let line: Value = serde_json::from_slice(&finished.stdout).unwrap();
        assert_eq!((&line["retain"], &line["payload"]), (&json!(true), &json!("x")), "{words:?}");
    }
    // What decides by the flag gets the flag that decides.
    let broker = Broker::new();
    let running = start(["sub", "-p", &broker.port(), "-t", "#", "--json", "--retained-only"]);
    let mut peer = broker.welcome().0;
    let (_, asked) = peer.grant().remove(0);
    assert!(!asked.retain_as_published);
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0).prints("");
}

#[test]
fn without_version_5_a_recording_says_what_it_lacks() {
    let broker = Broker::new();
    let running = start(["sub", "-p", &broker.port(), "-t", "#", "--json", "-C", "1", "-V", "311"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let finished = running.finish().exits(0).says("has no properties");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");

    let line = "{\"topic\":\"a\",\"payload\":\"x\",\"properties\":{\"content_type\":\"c\"}}\n";
    let (messages, finished) = publish(&["--json", "-V", "311"], line.repeat(3));
    assert_eq!(messages.len(), 3);
    assert_eq!(finished.exits(0).says("sent without them").stderr.lines().count(), 1);
}

#[test]
fn subscription_identifiers_and_duplicates_are_recorded() {
    let broker = Broker::new();
    let running = start(["sub", "-p", &broker.port(), "-t", "#", "-q", "1", "--json", "-C", "1"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let mut properties = PropertyBuffer::new();
    properties.push(Property::SubscriptionIdentifier(7)).unwrap();
    properties.push(Property::SubscriptionIdentifier(300)).unwrap();
    peer.deliver(&Publish {
        dup: true,
        qos: Qos::AtLeastOnce,
        retain: false,
        topic: "a",
        id: mq::codec::PacketId::new(1),
        properties: properties.as_properties(),
        payload: b"x",
    });
    let finished = running.finish().exits(0);
    let line: Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(line["dup"], json!(true));
    assert_eq!(line["properties"], json!({ "subscription_identifiers": [7, 300] }));
}

#[test]
fn a_password_among_the_options_is_in_no_line() {
    let broker = Broker::new();
    let mut subscribe =
        command(["sub", "-p", &broker.port(), "-t", "#", "-u", "me", "--json", "-C", "1"]);
    subscribe.env("MQTT_PASSWORD", "hunter2").stdout(Stdio::piped());
    let running = spawn(&mut subscribe);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let finished = running.finish().exits(0);
    assert!(!format!("{finished:?}").contains("hunter2"));
}

#[test]
fn options_that_contradict_each_other_are_usage_errors() {
    for words in [
        &["sub", "-t", "a", "--json", "--tsv"][..],
        &["sub", "-t", "a", "--json", "-F", "%p"],
        &["sub", "-t", "a", "--json", "-0"],
        &["sub", "-t", "a", "--json-payload"],
        &["sub", "-t", "a", "-0", "-N"],
        &["pub", "--json", "-m", "x"],
        &["pub", "--json", "--tsv"],
        &["pub", "--json", "-0"],
        &["pub", "-t", "a", "-0", "-m", "x"],
        &["pub", "-t", "a", "-l", "--timed"],
        &["pub", "--json", "--speed", "0"],
        &["pub", "--json", "--speed", "-1x"],
        &["pub", "--json", "--speed", "inf"],
        &["pub", "--json", "--repeat", "2"],
        &["pub", "-t", "a", "-l", "--loop"],
        &["pub", "-0"],
        &["pub", "--json", "-t", "a/#"],
    ] {
        let finished = run(words);
        assert_eq!(finished.code, Some(2), "{words:?} {finished:?}");
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}
