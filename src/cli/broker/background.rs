//! `-d`: the broker in the background.
//!
//! A process cannot be divided once it has threads, and without unsafe code not at all: it starts
//! itself again, waits until that one listens, and ends.

use crate::cli::exit::Exit;

/// Which process this is.
#[derive(Debug)]
pub(super) enum Side {
    /// The one that was called: the other listens, or has failed, and this is how it is told.
    Caller(Exit),
    /// The one that stays.
    Broker,
}

#[cfg(unix)]
mod unix {
    use std::io::Read as _;
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::{Command, Stdio};

    use anyhow::Context as _;

    use super::Side;
    use crate::cli::exit::Exit;
    use crate::cli::output;

    /// Tells the one that stays what it is: the number of the one that started it. What somebody
    /// left in the environment is that of nobody's parent.
    const CALLER: &str = "MQ_BACKGROUND";

    /// Behind the lines that tell where it serves: it listens, and no error will come.
    const READY: &str = "\0";

    /// Starts this program again, unless this is the one that was started so.
    pub(in crate::cli::broker) fn divide() -> anyhow::Result<Side> {
        let caller = std::env::var(CALLER).ok().and_then(|text| text.parse().ok());
        let parent = rustix::process::getppid().map(|id| id.as_raw_nonzero().get());
        if caller.is_some() && caller == parent {
            // Only who leads a group of processes cannot, and this one was just started in another's.
            let _ = rustix::process::setsid();
            return Ok(Side::Broker);
        }
        let mut words = std::env::args_os();
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut command = Command::new(program);
        if let Some(name) = words.next() {
            command.arg0(name);
        }
        command.args(words).env(CALLER, std::process::id().to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut broker = command.spawn().context("cannot start in the background")?;
        let mut told = Vec::new();
        if let Some(mut stdout) = broker.stdout.take() {
            let mut chunk = [0; 4096];
            while !told.ends_with(READY.as_bytes())
                && let Ok(count @ 1..) = stdout.read(&mut chunk)
            {
                told.extend_from_slice(chunk.get(..count).unwrap_or_default());
            }
        }
        if let Some(lines) = told.strip_suffix(READY.as_bytes()) {
            // Where it serves may stay unheard: it serves.
            output::page(&String::from_utf8_lossy(lines));
            return Ok(Side::Caller(Exit::Done));
        }
        let status = broker.wait().context("cannot wait for the one in the background")?;
        let code =
            status.code().or_else(|| status.signal().map(|signal| signal.saturating_add(128)));
        let code = code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
        Ok(Side::Caller(code.map_or(Exit::Failed, Exit::Command)))
    }

    /// It listens, and has said where: the caller may end, and its terminal is left.
    pub(in crate::cli::broker) fn leave() -> anyhow::Result<()> {
        // Behind the last line that the caller is to show, and with nobody else who holds the pipe.
        output::close_feed();
        output::page(READY);
        output::detach().context("cannot leave the terminal")
    }
}

#[cfg(unix)]
pub(super) use self::unix::{divide, leave};

/// There is no such thing.
#[cfg(not(unix))]
pub(super) fn divide() -> anyhow::Result<Side> {
    crate::cli::output::error_as("-d is not to be had on this system", Exit::Usage);
    Ok(Side::Caller(Exit::Usage))
}

/// Never asked for.
#[cfg(not(unix))]
pub(super) fn leave() -> anyhow::Result<()> {
    Ok(())
}
