//! The runs: one, or several of two brokers in turn, and what is told of them.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::compare::{self, table};
use super::json::{self, Mark};
use super::live::Live;
use super::outputs::{Outputs, Wanted};
use super::search::{Searched, search};
use super::{Several, failed_gates, summary, tell_gates};
use crate::bench::{self, Comparison, Gate, Meeting, Offset, Plan, Recording, Report, Second};
use crate::cli::exit::{Exit, of_bench};
use crate::cli::output;
use crate::client::Settings;
use crate::net::{Address, clock};
use crate::options::Scenario;
use crate::process::Server;

/// All that is to be done.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// The clients of one broker, or of two.
    pub(super) sides: Vec<Settings>,
    pub(super) plan: Plan,
    /// The highest rate is searched for.
    pub(super) search: Option<Searched<'a>>,
    pub(super) gates: Vec<Gate>,
    pub(super) json: bool,
    pub(super) embedded: bool,
    pub(super) several: Several,
    pub(super) figures: Wanted,
}

/// Names of the sides.
const SIDES: [char; 2] = ['A', 'B'];

/// Does it.
pub(super) async fn measure(mut job: Job<'_>) -> anyhow::Result<Exit> {
    let broker = if job.embedded {
        let program = std::env::current_exe().context("cannot find this program")?;
        let arguments =
            ["broker", "--port", "0", "--bind", "127.0.0.1", "--quiet", "--until-stdin-ends"];
        let (broker, line) = Server::start(program.as_os_str(), &arguments).await?;
        let address =
            address(&line).with_context(|| format!("mq broker says that it serves at {line:?}"))?;
        job.plan.broker = broker.id();
        job.plan.serve_at(&address);
        if let Some(first) = job.sides.first_mut() {
            first.server.address = address;
        }
        Some(broker)
    } else {
        None
    };
    let is_one = job.several.repeat.is_none() && job.sides.len() == 1;
    let outputs = Outputs::open(&job.figures, !is_one).await?;
    let lines = output::Lines::start().context("cannot write to standard output")?;
    let draws = is_one && !job.json && job.search.is_none();
    let live = (draws && output::may_draw()).then(Live::default);
    let (mark, is_quiet) = (Mark::default(), job.search.is_some());
    let mut teller = Teller { job: &job, lines, live, outputs, mark, is_quiet };
    let outcome = if is_one { once(&mut teller).await } else { in_turn(&mut teller).await };
    if let Some(broker) = broker {
        broker.stop().await;
    }
    match outcome {
        Ok(Outcome::One(report, failed)) => Ok(teller.end_of_one(&report, &failed)),
        Ok(Outcome::Several(runs)) => Ok(teller.end_of_several(runs)),
        Err(error) => Err(error),
    }
}

/// What came of it.
enum Outcome {
    /// The report, and the gates that failed.
    One(Box<Report>, Vec<String>),
    Several(Vec<(usize, Recording)>),
}

async fn once(teller: &mut Teller<'_>) -> anyhow::Result<Outcome> {
    let job = teller.job;
    let settings = job.sides.first().context("there is no broker")?;
    if let Some(searched) = &job.search {
        let (report, failed) = search(searched, settings, teller).await?;
        return Ok(Outcome::One(Box::new(report), failed));
    }
    let report = teller.run(settings, &job.plan).await?;
    let failed = failed_gates(&job.gates, &report);
    Ok(Outcome::One(Box::new(report), failed))
}

/// A, B, A, B: what changes with the time changes for both.
async fn in_turn(teller: &mut Teller<'_>) -> anyhow::Result<Outcome> {
    let job = teller.job;
    let mut runs = Vec::new();
    for round in 1..=job.several.repeat.unwrap_or(1) {
        for ((side, settings), name) in job.sides.iter().enumerate().zip(SIDES) {
            teller.mark = Mark { run: Some((name, round)), trial: None };
            teller.outputs.begin(Some(&teller.mark.word()))?;
            let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
            // Another number: what is left of an earlier run is not taken for this one's.
            let mut plan = job.plan.again(number);
            plan.broker = job.plan.broker.filter(|_| side == 0);
            let report = teller.run(settings, &plan).await?;
            teller.tell_run(&report, settings);
            let ends = report.signal.is_some() || report.failure.is_some();
            runs.push((side, Recording { report, seconds: teller.outputs.take_seconds() }));
            if ends {
                return Ok(Outcome::Several(runs));
            }
        }
    }
    Ok(Outcome::Several(runs))
}

