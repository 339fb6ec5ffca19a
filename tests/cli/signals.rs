//! SIGINT and SIGTERM.

use mq::codec::Qos;
use mq::net::clock;
use rustix::process::Signal;

use crate::support::broker::{Broker, Got};
use crate::support::mq::start;

#[test]
fn a_signal_leads_to_disconnect_and_to_the_death_that_shells_expect() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        for words in [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-l", "-q", "1"]] {
            let broker = Broker::new();
            let mut running = start(words.iter().copied().chain(["-p", &broker.port()]));
            let mut peer = broker.welcome().0;
            if words[0] == "sub" {
                peer.grant();
            } else {
                running.write("x\n");
                peer.message();
            }
            running.signal(signal);
            loop {
                match peer.next() {
                    Got::Disconnect { .. } => break,
                    Got::Subscribe { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            let finished = running.finish();
            assert_eq!(finished.signal, Some(number), "{finished:?}");
            if words[0] == "pub" {
                finished.says("1 messages are not acknowledged");
            }
        }
    }
}

#[test]
fn a_signal_while_connecting_ends_it() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    let mut peer = broker.accept();
    peer.hello();
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
}

#[test]
fn a_second_signal_ends_at_once() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-q", "1", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtLeastOnce, 1);
    assert_eq!(peer.next(), Got::Puback(1));
    running.signal(Signal::INT);
    // Having acknowledged something, it waits a second for the broker to close.
    assert!(matches!(peer.next(), Got::Disconnect { .. }));
    assert_eq!(peer.next(), Got::Closed);
    let begin = clock::now();
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
    assert!(begin.elapsed().as_millis() < 800, "{:?}", begin.elapsed());
}

#[test]
fn a_signal_ends_the_wait_for_the_command() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        let broker = Broker::new();
        // It holds neither of the pipes that are read to their end.
        let script = "echo waits >&2; exec sleep 5 >/dev/null 2>&1";
        let words = ["sub", "-t", "a", "-C", "1", "-p", &broker.port(), "--", "sh", "-c", script];
        let running = start(words);
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
        peer.leaves();
        running.wait_until_it_says("waits");
        running.signal(signal);
        assert_eq!(running.finish().signal, Some(number));
    }
}

#[test]
fn what_is_not_acknowledged_is_told_without_a_connection_too() {
    let broker = Broker::new();
    let words = ["pub", "-t", "a", "-l", "-q", "1", "-p", &broker.port()];
    let mut running = start(words);
    let mut peer = broker.welcome().0;
    running.write("one\ntwo\n");
    peer.message();
    let id = peer.message().id;
    peer.puback(id, mq::codec::Reason::QuotaExceeded);
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    drop((peer, broker));
    running.wait_until_it_says("trying again");
    running.signal(Signal::TERM);
    let finished = running.finish();
    assert_eq!(finished.signal, Some(15));
    finished.says("2 messages are not acknowledged");
}
