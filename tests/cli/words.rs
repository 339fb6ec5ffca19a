//! How options and their values are written, and what stands without an option.

use mq::codec::Qos;

use crate::support::broker::{Broker, Message};
use crate::support::mq::{run, start};

/// The messages of `mq` with these words, fed with these bytes.
#[track_caller]
fn published(words: &[&str], input: &str) -> Vec<Message> {
    let broker = Broker::new();
    let (command, more) = words.split_first().unwrap();
    let port = broker.port();
    let mut running = start([*command, "-p", &port].iter().chain(more));
    running.feed(input);
    let messages = broker.welcome().0.take_all();
    running.finish().exits(0);
    messages
}

/// Topic and payload of each.
fn pairs(messages: &[Message]) -> Vec<(&str, &str)> {
    messages
        .iter()
        .map(|message| (&*message.topic, std::str::from_utf8(&message.payload).unwrap()))
        .collect()
}

#[test]
fn topic_and_message_need_no_option() {
    for words in [
        &["pub", "a/b", "hello world"][..],
        &["publish", "a/b", "hello world"],
        &["pub", "-q", "1", "a/b", "-r", "hello world"],
        &["pub", "a/b", "-m", "hello world"],
        &["pub", "-m", "hello world", "a/b"],
        &["pub", "-t", "a/b", "--message=hello world"],
        &["pub", "--", "a/b", "hello world"],
    ] {
        assert_eq!(pairs(&published(words, "")), [("a/b", "hello world")], "{words:?}");
    }
    for value in ["-5", "--help", "-"] {
        assert_eq!(pairs(&published(&["pub", "--", "a", value], "")), [("a", value)]);
    }
    assert_eq!(pairs(&published(&["pub", "a", ""], "")), [("a", "")]);
}

#[test]
fn the_topic_alone_goes_with_each_source_of_messages() {
    for (words, input, want) in [
        (&["pub", "a", "-l"][..], "1\n2\n", &[("a", "1"), ("a", "2")][..]),
        (&["pub", "a", "-0"], "1\n\x002\0", &[("a", "1\n"), ("a", "2")]),
        (&["pub", "-s", "a"], "1\n2\n", &[("a", "1\n2\n")]),
        (&["pub", "a", "-n"], "", &[("a", "")]),
        (&["pub", "a", "-f", "/dev/null"], "", &[("a", "")]),
        (&["pub", "a", "--json"], "{\"payload\":\"1\"}\n", &[("a", "1")]),
        (&["pub", "a", "--json"], "{\"topic\":\"b\",\"payload\":\"1\"}\n", &[("b", "1")]),
        (&["pub", "--tsv"], "b\t1\n", &[("b", "1")]),
    ] {
        assert_eq!(pairs(&published(words, input)), want, "{words:?}");
    }
}

#[test]
fn a_request_is_two_words_too() {
    let broker = Broker::new();
    let running = start(["rr", "ask", "what", "-e", "back", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let request = peer.message();
    assert_eq!((request.topic.as_str(), request.payload.as_slice()), ("ask", &b"what"[..]));
    let data = correlation(&request.properties);
    let publish = mq::codec::Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: "back",
        id: None,
        properties: data.as_properties(),
        payload: b"this",
    };
    peer.deliver(&publish);
    running.finish().exits(0).prints("this\n");
    run(["rr", "ask", "what", "-m", "else"]).exits(2).says("the message is given twice");
    run(["rr", "-t", "ask", "what", "-e", "b"]).exits(2).says("use -m for a message");
    run(["rr", "ask", "-e", "b"]).exits(2).says("nothing to publish");
}

/// The correlation data alone.
fn correlation(all: &mq::codec::PropertyBuffer) -> mq::codec::PropertyBuffer {
    let mut some = mq::codec::PropertyBuffer::new();
    for property in all.as_properties().iter() {
        if matches!(property, mq::codec::Property::CorrelationData(_)) {
            some.push(property).unwrap();
        }
    }
    some
}

#[test]
fn what_is_given_twice_or_not_at_all_is_told_in_words() {
    for (words, says) in [
        (&["pub", "a", "b", "-t", "c"][..], "the topic is given twice, by itself and with -t"),
        (&["pub", "hello", "-t", "c"], "a word by itself is the topic, and -t gives one already"),
        (&["pub", "a", "b", "-m", "c"], "the message is given twice"),
        (&["pub", "a", "b", "-l"], "the message is given twice"),
        (&["pub", "a", "b", "-0"], "the message is given twice"),
        (&["pub", "a", "b", "-s"], "the message is given twice"),
        (&["pub", "a", "b", "--json"], "the message is given twice"),
        (&["pub", "a"], "nothing to publish"),
        (&["pub"], "nothing to publish"),
        (&["pub", "a", "two", "words"], "a message with spaces belongs in quotes"),
        (&["pub", "a/#", "x"], "`+` and `#` are for subscriptions"),
        (&["pub", "", "x"], "is not a topic"),
        (&["pub", "a", "-5"], "behind -m, or behind --"),
    ] {
        let words: Vec<_> = words.iter().copied().chain(["-h", "127.0.0.1:1"]).collect();
        let finished = run(&words).exits(2).says(says);
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}

#[test]
fn values_stand_behind_the_equals_sign_and_letters_together() {
    let broker = Broker::new();
    let port = format!("--port={}", broker.port());
    let mut running = start(["pub", "--topic=a", "-lrq1", &port, "-ime", "--keepalive=7"]);
    running.feed("one\ntwo\n");
    let (mut peer, hello) = broker.welcome();
    let messages = peer.take_all();
    assert_eq!((hello.client_id.as_str(), hello.keep_alive), ("me", 7));
    assert_eq!(pairs(&messages), [("a", "one"), ("a", "two")]);
    assert!(messages.iter().all(|one| one.retain && one.qos == Qos::AtLeastOnce));
    running.finish().exits(0);
    let running = start(["sub", "--topic=a/#", "-vdC1", &port, "--qos=0", "--id=it"]);
    let mut peer = broker.welcome().0;
    assert_eq!(peer.grant()[0].0, "a/#");
    peer.publish("a/b", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0).prints("a/b x\n").says("Client it received SUBACK");
    let running = start(["pub", "-ta", "-m=x", &port]);
    assert_eq!(pairs(&broker.welcome().0.take_all()), [("a", "x")]);
    running.finish().exits(0);
}
