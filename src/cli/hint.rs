//! Errors as people read them: the thing, the cause, and what to do.

pub(super) mod foreign;

use std::fmt::Write as _;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::client::request::Report;
use crate::client::{self, Cause};
use crate::codec::{Qos, Reason};
use crate::net::{Address, DialError, Route, WebSocketError};
use crate::options::{self, Payload, PropertyError, Request};
use crate::text::near::nearest;

/// One line about an error.
pub(super) fn describe(error: &anyhow::Error) -> String {
    if let Some(error) = error.downcast_ref::<client::Error>() {
        return of_client(error);
    }
    if let Some(error) = error.downcast_ref::<options::Error>() {
        return of_options(error);
    }
    format!("{error:#}")
}

/// Options of mosquitto's tools that are still to come. Another option that looks like one of
/// them is no help: `--file` is not what `--cafile` meant.
const NOT_YET: &[&str] = &["-o"];

/// Options of mosquitto's tools that will not come, and why.
const NEVER: &[(&str, &str)] = &[
    ("--psk", NO_SHARED_KEYS),
    ("--psk-identity", NO_SHARED_KEYS),
    ("--tls-engine", NO_ENGINES),
    ("--tls-engine-kpass-sha1", NO_ENGINES),
];

const NO_SHARED_KEYS: &str = "TLS with pre-shared keys is not served, for rustls does not have \
                              it: use certificates, with --cafile";

const NO_ENGINES: &str = "OpenSSL's engines are not served, for rustls does not have them: use \
                          --cert and --key with PEM files";

/// One line about words that are no options of a command, or not as it takes them.
pub(super) fn of_usage(error: &clap::Error, command: &str) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let wrong = text(ContextKind::InvalidArg);
    let mut line = match (error.kind(), wrong) {
        (ErrorKind::UnknownArgument, Some(option)) if never(option).is_some() => {
            never(option).unwrap_or_default().to_owned()
        }
        (ErrorKind::UnknownArgument, Some(option)) if NOT_YET.contains(&option) => {
            format!("{option} is not served by this version of mq")
        }
        // It may hold a password.
        (ErrorKind::UnknownArgument, Some(word)) if word.contains("://") => {
            "a URL goes behind -L".to_owned()
        }
        (ErrorKind::UnknownArgument, Some(word)) if !word.starts_with('-') => {
            let why = match command {
                "mq pub" | "mq rr" => ": a message with spaces belongs in quotes",
                "mq broker" => ": a command goes behind --",
                _ => "",
            };
            format!("there is no place for {word:?}{why}")
        }
        (ErrorKind::UnknownArgument, Some(option)) if is_number(option) => {
            format!("there is no option {option:?}; as a message it goes behind -m, or behind --")
        }
        (ErrorKind::UnknownArgument, Some(option)) if foreign::option(option).is_some() => {
            let own = foreign::option(option).unwrap_or_default();
            format!("there is no option {option:?}; here it is {own}")
        }
        (ErrorKind::InvalidValue, Some(option))
            if option.starts_with("--host ") && text(ContextKind::InvalidValue) == Some("") =>
        {
            "-h is the broker's host, and needs one".to_owned()
        }
        (ErrorKind::UnknownArgument, Some(option)) => {
            let meant = text(ContextKind::SuggestedArg);
            let meant = meant.map(|meant| format!("; did you mean {meant}")).unwrap_or_default();
            format!("there is no option {option:?}{meant}")
        }
        (ErrorKind::MissingRequiredArgument, None) => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) => format!("{} is missing", missing.join(", ")),
            _ => "something is missing".to_owned(),
        },
        _ => {
            let whole = error.to_string();
            let first = whole.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            let first = &of_number(first);
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            // What is taken stands in the words about what is wrong.
            let (_, wanted) = first.split_once(": ").unwrap_or_default();
            let words = wanted.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
            match nearest(value, words) {
                Some(meant) => format!("{first}; did you mean {meant}"),
                None => first.clone(),
            }
        }
    };
    // Writing to a string cannot fail.
    let _ = write!(line, "; see: {command} --help");
    line
}

/// A sentence with the standard library's words about what is no number made into those of people.
fn of_number(sentence: &str) -> String {
    let words = ["invalid digit found in string", "cannot parse integer from empty string"];
    match words.iter().find_map(|words| sentence.strip_suffix(words)) {
        Some(before) => format!("{before}not a whole number"),
        None => match sentence.strip_suffix("number too large to fit in target type") {
            Some(before) => format!("{before}too large a number"),
            None => sentence.to_owned(),
        },
    }
}

