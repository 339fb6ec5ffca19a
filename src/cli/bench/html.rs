//! The report as one page for browsers, with all it needs in it.

use std::fmt::Write as _;
use std::time::Duration;

use super::plot::{Axis, Line, Scale, legend, picture};
use super::summary::{self, grouped, milliseconds};
use crate::bench::{Report, Scope, Second, Times};
use crate::client::Latencies;
use crate::options::Scenario;

/// A figure of something, and what it is called.
type Pick<Of, Figure> = (&'static str, fn(&Of) -> Figure);

/// Points of a line: more than a picture has columns are not seen.
const POINTS: usize = 600;

/// Lines of a distribution each time that what is left halves.
const DENSITY: u32 = 10;

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#fff;--text:#1f2328;--faint:#656d76;--grid:#e3e6ea;\
--card:#f6f8fa;--bad:#b42318;--c0:#1d5fd1;--c1:#b45309;--c2:#047857;--c3:#7c3aed}
@media(prefers-color-scheme:dark){:root{--page:#14171c;--text:#e6e8eb;--faint:#9aa4af;\
--grid:#2c323a;--card:#1d2229;--bad:#ff8f83;--c0:#6ea8ff;--c1:#f0b35a;--c2:#4fd1a1;--c3:#c4a3ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.5rem;background:var(--page);color:var(--text);\
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .25rem}
.faint,.label{color:var(--faint)}
.cards{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0}
.card{background:var(--card);border-radius:.5rem;padding:.6rem .9rem;min-width:8.5rem}
.card b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}
.card.bad b,.bad{color:var(--bad)}
svg{width:100%;height:auto;display:block}
svg text{font:11px system-ui,sans-serif;fill:var(--faint)}
.grid{stroke:var(--grid);stroke-width:1}
polyline{fill:none;stroke-width:1.75;stroke-linejoin:round}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}
.key{margin-right:1rem;white-space:nowrap}
.key::before{content:\"\";display:inline-block;width:1.2rem;height:3px;margin-right:.4rem;\
vertical-align:middle;background:currentColor}
.key.s0::before{background:var(--c0)}.key.s1::before{background:var(--c1)}\
.key.s2::before{background:var(--c2)}.key.s3::before{background:var(--c3)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid var(--grid)}
th:first-child,td:first-child{text-align:left;padding-left:0}
th{color:var(--faint);font-weight:500}";

/// The page.
pub(super) fn page(
    report: &Report,
    seconds: &[Second],
    broker: &str,
    warnings: &[String],
) -> String {
    let title = escaped(&format!("mq bench: {}", report.plan.scenario.name()));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{STYLE}\n</style>\n<h1>{title}</h1>\n<p class=\"faint\">{}</p>\n",
        escaped(&summary::head(report, broker))
    );
    cards(report, &mut page);
    for warning in warnings {
        let _ = writeln!(page, "<p class=\"bad\">{}</p>", escaped(warning));
    }
    let scope = Scope::first(&report.plan);
    if let Some(scope) = scope.filter(|scope| scope.of(report).corrected.count() > 0) {
        distribution(report, scope, &mut page);
    }
    // What is left at the end of a run is no second to be drawn beside others.
    let is_drawn = |second: &&Second| !second.is_connecting && second.is_telling();
    let running: Vec<&Second> = seconds.iter().filter(is_drawn).collect();
    latency_over_time(&running, &mut page);
    rate_over_time(report, &running, &mut page);
    table(report, &mut page);
    errors(report, &mut page);
    let own = escaped(&summary::own(report));
    let _ = writeln!(page, "<h2>What it took</h2>\n<p>{}</p>", own.replace('\n', "<br>"));
    page.push_str("</html>\n");
    page
}

