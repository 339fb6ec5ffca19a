//! Who lives how long: the broker beside a run that is killed, a run that is suspended.

use std::fs;
use std::path::Path;

use mq::net::clock;
use rustix::process::Signal;

use crate::support::PATIENCE;
use crate::support::broker::{Broker, Got};
use crate::support::mq::{run, start};

#[test]
fn a_broker_of_its_own_ends_with_a_run_that_is_killed() {
    let words = ["bench", "--embedded", "--rate", "10", "--duration", "1h", "--json"];
    let running = start(words);
    running.first_line();
    let id = running.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let broker = children.trim();
    let place = Path::new("/proc").join(broker).join("cmdline");
    let command = fs::read(&place).unwrap();
    assert!(String::from_utf8_lossy(&command).contains("broker"), "{command:?}");
    running.signal(Signal::KILL);
    running.finish();
    let deadline = clock::now() + PATIENCE;
    // One that is no more has no words left, even while nobody has asked how it ended.
    while fs::read(&place).is_ok_and(|words| !words.is_empty()) {
        assert!(clock::now() < deadline, "the broker {broker} lives on");
        std::thread::yield_now();
    }
}

#[test]
fn who_was_suspended_reads_before_it_judges() {
    let broker = Broker::new();
    let port = broker.port();
    let words = ["bench", "connect", "-p", &port, "--clients", "1", "-k", "1", "--json"];
    let running = start(words.into_iter().chain(["--duration", "1h"]));
    let (mut peer, _) = broker.welcome();
    assert!(matches!(peer.next(), Got::Pingreq));
    running.signal(Signal::STOP);
    // The answer is there before the patience of half a second ends, but nobody reads it until
    // long after: until another program has waited for 2 s.
    peer.raw(&[0xD0, 0]);
    run(["sub", "-p", &port, "-W", "2", "-t", "x", "--connect-timeout", "9s"]).exits(5);
    running.signal(Signal::CONT);
    assert!(matches!(peer.next(), Got::Pingreq), "it is still there");
    running.signal(Signal::INT);
    assert!(matches!(peer.next(), Got::Disconnect { .. }));
    running.finish();
}
