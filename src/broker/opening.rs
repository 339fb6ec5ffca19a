//! A connection's slot: taken when it is accepted, free when its socket is closed.

use std::rc::Rc;
use std::time::Instant;

use super::connection::{Connection, ConnectionKey, Output, Parked, Phase};
use super::event::{End, Event};
use super::logins::Login;
use super::memory::Weighed;
use super::router::Router;
use super::timers::Timer;

impl Router {
    /// A connection was accepted by a listener; packets above `maximum_packet` bytes are refused.
    pub(super) fn open(
        &mut self,
        (listener, peer): (usize, &str),
        maximum_packet: u32,
        now: Instant,
    ) -> ConnectionKey {
        self.counters.accepted += 1;
        let tenant = self.next_tenant();
        let at = self.connections.insert(Connection {
            tenant,
            peer: peer.into(),
            listener,
            names: None,
            phase: Phase::Waiting,
            login: Login::default(),
            weighed: Weighed::default(),
            output: Output::new(Rc::clone(&self.pool)),
            last_received: now,
            maximum_packet,
            forbidden: 0,
            patience: None,
            holds: 0,
            parked: Parked::default(),
            paused: false,
            stuffed: false,
            ended: false,
        });
        let key = ConnectionKey { at, tenant };
        self.tell(Event::Opened { peer, listener });
        self.waiting.push_back(key);
        self.timers.set(now + self.limits.connect_deadline, Timer::Connect(key));
        key
    }

    /// Whether one more connection without CONNECT may be accepted; the oldest that shows no
    /// progress makes room.
    pub(super) fn make_room(&mut self, now: Instant) -> bool {
        if !self.is_crowded() {
            return true;
        }
        let patience = self.limits.unauthenticated_idle;
        let idle = self.waiting.iter().copied().find(|key| {
            self.connections.get(key.at).is_some_and(|connection| {
                now.saturating_duration_since(connection.last_received) >= patience
            })
        });
        if let Some(key) = idle {
            self.close(key, End::ConnectDeadline, now);
        }
        idle.is_some()
    }

    /// The socket is closed: the connection's slot is free.
    pub(super) fn remove(&mut self, key: ConnectionKey, now: Instant) {
        self.close(key, End::Lost, now);
        self.settle(now);
        if self.connection(key).is_some() {
            let connection = self.connections.remove(key.at);
            self.forget_weight(connection.weighed);
        }
    }
}