fn cards(report: &Report, page: &mut String) {
    let (plan, counts) = (&report.plan, &report.counts);
    let what = match plan.scenario {
        Scenario::Connect => "connections a second",
        _ => "messages a second",
    };
    let mut cards = vec![(what.to_owned(), format!("{:.1}", report.rate), false)];
    if let Some(scope) = Scope::first(plan) {
        let latencies = &scope.of(report).corrected;
        for (name, percent) in [("p50", 50.0), ("p99", 99.0), ("max", 100.0)] {
            let time = format!("{} ms", milliseconds(latencies.percentile(percent)));
            cards.push((format!("{} {name}", scope.name()), time, false));
        }
    }
    if plan.scenario.comes_back() {
        cards.push(("lost".to_owned(), grouped(report.lost), report.lost > 0));
    }
    cards.push(("errors".to_owned(), grouped(counts.errors), counts.errors > 0));
    page.push_str("<div class=\"cards\">\n");
    for (name, value, is_bad) in cards {
        let class = if is_bad { "card bad" } else { "card" };
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<div class=\"{class}\"><b>{value}</b>{name}</div>");
    }
    page.push_str("</div>\n");
}

/// Latency by percentile: to the right, each step leaves a tenth of the one before.
fn distribution(report: &Report, scope: Scope, page: &mut String) {
    let measured = scope.of(report);
    let depth = |quantile: f64| -libm::log10(1.0 - quantile);
    // All have no percentile that leaves some; they stand where the last of them would.
    let end = depth(1.0 - 1.0 / approximate(measured.corrected.count().max(10)));
    let points = |latencies: &Latencies| {
        let steps = latencies.distribution(DENSITY);
        steps
            .iter()
            .map(|step| (depth(step.quantile).min(end), in_milliseconds(step.value)))
            .collect()
    };
    let mut lines =
        vec![Line { name: "from the intended time", points: points(&measured.corrected) }];
    if let Some(uncorrected) = measured.uncorrected.as_ref().filter(|one| one.count() > 0) {
        lines.push(Line { name: "from when it was sent", points: points(uncorrected) });
    }
    let names = ["0%", "90%", "99%", "99.9%", "99.99%", "99.999%", "99.9999%", "99.99999%"];
    let marks = (0_u8..).map(f64::from).zip(names.map(str::to_owned));
    let x = Axis::marked("percentile", end, marks.filter(|(mark, _)| *mark <= end).collect());
    let title = format!("Latency by percentile, {}", scope.name());
    section(&title, &x, &milliseconds_of(&lines), &lines, page);
}

fn latency_over_time(seconds: &[&Second], page: &mut String) {
    let picks: [Pick<Times, Duration>; 3] =
        [("p50", |one| one.p50), ("p99", |one| one.p99), ("max", |one| one.max)];
    let line = |(name, pick): Pick<Times, Duration>| {
        let value = |one: &&Second| Some((time(one), in_milliseconds(pick(one.latency.as_ref()?))));
        let points: Vec<_> = seconds.iter().filter_map(value).collect();
        Line { name, points: thinned(&points, f64::max) }
    };
    let lines: Vec<Line> = picks.into_iter().map(line).collect();
    if lines.iter().all(|line| line.points.is_empty()) {
        return;
    }
    section("Latency over time", &seconds_of(seconds), &milliseconds_of(&lines), &lines, page);
}

fn rate_over_time(report: &Report, seconds: &[&Second], page: &mut String) {
    let plan = &report.plan;
    let mut picks: Vec<Pick<Second, u64>> = Vec::new();
    if plan.scenario == Scenario::Connect {
        picks.push(("connected", |one| one.counts.connected));
    }
    if plan.scenario.publishes() {
        picks.push(("published", |one| one.counts.published));
    }
    if plan.scenario.subscribes() {
        picks.push(("received", |one| one.counts.received));
    }
    picks.push(("errors", |one| one.counts.errors));
    let line = |(name, pick): Pick<Second, u64>| {
        let points = seconds.iter().map(|one| (time(one), one.a_second(pick(one))));
        let points: Vec<_> = points.collect();
        Line { name, points: thinned(&points, f64::midpoint) }
    };
    let lines: Vec<Line> = picks.into_iter().map(line).collect();
    if seconds.is_empty() {
        return;
    }
    let values = lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value);
    let y = Axis::of("a second", Scale::Even, values);
    section("Rate over time", &seconds_of(seconds), &y, &lines, page);
}

