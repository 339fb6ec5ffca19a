//! Seconds and reports for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::bench::{Cost, Offset, Part, Plan, Report, Scope, Second, Steps, Times};
use crate::client::Latencies;
use crate::options::{Pace, Scenario, Size};
use crate::text::escape_line;

/// Above this share of one processor the program cannot go much faster.
const BUSY: f64 = 0.9;

/// Above this share of the time without a processor, what is measured is this machine.
const STARVED: f64 = 0.1;

/// A run must be as long as this for its share of a processor to say anything.
const TELLING: Duration = Duration::from_secs(1);

/// A shorter one is busy with its beginning.
const BRIEF: Duration = Duration::from_millis(100);

/// Messages that are sent later than this are no load as it was asked for.
const LATE: Duration = Duration::from_millis(10);

/// One second, as a line.
pub(super) fn second(second: &Second, plan: &Plan) -> String {
    let counts = &second.counts;
    let mut line = format!("{:>4}s  {} connected", second.number, grouped(second.open.into()));
    // Writing to a string cannot fail.
    if second.is_connecting || plan.scenario.only_connects() {
        let _ = write!(line, ", {} new", grouped(counts.connected));
    }
    if plan.scenario.publishes() && !second.is_connecting {
        let _ = write!(line, "  published {}", grouped(counts.published));
    }
    if Scope::Ack.is_measured(plan) && !second.is_connecting {
        let _ = write!(line, "  acknowledged {}", grouped(counts.acknowledged));
    }
    if plan.scenario.subscribes() && !second.is_connecting {
        let _ = write!(line, "  received {}", grouped(counts.received));
    }
    if let Some(Times { p50, p99, .. }) = second.latency {
        let _ = write!(line, "  p50 {}ms  p99 {}ms", milliseconds(p50), milliseconds(p99));
    }
    for (what, many) in [
        ("duplicate", counts.duplicate),
        ("reordered", counts.reordered),
        ("corrupt", counts.corrupt),
        ("errors", counts.errors),
    ] {
        if many > 0 {
            let _ = write!(line, "  {what} {}", grouped(many));
        }
    }
    if !second.is_whole() {
        let _ = write!(line, "  (in {:.3}s, the last)", second.length.as_secs_f64());
    }
    line.push('\n');
    line
}

/// The report, in less than a screen.
pub(super) fn report(report: &Report, broker: &str) -> String {
    let mut text = format!("\n{}\n", head(report, broker));
    counts(report, &mut text);
    let mut names = String::new();
    for name in ["min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"] {
        let _ = write!(names, "{name:>8}");
    }
    let _ = writeln!(text, "\nLatency, ms    {names}");
    for scope in Scope::ALL.into_iter().filter(|scope| scope.is_measured(&report.plan)) {
        let measured = scope.of(report);
        if measured.corrected.count() > 0 {
            let _ = writeln!(text, "{:<15}{}", scope.name(), row(&measured.corrected));
        }
        if let Some(uncorrected) = measured.uncorrected.as_ref().filter(|one| one.count() > 0) {
            let _ = writeln!(text, "{:<15}{}", "  uncorrected", row(uncorrected));
        }
    }
    if report.plan.scenario == Scenario::Connect {
        let Steps { tcp, tls, connack, .. } = &report.steps;
        for (name, step) in [("  TCP", tcp), ("  TLS", tls), ("  CONNACK", connack)] {
            if step.count() > 0 {
                let _ = writeln!(text, "{name:<15}{}", row(step));
            }
        }
    }
    if report.late.count() > 0 {
        let _ = writeln!(text, "{:<15}{}", "behind schedule", row(&report.late));
    }
    parts("Groups", &report.groups, &mut text);
    parts("Phases", &report.phases, &mut text);
    let _ = writeln!(text, "\n{}", own(report));
    text
}

/// How far another machine's clock is off.
pub(super) fn offset(offset: &Offset) -> String {
    let ahead = milliseconds(Duration::from_nanos(offset.ahead.unsigned_abs()));
    let way = if offset.ahead < 0 { "behind" } else { "ahead of" };
    let error = milliseconds(offset.error);
    format!("the clock of part 0 is {ahead}ms {way} this machine's, give or take {error}ms")
}

/// One of several runs, in a line.
pub(super) fn line(report: &Report, run: &str, broker: &str) -> String {
    let mut line = format!("{run:<5}{}  {:.1}/s", escape_line(broker), report.rate);
    let first = Scope::first(&report.plan).and_then(|scope| Times::of(&scope.of(report).corrected));
    if let Some(Times { p50, p99, .. }) = first {
        let _ = write!(line, "  p50 {}ms  p99 {}ms", milliseconds(p50), milliseconds(p99));
    }
    let _ =
        write!(line, "  lost {}  errors {}", grouped(report.lost), grouped(report.counts.errors));
    line
}

