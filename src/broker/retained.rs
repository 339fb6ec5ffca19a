//! The last message of each topic, kept for those who subscribe later.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::message::Message;
use super::mount::View;
use super::origin::Origin;
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
    /// Who published it; `None` for the broker itself.
    origin: Option<Rc<Origin>>,
    /// When it is not retained any longer, whatever its own expiry.
    until: Option<Instant>,
}

impl Kept {
    fn lives(&self, now: Instant) -> bool {
        self.message.remaining(now).is_ok() && self.until.is_none_or(|until| now < until)
    }
}

/// A subscription's way through the retained messages: what it still has to be sent.
#[derive(Debug)]
pub(super) struct Walk {
    filter: Box<str>,
    view: View,
    /// The last topic looked at; `None` before the first.
    after: Option<Rc<str>>,
    /// What is retained later has reached the subscription as it was published.
    until: u64,
    /// Topics that the walk has not come to and whose message was drawn nevertheless.
    early: BTreeSet<Rc<str>>,
}

impl Walk {
    /// Bytes of the topics that the client does not see.
    pub(super) fn mount(&self) -> u16 {
        self.view.mount
    }

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
    /// Keeps a message for its topic until a moment, or removes what is kept when it is empty;
    /// false when the limits (`messages`, `bytes`) leave no room.
    pub(super) fn set(
        &mut self,
        message: &Rc<Message>,
        (origin, until): (Option<Rc<Origin>>, Option<Instant>),
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
        let (message, sequence) = (Rc::clone(message), self.sequence);
        let topic = Rc::clone(&message.topic);
        let kept = Kept { message, sequence, origin, until };
        self.topics.insert(topic, kept);
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
            let lives = kept.lives(now);
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
    pub(super) fn walk(&self, filter: &str, view: View) -> Walk {
        let (filter, until) = (filter.into(), self.sequence);
        Walk { filter, view, after: None, until, early: BTreeSet::new() }
    }

    /// The next message of a walk among those that `may_have` is true of, by topic and origin;
    /// expired ones met on the way are removed.
    pub(super) fn step(
        &mut self,
        walk: &mut Walk,
        may_have: impl Fn(&str, Option<&Origin>) -> bool,
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
            let is_seen = topic::matches(&walk.filter, name) && walk.view.shows(name);
            if is_new || !is_seen || !may_have(name, kept.origin.as_deref()) {
                continue;
            }
            if !walk.early.is_empty() && walk.early.remove(name) {
                continue;
            }
            if !kept.lives(now) {
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
        is_wanted: impl FnOnce(&Message, Option<&Origin>) -> bool,
    ) -> Option<Rc<Message>> {
        let (topic, kept) = self.topics.get_key_value(name)?;
        let is_ahead = walk.after.as_deref().is_none_or(|after| after < name)
            && kept.sequence <= walk.until
            && topic::matches(&walk.filter, name)
            && walk.view.shows(name)
            && kept.lives(now)
            && is_wanted(&kept.message, kept.origin.as_deref());
        (is_ahead && walk.early.insert(Rc::clone(topic))).then(|| Rc::clone(&kept.message))
    }
}
