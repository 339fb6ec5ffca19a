//! MQTT 3.1.1 as rumqttc speaks it.

use mq::broker::Broker;
use rumqttc_v4::{AckMode, LastWill, MqttOptions, PublishOptions, QoS};

use crate::harness::{broker, define_peer, numbers, run, soon};

define_peer!(rumqttc_v4);

fn options(broker: &Broker, id: &str) -> MqttOptions {
    let port = broker.port().expect("a TCP port");
    let mut options = MqttOptions::new(id, ("127.0.0.1", port));
    options.set_keep_alive(60);
    options
}

async fn peer(broker: &Broker, id: &str) -> Peer {
    Peer::connect(options(broker, id)).await.0
}

/// Numbered messages under one topic, as `messages` gives them.
fn numbered(topic: &str, count: usize) -> Vec<(String, String)> {
    numbers(count).map(|number| (topic.to_owned(), number)).collect()
}

/// One client writes, one reads, at the same time.
fn a_thousand_messages(qos: QoS) {
    let broker = broker();
    run(async {
        let mut reader = peer(&broker, "reader").await;
        reader.subscribe("many/#", qos).await;
        let mut writer = peer(&broker, "writer").await;
        let sending = writer.publish("many/a", numbers(1_000), PublishOptions::new(qos));
        let ((), received) = tokio::join!(sending, reader.messages(1_000));
        assert_eq!(received, numbered("many/a", 1_000));
        // Nothing comes twice: the next message is this one.
        let last = PublishOptions::new(qos);
        let sending = writer.publish("many/last", numbers(1), last);
        let ((), received) = tokio::join!(sending, reader.messages(1));
        assert_eq!(received, numbered("many/last", 1));
    });
}

#[test]
fn a_thousand_messages_at_qos_0_arrive_in_order() {
    a_thousand_messages(QoS::AtMostOnce);
}

#[test]
fn a_thousand_messages_at_qos_1_arrive_once_in_order() {
    a_thousand_messages(QoS::AtLeastOnce);
}

#[test]
fn a_thousand_messages_at_qos_2_arrive_once_in_order() {
    a_thousand_messages(QoS::ExactlyOnce);
}

#[test]
fn a_client_reads_its_own_messages_while_it_writes() {
    let broker = broker();
    run(async {
        let mut peer = peer(&broker, "both").await;
        peer.subscribe("own", QoS::ExactlyOnce).await;
        for number in numbers(1_000) {
            let exactly_once = PublishOptions::exactly_once();
            peer.client.publish("own", number, exactly_once).await.expect("room");
        }
        assert_eq!(peer.messages(1_000).await, numbered("own", 1_000));
    });
}

#[test]
fn a_message_arrives_at_the_lower_of_both_levels() {
    let broker = broker();
    run(async {
        let all = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
        let mut writer = peer(&broker, "writer").await;
        for granted in all {
            let mut reader = peer(&broker, "reader").await;
            reader.subscribe("levels", granted).await;
            for published in all {
                let sending = writer.publish("levels", numbers(1), PublishOptions::new(published));
                let ((), message) = tokio::join!(sending, reader.message());
                assert_eq!(message.qos as u8, (granted as u8).min(published as u8));
            }
        }
    });
}

#[test]
fn a_retained_message_is_set_replaced_and_cleared() {
    let broker = broker();
    run(async {
        let mut writer = peer(&broker, "writer").await;
        let retained = PublishOptions::at_least_once().retained();
        let other = ["other".to_owned()];
        writer.publish("state/b", other, retained).await;
        for text in ["old", "new"] {
            writer.publish("state/a", [text.to_owned()], retained).await;
            let mut reader = peer(&broker, "reader").await;
            reader.subscribe("state/a", QoS::AtLeastOnce).await;
            let message = reader.message().await;
            assert!(message.retain && message.payload == text, "{message:?}");
        }
        let mut live = peer(&broker, "live").await;
        live.subscribe("state/a", QoS::AtLeastOnce).await;
        assert!(live.message().await.retain);
        let clearing = writer.publish("state/a", [String::new()], retained);
        let ((), message) = tokio::join!(clearing, live.message());
        assert!(!message.retain && message.payload.is_empty(), "{message:?}");
        let mut reader = peer(&broker, "reader").await;
        reader.subscribe("state/#", QoS::AtLeastOnce).await;
        assert_eq!(reader.messages(1).await, [("state/b".to_owned(), "other".to_owned())]);
        reader.subscribe("none", QoS::AtLeastOnce).await;
    });
}

