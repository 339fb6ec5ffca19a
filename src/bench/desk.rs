//! What all clients of a run share: the schedule, the ledger's sums, the figures.

use std::time::Instant;

use super::ledger::{Arrival, Stream};
use super::plan::Plan;
use super::stamp::{Reading, Stamp, Template};
use super::tally::{Tally, count};
use super::{Error, talk::Sent};
use crate::codec::{Qos, Reason};
use crate::options::Scenario;

/// How long a publisher waits for its messages to come back before it takes them for lost.
const PATIENCE: u64 = 2_000_000_000;

/// What all clients of a run share.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) template: Template,
    /// A payload to be stamped, for what is not kept.
    pub(super) scratch: Vec<u8>,
    /// The beginning of the run, which its times count from.
    begin: Instant,
    /// When sending began: nanoseconds of the run.
    pub(super) start: u64,
    /// Messages that are due, of all publishers.
    pub(super) due: u64,
    pub(super) publishers: Vec<Publisher>,
    /// Publishers that may have something to send.
    pub(super) hungry: Vec<u32>,
    /// Publishers that have not sent all that is theirs.
    pub(super) unfinished: u64,
    /// Subscriptions that are not answered.
    pub(super) asking: u64,
    /// Messages that are not acknowledged.
    pub(super) unacknowledged: u64,
    /// Pings at the end that are not answered.
    pub(super) pongs: u64,
    /// Messages that are to come, each as often as it is to.
    pub(super) expected: u64,
    /// When something was received or acknowledged last.
    pub(super) progress: u64,
    pub(super) tally: Tally,
}

/// What is known of a publisher.
#[derive(Debug, Default, Clone)]
pub(super) struct Publisher {
    /// The number of its next message, and so how many were sent.
    pub(super) next: u64,
    /// How many times its messages come.
    listeners: u64,
    /// One more than the highest number that came, added up over all listeners.
    reached: u64,
    /// Messages that are not waited for any more.
    given_up: u64,
    /// When it sent or was heard last.
    moved: u64,
    /// It stands among the hungry.
    is_marked: bool,
    /// It has sent all that is its own, or will never.
    is_finished: bool,
}

impl Publisher {
    /// Messages that have not come back.
    fn on_way(&self) -> u64 {
        // One that did not come before a later one is lost, not on its way. What nobody hears is
        // nowhere.
        let dealt_with = self.reached.checked_div(self.listeners).unwrap_or(self.next);
        self.next.saturating_sub(dealt_with.max(self.given_up))
    }
}

/// The publishers that a subscriber hears, and which of their messages came.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) first: u32,
    pub(super) streams: Vec<Stream>,
}

impl<'a> Desk<'a> {
    /// Nothing has happened yet.
    pub(super) fn new(plan: &'a Plan, begin: Instant) -> Result<Self, Error> {
        let template = Template::new(plan.run, plan.size);
        let publishers = plan.publishers();
        Ok(Self {
            plan,
            scratch: template.payload(),
            template,
            begin,
            start: 0,
            due: 0,
            publishers: vec![Publisher::default(); usize::try_from(publishers).unwrap_or(0)],
            hungry: Vec::new(),
            unfinished: publishers.into(),
            asking: 0,
            unacknowledged: 0,
            pongs: 0,
            expected: 0,
            progress: 0,
            tally: Tally::new(plan)?,
        })
    }