/// Who tells of the runs, wherever it is to be told.
pub(super) struct Teller<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) lines: output::Lines,
    live: Option<Live>,
    pub(super) outputs: Outputs,
    mark: Mark,
    /// Seconds go to files alone.
    is_quiet: bool,
}

impl Teller<'_> {
    async fn run(&mut self, settings: &Settings, plan: &Plan) -> anyhow::Result<Report> {
        let Some((share, start)) = plan.share.zip(plan.start) else {
            wait_to_connect(plan).await;
            return self.run_alone(settings, plan).await;
        };
        let meeting = Meeting { share, start };
        if share.index == 0 {
            let answering = async {
                bench::answer(settings, &meeting).await;
                std::future::pending().await
            };
            return tokio::select! {
                biased;
                outcome = async {
                    wait_to_connect(plan).await;
                    self.run_alone(settings, plan).await
                } => outcome,
                never = answering => never,
            };
        }
        let offset = bench::ask(settings, &meeting).await?;
        match offset {
            Some(offset) => output::note(&summary::offset(&offset)),
            None => output::note(
                "part 0 did not answer: nobody knows how far the clocks are apart, and this part \
                 starts by its own",
            ),
        }
        let start = offset.and_then(|offset| by_own_clock(start, &offset)).unwrap_or(start);
        let mut plan = plan.clone();
        plan.start = Some(start);
        wait_to_connect(&plan).await;
        let report = self.run_alone(settings, &plan).await?;
        Ok(Report { offset, ..report })
    }

    /// One of several runs that are told in a line each.
    pub(super) async fn trial(
        &mut self,
        number: u32,
        settings: &Settings,
        plan: &Plan,
    ) -> anyhow::Result<Report> {
        self.mark = Mark { run: None, trial: Some(number) };
        self.run_alone(settings, plan).await
    }

    async fn run_alone(&mut self, settings: &Settings, plan: &Plan) -> anyhow::Result<Report> {
        let mut tell = |second: &Second| self.second(second, plan);
        let outcome = bench::run(settings, plan, &mut tell, &output::notice).await;
        if let Some(live) = &mut self.live {
            self.lines.put(live.cleared());
        }
        of_client(outcome)
    }

    fn second(&mut self, second: &Second, plan: &Plan) {
        self.outputs.second(second, plan, &self.mark.word());
        if self.is_quiet {
            return;
        }
        self.lines.put(match &mut self.live {
            Some(live) => live.draw(second, plan, output::columns()),
            None if self.job.json => json::second(second, self.mark),
            None => summary::second(second, plan),
        });
    }

    /// One of several runs is over.
    fn tell_run(&mut self, report: &Report, settings: &Settings) {
        let broker = settings.server.route().to_string();
        let failed = failed_gates(&self.job.gates, report);
        let warnings = summary::warnings(report);
        self.lines.put(if self.job.json {
            json::report(report, &broker, &failed, &warnings, self.mark)
        } else {
            format!("{}\n", summary::line(report, &self.mark.word(), &broker))
        });
        self.outputs.run_is_over(report, &broker, &warnings);
        for warning in &warnings {
            output::note(&format!("{}: {warning}", self.mark.word()));
        }
        tell_gates(&failed);
    }

    /// The report, on standard output if that can be had, and what is to be known of it.
    fn end_of_one(mut self, report: &Report, failed: &[String]) -> Exit {
        let job = self.job;
        let settings = job.sides.first();
        let broker = settings.map(|one| one.server.route().to_string()).unwrap_or_default();
        let warnings = summary::warnings(report);
        let text = || summary::report(report, &broker);
        self.lines.put(if job.json {
            json::report(report, &broker, failed, &warnings, self.mark)
        } else {
            text()
        });
        let is_lost = finish(self.lines, text);
        self.outputs.run_is_over(report, &broker, &warnings);
        let is_cut = self.outputs.end();
        for warning in &warnings {
            output::note(warning);
        }
        if let Some(failure) = report.failure.as_ref().filter(|_| report.signal.is_none()) {
            output::client_failure(failure);
        }
        tell_gates(failed);
        match of_bench(report, !failed.is_empty()) {
            Exit::Done if is_lost || is_cut => Exit::Failed,
            exit => exit,
        }
    }

    /// How the runs differ.
    fn end_of_several(self, runs: Vec<(usize, Recording)>) -> Exit {
        let job = self.job;
        let exits: Vec<Exit> = runs
            .iter()
            .map(|(_, run)| {
                of_bench(&run.report, !failed_gates(&job.gates, &run.report).is_empty())
            })
            .collect();
        if let Some(last) = runs.last().map(|(_, run)| &run.report)
            && let Some(failure) = last.failure.as_ref().filter(|_| last.signal.is_none())
        {
            output::client_failure(failure);
        }
        let (a, b): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(side, _)| *side == 0);
        let recordings = |runs: Vec<(usize, Recording)>| runs.into_iter().map(|(_, run)| run);
        let (a, b): (Vec<_>, Vec<_>) = (recordings(a).collect(), recordings(b).collect());
        let confidence = job.several.judging.confidence;
        let comparison = (!b.is_empty()).then(|| Comparison::new(&a, &b, confidence));
        let text = || match &comparison {
            Some(comparison) => table(comparison),
            None => compare::spread(&a),
        };
        match &comparison {
            Some(comparison) if job.json => self.lines.put(json::comparison(comparison)),
            None if job.json => {}
            _ => self.lines.put(text()),
        }
        let is_lost = finish(self.lines, text);
        let is_cut = self.outputs.end();
        let judged = comparison.map_or(Exit::Done, |one| compare::exit(&one, &job.several.judging));
        // The first run that did not end well says how all did.
        let exit = exits.into_iter().find(|exit| *exit != Exit::Done).unwrap_or(judged);
        if exit == Exit::Done && (is_lost || is_cut) { Exit::Failed } else { exit }
    }
}

