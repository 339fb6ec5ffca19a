//! Why a text is no gate.

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
         duplicate, reordered, corrupt, errors, rate, or another of mq help bench"
    )]
    Metric(String),
    /// Not a scope.
    #[error("{0:?} is no scope: use e2e, ack, connect, subscribe, or another of mq help bench")]
    Scope(String),
    /// Two have it.
    #[error("{0} of whom? Write own.{0} for mq bench itself, broker.{0} for the broker")]
    OfWhom(&'static str),
    /// The scope has no such metric.
    #[error("{scope} has no {metric}")]
    NotOf {
        /// The metric.
        metric: &'static str,
        /// The scope.
        scope: String,
    },
    /// Nobody looks at the broker's process.
    #[error("the broker's process is to be known, and be one: use --broker-pid or --embedded")]
    NoBroker,
    /// There is no part of this name.
    #[error("there is no {kind} {name:?}: {known}")]
    NoPart {
        /// Group or phase.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A share of nothing that is counted.
    #[error("{0} is a share of nothing: leave out the %")]
    NoShare(&'static str),
    /// Nothing is sent by the clock.
    #[error("without --rate nothing is late")]
    NeverLate,
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
