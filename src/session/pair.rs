//! Both machines as a pair: one thread, a fake clock, pipes that delay and break anywhere, and a
//! ledger that knows what must have come of every message.

#![expect(clippy::arithmetic_side_effects, reason = "numbers of a test, far from any bound")]

mod host;
mod ledger;
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use fastrand::Rng;

use self::host::Host;
use self::ledger::{Ledger, Watch};
use super::{Client, Event, KeepAlive, Message, PublishError};
use crate::codec::{
    Connect, FilterBuffer, Frame, MAX_PACKET_SIZE, NameBuffer, PacketId, Properties, Property,
    PropertyBuffer, Publish, Qos, Sender, SubscriptionOptions, Version, decode, split,
};

const TOPICS: [&str; 3] = ["a", "b/c", "house/kitchen/temperature"];
const KEEP_ALIVE: u16 = 10;

/// A message that says by its payload which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    qos: Qos,
    number: u64,
    payload: [u8; 8],
}

impl Note {
    fn new(qos: Qos, number: u64) -> Self {
        Self { qos, number, payload: number.to_be_bytes() }
    }

    fn topic(number: u64) -> &'static str {
        TOPICS[usize::try_from(number).unwrap() % TOPICS.len()]
    }
}

impl Message for Note {
    fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: false,
            topic: Self::topic(self.number),
            id: None,
            properties: Properties::EMPTY,
            payload: &self.payload,
        }
    }
}

fn number(publish: &Publish<'_>) -> u64 {
    u64::from_be_bytes(publish.payload.try_into().unwrap())
}

/// What the two ends are willing to do; drawn anew for each connection where it may change.
#[derive(Debug, Clone, Copy)]
struct Terms {
    client_window: u16,
    server_window: u16,
    client_takes: u16,
    server_takes: u16,
    client_aliases: u16,
    server_aliases: u16,
}

impl Terms {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            client_window: rng.u16(1..9),
            server_window: rng.u16(1..9),
            client_takes: rng.u16(1..6),
            server_takes: rng.u16(1..6),
            client_aliases: rng.u16(0..3),
            server_aliases: rng.u16(0..3),
        }
    }
}

struct Pair {
    rng: Rng,
    now: Instant,
    version: Version,
    terms: Terms,
    client: Client<Note>,
    client_input: Vec<u8>,
    client_owed: VecDeque<(Qos, PacketId)>,
    host: Host,
    linked: bool,
    /// Bytes on their way.
    up: VecDeque<u8>,
    down: VecDeque<u8>,
    to_server: Ledger,
    to_client: Ledger,
    sent_up: Watch,
    sent_down: Watch,
}

impl Pair {
    fn new(seed: u64, version: Version, now: Instant) -> Self {
        let mut rng = Rng::with_seed(seed);
        let terms = Terms::draw(&mut rng);
        let host =
            Host { machine: None, session: None, input: vec![], owed: VecDeque::new(), heard: now };
        Self {
            client: Client::new(terms.client_window, now),
            rng,
            now,
            version,
            terms,
            client_input: Vec::new(),
            client_owed: VecDeque::new(),
            host,
            linked: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            to_server: Ledger::default(),
            to_client: Ledger::default(),
            sent_up: Watch::default(),
            sent_down: Watch::default(),
        }
    }

    /// A new link, and CONNECT on it.
    fn connect(&mut self, clean: bool) {
        let terms = Terms::draw(&mut self.rng);
        self.terms = Terms { client_window: self.terms.client_window, ..terms };
        let mut properties = PropertyBuffer::new();
        if self.version.is_v5() {
            properties.push(Property::SessionExpiryInterval(3_600)).unwrap();
            properties.push(Property::ReceiveMaximum(self.terms.client_takes)).unwrap();
            properties.push(Property::TopicAliasMaximum(self.terms.client_aliases)).unwrap();
        }
        let connect = Connect {
            version: self.version,
            clean,
            keep_alive: KEEP_ALIVE,
            client_id: "pair",
            will: None,
            username: None,
            password: None,
            properties: properties.as_properties(),
        };
        self.linked = true;
        self.host.heard = self.now;
        let mut out = Vec::new();
        self.client.connect(&connect, self.now, &mut out).unwrap();
        self.send_up(&out);
        // A CONNACK that tells of a new session must come through: the server will say "session
        // present" the next time, and the client will never know that the old one is gone.
        if clean || self.host.session.is_none() {
            self.carry_up(usize::MAX);
            self.carry_down(usize::MAX);
        }
    }

