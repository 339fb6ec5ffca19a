//! Every option does the same as with Debian's clients.

use crate::support::mosquitto::Mosquitto;
use crate::support::mq::spawn;
use crate::support::names::{Names, Whose};

/// What subscribers are run with, beside `-t o/#` or a topic of their own.
const SUBSCRIBING: &[&[&str]] = &[
    &["-t", "o/#", "-C", "3", "-v"],
    &["--topic", "o/#", "-C", "3", "--verbose", "-N"],
    &["-t", "o/a", "-t", "o/b", "-C", "2", "-q", "1"],
    &["-t", "o/#", "-C", "2", "-T", "o/a", "-v"],
    &["-t", "o/#", "-C", "2", "--filter-out", "+/b", "-v"],
    &["-t", "o/a", "-C", "1", "-F", "%t|%p|%q|%r|%l|%m|%x|%X"],
    &["-t", "o/a", "-C", "1", "-F", "%8t|%-8p|%08l|%3p|\\t\\n%%@@"],
    &["-t", "o/c", "-C", "1", "-V", "5", "-F", "%C|%E|%F|%R|%P|%D"],
    &["-t", "o/c", "-C", "1", "-F", "%C|%E|%F|%R|%P|%D"],
    &["-t", "o/json", "-C", "1", "-F", "%J", "-N", "-F", "%p"],
    &[
        "-t",
        "o/a",
        "-C",
        "1",
        "-V",
        "5",
        "-D",
        "subscribe",
        "subscription-identifier",
        "7",
        "-F",
        "%S",
    ],
    &["-t", "o/a", "-C", "1", "-V", "5", "-D", "connect", "user-property", "a", "b"],
    &["-t", "o/a", "-C", "1", "-V", "31"],
    &["-t", "o/a", "-C", "1", "-V", "mqttv5", "--retain-as-published", "-F", "%r"],
    &["-t", "o/a", "-C", "1", "-i", "me", "-d"],
    &["-t", "o/a", "-C", "1", "--id", "me", "-k", "30", "--nodelay", "-M", "5", "--quiet"],
    &["-t", "o/a", "-C", "1", "-A", "127.0.0.1"],
    &["-t", "o/a", "-E"],
    &["-t", "o/a", "-c", "-i", "lasting", "-E"],
    &["-t", "o/a", "-U", "o/a", "--id", "me", "-q", "2", "-E"],
    &["-t", "o/a", "-V", "5", "-x", "10", "-i", "brief", "-E"],
    &["-t", "o/a", "-R", "-W", "1"],
    &["-t", "o/#", "--retained-only", "-v", "-W", "1"],
    &["-t", "o/empty", "-v", "-W", "1"],
    &[
        "-t",
        "o/a",
        "-C",
        "1",
        "--will-topic",
        "w",
        "--will-payload",
        "x",
        "--will-qos",
        "1",
        "--will-retain",
    ],
    &["-t", "o/a", "-C", "1", "-u", "somebody", "-P", "secret"],
    &["-t", "o/a", "-C", "1", "--username", "somebody", "--pw", "secret", "-V", "5"],
    &["-t", "o/a", "-C", "1", "--insecure", "--cert", "x", "--key", "y", "--ciphers", "z"],
    &["-t", "o/a", "-t", "o/a", "-C", "1", "-q", "2", "-q", "0", "-F", "%q"],
];

/// A broker with retained messages below `o`.
fn broker() -> Mosquitto {
    let broker = Mosquitto::open();
    let names = Names::new();
    for words in [
        &["-t", "o/a", "-m", "one", "-q", "1"][..],
        &["-t", "o/b", "-m", "zwei 20 \u{b0}C", "-q", "2"],
        &[
            "-t",
            "o/c",
            "-m",
            "x",
            "-V",
            "5",
            "-D",
            "publish",
            "content-type",
            "text/plain",
            "-D",
            "publish",
            "response-topic",
            "r",
            "-D",
            "publish",
            "correlation-data",
            "c",
            "-D",
            "publish",
            "user-property",
            "k",
            "v",
            "-D",
            "publish",
            "payload-format-indicator",
            "1",
        ],
        &["-t", "o/json", "-m", "{\"a\":[1,2]}"],
    ] {
        let place = ["-r", "-p", &broker.port];
        names.run("mosquitto_pub", words.iter().chain(&place)).exits(0);
    }
    broker
}

