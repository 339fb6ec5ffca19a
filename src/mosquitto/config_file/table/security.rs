//! Who is let in, and what they may do.

use super::{Scope, Served, works};
use crate::mosquitto::config_file::draft::once;

pub(super) const SERVED: &[Served] = &[
    works("per_listener_settings", Scope::Everything, |context, value| {
        if context.draft.has_security {
            return Err("it stands before everything that says who is let in".to_owned());
        }
        context.draft.is_per_listener = value.flag()?;
        Ok(())
    }),
    works("allow_anonymous", Scope::Security, |context, value| {
        let is_allowed = value.flag()?;
        if is_allowed {
            context.note_open("allow_anonymous");
        }
        context.security().allow_anonymous = Some(is_allowed);
        Ok(())
    }),
    works("listener_allow_anonymous", Scope::Listener, |context, value| {
        let is_allowed = value.flag()?;
        if is_allowed {
            context.note_open("listener_allow_anonymous");
        }
        context.block().anonymous_here = Some(is_allowed);
        Ok(())
    }),
    works("password_file", Scope::Security, |context, value| {
        let named = context.named("password_file", value)?;
        context.draft.named.push(named.clone());
        once(&mut context.security().password_file, named.path)
    }),
    works("acl_file", Scope::Security, |context, value| {
        let named = context.named("acl_file", value)?;
        context.draft.named.push(named.clone());
        once(&mut context.security().acl_file, named.path)
    }),
    works("allow_zero_length_clientid", Scope::Security, |context, value| {
        let is_allowed = value.flag()?;
        context.where_secured(move |policy| policy.assigns_client_ids = is_allowed);
        Ok(())
    }),
    works("auto_id_prefix", Scope::Security, |context, value| {
        let prefix: Box<str> = value.text()?.into();
        context.where_secured(move |policy| policy.assigned_prefix = prefix.clone());
        Ok(())
    }),
    works("clientid_prefixes", Scope::Everything, |context, value| {
        let prefix: Box<str> = value.text()?.into();
        context.everywhere(move |policy| policy.client_id_prefix = prefix.clone());
        Ok(())
    }),
];

pub(super) const UNSERVED: &str = "\
psk_file, psk_hint \
    | refused | TLS with keys that both sides know before is not served: use certificates
";
