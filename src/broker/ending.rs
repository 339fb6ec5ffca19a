//! Clients that leave, sessions that end, wills, and what time brings.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::connection::{ConnectionKey, Phase};
use super::event::{End, Event};
use super::message::Arrival;
use super::publish::Publisher;
use super::router::Router;
use super::session::{SessionKey, Will};
use super::timers::{LOOK_AHEAD, Timer};
use crate::codec::{Property, PropertyBuffer, Publish, Reason, Version};

impl Router {
    /// DISCONNECT came.
    pub(super) fn disconnected(
        &mut self,
        key: ConnectionKey,
        session_key: SessionKey,
        reason: Reason,
        session_expiry: Option<u32>,
        now: Instant,
    ) {
        let cap = u32::try_from(self.limits.session_expiry.as_secs()).unwrap_or(u32::MAX);
        if let Some(session) = self.session(session_key) {
            if reason == Reason::Success {
                session.will = None;
            }
            if let Some(seconds) = session_expiry {
                session.expiry = seconds.min(cap);
            }
        }
        self.close(key, End::Disconnected, now);
    }

    /// A session's connection ended: its will, and how long it is kept. The client's identifier
    /// comes back, for the log.
    pub(super) fn left(&mut self, key: SessionKey, end: End, now: Instant) -> Option<Rc<str>> {
        self.release(key);
        self.counters.online -= 1;
        let session = self.session(key)?;
        let client_id = Rc::clone(&session.client_id);
        session.online = None;
        session.flow.slow = false;
        session.flow.slow_at = None;
        if end == End::ShuttingDown {
            // A stop that was asked for is no loss of the client.
            session.will = None;
        }
        if session.expiry == 0 {
            self.end_session(key, now);
            return Some(client_id);
        }
        let expires = now + Duration::from_secs(session.expiry.into());
        session.expires = Some(expires);
        // A will waits no longer than its session lives [MQTT-3.1.2-8].
        let due = session
            .will
            .as_ref()
            .map(|will| now + Duration::from_secs(will.delay.min(session.expiry).into()));
        session.will_due = due;
        if due.is_some_and(|due| due <= now) {
            self.publish_will(key, now);
        }
        self.watch_absence(key, now);
        Some(client_id)
    }

    /// Has an offline session looked at when its will is due or its time is over.
    fn watch_absence(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.session(key) else {
            return;
        };
        let Some(expires) = session.expires else {
            return;
        };
        let due = session.will_due.map_or(expires, |will| will.min(expires));
        let at = due.min(now + LOOK_AHEAD);
        if session.watched.is_none_or(|watched| at < watched) {
            session.watched = Some(at);
            self.timers.set(at, Timer::Away(key));
        }
    }

    /// Looks at an offline session: its will, its end.
    fn look_at_absence(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.session(key) else {
            return;
        };
        if session.watched.is_some_and(|at| at <= now) {
            session.watched = None;
        }
        let over = |at: Instant| at <= now;
        if session.expires.is_some_and(over) {
            self.counters.sessions_expired += 1;
            self.end_session(key, now);
            return;
        }
        if session.will_due.is_some_and(over) {
            self.publish_will(key, now);
        }
        self.watch_absence(key, now);
    }

    /// Ends a session: its will goes out, its subscriptions and messages go.
    pub(super) fn end_session(&mut self, key: SessionKey, now: Instant) {
        self.release(key);
        self.publish_will(key, now);
        self.say_losses(key, None);
        self.say_denials(key);
        if self.session(key).is_none() {
            return;
        }
        let session = self.sessions.remove(key.at);
        for filter in session.subscriptions.keys() {
            self.subscriptions.remove(filter, key);
        }
        if self.by_client_id.get(&session.client_id) == Some(&key) {
            self.by_client_id.remove(&session.client_id);
        }
    }

    /// Publishes a session's will, once `[MQTT-3.1.2-10]`.
    fn publish_will(&mut self, key: SessionKey, now: Instant) {
        let Some(session) = self.session(key) else {
            return;
        };
        session.will_due = None;
        let Some(will) = session.will.take() else {
            return;
        };
        let client_id = Rc::clone(&session.client_id);
        let Will { topic, payload, qos, retain, properties, .. } = *will;
        if self.is_denied(key, &topic) {
            self.deny(key, &topic, now);
            return;
        }
        let mut passed_on = PropertyBuffer::new();
        let mut expiry = None;
        for property in properties.as_properties().iter() {
            match property {
                Property::MessageExpiryInterval(seconds) => expiry = Some(seconds),
                // What was decoded can be encoded.
                other => {
                    let _ = passed_on.push(other);
                }
            }
        }
        let arrival = Arrival {
            topic: &topic,
            payload: &payload,
            qos,
            retain,
            properties: passed_on.as_properties(),
            expiry,
            verbatim: None,
        };
        let publisher = Publisher { session: key, connection: None, version: Version::V5 };
        self.route(publisher, &arrival, now);
        self.tell(Event::Will { client_id: &client_id, topic: &topic });
        if self.tells_messages {
            let properties = properties.as_properties();
            let (topic, payload) = (&*topic, &*payload);
            let will = Publish { dup: false, qos, retain, topic, id: None, properties, payload };
            self.tell(Event::Published { client_id: &client_id, message: &will });
        }
    }

    /// Looks at everything that is due.
    pub(super) fn tick(&mut self, now: Instant) {
        while let Some(timer) = self.timers.due(now) {
            match timer {
                Timer::Connect(key) => {
                    let waiting = self
                        .connection(key)
                        .is_some_and(|connection| matches!(connection.phase, Phase::Waiting))
                        && !self.is_checking(key);
                    if waiting {
                        self.close(key, End::ConnectDeadline, now);
                    }
                }
                Timer::KeepAlive(key) => self.look_at_keep_alive(key, now),
                Timer::Progress(key) => self.look_at_progress(key, now),
                Timer::Refusal(key) => self.look_at_refusal(key, now),
                Timer::Losses(key) => self.say_losses(key, Some(now)),
                Timer::Away(key) => self.look_at_absence(key, now),
                Timer::TurnedAway => self.say_turned_away(),
                Timer::Status => self.look_at_status(now),
                Timer::Shortage => self.look_at_shortage(now),
            }
            self.settle(now);
        }
    }

    fn look_at_keep_alive(&mut self, key: ConnectionKey, now: Instant) {
        let Some(connection) = self.connection(key) else {
            return;
        };
        let Some(patience) = connection.patience else {
            return;
        };
        // Who is not read cannot be heard.
        if connection.paused || connection.stuffed {
            connection.last_received = now;
        }
        let due = connection.last_received + patience;
        if due <= now {
            self.close(key, End::KeepAlive, now);
        } else {
            self.timers.set(due.min(now + LOOK_AHEAD), Timer::KeepAlive(key));
        }
    }

    /// The broker stops: every client is told.
    pub(super) fn shut_down(&mut self, now: Instant) {
        self.say_turned_away();
        let keys: Vec<_> = self
            .connections
            .iter()
            .map(|(at, connection)| ConnectionKey { at, tenant: connection.tenant })
            .collect();
        for key in keys {
            self.close(key, End::ShuttingDown, now);
        }
        // What was lost for those who are away, or denied to them, is said before all is forgotten.
        let sessions: Vec<_> = self
            .sessions
            .iter()
            .map(|(at, session)| SessionKey { at, tenant: session.tenant })
            .collect();
        for key in sessions {
            self.say_losses(key, None);
            self.say_denials(key);
        }
    }
}
