//! The process, other files, and what is kept.

use super::{Effect, Key, Scope, refused, warns, works};
use crate::mosquitto::config_file::draft::once;

const IN_MEMORY: &str = "all is kept in memory, and gone when the broker ends";
const NO_PLUGINS: &str = "plugins are not served: who may do what is said by password_file and \
                          acl_file";
const NOT_SERVED: &str = "it is not served";

pub(super) const KEYS: &[Key] = &[
    Key { name: "include_dir", scope: Scope::Everything, effect: Effect::Include },
    works("pid_file", Scope::Everything, |context, value| {
        once(&mut context.draft.pid_file, value.path()?)
    }),
    works("user", Scope::Everything, |context, value| {
        once(&mut context.draft.user, value.text()?.to_owned())
    }),
    warns("persistence", &["false", "0"], IN_MEMORY),
    warns("retained_persistence", &["false", "0"], IN_MEMORY),
    warns("persistence_file", &[], IN_MEMORY),
    warns("persistence_location", &[], IN_MEMORY),
    warns("autosave_interval", &[], IN_MEMORY),
    warns("autosave_on_changes", &["false", "0"], IN_MEMORY),
    refused("plugin", &[], NO_PLUGINS),
    refused("global_plugin", &[], NO_PLUGINS),
    refused("plugin_load", &[], NO_PLUGINS),
    refused("plugin_use", &[], NO_PLUGINS),
    refused("plugin_opt_*", &[], NO_PLUGINS),
    refused("auth_plugin", &[], NO_PLUGINS),
    refused("auth_plugin_deny_special_chars", &["true", "1"], NO_PLUGINS),
    refused("auth_opt_*", &[], NO_PLUGINS),
    warns(
        "allow_duplicate_messages",
        &["true", "1"],
        "one message comes once, whatever its subscriptions",
    ),
    warns("enable_control_api", &["false", "0"], "there is nothing at $CONTROL"),
    warns("retry_interval", &[], "what is unacknowledged is sent again at reconnection only"),
    warns("store_clean_interval", &[], "it means nothing any longer"),
    warns("trace_level", &[], NOT_SERVED),
    warns("trace_output", &[], NOT_SERVED),
    warns("ffdc_output", &[], NOT_SERVED),
    warns("max_log_entries", &[], NOT_SERVED),
];
