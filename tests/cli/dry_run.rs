//! `mq pub --dry-run`: all is checked, nothing is sent.

use serde_json::Value;

use crate::support::broker::Broker;
use crate::support::mq::{Finished, run, start};

/// Runs it with this input, at a broker that nobody may come to.
#[track_caller]
fn rehearsed(words: &[&str], input: &str) -> Finished {
    let broker = Broker::new();
    let mut running = start(["pub", "--dry-run", "-h", &broker.place()].iter().chain(words));
    running.feed(input);
    let finished = running.finish();
    assert!(broker.is_alone());
    finished
}

/// Topic and payload of each line.
fn shown(finished: &Finished) -> Vec<(String, String)> {
    let text = std::str::from_utf8(&finished.stdout).unwrap();
    let object = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let string = |object: &Value, key: &str| object[key].as_str().unwrap().to_owned();
    text.lines()
        .map(object)
        .map(|object| (string(&object, "topic"), string(&object, "payload")))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(topic, payload)| ((*topic).to_owned(), (*payload).to_owned())).collect()
}

#[test]
fn what_would_be_sent_is_printed() {
    for (words, input, want) in [
        (&["a", "x"][..], "", &[("a", "x")][..]),
        (
            &["-t", "a", "-t", "b", "-l"],
            "1\n2\n",
            &[("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")],
        ),
        (&["a", "-0"], "1\0", &[("a", "1")]),
        (&["a", "-s"], "1\n2\n", &[("a", "1\n2\n")]),
        (&["a", "x", "--repeat", "2", "--repeat-delay", "1h"], "", &[("a", "x"), ("a", "x")]),
        (&["--tsv"], "a\t1\nb\t2\n", &[("a", "1"), ("b", "2")]),
        (&["a", "-l"], "", &[]),
    ] {
        let finished = rehearsed(words, input).exits(0);
        assert_eq!(shown(&finished), pairs(want), "{words:?}");
        let messages = if want.len() == 1 { "message" } else { "messages" };
        finished.says(&format!("{} {messages} would be sent to 127.0.0.1:", want.len()));
    }
    let finished = rehearsed(&["a", "x", "-q", "2", "-r"], "").exits(0);
    let object: Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!((object["qos"].as_u64(), object["retain"].as_bool()), (Some(2), Some(true)));
}

#[test]
fn recorded_times_and_endless_loops_are_not_waited_for() {
    let line = |time: &str| format!("{{\"topic\":\"a\",\"payload\":\"x\",\"time\":\"{time}\"}}\n");
    let input = line("2026-01-01T00:00:00Z") + &line("2027-01-01T00:00:00Z");
    let finished = rehearsed(&["--json", "--timed", "--loop"], &input).exits(0);
    assert_eq!(shown(&finished), pairs(&[("a", "x"), ("a", "x")]));
}

#[test]
fn what_it_prints_is_what_is_sent() {
    let finished =
        rehearsed(&["a", "-l", "-q", "1", "-D", "publish", "content-type", "t"], "1\n2\n");
    let broker = Broker::new();
    let mut running = start(["pub", "--json", "-h", &broker.place()]);
    running.feed(finished.stdout);
    let messages = broker.welcome().0.take_all();
    let payloads: Vec<_> = messages.iter().map(|one| one.payload.as_slice()).collect();
    assert_eq!(payloads, [b"1", b"2"]);
    assert!(messages.iter().all(|one| one.topic == "a" && one.id > 0));
    assert!(messages.iter().all(|one| !one.properties.as_properties().is_empty()));
    running.finish().exits(0);
}

#[test]
fn what_is_wrong_is_told_as_when_it_is_sent() {
    let lines = "{\"topic\":\"a/#\",\"payload\":\"1\"}\n{\"topic\":\"a\",\"payload\":\"2\"}\n{";
    let finished = rehearsed(&["--json"], lines).exits(1).says("line 1").says("line 3");
    assert_eq!(shown(&finished), pairs(&[("a", "2")]));
    finished.says("1 message would be sent to");
    rehearsed(&["a/+", "x"], "").exits(2);
    rehearsed(&["a"], "").exits(2);
    rehearsed(&["a", "-f", "/no/such/file"], "").exits(1);
    rehearsed(&["a", "x", "--cafile", "/no/such/file"], "").exits(1).says("/no/such/file");
    // Nobody is asked for a password that is not used.
    run(["pub", "--dry-run", "a", "x", "-u", "me", "--ask-password"]).exits(0);
}

#[test]
fn a_reader_that_leaves_ends_it() {
    use std::process::Stdio;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = crate::support::mq::command(["pub", "--dry-run", "a", "-l"]);
    let mut running =
        crate::support::mq::spawn(command.stdin(Stdio::piped()).stdout(Stdio::from(writer)));
    running.write("1\n");
    // The input stays open: it ends all the same.
    let input = running.stdin.take();
    running.finish().exits(0);
    drop(input);
}
