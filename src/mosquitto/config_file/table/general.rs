//! The process, other files, and what is kept.

use super::{Scope, Served, works};
use crate::mosquitto::config_file::draft::once;

pub(super) const SERVED: &[Served] = &[
    works("pid_file", Scope::Everything, |context, value| {
        once(&mut context.draft.pid_file, value.path()?)
    }),
    works("user", Scope::Everything, |context, value| {
        once(&mut context.draft.user, value.text()?.to_owned())
    }),
];

pub(super) const UNSERVED: &str = "\
persistence false 0, retained_persistence false 0, autosave_on_changes false 0, autosave_interval, \
    persistence_file, persistence_location \
    | warns | all is kept in memory, and gone when the broker ends
allow_duplicate_messages true 1 | warns | one message comes once, whatever its subscriptions
enable_control_api false 0 | warns | there is nothing at $CONTROL
retry_interval | warns | what is unacknowledged is sent again at reconnection only
store_clean_interval | warns | it means nothing any longer
trace_level, trace_output, ffdc_output, max_log_entries | warns | it is not served
plugin, global_plugin, plugin_load, plugin_use, plugin_opt_*, auth_plugin, \
    auth_plugin_deny_special_chars true 1, auth_opt_* \
    | refused | plugins are not served: who may do what is said by password_file and acl_file
";
