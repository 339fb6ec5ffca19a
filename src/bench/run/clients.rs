//! What the loop does with its clients: lets them connect, deals with those that were woken, feeds
//! those that publish, writes.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::super::link::Link;
use super::super::peer::{Peer, State, dial, kind};
use super::super::talk::{Sent, Talk};
use super::super::{Error, tally::count};
use super::{DIALLING, FAREWELL, Phase, Run, SWEEP};
use crate::client::{self, Cause, Notice, Notify, Opened};
use crate::codec::Properties;
use crate::options::Scenario;
use crate::session::Client;

impl<'a> Run<'a> {
    /// When the next client is to connect; none while all do or others have to arrive first.
    pub(super) fn launch_due(&self) -> Option<u64> {
        // The first goes alone: it finds out whether there is a broker, and which version it
        // speaks.
        let first_is_away = self.launched == 1 && self.dialling == 1;
        let may = !first_is_away && self.launched < self.plan.connections();
        let may = may && matches!(self.phase, Phase::Connecting | Phase::Running);
        if !may || self.dialling >= DIALLING {
            return None;
        }
        let by_clock = self.plan.scenario == Scenario::Connect;
        Some(if by_clock { self.plan.due(self.launched.into()) } else { 0 })
    }

    pub(super) fn launch(&mut self, now: u64) {
        while let Some(due) = self.launch_due().filter(|due| *due <= now) {
            let index = self.launched;
            self.launched = self.launched.saturating_add(1);
            let mut settings = self.settings.clone();
            settings.client_id = settings.client_id.map(|prefix| format!("{prefix}-{index}"));
            // The first has found the broker; who comes later is not to hide that it is gone.
            settings.retry = settings.retry.filter(|_| index == 0);
            let is_told = index == 0 || settings.debug;
            let notify: Notify<'a> = if is_told { self.notify } else { &silent };
            let by_clock = self.plan.scenario == Scenario::Connect && self.plan.is_open();
            let Some(peer) = place(&mut self.peers, index) else { return };
            peer.begun = (if by_clock { due } else { now }, now);
            peer.state = State::Dials(Box::pin(dial(settings, self.plan.qos, notify)));
            peer.bell.ring();
            self.dialling = self.dialling.saturating_add(1);
        }
    }

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
                        Err(error) if index == 0 => return Err(error.into()),
                        Err(error) => self.fail(index, error),
                    }
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

    /// The broker has accepted a client.
    pub(super) fn opened(&mut self, index: u32, opened: Opened, session: Client<Sent>) {
        let now = self.now();
        if index == 0 {
            self.settings.version = Some(session.version());
        }
        self.settled = now;
        let mut link = Box::new(Link::new(opened.stream, session));
        let outcome = self.prepare(index, &mut link, &opened.arrived);
        let Some(peer) = place(&mut self.peers, index) else { return };
        let (intended, begun) = peer.begun;
        count(&mut self.desk.tally.counts.connected);
        self.desk.tally.connect.add(intended, begun, now);
        if let Some(steps) = &opened.steps {
            let route = self.settings.server.route();
            let has_tls = route.is_secure() || route.is_websocket();
            self.desk.tally.steps.add(steps, has_tls, self.desk.moment(now));
        }
        self.desk.progress = now;
        if self.plan.scenario == Scenario::Connect {
            self.desk.tally.recent.add_nanoseconds(now.saturating_sub(intended));
        }
        peer.state = State::Open(link);
        peer.bell.ring();
        self.open = self.open.saturating_add(1);
        if let Err(error) = outcome {
            self.close(index);
            self.fail(index, error);
        }
    }

    /// Subscribes, and makes ready to publish.
    pub(super) fn prepare(
        &mut self,
        index: u32,
        link: &mut Link,
        arrived: &[u8],
    ) -> Result<(), client::Error> {
        let role = self.plan.role(index);
        let version = link.session.version();
        let given = &self.settings.properties.subscribe;
        let properties = if version.is_v5() { given.as_properties() } else { Properties::EMPTY };
        link.subscribe(&role, properties, &mut self.desk)?;
        if let Some(topic) = role.topic {
            let properties = &self.settings.properties.publish;
            link.talk = Some(Talk::new(index, topic, &self.desk, properties, &link.session)?);
        }
        let route = || self.settings.server.route();
        link.take(arrived, &mut self.desk)
            .map_err(|cause| client::Error::Lost { route: route(), cause })
    }

    /// Something failed for good.
    pub(super) fn fail(&mut self, index: u32, error: client::Error) {
        self.desk.tally.fail(kind(&error), 1);
        if index < self.plan.publishers() {
            self.desk.finish(index);
        }
        self.failure.get_or_insert(error);
        if let Some(peer) = place(&mut self.peers, index) {
            peer.state = State::Gone;
        }
    }

    /// A connection is lost.
    pub(super) fn lose(&mut self, index: u32, cause: Cause) {
        self.close(index);
        self.fail(index, client::Error::Lost { route: self.settings.server.route(), cause });
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
            && !link.is_flushed()
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
        for index in 0..self.launched {
            let Some(link) = link(&mut self.peers, index) else { continue };
            match link.keep_alive(moment) {
                Ok(()) => self.touch(index),
                Err(cause) => self.lose(index, cause),
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

/// For clients of whom nothing is to be told: all would say the same.
fn silent(_: &Notice<'_>) {}

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
