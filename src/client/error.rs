//! Why a client ended without having done what it was asked.

use std::io;
use std::time::Duration;

use crate::codec::{self, Properties, Property, Reason, Version};
use crate::net::{DialError, Route, TlsFailure};
use crate::process::NotStarted;
use crate::session;

/// How an open connection ended.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The broker closed it.
    #[error("the broker closed the connection")]
    Closed,
    /// The system reported a failure.
    #[error("{0}")]
    Io(io::Error),
    /// TLS failed below, or the other end ended it for a reason.
    #[error("{0}")]
    Tls(TlsFailure),
    /// PINGREQ was not answered in time.
    #[error("the broker does not answer")]
    Silent,
    /// The broker said that it ends the connection, and why.
    #[error("the broker ended the connection: {}", told(*.reason, .text.as_deref()))]
    Told {
        /// Its reason.
        reason: Reason,
        /// Its words.
        text: Option<String>,
    },
    /// It answered in another protocol.
    #[error("the other end answered in HTTP")]
    Http,
    /// The broker broke the protocol.
    #[error("the broker sent {0}")]
    Protocol(#[from] session::Error),
}

/// Why a client could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection to the address.
    #[error("no connection to {route}")]
    Dial {
        /// The broker.
        route: Route,
        /// Why.
        source: DialError,
    },
    /// Connected, but no CONNACK.
    #[error("{route} sent no answer to CONNECT within {}", humantime::format_duration(*.after))]
    NoAnswer {
        /// The broker.
        route: Route,
        /// The time it had.
        after: Duration,
    },
    /// The connection ended before CONNACK.
    #[error("{route} did not accept the connection: {cause}")]
    NotAccepted {
        /// The broker.
        route: Route,
        /// How it ended.
        cause: Cause,
    },
    /// CONNACK with a refusal.
    #[error("{route} refused the connection: {}", told(*.reason, .text.as_deref()))]
    Refused {
        /// The broker.
        route: Route,
        /// Its reason.
        reason: Reason,
        /// Its words.
        text: Option<String>,
        /// The version that was asked for.
        version: Version,
        /// Whether a login was sent.
        with_login: bool,
    },
    /// None of several brokers took the connection.
    #[error("no connection to any of {} brokers: {}", .0.len(), each(.0))]
    NoneOf(Vec<Self>),
    /// An established connection ended.
    #[error("lost the connection to {route}: {cause}")]
    Lost {
        /// The broker.
        route: Route,
        /// How it ended.
        cause: Cause,
    },
    /// The connection was gone for longer than the user wants to wait.
    #[error("gave up on {route} after {}", humantime::format_duration(*.after))]
    GaveUp {
        /// The broker.
        route: Route,
        /// The time it had.
        after: Duration,
    },
    /// Another client connected with this client's identifier (0x8E).
    #[error("another client connected to {route} with the client id {client_id:?}")]
    TakenOver {
        /// The broker.
        route: Route,
        /// The identifier of both.
        client_id: String,
    },
    /// The broker announced that it does not take such messages.
    #[error("not sent: {0}")]
    NotServed(#[from] session::PublishError),
    /// CONNECT cannot be written as asked.
    #[error("cannot ask for this connection: {0}")]
    Connect(#[from] codec::EncodeError),
    /// The broker refused every filter.
    #[error("the broker refused {}", filters(.0))]
    AllFiltersRefused(Vec<(String, Reason)>),
    /// The time limit passed.
    #[error("nothing more came within {}", humantime::format_duration(*.0))]
    TimedOut(Duration),
    /// What was to be published cannot be read.
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    /// What came cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// The command behind `--` cannot be started.
    #[error(transparent)]
    Command(#[from] NotStarted),
    /// The process cannot be told of signals.
    #[error("cannot listen to signals: {0}")]
    Signals(io::Error),
    /// A name that nobody can guess cannot be made.
    #[error("cannot make a name that nobody can guess: {0}")]
    Random(io::Error),
}

impl Error {
    /// The reason that the broker gave, where it gave one.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => Some(*reason),
            Self::NotAccepted { cause, .. } | Self::Lost { cause, .. } => match cause {
                Cause::Told { reason, .. } => Some(*reason),
                _ => None,
            },
            Self::TakenOver { .. } => Some(Reason::SessionTakenOver),
            Self::AllFiltersRefused(refused) => refused.first().map(|(_, reason)| *reason),
            Self::NoneOf(failures) => failures.iter().rev().find_map(Self::reason),
            _ => None,
        }
    }

    /// What several brokers came to, one after the other.
    pub(super) fn of_all(mut failures: Vec<Self>) -> Self {
        match failures.pop() {
            Some(only) if failures.is_empty() => only,
            last => {
                failures.extend(last);
                Self::NoneOf(failures)
            }
        }
    }

    /// Whether another broker may do what this one did not: what may pass, and what the broker
    /// itself says of others.
    pub(super) fn may_pass_elsewhere(&self) -> bool {
        let elsewhere = [Reason::UseAnotherServer, Reason::ServerMoved];
        self.may_pass()
            || matches!(self, Self::Refused { reason, .. } if elsewhere.contains(reason))
    }

    /// Whether trying again later can help.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::NoneOf(failures) => failures.iter().all(Self::may_pass_elsewhere),
            Self::Dial { source, .. } => !source.is_final(),
            Self::NoAnswer { .. } => true,
            Self::NotAccepted { cause, .. } | Self::Lost { cause, .. } => cause.may_pass(),
            Self::Refused { reason, .. } => matches!(
                reason,
                Reason::ServerUnavailable
                    | Reason::ServerBusy
                    | Reason::QuotaExceeded
                    | Reason::ConnectionRateExceeded
            ),
            _ => false,
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        error.downcast().map_or_else(Self::Io, Self::Tls)
    }
}

