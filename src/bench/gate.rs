//! What a run must not come to: `p99 > 20ms`, `lost > 0`, `ack.p99.9 >= 5ms`, `rate < 95%`.

use std::fmt;

use super::tally::Measured;
use super::{Plan, Report, approximate};
use crate::client::Latencies;
use crate::codec::Qos;

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From publishing to receiving.
    EndToEnd,
    /// From publishing to the acknowledgement.
    Ack,
    /// From dialling to CONNACK.
    Connect,
    /// From SUBSCRIBE to SUBACK.
    Subscribe,
}

impl Scope {
    /// All, in the order of reports.
    pub const ALL: [Self; 4] = [Self::EndToEnd, Self::Ack, Self::Connect, Self::Subscribe];

    /// The name in gates and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndToEnd => "e2e",
            Self::Ack => "ack",
            Self::Connect => "connect",
            Self::Subscribe => "subscribe",
        }
    }

    /// Whether such a run measures it.
    pub fn is_measured(self, plan: &Plan) -> bool {
        match self {
            Self::EndToEnd => plan.scenario.comes_back(),
            Self::Ack => plan.scenario.publishes() && plan.qos != Qos::AtMostOnce,
            Self::Connect => true,
            Self::Subscribe => plan.scenario.subscribes(),
        }
    }

    /// What such a run measures in the first place.
    pub fn first(plan: &Plan) -> Option<Self> {
        match plan.scenario {
            scenario if scenario.only_connects() => Some(Self::Connect),
            _ => [Self::EndToEnd, Self::Ack].into_iter().find(|one| one.is_measured(plan)),
        }
    }

    /// What was measured of it.
    pub const fn of(self, report: &Report) -> &Measured {
        match self {
            Self::EndToEnd => &report.e2e,
            Self::Ack => &report.ack,
            Self::Connect => &report.connect,
            Self::Subscribe => &report.subscribe,
        }
    }
}

/// A statistic of times.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Statistic {
    Mean,
    /// 0 for the least, 100 for the greatest.
    Percentile(f64),
}

impl Statistic {
    /// In nanoseconds.
    fn of(self, latencies: &Latencies) -> f64 {
        let time = match self {
            Self::Mean => latencies.mean(),
            Self::Percentile(percent) => latencies.percentile(percent),
        };
        time.as_secs_f64() * 1e9
    }
}

/// A figure that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Lost,
    Duplicate,
    Reordered,
    Corrupt,
    Errors,
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Metric {
    Time(Scope, Statistic),
    Figure(Figure),
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

const FIGURES: &[(&str, Figure)] = &[
    ("lost", Figure::Lost),
    ("duplicate", Figure::Duplicate),
    ("reordered", Figure::Reordered),
    ("corrupt", Figure::Corrupt),
    ("errors", Figure::Errors),
    ("rate", Figure::Rate),
];

/// Nanoseconds of the units of time.
const TIMES: &[(&str, f64)] =
    &[("ns", 1.0), ("us", 1e3), ("\u{b5}s", 1e3), ("ms", 1e6), ("s", 1e9)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    Unequal,
    AtLeast,
    More,
}

/// The longer ones first: one is the beginning of another.
const COMPARISONS: &[(&str, Comparison)] = &[
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

impl Comparison {
    fn holds(self, found: f64, limit: f64) -> bool {
        let order = found.total_cmp(&limit);
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

/// Why a text is no gate, or none for such a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Nothing is compared.
    #[error("it has no comparison: a gate looks like p99 > 20ms, with <, <=, >, >=, == or !=")]
    NoComparison,
    /// `=` alone.
    #[error("= is no comparison: write == or >=")]
    SingleEqual,
    /// Not a metric.
    #[error(
        "{0:?} is no metric: use min, mean, p50, p90, p95, p99, p99.9, p99.99, max, lost, \
         duplicate, reordered, corrupt, errors or rate"
    )]
    Metric(String),
    /// Not a scope.
    #[error("{0:?} is no scope: use e2e, ack, connect or subscribe")]
    Scope(String),
    /// Counts have none.
    #[error("{metric} is counted for the whole run: leave out {scope:?}")]
    ScopeOfFigure {
        /// The metric.
        metric: String,
        /// The scope.
        scope: String,
    },
    /// Not a number.
    #[error("{0:?} is no value: a number from 0 on, and its unit")]
    Value(String),
    /// A time without one.
    #[error("the value {0} has no unit: ns, us, ms or s")]
    NoUnit(String),
    /// Not a unit of this metric.
    #[error("{unit:?} is no unit of {metric}: {wanted}")]
    Unit {
        /// The unit.
        unit: String,
        /// The metric.
        metric: String,
        /// What would be one.
        wanted: &'static str,
    },
    /// A share of nothing.
    #[error("a share of the rate needs --rate to be a share of")]
    ShareOfNothing,
    /// The scenario has no such times.
    #[error(
        "nothing measures {scope} in the scenario {scenario} at QoS {qos}: use one of {others}"
    )]
    NotMeasured {
        /// The scope.
        scope: &'static str,
        /// The scenario.
        scenario: &'static str,
        /// Its quality of service.
        qos: u8,
        /// The scopes that are measured.
        others: String,
    },
    /// The scenario counts nothing of the kind.
    #[error("the scenario {scenario} does not see which messages come, and counts no {metric}")]
    NotCounted {
        /// The metric.
        metric: &'static str,
        /// The scenario.
        scenario: &'static str,
    },
}

