//! How much of a broker's work is told, and to whom.

use super::log::Detail;
use super::mosquitto_log::MosquittoLog;
use crate::broker::Observer;
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
}

impl Told {
    /// The log that a configuration asks for: one that says something of it has it in mosquitto's
    /// form.
    pub(super) fn log(self, settings: &options::Log) -> anyhow::Result<Option<MosquittoLog>> {
        if *settings == options::Log::default() {
            return Ok(None);
        }
        MosquittoLog::open(self.types(settings)).map(Some)
    }

    /// A log's settings, with what the options say of how much is told.
    fn types(self, settings: &options::Log) -> options::Log {
        let types = match self.detail {
            Detail::All => Types::ALL,
            Detail::Trouble if self.is_quiet => Types { error: true, warning: true, ..Types::NONE },
            _ => settings.types,
        };
        options::Log { types, ..settings.clone() }
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
