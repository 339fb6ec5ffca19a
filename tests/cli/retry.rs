//! `--retry`: the first connection is waited for. `--give-up`: a lost one is not, for ever.

use mq::codec::{Qos, Reason, Version};
use mq::net::clock;

use crate::support::broker::Broker;
use crate::support::mq::{run, start};

#[test]
fn a_broker_that_starts_late_is_waited_for() {
    for command in [&["pub", "a", "x"][..], &["sub", "-t", "a", "-C", "1"], &["rr", "a", "x"]] {
        let place = Broker::new().place();
        let running = start(command.iter().chain(&["-h", &place, "--retry", "1m"]));
        running.wait_until_it_says("trying again for 1m");
        let broker = Broker::at(&place);
        let mut peer = broker.welcome().0;
        match command[0] {
            "pub" => {
                peer.take_all();
            }
            "sub" => {
                peer.grant();
                peer.publish("a", b"x", Qos::AtMostOnce, 0);
            }
            _ => {
                peer.grant();
                peer.message();
                running.signal(rustix::process::Signal::TERM);
                assert_eq!(running.finish().signal, Some(15));
                continue;
            }
        }
        let finished = running.finish().exits(0);
        assert_eq!(finished.stderr.lines().count(), 1, "told once: {finished:?}");
    }
}

#[test]
fn a_broker_that_refuses_for_now_is_asked_again_and_one_that_refuses_is_not() {
    let broker = Broker::new();
    let running = start(["pub", "a", "x", "-h", &broker.place(), "--retry", "1m"]);
    for reason in [Reason::ServerUnavailable, Reason::QuotaExceeded, Reason::ServerBusy] {
        let mut peer = broker.accept();
        peer.hello();
        peer.refuse(reason);
    }
    let mut peer = broker.accept();
    peer.hello();
    peer.refuse(Reason::BadUserNameOrPassword);
    running.finish().exits(4).says("bad user name or password");
    assert!(broker.is_alone());
}

#[test]
fn after_the_time_it_fails_as_it_does_at_once_without() {
    let place = Broker::new().place();
    let begun = clock::now();
    let finished = run(["pub", "a", "x", "-h", &place, "--retry", "300ms"]).exits(3);
    assert!(begun.elapsed().as_millis() >= 300, "{:?}", begun.elapsed());
    let (first, last) = finished.stderr.split_once('\n').unwrap();
    assert!(first.ends_with("trying again for 300ms"), "{finished:?}");
    assert!(last.starts_with("mq: no broker at"), "{finished:?}");
    run(["pub", "a", "x", "-h", &place, "--retry", "0"]).exits(2);
}

#[test]
fn a_time_limit_ends_the_wait_for_a_broker() {
    let place = Broker::new().place();
    for command in [&["sub", "-t", "a"][..], &["rr", "a", "x"]] {
        run(command.iter().chain(&["-h", &place, "--retry", "1h", "-W", "300ms"])).exits(5);
    }
}

#[test]
fn who_closes_before_it_is_ready_is_asked_in_version_5_again() {
    let broker = Broker::new();
    let running = start(["pub", "a", "x", "-h", &broker.place(), "--retry", "1m"]);
    for version in [Version::V5, Version::V311, Version::V5, Version::V311] {
        assert_eq!(broker.accept().hello().version, version);
    }
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.version, Version::V5);
    peer.take_all();
    running.finish().exits(0);
}

#[test]
fn all_hosts_are_tried_in_turn_until_one_is_there() {
    let (one, two) = (Broker::new().place(), Broker::new().place());
    let running = start(["pub", "a", "x", "-h", &one, "-h", &two, "--retry", "1m"]);
    running.wait_until_it_says("trying again for 1m");
    let broker = Broker::at(&two);
    broker.welcome().0.take_all();
    running.finish().exits(0);
}

#[test]
fn a_lost_connection_is_given_up_after_a_time() {
    for command in [&["sub", "-t", "a"][..], &["pub", "a", "-l"]] {
        let broker = Broker::new();
        let place = broker.place();
        let mut running = start(command.iter().chain(&["-h", &place, "--give-up", "200ms"]));
        let mut peer = broker.welcome().0;
        if command[0] == "sub" {
            peer.grant();
        } else {
            running.write("x\n");
            peer.message();
        }
        drop((peer, broker));
        running.finish().exits(3).says("gave up on").says("after 200ms");
    }
}
