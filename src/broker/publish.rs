//! A message from a publisher: whether it is taken, and to whom it goes.

use std::rc::Rc;
use std::time::Instant;

use super::access::Deed;
use super::connection::ConnectionKey;
use super::event::{End, Event};
use super::flow::{Readiness, Room};
use super::message::{Arrival, Message};
use super::policy::Policy;
use super::promises::Promise;
use super::route::{Group, Route, Terms};
use super::router::{Router, Step};
use super::session::{Session, SessionKey};
use crate::codec::{Frame, Publish, Qos, Reason, Version};
use crate::session::Error;

/// Topics that the broker alone publishes to.
pub(super) const BROKER_TOPICS: &str = "$SYS/";

/// The buffer for a message encoded anew is kept up to this size.
const KEPT_BYTES: usize = 128 * 1024;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It went where it had to go.
    Taken(Reason),
    /// It goes to nobody: a limit, or a full queue.
    Refused(Reason, &'static str),
    /// The same, for a publisher that cannot be told: it waits for this session.
    Later(SessionKey),
    /// The rules keep its publisher from publishing it.
    Denied,
    /// Nobody has it yet: this session reads, but is over its limit, and is waited for.
    Held(SessionKey),
}

/// Whom a message comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Publisher {
    pub(super) session: SessionKey,
    /// The connection that waits when a subscriber is over its limit; a will has none, and is
    /// taken by full queues too, up to [`super::Limits::WILL_QUEUES`] times their limits.
    pub(super) connection: Option<ConnectionKey>,
    /// Whether a refusal can be told.
    pub(super) version: Version,
}

impl Router {
    /// Bits that the first byte of a PUBLISH must not have.
    pub(super) const fn forbidden(&self, policy: &Policy) -> u8 {
        let above = match policy.maximum_qos {
            Qos::AtMostOnce => 0b110,
            Qos::AtLeastOnce => 0b100,
            Qos::ExactlyOnce => 0,
        };
        above | !self.limits.retains as u8
    }

    /// A PUBLISH has a bit that it must not have.
    pub(super) fn fail_forbidden(&mut self, key: ConnectionKey, header: u8, now: Instant) -> Step {
        let forbidden = self.connection(key).map_or(0, |connection| connection.forbidden);
        let error = if header & forbidden & 1 != 0 {
            Error::RetainNotSupported
        } else {
            Error::QosNotSupported(u8::from(forbidden & 0b010 == 0))
        };
        self.fail(key, error, now)
    }

    /// Takes a PUBLISH of a client behind a mount point.
    pub(super) fn publish_mounted(
        &mut self,
        key: ConnectionKey,
        from: (SessionKey, Version),
        publish: &Publish<'_>,
        topic: &str,
        frame: Frame<'_>,
        now: Instant,
    ) -> Step {
        let mut whole = std::mem::take(&mut self.whole);
        whole.clear();
        if let Some(mount) = self.session_ref(from.0).and_then(|session| session.mount.as_ref()) {
            mount.append_name(topic, &mut whole);
        }
        let step = self.publish(key, from, publish, &whole, frame, now);
        self.whole = whole;
        step
    }

