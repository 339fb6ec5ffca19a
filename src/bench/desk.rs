//! What all clients of a run share: the schedule, the ledger's sums, the figures.

use std::time::Instant;

use super::parts::Parts;
use super::payload::Payload;
use super::plan::{Lane, Plan};
use super::stamp::{Reading, Stamp};
use super::tally::{Tally, count};
use super::watch::{Arrived, Watch};
use super::{Error, talk::Sent};
use crate::codec::{Publish, Qos, Reason};
use crate::options::Scenario;

/// How long a publisher waits for its messages to come back before it takes them for lost.
const PATIENCE: u64 = 2_000_000_000;

/// What all clients of a run share.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) plan: &'a Plan,
    /// What the clients of each lane share.
    pub(super) flows: Vec<Flow<'a>>,
    /// The beginning of the run, which its times count from.
    begin: Instant,
    /// When sending began: nanoseconds of the run.
    pub(super) start: u64,
    /// One for each client, whether it publishes or not.
    publishers: Vec<Publisher>,
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
    /// When those were asked to come for whom messages waited.
    pub(super) summoned: Option<u64>,
    /// What is counted by group and phase.
    pub(super) parts: Parts,
    /// When this process was back from a time that it was not let do anything.
    pub(super) excused: u64,
    /// What comes now is no part of the run: it is being tidied up.
    pub(super) is_closed: bool,
    pub(super) tally: Tally,
}

/// What the clients of one lane share.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    pub(super) lane: &'a Lane,
    pub(super) payload: Payload,
    /// A payload to be stamped, for what is not kept.
    pub(super) scratch: Vec<u8>,
    /// Messages that are due, of all its publishers.
    pub(super) due: u64,
    /// Messages that were sent.
    pub(super) sent: u64,
    /// Messages of one publisher that may be on their way without an acknowledgement to tell.
    slots: u64,
    /// What came to those who share a subscription.
    shared: Option<Watch>,
}

impl<'a> Flow<'a> {
    fn new(lane: &'a Lane) -> Self {
        let payload = Payload::new(lane.run, lane.size, lane.payload.as_ref());
        let waits = lane.qos == Qos::AtMostOnce && lane.scenario.comes_back();
        Self {
            lane,
            scratch: payload.blank(),
            payload,
            due: 0,
            sent: 0,
            slots: lane.inflight.filter(|_| waits).map_or(u64::MAX, u64::from),
            shared: None,
        }
    }

    /// The number of a client among those of its lane.
    pub(super) const fn local(&self, number: u32) -> u32 {
        number.saturating_sub(self.lane.first)
    }
}

/// What is known of a publisher.
#[derive(Debug, Default, Clone)]
struct Publisher {
    /// Where it belongs.
    lane: u32,
    /// The number of its next message, and so how many were sent.
    next: u64,
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

impl<'a> Desk<'a> {
    /// Nothing has happened yet.
    pub(super) fn new(plan: &'a Plan, begin: Instant) -> Result<Self, Error> {
        let publishers = plan.lanes.iter().zip(0..).flat_map(|(lane, number)| {
            let idle = Publisher { lane: number, is_finished: true, ..Publisher::default() };
            let one = Publisher { is_finished: false, ..idle.clone() };
            let publishers = lane.publishers();
            (0..lane.connections())
                .map(move |index| if index < publishers { one.clone() } else { idle.clone() })
        });
        Ok(Self {
            plan,
            flows: plan.lanes.iter().map(Flow::new).collect(),
            begin,
            start: 0,
            publishers: publishers.collect(),
            hungry: Vec::new(),
            unfinished: plan.publishers().into(),
            asking: 0,
            unacknowledged: 0,
            pongs: 0,
            expected: 0,
            progress: 0,
            summoned: None,
            parts: Parts::new(plan)?,
            excused: 0,
            is_closed: false,
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

    fn publisher(&mut self, number: u32) -> Option<&mut Publisher> {
        self.publishers.get_mut(usize::try_from(number).ok()?)
    }

    /// The lane of a client: its number.
    pub(super) fn lane_of(&self, number: u32) -> usize {
        let publisher = usize::try_from(number).ok().and_then(|at| self.publishers.get(at));
        publisher.map_or(0, |one| usize::try_from(one.lane).unwrap_or(usize::MAX))
    }

    /// What a client shares with others of its kind.
    pub(super) fn flow_of(&self, number: u32) -> Option<&Flow<'a>> {
        self.flows.get(self.lane_of(number))
    }

    /// The same, to be changed.
    pub(super) fn flow_mut(&mut self, number: u32) -> Option<&mut Flow<'a>> {
        let lane = self.lane_of(number);
        self.flows.get_mut(lane)
    }

    /// How many messages a publisher has sent.
    pub(super) fn sent_by(&self, number: u32) -> u64 {
        let at = usize::try_from(number).ok();
        at.and_then(|at| self.publishers.get(at)).map_or(0, |publisher| publisher.next)
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
        let time = time.saturating_sub(self.start).min(self.plan.last_moment());
        for at in 0..self.flows.len() {
            let Some(flow) = self.flows.get_mut(at) else { return };
            let (lane, before) = (flow.lane, flow.due);
            flow.due = lane.due_at(time);
            let publishers = u64::from(lane.publishers());
            let turns = flow.due.saturating_sub(before).min(publishers);
            for turn in before..before.saturating_add(turns) {
                let local = turn.checked_rem(publishers).and_then(|one| u32::try_from(one).ok());
                self.mark(lane.first.saturating_add(local.unwrap_or(0)));
            }
        }
    }

    /// All that is to be sent is due.
    pub(super) fn begin(&mut self) {
        for at in 0..self.flows.len() {
            let Some(flow) = self.flows.get_mut(at) else { return };
            let lane = flow.lane;
            if !lane.is_open() {
                flow.due = lane.all;
            }
            for index in 0..lane.publishers() {
                self.mark(lane.first.saturating_add(index));
            }
        }
    }

    /// When the next message is due, nanoseconds of the run, and of how fast a schedule.
    pub(super) fn next_due(&self) -> Option<(u64, f64)> {
        let of = |flow: &Flow<'_>| {
            let schedule = flow.lane.schedule.as_ref()?;
            let has_more = flow.due < flow.lane.all && flow.lane.publishers() > 0;
            let due = has_more.then(|| schedule.due(flow.due))?;
            (due <= self.plan.last_moment())
                .then(|| (self.start.saturating_add(due), schedule.highest()))
        };
        self.flows.iter().filter_map(of).min_by_key(|(due, _)| *due)
    }

