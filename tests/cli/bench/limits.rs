//! Where the machine, or the broker, has had enough: what failed is told with its count, and the
//! run goes on or stops.

use std::fs;
use std::process::{Command, Stdio};

use mq::codec::Reason;
use serde_json::{Value, json};

use super::{LEDGER, Serving, bench, figures, report};
use crate::support::broker::{Broker, Got};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, Running, run, spawn, start};
use crate::support::scratch::Scratch;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mq");

/// A shell in namespaces of its own; `MQ` in the script is the program.
fn apart(namespaces: &[&str], script: &str) -> Finished {
    let mut command = Command::new("unshare");
    command.args(namespaces).args(["-p", "-f", "--kill-child", "sh", "-c"]);
    command.arg(script.replace("MQ", PROGRAM)).stdin(Stdio::null()).stdout(Stdio::piped());
    spawn(&mut command).finish()
}

#[test]
#[ignore = "needs unshare"]
fn ports_that_are_used_up_are_told_with_what_to_do() {
    let scratch = Scratch::new("bench-ports");
    let ready = scratch.path().join("ready").display().to_string();
    let load = "MQ bench connect -h 127.0.0.1 -p 1883 --clients 20 --duration 100ms --json";
    let script = format!(
        "ip link set lo up; echo 40000 40007 > /proc/sys/net/ipv4/ip_local_port_range\n\
         MQ broker -p 1883 --bind 127.0.0.1 -q --ready-file {ready} >&2 & \n\
         while ! test -e {ready}; do :; done\n\
         {load}; echo; {load} --source 127.0.0.2..127.0.0.9"
    );
    let finished = apart(&["-n"], &script).exits(0);
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    let few: Value =
        serde_json::from_str(text.lines().find(|line| line.contains("\"report\"")).unwrap())
            .unwrap();
    assert_eq!(figures(&few, ["connected"]), [8], "{few}");
    let errors = few["errors"].as_object().unwrap();
    let (why, times) = errors.iter().next().unwrap();
    assert!(why.contains("all ports") && why.contains("--source 127.0.0.2..127.0.0.9"), "{why}");
    assert_eq!((errors.len(), times.as_u64()), (1, Some(12)), "{few}");
    let many = report(&finished);
    assert_eq!((figures(&many, ["connected"]), &many["errors"]), ([20], &json!({})), "{many}");
}

#[test]
#[ignore = "needs unshare"]
fn a_disk_that_fills_up_leaves_the_report_on_standard_error() {
    let scratch = Scratch::new("bench-tiny-disk");
    let place = scratch.path().display();
    let script = format!(
        "mount -t tmpfs -o size=4k none {place}\n\
         MQ bench --embedded --rate 2000 --duration 1200ms --json > {place}/out; echo $?\n\
         head -c 16 {place}/out"
    );
    let finished = apart(&["-m"], &script).exits(0).prints("1\n{\"type\":\"second\"");
    let finished = finished.says("cannot write to standard output: No space left on device");
    assert!(finished.stderr.contains("Published            2,400"), "{finished:?}");
}

#[test]
fn the_soft_limit_of_descriptors_is_raised() {
    let words = "ulimit -Sn 40 && exec \"$0\" bench connect --embedded --clients 60 \
                 --duration 50ms --json";
    let output = Command::new("sh").args(["-c", words, PROGRAM]).output().unwrap();
    let (code, stdout) = (output.status.code(), output.stdout);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let report = report(&Finished { code, signal: None, stdout, stderr });
    assert_eq!(figures(&report, ["connected"]), [60], "{report}");
}

#[test]
fn a_rate_that_nobody_reaches_is_told_and_not_pretended() {
    let words = "publish --embedded --rate 1e8 --duration 200ms --json --fail-if rate<99%";
    let finished = bench(words, "").exits(6).says("behind the schedule: ");
    let report = report(&finished);
    let [published, unsent] = figures(&report, ["published", "unsent"]);
    assert!(unsent > 0 && published + unsent == 20_000_000, "{report}");
}

/// Refuses whatever is not the first client's.
const SOME: &[&str] = &["allow_anonymous true", "acl_file DIR/acl"];

#[test]
#[ignore = "needs mosquitto"]
fn what_mosquitto_refuses_is_counted_by_its_reason() {
    let rules = "topic read t/#\ntopic write t/0\n";
    let mosquitto = Mosquitto::start(SOME, &[("acl", rules)]);
    let words = "publish -q 1 -V 5 -t t --clients 3 --count 30 -p PORT --json";
    let finished = bench(words, &mosquitto.port).exits(0);
    let report = report(&finished);
    let names = ["published", "acknowledged", "refused", "unacknowledged"];
    assert_eq!(figures(&report, names), [30, 10, 20, 0], "{report}");
    assert_eq!(report["errors"], json!({"message refused: not authorized (0x87)": 20}));
    let stopped = bench(&format!("{words} --on-error stop"), &mosquitto.port).exits(1);
    stopped.says("the first error ended the run");
}

