//! `mq rr` with a broker that does what a test says.

use std::io::{Read as _, pipe};

use mq::codec::{
    PacketId, Property, PropertyBuffer, Publish, Qos, Reason, RetainHandling, SubscriptionOptions,
    Version,
};
use mq::net::clock;

use crate::support::broker::{Broker, Got, Message, Peer, buffer};
use crate::support::mq::{Running, command, run, spawn, start};

pub(super) fn ask(broker: &Broker, words: &[&str]) -> Running {
    start(["rr", "-t", "ask", "-p", &broker.port()].iter().chain(words))
}

pub(super) fn lines(count: usize) -> Vec<u8> {
    (1..=count).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

/// A request as it came, with what its answer needs.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) message: Message,
    pub(super) response_topic: Option<String>,
    pub(super) correlation: Option<Vec<u8>>,
}

#[track_caller]
pub(super) fn request(peer: &mut Peer) -> Asked {
    let message = peer.message();
    let properties = message.properties.as_properties();
    let response_topic = properties.find(|property| match property {
        Property::ResponseTopic(topic) => Some(topic.to_owned()),
        _ => None,
    });
    let correlation = properties.find(|property| match property {
        Property::CorrelationData(data) => Some(data.to_vec()),
        _ => None,
    });
    Asked { message, response_topic, correlation }
}

pub(super) fn correlated(data: Option<&Vec<u8>>) -> PropertyBuffer {
    data.map_or_else(PropertyBuffer::new, |data| buffer(&[Property::CorrelationData(data)]))
}

/// Any message on a topic.
fn deliver(peer: &mut Peer, topic: &str, payload: &[u8], properties: &PropertyBuffer) {
    deliver_at(peer, topic, payload, properties, Qos::AtMostOnce, 0, false);
}

pub(super) fn deliver_at(
    peer: &mut Peer,
    topic: &str,
    payload: &[u8],
    properties: &PropertyBuffer,
    qos: Qos,
    id: u16,
    retain: bool,
) {
    let (id, properties) = (PacketId::new(id), properties.as_properties());
    peer.deliver(&Publish { dup: false, qos, retain, topic, id, properties, payload });
}

/// An answer may take its time.
pub(super) fn let_pass(milliseconds: u128) {
    let begin = clock::now();
    while begin.elapsed().as_millis() < milliseconds {
        std::thread::yield_now();
    }
}

/// What a responder does that knows its trade.
pub(super) fn answer(peer: &mut Peer, asked: &Asked, payload: &[u8]) {
    let topic = asked.response_topic.clone().unwrap();
    deliver(peer, &topic, payload, &correlated(asked.correlation.as_ref()));
}

#[test]
fn a_request_is_sent_once_subscribed_and_its_answer_is_printed() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "colour"]);
    let (mut peer, hello) = broker.welcome();
    assert!(hello.properties.as_properties().is_empty(), "{hello:?}");
    let retain_handling = RetainHandling::Never;
    let options = SubscriptionOptions { retain_handling, ..Default::default() };
    assert_eq!(peer.grant(), [("back".to_owned(), options)]);
    let asked = request(&mut peer);
    assert_eq!((asked.message.topic.as_str(), &asked.message.payload[..]), ("ask", &b"colour"[..]));
    assert_eq!(asked.response_topic.as_deref(), Some("back"));
    assert!(asked.correlation.as_ref().is_some_and(|data| data.len() > 16), "{asked:?}");
    answer(&mut peer, &asked, b"red");
    peer.leaves();
    assert_eq!(running.finish().exits(0).prints("red\n").stderr, "");
}

#[test]
fn without_a_topic_for_the_answers_one_is_made_that_nobody_guesses() {
    let mut seen = Vec::new();
    for (information, id, parent) in [
        (Some("replies/for-you"), "me", "replies/for-you/"),
        (None, "me", "mq/rr/me/"),
        (Some("bad/#"), "a/b", "mq/rr/"),
    ] {
        let broker = Broker::new();
        let running = ask(&broker, &["-m", "x", "-i", id]);
        let mut peer = broker.accept();
        let hello = peer.hello();
        let wants = Property::RequestResponseInformation(1);
        assert!(hello.properties.as_properties().iter().any(|property| property == wants));
        let offered: Vec<_> = information.map(Property::ResponseInformation).into_iter().collect();
        peer.connack(false, &offered);
        let topic = peer.grant().remove(0).0;
        assert!(topic.starts_with(parent) && topic.len() == parent.len() + 32, "{topic}");
        assert!(!seen.contains(&topic[parent.len()..].to_owned()));
        seen.push(topic[parent.len()..].to_owned());
        let asked = request(&mut peer);
        assert_eq!(asked.response_topic.as_ref(), Some(&topic));
        answer(&mut peer, &asked, b"y");
        peer.leaves();
        running.finish().exits(0).prints("y\n");
    }
}

