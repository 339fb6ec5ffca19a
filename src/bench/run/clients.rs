//! What the loop does with its clients: deals with those that were woken, feeds those that publish,
//! writes.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::super::desk::Desk;
use super::super::link::Link;
use super::super::peer::{Peer, State, kind};
use super::super::plan::Role;
use super::super::talk::{Sent, Talk};
use super::super::{Error, tally::count};
use super::{FAREWELL, Phase, Run, SWEEP};
use crate::client::{self, Cause, Opened};
use crate::codec::Properties;
use crate::options::Scenario;
use crate::session::Client;

/// How long the broker has to close after a goodbye: nanoseconds.
const PARTING: u64 = 1_000_000_000;

impl Run<'_> {
    /// Lets a client go on that was woken.
    pub(super) fn advance(&mut self, index: u32) -> Result<(), Error> {
        let Some(peer) = place(&mut self.peers, index) else { return Ok(()) };
        peer.bell.heard();
        let mut context = Context::from_waker(&peer.waker);
        match &mut peer.state {
            State::Waits | State::Gone => {}
            State::Dials(dial) => {
                if let Poll::Ready(outcome) = dial.as_mut().poll(&mut context) {
                    self.dialling = self.dialling.saturating_sub(1);
                    match outcome {
                        Ok((opened, session)) => self.opened(index, opened, session),
                        Err(error) if self.is_first(index) => return Err(error.into()),
                        Err(error) => self.fail(index, error),
                    }
                }
            }
            State::Leaves(link, _) => {
                if link.poll_gone(&mut context, &mut self.buffer).is_ready() {
                    self.departed(index);
                }
            }
            State::Open(link) => {
                let outcome = link.read(&mut context, &mut self.buffer, &mut self.desk);
                if matches!(outcome, Ok(true)) {
                    peer.bell.ring();
                }
                if let Some(talk) = &link.talk {
                    self.desk.mark(talk.number);
                }
                match outcome {
                    Ok(_) => self.touch(index),
                    Err(cause) => self.lose(index, cause),
                }
            }
        }
        Ok(())
    }

    /// Whether this client is to find out whether there is a broker at all.
    fn is_first(&self, index: u32) -> bool {
        let lane = self.desk.lane_of(index);
        self.doors.get(lane).is_some_and(|door| !door.is_known)
    }

    /// The broker has accepted a client.
    fn opened(&mut self, index: u32, opened: Opened, session: Client<Sent>) {
        let (now, lane) = (self.now(), self.desk.lane_of(index));
        self.settled = now;
        self.is_failing = false;
        let mut has_tls = false;
        if let Some(door) = self.doors.get_mut(lane) {
            let route = door.settings.server.route();
            has_tls = route.is_secure() || route.is_websocket();
            if !std::mem::replace(&mut door.is_known, true) {
                door.settings.version = Some(session.version());
            }
        }
        let mut link = Box::new(Link::new(index, opened.stream, session));
        let begun = place(&mut self.peers, index).map_or((now, now), |peer| peer.begun);
        let is_tidying = self.phase == Phase::Tidying;
        let outcome = if is_tidying {
            Ok(())
        } else {
            count(&mut self.desk.tally.counts.connected);
            self.desk.tally.connect.add(begun.0, begun.1, now);
            if let Some(steps) = &opened.steps {
                self.desk.tally.steps.add(steps, has_tls, self.desk.moment(now));
            }
            self.desk.progress = now;
            self.note_broker(index, opened.place, opened.passed_over.as_ref());
            self.prepare(index, &mut link, &opened.arrived)
        };
        if self.plan.only_connects() {
            self.desk.tally.recent.add_nanoseconds(now.saturating_sub(begun.0));
        }
        let leaves = is_tidying || self.is_to_return(index);
        let Some(peer) = place(&mut self.peers, index) else { return };
        peer.state = State::Open(link);
        peer.bell.ring();
        self.open = self.open.saturating_add(1);
        match outcome {
            Err(error) => {
                self.close(index);
                self.fail(index, error);
            }
            Ok(()) if leaves => self.goodbye(index, now),
            Ok(()) => {}
        }
    }

    /// Which of several brokers took a client.
    fn note_broker(&mut self, index: u32, place: usize, passed_over: Option<&client::Error>) {
        let Some(door) = self.doors.get(self.desk.lane_of(index)) else { return };
        let (servers, turn) = (&door.settings, usize::try_from(index).unwrap_or(usize::MAX));
        if servers.others.is_empty() {
            return;
        }
        let name = |place: usize| {
            let at = turn.saturating_add(place).checked_rem(servers.others.len().saturating_add(1));
            at.and_then(|at| servers.servers().nth(at)).map(|one| one.route().to_string())
        };
        let Some((own, taken)) = name(0).zip(name(place)) else { return };
        let passed_over = passed_over.map(|error| format!("{own}: {}", kind(error)));
        self.desk.tally.taken_by(taken, passed_over);
    }

    /// Subscribes, and makes ready to publish.
    fn prepare(
        &mut self,
        index: u32,
        link: &mut Link,
        arrived: &[u8],
    ) -> Result<(), client::Error> {
        let at = self.desk.lane_of(index);
        let (Some(lane), Some(door)) = (self.plan.lanes.get(at), self.doors.get(at)) else {
            return Ok(());
        };
        let role = lane.role(index.saturating_sub(lane.first));
        if let Some(peer) = place(&mut self.peers, index)
            && let Some(mut watch) = peer.away.take()
        {
            watch.is_back(peer.begun.0);
            link.watch = Some(*watch);
        } else if lane.scenario != Scenario::Retained {
            subscribe(
                link,
                &role,
                door.settings.properties.subscribe.as_properties(),
                &mut self.desk,
            )?;
        }
        if role.publishes {
            let properties = &door.settings.properties.publish;
            link.talk = Some(Talk::new(index, &self.desk, properties, &link.session)?);
        }
        let route = || door.settings.server.route();
        link.take(arrived, &mut self.desk)
            .map_err(|cause| client::Error::Lost { route: route(), cause })
    }

    /// A client that is there subscribes.
    pub(super) fn ask(&mut self, index: u32) {
        let at = self.desk.lane_of(index);
        let (Some(lane), Some(door)) = (self.plan.lanes.get(at), self.doors.get(at)) else {
            return;
        };
        let role = lane.role(index.saturating_sub(lane.first));
        let Some(link) = link(&mut self.peers, index) else { return };
        let properties = door.settings.properties.subscribe.as_properties();
        match subscribe(link, &role, properties, &mut self.desk) {
            Ok(()) => self.touch(index),
            Err(error) => {
                self.close(index);
                self.fail(index, error);
            }
        }
    }

    /// A client leaves, in order.
    pub(super) fn goodbye(&mut self, index: u32, now: u64) {
        let Some(peer) = place(&mut self.peers, index) else { return };
        match std::mem::replace(&mut peer.state, State::Gone) {
            State::Open(link) => {
                peer.state = State::Leaves(link, now);
                peer.bell.ring();
                self.open = self.open.saturating_sub(1);
                self.leaving = self.leaving.saturating_add(1);
            }
            other => peer.state = other,
        }
    }

    /// A client has left.
    fn departed(&mut self, index: u32) {
        self.leaving = self.leaving.saturating_sub(1);
        let returns = self.is_to_return(index);
        let is_tidying = self.phase == Phase::Tidying;
        let Some(peer) = place(&mut self.peers, index) else { return };
        peer.state = State::Waits;
        if returns || (is_tidying && peer.is_kept) {
            self.queue(index);
        }
    }

    /// Something failed for good; where clients come again and again, this one does.
    pub(super) fn fail(&mut self, index: u32, error: client::Error) {
        if self.phase == Phase::Tidying {
            return;
        }
        self.desk.tally.fail(kind(&error), 1);
        self.desk.finish(index);
        self.is_failing = true;
        self.failure.get_or_insert(error);
        let (now, returns) = (self.now(), self.is_to_return(index));
        if let Some(peer) = place(&mut self.peers, index) {
            peer.state = if returns { State::Waits } else { State::Gone };
        }
        if returns {
            self.queue(index);
            let lane = self.desk.lane_of(index);
            if let Some(door) = self.doors.get_mut(lane) {
                door.shut(now);
            }
        }
    }

    /// A connection is lost.
    pub(super) fn lose(&mut self, index: u32, cause: Cause) {
        self.close(index);
        let Some(door) = self.doors.get(self.desk.lane_of(index)) else { return };
        self.fail(index, client::Error::Lost { route: door.settings.server.route(), cause });
    }

    pub(super) fn close(&mut self, index: u32) {
        if let Some(peer) = place(&mut self.peers, index)
            && let State::Open(link) = std::mem::replace(&mut peer.state, State::Gone)
        {
            link.abandon(&mut self.desk);
            self.open = self.open.saturating_sub(1);
        }
    }

    /// A connection may have something to write.
    pub(super) fn touch(&mut self, index: u32) {
        if let Some(link) = link(&mut self.peers, index)
            && link.is_waiting()
            && !std::mem::replace(&mut link.is_dirty, true)
        {
            self.dirty.push(index);
        }
    }

    /// Publishers that may have something to send add it to their output.
    pub(super) fn feed(&mut self) {
        for number in self.desk.take_hungry() {
            let is_time = self.phase == Phase::Running;
            let Some(link) = link(&mut self.peers, number).filter(|_| is_time) else { continue };
            match link.feed(&mut self.desk) {
                Ok(()) => self.touch(number),
                Err(error) => {
                    self.close(number);
                    self.fail(number, error.into());
                }
            }
        }
    }

    /// One write a connection.
    pub(super) fn flush(&mut self) {
        for index in std::mem::take(&mut self.dirty) {
            let Some(peer) = place(&mut self.peers, index) else { continue };
            let State::Open(link) = &mut peer.state else { continue };
            link.is_dirty = false;
            match link.write(&mut Context::from_waker(&peer.waker)) {
                Ok(is_flushed) => {
                    if is_flushed && let Some(talk) = link.talk.as_ref().filter(|one| one.is_full) {
                        self.desk.mark(talk.number);
                    }
                }
                Err(cause) => self.lose(index, cause),
            }
        }
    }

    /// Pings where it is time to, and lets publishers go on that wait in vain.
    pub(super) fn sweep(&mut self, now: u64) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now.saturating_add(SWEEP);
        self.desk.give_up(now);
        let moment = self.desk.moment(now);
        for index in 0..self.plan.connections() {
            let Some(peer) = place(&mut self.peers, index) else { return };
            match &mut peer.state {
                State::Open(link) => match link.keep_alive(moment) {
                    Ok(()) => self.touch(index),
                    Err(cause) => self.lose(index, cause),
                },
                State::Leaves(_, since) if now.saturating_sub(*since) > PARTING => {
                    self.departed(index);
                }
                _ => {}
            }
        }
        self.flush();
    }

    /// Says goodbye.
    pub(super) async fn leave(&mut self) {
        let all = poll_fn(|context| {
            let mut left = 0_usize;
            for peer in &mut self.peers {
                if let State::Open(link) = &mut peer.state {
                    match link.poll_leave(context) {
                        Poll::Ready(_) => peer.state = State::Gone,
                        Poll::Pending => left = left.saturating_add(1),
                    }
                }
            }
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        // Who does not listen any more is not waited for.
        let _ = tokio::time::timeout(FAREWELL, all).await;
    }
}

fn subscribe(
    link: &mut Link,
    role: &Role,
    given: Properties<'_>,
    desk: &mut Desk<'_>,
) -> Result<(), client::Error> {
    let properties = if link.session.version().is_v5() { given } else { Properties::EMPTY };
    Ok(link.subscribe(role, properties, desk)?)
}

/// The client with this number.
pub(super) fn place<'p, 'a>(peers: &'p mut [Peer<'a>], index: u32) -> Option<&'p mut Peer<'a>> {
    peers.get_mut(usize::try_from(index).ok()?)
}

/// The connection of the client with this number, while it has one.
pub(super) fn link<'p>(peers: &'p mut [Peer<'_>], index: u32) -> Option<&'p mut Link> {
    match &mut place(peers, index)?.state {
        State::Open(link) => Some(link),
        _ => None,
    }
}
