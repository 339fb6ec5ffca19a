//! Properties that a user adds to a subscriber's packets: each is in its packet, and what CONNECT
//! announces holds.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use mq::client::subscribe::{self, Report, Sink};
use mq::client::{Error, PacketProperties};
use mq::codec::{Property, PropertyBuffer, Publish, Qos, Reason};
use mq::options::{Connect, Host, Print, Show, Subscribe};

use crate::support::broker::{Broker, Got, Peer};

/// Gives messages to the test: topic and payload.
struct Channel(Sender<(String, Vec<u8>)>);

impl Sink for Channel {
    fn take(&mut self, topic: &str, message: &Publish<'_>) {
        let _ = self.0.send((topic.to_owned(), message.payload.to_vec()));
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

struct Running {
    thread: JoinHandle<Result<Report, Error>>,
    messages: Receiver<(String, Vec<u8>)>,
}

fn buffer(properties: &[Property<'_>]) -> PropertyBuffer {
    let mut buffer = PropertyBuffer::new();
    for property in properties {
        buffer.push(*property).unwrap();
    }
    buffer
}

/// A subscriber for `a` that ends after so many messages, or with SUBACK for 0.
fn subscriber(broker: &Broker, count: u64, properties: PacketProperties) -> Running {
    let options = Subscribe {
        connect: Connect {
            hosts: vec![Host::parse("127.0.0.1").unwrap()],
            port: Some(broker.port().parse().unwrap()),
            properties,
            ..Connect::default()
        },
        filters: vec!["a".to_owned()],
        unsubscribe: vec!["b".to_owned()],
        filter_out: Vec::new(),
        qos: Qos::AtLeastOnce,
        count: (count > 0).then_some(count),
        time_limit: None,
        print: Print::default(),
        show: Show::Messages,
        random_filter: None,
        skip_retained: false,
        retained_only: false,
        remove_retained: false,
        echoes: false,
        retain_as_published: false,
        retain_handling: mq::codec::RetainHandling::Send,
        will_when_cut_short: false,
        patient: false,
        give_up: None,
        only_subscribe: count == 0,
        command: Vec::new(),
    };
    let (sender, messages) = channel();
    let thread = std::thread::spawn(move || {
        let resolved = options.connect.resolve(&|_| None).unwrap();
        let job = options.job(&resolved).unwrap();
        let run = subscribe::run(&resolved.settings, &job, Channel(sender), &|_| {});
        mq::client::block_on(run).unwrap()
    });
    Running { thread, messages }
}

fn accepted(broker: &Broker) -> Peer {
    let mut peer = broker.welcome().0;
    peer.grant();
    assert!(matches!(peer.next(), Got::Unsubscribe { .. }));
    peer
}

#[test]
fn each_is_in_its_packet_byte_for_byte() {
    let broker = Broker::new();
    let named = |name| buffer(&[Property::UserProperty(name, "v")]);
    let mut connect = named("c");
    connect.push(Property::SessionExpiryInterval(9)).unwrap();
    let mut subscribe = named("s");
    subscribe.push(Property::SubscriptionIdentifier(300)).unwrap();
    let mut disconnect = named("d");
    disconnect.push(Property::SessionExpiryInterval(7)).unwrap();
    let properties = PacketProperties {
        connect,
        subscribe,
        unsubscribe: named("u"),
        disconnect,
        ..PacketProperties::default()
    };
    let running = subscriber(&broker, 0, properties);
    let mut peer = broker.accept();
    // The length of the properties, then the user's own, and nothing twice.
    assert_eq!(
        peer.bytes(27),
        b"\x10\x19\0\x04MQTT\x05\x02\0\x3c\x0c\x26\0\x01c\0\x01v\x11\0\0\0\x09\0\0"
    );
    peer.speaks(mq::codec::Version::V5);
    peer.connack(false, &[]);
    assert_eq!(peer.bytes(19), b"\x82\x11\0\x01\x0a\x26\0\x01s\0\x01v\x0b\xac\x02\0\x01a\x01");
    assert_eq!(peer.bytes(15), b"\xa2\x0d\0\x02\x07\x26\0\x01u\0\x01v\0\x01b");
    peer.suback(1, &[1]);
    assert_eq!(peer.bytes(16), b"\xe0\x0e\0\x0c\x26\0\x01d\0\x01v\x11\0\0\0\x07");
    assert_eq!(peer.next(), Got::Closed);
    running.thread.join().unwrap().unwrap();
}

#[test]
fn aliases_are_taken_up_to_what_was_granted() {
    let broker = Broker::new();
    let connect = buffer(&[Property::TopicAliasMaximum(2)]);
    let running = subscriber(&broker, 4, PacketProperties { connect, ..Default::default() });
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.alias_maximum, Some(2));
    peer.grant();
    assert!(matches!(peer.next(), Got::Unsubscribe { .. }));
    for (topic, alias) in [("one", 1), ("two", 2), ("", 1), ("", 3)] {
        let alias = buffer(&[Property::TopicAlias(alias)]);
        peer.deliver(&Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic,
            id: None,
            properties: alias.as_properties(),
            payload: b"x",
        });
    }
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::TopicAliasInvalid, .. }));
    drop(peer);
    // On the next connection no alias has a meaning yet.
    let mut peer = accepted(&broker);
    let alias = buffer(&[Property::TopicAlias(2)]);
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "two again",
        id: None,
        properties: alias.as_properties(),
        payload: b"x",
    });
    peer.leaves();
    running.thread.join().unwrap().unwrap();
    let topics: Vec<_> = running.messages.iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["one", "two", "one", "two again"]);
}

#[test]
fn a_packet_above_the_maximum_size_is_refused() {
    let broker = Broker::new();
    let connect = buffer(&[Property::MaximumPacketSize(100)]);
    let running = subscriber(&broker, 2, PacketProperties { connect, ..Default::default() });
    let mut peer = accepted(&broker);
    // Two bytes of header, three of topic, one of properties.
    peer.publish("a", &[b'x'; 94], Qos::AtMostOnce, 0);
    peer.publish("a", &[b'x'; 95], Qos::AtMostOnce, 0);
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::PacketTooLarge, .. }));
    drop(peer);
    let mut peer = accepted(&broker);
    peer.publish("a", b"", Qos::AtMostOnce, 0);
    peer.leaves();
    running.thread.join().unwrap().unwrap();
    let sizes: Vec<_> = running.messages.iter().map(|(_, payload)| payload.len()).collect();
    assert_eq!(sizes, [94, 0]);
}

#[test]
fn the_receive_maximum_goes_before_that_of_a_small_count_and_is_kept() {
    let broker = Broker::new();
    let connect = buffer(&[Property::ReceiveMaximum(2)]);
    let running = subscriber(&broker, 9, PacketProperties { connect, ..Default::default() });
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.receive_maximum, Some(2));
    peer.grant();
    assert!(matches!(peer.next(), Got::Unsubscribe { .. }));
    // In one write: none of them can be acknowledged in between.
    peer.raw(&[
        0x34, 6, 0, 1, b'a', 0, 1, 0, 0x34, 6, 0, 1, b'a', 0, 2, 0, 0x34, 6, 0, 1, b'a', 0, 3, 0,
    ]);
    let mut told = peer.next();
    while matches!(told, Got::Pubrec(_)) {
        told = peer.next();
    }
    assert!(matches!(told, Got::Disconnect { reason: Reason::ReceiveMaximumExceeded, .. }));
    drop((peer, running));
}