    /// Takes a PUBLISH whose topic is resolved, and whole.
    pub(super) fn publish(
        &mut self,
        key: ConnectionKey,
        (session, version): (SessionKey, Version),
        publish: &Publish<'_>,
        topic: &str,
        frame: Frame<'_>,
        now: Instant,
    ) -> Step {
        let mut buffer = std::mem::take(&mut self.arriving);
        let outcome = match self.over_limit(publish, topic) {
            Some((reason, what)) => Outcome::Refused(reason, what),
            None if self.is_denied(session, topic) => {
                self.deny(session, topic, now);
                Outcome::Denied
            }
            None => {
                let arrival = Arrival::new(publish, topic, frame.bytes(), version, &mut buffer);
                let publisher = Publisher { session, connection: Some(key), version };
                let outcome = self.route(publisher, &arrival, now);
                if self.tells_messages && matches!(outcome, Outcome::Taken(_)) {
                    self.tell_published(session, &Publish { topic, ..*publish });
                }
                outcome
            }
        };
        self.arriving = buffer;
        match (outcome, publish.id) {
            (Outcome::Held(waits_for) | Outcome::Later(waits_for), id) => {
                if let (Some(id), Some(session)) = (id, self.session(session)) {
                    session.delivery.incoming.withdraw(publish.qos, id);
                }
                if outcome == Outcome::Held(waits_for) {
                    self.hold(key, waits_for, now);
                } else {
                    self.hold_refused(key, waits_for);
                }
                return Step::Later;
            }
            (Outcome::Taken(_) | Outcome::Denied, None) => {}
            // Nobody can be told: it is counted and said like any other loss.
            (Outcome::Refused(..), None) => self.lose(session, publish.qos, now),
            (Outcome::Taken(reason), Some(id)) => {
                self.promise(key, Promise::Taken(publish.qos, id, reason));
            }
            // Before version 5 nobody can be told but by the end of the connection, and what is
            // denied once will be denied again: it is acknowledged, as mosquitto does.
            (Outcome::Denied, Some(id)) => {
                let reason = if version.is_v5() { Reason::NotAuthorized } else { Reason::Success };
                self.promise(key, Promise::Taken(publish.qos, id, reason));
            }
            (Outcome::Refused(reason, _), Some(id)) if version.is_v5() => {
                self.promise(key, Promise::Taken(publish.qos, id, reason));
            }
            (Outcome::Refused(_, what), Some(_)) => {
                self.close(key, End::OverLimit(what), now);
                return Step::Closed;
            }
        }
        self.counters.payload_received += publish.payload.len() as u64;
        Step::Used(frame.bytes().len())
    }

    /// Says that a message of a session's client was taken.
    pub(super) fn tell_published(&mut self, session: SessionKey, message: &Publish<'_>) {
        if let Some(client_id) = self.id_of(session) {
            self.tell(Event::Published { client_id: &client_id, message });
        }
    }

    /// Limits that the specification does not know.
    fn over_limit(&self, publish: &Publish<'_>, topic: &str) -> Option<(Reason, &'static str)> {
        if self.is_too_deep(topic) {
            return Some((Reason::TopicNameInvalid, "topic levels"));
        }
        if topic.starts_with(BROKER_TOPICS) {
            return Some((Reason::NotAuthorized, "$SYS belongs to the broker"));
        }
        if self.sheds_message(publish) {
            return Some((Reason::QuotaExceeded, "memory"));
        }
        if publish.payload.len() > self.limits.message_bytes {
            return Some((Reason::QuotaExceeded, "message size"));
        }
        if self.is_excessive(publish.properties) {
            return Some((Reason::QuotaExceeded, "user properties"));
        }
        None
    }

