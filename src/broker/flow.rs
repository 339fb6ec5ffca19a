//! Who waits, who is refused, what is dropped.
//!
//! A publisher waits for a subscriber that reads but is over its limit, so that nothing is lost
//! between a fast writer and a slower reader. Nobody waits for a subscriber that shows no
//! progress, is itself held, or is away: its queue takes QoS 1 and 2, and a full queue first
//! refuses, then loses the newest, counted and said.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::connection::ConnectionKey;
use super::event::{End, Event};
use super::limits::{Limits, OnFull};
use super::router::Router;
use super::session::{Mark, Session, SessionKey};
use super::timers::Timer;
use crate::codec::{Qos, Version};

/// Whether a session's queue takes a message of QoS 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Takes,
    Refuses,
    Loses,
}

/// How a group's member would take a message: the greatest gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Readiness {
    /// It would refuse or lose it.
    Full,
    /// Its queue keeps it.
    Keeps,
    /// It reads, but must be waited for.
    Waits,
    /// It takes it at once.
    Ready,
}

/// A full queue is searched for expired messages this often at most.
const PURGE: Duration = Duration::from_secs(1);

/// Losses of one session are said this often at most.
const LOSS_LOG: Duration = Duration::from_mins(1);

impl Router {
    /// Whether a publisher's messages for a session are limited by its queue, because nobody
    /// waits for it: it is away, slow or held, or it is the publisher itself.
    pub(super) fn is_limited(&self, session: &Session, from: Option<ConnectionKey>) -> bool {
        session.flow.slow
            || (from.is_some() && from == session.online)
            || session
                .online
                .and_then(|key| self.connections.get(key.at))
                .is_none_or(|c| c.holds > 0)
    }

    pub(super) fn is_full(&self, session: &Session) -> bool {
        let (queue, limits) = (&session.queue, &self.limits);
        !queue.is_empty()
            && (queue.len() >= limits.queue_messages || queue.bytes() >= limits.queue_bytes)
    }

    /// Bytes that wait for a session's socket.
    fn waiting(&self, session: &Session) -> usize {
        let connection = session.online.and_then(|key| self.connections.get(key.at));
        connection.map_or(0, |connection| connection.output.waiting())
    }

    /// Whether a session is over the limit of one that reads.
    pub(super) fn is_over(&self, session: &Session) -> bool {
        let waiting = self.waiting(session);
        waiting + session.queue.bytes() > self.limits.output_bytes
            || session.queue.len() > self.limits.output_messages
    }

    fn is_at_half(&self, session: &Session) -> bool {
        let (queue, limits) = (&session.queue, &self.limits);
        if session.online.is_none() {
            return queue.len() <= limits.queue_messages / 2
                && queue.bytes() <= limits.queue_bytes / 2;
        }
        let waiting = self.waiting(session);
        waiting + queue.bytes() <= limits.output_bytes / 2
            && queue.len() <= limits.output_messages / 2
    }

    /// Whether a session's queue takes a message now; a first refusal begins its time.
    pub(super) fn room(
        &mut self,
        key: SessionKey,
        from: Option<ConnectionKey>,
        now: Instant,
    ) -> Room {
        let Some(session) = self.session_ref(key) else {
            return Room::Takes;
        };
        if !self.is_limited(session, from) || !self.is_full(session) {
            return Room::Takes;
        }
        if self.purge(key, now) {
            return Room::Takes;
        }
        let (refusal, on_full) = (self.limits.refusal, self.limits.on_full);
        let Some(session) = self.session(key) else {
            return Room::Takes;
        };
        if session.flow.losing || on_full == OnFull::Drop {
            session.flow.losing = true;
            return Room::Loses;
        }
        if session.flow.refusing.is_none() {
            session.flow.refusing = Some(now);
            self.timers.set(now + refusal, Timer::Refusal(key));
        }
        Room::Refuses
    }

    /// Whether a session's queue takes a message of the broker's own: one that is full loses it.
    pub(super) fn takes_own(&self, key: SessionKey) -> bool {
        self.session_ref(key).is_some_and(|session| !self.is_full(session))
    }

    /// Whether a session's queue takes a will: one that is full does, within bounds.
    pub(super) fn takes_will(&self, key: SessionKey) -> bool {
        let most = |limit: usize| limit.saturating_mul(Limits::WILL_QUEUES);
        self.session_ref(key).is_some_and(|Session { queue, .. }| {
            queue.is_empty()
                || (queue.len() < most(self.limits.queue_messages)
                    && queue.bytes() < most(self.limits.queue_bytes))
        })
    }

