//! mosquitto's sentences about what goes wrong.

use std::io;
use std::time::Duration;

use crate::cli::exit::is_lost;
use crate::client::{self, Cause};
use crate::codec::{Reason, Version};
use crate::net::{DialError, TlsOptionsError};
use crate::options::{self, Tool};
use crate::session::PublishError;

/// `MOSQ_ERR_PROTOCOL`.
const PROTOCOL: &str = "A network protocol error occurred when communicating with the broker.";

/// `MOSQ_ERR_CONN_LOST`.
const LOST: &str = "The connection was lost.";

/// `MOSQ_ERR_TLS`.
const TLS: &str = "A TLS error occurred.";

/// Larger than the broker takes, or than a packet can be.
pub(super) const TOO_LARGE: &str = "Message payload is too large.";

/// A time limit passed.
pub(super) const TIMED_OUT: &str = "Timed out";

/// The lines about a client's error.
pub(super) fn of_client(error: &client::Error, tool: Tool) -> Vec<String> {
    use client::Error as E;
    let line = match error {
        E::Dial { source, .. } => of_dial(source),
        E::NotAccepted { cause, .. } | E::Lost { cause, .. } => return of_cause(cause, tool),
        E::Refused { reason, version, .. } => return of_refusal(*reason, *version, tool),
        E::TakenOver { .. } => return of_farewell(tool),
        E::NoAnswer { .. } | E::GaveUp { .. } | E::NoneOf(_) => error_line(LOST),
        E::NotServed(error) => of_publish(error, tool),
        E::AllFiltersRefused(refused) => match (tool, refused.first()) {
            (Tool::Request, Some((_, reason))) => reason_name(*reason).to_owned(),
            _ => "All subscription requests were denied.".to_owned(),
        },
        E::TimedOut(_) => TIMED_OUT.to_owned(),
        E::Input(error) | E::Output(error) | E::Signals(error) | E::Random(error) => {
            error_line(&system(error))
        }
        E::Connect(_) | E::Command(_) => error_line(&error.to_string()),
    };
    vec![line]
}

fn error_line(text: &str) -> String {
    format!("Error: {text}")
}

/// The system's words without its number.
fn system(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

fn of_dial(error: &DialError) -> String {
    match error {
        DialError::Lookup { .. }
        | DialError::LookupTimedOut { .. }
        | DialError::NoAddress { .. }
        | DialError::NoSrv { .. }
        | DialError::NotOffered { .. } => "Unable to connect (Lookup error.).".to_owned(),
        DialError::Refused { .. } => error_line("Connection refused"),
        DialError::NoSocket { .. } => error_line("No such file or directory"),
        DialError::TimedOut { .. } => error_line("Connection timed out"),
        DialError::Io { source, .. } => error_line(&system(source)),
        DialError::Tls { .. } | DialError::TlsTimedOut { .. } => error_line(TLS),
        DialError::Proxy { .. } => error_line("Proxy error."),
        DialError::WebSocket { .. } | DialError::WebSocketTimedOut { .. } => error_line(LOST),
        DialError::ForeignBind { .. } | DialError::BindFamily { .. } => {
            error_line("Cannot assign requested address")
        }
    }
}

fn of_cause(cause: &Cause, tool: Tool) -> Vec<String> {
    vec![error_line(&match cause {
        Cause::Closed | Cause::Silent => LOST.to_owned(),
        Cause::Io(error) if is_lost(error) => LOST.to_owned(),
        Cause::Io(error) => system(error),
        Cause::Http | Cause::Protocol(_) => PROTOCOL.to_owned(),
        Cause::Tls(_) => TLS.to_owned(),
        Cause::Told { .. } => return of_farewell(tool),
    })]
}

/// The broker said that it ends the connection.
fn of_farewell(tool: Tool) -> Vec<String> {
    match tool {
        Tool::Publish => vec![error_line("The client is not currently connected.")],
        Tool::Subscribe | Tool::Request => Vec::new(),
    }
}

/// The subscriber leaves it at the first line.
fn of_refusal(reason: Reason, version: Version, tool: Tool) -> Vec<String> {
    let old = !version.is_v5();
    let name = if old { return_code_name(reason) } else { reason_name(reason) };
    let hint = match tool {
        _ if old || reason != Reason::UnsupportedProtocolVersion => "",
        Tool::Request => ". mosquitto_rr only supports connecting to an MQTT v5 broker",
        _ => ". Try connecting to an MQTT v5 broker, or use MQTT v3.x mode.",
    };
    let mut lines = vec![format!("Connection error: {name}{hint}")];
    if tool == Tool::Publish {
        lines.push(error_line(if old { "The connection was refused." } else { PROTOCOL }));
    }
    lines
}

fn of_publish(error: &PublishError, tool: Tool) -> String {
    error_line(match (error, tool) {
        (PublishError::Qos(..), Tool::Publish) => {
            "Message QoS not supported on broker, try a lower QoS."
        }
        (PublishError::Qos(..), _) => "Requested QoS not supported on server.",
        (PublishError::TooLarge { .. }, Tool::Publish) => TOO_LARGE,
        (PublishError::TooLarge { .. }, _) => "Packet larger than supported by the server.",
        _ => return error_line(&error.to_string()),
    })
}

/// The lines about options that cannot be served, or files that cannot be read.
pub(super) fn of_options(error: &options::Error) -> Vec<String> {
    use options::Error as E;
    match error {
        E::File { path, source } => vec![
            match source.kind() {
                io::ErrorKind::NotFound => {
                    format!("Error: Unable to open file \"{}\".", path.display())
                }
                _ => format!("Error: Unable to read file \"{}\": {source}.", path.display()),
            },
            format!("Error loading input file \"{}\".", path.display()),
        ],
        E::EmptyInput => {
            vec![error_line("Zero length input."), "Error loading input from stdin.".to_owned()]
        }
        E::Input(_) => vec!["Error loading input from stdin.".to_owned()],
        E::PayloadTooLong(_) => {
            vec![error_line("Message length must be less than 268435455 bytes.")]
        }
        E::WildcardTopic(_) | E::InvalidTopic(_) => {
            vec![error_line("Invalid input. Does your topic contain '+' or '#'?")]
        }
        E::Tls(error) => vec![error_line(&of_tls(error))],
        E::ResponseTopicTwice => {
            vec!["Error in PUBLISH properties: Duplicate response topic.".to_owned()]
        }
        E::LastingWithoutId { .. } => vec![error_line("Invalid id and/or clean_session.")],
        E::PasswordAlone => vec![error_line("Problem setting username and/or password.")],
        _ => vec![error_line(&error.to_string())],
    }
}

/// The sentence that scripts know, and behind it what mosquitto keeps to itself.
fn of_tls(error: &TlsOptionsError) -> String {
    match error {
        TlsOptionsError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            "Problem setting TLS options: File not found.".to_owned()
        }
        _ => format!("Problem setting TLS options: {error}."),
    }
}

