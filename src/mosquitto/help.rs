//! `--help` and `--version`.

use std::fmt::Write as _;

use super::table::{Effect, Row, rows};
use super::{LIKE, name};
use crate::options::Tool;

/// One line for scripts that look for the version, in mosquitto's form.
pub(super) fn version(tool: Tool) -> String {
    let own = env!("CARGO_PKG_VERSION");
    format!("{} version {LIKE} running on mq {own}.\n", name(tool))
}

/// What the tool does, in a few words.
pub const fn purpose(tool: Tool) -> &'static str {
    match tool {
        Tool::Publish => "publish a message, a file, or each line of standard input",
        Tool::Subscribe => "print the messages of topics as they come",
        Tool::Request => "publish a request and print the response",
    }
}

/// The exit codes, as the manual pages explain them.
pub const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Done; also when subscriptions or messages were refused."),
    ("1", "Wrong options, --help, --version, a file that cannot be read, no connection."),
    (
        "2 to 31",
        "An error of mosquitto's library: 4 the broker ended the connection, 7 it was lost, 8 TLS, 14 the system, 16 the proxy, 27 -W passed.",
    ),
    ("1 to 5, 128 to 162", "The broker refused the connection: the number in CONNACK."),
    ("255", "mosquitto_sub: a signal came before the broker had accepted the connection."),
];

/// What of the environment is read; none of mq's variables is.
pub const ENVIRONMENT: &[(&str, &str)] =
    &[("XDG_CONFIG_HOME, HOME", "Where the option file is looked for.")];

/// The option file.
pub const FILES: &[(&str, &str)] = &[(
    "$XDG_CONFIG_HOME/NAME or $HOME/.config/NAME",
    "Options that are read before those of the command line, NAME being the program's; -o names \
     another file. One option a line, the rest of the line is its value; # begins a comment.",
)];

/// Every option of a tool: its names, its value if it takes one, what it does.
pub fn options(
    tool: Tool,
) -> impl Iterator<Item = (&'static [&'static str], Option<&'static str>, &'static str)> {
    rows(tool).map(|row| (row.names, value(row), row.help))
}

/// What the tool does and all its options.
pub(super) fn page(tool: Tool) -> String {
    let name = name(tool);
    let usage = match tool {
        Tool::Publish => "-t TOPIC {-m MESSAGE | -f FILE | -s | -l | -n}",
        Tool::Subscribe => "-t FILTER",
        Tool::Request => "-t TOPIC -e TOPIC {-m MESSAGE | -f FILE | -s | -n}",
    };
    let mut page = format!("{name}: {}\n{}\n", purpose(tool), version(tool));
    // Writing to a string cannot fail.
    let _ = writeln!(page, "Usage: {name} {usage} [OPTIONS]\n\nOptions:");
    for row in rows(tool) {
        let _ = writeln!(page, "  {}\n        {}", names(row), row.help);
    }
    page.push_str("\nThis is mq under mosquitto's name; mq help tells its own commands.\n");
    page
}

const fn value(row: &Row) -> Option<&'static str> {
    match &row.effect {
        Effect::Value { name, .. } => Some(name),
        Effect::Property => Some("COMMAND PROPERTY VALUE"),
        Effect::OptionFile => Some("FILE"),
        Effect::Flag(_) | Effect::Help | Effect::Version => None,
    }
}

/// `-h, --host HOST`.
fn names(row: &Row) -> String {
    let mut names = row.names.to_vec();
    names.sort_by_key(|name| name.len());
    let names = names.join(", ");
    match value(row) {
        Some(value) => format!("{names} {value}"),
        None => names,
    }
}