#[test]
#[ignore = "needs mosquitto"]
fn clients_that_mosquitto_has_no_room_for_are_counted() {
    let lines = ["max_connections 5", "allow_anonymous true"];
    let mosquitto = Mosquitto::start(&lines, &[]);
    let words = "connect --clients 9 --duration 100ms -p PORT --json";
    let report = report(&bench(words, &mosquitto.port).exits(0));
    let errors = report["errors"].as_object().unwrap();
    assert!(errors.keys().all(|why| why.starts_with("not accepted: ")), "{report}");
    let refused: u64 = errors.values().filter_map(Value::as_u64).sum();
    let [connected] = figures(&report, ["connected"]);
    // It counts some a little late.
    assert!(connected + refused == 9 && (4..9).contains(&connected), "{report}");
}

/// A run of two clients with these words, and both of them connected.
fn two(broker: &Broker, words: &[&str]) -> (Running, [crate::support::broker::Peer; 2]) {
    let port = broker.port();
    let all = ["bench", words[0], "-p", &port, "--clients", "2", "--json"];
    let running = start(all.iter().chain(&words[1..]));
    let peers = [0, 1].map(|_| broker.welcome().0);
    (running, peers)
}

#[test]
fn a_refused_message_ends_a_run_that_is_to_stop() {
    let broker = Broker::new();
    let words = ["publish", "-q", "1", "--inflight", "1", "--duration", "1h", "--on-error", "stop"];
    let (running, [mut one, mut other]) = two(&broker, &words);
    let (first, second) = (one.message(), other.message());
    one.puback(first.id, Reason::NotAuthorized);
    other.puback(second.id, Reason::Success);
    let finished = running.finish().exits(1).says("the first error ended the run");
    let report = report(&finished);
    let wanted = json!({"message refused: not authorized (0x87)": 1});
    assert_eq!(report["errors"], wanted);
}

#[test]
fn a_refused_subscription_ends_a_run_that_is_to_stop_before_anything_is_sent() {
    let broker = Broker::new();
    let words = ["e2e", "--duration", "1h", "--on-error", "stop"];
    let (running, [mut one, mut other]) = two(&broker, &words);
    for (peer, code) in [(&mut one, 0x87), (&mut other, 0)] {
        let (id, _) = peer.subscription();
        peer.suback(id, &[code]);
    }
    let finished = running.finish().exits(1).says("the first error ended the run");
    assert_eq!(figures(&report(&finished), LEDGER), [0, 0, 0, 0, 0, 0, 2]);
    for peer in [&mut one, &mut other] {
        assert!(matches!(peer.next(), Got::Disconnect { .. }));
    }
}

#[test]
fn a_lost_connection_ends_a_run_that_is_to_stop_and_no_other() {
    for (what, code) in [("stop", 3), ("go-on", 0)] {
        let broker = Broker::new();
        let count = ["--count", "6", "--inflight", "1", "--on-error", what];
        let words = [&["publish", "-q", "1"][..], &count].concat();
        let (running, [mut one, other]) = two(&broker, &words);
        let first = one.message();
        drop(other);
        if what == "go-on" {
            one.puback(first.id, Reason::Success);
            for _ in 0..2 {
                let next = one.message();
                one.puback(next.id, Reason::Success);
            }
        }
        let report = report(&running.finish().exits(code));
        let errors = report["errors"].as_object().unwrap();
        let (why, times) = errors.iter().next().unwrap();
        assert!(why.starts_with("connection lost: "), "{why}");
        assert_eq!((errors.len(), times), (1, &json!(1)), "{what}: {report}");
    }
}

#[test]
fn a_reader_that_leaves_and_a_terminal_that_is_narrow_harm_nothing() {
    let serving = Serving::start("bench-head");
    let words = "bench -p PORT --rate 200 --duration 1100ms".replace("PORT", &serving.port);
    let script = format!("{PROGRAM} {words} --fail-if 'lost == 0' | head -n 1; :");
    let mut command = Command::new("bash");
    command.args(["-c", &format!("set -o pipefail; {script}")]).stdin(Stdio::null());
    let finished = spawn(command.stdout(Stdio::piped())).finish().exits(0);
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    assert!(text.starts_with("   1s  10 connected") && text.lines().count() == 1, "{text}");
    assert_eq!(finished.says("gate failed").stderr.lines().count(), 1, "and nothing of the pipe");
    run(["bench", "-p", &serving.port, "--count", "9", "--csv", "/dev/null"]).exits(0);
    assert!(fs::metadata("/dev/null").is_ok());
}