    /// The next message of a publisher, and when it is meant to be sent; none while it has to
    /// wait, or is done.
    pub(super) fn next(&mut self, number: u32, now: u64) -> Option<(u64, u64)> {
        let publisher = self.publishers.get(usize::try_from(number).ok()?)?;
        let flow = self.flows.get(usize::try_from(publisher.lane).ok()?)?;
        let (lane, local, sequence) = (flow.lane, flow.local(number), publisher.next);
        if sequence >= lane.share(lane.all, local) {
            self.finish(number);
            return None;
        }
        if sequence >= lane.share(flow.due, local) || publisher.on_way() >= flow.slots {
            return None;
        }
        if !lane.is_open() {
            return Some((sequence, now));
        }
        let due = lane.due(lane.number(local, sequence));
        Some((sequence, self.start.saturating_add(due)))
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
        let (listeners, lane) = (publisher.listeners, publisher.lane);
        self.expected = self.expected.saturating_add(listeners);
        count(&mut self.tally.counts.published);
        let lane = usize::try_from(lane).unwrap_or(usize::MAX);
        let Some(flow) = self.flows.get_mut(lane) else { return };
        count(&mut flow.sent);
        if !self.parts.is_empty() {
            self.parts.sent(lane, intended.saturating_sub(self.start), listeners);
        }
        if flow.lane.qos != Qos::AtMostOnce {
            count(&mut self.unacknowledged);
        }
        if flow.lane.is_open() {
            self.tally.late.add_nanoseconds(now.saturating_sub(intended));
        }
    }

    /// The last messages of a publisher did not leave, for its connection is lost.
    pub(super) fn take_back(&mut self, number: u32, messages: u64) {
        let Some(publisher) = self.publisher(number) else { return };
        publisher.next = publisher.next.saturating_sub(messages);
        let (next, moved, listeners) = (publisher.next, publisher.moved, publisher.listeners);
        let copies = messages.saturating_mul(listeners);
        self.expected = self.expected.saturating_sub(copies);
        let published = &mut self.tally.counts.published;
        *published = published.saturating_sub(messages);
        if let Some(flow) = self.flow_mut(number) {
            flow.sent = flow.sent.saturating_sub(messages);
        }
        if self.parts.is_empty() {
            return;
        }
        let (at, last) = (self.lane_of(number), moved.saturating_sub(self.start));
        let clocked = self.flow_of(number).map(|flow| (flow.lane, flow.local(number)));
        let clocked = clocked.filter(|(lane, _)| lane.is_open());
        for sequence in next..next.saturating_add(messages) {
            let due = clocked.map(|(lane, local)| lane.due(lane.number(local, sequence)));
            // What goes by no clock was sent when it last sent something.
            let time = due.unwrap_or(last);
            self.parts.take_back(at, time, 1, listeners);
        }
    }

    /// The broker has acknowledged a message, or refused it.
    pub(super) fn acknowledged(&mut self, number: u32, sent: &Sent, reason: Reason, now: u64) {
        self.progress = now;
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        if reason.is_error() {
            let listeners = self.publisher(number).map_or(0, |publisher| publisher.listeners);
            self.expected = self.expected.saturating_sub(listeners);
            let time = sent.intended.saturating_sub(self.start);
            self.parts.take_back(self.lane_of(number), time, 0, listeners);
            count(&mut self.tally.counts.refused);
            self.tally.fail(format!("message refused: {reason}"), 1);
        } else {
            count(&mut self.tally.counts.acknowledged);
            self.tally.ack.add(sent.intended, sent.sent, now);
            let scenario = self.flow_of(number).map(|flow| flow.lane.scenario);
            if scenario == Some(Scenario::Publish) {
                self.tally.recent.add_nanoseconds(now.saturating_sub(sent.intended));
            }
        }
        self.mark(number);
    }

