//! What comes after what.

use super::super::Error;
use super::super::cost::Costs;
use super::super::desk::Flow;
use super::super::peer::State;
use super::Run;
use super::clients::{link, place};
use crate::codec::Qos;
use crate::options::{OnError, Scenario};

/// How long nothing may come and be acknowledged before what is missing counts as lost.
const QUIET: u64 = 3_000_000_000;

/// How long a subscription may stay unanswered.
const SUBSCRIBING: u64 = 10_000_000_000;

/// How long it may take to leave the broker as it was found.
const TIDYING: u64 = 5_000_000_000;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Clients connect and subscribe.
    Connecting,
    /// Messages are sent, or connections held.
    Running,
    /// All is sent, and others are still to come for it; since when.
    Settling(u64),
    /// What was sent is waited for; since when nothing is sent.
    Draining(u64),
    /// What is kept at the broker for this run is taken away.
    Tidying,
    /// It is over; since when nothing is sent.
    Over(u64),
}

impl Run<'_> {
    /// When the time for sending is over.
    pub(super) fn end(&self) -> Option<u64> {
        let duration = self.plan.duration.filter(|_| self.phase == Phase::Running)?;
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Some(self.desk.start.saturating_add(nanoseconds))
    }

    /// Goes on to the next phase when this one is over.
    pub(super) fn step(&mut self, now: u64) -> Result<(), Error> {
        match self.phase {
            Phase::Connecting if self.is_deserted() && self.has_all() => {
                return self.failure.take().map_or(Ok(()), |error| Err(error.into()));
            }
            Phase::Connecting if self.is_stopped() => self.finish(now, now),
            Phase::Connecting => self.start(now),
            Phase::Running => {
                let is_late = self.end().is_some_and(|end| now >= end);
                let is_over = is_late || self.is_stopped();
                if self.is_sent() || is_over || (self.is_deserted() && self.has_all()) {
                    self.drain(now);
                }
            }
            Phase::Settling(since) => {
                let quiet = now.saturating_sub(self.desk.last_sign().max(since)) > QUIET;
                let is_taken = self.desk.unacknowledged == 0 && self.desk.pongs == 0;
                if (is_taken && self.is_flushed()) || quiet {
                    self.summon(now);
                    self.phase = Phase::Draining(since);
                }
            }
            Phase::Draining(since) => {
                let begun = self.desk.summoned.unwrap_or(since);
                let quiet = now.saturating_sub(self.desk.last_sign().max(begun)) > QUIET;
                let is_done = self.desk.is_settled() && self.is_flushed() && self.has_all();
                if is_done || quiet || self.is_deserted() {
                    self.finish(now, since);
                }
            }
            Phase::Tidying => {
                let (begun, since) = self.tidying;
                let is_tidy = self.desk.pongs == 0 && self.leaving == 0 && self.has_all();
                if (is_tidy && self.is_flushed()) || now.saturating_sub(begun) > TIDYING {
                    self.phase = Phase::Over(since);
                }
            }
            Phase::Over(_) => {}
        }
        Ok(())
    }

    /// Whether something failed that is to end the run.
    fn is_stopped(&self) -> bool {
        self.plan.on_error == OnError::Stop && self.desk.tally.counts.errors > 0
    }

    /// Whether nobody is connected, or will be.
    fn is_deserted(&self) -> bool {
        let comes = |door: &super::Door| !door.lobby.is_empty() || door.launched == 0;
        let idle = self.open == 0 && self.dialling == 0 && self.leaving == 0;
        idle && !self.doors.iter().any(comes)
    }

    /// Whether all are there who are to be there at once.
    fn has_all(&self) -> bool {
        let lanes = self.plan.lanes.iter().zip(&self.doors);
        let waits = lanes.filter(|(lane, _)| !lane.scenario.only_connects());
        self.dialling == 0 && waits.into_iter().all(|(_, door)| door.lobby.is_empty())
    }

    /// Whether every lane has done what it had a number of.
    fn is_sent(&self) -> bool {
        let lanes = self.plan.lanes.iter().zip(&self.doors);
        self.desk.unfinished == 0
            && lanes.into_iter().all(|(lane, door)| match lane.scenario {
                Scenario::Churn => {
                    let is_quiet = self.dialling == 0 && self.leaving == 0;
                    door.launched >= lane.all && is_quiet
                }
                scenario => scenario.publishes(),
            })
    }

    /// Whether all is sent on every connection.
    fn is_flushed(&self) -> bool {
        self.peers.iter().all(|peer| match &peer.state {
            State::Open(link) => link.is_flushed(),
            _ => true,
        })
    }

    /// Begins to send, when all are there; to connect at once.
    fn start(&mut self, now: u64) {
        if !self.plan.only_connects() {
            let in_vain = now.saturating_sub(self.settled) > SUBSCRIBING;
            if !self.has_all() || (self.desk.asking > 0 && !in_vain) {
                return;
            }
            if self.desk.asking > 0 {
                let unanswered = self.desk.asking;
                self.desk.tally.fail("subscription not answered in time".to_owned(), unanswered);
            }
            if !std::mem::replace(&mut self.has_parted, true) {
                self.part(now);
            }
            if self.leaving > 0 {
                return;
            }
            if self.now() < self.hold {
                return;
            }
            self.desk.start = self.now();
        }
        self.costs = Costs::begin(self.plan.broker);
        self.beat.restart(now);
        self.phase = Phase::Running;
        self.desk.begin();
    }

    /// Those leave who are to be absent while messages are published.
    fn part(&mut self, now: u64) {
        for index in self.absent() {
            let Some(peer) = place(&mut self.peers, index) else { continue };
            if let State::Open(link) = &mut peer.state {
                peer.away = link.watch.take().map(Box::new);
                self.goodbye(index, now);
            }
        }
    }

    /// The clients that are to be absent.
    fn absent(&self) -> Vec<u32> {
        let lanes = self.plan.lanes.iter();
        let of = |lane: &super::super::plan::Lane| {
            let (first, many) = (lane.first, lane.connections());
            let absent: Vec<_> = (0..many).filter(|index| lane.is_absent(*index)).collect();
            absent.into_iter().map(move |index| first.saturating_add(index))
        };
        lanes.flat_map(of).collect()
    }

    /// Nothing more is sent; what was sent is waited for.
    pub(super) fn drain(&mut self, now: u64) {
        match self.phase {
            Phase::Connecting => return self.finish(now, now),
            Phase::Running => {}
            // Asked for once more: enough was waited for.
            Phase::Settling(since) | Phase::Draining(since) => return self.finish(now, since),
            Phase::Tidying | Phase::Over(_) => return,
        }
        let is_late = self.plan.is_late();
        self.phase = if is_late { Phase::Settling(now) } else { Phase::Draining(now) };
        // Of what is neither acknowledged nor heard at once, a ping tells that it was taken.
        let by_ping = |flow: &Flow<'_>| {
            let unheard = matches!(flow.lane.scenario, Scenario::Publish | Scenario::Retained);
            unheard && flow.lane.qos == Qos::AtMostOnce
        };
        for lane in &self.plan.lanes {
            for index in lane.first..lane.first.saturating_add(lane.publishers()) {
                let asks = self.desk.flow_of(index).is_some_and(by_ping);
                if let Some(link) = link(&mut self.peers, index).filter(|_| asks) {
                    link.see_through(&mut self.desk);
                    self.touch(index);
                }
            }
        }
        self.flush();
    }

    /// Those come for whom messages wait.
    fn summon(&mut self, now: u64) {
        self.desk.summoned = Some(now);
        for index in self.absent() {
            self.queue(index);
        }
        for lane in self.plan.lanes.iter().filter(|one| one.scenario == Scenario::Retained) {
            let publishers = lane.first.saturating_add(lane.publishers());
            for index in publishers..lane.first.saturating_add(lane.connections()) {
                self.ask(index);
            }
        }
        self.flush();
    }

    /// All that was to be seen was seen.
    fn finish(&mut self, now: u64, since: u64) {
        let churns = self.plan.lanes.iter().all(|lane| lane.scenario == Scenario::Churn);
        if !churns {
            self.is_failing = self.open == 0;
        }
        self.phase = Phase::Over(since);
        if !self.plan.is_late() {
            return;
        }
        self.phase = Phase::Tidying;
        self.tidying = (now, since);
        self.desk.is_closed = true;
        for lane in self.plan.lanes.iter().filter(|one| one.scenario == Scenario::Retained) {
            if let Some(link) = link(&mut self.peers, lane.first) {
                link.wipe(&mut self.desk);
                self.touch(lane.first);
            }
        }
        for door in &mut self.doors {
            door.lobby.clear();
        }
        for index in self.absent() {
            let Some(peer) = place(&mut self.peers, index) else { continue };
            match peer.state {
                State::Open(_) => self.goodbye(index, now),
                _ if peer.is_kept => self.queue(index),
                _ => {}
            }
        }
        self.flush();
    }
}
