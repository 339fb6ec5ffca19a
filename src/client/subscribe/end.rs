//! How a subscriber's connections end.

use std::io;

use crate::client::{Cause, Error};

/// How one connection was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum End {
    /// As many messages as asked for are written, or the subscription stands.
    Finished,
    /// The reader of the sink is gone.
    Unheard,
    /// The command failed.
    CommandFailed,
    /// The time has passed.
    TimedOut,
    /// A signal asked for the end.
    Signal(i32),
}

/// Why one connection was left.
pub(in crate::client) enum Stop {
    /// It is gone.
    Lost(Cause),
    /// There is no use in another.
    Failed(Error),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Lost(cause)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A reader that is gone has seen enough; any other failure is one.
pub(in crate::client) fn unheard(error: io::Error) -> Result<End, Error> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(End::Unheard);
    }
    Err(Error::Output(error))
}
