//! A request on its way, and the names made up for one run.

use std::hash::{BuildHasher as _, RandomState};

use bytes::Bytes;

use super::Job;
use crate::codec::{EncodeError, Properties, Property, PropertyBuffer, Publish};
use crate::session::{Granted, Message};
use crate::topic;

/// A request that is not acknowledged.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// What all requests of the run have in common.
    pub(super) job: &'a Job,
    /// Its payload.
    pub(super) payload: Bytes,
    /// Its place in the source, from 1.
    pub(super) number: u64,
    /// Its properties, the topic of the answer and its correlation data among them.
    pub(super) properties: PropertyBuffer,
}

impl Message for Asked<'_> {
    fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: self.job.qos,
            retain: false,
            topic: &self.job.topic,
            id: None,
            properties: self.properties.as_properties(),
            payload: &self.payload,
        }
    }
}

/// How the answers to the requests of one connection are known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Correlation {
    /// Every message on their topic is one.
    Unchecked,
    /// They all carry these bytes, which the user chose.
    Given(Vec<u8>),
    /// They carry this run's own text, a hyphen, and the number of their request.
    Made(String),
}

/// What the correlation data of a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It is for this request.
    Request(u64),
    /// It is for a request of this run; there are no data to tell which.
    Any,
    /// There are none, though the requests had some.
    Nothing,
    /// It is not for this run.
    Other,
}

impl Correlation {
    /// For a run, when version 5 is spoken.
    pub(super) fn new(job: &Job) -> Self {
        if !job.correlate {
            return Self::Unchecked;
        }
        let given = correlation_data(&job.properties.as_properties());
        given.map_or_else(|| Self::Made(token()), |data| Self::Given(data.to_vec()))
    }

    /// The properties of a request.
    pub(super) fn properties(
        &self,
        job: &Job,
        response_topic: &str,
        number: u64,
    ) -> Result<PropertyBuffer, EncodeError> {
        let mut properties = job.properties.clone();
        properties.push(Property::ResponseTopic(response_topic))?;
        if let Self::Made(own) = self {
            let data = format!("{own}-{number}");
            properties.push(Property::CorrelationData(data.as_bytes()))?;
        }
        Ok(properties)
    }

    /// What the properties of a message say.
    pub(super) fn read(&self, properties: &Properties<'_>) -> Says {
        let data = match self {
            Self::Unchecked => return Says::Any,
            _ => correlation_data(properties),
        };
        let Some(data) = data else { return Says::Nothing };
        match self {
            Self::Made(own) => {
                let rest =
                    data.strip_prefix(own.as_bytes()).and_then(|rest| rest.strip_prefix(b"-"));
                let number = rest.and_then(|rest| std::str::from_utf8(rest).ok()?.parse().ok());
                number.map_or(Says::Other, Says::Request)
            }
            Self::Given(given) if data != *given => Says::Other,
            _ => Says::Any,
        }
    }
}

fn correlation_data<'a>(properties: &Properties<'a>) -> Option<&'a [u8]> {
    properties.find(|property| match property {
        Property::CorrelationData(data) => Some(data),
        _ => None,
    })
}

/// 32 letters that nobody can guess: the standard library keys these hashes by the system's
/// random bytes.
fn token() -> String {
    let half = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", half(), half())
}

/// A topic for answers that nobody else listens to: where the broker wants it, else below one of
/// `mq`'s own with the client's identifier in it, so that an access list can allow it by that.
pub(super) fn own_topic(granted: &Granted, client_id: &str) -> String {
    let random = token();
    let below = |parent: &str| {
        let name = format!("{}/{random}", parent.trim_end_matches('/'));
        Some(name).filter(|name| topic::is_name(name) && !topic::has_wildcard(name))
    };
    let offered = granted.response_information.as_deref().filter(|offered| !offered.is_empty());
    let by_id = || {
        let is_level = !client_id.is_empty() && !client_id.contains('/');
        is_level.then(|| below(&format!("mq/rr/{client_id}"))).flatten()
    };
    offered.and_then(below).or_else(by_id).unwrap_or_else(|| format!("mq/rr/{random}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(offered: Option<&str>) -> Granted {
        Granted { response_information: offered.map(str::to_owned), ..Granted::default() }
    }

    #[test]
    fn an_own_topic_is_where_the_broker_wants_it_and_never_twice_the_same() {
        for (offered, client_id, parent) in [
            (Some("replies/7"), "me", "replies/7/"),
            (Some("replies/7/"), "me", "replies/7/"),
            (Some("replies/#"), "me", "mq/rr/me/"),
            (Some(""), "me", "mq/rr/me/"),
            (None, "a/b", "mq/rr/"),
            (None, "+", "mq/rr/"),
            (None, "", "mq/rr/"),
        ] {
            let topic = own_topic(&granted(offered), client_id);
            let random = topic.strip_prefix(parent).unwrap();
            assert!(random.len() == 32 && !random.contains('/'), "{topic}");
            assert_ne!(topic, own_topic(&granted(offered), client_id));
        }
    }

    #[test]
    fn data_tell_which_request_an_answer_is_for() {
        let of = |data: &[u8]| {
            let mut properties = PropertyBuffer::new();
            properties.push(Property::CorrelationData(data)).unwrap();
            properties
        };
        let made = Correlation::Made("ab".to_owned());
        assert_eq!(made.read(&of(b"ab-17").as_properties()), Says::Request(17));
        for other in [&b"ab-"[..], b"ab-x", b"ab17", b"ac-17", b"", b"ab--1", b"ab-\xff"] {
            assert_eq!(made.read(&of(other).as_properties()), Says::Other, "{other:?}");
        }
        let given = Correlation::Given(b"x".to_vec());
        assert_eq!(given.read(&of(b"x").as_properties()), Says::Any);
        assert_eq!(given.read(&of(b"y").as_properties()), Says::Other);
        for checked in [made, given] {
            assert_eq!(checked.read(&Properties::EMPTY), Says::Nothing);
        }
        assert_eq!(Correlation::Unchecked.read(&of(b"y").as_properties()), Says::Any);
    }
}
