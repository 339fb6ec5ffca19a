//! `mq pub` to several topics: each message goes to each of them, in their order.

use mq::codec::{Ack, Packet, PacketId, Qos, Reason};

use crate::support::broker::{Broker, Got, Message};
use crate::support::mq::{Running, start};

fn both(broker: &Broker, words: &[&str]) -> Running {
    start(["pub", "-t", "a", "-t", "b", "-p", &broker.port()].iter().chain(words))
}

fn shown(messages: &[Message]) -> Vec<String> {
    let one = |message: &Message| {
        format!("{} {}", message.topic, String::from_utf8_lossy(&message.payload))
    };
    messages.iter().map(one).collect()
}

#[test]
fn every_source_serves_all_topics_at_every_qos() {
    let file = std::env::temp_dir().join(format!("mq-topics-{}", std::process::id()));
    std::fs::write(&file, "f").unwrap();
    let file_name = file.to_str().unwrap();
    for qos in ["0", "1", "2"] {
        for (words, input, want) in [
            (&["-m", "x"][..], "", &["a x", "b x"][..]),
            (&["-n"], "", &["a ", "b "]),
            (&["-s"], "1\n2", &["a 1\n2", "b 1\n2"]),
            (&["-f", file_name], "", &["a f", "b f"]),
            (&["-l"], "1\n2\n", &["a 1", "b 1", "a 2", "b 2"]),
            (&["-0"], "1\x002", &["a 1", "b 1", "a 2", "b 2"]),
            (&["-m", "x", "--repeat", "2"], "", &["a x", "b x", "a x", "b x"]),
            (
                &["-m", "x", "--repeat", "2", "--repeat-delay", "20ms"],
                "",
                &["a x", "b x", "a x", "b x"],
            ),
        ] {
            let broker = Broker::new();
            let mut running = both(&broker, &[words, &["-q", qos]].concat());
            running.feed(input);
            let messages = broker.welcome().0.take_all();
            assert_eq!(shown(&messages), want, "-q {qos} {words:?}");
            running.finish().exits(0);
        }
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn many_lines_arrive_in_order_whatever_the_window() {
    for words in [&["-q", "0"][..], &["-q", "1", "-M", "1"], &["-q", "2", "-M", "3"]] {
        let broker = Broker::new();
        let mut running = both(&broker, &[&["-l"], words].concat());
        running.feed((0..5000).flat_map(|n| format!("{n}\n").into_bytes()).collect::<Vec<_>>());
        let messages = broker.welcome().0.take_all();
        let want: Vec<_> = (0..5000).flat_map(|n| [format!("a {n}"), format!("b {n}")]).collect();
        assert!(shown(&messages) == want, "{words:?}");
        running.finish().exits(0);
    }
}

#[test]
fn a_cut_loses_no_copy_and_doubles_none_that_was_acknowledged() {
    let broker = Broker::new();
    let mut running = both(&broker, &["-l", "-q", "1", "-M", "3"]);
    running.feed("1\n2\n3\n");
    let mut peer = broker.welcome().0;
    let first: Vec<_> = (0..3).map(|_| peer.message()).collect();
    assert_eq!(shown(&first), ["a 1", "b 1", "a 2"]);
    peer.puback(first[0].id, Reason::Success);
    peer.puback(first[1].id, Reason::Success);
    assert_eq!(shown(&[peer.message(), peer.message()]), ["b 2", "a 3"]);
    drop(peer);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(true, &[]);
    let messages = peer.take_all();
    assert_eq!(shown(&messages), ["a 2", "b 2", "a 3", "b 3"]);
    let again: Vec<_> = messages.iter().map(|message| message.dup).collect();
    assert_eq!(again, [true, true, true, false]);
    running.finish().exits(0);
}

#[test]
fn at_qos_0_copies_that_never_left_are_sent_on_the_next_link() {
    let broker = Broker::new();
    let mut running = both(&broker, &["-l"]);
    let mut first = broker.welcome().0;
    running.write("1\n");
    assert_eq!(shown(&[first.message(), first.message()]), ["a 1", "b 1"]);
    first.disconnect(Reason::ServerShuttingDown, &[]);
    drop(first);
    let mut second = broker.welcome().0;
    running.feed("2\n3\n");
    assert_eq!(shown(&second.take_all()), ["a 2", "b 2", "a 3", "b 3"]);
    running.finish().exits(0);
}

#[test]
fn a_lost_session_has_its_copies_counted_as_possible_duplicates() {
    let broker = Broker::new();
    let mut running = both(&broker, &["-l", "-q", "2"]);
    running.feed("1\n2\n");
    let mut peer = broker.welcome().0;
    assert_eq!(peer.message().topic, "a");
    drop(peer);
    assert_eq!(shown(&broker.welcome().0.take_all()), ["a 1", "b 1", "a 2", "b 2"]);
    running.finish().exits(0).says("sent again after the broker lost the session");
}

#[test]
fn what_is_refused_is_counted_by_copy_and_named_by_line_and_topic() {
    let broker = Broker::new();
    let mut running = both(&broker, &["-l", "-q", "1"]);
    running.feed("1\n2\n3\n");
    let mut peer = broker.welcome().0;
    for number in 0..6 {
        let message = peer.message();
        let refused = number > 1 && message.topic == "b";
        let reason = if refused { Reason::NotAuthorized } else { Reason::Success };
        peer.puback(message.id, reason);
    }
    peer.leaves();
    running
        .finish()
        .exits(4)
        .says("2 of 6 messages refused, the first is number 2 to b: not authorized");
    let running = both(&broker, &["-m", "x", "-q", "1"]);
    let mut peer = broker.welcome().0;
    let (one, two) = (peer.message(), peer.message());
    peer.puback(one.id, Reason::NotAuthorized);
    peer.puback(two.id, Reason::Success);
    peer.leaves();
    running.finish().exits(4).says("1 of 2 messages refused, the first is number 1 to a:");
}

#[test]
fn a_copy_that_is_refused_for_now_goes_again_alone() {
    let broker = Broker::new();
    let mut running = both(&broker, &["-l", "-q", "1"]);
    running.feed("1\n");
    let mut peer = broker.welcome().0;
    let (one, two) = (peer.message(), peer.message());
    peer.puback(one.id, Reason::Success);
    peer.puback(two.id, Reason::QuotaExceeded);
    assert_eq!(shown(&peer.take_all()), ["b 1"]);
    running.finish().exits(0);
}

#[test]
fn what_cannot_go_to_several_topics_is_told() {
    use crate::support::mq::run;
    for (words, says) in [
        (&["--json"][..], "lines that name their topics"),
        (&["--tsv"], "lines that name their topics"),
        (&["-m", "x", "-t", "c/#"], "`+` and `#` are for subscriptions"),
        (&["-m", "x", "-D", "publish", "topic-alias", "3"], "a topic alias stands for one topic"),
    ] {
        let words = ["pub", "-t", "a", "-t", "b", "-p", "1"].iter().chain(words);
        run(words).exits(2).says(says);
    }
}

#[test]
fn a_message_without_a_subscriber_is_a_failure_on_demand() {
    for qos in ["1", "2"] {
        let broker = Broker::new();
        let words = ["--require-subscriber", "-l", "-q", qos];
        let mut running = both(&broker, &words);
        running.feed("1\n2\n");
        let mut peer = broker.welcome().0;
        loop {
            let message = match peer.next() {
                Got::Publish(message) => message,
                Got::Pubrel(id) => {
                    peer.pubcomp(id);
                    continue;
                }
                Got::Disconnect { .. } => break,
                other => panic!("{other:?}"),
            };
            let id = PacketId::new(message.id).unwrap();
            let unheard = message.topic == "b" && message.payload == b"2";
            let reason = if unheard { Reason::NoMatchingSubscribers } else { Reason::Success };
            let ack = Ack::new(id, reason);
            peer.send(if qos == "1" { Packet::Puback(ack) } else { Packet::Pubrec(ack) });
        }
        let text = "1 of 4 messages reached no subscriber, the first is number 2: nobody is \
                    subscribed to b";
        running.finish().exits(4).says(text);
    }
}

#[test]
fn a_subscriber_is_required_at_qos_1_of_version_5() {
    use crate::support::mq::run;
    let broker = Broker::new();
    let words = ["pub", "a", "x", "--require-subscriber", "-p", &broker.port()];
    let running = start(words);
    let (mut peer, hello) = broker.welcome();
    assert!(hello.version.is_v5());
    let message = peer.message();
    assert_eq!(message.qos, Qos::AtLeastOnce);
    peer.puback(message.id, Reason::NoMatchingSubscribers);
    peer.leaves();
    running.finish().exits(4).says("mq: nobody is subscribed to a\n");
    let running = start(["pub", "a", "x", "-q", "1", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::NoMatchingSubscribers);
    peer.leaves();
    running.finish().exits(0);
    let words = ["pub", "a", "x", "--require-subscriber"];
    run(words.iter().chain(&["-q", "0"])).exits(2).says("at QoS 0 a broker does not say");
    run(words.iter().chain(&["-V", "311"])).exits(2).says("needs MQTT 5");
    run(["pub", "--json", "--require-subscriber"]).exits(2);
}
