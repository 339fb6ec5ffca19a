//! What a gate looks at: `p99`, `ack.p99.9`, `tls.max`, `group.sensors.lost`, `broker.memory`.

use super::error::GateError;
use super::figure::{FIGURES, Figure, nanoseconds};
use super::scope::Scope;
use crate::bench::{Cost, Part, Report};
use crate::client::Latencies;

/// What it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Of {
    /// Nothing was said: from end to end, or the whole run.
    Run,
    Scope(Scope),
    /// From when it did happen.
    Uncorrected(Scope),
    Tcp,
    Tls,
    Connack,
    /// From a request to its answer.
    Request,
    /// How much later than they were due messages were sent.
    Late,
    /// This process.
    Own,
    Broker,
    Group(String),
    Phase(String),
}

/// A statistic of times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    Mean,
    /// 0 for the least, 100 for the greatest.
    Percentile(f64),
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    Time(Statistic),
    Figure(Figure),
}

/// What a gate looks at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metric {
    pub(super) of: Of,
    pub(super) what: What,
}

const STATISTICS: &[(&str, Statistic)] = &[
    ("min", Statistic::Percentile(0.0)),
    ("mean", Statistic::Mean),
    ("p50", Statistic::Percentile(50.0)),
    ("p90", Statistic::Percentile(90.0)),
    ("p95", Statistic::Percentile(95.0)),
    ("p99", Statistic::Percentile(99.0)),
    ("p99.9", Statistic::Percentile(99.9)),
    ("p99.99", Statistic::Percentile(99.99)),
    ("max", Statistic::Percentile(100.0)),
];

impl Statistic {
    /// In nanoseconds.
    pub(super) fn of(self, latencies: &Latencies) -> f64 {
        nanoseconds(match self {
            Self::Mean => latencies.mean(),
            Self::Percentile(percent) => latencies.percentile(percent),
        })
    }
}

impl std::str::FromStr for Metric {
    type Err = GateError;

    fn from_str(name: &str) -> Result<Self, GateError> {
        // A percentile has a dot of its own, and the name of a group any.
        let scope_of = |known: &str| {
            let rest = name.strip_suffix(known)?;
            if rest.is_empty() { Some("") } else { rest.strip_suffix('.') }
        };
        let times = STATISTICS.iter().map(|(known, one)| (*known, What::Time(*one)));
        let figures = FIGURES.iter().map(|(known, one)| (*known, What::Figure(*one)));
        let found = times
            .chain(figures)
            .find_map(|(known, what)| scope_of(known).map(|scope| (scope, known, what)));
        let (scope, known, what) = found.ok_or_else(|| GateError::Metric(name.to_owned()))?;
        let of = of(scope).ok_or_else(|| GateError::Scope(scope.to_owned()))?;
        let fits = match (&of, what) {
            (Of::Own | Of::Broker, What::Figure(figure)) => figure.is_of_process(),
            (Of::Own | Of::Broker, What::Time(_)) => false,
            (Of::Run, What::Figure(figure)) if figure.is_of_process() => {
                return Err(GateError::OfWhom(figure.name()));
            }
            (_, What::Time(_)) | (Of::Run, _) => true,
            (Of::Group(_) | Of::Phase(_), What::Figure(figure)) => figure.is_of_part(),
            (Of::Tls, What::Figure(figure)) => figure == Figure::Resumed,
            (Of::Scope(Scope::EndToEnd), What::Figure(figure)) => !figure.is_of_process(),
            (_, What::Figure(figure)) if figure.is_of_process() => false,
            _ => {
                let (metric, scope) = (known.to_owned(), format!("{scope}."));
                return Err(GateError::ScopeOfFigure { metric, scope });
            }
        };
        if !fits {
            return Err(GateError::NotOf { metric: known, scope: scope.to_owned() });
        }
        Ok(Self { of, what })
    }
}

fn of(scope: &str) -> Option<Of> {
    let timed = |name: &str| Scope::ALL.into_iter().find(|one| one.name() == name);
    Some(match scope {
        "" => Of::Run,
        "tcp" => Of::Tcp,
        "tls" => Of::Tls,
        "connack" => Of::Connack,
        "request" => Of::Request,
        "late" => Of::Late,
        "own" => Of::Own,
        "broker" => Of::Broker,
        "uncorrected" => Of::Uncorrected(Scope::EndToEnd),
        _ => match scope.split_once('.') {
            Some(("group", name)) => Of::Group(name.to_owned()),
            Some(("phase", name)) => Of::Phase(name.to_owned()),
            Some((name, "uncorrected")) => Of::Uncorrected(timed(name)?),
            _ => Of::Scope(timed(scope)?),
        },
    })
}

impl Of {
    /// The times of it; `None` where it has none.
    pub(super) fn times<'a>(&self, report: &'a Report) -> Option<&'a Latencies> {
        Some(match self {
            Self::Run | Self::Request => &report.e2e.corrected,
            Self::Scope(scope) => &scope.of(report).corrected,
            Self::Uncorrected(scope) => scope.of(report).uncorrected(),
            Self::Tcp => &report.steps.tcp,
            Self::Tls => &report.steps.tls,
            Self::Connack => &report.steps.connack,
            Self::Late => &report.late,
            Self::Own | Self::Broker => return None,
            Self::Group(_) | Self::Phase(_) => &self.part(report)?.e2e,
        })
    }

    /// The group or the phase that it is.
    pub(super) fn part<'a>(&self, report: &'a Report) -> Option<&'a Part> {
        let (parts, name) = match self {
            Self::Group(name) => (&report.groups, name),
            Self::Phase(name) => (&report.phases, name),
            _ => return None,
        };
        parts.iter().find(|part| part.name == *name)
    }

    /// The process that it is.
    pub(super) fn process<'a>(&self, report: &'a Report) -> Option<&'a Cost> {
        match self {
            Self::Own => Some(&report.own),
            Self::Broker => report.broker.as_ref(),
            _ => None,
        }
    }
}
