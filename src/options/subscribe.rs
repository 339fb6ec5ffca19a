//! What to subscribe to.

use std::ffi::OsString;
use std::time::Duration;

use regex::bytes::Regex;

use super::subscription::{check, check_filter, check_retained, plain};
use super::{Connect, Error, Print, Resolved, Subscription};
use crate::client::subscribe::{self, Job};
use crate::codec::{Qos, RetainHandling, SubscriptionOptions};

/// What was asked for.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Subscribe {
    /// Where.
    pub connect: Connect,
    /// Topic filters.
    pub filters: Vec<String>,
    /// Topic filters with wishes of their own.
    pub subscriptions: Vec<Subscription>,
    /// Filters to be served with no longer: of a session that was there before.
    pub unsubscribe: Vec<String>,
    /// Messages whose topic matches one of these filters are dropped: neither printed, counted nor
    /// removed.
    pub filter_out: Vec<String>,
    /// Messages whose payload it does not match are dropped likewise.
    pub pattern: Option<Regex>,
    /// The highest quality of service.
    pub qos: Qos,
    /// Ends after so many messages.
    pub count: Option<u64>,
    /// Ends after this time.
    pub time_limit: Option<Duration>,
    /// Ends in order so long after the subscription stands.
    pub span: Option<Duration>,
    /// Only retained messages are wanted, at QoS 0, and no other message after all of them came,
    /// which a silence of this length tells.
    pub idle: Option<Duration>,
    /// How messages are printed.
    pub print: Print,
    /// What standard output shows.
    pub show: Show,
    /// Percent of the messages that are shown, from 0.1 to 100; the others count all the same.
    pub random_filter: Option<f64>,
    /// Leaves out retained messages.
    pub skip_retained: bool,
    /// Ends with the first message that is not retained, which is not shown.
    pub retained_only: bool,
    /// Removes each retained message that passed the filters from the broker; not with
    /// `skip_retained`.
    pub remove_retained: bool,
    /// The broker's word of each removal is shown and counted as a message.
    pub echoes: bool,
    /// Version 5: the retain flag comes as the publisher set it.
    pub retain_as_published: bool,
    /// Version 5: which retained messages the broker sends; with `skip_retained` none.
    pub retain_handling: RetainHandling,
    /// Version 5: the broker publishes the will when a time limit or a signal ends the run.
    pub will_when_cut_short: bool,
    /// Whether a first connection that the broker closes before it accepts it is tried again and
    /// again; one that does not even stand is an error all the same.
    pub patient: bool,
    /// The longest time without a connection, once there was one.
    pub give_up: Option<Duration>,
    /// Ends once the broker has answered.
    pub only_subscribe: bool,
    /// A command to run meanwhile.
    pub command: Vec<OsString>,
}

/// What standard output shows of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Each as it comes.
    #[default]
    Messages,
    /// How many came in each second.
    Rate,
    /// The last one of each topic, at a place of its own.
    Watch {
        /// Also where standard output is no terminal.
        anywhere: bool,
    },
}

impl Subscribe {
    /// Checks what is asked for.
    pub fn job(&self, resolved: &Resolved) -> Result<Job, Error> {
        if self.skip_retained && self.retained_only {
            return Err(Error::RetainedBothWays);
        }
        let subscriptions = self.subscriptions(resolved);
        if subscriptions.is_empty() && self.unsubscribe.is_empty() {
            return Err(Error::NoTopic);
        }
        subscriptions.iter().try_for_each(check)?;
        if self.idle.is_some() {
            subscriptions.iter().try_for_each(|one| check_retained(&one.filter))?;
        }
        let mut others = self.unsubscribe.iter().chain(&self.filter_out);
        others.try_for_each(|filter| check_filter(filter))?;
        Ok(Job {
            subscriptions,
            unsubscribe: self.unsubscribe.clone(),
            filter_out: self.filter_out.clone(),
            pattern: self.pattern.clone(),
            count: self.count,
            time_limit: self.time_limit,
            span: self.span,
            idle: self.idle,
            skip_retained: self.skip_retained,
            retained_only: self.retained_only,
            remove_retained: self.remove_retained && !self.skip_retained,
            show_removed: false,
            echoes: self.echoes,
            // Where the flag decides what is done, it has to tell what was retained before.
            lossless: self.print.is_lossless() && !self.is_by_flag(),
            random_filter: self.random_filter,
            will_when_cut_short: self.will_when_cut_short,
            patient: self.patient,
            give_up: self.give_up,
            only_subscribe: self.only_subscribe,
            command: self.command.clone(),
        })
    }

    /// Whether the retain flag decides what is done with a message.
    const fn is_by_flag(&self) -> bool {
        self.retained_only || self.remove_retained || self.idle.is_some()
    }

    /// All filters, each with what is asked for it.
    fn subscriptions(&self, resolved: &Resolved) -> Vec<subscribe::Subscription> {
        let all = SubscriptionOptions {
            qos: if self.idle.is_some() { Qos::AtMostOnce } else { self.qos },
            no_local: false,
            retain_as_published: self.retain_as_published,
            retain_handling: self.retain_handling,
        };
        let given = self.filters.iter().map(|filter| plain(filter, all));
        let own = self.subscriptions.iter().map(|one| one.with(all));
        let mut subscriptions: Vec<_> = given.chain(own).collect();
        if subscriptions.is_empty() {
            subscriptions.extend(resolved.topic.iter().map(|topic| plain(topic, all)));
        }
        subscriptions
    }
}
