//! Where to listen, and what holds there.

use std::path::PathBuf;

use super::{Scope, Served, works};
use crate::broker::{MountPoint, Versions};
use crate::codec::{Qos, Version};
use crate::mosquitto::config_file::draft::{Block, Context, Family, once};
use crate::mosquitto::config_file::value::Value;

/// More aliases have no use towards one client.
const OWN_ALIASES: u16 = 64;

pub(super) const SERVED: &[Served] = &[
    works("listener", Scope::Everything, listener),
    works("port", Scope::Everything, |context, value| {
        let port = port(value.word()?)?;
        once(&mut context.draft.general.port, port)
    }),
    works("bind_address", Scope::Everything, |context, value| {
        once(&mut context.draft.general.host, value.word()?.to_owned())
    }),
    works("socket_domain", Scope::Listener, |context, value| {
        context.block().family = Some(match value.word()? {
            "ipv4" => Family::V4,
            "ipv6" => Family::V6,
            other => return Err(format!("{other:?} is neither ipv4 nor ipv6")),
        });
        Ok(())
    }),
    works("protocol", Scope::Listener, |context, value| {
        context.block().entry.is_websocket = match value.word()? {
            "mqtt" => false,
            "websockets" => true,
            "http_api" => {
                return Err("the state of the broker is not served by HTTP here".to_owned());
            }
            "quic" => return Err("QUIC is not served".to_owned()),
            other => return Err(format!("{other:?} is neither mqtt nor websockets")),
        };
        Ok(())
    }),
    works("max_connections", Scope::Listener, |context, value| {
        let most = value.most()?;
        context.here(move |policy| policy.connections = most);
        Ok(())
    }),
    works("max_qos", Scope::Listener, maximum_qos),
    works("maximum_qos", Scope::Listener, maximum_qos),
    works("max_topic_alias", Scope::Listener, |context, value| {
        let most = value.small()?;
        context.here(move |policy| policy.topic_aliases = most);
        Ok(())
    }),
    works("max_topic_alias_broker", Scope::Listener, |context, value| {
        let most = value.small()?.min(OWN_ALIASES);
        context.here(move |policy| policy.own_topic_aliases = most);
        Ok(())
    }),
    works("mount_point", Scope::Listener, |context, value| {
        let mount = MountPoint::new(value.text()?).map_err(|error| error.to_string())?;
        context.here(move |policy| policy.mount = Some(mount.clone()));
        Ok(())
    }),
    works("use_username_as_clientid", Scope::Listener, |context, value| {
        let is_used = value.flag()?;
        context.here(move |policy| policy.user_as_client_id = is_used);
        Ok(())
    }),
    works("accept_protocol_versions", Scope::Listener, |context, value| {
        let versions = versions(value.word()?)?;
        context.here(move |policy| policy.versions = versions);
        Ok(())
    }),
    works("listener_auto_id_prefix", Scope::Listener, |context, value| {
        let prefix: Box<str> = value.text()?.into();
        context.here(move |policy| policy.assigned_prefix = prefix.clone());
        Ok(())
    }),
    works("enable_proxy_protocol", Scope::Listener, |context, value| {
        context.block().entry.proxy = match value.word()? {
            "0" => None,
            "1" => Some(1),
            "2" => Some(2),
            other => return Err(format!("{other:?} is neither 1 nor 2")),
        };
        Ok(())
    }),
    works("proxy_protocol_v2_require_tls", Scope::Listener, |context, value| {
        context.block().entry.proxy_requires_tls = value.flag()?;
        Ok(())
    }),
    works("websockets_origin", Scope::Listener, |context, value| {
        let origin = value.word()?.to_owned();
        context.block().entry.origins.push(origin);
        Ok(())
    }),
];

pub(super) const UNSERVED: &str = "\
bind_interface | refused | it is not served: give the listener the interface's address
http_dir | warns | no files are served by HTTP
websockets_headers_size, packet_buffer_size | warns | the room for headers is not to be set
";

/// `listener PORT [ADDRESS]`, `listener 0 /PATH`.
fn listener(context: &mut Context<'_>, value: Value<'_>) -> Result<(), String> {
    let (first, rest) = value.first()?;
    let port = port(first)?;
    let block = match rest.text() {
        Err(_) => Block { port: Some(port), ..Block::default() },
        Ok(path) if path.starts_with('/') => {
            let path = rest.word()?;
            if port != 0 {
                return Err(format!("a Unix socket has the port 0: listener 0 {path}"));
            }
            Block { unix: Some(PathBuf::from(path)), ..Block::default() }
        }
        Ok(comment) if comment.starts_with('#') => Block { port: Some(port), ..Block::default() },
        Ok(_) => {
            let host = Some(rest.word()?.to_owned());
            Block { port: Some(port), host, ..Block::default() }
        }
    };
    context.begin(block);
    Ok(())
}

fn port(word: &str) -> Result<u16, String> {
    word.parse().map_err(|_| format!("{word:?} is not a port: 0 to 65535"))
}

fn maximum_qos(context: &mut Context<'_>, value: Value<'_>) -> Result<(), String> {
    let qos = match value.word()? {
        "0" => Qos::AtMostOnce,
        "1" => Qos::AtLeastOnce,
        "2" => Qos::ExactlyOnce,
        other => return Err(format!("{other:?} is not 0, 1 or 2")),
    };
    context.here(move |policy| policy.maximum_qos = qos);
    Ok(())
}

/// Numbers of versions as CONNECT has them, with commas between.
fn versions(text: &str) -> Result<Versions, String> {
    text.split(',').try_fold(Versions::NONE, |versions, number| match number.trim() {
        "3" => Ok(versions.with(Version::V31)),
        "4" => Ok(versions.with(Version::V311)),
        "5" => Ok(versions.with(Version::V5)),
        other => Err(format!("{other:?} is not 3, 4 or 5, for MQTT 3.1, 3.1.1 and 5.0")),
    })
}