    /// The link breaks: what is on its way is lost, and so is half a packet at either end.
    fn cut(&mut self) {
        self.linked = false;
        self.up.clear();
        self.down.clear();
        self.client_input.clear();
        self.client_owed.clear();
        self.client.lost();
        self.host.input.clear();
        self.host.owed.clear();
        self.host.machine = None;
        self.sent_up.cut();
        self.sent_down.cut();
    }

    /// The server forgets the session while the client is away.
    fn forget(&mut self) {
        self.host.session = None;
        self.to_client.session_lost();
        self.sent_down.session_lost();
    }

    fn send_up(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.client.keep_alive().sent(self.now);
        }
        self.sent_up.sent(bytes, self.version, Sender::Client);
        self.up.extend(bytes);
    }

    fn send_down(&mut self, bytes: &[u8]) {
        self.sent_down.sent(bytes, self.version, Sender::Server);
        self.down.extend(bytes);
    }

    fn carry_up(&mut self, count: usize) {
        let count = count.min(self.up.len());
        self.host.input.extend(self.up.drain(..count));
        while let Some(frame) = split(&self.host.input, MAX_PACKET_SIZE).unwrap() {
            let bytes = frame.bytes().to_vec();
            self.host.input.drain(..bytes.len());
            let frame = split(&bytes, MAX_PACKET_SIZE).unwrap().unwrap();
            self.host.heard = self.now;
            self.host_takes(frame);
        }
    }

    fn carry_down(&mut self, count: usize) {
        let count = count.min(self.down.len());
        self.client_input.extend(self.down.drain(..count));
        while let Some(frame) = split(&self.client_input, MAX_PACKET_SIZE).unwrap() {
            let bytes = frame.bytes().to_vec();
            self.client_input.drain(..bytes.len());
            let frame = split(&bytes, MAX_PACKET_SIZE).unwrap().unwrap();
            self.client_takes(frame);
        }
    }

    fn client_takes(&mut self, frame: Frame<'_>) {
        let packet = decode(frame, self.version, Sender::Server).unwrap();
        self.sent_up.answered(&packet);
        let mut out = Vec::new();
        match self.client.receive(frame, self.now, &mut out).unwrap() {
            Event::Nothing
            | Event::Received(..)
            | Event::Pong
            | Event::Subscribed(..)
            | Event::Unsubscribed(..) => {}
            Event::Connected(notes) => {
                let granted = self.client.granted();
                self.sent_up.window = self.terms.client_window.min(granted.receive_maximum);
                if !granted.session_present {
                    self.sent_up.session_lost();
                }
                self.to_server.again(notes);
            }
            Event::Message(publish, alias) => {
                let number = number(&publish);
                let topic = alias.as_deref().unwrap_or(publish.topic);
                assert_eq!(topic, Note::topic(number), "an alias means its topic");
                self.to_client.arrived(number, publish.qos);
                self.client_owed.extend(publish.id.map(|id| (publish.qos, id)));
            }
            Event::Delivered(note, reason) => self.to_server.acked(note.number, reason.is_error()),
            event @ (Event::Refused(..) | Event::Disconnected(..)) => panic!("{event:?}"),
        }
        self.client.resend(&mut out);
        self.send_up(&out);
    }

    fn client_publishes(&mut self, qos: Qos) {
        if !self.client.is_connected() {
            return;
        }
        let mut out = Vec::new();
        if qos == Qos::AtMostOnce {
            let note = self.to_server.note(qos);
            let mut publish = note.publish();
            let mut properties = PropertyBuffer::new();
            // The n-th topic is alias n, told with the name once a connection.
            let alias = u16::try_from(note.number % 3).unwrap() + 1;
            if alias <= self.client.granted().topic_alias_maximum {
                properties.push(Property::TopicAlias(alias)).unwrap();
                if !self.sent_up.aliases.insert(alias) {
                    publish.topic = "";
                }
            }
            publish.properties = properties.as_properties();
            self.client.publish_once(&publish, &mut out).unwrap();
        } else if self.client.has_room() {
            let note = self.to_server.note(qos);
            self.to_server.begun(&note);
            self.client.publish(note, &mut out).unwrap();
        } else {
            let result = self.client.publish(Note::new(qos, 0), &mut out);
            assert_eq!(result.unwrap_err().0, PublishError::WindowClosed);
        }
        self.send_up(&out);
    }

    fn client_acknowledges(&mut self) {
        if let Some((qos, id)) = self.client_owed.pop_front() {
            let mut out = Vec::new();
            self.client.acknowledge(qos, id, &mut out);
            self.send_up(&out);
        }
    }

    fn client_asks(&mut self) {
        if !self.client.is_connected() {
            return;
        }
        let mut out = Vec::new();
        if self.rng.bool() {
            let mut filters = FilterBuffer::default();
            filters.push("#", SubscriptionOptions::default()).unwrap();
            self.client.subscribe(&filters, Properties::EMPTY, &mut out).unwrap();
        } else {
            let mut filters = NameBuffer::default();
            filters.push("#").unwrap();
            self.client.unsubscribe(&filters, Properties::EMPTY, &mut out).unwrap();
        }
        self.send_up(&out);
    }

    /// Time passes; each end does what its keep-alive asks.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        if !self.linked {
            return;
        }
        let patience = KeepAlive::server_patience(KEEP_ALIVE).unwrap();
        if self.client.keep_alive().is_lost(self.now) || self.now - self.host.heard >= patience {
            return self.cut();
        }
        if self.client.is_connected() && self.client.keep_alive().is_due(self.now) {
            let mut out = Vec::new();
            self.client.ping(self.now, &mut out);
            self.send_up(&out);
        }
    }

    fn step(&mut self) {
        if !self.linked {
            match self.rng.u8(..30) {
                0 => self.forget(),
                1 => self.connect(true),
                2 => self.wait(Duration::from_secs(7)),
                _ => self.connect(false),
            }
            return;
        }
        let qos = Qos::from_bits(self.rng.u8(..3)).unwrap();
        let count = if self.rng.bool() { self.rng.usize(1..12) } else { usize::MAX };
        match self.rng.u8(..100) {
            0..18 => self.client_publishes(qos),
            18..36 => self.host_publishes(qos),
            36..54 => self.carry_up(count),
            54..72 => self.carry_down(count),
            72..83 => self.client_acknowledges(),
            83..94 => self.host_acknowledges(),
            94..96 => self.client_asks(),
            96..98 => {
                let time = self.rng.u64(1..3_000);
                self.wait(Duration::from_millis(time));
            }
            98 => self.wait(Duration::from_millis(1)),
            _ => self.cut(),
        }
    }

    /// One byte goes over the link and all it brings is answered; false when nothing is left.
    fn carry_byte(&mut self) -> bool {
        if !self.up.is_empty() {
            self.carry_up(1);
        } else if !self.down.is_empty() {
            self.carry_down(1);
        } else {
            return false;
        }
        while !self.client_owed.is_empty() {
            self.client_acknowledges();
        }
        while !self.host.owed.is_empty() {
            self.host_acknowledges();
        }
        true
    }

    /// No more trouble: everything that is unfinished comes to its end, and the books are closed.
    fn finish(&mut self) {
        if !self.linked {
            self.connect(false);
        }
        // What was owed before the last step is acknowledged with the next byte.
        self.client_asks();
        loop {
            while self.carry_byte() {}
            if self.to_server.waiting.is_empty() {
                break;
            }
            let qos = self.to_server.waiting.front().map(|note| note.qos).unwrap();
            self.client_publishes(qos);
        }
        assert!(self.client.outgoing().is_empty(), "the client's exchanges are over");
        assert!(self.client.incoming_is_empty(), "the client owes nothing");
        let session = self.host.session.as_ref().unwrap();
        assert!(session.outgoing.is_empty() && session.incoming.is_empty());
        self.to_server.close();
        self.to_client.close();
    }
}
