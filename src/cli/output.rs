//! The only place that prints: data to standard output, all else to standard error.

mod complaints;
mod descriptor;
mod feed;
mod kinds;
mod lines;
mod mosquitto;
mod progress;
mod prompt;
mod queue;
mod report;
mod size;
mod stderr;
mod stdout;
mod topics;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use self::complaints::Complaints;
pub(super) use self::feed::{Feed, Weight, log, log_is_json, log_line};
#[cfg(unix)]
pub(super) use self::feed::{close_feed, detach};
pub(super) use self::kinds::speak_json;
use self::kinds::{Facts, Kind};
pub(super) use self::lines::Lines;
pub(super) use self::progress::{Progress, shown};
pub(super) use self::prompt::ask;
pub(super) use self::report::{cleared, delivery, publisher, rehearsal, requester, subscriber};
use self::stdout::Stdout;

use super::exit::{Exit, of_client};
use super::hint;
use crate::client::{self, Notice, Resumption, Settings};
use crate::codec::Reason;
use crate::net::{alternative_name, clock};
use crate::options::{self, Dialect, Show, Tool};
use crate::record::{Layout, Unprintable};
use crate::text::{escape, escape_line};

/// Whose words are spoken: set once at the start, if it is not `mq`.
static DIALECT: OnceLock<Dialect> = OnceLock::new();

/// `--quiet`: what goes wrong on the way is left to the exit code.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on all is told in these words.
pub(super) fn speak(dialect: Dialect) {
    // Only the first word counts.
    let _ = DIALECT.set(dialect);
}

/// Whose words are spoken.
pub(super) fn dialect() -> Dialect {
    DIALECT.get().copied().unwrap_or_default()
}

/// From now on errors and notes are left out; what was asked for is told all the same.
pub(super) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Something went wrong.
pub(super) fn error(text: &str) {
    error_with(text, Facts::default());
}

/// Something went wrong, of which more is known than words.
fn error_with(text: &str, facts: Facts) {
    if !is_quiet() {
        tell(Kind::Error(facts), text);
    }
}

/// Something went wrong, and ends the command so.
pub(super) fn error_as(text: &str, exit: Exit) {
    error_with(text, Facts::of_exit(exit));
}

/// Something to know; mosquitto's clients have no such words.
pub(super) fn note(text: &str) {
    if !is_quiet() && dialect() == Dialect::Own {
        tell(Kind::Warning, text);
    }
}

/// The command failed.
pub(super) fn failure(failure: &anyhow::Error) {
    match (dialect(), failure.downcast_ref::<client::Error>()) {
        (_, Some(failure)) => client_failure(failure),
        (Dialect::Own, None) => error_as(&hint::describe(failure), Exit::from(failure)),
        (Dialect::Mosquitto(_), None) => match failure.downcast_ref::<options::Error>() {
            Some(failure) => {
                for line in mosquitto::of_options(failure) {
                    plain(&line);
                }
            }
            None => error(&format!("{failure:#}")),
        },
    }
}

/// A client failed.
pub(super) fn client_failure(failure: &client::Error) {
    match dialect() {
        Dialect::Own => {
            let facts = Facts { reason: failure.reason(), ..Facts::of_exit(of_client(failure)) };
            error_with(&hint::of_client(failure), facts);
        }
        Dialect::Mosquitto(tool) => {
            for line in mosquitto::of_client(failure, tool) {
                plain_error(&line);
            }
        }
    }
}

/// Messages that could not be printed as asked.
static UNPRINTABLE: Mutex<Complaints> = Mutex::new(Complaints::new());

/// A message, or a part of it, cannot be printed as asked. mosquitto's clients tell each, however
/// many come.
fn unprintable(what: &Unprintable) {
    match (dialect(), what) {
        (Dialect::Own, _) => {
            let mut complaints = UNPRINTABLE.lock().unwrap_or_else(PoisonError::into_inner);
            let (is_told, before) = complaints.add(clock::now());
            drop(complaints);
            more_unprintable(before);
            if is_told {
                error(&hint::of_words(&what.to_string()));
            }
        }
        (Dialect::Mosquitto(_), Unprintable::NotJson { .. }) => error(&what.to_string()),
        (Dialect::Mosquitto(_), _) => plain_error(&what.to_string()),
    }
}

