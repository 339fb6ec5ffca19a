//! The last message of each topic, kept for those who subscribe later.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::message::Message;
use super::publish::BROKER_TOPICS;
use crate::topic;

/// Retained messages in the order of their topics, so that a walk can stop and go on.
#[derive(Debug, Default)]
pub(super) struct Retained {
    topics: BTreeMap<Rc<str>, Kept>,
    bytes: usize,
    /// How many of them are the broker's own, which no limit counts.
    own: usize,
    /// Counts replacements: tells what was retained before a subscription was made.
    sequence: u64,
    /// When what had expired was removed.
    purged_at: Option<Instant>,
}

/// A full store is searched for expired messages this often at most: it may hold many.
const PURGE: Duration = Duration::from_mins(1);

#[derive(Debug)]
struct Kept {
    message: Rc<Message>,
    sequence: u64,
}

/// A subscription's way through the retained messages: what it still has to be sent.
#[derive(Debug)]
pub(super) struct Walk {
    filter: Box<str>,
    /// The last topic looked at; `None` before the first.
    after: Option<Rc<str>>,
    /// What is retained later has reached the subscription as it was published.
    until: u64,
    /// Topics that the walk has not come to and whose message was drawn nevertheless.
    early: BTreeSet<Rc<str>>,
}

impl Walk {
    pub(super) fn is_for(&self, filter: &str) -> bool {
        *self.filter == *filter
    }
}

/// What a step of a walk found.
#[derive(Debug)]
pub(super) enum Step {
    Message(Rc<Message>),
    /// Enough was looked at for one turn; go on in the next.
    Pause,
    End,
}

/// Topics looked at in one step: keeps a turn short when few of many match.
const STEP: usize = 512;

impl Retained {
    /// Keeps a message for its topic, or removes what is kept when it is empty; false when the
    /// limits (`messages`, `bytes`) leave no room.
    pub(super) fn set(
        &mut self,
        message: &Rc<Message>,
        (messages, bytes): (usize, usize),
        now: Instant,
    ) -> bool {
        if message.payload().is_empty() {
            self.remove(&message.topic);
            return true;
        }
        let old = self.topics.get(&*message.topic).map(|kept| kept.message.cost());
        if message.topic.starts_with(BROKER_TOPICS) {
            self.own += usize::from(old.is_none());
        } else {
            if !self.has_room(message, messages, bytes) {
                self.purge(now);
                if !self.has_room(message, messages, bytes) {
                    return false;
                }
            }
            self.bytes = self.bytes - old.unwrap_or(0) + message.cost();
        }
        self.sequence += 1;
        let kept = Kept { message: Rc::clone(message), sequence: self.sequence };
        self.topics.insert(Rc::clone(&message.topic), kept);
        true
    }

    fn has_room(&self, message: &Message, messages: usize, bytes: usize) -> bool {
        let old = self.topics.get(&*message.topic).map(|kept| kept.message.cost());
        let after = self.bytes - old.unwrap_or(0) + message.cost();
        (old.is_some() || self.topics.len() - self.own < messages) && after <= bytes
    }

    /// Removes what has expired, once a minute at most.
    fn purge(&mut self, now: Instant) {
        if self.purged_at.is_some_and(|at| now.saturating_duration_since(at) < PURGE) {
            return;
        }
        self.purged_at = Some(now);
        let mut bytes = self.bytes;
        self.topics.retain(|_, kept| {
            let lives = kept.message.remaining(now).is_ok();
            if !lives {
                bytes -= kept.message.cost();
            }
            lives
        });
        self.bytes = bytes;
    }

    fn remove(&mut self, topic: &str) {
        if let Some(kept) = self.topics.remove(topic) {
            self.bytes -= kept.message.cost();
        }
    }

    /// Retained messages, expired ones included until somebody meets them.
    pub(super) fn len(&self) -> usize {
        self.topics.len()
    }

    /// How many of them the broker published itself.
    pub(super) fn own(&self) -> usize {
        self.own
    }

    /// The way of a new subscription.
    pub(super) fn walk(&self, filter: &str) -> Walk {
        Walk { filter: filter.into(), after: None, until: self.sequence, early: BTreeSet::new() }
    }

    /// The next message of a walk among the topics that `may_read` names; expired ones met on the
    /// way are removed.
    pub(super) fn step(
        &mut self,
        walk: &mut Walk,
        may_read: impl Fn(&str) -> bool,
        now: Instant,
    ) -> Step {
        let prefix = topic::literal_prefix(&walk.filter);
        let start = match &walk.after {
            Some(after) => Bound::Excluded(&**after),
            None => Bound::Included(prefix),
        };
        let mut found = Step::End;
        let mut expired = Vec::new();
        let mut last = None;
        for (looked_at, (name, kept)) in
            self.topics.range::<str, _>((start, Bound::Unbounded)).enumerate()
        {
            if !name.starts_with(prefix) {
                break;
            }
            if looked_at >= STEP {
                found = Step::Pause;
                break;
            }
            last = Some(Rc::clone(name));
            let is_new = kept.sequence > walk.until;
            if is_new || !topic::matches(&walk.filter, name) || !may_read(name) {
                continue;
            }
            if !walk.early.is_empty() && walk.early.remove(name) {
                continue;
            }
            if kept.message.remaining(now).is_err() {
                expired.push(Rc::clone(name));
                continue;
            }
            found = Step::Message(Rc::clone(&kept.message));
            break;
        }
        for name in expired {
            self.remove(&name);
        }
        if last.is_some() {
            walk.after = last;
        }
        found
    }

    /// The message of one topic, if a walk is still to come to it and it is wanted: the walk will
    /// then leave it out.
    pub(super) fn draw_early(
        &self,
        walk: &mut Walk,
        name: &str,
        now: Instant,
        is_wanted: impl FnOnce(&Message) -> bool,
    ) -> Option<Rc<Message>> {
        let (topic, kept) = self.topics.get_key_value(name)?;
        let is_ahead = walk.after.as_deref().is_none_or(|after| after < name)
            && kept.sequence <= walk.until
            && topic::matches(&walk.filter, name)
            && kept.message.remaining(now).is_ok()
            && is_wanted(&kept.message);
        (is_ahead && walk.early.insert(Rc::clone(topic))).then(|| Rc::clone(&kept.message))
    }
}
