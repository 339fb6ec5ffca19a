//! `-D`: properties of MQTT 5, from the command line to the packet.

use mq::codec::{Property, PropertyBuffer, Publish, Qos, Reason, Version};

use crate::support::broker::{Broker, Got, Peer, buffer};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Running, run, start};

fn listed(properties: &PropertyBuffer) -> String {
    format!("{:?}", properties.as_properties())
}

/// Starts with words that have no space in them.
fn begin(broker: &Broker, words: &str) -> Running {
    let port = broker.port();
    start(words.split(' ').chain(["-p", &port]))
}

/// Takes the rest of a run that publishes or waits for nothing.
fn end(running: Running, peer: &mut Peer) -> PropertyBuffer {
    let Got::Disconnect { reason, properties, .. } = peer.next() else { panic!("DISCONNECT") };
    assert_eq!(reason, Reason::Success);
    assert_eq!(peer.next(), Got::Closed);
    running.finish().exits(0);
    properties
}

#[test]
fn every_packet_carries_its_own() {
    let broker = Broker::new();
    let running = begin(
        &broker,
        "pub -D publish user-property a b -t -D -D publish content-type -m -m x \
         -D connect receive-maximum 9 -D connect user-property -D -D \
         --will-topic w -D will will-delay-interval 7 -D disconnect user-property bye now \
         -D publish correlation-data hex:00ff -D unsubscribe user-property un used",
    );
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.version, Version::V5);
    assert_eq!(listed(&hello.properties), r#"[ReceiveMaximum(9), UserProperty("-D", "-D")]"#);
    let (topic, properties) = hello.will.unwrap();
    assert_eq!((topic.as_str(), listed(&properties).as_str()), ("w", "[WillDelayInterval(7)]"));
    let message = peer.message();
    assert_eq!((message.topic.as_str(), message.payload.as_slice()), ("-D", &b"x"[..]));
    assert_eq!(
        listed(&message.properties),
        r#"[UserProperty("a", "b"), ContentType("-m"), CorrelationData([0, 255])]"#
    );
    assert_eq!(listed(&end(running, &mut peer)), r#"[UserProperty("bye", "now")]"#);
}

#[test]
fn a_subscription_carries_its_own_on_every_connection() {
    let broker = Broker::new();
    let words = "sub -t a -D subscribe subscription-identifier 5 --property subscribe user-property k v \
                 -D connect session-expiry-interval 0 -E -c -i me";
    let running = begin(&broker, words);
    let (mut peer, hello) = broker.welcome();
    // What the user says of the session's end wins over what -c would.
    assert_eq!(listed(&hello.properties), "[SessionExpiryInterval(0)]");
    let Got::Subscribe { id, properties, .. } = peer.next() else { panic!("SUBSCRIBE") };
    assert_eq!(listed(&properties), r#"[SubscriptionIdentifier(5), UserProperty("k", "v")]"#);
    peer.suback(id, &[0]);
    end(running, &mut peer);
}

#[test]
fn every_line_carries_them_at_every_qos() {
    for (qos, count) in [("0", 3), ("1", 3), ("2", 3)] {
        let broker = Broker::new();
        let running = begin(
            &broker,
            &format!("pub -t a -m x --repeat 3 -q {qos} -D publish user-property k v"),
        );
        let mut peer = broker.welcome().0;
        let messages = peer.take_all();
        assert_eq!(messages.len(), count);
        for message in messages {
            assert_eq!(listed(&message.properties), r#"[UserProperty("k", "v")]"#);
        }
        drop(peer);
        running.finish().exits(0);
    }
}

#[test]
fn what_the_user_says_of_a_session_is_not_said_otherwise() {
    for (words, connect, disconnect) in [
        ("", Some(3600), Some(0)),
        (" -D connect session-expiry-interval 60", Some(60), None),
        (" -D connect session-expiry-interval 0", Some(0), None),
        (
            " -D connect session-expiry-interval 60 -D disconnect session-expiry-interval 9",
            Some(60),
            Some(9),
        ),
    ] {
        let broker = Broker::new();
        let running = begin(&broker, &format!("pub -t a -m x --repeat 2 -q 1{words}"));
        let (mut peer, hello) = broker.welcome();
        assert_eq!(hello.session_expiry, connect, "{words}");
        for _ in 0..2 {
            let message = peer.message();
            peer.puback(message.id, Reason::Success);
        }
        let Got::Disconnect { session_expiry, .. } = peer.next() else { panic!("DISCONNECT") };
        assert_eq!(session_expiry, disconnect, "{words}");
        assert_eq!(peer.next(), Got::Closed);
        running.finish().exits(0);
    }
}

#[test]
fn each_is_in_its_packet_byte_for_byte() {
    let broker = Broker::new();
    let running = begin(
        &broker,
        "sub -t a -U b -q 1 -E -D connect user-property c v -D connect session-expiry-interval 9 \
         -D subscribe user-property s v -D subscribe subscription-identifier 300 \
         -D unsubscribe user-property u v \
         -D disconnect user-property d v -D disconnect session-expiry-interval 7",
    );
    let mut peer = broker.accept();
    // The length of the properties, then the user's own, and nothing twice.
    assert_eq!(
        peer.bytes(27),
        b"\x10\x19\0\x04MQTT\x05\x02\0\x3c\x0c\x26\0\x01c\0\x01v\x11\0\0\0\x09\0\0"
    );
    peer.speaks(Version::V5);
    peer.connack(false, &[]);
    assert_eq!(peer.bytes(19), b"\x82\x11\0\x01\x0a\x26\0\x01s\0\x01v\x0b\xac\x02\0\x01a\x01");
    assert_eq!(peer.bytes(15), b"\xa2\x0d\0\x02\x07\x26\0\x01u\0\x01v\0\x01b");
    peer.suback(1, &[1]);
    assert_eq!(peer.bytes(16), b"\xe0\x0e\0\x0c\x26\0\x01d\0\x01v\x11\0\0\0\x07");
    assert_eq!(peer.next(), Got::Closed);
    running.finish().exits(0);
}

/// A message whose topic is told by an alias, or given one.
fn deliver_aliased(peer: &mut Peer, topic: &str, alias: u16) {
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

#[test]
fn aliases_are_taken_up_to_what_was_granted() {
    let broker = Broker::new();
    let running = begin(&broker, "sub -t a -C 4 -F %t -D connect topic-alias-maximum 2");
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.alias_maximum, Some(2));
    peer.grant();
    for (topic, alias) in [("one", 1), ("two", 2), ("", 1), ("", 3)] {
        deliver_aliased(&mut peer, topic, alias);
    }
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::TopicAliasInvalid, .. }));
    drop(peer);
    // On the next connection no alias has a meaning yet.
    let mut peer = broker.welcome().0;
    peer.grant();
    deliver_aliased(&mut peer, "two again", 2);
    peer.leaves();
    running.finish().exits(0).prints("one\ntwo\none\ntwo again\n");
}

