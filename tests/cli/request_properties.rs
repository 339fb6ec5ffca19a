//! Properties of the requests of `mq rr`.

use mq::codec::{Property, PropertyBuffer, Publish, Qos};

use crate::support::broker::{Broker, Peer, buffer};
use crate::support::mq::{Running, start};

fn ask(broker: &Broker, words: &[&str]) -> Running {
    start(["rr", "-t", "ask", "-p", &broker.port()].iter().chain(words))
}

fn answer(peer: &mut Peer, topic: &str, data: &[u8]) {
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic,
        id: None,
        properties: buffer(&[Property::CorrelationData(data)]).as_properties(),
        payload: b"y",
    });
}

#[test]
fn a_request_carries_what_was_asked_for_beside_its_own() {
    let broker = Broker::new();
    let more = ["-D", "publish", "content-type", "text/plain", "-D", "publish", "user-property"];
    let running = ask(&broker, &[&["-e", "back", "-m", "x"], &more[..], &["a", "1"]].concat());
    let mut peer = broker.welcome().0;
    peer.grant();
    let properties = peer.message().properties;
    let mut rest = PropertyBuffer::new();
    let mut own = Vec::new();
    for property in properties.as_properties().iter() {
        match property {
            Property::CorrelationData(data) => own = data.to_vec(),
            Property::ResponseTopic(topic) => assert_eq!(topic, "back"),
            other => rest.push(other).unwrap(),
        }
    }
    assert_eq!(
        rest,
        buffer(&[Property::ContentType("text/plain"), Property::UserProperty("a", "1")])
    );
    answer(&mut peer, "back", &own);
    peer.leaves();
    running.finish().exits(0).prints("y\n");
}

#[test]
fn correlation_data_and_response_topic_of_the_user_are_used_as_they_are() {
    let broker = Broker::new();
    let data = ["-D", "publish", "correlation-data", "mine"];
    let topic = ["-D", "publish", "response-topic", "back"];
    let mut running = ask(&broker, &[&["-l"], &data[..], &topic].concat());
    running.feed("1\n2\n");
    let mut peer = broker.welcome().0;
    assert_eq!(peer.grant()[0].0, "back");
    for _ in 0..2 {
        let own = [Property::CorrelationData(b"mine"), Property::ResponseTopic("back")];
        assert_eq!(peer.message().properties, buffer(&own));
        answer(&mut peer, "back", b"theirs");
        answer(&mut peer, "back", b"mine");
    }
    peer.leaves();
    running.finish().exits(0).prints("y\ny\n").says("2 messages on back were ignored");

    let words = [&["-e", "else", "-m", "x"], &topic[..]].concat();
    ask(&broker, &words).finish().exits(2).says("use one of them");
    let words = [&["-e", "back", "-l", "--in-flight", "2"], &data[..]].concat();
    ask(&broker, &words).finish().exits(2).says("the same correlation data");
    assert!(broker.is_alone());
}

#[test]
fn an_alias_stands_for_the_topic_of_later_requests() {
    for qos in ["0", "1"] {
        let broker = Broker::new();
        let words =
            ["-e", "back", "-l", "-W", "0.3", "-q", qos, "--in-flight", "3", "-D", "publish"];
        let mut running = ask(&broker, &[&words[..], &["topic-alias", "2"]].concat());
        running.feed("1\n2\n3\n");
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(false, &[Property::TopicAliasMaximum(2)]);
        peer.grant();
        let topics = [peer.message(), peer.message(), peer.message()].map(|asked| asked.topic);
        assert_eq!(topics, ["ask", "", ""]);
        drop(peer);
        running.finish().exits(3);
    }
}