fn section(title: &str, x: &Axis, y: &Axis, lines: &[Line], page: &mut String) {
    let picture = picture(title, x, y, lines);
    let _ = write!(page, "<h2>{}</h2>\n<p>{}</p>\n{picture}", escaped(title), legend(lines));
}

fn milliseconds_of(lines: &[Line]) -> Axis {
    let values = lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value);
    Axis::of("milliseconds", Scale::Factors, values)
}

fn seconds_of(seconds: &[&Second]) -> Axis {
    Axis::of("seconds", Scale::Even, seconds.iter().map(|one| time(one)))
}

fn time(second: &Second) -> f64 {
    approximate(second.number)
}

/// Fewer points, each for several that follow each other.
fn thinned(points: &[(f64, f64)], both: fn(f64, f64) -> f64) -> Vec<(f64, f64)> {
    let length = points.len().div_ceil(POINTS).max(1);
    let one = |chunk: &[(f64, f64)]| {
        let value = chunk.iter().map(|(_, value)| *value).reduce(both)?;
        Some((chunk.last()?.0, value))
    };
    points.chunks(length).filter_map(one).collect()
}

fn table(report: &Report, page: &mut String) {
    let percents = [0.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0];
    page.push_str(
        "<h2>Latencies in milliseconds</h2>\n<div class=\"scroll\"><table>\n<tr><th><th>count\
         <th>min<th>p50<th>p90<th>p95<th>p99<th>p99.9<th>p99.99<th>max\n",
    );
    let mut row = |name: &str, latencies: &Latencies| {
        if latencies.count() > 0 {
            let _ = write!(page, "<tr><td>{name}<td>{}", grouped(latencies.count()));
            for percent in percents {
                let _ = write!(page, "<td>{}", milliseconds(latencies.percentile(percent)));
            }
            page.push('\n');
        }
    };
    for scope in Scope::ALL.into_iter().filter(|scope| scope.is_measured(&report.plan)) {
        let measured = scope.of(report);
        row(scope.name(), &measured.corrected);
        if let Some(uncorrected) = &measured.uncorrected {
            row(&format!("{}, from when it was sent", scope.name()), uncorrected);
        }
        if scope == Scope::Connect {
            row("connect: TCP", &report.steps.tcp);
            row("connect: TLS", &report.steps.tls);
            row("connect: CONNACK", &report.steps.connack);
        }
    }
    row("behind schedule", &report.late);
    page.push_str("</table></div>\n");
}

fn errors(report: &Report, page: &mut String) {
    if report.errors.is_empty() {
        return;
    }
    page.push_str("<h2>Errors</h2>\n<table>\n");
    for (what, times) in &report.errors {
        let _ = writeln!(page, "<tr><td>{}<td>{}", escaped(what), grouped(*times));
    }
    page.push_str("</table>\n");
}

fn in_milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
const fn approximate(count: u64) -> f64 {
    count as f64
}

/// Text that is no markup, whatever is in it.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_has_fewer_points_and_keeps_its_peak() {
        let points: Vec<_> = (0..10_000).map(f64::from).map(|at| (at, at % 997.0)).collect();
        let fewer = thinned(&points, f64::max);
        assert!(fewer.len() <= POINTS, "{}", fewer.len());
        let peak = fewer.iter().map(|one| one.1).fold(0.0, f64::max);
        assert!(peak >= 996.0 && fewer.last().unwrap().0 >= 9_999.0, "{fewer:?}");
        assert_eq!(thinned(&[], f64::max), []);
    }

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escaped("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    }
}
