//! What goes with the messages of `mq pub`: properties, topic aliases, the window.

use mq::codec::{Property, PropertyBuffer, Reason};

use crate::support::broker::{Broker, Got, Peer, buffer};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Running, start};
use crate::support::proxy::Proxy;

fn pub_to(broker: &Broker, words: &[&str]) -> Running {
    start(["pub", "-t", "a/b", "-p", &broker.port()].iter().chain(words))
}

/// Options and the properties that they stand for.
const ALL: &[&str] = &[
    "-D publish payload-format-indicator 1",
    "-D publish message-expiry-interval 3600",
    "-D publish content-type text/plain",
    "-D publish response-topic back",
    "-D publish correlation-data data",
    "-D publish user-property a 1",
    "-D publish user-property a 2",
];

fn all() -> PropertyBuffer {
    buffer(&[
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(3600),
        Property::ContentType("text/plain"),
        Property::ResponseTopic("back"),
        Property::CorrelationData(b"data"),
        Property::UserProperty("a", "1"),
        Property::UserProperty("a", "2"),
    ])
}

#[test]
fn every_message_carries_the_properties_at_every_qos() {
    let words: Vec<_> = ALL.iter().flat_map(|option| option.split(' ')).collect();
    for qos in ["0", "1", "2"] {
        for (source, count) in
            [(&["-m", "x"][..], 1), (&["-m", "x", "--repeat", "3"], 3), (&["-l"], 3)]
        {
            let broker = Broker::new();
            let mut running = pub_to(&broker, &[&words, source, &["-q", qos]].concat());
            running.feed("1\n2\n3\n");
            let messages = broker.welcome().0.take_all();
            assert_eq!(messages.len(), count);
            for message in messages {
                assert_eq!((message.properties, message.topic.as_str()), (all(), "a/b"));
            }
            running.finish().exits(0);
        }
    }
}

#[test]
fn a_property_is_sent_again_with_its_message() {
    let broker = Broker::new();
    let mut running = pub_to(&broker, &["-l", "-q", "1", "-D", "publish", "content-type", "x"]);
    running.feed("1\n");
    let mut first = broker.welcome().0;
    let sent = first.message();
    drop(first);
    let mut second = broker.accept();
    second.hello();
    second.connack(true, &[]);
    let again = second.message();
    assert!(again.dup);
    assert_eq!(again.properties, buffer(&[Property::ContentType("x")]));
    assert_eq!(again.properties, sent.properties);
    second.puback(again.id, Reason::Success);
    second.leaves();
    running.finish().exits(0);
}

fn alias(broker: &Broker, words: &[&str]) -> Running {
    pub_to(broker, &[&["-D", "publish", "topic-alias", "7"], words].concat())
}

/// The next connection, to a broker that takes so many aliases.
fn with_aliases(broker: &Broker, maximum: u16, session_present: bool) -> Peer {
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(session_present, &[Property::TopicAliasMaximum(maximum)]);
    peer
}

#[test]
fn an_alias_stands_for_the_topic_from_the_second_message_on() {
    for qos in ["0", "1", "2"] {
        for (source, count) in [(&["-l"][..], 3), (&["-m", "1", "--repeat", "3"], 3), (&["-n"], 1)]
        {
            let broker = Broker::new();
            let mut running = alias(&broker, &[source, &["-q", qos]].concat());
            running.feed("1\n2\n3\n");
            let messages = with_aliases(&broker, 7, false).take_all();
            let topics: Vec<_> = messages.iter().map(|message| message.topic.as_str()).collect();
            assert_eq!(topics, ["a/b", "", ""][..count]);
            for message in messages {
                assert_eq!(message.properties, buffer(&[Property::TopicAlias(7)]));
            }
            running.finish().exits(0);
        }
    }
}

