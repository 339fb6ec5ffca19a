//! A filter with wishes of its own.

use super::Error;
use crate::client::subscribe;
use crate::codec::{Qos, RetainHandling, SubscriptionOptions};
use crate::topic::{self, Shared};

/// What is asked for one filter; what is not said is as for the filters that say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// A topic filter.
    pub filter: String,
    /// The highest quality of service.
    pub qos: Option<Qos>,
    /// Version 5: this client's own messages do not come back.
    pub no_local: bool,
    /// Version 5: the retain flag comes as the publisher set it.
    pub retain_as_published: bool,
    /// Version 5: which retained messages the broker sends.
    pub retain_handling: Option<RetainHandling>,
}

impl Subscription {
    /// Whether version 3 cannot express it.
    pub const fn needs_v5(&self) -> bool {
        self.no_local || self.retain_as_published || self.retain_handling.is_some()
    }

    /// With what is asked for all filters.
    pub(super) fn with(&self, all: SubscriptionOptions) -> subscribe::Subscription {
        subscribe::Subscription {
            filter: self.filter.clone(),
            options: SubscriptionOptions {
                qos: self.qos.unwrap_or(all.qos),
                no_local: self.no_local || all.no_local,
                retain_as_published: self.retain_as_published || all.retain_as_published,
                retain_handling: self.retain_handling.unwrap_or(all.retain_handling),
            },
        }
    }
}

/// A filter that says nothing.
pub(super) fn plain(filter: &str, options: SubscriptionOptions) -> subscribe::Subscription {
    subscribe::Subscription { filter: filter.to_owned(), options }
}

/// What no broker would serve with.
pub(super) fn check(subscription: &subscribe::Subscription) -> Result<(), Error> {
    let subscribe::Subscription { filter, options } = subscription;
    check_filter(filter)?;
    // [MQTT-3.8.3-4]
    if options.no_local && Shared::parse(filter).is_some() {
        return Err(Error::SharedNoLocal(filter.clone()));
    }
    Ok(())
}

/// Whether it can be subscribed to.
pub(super) fn check_filter(filter: &str) -> Result<(), Error> {
    if topic::is_filter(filter) { Ok(()) } else { Err(Error::InvalidFilter(filter.to_owned())) }
}

/// Whether retained messages can be had by it: no member of a group is sent any.
pub(super) fn check_retained(filter: &str) -> Result<(), Error> {
    check_filter(filter)?;
    match Shared::parse(filter) {
        Some(_) => Err(Error::SharedRetained(filter.to_owned())),
        None => Ok(()),
    }
}
