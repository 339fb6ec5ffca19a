//! The router without sockets: a shell that plays the part of `serve.rs`, and a clock that only
//! the test moves.

mod access;
mod access_revoked;
mod flow;
mod full;
mod logins;
mod memory;
mod mosquitto;
mod mounted;
mod policy;
mod queued;
mod random;
mod reading;
mod sessions;
mod slow;
mod status;
mod time;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::access::{Access, Workspace};
use super::connection::ConnectionKey;
use super::limits::Limits;
use super::policy::Policy;
use super::router::{Next, Router};
use super::session::Session;
use crate::codec::{
    Ack, Connect, Disconnect, FilterBuffer, MAX_PACKET_SIZE, NameBuffer, Packet, PacketId,
    Properties, Property, PropertyBuffer, Publish, Qos, Reason, Sender, Subscribe,
    SubscriptionOptions, Unsubscribe, Version, Will, decode, split,
};

use Qos::{AtLeastOnce as Q1, AtMostOnce as Q0, ExactlyOnce as Q2};

/// A client of the test, by its place.
type Peer = usize;

/// One end of a connection, and the socket between.
struct Wire {
    key: ConnectionKey,
    version: Version,
    /// Bytes that the peer's socket still takes; `usize::MAX` for one that reads.
    room: usize,
    /// What was written and the router has not used.
    tail: Vec<u8>,
    /// The peer wrote its last byte.
    ended: bool,
    closed: bool,
    /// What came and was not looked at.
    received: Vec<u8>,
    /// Acknowledgements that the peer has not sent.
    owed: VecDeque<Vec<u8>>,
    next_id: u16,
}

/// What a client says in CONNECT.
#[derive(Clone, Copy)]
struct Hello<'a> {
    id: &'a str,
    version: Version,
    clean: bool,
    keep_alive: u16,
    expiry: u32,
    receive_maximum: Option<u16>,
    topic_aliases: Option<u16>,
    will: Option<Will<'a>>,
    address: &'a str,
    login: Option<(&'a str, &'a str)>,
    listener: usize,
}

fn v5(id: &str) -> Hello<'_> {
    Hello {
        id,
        version: Version::V5,
        clean: false,
        keep_alive: 0,
        expiry: 0,
        receive_maximum: None,
        topic_aliases: None,
        will: None,
        address: "here",
        login: None,
        listener: 0,
    }
}

fn v3(id: &str) -> Hello<'_> {
    Hello { version: Version::V311, clean: true, ..v5(id) }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

struct Shell {
    router: Router,
    now: Instant,
    wires: Vec<Wire>,
    events: Arc<Mutex<Vec<String>>>,
    /// Nobody checks logins.
    defers: bool,
}

impl Shell {
    fn new(limits: Limits) -> Self {
        Self::with_access(limits, Access::default())
    }

    fn with_access(limits: Limits, access: Access) -> Self {
        let policy = Policy { access: Arc::new(access), ..Policy::default() };
        Self::with_policies(limits, vec![policy])
    }

    fn with_policy(policy: Policy) -> Self {
        Self::with_policies(Limits::default(), vec![policy])
    }

