//! `--error-format json`: all that standard error says is one JSON object a line.

use std::net::TcpListener;

use mq::codec::{Property, Qos, Reason};
use serde_json::Value;

use crate::support::broker::Broker;
use crate::support::mq::{Finished, run, start};

/// Every line as an object, which begins with its type.
#[track_caller]
fn objects(finished: &Finished) -> Vec<Value> {
    let object = |line: &str| {
        assert!(line.starts_with("{\"type\":\""), "{line}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    finished.stderr.lines().map(object).collect()
}

/// The last line is the error that the exit code tells of.
#[track_caller]
fn ends_with(finished: &Finished, message: &str, reason: Option<Reason>) {
    let objects = objects(finished);
    let last = objects.last().unwrap();
    assert_eq!(last["type"], "error", "{last}");
    assert_eq!(last["exit_code"], finished.code.unwrap(), "{last}");
    assert_eq!(
        last.get("reason_code").and_then(Value::as_u64),
        reason.map(|one| one.code().into())
    );
    assert!(last["message"].as_str().unwrap().contains(message), "{last}");
}

const JSON: [&str; 2] = ["--error-format", "json"];

#[test]
fn wrong_words_are_told_so_too() {
    for (words, message) in [
        (&["pub", "a", "x", "--no-such"][..], "there is no option \"--no-such\""),
        (&["pub", "a/#", "x"], "are for subscriptions"),
        (&["pub", "a", "x", "-q", "3"], "not 0, 1 or 2"),
        (&["sub"], "no topic given"),
        (&["rr", "a"], "nothing to publish"),
        (&["explain", "no-such-code"], "no-such-code"),
        (&["broker", "--no-such"], "--no-such"),
        (&["broker", "--", ""], "there is no command behind --"),
        (&["xyzzyx"], "there is no command"),
        (&["pub", "a", "\u{1b}[2J\"\n", "b"], "quotes"),
    ] {
        let at = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let (own, command) = words.split_at(at);
        for form in [&JSON[..], &["--error-format=json"]] {
            let finished = run([own, form, command].concat()).exits(2);
            assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
            assert!(!finished.stderr.contains('\u{1b}'));
            ends_with(&finished, message, None);
        }
    }
    let finished = run(JSON).exits(2);
    ends_with(&finished, "there is no command", None);
    run(["pub", "a", "x", "--error-format", "xml"]).exits(2).says("xml");
    run(["pub", "a", "x", "-q", "3", "--error-format", "text"]).exits(2).says("mq: ");
}

#[test]
fn what_ends_a_client_has_its_exit_code_and_the_reason_of_the_broker() {
    let closed = Broker::new().place();
    for words in [&["pub", "a", "x"][..], &["sub", "-t", "a"], &["rr", "a", "x"]] {
        let finished = run([words, &["-h", &closed], &JSON].concat()).exits(3);
        ends_with(&finished, "no broker at", None);
        let finished = run([words, &["-h", &closed, "-h", &closed], &JSON].concat()).exits(3);
        ends_with(&finished, "any of 2 brokers", None);
        let broker = Broker::new();
        let running = start([words, &["-h", &broker.place()], &JSON].concat());
        let mut peer = broker.accept();
        peer.hello();
        peer.refuse(Reason::BadUserNameOrPassword);
        ends_with(&running.finish().exits(4), "refused", Some(Reason::BadUserNameOrPassword));
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap().to_string();
    let finished = run([&["sub", "-t", "a", "-W", "0.2", "-h", &place], &JSON[..]].concat());
    ends_with(&finished.exits(5), "timed out", None);
    let finished = run([&["pub", "a", "-f", "/no/such/file"], &JSON[..]].concat()).exits(1);
    ends_with(&finished, "/no/such/file", None);
}

#[test]
fn refused_messages_and_subscriptions_have_their_reason() {
    let broker = Broker::new();
    let place = broker.place();
    let words = [&["pub", "a", "-l", "-q", "1", "-h", &place], &JSON[..]].concat();
    let mut running = start(words);
    running.feed("x\n");
    let mut peer = broker.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::NotAuthorized);
    peer.leaves();
    ends_with(&running.finish().exits(4), "number 1", Some(Reason::NotAuthorized));
    let running = start([&["sub", "-t", "a", "-h", &place], &JSON[..]].concat());
    let mut peer = broker.welcome().0;
    let (id, _) = peer.subscription();
    peer.suback(id, &[Reason::NotAuthorized.code()]);
    ends_with(&running.finish().exits(4), "a: not authorized", Some(Reason::NotAuthorized));
    let running = start([&["sub", "-t", "a", "-h", &place], &JSON[..]].concat());
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.disconnect(Reason::SessionTakenOver, &[Property::ReasonString("\u{1b}[2J")]);
    ends_with(&running.finish().exits(4), "same client id", Some(Reason::SessionTakenOver));
}

#[test]
fn what_is_told_on_the_way_is_an_object_each() {
    let broker = Broker::new();
    let place = broker.place();
    let words = ["sub", "-t", "a", "-d", "-C", "1", "-h", &place];
    let running = start([&words, &JSON[..]].concat());
    let mut peer = broker.welcome().0;
    peer.grant();
    drop(peer);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let finished = running.finish().exits(0).prints("x\n");
    let objects = objects(&finished);
    let of = |kind: &str| objects.iter().filter(|one| one["type"] == kind).count();
    assert!(of("packet") > 5 && of("error") == 0, "{finished:?}");
    let warnings: Vec<_> = objects.iter().filter(|one| one["type"] == "warning").collect();
    assert!(warnings[0]["message"].as_str().unwrap().ends_with("trying again"), "{warnings:?}");
    let again = format!("connected to {place} again");
    assert_eq!(warnings[1]["message"].as_str(), Some(&*again));
}

#[test]
fn bad_lines_are_objects_and_the_rest_goes_on() {
    let broker = Broker::new();
    let mut running = start([&["pub", "--json", "-h", &broker.place()], &JSON[..]].concat());
    running.feed("{\"topic\":\"a\",\"payload\":\"1\"}\nnonsense\n");
    assert_eq!(broker.welcome().0.take_all().len(), 1);
    let finished = running.finish().exits(1);
    let objects = objects(&finished);
    assert!(objects[0]["message"].as_str().unwrap().starts_with("line 2"), "{objects:?}");
}

#[test]
fn a_broker_tells_its_events_so() {
    let words = ["broker", "-p", "0", "-v", "--error-format", "json", "--"];
    let mq = env!("CARGO_BIN_EXE_mq");
    let command = ["sh", "-c", "exec \"$0\" pub a x", mq];
    let finished = run([&words[..], &command].concat()).exits(0);
    let objects = objects(&finished);
    assert!(objects[0]["message"].as_str().unwrap().starts_with("mqtt://"), "{objects:?}");
    assert!(objects.iter().any(|one| one["type"] == "connected"), "{objects:?}");
    let finished = run([&words[..], &["/no/such/program"]].concat()).exits(127);
    ends_with(&finished, "/no/such/program", None);
}
