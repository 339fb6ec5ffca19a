//! How much is taken and kept.

use std::time::Duration;

use super::{Scope, Served, works};
use crate::codec::MAX_PACKET_SIZE;
use crate::mosquitto::config_file::draft::Context;
use crate::mosquitto::config_file::value::Value;

/// A packet of this size holds little more than its topic: mosquitto takes no lower limit.
const SMALLEST_PACKET: i64 = 20;

/// mosquitto before 2.1 has it for any keep-alive.
const ANY_KEEP_ALIVE: u16 = u16::MAX;

/// Minutes of a hundred years: longer than anything is retained.
const MOST_MINUTES: i64 = 60 * 24 * 366 * 100;

pub(super) const SERVED: &[Served] = &[
    works("max_queued_messages", Scope::Everything, |context, value| {
        context.draft.limits.queue_messages = value.count()?;
        Ok(())
    }),
    works("max_queued_bytes", Scope::Everything, |context, value| {
        context.draft.limits.queue_bytes = value.count()?;
        Ok(())
    }),
    works("max_inflight_messages", Scope::Everything, |context, value| {
        let most = match value.small()? {
            0 => u16::MAX,
            most => most,
        };
        let limits = &mut context.draft.limits;
        (limits.window_v5, limits.window_v3, limits.receive_maximum) = (most, most, most);
        Ok(())
    }),
    works("max_inflight_bytes", Scope::Everything, |context, value| {
        context.draft.limits.window_bytes = value.count()?;
        Ok(())
    }),
    works("max_packet_size", Scope::Everything, |context, value| {
        let bytes = value.number(SMALLEST_PACKET..=i64::from(MAX_PACKET_SIZE))?;
        let bytes = u32::try_from(bytes).unwrap_or(MAX_PACKET_SIZE);
        let limits = &mut context.draft.limits;
        (limits.maximum_packet, limits.remote_maximum_packet) = (bytes, bytes);
        Ok(())
    }),
    works("message_size_limit", Scope::Everything, |context, value| {
        context.draft.limits.message_bytes = value.count()?;
        Ok(())
    }),
    works("global_max_connections", Scope::Everything, |context, value| {
        context.draft.limits.connections = value.most()?;
        Ok(())
    }),
    works("global_max_clients", Scope::Everything, |context, value| {
        context.draft.limits.clients = value.most()?;
        Ok(())
    }),
    works("max_keepalive", Scope::Everything, |context, value| {
        let seconds = value.small()?;
        context.draft.limits.keep_alive = if seconds == ANY_KEEP_ALIVE { 0 } else { seconds };
        Ok(())
    }),
    works("persistent_client_expiration", Scope::Everything, |context, value| {
        context.draft.limits.session_expiry = value.days()?;
        Ok(())
    }),
    works("retain_available", Scope::Everything, |context, value| {
        context.draft.limits.retains = value.flag()?;
        Ok(())
    }),
    works("retain_expiry_interval", Scope::Everything, retained_for),
    works("check_retain_source", Scope::Everything, |context, value| {
        context.draft.limits.checks_retained = value.flag()?;
        Ok(())
    }),
    works("queue_qos0_messages", Scope::Everything, |context, value| {
        context.draft.limits.queues_once = value.flag()?;
        Ok(())
    }),
    works("upgrade_outgoing_qos", Scope::Everything, |context, value| {
        context.draft.limits.upgrades_qos = value.flag()?;
        Ok(())
    }),
    works("set_tcp_nodelay", Scope::Everything, |context, value| {
        context.draft.limits.no_delay = value.flag()?;
        Ok(())
    }),
    works("sys_interval", Scope::Everything, |context, value| {
        context.draft.limits.sys_interval = Duration::from_secs(value.small()?.into());
        Ok(())
    }),
    works("memory_limit", Scope::Everything, |context, value| {
        context.draft.limits.memory = value.count()?;
        Ok(())
    }),
];

fn retained_for(context: &mut Context<'_>, value: Value<'_>) -> Result<(), String> {
    let minutes = u64::try_from(value.number(0..=MOST_MINUTES)?).unwrap_or_default();
    let time = Duration::from_mins(minutes);
    context.draft.limits.retained_for = (minutes > 0).then_some(time);
    Ok(())
}
