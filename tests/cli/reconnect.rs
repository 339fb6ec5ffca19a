//! Links that break.

use mq::codec::{Property, Qos, Reason};
use mq::net::clock;

use crate::support::broker::{Broker, Got, Message, Peer};
use crate::support::mq::{Running, start};

fn lines_to(broker: &Broker, words: &[&str]) -> Running {
    let mut running = start(["pub", "-t", "a", "-l", "-p", &broker.port()].iter().chain(words));
    let lines: Vec<u8> = (1..=50).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    running.feed(lines);
    running
}

fn payloads(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|m| String::from_utf8(m.payload.clone()).unwrap()).collect()
}

fn numbers(from: usize, to: usize) -> Vec<String> {
    (from..=to).map(|number| number.to_string()).collect()
}

#[test]
fn a_cut_in_the_middle_of_a_window_resumes_with_the_same_identifiers() {
    let broker = Broker::new();
    let running = lines_to(&broker, &["-q", "2"]);
    let (mut first, hello) = broker.welcome();
    let sent: Vec<_> = (0..50).map(|_| first.message()).collect();
    // 1 to 10 complete, 11 to 20 half way, the rest unanswered.
    for message in &sent[..20] {
        first.pubrec(message.id);
    }
    for message in &sent[..20] {
        assert_eq!(first.next(), Got::Pubrel(message.id));
    }
    for message in &sent[..10] {
        first.pubcomp(message.id);
    }
    // A round trip proves that the client has read it all.
    first.pubrel(77);
    assert_eq!(first.next(), Got::Pubcomp(77));
    drop(first);

    let mut second = broker.accept();
    let again = second.hello();
    assert!(hello.clean && !again.clean);
    assert_eq!(hello.client_id, again.client_id);
    second.connack(true, &[]);
    for message in &sent[10..20] {
        assert_eq!(second.next(), Got::Pubrel(message.id));
        second.pubcomp(message.id);
    }
    for message in &sent[20..] {
        let repeated = second.message();
        assert_eq!(repeated, Message { dup: true, ..message.clone() });
        second.pubrec(message.id);
    }
    assert!(second.take_all().is_empty(), "no message is sent a second time");
    let finished = running.finish().exits(0);
    assert!(!finished.stderr.contains("twice"), "{}", finished.stderr);
    assert_eq!(finished.stderr.matches("trying again").count(), 1);
    assert_eq!(finished.stderr.matches("again, the session goes on").count(), 1);
}

#[test]
fn without_a_session_unacknowledged_lines_are_new_and_possible_duplicates_are_counted() {
    for (qos, version, told) in [("1", "5", false), ("2", "5", true), ("2", "311", true)] {
        let broker = Broker::new();
        let running = lines_to(&broker, &["-q", qos, "-V", version]);
        let mut first = broker.welcome().0;
        let window = if version == "311" { 20 } else { 50 };
        let sent: Vec<_> = (0..window).map(|_| first.message()).collect();
        drop(first);
        let (mut second, hello) = broker.welcome();
        assert_eq!(hello.clean, version == "311");
        let messages = second.take_all();
        assert_eq!(payloads(&messages), numbers(1, 50));
        assert!(messages.iter().all(|message| !message.dup));
        let finished = running.finish().exits(0);
        let words = format!("{} messages were sent again", sent.len());
        assert_eq!(finished.stderr.contains(&words), told, "{}", finished.stderr);
    }
}

#[test]
fn at_qos_0_lines_that_never_left_are_sent_on_the_next_link() {
    let broker = Broker::new();
    let mut running = start(["pub", "-t", "a", "-l", "-p", &broker.port()]);
    let mut first = broker.welcome().0;
    running.write("one\n");
    assert_eq!(first.message().payload, b"one");
    first.disconnect(Reason::ServerShuttingDown, &[]);
    drop(first);
    let mut second = broker.welcome().0;
    running.feed("two\nthree\n");
    assert_eq!(payloads(&second.take_all()), ["two", "three"]);
    running.finish().exits(0).says("server shutting down");
}

#[test]
fn giving_up_has_its_time() {
    let broker = Broker::new();
    let running = lines_to(&broker, &["-q", "1", "--give-up", "300ms"]);
    let peer = broker.welcome().0;
    drop((peer, broker));
    running.finish().exits(3).says("gave up");
}

#[test]
fn a_busy_broker_is_tried_again_on_reconnect_only() {
    let broker = Broker::new();
    let running = lines_to(&broker, &["-q", "1"]);
    drop(broker.welcome().0);
    for reason in [Reason::ServerUnavailable, Reason::ServerBusy, Reason::QuotaExceeded] {
        let mut peer = broker.accept();
        peer.hello();
        peer.refuse(reason);
    }
    assert_eq!(broker.welcome().0.take_all().len(), 50);
    running.finish().exits(0);
}

#[test]
fn a_refusal_on_reconnect_is_final() {
    let broker = Broker::new();
    let running = lines_to(&broker, &["-q", "1"]);
    drop(broker.welcome().0);
    let mut peer = broker.accept();
    peer.hello();
    peer.refuse(Reason::BadUserNameOrPassword);
    running.finish().exits(4).says("bad user name or password");
}

