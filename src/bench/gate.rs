//! What a run must not come to: `p99 > 20ms`, `lost > 0`, `ack.p99.9 >= 5ms`, `rate < 95%`.

mod comparison;
mod error;
mod figure;
mod metric;
mod scope;

use std::fmt;

use self::comparison::{COMPARISONS, Comparison};
pub use self::error::GateError;
use self::figure::{Figure, Kind};
use self::metric::{Metric, Of, What};
pub use self::scope::Scope;
use super::{Plan, Report, approximate};
use crate::options::Scenario;

/// Nanoseconds of the units of time.
const TIMES: &[(&str, f64)] =
    &[("ns", 1.0), ("us", 1e3), ("\u{b5}s", 1e3), ("ms", 1e6), ("s", 1e9)];

/// Bytes of the units of memory.
const BYTES: &[(&str, f64)] = &[
    ("", 1.0),
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// A condition that makes a run fail when it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    metric: Metric,
    comparison: Comparison,
    /// Nanoseconds, a count, a rate a second, bytes, or percent.
    limit: f64,
    /// The limit is a share of what was asked for.
    is_share: bool,
}

/// As it was written.
impl fmt::Display for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::str::FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let at = text.find(['<', '>', '=', '!']).ok_or(GateError::NoComparison)?;
        let (left, right) = text.split_at_checked(at).ok_or(GateError::NoComparison)?;
        let found = COMPARISONS
            .iter()
            .find_map(|(sign, one)| right.strip_prefix(sign).map(|value| (*one, value.trim())));
        let single = right.starts_with('=');
        let (comparison, value) =
            found.ok_or(if single { GateError::SingleEqual } else { GateError::NoComparison })?;
        let name = left.trim();
        let metric: Metric = name.parse()?;
        let (limit, is_share) = limit(name, metric.what, value)?;
        Ok(Self { text: text.trim().to_owned(), metric, comparison, limit, is_share })
    }
}

fn limit(name: &str, what: What, value: &str) -> Result<(f64, bool), GateError> {
    let wrong = || GateError::Value(value.to_owned());
    let end = value.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
    let (digits, unit) = value.split_at_checked(end.unwrap_or(value.len())).ok_or_else(wrong)?;
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let unit = unit.trim();
    let other = |wanted| GateError::Unit { unit: unit.to_owned(), metric: name.to_owned(), wanted };
    let of = |units: &[(&str, f64)], wanted| {
        let (_, one) = units.iter().find(|(name, _)| *name == unit).ok_or_else(|| other(wanted))?;
        Ok((number * one, false))
    };
    let kind = match what {
        What::Time(_) => Kind::Time,
        What::Figure(figure) => figure.kind(),
    };
    match (kind, unit, what) {
        (Kind::Time, "", _) if number == 0.0 => Ok((0.0, false)),
        (Kind::Time, "", _) => Err(GateError::NoUnit(value.to_owned())),
        (Kind::Time, ..) => of(TIMES, "ns, us, ms or s"),
        (Kind::Bytes, ..) => of(BYTES, "B, kB, MB, GB, KiB, MiB or GiB"),
        (Kind::Share, "%", _) | (Kind::Rate | Kind::Count, "", _) | (Kind::Rate, "/s", _) => {
            Ok((number, false))
        }
        (Kind::Share, ..) => Err(other("%, of one processor")),
        (_, "%", What::Figure(figure)) if !figure.has_share() => {
            Err(GateError::NoShare(figure.name()))
        }
        (_, "%", _) => Ok((number, true)),
        (Kind::Rate, ..) => Err(other("/s, or % of --rate")),
        (Kind::Count, ..) => Err(other("none, or %")),
    }
}

/// What a run can be judged by, beside what it does.
#[derive(Debug)]
struct Known<'a> {
    plan: &'a Plan,
    /// The broker's process.
    broker: bool,
    groups: Vec<&'a str>,
    phases: Vec<&'a str>,
}

impl Gate {
    /// Whether such a run can be judged by it; `broker` when the process of its broker is known.
    pub fn check(&self, plan: &Plan, broker: bool) -> Result<(), GateError> {
        let groups = plan.lanes.iter().map(|lane| lane.name.as_str());
        let groups = groups.filter(|_| plan.lanes.len() > 1).collect();
        let phases = plan.phases.iter().map(|phase| phase.name.as_str()).collect();
        self.check_against(&Known { plan, broker, groups, phases })
    }

