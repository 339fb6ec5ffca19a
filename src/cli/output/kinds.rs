//! What a line of standard error is, and how it looks: for people, or as JSON for programs.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use colored::Colorize as _;

use super::dialect;
use crate::cli::exit::Exit;
use crate::codec::Reason;
use crate::options::Dialect;

/// `--error-format json`.
static JSON: AtomicBool = AtomicBool::new(false);

/// From now on each line is a JSON object.
pub(in crate::cli) fn speak_json() {
    JSON.store(true, Ordering::Relaxed);
}

/// Whether each line is a JSON object.
pub(super) fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// What a line is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Something went wrong.
    Error(Facts),
    /// Something to know.
    Warning,
    /// A packet that came or went.
    Packet,
    /// Something that was asked for.
    Note,
}

/// What programs want to know of an error beside its words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// The exit code that it leads to.
    pub(super) exit: Option<u8>,
    /// The reason of the broker.
    pub(super) reason: Option<Reason>,
}

impl Facts {
    /// What ends the command so.
    pub(super) fn of_exit(exit: Exit) -> Self {
        Self { exit: Some(exit.code()), reason: None }
    }

    /// What the broker said.
    pub(super) const fn of_reason(reason: Reason) -> Self {
        Self { exit: None, reason: Some(reason) }
    }
}

impl Kind {
    /// The line with this text, which is harmless, and its newline.
    pub(super) fn line(self, text: &str) -> String {
        if is_json() {
            return self.json(text);
        }
        match (self, dialect()) {
            (Self::Packet | Self::Note, _) => format!("{text}\n"),
            (Self::Error(_), Dialect::Own) => format!("{} {text}\n", prefix(true)),
            (Self::Warning, Dialect::Own) => format!("{} {text}\n", prefix(false)),
            (Self::Error(_), Dialect::Mosquitto(_)) => format!("Error: {text}\n"),
            (Self::Warning, Dialect::Mosquitto(_)) => format!("Warning: {text}\n"),
        }
    }

    fn json(self, text: &str) -> String {
        let (name, facts) = match self {
            Self::Error(facts) => ("error", facts),
            Self::Warning => ("warning", Facts::default()),
            Self::Packet => ("packet", Facts::default()),
            Self::Note => ("note", Facts::default()),
        };
        let message = serde_json::Value::from(text);
        let number = |key: &str, number: Option<u8>| {
            number.map(|number| format!(",\"{key}\":{number}")).unwrap_or_default()
        };
        let exit = number("exit_code", facts.exit);
        let reason = number("reason_code", facts.reason.map(Reason::code));
        format!("{{\"type\":\"{name}\",\"message\":{message}{exit}{reason}}}\n")
    }
}

/// The program's name, coloured for people.
fn prefix(is_error: bool) -> String {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    let coloured = *COLOURED.get_or_init(|| io::stderr().is_terminal() && super::may_be_coloured());
    if !coloured {
        return "mq:".to_owned();
    }
    colored::control::set_override(true);
    if is_error { "mq:".red().bold().to_string() } else { "mq:".bold().to_string() }
}