#[test]
fn answers_to_others_are_ignored_and_counted() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    for other in [&b"theirs"[..], b"", &[0xff; 9]] {
        deliver(&mut peer, "back", b"not yours", &correlated(Some(&other.to_vec())));
    }
    // The right beginning with the number of a request that was never made.
    let mut near = asked.correlation.clone().unwrap();
    near.push(b'7');
    deliver(&mut peer, "back", b"not yours", &correlated(Some(&near)));
    answer(&mut peer, &asked, b"yours");
    peer.leaves();
    running.finish().exits(0).prints("yours\n").says("4 messages on back were ignored");
}

#[test]
fn an_answer_without_correlation_data_is_taken_while_one_request_waits() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    request(&mut peer);
    deliver(&mut peer, "back", b"plain", &PropertyBuffer::new());
    peer.leaves();
    assert_eq!(running.finish().exits(0).prints("plain\n").stderr, "");

    let mut running = ask(&broker, &["-e", "back", "-l", "--in-flight", "2", "-W", "0.3"]);
    running.feed("a\nb\n");
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = [request(&mut peer), request(&mut peer)];
    deliver(&mut peer, "back", b"whose?", &PropertyBuffer::new());
    answer(&mut peer, &asked[1], b"second");
    peer.leaves();
    running.finish().exits(5).prints("second\n").says("1 of them came without correlation data");
}

#[test]
fn a_thousand_lines_have_their_own_answers_in_whatever_order() {
    for qos in ["0", "1"] {
        let broker = Broker::new();
        let words = ["-e", "back", "-l", "--in-flight", "1000", "-q", qos, "--latency"];
        let mut running = ask(&broker, &words);
        running.feed(lines(1000));
        let mut peer = broker.welcome().0;
        peer.grant();
        let mut asked = Vec::new();
        for _ in 0..1000 {
            asked.push(request(&mut peer));
            if qos == "1" {
                peer.puback(asked.last().unwrap().message.id, Reason::Success);
            }
        }
        let mut data: Vec<_> = asked.iter().map(|asked| asked.correlation.clone()).collect();
        data.sort();
        data.dedup();
        assert_eq!(data.len(), 1000, "each has its own");
        // A prime step visits every one, far from the order they came in.
        let order: Vec<_> = (0..1000).map(|step| step * 617 % 1000).collect();
        let mut want = Vec::new();
        for at in order {
            let payload = [b"re:", &asked[at].message.payload[..]].concat();
            answer(&mut peer, &asked[at], &payload);
            want.extend_from_slice(&payload);
            want.push(b'\n');
        }
        peer.leaves();
        let finished = running.finish().exits(0).prints(want).says("Latency of 1000 answers: min");
        assert_eq!(finished.stderr.matches("Latency: ").count(), 1000);
    }
}

#[test]
fn one_line_waits_for_the_answer_to_the_one_before() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l"]);
    running.feed("one\n\nthree");
    let mut peer = broker.welcome().0;
    peer.grant();
    for line in ["one", "", "three"] {
        let asked = request(&mut peer);
        assert_eq!(asked.message.payload, line.as_bytes());
        // An answer that comes a second time is none to the next request.
        answer(&mut peer, &asked, line.as_bytes());
        answer(&mut peer, &asked, b"again");
    }
    peer.leaves();
    running.finish().exits(0).prints("one\n\nthree\n").says("messages on back were ignored");
}

#[test]
fn no_line_is_no_request() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l"]);
    running.feed("");
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.leaves();
    running.finish().exits(0).prints("");
}

