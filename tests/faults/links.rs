//! Links that are slow, cut, half-open or dead.

use std::sync::mpsc::channel;
use std::time::Duration;

use mq::broker::{Broker, End as BrokerEnd, Event, Limits};
use rumqttc_v4::{MqttOptions, Packet, PublishOptions, QoS};

use crate::harness::{broker, numbers, options_with, run, soon};
use crate::proxy::{End, Link, Proxy, Way};
use crate::raw::{CONNACK, Hello, PUBACK, Raw, SUBACK, publish, subscribe};
use crate::rumqttc_v4::Peer;
use crate::writer::Writer;

fn options(port: u16, id: &str) -> MqttOptions {
    let mut options = MqttOptions::new(id, ("127.0.0.1", port));
    options.set_keep_alive(60);
    options
}

/// A client reads its own messages through a link.
fn messages_pass(link: Link, count: usize) {
    let broker = broker();
    let proxy = Proxy::start(broker.port().expect("a TCP port"), move |_| link);
    run(async {
        let mut peer = Peer::connect(options(proxy.port, "own")).await.0;
        peer.subscribe("own", QoS::ExactlyOnce).await;
        let long = "long ".repeat(2_000);
        let payloads: Vec<_> = numbers(count).chain([long]).collect();
        for payload in &payloads {
            let exactly_once = PublishOptions::exactly_once();
            peer.client.publish("own", payload.clone(), exactly_once).await.expect("room");
        }
        let received = peer.messages(payloads.len()).await;
        assert!(received.iter().map(|(_, payload)| payload).eq(&payloads));
    });
}

#[test]
fn messages_pass_one_byte_at_a_time() {
    let way = Way { slice: Some(1), ..Way::default() };
    messages_pass(Link { up: way, down: way }, 200);
}

#[test]
fn messages_pass_a_slow_link() {
    let way = Way { delay: Some(Duration::from_millis(20)), ..Way::default() };
    messages_pass(Link { up: way, down: way }, 200);
}

/// A broker that tells how connections end: client identifier and reason.
fn observed() -> (Broker, std::sync::mpsc::Receiver<(String, BrokerEnd)>) {
    let (sender, ends) = channel();
    let observer = move |event: Event<'_>| {
        if let Event::Ended { client_id: Some(id), end, .. } = event {
            // The test may be over.
            let _ = sender.send((id.to_owned(), end));
        }
    };
    let options = options_with(Limits::default());
    let broker = Broker::start_observed(options, Some(Box::new(observer)));
    (broker.expect("a broker starts"), ends)
}

#[test]
fn a_half_open_client_is_closed_after_one_and_a_half_keep_alives_and_its_will_comes_once() {
    let (broker, ends) = observed();
    let port = broker.port().expect("a TCP port");
    let mut watcher = Raw::connect(port, Hello::new("watcher"));
    watcher.subscribe("gone/#", 1);
    let proxy = Proxy::start(port, |_| Link::default());
    let start = mq::net::clock::now();
    let clients: Vec<_> = [(4, "gone/a"), (5, "gone/b"), (4, "gone/c")]
        .into_iter()
        .map(|(level, topic)| {
            let will = Some((topic, topic));
            Raw::connect(proxy.port, Hello { level, id: topic, keep_alive: 1, will })
        })
        .collect();
    proxy.swallow();
    let mut wills: Vec<_> = clients.iter().map(|_| watcher.message()).collect();
    assert!(start.elapsed() >= Duration::from_millis(1_500), "{:?}", start.elapsed());
    wills.sort();
    assert_eq!(wills, [b"gone/a", b"gone/b", b"gone/c"]);
    for _ in clients {
        let (id, end) = ends.recv_timeout(crate::harness::PATIENCE).expect("an end");
        assert_eq!(end, BrokerEnd::KeepAlive, "{id}");
    }
    // No will comes again.
    watcher.ping();
}

#[test]
fn a_silent_version_5_client_is_told_why_it_is_closed() {
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let hello = Hello { level: 5, keep_alive: 1, ..Hello::new("silent") };
    let mut silent = Raw::connect(port, hello);
    assert_eq!(silent.expect(0xE0)[0], 0x8D);
    silent.wait_for_the_end();
}

#[test]
fn a_client_that_only_pings_is_kept() {
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    run(async {
        let mut options = options(port, "pinging");
        options.set_keep_alive(1);
        let mut peer = Peer::connect(options).await.0;
        for _ in 0..3 {
            let answered = |packet| matches!(packet, Packet::PingResp).then_some(());
            peer.until("PINGRESP", answered).await;
        }
    });
}

