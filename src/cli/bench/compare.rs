//! `mq bench compare`, and what several runs come to.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::json;
use super::read::{Told, read};
use super::summary::milliseconds;
use crate::bench::{self, Comparison, Metric, Plan, Recording, Row, Verdict};
use crate::cli::exit::Exit;
use crate::cli::manual::Manual;
use crate::cli::output;
use crate::cli::telling::Telling;

/// The manual page, beside the options.
pub(in crate::cli) const MANUAL: Manual = Manual {
    examples: "\
mq bench --rate 1000 --json > before.json   and the same later into after.json
mq bench compare before.json after.json
mq bench compare --fail-if-worse before.json after.json
mq bench compare both.json     what --repeat 5 --against URL --json wrote
",
    notes: "\
A and B are files of mq bench --json. With four reports or more in each, of --repeat, runs are \
compared with runs. Else the seconds of the runs are, cut into 6 slices at least and 20 at most; a \
difference then counts only when it is larger than what each run drifts by itself. Runs differ \
from each other more than they know of themselves: --repeat 5 --against URL says more.

For each metric: the middle of A and B, by how much B is more, and the interval that this lies in \
(bootstrap of the medians). noise: chance makes as large a difference (test of Mann and Whitney, \
with Holm's method for several metrics). better and worse are B's.",
    exit_status: "\
0 | Done, whatever was found.
1 | A file cannot be read, or is no report; or the table cannot be written.
2 | Usage.
6 | With --fail-if-worse: B is worse in some metric.
",
    environment: "none | No variable is read.",
    files: "A, B | Lines of JSON, as mq bench --json writes them.",
    tool: None,
};

/// Say whether two runs differ by more than chance
#[derive(Debug, clap::Parser)]
#[command(name = "mq bench-compare", disable_help_flag = true, disable_version_flag = true)]
pub(in crate::cli) struct Args {
    /// What `mq bench --json` wrote before
    #[arg(value_name = "A")]
    before: PathBuf,
    /// What it wrote after; without it A has both sides, as --against writes them
    #[arg(value_name = "B")]
    after: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    /// Print an object of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// How differences are judged.
#[derive(Debug, clap::Args)]
pub(super) struct Judging {
    /// How sure a difference has to be to be told as one
    #[arg(long, value_name = "PERCENT", default_value = "95%", value_parser = confidence)]
    pub(super) confidence: f64,
    /// End with exit code 6 when B is worse in any metric
    #[arg(long)]
    pub(super) fail_if_worse: bool,
}

fn confidence(text: &str) -> Result<f64, &'static str> {
    let wrong = "not a share from 50% to below 100%, like 99%";
    let percent: f64 = text.strip_suffix('%').unwrap_or(text).trim().parse().map_err(|_| wrong)?;
    if (50.0..100.0).contains(&percent) { Ok(percent / 100.0) } else { Err(wrong) }
}

/// Compares two files.
#[expect(clippy::needless_pass_by_value, reason = "the shape that commands have")]
pub(in crate::cli) fn run(args: Args) -> anyhow::Result<Exit> {
    let first = read(&args.before)?;
    let (a, b) = match &args.after {
        Some(after) => (of_one_side(first, &args.before)?, of_one_side(read(after)?, after)?),
        None => first.into_iter().partition(|run| run.side.as_deref() != Some("B")),
    };
    anyhow::ensure!(!b.is_empty(), "{} has no runs of a side B to compare", args.before.display());
    let recordings = |all: Vec<Told>| all.into_iter().map(|one| one.recording).collect();
    let (a, b): (Vec<Recording>, Vec<Recording>) = (recordings(a), recordings(b));
    if let Some(what) = difference(&a, &b) {
        output::note(&format!("A and B were not asked to do the same: {what} differs"));
    }
    let comparison = Comparison::new(&a, &b, args.judging.confidence);
    let text = if args.json { json::comparison(&comparison) } else { table(&comparison) };
    let written = output::page(&text);
    Ok(match exit(&comparison, &args.judging) {
        Exit::Done => written,
        exit => exit,
    })
}

/// Two sides in one file are no side of a comparison with another.
fn of_one_side(runs: Vec<Told>, path: &Path) -> anyhow::Result<Vec<Told>> {
    let first = runs.first().and_then(|run| run.side.clone());
    let is_one = runs.iter().all(|run| run.side == first);
    anyhow::ensure!(is_one, "{} has runs of two brokers: compare it alone", path.display());
    Ok(runs)
}

/// How the outcome is told to scripts.
pub(super) fn exit(comparison: &Comparison, judging: &Judging) -> Exit {
    if judging.fail_if_worse && comparison.is_worse() {
        output::error_as("gate failed: B is worse than A", Exit::Gate);
        return Exit::Gate;
    }
    Exit::Done
}

/// What the sides were not asked alike.
fn difference(a: &[Recording], b: &[Recording]) -> Option<&'static str> {
    let plan = &a.first()?.report.plan;
    let others = a.iter().chain(b).map(|one| &one.report.plan);
    let differs = |differs: fn(&Plan, &Plan) -> bool, what| {
        others.clone().any(|other| differs(plan, other)).then_some(what)
    };
    differs(|one, other| one.scenario != other.scenario, "the scenario")
        .or_else(|| differs(|one, other| one.clients != other.clients, "the number of clients"))
        .or_else(|| differs(|one, other| one.qos != other.qos, "the quality of service"))
        .or_else(|| differs(|one, other| one.size != other.size, "the size of payloads"))
        .or_else(|| differs(|one, other| one.rate != other.rate, "the rate"))
        .or_else(|| differs(|one, other| one.tls_resume != other.tls_resume, "--tls-resume"))
}

