//! What is measured beside latencies from end to end: the parts of connecting, what was refused,
//! what it took of the machine.

use std::time::Duration;

use mq::codec::{Qos, Reason};
use serde_json::json;

use super::{Serving, bench, figures, report};
use crate::support::broker::{Broker, Got};
use crate::support::certificates::{Authority, Folder};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::start;
use crate::support::tls::{Answer, accept_peer};

#[test]
fn the_parts_of_a_connect_are_told_apart() {
    let authority = Authority::new("bench");
    let issued = authority.issue(|_| ());
    let folder = Folder::new();
    let file = folder.file("ca.pem", authority.pem());
    let broker = Broker::new();
    let port = broker.port();
    let words = ["bench", "connect", "--clients", "1", "--duration", "50ms", "--json"];
    let running = start(words.iter().chain(&["-p", &port, "--cafile", &file]));
    let (peer, _) = accept_peer(&broker, &Answer::with(&issued));
    let mut peer = peer.unwrap();
    peer.hello();
    std::thread::sleep(Duration::from_millis(30));
    peer.connack(false, &[]);
    peer.leaves();
    let report = report(&running.finish().exits(0));
    let connect = &report["latency"]["connect"];
    let times = ["tcp", "tls", "connack"].map(|part| {
        assert_eq!(connect[part]["count"], 1, "{part}: {connect}");
        connect[part]["max"].as_u64().unwrap()
    });
    assert!(times.iter().all(|time| *time > 0), "{connect}");
    assert!(times[2] >= 29_000_000, "the broker took 30 ms to answer: {connect}");
    let whole = connect["max"].as_u64().unwrap();
    let sum: u64 = times.iter().sum();
    assert!(whole.abs_diff(sum) < whole / 4, "{whole} is not {sum}");
}

#[test]
fn plain_connections_have_no_tls_and_people_see_the_parts() {
    let serving = Serving::start("bench-parts");
    let words = "connect --clients 3 --duration 50ms -p PORT";
    let json = report(&bench(&format!("{words} --json"), &serving.port).exits(0));
    let count = |part: &str| json["latency"]["connect"][part]["count"].as_u64();
    assert_eq!([count("tcp"), count("tls"), count("connack")], [Some(3), Some(0), Some(3)]);
    let text = String::from_utf8(bench(words, &serving.port).exits(0).stdout).unwrap();
    assert!(text.contains("\n  TCP ") && text.contains("\n  CONNACK "), "{text}");
    assert!(!text.contains("TLS"), "{text}");
}

#[test]
fn refused_messages_are_told_by_their_reason_and_the_run_goes_on() {
    let broker = Broker::new();
    let port = broker.port();
    let words = "bench publish --clients 1 -q 1 --count 6 --json -p".split(' ');
    let running = start(words.chain([port.as_str()]));
    let (mut peer, _) = broker.welcome();
    for reason in [
        Reason::Success,
        Reason::QuotaExceeded,
        Reason::NotAuthorized,
        Reason::Success,
        Reason::QuotaExceeded,
        Reason::NoMatchingSubscribers,
    ] {
        let message = peer.message();
        assert_eq!(message.qos, Qos::AtLeastOnce);
        peer.puback(message.id, reason);
    }
    peer.leaves();
    let report = report(&running.finish().exits(0));
    let names = ["published", "acknowledged", "refused", "unacknowledged"];
    assert_eq!(figures(&report, names), [6, 3, 3, 0]);
    let wanted = json!({
        "message refused: not authorized (0x87)": 1,
        "message refused: quota exceeded (0x97)": 2,
    });
    assert_eq!(report["errors"], wanted);
}

/// With Nagle's algorithm it sends the second of its acknowledgements when TCP has acknowledged the
/// first, which a client that has nothing to send does after 40 ms, if nobody asks for it at once.
#[test]
#[ignore = "needs mosquitto"]
fn the_patience_of_tcp_is_not_told_as_the_brokers() {
    let mosquitto = Mosquitto::open();
    let words = "publish -q 1 --clients 3 --count 30 -p PORT --json";
    let report = report(&bench(words, &mosquitto.port).exits(0));
    let median = report["latency"]["ack"]["p50"].as_u64().unwrap();
    assert!(median < 30_000_000, "{report}");
}

#[test]
fn refused_subscriptions_are_told_by_their_reason() {
    let broker = Broker::new();
    let port = broker.port();
    let words = "bench subscribe --clients 2 --duration 50ms --json -t t/# -p".split(' ');
    let running = start(words.chain([port.as_str()]));
    let mut peers = Vec::new();
    for code in [0x87, 0] {
        let (mut peer, _) = broker.welcome();
        let (id, _) = peer.subscription();
        peer.suback(id, &[code]);
        peers.push(peer);
    }
    for peer in &mut peers {
        assert!(matches!(peer.next(), Got::Disconnect { .. }));
    }
    let report = report(&running.finish().exits(0));
    assert_eq!(report["errors"], json!({"subscription refused: not authorized (0x87)": 1}));
    assert_eq!(report["latency"]["subscribe"]["count"], 1);
}

#[test]
fn a_brokers_own_cost_is_told_beside_that_of_the_bench() {
    let serving = Serving::start("bench-cost");
    let id = serving.broker.as_ref().unwrap().id().to_string();
    let words = format!("--count 200000 --size 64 -p PORT --json --broker-pid {id}");
    let report = report(&bench(&words, &serving.port).exits(0));
    assert_eq!(report["config"]["broker_pid"].as_u64(), id.parse().ok());
    for who in ["own", "broker"] {
        let cost = &report[who];
        assert!(cost["processor"].as_u64() > Some(10_000_000), "{who}: {cost}");
        assert!(cost["share"].as_f64() > Some(0.0), "{who}: {cost}");
        assert!(cost["memory"].as_u64() > Some(1_000_000), "{who}: {cost}");
    }
    let text = bench("--embedded --count 20000", "").exits(0).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\nthe broker: "), "{text}");
    bench("-p PORT --broker-pid 4294967295", &serving.port).exits(2).says("--broker-pid");
}
