//! The only place that prints: data to standard output, all else to standard error.

mod stdout;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use colored::Colorize;

use self::stdout::Stdout;

use super::hint;
use crate::client::{Notice, Resumption};
use crate::options::Show;
use crate::record::Layout;
use crate::text::{escape, escape_line};

/// Whether errors and notes are left out.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on errors and notes are left out; what was asked for is told all the same.
pub(super) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Something went wrong.
pub(super) fn error(text: &str) {
    line(true, text);
}

/// Something to know.
pub(super) fn note(text: &str) {
    line(false, text);
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Text that was asked for, like a help page. A reader that leaves early has seen enough.
pub(super) fn page(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Standard output for messages: a descriptor of our own, for the standard library's has a
/// buffer that flushes at newlines.
pub(super) fn messages(layout: Layout, show: Show, broker: &str) -> io::Result<Stdout> {
    #[cfg(unix)]
    let descriptor = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let descriptor =
        std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(Stdout::new(descriptor.into(), layout, show, broker))
}

/// Lines for machines that cannot go to standard output, which is somebody else's.
pub(super) fn aside(text: &str) {
    to_stderr(text);
}

/// Several lines about wrong usage, as the option parser words them.
pub(super) fn usage(text: &str) {
    let text = text.strip_prefix("error: ").unwrap_or(text).trim_end();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    error(first);
    let rest = rest.trim_matches('\n');
    if !rest.is_empty() {
        to_stderr(&format!("\n{}\n", escape(rest)));
    }
}

/// Something that happened to a client on its way.
pub(super) fn notice(notice: &Notice<'_>) {
    match notice {
        Notice::Packet(packet) => to_stderr(&format!("{}\n", escape_line(packet))),
        Notice::FellBack => {}
        Notice::Insecure => note(
            "--insecure: the broker's certificate is not checked, so anybody on the way can read \
             and change what is sent",
        ),
        Notice::CommonName { name } => note(&format!(
            "the broker's certificate has no subjectAltName: it was recognised by its common name \
             {name}, which most programs refuse; make it anew with subjectAltName=DNS:{name}"
        )),
        Notice::Failed { error } => self::error(&hint::of_client(error)),
        Notice::Lost { cause, .. } => note(&format!("{cause}; trying again")),
        Notice::Back { route, session } => note(&match session {
            Resumption::Resumed => format!("connected to {route} again, the session goes on"),
            Resumption::Gone => format!(
                "connected to {route} again, without the session: messages in between are lost"
            ),
            Resumption::None => format!("connected to {route} again"),
        }),
        Notice::QuotaExceeded => {
            note("the broker takes no more for now (quota exceeded): sending again later");
        }
        Notice::TwoClients { client_id } => note(&hint::two_clients(client_id)),
        Notice::RequestRefused { number, reason } => {
            error(&format!("the broker refused request {number}: {reason}"));
        }
        Notice::Uncorrelated => note(
            "this version of MQTT has no response topic and no correlation data: the requests go \
             without, and every message on the topic of the answers is one",
        ),
        Notice::Unanswered { numbers, after } => note(&hint::unanswered(numbers, *after)),
        Notice::Latency(latency) => to_stderr(&format!("Latency: {}\n", time(*latency))),
        Notice::FilterRefused { filter, reason } => {
            error(&format!("the broker refused the subscription to {filter}: {reason}"));
        }
        Notice::UnsubscribeRefused { filter, reason } => {
            error(&format!("the broker refused to unsubscribe from {filter}: {reason}"));
        }
        Notice::NotRemoved { topic, reason } => {
            error(&format!("the retained message of {topic} was not removed: {reason}"));
        }
    }
}

/// A short time in the unit that suits it: 123ns, 1.234567ms.
pub(super) fn time(time: Duration) -> String {
    let nanoseconds = time.subsec_nanos();
    let in_units = |unit: u32| f64::from(nanoseconds) / f64::from(unit);
    match nanoseconds {
        _ if time.as_secs() > 0 => format!("{}.{nanoseconds:09}s", time.as_secs()),
        0..1000 => format!("{nanoseconds}ns"),
        1000..1_000_000 => format!("{}µs", in_units(1000)),
        _ => format!("{}ms", in_units(1_000_000)),
    }
}

/// Whatever is in the text, from a peer or from a user, it stays one line and moves no cursor.
fn line(is_error: bool, text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        to_stderr(&format!("{} {}\n", prefix(is_error), escape_line(text)));
    }
}

/// Nobody is left to be told when standard error is gone.
fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn prefix(is_error: bool) -> String {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    let coloured = *COLOURED.get_or_init(|| {
        let quiet = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        io::stderr().is_terminal() && !quiet
    });
    if !coloured {
        return "mq:".to_owned();
    }
    colored::control::set_override(true);
    if is_error { "mq:".red().bold().to_string() } else { "mq:".bold().to_string() }
}
