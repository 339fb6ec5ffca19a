//! `mq rr` in sessions that last, and beside a broker or a reader that gives it no rest.

use mq::codec::{PropertyBuffer, Qos};

use super::request::{ask, correlated, deliver_at, request};
use crate::support::broker::{Broker, Got, Peer};

/// A message of an earlier subscription of the session.
fn foreign(peer: &mut Peer, qos: Qos, id: u16, properties: &PropertyBuffer) {
    deliver_at(peer, "other", b"not for you", properties, qos, id, false);
}

#[test]
fn messages_on_other_topics_are_no_answers_and_stay_with_the_broker() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let running = ask(&broker, &["-e", "back", "-m", "x", "-c", "-i", "me", "-V", version]);
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(true, &[]);
        let none = PropertyBuffer::new();
        foreign(&mut peer, Qos::AtLeastOnce, 7, &none);
        peer.grant();
        let asked = request(&mut peer);
        foreign(&mut peer, Qos::AtMostOnce, 0, &none);
        foreign(&mut peer, Qos::AtLeastOnce, 8, &none);
        foreign(&mut peer, Qos::ExactlyOnce, 9, &none);
        let data = correlated(asked.correlation.as_ref());
        foreign(&mut peer, Qos::AtLeastOnce, 10, &data);
        deliver_at(&mut peer, "back", b"yours", &data, Qos::AtLeastOnce, 11, false);
        assert_eq!(peer.next(), Got::Puback(11), "and of no other");
        peer.leaves();
        let finished = running.finish().exits(0).prints("yours\n");
        assert!(!finished.stderr.contains("were ignored"), "{}", finished.stderr);
        finished.says("5 messages on other topics than back came");
    }
}