#[test]
fn as_many_answers_as_asked_for_end_a_request() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x", "--count", "3"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    for payload in ["a", "b", "c", "d"] {
        answer(&mut peer, &asked, payload.as_bytes());
    }
    peer.leaves();
    running.finish().exits(0).prints("a\nb\nc\n");

    let running = ask(&broker, &["-e", "back", "-m", "x", "-C", "3", "-W", "0.3"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    answer(&mut peer, &asked, b"a");
    peer.leaves();
    running.finish().exits(5).prints("a\n").says("1 of 3 answers on back within 300ms");
}

#[test]
fn the_time_to_the_answer_is_told() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x", "--latency"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    let_pass(20);
    answer(&mut peer, &asked, b"y");
    peer.leaves();
    let finished = running.finish().exits(0).prints("y\n");
    let told = finished.stderr.strip_prefix("Latency: ").and_then(|rest| rest.strip_suffix("ms\n"));
    let told = told.unwrap_or_else(|| panic!("{}", finished.stderr));
    assert_eq!(told.split_once('.').unwrap().1.len(), 3, "{told}");
    let millis: f64 = told.parse().unwrap();
    assert!((20.0..10_000.0).contains(&millis), "{millis}");
}

#[test]
fn version_3_asks_without_properties_and_takes_any_message_as_an_answer() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l", "-V", "311", "--in-flight", "2", "-d"]);
    running.feed("1\n2\n");
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.version, Version::V311);
    peer.grant();
    for _ in 0..2 {
        let asked = request(&mut peer);
        assert_eq!((asked.response_topic, asked.correlation), (None, None));
    }
    for payload in ["one", "two"] {
        deliver(&mut peer, "back", payload.as_bytes(), &PropertyBuffer::new());
    }
    peer.leaves();
    running.finish().exits(0).prints("one\ntwo\n").says("no response topic and no correlation");
}

