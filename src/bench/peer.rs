//! One client, from the dial to the end.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use super::link::Link;
use super::talk::Sent;
use super::wake::{Bell, Ready};
use super::watch::Watch;
use crate::client::{self, Cause, Error, Notify, Opened, Settings};
use crate::codec::Qos;
use crate::net::{DialError, clock};
use crate::session::Client;

/// A client on its way to the broker. It is large, and gone when it has arrived.
pub(super) type Dial<'a> =
    Pin<Box<dyn Future<Output = Result<(Opened, Client<Sent>), Error>> + 'a>>;

/// One client.
#[derive(Debug)]
pub(super) struct Peer<'a> {
    pub(super) bell: Arc<Bell>,
    pub(super) waker: Waker,
    pub(super) state: State<'a>,
    /// When it was to connect, and when it began to: nanoseconds of the run.
    pub(super) begun: (u64, u64),
    /// What it hears, while it is not there.
    pub(super) away: Option<Box<Watch>>,
    /// The broker keeps a session of it.
    pub(super) is_kept: bool,
}

/// How far a client is.
pub(super) enum State<'a> {
    /// Its turn has not come, or comes again.
    Waits,
    /// It dials, or waits for CONNACK.
    Dials(Dial<'a>),
    /// The broker has accepted it.
    Open(Box<Link>),
    /// It has said goodbye, at this time, and waits for the broker to close.
    Leaves(Box<Link>, u64),
    /// It failed, was lost, or has left.
    Gone,
}

impl fmt::Debug for State<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Waits => "Waits",
            Self::Dials(_) => "Dials",
            Self::Open(_) => "Open",
            Self::Leaves(..) => "Leaves",
            Self::Gone => "Gone",
        })
    }
}

impl Peer<'_> {
    /// The client with this number, which does nothing yet.
    pub(super) fn new(index: u32, ready: &Arc<Ready>) -> Self {
        let bell = Bell::new(index, ready);
        let waker = Waker::from(Arc::clone(&bell));
        Self { bell, waker, state: State::Waits, begun: (0, 0), away: None, is_kept: false }
    }
}

/// Connects.
pub(super) async fn dial(
    settings: Settings,
    qos: Qos,
    notify: Notify<'_>,
) -> Result<(Opened, Client<Sent>), Error> {
    let mut session = Client::new(settings.windows(qos).0, clock::now());
    let opened = client::open(&settings, &mut session, qos, notify).await?;
    Ok((opened, session))
}

/// What failed, in words that many errors have in common.
pub(super) fn kind(error: &Error) -> String {
    match error {
        Error::Dial { source: DialError::Io { source, .. }, .. } if has_no_port(source) => {
            "no connection: all ports of this address are in use: add more addresses to connect \
             from, like --source 127.0.0.2..127.0.0.9"
                .to_owned()
        }
        Error::Dial { source, .. } => format!("no connection: {source}"),
        Error::NoAnswer { .. } => "no answer to CONNECT in time".to_owned(),
        Error::NotAccepted { cause, .. } => format!("not accepted: {cause}"),
        Error::Refused { reason, .. } => format!("connection refused: {reason}"),
        Error::Lost { cause, .. } => format!("connection lost: {}", of_cause(cause)),
        other => other.to_string(),
    }
}

/// Whether there is no port left to connect from.
fn has_no_port(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse)
}

fn of_cause(cause: &Cause) -> String {
    match cause {
        Cause::Told { reason, .. } => format!("the broker ended it: {reason}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Address, DialOptions, Route};

    #[test]
    fn who_has_no_port_left_is_told_what_to_do() {
        let address = Address::Tcp { host: "h".to_owned(), port: 1 };
        let of = |why: io::ErrorKind| {
            let source = DialError::Io { address: "h:1".to_owned(), source: why.into() };
            kind(&Error::Dial { route: Route::new(&address, &DialOptions::default()), source })
        };
        assert!(of(io::ErrorKind::AddrNotAvailable).contains("--source 127.0.0.2..127.0.0.9"));
        assert!(of(io::ErrorKind::AddrInUse).contains("--source"));
        assert!(!of(io::ErrorKind::PermissionDenied).contains("--source"));
    }
}
