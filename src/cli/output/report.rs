//! What a report means to people.

use super::kinds::Facts;
use super::{client_failure, dialect, error, error_as, error_with, mosquitto, note, time};
use crate::cli::exit::{Exit, of_publisher};
use crate::cli::hint;
use crate::client::publish::{self, Refusal, Which};
use crate::client::request::{self, Latencies};
use crate::client::{Settings, subscribe};
use crate::codec::Reason;
use crate::options::{Dialect, Payload, Request};

/// Tells what came of publishing; of a stream of messages as such.
pub(in crate::cli) fn publisher(report: &publish::Report, is_stream: bool) {
    refused(report, "message", is_stream);
    unheard(report, is_stream);
    if report.possible_duplicates > 0 {
        let count = report.possible_duplicates;
        note(&format!(
            "{count} messages were sent again after the broker lost the session: they may have \
             come twice"
        ));
    }
    if report.postponed > 0 {
        let count = report.postponed;
        let then =
            if report.unacknowledged == 0 { "sent again," } else { "what was sent again is" };
        note(&format!("{count} refusals were only for the moment: {then} out of order"));
    }
    if report.signal.is_some() {
        if report.unacknowledged > 0 {
            let count = report.unacknowledged;
            note(&format!("{count} messages are not acknowledged"));
        }
    } else if let Some(failure) = &report.failure {
        client_failure(failure);
    }
}

/// Tells what would have been published.
pub(in crate::cli) fn rehearsal(report: &publish::Report, settings: &Settings) {
    refused(report, "message", true);
    let count = report.read.saturating_sub(report.refused);
    let messages = if count == 1 { "message" } else { "messages" };
    let route = settings.server.route();
    note(&format!("{count} {messages} would be sent to {route}; nothing was"));
    if let Some(failure) = &report.failure {
        client_failure(failure);
    }
}

/// What was refused for good; `what` is one of it.
fn refused(report: &publish::Report, what: &str, is_stream: bool) {
    let Some((which, why)) = &report.first_refused else { return };
    match (dialect(), why) {
        // Each was told when it was refused.
        (Dialect::Mosquitto(_), Refusal::Broker(_)) => {}
        (Dialect::Mosquitto(_), Refusal::Overlong | Refusal::Announced(_)) => {
            error(mosquitto::TOO_LARGE);
        }
        (_, why) if is_stream => {
            let (refused, read) = (report.refused, report.read);
            let number = numbered(which);
            let text = format!("{refused} of {read} {what}s refused, the first is number {number}");
            error_with(&format!("{text}: {why}"), facts(report, why));
        }
        (_, Refusal::Unheard(_)) => error_with(&why.to_string(), facts(report, why)),
        _ => error_with(&format!("the {what} was refused: {why}"), facts(report, why)),
    }
}

/// What a program may know of the first refusal.
fn facts(report: &publish::Report, why: &Refusal) -> Facts {
    let reason = match why {
        Refusal::Broker(reason) => Some(*reason),
        Refusal::Unheard(_) => Some(Reason::NoMatchingSubscribers),
        Refusal::Announced(_) | Refusal::Overlong => None,
    };
    Facts { reason, ..Facts::of_exit(of_publisher(report)) }
}

/// Which one it is, and to which topic where it went to several.
fn numbered(which: &Which) -> String {
    let topic = which.topic.as_ref().map(|topic| format!(" to {topic}")).unwrap_or_default();
    format!("{}{topic}", which.number)
}

/// What the broker took for nobody.
fn unheard(report: &publish::Report, is_stream: bool) {
    let Some(first) = &report.first_unheard else { return };
    let topic = first.topic.as_deref().unwrap_or_default();
    if is_stream {
        let (unheard, read) = (report.unheard, report.read);
        let number = first.number;
        let text = format!(
            "{unheard} of {read} messages reached no subscriber, the first is number {number}: \
             nobody is subscribed to {topic}"
        );
        error_with(&text, facts(report, &Refusal::Unheard(String::new())));
    } else {
        let why = Refusal::Unheard(topic.to_owned());
        error_with(&why.to_string(), facts(report, &why));
    }
}

/// Tells what came of subscribing.
pub(in crate::cli) fn subscriber(report: &subscribe::Report) {
    if report.left > 0 {
        error(&format!(
            "{} retained messages are not removed, too many came at once: run it again",
            report.left
        ));
    }
    // Theirs says nothing of it.
    if report.unanswered > 0 && dialect() == Dialect::Own {
        let count = report.unanswered;
        let messages = if count == 1 { "message" } else { "messages" };
        error(&format!("{count} retained {messages} may still be there: run it again"));
    }
}

/// Tells what came of asking.
pub(in crate::cli) fn requester(report: &request::Report, options: &Request) {
    let is_stream = options.payload == Payload::Lines;
    refused(&report.requests, "request", is_stream);
    ignored(report);
    if let Some(latencies) = report.latencies.as_ref().filter(|latencies| latencies.count() > 1) {
        super::aside(&percentiles(latencies));
    }
    if report.waiting > 0 && is_stream {
        let (waiting, read) = (report.waiting, report.requests.read);
        note(&format!("{waiting} of {read} requests were still waiting for answers"));
    }
    if report.requests.signal.is_some() {
        return;
    }
    if let Some(failure) = &report.requests.failure {
        client_failure(failure);
    } else if report.unanswered > 0 {
        match dialect() {
            Dialect::Own => error_as(&hint::no_answer(report, options), Exit::TimedOut),
            Dialect::Mosquitto(_) => super::plain_error(mosquitto::TIMED_OUT),
        }
    }
}

fn ignored(report: &request::Report) {
    let request::Report { ignored, unassigned, foreign, response_topic, .. } = report;
    if *foreign > 0 {
        note(&format!(
            "{foreign} messages on other topics than {response_topic} came: they are no answers, \
             and not acknowledged, so that who subscribed to them can have them"
        ));
    }
    if *ignored == 0 {
        return;
    }
    let mut text = format!(
        "{ignored} messages on {response_topic} were ignored: no answers to what was asked"
    );
    if *unassigned > 0 {
        text = format!(
            "{text}; {unassigned} of them came without correlation data while several requests \
             waited, where --in-flight 1 helps"
        );
    }
    note(&text);
}

fn percentiles(latencies: &Latencies) -> String {
    let at = |percent| time(latencies.percentile(percent));
    format!(
        "Latency of {} answers: min {} mean {} p50 {} p90 {} p99 {} max {}\n",
        latencies.count(),
        at(0.0),
        time(latencies.mean()),
        at(50.0),
        at(90.0),
        at(99.0),
        at(100.0),
    )
}