#[test]
fn an_older_broker_is_asked_in_its_version_when_it_needs_no_new_topic() {
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.raw(&[0x20, 2, 0, 1]);
    drop(peer);
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.version, Version::V311);
    peer.grant();
    peer.message();
    deliver(&mut peer, "back", b"y", &PropertyBuffer::new());
    peer.leaves();
    running.finish().exits(0).prints("y\n");

    let running = ask(&broker, &["-m", "x"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.raw(&[0x20, 2, 0, 1]);
    drop(peer);
    running.finish().exits(4).says("unsupported protocol version");
    assert!(broker.is_alone());
}

#[test]
fn answers_are_acknowledged_once_they_are_written() {
    for (name, qos) in [("1", Qos::AtLeastOnce), ("2", Qos::ExactlyOnce)] {
        let broker = Broker::new();
        let (mut reader, writer) = pipe().unwrap();
        let mut words = command(["rr", "-t", "ask", "-e", "back", "-m", "x", "-q", name]);
        let running = spawn(words.args(["-p", &broker.port()]).stdout(writer));
        drop(words);
        let mut peer = broker.welcome().0;
        assert_eq!(peer.grant()[0].1.qos, qos);
        let asked = request(&mut peer);
        assert_eq!(asked.message.qos, qos);
        // More than a pipe holds: nothing is acknowledged until it is read.
        let large = vec![b'x'; 300_000];
        let data = correlated(asked.correlation.as_ref());
        deliver_at(&mut peer, "back", &large, &data, qos, 7, false);
        let mut taken = vec![0; large.len() + 1];
        reader.read_exact(&mut taken).unwrap();
        if qos == Qos::AtLeastOnce {
            assert_eq!(peer.next(), Got::Puback(7));
        } else {
            assert_eq!(peer.next(), Got::Pubrec(7));
            peer.pubrel(7);
            assert_eq!(peer.next(), Got::Pubcomp(7));
        }
        peer.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn retained_messages_are_no_answers_unless_they_are_asked_for() {
    for (words, handling, rap, wanted) in [
        (&[][..], RetainHandling::Never, false, false),
        (&["-R"], RetainHandling::Never, false, false),
        (&["--retain-handling", "always"], RetainHandling::Send, false, true),
        (&["--retain-handling", "new"], RetainHandling::SendIfNew, false, true),
        (&["--retain-handling", "always", "-R"], RetainHandling::Send, false, false),
        (&["--retain-as-published"], RetainHandling::Send, true, true),
    ] {
        let broker = Broker::new();
        let running = ask(&broker, &[&["-e", "back", "-m", "x"], words].concat());
        let mut peer = broker.welcome().0;
        let options = peer.grant().remove(0).1;
        assert_eq!((options.retain_handling, options.retain_as_published), (handling, rap));
        let asked = request(&mut peer);
        let none = PropertyBuffer::new();
        deliver_at(&mut peer, "back", b"kept", &none, Qos::AtMostOnce, 0, true);
        if !wanted {
            answer(&mut peer, &asked, b"fresh");
        }
        peer.leaves();
        running.finish().exits(0).prints(if wanted { "kept\n" } else { "fresh\n" });
    }
}

#[test]
fn answers_look_as_messages_of_sub_do() {
    for (words, printed) in
        [(&["-v"][..], "back y\n"), (&["-N"], "y"), (&["-v", "-N"], "back y"), (&[], "y\n")]
    {
        let broker = Broker::new();
        let running = ask(&broker, &[&["-e", "back", "-n"], words].concat());
        let mut peer = broker.welcome().0;
        peer.grant();
        let asked = request(&mut peer);
        assert!(asked.message.payload.is_empty());
        answer(&mut peer, &asked, b"y");
        peer.leaves();
        running.finish().exits(0).prints(printed);
    }
}

#[test]
fn a_request_comes_from_where_messages_of_pub_do() {
    let path = std::env::temp_dir().join(format!("mq-request-{}", std::process::id()));
    std::fs::write(&path, b"from a file\0").unwrap();
    for (words, input, wanted) in [
        (&["-f", path.to_str().unwrap()][..], "", &b"from a file\0"[..]),
        (&["-s"], "all\nof it\n", b"all\nof it\n"),
        (&["-m", "-5"], "", b"-5"),
    ] {
        let broker = Broker::new();
        let mut running = ask(&broker, &[&["-e", "back"], words].concat());
        running.feed(input);
        let mut peer = broker.welcome().0;
        peer.grant();
        let asked = request(&mut peer);
        assert_eq!(asked.message.payload, wanted);
        answer(&mut peer, &asked, b"");
        peer.leaves();
        running.finish().exits(0).prints("\n");
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is_one() {
    let broker = Broker::new();
    let (reader, writer) = pipe().unwrap();
    let words = ["rr", "-t", "ask", "-e", "back", "-m", "x", "-q", "1", "-p"];
    let mut gone = command(words.iter().copied().chain([broker.port().as_str()]));
    let running = spawn(gone.stdout(writer));
    drop((gone, reader));
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    let data = correlated(asked.correlation.as_ref());
    deliver_at(&mut peer, "back", b"y", &data, Qos::AtLeastOnce, 7, false);
    peer.leaves();
    assert_eq!(running.finish().exits(0).stderr, "");

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut words = command(words.iter().copied().chain([broker.port().as_str()]));
    let running = spawn(words.stdout(full));
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    let data = correlated(asked.correlation.as_ref());
    deliver_at(&mut peer, "back", b"y", &data, Qos::AtLeastOnce, 7, false);
    peer.leaves();
    running.finish().exits(1).says("cannot write to standard output");
}

#[test]
fn what_cannot_be_asked_is_told_before_anything_connects() {
    for (words, says) in [
        (&["-e", "back"][..], "use -m, -f, -s, -l or -n"),
        (&["-e", "a/#", "-m", "x"], "cannot publish to \"a/#\""),
        (&["-e", "", "-m", "x"], "not a topic"),
        (&["-m", "x", "-V", "311"], "with -e"),
        (&["-e", "back", "-m", "x", "-W", "0"], "must be more than 0"),
        (&["-e", "back", "-m", "x", "--count", "0"], "0"),
        (&["-e", "back", "-m", "x", "--in-flight", "2"], "cannot be used with"),
        (&["-e", "back", "-l", "--in-flight", "0"], "0"),
        (&["-e", "back", "-m", "x", "-m", "y"], "only one message"),
        (&["-e", "back", "-m", "x", "-f", "y"], "cannot be used with"),
    ] {
        let all = ["rr", "-t", "ask", "-p", "1"].iter().chain(words);
        run(all).exits(2).says(says);
    }
    run(["rr", "-m", "x", "-e", "back"]).exits(2).says("use -t TOPIC");
    run(["rr", "-t", "a", "-e", "back", "-f", "/nonexistent"]).exits(1).says("/nonexistent");
    run(["request", "--help"]).exits(0);
}
