//! The end of a publisher: what was sent last arrives.

use mq::codec::Qos;

use rustix::process::Signal;

use crate::support::broker::Broker;
use crate::support::mq::start;

/// A closed socket answers what comes by a reset, which takes along what it had not sent yet.
#[test]
fn a_large_message_arrives_though_the_broker_speaks_before_it_has_read_all() {
    const CHUNK: usize = 16 * 1024;
    const CHUNKS: usize = 100;
    let broker = Broker::new();
    let mut running = start(["pub", "-t", "a", "-s", "-p", &broker.port()]);
    running.feed(vec![b'x'; CHUNK * CHUNKS]);
    let (mut peer, _) = broker.welcome();
    let mut all = Vec::new();
    for _ in 0..CHUNKS {
        all.extend(peer.bytes(CHUNK));
        peer.publish("b", b"of the session", Qos::AtMostOnce, 0);
    }
    // Type and length, the topic, no properties.
    let head = all.iter().position(|byte| *byte == b'x').unwrap();
    all.extend(peer.bytes(head));
    assert!(all[head..].iter().all(|byte| *byte == b'x'));
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_signal_ends_the_wait_for_a_broker_that_does_not_close() {
    let broker = Broker::new();
    let mut running = start(["pub", "-t", "a", "-s", "-p", &broker.port()]);
    running.feed(vec![b'x'; 100_000]);
    let (mut peer, _) = broker.welcome();
    assert_eq!(peer.message().payload.len(), 100_000);
    // It says that it is done; this end keeps the connection.
    peer.leaves();
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(Signal::INT.as_raw()));
}
