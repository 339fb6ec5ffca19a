//! Each scenario counts what it does, at every broker, version and QoS.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{LEDGER, Serving, bench, figures, report};
use crate::support::PATIENCE;
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::run;

/// What is to be done: words, messages that are sent, that come, and connections.
const SCENARIOS: [(&str, [u64; 3]); 5] = [
    ("p2p --clients 3 --count 300", [300, 300, 6]),
    ("request --clients 3 --count 300", [300, 300, 4]),
    ("shared --clients 3 --count 300", [300, 300, 6]),
    ("retained --clients 3 --count 100", [100, 300, 4]),
    ("offline --clients 3 --count 100", [100, 300, 7]),
];

/// Runs every scenario, and holds its ledger to what is to be.
#[track_caller]
fn all_is_counted(port: &str) {
    for (words, [published, received, connected]) in SCENARIOS {
        for version in ["3.1.1", "5"] {
            for qos in 0..3 {
                let is_absent = words.starts_with("offline");
                if is_absent && qos == 0 {
                    continue;
                }
                let words = format!("{words} -V {version} -q {qos} -p PORT --json");
                let report = report(&bench(&words, port).exits(0));
                let wanted = [published, received, 0, 0, 0, 0, connected];
                assert_eq!(figures(&report, LEDGER), wanted, "{words}: {report}");
                let acknowledged = if qos == 0 { 0 } else { published };
                let names = ["acknowledged", "refused", "unacknowledged", "unsent", "expected"];
                assert_eq!(figures(&report, names), [acknowledged, 0, 0, 0, received], "{words}");
                assert_eq!(report["errors"], json!({}), "{words}");
                assert_eq!(report["latency"]["e2e"]["count"], received, "{words}");
            }
        }
        nothing_is_kept(port);
    }
}

/// No message of any run is kept.
#[track_caller]
fn nothing_is_kept(port: &str) {
    let kept = run(["sub", "-p", port, "-t", "mq-bench/#", "--retained", "-v"]).exits(0);
    assert_eq!(String::from_utf8_lossy(&kept.stdout), "");
}

#[test]
fn every_scenario_is_counted_at_our_broker() {
    all_is_counted(&Serving::start("bench-every").port);
}

#[test]
#[ignore = "needs mosquitto"]
fn every_scenario_is_counted_at_mosquitto() {
    all_is_counted(&Mosquitto::open().port);
}

/// Whether the broker keeps a session for this client.
fn has_session(id: &str, port: &str) -> bool {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let id_len = u8::try_from(id.len()).unwrap();
    // CONNECT of 3.1.1 with neither a clean session nor a keep-alive.
    let mut connect = vec![0x10, 12 + id_len, 0, 4];
    connect.extend_from_slice(b"MQTT\x04\x00\x00\x00\x00");
    connect.push(id_len);
    connect.extend_from_slice(id.as_bytes());
    stream.write_all(&connect).unwrap();
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).unwrap();
    assert_eq!(connack[3], 0, "{connack:?}");
    connack[2] == 1
}

#[test]
fn sessions_that_were_kept_for_a_run_are_gone_after_it() {
    let serving = Serving::start("bench-sessions");
    for version in ["3.1.1", "5"] {
        let words = format!("offline -i kept{version} -V {version} --clients 2 --count 5 -p PORT");
        bench(&words, &serving.port).exits(0);
        let mine = format!("kept{version}-1");
        assert!(!has_session(&mine, &serving.port), "{version}");
        // That was a session of the test's own.
        assert!(has_session(&mine, &serving.port), "{version}");
    }
}

#[test]
fn clients_that_come_again_and_again_are_counted() {
    let serving = Serving::start("bench-churn");
    for words in ["churn --clients 3 --count 50", "churn --clients 3 --count 50 --rate 1000"] {
        let words = format!("{words} -p PORT --json");
        let finished = bench(&words, &serving.port).exits(0);
        assert_eq!(finished.stderr, "", "{words}");
        let report = report(&finished);
        assert_eq!(figures(&report, LEDGER), [0, 0, 0, 0, 0, 0, 50], "{words}");
        assert_eq!(report["latency"]["connect"]["count"], 50, "{words}");
        assert!(report["rate"].as_f64() > Some(50.0), "{report}");
    }
    let finished = bench("churn --clients 2 --duration 100ms -p PORT --json", &serving.port);
    let [connected] = figures(&report(&finished.exits(0)), ["connected"]);
    assert!(connected > 2, "{connected}");
}

#[test]
fn what_no_scenario_can_do_is_told_at_once() {
    for (words, told) in [
        ("offline -q 0", "brokers keep nothing of QoS 0"),
        ("connect --count 3", "--count means nothing"),
        ("churn --inflight 3", "--inflight means nothing"),
        ("--schedule poisson", "a schedule needs a rate"),
        ("--rate 5 --schedule ramp:1 --count 5", "say how long that is by --duration"),
        ("--rate 5 --schedule ramp:x", "ramp takes the rate that it begins with"),
        ("--rate 5 --schedule step:0", "step takes a number of steps"),
        ("--rate 5 --schedule burst:x", "burst takes the messages of one burst"),
        ("--rate 5 --schedule sine", "not constant, poisson"),
        ("--rate 5/second", "10/client"),
    ] {
        bench(&format!("{words} -p 1"), "").exits(2).says(told);
    }
}

/// What was sent in each second, and the report.
fn seconds(words: &str, port: &str) -> (Vec<u64>, Value) {
    let finished = bench(&format!("{words} -p PORT --json"), port).exits(0);
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let seconds = lines.filter(|line| line["type"] == "second" && line["connecting"] == false);
    (seconds.filter_map(|line| line["published"].as_u64()).collect(), report(&finished))
}

#[test]
fn schedules_send_what_they_promise() {
    let serving = Serving::start("bench-paces");
    for (schedule, sent) in [("ramp:0", 1000), ("step:4", 1250), ("burst:100", 2000)] {
        let words = format!("--rate 1000 --duration 2s --schedule {schedule}");
        let (seconds, report) = seconds(&words, &serving.port);
        assert_eq!(figures(&report, LEDGER), [sent, sent, 0, 0, 0, 0, 10], "{schedule}");
        assert_eq!(report["config"]["schedule"], schedule);
        let half = sent / 2;
        // The first second of what rises has less than half.
        let is_less = seconds.first().is_some_and(|first| *first < half);
        assert_eq!(is_less, !schedule.starts_with("burst"), "{schedule}: {seconds:?}");
    }
    // Six deviations around 1000.
    let words = "--rate 1000 --duration 1s --schedule poisson";
    let (_, report) = seconds(words, &serving.port);
    let [published, received, lost, unsent] =
        figures(&report, ["published", "received", "lost", "unsent"]);
    assert!((810..1190).contains(&published), "{published}");
    assert_eq!([received, lost, unsent], [published, 0, 0]);
    let words = "--rate 20/client --clients 7 --duration 1s";
    let (_, report) = seconds(words, &serving.port);
    assert_eq!(figures(&report, ["published", "received"]), [140, 140]);
    assert_eq!(report["config"]["rate"], 140);
}