/// A time in the unit that suits it, with as many digits as C's `%f`.
pub(super) fn time(time: Duration) -> String {
    let nanoseconds = time.subsec_nanos();
    let in_units = |unit: u32| f64::from(nanoseconds) / f64::from(unit);
    match nanoseconds {
        _ if time.as_secs() > 0 => format!("{}.{nanoseconds:09}s", time.as_secs()),
        0..1000 => format!("{nanoseconds}ns"),
        1000..1_000_000 => format!("{:.6}µs", in_units(1000)),
        _ => format!("{:.6}ms", in_units(1_000_000)),
    }
}

/// What became of a message.
pub(super) fn refused_message(number: u64, reason: Reason) -> String {
    format!("Warning: Publish {number} failed: {}.", reason_name(reason))
}

/// The return codes of version 3.
fn return_code_name(reason: Reason) -> &'static str {
    match reason.return_code() {
        Some(1) => "Connection Refused: unacceptable protocol version.",
        Some(2) => "Connection Refused: identifier rejected.",
        Some(3) => "Connection Refused: broker unavailable.",
        Some(4) => "Connection Refused: bad user name or password.",
        Some(5) => "Connection Refused: not authorised.",
        _ => "Connection Refused: unknown reason.",
    }
}

/// The specification's names, with mosquitto's capitals.
pub(super) const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Success => "Success",
        Reason::GrantedQos1 => "Granted QoS 1",
        Reason::GrantedQos2 => "Granted QoS 2",
        Reason::DisconnectWithWill => "Disconnect with Will Message",
        Reason::NoMatchingSubscribers => "No matching subscribers",
        Reason::NoSubscriptionExisted => "No subscription existed",
        Reason::ContinueAuthentication => "Continue authentication",
        Reason::ReAuthenticate => "Re-authenticate",
        Reason::UnspecifiedError => "Unspecified error",
        Reason::MalformedPacket => "Malformed Packet",
        Reason::ProtocolError => "Protocol Error",
        Reason::ImplementationError => "Implementation specific error",
        Reason::UnsupportedProtocolVersion => "Unsupported Protocol Version",
        Reason::ClientIdentifierNotValid => "Client Identifier not valid",
        Reason::BadUserNameOrPassword => "Bad User Name or Password",
        Reason::NotAuthorized => "Not authorized",
        Reason::ServerUnavailable => "Server unavailable",
        Reason::ServerBusy => "Server busy",
        Reason::Banned => "Banned",
        Reason::ServerShuttingDown => "Server shutting down",
        Reason::BadAuthenticationMethod => "Bad authentication method",
        Reason::KeepAliveTimeout => "Keep Alive timeout",
        Reason::SessionTakenOver => "Session taken over",
        Reason::TopicFilterInvalid => "Topic Filter invalid",
        Reason::TopicNameInvalid => "Topic Name invalid",
        Reason::PacketIdentifierInUse => "Packet Identifier in use",
        Reason::PacketIdentifierNotFound => "Packet Identifier not found",
        Reason::ReceiveMaximumExceeded => "Receive Maximum exceeded",
        Reason::TopicAliasInvalid => "Topic Alias invalid",
        Reason::PacketTooLarge => "Packet too large",
        Reason::MessageRateTooHigh => "Message rate too high",
        Reason::QuotaExceeded => "Quota exceeded",
        Reason::AdministrativeAction => "Administrative action",
        Reason::PayloadFormatInvalid => "Payload format invalid",
        Reason::RetainNotSupported => "Retain not supported",
        Reason::QosNotSupported => "QoS not supported",
        Reason::UseAnotherServer => "Use another server",
        Reason::ServerMoved => "Server moved",
        Reason::SharedSubscriptionsNotSupported => "Shared Subscriptions not supported",
        Reason::ConnectionRateExceeded => "Connection rate exceeded",
        Reason::MaximumConnectTime => "Maximum connect time",
        Reason::SubscriptionIdentifiersNotSupported => "Subscription identifiers not supported",
        Reason::WildcardSubscriptionsNotSupported => "Wildcard Subscriptions not supported",
    }
}
