//! The only place that prints: data to standard output, all else to standard error.

mod stdout;

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use colored::Colorize;

use self::stdout::Stdout;

use super::hint;
use crate::client::Notice;
use crate::record::Layout;
use crate::text::{escape, escape_line};

/// Something went wrong.
pub(super) fn error(text: &str) {
    line(&prefix(true), text);
}

/// Something to know.
pub(super) fn note(text: &str) {
    line(&prefix(false), text);
}

/// Text that was asked for, like a help page. A reader that leaves early has seen enough.
pub(super) fn page(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Standard output for messages: a descriptor of our own, for the standard library's has a
/// buffer that flushes at newlines.
pub(super) fn messages(layout: Layout) -> io::Result<Stdout> {
    #[cfg(unix)]
    let descriptor = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let descriptor =
        std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(Stdout::new(descriptor.into(), layout))
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
        Notice::Failed { error } => self::error(&hint::of_client(error)),
        Notice::Lost { cause, .. } => note(&format!("{cause}; trying again")),
        Notice::Back { address, session_present: true } => {
            note(&format!("connected to {address} again, the session goes on"));
        }
        Notice::Back { address, .. } => note(&format!("connected to {address} again")),
        Notice::QuotaExceeded => {
            note("the broker takes no more for now (quota exceeded): sending again later");
        }
        Notice::TwoClients { client_id } => note(&hint::two_clients(client_id)),
        Notice::FilterRefused { filter, reason } => {
            error(&format!("the broker refused the subscription to {filter}: {reason}"));
        }
    }
}

/// Whatever is in the text, from a peer or from a user, it stays one line and moves no cursor.
fn line(prefix: &str, text: &str) {
    to_stderr(&format!("{prefix} {}\n", escape_line(text)));
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
