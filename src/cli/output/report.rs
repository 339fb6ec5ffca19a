//! What a publisher's report means to people.

use super::{client_failure, dialect, error, mosquitto, note};
use crate::client::publish::{Refusal, Report};
use crate::options::Dialect;

/// Tells what came of it; of a stream of messages as such.
pub(in crate::cli) fn publisher(report: &Report, is_stream: bool) {
    refused(report, is_stream);
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

fn refused(report: &Report, is_stream: bool) {
    let Some((number, why)) = &report.first_refused else { return };
    match (dialect(), why) {
        // Each was told when it was refused.
        (Dialect::Mosquitto(_), Refusal::Broker(_)) => {}
        (Dialect::Mosquitto(_), Refusal::Overlong | Refusal::Announced(_)) => {
            error(mosquitto::TOO_LARGE);
        }
        _ if is_stream => {
            let (refused, read) = (report.refused, report.read);
            error(&format!(
                "{refused} of {read} messages refused, the first is number {number}: {why}"
            ));
        }
        _ => error(&format!("the message was refused: {why}")),
    }
}
