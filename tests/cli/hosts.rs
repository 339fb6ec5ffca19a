//! Several brokers: each is tried when there is no connection to those before it.

use mq::codec::{Qos, Reason};

use crate::support::broker::Broker;
use crate::support::mq::{run, start};

/// Where nothing listens: a place that was free a moment ago.
fn closed() -> String {
    Broker::new().place()
}

#[test]
fn the_first_that_takes_the_connection_gets_the_message() {
    let broker = Broker::new();
    let (closed, place) = (closed(), broker.place());
    let words = ["pub", "a", "x", "-h", &closed, "-h", "no-such.invalid", "-h", &place];
    let running = start(words);
    let mut peer = broker.welcome().0;
    assert_eq!(peer.message().payload, b"x");
    peer.leaves();
    running.finish().exits(0);
    // Those behind it are left alone.
    let other = Broker::new();
    let running = start(["pub", "a", "x", "-h", &place, "-h", &other.place()]);
    broker.welcome().0.take_all();
    running.finish().exits(0);
    assert!(other.is_alone());
}

#[test]
fn all_that_were_tried_are_named() {
    let (one, two) = (closed(), closed());
    for command in [&["pub", "a", "x"][..], &["sub", "-t", "a"], &["rr", "a", "x"]] {
        let hosts = ["-h", &one, "-h", "no-such.invalid:7", "-h", &two];
        let finished = run(command.iter().chain(&hosts)).exits(3);
        let finished = finished
            .says("no connection to any of 3 brokers: ")
            .says(&format!("{one} refused the connection; "))
            .says("cannot look up the name no-such.invalid")
            .says(&format!("{two} refused the connection\n"));
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}

#[test]
fn a_broker_that_is_busy_is_passed_over_and_one_that_refuses_is_not() {
    for reason in [Reason::ServerBusy, Reason::ServerUnavailable, Reason::UseAnotherServer] {
        let (busy, broker) = (Broker::new(), Broker::new());
        let running = start(["pub", "a", "x", "-h", &busy.place(), "-h", &broker.place()]);
        let mut peer = busy.accept();
        peer.hello();
        peer.refuse(reason);
        broker.welcome().0.take_all();
        running.finish().exits(0);
    }
    let (strict, other) = (Broker::new(), Broker::new());
    let running = start(["pub", "a", "x", "-h", &strict.place(), "-h", &other.place()]);
    let mut peer = strict.accept();
    peer.hello();
    peer.refuse(Reason::NotAuthorized);
    running.finish().exits(4).says("not authorized");
    assert!(other.is_alone());
}

#[test]
fn where_one_refused_and_one_was_not_there_the_broker_refused() {
    let (busy, closed) = (Broker::new(), closed());
    let running = start(["pub", "a", "x", "-h", &busy.place(), "-h", &closed]);
    let mut peer = busy.accept();
    peer.hello();
    peer.refuse(Reason::ServerBusy);
    running.finish().exits(4).says("server busy").says(&closed);
}

#[test]
fn a_lost_connection_is_tried_at_each_of_them_again() {
    let (first, second) = (Broker::new(), Broker::new());
    let words = ["sub", "-t", "a", "-C", "2", "-h", &first.place(), "-h", &second.place()];
    let running = start(words);
    let mut peer = first.welcome().0;
    peer.grant();
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    running.wait_until_it_prints("one\n");
    let place = second.place();
    drop((first, peer));
    let mut peer = second.welcome().0;
    peer.grant();
    running.wait_until_it_says(&format!("connected to {place} again"));
    peer.publish("a", b"two", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\ntwo\n");
}

#[test]
fn lines_go_on_at_the_other_broker() {
    let (first, second) = (Broker::new(), Broker::new());
    let words = ["pub", "a", "-l", "-q", "1", "-h", &first.place(), "-h", &second.place()];
    let mut running = start(words);
    running.write("one\ntwo\n");
    let mut peer = first.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::Success);
    assert_eq!(peer.message().payload, b"two");
    drop((first, peer));
    let mut peer = second.welcome().0;
    let again = peer.message();
    // Another broker does not know the session: it is no repeat there.
    assert_eq!((again.payload.as_slice(), again.dup), (&b"two"[..], false));
    peer.puback(again.id, Reason::Success);
    running.feed("three\n");
    assert_eq!(peer.take_all()[0].payload, b"three");
    running.finish().exits(0);
}

#[test]
fn urls_have_their_logins_each() {
    let (busy, broker) = (Broker::new(), Broker::new());
    let one = format!("mqtt://me:one@{}/t%20a", busy.place());
    let two = format!("mqtt://%C3%BC:t%3Awo@{}", broker.place());
    let running = start(["pub", "-m", "x", "-L", &one, "-L", &two]);
    let mut peer = busy.accept();
    let hello = peer.hello();
    assert_eq!(hello.username.as_deref(), Some("me"));
    assert_eq!(hello.password.as_deref(), Some(&b"one"[..]));
    peer.refuse(Reason::ServerBusy);
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.username.as_deref(), Some("ü"));
    assert_eq!(hello.password.as_deref(), Some(&b"t:wo"[..]));
    assert_eq!(peer.message().topic, "t a");
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn each_host_speaks_its_own_version() {
    let (old, new) = (Broker::new(), Broker::new());
    let running = start(["pub", "a", "x", "-h", &old.place(), "-h", &new.place()]);
    drop(old.accept());
    drop(old.accept());
    let (mut peer, hello) = new.welcome();
    assert!(hello.version.is_v5());
    peer.take_all();
    running.finish().exits(0);
}

#[test]
fn an_address_of_ipv6_is_taken_in_each_form() {
    // Nothing listens there, and the machine may have no such addresses at all.
    let port = Broker::new().port();
    let (place, url) = (format!("[::1]:{port}"), format!("mqtt://[::1]:{port}/a"));
    for words in [
        &["-h", &*place][..],
        &["-h", "::1", "-p", &port],
        &["-h", "[::1]", "-p", &port],
        &["-L", &url],
        &["-h", "127.0.0.1:1", "-h", &place, "-p", "2"],
    ] {
        run(["pub", "-t", "a", "-m", "x"].iter().chain(words)).exits(3).says(&place);
    }
}

#[test]
fn what_is_no_host_is_told_without_itself() {
    for (host, says) in [
        ("mqtt://u:hunter2@h", "a URL is for -L"),
        ("u:hunter2@h", "a login is for -u"),
        ("h:hunter2", "the port is not from 1 to 65535"),
        ("h:0", "the port is not from 1 to 65535"),
        ("[::1", "without its `]`"),
        (":7", "there is no host in it"),
    ] {
        let finished = run(["pub", "a", "x", "-h", host]).exits(2).says(says).says("-h takes");
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
}
