//! MQTT 5.0 as rumqttc speaks it.

use mq::broker::Broker;
use rumqttc_v5::{
    AckMode, BrokerSessionResumePolicy, ConnectionError, DisconnectReasonCode, LastWill,
    LastWillProperties, MqttOptions, PublishOptions, PublishProperties, QoS, StateError,
    SubscribeProperties, TopicAliasPolicy,
};

use crate::harness::{broker, define_peer, numbers, run, soon};

define_peer!(rumqttc_v5);

fn options(broker: &Broker, id: &str) -> MqttOptions {
    let port = broker.port().expect("a TCP port");
    let mut options = MqttOptions::new(id, ("127.0.0.1", port));
    options.set_keep_alive(60);
    options
}

async fn peer(broker: &Broker, id: &str) -> Peer {
    Peer::connect(options(broker, id)).await.0
}

/// A client whose session lasts, and that takes it up without a store of its own.
fn lasting(broker: &Broker, id: &str, seconds: u32) -> MqttOptions {
    let mut options = options(broker, id);
    options.set_clean_start(false);
    options.set_session_expiry_interval(Some(seconds));
    options.set_broker_session_resume_policy(BrokerSessionResumePolicy::AllowBrokerOnly);
    options
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
        let sending = writer.publish("many/last", numbers(1), PublishOptions::new(qos));
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
fn every_property_of_a_message_is_passed_on() {
    let broker = broker();
    run(async {
        let mut reader = peer(&broker, "reader").await;
        let identified = SubscribeProperties { id: Some(268_435_455), user_properties: Vec::new() };
        let asked = reader.client.subscribe_with_properties("a/+", QoS::ExactlyOnce, identified);
        asked.await.expect("room");
        reader.suback().await;
        let user = [("a", "1"), ("b", "2"), ("a", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            message_expiry_interval: Some(1_000),
            response_topic: Some("answers".to_owned()),
            correlation_data: Some(vec![0, 255, 10].into()),
            user_properties: user.to_vec(),
            content_type: Some("text/plain".to_owned()),
            ..Default::default()
        };
        let mut writer = peer(&broker, "writer").await;
        let with = PublishOptions::exactly_once().properties(properties.clone());
        let ((), message) = tokio::join!(writer.publish("a/b", numbers(1), with), reader.message());
        let mut found = message.properties.expect("properties");
        let left = found.message_expiry_interval.take().expect("an expiry interval");
        assert!((900..=1_000).contains(&left), "{left}");
        found.message_expiry_interval = properties.message_expiry_interval;
        let identifiers = std::mem::take(&mut found.subscription_identifiers);
        assert_eq!(identifiers, [268_435_455]);
        assert_eq!(found, properties);
    });
}

#[test]
fn a_retained_message_is_set_replaced_and_cleared() {
    let broker = broker();
    run(async {
        let mut writer = peer(&broker, "writer").await;
        let retained = PublishOptions::at_least_once().retained();
        for text in ["old", "new"] {
            let typed =
                PublishProperties { content_type: Some(format!("x/{text}")), ..Default::default() };
            let with = retained.clone().properties(typed.clone());
            writer.publish("state/a", [text.to_owned()], with).await;
            let mut reader = peer(&broker, "reader").await;
            reader.subscribe("state/#", QoS::AtLeastOnce).await;
            let message = reader.message().await;
            assert!(message.retain && message.payload == text, "{message:?}");
            assert_eq!(message.properties, Some(typed));
        }
        writer.publish("state/a", [String::new()], retained).await;
        let mut reader = peer(&broker, "reader").await;
        reader.subscribe("state/#", QoS::AtLeastOnce).await;
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
            let properties = LastWillProperties {
                delay_interval: None,
                payload_format_indicator: Some(1),
                message_expiry_interval: None,
                content_type: Some("text/farewell".to_owned()),
                response_topic: None,
                correlation_data: None,
                user_properties: vec![("why".to_owned(), "gone".to_owned())],
            };
            let topic = format!("gone/{id}");
            let qos = QoS::ExactlyOnce;
            options.set_last_will(LastWill::new(topic, "adieu", qos, false, Some(properties)));
            let (peer, _) = Peer::connect(options).await;
            if id == "lost" {
                peer.vanish();
            } else {
                peer.disconnect().await;
            }
        }
        let will = watcher.message().await;
        assert_eq!((&will.topic[..], &will.payload[..]), (&b"gone/lost"[..], &b"adieu"[..]));
        let properties = will.properties.expect("the will's properties");
        assert_eq!(properties.content_type.as_deref(), Some("text/farewell"));
        assert_eq!(properties.user_properties, [("why".to_owned(), "gone".to_owned())]);
        watcher.subscribe("none", QoS::AtMostOnce).await;
    });
}

#[test]
fn a_lasting_session_gets_what_was_queued_while_it_was_away() {
    let broker = broker();
    run(async {
        let (mut reader, connack) = Peer::connect(lasting(&broker, "away", 600)).await;
        assert!(!connack.session_present);
        reader.subscribe("queue/+", QoS::ExactlyOnce).await;
        reader.vanish();
        let mut writer = peer(&broker, "writer").await;
        writer.publish("queue/0", numbers(100), PublishOptions::at_most_once()).await;
        writer.publish("queue/1", numbers(300), PublishOptions::at_least_once()).await;
        writer.publish("queue/2", numbers(300), PublishOptions::exactly_once()).await;
        let (mut reader, connack) = Peer::connect(lasting(&broker, "away", 600)).await;
        assert!(connack.session_present);
        // The broker may have seen the first messages before it saw the link end.
        let mut received = reader.messages(600).await;
        let early = received.iter().filter(|(topic, _)| topic == "queue/0").count();
        received.extend(reader.messages(early).await);
        received.retain(|(topic, _)| topic != "queue/0");
        let mut expected = numbered("queue/1", 300);
        expected.extend(numbered("queue/2", 300));
        assert_eq!(received, expected);
        let sending = writer.publish("queue/last", numbers(1), PublishOptions::at_least_once());
        let ((), received) = tokio::join!(sending, reader.messages(1));
        assert_eq!(received, numbered("queue/last", 1), "nothing came twice");
    });
}

#[test]
fn a_session_ends_when_its_time_is_over_and_its_will_with_it() {
    let broker = broker();
    run(async {
        let mut watcher = peer(&broker, "watcher").await;
        watcher.subscribe("gone", QoS::AtLeastOnce).await;
        let mut brief = lasting(&broker, "brief", 1);
        let delay = LastWillProperties {
            delay_interval: Some(3_600),
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        };
        brief.set_last_will(LastWill::new("gone", "end", QoS::AtLeastOnce, false, Some(delay)));
        let (mut peer, _) = Peer::connect(brief.clone()).await;
        peer.subscribe("anything", QoS::AtLeastOnce).await;
        peer.vanish();
        // The will's own delay is an hour: it comes because the session ends.
        assert_eq!(watcher.messages(1).await, [("gone".to_owned(), "end".to_owned())]);
        let (_, connack) = Peer::connect(brief).await;
        assert!(!connack.session_present);
    });
}

#[test]
fn the_broker_says_how_long_it_keeps_a_session_when_that_is_less_than_asked() {
    let broker = broker();
    run(async {
        let (_, connack) = Peer::connect(lasting(&broker, "eternal", u32::MAX)).await;
        let properties = connack.properties.expect("properties");
        assert_eq!(properties.session_expiry_interval, Some(3_600));
        let (_, connack) = Peer::connect(lasting(&broker, "short", 60)).await;
        assert_eq!(connack.properties.and_then(|all| all.session_expiry_interval), None);
    });
}

#[test]
fn a_reader_gets_no_more_at_once_than_its_receive_maximum() {
    let broker = broker();
    run(async {
        let mut narrow = options(&broker, "narrow");
        narrow.set_receive_maximum(Some(5)).set_ack_mode(AckMode::Manual);
        let (mut reader, _) = Peer::connect(narrow).await;
        reader.subscribe("a", QoS::AtLeastOnce).await;
        let mut writer = peer(&broker, "writer").await;
        writer.publish("a", numbers(20), PublishOptions::at_least_once()).await;
        let mut expected = numbers(20);
        let mut waiting = std::collections::VecDeque::new();
        for _ in 0..5 {
            let message = reader.message().await;
            assert_eq!(message.payload, expected.next().unwrap());
            waiting.push_back(message);
        }
        // What is sent before SUBACK would come before it.
        reader.subscribe("none", QoS::AtMostOnce).await;
        for number in expected {
            let oldest = waiting.pop_front().expect("five wait");
            reader.client.ack(&oldest).await.expect("room");
            let message = reader.message().await;
            assert_eq!(message.payload, number);
            waiting.push_back(message);
            reader.subscribe("none", QoS::AtMostOnce).await;
        }
    });
}

#[test]
fn topic_aliases_stand_for_their_topics_both_ways() {
    let broker = broker();
    run(async {
        let mut few = options(&broker, "reader");
        few.set_topic_alias_max(Some(4));
        let (mut reader, connack) = Peer::connect(few).await;
        let most = connack.properties.and_then(|all| all.topic_alias_max);
        assert_eq!(most, Some(16));
        reader.subscribe("topic/#", QoS::AtLeastOnce).await;
        let mut many = options(&broker, "writer");
        many.set_topic_alias_policy(TopicAliasPolicy::Lru);
        let (mut writer, _) = Peer::connect(many).await;
        let mut expected = Vec::new();
        for number in 0..400_usize {
            // Twenty topics share sixteen aliases, some of them more often than others.
            let topic = format!("topic/{}", number * number % 29);
            let qos = if number % 2 == 0 { QoS::AtLeastOnce } else { QoS::AtMostOnce };
            let options = PublishOptions::new(qos);
            writer.client.publish(&topic, number.to_string(), options).await.expect("room");
            expected.push((topic, number.to_string()));
        }
        let received = tokio::select! {
            received = reader.messages(400) => received,
            error = writer.failure() => panic!("lost while it published: {error}"),
        };
        // At different levels of service, messages may pass each other.
        let sorted = |mut all: Vec<(String, String)>| {
            all.sort();
            all
        };
        assert_eq!(sorted(received), sorted(expected));
    });
}

#[test]
fn a_client_without_an_id_is_given_one() {
    let broker = broker();
    run(async {
        let (_, connack) = Peer::connect(options(&broker, "")).await;
        let id = connack.properties.and_then(|all| all.assigned_client_identifier);
        assert!(id.is_some_and(|id| !id.is_empty()));
    });
}

#[test]
fn a_second_client_with_the_same_id_takes_over_and_the_first_is_told() {
    let broker = broker();
    run(async {
        let mut old = peer(&broker, "twin").await;
        let _new = peer(&broker, "twin").await;
        let end = soon("the end", old.failure()).await;
        let told = matches!(
            end,
            ConnectionError::MqttState(StateError::ServerDisconnect {
                reason_code: DisconnectReasonCode::SessionTakenOver,
                ..
            })
        );
        assert!(told, "{end}");
    });
}

#[test]
fn a_shared_subscription_gives_each_message_to_one_member() {
    let broker = broker();
    run(async {
        let mut left = peer(&broker, "left").await;
        let mut right = peer(&broker, "right").await;
        left.subscribe("$share/group/work", QoS::AtLeastOnce).await;
        right.subscribe("$share/group/work", QoS::AtLeastOnce).await;
        let mut writer = peer(&broker, "writer").await;
        let sending = writer.publish("work", numbers(100), PublishOptions::at_least_once());
        let (mut received, others, ()) =
            tokio::join!(left.messages(50), right.messages(50), sending);
        received.extend(others);
        received.sort_by_key(|(_, number)| number.parse::<usize>().unwrap_or(usize::MAX));
        assert_eq!(received, numbered("work", 100));
    });
}