#[test]
fn another_connection_is_told_the_topic_of_the_alias_again() {
    for session_present in [true, false] {
        let broker = Broker::new();
        let mut running = alias(&broker, &["-l", "-q", "1"]);
        running.feed("1\n2\n3\n");
        let mut first = with_aliases(&broker, 7, false);
        let topics = [first.message(), first.message(), first.message()].map(|sent| sent.topic);
        assert_eq!(topics, ["a/b", "", ""]);
        drop(first);
        let messages = with_aliases(&broker, 7, session_present).take_all();
        let topics: Vec<_> = messages.iter().map(|message| message.topic.as_str()).collect();
        assert_eq!(topics, ["a/b", "", ""]);
        let dup: Vec<_> = messages.iter().map(|message| message.dup).collect();
        assert_eq!(dup, [session_present; 3]);
        running.finish().exits(0);
    }
}

#[test]
fn at_qos_0_what_never_left_goes_by_the_alias_of_its_own_connection() {
    let broker = Broker::new();
    let mut running = alias(&broker, &["-l"]);
    let mut first = with_aliases(&broker, 7, false);
    running.write("0\n");
    assert_eq!(first.message().topic, "a/b");
    // More than the system's buffers take: some of it is still with the client at the cut.
    let line = "x".repeat(1_000_000);
    running.feed(format!("{line}\n").repeat(20));
    let second = first.message();
    assert_eq!(second.topic, "");
    drop(first);
    let messages = with_aliases(&broker, 7, false).take_all();
    assert!(messages.len() > 1, "{}", messages.len());
    assert_eq!(messages[0].topic, "a/b");
    assert!(messages[1..].iter().all(|message| message.topic.is_empty()));
    assert!(messages.iter().all(|message| message.payload == line.as_bytes()));
    running.finish().exits(0);
}