/// The count of those that were not told one by one.
fn more_unprintable(count: u64) {
    let messages = if count == 1 { "message" } else { "messages" };
    if count > 0 {
        error(&format!("{count} more {messages} could not be printed as asked"));
    }
}

/// What is wrong with the words of a command line, as mosquitto's front end has put it.
pub(super) fn mosquitto_usage(text: &str) {
    to_stderr(&escape(text));
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether somebody looks at what is told on standard error.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether lines on standard output may be drawn over: somebody looks at a terminal that can.
pub(super) fn may_draw() -> bool {
    is_terminal() && cfg!(unix) && std::env::var_os("TERM").is_some_and(|kind| kind != "dumb")
}

/// Columns of the terminal on standard output.
pub(super) fn columns() -> usize {
    usize::from(size::of(&io::stdout()).map_or(size::USUAL.1, |(_, columns)| columns))
}

/// Columns for text to read: those of the terminal, and no more than can be read with ease.
pub(super) fn width() -> usize {
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    let columns = size::of(&io::stdout()).or_else(|| size::of(&io::stderr()));
    let columns = columns.map(|(_, columns)| columns).or_else(asked);
    usize::from(columns.unwrap_or(size::USUAL.1)).clamp(size::LEAST, size::MOST)
}

/// Text that was asked for, like a help page; how the command ends if that was all. A reader that
/// leaves early has seen enough, and mosquitto's programs do not look.
pub(super) fn page(text: &str) -> Exit {
    stderr::keep_order();
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && dialect() == Dialect::Own => {
            error_as(&format!("cannot write to standard output: {error}"), Exit::Failed);
            Exit::Failed
        }
        _ => Exit::Done,
    }
}

/// Standard output for messages.
pub(super) fn messages(layout: Layout, show: Show, settings: &Settings) -> io::Result<Stdout> {
    let (broker, traced) = (settings.server.address.name(), settings.debug);
    // mosquitto's clients tell packets on standard output, too: each in its place.
    let at_once = traced && dialect() != Dialect::Own;
    let file = descriptor::own(&io::stdout())?;
    let stdout = Stdout::new(file, layout, show, &broker).at_once(at_once);
    let is_own = dialect() == Dialect::Own;
    Ok(if is_own { stdout.with_topics(may_be_coloured()) } else { stdout })
}

/// Lines for machines that cannot go to standard output, which is the command's behind `--`; they
/// stand before what that says.
pub(super) fn aside(text: &str) {
    if kinds::is_json() {
        text.lines().for_each(|line| tell(Kind::Note, line));
    } else {
        to_stderr(text);
    }
    stderr::keep_order();
}

/// The end of all: what was told is written, unless nobody reads it.
pub(super) fn finish() {
    let rest = UNPRINTABLE.lock().unwrap_or_else(PoisonError::into_inner).take_counted();
    more_unprintable(rest);
    stderr::finish();
}

/// Several lines about wrong usage, as the option parser words them.
pub(super) fn usage(text: &str) {
    let text = text.strip_prefix("error: ").unwrap_or(text).trim_end();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    error_as(first, Exit::Usage);
    let rest = rest.trim_matches('\n');
    if !rest.is_empty() && !kinds::is_json() {
        to_stderr(&format!("\n{}\n", escape(rest)));
    }
}

/// Something that happened to a client on its way.
pub(super) fn notice(notice: &Notice<'_>) {
    match dialect() {
        Dialect::Own => own_notice(notice),
        Dialect::Mosquitto(tool) => mosquitto_notice(notice, tool),
    }
}

