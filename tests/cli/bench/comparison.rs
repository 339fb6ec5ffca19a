//! Several runs, and files of earlier ones: compared, and added up.

use std::time::{Duration, SystemTime};

use mq::net::clock;
use serde_json::{Value, json};

use super::truth::{Fault, Proxy};
use super::{LEDGER, Serving, bench, figures, report};
use crate::support::mq::{Finished, command, run, spawn, start};
use crate::support::scratch::Scratch;

/// The last line.
#[track_caller]
fn last(finished: &Finished) -> Value {
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

fn verdicts(comparison: &Value) -> Vec<&str> {
    let metrics = comparison["metrics"].as_object().unwrap();
    metrics.values().map(|row| row["verdict"].as_str().unwrap()).collect()
}

/// Runs of the same broker in turn: what the machine does meanwhile, it does to both sides. With
/// the confidence asked for, chance makes this fail once in a thousand times.
const IN_TURN: &str =
    "--repeat 8 --rate 500 --duration 300ms --clients 2 --confidence 99.9% -p PORT";

#[test]
fn two_runs_of_the_same_are_noise() {
    let serving = Serving::start("bench-noise");
    let words = format!("{IN_TURN} --against mqtt://127.0.0.1:PORT --json --fail-if-worse");
    let finished = bench(&words, &serving.port).exits(0);
    let comparison = last(&finished);
    assert_eq!(comparison["type"], "comparison");
    assert_eq!((&comparison["by"], &comparison["figures"]), (&json!("runs"), &json!([8, 8])));
    assert_eq!(verdicts(&comparison), ["noise"; 5], "{comparison}");

    // The same from the file; and from one for each side.
    let text = String::from_utf8(finished.stdout).unwrap();
    let scratch = Scratch::new("bench-noise-files");
    let of_side = |side: &str| {
        let mark = format!("\"side\":\"{side}\"");
        let lines: Vec<_> = text.lines().filter(|line| line.contains(&mark)).collect();
        assert_eq!(lines.iter().filter(|line| line.contains("\"report\"")).count(), 8);
        scratch.write(side, lines.join("\n"))
    };
    let (a, b, both) = (of_side("A"), of_side("B"), scratch.write("both", &text));
    let confidence = ["--confidence", "99.9", "--json"];
    for files in [vec![a.as_str(), b.as_str()], vec![both.as_str()]] {
        let words = ["bench", "compare"].into_iter().chain(files).chain(confidence);
        assert_eq!(last(&run(words).exits(0)), comparison);
    }
    run(["bench", "compare", &both, &a]).exits(1).says("two brokers");
    run(["bench", "compare", &a]).exits(1).says("no runs of a side B");
    let table = String::from_utf8(run(["bench", "compare", &a, &b]).exits(0).stdout).unwrap();
    assert!(table.contains("8 and 8 runs") && table.contains("95% interval"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 86), "{table}");
    for words in [&["compare", &a, &b][..], &["compare", "--json", &a, &b]] {
        unwritten(words);
    }
}

/// The outcome cannot be written, which is told.
#[track_caller]
fn unwritten(words: &[&str]) {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(["bench"].iter().chain(words));
    let finished = spawn(command.stdout(full)).finish().exits(1);
    finished.says("cannot write to standard output: No space left");
}

#[test]
fn a_slower_broker_is_told_from_noise_with_how_much() {
    let serving = Serving::start("bench-slower");
    let proxy = Proxy::start(&serving.port, Fault::Delay(Duration::from_millis(20)));
    let words = format!("{IN_TURN} --against mqtt://127.0.0.1:{} --json", proxy.port);
    let words = words.replace("--repeat 8", "--repeat 5").replace(" --confidence 99.9%", "");
    let finished = bench(&format!("{words} --fail-if-worse"), &serving.port).exits(6);
    let comparison = last(&finished.says("B is worse than A"));
    let p50 = &comparison["metrics"]["p50"];
    assert_eq!(p50["verdict"], "worse", "{comparison}");
    let added = p50["b"].as_f64().unwrap() - p50["a"].as_f64().unwrap();
    assert!((39e6..400e6).contains(&added), "20 ms there and 20 back: {p50}");
    assert!(p50["low"].as_f64() > Some(0.5) && p50["p"].as_f64() < Some(0.01), "{p50}");
}

#[test]
fn repeated_runs_show_how_they_differ() {
    let serving = Serving::start("bench-repeat");
    let finished = bench("--repeat 3 --count 500 -p PORT", &serving.port).exits(0);
    let text = String::from_utf8(finished.stdout).unwrap();
    for words in ["A1 ", "\nA2 ", "\nA3 ", "\n3 runs\n", "least", "p99.9"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let failed = bench("--repeat 2 --count 50 -p PORT --fail-if lost==0", &serving.port).exits(6);
    assert_eq!(failed.stderr.matches("gate failed").count(), 2, "{failed:?}");
}

#[test]
fn one_run_of_each_is_compared_by_its_seconds_or_not_at_all() {
    let serving = Serving::start("bench-seconds");
    let scratch = Scratch::new("bench-seconds-files");
    let words = "--rate 200 --duration 100ms -p PORT --json";
    let short = scratch.write("short", bench(words, &serving.port).exits(0).stdout);
    let words = ["bench", "compare", &short, &short, "--json", "--fail-if-worse"];
    let comparison = last(&run(words).exits(0));
    assert_eq!(comparison["by"], "seconds");
    assert!(verdicts(&comparison).iter().all(|verdict| *verdict == "too few"), "{comparison}");
    let words = "--rate 200 --duration 7100ms -p PORT --json";
    let [a, b] =
        ["a", "b"].map(|name| scratch.write(name, bench(words, &serving.port).exits(0).stdout));
    let same = last(&run(["bench", "compare", &a, &a, "--json"]).exits(0));
    assert_eq!(verdicts(&same), ["noise"; 5], "{same}");
    let other = last(&run(["bench", "compare", &a, &b, "--json"]).exits(0));
    assert_eq!(other["metrics"]["rate"]["verdict"], "noise", "{other}");
}

#[test]
fn parts_are_added_up_exactly() {
    let serving = Serving::start("bench-merge");
    let scratch = Scratch::new("bench-merge-files");
    let begin = clock::wall() + Duration::from_secs(2);
    let begin = begin.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let begin = jiff::Timestamp::from_millisecond(begin.try_into().unwrap()).unwrap();
    let words = "-q 1 --count 700 --clients 3 -p PORT --json";
    let parts = [0, 1, 2].map(|part| {
        let words =
            format!("{words} -A 127.0.0.{} --index {part} --of 3 --start-at {begin}", part + 2);
        start(format!("bench {words}").replace("PORT", &serving.port).split(' '))
    });
    let parts = parts.map(|part| part.finish().exits(0));
    let reports = parts.each_ref().map(report);
    let files: Vec<String> = (0..)
        .zip(&parts)
        .map(|(at, part)| scratch.write(&format!("{at}.json"), &part.stdout))
        .collect();
    for (at, part) in reports.iter().enumerate() {
        assert_eq!(part["config"]["part"], json!([at, 3]));
        let began: jiff::Timestamp = part["started"].as_str().unwrap().parse().unwrap();
        assert!(began >= begin - Duration::from_millis(50), "{began} is before {begin}");
        let clock = &part["clock"];
        if at == 0 {
            assert!(clock.is_null(), "it is the clock that counts: {part}");
        } else {
            // One machine has one clock.
            let (ahead, error) = (clock["ahead"].as_i64(), clock["error"].as_u64());
            let (ahead, error) = (ahead.unwrap(), error.unwrap());
            assert!(ahead.unsigned_abs() <= error + 1_000_000, "{clock}");
        }
    }
    let merge = |more: &[&str]| {
        let words = ["bench", "merge"].into_iter().chain(files.iter().map(String::as_str));
        run(words.chain(more.iter().copied()))
    };
    let whole = report(&merge(&["--json"]).exits(0));
    for (at, name) in LEDGER.into_iter().enumerate() {
        let sum: u64 = reports.iter().map(|part| figures(part, LEDGER)[at]).sum();
        assert_eq!(whole[name].as_u64(), Some(sum), "{name}");
    }
    assert_eq!(figures(&whole, ["published", "lost", "connected"]), [700, 0, 3]);
    let greatest = |scope: &str| {
        let max = |part: &Value| part["latency"][scope]["max"].as_u64().unwrap_or(0);
        (reports.iter().map(max).max(), whole["latency"][scope]["max"].as_u64())
    };
    for scope in ["e2e", "ack", "connect"] {
        let (wanted, found) = greatest(scope);
        assert_eq!(wanted, found, "{scope}");
    }
    assert_eq!(whole["latency"]["ack"]["count"], 700);
    // Merged again, it is as it was.
    let again = scratch.write("again", merge(&["--json"]).stdout);
    let again = report(&run(["bench", "merge", &again, "--json"]).exits(0));
    assert_eq!(again["latency"], whole["latency"]);

    merge(&["--fail-if", "p50 > 0"]).exits(6).says("gate failed: p50 > 0");
    merge(&["--fail-if", "connect.max > 1000s"]).exits(0);
    let text = String::from_utf8(merge(&[]).exits(0).stdout).unwrap();
    assert!(text.contains("Published              700"), "{text}");
    unwritten(&["merge", &files[0], &files[2]]);
    let two = run(["bench", "merge", &files[0], &files[2]]).exits(0);
    two.says("part 1 of 3 is missing");
    run(["bench", "merge", &files[0], &files[0]]).exits(0).says("part 0 of 3 is there twice");
}

#[test]
fn what_is_no_report_is_told_with_its_place() {
    let scratch = Scratch::new("bench-bad-files");
    let whole = bench("--embedded --count 50 --json", "").exits(0).stdout;
    let whole = String::from_utf8(whole).unwrap();
    let good = scratch.write("good", &whole);
    let bad = |name: &str, text: &str, told: &str| {
        let bad = scratch.write(name, text);
        run(["bench", "merge", &good, &bad]).exits(1).says(told).says(name);
        run(["bench", "compare", &bad, &good]).exits(1).says(told);
    };
    bad("empty", "", "no report");
    bad("text", "hello\n", "text, line 1, column 1: not JSON; is it what mq bench --json wrote?");
    bad("array", "[1]\n", "line 1: no object");
    bad("other", "{\"topic\":\"t\"}\n", "it has no type");
    bad("cut", &whole[..whole.len() / 2], "it ends in the middle");
    bad(
        "histogram",
        &whole.replacen("\"histogram\":\"HIST", "\"histogram\":\"HISU", 1),
        "histogram",
    );
    bad("count", &whole.replacen("\"lost\":0", "\"lost\":\"x\"", 1), "\"lost\" is not what");
    bad("schema", &whole.replacen("\"schema\":1", "\"schema\":2", 1), "schema 2");
    let other = bench("fan-out --embedded --count 50 --json", "").exits(0).stdout;
    let other = scratch.write("fan-out", other);
    run(["bench", "merge", &good, &other]).exits(1).says("the scenario is not the same");
    run(["bench", "merge", "/nowhere"]).exits(1).says("cannot read /nowhere");
}

/// What a report says of the machine is judged when it is merged, too: so the words can be tried
/// without a machine that is as busy.
#[test]
fn a_bench_that_is_itself_the_bottleneck_says_so() {
    let scratch = Scratch::new("bench-busy");
    let words = "publish --embedded --rate 500 --duration 1100ms --json";
    let whole = String::from_utf8(bench(words, "").exits(0).stdout).unwrap();
    let own = |own: Value| {
        let lines = whole.lines().map(|line| {
            let mut value: Value = serde_json::from_str(line).unwrap();
            if value["type"] == "report" {
                value["own"] = own.clone();
                value["unsent"] = json!(7);
            }
            format!("{value}\n")
        });
        run(["bench", "merge", &scratch.write("busy", lines.collect::<String>())]).exits(0)
    };
    let busy = json!({"processor": 1, "share": 0.97, "memory": 1, "waited": 0.01});
    let told = own(busy).says("mq bench itself was busy 97% of the time");
    assert!(told.stderr.contains("mq bench could not keep up"), "{told:?}");
    let starved = json!({"processor": 1, "share": 0.2, "memory": 1, "waited": 0.4});
    let told = own(starved).says("mq bench waited 40% of the time for a processor");
    assert!(told.stderr.contains("this machine is too busy"), "{told:?}");
    let idle = json!({"processor": 1, "share": 0.2, "memory": 1, "waited": 0.01});
    let told = own(idle).says("behind the schedule: 7 messages were not sent");
    assert!(!told.stderr.contains("processor"), "{told:?}");
}
