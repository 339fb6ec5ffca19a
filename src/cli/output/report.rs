//! What a report means to people.

use super::kinds::Facts;
use super::{
    approximate, client_failure, dialect, error, error_as, error_with, milliseconds, mosquitto,
    note,
};
use crate::cli::exit::{Exit, of_publisher, of_requester};
use crate::cli::hint;
use crate::client::publish::Delivery;
use crate::client::{Latencies, Refusal, Refusals, Settings, publish, request, subscribe};
use crate::codec::Reason;
use crate::options::{Dialect, Payload, Request};

/// Tells what came of publishing; of a stream of messages as such.
pub(in crate::cli) fn publisher(report: &publish::Report, is_stream: bool) {
    let facts = facts(&report.refused, of_publisher(report));
    let topic = report.refused_topic.as_deref();
    refused(&report.refused, is_stream.then_some(report.read), "message", topic, facts);
    unheard(report, is_stream);
    if report.possible_duplicates > 0 {
        let (messages, they) = match report.possible_duplicates {
            1 => ("1 message was".to_owned(), "it"),
            count => (format!("{count} messages were"), "they"),
        };
        note(&format!(
            "{messages} sent again after the broker lost the session: {they} may have come twice"
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
            note(&match report.unacknowledged {
                1 => "1 message is not acknowledged".to_owned(),
                count => format!("{count} messages are not acknowledged"),
            });
        }
    } else if let Some(failure) = &report.failure {
        client_failure(failure);
    }
}

/// What was refused for good, of a stream of so many; `what` is one of it, and `topic` that of the
/// first where there are several.
fn refused(refused: &Refusals, read: Option<u64>, what: &str, topic: Option<&str>, facts: Facts) {
    let Some((number, why)) = &refused.first else { return };
    match (dialect(), why) {
        // Each was told when it was refused.
        (Dialect::Mosquitto(_), Refusal::Broker(_)) => {}
        (Dialect::Mosquitto(_), Refusal::Overlong | Refusal::Announced(_)) => {
            error(mosquitto::TOO_LARGE);
        }
        (_, why) => match read {
            Some(read) => {
                let count = refused.count;
                let to = topic.map(|topic| format!(" to {topic}")).unwrap_or_default();
                let text = format!("{count} of {read} {what}s refused, the first is number");
                error_with(&format!("{text} {number}{to}: {why}"), facts);
            }
            None if matches!(why, Refusal::Unheard(_)) => error_with(&why.to_string(), facts),
            None => error_with(&format!("the {what} was refused: {why}"), facts),
        },
    }
}

/// What a program may know of what was refused, which ends the command so.
fn facts(refused: &Refusals, exit: Exit) -> Facts {
    let reason = match &refused.first {
        Some((_, Refusal::Broker(reason))) => Some(*reason),
        Some((_, Refusal::Unheard(_))) => Some(Reason::NoMatchingSubscribers),
        _ => None,
    };
    Facts { reason, ..Facts::of_exit(exit) }
}

/// What the broker took for nobody.
fn unheard(report: &publish::Report, is_stream: bool) {
    let Some((number, topic)) = &report.unheard.first else { return };
    let why = Refusal::Unheard(topic.clone());
    let reason = Some(Reason::NoMatchingSubscribers);
    let facts = Facts { reason, ..Facts::of_exit(of_publisher(report)) };
    let (count, read) = (report.unheard.count, report.read);
    if is_stream {
        let text = format!("{count} of {read} messages reached no subscriber, the first is number");
        error_with(&format!("{text} {number}: {why}"), facts);
    } else {
        error_with(&why.to_string(), facts);
    }
}

/// Tells what would have been published.
pub(in crate::cli) fn rehearsal(report: &publish::Report, settings: &Settings) {
    let facts = facts(&report.refused, of_publisher(report));
    let topic = report.refused_topic.as_deref();
    refused(&report.refused, Some(report.read), "message", topic, facts);
    let count = report.read.saturating_sub(report.refused.count);
    let messages = if count == 1 { "message" } else { "messages" };
    let route = settings.server.route();
    note(&format!("{count} {messages} would be sent to {route}; nothing was"));
    if let Some(failure) = &report.failure {
        client_failure(failure);
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
    if dialect() != Dialect::Own {
        // Theirs says nothing of removals.
        if report.late_removals {
            super::plain_error(mosquitto::TIMED_OUT);
        }
    } else if report.unanswered > 0 {
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
    let facts = facts(&report.refused, of_requester(report));
    refused(&report.refused, is_stream.then_some(report.read), "request", None, facts);
    ignored(report);
    if let Some(latencies) = report.latencies.as_ref().filter(|latencies| latencies.count() > 1) {
        super::aside(&percentiles(latencies, "answers"));
    }
    if report.waiting > 0 && is_stream {
        let (waiting, read) = (report.waiting, report.read);
        note(&format!("{waiting} of {read} requests were still waiting for answers"));
    }
    if report.signal.is_some() {
        return;
    }
    if let Some(failure) = &report.failure {
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
             and do not wait in this client id's session any more"
        ));
    }
    if *ignored == 0 {
        return;
    }
    let mut text = match ignored {
        1 => format!("1 message on {response_topic} was ignored: no answer to what was asked"),
        count => {
            format!(
                "{count} messages on {response_topic} were ignored: no answers to what was asked"
            )
        }
    };
    if *unassigned > 0 {
        text = format!(
            "{text}; {unassigned} of them came without correlation data while several requests \
             waited, where --in-flight 1 helps"
        );
    }
    note(&text);
}

/// What `--stats` is for, in the end.
pub(in crate::cli) fn delivery(report: &publish::Report) {
    let Some(delivery) = &report.delivery else { return };
    super::aside(&delivered(report, delivery));
    if delivery.latencies.count() > 0 {
        super::aside(&percentiles(&delivery.latencies, "acknowledgements"));
    }
}

fn delivered(report: &publish::Report, delivery: &Delivery) -> String {
    let publish::Report { read, refused, unacknowledged, .. } = report;
    let refused = refused.count;
    let Delivery { bytes, asked, acknowledged, sent_again, reconnects, .. } = delivery;
    let seconds = delivery.time.as_secs_f64();
    let a_second = |count: u64| if seconds > 0.0 { approximate(count) / seconds } else { 0.0 };
    let answers = match asked {
        0 => "No acknowledgements at QoS 0".to_owned(),
        _ => format!("Acknowledged {acknowledged} of {asked}"),
    };
    format!(
        "Sent {} messages, {bytes} bytes, in {seconds:.3}s: {:.0}/s, {:.3} MB/s\n\
         {answers}, refused {refused}, pending {unacknowledged}, sent again {sent_again}, \
         reconnects {reconnects}\n",
        read.saturating_sub(refused),
        a_second(*read),
        a_second(*bytes) / 1e6,
    )
}

fn percentiles(latencies: &Latencies, what: &str) -> String {
    let at = |percent| milliseconds(latencies.percentile(percent));
    format!(
        "Latency of {} {what}: min {} mean {} p50 {} p90 {} p99 {} max {}\n",
        latencies.count(),
        at(0.0),
        milliseconds(latencies.mean()),
        at(50.0),
        at(90.0),
        at(99.0),
        at(100.0),
    )
}