    /// Drops what has expired from a full queue, once a second; whether that made room.
    fn purge(&mut self, key: SessionKey, now: Instant) -> bool {
        if let Some(session) = self.session(key)
            && session.flow.purged_at.is_none_or(|at| now.saturating_duration_since(at) >= PURGE)
        {
            session.flow.purged_at = Some(now);
            let expired = session.queue.drop_expired(now);
            self.counters.expired += expired as u64;
        }
        self.sessions.get(key.at).is_some_and(|session| !self.is_full(session))
    }

    /// How ready a group's member is for a message of this QoS.
    pub(super) fn readiness(
        &self,
        key: SessionKey,
        qos: Qos,
        from: Option<ConnectionKey>,
    ) -> Option<Readiness> {
        let session = self.session_ref(key)?;
        if session.online.is_some() && !self.is_limited(session, from) {
            let over = self.is_over(session);
            return Some(if over { Readiness::Waits } else { Readiness::Ready });
        }
        if qos == Qos::AtMostOnce && (session.online.is_some() || !self.limits.queues_once) {
            // A slow member drops it, and counts it; an absent one would lose it unseen.
            return session.online.map(|_| Readiness::Full);
        }
        Some(if self.is_full(session) { Readiness::Full } else { Readiness::Keeps })
    }

    /// A publisher waits for a session that reads and is over its limit.
    pub(super) fn hold(&mut self, publisher: ConnectionKey, key: SessionKey, now: Instant) {
        let taken = self.taken(key);
        let Some(session) = self.session_ref(key) else {
            return;
        };
        let due = now + self.patience(session, now);
        let Some(session) = self.session(key) else {
            return;
        };
        session.flow.waiters.push(publisher);
        if session.flow.mark.is_none() {
            session.flow.mark = Some(Mark { taken, acks: session.flow.acks, due });
            self.watch(key, due);
        }
        self.count_hold(publisher);
    }

    /// The time in which a session must show progress: less when it was slow lately.
    fn patience(&self, session: &Session, now: Instant) -> Duration {
        let lately = |at: Instant| now.saturating_duration_since(at) < self.limits.slow_memory;
        if session.flow.slow_at.is_some_and(lately) {
            self.limits.progress_again
        } else {
            self.limits.progress
        }
    }

    /// A publisher that cannot be told waits, unacknowledged, for a full queue.
    pub(super) fn hold_refused(&mut self, publisher: ConnectionKey, key: SessionKey) {
        if let Some(session) = self.session(key) {
            session.flow.refused.push(publisher);
            self.count_hold(publisher);
        }
    }

    /// Nobody is held for who is held: two clients that feed each other would wait for ever.
    fn count_hold(&mut self, publisher: ConnectionKey) {
        let Some(connection) = self.connection(publisher) else {
            return;
        };
        connection.holds += 1;
        let own = connection.session();
        if let Some(session) = own.and_then(|own| self.session(own)) {
            session.flow.mark = None;
            let waiters = std::mem::take(&mut session.flow.waiters);
            self.let_go(waiters);
        }
    }

    /// Has a session's progress looked at when it is due.
    fn watch(&mut self, key: SessionKey, due: Instant) {
        if let Some(session) = self.session(key)
            && session.flow.watched.is_none_or(|at| due < at)
        {
            session.flow.watched = Some(due);
            self.timers.set(due, Timer::Progress(key));
        }
    }

    fn taken(&mut self, key: SessionKey) -> u64 {
        let online = self.session(key).and_then(|session| session.online);
        online.and_then(|key| self.connection(key)).map_or(0, |connection| connection.output.taken)
    }

    /// Whether a client is not read now, since it does not take the answers to what it sent.
    pub(super) fn stuff(&mut self, key: ConnectionKey) -> bool {
        let most = self.limits.output_bytes;
        self.connection(key).is_some_and(|connection| {
            let output = &connection.output;
            connection.stuffed |= output.answers > most && output.waiting() > most;
            connection.stuffed && !connection.is_closing()
        })
    }

    /// Bytes of its output were taken: at half the limit a client is read again.
    pub(super) fn unstuff(&mut self, key: ConnectionKey) {
        let half = self.limits.output_bytes / 2;
        if let Some(connection) = self.connection(key)
            && connection.stuffed
            && connection.output.waiting() <= half
        {
            connection.stuffed = false;
            connection.output.answers = 0;
            self.woken.push(key);
        }
    }

    /// Nobody waits for a session any longer.
    pub(super) fn release(&mut self, key: SessionKey) {
        let Some(session) = self.session(key) else {
            return;
        };
        session.flow.mark = None;
        let waiters = std::mem::take(&mut session.flow.waiters);
        let refused = std::mem::take(&mut session.flow.refused);
        self.let_go(waiters);
        self.let_go(refused);
    }

    fn let_go(&mut self, publishers: Vec<ConnectionKey>) {
        for publisher in publishers {
            if let Some(connection) = self.connection(publisher) {
                connection.holds = connection.holds.saturating_sub(1);
                if connection.holds == 0 {
                    self.released.push_back(publisher);
                }
            }
        }
    }

