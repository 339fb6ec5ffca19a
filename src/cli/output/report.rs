//! What a report means to people.

use super::{client_failure, dialect, error, mosquitto, note, time};
use crate::cli::hint;
use crate::client::publish::{self, Refusal};
use crate::client::request::{self, Latencies};
use crate::client::subscribe;
use crate::options::{Dialect, Payload, Request};

/// Tells what came of publishing; of a stream of messages as such.
pub(in crate::cli) fn publisher(report: &publish::Report, is_stream: bool) {
    refused(report, "message", is_stream);
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

/// What was refused for good; `what` is one of it.
fn refused(report: &publish::Report, what: &str, is_stream: bool) {
    let Some((number, why)) = &report.first_refused else { return };
    match (dialect(), why) {
        // Each was told when it was refused.
        (Dialect::Mosquitto(_), Refusal::Broker(_)) => {}
        (Dialect::Mosquitto(_), Refusal::Overlong | Refusal::Announced(_)) => {
            error(mosquitto::TOO_LARGE);
        }
        (_, why) if is_stream => {
            let (refused, read) = (report.refused, report.read);
            error(&format!(
                "{refused} of {read} {what}s refused, the first is number {number}: {why}"
            ));
        }
        (_, Refusal::Unheard(_)) => error(&why.to_string()),
        _ => error(&format!("the {what} was refused: {why}")),
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

/// Tells what came of clearing, or would have.
pub(in crate::cli) fn cleared(report: &subscribe::Report, dry_run: bool) {
    subscriber(report);
    let done = if dry_run { "would be removed" } else { "removed" };
    note(&match report.taken {
        0 if report.not_removed == 0 => "no retained message matches".to_owned(),
        1 => format!("1 retained message {done}"),
        count => format!("{count} retained messages {done}"),
    });
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
            Dialect::Own => error(&hint::no_answer(report, options)),
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
