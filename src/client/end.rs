//! How the connections of a client that waits for messages end.

use std::io;

use super::{Cause, Error};

/// How one connection was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
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
pub(super) enum Stop {
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
pub(super) fn unheard(error: io::Error) -> Result<End, Error> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(End::Unheard);
    }
    Err(Error::Output(error))
}
