//! Whether two brokers, or two states of one, differ: by several runs of each, or by the seconds
//! of one run of each.

use std::time::Duration;

use super::statistic::{bootstrap, change, drift, mann_whitney, mean, median};
use super::{Report, Scope, Second, Times};

/// Runs of each side from which on runs are compared with runs: of fewer, not even those that do
/// not overlap at all would be told from chance.
const RUNS: usize = 4;

/// Slices of a run from which on it is compared by them; and into so many it is cut at most, for
/// seconds that follow each other are alike, and many of them would pretend to know more.
const SLICES: (usize, usize) = (6, 20);

/// Seconds at the beginning that are left out where there are enough: caches fill.
const WARM_UP: usize = 1;

/// A run, and its seconds.
#[derive(Debug)]
pub struct Recording {
    /// What came of it.
    pub report: Report,
    /// What happened in each second, from the first.
    pub seconds: Vec<Second>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Messages or connections a second.
    Rate,
    /// The mean of the times that the scenario measures first.
    Mean,
    /// The time that half of them do not exceed.
    P50,
    /// That 99 of a hundred do not.
    P99,
    /// That 999 of a thousand do not.
    P999,
}

impl Metric {
    /// All. There are few: with each one more, chance has one more way to look like a difference.
    pub const ALL: [Self; 5] = [Self::Rate, Self::Mean, Self::P50, Self::P99, Self::P999];

    /// As in gates.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
        }
    }

    /// Whether it is a time, in nanoseconds, of which less is better; else a rate.
    pub const fn is_time(self) -> bool {
        !matches!(self, Self::Rate)
    }

    fn of_run(self, report: &Report) -> Option<f64> {
        if self == Self::Rate {
            return Some(report.rate);
        }
        self.of_times(&Times::of(&Scope::first(&report.plan)?.of(report).corrected)?)
    }

    fn of_second(self, second: &Second, report: &Report) -> Option<f64> {
        if self == Self::Rate {
            let done = report.plan.scenario.done(&second.counts);
            return Some(second.a_second(done));
        }
        self.of_times(second.latency.as_ref()?)
    }

    fn of_times(self, times: &Times) -> Option<f64> {
        let time = |time: Duration| Some(time.as_secs_f64() * 1e9);
        match self {
            Self::Rate => None,
            Self::Mean => time(times.mean),
            Self::P50 => time(times.p50),
            Self::P99 => time(times.p99),
            Self::P999 => time(times.p99_9),
        }
    }
}

/// What may be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Chance makes as large ones.
    Noise,
    /// The second is better than the first.
    Better,
    /// The second is worse.
    Worse,
    /// There are too few figures to say anything.
    TooFew,
}

impl Verdict {
    /// As it is told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::TooFew => "too few",
        }
    }
}

/// How one metric differs.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What it is.
    pub metric: Metric,
    /// Of the first: the middle of its figures.
    pub a: f64,
    /// Of the second.
    pub b: f64,
    /// The second above the first, as a share of that.
    pub change: f64,
    /// The least and the most that this is, at the asked confidence.
    pub interval: (f64, f64),
    /// How likely chance is to make as large a difference.
    pub p: f64,
    /// What may be said of it.
    pub verdict: Verdict,
}

/// How two sides differ.
#[derive(Debug)]
pub struct Comparison {
    /// By the seconds of one run each, and not by runs.
    pub is_by_seconds: bool,
    /// Figures of each side: runs, or slices of one.
    pub figures: (usize, usize),
    /// How sure a difference has to be to be told as one; from 0 to 1.
    pub confidence: f64,
    /// The metrics that both sides have.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Compares; `confidence` is how sure a difference has to be, from 0.5 to 1.
    ///
    /// That chance is taken for a difference in any of the metrics happens in one of
    /// 1/(1 - `confidence`) comparisons at most (Holm's method).
    pub fn new(a: &[Recording], b: &[Recording], confidence: f64) -> Self {
        let is_by_seconds = a.len() < RUNS || b.len() < RUNS;
        let figures = |side: &[Recording], metric| {
            if is_by_seconds { by_slices(side, metric) } else { by_runs(side, metric) }
        };
        let mut rows: Vec<Row> = Vec::new();
        let mut counts = (0, 0);
        for metric in Metric::ALL {
            let (of_a, of_b) = (figures(a, metric), figures(b, metric));
            if of_a.is_empty() || of_b.is_empty() {
                continue;
            }
            counts = (of_a.len().max(counts.0), of_b.len().max(counts.1));
            rows.push(row(metric, &of_a, &of_b, confidence, is_by_seconds));
        }
        judge(&mut rows, confidence);
        Self { is_by_seconds, figures: counts, confidence, rows }
    }

    /// Whether the second is worse in anything.
    pub fn is_worse(&self) -> bool {
        self.rows.iter().any(|row| row.verdict == Verdict::Worse)
    }
}

/// The least of a metric in these runs, the middle and the most; none where none has it.
pub fn spread(runs: &[Recording], metric: Metric) -> Option<(f64, f64, f64)> {
    let figures = by_runs(runs, metric);
    let least = figures.iter().copied().reduce(f64::min)?;
    Some((least, median(&figures), figures.iter().copied().reduce(f64::max)?))
}

