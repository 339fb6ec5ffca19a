//! Topics and payloads that differ from message to message: what is sent, and that it is counted.

use serde_json::Value;

use super::{LEDGER, Serving, bench, figures, report};
use crate::support::mq::{run, start};

/// Runs `mq bench` with these words.
#[track_caller]
fn load(words: &[&str], port: &str) -> Value {
    report(&run(["bench", "-p", port, "--json"].iter().chain(words)).exits(0))
}

#[test]
fn topics_and_payloads_are_made_of_their_placeholders() {
    let serving = Serving::start("bench-texts");
    let words = ["sub", "-p", &serving.port, "-t", "plant/#", "-C", "20", "--json", "-d"];
    let listener = start(words);
    listener.wait_until_it_says("SUBACK");
    let payload = r#"{"c":{client},"n":{seq},"t":{walk:20:0.5:19:21},"id":"{uuid}"}"#;
    let words = ["publish", "-t", "plant/{client}/{seq}", "-m", payload];
    let report = load(&[&words[..], &["--clients", "2", "--count", "20"]].concat(), &serving.port);
    assert_eq!(figures(&report, ["published", "unsent"]), [20, 0]);
    assert_eq!(report["config"]["payload"], payload);
    assert_eq!(report["config"]["size"], Value::Null);
    let lines = String::from_utf8(listener.finish().exits(0).stdout).unwrap();
    let messages: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut topics = Vec::new();
    for message in &messages {
        let (topic, text) = (message["topic"].as_str().unwrap(), message["payload"].as_str());
        let sent: Value = serde_json::from_str(text.unwrap()).unwrap();
        assert_eq!(topic, format!("plant/{}/{}", sent["c"], sent["n"]));
        let walk = sent["t"].as_f64().unwrap();
        assert!((19.0..=21.0).contains(&walk), "{sent}");
        topics.push(topic);
    }
    topics.sort_unstable();
    topics.dedup();
    assert_eq!(topics.len(), 20, "ten of each client");
}

#[test]
fn whatever_messages_look_like_they_are_counted() {
    let serving = Serving::start("bench-looks");
    let text = r#"{"id":"{stamp}","v":{noise:5:0.1}}"#;
    let looks: [&[&str]; 4] = [
        &["-m", text],
        &["-m", "{random:100}{stamp}{random:7}", "-t", "x/{client}/y/{seq}"],
        &["--size", "32..2000"],
        &["--size", "300~100", "-t", "x/{client}"],
    ];
    for look in looks {
        for (scenario, [published, received, connected]) in [
            ("e2e", [60, 60, 2]),
            ("fan-in", [60, 60, 3]),
            ("fan-out", [60, 120, 3]),
            ("p2p", [60, 60, 4]),
            ("request", [60, 60, 3]),
            ("shared", [60, 60, 4]),
            ("retained", [60, 120, 3]),
            ("offline", [60, 120, 5]),
        ] {
            for version in ["3.1.1", "5"] {
                let words = [scenario, "-V", version, "--clients", "2", "--count", "60"];
                let report = load(&[&words, look].concat(), &serving.port);
                let wanted = [published, received, 0, 0, 0, 0, connected];
                assert_eq!(figures(&report, LEDGER), wanted, "{scenario} {look:?}: {report}");
            }
        }
    }
}

#[test]
fn wrong_texts_are_told_before_anything_connects() {
    for (words, told) in [
        (vec!["-m", "{\"a\":1}"], "are told apart by {stamp}"),
        (vec!["-m", "{stamp}{stamp}"], "are told apart by {stamp}"),
        (vec!["-m", "{stamp} {clients}"], "--message: {clients} is no placeholder"),
        (vec!["-t", "a/{random}"], "--topic: {random} does not have the form {random:N}"),
        (vec!["-t", "a/{stamp}"], "{stamp} belongs into the payload"),
        (vec!["retained", "-t", "a/{random:3}"], "are taken away at the end"),
        (vec!["--size", "100..50"], "not a number of bytes"),
        (vec!["--size", "10..50"], "10 bytes is too short"),
        (vec!["--until-steady", "offline"], "never comes to where it stays"),
    ] {
        run(["bench", "-p", "1"].iter().chain(&words)).exits(2).says(told);
    }
}

#[test]
fn a_run_ends_when_it_is_steady_or_says_that_it_is_not() {
    let serving = Serving::start("bench-steady");
    let words = "--rate 200 --schedule ramp:1 --duration 6s --until-steady -p PORT --json";
    let finished = bench(words, &serving.port).exits(0).says("was still changing");
    let ramp = report(&finished);
    assert_eq!(ramp["steady"], false);
    let words = "churn --clients 1 --rate 20 --until-steady -p PORT --json";
    let report = report(&bench(words, &serving.port).exits(0));
    // One that comes at a given rate is steady in its counts; whether its times are depends on
    // who else uses the machine.
    assert!(report["steady"].is_boolean(), "{report}");
}
