//! What is told second by second adds up to what is told of the whole.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::truth::{Fault, Proxy};
use super::{Serving, bench, figures, report};
use crate::support::mq::{Finished, run, start};
use crate::support::scratch::Scratch;

const COUNTS: [&str; 4] = ["published", "received", "acknowledged", "errors"];

/// The objects of seconds.
fn seconds(finished: &Finished) -> Vec<Value> {
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == "second").collect()
}

#[track_caller]
fn sums<const N: usize>(seconds: &[Value], names: [&str; N]) -> [u64; N] {
    names.map(|name| seconds.iter().map(|one| figures(one, [name])[0]).sum())
}

#[test]
fn seconds_add_up_and_the_last_is_the_part_that_it_is() {
    let serving = Serving::start("bench-adds-up");
    let scratch = Scratch::new("bench-adds-up-files");
    let file = scratch.path().join("f.csv");
    let words =
        format!("-q 1 --rate 300 --duration 1500ms -p PORT --json --csv {}", file.display());
    let finished = bench(&words, &serving.port).exits(0);
    let (seconds, report) = (seconds(&finished), report(&finished));
    let whole = figures(&report, ["published", "received", "acknowledged"]);
    assert_eq!(whole, [450; 3], "{report}");
    assert_eq!(sums(&seconds, COUNTS), [450, 450, 450, 0], "{seconds:?}");
    assert_eq!(sums(&seconds, ["timed"]), [450], "{seconds:?}");
    let lengths = seconds.iter().map(|one| one["length"].as_u64().unwrap()).collect::<Vec<_>>();
    let (last, before) = lengths.split_last().unwrap();
    assert!(before.iter().all(|one| one % 1_000_000_000 == 0), "{lengths:?}");
    assert!(*last > 0 && last % 1_000_000_000 != 0, "{lengths:?}");
    // The same for spreadsheets.
    let text = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|one| *one == name).unwrap();
    let sum = |name: &str| {
        rows[1..].iter().map(|row| row[column(name)].parse::<u64>().unwrap()).sum::<u64>()
    };
    assert_eq!(COUNTS.map(sum), [450, 450, 450, 0], "{text}");
    let length: f64 = rows.last().unwrap()[column("length_s")].parse().unwrap();
    assert!(length > 0.0 && length.fract() > 0.0, "{text}");
    // And for people.
    let words = "--rate 300 --duration 300ms -p PORT";
    let text = String::from_utf8(bench(words, &serving.port).exits(0).stdout).unwrap();
    assert!(text.starts_with("   1s  10 connected  published 90"), "{text}");
    assert!(text.lines().next().unwrap().ends_with("s, the last)"), "{text}");
}

