//! What the broker counts, as Prometheus reads it: text of version 0.0.4.

use std::fmt::{Display, Write as _};
use std::time::Instant;

use super::counters::Snapshot;
use super::router::Router;
use super::status::PACKETS;
use crate::process::Usage;

/// Whether a number only grows.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

impl Router {
    /// The page of now.
    pub(super) fn metrics(&self, now: Instant) -> String {
        page(&self.snapshot(now))
    }
}

fn page(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    head(&mut text, "mq_info", Kind::Gauge, "The program that serves.");
    sample(&mut text, "mq_info", "version", env!("CARGO_PKG_VERSION"), 1);
    packets(&mut text, snapshot);
    let gauges = gauges(snapshot).map(|row| (Kind::Gauge, row));
    let counters = counters(snapshot).map(|row| (Kind::Counter, row));
    for (kind, (name, value, help)) in counters.into_iter().chain(gauges) {
        number(&mut text, name, kind, value, help);
    }
    if let Ok(own) = Usage::of(None) {
        let name = "process_resident_memory_bytes";
        number(&mut text, name, Kind::Gauge, own.memory, "Memory of the process.");
    }
    text
}

/// Packets of each type, both ways.
fn packets(text: &mut String, snapshot: &Snapshot) {
    let name = "mq_packets_received_total";
    head(text, name, Kind::Counter, "Packets from clients, by type.");
    for (label, packet, ..) in PACKETS.iter().filter(|(_, _, comes, _)| *comes) {
        sample(text, name, "type", label, snapshot.packets(*packet).0);
    }
    let name = "mq_packets_sent_total";
    head(text, name, Kind::Counter, "Packets to clients, by type.");
    for (label, packet, ..) in PACKETS.iter().filter(|(_, _, _, goes)| *goes) {
        sample(text, name, "type", label, snapshot.packets(*packet).1);
    }
}

/// A name, a number and what it means.
type Row = (&'static str, u64, &'static str);

fn counters(snapshot: &Snapshot) -> [Row; 11] {
    let totals = &snapshot.totals;
    [
        ("mq_connections_accepted_total", totals.accepted, "Connections that were accepted."),
        (
            "mq_logins_refused_total",
            totals.turned_away,
            "Clients that were not let in for their login.",
        ),
        (
            "mq_logins_checked_total",
            totals.checked,
            "Logins whose password hash was computed; those remembered are not among them.",
        ),
        (
            "mq_sessions_expired_total",
            totals.sessions_expired,
            "Sessions that ended since their clients stayed away.",
        ),
        ("mq_received_bytes_total", totals.bytes_received, "Bytes from sockets."),
        ("mq_sent_bytes_total", totals.bytes_sent, "Bytes to sockets."),
        (
            "mq_publish_received_bytes_total",
            totals.payload_received,
            "Bytes of payloads that clients published.",
        ),
        (
            "mq_publish_sent_bytes_total",
            snapshot.payload_sent(),
            "Bytes of payloads that went to subscribers.",
        ),
        (
            "mq_messages_dropped_total",
            totals.dropped,
            "Messages that one session did not get, since something was full or a right taken back.",
        ),
        (
            "mq_messages_expired_total",
            totals.expired,
            "Queued and retained messages whose time had passed when their turn came.",
        ),
        (
            "mq_messages_denied_total",
            totals.denied,
            "Messages that access rules kept from being published.",
        ),
    ]
}

fn gauges(snapshot: &Snapshot) -> [Row; 15] {
    let retained = snapshot.retained.saturating_sub(snapshot.retained_own);
    [
        ("mq_uptime_seconds", snapshot.uptime.as_secs(), "Since the broker began."),
        ("mq_connections", snapshot.connections, "Connections, with or without a client."),
        ("mq_logins_waiting", snapshot.logins_waiting, "Clients whose login is being checked."),
        ("mq_clients_connected", snapshot.totals.online, "Clients that are let in and here."),
        ("mq_sessions", snapshot.sessions, "Sessions of clients, here or away."),
        ("mq_subscriptions", snapshot.subscriptions, "Subscriptions that are not shared."),
        (
            "mq_shared_subscriptions",
            snapshot.shared_subscriptions,
            "Members of shared subscriptions.",
        ),
        ("mq_retained_messages", retained, "Messages that clients had retained."),
        (
            "mq_queued_messages",
            snapshot.queued,
            "Messages in the queues of sessions, once for each session.",
        ),
        (
            "mq_stored_messages",
            snapshot.stored,
            "Messages queued, in flight or retained, the broker's own included.",
        ),
        ("mq_stored_bytes", snapshot.stored_bytes, "Bytes that those cost."),
        ("mq_output_packets", snapshot.waiting_packets, "Packets that clients have not taken yet."),
        (
            "mq_memory_held_bytes",
            snapshot.held_bytes,
            "Messages, buffers and sessions together, as --memory-limit counts them.",
        ),
        ("mq_memory_limit_bytes", snapshot.memory_limit, "Bytes of those that may be held."),
        ("mq_output_bytes", snapshot.waiting_bytes, "Bytes of those."),
    ]
}

/// A metric of one number.
fn number(text: &mut String, name: &str, kind: Kind, value: u64, help: &str) {
    head(text, name, kind, help);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{name} {value}");
}

fn head(text: &mut String, name: &str, kind: Kind, help: &str) {
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
    };
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn sample(text: &mut String, name: &str, label: &str, value: &str, number: impl Display) {
    let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_tells_its_own_number_and_kind() {
        let page = page(&Snapshot::distinct());
        for (name, number) in [
            ("mq_connections_accepted_total", 111),
            ("mq_logins_refused_total", 108),
            ("mq_logins_checked_total", 109),
            ("mq_sessions_expired_total", 110),
            ("mq_received_bytes_total", 101),
            ("mq_sent_bytes_total", 102),
            ("mq_publish_received_bytes_total", 103),
            ("mq_publish_sent_bytes_total", 104),
            ("mq_messages_dropped_total", 105),
            ("mq_messages_expired_total", 106),
            ("mq_messages_denied_total", 107),
            ("mq_uptime_seconds", 201),
            ("mq_connections", 203),
            ("mq_logins_waiting", 204),
            ("mq_clients_connected", 112),
            ("mq_sessions", 302),
            ("mq_subscriptions", 205),
            ("mq_shared_subscriptions", 206),
            ("mq_retained_messages", 200),
            ("mq_queued_messages", 211),
            ("mq_stored_messages", 208),
            ("mq_stored_bytes", 210),
            ("mq_output_packets", 212),
            ("mq_output_bytes", 213),
            ("mq_memory_held_bytes", 214),
            ("mq_memory_limit_bytes", 215),
            ("mq_packets_received_total{type=\"publish\"}", 10_003),
            ("mq_packets_sent_total{type=\"connack\"}", 20_002),
        ] {
            assert!(page.contains(&format!("\n{name} {number}\n")), "{name} {number}: {page}");
            let bare = name.split('{').next().unwrap_or_default();
            let kind = if bare.ends_with("_total") { "counter" } else { "gauge" };
            assert!(page.contains(&format!("\n# TYPE {bare} {kind}\n")), "{bare}");
        }
    }
}
