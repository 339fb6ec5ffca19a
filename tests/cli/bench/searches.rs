//! The search for the highest rate, and several runs: what goes to files meanwhile.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use super::figures::{counter, page_with, place_of_metrics};
use super::{Serving, bench, report};
use crate::support::mq::{run, start};
use crate::support::scratch::Scratch;

#[test]
fn a_search_fills_files_and_takes_any_scenario_and_groups() {
    let serving = Serving::start("bench-search-files");
    let scratch = Scratch::new("bench-search-files");
    let [csv, html, hgrm] =
        ["f.csv", "f.html", "f.hgrm"].map(|name| scratch.path().join(name).display().to_string());
    // Nothing holds: each try is told, the first of them in full.
    let words = format!(
        "fan-out --clients 3 --find-max --rate 400 --duration 1s --fail-if max>0 -p PORT --json \
         --csv {csv} --html {html} --hgrm {hgrm}"
    );
    let finished = bench(&words.replace("1s", "50ms"), &serving.port).exits(6);
    let text = String::from_utf8(finished.stdout.clone()).unwrap();
    let tries = text.lines().filter(|line| line.contains("\"trial\"")).count();
    assert!(tries > 5, "{text}");
    let rows = fs::read_to_string(&csv).unwrap();
    let runs = rows.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(runs.last(), Some(&tries.to_string().as_str()), "{rows}");
    let published: u64 = rows
        .lines()
        .skip(1)
        .filter(|row| row.starts_with("1,"))
        .map(|row| row.split(',').nth(5).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(report(&finished)["published"].as_u64(), Some(published), "the first: {rows}");
    assert!(fs::read_to_string(&html).unwrap().trim_end().ends_with("</html>"));
    assert!(fs::read_to_string(&hgrm).unwrap().contains("#[Max"), "{hgrm}");

    // Groups go up and down together.
    let file = scratch.write(
        "two.toml",
        "[[group]]\nrate = 300\nclients = 2\n[[group]]\nrate = \"50/client\"\nclients = 2\n",
    );
    let words = format!(
        "--scenario {file} --find-max --rate 800 --duration 50ms --fail-if max>0 --embedded --json"
    );
    let finished = bench(&words, "").exits(6);
    let report = report(&finished);
    assert_eq!(report["config"]["rate"], 800.0, "{report}");
    let sent = |at: usize| report["groups"][at]["published"].as_u64().unwrap();
    assert_eq!([sent(0), sent(1)], [30, 10], "three quarters, and one: {report}");
    let mixed = scratch.write("mixed.toml", "[[group]]\nrate = 300\n\n[[group]]\nqos = 0\n");
    let words = format!("--scenario {mixed} --find-max -p 1");
    bench(&words, "").exits(2).says("mixed.toml:5:1: --find-max looks for one rate");
    let phased = "[[phase]]\nduration = \"1s\"\n[[group]]\nrate = 300\n";
    let phased = scratch.write("phased.toml", phased);
    let words = format!("--scenario {phased} --find-max -p 1");
    bench(&words, "").exits(2).says("leave the phases out");
    let words = format!("--scenario {phased} --duration 1s -p 1");
    bench(&words, "").exits(2).says("the phases say how long it takes: leave --duration out");
}

#[test]
fn several_runs_have_files_of_their_own() {
    let serving = Serving::start("bench-run-files");
    let scratch = Scratch::new("bench-run-files");
    let place = |name: &str| scratch.path().join(name).display().to_string();
    let words = format!(
        "--rate 200 --duration 1100ms --repeat 2 --against mqtt://127.0.0.1:PORT -p PORT --csv {} \
         --html {} --hgrm {}",
        place("f.csv"),
        place("f.html"),
        place("f")
    );
    bench(&words, &serving.port).exits(0);
    let rows = fs::read_to_string(place("f.csv")).unwrap();
    for run in ["A1", "B1", "A2", "B2"] {
        assert!(rows.lines().any(|row| row.starts_with(&format!("{run},1,0,"))), "{rows}");
        let page = fs::read_to_string(place(&format!("f.{run}.html"))).unwrap();
        assert!(page.contains("<h2>Rate over time</h2>") && page.contains("</html>"), "{page}");
        let text = fs::read_to_string(place(&format!("f.{run}"))).unwrap();
        assert!(text.contains("Total count    =          220"), "{text}");
    }
    assert!(fs::metadata(place("f.html")).is_err());
    let words = "--count 9 --repeat 2 -p PORT --html /nowhere/f.html";
    let finished = bench(words, &serving.port).exits(1).says("/nowhere/f.A1.html");
    assert!(finished.stdout.is_empty(), "nothing was started: {finished:?}");
}

#[test]
fn every_scenario_that_has_a_rate_can_be_searched() {
    let serving = Serving::start("bench-search-all");
    for scenario in [
        "e2e", "publish", "fan-in", "p2p", "request", "shared", "connect", "churn", "retained",
        "offline",
    ] {
        let words = format!(
            "{scenario} --clients 2 --find-max --rate 100 --duration 20ms --fail-if \
             connect.max>=0 -p PORT --json"
        );
        let finished = bench(&words, &serving.port).exits(6);
        let text = String::from_utf8(finished.stdout).unwrap();
        let maximum = text.lines().find(|line| line.contains("\"maximum\"")).unwrap();
        let maximum: Value = serde_json::from_str(maximum).unwrap();
        assert!(maximum["rate"].is_null(), "{scenario}: {text}");
    }
    bench("subscribe -t x --find-max -p 1", "").exits(2).says("--rate means nothing");
}

#[test]
fn a_rate_at_which_messages_are_refused_does_not_hold() {
    // A queue takes a thousand for who is away: 2,000 messages are too many, 1,000 are not.
    let words = "offline --clients 1 --embedded --find-max --rate 20000 --duration 100ms --json";
    let words = words.split(' ').chain(["--fail-if", "lost > 0"]);
    let finished = run(["bench"].into_iter().chain(words)).exits(0);
    let text = String::from_utf8(finished.stdout).unwrap();
    let first = text.lines().find(|line| line.contains("\"trial\"")).unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    assert!(first["failed_gates"].to_string().contains(" were refused"), "{text}");
    let maximum = text.lines().find(|line| line.contains("\"maximum\"")).unwrap();
    let maximum: Value = serde_json::from_str(maximum).unwrap();
    assert!(maximum["rate"].as_f64().is_some_and(|rate| rate < 10_600.0), "{maximum}");
}

#[test]
fn prometheus_finds_the_figures_of_each_try() {
    let serving = Serving::start("bench-search-metrics");
    let words = "bench retained --clients 2 --find-max --rate 50 --duration 200ms";
    let words = words.split(' ').chain(["-p", &serving.port, "--metrics", "127.0.0.1:0"]);
    let running = start(words);
    // The first sends ten.
    page_with(&place_of_metrics(&running), |page| counter(page, "published_total") > 10);
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
}
