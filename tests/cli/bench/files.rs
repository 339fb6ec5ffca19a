//! Scenario files, files of clients, where clients come from, the search for the highest rate.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use serde_json::{Value, json};

use super::{LEDGER, Serving, bench, figures, report};
use crate::support::broker::Broker;
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{run, start};
use crate::support::scratch::Scratch;
use crate::support::service::free_port;

/// A file with this text, as a path.
fn file(scratch: &Scratch, name: &str, text: &str) -> String {
    let path = scratch.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Members of a list by the name of each.
#[track_caller]
fn by_name<'a>(list: &'a Value, name: &str) -> &'a Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[test]
fn the_example_does_what_it_says() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/load.toml");
    let words = ["bench", "--scenario", example, "--embedded", "--json", "--fail-if", "lost > 0"];
    let finished = run(words).exits(0);
    let report = report(&finished);
    assert_eq!(report["config"]["scenario"], "mixed");
    assert_eq!(report["errors"], json!({}));
    let names = ["lost", "duplicate", "reordered", "corrupt", "unsent"];
    assert_eq!(figures(&report, names), [0; 5], "{report}");
    let (groups, phases) = (&report["groups"], &report["phases"]);
    let published = |one: &Value| one["published"].as_u64().unwrap();
    let sum = |all: &Value| all.as_array().unwrap().iter().map(published).sum::<u64>();
    let [all] = figures(&report, ["published"]);
    assert_eq!([sum(groups), sum(phases)], [all; 2], "{report}");
    // 2 s at 0.1 to 1, 3 s at 1, 1 s at 2: 6.1 times the rate.
    assert_eq!(published(by_name(groups, "machines")), 610);
    assert_eq!(published(by_name(groups, "service")), 305);
    let sensors = published(by_name(groups, "sensors"));
    assert!((460..760).contains(&sensors), "six deviations around 610: {sensors}");
    for group in ["sensors", "machines", "service"] {
        let group = by_name(groups, group);
        assert_eq!(group["received"], group["published"], "{group}");
        assert_eq!(group["e2e"]["count"], group["received"], "{group}");
    }
    let [connected] = figures(&report, ["connected"]);
    assert_eq!(connected, 50 + 11 + 6 + 31, "{report}");
    let phase = |name| published(by_name(phases, name));
    assert!(phase("warm-up") < phase("peak") && phase("peak") < phase("steady"), "{phases}");
}

#[test]
fn groups_have_versions_and_brokers_of_their_own() {
    let (one, other) = (Serving::start("bench-group-one"), Serving::start("bench-group-other"));
    let scratch = Scratch::new("bench-groups");
    let listener = start(["sub", "-p", &other.port, "-t", "there/#", "-C", "5", "-d"]);
    listener.wait_until_it_says("SUBACK");
    let text = format!(
        "[[group]]\nname = \"here\"\ncount = 30\nversion = \"3.1.1\"\nclients = 2\n\
         [[group]]\nname = \"there\"\nscenario = \"publish\"\ncount = 5\nqos = 1\n\
         topic = \"there\"\nurl = \"mqtt://127.0.0.1:{}\"\nclients = 1\n",
        other.port
    );
    let path = file(&scratch, "two.toml", &text);
    let words = ["bench", "--scenario", &path, "-p", &one.port, "--json"];
    let report = report(&run(words).exits(0));
    assert_eq!(figures(&report, LEDGER), [35, 30, 0, 0, 0, 0, 3], "{report}");
    assert_eq!(figures(&report, ["acknowledged"]), [5]);
    listener.finish().exits(0);
}

#[test]
fn a_mistake_is_told_with_its_place_and_nothing_is_started() {
    // Nobody listens there: who connected would end with 3.
    let port = free_port();
    let scratch = Scratch::new("bench-mistakes");
    for (text, told) in [
        ("[[group]]\nclient = 3\n", ":2:1: \"client\" means nothing here"),
        ("[[group]]\n  qos = 3\n", ":2:9: qos is to be 0, 1 or 2"),
        ("[[group]]\nclients = 1\n\n[[group]]\nclients = \n", ":5:"),
        ("[[group]]\nmessage = \"{stam}\"\n", ":2:1: --message: {stam} is no placeholder"),
        ("[[group]]\nurl = \"mqttt://x\"\n", ":2:1: "),
        ("[[group]]\nsize = 5\n", ":2:1: a payload of 5 bytes is too short"),
    ] {
        let path = file(&scratch, "bad.toml", text);
        let finished = run(["bench", "-p", &port, "--scenario", &path]).exits(2);
        finished.says(&format!("bad.toml{told}"));
    }
    run(["bench", "--scenario", "/nowhere.toml"]).exits(1).says("cannot read /nowhere.toml");
}

#[test]
fn clients_are_who_the_file_says() {
    let broker = Broker::new();
    let scratch = Scratch::new("bench-rows");
    let path = file(&scratch, "who.csv", "id,username,password\nann,a,one\nbob,b,two\n");
    let port = broker.port();
    let words = ["bench", "connect", "-p", &port, "--clients", "2", "--duration", "1h"];
    let running = start(words.into_iter().chain(["--clients-from", &path]));
    let (_ann, hello) = broker.welcome();
    let login = (hello.username.as_deref(), hello.password.as_deref());
    assert_eq!((hello.client_id.as_str(), login), ("ann", (Some("a"), Some(&b"one"[..]))));
    let (_bob, hello) = broker.welcome();
    assert_eq!((hello.client_id.as_str(), hello.username.as_deref()), ("bob", Some("b")));
    drop(running);
    let few = ["bench", "-p", &port, "--clients", "3", "--clients-from", &path];
    run(few).exits(2).says("has 2 clients, and the run has 3");
    let path = file(&scratch, "bad.csv", "id,username\nann\n");
    run(["bench", "-p", &port, "--clients-from", &path]).exits(2).says("bad.csv, line 2: 1 cells");
}

