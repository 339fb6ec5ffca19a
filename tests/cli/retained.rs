//! `mq sub --retained`: all that a broker keeps, and no message more.

use mq::codec::{Packet, Qos};

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Running, run, start};

/// A subscriber whose SUBSCRIBE is not read yet.
fn asking(broker: &Broker, words: &[&str]) -> (Running, Peer) {
    let running = start(["sub", "--retained", "-p", &broker.port()].iter().chain(words));
    (running, broker.welcome().0)
}

/// Reads what is asked at the beginning: SUBSCRIBE at QoS 0, then PINGREQ behind SUBACK.
#[track_caller]
fn granted(peer: &mut Peer) {
    let filters = peer.grant();
    assert!(filters.iter().all(|(_, options)| options.qos == Qos::AtMostOnce));
    assert_eq!(peer.next(), Got::Pingreq);
}

#[test]
fn all_that_is_retained_is_printed_before_and_behind_every_answer() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a/#", "b", "-v", "--idle", "1s"]);
    let (id, filters) = peer.subscription();
    peer.retained("a/1", b"early", Qos::AtMostOnce, 0);
    peer.suback(id, &vec![0; filters.len()]);
    assert_eq!(peer.next(), Got::Pingreq);
    peer.deliver_all(&[("a/2", b"old", true), ("a/3", b"live", false)]);
    peer.send(Packet::Pingresp);
    peer.deliver_all(&[("b", b"late", true), ("b", b"live", false)]);
    peer.leaves();
    running.finish().exits(0).prints("a/1 early\na/2 old\nb late\n");
}

#[test]
fn nothing_ends_it_before_the_ping_is_answered() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a", "--idle", "0", "-W", "0.5"]);
    granted(&mut peer);
    peer.leaves();
    running.finish().exits(5);
}

#[test]
fn no_retained_message_is_no_error() {
    for words in [&["a"][..], &["a", "--idle", "0"], &["a", "-C", "3"], &["a", "-V", "311"]] {
        let broker = Broker::new();
        let (running, mut peer) = asking(&broker, words);
        granted(&mut peer);
        peer.send(Packet::Pingresp);
        peer.leaves();
        let finished = running.finish().exits(0).prints("");
        assert_eq!(finished.stderr, "", "{words:?}");
    }
}

#[test]
fn a_flood_of_live_messages_keeps_it_from_nothing() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a"]);
    granted(&mut peer);
    peer.retained("a", b"old", Qos::AtMostOnce, 0);
    peer.send(Packet::Pingresp);
    let flood = std::thread::spawn(move || {
        let batch = [0x30, 5, 0, 1, b'a', 0, b'x'].repeat(10_000);
        let mut send = || peer.raw(&batch);
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut send)).is_ok() {}
    });
    running.finish().exits(0).prints("old\n");
    let _ = flood.join();
}

#[test]
fn a_lost_connection_is_the_end_for_all_would_come_again() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a", "-v"]);
    granted(&mut peer);
    peer.retained("a", b"old", Qos::AtMostOnce, 0);
    drop(peer);
    running.finish().exits(3).prints("a old\n").says("lost the connection");
    assert!(broker.is_alone());
}

#[test]
fn all_filters_refused_is_an_error() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a"]);
    let id = peer.subscription().0;
    peer.suback(id, &[0x87]);
    peer.leaves();
    running.finish().exits(4).says("a: not authorized");
}

#[test]
fn json_keeps_the_flag_that_tells_old_from_new() {
    let broker = Broker::new();
    let (running, mut peer) = asking(&broker, &["a", "--json"]);
    let filters = peer.grant();
    assert!(!filters[0].1.retain_as_published);
    assert_eq!(peer.next(), Got::Pingreq);
    peer.deliver_all(&[("a", b"live", false), ("a", b"old", true)]);
    peer.send(Packet::Pingresp);
    peer.leaves();
    let printed = String::from_utf8(running.finish().exits(0).stdout).unwrap();
    assert!(printed.contains(r#""retain":true"#) && printed.contains(r#""payload":"old""#));
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[test]
fn what_asks_for_other_messages_cannot_stand_beside_it() {
    for words in [
        &["a", "--retained", "-R"][..],
        &["a", "--retained", "-q", "1"],
        &["a", "--retained", "--retained-only"],
        &["--retained", "--subscribe", "qos=1 a"],
        &["a", "--retained", "--retain-handling", "never"],
        &["a", "--retained", "-E"],
        &["a", "--idle", "1s"],
        &["--retained", "$share/g/a"],
    ] {
        let finished = run([&["sub"], words].concat()).exits(2);
        assert!(finished.stderr.contains("retained"), "{words:?} {finished:?}");
    }
}

/// So many retained messages below `a`, published by one client.
fn retain(port: &str, count: usize) {
    let mut running = start(["pub", "--tsv", "-q", "1", "-r", "-p", port]);
    let lines: Vec<_> = (0..count).map(|number| format!("a/{number}\t{number}\n")).collect();
    running.feed(lines.concat());
    running.finish().exits(0);
}

/// All are printed, whatever else is published meanwhile; none is left when they are cleared.
fn looked_at_and_cleared(port: &str) {
    const COUNT: usize = 3000;
    retain(port, COUNT);
    let mut live = start(["pub", "-t", "a/live", "-l", "-q", "1", "-p", port]);
    live.write("not retained\n");
    for words in [&["sub", "--retained", "a/+", "-F", "%t"][..], &["clear", "a/+", "--dry-run"]] {
        let printed = run([words, &["-p", port]].concat()).exits(0).stdout;
        let printed = String::from_utf8(printed).unwrap();
        let mut topics: Vec<_> = printed.lines().collect();
        topics.sort_unstable();
        topics.dedup();
        assert_eq!((topics.len(), printed.lines().count()), (COUNT, COUNT), "{words:?}");
    }
    run(["clear", "a/7", "a/8", "-p", port]).exits(0).says("2 retained messages removed");
    let cleared = run(["clear", "a/#", "-p", port]).exits(0);
    assert_eq!(cleared.stdout.split(|byte| *byte == b'\n').count() - 1, COUNT - 2);
    run(["sub", "--retained", "#", "-p", port]).exits(0).prints("");
    live.finish().exits(0);
}

#[test]
fn of_our_broker_all_come_and_all_can_be_cleared() {
    let broker = start(["broker", "-p", "0"]);
    let url = broker.first_line();
    looked_at_and_cleared(url.rsplit_once(':').unwrap().1);
    broker.signal(rustix::process::Signal::TERM);
    broker.finish().exits(0);
}

#[test]
#[ignore = "needs mosquitto"]
fn of_mosquitto_all_come_and_all_can_be_cleared() {
    let broker = Mosquitto::open();
    looked_at_and_cleared(&broker.port);
}