#[test]
fn a_packet_above_the_maximum_size_is_refused() {
    let broker = Broker::new();
    let running = begin(&broker, "sub -t a -C 2 -F %l -D connect maximum-packet-size 100");
    let mut peer = broker.welcome().0;
    peer.grant();
    // Two bytes of header, three of topic, one of properties.
    peer.publish("a", &[b'x'; 94], Qos::AtMostOnce, 0);
    peer.publish("a", &[b'x'; 95], Qos::AtMostOnce, 0);
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::PacketTooLarge, .. }));
    drop(peer);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("94\n0\n");
}

#[test]
fn a_receive_maximum_that_is_asked_for_wins_over_the_count_and_is_kept() {
    let broker = Broker::new();
    let running = begin(&broker, "sub -t a -q 2 -C 3 -D connect receive-maximum 2");
    let (mut peer, hello) = broker.welcome();
    assert_eq!(listed(&hello.properties), "[ReceiveMaximum(2)]");
    peer.grant();
    // In one write: none of them can be acknowledged in between.
    peer.raw(&[
        0x34, 6, 0, 1, b'a', 0, 1, 0, 0x34, 6, 0, 1, b'a', 0, 2, 0, 0x34, 6, 0, 1, b'a', 0, 3, 0,
    ]);
    let mut told = peer.next();
    while matches!(told, Got::Pubrec(_)) {
        told = peer.next();
    }
    assert!(matches!(told, Got::Disconnect { reason: Reason::ReceiveMaximumExceeded, .. }));
    running.signal(rustix::process::Signal::TERM);
    drop(peer);
    assert_eq!(running.finish().signal, Some(15));
}

