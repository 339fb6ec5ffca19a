//! Messages that were not taken, whoever refused them.

use crate::codec::Reason;
use crate::session::PublishError;

/// Why a message was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The broker said so.
    #[error("{0}")]
    Broker(Reason),
    /// The broker announced that it takes no such messages.
    #[error(transparent)]
    Announced(#[from] PublishError),
    /// A request that nobody can answer: its topic has no subscriber.
    #[error("nobody is subscribed to {0}")]
    Unheard(String),
    /// No packet can hold it.
    #[error("longer than a packet can be (268,435,455 bytes)")]
    Overlong,
}

/// The messages of one run that were refused for good.
#[derive(Debug, Default)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    /// The number of the first of them, from 1, and why.
    pub first: Option<(u64, Refusal)>,
}

impl Refusals {
    /// One more.
    pub(super) fn add(&mut self, number: u64, why: Refusal) {
        self.count = self.count.saturating_add(1);
        if self.first.as_ref().is_none_or(|(first, _)| number < *first) {
            self.first = Some((number, why));
        }
    }
}
