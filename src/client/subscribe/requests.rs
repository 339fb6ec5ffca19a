//! SUBSCRIBE and UNSUBSCRIBE: what is asked on each connection, and what came of it.

use super::removal::Removal;
use super::{Job, Subscription};
use crate::client::connector::Connector;
use crate::client::end::Stop;
use crate::client::{Cause, Error, Notice};
use crate::codec::{
    FilterBuffer, NameBuffer, PacketId, Reason, RetainHandling, SubscriptionOptions,
};
use crate::session::{self, Client};
use crate::topic::Shared;

/// The requests of one job.
#[derive(Debug)]
pub(super) struct Requests<'a> {
    job: &'a Job,
    /// SUBACK is missing.
    subscribing: bool,
    /// UNSUBACKs that are missing, each with its filter.
    unsubscribing: Vec<(PacketId, &'a str)>,
    refused: Vec<(String, Reason)>,
    /// All was answered, on whichever connection.
    pub(super) answered: bool,
}

impl<'a> Requests<'a> {
    /// Nothing is asked yet.
    pub(super) const fn new(job: &'a Job) -> Self {
        Self {
            job,
            subscribing: false,
            unsubscribing: Vec::new(),
            refused: Vec::new(),
            answered: false,
        }
    }

    /// Asks, unless the broker still knows.
    pub(super) fn send(
        &mut self,
        session: &mut Client<Removal>,
        connector: &Connector<'_>,
        output: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if self.answered && session.granted().session_present {
            return Ok(());
        }
        let added = &connector.settings().properties;
        self.subscribing = !self.job.subscriptions.is_empty();
        if self.subscribing {
            let mut filters = FilterBuffer::default();
            for subscription in &self.job.subscriptions {
                filters.push(&subscription.filter, self.options(subscription))?;
            }
            session.subscribe(&filters, connector.added(&added.subscribe), output)?;
        }
        self.unsubscribing.clear();
        self.refused.clear();
        for filter in &self.job.unsubscribe {
            let mut names = NameBuffer::default();
            names.push(filter)?;
            let id = session.unsubscribe(&names, connector.added(&added.unsubscribe), output)?;
            self.unsubscribing.push((id, filter));
        }
        Ok(())
    }

    /// Whether the broker is to keep back what this client publishes itself, its removals: it may
    /// not be asked to for a shared subscription `[MQTT-3.8.3-4]`.
    fn is_no_local(&self, Subscription { filter, options }: &Subscription) -> bool {
        let removes = self.job.remove_retained && !self.job.echoes;
        options.no_local || (removes && Shared::parse(filter).is_none())
    }

    /// Whether this client's removals come back to it.
    pub(super) fn has_echo(&self, is_v5: bool) -> bool {
        let asked = &self.job.subscriptions;
        !is_v5 || asked.is_empty() || asked.iter().any(|one| !self.is_no_local(one))
    }

    /// What is asked for a filter.
    fn options(&self, subscription: &Subscription) -> SubscriptionOptions {
        let asked = subscription.options;
        SubscriptionOptions {
            qos: asked.qos,
            no_local: self.is_no_local(subscription),
            retain_as_published: asked.retain_as_published || self.job.lossless,
            retain_handling: if self.job.skip_retained {
                RetainHandling::Never
            } else {
                asked.retain_handling
            },
        }
    }

    /// SUBACK.
    pub(super) fn subscribed(
        &mut self,
        codes: &[u8],
        connector: &Connector<'_>,
    ) -> Result<(), Stop> {
        if codes.len() != self.job.subscriptions.len() {
            return Err(Cause::Protocol(session::Error::Answer).into());
        }
        let mut refused = Vec::new();
        for (Subscription { filter, .. }, &code) in self.job.subscriptions.iter().zip(codes) {
            if let Some(reason) = refusal(code) {
                refused.push((filter.clone(), reason));
            }
        }
        if refused.len() == codes.len() {
            return Err(Error::AllFiltersRefused(refused).into());
        }
        for (filter, reason) in refused {
            connector.notify(&Notice::FilterRefused { filter: &filter, reason });
        }
        self.subscribing = false;
        self.conclude();
        Ok(())
    }

    /// UNSUBACK: one code in version 5, none before.
    pub(super) fn unsubscribed(
        &mut self,
        id: PacketId,
        codes: &[u8],
        connector: &Connector<'_>,
    ) -> Result<(), Stop> {
        let at = self.unsubscribing.iter().position(|(known, _)| *known == id);
        let Some(at) = at.filter(|_| codes.len() == usize::from(connector.version().is_v5()))
        else {
            return Err(Cause::Protocol(session::Error::Answer).into());
        };
        let (_, filter) = self.unsubscribing.remove(at);
        if let Some(reason) = codes.first().and_then(|code| refusal(*code)) {
            self.refused.push((filter.to_owned(), reason));
            if self.job.subscriptions.is_empty() && self.refused.len() == self.job.unsubscribe.len()
            {
                return Err(Error::AllFiltersRefused(std::mem::take(&mut self.refused)).into());
            }
            connector.notify(&Notice::UnsubscribeRefused { filter, reason });
        }
        self.conclude();
        Ok(())
    }

    /// Whether SUBACK came, where there is one to come, or else every UNSUBACK.
    pub(super) const fn is_subscribed(&self) -> bool {
        self.answered || (!self.subscribing && !self.job.subscriptions.is_empty())
    }

    fn conclude(&mut self) {
        self.answered |= !self.subscribing && self.unsubscribing.is_empty();
    }
}

/// The reason of a code that refuses.
fn refusal(code: u8) -> Option<Reason> {
    Reason::from_code(code).filter(|reason| reason.is_error())
}
