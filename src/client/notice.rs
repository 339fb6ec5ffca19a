//! What happens on the way, for whoever wants to tell it.

use std::time::Duration;

use super::Error;
use crate::codec::Reason;
use crate::net::Route;
use crate::record::LineError;

/// Something a person at the keyboard may want to know. Texts of the peer in it are as they
/// came: to be escaped by who prints them.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A packet went out or came in; only with [`super::Settings::debug`].
    Packet(&'a str),
    /// What SUBACK granted; likewise.
    Granted(&'a str),
    /// Nobody checks who the broker is.
    Insecure,
    /// The broker's certificate names it by its common name alone. Told once a run.
    CommonName {
        /// The name.
        name: &'a str,
    },
    /// The broker does not speak version 5: the client goes on with 3.1.1.
    FellBack,
    /// Version 3 is spoken: what is to be written down in full comes without properties, and
    /// without the retain flag of what is published meanwhile.
    Incomplete,
    /// Version 3 is spoken: properties that messages have are left out. Told once a run.
    PropertiesLeftOut,
    /// A line of the input is no message; the rest goes on.
    BadLine {
        /// Its number, from 1.
        number: u64,
        /// Why.
        error: &'a LineError,
    },
    /// There is no first connection yet; it is tried again.
    Retrying {
        /// Why.
        error: &'a Error,
        /// How long it is tried.
        time: Duration,
    },
    /// The connection is gone; it is tried again until it works.
    Lost {
        /// The broker.
        route: &'a Route,
        /// Why.
        cause: &'a Error,
    },
    /// The connection is back.
    Back {
        /// The broker.
        route: &'a Route,
        /// What became of the session.
        session: Resumption,
    },
    /// The broker takes no more for now (0x97); the refused lines are sent again later.
    QuotaExceeded,
    /// Another client seems to use this client's identifier: they throw each other off.
    TwoClients {
        /// The identifier.
        client_id: &'a str,
    },
    /// One filter of several was refused.
    FilterRefused {
        /// The filter.
        filter: &'a str,
        /// Why.
        reason: Reason,
    },
    /// The broker refused a message for good.
    MessageRefused {
        /// Its number, from 1.
        number: u64,
        /// Why.
        reason: Reason,
    },
    /// The broker refused a request, whose answer is waited for all the same.
    RequestRefused {
        /// Its number, from 1.
        number: u64,
        /// Why.
        reason: Reason,
    },
    /// Version 3 is spoken: requests name no topic for the answers, and any message there is one,
    /// for the request that waits longest. Only with [`super::Settings::debug`], or where several
    /// requests may wait at once.
    Uncorrelated,
    /// Requests had no answer, or not all of them, in their time.
    Unanswered {
        /// Their numbers, ascending, from 1.
        numbers: &'a [u64],
        /// The time each had.
        after: Duration,
    },
    /// An answer is written that came so long after its request.
    Latency(Duration),
    /// One filter of a request to be served no longer was refused.
    UnsubscribeRefused {
        /// The filter.
        filter: &'a str,
        /// Why.
        reason: Reason,
    },
    /// A retained message was not removed.
    NotRemoved {
        /// Its topic.
        topic: &'a str,
        /// Why.
        reason: Reason,
    },
    /// The client has failed, but waits for the end of its command.
    Failed {
        /// Why.
        error: &'a Error,
    },
}

/// What a new connection found of the session of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// The broker still had it.
    Resumed,
    /// It was to outlive the old connection and did not.
    Gone,
    /// It was not asked for, or the protocol version has no word for it.
    None,
}

/// Where notices go.
pub type Notify<'a> = &'a dyn Fn(&Notice<'_>);