    fn with_policies(limits: Limits, policies: Vec<Policy>) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&events);
        let observer = Box::new(move |event: super::Event<'_>| {
            log.lock().unwrap().push(format!("{event:?}"));
        });
        #[expect(clippy::disallowed_methods, reason = "any instant serves as the beginning")]
        let now = Instant::now();
        Self {
            router: Router::new(limits, policies, Some(observer)),
            now,
            wires: Vec::new(),
            events,
            defers: false,
        }
    }

    /// Events whose text has `what` in it.
    fn told(&self, what: &str) -> Vec<String> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| event.contains(what)).cloned().collect()
    }

    fn accept(&mut self, address: &str, version: Version) -> Peer {
        self.accept_at((0, address), version)
    }

    fn accept_at(&mut self, (listener, address): (usize, &str), version: Version) -> Peer {
        let key = self.router.open((listener, address), MAX_PACKET_SIZE, self.now);
        self.wires.push(Wire {
            key,
            version,
            room: usize::MAX,
            tail: Vec::new(),
            ended: false,
            closed: false,
            received: Vec::new(),
            owed: VecDeque::new(),
            next_id: 0,
        });
        self.wires.len() - 1
    }

    /// Connects, and looks at nothing that comes.
    fn hello(&mut self, hello: &Hello<'_>) -> Peer {
        let peer = self.accept_at((hello.listener, hello.address), hello.version);
        let mut properties = PropertyBuffer::new();
        if hello.version.is_v5() {
            properties.push(Property::SessionExpiryInterval(hello.expiry)).unwrap();
            if let Some(maximum) = hello.receive_maximum {
                properties.push(Property::ReceiveMaximum(maximum)).unwrap();
            }
            if let Some(maximum) = hello.topic_aliases {
                properties.push(Property::TopicAliasMaximum(maximum)).unwrap();
            }
        }
        let connect = Connect {
            version: hello.version,
            clean: hello.clean,
            keep_alive: hello.keep_alive,
            client_id: hello.id,
            will: hello.will,
            username: hello.login.map(|(name, _)| name),
            password: hello.login.map(|(_, password)| password.as_bytes()),
            properties: properties.as_properties(),
        };
        self.send(peer, &Packet::Connect(connect));
        peer
    }

    /// Connects.
    fn connect(&mut self, hello: &Hello<'_>) -> Peer {
        let peer = self.hello(hello);
        let said = self.read(peer);
        assert!(said.first().is_some_and(|first| first.starts_with("connack")), "{said:?}");
        peer
    }

    /// Connects; the properties of CONNACK in their order.
    fn welcome(&mut self, hello: &Hello<'_>) -> (Peer, Vec<String>) {
        let peer = self.hello(hello);
        let received = std::mem::take(&mut self.wires[peer].received);
        let frame = split(&received, MAX_PACKET_SIZE).unwrap().expect("an answer");
        let Packet::Connack(connack) = decode(frame, hello.version, Sender::Server).unwrap() else {
            panic!("not CONNACK: {received:?}");
        };
        assert_eq!(connack.reason, Reason::Success);
        (peer, connack.properties.iter().map(|property| format!("{property:?}")).collect())
    }

    fn send(&mut self, peer: Peer, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.wires[peer].version, &mut bytes).unwrap();
        self.write(peer, &bytes);
    }

    /// The peer writes; what a waiting socket does not take stays with it.
    fn write(&mut self, peer: Peer, bytes: &[u8]) {
        self.wires[peer].tail.extend_from_slice(bytes);
        self.take(peer);
        self.turn();
    }

    /// The broker's end reads.
    fn take(&mut self, peer: Peer) {
        let wire = &mut self.wires[peer];
        let key = wire.key;
        let paused = self.router.connection(key).is_none_or(|c| c.is_unread());
        if wire.closed || paused {
            return;
        }
        if !wire.tail.is_empty() {
            let received = self.router.receive(key, &wire.tail, self.now);
            wire.tail.drain(..received.used);
            let tail = wire.tail.len();
            self.router.weigh(key, Some(tail), self.now);
            if received.next == Next::Wait {
                return;
            }
        }
        if wire.ended {
            self.router.ended(key, self.now);
        }
    }

    /// The peer closes its end.
    fn hang_up(&mut self, peer: Peer) {
        self.wires[peer].ended = true;
        self.take(peer);
        self.turn();
    }

    /// Everything that is to be done now: outputs flushed, readers woken.
    fn turn(&mut self) {
        loop {
            for key in std::mem::take(&mut self.router.dirty) {
                self.flush(key);
            }
            self.router.settle(self.now);
            for key in std::mem::take(&mut self.router.woken) {
                let Some(peer) = self.peer(key) else {
                    continue;
                };
                let closing = self.router.connection(key).is_none_or(|c| c.is_closing());
                if closing && !self.wires[peer].closed {
                    self.flush(key);
                    self.wires[peer].closed = true;
                    self.router.remove(key, self.now);
                } else {
                    self.take(peer);
                }
            }
            if !self.router.walking.is_empty() {
                self.router.walk_on(self.now);
            }
            if !self.defers {
                self.check_logins();
            }
            let Router { dirty, woken, walking, .. } = &self.router;
            if dirty.is_empty() && woken.is_empty() && walking.is_empty() {
                break;
            }
        }
        self.check();
    }

    /// Every login that waits is checked.
    fn check_logins(&mut self) {
        for check in std::mem::take(&mut self.router.logins.to_check) {
            let verdict = check.perform(&mut Workspace::default());
            self.router.take_verdict(&verdict);
        }
    }

    fn peer(&self, key: ConnectionKey) -> Option<Peer> {
        self.wires.iter().position(|wire| wire.key == key)
    }

    fn flush(&mut self, key: ConnectionKey) {
        let Some(peer) = self.peer(key) else {
            return;
        };
        let wire = &mut self.wires[peer];
        let Some(connection) = self.router.connection(key) else {
            return;
        };
        connection.output.dirty = false;
        let count = connection.output.waiting().min(wire.room);
        if count == 0 {
            self.router.weigh(key, None, self.now);
            return;
        }
        wire.received.extend_from_slice(&connection.output.unsent()[..count]);
        if wire.room != usize::MAX {
            wire.room -= count;
        }
        connection.output.advance(count);
        self.router.sent(key, self.now);
        self.router.weigh(key, None, self.now);
    }

    /// The peer's socket takes so many bytes more; `usize::MAX` for all that come, 0 for none.
    fn set_room(&mut self, peer: Peer, room: usize) {
        self.wires[peer].room = room;
        let key = self.wires[peer].key;
        // A flush may bring more out of the queue.
        while self.wires[peer].room > 0
            && self.router.connection(key).is_some_and(|c| c.output.waiting() > 0)
        {
            self.flush(key);
        }
        self.turn();
    }

    fn stall(&mut self, peer: Peer) {
        self.set_room(peer, 0);
    }

    fn resume(&mut self, peer: Peer) {
        self.set_room(peer, usize::MAX);
    }

    /// Time passes, and every timer fires at its moment.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.router.timers.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.router.tick(self.now);
            self.turn();
        }
        self.now = end;
    }

    fn id(&mut self, peer: Peer) -> PacketId {
        let wire = &mut self.wires[peer];
        wire.next_id = wire.next_id % u16::MAX + 1;
        PacketId::new(wire.next_id).unwrap()
    }

    fn publish(&mut self, peer: Peer, qos: Qos, topic: &str, payload: impl AsRef<[u8]>) {
        self.publish_as(peer, (qos, false), topic, payload.as_ref(), Properties::EMPTY);
    }

    fn retain(&mut self, peer: Peer, qos: Qos, topic: &str, payload: impl AsRef<[u8]>) {
        self.publish_as(peer, (qos, true), topic, payload.as_ref(), Properties::EMPTY);
    }

    fn publish_as(
        &mut self,
        peer: Peer,
        (qos, retain): (Qos, bool),
        topic: &str,
        payload: &[u8],
        properties: Properties<'_>,
    ) {
        let id = if qos == Q0 { None } else { Some(self.id(peer)) };
        let publish = Publish { dup: false, qos, retain, topic, id, properties, payload };
        self.send(peer, &Packet::Publish(publish));
    }

    fn subscribe(&mut self, peer: Peer, filter: &str, qos: Qos) {
        self.subscribe_as(peer, filter, SubscriptionOptions { qos, ..Default::default() });
    }

    fn subscribe_as(&mut self, peer: Peer, filter: &str, options: SubscriptionOptions) {
        let mut filters = FilterBuffer::default();
        filters.push(filter, options).unwrap();
        let id = self.id(peer);
        let (properties, filters) = (Properties::EMPTY, filters.as_filters());
        self.send(peer, &Packet::Subscribe(Subscribe { id, properties, filters }));
    }

    fn unsubscribe(&mut self, peer: Peer, filter: &str) {
        let mut filters = NameBuffer::default();
        filters.push(filter).unwrap();
        let id = self.id(peer);
        let (properties, filters) = (Properties::EMPTY, filters.as_names());
        self.send(peer, &Packet::Unsubscribe(Unsubscribe { id, properties, filters }));
    }

    fn disconnect(&mut self, peer: Peer, reason: Reason) {
        self.send(peer, &Packet::Disconnect(Disconnect::new(reason)));
        self.hang_up(peer);
    }

    fn session(&self, client_id: &str) -> &Session {
        let key = self.router.by_client_id.get(client_id).expect("a session");
        &self.router.sessions[key.at]
    }

    fn has_session(&self, client_id: &str) -> bool {
        self.router.by_client_id.contains_key(client_id)
    }

    fn is_held(&mut self, peer: Peer) -> bool {
        let key = self.wires[peer].key;
        self.router.connection(key).is_some_and(|connection| connection.holds > 0)
    }

    fn is_paused(&mut self, peer: Peer) -> bool {
        let key = self.wires[peer].key;
        self.router.connection(key).is_some_and(|connection| connection.paused)
    }

    fn waiting(&mut self, peer: Peer) -> usize {
        let key = self.wires[peer].key;
        self.router.connection(key).map_or(0, |connection| connection.output.waiting())
    }

    /// What must hold at the end of every turn.
    fn check(&self) {
        let router = &self.router;
        assert!(router.pumps.is_empty() && router.released.is_empty());
        assert_eq!(router.by_client_id.len(), router.sessions.len());
        for (at, connection) in &router.connections {
            let key = ConnectionKey { at, tenant: connection.tenant };
            let waiters = router
                .sessions
                .iter()
                .flat_map(|(_, session)| session.flow.waiters.iter().chain(&session.flow.refused));
            let holds = waiters.filter(|waiter| **waiter == key).count();
            assert_eq!(holds, connection.holds as usize, "every hold has its waiter");
            if let Some(session) = connection.session() {
                let session = router.sessions.get(session.at).expect("an open one has a session");
                assert_eq!(session.online, Some(key));
                assert!(holds == 0 || session.flow.waiters.is_empty(), "held for one that is held");
            }
            if holds == 0 && !connection.is_closing() {
                assert!(connection.parked.is_empty(), "nobody holds what is parked");
                assert!(!connection.paused, "nobody wakes what is paused");
            }
        }
        self.check_counters();
        for (_, session) in &router.sessions {
            assert!(session.online.is_some() || session.expires.is_some());
            assert!(u16::try_from(session.delivery.outgoing.len()).is_ok());
        }
    }
}

impl Shell {
    /// Whether what is counted as it comes and goes is what is there.
    fn check_counters(&self) {
        let router = &self.router;
        let sessions = || router.sessions.iter().map(|(_, session)| session);
        let online = sessions().filter(|session| session.online.is_some()).count();
        assert_eq!(router.counters.online, online as u64);
        let queued: usize = sessions().map(|session| session.queue.len()).sum();
        assert_eq!(router.held.queued.get(), queued);
        let shared = |filter: &str| filter.starts_with("$share/");
        let filters = || sessions().flat_map(|session| session.subscriptions.keys());
        let (buffers, weighed) = router.weighed();
        assert_eq!(buffers, weighed);
        let of_groups = filters().filter(|filter| shared(filter)).count();
        assert_eq!(router.subscriptions.shared, of_groups);
        assert_eq!(router.subscriptions.single, filters().count() - of_groups);
    }
}