/// A condition that makes a run fail when it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    metric: Metric,
    comparison: Comparison,
    /// Nanoseconds, a count, a rate a second, or percent.
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
        let metric = metric(name)?;
        let (limit, is_share) = limit(name, metric, value)?;
        Ok(Self { text: text.trim().to_owned(), metric, comparison, limit, is_share })
    }
}

fn metric(name: &str) -> Result<Metric, GateError> {
    let unknown = || GateError::Metric(name.to_owned());
    // A percentile has a dot of its own.
    let (scope, rest) = match name.split_once('.') {
        Some((scope, rest)) if !STATISTICS.iter().any(|(known, _)| *known == name) => {
            (Some(scope), rest)
        }
        _ => (None, name),
    };
    let known = scope.map(|scope| {
        let found = Scope::ALL.into_iter().find(|one| one.name() == scope);
        found.ok_or_else(|| GateError::Scope(scope.to_owned()))
    });
    if let Some((_, statistic)) = STATISTICS.iter().find(|(known, _)| *known == rest) {
        return Ok(Metric::Time(known.transpose()?.unwrap_or(Scope::EndToEnd), *statistic));
    }
    let (_, figure) = FIGURES.iter().find(|(known, _)| *known == rest).ok_or_else(unknown)?;
    match known.transpose()? {
        None | Some(Scope::EndToEnd) => Ok(Metric::Figure(*figure)),
        Some(scope) => Err(GateError::ScopeOfFigure {
            metric: rest.to_owned(),
            scope: format!("{}.", scope.name()),
        }),
    }
}

fn limit(name: &str, metric: Metric, value: &str) -> Result<(f64, bool), GateError> {
    let wrong = || GateError::Value(value.to_owned());
    let end = value.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
    let (digits, unit) = value.split_at_checked(end.unwrap_or(value.len())).ok_or_else(wrong)?;
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let unit = unit.trim();
    let other = |wanted| GateError::Unit { unit: unit.to_owned(), metric: name.to_owned(), wanted };
    match (metric, unit) {
        (Metric::Time(..), "") if number == 0.0 => Ok((0.0, false)),
        (Metric::Time(..), "") => Err(GateError::NoUnit(value.to_owned())),
        (Metric::Time(..), unit) => {
            let known = TIMES.iter().find(|(name, _)| *name == unit);
            let (_, nanoseconds) = known.ok_or_else(|| other("ns, us, ms or s"))?;
            Ok((number * nanoseconds, false))
        }
        (Metric::Figure(_), "") | (Metric::Figure(Figure::Rate), "/s") => Ok((number, false)),
        (Metric::Figure(_), "%") => Ok((number, true)),
        (Metric::Figure(Figure::Rate), _) => Err(other("/s, or % of --rate")),
        (Metric::Figure(_), _) => Err(other("none, or %")),
    }
}