fn by_runs(side: &[Recording], metric: Metric) -> Vec<f64> {
    side.iter().filter_map(|one| metric.of_run(&one.report)).collect()
}

/// The means of slices of all runs, the runs one behind the other.
fn by_slices(side: &[Recording], metric: Metric) -> Vec<f64> {
    let mut figures = Vec::new();
    for recording in side {
        let (all, report) = (&recording.seconds, &recording.report);
        // What comes behind the last second that sent something is only waited for.
        let done = |second: &Second| report.plan.scenario.done(&second.counts) > 0;
        let end = all.iter().rposition(done).map_or(0, |last| last.saturating_add(1));
        let sent = all.get(..end).unwrap_or_default().iter();
        let sent = sent.filter(|one| !one.is_connecting && one.is_telling());
        let of_run: Vec<f64> = sent.filter_map(|one| metric.of_second(one, report)).collect();
        let skip = if of_run.len() > WARM_UP.saturating_add(SLICES.0) { WARM_UP } else { 0 };
        figures.extend(of_run.into_iter().skip(skip));
    }
    if figures.len() < SLICES.0 {
        return side.iter().filter_map(|one| metric.of_run(&one.report)).collect();
    }
    let length = figures.len().div_ceil(SLICES.1);
    figures.chunks(length).map(mean).collect()
}

fn row(metric: Metric, a: &[f64], b: &[f64], confidence: f64, is_by_seconds: bool) -> Row {
    let (middle_a, middle_b) = (median(a), median(b));
    let interval = bootstrap(a, b, confidence);
    let too_few = a.len().min(b.len()) < if is_by_seconds { SLICES.0 } else { RUNS };
    // One run differs from the next as it differs from itself, at least.
    let drifts = is_by_seconds && (middle_b - middle_a).abs() <= drift(a).max(drift(b));
    let certain = interval.0 > 0.0 || interval.1 < 0.0;
    let is_better = if metric.is_time() { middle_b < middle_a } else { middle_b > middle_a };
    let verdict = match (too_few, certain && !drifts, is_better) {
        (true, ..) => Verdict::TooFew,
        (false, false, _) => Verdict::Noise,
        (false, true, true) => Verdict::Better,
        (false, true, false) => Verdict::Worse,
    };
    let (change, p) = (change(middle_a, middle_b), mann_whitney(a, b));
    Row { metric, a: middle_a, b: middle_b, change, interval, p, verdict }
}

/// Holm's method: the least likely by chance has to be so by all of them, the next by one fewer,
/// and behind the first that is not, all is noise.
fn judge(rows: &mut [Row], confidence: f64) {
    let mut by_chance: Vec<&mut Row> = rows.iter_mut().collect();
    by_chance.sort_by(|one, next| one.p.total_cmp(&next.p));
    let mut left = u32::try_from(by_chance.len()).unwrap_or(u32::MAX);
    let mut is_noise = false;
    for row in by_chance {
        is_noise |= row.p * f64::from(left) > 1.0 - confidence;
        left = left.saturating_sub(1);
        if is_noise && row.verdict != Verdict::TooFew {
            row.verdict = Verdict::Noise;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(figures: &[(&[f64], &[f64])], by_seconds: bool) -> Vec<Verdict> {
        let mut rows: Vec<Row> = Metric::ALL
            .into_iter()
            .zip(figures)
            .map(|(metric, (a, b))| row(metric, a, b, 0.95, by_seconds))
            .collect();
        judge(&mut rows, 0.95);
        rows.iter().map(|row| row.verdict).collect()
    }

    #[test]
    fn five_runs_of_each_that_do_not_overlap_differ() {
        let low: &[f64] = &[1.0, 1.01, 1.02, 1.03, 1.04];
        let high: &[f64] = &[2.0, 2.01, 2.02, 2.03, 2.04];
        let all = [(high, low), (low, high), (high, low), (low, high), (low, high)];
        let [better, worse] = [Verdict::Better, Verdict::Worse];
        assert_eq!(rows(&all, false), [worse, worse, better, worse, worse]);
        // One of five metrics may look like that by chance in one comparison of 25.
        let same = (low, low);
        let wanted = [Verdict::Noise, worse, Verdict::Noise, Verdict::Noise, Verdict::Noise];
        assert_eq!(rows(&[same, (low, high), same, same, same], false), wanted);
    }

    #[test]
    fn runs_that_overlap_or_drift_or_are_few_say_nothing() {
        let (one, other) = ([1.0, 3.0, 2.0, 5.0, 4.0], [1.5, 3.5, 2.5, 5.5, 4.5]);
        assert_eq!(rows(&[(&one, &other)], false), [Verdict::Noise]);
        assert_eq!(rows(&[(&one[..3], &other[..3])], false), [Verdict::TooFew]);
        // The first goes as far within itself as the second is from it.
        let falls: Vec<f64> = (0..12).map(|at| 12.0 - f64::from(at)).collect();
        let low: Vec<f64> = (0..12).map(|at| 0.5 - f64::from(at) / 100.0).collect();
        assert_eq!(rows(&[(&falls, &low)], true), [Verdict::Noise]);
        assert_eq!(rows(&[(&low, &falls)], false), [Verdict::Better]);
    }
}