    /// A moment as nanoseconds of the run.
    pub(super) fn time(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.begin).as_nanos()).unwrap_or(u64::MAX)
    }

    /// The moment so many nanoseconds after the beginning.
    pub(super) fn moment(&self, time: u64) -> Instant {
        let later = self.begin.checked_add(std::time::Duration::from_nanos(time));
        later.unwrap_or(self.begin)
    }

    pub(super) fn publisher(&mut self, number: u32) -> Option<&mut Publisher> {
        self.publishers.get_mut(usize::try_from(number).ok()?)
    }

    /// A publisher may have something to send.
    pub(super) fn mark(&mut self, number: u32) {
        if let Some(publisher) = self.publisher(number)
            && !std::mem::replace(&mut publisher.is_marked, true)
        {
            self.hungry.push(number);
        }
    }

    /// The publishers that may have something to send, which are looked at now.
    pub(super) fn take_hungry(&mut self) -> Vec<u32> {
        let hungry = std::mem::take(&mut self.hungry);
        for number in &hungry {
            if let Some(publisher) = self.publisher(*number) {
                publisher.is_marked = false;
            }
        }
        hungry
    }

    /// Takes the clock's word for what is due: publishers whose turn it became are marked.
    pub(super) fn schedule(&mut self, time: u64) {
        let due = self.plan.due_at(time.saturating_sub(self.start));
        let turns = due.saturating_sub(self.due).min(u64::from(self.plan.publishers()));
        let publishers = u64::from(self.plan.publishers().max(1));
        for turn in self.due..self.due.saturating_add(turns) {
            self.mark(u32::try_from(turn.checked_rem(publishers).unwrap_or(0)).unwrap_or(0));
        }
        self.due = due;
    }

    /// The next message of a publisher, and when it is meant to be sent; none while it has to
    /// wait, or is done.
    pub(super) fn next(&mut self, number: u32, now: u64) -> Option<(u64, u64)> {
        let slots = self.slots();
        let (due, all) = (self.due, self.plan.all());
        let plan = self.plan;
        let publisher = self.publisher(number)?;
        let sequence = publisher.next;
        if sequence >= plan.share(all, number) {
            self.finish(number);
            return None;
        }
        if sequence >= plan.share(due, number) || publisher.on_way() >= slots {
            return None;
        }
        let due = plan.due(plan.number(number, sequence));
        Some((sequence, if plan.is_open() { self.start.saturating_add(due) } else { now }))
    }

    /// Messages of one publisher that may be on their way without an acknowledgement to tell.
    fn slots(&self) -> u64 {
        let waits = self.plan.qos == Qos::AtMostOnce && self.plan.scenario.comes_back();
        self.plan.inflight.filter(|_| waits).map_or(u64::MAX, u64::from)
    }

    /// A publisher has nothing more to send.
    pub(super) fn finish(&mut self, number: u32) {
        if let Some(publisher) = self.publisher(number)
            && !std::mem::replace(&mut publisher.is_finished, true)
        {
            self.unfinished = self.unfinished.saturating_sub(1);
        }
    }

    /// A message was handed to its connection.
    pub(super) fn sent(&mut self, number: u32, intended: u64, now: u64) {
        let Some(publisher) = self.publisher(number) else { return };
        count(&mut publisher.next);
        publisher.moved = now;
        let listeners = publisher.listeners;
        self.expected = self.expected.saturating_add(listeners);
        count(&mut self.tally.counts.published);
        if self.plan.qos != Qos::AtMostOnce {
            count(&mut self.unacknowledged);
        }
        if self.plan.is_open() {
            self.tally.late.add_nanoseconds(now.saturating_sub(intended));
        }
    }

    /// The last messages of a publisher did not leave, for its connection is lost.
    pub(super) fn take_back(&mut self, number: u32, messages: u64) {
        let Some(publisher) = self.publisher(number) else { return };
        publisher.next = publisher.next.saturating_sub(messages);
        let copies = messages.saturating_mul(publisher.listeners);
        self.expected = self.expected.saturating_sub(copies);
        let published = &mut self.tally.counts.published;
        *published = published.saturating_sub(messages);
    }

    /// The broker has acknowledged a message, or refused it.
    pub(super) fn acknowledged(&mut self, number: u32, sent: &Sent, reason: Reason, now: u64) {
        self.progress = now;
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        if reason.is_error() {
            let listeners = self.publisher(number).map_or(0, |publisher| publisher.listeners);
            self.expected = self.expected.saturating_sub(listeners);
            count(&mut self.tally.counts.refused);
            self.tally.fail(format!("message refused: {reason}"), 1);
        } else {
            count(&mut self.tally.counts.acknowledged);
            self.tally.ack.add(sent.intended, sent.sent, now);
            if self.plan.scenario == Scenario::Publish {
                self.tally.recent.add_nanoseconds(now.saturating_sub(sent.intended));
            }
        }
        self.mark(number);
    }

    /// A subscription stands: what these publishers send is to come.
    pub(super) fn listen(&mut self, (first, many): (u32, u32)) -> Watch {
        for number in first..first.saturating_add(many) {
            if let Some(publisher) = self.publisher(number) {
                count(&mut publisher.listeners);
            }
        }
        let streams = (0..many).map(|_| Stream::default()).collect();
        Watch { first, streams }
    }

    /// A message came.
    pub(super) fn received(&mut self, watch: &mut Watch, payload: &[u8], now: u64) {
        self.progress = now;
        count(&mut self.tally.counts.received);
        if !self.plan.scenario.comes_back() {
            return;
        }
        let (stamp, is_whole) = match self.template.read(payload) {
            Reading::Whole(stamp) => (stamp, true),
            Reading::Damaged(stamp) => (stamp, false),
            Reading::Unknown => return count(&mut self.tally.counts.corrupt),
        };
        let at = stamp.publisher.checked_sub(watch.first).and_then(|at| usize::try_from(at).ok());
        let stream = at.and_then(|at| watch.streams.get_mut(at));
        let (Some(stream), true) = (stream, self.was_sent(&stamp)) else {
            return count(&mut self.tally.counts.corrupt);
        };
        if !is_whole {
            count(&mut self.tally.counts.corrupt);
        }
        let before = stream.reached();
        let arrival = stream.take(stamp.sequence);
        let advance = stream.reached().saturating_sub(before);
        match arrival {
            Arrival::Repeat => return count(&mut self.tally.counts.duplicate),
            Arrival::Late => count(&mut self.tally.counts.reordered),
            Arrival::New => {}
        }
        count(&mut self.tally.counts.distinct);
        self.heard(&stamp, advance, now);
        if is_whole {
            self.tally.e2e.add(stamp.intended, stamp.sent, now);
            self.tally.recent.add_nanoseconds(now.saturating_sub(stamp.intended));
        }
    }

    fn was_sent(&mut self, stamp: &Stamp) -> bool {
        self.publisher(stamp.publisher).is_some_and(|publisher| stamp.sequence < publisher.next)
    }

    fn heard(&mut self, stamp: &Stamp, advance: u64, now: u64) {
        let waits = self.plan.inflight.is_some();
        let Some(publisher) = self.publisher(stamp.publisher) else { return };
        publisher.reached = publisher.reached.saturating_add(advance);
        publisher.moved = now;
        if waits {
            self.mark(stamp.publisher);
        }
    }

    /// Publishers that waited too long for what does not come back go on.
    pub(super) fn give_up(&mut self, now: u64) {
        let slots = self.slots();
        if slots == u64::MAX {
            return;
        }
        for number in 0..self.plan.publishers() {
            let Some(publisher) = self.publisher(number) else { continue };
            let silent = now.saturating_sub(publisher.moved) > PATIENCE;
            if silent && !publisher.is_finished && publisher.on_way() >= slots {
                publisher.given_up = publisher.next;
                count(&mut self.tally.in_vain);
                self.mark(number);
            }
        }
    }

    /// Whether all that was sent came and was acknowledged.
    pub(super) const fn is_settled(&self) -> bool {
        self.unacknowledged == 0 && self.pongs == 0 && self.missing() == 0
    }

    /// Messages that did not come, each as often as it was to.
    pub(super) const fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.tally.counts.distinct)
    }
}