/// A negative one, which looks like an option.
fn is_number(word: &str) -> bool {
    word.starts_with('-') && word.parse::<f64>().is_ok()
}

/// A sentence in another program's words as a line of ours.
pub(super) fn of_words(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

fn never(option: &str) -> Option<&'static str> {
    NEVER.iter().find(|(name, _)| *name == option).map(|(_, why)| *why)
}

/// One line about a client's error.
pub(super) fn of_client(error: &client::Error) -> String {
    use client::Error as E;
    match error {
        E::Dial { route, source } if source.is_refused() => no_broker(route),
        E::Dial { source: source @ DialError::WebSocket { problem, .. }, .. } => {
            let hint = match problem {
                WebSocketError::Status { status: 404, .. } => "; is the path right? --ws-path",
                WebSocketError::Status { status: 401 | 403, .. } => {
                    "; does it want a login? --header 'Authorization: ...'"
                }
                _ => "",
            };
            with_causes(source) + hint
        }
        E::Dial { source, .. } => with_causes(source),
        E::NotAccepted { route, cause: Cause::Closed | Cause::Io(_) } => {
            let mut text = error.to_string();
            if let (Address::Tcp { port, .. }, false) = (route.address(), route.is_secure()) {
                text.push_str(match port {
                    8883 | 8884 => "; this port usually wants TLS",
                    1883 => "",
                    _ if route.is_websocket() => "",
                    _ => "; if this is a port of TLS, add --cafile",
                });
            }
            text
        }
        E::NotAccepted { route, cause: Cause::Http } => {
            let hint = if route.is_websocket() {
                " behind its WebSocket"
            } else {
                "; if it is for WebSocket too, add --ws"
            };
            format!("{route} does not speak MQTT, but HTTP{hint}")
        }
        E::NotAccepted { route, cause: Cause::Protocol(what) } => {
            format!("{route} does not speak MQTT: it sent {what}")
        }
        E::Refused {
            reason: Reason::BadUserNameOrPassword | Reason::NotAuthorized,
            with_login,
            ..
        } => {
            let hint = if *with_login {
                "check user name and password"
            } else {
                "log in with -u NAME and MQTT_PASSWORD"
            };
            format!("{error}; {hint}")
        }
        E::Refused { reason: Reason::UnsupportedProtocolVersion, .. } => {
            format!("{error}; choose another one with -V")
        }
        E::NoneOf(failures) => {
            let one = |failure: &E| match failure {
                E::Dial { source, .. } => with_causes(source),
                failure => of_client(failure),
            };
            let each = failures.iter().map(one).collect::<Vec<_>>().join("; ");
            format!("no connection to any of {} brokers: {each}", failures.len())
        }
        E::TakenOver { route, client_id } => taken_over(route, client_id),
        E::TimedOut(after) => format!("timed out after {}", humantime::format_duration(*after)),
        _ => error.to_string(),
    }
}

fn no_broker(route: &Route) -> String {
    let mut text = format!("no broker at {route}");
    // Writing to a string cannot fail.
    let _ = match route.address() {
        Address::Tcp { host, port } if route.is_plain() && is_here(host) => match port {
            1883 => write!(text, "; start one with: mq broker"),
            port => write!(text, "; start one with: mq broker -p {port}"),
        },
        Address::Tcp { .. } => write!(text, ": the connection was refused"),
        Address::Unix(_) => write!(text, ": nothing listens there"),
    };
    text
}

fn is_here(host: &str) -> bool {
    let literal: Result<std::net::IpAddr, _> = host.parse();
    host.eq_ignore_ascii_case("localhost") || literal.is_ok_and(|address| address.is_loopback())
}

/// Two clients with one identifier, when the broker says so.
fn taken_over(route: &Route, client_id: &str) -> String {
    format!(
        "{route} closed this connection because another client connected with the same \
         client id {client_id:?}; give each client its own with -i"
    )
}

/// Two clients with one identifier, as it looks where the broker cannot say so.
pub(super) fn two_clients(client_id: &str) -> String {
    format!(
        "the broker closes the connection again and again, soon after it accepts it: probably \
         another client uses the same client id {client_id:?}, and the two throw each other off; \
         give each client its own with -i"
    )
}

/// Requests whose time has passed, by their numbers.
pub(super) fn unanswered(numbers: &[u64], after: Duration) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.saturating_add(1) == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): &(u64, u64)| match last.saturating_sub(*first) {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    };
    let told = runs.iter().map(run).collect::<Vec<_>>().join(", ");
    let (what, are) = if numbers.len() == 1 { ("request", "is") } else { ("requests", "are") };
    format!("{what} {told} {are} not answered within {}", humantime::format_duration(after))
}

