//! `mq pub` with one message.

use mq::codec::{Packet, Property, Qos, Reason};
use mq::net::clock;

use crate::support::broker::{Broker, Got};
use crate::support::mq::{run, start};

fn pub_to(broker: &Broker, words: &[&str]) -> crate::support::mq::Running {
    start(["pub", "-t", "a", "-p", &broker.port()].iter().chain(words))
}

#[test]
fn a_message_is_sent_as_it_is_at_every_qos() {
    for (name, qos) in [("0", Qos::AtMostOnce), ("1", Qos::AtLeastOnce), ("2", Qos::ExactlyOnce)] {
        let broker = Broker::new();
        let running = pub_to(&broker, &["-m", "Größe", "-q", name, "-r"]);
        let (mut peer, hello) = broker.welcome();
        assert!(hello.clean);
        let messages = peer.take_all();
        assert_eq!(messages.len(), 1);
        assert_eq!((messages[0].qos, messages[0].retain), (qos, true));
        assert_eq!(messages[0].payload, "Größe".as_bytes());
        assert_eq!(peer.next(), Got::Closed);
        running.finish().exits(0).prints("");
    }
}

#[test]
fn all_of_standard_input_or_nothing_can_be_the_message() {
    let broker = Broker::new();
    let mut running = pub_to(&broker, &["-s"]);
    running.feed(b"one\ntwo\0\n");
    assert_eq!(broker.welcome().0.take_all()[0].payload, b"one\ntwo\0\n");
    running.finish().exits(0);
    let running = pub_to(&broker, &["-n"]);
    assert_eq!(broker.welcome().0.take_all()[0].payload, b"");
    running.finish().exits(0);
}

#[test]
fn a_file_of_any_size_is_one_message() {
    let broker = Broker::new();
    let path = std::env::temp_dir().join(format!("mq-file-{}", std::process::id()));
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let running = pub_to(&broker, &["-f", path.to_str().unwrap()]);
    assert!(broker.welcome().0.take_all()[0].payload == content);
    running.finish().exits(0);
    std::fs::write(&path, b"").unwrap();
    let running = pub_to(&broker, &["-f", path.to_str().unwrap()]);
    assert_eq!(broker.welcome().0.take_all()[0].payload, b"");
    running.finish().exits(0);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn nothing_on_standard_input_is_an_error_and_several_messages_are() {
    let mut running = start(["pub", "-t", "a", "-s", "-p", "1"]);
    running.feed("");
    running.finish().exits(1).says("zero length input");
    for (words, says) in [
        (&["-m", "x", "-m", "y"][..], "only one message can be given"),
        (&["-f", "x", "-f", "y"], "only one message can be given"),
        (&["-m", "x", "-f", "y"], "cannot be used with"),
        (&["-m", "x", "-l"], "cannot be used with"),
        (&["-n", "-s"], "cannot be used with"),
    ] {
        run(["pub", "-t", "a", "-p", "1"].iter().chain(words)).exits(2).says(says);
    }
}

#[test]
fn a_refused_message_is_an_error() {
    for qos in ["1", "2"] {
        let broker = Broker::new();
        let running = pub_to(&broker, &["-m", "x", "-q", qos]);
        let mut peer = broker.welcome().0;
        let id = peer.message().id.to_be_bytes();
        let header = if qos == "1" { 0x40 } else { 0x50 };
        peer.raw(&[header, 3, id[0], id[1], Reason::NotAuthorized.code()]);
        peer.leaves();
        running.finish().exits(4).says("not authorized");
    }
}

#[test]
fn a_lost_link_is_an_error_unless_the_message_is_gone() {
    let broker = Broker::new();
    let running = pub_to(&broker, &["-m", "x", "-q", "1"]);
    let mut peer = broker.welcome().0;
    peer.message();
    drop(peer);
    running.finish().exits(3).says("lost the connection");
    assert!(broker.is_alone());
}

#[test]
fn what_the_broker_announced_as_too_much_is_not_sent() {
    for (limit, words, says) in [
        (
            Property::MaximumPacketSize(20),
            &["-m", "a message that is longer"][..],
            "takes 20 at most",
        ),
        (Property::MaximumQos(0), &["-m", "x", "-q", "1"], "QoS 1 is not served"),
        (Property::RetainAvailable(0), &["-m", "x", "-r"], "does not keep retained"),
    ] {
        let broker = Broker::new();
        let running = pub_to(&broker, words);
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(false, &[limit]);
        loop {
            match peer.next() {
                Got::Closed => break,
                Got::Disconnect { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        running.finish().exits(4).says(says);
    }
}

#[test]
fn repeated_messages_keep_their_distance() {
    let broker = Broker::new();
    let begin = clock::now();
    let words = ["-m", "x", "--repeat", "3", "--repeat-delay", "0.05", "-q", "1"];
    let running = pub_to(&broker, &words);
    assert_eq!(broker.welcome().0.take_all().len(), 3);
    running.finish().exits(0);
    assert!(begin.elapsed().as_millis() >= 100);
}

#[test]
fn repeated_messages_at_qos_0_are_confirmed_by_a_ping() {
    let broker = Broker::new();
    let running = pub_to(&broker, &["-m", "x", "--repeat", "1000"]);
    let mut peer = broker.welcome().0;
    for _ in 0..1000 {
        peer.message();
    }
    assert_eq!(peer.next(), Got::Pingreq);
    peer.send(Packet::Pingresp);
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_lone_message_is_not_sent_again_later() {
    let broker = Broker::new();
    let running = pub_to(&broker, &["-m", "x", "-q", "1"]);
    let mut peer = broker.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::QuotaExceeded);
    peer.leaves();
    running.finish().exits(4).says("quota exceeded");
}

#[test]
fn a_value_may_begin_with_a_hyphen() {
    let broker = Broker::new();
    for value in ["-5", "-m", "--", "--help", "-"] {
        let words = ["pub", "-m", value, "-i", value, "-t", value, "-p", &broker.port()];
        let running = start(words);
        let (mut peer, hello) = broker.welcome();
        let message = peer.take_all().remove(0);
        assert_eq!((hello.client_id.as_str(), message.topic.as_str()), (value, value));
        assert_eq!(message.payload, value.as_bytes());
        running.finish().exits(0);
    }
}

#[test]
fn a_repeated_message_that_is_refused_for_now_goes_again_before_the_delay_is_over() {
    let broker = Broker::new();
    let words = ["-m", "x", "--repeat", "2", "--repeat-delay", "60", "-q", "1"];
    let running = pub_to(&broker, &words);
    let mut peer = broker.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::QuotaExceeded);
    let id = peer.message().id;
    peer.puback(id, Reason::Success);
    running.signal(rustix::process::Signal::TERM);
    peer.leaves();
    assert_eq!(running.finish().signal, Some(15));
}
