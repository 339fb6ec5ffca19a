//! One message for each of several topics.

use bytes::Bytes;

use crate::client::lines::Line;
use crate::client::source::Source;

/// Takes each message of a source so many times as there are topics, one after the other.
#[derive(Debug)]
pub(super) struct Copies<'a> {
    topics: &'a [String],
    /// A message, and the place of the topic that it goes to next.
    waiting: Option<(Line<Bytes>, usize)>,
}

impl<'a> Copies<'a> {
    /// Nothing is taken yet.
    pub(super) const fn new(topics: &'a [String]) -> Self {
        Self { topics, waiting: None }
    }

    /// Whether there is more than one topic.
    pub(super) const fn is_many(&self) -> bool {
        self.topics.len() > 1
    }

    /// Whether a message has gone to some of its topics and not to all.
    pub(super) const fn is_within(&self) -> bool {
        self.waiting.is_some()
    }

    /// The next message, the topic it goes to and that one's place; `None` when there is none, or
    /// none yet.
    pub(super) fn next(&mut self, source: &mut Source) -> Option<(Line<Bytes>, &'a str, usize)> {
        let (line, at) = match self.waiting.take() {
            Some(waiting) => waiting,
            None => (source.next_shared()?, 0),
        };
        let topic = self.topics.get(at)?;
        let next = at.saturating_add(1);
        if next < self.topics.len() {
            self.waiting = Some((line.clone(), next));
        }
        Some((line, topic, at))
    }
}