/// The comparison, for people.
pub(super) fn table(comparison: &Comparison) -> String {
    let (of_a, of_b) = comparison.figures;
    let kind = if comparison.is_by_seconds { "slices of one run each" } else { "runs" };
    let percent = comparison.confidence * 100.0;
    let interval = format!("{percent}% interval");
    // Writing to a string cannot fail.
    let mut text = format!("\nA against B: {of_a} and {of_b} {kind}\n\n");
    let _ = writeln!(
        text,
        "{:<7}{:>14}{:>14}{:>9}{:>20}{:>8}",
        "", "A", "B", "change", interval, "chance"
    );
    for row in &comparison.rows {
        text.push_str(&line(row));
    }
    if comparison.rows.is_empty() {
        text.push_str("nothing was measured on both sides\n");
    }
    text
}

/// How runs of one broker differ from each other, for people.
pub(super) fn spread(runs: &[Recording]) -> String {
    // Writing to a string cannot fail.
    let mut text = format!("\n{} runs\n\n", runs.len());
    let _ = writeln!(text, "{:<7}{:>14}{:>14}{:>14}", "", "least", "middle", "most");
    for metric in Metric::ALL {
        if let Some((least, middle, most)) = bench::spread(runs, metric) {
            let figures = [least, middle, most].map(|value| figure(metric, value));
            let [least, middle, most] = figures;
            let _ = writeln!(text, "{:<7}{least:>14}{middle:>14}{most:>14}", metric.name());
        }
    }
    text
}

fn figure(metric: Metric, value: f64) -> String {
    if metric.is_time() {
        let time = Duration::try_from_secs_f64(value / 1e9).unwrap_or_default();
        format!("{}ms", milliseconds(time))
    } else {
        format!("{value:.1}/s")
    }
}

fn line(row: &Row) -> String {
    let percent = |share: f64| format!("{:+.1}%", share * 100.0);
    let interval = format!("{} to {}", percent(row.interval.0), percent(row.interval.1));
    let verdict = match row.verdict {
        Verdict::Better => "B is better",
        Verdict::Worse => "B is worse",
        other => other.name(),
    };
    format!(
        "{:<7}{:>14}{:>14}{:>9}{interval:>20}{:>8.3}  {verdict}\n",
        row.metric.name(),
        figure(row.metric, row.a),
        figure(row.metric, row.b),
        percent(row.change),
        row.p
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_is_a_share_in_percent() {
        assert_eq!(confidence("99%"), Ok(0.99));
        assert_eq!(confidence("50"), Ok(0.5));
        for wrong in ["", "100%", "0.95", "-1", "NaN", "x"] {
            assert!(confidence(wrong).is_err(), "{wrong}");
        }
    }
}