/// Takes so many clients of 3.1.1, and tells from which addresses they came, in order.
fn sources(listener: &TcpListener, clients: usize) -> Vec<Ipv4Addr> {
    let mut kept = Vec::new();
    for _ in 0..clients {
        let (mut stream, from) = listener.accept().unwrap();
        let mut head = [0; 2];
        stream.read_exact(&mut head).unwrap();
        let mut rest = vec![0; head[1].into()];
        stream.read_exact(&mut rest).unwrap();
        stream.write_all(&[0x20, 2, 0, 0]).unwrap();
        let std::net::IpAddr::V4(from) = from.ip() else { panic!("{from}") };
        kept.push((from, stream));
    }
    kept.into_iter().map(|(from, _)| from).collect()
}

#[test]
fn clients_come_from_many_addresses_in_turn() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let words = format!(
        "bench connect -V 311 -p {port} -h 127.0.0.1 --clients 5 --duration 1h --source \
         127.0.0.2..127.0.0.3 --source 127.0.0.9"
    );
    let running = start(words.split(' '));
    let mut from = sources(&listener, 5);
    from.sort_unstable();
    let last = |end| Ipv4Addr::new(127, 0, 0, end);
    assert_eq!(from, [last(2), last(2), last(3), last(3), last(9)]);
    drop(running);
    bench("--source localhost -p 1", "").exits(2).says("not an address like 127.0.0.2");
}

#[test]
fn several_brokers_take_turns() {
    let brokers = [Serving::start("bench-turn-one"), Serving::start("bench-turn-other")];
    let listeners = brokers.each_ref().map(|broker| {
        let words = ["sub", "-p", &broker.port, "-t", "turn/#", "-F", "%t", "-d", "-C", "2"];
        let listener = start(words);
        listener.wait_until_it_says("SUBACK");
        listener
    });
    let [one, other] = brokers.each_ref().map(|broker| format!("127.0.0.1:{}", broker.port));
    let words = ["bench", "publish", "-h", &one, "-h", &other, "--clients", "4", "--count", "4"];
    run(words.into_iter().chain(["-t", "turn"])).exits(0);
    let [one, other] = listeners.map(|listener| {
        let finished = listener.finish().exits(0);
        let text = String::from_utf8(finished.stdout).unwrap();
        let mut topics: Vec<_> = text.lines().map(str::to_owned).collect();
        topics.sort_unstable();
        topics
    });
    assert_eq!((one.join(" "), other.join(" ")), ("turn/0 turn/2".into(), "turn/1 turn/3".into()));
}

#[test]
fn the_first_error_ends_a_run_that_is_to_stop() {
    let broker = Broker::new();
    let port = broker.port();
    let words = ["bench", "connect", "-p", &port, "--clients", "2", "--duration", "1h", "--json"];
    let running = start(words.into_iter().chain(["--on-error", "stop"]));
    let (_first, _) = broker.welcome();
    let mut refused = broker.accept();
    refused.hello();
    refused.refuse(mq::codec::Reason::ServerBusy);
    let report = report(&running.finish().exits(4).says("refused the connection"));
    assert_eq!(figures(&report, ["connected"]), [1]);
}

#[test]
fn more_connections_than_descriptors_are_told_with_what_is_missing() {
    let words = "ulimit -n 64 && exec \"$0\" bench -p 1 --clients 100";
    let program = env!("CARGO_BIN_EXE_mq");
    let output = std::process::Command::new("sh").args(["-c", words, program]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("ulimit -n 132"), "{told}");
}

/// The rates that were tried, whether each held, and the highest that did.
fn trials(words: &str, port: &str, code: i32) -> (Vec<(f64, bool)>, Value) {
    let finished = bench(&format!("{words} -p PORT --json"), port).exits(code);
    report(&finished);
    let text = String::from_utf8(finished.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trials = lines.iter().filter(|line| line["type"] == "trial");
    let trial = |line: &Value| (line["rate"].as_f64().unwrap(), line["holds"] == true);
    let highest = lines.iter().find(|line| line["type"] == "maximum").unwrap()["rate"].clone();
    (trials.map(trial).collect(), highest)
}

#[test]
#[ignore = "needs mosquitto"]
fn the_highest_rate_is_the_one_that_holds() {
    // A window of one message, and a broker that holds each back: what comes in a burst of ten
    // takes ten times as long. Whatever the machine, some rate is too high.
    let mosquitto = Mosquitto::open();
    let words = "--find-max --rate 200 --duration 200ms --clients 1 -q 2 --inflight 1";
    let (trials, highest) = trials(words, &mosquitto.port, 0);
    let held = trials.iter().filter(|(_, holds)| *holds).map(|(rate, _)| *rate);
    let best = held.fold(0.0, f64::max);
    assert_eq!(highest.as_f64(), Some(best), "{trials:?}");
    let failed = trials.iter().filter(|(_, holds)| !holds).map(|(rate, _)| *rate);
    let least = failed.fold(f64::INFINITY, f64::min);
    assert!(least > best && least / best < 1.06, "{trials:?}");
}

#[test]
fn a_bound_that_nothing_holds_is_told() {
    let serving = Serving::start("bench-no-rate");
    let words = "--find-max --rate 500 --duration 50ms --fail-if max>0";
    let (trials, highest) = trials(words, &serving.port, 6);
    assert_eq!(highest, Value::Null);
    assert!(trials.len() == 11 && trials.iter().all(|(_, holds)| !holds), "{trials:?}");
}
