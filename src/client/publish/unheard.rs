//! Messages that nobody is subscribed to.

use super::Job;
use super::later::Held;
use crate::codec::Reason;
use crate::session::Message as _;

/// The messages of one run that the broker took, though nobody is subscribed to their topic.
#[derive(Debug, Default)]
pub struct Unheard {
    /// How many.
    pub count: u64,
    /// The number of the first of them, from 1, and its topic.
    pub first: Option<(u64, String)>,
}

impl Unheard {
    /// The broker took a message and said so; counts it, if that is wanted.
    pub(super) fn taken(&mut self, job: &Job, held: &Held<'_>, reason: Reason) {
        if !job.require_subscriber || reason != Reason::NoMatchingSubscribers {
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.first.as_ref().is_none_or(|(first, _)| held.number < *first) {
            self.first = Some((held.number, held.publish().topic.to_owned()));
        }
    }
}