/// Requests whose time has passed, all together.
pub(super) fn no_answer(report: &Report, options: &Request) -> String {
    let (unanswered, read) = (report.unanswered, report.read);
    let mut text = if options.payload == Payload::Lines {
        format!("{unanswered} of {read} requests were not answered in time")
    } else {
        let limit = humantime::format_duration(options.time_limit.unwrap_or_default());
        let topic = &report.response_topic;
        match report.answers {
            0 => format!("no answer on {topic} within {limit}"),
            some => format!("{some} of {} answers on {topic} within {limit}", options.answers),
        }
    };
    if options.qos == Qos::AtMostOnce && report.answers == 0 {
        text.push_str("; with -q 1 many brokers tell when nobody is subscribed");
    }
    text
}

fn of_options(error: &options::Error) -> String {
    use options::Error as E;
    match error {
        E::NoTopic => format!("{error}: use -t TOPIC"),
        E::NothingToPublish => {
            format!("{error}: put it behind the topic, or use -m, -f, -s, -l or -n")
        }
        E::WordBesideTopic => format!("{error}: use -m for a message"),
        E::TopicTwice | E::MessageTwice => format!("{error}: use one of both"),
        E::NoTerminal => format!("{error}: use --password-file or MQTT_PASSWORD"),
        E::UnheardAtQos0 => format!("{error}: use -q 1, or leave -q out"),
        E::NotAgain(_) => format!("{error}; --loop wants < FILE"),
        E::LastingWithoutId { .. } => format!("{error}: give one with -i"),
        E::NoResponseTopic => format!("{error}: give the topic of the answers with -e"),
        E::ResponseTopicTwice => {
            "-e TOPIC and -D publish response-topic TOPIC say the same: use one of them".to_owned()
        }
        E::OneCorrelation => format!("{error}: leave --in-flight or correlation-data out"),
        E::ManyMessages => format!("{error}: for several, use -l and one line each"),
        E::LateExpiry => format!("{error}: ask for one with -x"),
        E::RetainedBothWays => {
            format!("{error}: -R leaves out what --retained-only is to show")
        }
        E::ClearsEverything(_) => {
            format!("{error}; look at them with --dry-run, and if it is meant, add --yes")
        }
        E::NeedsVersion5(_) => format!("{error}; leave -V out"),
        E::TlsIdle { .. } => {
            format!("{error}: add --cafile, --tls-use-os-certs, or port 8883 with -p")
        }
        E::Property(error) => of_property(error),
        E::PasswordAlone => format!("{error}: give a name with -u"),
        _ => error.to_string(),
    }
}

/// A property that cannot be, and what may have been meant.
fn of_property(error: &PropertyError) -> String {
    let words = of_words(&error.to_string());
    let meant = match error {
        PropertyError::Name(name) => nearest(name, PropertyError::names()),
        PropertyError::Command(command) => nearest(command, PropertyError::commands()),
        _ => None,
    };
    match meant {
        Some(meant) => format!("{words}; did you mean {meant}"),
        None => words,
    }
}

/// An error with what caused it, where that says something new.
fn with_causes(error: &DialError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            let _ = write!(text, ": {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::DialOptions;

    fn tcp(host: &str, port: u16) -> Route {
        let address = Address::Tcp { host: host.to_owned(), port };
        Route::new(&address, &DialOptions::default())
    }

    #[test]
    fn a_missing_broker_is_easily_started() {
        let text = no_broker(&tcp("localhost", 1883));
        assert_eq!(text, "no broker at localhost:1883; start one with: mq broker");
        assert!(no_broker(&tcp("::1", 7)).ends_with("mq broker -p 7"));
        assert!(!no_broker(&tcp("h.example", 1883)).contains("mq broker"));
    }

    #[test]
    fn unanswered_requests_are_told_in_runs() {
        let told = |numbers: &[u64]| unanswered(numbers, Duration::from_secs(30));
        assert_eq!(told(&[7]), "request 7 is not answered within 30s");
        assert_eq!(told(&[1, 2, 3, 5, 8, 9]), "requests 1-3, 5, 8-9 are not answered within 30s");
    }

    #[test]
    fn a_takeover_is_explained() {
        let text = taken_over(&tcp("h", 1), "id");
        assert!(text.contains("another client") && text.contains("-i"), "{text}");
    }
}
