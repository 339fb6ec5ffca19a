//! Requests and their answers: each message is published with the topic that its answers go to,
//! and each answer goes to a [`Sink`].

mod asked;
mod flow;
mod pending;

use std::time::Duration;

use self::flow::Requester;
use super::publish::{self, Payloads};
use super::subscribe::Sink;
use super::{Error, Latencies, Notify, Settings};
use crate::codec::{PropertyBuffer, Qos, RetainHandling};

/// What to ask, and what counts as an answer.
#[derive(Debug, Clone)]
pub struct Job {
    /// The topic of the requests, a topic name.
    pub topic: String,
    /// The topic of the answers, a topic name; without one a new one is made up, which only
    /// version 5 can tell to who answers.
    pub response_topic: Option<String>,
    /// The quality of service of requests and answers.
    pub qos: Qos,
    /// The requests: one, or the lines of standard input.
    pub payloads: Payloads,
    /// The properties of every request in version 5, without a response topic.
    pub properties: PropertyBuffer,
    /// Whether version 5 tells answers by their correlation data: what `properties` holds, or
    /// else another for each request. What comes with other data is no answer then. Without it
    /// every message on the topic is one.
    pub correlate: bool,
    /// Whether a message on whichever topic may be an answer: a session that lasts may have
    /// subscriptions of its own. Without it those are left unacknowledged.
    pub any_topic: bool,
    /// The answers that end a request, at least 1.
    pub answers: u64,
    /// Requests that wait for answers at once, at least 1.
    pub in_flight: usize,
    /// The time for one request from the start of the run, for lines from the sending of each.
    pub time_limit: Option<Duration>,
    /// Whether the time from each request to its answer is told and kept.
    pub latency: bool,
    /// Whether retained messages are no answers.
    pub skip_retained: bool,
    /// Version 5: which retained messages the broker sends.
    pub retain_handling: RetainHandling,
    /// Version 5: the retain flag comes as the publisher set it.
    pub retain_as_published: bool,
    /// Version 5: the broker publishes the will when the time limit or a signal ends the run.
    pub will_when_cut_short: bool,
    /// Whether a subscription that is refused ends the run in order, and a request that is
    /// refused, or that has no reader, is waited for all the same; both are told only.
    pub lenient: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// How many requests were read, which were refused, and why it ended before its end.
    pub requests: publish::Report,
    /// Where the answers were to come.
    pub response_topic: String,
    /// Messages that went to the sink.
    pub answers: u64,
    /// Requests whose time passed before their last answer.
    pub unanswered: u64,
    /// Requests that were still waiting when the run was ended by a signal or a failure.
    pub waiting: u64,
    /// Messages on the topic of the answers that were none.
    pub ignored: u64,
    /// Of them those without correlation data, while several requests were waiting.
    pub unassigned: u64,
    /// Messages on other topics, which are no answers and are not acknowledged.
    pub foreign: u64,
    /// The times from request to answer.
    pub latencies: Option<Latencies>,
}

/// Asks to the end of the source and waits for the answers, over one connection.
pub async fn run(
    settings: &Settings,
    job: &Job,
    sink: impl Sink,
    notify: Notify<'_>,
) -> Result<Report, Error> {
    Requester::new(settings, job, sink, notify)?.run().await
}
