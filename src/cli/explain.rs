//! `mq explain`: what a code means, where it comes from, and what to do.

mod exits;
mod reasons;
mod table;

use std::ffi::OsString;
use std::fmt::Write as _;

use self::table::{Entry, Kind};
use super::exit::Exit;
use super::manual::Manual;
use super::output;
use super::telling::Telling;
use crate::codec::Place;
use crate::text::near::distance;

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq explain 135               whatever has this number
mq explain 0x87              the same in hexadecimal
mq explain not authorized    by name
mq explain connack 5         in one packet only, like suback or disconnect
mq explain exit 4            as an exit code of mq, or of mosquitto's clients
mq explain mosquitto 27      of mosquitto's clients, and of mq under their names
mq explain                   all codes, a line each
",
    notes: "\
Packets are connack, suback, puback, pubrec, pubrel, pubcomp, unsuback, disconnect and auth.

The exit code is 0 when there is such a code, and 2 when there is none.",
    exit_status: "\
0 | There is such a code.
1 | It cannot be written to standard output.
2 | There is none.
",
    environment: "none | No variable is read.",
    files: "none | No file is read.",
    tool: None,
};

/// Say what a reason code or an exit code means, and what to do about it
#[derive(Debug, clap::Parser)]
#[command(name = "mq explain", disable_help_flag = true, disable_version_flag = true)]
pub(super) struct Args {
    /// A number, 0x and hexadecimal digits, or a name; a packet, exit, mq or mosquitto may stand
    /// before it
    #[arg(value_name = "CODE")]
    code: Vec<OsString>,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Lines of a page are no longer, however wide the terminal is.
const WIDTH: usize = 80;

/// Unknown names are answered with no more suggestions than this.
const SUGGESTIONS: usize = 3;

/// Explains what was asked for.
#[expect(clippy::unnecessary_wraps, reason = "the shape that all commands have")]
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    let words = args.code.into_iter().map(|word| word.to_string_lossy().into_owned());
    let words: Vec<_> = words.collect();
    Ok(match answer(&words.join(" "), output::width().min(WIDTH)) {
        Ok(page) => output::page(&page),
        Err(what) => {
            output::error_as(&what, Exit::Usage);
            Exit::Usage
        }
    })
}

/// The page for a question, or why there is none.
fn answer(question: &str, width: usize) -> Result<String, String> {
    let entries = table::all();
    // "disconnect with will message" is a name, though a packet stands first in it.
    let named: Vec<_> =
        entries.iter().filter(|entry| entry.is_called(question) && !entry.is_echo).collect();
    if !named.is_empty() {
        return Ok(page(&named, width));
    }
    let (scope, wanted) = Scope::read(question);
    let within: Vec<_> = entries.iter().filter(|entry| scope.has(entry)).collect();
    if wanted.is_empty() {
        return Ok(list(&within));
    }
    let Some(code) = number(wanted) else {
        let found: Vec<_> =
            within.iter().copied().filter(|entry| entry.is_called(wanted)).collect();
        return if found.is_empty() {
            Err(unknown_name(wanted, &within))
        } else {
            Ok(page(&found, width))
        };
    };
    let code = u8::try_from(code)
        .map_err(|_| format!("there is no code {wanted}: codes end at 255; see: mq explain"))?;
    let found: Vec<_> = within
        .iter()
        .copied()
        // Without a packet or program before it, the plain meaning is enough.
        .filter(|entry| entry.code == code && (scope != Scope::Any || !entry.is_echo))
        .collect();
    if found.is_empty() {
        let elsewhere: Vec<_> = entries.iter().filter(|entry| entry.code == code).collect();
        return Err(unknown_code(code, scope, &elsewhere, &within));
    }
    Ok(page(&found, width))
}

/// Decimal, or hexadecimal behind `0x`; `None` for what is no number.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        // Too large a number is still a number.
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(text.parse().unwrap_or(u32::MAX))
        }
        None => None,
    }
}

/// Which codes are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All.
    Any,
    /// Reason codes of version 5 in any packet.
    Reasons,
    /// What comes in one packet; DISCONNECT of either side.
    Packet(&'static str, &'static [Place]),
    /// Exit codes of every program.
    Exits,
    /// Exit codes of one.
    Program(Kind),
}

