//! Seconds and reports for programs: an object a line. Times are nanoseconds.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::bench::{Measured, Plan, Report, Scope, Second};
use crate::client::Latencies;
use crate::options::Size;

/// Grows when a key changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// An object that is being written.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    /// A member whose value is JSON as it is: a number, a word, another object.
    fn put(&mut self, name: &str, value: impl Display) -> &mut Self {
        let comma = if self.0.len() > 1 { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{comma}{}:{value}", quoted(name));
        self
    }

    fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.put(name, quoted(value))
    }

    /// A number, or null.
    fn maybe(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.put(name, value),
            None => self.put(name, "null"),
        }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn line(self) -> String {
        let mut line = self.end();
        line.push('\n');
        line
    }
}

/// Text as a string of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(","))
}

/// Figures that are measured have no use for more digits.
fn rounded(figure: f64) -> String {
    format!("{figure:.3}")
}

/// One second.
pub(super) fn second(second: &Second) -> String {
    let counts = &second.counts;
    let mut object = Object::new();
    object
        .text("type", "second")
        .put("second", second.number)
        .put("connecting", second.is_connecting)
        .put("connections", second.open)
        .put("published", counts.published)
        .put("acknowledged", counts.acknowledged)
        .put("received", counts.received)
        .put("duplicate", counts.duplicate)
        .put("reordered", counts.reordered)
        .put("corrupt", counts.corrupt)
        .put("errors", counts.errors)
        .maybe("p50", second.latency.map(|(p50, _)| p50.as_nanos()))
        .maybe("p99", second.latency.map(|(_, p99)| p99.as_nanos()));
    object.line()
}

/// The report.
pub(super) fn report(
    report: &Report,
    broker: &str,
    failed: &[String],
    warnings: &[String],
) -> String {
    let counts = &report.counts;
    let mut latency = Object::new();
    for scope in Scope::ALL.into_iter().filter(|scope| scope.is_measured(&report.plan)) {
        latency.put(scope.name(), measured(scope.of(report)));
    }
    let mut errors = Object::new();
    for (what, times) in &report.errors {
        errors.put(what, times);
    }
    let mut object = Object::new();
    object
        .text("type", "report")
        .put("schema", SCHEMA)
        .text("run", &format!("{:08x}", report.plan.run))
        .put("config", config(report, broker))
        .put("elapsed", report.elapsed.as_nanos())
        .put("connected", counts.connected)
        .put("published", counts.published)
        .put("acknowledged", counts.acknowledged)
        .put("refused", counts.refused)
        .put("unacknowledged", report.unacknowledged)
        .put("unsent", report.unsent)
        .put("expected", report.expected)
        .put("received", counts.received)
        .put("lost", report.lost)
        .put("duplicate", counts.duplicate)
        .put("reordered", counts.reordered)
        .put("corrupt", counts.corrupt)
        .put("rate", rounded(report.rate))
        .maybe("steady", report.steady)
        .put("latency", latency.end())
        .put("late", latencies(&report.late).end())
        .put("errors", errors.end())
        .put("own", own(report))
        .put("warnings", list(warnings))
        .put("failed_gates", list(failed));
    object.line()
}

fn config(report: &Report, broker: &str) -> String {
    let plan = &report.plan;
    let mut config = Object::new();
    config
        .text("scenario", plan.scenario.name())
        .text("broker", broker)
        .maybe("version", report.version.map(|version| quoted(&version.to_string())))
        .put("clients", plan.clients)
        .put("publishers", plan.publishers())
        .put("subscribers", plan.subscribers())
        .text("topic", &plan.topic)
        .put("qos", plan.qos as u8)
        .put("size", size(plan))
        .maybe("payload", plan.payload.as_deref().map(quoted))
        .maybe("rate", plan.rate)
        .maybe("schedule", plan.rate.map(|_| quoted(&plan.pace.to_string())))
        .maybe("inflight", plan.inflight)
        .maybe("duration", plan.duration.as_ref().map(Duration::as_nanos))
        .maybe("count", plan.count);
    config.end()
}

/// A number, or text where sizes differ; of a text of the user's own, nothing.
fn size(plan: &Plan) -> String {
    match plan.size {
        _ if plan.payload.is_some() => "null".to_owned(),
        Size::Fixed(size) => size.to_string(),
        size => quoted(&size.to_string()),
    }
}

fn own(report: &Report) -> String {
    let mut own = Object::new();
    own.maybe("processor", report.own.processor.map(|time| time.as_nanos()))
        .maybe("share", report.own.share.map(rounded))
        .maybe("memory", report.own.memory);
    own.end()
}

fn measured(measured: &Measured) -> String {
    let mut object = latencies(&measured.corrected);
    object.put("uncorrected", latencies(measured.uncorrected()).end());
    object.end()
}

fn latencies(latencies: &Latencies) -> Object {
    let mut object = Object::new();
    object.put("count", latencies.count());
    if latencies.count() > 0 {
        let at = |percent| latencies.percentile(percent).as_nanos();
        object
            .put("min", at(0.0))
            .put("mean", latencies.mean().as_nanos())
            .put("p50", at(50.0))
            .put("p90", at(90.0))
            .put("p95", at(95.0))
            .put("p99", at(99.0))
            .put("p99.9", at(99.9))
            .put("p99.99", at(99.99))
            .put("max", at(100.0));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_escaped() {
        let mut object = Object::new();
        object.put("a", 1).text("b\"", "c\n").maybe("d", None::<u8>);
        assert_eq!(object.line(), "{\"a\":1,\"b\\\"\":\"c\\n\",\"d\":null}\n");
        assert_eq!(list(&[]), "[]");
        assert_eq!(list(&["x".to_owned(), "\"".to_owned()]), "[\"x\",\"\\\"\"]");
    }
}
