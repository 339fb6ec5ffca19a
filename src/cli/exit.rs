//! Every way in which `mq` ends, and which error leads to which.

mod mosquitto;

use std::io;

pub(super) use self::mosquitto::is_lost;
use super::output::dialect;
use crate::bench;
use crate::client::{self, Cause, publish, request, subscribe};
use crate::codec::Reason;
use crate::mosquitto::config_file::ConfigError;
use crate::options::{self, Dialect};
use crate::process::NotStarted;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; also when nobody reads the output any more.
    Done,
    /// 1: failed at run time, or a named file is unreadable.
    Failed,
    /// 2: the options cannot be served as they are.
    Usage,
    /// 3: no connection, or it was lost and not to be tried again.
    Link,
    /// 4: the broker refused, or another client took the identifier over.
    Refused,
    /// 5: a time limit passed.
    TimedOut,
    /// 6: a gate failed.
    Gate,
    /// 125: the broker did not start, so neither did the command behind `--`.
    NotStarted,
    /// 126: the command behind `--` cannot be executed.
    NotExecutable,
    /// 127: there is no such command.
    NotFound,
    /// The code of the command behind `--`.
    Command(u8),
    /// By the signal that came.
    Signal(i32),
    /// The code that mosquitto's client would have ended with.
    Mosquitto(u8),
}

impl Exit {
    /// Each that is this program's own, and a signal.
    #[cfg(test)]
    pub(super) const OWN: [Self; 11] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Link,
        Self::Refused,
        Self::TimedOut,
        Self::Gate,
        Self::NotStarted,
        Self::NotExecutable,
        Self::NotFound,
        Self::Signal(2),
    ];

    /// The exit code; for a signal what a shell would call it.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Link => 3,
            Self::Refused => 4,
            Self::TimedOut => 5,
            Self::Gate => 6,
            Self::NotStarted => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Command(code) | Self::Mosquitto(code) => code,
            Self::Signal(signal) => u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX),
        }
    }

    /// The signal to die by.
    pub const fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(signal) => Some(signal),
            _ => None,
        }
    }
}

/// The one mapping from what went wrong to how it is told to scripts.
impl From<&anyhow::Error> for Exit {
    fn from(error: &anyhow::Error) -> Self {
        if let Some(error) = error.downcast_ref::<client::Error>() {
            return of_client(error);
        }
        if let Dialect::Mosquitto(_) = dialect() {
            return Self::Mosquitto(mosquitto::FAILED);
        }
        if let Some(error) = error.downcast_ref::<NotStarted>() {
            return of_command(error);
        }
        if let Some(error) = error.downcast_ref::<options::Error>() {
            return if error.is_usage() { Self::Usage } else { Self::Failed };
        }
        if let Some(error) = error.downcast_ref::<ConfigError>() {
            return if error.is_usage() { Self::Usage } else { Self::Failed };
        }
        Self::Failed
    }
}

fn of_command(not_started: &NotStarted) -> Exit {
    match not_started.cause.kind() {
        io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::NotExecutable,
    }
}

/// How a client's error is told to scripts.
pub(super) fn of_client(error: &client::Error) -> Exit {
    match dialect() {
        Dialect::Own => of_own_client(error),
        Dialect::Mosquitto(tool) => Exit::Mosquitto(mosquitto::of_client(error, tool)),
    }
}

/// How a publisher's report is told to scripts.
pub(super) fn of_publisher(report: &publish::Report) -> Exit {
    match (dialect(), report.signal, &report.failure) {
        (_, Some(signal), _) => Exit::Signal(signal),
        (Dialect::Mosquitto(_), ..) => Exit::Mosquitto(mosquitto::of_publisher(report)),
        (Dialect::Own, None, Some(failure)) => of_own_client(failure),
        (Dialect::Own, None, None) if report.refused.count > 0 => Exit::Refused,
        (Dialect::Own, None, None) if report.unheard.count > 0 => Exit::Refused,
        (Dialect::Own, None, None) if report.bad_lines > 0 => Exit::Failed,
        (Dialect::Own, None, None) => Exit::Done,
    }
}

