//! What is timed, for gates and reports.

use crate::bench::tally::Measured;
use crate::bench::{Plan, Report};
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
