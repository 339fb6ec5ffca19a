//! Two honest clients, each the session's own machine, and a hostile one, at random; what must
//! hold is looked at after every step.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;

use super::*;
use crate::session::{self, Client, Event};

const TOPICS: [&str; 4] = ["a", "a/b", "a/b/c", "z"];
const FILTERS: [&str; 7] = ["a", "a/b", "a/+/c", "#", "a/#", "$share/g/a/#", "$share/h/#"];
const NAMES: [&str; 2] = ["one", "two"];
const STEPS: u32 = 1_200;
const RUNS: usize = 40;

#[derive(Debug)]
struct Note {
    qos: Qos,
    retain: bool,
    topic: &'static str,
    payload: Vec<u8>,
}

impl session::Message for Note {
    fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: self.topic,
            id: None,
            properties: Properties::EMPTY,
            payload: &self.payload,
        }
    }
}

/// An honest client and its link.
struct Honest {
    machine: Client<Note>,
    name: &'static str,
    version: Version,
    peer: Option<Peer>,
    owed: Vec<(Qos, PacketId)>,
    /// The message of each identifier that the broker has in flight to it.
    flight: HashMap<PacketId, Vec<u8>>,
    released: HashSet<PacketId>,
}

struct World {
    rng: Rng,
    shell: Shell,
    honest: [Honest; 2],
    hostile: Option<Peer>,
    number: u64,
    /// Messages that reached an honest client.
    came: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        // Small limits are met often.
        let limits = Limits {
            output_bytes: 20_000,
            output_messages: 20,
            queue_messages: 20,
            queue_bytes: 20_000,
            parked_messages: 10,
            parked_bytes: 20_000,
            parked_once_bytes: 5_000,
            progress_bytes: 10_000,
            retained_messages: 20,
            subscriptions: 5,
            session_expiry: seconds(60),
            on_full: [
                super::super::OnFull::RefuseThenDrop,
                super::super::OnFull::Refuse,
                super::super::OnFull::Drop,
            ][rng.usize(..3)],
            ..Limits::default()
        };
        let shell = Shell::new(limits);
        let versions = [Version::V5, if rng.bool() { Version::V5 } else { Version::V311 }];
        let honest = [0, 1].map(|at: usize| Honest {
            machine: Client::new(rng.u16(1..20), shell.now),
            name: NAMES[at],
            version: versions[at],
            peer: None,
            owed: Vec::new(),
            flight: HashMap::new(),
            released: HashSet::new(),
        });
        Self { rng, shell, honest, hostile: None, number: 0, came: 0 }
    }

    fn connect(&mut self, at: usize) {
        let (clean, window) = (self.rng.u8(..10) == 0, self.rng.u16(1..20));
        let who = &mut self.honest[at];
        let mut properties = PropertyBuffer::new();
        if who.version.is_v5() {
            properties.push(Property::SessionExpiryInterval(self.rng.u32(..100))).unwrap();
            properties.push(Property::ReceiveMaximum(window)).unwrap();
            properties.push(Property::TopicAliasMaximum(self.rng.u16(..3))).unwrap();
        }
        let will = Will {
            topic: TOPICS[self.rng.usize(..4)],
            payload: b"will",
            qos: Q1,
            retain: false,
            properties: Properties::EMPTY,
        };
        let connect = Connect {
            version: who.version,
            clean,
            keep_alive: 60,
            client_id: who.name,
            will: self.rng.bool().then_some(will),
            username: None,
            password: None,
            properties: properties.as_properties(),
        };
        let mut out = Vec::new();
        who.machine.connect(&connect, self.shell.now, &mut out).unwrap();
        who.owed.clear();
        let peer = self.shell.accept(who.name, who.version);
        who.peer = Some(peer);
        self.shell.write(peer, &out);
        self.read(at);
    }

    /// The link of an honest client is gone, or it finds it so.
    fn lose(&mut self, at: usize) {
        let who = &mut self.honest[at];
        who.machine.lost();
        // Sometimes the broker does not notice until somebody takes over.
        if let Some(peer) = who.peer.take()
            && self.rng.bool()
        {
            self.shell.hang_up(peer);
        }
    }

    fn read(&mut self, at: usize) {
        let Some(peer) = self.honest[at].peer else {
            return;
        };
        let received = std::mem::take(&mut self.shell.wires[peer].received);
        let (mut rest, mut out) = (&received[..], Vec::new());
        while let Some(frame) = split(rest, MAX_PACKET_SIZE).unwrap() {
            rest = &rest[frame.bytes().len()..];
            let who = &mut self.honest[at];
            let packet = decode(frame, who.version, Sender::Server).unwrap();
            who.watch(&packet);
            match who.machine.receive(frame, self.shell.now, &mut out).unwrap() {
                Event::Message(publish, _) => {
                    self.came += 1;
                    who.owed.extend(publish.id.map(|id| (publish.qos, id)));
                }
                Event::Connected(_) if !who.machine.granted().session_present => {
                    who.flight.clear();
                    who.released.clear();
                }
                Event::Refused(reason, _) => panic!("an honest client is refused: {reason:?}"),
                Event::Disconnected(reason, _) => {
                    let fair =
                        [Reason::SessionTakenOver, Reason::KeepAliveTimeout, Reason::QuotaExceeded];
                    assert!(fair.contains(&reason), "an honest client is told {reason:?}");
                    rest = &[];
                    break;
                }
                _ => {}
            }
            who.machine.resend(&mut out);
        }
        self.shell.wires[peer].received = rest.to_vec();
        self.shell.write(peer, &out);
        if self.shell.wires[peer].closed {
            self.honest[at].machine.lost();
            self.honest[at].peer = None;
        }
    }

    fn act(&mut self, at: usize) {
        let Some(peer) = self.honest[at].peer else {
            return self.connect(at);
        };
        self.read(at);
        let who = &mut self.honest[at];
        if !who.machine.is_connected() {
            return;
        }
        let mut out = Vec::new();
        match self.rng.u8(..20) {
            0..10 => {
                self.number += 1;
                let mut payload = self.number.to_be_bytes().to_vec();
                payload.resize(self.rng.usize(8..2_000), b'x');
                let qos = Qos::from_bits(self.rng.u8(..3)).unwrap();
                let retain = self.rng.u8(..10) == 0;
                let note = Note { qos, retain, topic: TOPICS[self.rng.usize(..4)], payload };
                if qos == Q0 {
                    let publish = session::Message::publish(&note);
                    who.machine.publish_once(&publish, &mut out).unwrap();
                } else {
                    // With its window closed it waits.
                    let _ = who.machine.publish(note, &mut out);
                }
            }
            10..15 => {
                let count = self.rng.usize(..=who.owed.len());
                for (qos, id) in who.owed.drain(..count) {
                    who.machine.acknowledge(qos, id, &mut out);
                    if qos == Q1 {
                        who.flight.remove(&id);
                    }
                }
            }
            15..17 => {
                let mut filters = FilterBuffer::default();
                let qos = Qos::from_bits(self.rng.u8(..3)).unwrap();
                let filter = FILTERS[self.rng.usize(..FILTERS.len())];
                filters.push(filter, SubscriptionOptions { qos, ..Default::default() }).unwrap();
                who.machine.subscribe(&filters, Properties::EMPTY, &mut out).unwrap();
            }
            17 => {
                let mut names = NameBuffer::default();
                names.push(FILTERS[self.rng.usize(..FILTERS.len())]).unwrap();
                who.machine.unsubscribe(&names, Properties::EMPTY, &mut out).unwrap();
            }
            18 => who.machine.ping(self.shell.now, &mut out),
            _ => return self.lose(at),
        }
        self.shell.write(peer, &out);
    }

    /// A packet of the hostile client: a valid one, perhaps broken.
    fn nonsense(&mut self) -> Vec<u8> {
        let rng = &mut self.rng;
        let id = PacketId::new(rng.u16(1..6)).unwrap();
        let reason = if rng.bool() { Reason::Success } else { Reason::QuotaExceeded };
        let ack = Ack::new(id, if rng.bool() { Reason::Success } else { reason });
        let (topic, filter) = (TOPICS[rng.usize(..4)], FILTERS[rng.usize(..FILTERS.len())]);
        let mut filters = FilterBuffer::default();
        let qos = Qos::from_bits(rng.u8(..3)).unwrap();
        filters.push(filter, SubscriptionOptions { qos, ..Default::default() }).unwrap();
        let mut names = NameBuffer::default();
        names.push(filter).unwrap();
        let payload = vec![b'h'; rng.usize(..3_000)];
        let (properties, version) = (Properties::EMPTY, Version::V5);
        let connect = Connect {
            version,
            clean: rng.bool(),
            keep_alive: rng.u16(..3),
            client_id: "three",
            will: None,
            username: None,
            password: None,
            properties,
        };
        let publish = Publish {
            dup: qos != Q0 && rng.bool(),
            qos,
            retain: rng.u8(..5) == 0,
            topic,
            id: (qos != Q0).then_some(id),
            properties,
            payload: &payload,
        };
        let packet = match rng.u8(..24) {
            0..12 => Packet::Publish(publish),
            12 => Packet::Connect(connect),
            13 => Packet::Puback(ack),
            14 => Packet::Pubrec(ack),
            15 => Packet::Pubrel(Ack::new(id, Reason::Success)),
            16 => Packet::Pubcomp(Ack::new(id, Reason::Success)),
            17..20 => {
                Packet::Subscribe(Subscribe { id, properties, filters: filters.as_filters() })
            }
            20 => Packet::Unsubscribe(Unsubscribe { id, properties, filters: names.as_names() }),
            21 => Packet::Disconnect(Disconnect::new(Reason::Success)),
            _ => Packet::Pingreq,
        };
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        match rng.u8(..30) {
            0 => {
                let at = rng.usize(..bytes.len());
                bytes[at] ^= 1 << rng.u8(..8);
            }
            1 => bytes.truncate(rng.usize(..bytes.len())),
            2 => bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(5)),
            _ => {}
        }
        bytes
    }

    fn harm(&mut self) {
        let bytes = self.nonsense();
        let peer = match self.hostile.filter(|peer| !self.shell.wires[*peer].closed) {
            Some(peer) => peer,
            None => {
                let peer = self.shell.hello(&Hello { expiry: 30, ..v5("three") });
                self.hostile = Some(peer);
                peer
            }
        };
        match self.rng.u8(..20) {
            0 => self.shell.hang_up(peer),
            1 => {
                let room = self.rng.usize(..5_000);
                self.shell.set_room(peer, room);
            }
            2 => self.shell.resume(peer),
            _ => self.shell.write(peer, &bytes),
        }
    }

    fn step(&mut self) {
        match self.rng.u8(..20) {
            0..7 => self.act(0),
            7..14 => self.act(1),
            14..18 => self.harm(),
            18 => {
                let at = self.rng.usize(..2);
                let room = if self.rng.bool() { usize::MAX } else { self.rng.usize(..9_000) };
                if let Some(peer) = self.honest[at].peer {
                    self.shell.set_room(peer, room);
                }
            }
            _ => {
                let most = if self.rng.u8(..10) == 0 { 20_000 } else { 300 };
                let pause = self.rng.u64(..most);
                self.shell.wait(millis(pause));
            }
        }
        for at in 0..self.shell.wires.len() {
            let waiting = self.shell.waiting(at);
            // What a queue sends at once, the limit, a message and some answers.
            assert!(waiting < (256 + 20 + 10) * 1024, "an output of {waiting} bytes");
        }
    }

    /// All leave; nothing of them stays.
    fn finish(&mut self) {
        (0..2).for_each(|at| self.lose(at));
        for peer in 0..self.shell.wires.len() {
            self.shell.resume(peer);
            self.shell.hang_up(peer);
        }
        self.shell.wait(seconds(4_000));
        let router = &self.shell.router;
        assert_eq!(router.connections.len(), 0);
        assert_eq!(router.sessions.len(), 0);
        assert_eq!(router.subscriptions.node_count(), 1, "no subscription outlives its session");
        assert!(router.waiting.is_empty() && router.timers.next().is_none());
    }
}