#[test]
fn a_packet_cut_anywhere_acts_not_at_all_and_the_will_comes_once() {
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let mut watcher = Raw::connect(port, Hello::new("watcher"));
    watcher.subscribe("cut/#", 1);
    let will = Some(("cut/will", "will"));
    let hello = Hello { will, ..Hello::new("cut") }.bytes();
    let message = publish(Some(1), "cut/message", b"message");
    let bytes = [hello.clone(), message.clone(), message].concat();
    let way = |after| Way { end: Some((after, End::Cut)), ..Way::default() };
    let plan = move |after| Link { up: way(after), down: Way::default() };
    let proxy = Proxy::start(port, plan);
    for after in 0..=bytes.len() {
        let mut client = Raw::open(proxy.port);
        // The link may be cut before all is sent.
        let _ = std::io::Write::write_all(&mut client.stream, &bytes);
        client.wait_for_the_end();
        let Some(past) = after.checked_sub(hello.len()) else {
            continue;
        };
        let whole = past / ((bytes.len() - hello.len()) / 2);
        let mut messages = 0;
        while watcher.message() != b"will" {
            messages += 1;
        }
        assert_eq!(messages, whole, "cut after {after} bytes");
    }
    watcher.ping();
}

#[test]
fn what_came_before_a_client_sends_no_more_is_served_and_answered() {
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let mut watcher = Raw::connect(port, Hello::new("watcher"));
    watcher.subscribe("last", 1);
    let all =
        [Hello::new("half").bytes(), subscribe(1, "none", 0), publish(Some(2), "last", b"word")];
    let all = all.concat();
    let end = Some((all.len(), End::HalfClose));
    let up = Way { end, ..Way::default() };
    let proxy = Proxy::start(port, move |_| Link { up, down: Way::default() });
    let mut client = Raw::open(proxy.port);
    client.send(&all);
    for header in [CONNACK, SUBACK, PUBACK] {
        client.expect(header);
    }
    client.wait_for_the_end();
    assert_eq!(watcher.message(), b"word");
    let mut client = Raw::open(port);
    client.send(&all);
    client.half_close();
    for header in [CONNACK, SUBACK, PUBACK] {
        client.expect(header);
    }
    client.wait_for_the_end();
    assert_eq!(watcher.message(), b"word");
}

/// A writer and a reader whose links are cut again and again, after so many bytes.
fn nothing_is_lost_over_cut_links(qos: QoS, end: End) {
    const COUNT: usize = 2_000;
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let cut = move |number: usize| {
        // Each link lives a little longer than a few packets, none as long as another.
        let after = 300 + (number * 7_919) % 1_000;
        let way = Way { end: Some((after, end)), ..Way::default() };
        if number.is_multiple_of(2) {
            Link { up: way, down: Way::default() }
        } else {
            Link { up: Way::default(), down: way }
        }
    };
    let (to_writer, to_reader) = (Proxy::start(port, cut), Proxy::start(port, cut));
    let (ledger, writing) = run(async {
        let mut options = options(to_reader.port, "reader");
        options.set_clean_session(false);
        let mut reader = Peer::connect(options).await.0;
        reader.subscribe("ledger", qos).await;
        let writing = std::thread::spawn(move || {
            let mut writer = Writer::new(to_writer.port, "ledger", qos as u8);
            writer.publish(COUNT);
            writer.links
        });
        let mut ledger: Vec<usize> = Vec::new();
        soon("all messages", async {
            while ledger.last() != Some(&(COUNT - 1)) {
                // A lost link is taken up again by the next poll.
                if let Ok(Packet::Publish(publish)) = reader.packet().await {
                    let number = std::str::from_utf8(&publish.payload).expect("digits");
                    ledger.push(number.parse().expect("a number"));
                }
            }
        })
        .await;
        (ledger, writing)
    });
    let links = writing.join().expect("all is acknowledged");
    assert!(links > 10, "{links} links were used");
    // What comes again comes in order behind what it follows: take repetitions away.
    let mut expected = 0;
    let mut again = 0;
    for number in ledger {
        if number == expected {
            expected += 1;
        } else {
            assert!(number < expected, "{number} overtook {expected}");
            again += 1;
        }
    }
    assert_eq!(expected, COUNT);
    assert!(again == 0 || qos == QoS::AtLeastOnce, "{again} came twice");
}

#[test]
fn qos_1_loses_nothing_over_cut_links() {
    nothing_is_lost_over_cut_links(QoS::AtLeastOnce, End::Cut);
}

#[test]
fn qos_2_loses_nothing_and_repeats_nothing_over_cut_links() {
    nothing_is_lost_over_cut_links(QoS::ExactlyOnce, End::Cut);
}

#[test]
fn qos_2_loses_nothing_and_repeats_nothing_over_reset_links() {
    nothing_is_lost_over_cut_links(QoS::ExactlyOnce, End::Reset);
}
