//! `mq bench merge`: the parts of a run that several machines shared, as one.

use std::path::PathBuf;

use anyhow::Context as _;

use super::read::{Told, read};
use super::{gate, json, summary};
use crate::bench::{self, Gate};
use crate::cli::exit::{Exit, of_bench};
use crate::cli::manual::Manual;
use crate::cli::output;
use crate::cli::telling::Telling;
use crate::options::Share;

/// The manual page, beside the options.
pub(in crate::cli) const MANUAL: Manual = Manual {
    examples: "\
mq bench -h broker --index 0 --of 3 --json > 0.json   and 1 and 2 on other machines
mq bench merge 0.json 1.json 2.json
mq bench merge --json --fail-if 'p99 > 20ms' *.json > all.json
",
    notes: "\
Counts and histograms are added exactly: percentiles are those of all messages of all parts, not \
means of percentiles, for the whole run as for each second, group and phase. Rates are added; \
memory, too; of shares of a processor the greatest is kept.",
    exit_status: "\
0 | Done.
1 | A file cannot be read, is no report, or is of another run; or the sum cannot be written.
2 | Usage: a gate that the run cannot be judged by.
6 | A gate of --fail-if holds.
",
    environment: "none | No variable is read.",
    files: "FILE | Lines of JSON, as mq bench --json writes them.",
    tool: None,
};

/// Parts that are told to be missing, at most: after so many the point is made.
const PARTS_TOLD: usize = 10;

/// Add up the parts of a run that several machines shared
#[derive(Debug, clap::Parser)]
#[command(name = "mq bench-merge", disable_help_flag = true, disable_version_flag = true)]
pub(in crate::cli) struct Args {
    /// What `mq bench --json` wrote, one file a part
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// End with exit code 6 when this holds of the whole; may come many times
    #[arg(long, value_name = "GATE", value_parser = gate)]
    fail_if: Vec<Gate>,
    /// Print objects of JSON: one a second, and the report
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Adds up files.
#[expect(clippy::needless_pass_by_value, reason = "the shape that commands have")]
pub(in crate::cli) fn run(args: Args) -> anyhow::Result<Exit> {
    let mut parts: Vec<Told> = Vec::new();
    for file in &args.files {
        let mut found = read(file)?;
        anyhow::ensure!(found.len() == 1, "{} has {} reports", file.display(), found.len());
        parts.append(&mut found);
    }
    let broker = parts.first().map(|part| part.broker.clone()).unwrap_or_default();
    for missing in missing(&parts) {
        output::note(&missing);
    }
    let whole = bench::merge(parts.into_iter().map(|part| part.recording).collect())
        .context("cannot merge")?;
    let report = &whole.report;
    for gate in &args.fail_if {
        if let Err(why) = gate.check_report(report) {
            output::error_as(&format!("--fail-if {gate:?}: {why}"), Exit::Usage);
            return Ok(Exit::Usage);
        }
    }
    let failed = super::failed_gates(&args.fail_if, report);
    let warnings = summary::warnings(report);
    let written = if args.json {
        let seconds = whole.seconds.iter().map(|one| json::second(one, json::Mark::default()));
        let mut text: String = seconds.collect();
        text.push_str(&json::report(report, &broker, &failed, &warnings, json::Mark::default()));
        output::page(&text)
    } else {
        output::page(&summary::report(report, &broker))
    };
    for warning in &warnings {
        output::note(warning);
    }
    super::tell_gates(&failed);
    Ok(match of_bench(report, !failed.is_empty()) {
        Exit::Done => written,
        exit => exit,
    })
}

/// What is missing or there twice, where the parts say which they are.
fn missing(parts: &[Told]) -> Vec<String> {
    let known: Option<Vec<Share>> =
        parts.iter().map(|one| one.recording.report.plan.share).collect();
    let (Some(known), Some(of)) =
        (known, parts.first().and_then(|one| one.recording.report.plan.share))
    else {
        return Vec::new();
    };
    let times = |index: u32| known.iter().filter(|part| part.index == index).count();
    let word = |index: u32| match times(index) {
        0 => Some(format!("part {index} of {} is missing", of.of)),
        1 => None,
        _ => Some(format!("part {index} of {} is there twice", of.of)),
    };
    (0..of.of).filter_map(word).take(PARTS_TOLD).collect()
}
