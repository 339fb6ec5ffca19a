//! The broker's own state as retained messages below `$SYS/broker/`, as mosquitto publishes it: all
//! of it when the broker begins, then what has changed, each time the interval has passed.

mod load;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use self::load::{Load, SPANS};
use super::counters::Snapshot;
use super::message::Arrival;
use super::publish::Publisher;
use super::router::Router;
use super::session::SessionKey;
use super::timers::Timer;
use crate::codec::{PacketType, Properties, Qos, Version};
use crate::process::Usage;

/// What stands before every topic.
const ROOT: &str = "$SYS/broker";

/// How a counter is read.
type Counter = fn(&Snapshot) -> u64;

/// What has a load: its topic, and its counter.
const LOADS: [(&str, Counter); 9] = [
    ("messages/received", Snapshot::messages_received),
    ("messages/sent", Snapshot::messages_sent),
    ("publish/dropped", |snapshot| snapshot.totals.dropped),
    ("publish/received", |snapshot| snapshot.packets(PacketType::Publish).0),
    ("publish/sent", |snapshot| snapshot.packets(PacketType::Publish).1),
    ("bytes/received", |snapshot| snapshot.totals.bytes_received),
    ("bytes/sent", |snapshot| snapshot.totals.bytes_sent),
    ("sockets", |snapshot| snapshot.totals.accepted),
    ("connections", |snapshot| snapshot.packets(PacketType::Connect).0),
];

/// Packets by type, and whether they come, go out, or both. mosquitto's manual names these topics;
/// it publishes none of them.
pub(super) const PACKETS: [(&str, PacketType, bool, bool); 15] = [
    ("connect", PacketType::Connect, true, false),
    ("connack", PacketType::Connack, false, true),
    ("publish", PacketType::Publish, true, true),
    ("puback", PacketType::Puback, true, true),
    ("pubrec", PacketType::Pubrec, true, true),
    ("pubrel", PacketType::Pubrel, true, true),
    ("pubcomp", PacketType::Pubcomp, true, true),
    ("subscribe", PacketType::Subscribe, true, false),
    ("suback", PacketType::Suback, false, true),
    ("unsubscribe", PacketType::Unsubscribe, true, false),
    ("unsuback", PacketType::Unsuback, false, true),
    ("pingreq", PacketType::Pingreq, true, false),
    ("pingresp", PacketType::Pingresp, false, true),
    ("disconnect", PacketType::Disconnect, true, true),
    ("auth", PacketType::Auth, true, false),
];

/// What was published of the broker's state.
#[derive(Debug, Default)]
pub(super) struct Status {
    began: Option<Instant>,
    published_at: Duration,
    loads: [Load; LOADS.len()],
    /// The most sessions that there were at once, as far as it was looked.
    clients_maximum: u64,
    said: HashMap<String, String>,
    /// When it is published next; timers of another time are passed over.
    due: Option<Instant>,
}

/// How the broker publishes something of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Retained, until there is something newer.
    Lasting,
    /// For who is there: not retained, and of no use after [`PASSING`].
    Passing,
}

/// Seconds that a line of the log waits for a client: what mosquitto gives it.
const PASSING: u32 = 20;

impl Status {
    /// Since the broker began.
    pub(super) fn uptime(&self, now: Instant) -> Duration {
        self.began.map_or(Duration::ZERO, |began| now.saturating_duration_since(began))
    }

    /// Topics and what is to be published to them, where it is not what was published last.
    fn changes(&mut self, snapshot: &Snapshot) -> Vec<(String, String)> {
        let mut changes = Vec::new();
        self.clients_maximum = self.clients_maximum.max(snapshot.sessions);
        let mut all = totals(snapshot, self.clients_maximum);
        let time = snapshot.uptime.saturating_sub(self.published_at);
        self.published_at = snapshot.uptime;
        for ((name, counter), load) in LOADS.iter().zip(&mut self.loads) {
            let averages = load.update(counter(snapshot), time);
            for ((span, _), average) in SPANS.iter().zip(averages) {
                all.push((format!("load/{name}/{span}"), format!("{average:.2}")));
            }
        }
        for (topic, text) in all {
            if self.said.get(&topic) != Some(&text) {
                self.said.insert(topic.clone(), text.clone());
                changes.push((topic, text));
            }
        }
        changes
    }
}