impl Scope {
    /// Takes the scope off the front of a question, and the words behind it that mean nothing.
    fn read(question: &str) -> (Self, &str) {
        let question = question.trim();
        let (first, rest) = question.split_once(' ').unwrap_or((question, ""));
        let Some(scope) = Self::called(&first.to_ascii_lowercase()) else {
            return (Self::Any, question);
        };
        let rest = rest.trim();
        let (filler, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_filler = filler.eq_ignore_ascii_case("code");
        (scope, if is_filler { behind.trim() } else { rest })
    }

    fn called(word: &str) -> Option<Self> {
        use Place as P;
        Some(match word {
            "code" => Self::Any,
            "reason" => Self::Reasons,
            "exit" => Self::Exits,
            "mq" => Self::Program(Kind::Mq),
            "mosquitto" | "mosquitto_pub" | "mosquitto_sub" | "mosquitto_rr" => {
                Self::Program(Kind::Mosquitto)
            }
            "connack" => Self::Packet("CONNACK", &[P::Connack]),
            "puback" => Self::Packet("PUBACK", &[P::Puback]),
            "pubrec" => Self::Packet("PUBREC", &[P::Pubrec]),
            "pubrel" => Self::Packet("PUBREL", &[P::Pubrel]),
            "pubcomp" => Self::Packet("PUBCOMP", &[P::Pubcomp]),
            "suback" => Self::Packet("SUBACK", &[P::Suback]),
            "unsuback" => Self::Packet("UNSUBACK", &[P::Unsuback]),
            "disconnect" => {
                Self::Packet("DISCONNECT", &[P::DisconnectFromClient, P::DisconnectFromServer])
            }
            "auth" => Self::Packet("AUTH", &[P::Auth]),
            _ => return None,
        })
    }

    fn has(self, entry: &Entry) -> bool {
        match self {
            Self::Any => true,
            Self::Reasons => entry.kind == Kind::Reason,
            Self::Packet(_, places) => places.iter().any(|place| entry.comes_in(*place)),
            Self::Exits => matches!(entry.kind, Kind::Mq | Kind::Mosquitto),
            Self::Program(kind) => entry.kind == kind,
        }
    }

    /// The subject of a sentence about what is not there.
    const fn subject(self) -> &'static str {
        match self {
            Self::Any => "MQTT",
            Self::Reasons => "version 5 of MQTT",
            Self::Packet(name, _) => name,
            Self::Exits | Self::Program(Kind::Mq) => "mq",
            Self::Program(_) => "mosquitto",
        }
    }
}

fn unknown_code(code: u8, scope: Scope, elsewhere: &[&Entry], within: &[&Entry]) -> String {
    let subject = scope.subject();
    if let Some(entry) = elsewhere.first() {
        return format!("{subject} has no code {code}, but it is {}", entry.reference());
    }
    // The nearest below and above.
    let below = within.iter().filter(|entry| entry.code < code).max_by_key(|entry| entry.code);
    let above = within.iter().filter(|entry| entry.code > code).min_by_key(|entry| entry.code);
    let near: Vec<_> = [below, above].into_iter().flatten().map(|near| near.reference()).collect();
    format!("{subject} has no code {code}; near it: {}", near.join("; "))
}

fn unknown_name(name: &str, within: &[&Entry]) -> String {
    let wanted = table::plain(name);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for known in within.iter().flat_map(|entry| entry.names()) {
        let plain = table::plain(known);
        let length = plain.chars().count().max(wanted.chars().count());
        let away = if plain.contains(&wanted) || wanted.contains(&plain) {
            0
        } else {
            distance(&wanted, &plain)
        };
        if away <= length / 3 && !near.iter().any(|(_, there)| *there == known) {
            near.push((away, known));
        }
    }
    near.sort_by_key(|(away, _)| *away);
    let near: Vec<_> = near.iter().take(SUGGESTIONS).map(|(_, known)| *known).collect();
    let meant = match near.as_slice() {
        [] => "see: mq explain".to_owned(),
        near => format!("did you mean: {}", near.join(", ")),
    };
    format!("there is no code called {name:?}; {meant}")
}

/// Everything about some codes.
fn page(entries: &[&Entry], width: usize) -> String {
    let mut text = String::new();
    for entry in entries {
        if !text.is_empty() {
            text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", entry.heading(), entry.name);
        let places = entry.places();
        if !places.is_empty() {
            paragraph("comes in", &places, width, &mut text);
        }
        paragraph("means", entry.meaning, width, &mut text);
        paragraph("to do", entry.advice, width, &mut text);
    }
    text
}

/// A label and what belongs to it, cut into lines.
fn paragraph(label: &str, body: &str, width: usize, text: &mut String) {
    let indent = 12;
    let _ = write!(text, "  {label:<10}");
    let mut column = indent;
    for (at, word) in body.split(' ').enumerate() {
        if at > 0 && column + 1 + word.chars().count() > width {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.chars().count();
    }
    text.push('\n');
}

/// A line a code, by kind.
fn list(entries: &[&Entry]) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let mut of_kind = entries.iter().filter(|entry| entry.kind == kind && !entry.is_echo);
        let Some(first) = of_kind.next() else { continue };
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", kind.title());
        for entry in std::iter::once(first).chain(of_kind) {
            let _ = writeln!(text, "  {:<10}{}", entry.number(), entry.name);
        }
        if entries.iter().any(|entry| entry.kind == kind && entry.is_echo) {
            let _ = writeln!(text, "  {:<10}CONNACK's reason code in MQTT 5", "128...");
        }
    }
    text.push_str("\nmq explain CODE tells what one of them means and what to do.\n");
    text
}

#[cfg(test)]
mod tests;
