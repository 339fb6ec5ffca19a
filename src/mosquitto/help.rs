//! `--help` and `--version`.

use std::fmt::Write as _;

use super::name;
use super::table::{Effect, Row, rows};
use crate::options::Tool;

/// The release of mosquitto whose clients these are like.
const LIKE: &str = "2.1.0";

/// One line for scripts that look for the version, in mosquitto's form.
pub(super) fn version(tool: Tool) -> String {
    let own = env!("CARGO_PKG_VERSION");
    format!("{} version {LIKE} running on mq {own}.\n", name(tool))
}

/// What the tool does and all its options.
pub(super) fn page(tool: Tool) -> String {
    let name = name(tool);
    let (what, usage) = match tool {
        Tool::Publish => (
            "publishes a message, a file, or each line of standard input",
            "-t TOPIC {-m MESSAGE | -f FILE | -s | -l | -n}",
        ),
        Tool::Subscribe => ("prints the messages of topics as they come", "-t FILTER"),
        Tool::Request => {
            ("publishes a request and prints the response", "-t TOPIC -e TOPIC {-m | -f | -s | -n}")
        }
    };
    let mut page = format!("{name} {what}.\n{}\n", version(tool));
    // Writing to a string cannot fail.
    let _ = writeln!(page, "Usage: {name} {usage} [OPTIONS]\n\nOptions:");
    for row in rows(tool) {
        let _ = writeln!(page, "  {}\n        {}", names(row), row.help);
    }
    page.push_str("\nThis is mq under mosquitto's name; mq help tells its own commands.\n");
    page
}

/// `-h, --host HOST`.
fn names(row: &Row) -> String {
    let mut names = row.names.to_vec();
    names.sort_by_key(|name| name.len());
    let value = match &row.effect {
        Effect::Value { name, .. } => name,
        Effect::Property => "COMMAND PROPERTY VALUE",
        Effect::OptionFile => "FILE",
        Effect::Flag(_) | Effect::Help | Effect::Version => return names.join(", "),
    };
    format!("{} {value}", names.join(", "))
}