/// All topics but those of the loads.
fn totals(snapshot: &Snapshot, clients_maximum: u64) -> Vec<(String, String)> {
    let totals = &snapshot.totals;
    let (online, offline) = (totals.online, snapshot.sessions.saturating_sub(totals.online));
    let (published_in, published_out) = snapshot.packets(PacketType::Publish);
    let mut all = vec![
        ("version", format!("mq version {}", env!("CARGO_PKG_VERSION"))),
        ("uptime", format!("{} seconds", snapshot.uptime.as_secs())),
    ];
    let numbers = [
        ("clients/total", snapshot.sessions),
        ("clients/maximum", clients_maximum),
        ("clients/inactive", offline),
        ("clients/disconnected", offline),
        ("clients/active", online),
        ("clients/connected", online),
        ("clients/expired", totals.sessions_expired),
        ("messages/stored", snapshot.stored),
        ("messages/received", snapshot.messages_received()),
        ("messages/sent", snapshot.messages_sent()),
        ("store/messages/count", snapshot.stored),
        ("store/messages/bytes", snapshot.stored_payload),
        ("subscriptions/count", snapshot.subscriptions),
        ("shared_subscriptions/count", snapshot.shared_subscriptions),
        ("retained messages/count", snapshot.retained),
        ("bytes/received", totals.bytes_received),
        ("bytes/sent", totals.bytes_sent),
        ("publish/messages/dropped", totals.dropped),
        ("publish/messages/received", published_in),
        ("publish/messages/sent", published_out),
        ("publish/bytes/received", totals.payload_received),
        ("publish/bytes/sent", snapshot.payload_sent()),
        ("packet/out/count", snapshot.waiting_packets),
        ("packet/out/bytes", snapshot.waiting_bytes),
        ("connections/socket/count", snapshot.connections),
    ];
    all.extend(numbers.map(|(topic, number)| (topic, number.to_string())));
    // Where the system does not tell it, there is no such topic, as mosquitto's manual allows.
    if let Ok(own) = Usage::of(None) {
        all.push(("heap/current", own.memory.to_string()));
        all.push(("heap/maximum", own.peak.to_string()));
    }
    let mut all: Vec<_> = all.into_iter().map(|(topic, text)| (topic.to_owned(), text)).collect();
    for (name, packet, comes, goes) in PACKETS {
        let (received, sent) = snapshot.packets(packet);
        if comes {
            all.push((format!("mqtt/{name}/received"), received.to_string()));
        }
        if goes {
            all.push((format!("mqtt/{name}/sent"), sent.to_string()));
        }
    }
    all
}

impl Router {
    /// The broker serves from now on: its time runs, and its state is published.
    pub(super) fn begin(&mut self, now: Instant) {
        self.status.began = Some(now);
        self.publish_status(now);
    }

    /// Publishes what has changed, where the interval has passed.
    pub(super) fn look_at_status(&mut self, now: Instant) {
        if self.status.due.is_some_and(|due| due <= now) {
            self.publish_status(now);
        }
    }

    /// Publishes what has changed, and again when the interval has passed.
    pub(super) fn publish_status(&mut self, now: Instant) {
        let interval = self.limits.sys_interval;
        self.status.due = None;
        let Some(began) = self.status.began.filter(|_| !interval.is_zero()) else {
            return;
        };
        let snapshot = self.snapshot(now);
        for (topic, text) in self.status.changes(&snapshot) {
            self.publish_own(&topic, text.as_bytes(), Form::Lasting, now);
        }
        // At whole intervals since it began, however late this one came.
        let passed = snapshot.uptime.as_nanos().checked_div(interval.as_nanos()).unwrap_or(0);
        let next = u32::try_from(passed + 1).ok().and_then(|count| interval.checked_mul(count));
        if let Some(next) = next.and_then(|next| began.checked_add(next)) {
            self.status.due = Some(next);
            self.timers.set(next, Timer::Status);
        }
    }