    /// Routes a message: to all or to none.
    pub(super) fn route(
        &mut self,
        publisher: Publisher,
        arrival: &Arrival<'_>,
        now: Instant,
    ) -> Outcome {
        let (ruled, sessions) = (self.policies.have_rules, &self.sessions);
        let route = self.subscriptions.route(arrival.topic, |key| {
            let may = |session: &Session| session.may(Deed::Read, arrival.topic);
            !ruled || sessions.get(key.at).is_some_and(may)
        });
        let from = publisher.connection;
        let chosen: Vec<(SessionKey, Terms)> =
            route.groups.iter().filter_map(|group| self.choose(group, arrival.qos, from)).collect();
        if let Some(over) = self.awaited(publisher, &route, &chosen) {
            return Outcome::Held(over);
        }
        if let Some(full) = self.refusing(publisher, &route, &chosen, arrival.qos, now) {
            return if publisher.version.is_v5() {
                Outcome::Refused(Reason::QuotaExceeded, "a full queue")
            } else {
                Outcome::Later(full)
            };
        }
        let mut kept: Option<Rc<Message>> = None;
        if arrival.retain {
            let message = arrival.to_message(Rc::clone(&route.topic), &self.held, now);
            let (messages, bytes) = (self.limits.retained_messages, self.limits.retained_bytes);
            let until = self.limits.retained_for.and_then(|time| now.checked_add(time));
            let origin = self.session_ref(publisher.session).map(|s| Rc::clone(&s.origin));
            let kept_for_topic =
                self.retained.set(&message, (origin, until), (messages, bytes), now);
            // A will is always taken; where there is no room for it, it goes out unretained.
            if !kept_for_topic && publisher.connection.is_some() {
                return Outcome::Refused(Reason::QuotaExceeded, "retained messages");
            }
            kept = Some(message);
        }
        self.encoded.clear();
        let mut matched = !chosen.is_empty();
        let targets = route.targets.iter().filter_map(|target| {
            Some((target.session, target.terms_for(Some(publisher.session))?))
        });
        let members = chosen.iter().map(|(session, terms)| (*session, terms));
        for (session, terms) in targets.chain(members) {
            matched = true;
            self.offer(session, terms, (arrival, &route.topic, &mut kept), publisher, now);
        }
        if self.encoded.capacity() > KEPT_BYTES {
            self.encoded = Vec::new();
        }
        Outcome::Taken(if matched { Reason::Success } else { Reason::NoMatchingSubscribers })
    }

    /// The first session that reads, is over its limit and so is waited for. What its publishers
    /// send is not added to it, whoever they are and however many; but what came before a
    /// connection's end is.
    fn awaited(
        &self,
        publisher: Publisher,
        route: &Route,
        chosen: &[(SessionKey, Terms)],
    ) -> Option<SessionKey> {
        let from = publisher.connection.filter(|_| !self.forcing)?;
        let targets = route.targets.iter().map(|target| target.session);
        targets.chain(chosen.iter().map(|(session, _)| *session)).find(|key| {
            self.sessions.get(key.at).is_some_and(|session| {
                session.tenant == key.tenant
                    && self.is_over(session)
                    && !self.is_limited(session, Some(from))
            })
        })
    }

    /// The first session whose full queue refuses the message, when there is one.
    fn refusing(
        &mut self,
        publisher: Publisher,
        route: &Route,
        chosen: &[(SessionKey, Terms)],
        qos: Qos,
        now: Instant,
    ) -> Option<SessionKey> {
        if qos == Qos::AtMostOnce || publisher.connection.is_none() {
            return None;
        }
        let targets = route.targets.iter().filter_map(|target| {
            Some((target.session, target.terms_for(Some(publisher.session))?.qos))
        });
        let members = chosen.iter().map(|(session, terms)| (*session, terms.qos));
        for (session, granted) in targets.chain(members) {
            if granted > Qos::AtMostOnce
                && self.room(session, publisher.connection, now) == Room::Refuses
            {
                return Some(session);
            }
        }
        None
    }

    /// The member of a group that gets a message: the next one that takes it at once, else the
    /// next that is there, else the next whose queue keeps it.
    fn choose(
        &self,
        group: &Group,
        qos: Qos,
        from: Option<ConnectionKey>,
    ) -> Option<(SessionKey, Terms)> {
        let count = group.members.len();
        let first = group.next.get();
        let mut best = None;
        for step in 0..count {
            let at = (first + step) % count;
            let Some(member) = group.members.get(at) else {
                continue;
            };
            let qos = self.limits.outgoing(qos, member.options.qos);
            let rank = self.readiness(member.session, qos, from);
            if rank > best.map(|(_, other)| other) {
                best = rank.map(|rank| (at, rank));
            }
            if rank == Some(Readiness::Ready) {
                break;
            }
        }
        let (at, _) = best?;
        group.next.set((at + 1) % count);
        let member = group.members.get(at)?;
        Some((member.session, Terms::new(std::iter::once(member))?))
    }
}