#[test]
fn at_qos_0_what_never_left_goes_only_where_it_is_taken() {
    for words in [&["-D", "publish", "topic-alias", "7"][..], &[]] {
        let broker = Broker::new();
        let mut running = pub_to(&broker, &[&["-l"], words].concat());
        let mut first = with_aliases(&broker, 7, false);
        running.write("0\n");
        first.message();
        // More than the system's buffers take, and in between what the next connection takes.
        let large = "x".repeat(20_000);
        running.feed(format!("{large}\nsmall\n").repeat(1000));
        first.message();
        drop(first);
        let mut second = broker.accept();
        second.hello();
        let granted = [Property::TopicAliasMaximum(7), Property::MaximumPacketSize(1000)];
        second.connack(false, &granted);
        let messages = second.take_all();
        assert!(!messages.is_empty());
        assert!(messages.iter().all(|message| message.payload == b"small"), "{words:?}");
        assert_eq!(messages[0].topic, "a/b");
        let says = "but the broker takes 1000 at most";
        let said = running.finish().exits(4).says(says).stderr;
        // The count and the first one's number: all messages of the end are large, small, large...
        let line = said.lines().find(|line| line.contains("messages refused")).unwrap();
        let numbers: Vec<usize> = line
            .split(|other: char| !other.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let (refused, read, number) = (numbers[0], numbers[1], numbers[2]);
        assert_eq!(read, 2001, "{said}");
        assert_eq!(number % 2, 0, "{said}");
        assert_eq!(refused, (2002 - number) / 2, "{said}");
    }
}

#[test]
fn what_a_session_sends_again_is_only_what_the_new_connection_takes() {
    let alias = ["-D", "publish", "topic-alias", "7"];
    for (qos, words, granted, sent_again, says) in [
        ("1", &[][..], Property::MaximumPacketSize(1000), 2, "but the broker takes 1000 at most"),
        ("2", &[], Property::MaximumPacketSize(1000), 2, "but the broker takes 1000 at most"),
        ("2", &[], Property::MaximumQos(1), 0, "QoS 2 is not served by the broker"),
        ("1", &alias[..], Property::TopicAliasMaximum(6), 0, "topic alias 7 is not served"),
        ("1", &["-r"], Property::RetainAvailable(0), 0, "does not keep retained messages"),
    ] {
        let broker = Broker::new();
        let mut running = pub_to(&broker, &[&["-l", "-q", qos], words].concat());
        running.feed(format!("1\n{}\n3\n", "x".repeat(2000)));
        let mut first = with_aliases(&broker, 7, false);
        let first_payloads = [first.message(), first.message(), first.message()];
        assert_eq!(first_payloads[2].payload, b"3");
        drop(first);
        let mut second = broker.accept();
        second.hello();
        second.connack(true, &[granted]);
        let (mut again, mut freed) = (Vec::new(), Vec::new());
        loop {
            match second.next() {
                Got::Publish(message) => {
                    assert!(message.dup);
                    again.push(message.payload);
                    if qos == "1" {
                        second.puback(message.id, Reason::Success);
                    } else {
                        second.pubrec(message.id);
                    }
                }
                Got::Pubrel(id) => {
                    freed.push(id);
                    // Where every message is refused, the client leaves without this answer.
                    if sent_again > 0 {
                        second.pubcomp(id);
                    }
                }
                Got::Disconnect { .. } => break,
                other => panic!("{other:?}"),
            }
        }
        drop(second);
        let wanted: &[&[u8]] = if sent_again == 0 { &[] } else { &[b"1", b"3"] };
        assert_eq!(again, wanted, "{says}");
        // No identifier stays with the broker.
        assert!(qos == "1" || freed.len() == 3, "{freed:?}");
        let said = running.finish().exits(4).says(says).stderr;
        assert!(!said.contains("may have come twice"), "{said}");
    }
}

#[test]
fn an_alias_that_the_broker_does_not_take_is_not_sent() {
    for (maximum, qos, says) in [
        (6, "0", "topic alias 7 is not served by the broker, 6 is its highest"),
        (0, "1", "takes none"),
    ] {
        let broker = Broker::new();
        let running = alias(&broker, &["-m", "x", "-q", qos]);
        let mut peer = with_aliases(&broker, maximum, false);
        peer.leaves();
        running.finish().exits(4).says(says);
    }
}

#[test]
fn properties_need_version_5() {
    let broker = Broker::new();
    let running = pub_to(&broker, &["-m", "x", "-D", "publish", "content-type", "x"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.raw(&[0x20, 2, 0, 1]);
    drop(peer);
    running.finish().exits(4).says("unsupported protocol version");
    assert!(broker.is_alone());
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn a_reader_sees_what_theirs_sends_in_the_same_way() {
    let broker = Mosquitto::open();
    let words: Vec<_> = ALL.iter().flat_map(|option| option.split(' ')).collect();
    let words = [&["-t", "a/b", "-m", "x", "-q", "1", "-p", &broker.port], &words[..]].concat();
    let format = "%t %p %C %R %D %F %P %E";
    let mut seen = Vec::new();
    for (program, first) in [("mosquitto_pub", None), (env!("CARGO_BIN_EXE_mq"), Some("pub"))] {
        let sub =
            ["sub", "-t", "a/b", "-C", "1", "-F", format, "-V", "5", "-p", &broker.port, "--"];
        let publish = [program].into_iter().chain(first).chain(words.iter().copied());
        let sub = sub.into_iter().chain(publish);
        seen.push(start(sub).finish().exits(0).stdout);
    }
    assert_eq!(String::from_utf8_lossy(&seen[0]), "a/b x text/plain back data 1 a:1 a:2 3600\n");
    assert_eq!(seen[0], seen[1]);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn their_broker_takes_an_alias_over_links_that_break() {
    let broker = Mosquitto::start(&["allow_anonymous true", "set_tcp_nodelay true"], &[]);
    let proxy = Proxy::new(&broker.port, vec![2_000, 3_001, 4_567]);
    let lines: Vec<_> = (1..=2000).map(|number| format!("{number}\n")).collect();
    let lines = lines.concat();
    let sub =
        start(["sub", "-t", "a/b", "-C", "2000", "-q", "2", "-W", "60", "-p", &broker.port, "-d"]);
    sub.wait_until_it_says("SUBACK");
    let words = ["pub", "-t", "a/b", "-l", "-q", "2", "-p", &proxy.port];
    let mut running = start(words.iter().chain(&["-D", "publish", "topic-alias", "3"]));
    running.feed(lines.as_bytes());
    running.finish().exits(0);
    assert_eq!(proxy.left(), 0, "all cuts were made");
    sub.finish().exits(0).prints(lines);
}
