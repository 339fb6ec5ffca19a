//! `mq bench`: what it counts, what it says, how it ends.

mod brokers;
mod comparison;
mod figures;
mod files;
mod gates;
mod life;
mod limits;
mod live;
mod machines;
mod measures;
mod resumption;
mod scenarios;
mod searches;
mod seconds;
mod templates;
mod transports;
mod truth;

use std::fs;

use mq::codec::Reason;
use mq::net::clock;
use rustix::process::Signal;
use serde_json::Value;

use crate::support::PATIENCE;
use crate::support::broker::{Broker, Got};
use crate::support::mq::{Finished, Running, command, run, spawn, start};
use crate::support::scratch::Scratch;
use crate::support::service::free_port;

/// `mq broker` on a free port; it is killed with the value.
struct Serving {
    broker: Option<Running>,
    port: String,
}

impl Serving {
    #[track_caller]
    fn start(name: &str) -> Self {
        let scratch = Scratch::new(name);
        let file = scratch.path().join("ready");
        let arguments = [
            "broker",
            "-p",
            "0",
            "--bind",
            "127.0.0.1",
            "-q",
            "--ready-file",
            file.to_str().unwrap(),
        ];
        let broker = Some(start(arguments));
        let deadline = clock::now() + PATIENCE;
        let url = loop {
            if let Ok(url) = fs::read_to_string(&file) {
                break url;
            }
            assert!(clock::now() < deadline, "the broker never serves");
            std::thread::sleep(std::time::Duration::from_millis(1));
        };
        let port = url.trim().rsplit_once(':').unwrap().1.to_owned();
        Self { broker, port }
    }

