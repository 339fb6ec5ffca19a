//! `mq rr` without an answer: in vain, refused, cut off, interrupted.

use mq::codec::{Property, Reason};
use rustix::process::Signal;

use super::request::{answer, ask, let_pass, lines, request};
use crate::support::broker::{Broker, Got};

#[test]
fn no_answer_in_time_is_told_with_the_topic() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x", "-W", "0.2"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    request(&mut peer);
    peer.leaves();
    running.finish().exits(5).prints("").says("no answer on back within 200ms").says("-q 1");
}

#[test]
fn a_broker_that_never_grants_is_waited_for_no_longer() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x", "-W", "0.2"]);
    let mut peer = broker.welcome().0;
    peer.subscription();
    peer.leaves();
    running.finish().exits(5).says("timed out after 200ms");
}

#[test]
fn lines_without_an_answer_are_told_by_their_numbers_and_the_rest_goes_on() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l", "--in-flight", "4", "-W", "2"]);
    running.feed(lines(6));
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked: Vec<_> = (0..4).map(|_| request(&mut peer)).collect();
    let_pass(500);
    answer(&mut peer, &asked[1], b"two");
    let fifth = request(&mut peer);
    answer(&mut peer, &fifth, b"five");
    let sixth = request(&mut peer);
    running.wait_until_it_says("requests 1, 3-4 are not answered within 2s");
    // Too late.
    answer(&mut peer, &asked[0], b"one");
    answer(&mut peer, &sixth, b"six");
    peer.leaves();
    let finished = running.finish().exits(5).prints("two\nfive\nsix\n");
    finished
        .says("3 of 6 requests were not answered in time")
        .says("1 message on back was ignored");
}

#[test]
fn nobody_subscribed_is_told_at_once() {
    for (qos, words) in [("1", &["-m", "x"][..]), ("2", &["-m", "x"]), ("1", &["-l"])] {
        let broker = Broker::new();
        let mut running = ask(&broker, &[&["-e", "back", "-q", qos], words].concat());
        if words == ["-l"] {
            running.feed("x\n");
        }
        let mut peer = broker.welcome().0;
        peer.grant();
        let id = request(&mut peer).message.id.to_be_bytes();
        let header = if qos == "1" { 0x40 } else { 0x50 };
        let code = Reason::NoMatchingSubscribers.code();
        peer.raw(&[header, 3, id[0], id[1], code]);
        if qos == "2" {
            // Not an error to the protocol: the exchange may go on to its end.
            while !matches!(peer.next(), Got::Disconnect { .. }) {}
        } else {
            peer.leaves();
        }
        running.finish().exits(4).says("nobody is subscribed to ask");
    }
}

#[test]
fn a_refused_request_is_not_waited_for_and_the_rest_goes_on() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l", "-q", "1"]);
    running.feed(lines(2));
    let mut peer = broker.welcome().0;
    peer.grant();
    let first = request(&mut peer);
    peer.puback(first.message.id, Reason::NotAuthorized);
    let second = request(&mut peer);
    peer.puback(second.message.id, Reason::Success);
    answer(&mut peer, &second, b"two");
    peer.leaves();
    let words = "1 of 2 requests refused, the first is number 1: not authorized";
    running.finish().exits(4).prints("two\n").says(words);
}

#[test]
fn a_request_that_the_broker_announced_as_too_large_is_not_sent() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", &"x".repeat(200)]);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, &[Property::MaximumPacketSize(100)]);
    peer.grant();
    peer.leaves();
    running.finish().exits(4).says("takes 100 at most");
}

#[test]
fn a_refused_subscription_is_an_error() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x"]);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.suback(id, &[Reason::NotAuthorized.code()]);
    peer.leaves();
    running.finish().exits(4).says("refused back: not authorized");
}

#[test]
fn a_suback_with_another_number_of_codes_is_objected_to() {
    for codes in [&[][..], &[0, 0]] {
        let broker = Broker::new();
        let running = ask(&broker, &["-e", "back", "-m", "x"]);
        let mut peer = broker.welcome().0;
        let id = peer.subscription().0.to_be_bytes();
        let length = u8::try_from(codes.len() + 3).unwrap();
        peer.raw(&[&[0x90, length, id[0], id[1], 0], codes].concat());
        assert!(matches!(peer.next(), Got::Disconnect { reason, .. } if reason.is_error()));
        drop(peer);
        running.finish().exits(3);
    }
}

#[test]
fn a_lost_link_is_an_error_and_tells_who_waited() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l", "--in-flight", "3"]);
    running.feed(lines(3));
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked: Vec<_> = (0..3).map(|_| request(&mut peer)).collect();
    answer(&mut peer, &asked[0], b"one");
    drop(peer);
    let finished = running.finish().exits(3).prints("one\n").says("lost the connection");
    finished.says("2 of 3 requests were still waiting for answers");
    assert!(broker.is_alone());
}

#[test]
fn a_signal_ends_it_in_order_at_every_stage() {
    for stage in 0..3 {
        let broker = Broker::new();
        let running = ask(&broker, &["-e", "back", "-m", "x"]);
        let mut peer = broker.accept();
        peer.hello();
        if stage > 0 {
            peer.connack(false, &[]);
            let id = peer.subscription().0;
            if stage > 1 {
                peer.suback(id, &[0]);
                request(&mut peer);
            }
        }
        running.signal(Signal::INT);
        if stage > 0 {
            peer.leaves();
        } else {
            assert_eq!(peer.next(), Got::Closed);
        }
        assert_eq!(running.finish().signal, Some(2), "{stage}");
    }
}
