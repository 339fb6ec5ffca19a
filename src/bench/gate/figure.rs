//! Figures that are no times of many things: counts, a rate, what it took.

use std::time::Duration;

use crate::bench::{Cost, Report, approximate};

/// A figure of a run, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Lost,
    Duplicate,
    Reordered,
    Corrupt,
    Errors,
    Rate,
    Connected,
    Published,
    Received,
    Acknowledged,
    Refused,
    Unacknowledged,
    Unsent,
    Elsewhere,
    Resumed,
    Elapsed,
    Processor,
    Memory,
    PerMillion,
}

/// The names that gates have for them.
pub(super) const FIGURES: &[(&str, Figure)] = &[
    ("lost", Figure::Lost),
    ("duplicate", Figure::Duplicate),
    ("reordered", Figure::Reordered),
    ("corrupt", Figure::Corrupt),
    ("errors", Figure::Errors),
    ("rate", Figure::Rate),
    ("connected", Figure::Connected),
    ("published", Figure::Published),
    ("received", Figure::Received),
    ("acknowledged", Figure::Acknowledged),
    ("refused", Figure::Refused),
    ("unacknowledged", Figure::Unacknowledged),
    ("unsent", Figure::Unsent),
    ("elsewhere", Figure::Elsewhere),
    ("resumed", Figure::Resumed),
    ("elapsed", Figure::Elapsed),
    ("cpu", Figure::Processor),
    ("memory", Figure::Memory),
    ("cost", Figure::PerMillion),
];

/// What the value of a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of things.
    Count,
    /// So many a second.
    Rate,
    /// Nanoseconds.
    Time,
    /// Percent of a processor.
    Share,
    /// Of memory.
    Bytes,
}

impl Figure {
    pub(super) fn name(self) -> &'static str {
        FIGURES.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| *name)
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Rate => Kind::Rate,
            Self::Elapsed | Self::PerMillion => Kind::Time,
            Self::Processor => Kind::Share,
            Self::Memory => Kind::Bytes,
            _ => Kind::Count,
        }
    }

    /// Whether it is told of a process, and not of the run.
    pub(super) const fn is_of_process(self) -> bool {
        matches!(self, Self::Processor | Self::Memory | Self::PerMillion)
    }

    /// Whether groups and phases have it, too.
    pub(super) const fn is_of_part(self) -> bool {
        matches!(self, Self::Lost | Self::Published | Self::Received)
    }

    /// Whether it needs messages that come back.
    pub(super) const fn needs_ledger(self) -> bool {
        matches!(self, Self::Lost | Self::Duplicate | Self::Reordered | Self::Corrupt)
    }

    /// Whether it can be a share of something.
    pub(super) const fn has_share(self) -> bool {
        !matches!(self, Self::Published | Self::Received | Self::Elapsed)
    }

    /// What it is, and what it is a share of.
    pub(super) fn of_run(self, report: &Report) -> (f64, f64) {
        let counts = &report.counts;
        let (connections, expected) = (report.plan.connections().into(), report.expected);
        let (count, of) = match self {
            Self::Lost => (report.lost, expected),
            Self::Duplicate => (counts.duplicate, expected),
            Self::Reordered => (counts.reordered, expected),
            Self::Corrupt => (counts.corrupt, expected),
            Self::Errors => (counts.errors, report.asked()),
            Self::Connected => (counts.connected, connections),
            Self::Published => (counts.published, 0),
            Self::Received => (counts.received, 0),
            Self::Acknowledged => (counts.acknowledged, counts.published),
            Self::Refused => (counts.refused, counts.published),
            Self::Unacknowledged => (report.unacknowledged, counts.published),
            Self::Unsent => (report.unsent, counts.published.saturating_add(report.unsent)),
            Self::Elsewhere => {
                let all = report.elsewhere.values();
                (all.fold(0, |sum: u64, more| sum.saturating_add(*more)), counts.connected)
            }
            Self::Resumed => (report.steps.resumed, report.steps.handshakes),
            Self::Rate => return (report.rate, report.plan.rate.unwrap_or(0.0)),
            Self::Elapsed => return (nanoseconds(report.elapsed), 0.0),
            // Of processes alone.
            Self::Processor | Self::Memory | Self::PerMillion => (0, 0),
        };
        (approximate(count), approximate(of))
    }

    /// What it is of a process; `None` where that is not known.
    pub(super) fn of_process(self, cost: &Cost, report: &Report) -> Option<f64> {
        match self {
            Self::Processor => cost.share.map(|share| share * 100.0),
            Self::Memory => cost.memory.map(approximate),
            Self::PerMillion => report.processor_per_million(cost).map(|seconds| seconds * 1e9),
            _ => None,
        }
    }
}

pub(super) fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