    /// A session took something: at half its limits, it is waited for again, and whoever waited
    /// goes on.
    pub(super) fn relieve(&mut self, key: SessionKey) {
        let Some(session) = self.session_ref(key) else {
            return;
        };
        let flow = &session.flow;
        let awaited = !flow.waiters.is_empty() || !flow.refused.is_empty();
        let strained = flow.slow || flow.losing || flow.refusing.is_some() || awaited;
        if !strained || !self.is_at_half(session) {
            return;
        }
        self.release(key);
        if let Some(session) = self.session(key) {
            session.flow.slow = false;
            session.flow.losing = false;
            session.flow.refusing = None;
        }
    }

    /// Looks whether a session that is waited for has made progress.
    pub(super) fn look_at_progress(&mut self, key: SessionKey, now: Instant) {
        let (bytes, acks) = (self.limits.progress_bytes, self.limits.progress_acks);
        let taken = self.taken(key);
        let Some(session) = self.session(key) else {
            return;
        };
        if session.flow.watched.is_some_and(|at| at <= now) {
            session.flow.watched = None;
        }
        let Some(mark) = session.flow.mark else {
            return;
        };
        if now < mark.due {
            // It was released and is waited for anew: its time has just begun.
            self.watch(key, mark.due);
            return;
        }
        let Some(session) = self.sessions.get(key.at) else {
            return;
        };
        let connection = session.online.and_then(|key| self.connections.get(key.at));
        let drained = connection.is_some_and(|connection| connection.output.waiting() == 0);
        let window = u64::from(session.delivery.outgoing.window().min(acks));
        let progress = taken - mark.taken >= bytes
            || (drained && taken > mark.taken)
            || session.flow.acks - mark.acks >= window;
        let due = now + self.patience(session, now);
        let position = Mark { taken, acks: session.flow.acks, due };
        let Some(session) = self.session(key) else {
            return;
        };
        if progress {
            session.flow.mark = Some(position);
            self.watch(key, position.due);
            return;
        }
        session.flow.slow = true;
        session.flow.slow_at = Some(now);
        let client_id = Rc::clone(&session.client_id);
        self.release(key);
        self.tell(Event::Slow { client_id: &client_id });
    }

    /// A full queue has refused long enough.
    pub(super) fn look_at_refusal(&mut self, key: SessionKey, now: Instant) {
        let (refusal, on_full) = (self.limits.refusal, self.limits.on_full);
        let Some(session) = self.session(key) else {
            return;
        };
        let long = session
            .flow
            .refusing
            .is_some_and(|since| now.saturating_duration_since(since) >= refusal);
        if !long {
            return;
        }
        if on_full == OnFull::Refuse {
            // Version 5 publishers are told each time; the others cannot be, and are closed.
            for publisher in std::mem::take(&mut session.flow.refused) {
                let old = self.connection(publisher).is_some_and(|connection| {
                    matches!(&connection.phase, super::connection::Phase::Open(server, _)
                        if server.version() != Version::V5)
                });
                if old {
                    self.close(publisher, End::OverLimit("a full queue"), now);
                }
            }
            if let Some(session) = self.session(key) {
                session.flow.refusing = None;
            }
            return;
        }
        session.flow.losing = true;
        self.release(key);
    }

    /// Counts a message that one session lost, and says so, once a minute.
    pub(super) fn lose(&mut self, key: SessionKey, qos: Qos, now: Instant) {
        self.counters.dropped += 1;
        if let Some(session) = self.session(key) {
            let flow = &mut session.flow;
            let count = if qos == Qos::AtMostOnce { &mut flow.dropped } else { &mut flow.lost };
            *count += 1;
        }
        self.say_losses(key, Some(now));
    }

    /// Says what was lost and not said: once a minute, the rest at the end of the session.
    pub(super) fn say_losses(&mut self, key: SessionKey, now: Option<Instant>) {
        let Some(session) = self.session(key) else {
            return;
        };
        let flow = &mut session.flow;
        let lost = flow.lost + flow.dropped - flow.losses_said;
        if lost == 0 {
            return;
        }
        if let (Some(now), Some(said_at)) = (now, flow.said_at)
            && now.saturating_duration_since(said_at) < LOSS_LOG
        {
            if !std::mem::replace(&mut flow.to_be_said, true) {
                self.timers.set(said_at + LOSS_LOG, Timer::Losses(key));
            }
            return;
        }
        flow.losses_said += lost;
        flow.said_at = now;
        flow.to_be_said = false;
        let client_id = Rc::clone(&session.client_id);
        self.tell(Event::Losing { client_id: &client_id, lost });
    }
}
