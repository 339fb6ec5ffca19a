//! A run as it goes on, for a terminal: a few lines that are drawn over each second, and that make
//! way for the report.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use super::summary::{grouped, milliseconds};
use crate::bench::{Plan, Scope, Second, Times};
use crate::text::escape_line;

/// Seconds that a line of bars shows at most.
const LATELY: usize = 60;

/// Columns of the words and figures before the bars.
const BEFORE_BARS: usize = 28;

/// Fewer columns have no room for bars that say anything.
const FEWEST_BARS: usize = 8;

/// Kinds of errors that are shown by name.
const KINDS: usize = 3;

/// Eight heights.
const BARS: [char; 8] = [
    '\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}',
];

/// What is on the screen, and what was lately.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Lines that are drawn, and are to be drawn over.
    drawn: usize,
    published: Past,
    received: Past,
    connected: Past,
    p99: Past,
}

/// Figures of the last seconds.
#[derive(Debug, Default)]
struct Past(VecDeque<u64>);

impl Past {
    fn push(&mut self, figure: u64) {
        if self.0.len() >= LATELY {
            self.0.pop_front();
        }
        self.0.push_back(figure);
    }

    /// The last so many as bars, the tallest for the greatest of them.
    fn bars(&self, columns: usize) -> String {
        let skip = self.0.len().saturating_sub(columns);
        let most = self.0.iter().skip(skip).copied().max().unwrap_or(0).max(1);
        let bar = |figure: &u64| {
            let height = u128::from(*figure) * 7 / u128::from(most);
            usize::try_from(height).ok().and_then(|height| BARS.get(height)).copied()
        };
        self.0.iter().skip(skip).filter_map(bar).collect()
    }
}

impl Live {
    /// What to write to draw this second on a terminal of so many columns.
    pub(super) fn draw(&mut self, second: &Second, plan: &Plan, columns: usize) -> String {
        if !second.is_whole() {
            // What is left at the end makes way for the report.
            return String::new();
        }
        let counts = &second.counts;
        let a_second = |count: u64| count.checked_div(second.span.max(1)).unwrap_or(count);
        self.published.push(a_second(counts.published));
        self.received.push(a_second(counts.received));
        self.connected.push(a_second(counts.connected));
        if let Some(times) = &second.latency {
            self.p99.push(u64::try_from(times.p99.as_nanos()).unwrap_or(u64::MAX));
        }
        let mut text = self.cleared();
        // Behind the last column some terminals go to the next line.
        let width = columns.saturating_sub(1).max(1);
        let lines = self.lines(second, plan, width);
        self.drawn = lines.len();
        for line in lines {
            text.extend(line.chars().take(width));
            text.push('\n');
        }
        text
    }

    /// What to write to take all of it away again.
    pub(super) fn cleared(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            drawn => format!("\r\x1b[{drawn}A\x1b[J"),
        }
    }

    fn lines(&self, second: &Second, plan: &Plan, width: usize) -> Vec<String> {
        let bars = width.saturating_sub(BEFORE_BARS);
        let row = |name: &str, figure: String, past: &Past| {
            let bars = if bars >= FEWEST_BARS { past.bars(bars) } else { String::new() };
            format!("{name:<13}{figure:>13}  {bars}").trim_end().to_owned()
        };
        let rate = |count: u64| {
            format!("{}/s", grouped(count.checked_div(second.span.max(1)).unwrap_or(count)))
        };
        let mut lines = vec![head(second, plan)];
        let counts = &second.counts;
        if second.is_connecting || (!plan.scenario.publishes() && !plan.scenario.subscribes()) {
            lines.push(row("connecting", rate(counts.connected), &self.connected));
        }
        if !second.is_connecting && plan.scenario.publishes() {
            lines.push(row("published", rate(counts.published), &self.published));
        }
        if !second.is_connecting && plan.scenario.subscribes() {
            lines.push(row("received", rate(counts.received), &self.received));
        }
        if let Some(times) = &second.latency {
            let scope = Scope::first(plan).map_or("", Scope::name);
            let p99 = format!("{}ms", milliseconds(times.p99));
            lines.push(row(&format!("{scope} p99"), p99, &self.p99));
            lines.extend(latencies(times, width));
        }
        lines.push(faults(second, width));
        lines.extend(errors(second));
        lines.extend(load(second, width));
        lines
    }
}

fn head(second: &Second, plan: &Plan) -> String {
    let mut head = format!("{} {}s", plan.scenario.name(), second.number);
    // Writing to a string cannot fail.
    if let Some(duration) = plan.duration.filter(|_| !second.is_connecting) {
        let _ = write!(head, " of {}s", duration.as_secs_f64().ceil());
    }
    let _ = write!(head, ", {} connected", grouped(second.open.into()));
    if second.is_connecting {
        let _ = write!(head, " of {}", grouped(plan.connections().into()));
    }
    head
}

/// All percentiles, in as many lines as they need.
fn latencies(times: &Times, width: usize) -> Vec<String> {
    let figures =
        [("p50", times.p50), ("p90", times.p90), ("p99.9", times.p99_9), ("max", times.max)];
    let word = |(name, time): (&str, Duration)| format!("{name} {}ms", milliseconds(time));
    joined(figures.into_iter().map(word), width)
}

/// Words in as many lines as they need, two columns apart.
fn joined(words: impl Iterator<Item = String>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() + 2 <= width => {
                line.push_str("  ");
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn faults(second: &Second, width: usize) -> String {
    let totals = &second.totals;
    let figures = [
        ("errors", totals.errors),
        ("duplicate", totals.duplicate),
        ("reordered", totals.reordered),
        ("corrupt", totals.corrupt),
    ];
    // What happened stands before what did not, where there is no room for all.
    let (some, none): (Vec<_>, Vec<_>) = figures.into_iter().partition(|(_, count)| *count > 0);
    let words = some.into_iter().chain(none);
    let words = words.map(|(name, count)| format!("{name} {}", grouped(count)));
    joined(words, width).into_iter().next().unwrap_or_default()
}

fn errors(second: &Second) -> Vec<String> {
    let mut kinds: Vec<_> = second.errors.iter().collect();
    kinds.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let line =
        |(what, times): (&String, &u64)| format!("{:>9}  {}", grouped(*times), escape_line(what));
    kinds.into_iter().take(KINDS).map(line).collect()
}

/// Shares of a processor.
fn load(second: &Second, width: usize) -> Vec<String> {
    let load = &second.load;
    let word = |(name, share): (&str, Option<f64>)| {
        share.map(|share| format!("{name} {:.0}% of a processor", share * 100.0))
    };
    let words = [("mq bench", load.own), ("the broker", load.broker)];
    joined(words.into_iter().filter_map(word), width)
}