    /// Whether a run that is over can be judged by it.
    pub fn check_report(&self, report: &Report) -> Result<(), GateError> {
        let groups = report.groups.iter().map(|part| part.name.as_str()).collect();
        let phases = report.phases.iter().map(|part| part.name.as_str()).collect();
        let broker = report.broker.is_some();
        self.check_against(&Known { plan: &report.plan, broker, groups, phases })
    }

    fn check_against(&self, known: &Known<'_>) -> Result<(), GateError> {
        let part = |kind, name: &str, names: &[&str]| {
            if names.contains(&name) {
                return Ok(());
            }
            let known = if names.is_empty() {
                "a file of --scenario can have some".to_owned()
            } else {
                format!("there are {}", names.join(", "))
            };
            Err(GateError::NoPart { kind, name: name.to_owned(), known })
        };
        let plan = known.plan;
        match (&self.metric.of, self.metric.what) {
            (Of::Group(name), _) => part("group", name, &known.groups),
            (Of::Phase(name), _) => part("phase", name, &known.phases),
            (Of::Broker, _) if !known.broker => Err(GateError::NoBroker),
            (Of::Late, _) if !(plan.is_open() && plan.scenario.publishes()) => {
                Err(GateError::NeverLate)
            }
            (Of::Run, What::Time(_)) => is_measured(Scope::EndToEnd, plan),
            (Of::Scope(scope) | Of::Uncorrected(scope), What::Time(_)) => is_measured(*scope, plan),
            (Of::Request, _) if !matches!(plan.scenario, Scenario::Request | Scenario::Mixed) => {
                Err(not_measured("request", plan))
            }
            (_, What::Figure(Figure::Rate)) if self.is_share && !plan.is_open() => {
                Err(GateError::ShareOfNothing)
            }
            (_, What::Figure(figure)) if figure.needs_ledger() && !plan.scenario.comes_back() => {
                let (metric, scenario) = (figure.name(), plan.scenario.name());
                Err(GateError::NotCounted { metric, scenario })
            }
            _ => Ok(()),
        }
    }

    /// Why the run fails by it, in words; `None` when it does not. What was not measured at all
    /// fails: nobody can say that it was good.
    pub fn judge(&self, report: &Report) -> Option<String> {
        let Some(found) = self.found(report) else {
            return Some("nothing was measured".to_owned());
        };
        if !self.comparison.holds(found, self.limit) {
            return None;
        }
        let kind = match self.metric.what {
            What::Time(_) => Kind::Time,
            What::Figure(figure) => figure.kind(),
        };
        Some(match kind {
            Kind::Time => format!("it is {:.3}ms", found / 1e6),
            Kind::Share => format!("it is {found:.1}%"),
            Kind::Bytes => format!("it is {:.1}MiB", found / 1_048_576.0),
            _ if self.is_share => format!("it is {found:.3}%"),
            Kind::Rate => format!("it is {found:.1}/s"),
            Kind::Count => format!("it is {found:.0}"),
        })
    }

    /// What it looks at; `None` where that was not measured.
    fn found(&self, report: &Report) -> Option<f64> {
        let (of, share) = match (&self.metric.of, self.metric.what) {
            (of, What::Time(statistic)) => {
                let times = of.times(report).filter(|times| times.count() > 0)?;
                return Some(statistic.of(times));
            }
            (of @ (Of::Own | Of::Broker), What::Figure(figure)) => {
                return figure.of_process(of.process(report)?, report);
            }
            (of @ (Of::Group(_) | Of::Phase(_)), What::Figure(figure)) => {
                let part = of.part(report)?;
                let count = match figure {
                    Figure::Lost => part.lost(),
                    Figure::Published => part.published,
                    _ => part.received,
                };
                (approximate(count), approximate(part.expected))
            }
            (Of::Run | Of::Scope(_) | Of::Tls, What::Figure(figure)) => figure.of_run(report),
            (_, What::Figure(_)) => return None,
        };
        let percent = if share > 0.0 { of * 100.0 / share } else { 0.0 };
        Some(if self.is_share { percent } else { of })
    }
}

fn is_measured(scope: Scope, plan: &Plan) -> Result<(), GateError> {
    if scope.is_measured(plan) { Ok(()) } else { Err(not_measured(scope.name(), plan)) }
}

fn not_measured(scope: &'static str, plan: &Plan) -> GateError {
    let others = Scope::ALL.into_iter().filter(|one| one.is_measured(plan));
    let others = others.map(Scope::name).collect::<Vec<_>>().join(", ");
    let (scenario, qos) = (plan.scenario.name(), plan.qos as u8);
    GateError::NotMeasured { scope, scenario, qos, others }
}

#[cfg(test)]
mod tests;