/// What was done, in a line.
pub(super) fn head(report: &Report, broker: &str) -> String {
    let plan = &report.plan;
    let clients = if plan.clients == 1 { "client" } else { "clients" };
    let mut head = format!("{} to {}", plan.scenario.name(), escape_line(broker));
    if let Some(version) = report.version {
        let _ = write!(head, ", MQTT {version}");
    }
    let _ = write!(head, ", {} {clients}", grouped(plan.clients.into()));
    if plan.scenario.publishes() || plan.scenario.subscribes() {
        let _ = write!(head, ", QoS {}", plan.qos as u8);
    }
    if plan.scenario.publishes() {
        let _ = match (&plan.payload, plan.size) {
            (Some(_), _) => write!(head, ", payloads of a text"),
            (None, Size::Fixed(size)) => {
                write!(head, ", {} bytes", grouped(u64::try_from(size).unwrap_or(u64::MAX)))
            }
            (None, size) => write!(head, ", {size} bytes"),
        };
    }
    if let Some(rate) = plan.rate {
        let _ = write!(head, ", {rate}/s");
        if plan.pace != Pace::Constant {
            let _ = write!(head, " ({})", plan.pace);
        }
    }
    if let Some(inflight) = plan.inflight {
        let _ = write!(head, ", {inflight} in flight");
    }
    let _ = write!(head, ", {:.3}s", report.elapsed.as_secs_f64());
    head
}

fn counts(report: &Report, text: &mut String) {
    let (plan, counts) = (&report.plan, &report.counts);
    let mut line = |name: &str, count: u64, rest: &str| {
        let _ =
            writeln!(text, "{}", format!("{name:<14}{:>12}  {rest}", grouped(count)).trim_end());
    };
    let rate = format!("{:.1}/s", report.rate);
    let of = |is_measured| if is_measured { rate.as_str() } else { "" };
    let mut rest = of(plan.scenario.only_connects()).to_owned();
    let Steps { handshakes, resumed, .. } = report.steps;
    if handshakes > 0 {
        let comma = if rest.is_empty() { "" } else { ", " };
        let (handshakes, resumed) = (grouped(handshakes), grouped(resumed));
        let _ = write!(rest, "{comma}TLS handshakes {handshakes}, resumed {resumed}");
    }
    line("Connected", counts.connected, &rest);
    if plan.scenario.publishes() {
        let own = of(!plan.scenario.is_late());
        let unsent = if report.unsent > 0 {
            format!("{own}, {} were due and not sent", grouped(report.unsent))
        } else {
            own.to_owned()
        };
        line("Published", counts.published, &unsent);
    }
    if Scope::Ack.is_measured(plan) {
        let rest = format!("refused {}, pending {}", counts.refused, report.unacknowledged);
        line("Acknowledged", counts.acknowledged, &rest);
    }
    if plan.scenario.subscribes() {
        line(
            "Received",
            counts.received,
            of(plan.scenario == Scenario::Subscribe || plan.scenario.is_late()),
        );
    }
    if plan.scenario.comes_back() {
        let share = Report::percent(report.lost, report.expected);
        let rest = format!(
            "{share:.3}%, duplicate {}, reordered {}, corrupt {}",
            grouped(counts.duplicate),
            grouped(counts.reordered),
            grouped(counts.corrupt)
        );
        line("Lost", report.lost, &rest);
    }
    line("Errors", counts.errors, "");
    kinds(&report.errors, text);
    if !report.brokers.is_empty() {
        text.push_str("Brokers\n");
        kinds(&report.brokers, text);
    }
    if !report.elsewhere.is_empty() {
        text.push_str("Not at their own broker\n");
        kinds(&report.elsewhere, text);
    }
}

/// How often what happened.
fn kinds(kinds: &BTreeMap<String, u64>, text: &mut String) {
    for (what, times) in kinds {
        let _ = writeln!(text, "{:>26}  {}", grouped(*times), escape_line(what));
    }
}

/// The most groups or phases that are told to people; --json has all.
const PARTS: usize = 12;

fn parts(title: &str, parts: &[Part], text: &mut String) {
    if parts.is_empty() {
        return;
    }
    // Writing to a string cannot fail.
    let names = ["published", "received", "lost", "p50, ms", "p99", "max"];
    let _ = write!(text, "\n{title:<15}");
    for name in names {
        let _ = write!(text, "{name:>10}");
    }
    text.push('\n');
    for part in parts.iter().take(PARTS) {
        let name: String = escape_line(&part.name).chars().take(15).collect();
        let _ = write!(text, "{name:<15}");
        for count in [part.published, part.received, part.lost()] {
            let _ = write!(text, "{:>10}", grouped(count));
        }
        for percent in [50.0, 99.0, 100.0] {
            let _ = write!(text, "{:>10}", milliseconds(part.e2e.percentile(percent)));
        }
        text.push('\n');
    }
    if let Some(more) = parts.len().checked_sub(PARTS).filter(|more| *more > 0) {
        let _ = writeln!(text, "and {more} more");
    }
}