impl Cause {
    /// Whether the connection is worth trying again. What the broker objects to in this client
    /// would only be told again.
    const fn may_pass(&self) -> bool {
        match self {
            Self::Closed | Self::Io(_) | Self::Silent | Self::Http | Self::Protocol(_) => true,
            Self::Tls(failure) => !failure.is_final(),
            Self::Told { reason, .. } => matches!(
                reason,
                Reason::Success
                    | Reason::UnspecifiedError
                    | Reason::ImplementationError
                    | Reason::ServerUnavailable
                    | Reason::ServerBusy
                    | Reason::ServerShuttingDown
                    | Reason::KeepAliveTimeout
                    | Reason::ReceiveMaximumExceeded
                    | Reason::MessageRateTooHigh
                    | Reason::QuotaExceeded
                    | Reason::AdministrativeAction
                    | Reason::ConnectionRateExceeded
                    | Reason::MaximumConnectTime
            ),
        }
    }
}

/// The words that a packet's sender added to its reason, and the server that it names instead of
/// itself: for people alone, nothing connects there.
pub(super) fn words(properties: &Properties<'_>) -> Option<String> {
    let (mut text, mut server) = (None, None);
    for property in properties.iter() {
        match property {
            Property::ReasonString(words) => text = Some(words),
            Property::ServerReference(name) => server = Some(name),
            _ => {}
        }
    }
    match (text, server) {
        (Some(text), Some(server)) => Some(format!("{text}; it names {server}")),
        (text, server) => text.or(server).map(str::to_owned),
    }
}

/// A reason with its sender's words.
fn told(reason: Reason, text: Option<&str>) -> String {
    text.map_or_else(|| reason.to_string(), |text| format!("{reason}: {text}"))
}

fn each(failures: &[Error]) -> String {
    let one = |error: &Error| match error {
        Error::Dial { source, .. } => source.to_string(),
        error => error.to_string(),
    };
    failures.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn filters(refused: &[(String, Reason)]) -> String {
    let each = |(filter, reason): &(String, Reason)| format!("{filter}: {reason}");
    refused.iter().map(each).collect::<Vec<_>>().join(", ")
}
