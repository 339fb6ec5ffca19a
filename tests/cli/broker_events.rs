//! `mq broker --json`: what happens, for programs.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use mq::codec::{FilterBuffer, Packet, PacketId, Properties, Publish, Qos, Subscribe, Will};
use mq::codec::{NameBuffer, Unsubscribe};
use rustix::process::Signal;
use serde_json::Value;

use super::own_broker::{Serving, call, hello, serve, shake_hands};
use crate::support::mq::{Finished, command, run, spawn, start};
use crate::support::scratch::Scratch;

/// Each line of an output as the object it has to be.
#[track_caller]
fn objects(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    let parse = |line: &str| -> Value {
        assert!(line.starts_with("{\"type\":\""), "{line}");
        serde_json::from_str(line).unwrap()
    };
    text.lines().map(parse).collect()
}

/// Those of a type.
fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

#[track_caller]
fn events_of(serving: Serving) -> Vec<Value> {
    objects(&serving.stop().exits(0).stdout)
}

/// Type, client and what else matters, in one word each.
fn story(events: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let tell = |event: &Value| {
        let keys = ["type", "client_id", "filter", "topic", "qos", "payload", "reason"];
        let parts = keys.iter().filter_map(|key| event.get(key)).map(text);
        parts.collect::<Vec<_>>().join(" ")
    };
    events.iter().map(tell).collect()
}

#[test]
fn what_happens_is_told_in_order() {
    let serving = serve(&["-p", "0", "--json=publishes"]);
    let (port, url) = (serving.port().to_owned(), serving.url.clone());
    let words = ["sub", "-d", "-p", &port, "-i", "reader", "-q", "1", "-t", "a/#", "-C", "1"];
    let reader = start(words);
    reader.wait_until_it_says("received SUBACK");
    run(["pub", "-p", &port, "-i", "writer", "-q", "2", "-t", "a/b", "-m", "hello"]).exits(0);
    reader.finish().exits(0).prints("hello\n");
    let events = events_of(serving);
    assert_eq!(events[0]["url"].as_str(), Some(url.as_str()));
    assert_eq!(
        story(&events[..5]),
        [
            "listening",
            "connected reader",
            "subscribed reader a/# 1",
            "connected writer",
            "published writer a/b 2 hello",
        ]
    );
    // Which of them leaves first is theirs to say.
    let mut rest = story(&events[5..]);
    assert_eq!(rest.pop().as_deref(), Some("stopped"));
    rest.sort();
    assert_eq!(rest, ["disconnected reader disconnected", "disconnected writer disconnected"]);
    let times: Vec<_> = events.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times[0].ends_with('Z'), "{times:?}");
}

