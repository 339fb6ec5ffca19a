//! mosquitto's exit codes: those of its library for what goes wrong, the broker's for a refusal.

use crate::client::{self, Cause, Refusal, Refusals, publish, request, subscribe};
use crate::codec::{Reason, Version};
use crate::net::DialError;
use crate::options::Tool;
use crate::session::PublishError;

/// Done; the clients also end so when a subscription or a message was refused.
const DONE: u8 = 0;
/// Wrong words, a file that cannot be read, no connection.
pub(super) const FAILED: u8 = 1;
/// `MOSQ_ERR_PROTOCOL`.
const PROTOCOL: u8 = 2;
/// `MOSQ_ERR_NO_CONN`: the broker said that it ends the connection.
const NOT_CONNECTED: u8 = 4;
/// `MOSQ_ERR_CONN_LOST`.
const LOST: u8 = 7;
/// `MOSQ_ERR_TLS`; 1 or this with mosquitto, as chance has it.
const TLS: u8 = 8;
/// `MOSQ_ERR_ERRNO`.
const SYSTEM: u8 = 14;
/// `MOSQ_ERR_PROXY`.
const PROXY: u8 = 16;
/// `MOSQ_ERR_TIMEOUT`.
const TIMED_OUT: u8 = 27;
/// A signal before the broker had accepted the subscriber.
const NOT_YET: u8 = 255;

/// What a client's error ends `tool` with.
pub(super) fn of_client(error: &client::Error, tool: Tool) -> u8 {
    use client::Error as E;
    match error {
        E::Dial { source, .. } => of_dial(source),
        E::Connect(_) | E::Command(_) | E::Signals(_) | E::Random(_) | E::Input(_) => FAILED,
        E::NotAccepted { cause, .. } | E::Lost { cause, .. } => of_cause(cause, tool),
        E::Refused { reason, version, .. } => of_refusal(*reason, *version),
        E::TakenOver { .. } => of_farewell(tool),
        E::NoAnswer { .. } | E::GaveUp { .. } | E::NoneOf(_) => LOST,
        E::NotServed(error) => of_publish(error, tool),
        E::AllFiltersRefused(_) => DONE,
        E::TimedOut(_) => TIMED_OUT,
        E::Output(_) => SYSTEM,
    }
}

/// mosquitto meets some failures only once its loop runs, where they have numbers of their own.
const fn of_dial(error: &DialError) -> u8 {
    match error {
        DialError::Tls { .. } | DialError::TlsTimedOut { .. } => TLS,
        DialError::Proxy { .. } => PROXY,
        DialError::WebSocket { .. } | DialError::WebSocketTimedOut { .. } => LOST,
        _ => FAILED,
    }
}

fn of_cause(cause: &Cause, tool: Tool) -> u8 {
    match cause {
        Cause::Closed | Cause::Silent => LOST,
        Cause::Io(error) if is_lost(error) => LOST,
        Cause::Io(_) => SYSTEM,
        Cause::Told { .. } => of_farewell(tool),
        Cause::Http | Cause::Protocol(_) => PROTOCOL,
        Cause::Tls(_) => TLS,
    }
}

/// A broken connection, as opposed to a system that does not do its part.
pub(in crate::cli) fn is_lost(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted | Kind::UnexpectedEof
    )
}

/// The broker said that it ends the connection: for who waits for messages a reason to go.
const fn of_farewell(tool: Tool) -> u8 {
    match tool {
        Tool::Publish => NOT_CONNECTED,
        Tool::Subscribe | Tool::Request => DONE,
    }
}

/// The number in CONNACK.
fn of_refusal(reason: Reason, version: Version) -> u8 {
    let of_version_3 = if version.is_v5() { None } else { reason.return_code() };
    of_version_3.unwrap_or_else(|| reason.code())
}

/// A publisher that cannot publish leaves in order.
const fn of_publish(error: &PublishError, tool: Tool) -> u8 {
    match (tool, error) {
        (Tool::Publish, _) => DONE,
        (_, PublishError::Qos(..)) => 24,
        (_, PublishError::TooLarge { .. }) => 25,
        _ => 10,
    }
}

/// What a publisher's report ends it with.
pub(super) fn of_publisher(report: &publish::Report) -> u8 {
    of_refusals(&report.refused, report.failure.is_some())
}

/// What the broker refuses is only told.
const fn of_refusals(refused: &Refusals, failed: bool) -> u8 {
    match (failed, &refused.first) {
        (false, None | Some((_, Refusal::Broker(_) | Refusal::Announced(_)))) => DONE,
        _ => FAILED,
    }
}

/// What a subscriber's report ends it with.
pub(super) fn of_subscriber(report: &subscribe::Report) -> u8 {
    match (report.signal, &report.failure) {
        (Some(_), _) if !report.accepted => NOT_YET,
        (None, None) if report.late_removals => TIMED_OUT,
        (Some(_), _) | (None, None) => DONE,
        (None, Some(failure)) => of_client(failure, Tool::Subscribe),
    }
}

/// What a requester's report ends it with.
pub(super) fn of_requester(report: &request::Report) -> u8 {
    match &report.failure {
        Some(failure) => of_client(failure, Tool::Request),
        None if report.unanswered > 0 => TIMED_OUT,
        None => of_refusals(&report.refused, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Address, DialOptions, Route};

    fn route() -> Route {
        Route::new(&Address::Unix("/s".into()), &DialOptions::default())
    }

    fn refused(reason: Reason, version: Version) -> u8 {
        let route = route();
        let error =
            client::Error::Refused { route, reason, text: None, version, with_login: false };
        of_client(&error, Tool::Subscribe)
    }

    #[test]
    fn a_refusal_has_the_number_of_connack() {
        assert_eq!(refused(Reason::NotAuthorized, Version::V311), 5);
        assert_eq!(refused(Reason::NotAuthorized, Version::V5), 135);
        assert_eq!(refused(Reason::UnsupportedProtocolVersion, Version::V31), 1);
        assert_eq!(refused(Reason::UnsupportedProtocolVersion, Version::V5), 132);
    }

    #[test]
    fn a_broker_that_ends_the_connection_is_an_error_for_publishers() {
        let told = || Cause::Told { reason: Reason::ServerShuttingDown, text: None };
        let error = client::Error::Lost { route: route(), cause: told() };
        assert_eq!(of_client(&error, Tool::Publish), 4);
        assert_eq!(of_client(&error, Tool::Subscribe), 0);
    }
}
