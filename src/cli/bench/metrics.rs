//! Figures in Prometheus' text format.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::bench::{Plan, Scope, Second, Times};

/// A time, and the share of all that take no longer.
type Pick = (&'static str, fn(&Times) -> Duration);

/// Before the first second is over.
pub(super) fn nothing() -> String {
    "# mq bench has not run for a second yet\n".to_owned()
}

/// What is known now.
pub(super) fn page(second: &Second, plan: &Plan) -> String {
    let mut page = Metrics(String::new());
    let totals = &second.totals;
    page.one("connections", "gauge", "Clients that are connected.", second.open);
    for (name, help, count) in [
        ("connected", "Clients that were accepted.", totals.connected),
        ("published", "Messages that were sent.", totals.published),
        ("acknowledged", "Messages that the broker acknowledged.", totals.acknowledged),
        ("refused", "Messages that the broker refused.", totals.refused),
        ("received", "Messages that came.", totals.received),
        ("duplicate", "Messages that came again.", totals.duplicate),
        ("reordered", "Messages that came behind a later one.", totals.reordered),
        ("corrupt", "Messages that came otherwise than they were sent.", totals.corrupt),
        ("handshakes", "Handshakes of TLS.", second.handshakes),
        ("resumed", "Handshakes of TLS that went on with an earlier session.", second.resumed),
    ] {
        page.one(&format!("{name}_total"), "counter", help, count);
    }
    for (name, help, by_reason) in [
        ("errors_total", "What failed, by its reason.", &second.errors),
        (
            "elsewhere_total",
            "Connections that another broker took than their own, by the reason.",
            &second.elsewhere,
        ),
    ] {
        page.head(name, "counter", help);
        for (reason, count) in by_reason {
            page.value(name, &[("reason", reason)], count);
        }
    }
    if let (Some(times), Some(scope)) = (&second.latency, Scope::first(plan)) {
        let help = "Latency of the last second, from the intended time.";
        page.head("latency_seconds", "gauge", help);
        let picks: [Pick; 5] = [
            ("0.5", |one| one.p50),
            ("0.9", |one| one.p90),
            ("0.99", |one| one.p99),
            ("0.999", |one| one.p99_9),
            ("1", |one| one.max),
        ];
        for (quantile, pick) in picks {
            let labels = [("scope", scope.name()), ("quantile", quantile)];
            page.value("latency_seconds", &labels, pick(times).as_secs_f64());
        }
    }
    let load = &second.load;
    let share = "Processor time of each second of";
    let memory = "Bytes of memory of";
    for (name, what, used, bytes) in [
        ("own", "mq bench", load.own, load.own_memory),
        ("broker", "the broker", load.broker, load.broker_memory),
    ] {
        if let Some(used) = used {
            page.one(
                &format!("{name}_processor_ratio"),
                "gauge",
                &format!("{share} {what}."),
                used,
            );
        }
        if let Some(bytes) = bytes {
            page.one(&format!("{name}_memory_bytes"), "gauge", &format!("{memory} {what}."), bytes);
        }
    }
    page.0
}

/// Text that grows.
struct Metrics(String);

impl Metrics {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP mq_bench_{name} {help}\n# TYPE mq_bench_{name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "mq_bench_{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.value(name, &[], value);
    }
}

/// The text of a label: a broker's words may be in it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_broker_stay_in_their_label() {
        let mut page = Metrics(String::new());
        page.head("errors_total", "counter", "x");
        page.value("errors_total", &[("reason", "a\"} 7\n\\")], 3);
        assert!(
            page.0.ends_with("\nmq_bench_errors_total{reason=\"a\\\"} 7\\n\\\\\"} 3\n"),
            "{}",
            page.0
        );
    }
}