impl Honest {
    /// No identifier is in flight twice, and none is published again behind its PUBREL.
    fn watch(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::Publish(Publish { id: Some(id), dup, payload, .. }) => {
                assert!(!self.released.contains(id), "PUBLISH after PUBREL");
                let other = self.flight.insert(*id, payload.to_vec());
                if let Some(other) = other {
                    assert!(*dup, "identifier {id} is in use, or DUP is missing");
                    assert_eq!(other, *payload);
                }
            }
            Packet::Pubrel(ack) => {
                self.released.insert(ack.id);
            }
            _ => {}
        }
    }
}

fn seeds() -> Vec<u64> {
    match std::env::var("MQ_SEED") {
        Ok(seed) => vec![seed.parse().expect("MQ_SEED is a number")],
        Err(_) => std::iter::repeat_with(|| fastrand::u64(..)).take(RUNS).collect(),
    }
}

#[test]
fn two_honest_clients_and_a_hostile_one_leave_the_router_whole() {
    let (mut runs, mut came) = (0, 0);
    for seed in seeds() {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut world = World::new(seed);
            (0..STEPS).for_each(|_| world.step());
            world.finish();
            came += world.came;
        }));
        runs += 1;
        if let Err(panic) = result {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            panic!("MQ_SEED={seed}: {}", said.unwrap_or_default());
        }
    }
    assert!(came > runs * 100, "only {came} messages in {runs} runs");
}
