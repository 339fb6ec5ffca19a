//! `--find-max`: one run after the other, each with another rate.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::measure::Teller;
use super::{failed_gates, json, of_file};
use crate::bench::{Gate, Plan, Report, Scope, Search};
use crate::client::Settings;
use crate::options::{self, Bench, Rate, Resolved};

/// How long each rate is tried, when nothing else is said.
const TRIAL: Duration = Duration::from_secs(5);

/// The rate to begin with, when nothing else is said.
const BEGIN: f64 = 1000.0;

/// What has to hold, when nothing else is said: messages, and the time for 99 of a hundred.
const LATENCY: &str = "p99 > 100ms";
const LOSS: &str = "lost > 0";

/// The share of the rate that has to be reached.
const REACHED: f64 = 0.99;

/// What is searched for.
#[derive(Debug)]
pub(super) struct Searched<'a> {
    /// What was asked for.
    pub(super) asked: &'a Bench,
    /// Where.
    pub(super) resolved: &'a Resolved,
    /// The file of groups, whose rates are changed together.
    pub(super) file: Option<&'a Path>,
    /// The number of the first run.
    pub(super) run: u32,
}

impl Searched<'_> {
    /// The run of one rate; `number` tells its messages from those of the runs before it.
    pub(super) fn plan(&self, rate: f64, number: u32) -> Result<Plan, options::Error> {
        let duration = self.asked.duration.or(Some(TRIAL));
        let run = self.run.wrapping_add(number);
        let mut bench = Bench { duration, ..self.asked.clone() };
        if let Some(path) = self.file {
            return of_file(path, &bench, run, Some(rate));
        }
        bench.rate = Some(Rate::InTotal(rate));
        Plan::new(&bench, self.resolved, run)
    }

    /// The rate to begin with.
    pub(super) fn begin(&self) -> f64 {
        self.asked.rate.map_or(BEGIN, |rate| rate.in_total(self.asked.clients))
    }
}

/// What has to hold.
fn bounds(given: &[Gate], plan: &Plan) -> Vec<Gate> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let scope = Scope::first(plan).map_or("", Scope::name);
    let texts = [format!("{scope}.{LATENCY}"), LOSS.to_owned()];
    let gates = texts.iter().filter_map(|text| text.parse::<Gate>().ok());
    gates.filter(|gate| gate.check(plan, true).is_ok()).collect()
}

/// Why a rate does not hold, in words.
fn failures(bounds: &[Gate], rate: f64, report: &Report) -> Vec<String> {
    let mut failed = failed_gates(bounds, report);
    // Of groups, some send no messages.
    let asked = report.plan.message_rate().unwrap_or(rate);
    // Where messages come late, the rate is that of their coming.
    if !report.plan.scenario.is_late() && report.rate < asked * REACHED {
        failed.push(format!("{:.1}/s were reached", report.rate));
    }
    let refused = report.counts.refused;
    for (count, what) in [(report.unsent, "were due and not sent"), (refused, "were refused")] {
        if count > 0 {
            failed.push(format!("{count} {what}"));
        }
    }
    if let Some(failure) = &report.failure {
        failed.push(failure.to_string());
    }
    failed
}

/// Tries one rate after the other. Gives the report of the highest that held, or of the last, and
/// what failed in it.
pub(super) async fn search(
    searched: &Searched<'_>,
    settings: &Settings,
    teller: &mut Teller<'_>,
) -> anyhow::Result<(Report, Vec<String>)> {
    let job = teller.job;
    let mut search = Search::new(searched.begin());
    let (mut best, mut number) = (None, 0_u32);
    while let Some(rate) = search.next_rate() {
        let mut plan = searched.plan(rate, number)?;
        plan.identities = job.plan.identities.clone();
        plan.broker = job.plan.broker;
        if job.embedded {
            plan.serve_at(&settings.server.address);
        }
        number = number.saturating_add(1);
        let bounds = bounds(&job.gates, &plan);
        let report = teller.trial(number, settings, &plan).await?;
        let seconds = teller.outputs.take_seconds();
        let failed = failures(&bounds, rate, &report);
        teller.lines.put(if job.json {
            json::trial(rate, &report, &failed)
        } else {
            line(rate, &report, &failed)
        });
        let (holds, is_over) = (failed.is_empty(), report.signal.is_some());
        search.tried(rate, holds && !is_over);
        if best.is_none() || holds || is_over {
            best = Some((report, failed, seconds));
        }
        if is_over {
            break;
        }
    }
    let highest = search.highest();
    teller.lines.put(if job.json { json::maximum(highest) } else { words(highest) });
    let (report, failed, seconds) = best.context("no rate was tried")?;
    teller.outputs.keep_seconds(seconds);
    Ok((report, failed))
}

fn words(highest: Option<f64>) -> String {
    highest.map_or_else(
        || "\nNo rate holds\n".to_owned(),
        |rate| format!("\nHighest rate that holds: {rate}/s\n"),
    )
}

fn line(rate: f64, report: &Report, failed: &[String]) -> String {
    let verdict = if failed.is_empty() { "holds" } else { "fails" };
    let mut line = format!("{rate:>12}/s  {verdict}");
    if let Some(scope) = Scope::first(&report.plan) {
        let p99 = scope.of(report).corrected.percentile(99.0).as_secs_f64() * 1000.0;
        // Writing to a string cannot fail.
        let _ = write!(line, "  p99 {p99:.3}ms");
    }
    for why in failed {
        let _ = write!(line, "  {why}");
    }
    line.push('\n');
    line
}
