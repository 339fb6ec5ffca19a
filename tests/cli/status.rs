//! What a broker tells of itself: `$SYS`, and metrics for Prometheus.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use super::access::broker;
use super::support::PATIENCE;
use super::support::mosquitto::Mosquitto;
use super::support::mq::{Running, command, run, spawn, start};
use super::support::scratch::Scratch;
use super::support::service::free_port;

/// What is retained below `$SYS`, by topic.
fn tree(port: &str) -> BTreeMap<String, String> {
    let format = "%t\t%p";
    let all = run(["sub", "-p", port, "-t", "$SYS/#", "--retained", "-F", format]).exits(0);
    let text = String::from_utf8(all.stdout).unwrap();
    let line = |line: &str| line.split_once('\t').map(|(topic, text)| (topic.into(), text.into()));
    text.lines().filter_map(line).collect()
}

/// What a text looks like: digits do not matter.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for letter in text.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }) {
        if letter != '9' || !shape.ends_with('9') {
            shape.push(letter);
        }
    }
    shape
}

/// The page at this address, and its head.
#[track_caller]
fn get(place: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(place).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {place}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Where a broker says that its metrics are: host and port.
fn metrics_place(broker: &Running) -> String {
    broker.wait_until_it_says("metrics at http://");
    let said = broker.said();
    let (_, place) = said.split_once("metrics at http://").unwrap();
    place.split_once("/metrics").unwrap().0.to_owned()
}

/// Samples of a page, checked as they are read: each metric has its help and its type before its
/// samples, all in one place, and counters end in `_total`.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let (mut named, mut metric, mut kind) = (Vec::new(), String::new(), String::new());
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty() && !named.contains(&name.to_owned()), "{line}");
            named.push(name.to_owned());
            (metric, kind) = (name.to_owned(), String::new());
        } else if let Some(of) = line.strip_prefix("# TYPE ") {
            let (name, of) = of.split_once(' ').unwrap();
            assert!(name == metric && matches!(of, "counter" | "gauge"), "{line}");
            assert_eq!(of == "counter", name.ends_with("_total"), "{line}");
            of.clone_into(&mut kind);
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (bare, labels) = name.split_once('{').unwrap_or((name, "x=\"\"}"));
            assert!(bare == metric && !kind.is_empty(), "{line}");
            assert!(labels.ends_with("\"}") && labels.contains("=\""), "{line}");
            let legal = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            assert!(bare.chars().all(legal), "{line}");
            let earlier = samples.insert(name.to_owned(), value.parse().unwrap());
            assert_eq!(earlier, None, "{line}");
        }
    }
    assert!(page.ends_with('\n'));
    samples
}