/// An error of a client is told as its own.
pub(super) fn of_client(outcome: Result<Report, bench::Error>) -> anyhow::Result<Report> {
    outcome.map_err(|error| match error {
        bench::Error::Client(error) => anyhow::Error::new(error),
        other => other.into(),
    })
}

/// Waits until all is written to standard output; where that fails, the report goes to standard
/// error. Whether it failed.
fn finish(lines: output::Lines, text: impl Fn() -> String) -> bool {
    let Err(error) = lines.finish() else { return false };
    output::aside(&text());
    output::error(&format!("cannot write to standard output: {error}"));
    true
}

/// Where connecting is what is measured, nobody connects before the start.
async fn wait_to_connect(plan: &Plan) {
    let left = plan.start.and_then(|start| start.duration_since(clock::wall()).ok());
    if let Some(left) = left.filter(|_| plan.scenario == Scenario::Connect) {
        tokio::time::sleep(left).await;
    }
}

/// The moment that part 0 calls so.
fn by_own_clock(start: SystemTime, offset: &Offset) -> Option<SystemTime> {
    let ahead = Duration::from_nanos(offset.ahead.unsigned_abs());
    if offset.ahead < 0 { start.checked_add(ahead) } else { start.checked_sub(ahead) }
}

/// Where the line says that the broker serves.
fn address(line: &str) -> Option<Address> {
    let (host, port) = line.strip_prefix("mqtt://")?.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']).to_owned();
    Some(Address::Tcp { host, port: port.parse().ok()? })
}
