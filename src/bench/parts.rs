//! What was counted by group and by phase, where a run has several.

use std::time::Duration;

use super::Error;
use super::plan::Plan;
use super::tally::count;
use crate::client::Latencies;

/// What was counted of one part of a run.
#[derive(Debug)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Messages that were sent.
    pub published: u64,
    /// Messages that were to come, each as often as it was to.
    pub expected: u64,
    /// How many of these came.
    pub received: u64,
    /// From publishing to receiving.
    pub e2e: Latencies,
}

impl Part {
    fn new(name: &str) -> Result<Self, Error> {
        let e2e = Latencies::new().ok_or(Error::Memory)?;
        Ok(Self { name: name.to_owned(), published: 0, expected: 0, received: 0, e2e })
    }

    /// What an earlier run counted.
    pub fn recorded(name: &str, [published, expected, received]: [u64; 3], e2e: Latencies) -> Self {
        Self { name: name.to_owned(), published, expected, received, e2e }
    }

    /// Both.
    pub(super) fn add(&mut self, more: &Self) {
        for (sum, more) in [
            (&mut self.published, more.published),
            (&mut self.expected, more.expected),
            (&mut self.received, more.received),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.e2e.add_all(&more.e2e);
    }

    /// The same once more; `None` where there is no memory for it.
    pub(super) fn copy(&self) -> Option<Self> {
        let mut copy = Self::new(&self.name).ok()?;
        copy.add(self);
        Some(copy)
    }

    /// How many messages never came.
    pub const fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }

    fn sent(&mut self, listeners: u64) {
        count(&mut self.published);
        self.expected = self.expected.saturating_add(listeners);
    }

    fn take_back(&mut self, messages: u64, copies: u64) {
        self.published = self.published.saturating_sub(messages);
        self.expected = self.expected.saturating_sub(copies);
    }

    fn received(&mut self, time: Option<u64>) {
        count(&mut self.received);
        if let Some(time) = time {
            self.e2e.add_nanoseconds(time);
        }
    }
}

/// All parts of a run; a run of one piece has none.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) groups: Vec<Part>,
    pub(super) phases: Vec<Part>,
    /// When each phase ends: nanoseconds from the start.
    ends: Vec<u64>,
}

impl Parts {
    /// Nothing was counted yet.
    pub(super) fn new(plan: &Plan) -> Result<Self, Error> {
        let groups = plan.lanes.iter().map(|lane| Part::new(&lane.name));
        let phases = plan.phases.iter().map(|phase| Part::new(&phase.name));
        let mut end = Duration::ZERO;
        let ends = plan.phases.iter().map(|phase| {
            end = end.saturating_add(phase.duration);
            u64::try_from(end.as_nanos()).unwrap_or(u64::MAX)
        });
        Ok(Self {
            groups: if plan.lanes.len() > 1 { groups.collect::<Result<_, _>>()? } else { vec![] },
            phases: phases.collect::<Result<_, _>>()?,
            ends: ends.collect(),
        })
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.phases.is_empty()
    }

    /// The group of a lane, and the phase of a time from the start.
    fn of(&mut self, lane: usize, time: u64) -> impl Iterator<Item = &mut Part> {
        let phase = self.ends.partition_point(|end| *end <= time);
        let phase = phase.min(self.ends.len().saturating_sub(1));
        self.groups.get_mut(lane).into_iter().chain(self.phases.get_mut(phase))
    }

    /// A message was sent that was due at this time from the start.
    pub(super) fn sent(&mut self, lane: usize, time: u64, listeners: u64) {
        self.of(lane, time).for_each(|part| part.sent(listeners));
    }

    /// So many messages that were sent are to come to one more; `due` is how many of them were due
    /// at a time from the start.
    pub(super) fn kept(&mut self, lane: usize, messages: u64, due: impl Fn(u64) -> u64) {
        if let Some(group) = self.groups.get_mut(lane) {
            group.expected = group.expected.saturating_add(messages);
        }
        let mut before = 0;
        let last = self.ends.len().saturating_sub(1);
        for ((phase, end), number) in self.phases.iter_mut().zip(&self.ends).zip(0_usize..) {
            // What is due behind the end of the last phase is told with it, too.
            let up_to = if number == last { messages } else { due(end.saturating_sub(1)) };
            phase.expected = phase.expected.saturating_add(up_to.saturating_sub(before));
            before = up_to;
        }
    }

    /// The last messages did not leave, or are not to come.
    pub(super) fn take_back(&mut self, lane: usize, time: u64, messages: u64, copies: u64) {
        self.of(lane, time).for_each(|part| part.take_back(messages, copies));
    }

    /// A message came for the first time, after so long if that is known.
    pub(super) fn received(&mut self, lane: usize, time: u64, took: Option<u64>) {
        self.of(lane, time).for_each(|part| part.received(took));
    }
}
