//! `mq broker --show-limits`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::broker::{Limits, Policy};

/// Every limit with its value and its meaning, a line each. What another listener has otherwise
/// than the first is told with its number.
pub(super) fn page(limits: &Limits, policies: &[&Policy]) -> String {
    let mut page = String::new();
    let mut tell = |(name, value, meaning): &Row, place: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{name:<24}{value:>12}  {meaning}{place}");
    };
    for row in &connecting(limits) {
        tell(row, "");
    }
    let first = policies.first().map_or_else(Vec::new, |policy| of_listener(policy));
    for (at, policy) in policies.iter().enumerate() {
        let place = if at == 0 { String::new() } else { format!(", listener {}", at + 1) };
        for row in of_listener(policy).iter().filter(|row| at == 0 || !first.contains(row)) {
            tell(row, &place);
        }
    }
    for row in sending(limits).iter().chain(&keeping(limits)) {
        tell(row, "");
    }
    page
}

/// Name, value, and what it is of.
type Row = (&'static str, String, &'static str);

/// What is asked of who connects, anywhere.
fn connecting(limits: &Limits) -> Vec<Row> {
    let keep_alive = Duration::from_secs(limits.keep_alive.into());
    vec![
        ("maximum packet", limits.maximum_packet.to_string(), "bytes, from loopback"),
        (
            "maximum packet, remote",
            limits.remote_maximum_packet.to_string(),
            "bytes, announced to version 5",
        ),
        ("maximum message", number(limits.message_bytes), "bytes of a payload"),
        ("CONNECT", limits.connect_bytes.to_string(), "bytes"),
        ("CONNECT deadline", time(limits.connect_deadline), "from the connection's start"),
        ("without CONNECT", limits.unauthenticated.to_string(), "connections at once"),
        ("connections", number(limits.connections), "at once, as far as descriptors reach"),
        ("clients", number(limits.clients), "sessions, those away included"),
        (
            "keep-alive",
            if keep_alive.is_zero() { NONE.to_owned() } else { time(keep_alive) },
            "at most, told to version 5",
        ),
        ("user properties", limits.user_properties.to_string(), "a packet"),
        ("property bytes", limits.property_bytes.to_string(), "a packet"),
        ("topic levels", limits.topic_levels.to_string(), "of names and filters"),
    ]
}

/// What a listener asks of its clients.
fn of_listener(policy: &Policy) -> Vec<Row> {
    vec![
        ("connections, listener", number(policy.connections), "at once, of one listener"),
        ("maximum QoS", (policy.maximum_qos as u8).to_string(), "taken and granted"),
        ("topic aliases", policy.topic_aliases.to_string(), "a connection"),
        ("topic aliases, own", policy.own_topic_aliases.to_string(), "likewise, towards a client"),
    ]
}

/// What is on its way at once, and who waits.
fn sending(limits: &Limits) -> Vec<Row> {
    vec![
        ("output", limits.output_bytes.to_string(), "bytes for a reader, then its publishers wait"),
        ("output messages", limits.output_messages.to_string(), "QoS 1 and 2, likewise"),
        ("queue", number(limits.queue_messages), "messages for who is away or slow"),
        ("queue bytes", number(limits.queue_bytes), "bytes, likewise"),
        ("queue, wills", Limits::WILL_QUEUES.to_string(), "times the queue, then wills are lost"),
        ("window, version 5", limits.window_v5.to_string(), "unacknowledged, or the client's own"),
        ("window, before", limits.window_v3.to_string(), "unacknowledged messages to a client"),
        ("window bytes", number(limits.window_bytes), "of their payloads"),
        ("receive maximum", limits.receive_maximum.to_string(), "unacknowledged from a client"),
        ("parked", limits.parked_messages.to_string(), "QoS 1 and 2 messages of who waits"),
        ("parked bytes", limits.parked_bytes.to_string(), "bytes, likewise"),
        ("parked QoS 0", limits.parked_once_bytes.to_string(), "bytes, likewise"),
        ("progress", time(limits.progress), "without any, nobody waits for a subscriber"),
        ("progress, again", time(limits.progress_again), "likewise, slow within the last minute"),
        ("$SYS", time(limits.sys_interval), "between what is published of the broker itself"),
        ("refusal", time(limits.refusal), "of a full queue, before it loses messages"),
    ]
}

/// What is kept of clients and messages.
fn keeping(limits: &Limits) -> Vec<Row> {
    vec![
        ("session expiry", time(limits.session_expiry), "after the connection's end, at most"),
        ("subscriptions", number(limits.subscriptions), "a client"),
        (
            "subscription levels",
            number(limits.subscription_levels),
            "a client, of all its filters together",
        ),
        ("memory", number(limits.memory), "bytes of messages, buffers and sessions in all"),
        ("retained", number(limits.retained_messages), "messages"),
        ("retained bytes", number(limits.retained_bytes), "bytes, topics included"),
        (
            "retained for",
            limits.retained_for.map_or_else(|| NONE.to_owned(), time),
            "then a message is not retained any longer",
        ),
    ]
}

const NONE: &str = "none";

fn number(limit: usize) -> String {
    if limit == Limits::NONE { NONE.to_owned() } else { limit.to_string() }
}

fn time(limit: Duration) -> String {
    if limit == Limits::FOREVER {
        return NONE.to_owned();
    }
    humantime::format_duration(limit).to_string()
}