fn own_notice(notice: &Notice<'_>) {
    match notice {
        Notice::Packet(packet) | Notice::Granted(packet) => tell(Kind::Packet, packet),
        // The report counts them.
        Notice::FellBack | Notice::MessageRefused { .. } => {}
        Notice::Failed { error } => client_failure(error),
        Notice::Retrying { error, time } => {
            let time = humantime::format_duration(*time);
            note(&format!("{}; trying again for {time}", hint::of_client(error)));
        }
        Notice::Lost { cause, .. } => note(&format!("{cause}; trying again")),
        Notice::Back { route, session } => note(&match session {
            Resumption::Resumed => format!("connected to {route} again, the session goes on"),
            Resumption::Gone => format!(
                "connected to {route} again, without the session: messages in between are lost"
            ),
            Resumption::None => format!("connected to {route} again"),
        }),
        Notice::Insecure => note(
            "--insecure: the broker's certificate is not checked, so anybody on the way can read \
             and change what is sent",
        ),
        Notice::CommonName { name } => note(&format!(
            "the broker's certificate has no subjectAltName: it was recognised by its common name \
             {name}, which most programs refuse; make it anew with {}",
            alternative_name(name)
        )),
        Notice::QuotaExceeded => {
            note("the broker takes no more for now (quota exceeded): sending again later");
        }
        Notice::Incomplete => note(
            "this version of MQTT has no properties, and tells retained messages only where they \
             were retained before: what is recorded has neither",
        ),
        Notice::PropertiesLeftOut => {
            note("this version of MQTT has no properties: messages are sent without them");
        }
        Notice::BadLine { number, error } => {
            let comma = if error.column.is_some() { "," } else { ":" };
            self::error(&format!("line {number}{comma} {error}"));
        }
        Notice::TwoClients { client_id } => note(&hint::two_clients(client_id)),
        Notice::RequestRefused { number, reason } => {
            refusal(*reason, &format!("the broker refused request {number}"));
        }
        Notice::Uncorrelated => note(
            "this version of MQTT has no response topic and no correlation data: the requests go \
             without, and every message on the topic of the answers is one, to the request that \
             waits longest",
        ),
        Notice::Unanswered { numbers, after } => note(&hint::unanswered(numbers, *after)),
        Notice::Latency(latency) => aside(&format!("Latency: {}\n", milliseconds(*latency))),
        Notice::FilterRefused { filter, reason } => {
            refusal(*reason, &format!("the broker refused the subscription to {filter}"));
        }
        Notice::UnsubscribeRefused { filter, reason } => {
            refusal(*reason, &format!("the broker refused to unsubscribe from {filter}"));
        }
        Notice::NotRemoved { topic, reason } => {
            refusal(*reason, &format!("the retained message of {topic} was not removed"));
        }
    }
}

/// What the broker refused, and why.
fn refusal(reason: Reason, text: &str) {
    error_with(&format!("{text}: {reason}"), Facts::of_reason(reason));
}

/// A time that columns of figures can be compared by: 1.234ms.
fn milliseconds(time: Duration) -> String {
    format!("{:.3}ms", time.as_secs_f64() * 1000.0)
}

/// For a rate that people read, whatever is lost of it.
#[expect(clippy::cast_precision_loss, reason = "a rate of a few digits")]
fn approximate(count: u64) -> f64 {
    count as f64
}

/// Packets go to standard output, among the messages; lost connections are not told.
fn mosquitto_notice(notice: &Notice<'_>, tool: Tool) {
    match notice {
        Notice::Granted(_) if tool == Tool::Request => {}
        Notice::Packet(packet) | Notice::Granted(packet) => {
            let packet = if is_terminal() { escape_line(packet) } else { (*packet).into() };
            page(&format!("{packet}\n"));
        }
        Notice::MessageRefused { number, reason } => {
            plain_error(&mosquitto::refused_message(*number, *reason));
        }
        Notice::FilterRefused { reason, .. } if tool == Tool::Request => {
            plain_error(mosquitto::reason_name(*reason));
        }
        Notice::Latency(latency) => {
            page(&format!("Latency: {}\n", mosquitto::time(*latency)));
        }
        Notice::Failed { error } => client_failure(error),
        _ => {}
    }
}

/// A line of mosquitto's about what went wrong, without a word before it.
fn plain_error(text: &str) {
    if !is_quiet() {
        plain(text);
    }
}

/// A line of mosquitto's. Whatever is in the text, it stays one line.
pub(super) fn plain(text: &str) {
    to_stderr(&format!("{}\n", escape_line(text)));
}

/// Tells a line. Whatever is in the text, from a peer or from a user, it stays one line and moves
/// no cursor.
fn tell(kind: Kind, text: &str) {
    to_stderr(&kind.line(&escape_line(text)));
}

fn to_stderr(text: &str) {
    progress::make_way();
    stderr::write(text);
}

/// The line about lines that nobody read in time.
fn left_out(count: usize) -> String {
    Kind::Warning.line(&format!("{count} lines are left out: nobody read them"))
}

/// Whether a terminal is to be coloured: the user has not said no, and it knows how.
fn may_be_coloured() -> bool {
    let no = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb")
}