#[test]
fn a_subscription_is_made_again_where_the_session_is_gone() {
    for present in [false, true] {
        let broker = Broker::new();
        let words = ["sub", "-t", "a", "-t", "b", "-C", "2", "-q", "1", "-c", "-i", "me"];
        let running = start(words.iter().copied().chain(["-p", &broker.port()]));
        let (mut first, hello) = broker.welcome();
        assert!(!hello.clean && hello.session_expiry == Some(u32::MAX));
        assert_eq!(first.grant().len(), 2);
        first.publish("a", b"one", Qos::AtLeastOnce, 1);
        assert_eq!(first.next(), Got::Puback(1));
        drop(first);
        let mut second = broker.accept();
        second.hello();
        second.connack(present, &[]);
        if !present {
            assert_eq!(second.grant().len(), 2);
        }
        second.publish("b", b"two", Qos::AtLeastOnce, 1);
        assert_eq!(second.next(), Got::Puback(1));
        second.leaves();
        running.finish().exits(0).prints("one\ntwo\n");
    }
}

#[test]
fn a_link_that_is_lost_and_regained_is_told_once_each_way() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-C", "2", "-p", &broker.port()]);
    let mut first = broker.welcome().0;
    first.grant();
    first.publish("a", b"one", Qos::AtMostOnce, 0);
    drop(first);
    for _ in 0..3 {
        broker.accept().hello();
    }
    let mut second = broker.welcome().0;
    second.grant();
    second.publish("a", b"two", Qos::AtMostOnce, 0);
    second.leaves();
    let told = running.finish().exits(0).prints("one\ntwo\n").stderr;
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("mq: lost") && lines[0].ends_with("trying again"), "{told}");
    assert!(lines[1].starts_with("mq: connected to") && lines[1].ends_with("again"), "{told}");
}

#[test]
fn a_qos_2_message_is_printed_once_across_a_cut() {
    let broker = Broker::new();
    let words = ["sub", "-t", "a", "-C", "2", "-q", "2", "-c", "-i", "me", "-p", &broker.port()];
    let running = start(words);
    let mut first = broker.welcome().0;
    first.grant();
    first.publish("a", b"one", Qos::ExactlyOnce, 5);
    assert_eq!(first.next(), Got::Pubrec(5));
    drop(first);
    let mut second = broker.accept();
    second.hello();
    second.connack(true, &[]);
    second.publish("a", b"one", Qos::ExactlyOnce, 5);
    assert_eq!(second.next(), Got::Pubrec(5));
    second.pubrel(5);
    assert_eq!(second.next(), Got::Pubcomp(5));
    second.publish("a", b"two", Qos::ExactlyOnce, 5);
    assert_eq!(second.next(), Got::Pubrec(5));
    second.pubrel(5);
    assert_eq!(second.next(), Got::Pubcomp(5));
    second.leaves();
    running.finish().exits(0).prints("one\ntwo\n");
}

#[test]
fn a_takeover_is_explained_and_not_fought() {
    for words in [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-l"]] {
        let broker = Broker::new();
        let running = start(words.iter().copied().chain(["-i", "twin", "-p", &broker.port()]));
        let mut peer = broker.welcome().0;
        if words[0] == "sub" {
            peer.grant();
        }
        peer.disconnect(Reason::SessionTakenOver, &[]);
        running.finish().exits(4).says("another client connected with the same client id \"twin\"");
        assert!(broker.is_alone());
    }
}

#[test]
fn two_clients_of_version_3_with_one_id_are_explained_once() {
    let broker = Broker::new();
    let words = ["sub", "-t", "a", "-i", "twin", "-V", "311", "-p", &broker.port()];
    let running = start(words);
    for _ in 0..3 {
        let mut peer = broker.welcome().0;
        peer.grant();
        drop(peer);
    }
    // The delay is now five seconds at least; long enough to see that nobody comes.
    let told = running.finish_after("throw each other off");
    assert!(told.contains("\"twin\""), "{told}");
    assert!(broker.is_alone());
}

#[test]
fn what_the_broker_objects_to_is_not_tried_again() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let text = Property::ReasonString("not here");
    peer.disconnect(Reason::NotAuthorized, &[text]);
    running.finish().exits(4).says("not authorized (0x87): not here");
    assert!(broker.is_alone());
}

#[test]
fn the_old_socket_is_closed_before_there_is_a_new_one() {
    for words in
        [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-l"], &["pub", "-t", "a", "-l", "-q", "1"]]
    {
        let broker = Broker::new();
        let running = start([words, &["-p", &broker.port()]].concat());
        let stream = broker.accept_stream();
        let mut peer = Peer::over(stream.try_clone().unwrap());
        peer.hello();
        peer.connack(false, &[]);
        if words[0] == "sub" {
            peer.grant();
        }
        // Nothing more comes, but what is sent is still taken.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(peer.next(), Got::Closed, "{words:?}");
        broker.accept().hello();
        running.signal(rustix::process::Signal::TERM);
        assert_eq!(running.finish().signal, Some(15));
    }
}

#[test]
fn a_broker_that_closes_after_each_message_is_asked_less_and_less_often() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    let begin = clock::now();
    for _ in 0..6 {
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
    }
    // Half of 200, 400 and then 800 ms each at least.
    assert!(begin.elapsed().as_millis() >= 1500, "{:?}", begin.elapsed());
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.finish().signal, Some(15));
}