impl Gate {
    /// Whether such a run can be judged by it.
    pub fn check(&self, plan: &Plan) -> Result<(), GateError> {
        let scenario = plan.scenario.name();
        match self.metric {
            Metric::Time(scope, _) if !scope.is_measured(plan) => {
                let others = Scope::ALL.into_iter().filter(|one| one.is_measured(plan));
                let others = others.map(Scope::name).collect::<Vec<_>>().join(", ");
                let (scope, qos) = (scope.name(), plan.qos as u8);
                Err(GateError::NotMeasured { scope, scenario, qos, others })
            }
            Metric::Figure(Figure::Rate) if self.is_share && !plan.is_open() => {
                Err(GateError::ShareOfNothing)
            }
            Metric::Figure(figure)
                if !matches!(figure, Figure::Rate | Figure::Errors)
                    && !plan.scenario.comes_back() =>
            {
                let metric = FIGURES.iter().find(|(_, one)| *one == figure).map_or("", |one| one.0);
                Err(GateError::NotCounted { metric, scenario })
            }
            _ => Ok(()),
        }
    }

    /// Why the run fails by it, in words; `None` when it does not. What was not measured at all
    /// fails: nobody can say that it was good.
    pub fn judge(&self, report: &Report) -> Option<String> {
        let found = match self.metric {
            Metric::Time(scope, statistic) => {
                let latencies = &scope.of(report).corrected;
                if latencies.count() == 0 {
                    return Some("nothing was measured".to_owned());
                }
                statistic.of(latencies)
            }
            Metric::Figure(figure) => self.figure(figure, report),
        };
        if !self.comparison.holds(found, self.limit) {
            return None;
        }
        Some(match self.metric {
            Metric::Time(..) => format!("it is {:.3}ms", found / 1e6),
            Metric::Figure(_) if self.is_share => format!("it is {found:.3}%"),
            Metric::Figure(Figure::Rate) => format!("it is {found:.1}/s"),
            Metric::Figure(_) => format!("it is {found:.0}"),
        })
    }