#[test]
#[ignore = "needs mosquitto"]
fn a_subscriber_prints_the_same() {
    let broker = broker();
    let names = Names::new();
    let mut different = Vec::new();
    for words in SUBSCRIBING {
        let both = names.both("mosquitto_sub", words.iter().chain(&["-p", &broker.port]));
        if let Some(how) = both.difference() {
            different.push(format!("{words:?}: {how}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
#[ignore = "needs mosquitto"]
fn a_url_and_a_socket_lead_to_the_broker() {
    let names = Names::new();
    let socket = format!("{}/socket", names.directory());
    let listener = format!("listener 0 {socket}");
    let broker = Mosquitto::start(&["allow_anonymous true", &listener], &[]);
    let url = format!("mqtt://name:word@localhost:{}/o/a", broker.port);
    for place in [&["-L", &url][..], &["--url", &url], &["--unix", &socket, "-t", "o/a"]] {
        let publish = place.iter().chain(&["-m", "x", "-r", "-q", "1"]);
        names.both("mosquitto_pub", publish).agree();
        names.both("mosquitto_sub", place.iter().chain(&["-C", "1", "-v"])).agree();
    }
}

/// What publishers are run with, beside the topic and `-r`, so that what arrived can be read.
const PUBLISHING: &[&[&str]] = &[
    &["-m", "x"],
    &["--message", "-m", "-q", "1"],
    &["-m", "", "-q", "2"],
    &["-f", "/etc/hostname"],
    &["--file", "/dev/null"],
    &["-n"],
    &["--null-message", "--qos", "1"],
    &["-m", "x", "--repeat", "2", "-q", "1"],
    &["-m", "x", "--repeat", "2", "--repeat-delay", "0.1"],
    &[
        "-m",
        "x",
        "-V",
        "5",
        "-D",
        "publish",
        "content-type",
        "t",
        "-D",
        "publish",
        "user-property",
        "a",
        "b",
    ],
    &["-m", "x", "-V", "5", "-D", "publish", "topic-alias", "1", "--repeat", "2"],
    &["-m", "x", "-V", "5", "-D", "publish", "message-expiry-interval", "1000"],
    &[
        "-m",
        "x",
        "-V",
        "5",
        "-D",
        "publish",
        "correlation-data",
        "abc",
        "-D",
        "publish",
        "response-topic",
        "r",
    ],
    &["-m", "x", "-V", "5", "-D", "publish", "correlation-data", "hex:zz"],
    &["-m", "x", "-V", "5", "-D", "publish", "correlation-data", "text:a"],
    &["-m", "x", "-i", "me", "-c", "-q", "2"],
    &["-m", "x", "-I", "begin", "-M", "1", "-k", "5", "--nodelay"],
    &["-m", "x", "-u", "name", "-P", "word", "-V", "31"],
    &["-m", "x", "-A", "127.0.0.1", "--quiet"],
    &["-m", "x", "--will-topic", "w", "--will-payload", "gone"],
];

#[test]
#[ignore = "needs mosquitto"]
fn a_publisher_sends_the_same() {
    let broker = Mosquitto::open();
    let names = Names::new();
    let mut different = Vec::new();
    for (number, words) in PUBLISHING.iter().enumerate() {
        let arrived = |whose, name: &str| {
            let topic = format!("{number}/{name}");
            let place = ["-t", &topic, "-r", "-p", &broker.port];
            let mut publish = names.command(whose, "mosquitto_pub", place);
            let ended = spawn(publish.args(*words)).finish();
            // What is empty is not retained.
            let format = "%p|%q|%C|%F|%R|%D|%P|%E";
            let read = ["-t", &topic, "-C", "1", "-V", "5", "-q", "2", "-F", format, "-W", "1"];
            let mut read = names.command(Whose::Debians, "mosquitto_sub", read);
            let seen = spawn(read.args(["-p", &broker.port])).finish();
            // Of the time to live a second may be gone.
            let seen = String::from_utf8_lossy(&seen.stdout).replace("|999\n", "|1000\n");
            (ended.code, ended.stderr, ended.stdout, seen)
        };
        let theirs = arrived(Whose::Debians, "theirs");
        let ours = arrived(Whose::Ours, "ours");
        if theirs != ours {
            different.push(format!("{words:?}: {ours:?}, not {theirs:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
#[ignore = "needs mosquitto"]
fn lines_arrive_the_same() {
    let broker = Mosquitto::open();
    let names = Names::new();
    for input in ["", "a", "a\n", "\n", "a\n\nb", "a\r\nb\n", " x \n"] {
        for qos in ["0", "1", "2"] {
            let arrived = |whose, name: &str| {
                let topic = format!("{}/{qos}/{name}", input.len());
                let words = ["-t", &topic, "-l", "-q", qos, "-d", "-p", &broker.port];
                let mut command = names.command(whose, "mosquitto_pub", words);
                let mut running = spawn(command.stdin(std::process::Stdio::piped()));
                running.feed(input);
                let finished = running.finish();
                let told = String::from_utf8_lossy(&finished.stdout).replace(&topic, "TOPIC");
                // One PINGREQ behind the lines makes sure at QoS 0 that they are there.
                let lines = told.lines().filter(|line| !line.contains(" PING"));
                let mut lines: Vec<_> = lines.map(str::to_owned).collect();
                lines.sort();
                (finished.code, finished.stderr, lines)
            };
            assert_eq!(arrived(Whose::Ours, "o"), arrived(Whose::Debians, "t"), "{input:?} {qos}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn retained_messages_are_removed_alike() {
    let names = Names::new();
    for whose in [Whose::Debians, Whose::Ours] {
        let broker = broker();
        let words = ["-t", "o/#", "--remove-retained", "-T", "o/b", "-W", "1", "-p", &broker.port];
        spawn(&mut names.command(whose, "mosquitto_sub", words)).finish().exits(27);
        let words = ["-t", "o/#", "-v", "-W", "1", "-p", &broker.port];
        let left = names.run("mosquitto_sub", words).exits(27);
        assert_eq!(String::from_utf8_lossy(&left.stdout), "o/b zwei 20 \u{b0}C\n", "{whose:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_rr"]
fn a_request_is_answered_the_same() {
    let broker = Mosquitto::open();
    let names = Names::new();
    for words in [
        &["-m", "x"][..],
        &["-m", "x", "-v"],
        &["-m", "x", "-N", "-q", "1"],
        &["-m", "x", "-V", "311", "-q", "2"],
        &["-n", "-v"],
        &["-m", "x", "-F", "%t %p %q %R"],
        &["-m", "x", "-D", "publish", "correlation-data", "c", "-F", "%D"],
        &["-m", "x", "-W", "5", "-R"],
    ] {
        // Who asks on the topic of the answers answers itself.
        let place = ["-t", "self", "-e", "self", "-p", &broker.port];
        let both = names.both("mosquitto_rr", place.iter().chain(words));
        assert_eq!(both.difference(), None, "{words:?}");
        assert_eq!(both.ours.code, Some(0), "{words:?}");
    }
    let alone = ["-t", "a", "-e", "b", "-m", "x", "-W", "1", "-p", &broker.port];
    let both = names.both("mosquitto_rr", alone).agree();
    assert_eq!(both.ours.code, Some(27));
}

#[test]
#[ignore = "needs mosquitto"]
fn what_2_0_11_does_not_do_or_does_wrong_is_done_as_in_2_1() {
    let broker = broker();
    let names = Names::new();
    let file = format!("{}/request", names.directory());
    std::fs::write(&file, "from a file").unwrap();
    for (name, words, code, prints) in [
        // 2.0.11 sends nothing, and shows each tenth message.
        ("mosquitto_rr", &["-t", "self", "-e", "self", "-f", &file][..], 0, "from a file\n"),
        ("mosquitto_sub", &["-t", "o/a", "-C", "1", "--random-filter", "100"], 0, "one\n"),
        // New in 2.1.
        ("mosquitto_sub", &["-t", "o/a", "-C", "1", "--retain-handling", "new"], 0, "one\n"),
        (
            "mosquitto_sub",
            &["-t", "o/a", "-V", "5", "--retain-handling", "never", "-W", "1"],
            27,
            "",
        ),
        ("mosquitto_sub", &["-t", "o/a", "-C", "1", "-F", "%.2:x"], 0, "6f:6e:65\n"),
        ("mosquitto_sub", &["-t", "o/a", "-C", "1", "--no-tls", "--cafile", "x"], 0, "one\n"),
        ("mosquitto_sub", &["-U", "o/a", "-E", "-W", "1"], 0, ""),
        (
            "mosquitto_pub",
            &["-t", "a", "-m", "x", "-D", "publish", "user-property", "a", "b", "-V", "311"],
            0,
            "",
        ),
    ] {
        let finished = names.run(name, words.iter().chain(&["-p", &broker.port]));
        finished.exits(code).prints(prints);
    }
    let words = ["-t", "self", "-e", "self", "-m", "x", "--latency", "-p", &broker.port];
    let finished = names.run("mosquitto_rr", words).exits(0);
    let printed = String::from_utf8_lossy(&finished.stdout).into_owned();
    assert!(finished.stderr.is_empty(), "{finished:?}");
    let told = printed.strip_prefix("x\nLatency: ").unwrap();
    let (_, decimals) = told.split_once('.').unwrap_or_else(|| panic!("{printed}"));
    assert_eq!(decimals.find(|letter: char| !letter.is_ascii_digit()), Some(6), "{printed}");
    let words = ["-t", "o/#", "--message-rate", "-W", "2", "-p", &broker.port];
    let finished = names.run("mosquitto_sub", words).exits(27);
    assert!(String::from_utf8_lossy(&finished.stdout).contains(" msgs/s\n"), "{finished:?}");
}
