//! The writing half of a connection.

use std::task::Waker;

use crate::net::{Progress, WriteHalf};

/// The writing half of a connection.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) tenant: u64,
    pub(super) write: Writing,
    /// Wakes the connection's task.
    pub(super) waker: Waker,
    /// The last write did not take all: the task waits until more can be written.
    pub(super) blocked: bool,
}

/// How a connection is written to.
#[derive(Debug)]
pub(super) enum Writing {
    /// It is on its way in, and is not.
    Entering(Progress),
    /// It is in.
    Open {
        write: WriteHalf,
        /// Layers between it and the socket hold back what they took until they are flushed.
        is_layered: bool,
        /// They may do so now.
        unflushed: bool,
    },
}

impl Writing {
    pub(super) fn open(write: WriteHalf) -> Self {
        let is_layered = write.is_layered();
        Self::Open { write, is_layered, unflushed: false }
    }
}