    fn kill(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.signal(Signal::KILL);
            broker.finish();
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The report, which is the last line.
#[track_caller]
fn report(finished: &Finished) -> Value {
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    let last = text.lines().last().unwrap_or_else(|| panic!("no report: {finished:?}"));
    assert!(last.starts_with("{\"type\":\"report\",\"schema\":1,"), "{last}");
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {last}"))
}

/// These members of the report.
#[track_caller]
fn figures<const N: usize>(report: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| report[name].as_u64().unwrap_or_else(|| panic!("{name} of {report}")))
}

/// `mq bench` with these words; `PORT` among them is the broker's.
fn bench(words: &str, port: &str) -> Finished {
    let words = format!("bench {words}").replace("PORT", port);
    run(words.split(' '))
}

const LEDGER: [&str; 7] =
    ["published", "received", "lost", "duplicate", "reordered", "corrupt", "connected"];

#[test]
fn a_broker_of_its_own_gives_back_all_that_is_sent() {
    let finished = bench("--embedded --clients 2 --count 1000 --json", "").exits(0);
    let report = report(&finished);
    assert_eq!(figures(&report, LEDGER), [1000, 1000, 0, 0, 0, 0, 2]);
    let count = |scope: &str| report["latency"][scope]["count"].as_u64();
    assert_eq!(
        [count("e2e"), count("connect"), count("subscribe")],
        [Some(1000), Some(2), Some(2)]
    );
    assert_eq!(count("ack"), None, "nothing is acknowledged at QoS 0");
    assert!(report["latency"]["e2e"]["p99.9"].as_u64() > Some(0), "{report}");
    assert_eq!(report["config"]["qos"], 0);
    assert_eq!(report["failed_gates"], serde_json::json!([]));
    assert_eq!(finished.stderr, "");
}

#[test]
fn every_scenario_counts_what_it_does_at_every_qos() {
    let serving = Serving::start("bench-scenarios");
    for (words, connected, received) in [
        ("e2e --clients 3 --count 300", 3, 300),
        ("publish --clients 3 --count 300", 3, 0),
        ("fan-in --clients 3 --count 300", 4, 300),
        ("fan-out --clients 3 --count 300", 4, 900),
    ] {
        for qos in 0..3 {
            let words = format!("{words} -q {qos} -p PORT --json -V 3.1.1");
            let report = report(&bench(&words, &serving.port).exits(0));
            let wanted = [300, received, 0, 0, 0, 0, connected];
            assert_eq!(figures(&report, LEDGER), wanted, "{words}");
            let acknowledged = if qos == 0 { 0 } else { 300 };
            let names = ["acknowledged", "refused", "unacknowledged", "unsent"];
            assert_eq!(figures(&report, names), [acknowledged, 0, 0, 0], "{words}");
            assert_eq!(report["errors"], serde_json::json!({}), "{words}");
        }
    }
    for words in ["subscribe -t x/#", "connect", "connect --rate 1000"] {
        let words = format!("{words} --clients 5 --duration 50ms -p PORT --json");
        let finished = bench(&words, &serving.port).exits(0);
        assert_eq!(finished.stderr, "", "{words}");
        let report = report(&finished);
        assert_eq!(
            figures(&report, ["connected", "published", "received", "unsent"]),
            [5, 0, 0, 0]
        );
        assert_eq!(report["latency"]["connect"]["count"], 5);
    }
}

#[test]
fn a_schedule_is_kept_and_told() {
    let serving = Serving::start("bench-schedule");
    let words = "--rate 500 --duration 1s --clients 5 -p PORT --json --fail-if rate<90%";
    let report = report(&bench(words, &serving.port).exits(0));
    assert_eq!(figures(&report, LEDGER), [500, 500, 0, 0, 0, 0, 5]);
    assert_eq!(report["late"]["count"], 500);
    let rate = report["rate"].as_f64().unwrap();
    assert!((450.0..=500.1).contains(&rate), "{rate}");
}

#[test]
fn gates_decide_the_exit_code() {
    let serving = Serving::start("bench-gates");
    let gated = |gate: &str| {
        let words = ["bench", "--count", "100", "-p", &serving.port, "--fail-if", gate];
        run(words.into_iter().chain(["--fail-if", "lost > 0"]))
    };
    gated("p99 > 1000s").exits(0);
    gated("connect.max < 0").exits(0);
    gated("p99 > 0").exits(6).says("gate failed: p99 > 0: it is ");
    gated("errors == 0").exits(6).says("gate failed: errors == 0: it is 0");
    let words = ["bench", "--count", "9", "-p", &serving.port, "--json", "--fail-if", "min > 0"];
    let failed = report(&run(words).exits(6))["failed_gates"].clone();
    assert!(failed[0].as_str().unwrap().starts_with("min > 0: it is "), "{failed}");
}

#[test]
fn what_cannot_be_judged_is_told_before_anything_connects() {
    // Nobody listens there: who connected would end with 3.
    let port = free_port();
    for (words, gate, told) in [
        ("", "p99 > 20", "the value 20 has no unit"),
        ("", "p98 > 20ms", "\"p98\" is no metric"),
        ("", "ack.p99 > 20ms", "nothing measures ack in the scenario e2e at QoS 0"),
        ("publish", "lost > 0", "does not see which messages come"),
        ("", "rate < 90%", "needs --rate"),
    ] {
        let words = ["bench", "-p", &port, "--fail-if", gate].into_iter().chain(words.split(' '));
        run(words.filter(|word| !word.is_empty())).exits(2).says(told).says("--fail-if");
    }
    for (words, told) in [
        ("--size 31", "31 bytes is too short"),
        ("--rate 0", "a rate is more than 0"),
        ("--rate 1e9", "a rate is more than 0"),
        ("connect --count 5", "--count means nothing to the scenario connect"),
        ("subscribe", "no topic given"),
        ("subscribe -t a/#b", "is not a topic filter"),
        ("-t a/#", "cannot publish to"),
        ("--inflight 0", "--inflight"),
        ("--embedded", "cannot be used with"),
        ("--embedded -L mqtt://localhost", "cannot be used with"),
        ("fan", "not one of e2e, publish"),
    ] {
        bench(&format!("-p PORT {words}"), &port).exits(2).says(told);
    }
    bench("-p PORT", &port).exits(3).says("no broker at");
}

#[test]
fn an_interrupt_ends_with_the_report() {
    let serving = Serving::start("bench-interrupt");
    let words = ["bench", "-p", &serving.port, "--rate", "200", "--duration", "1h", "--json"];
    let running = start(words.into_iter().chain(["-t", "t"]));
    is_in_the_middle(&serving);
    running.signal(Signal::INT);
    let finished = running.finish();
    assert_eq!(finished.signal, Some(Signal::INT.as_raw()), "{finished:?}");
    let [published, received, lost, ..] = figures(&report(&finished), LEDGER);
    assert!(published > 0, "{finished:?}");
    assert_eq!((received, lost), (published, 0), "{finished:?}");
}

/// A message that a run publishes below `t` is a sign that it is in the middle of things.
#[track_caller]
fn is_in_the_middle(serving: &Serving) {
    run(["sub", "-p", &serving.port, "-t", "t/#", "-C", "1"]).exits(0);
}

#[test]
fn a_broker_that_dies_leaves_a_report() {
    let mut serving = Serving::start("bench-killed");
    let words = ["bench", "-p", &serving.port, "--clients", "3", "--duration", "1h", "-q", "1"];
    let running = start(words.into_iter().chain(["--json", "-t", "t"]));
    is_in_the_middle(&serving);
    serving.kill();
    let finished = running.finish().exits(3).says("lost the connection to");
    let report = report(&finished);
    let [published, received, lost, duplicate, ..] = figures(&report, LEDGER);
    assert!(published > 0, "{report}");
    assert_eq!(published, received - duplicate + lost, "{report}");
    let errors = report["errors"].as_object().unwrap();
    let times: u64 = errors.values().filter_map(Value::as_u64).sum();
    assert_eq!(times, 3, "each connection was lost: {report}");
}

#[test]
fn clients_that_are_refused_are_told_with_their_count() {
    let broker = Broker::new();
    let port = broker.port();
    let words = ["bench", "connect", "-p", &port, "--clients", "3", "--duration", "2s", "--json"];
    let running = start(words);
    let (mut first, hello) = broker.welcome();
    assert!(hello.client_id.ends_with("-0"), "{hello:?}");
    for _ in 0..2 {
        let mut refused = broker.accept();
        refused.hello();
        refused.refuse(Reason::ServerBusy);
    }
    assert!(matches!(first.next(), Got::Disconnect { .. }));
    let report = report(&running.finish().exits(0));
    assert_eq!(figures(&report, ["connected"]), [1]);
    assert_eq!(report["errors"], serde_json::json!({"connection refused: server busy (0x89)": 2}));
}

#[test]
fn the_first_client_speaks_for_all() {
    let broker = Broker::new();
    let port = broker.port();
    let running = start(["bench", "-p", &port, "--clients", "3"]);
    let mut first = broker.accept();
    first.hello();
    first.refuse(Reason::NotAuthorized);
    running.finish().exits(4).says("refused the connection");
    assert!(broker.is_alone(), "one refusal is enough to know");
}

#[test]
fn a_full_disk_leaves_the_report_on_standard_error() {
    let words = ["bench", "--embedded", "--count", "100", "--json"];
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let finished = spawn(command(words).stdout(full)).finish().exits(1);
    let finished = finished.says("cannot write to standard output").says("Published");
    // A reader that leaves early is no failure, and the gates are judged all the same.
    let words = ["bench", "--embedded", "--count", "100", "--fail-if", "lost == 0"];
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    spawn(command(words).stdout(write)).finish().exits(6);
    assert!(finished.stderr.contains("Received"), "{finished:?}");
}

#[test]
fn people_get_lines_and_a_summary_that_fits_a_screen() {
    let serving = Serving::start("bench-summary");
    let words = "--rate 100 --duration 1100ms -q 1 -p PORT";
    let finished = bench(words, &serving.port).exits(0);
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.contains("   1s  10 connected  published 1"), "{text}");
    for words in ["Published", "Acknowledged", "Lost", "uncorrected", "mq bench itself:"] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    let summary = text.split_once("\n\n").unwrap().1;
    assert!(summary.lines().count() <= 22, "{summary}");
    assert!(text.lines().skip(3).all(|line| line.chars().count() <= 80), "{text}");
}
