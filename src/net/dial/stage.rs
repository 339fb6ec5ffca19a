//! How far dialling has come, so that a deadline can tell what it ended.

use std::time::Duration;

use tokio::time::timeout;

use crate::net::{DialError, Route};

/// What is waited for.
#[derive(Debug)]
pub(in crate::net) enum Stage {
    /// A resolver's answer about this name.
    Lookup(String),
    /// This end's answer, to whatever it was asked.
    Connect(String),
    /// The handshake of TLS.
    Tls(Route),
}

impl Stage {
    fn timed_out(self, after: Duration) -> DialError {
        match self {
            Self::Lookup(host) => DialError::LookupTimedOut { host, after },
            Self::Connect(address) => DialError::TimedOut { address, after },
            Self::Tls(route) => DialError::TlsTimedOut { route, after },
        }
    }
}

/// Does `work` within `limit`; else the error names the stage that `work` had come to.
pub(in crate::net) async fn within<T>(
    limit: Duration,
    work: impl AsyncFnOnce(&mut Stage) -> Result<T, DialError>,
) -> Result<T, DialError> {
    let mut stage = Stage::Lookup(String::new());
    let outcome = timeout(limit, work(&mut stage)).await;
    outcome.unwrap_or_else(|_| Err(stage.timed_out(limit)))
}