#[test]
#[ignore = "needs mosquitto"]
fn the_tree_has_every_topic_of_mosquitto_in_its_form() {
    let theirs = Mosquitto::start(&["allow_anonymous true", "sys_interval 1"], &[]);
    let (_broker, port) = broker(&["--sys-interval", "0.2"]);
    for port in [&theirs.port, &port] {
        // Known clients, a queue and a retained message, for what is told of them only then.
        let id = format!("away-{port}");
        run(["sub", "-p", port, "-i", &id, "-c", "-q", "1", "-t", "t", "-E"]).exits(0);
        run(["pub", "-p", port, "-t", "t", "-m", "1", "-q", "1", "-r"]).exits(0);
    }
    let deadline = mq::net::clock::now() + PATIENCE;
    let away = "$SYS/broker/clients/disconnected";
    let (theirs, ours) = loop {
        let (theirs, ours) = (tree(&theirs.port), tree(&port));
        if [&theirs, &ours].iter().all(|tree| tree.get(away).is_some_and(|text| text == "1")) {
            break (theirs, ours);
        }
        assert!(mq::net::clock::now() < deadline, "{theirs:?} {ours:?}");
    };
    assert!(theirs.len() >= 52, "{}", theirs.len());
    for (topic, text) in &theirs {
        let our = ours.get(topic).unwrap_or_else(|| panic!("{topic} is missing"));
        if !topic.ends_with("/version") {
            assert_eq!(shape(our), shape(text), "{topic}: {our} {text}");
        }
    }
    // What its manual has and it does not publish, and what came with its version 2.1.
    for topic in [
        "mqtt/connect/received",
        "mqtt/publish/sent",
        "mqtt/pingresp/sent",
        "packet/out/count",
        "packet/out/bytes",
        "connections/socket/count",
    ] {
        let topic = format!("$SYS/broker/{topic}");
        assert!(ours.get(&topic).is_some_and(|text| text.parse::<u64>().is_ok()), "{topic}");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn mosquitto_sub_follows_the_state() {
    let (_broker, port) = broker(&["--sys-interval", "0.2"]);
    let said = Command::new("mosquitto_sub")
        .args(["-p", &port, "-t", "$SYS/broker/clients/connected", "-F", "%r %p", "-C", "2"])
        .args(["-W", "20"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "1 0\n0 1\n", "{said:?}");
}

#[test]
fn without_an_interval_there_is_no_tree() {
    let (_broker, port) = broker(&["--sys-interval", "0"]);
    assert_eq!(tree(&port), BTreeMap::new());
}

#[test]
fn nobody_publishes_to_the_brokers_topics_and_no_wildcard_in_front_reaches_them() {
    let (_broker, port) = broker(&["--sys-interval", "0.1"]);
    let forged = ["-t", "$SYS/broker/uptime", "-m", "forged", "-r", "-q", "1"];
    run([&["pub", "-p", &port][..], &forged].concat()).exits(4).says("0x87");
    let all = run(["sub", "-p", &port, "-t", "#", "-t", "+/broker/uptime", "--for", "0.5"]);
    all.exits(0).prints("");
    assert!(tree(&port)["$SYS/broker/uptime"].ends_with(" seconds"));
}

#[test]
fn rules_hold_for_the_brokers_topics() {
    let options = ["--user", "alice:pw", "--user", "bob:pw", "--acl", "alice read $SYS/#"];
    let (_broker, port) = broker(&[&options[..], &["--acl", "* read #"]].concat());
    let read = |login: &str| {
        let words = ["-t", "$SYS/broker/version", "--retained"];
        super::access::client("sub", &port, login, &words)
    };
    assert!(read("alice:pw").exits(0).stdout.starts_with(b"mq version "));
    read("bob:pw").exits(4);
}

#[test]
fn metrics_are_what_prometheus_reads_and_what_the_tree_says() {
    let (broker, port) = broker(&["--metrics", "0", "--sys-interval", "0.1"]);
    let place = metrics_place(&broker.broker);
    assert!(place.starts_with("127.0.0.1:"), "{place}");
    run(["sub", "-p", &port, "-i", "away", "-c", "-q", "1", "-t", "t", "-E"]).exits(0);
    for number in ["1", "22", "333"] {
        run(["pub", "-p", &port, "-t", "t", "-m", number, "-q", "1", "-r"]).exits(0);
    }
    let (head, page) = get(&place, "/metrics");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let samples = samples(&page);
    for (name, value) in [
        ("mq_packets_received_total{type=\"connect\"}", 4.0),
        ("mq_packets_sent_total{type=\"connack\"}", 4.0),
        ("mq_packets_received_total{type=\"publish\"}", 3.0),
        ("mq_packets_sent_total{type=\"puback\"}", 3.0),
        ("mq_packets_sent_total{type=\"publish\"}", 0.0),
        ("mq_publish_received_bytes_total", 6.0),
        ("mq_connections_accepted_total", 4.0),
        ("mq_sessions", 1.0),
        ("mq_subscriptions", 1.0),
        ("mq_retained_messages", 1.0),
        ("mq_queued_messages", 3.0),
        ("mq_logins_refused_total", 0.0),
    ] {
        assert_eq!(samples.get(name), Some(&value), "{name}: {page}");
    }
    assert!(samples["mq_received_bytes_total"] > 100.0, "{page}");
    assert!(samples["mq_sent_bytes_total"] > 10.0, "{page}");
    assert!(get(&place, "/").0.starts_with("HTTP/1.1 404"));
    // The numbers of the tree are the same ones.
    let deadline = mq::net::clock::now() + PATIENCE;
    let publishes = "$SYS/broker/publish/messages/received";
    while tree(&port).get(publishes).is_none_or(|text| text != "3") {
        assert!(mq::net::clock::now() < deadline);
    }
}

#[test]
fn an_address_that_is_none_or_taken_is_told() {
    for bad in ["x", "", "1.2.3.4:x", "65536", "-1", "::1"] {
        run(["broker", "-p", "0", &format!("--metrics={bad}")]).exits(2).says("--metrics");
    }
    let (broker, _port) = broker(&["--metrics", "0"]);
    let place = metrics_place(&broker.broker);
    run(["broker", "-p", "0", "--metrics", &place]).exits(1).says(&place);
}

#[test]
fn keys_of_a_configuration_say_the_same() {
    let scratch = Scratch::new("status-config");
    let port = free_port();
    let of = |keys: &str| format!("listener {port} 127.0.0.1\nallow_anonymous true\n{keys}\n");
    let config = scratch.write("conf", of("sys_interval 0\nmemory_limit 1048576"));
    let broker = start(["broker", "-c", &config, "--metrics", "0"]);
    let samples = samples(&get(&metrics_place(&broker), "/metrics").1);
    assert!((samples["mq_memory_limit_bytes"] - 1_048_576.0).abs() < 1.0);
    assert_eq!(tree(&port), BTreeMap::new());
    for keys in ["sys_interval -1", "sys_interval 65536", "sys_interval x", "memory_limit -1"] {
        let config = scratch.write("conf", of(keys));
        run(["broker", "-c", &config, "--test-config"]).exits(2).says("line 3");
    }
}

#[test]
fn row_43_a_password_is_nowhere_to_be_seen() {
    const MARKERS: [&str; 4] = ["marker-of-file", "marker-wrong", "marker-hashed", "marker-nobody"];
    let scratch = Scratch::new("status-secrets");
    let password = scratch.write("password", "marker-of-file\n");
    let file = scratch.path().join("users");
    let file = file.to_str().unwrap();
    let mut passwd = start(["passwd", file, "bob"]);
    passwd.feed("marker-hashed\n");
    let mut all = passwd.finish().exits(0).stderr;
    let user = format!("alice:@{password}");
    let options = ["--user", &user, "--password-file", file, "--metrics", "0", "--verbose"];
    let (serving, port) = broker(&[&options[..], &["--sys-interval", "0.1"]].concat());
    for (login, code) in [
        ("alice:marker-of-file", 0),
        ("alice:marker-wrong", 4),
        ("bob:marker-hashed", 0),
        ("bob:marker-wrong", 4),
        ("carol:marker-nobody", 4),
    ] {
        let (name, password) = login.split_once(':').unwrap();
        let mut client = command(["pub", "-p", &port, "-t", "a", "-m", "x", "-q", "1", "-u", name]);
        let finished = spawn(client.env("MQTT_PASSWORD", password)).finish().exits(code);
        all.push_str(&finished.stderr);
    }
    let read = ["-t", "$SYS/#", "-t", "#", "--retained", "-v"];
    let tree = super::access::client("sub", &port, "alice:marker-of-file", &read).exits(0).stdout;
    all.push_str(&String::from_utf8_lossy(&tree));
    let metrics = get(&metrics_place(&serving.broker), "/metrics").1;
    assert!(metrics.contains("mq_logins_refused_total 3\n"), "{metrics}");
    all.push_str(&metrics);
    for what in ["cmdline", "environ"] {
        let path = format!("/proc/{}/{what}", serving.broker.id());
        all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
    }
    all.push_str(&std::fs::read_to_string(file).unwrap());
    all.push_str(&serving.broker.finish_after("no user \"carol\""));
    for marker in MARKERS {
        assert!(!all.contains(marker), "{marker}: {all}");
    }
}

#[test]
fn row_49_numbers_that_are_none_are_refused_by_their_options() {
    for (option, more) in [
        ("--port", &["0.5", "65536", "1e3"][..]),
        ("--sys-interval", &["65536", "0.001", "1e99", "x"]),
        ("--memory-limit", &["1", "1023K", "1T", "1.5G", "M", "K", "0x10", "17179869184G"]),
        ("--tls-port", &["0.5", "65536", "1e3"]),
        ("--ws", &["0.5", "65536", "1e3"]),
        ("--wss", &["0.5", "65536", "1e3"]),
        ("--metrics", &["0.5", "65536", "127.0.0.1:65536", "127.0.0.1:-1"]),
    ] {
        for bad in ["-1", "NaN", "inf", "-inf", "", "99999999999999999999", "1e400"] {
            let given = format!("{option}={bad}");
            run(["broker", &given, "--", "true"]).exits(2).says(option);
        }
        for bad in more {
            run(["broker", &format!("{option}={bad}"), "--", "true"]).exits(2).says(option);
        }
    }
    for bad in ["0", "-1", "1000001", "99999999999999999999", "NaN", ""] {
        run(["passwd", "/nowhere/users", "alice", &format!("-I{bad}")]).exits(2);
    }
    for good in ["--memory-limit=0", "--memory-limit=1M", "--memory-limit=2g", "--sys-interval=0"] {
        run(["broker", good, "--", "true"]).exits(0);
    }
}
