//! Whatever a report has can be a gate.

use super::{Serving, bench};
use crate::secured::serve;
use crate::support::mq::{Finished, run};

/// Those that were said to hold, in order.
fn failed(finished: &Finished) -> Vec<&str> {
    let told = finished.stderr.lines().filter_map(|line| line.split_once("gate failed: "));
    told.map(|(_, rest)| rest.split_once(": ").unwrap().0).collect()
}

/// Each of these holds by the first comparison and does not by the second.
#[track_caller]
fn each_is_judged(words: &[&str], gates: &[(&str, &str)], run: impl Fn(&[&str]) -> Finished) {
    let mut all = words.to_vec();
    for (holds, does_not) in gates {
        all.extend(["--fail-if", holds, "--fail-if", does_not]);
    }
    let finished = run(&all).exits(6);
    let wanted: Vec<&str> = gates.iter().map(|(holds, _)| *holds).collect();
    assert_eq!(failed(&finished), wanted, "{finished:?}");
}

#[test]
fn every_figure_of_a_report_is_judged() {
    let site = serve(&["--tls"]);
    let id = site.broker.id().to_string();
    let words = ["bench", "request", "-q", "1", "--clients", "2", "--rate", "200"];
    let more = ["--duration", "500ms", "--broker-pid", &id];
    let gates = [
        ("tcp.p99 > 0", "tcp.p99 > 1000s"),
        ("tls.p50 >= 1us", "tls.p50 > 1000s"),
        ("connack.max > 0", "connack.max > 1000s"),
        ("connect.mean > 0", "connect.mean > 1000s"),
        ("subscribe.p90 > 0", "subscribe.p90 > 1000s"),
        ("request.p99.9 > 0", "request.p99.9 > 1000s"),
        ("ack.uncorrected.p99 > 0", "uncorrected.p99 > 1000s"),
        ("late.max < 1000s", "late.max > 1000s"),
        ("own.cpu < 10000%", "own.cpu > 10000%"),
        ("own.memory > 1MiB", "own.memory > 100GiB"),
        ("own.cost > 0", "own.cost > 1000s"),
        ("broker.cpu < 10000%", "broker.cpu > 10000%"),
        ("broker.memory > 100kB", "broker.memory > 100GB"),
        ("broker.cost < 1000s", "broker.cost > 1000s"),
        ("elapsed < 1000s", "elapsed > 1000s"),
        ("connected == 3", "connected < 100%"),
        ("published == 100", "published != 100"),
        ("acknowledged == 100%", "acknowledged < 100"),
        ("received == 100", "unacknowledged > 0"),
        ("refused == 0", "refused > 0%"),
        ("resumed == 0", "unsent > 0"),
        ("rate > 90%", "rate < 150/s"),
    ];
    each_is_judged(&[&words[..], &more].concat(), &gates, |words| site.secure(words));
}

#[test]
fn groups_and_phases_are_judged_by_their_names() {
    let serving = Serving::start("bench-gated-groups");
    let words = ["bench", "-p", &serving.port, "--scenario"];
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/load.toml");
    let gates = [
        ("group.machines.published == 610", "group.machines.lost > 0"),
        ("phase.warm-up.p50 > 0", "phase.peak.p99 > 1000s"),
    ];
    each_is_judged(&[&words[..], &[example]].concat(), &gates, |words| run(words));
}

#[test]
fn what_nobody_measures_is_told_before_anything_connects() {
    // Nobody listens there: who connected would end with 3.
    for (words, told) in [
        ("--fail-if broker.cpu>5%", "--broker-pid or --embedded"),
        ("--fail-if late.p99>5ms", "without --rate nothing is late"),
        ("--fail-if request.p99>5ms", "nothing measures request in the scenario e2e"),
        ("--fail-if group.a.p99>5ms", "there is no group \"a\""),
        ("--fail-if own.cpu>5", "% of one processor"),
    ] {
        let wanted = told.replace("% of", "%, of");
        bench(&format!("-p 1 {words}"), "").exits(2).says(&wanted);
    }
    bench("--embedded --count 9 --fail-if tcp.p50>0", "").exits(6).says("tcp.p50>0: it is ");
    // With no TLS nothing of it is measured: nobody can say that it was good.
    let words = "--embedded --count 9 --fail-if tls.p99>1s";
    bench(words, "").exits(6).says("tls.p99>1s: nothing was measured");
}
