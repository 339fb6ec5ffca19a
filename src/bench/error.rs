//! Why nothing could be measured.

use std::io;

use crate::client;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The broker does not take even the first client.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// More connections than this process may have.
    #[error(
        "{connections} connections need {needed} open descriptors, and the system allows this \
         process {limit}: raise that with ulimit -n {needed}, or ask for fewer clients"
    )]
    Descriptors {
        /// Connections that were asked for.
        connections: u64,
        /// Descriptors that they need, with those of the process itself.
        needed: u64,
        /// Descriptors that there are.
        limit: u64,
    },
    /// The system has no timer left.
    #[error("cannot set a timer: {0}")]
    Timer(io::Error),
    /// Times cannot be counted.
    #[error("there is no memory for the times")]
    Memory,
}
