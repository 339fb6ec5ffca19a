//! The log.

use super::{Scope, Served, works};
use crate::mosquitto::config_file::draft::Context;
use crate::mosquitto::config_file::value::Value;
use crate::options::log::{Destination, Types};

/// The last of `local0` to `local7`.
const LAST_FACILITY: i64 = 7;

pub(super) const SERVED: &[Served] = &[
    works("log_dest", Scope::Everything, destination),
    works("log_type", Scope::Everything, kind),
    works("log_facility", Scope::Everything, |context, value| {
        let number = value.number(0..=LAST_FACILITY)?;
        context.draft.log.facility = u8::try_from(number).ok();
        Ok(())
    }),
    works("log_timestamp", Scope::Everything, |context, value| {
        context.draft.log.timestamp = value.flag()?;
        Ok(())
    }),
    works("log_timestamp_format", Scope::Everything, |context, value| {
        context.draft.log.format = Some(value.text()?.to_owned());
        Ok(())
    }),
    works("connection_messages", Scope::Everything, |context, value| {
        context.draft.log.connections = value.flag()?;
        Ok(())
    }),
];

pub(super) const UNSERVED: &str = "\
websockets_log_level | warns | log_type websockets is all that there is
";

fn destination(context: &mut Context<'_>, value: Value<'_>) -> Result<(), String> {
    let (word, rest) = value.first()?;
    let destination = match word {
        "none" => {
            context.draft.destinations = Some(Vec::new());
            return Ok(());
        }
        "stdout" => Destination::Stdout,
        "stderr" => Destination::Stderr,
        "syslog" => Destination::Syslog,
        "file" => Destination::File(rest.path()?),
        "topic" => Destination::Topics,
        "dlt" | "android" => {
            context.warn(format!("log_dest: {word} is not served, and nothing goes there"));
            return Ok(());
        }
        other => {
            return Err(format!(
                "{other:?} is not stdout, stderr, syslog, topic, file PATH or none"
            ));
        }
    };
    let all = context.draft.destinations.get_or_insert_default();
    let has_file = all.iter().any(|other| matches!(other, Destination::File(_)));
    if has_file && matches!(destination, Destination::File(_)) {
        return Err("there is one file at most".to_owned());
    }
    if !all.contains(&destination) {
        all.push(destination);
    }
    Ok(())
}

fn kind(context: &mut Context<'_>, value: Value<'_>) -> Result<(), String> {
    let types = context.draft.types.get_or_insert(Types::NONE);
    match value.word()? {
        "none" => *types = Types::NONE,
        "all" => *types = Types::ALL,
        "error" => types.error = true,
        "warning" => types.warning = true,
        "notice" => types.notice = true,
        "information" => types.information = true,
        "debug" => types.debug = true,
        "subscribe" => types.subscribe = true,
        "unsubscribe" => types.unsubscribe = true,
        "websockets" => types.websockets = true,
        "internal" => {}
        other => return Err(format!("{other:?} is no kind of line")),
    }
    Ok(())
}