/// How a subscriber's report is told to scripts.
pub(super) fn of_subscriber(report: &subscribe::Report) -> Exit {
    match (dialect(), report.signal, &report.failure, report.command) {
        (Dialect::Mosquitto(_), ..) => Exit::Mosquitto(mosquitto::of_subscriber(report)),
        (Dialect::Own, Some(signal), ..) => Exit::Signal(signal),
        (Dialect::Own, None, Some(failure), _) => of_own_client(failure),
        (Dialect::Own, None, None, Some(code)) if code != 0 => Exit::Command(code),
        (Dialect::Own, ..) if report.not_removed > 0 => Exit::Refused,
        (Dialect::Own, ..) if report.left > 0 || report.unanswered > 0 => Exit::Failed,
        (Dialect::Own, ..) => Exit::Done,
    }
}

/// How a requester's report is told to scripts.
pub(super) fn of_requester(report: &request::Report) -> Exit {
    match (dialect(), report.signal, &report.failure) {
        (_, Some(signal), _) => Exit::Signal(signal),
        (Dialect::Mosquitto(_), ..) => Exit::Mosquitto(mosquitto::of_requester(report)),
        (Dialect::Own, None, Some(failure)) => of_own_client(failure),
        (Dialect::Own, None, None) => match (report.refused.count, report.unanswered) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::TimedOut,
            _ => Exit::Refused,
        },
    }
}

/// How a load test's report is told to scripts; `has_failed` when a gate did.
pub(super) fn of_bench(report: &bench::Report, has_failed: bool) -> Exit {
    match (report.signal, &report.failure) {
        (Some(signal), _) => Exit::Signal(signal),
        (None, Some(failure)) => of_own_client(failure),
        (None, None) if has_failed => Exit::Gate,
        (None, None) if report.is_stopped() => Exit::Failed,
        (None, None) => Exit::Done,
    }
}

fn of_own_client(error: &client::Error) -> Exit {
    use client::Error as E;
    match error {
        E::NotAccepted { cause, .. } | E::Lost { cause, .. } => match cause {
            Cause::Told { reason, .. } if !is_passing(*reason) => Exit::Refused,
            _ => Exit::Link,
        },
        // One that answered says more than those that did not.
        E::NoneOf(failures) if failures.iter().any(|one| matches!(one, E::Refused { .. })) => {
            Exit::Refused
        }
        E::Dial { .. } | E::NoAnswer { .. } | E::GaveUp { .. } | E::NoneOf(_) => Exit::Link,
        E::Refused { .. } | E::TakenOver { .. } | E::NotServed(_) | E::AllFiltersRefused(_) => {
            Exit::Refused
        }
        E::Connect(_) => Exit::Usage,
        E::TimedOut(_) => Exit::TimedOut,
        E::Command(not_started) => of_command(not_started),
        E::Input(_) | E::Output(_) | E::Signals(_) | E::Random(_) => Exit::Failed,
    }
}

/// Whether a broker that says this is only unable to go on, and does not refuse.
const fn is_passing(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Success
            | Reason::ServerUnavailable
            | Reason::ServerBusy
            | Reason::ServerShuttingDown
            | Reason::KeepAliveTimeout
            | Reason::MaximumConnectTime
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn codes_do_not_collide_and_are_the_documented_ones() {
        assert_eq!(Exit::OWN.map(Exit::code), [0, 1, 2, 3, 4, 5, 6, 125, 126, 127, 130]);
    }

    #[test]
    fn errors_lead_to_their_codes() {
        let of = |error: client::Error| Exit::from(&anyhow::Error::new(error));
        assert_eq!(of(client::Error::TimedOut(Duration::ZERO)), Exit::TimedOut);
        let command = |kind: io::ErrorKind| {
            client::Error::Command(NotStarted { program: String::new(), cause: kind.into() })
        };
        assert_eq!(of(command(io::ErrorKind::NotFound)), Exit::NotFound);
        assert_eq!(of(command(io::ErrorKind::PermissionDenied)), Exit::NotExecutable);
        assert_eq!(Exit::from(&anyhow::Error::new(options::Error::NoTopic)), Exit::Usage);
        assert_eq!(Exit::from(&anyhow::Error::new(options::Error::EmptyInput)), Exit::Failed);
    }
}