    /// Publishes a message of the broker's own, below its root. Nobody is held for it, and a queue
    /// or an output that is full loses it.
    pub(super) fn publish_own(&mut self, topic: &str, payload: &[u8], form: Form, now: Instant) {
        let topic = format!("{ROOT}/{topic}");
        let is_lasting = form == Form::Lasting;
        let arrival = Arrival {
            topic: &topic,
            payload,
            qos: Qos::ExactlyOnce,
            retain: is_lasting,
            properties: Properties::EMPTY,
            expiry: (!is_lasting).then_some(PASSING),
            verbatim: None,
        };
        let publisher =
            Publisher { session: SessionKey::BROKER, connection: None, version: Version::V5 };
        self.route(publisher, &arrival, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_tells_its_own_number() {
        let snapshot = Snapshot::distinct();
        let all: HashMap<_, _> = totals(&snapshot, 999).into_iter().collect();
        let (received, sent): (u64, u64) =
            ((1..16).map(|at| 10_000 + at).sum(), (1..16).map(|at| 20_000 + at).sum());
        for (topic, number) in [
            ("clients/total", 302),
            ("clients/maximum", 999),
            ("clients/inactive", 190),
            ("clients/disconnected", 190),
            ("clients/active", 112),
            ("clients/connected", 112),
            ("clients/expired", 110),
            ("messages/stored", 208),
            ("messages/received", received),
            ("messages/sent", sent),
            ("store/messages/count", 208),
            ("store/messages/bytes", 209),
            ("subscriptions/count", 205),
            ("shared_subscriptions/count", 206),
            ("retained messages/count", 407),
            ("bytes/received", 101),
            ("bytes/sent", 102),
            ("publish/messages/dropped", 105),
            ("publish/messages/received", 10_003),
            ("publish/messages/sent", 20_003),
            ("publish/bytes/received", 103),
            ("publish/bytes/sent", 104),
            ("packet/out/count", 212),
            ("packet/out/bytes", 213),
            ("connections/socket/count", 203),
            ("mqtt/connect/received", 10_001),
            ("mqtt/connack/sent", 20_002),
            ("mqtt/publish/received", 10_003),
            ("mqtt/publish/sent", 20_003),
            ("mqtt/pubcomp/sent", 20_007),
            ("mqtt/auth/received", 10_015),
        ] {
            assert_eq!(all.get(topic), Some(&number.to_string()), "{topic}");
        }
        assert_eq!(all.get("uptime").map(String::as_str), Some("201 seconds"));
        let loads = LOADS.map(|(name, counter)| (name, counter(&snapshot)));
        assert_eq!(
            loads,
            [
                ("messages/received", received),
                ("messages/sent", sent),
                ("publish/dropped", 105),
                ("publish/received", 10_003),
                ("publish/sent", 20_003),
                ("bytes/received", 101),
                ("bytes/sent", 102),
                ("sockets", 111),
                ("connections", 10_001),
            ]
        );
    }

    #[test]
    fn the_most_clients_are_remembered() {
        let mut status = Status::default();
        let mut told = |sessions| {
            let snapshot = Snapshot { sessions, ..Snapshot::distinct() };
            let changes: HashMap<_, _> = status.changes(&snapshot).into_iter().collect();
            changes.get("clients/maximum").cloned()
        };
        assert_eq!(told(500).as_deref(), Some("500"));
        assert_eq!((told(400), told(501).as_deref()), (None, Some("501")));
    }
}