#[test]
fn a_will_comes_when_a_client_vanishes_and_not_when_it_disconnects() {
    let broker = broker();
    run(async {
        let mut watcher = peer(&broker, "watcher").await;
        watcher.subscribe("gone/+", QoS::ExactlyOnce).await;
        for id in ["orderly", "lost"] {
            let mut options = options(&broker, id);
            let topic = format!("gone/{id}");
            options.set_last_will(LastWill::new(topic, "adieu", QoS::ExactlyOnce, true));
            let (peer, _) = Peer::connect(options).await;
            if id == "lost" {
                peer.vanish();
            } else {
                peer.disconnect().await;
            }
        }
        let expected = ("gone/lost".to_owned(), "adieu".to_owned());
        assert_eq!(watcher.messages(1).await, std::slice::from_ref(&expected));
        let mut late = peer(&broker, "late").await;
        late.subscribe("gone/+", QoS::AtMostOnce).await;
        assert_eq!(late.messages(1).await, [expected], "the will was to be retained");
        // Nothing more came to either.
        watcher.subscribe("none", QoS::AtMostOnce).await;
        late.subscribe("none", QoS::AtMostOnce).await;
    });
}

#[test]
fn a_persistent_session_gets_what_was_queued_while_it_was_away() {
    let broker = broker();
    run(async {
        let mut away = options(&broker, "away");
        away.set_clean_session(false);
        let (mut reader, connack) = Peer::connect(away.clone()).await;
        assert!(!connack.session_present);
        reader.subscribe("queue/1", QoS::AtLeastOnce).await;
        reader.subscribe("queue/2", QoS::ExactlyOnce).await;
        reader.subscribe("queue/0", QoS::AtMostOnce).await;
        reader.disconnect().await;
        let mut writer = peer(&broker, "writer").await;
        for topic in ["queue/0", "queue/1", "queue/2"] {
            writer.publish(topic, numbers(300), PublishOptions::exactly_once()).await;
        }
        let (mut reader, connack) = Peer::connect(away).await;
        assert!(connack.session_present);
        let mut expected = numbered("queue/1", 300);
        expected.extend(numbered("queue/2", 300));
        assert_eq!(reader.messages(600).await, expected, "QoS 0 is not queued");
        // Had anything come twice, it would come before SUBACK.
        reader.subscribe("none", QoS::AtMostOnce).await;
        reader.disconnect().await;
        let (_, connack) = Peer::connect(options(&broker, "away")).await;
        assert!(!connack.session_present, "a clean session forgets");
    });
}

#[test]
fn what_was_not_acknowledged_comes_again_and_says_so() {
    let broker = broker();
    run(async {
        let mut careful = options(&broker, "careful");
        careful.set_clean_session(false);
        careful.set_ack_mode(AckMode::Manual);
        let (mut reader, _) = Peer::connect(careful.clone()).await;
        reader.subscribe("again", QoS::AtLeastOnce).await;
        let mut writer = peer(&broker, "writer").await;
        writer.publish("again", numbers(10), PublishOptions::at_least_once()).await;
        let first = reader.message().await;
        assert!(!first.dup);
        reader.client.ack(&first).await.expect("room");
        // The acknowledgement has arrived when what was sent after it is answered.
        reader.client.subscribe("none", QoS::AtMostOnce).await.expect("room");
        let is_suback = |packet| matches!(packet, rumqttc_v4::Packet::SubAck(_)).then_some(());
        reader.until("SUBACK", is_suback).await;
        reader.vanish();
        let (mut reader, connack) = Peer::connect(careful).await;
        assert!(connack.session_present);
        for number in numbers(10).skip(1) {
            let message = reader.message().await;
            assert!(message.dup && message.payload == number, "{message:?}");
        }
    });
}

#[test]
fn a_second_client_with_the_same_id_takes_over() {
    let broker = broker();
    run(async {
        let mut old = peer(&broker, "twin").await;
        old.subscribe("twin", QoS::AtLeastOnce).await;
        let mut new = peer(&broker, "twin").await;
        soon("the old one's end", old.failure()).await;
        old.vanish();
        new.subscribe("twin", QoS::AtLeastOnce).await;
        new.client.publish("twin", "here", PublishOptions::at_least_once()).await.expect("room");
        assert_eq!(new.messages(1).await, [("twin".to_owned(), "here".to_owned())]);
    });
}
