//! `mq broker --show-limits`.

use std::fmt::Write as _;

use crate::broker::Limits;

/// Every limit with its value and its meaning, a line each.
pub(super) fn page() -> String {
    let limits = Limits::default();
    let seconds = |duration: std::time::Duration| humantime::format_duration(duration).to_string();
    let rows: Vec<(&str, String, &str)> = vec![
        ("maximum packet", limits.maximum_packet.to_string(), "bytes, from loopback"),
        (
            "maximum packet, remote",
            Limits::REMOTE_MAXIMUM_PACKET.to_string(),
            "bytes, announced to version 5",
        ),
        ("CONNECT", limits.connect_bytes.to_string(), "bytes"),
        ("CONNECT deadline", seconds(limits.connect_deadline), "from the connection's start"),
        ("without CONNECT", limits.unauthenticated.to_string(), "connections at once"),
        ("topic levels", limits.topic_levels.to_string(), "of names and filters"),
        ("output", limits.output_bytes.to_string(), "bytes for a reader, then its publishers wait"),
        ("output messages", limits.output_messages.to_string(), "QoS 1 and 2, likewise"),
        ("queue", limits.queue_messages.to_string(), "messages for who is away or slow"),
        ("queue bytes", limits.queue_bytes.to_string(), "bytes, likewise"),
        ("queue, wills", Limits::WILL_QUEUES.to_string(), "times the queue, then wills are lost"),
        ("window, version 5", limits.window_v5.to_string(), "unacknowledged, or the client's own"),
        ("window, before", limits.window_v3.to_string(), "unacknowledged messages to a client"),
        ("receive maximum", limits.receive_maximum.to_string(), "unacknowledged from a client"),
        ("topic aliases", limits.topic_alias_maximum.to_string(), "a connection"),
        ("user properties", limits.user_properties.to_string(), "a packet"),
        ("property bytes", limits.property_bytes.to_string(), "a packet"),
        ("session expiry", seconds(limits.session_expiry), "after the connection's end, at most"),
        ("subscriptions", limits.subscriptions.to_string(), "a client"),
        (
            "subscription levels",
            limits.subscription_levels.to_string(),
            "a client, of all its filters together",
        ),
        ("retained", limits.retained_messages.to_string(), "messages"),
        ("retained bytes", limits.retained_bytes.to_string(), "bytes, topics included"),
        ("parked", limits.parked_messages.to_string(), "QoS 1 and 2 messages of who waits"),
        ("parked bytes", limits.parked_bytes.to_string(), "bytes, likewise"),
        ("parked QoS 0", limits.parked_once_bytes.to_string(), "bytes, likewise"),
        ("progress", seconds(limits.progress), "without any, nobody waits for a subscriber"),
        (
            "progress, again",
            seconds(limits.progress_again),
            "likewise, slow within the last minute",
        ),
        ("memory", limits.memory.to_string(), "bytes of messages, buffers and sessions in all"),
        ("$SYS", seconds(limits.sys_interval), "between what is published of the broker itself"),
        ("refusal", seconds(limits.refusal), "of a full queue, before it loses messages"),
    ];
    let mut page = String::new();
    for (name, value, meaning) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{name:<24}{value:>12}  {meaning}");
    }
    page
}
