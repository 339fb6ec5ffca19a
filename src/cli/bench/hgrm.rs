//! How latencies are distributed, in the text format of `HdrHistogram`'s own tools: milliseconds.

use std::fmt::Write as _;

use crate::bench::{Report, Scope};

/// Lines each time that what is left halves, as those tools have it.
const DENSITY: u32 = 5;

/// Of what the scenario measures first.
pub(super) fn text(report: &Report) -> String {
    let scope = Scope::first(&report.plan).unwrap_or(Scope::Connect);
    let latencies = &scope.of(report).corrected;
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    // Writing to a string cannot fail.
    for step in latencies.distribution(DENSITY) {
        let _ = write!(
            text,
            "{:>12.6} {:>14.12} {:>10}",
            milliseconds(step.value),
            step.quantile,
            step.count
        );
        let left = 1.0 - step.quantile;
        let _ = if left > 0.0 { writeln!(text, " {:>14.2}", left.recip()) } else { writeln!(text) };
    }
    let (mean, deviation) = (latencies.mean(), latencies.deviation());
    let _ = writeln!(
        text,
        "#[Mean    = {:>12.6}, StdDeviation   = {:>12.6}]",
        milliseconds(mean),
        milliseconds(deviation)
    );
    let _ = writeln!(
        text,
        "#[Max     = {:>12.6}, Total count    = {:>12}]",
        milliseconds(latencies.percentile(100.0)),
        latencies.count()
    );
    text
}