#[test]
fn seconds_groups_and_phases_of_parts_are_added_up_exactly() {
    let serving = Serving::start("bench-merge-parts");
    let scratch = Scratch::new("bench-merge-parts-files");
    let scenario = scratch.write(
        "two.toml",
        "[[phase]]\nname = \"up\"\nduration = \"1s\"\n[[phase]]\nname = \"down\"\n\
         duration = \"200ms\"\nload = 0.5\n[[group]]\nname = \"a\"\nrate = 100\nclients = 2\n\
         [[group]]\nname = \"b\"\nrate = 50\nqos = 1\nclients = 1\n",
    );
    let words = format!("--scenario {scenario} -p PORT --json");
    let runs = [0, 1].map(|_| bench(&words, &serving.port).exits(0));
    let files = [0, 1].map(|at| scratch.write(&format!("{at}.json"), &runs[at].stdout));
    let merged = run(["bench", "merge", &files[0], &files[1], "--json"]).exits(0);
    assert!(!merged.stderr.contains("without times"), "{merged:?}");
    let of_parts = runs.each_ref().map(seconds);
    let whole = seconds(&merged);
    let mut timed = BTreeMap::<u64, u64>::new();
    for one in of_parts.iter().flatten().filter(|one| one["connecting"] == false) {
        *timed.entry(one["second"].as_u64().unwrap()).or_default() +=
            one["timed"].as_u64().unwrap_or(0);
    }
    for one in whole.iter().filter(|one| one["connecting"] == false) {
        let second = one["second"].as_u64().unwrap();
        assert_eq!(one["timed"].as_u64().unwrap_or(0), timed[&second], "{one}");
        let max = |all: &[Value]| {
            let same = all.iter().filter(|other| other["second"] == one["second"]);
            same.filter_map(|other| other["max"].as_u64()).max()
        };
        assert_eq!(one["max"].as_u64(), max(&of_parts[0]).max(max(&of_parts[1])), "{one}");
    }
    let reports = [report(&runs[0]), report(&runs[1]), report(&merged)];
    for (kind, name, sent) in
        [("groups", "a", 110), ("groups", "b", 55), ("phases", "up", 150), ("phases", "down", 15)]
    {
        let of = |report: &Value| {
            let mut all = report[kind].as_array().unwrap().iter();
            let part = all.find(|one| one["name"] == name).unwrap().clone();
            let counts = figures(&part, ["published", "expected", "received", "lost"]);
            (counts, part["e2e"]["count"].as_u64())
        };
        assert_eq!(of(&reports[0]), ([sent, sent, sent, 0], Some(sent)), "{kind} {name}");
        let twice = sent * 2;
        assert_eq!(of(&reports[2]), ([twice, twice, twice, 0], Some(twice)), "{kind} {name}");
    }
    let gate = ["--fail-if", "group.b.lost == 0", "--fail-if", "group.c.p99 > 1s"];
    let words = ["bench", "merge", &files[0]];
    run(words.iter().chain(&gate[..2])).exits(6).says("gate failed: group.b.lost == 0");
    run(words.iter().chain(&gate)).exits(2).says("there is no group \"c\": there are a, b");

    // What an earlier version wrote has no histograms of seconds.
    let without = |file: &str| {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| {
            let mut value: Value = serde_json::from_str(line).unwrap();
            if value["type"] == "second" {
                value.as_object_mut().unwrap().remove("histogram");
            }
            format!("{value}\n")
        });
        scratch.write("older.json", lines.collect::<String>())
    };
    let older = without(&files[1]);
    let three = ["bench", "merge", &files[0], &older, &files[0], "--json"];
    let merged = run(three).exits(0).says("are left without times");
    let first = seconds(&merged).into_iter().find(|one| one["connecting"] == false).unwrap();
    assert!(first["timed"].is_null() && first["p50"].is_null(), "{first}");
}

/// What was lost in each phase, and what is told of the whole.
#[track_caller]
fn by_phase(report: &Value, name: &str) -> Vec<u64> {
    let phases = report["phases"].as_array().unwrap();
    let each: Vec<u64> = phases.iter().map(|phase| figures(phase, [name])[0]).collect();
    let [whole] = figures(report, [name]);
    assert_eq!(each.iter().sum::<u64>(), whole, "{name}: {report}");
    each
}

#[test]
fn loss_is_told_of_the_phase_that_it_is_of() {
    let mut serving = Serving::start("bench-phase-loss");
    let scratch = Scratch::new("bench-phase-loss-files");
    let group = "[[group]]\nrate = 500\nclients = 1\ntopic = \"t\"\n";
    let phases = "[[phase]]\nduration = \"1s\"\n[[phase]]\nduration = \"1s\"\nload = 2\n";
    let file = scratch.write("dropped.toml", format!("{phases}{group}"));
    let proxy = Proxy::start(&serving.port, Fault::Meddle);
    let finished = bench(&format!("--scenario {file} -p PORT --json"), &proxy.port).exits(0);
    let dropped = report(&finished);
    // The 20th of each hundred, of 500 and of 1000.
    assert_eq!(by_phase(&dropped, "lost"), [5, 10], "{dropped}");
    assert_eq!(by_phase(&dropped, "published"), [500, 1000], "{dropped}");

    // What did not leave is taken back where it was counted.
    let phases = phases.replace("\"1s\"\nload", "\"1h\"\nload").replace("1s", "100ms");
    let file = scratch.write("killed.toml", format!("{phases}{group}qos = 1\n"));
    let words = ["bench", "--scenario", &file, "-p", &serving.port, "--json"];
    let running = start(words);
    running.first_line();
    serving.kill();
    let killed = report(&running.finish().exits(3));
    for name in ["published", "expected", "lost"] {
        let each = by_phase(&killed, name);
        assert!(name != "published" || (each[0] == 50 && each[1] > 500), "{killed}");
    }
}