    /// A subscription of this client stands, which was asked for at this time: what these
    /// publishers send is to come.
    pub(super) fn listen(&mut self, number: u32, (first, many): (u32, u32), asked: u64) -> Watch {
        let lane = self.lane_of(number);
        let scenario = self.flows.get(lane).map_or(self.plan.scenario, |flow| flow.lane.scenario);
        let watch = Watch::new(lane, scenario, (first, many), asked);
        // To those who share all comes once.
        let is_new = match self.flows.get_mut(lane) {
            Some(flow) if scenario == Scenario::Shared => {
                let is_new = flow.shared.is_none();
                flow.shared.get_or_insert_with(|| Watch::of_all(lane, (first, many)));
                is_new
            }
            _ => true,
        };
        for number in (first..first.saturating_add(many)).filter(|_| is_new) {
            let Some(publisher) = self.publisher(number) else { continue };
            count(&mut publisher.listeners);
            let kept = publisher.next;
            self.expected = self.expected.saturating_add(kept);
            let Some(flow) = self.flows.get(lane) else { continue };
            let local = flow.local(number);
            let due = |time| flow.lane.share(flow.lane.due_at(time), local).min(kept);
            self.parts.kept(lane, kept, due);
        }
        watch
    }

    /// A message came.
    pub(super) fn received(&mut self, watch: &mut Watch, message: &Publish<'_>, now: u64) {
        if self.is_closed {
            return;
        }
        self.progress = now;
        count(&mut self.tally.counts.received);
        let Some(flow) = self.flows.get_mut(watch.lane) else { return };
        if !flow.lane.scenario.comes_back() {
            return;
        }
        let (stamp, is_whole) = match flow.payload.read(message.payload) {
            Reading::Whole(stamp) => (stamp, watch.fits(message, &flow.payload, &stamp)),
            Reading::Damaged(stamp) => (stamp, false),
            Reading::Unknown => return count(&mut self.tally.counts.corrupt),
        };
        let known = self.was_sent(&stamp);
        let shared = self.flows.get_mut(watch.lane).and_then(|flow| flow.shared.as_mut());
        let Some(arrived) = watch.take(&stamp, shared).filter(|_| known) else {
            return count(&mut self.tally.counts.corrupt);
        };
        if !is_whole {
            count(&mut self.tally.counts.corrupt);
        }
        let advance = match arrived {
            Arrived::Again => return count(&mut self.tally.counts.duplicate),
            Arrived::Behind => {
                count(&mut self.tally.counts.reordered);
                0
            }
            Arrived::First(advance) => advance,
        };
        count(&mut self.tally.counts.distinct);
        self.heard(&stamp, advance, now);
        let (intended, sent) = watch.times(&stamp);
        if !self.parts.is_empty() {
            let time = stamp.intended.saturating_sub(self.start);
            let took = is_whole.then(|| now.saturating_sub(intended));
            self.parts.received(watch.lane, time, took);
        }
        if is_whole {
            self.tally.e2e.add(intended, sent, now);
            self.tally.recent.add_nanoseconds(now.saturating_sub(intended));
        }
    }

    fn was_sent(&mut self, stamp: &Stamp) -> bool {
        self.publisher(stamp.publisher).is_some_and(|publisher| stamp.sequence < publisher.next)
    }

    fn heard(&mut self, stamp: &Stamp, advance: u64, now: u64) {
        let Some(publisher) = self.publisher(stamp.publisher) else { return };
        publisher.reached = publisher.reached.saturating_add(advance);
        publisher.moved = now;
        if self.flow_of(stamp.publisher).is_some_and(|flow| flow.slots < u64::MAX) {
            self.mark(stamp.publisher);
        }
    }

    /// Publishers that waited too long for what does not come back go on.
    pub(super) fn give_up(&mut self, now: u64) {
        for at in 0..self.flows.len() {
            let Some(flow) = self.flows.get(at).filter(|flow| flow.slots < u64::MAX) else {
                continue;
            };
            let (slots, lane) = (flow.slots, flow.lane);
            for number in lane.first..lane.first.saturating_add(lane.publishers()) {
                let Some(publisher) = self.publisher(number) else { continue };
                let silent = now.saturating_sub(publisher.moved) > PATIENCE;
                if silent && !publisher.is_finished && publisher.on_way() >= slots {
                    publisher.given_up = publisher.next;
                    count(&mut self.tally.in_vain);
                    self.mark(number);
                }
            }
        }
    }

    /// When something was last done for the run, or could not be.
    pub(super) fn last_sign(&self) -> u64 {
        self.progress.max(self.excused)
    }

    /// Whether all that was sent came and was acknowledged.
    pub(super) const fn is_settled(&self) -> bool {
        let is_answered = self.unacknowledged == 0 && self.pongs == 0 && self.asking == 0;
        is_answered && self.missing() == 0
    }

    /// Messages that did not come, each as often as it was to.
    pub(super) const fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.tally.counts.distinct)
    }
}
