//! Requests and their answers: each message is published with the topic that its answers go to,
//! and each answer goes to a [`Sink`].

mod asked;
mod flow;
mod pending;

use std::time::Duration;

use self::flow::Requester;
use super::{Error, Latencies, Notify, Payloads, Refusals, Settings, Sink};
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
    /// Whether any message is an answer: a session that lasts may have subscriptions of its own,
    /// whose messages come on other topics, and on the topic of the answers those that were queued
    /// before this run. One that comes before SUBACK ends the run, which asks nothing then.
    ///
    /// Without it both are no answers, and are acknowledged all the same. They are lost to the next
    /// run in that session; left alone they would fill the broker's window, of 20 messages with
    /// mosquitto, and the answer behind them would never come: a session in which somebody asks is
    /// read by nobody else meanwhile.
    pub any_message: bool,
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
    /// Requests that were taken from the source.
    pub read: u64,
    /// Requests that were refused for good.
    pub refused: Refusals,
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
    /// Messages on other topics, which are no answers and are taken from the session.
    pub foreign: u64,
    /// The signal that asked for the end.
    pub signal: Option<i32>,
    /// Why it ended before its end.
    pub failure: Option<Error>,
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
