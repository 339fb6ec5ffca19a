//! Subscribing: messages go to a [`Sink`], and are acknowledged once it has written them.

mod flow;
mod removal;
mod requests;
mod retained;

use std::ffi::OsString;
use std::time::Duration;

use regex::bytes::Regex;

use self::flow::Subscriber;
use super::{Error, Notify, Settings, Sink};
use crate::codec::SubscriptionOptions;

/// A filter and what is asked for it; version 3 has the QoS alone, and leaves the rest out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// A valid topic filter.
    pub filter: String,
    /// How it is to be served.
    pub options: SubscriptionOptions,
}

/// What to subscribe to, and when to end.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// What to be served with.
    pub subscriptions: Vec<Subscription>,
    /// Valid topic filters to be served with no longer, each in a request of its own; at least one
    /// where there are no `subscriptions`.
    pub unsubscribe: Vec<String>,
    /// Messages whose topic matches one of these are dropped, but acknowledged.
    pub filter_out: Vec<String>,
    /// Messages whose payload it does not match are dropped likewise.
    pub pattern: Option<Regex>,
    /// Ends after so many messages.
    pub count: Option<u64>,
    /// Ends after this time, counted from the start.
    pub time_limit: Option<Duration>,
    /// Ends in order so long after the broker has answered.
    pub span: Option<Duration>,
    /// Only retained messages are wanted, and a lost connection is the end. Ends once all have
    /// come: the broker has answered a ping behind its answer to SUBSCRIBE, and then sent no
    /// further one for so long.
    pub idle: Option<Duration>,
    /// Leaves out messages that were retained before.
    pub skip_retained: bool,
    /// Ends with the first message that is not retained.
    pub retained_only: bool,
    /// Publishes an empty retained message for each retained one that came, to remove it.
    pub remove_retained: bool,
    /// The sink is given no message, but an empty one for each that the broker has removed.
    pub show_removed: bool,
    /// What the broker tells of each removal is a message like any other.
    pub echoes: bool,
    /// Nothing of a message may be missing: in version 5 the retain flag comes as the publisher
    /// set it and tells nothing else, what version 3 leaves out is told.
    pub lossless: bool,
    /// Percent of the messages that the sink is given; the others count all the same.
    pub random_filter: Option<f64>,
    /// Version 5: the broker publishes the will when a time limit or a signal ends the run.
    pub will_when_cut_short: bool,
    /// Whether a first connection that ends before CONNACK is tried again and again.
    pub patient: bool,
    /// The longest time without a connection, once there was one.
    pub give_up: Option<Duration>,
    /// Ends once the broker has answered SUBSCRIBE, or without `subscriptions` every
    /// UNSUBSCRIBE.
    pub only_subscribe: bool,
    /// A command that is started once the broker has answered SUBSCRIBE; none when empty.
    pub command: Vec<OsString>,
}

/// How it ended.
#[derive(Debug, Default)]
pub struct Report {
    /// The exit code of the command.
    pub command: Option<u8>,
    /// The broker accepted a connection.
    pub accepted: bool,
    /// Messages that passed the filters, or that the broker has removed where it shows those.
    pub taken: u64,
    /// The signal that asked for the end.
    pub signal: Option<i32>,
    /// All that was asked for came and is written, and the time limit passed while the broker's
    /// word of removals was missing.
    pub late_removals: bool,
    /// Retained messages that the broker did not remove.
    pub not_removed: u64,
    /// Retained messages that were not even asked to be removed: there were too many at once.
    pub left: u64,
    /// Retained messages that were to be removed when the end came: nobody knows of them.
    pub unanswered: u64,
    /// What went wrong, where it was told before the command's end was waited for.
    pub failure: Option<Error>,
}

/// Subscribes until the job's own rules, a signal or the reader of the sink end it.
pub async fn run(
    settings: &Settings,
    job: &Job,
    sink: impl Sink,
    notify: Notify<'_>,
) -> Result<Report, Error> {
    Subscriber::new(settings, job, sink, notify)?.run().await
}
