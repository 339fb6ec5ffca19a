//! A line a second, for spreadsheets: times are milliseconds, memory bytes.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::bench::{Second, Times};

/// The columns.
const COLUMNS: &[&str] = &[
    "run",
    "second",
    "connecting",
    "connections",
    "connected",
    "published",
    "acknowledged",
    "refused",
    "received",
    "duplicate",
    "reordered",
    "corrupt",
    "errors",
    "mean_ms",
    "p50_ms",
    "p90_ms",
    "p99_ms",
    "p99.9_ms",
    "max_ms",
    "own_share",
    "own_memory",
    "broker_share",
    "broker_memory",
    "length_s",
];

/// The first line.
pub(super) fn head() -> String {
    format!("{}\n", COLUMNS.join(","))
}

/// One second, or the part of one that the run ends with; what is not known is empty.
pub(super) fn line(second: &Second, run: &str) -> String {
    let counts = &second.counts;
    let mut line = format!("{run},{},{}", second.number, u8::from(second.is_connecting));
    let counted = [
        u64::from(second.open),
        counts.connected,
        counts.published,
        counts.acknowledged,
        counts.refused,
        counts.received,
        counts.duplicate,
        counts.reordered,
        counts.corrupt,
        counts.errors,
    ];
    for count in counted {
        add(&mut line, Some(count));
    }
    let picks: [fn(&Times) -> Duration; 6] = [
        |one| one.mean,
        |one| one.p50,
        |one| one.p90,
        |one| one.p99,
        |one| one.p99_9,
        |one| one.max,
    ];
    for pick in picks {
        let time = second.latency.as_ref().map(|one| pick(one).as_secs_f64() * 1000.0);
        add(&mut line, time.map(|time| format!("{time:.6}")));
    }
    let load = &second.load;
    add(&mut line, load.own.map(|share| format!("{share:.3}")));
    add(&mut line, load.own_memory);
    add(&mut line, load.broker.map(|share| format!("{share:.3}")));
    add(&mut line, load.broker_memory);
    add(&mut line, Some(format!("{:.6}", second.length.as_secs_f64())));
    line.push('\n');
    line
}

fn add(line: &mut String, value: Option<impl Display>) {
    line.push(',');
    if let Some(value) = value {
        // Writing to a string cannot fail.
        let _ = write!(line, "{value}");
    }
}
