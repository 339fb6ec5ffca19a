//! How much of a broker's work is told, and to whom.

use super::log::Detail;
use super::mosquitto_log::MosquittoLog;
use super::tell;
use crate::broker::{Commands, Observer};
use crate::options;
use crate::options::log::Types;

/// What is told of a broker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    /// Where it serves, on standard output.
    pub(super) ready: bool,
    /// What the log tells.
    pub(super) detail: Detail,
    /// That was asked for by an option, and does not come of a command.
    pub(super) is_quiet: bool,
    /// A file says what other brokers are told by options.
    pub(super) is_configured: bool,
}

impl Told {
    /// The log that a configuration asks for: one that says something of it has it in mosquitto's
    /// form. `None` where it says nothing.
    fn settings(self, said: &options::Log) -> Option<options::Log> {
        if *said == options::Log::default() {
            return None;
        }
        let types = match self.detail {
            Detail::All => Types::ALL,
            Detail::Trouble if self.is_quiet => Types { error: true, warning: true, ..Types::NONE },
            _ => said.types,
        };
        Some(options::Log { types, ..said.clone() })
    }
}

/// The log of a broker with a configuration: in our form or in mosquitto's, as it says, and says
/// again at SIGHUP.
#[derive(Debug)]
pub(super) struct Logs {
    told: Told,
    own: tell::Shared,
    theirs: MosquittoLog,
}

impl Logs {
    /// Opens what a configuration says, beside a log in our form.
    pub(super) fn open(
        told: Told,
        own: &tell::Shared,
        said: &options::Log,
        commands: Commands,
    ) -> anyhow::Result<Self> {
        let theirs = MosquittoLog::open(options::Log::silent())?;
        theirs.publish_by(commands);
        let logs = Self { told, own: own.clone(), theirs };
        logs.take(said)?;
        Ok(logs)
    }

    /// Goes on as a configuration says. When a place cannot be opened, it goes on where it was.
    pub(super) fn take(&self, said: &options::Log) -> anyhow::Result<()> {
        let settings = self.told.settings(said);
        let detail = if settings.is_some() { Detail::Nothing } else { self.told.detail };
        self.theirs.take(&settings.unwrap_or_else(options::Log::silent))?;
        self.own.tell_in(detail);
        Ok(())
    }

    /// Opens its file anew.
    pub(super) fn reopen(&self) -> anyhow::Result<()> {
        self.theirs.reopen()
    }

    /// Tells in mosquitto's form what happens, if that is asked for.
    pub(super) fn observer(&self, ports: Vec<Option<u16>>) -> Observer {
        self.theirs.observer(ports)
    }
}

/// Tells two.
pub(super) fn both(mut first: Observer, second: Option<Observer>) -> Observer {
    let Some(mut second) = second else {
        return first;
    };
    Box::new(move |event| {
        first(event);
        second(event);
    })
}