#[test]
fn messages_are_told_when_they_are_asked_for() {
    let serving = serve(&["-p", "0", "--json"]);
    run(["pub", "-p", serving.port(), "-i", "w", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    let events = events_of(serving);
    assert_eq!(
        story(&events),
        ["listening", "connected w", "disconnected w disconnected", "stopped"]
    );
    run(["broker", "--json=all"]).exits(2).says("publishes");
    // That each message is looked at for something else makes no difference.
    let files = Scratch::new("events-alone");
    let file = files.path().join("record");
    let serving = serve(&["-p", "0", "--json", "--record", file.to_str().unwrap()]);
    run(["pub", "-p", serving.port(), "-i", "w", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    assert_eq!(of_type(&events_of(serving), "published"), Vec::<&Value>::new());
    assert!(std::fs::read_to_string(file).unwrap().contains("\"payload\":\"x\""));
}

#[test]
fn who_is_refused_is_told_with_the_reason() {
    let serving = serve(&["-p", "0", "--json", "--user", "alice:secret"]);
    let publish = |more: &[&str]| {
        let fixed = ["pub", "-p", serving.port(), "-t", "a", "-m", "x", "-i", "c"];
        run(fixed.iter().chain(more)).exits(4);
    };
    publish(&["-u", "alice", "-P", "wrong"]);
    publish(&["-u", "mallory", "-P", "secret"]);
    publish(&[]);
    drop(call(&serving.url, &[Packet::Pingreq]));
    serving.broker.wait_until_it_says("protocol violation");
    let events = events_of(serving);
    let refused = of_type(&events, "refused");
    let reasons: Vec<_> = refused.iter().map(|event| event["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["wrong_password", "unknown_user", "no_user_name", "protocol_violation"]);
    assert_eq!(refused[0]["username"], "alice");
    assert!(refused[2].get("username").is_none() && refused[3].get("client_id").is_none());
}

#[test]
fn a_will_an_end_of_subscription_and_a_lost_client_are_told() {
    let serving = serve(&["-p", "0", "--json=publishes"]);
    let mut filters = FilterBuffer::default();
    filters.push("a/+", mq::codec::SubscriptionOptions::default()).unwrap();
    let mut names = NameBuffer::default();
    names.push("a/+").unwrap();
    let id = PacketId::new(1).unwrap();
    let properties = Properties::EMPTY;
    let will =
        Will { topic: "gone", payload: b"\xff", qos: Qos::AtMostOnce, retain: false, properties };
    let publish = Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "a/b",
        id: None,
        properties,
        payload: b"",
    };
    let connect = mq::codec::Connect { will: Some(will), ..hello("frail") };
    drop(call(
        &serving.url,
        &[
            Packet::Connect(connect),
            Packet::Subscribe(Subscribe { id, properties, filters: filters.as_filters() }),
            Packet::Unsubscribe(Unsubscribe { id, properties, filters: names.as_names() }),
            Packet::Publish(publish),
        ],
    ));
    serving.broker.wait_until_it_says("connection lost");
    let events = events_of(serving);
    assert_eq!(
        story(&events),
        [
            "listening",
            "connected frail",
            "subscribed frail a/+ 0",
            "unsubscribed frail a/+",
            "published frail a/b 0 ",
            "will frail gone",
            "published frail gone 0",
            "disconnected frail connection_lost",
            "stopped",
        ]
    );
    assert_eq!(of_type(&events, "published")[1]["payload_base64"], "/w==");
}

#[test]
fn every_drop_is_counted_and_said_before_the_end() {
    let serving = serve(&["-p", "0", "--json", "--on-full", "drop"]);
    let port = serving.port();
    let away = ["sub", "-p", port, "-c", "-x", "600", "-i", "away", "-q", "1", "-t", "a", "-E"];
    run(away).exits(0);
    let count = "1500";
    run(["pub", "-p", port, "-q", "1", "-t", "a", "-m", "x", "--repeat", count]).exits(0);
    let events = events_of(serving);
    let dropped = of_type(&events, "dropped");
    assert!(dropped.iter().all(|event| event["client_id"] == "away"));
    // The queue keeps 1,000.
    assert_eq!(dropped.iter().map(|event| event["count"].as_u64().unwrap()).sum::<u64>(), 500);
}

#[test]
fn beside_a_command_events_go_to_standard_error() {
    let script = "echo mine; \"$MQ\" pub -i w -q 1 -t a -m x";
    let finished = run(["broker", "--json", "--", "sh", "-c", script]).exits(0).prints("mine\n");
    let events = objects(finished.stderr.as_bytes());
    assert_eq!(
        story(&events),
        ["listening", "connected w", "disconnected w disconnected", "stopped"]
    );
}

#[test]
fn a_reader_of_events_that_leaves_ends_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut words = command(["broker", "--json=publishes", "-p", "0"]);
    let broker = spawn(words.stdout(Stdio::from(writer)));
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let event: Value = serde_json::from_str(&line).unwrap();
    let port = event["url"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    for _ in 0..3 {
        run(["pub", "-p", &port, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    }
    broker.signal(Signal::TERM);
    broker.finish().exits(0);
}

/// So many messages, whose lines are more than what waits for a reader.
const FLOOD: u64 = 100_000;

#[test]
fn a_reader_of_events_that_stalls_holds_nobody_up_and_what_it_misses_is_counted() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut words = command(["broker", "--json=publishes", "-p", "0"]);
    let broker = spawn(words.stdout(Stdio::from(writer)));
    // It holds the other end of the pipe.
    drop(words);
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    let port = event["url"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    // Nothing is read any more.
    let (payload, count) = ("x".repeat(200), FLOOD.to_string());
    let words = ["pub", "-p", &port, "-q", "1", "-t", "a", "-m", &payload, "--repeat", &count];
    run(words).exits(0);
    // And now all is.
    let rest = std::thread::spawn(move || {
        let (mut told, mut missing) = (0_u64, 0_u64);
        for line in reader.lines() {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            told += u64::from(event["type"] == "published");
            if event["type"] == "left_out" {
                missing += event["count"].as_u64().unwrap();
            }
        }
        (told, missing)
    });
    broker.signal(Signal::TERM);
    broker.finish().exits(0);
    let (told, missing) = rest.join().unwrap();
    assert!(told > 1_000 && missing > 1_000, "{told} {missing}");
    // A connection's beginning or end may be missing, too.
    assert!((FLOOD..FLOOD + 5).contains(&(told + missing)), "{told} {missing}");
}

#[test]
fn text_of_peers_makes_no_line_of_its_own() {
    let serving = serve(&["-p", "0", "--json"]);
    let evil = "a\"}\n{\"type\":\"stopped\"}\u{1b}[2J";
    drop(shake_hands(&serving.url, evil));
    serving.broker.wait_until_it_says("connection lost");
    let events = events_of(serving);
    assert_eq!(of_type(&events, "stopped").len(), 1);
    assert_eq!(of_type(&events, "connected")[0]["client_id"], evil);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn clients_of_others_are_told_of() {
    let serving = serve(&["-p", "0", "--json=publishes"]);
    let publish = |more: &[&str]| {
        let fixed = ["-p", serving.port(), "-i", "theirs", "-t", "t", "-m", "21"];
        let mut words = std::process::Command::new("mosquitto_pub");
        assert!(words.args(fixed).args(more).status().unwrap().success());
    };
    publish(&["-q", "2", "-r"]);
    publish(&["-V", "5", "-D", "publish", "user-property", "k", "v"]);
    let events = events_of(serving);
    let published = of_type(&events, "published");
    assert_eq!((&published[0]["qos"], &published[0]["retain"]), (&2.into(), &true.into()));
    assert_eq!(published[1]["properties"]["user_properties"][0][1], "v");
    assert_eq!(of_type(&events, "connected")[1]["version"], "5");
}

#[test]
fn the_log_as_json_has_the_events_with_words() {
    let serving = serve(&["-p", "0", "-v", "--error-format", "json"]);
    run(["sub", "-p", serving.port(), "-i", "r", "-t", "a", "-E"]).exits(0);
    let Finished { stderr, stdout, .. } = serving.stop().exits(0);
    assert!(stdout.starts_with(b"mqtt://"), "the ready line is as it is");
    let events = objects(stderr.as_bytes());
    assert_eq!(story(&events), ["connected r", "subscribed r a 0", "disconnected r disconnected"]);
    assert!(events[0]["message"].as_str().unwrap().starts_with("r connected from 127.0.0.1:"));
}