fn row(latencies: &Latencies) -> String {
    let mut row = String::new();
    let _ = write!(row, "{:>8}", milliseconds(latencies.percentile(0.0)));
    let _ = write!(row, "{:>8}", milliseconds(latencies.mean()));
    for percent in [50.0, 90.0, 99.0, 99.9, 99.99, 100.0] {
        let _ = write!(row, "{:>8}", milliseconds(latencies.percentile(percent)));
    }
    row
}

/// Seven characters at most, for a time below 16 minutes.
pub(super) fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.3}")
    } else if milliseconds < 100_000.0 {
        format!("{milliseconds:.1}")
    } else {
        format!("{milliseconds:.0}")
    }
}

/// What it took of the machine, in a line or two.
pub(super) fn own(report: &Report) -> String {
    let own = format!("mq bench itself:{}", cost(report, &report.own));
    match &report.broker {
        Some(broker) => format!("{own}\nthe broker:{}", cost(report, broker)),
        None => own,
    }
}

fn cost(report: &Report, cost: &Cost) -> String {
    let mut words = Vec::new();
    if let Some(share) = cost.share {
        words.push(format!(" {:.1}% of a processor", share * 100.0));
    }
    if let Some(seconds) = report.processor_per_million(cost) {
        words.push(format!(" {seconds:.3}s per million messages"));
    }
    if let Some(memory) = cost.memory {
        let kib = memory / 1024;
        words.push(format!(" {}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024));
    }
    if words.is_empty() { " nothing is known".to_owned() } else { words.join(",") }
}

/// What makes the figures say something else than they seem to.
pub(super) fn warnings(report: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    let share = report.own.share.unwrap_or(0.0);
    let is_busy = share > BUSY && report.elapsed >= BRIEF;
    if is_busy {
        warnings.push(format!(
            "mq bench itself was busy {:.0}% of the time: it may be slower than the broker",
            share * 100.0
        ));
    }
    if let Some(late) = late_start(report) {
        warnings.push(format!(
            "it began {}ms after --start-at: clients were not connected in time",
            milliseconds(late)
        ));
    }
    let waited = report.own.waited.unwrap_or(0.0);
    let is_starved = waited > STARVED && report.elapsed >= TELLING;
    if is_starved {
        warnings.push(format!(
            "mq bench waited {:.0}% of the time for a processor: other programs took it, and its \
             waiting is in the times",
            waited * 100.0
        ));
    }
    let p99 = report.late.percentile(99.0);
    if report.unsent > 0 || (report.late.count() > 0 && p99 > LATE) {
        let who = if is_busy {
            "mq bench could not keep up"
        } else if is_starved {
            "this machine is too busy"
        } else {
            "the broker, the window of unacknowledged messages or this machine made them wait"
        };
        warnings.push(format!(
            "behind the schedule: {} messages were not sent, and 1% left more than {}ms late: {who}",
            report.unsent,
            milliseconds(p99)
        ));
    }
    if report.is_stopped() {
        warnings.push("the first error ended the run, as --on-error stop asks".to_owned());
    }
    let elsewhere = report.elsewhere.values().fold(0, |sum: u64, more| sum.saturating_add(*more));
    if elsewhere > 0 {
        warnings.push(format!(
            "{} connections were not taken by their own broker and went to another: the load is \
             not spread as asked",
            grouped(elsewhere)
        ));
    }
    if report.untimed > 0 {
        warnings.push(format!(
            "{} seconds are left without times: several parts measured some, and not all of them \
             wrote their histograms",
            grouped(report.untimed)
        ));
    }
    if report.steady == Some(false) {
        warnings.push(
            "no five seconds agreed: the figures are those of a run that was still changing"
                .to_owned(),
        );
    }
    if report.in_vain > 0 {
        warnings.push(format!(
            "{} times a publisher waited in vain for its messages to come back: the rate is that \
             of waiting",
            report.in_vain
        ));
    }
    warnings
}

/// How much later than asked it began.
fn late_start(report: &Report) -> Option<Duration> {
    let late = report.started.duration_since(report.plan.start?).ok()?;
    (late > LATE).then_some(late)
}

/// A count whose digits stand in threes.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes_and_times_fit_their_column() {
        let counts = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(counts, ["0", "999", "1,000", "1,234,567"]);
        let times = [1, 999_999_000, 1_000_000_000, 99_999_000_000, 100_000_000_000];
        let times = times.map(|nanos| milliseconds(Duration::from_nanos(nanos)));
        assert_eq!(times, ["0.000", "999.999", "1000.0", "99999.0", "100000"]);
    }
}