    fn figure(&self, figure: Figure, report: &Report) -> f64 {
        let counts = &report.counts;
        let (count, of) = match figure {
            Figure::Lost => (report.lost, report.expected),
            Figure::Duplicate => (counts.duplicate, report.expected),
            Figure::Reordered => (counts.reordered, report.expected),
            Figure::Corrupt => (counts.corrupt, report.expected),
            Figure::Errors => (counts.errors, report.asked()),
            Figure::Rate => {
                let asked = report.plan.rate.filter(|_| self.is_share);
                return asked.map_or(report.rate, |asked| report.rate * 100.0 / asked);
            }
        };
        if self.is_share { Report::percent(count, of) } else { approximate(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::plan;
    use super::*;
    use crate::options::Scenario;

    fn gate(text: &str) -> Result<Gate, String> {
        text.parse().map_err(|error: GateError| error.to_string())
    }

    #[test]
    fn gates_are_read_with_scope_and_unit() {
        let parts = |text| {
            let Gate { metric, comparison, limit, is_share, .. } = gate(text).unwrap();
            (metric, comparison, limit, is_share)
        };
        let p = Statistic::Percentile;
        for (text, scope, statistic, comparison, limit) in [
            ("p99 > 20ms", Scope::EndToEnd, p(99.0), Comparison::More, 2e7),
            ("p99.9>=1.5s", Scope::EndToEnd, p(99.9), Comparison::AtLeast, 1.5e9),
            ("ack.p99.99 > 5 us", Scope::Ack, p(99.99), Comparison::More, 5e3),
            ("connect.max<=7ns", Scope::Connect, p(100.0), Comparison::AtMost, 7.0),
            ("subscribe.mean == 0", Scope::Subscribe, Statistic::Mean, Comparison::Equal, 0.0),
            ("e2e.min < 3\u{b5}s", Scope::EndToEnd, p(0.0), Comparison::Less, 3e3),
        ] {
            let wanted = (Metric::Time(scope, statistic), comparison, limit, false);
            assert_eq!(parts(text), wanted, "{text}");
        }
        for (text, figure, limit, is_share) in [
            ("lost > 0", Figure::Lost, 0.0, false),
            ("e2e.lost > 0.1%", Figure::Lost, 0.1, true),
            ("duplicate>3", Figure::Duplicate, 3.0, false),
            ("reordered > 3", Figure::Reordered, 3.0, false),
            ("corrupt > 3", Figure::Corrupt, 3.0, false),
            ("errors > 1 %", Figure::Errors, 1.0, true),
            ("rate > 950/s", Figure::Rate, 950.0, false),
        ] {
            let wanted = (Metric::Figure(figure), Comparison::More, limit, is_share);
            assert_eq!(parts(text), wanted, "{text}");
        }
        assert_eq!(gate(" rate  != 95% ").unwrap().to_string(), "rate  != 95%");
    }

    #[test]
    fn errors_name_the_part() {
        for (text, part) in [
            ("", "no comparison"),
            ("p99", "no comparison"),
            ("p99 ! 3ms", "no comparison"),
            ("p99 = 3ms", "write =="),
            ("> 3ms", "\"\" is no metric"),
            ("p98 > 3ms", "\"p98\" is no metric"),
            ("e2e.p98 > 3ms", "\"e2e.p98\" is no metric"),
            ("puback.p99 > 3ms", "\"puback\" is no scope"),
            ("ack.lost > 0", "leave out \"ack.\""),
            ("p99 > ", "\"\" is no value"),
            ("p99 > -1ms", "\"-1ms\" is no value"),
            ("p99 > 1.2.3ms", "\"1.2.3ms\" is no value"),
            ("p99 > 20", "20 has no unit"),
            ("p99 > 20%", "\"%\" is no unit of p99"),
            ("p99 > 20 min", "\"min\" is no unit of p99"),
            ("lost > 20ms", "\"ms\" is no unit of lost"),
            ("rate < 20ms", "\"ms\" is no unit of rate"),
        ] {
            let error = gate(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_a_run_does_not_measure_is_told_before_it() {
        let check = |text: &str, plan: &Plan| {
            gate(text).unwrap().check(plan).map_err(|error| error.to_string())
        };
        let publish = plan(Scenario::Publish);
        let error = check("p99 > 1ms", &publish).unwrap_err();
        assert!(error.contains("e2e") && error.contains("use one of connect"), "{error}");
        assert!(check("ack.p99 > 1ms", &publish).is_err());
        assert!(check("lost > 0", &publish).unwrap_err().contains("counts no lost"));
        let acked = Plan { qos: Qos::AtLeastOnce, rate: None, ..publish };
        assert_eq!(check("ack.p99 > 1ms", &acked), Ok(()));
        assert!(check("rate < 90%", &acked).unwrap_err().contains("--rate"));
        assert_eq!(check("rate < 90", &acked), Ok(()));
        assert_eq!(check("errors > 0", &plan(Scenario::Connect)), Ok(()));
        assert_eq!(check("lost > 0", &plan(Scenario::FanIn)), Ok(()));
    }

    #[test]
    fn comparisons_compare() {
        for (sign, [less, equal, more]) in [
            ("<", [true, false, false]),
            ("<=", [true, true, false]),
            ("==", [false, true, false]),
            ("!=", [true, false, true]),
            (">=", [false, true, true]),
            (">", [false, false, true]),
        ] {
            let comparison = gate(&format!("lost {sign} 2")).unwrap().comparison;
            let holds = [1.0, 2.0, 3.0].map(|found| comparison.holds(found, 2.0));
            assert_eq!(holds, [less, equal, more], "{sign}");
        }
    }
}
