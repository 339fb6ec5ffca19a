//! What to ask.

use std::time::Duration;

use super::connect::check_topic;
use super::publish::topic;
use super::{Connect, Error, Payload, Print, Resolved};
use crate::client::request::Job;
use crate::codec::{Properties, Property, PropertyBuffer, Qos, RetainHandling};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub connect: Connect,
    /// The topic of the requests.
    pub topic: Option<String>,
    /// The topic of the answers. Without one, and without one among the properties, a new one is
    /// made up, and `connect.needs_v5` is to be set: no other version can tell it to who answers.
    pub response_topic: Option<String>,
    /// The quality of service of requests and answers.
    pub qos: Qos,
    /// The request, or the lines of standard input as requests.
    pub payload: Payload,
    /// Whether answers are told by their correlation data, where version 5 is spoken: those of
    /// the properties, or else some that are made for each request. False: the first message on
    /// the topic is the answer.
    pub correlate: bool,
    /// Whether any message is an answer: one on another topic, of an earlier subscription of the
    /// session, or one that comes before the request.
    pub any_message: bool,
    /// The answers that end a request, at least 1.
    pub answers: u64,
    /// Requests of standard input that wait for answers at once, at least 1.
    pub in_flight: usize,
    /// The time for a request and its answers: one from the start, lines each from its sending.
    pub time_limit: Option<Duration>,
    /// Whether the time from request to answer is told.
    pub latency: bool,
    /// How answers are printed.
    pub print: Print,
    /// Retained messages are no answers.
    pub skip_retained: bool,
    /// Asks for the retain flag as the publisher set it.
    pub retain_as_published: bool,
    /// Which retained messages are asked for.
    pub retain_handling: RetainHandling,
    /// The broker publishes the will when the time limit or a signal ends the run.
    pub will_when_cut_short: bool,
    /// A refused subscription ends the run in order, a refused request is waited for: both are
    /// told only.
    pub lenient: bool,
}

impl Request {
    /// Reads what is to be asked; whole files, but no lines.
    pub fn job(&self, resolved: &Resolved) -> Result<Job, Error> {
        let given = resolved.settings.properties.publish.as_properties();
        let in_properties = given.find(|property| match property {
            Property::ResponseTopic(topic) => Some(topic.to_owned()),
            _ => None,
        });
        let response_topic = match (&self.response_topic, in_properties) {
            (Some(_), Some(_)) => return Err(Error::ResponseTopicTwice),
            (asked, in_properties) => asked.clone().or(in_properties),
        };
        response_topic.as_deref().map_or(Ok(()), check_topic)?;
        let correlated = given.iter().any(|one| matches!(one, Property::CorrelationData(_)));
        if self.correlate && correlated && self.in_flight > 1 {
            return Err(Error::OneCorrelation);
        }
        if matches!(self.payload, Payload::Records(_)) {
            return Err(Error::RecordsAsRequests);
        }
        Ok(Job {
            topic: topic(self.topic.as_ref(), resolved)?,
            response_topic,
            qos: self.qos,
            payloads: self.payload.payloads()?,
            properties: without_response_topic(given),
            correlate: self.correlate,
            any_message: self.any_message,
            answers: self.answers,
            in_flight: self.in_flight,
            time_limit: self.time_limit,
            latency: self.latency,
            skip_retained: self.skip_retained,
            retain_handling: self.retain_handling,
            retain_as_published: self.retain_as_published,
            will_when_cut_short: self.will_when_cut_short,
            lenient: self.lenient,
        })
    }
}

fn without_response_topic(properties: Properties<'_>) -> PropertyBuffer {
    let mut rest = PropertyBuffer::new();
    for property in properties.iter().filter(|one| !matches!(one, Property::ResponseTopic(_))) {
        // What came out of a buffer fits into one.
        let _ = rest.push(property);
    }
    rest
}