#[test]
fn no_older_version_is_spoken_with_properties() {
    for words in
        ["pub -t a -m x -D publish content-type t", "sub -t a -D publish user-property k v"]
    {
        let broker = Broker::new();
        begin(&broker, &format!("{words} -V 311")).finish().exits(2).says("it needs MQTT 5");
        let running = begin(&broker, words);
        let mut peer = broker.accept();
        assert_eq!(peer.hello().version, Version::V5);
        peer.refuse(Reason::UnsupportedProtocolVersion);
        drop(peer);
        running.finish().exits(4).says("unsupported protocol version");
        assert!(broker.is_alone());
    }
}

#[test]
fn a_topic_alias_that_the_broker_does_not_take_is_not_sent() {
    let broker = Broker::new();
    let running = begin(&broker, "pub -t a -m x -D publish topic-alias 3");
    let mut peer = broker.welcome().0;
    peer.leaves();
    running.finish().exits(4).says("topic alias 3 is not served by the broker, which takes none");
}

#[test]
fn mistakes_are_told_before_anything_connects() {
    let broker = Broker::new();
    for (words, told) in [
        (
            "-D connect content-type x",
            "mq: content-type property not allowed for connect in --property",
        ),
        (
            "-D publish nonsense x",
            "mq: invalid property name nonsense given in --property argument\n",
        ),
        (
            "-D publish topic-alias 0",
            "mq: property value (0) out of range for property topic-alias\n",
        ),
        (
            "-D publish correlation-data hex:0",
            "value is not hexadecimal for property correlation-data",
        ),
        (
            "-D publish topic-alias 1 -D publish topic-alias 1",
            "duplicate property topic-alias for publish",
        ),
        ("-D publish user-property k", "not enough arguments specified"),
        ("-D publish content-type", "3 values required"),
        ("-D connect authentication-data x", "authentication-data needs authentication-method"),
    ] {
        let port = broker.port();
        run(["pub", "-t", "a", "-m", "x", "-p", &port].into_iter().chain(words.split(' ')))
            .exits(2)
            .says(told);
    }
    assert!(broker.is_alone());
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn mosquitto_takes_all_of_them() {
    let broker = Mosquitto::open();
    let words = "pub -t a -m x -r -q 1 -D publish content-type t -D publish correlation-data base64:/w== \
                 -D publish message-expiry-interval 1000000 -D publish payload-format-indicator 1 \
                 -D publish response-topic r -D publish user-property k v -D publish topic-alias 2 \
                 -D connect session-expiry-interval 5 -D connect maximum-packet-size 100000 \
                 -D connect topic-alias-maximum 3 -D connect request-problem-information 1 \
                 -D connect request-response-information 1 -D disconnect session-expiry-interval 0 \
                 -D disconnect user-property k v -D disconnect reason-string bye \
                 --will-topic w -D will content-type t -D will will-delay-interval 3";
    run(words.split(' ').chain(["-p", &broker.port])).exits(0);
    let format = "%C %x %F %R %P %S %p";
    let words = ["-t", "a", "-C", "1", "-p", &broker.port, "-D", "subscribe"];
    let words = words.into_iter().chain(["subscription-identifier", "9", "-F", format]);
    let words: Vec<_> = words.collect();
    let theirs = std::process::Command::new("mosquitto_sub").args(&words).output().unwrap();
    let ours = run(std::iter::once("sub").chain(words)).exits(0);
    assert_eq!(String::from_utf8_lossy(&ours.stdout), "t 78 1 r k:v 9 x\n");
    assert_eq!(ours.stdout, theirs.stdout);
}
