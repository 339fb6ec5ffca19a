//! What `mq sub` takes that mosquitto's does not: topics without an option, filters with options
//! of their own, a regular expression, a time to collect, a time before each line.

use mq::codec::{Packet, Qos, Reason, RetainHandling};
use mq::net::clock;

use super::subscribe::{sub_to, subscribed};
use crate::support::broker::{Broker, Got};
use crate::support::mq::{command, run, spawn, start};

#[test]
fn filters_come_by_themselves_behind_an_option_and_with_options_of_their_own() {
    let broker = Broker::new();
    let own = ["--subscribe", "qos=1,no-local,rap,rh=2 c d/#", "--subscribe", "rh=1 e"];
    let words = [&["a/+", "-t", "b", "-q", "2", "f"][..], &own, &["-E"]].concat();
    let running = sub_to(&broker, &words);
    let mut peer = broker.welcome().0;
    let filters = peer.grant();
    peer.leaves();
    running.finish().exits(0);
    let names: Vec<_> = filters.iter().map(|(filter, _)| filter.as_str()).collect();
    assert_eq!(names, ["a/+", "f", "b", "c d/#", "e"]);
    for (filter, options) in &filters {
        let is_own = filter == "c d/#";
        assert_eq!(options.qos, if is_own { Qos::AtLeastOnce } else { Qos::ExactlyOnce });
        assert_eq!((options.no_local, options.retain_as_published), (is_own, is_own));
        let handling = match filter.as_str() {
            "c d/#" => RetainHandling::Never,
            "e" => RetainHandling::SendIfNew,
            _ => RetainHandling::Send,
        };
        assert_eq!(options.retain_handling, handling, "{filter}");
    }
}

#[test]
fn the_topic_of_the_url_is_for_who_names_none() {
    for (words, filter) in [(&[][..], "of-url"), (&["a"], "a"), (&["--subscribe", "qos=1 b"], "b")]
    {
        let broker = Broker::new();
        let mut command = command([&["sub", "-E"], words].concat());
        command.env("MQTT_URL", format!("mqtt://127.0.0.1:{}/of-url", broker.port()));
        let running = spawn(&mut command);
        let mut peer = broker.welcome().0;
        let filters = peer.grant();
        assert_eq!((filters.len(), filters[0].0.as_str()), (1, filter));
        peer.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn what_is_wrong_with_an_option_is_named_and_nothing_connects() {
    let broker = Broker::new();
    let port = broker.port();
    for (words, part) in [
        (&["--subscribe", "a/b"][..], "--subscribe <OPTIONS FILTER>': there is no space"),
        (&["--subscribe", "qos=3 a"], "--subscribe <OPTIONS FILTER>': qos is \"3\""),
        (&["--subscribe", "loud a"], "--subscribe <OPTIONS FILTER>': there is no \"loud\""),
        (&["--subscribe", "qos=1 a#"], "\"a#\" is not a topic filter"),
        (&["--subscribe", "no-local $share/g/a"], "shared subscription"),
        (&["--subscribe", "rap a", "-V", "311"], "needs MQTT 5"),
        (&["a", "--match", "(x"], "--match <REGEX>': unclosed group"),
        (&["a", "--for", "0"], "--for <TIME>': must be more than 0"),
        (&["a", "--time", "--json"], "--time' cannot be used with '--json"),
        (&["a", "--time", "-F", "%p"], "--time' cannot be used with '--format"),
        (&["a", "--time", "--tsv"], "--time' cannot be used with '--tsv"),
        (&["a#"], "\"a#\" is not a topic filter"),
        (&["a", "--"], "no command behind --"),
    ] {
        run([&["sub", "-p", &port], words].concat()).exits(2).says(part);
    }
    assert!(broker.is_alone());
}

#[test]
fn what_only_version_5_has_is_asked_for_in_no_other() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["--subscribe", "no-local a"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.refuse(Reason::UnsupportedProtocolVersion);
    running.finish().exits(4).says("unsupported protocol version");
    assert!(broker.is_alone());
    // A quality of service is in every version.
    let running = sub_to(&broker, &["--subscribe", "qos=1 a", "-E", "-V", "311"]);
    let mut peer = broker.welcome().0;
    assert_eq!(peer.grant()[0].1.qos, Qos::AtLeastOnce);
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn what_does_not_match_is_not_printed_and_does_not_count_but_is_acknowledged() {
    let broker = Broker::new();
    let words = ["a", "-q", "1", "-C", "2", "--match", r"^(done|(?-u:\xff)\d+)$"];
    let running = sub_to(&broker, &words);
    let (mut peer, hello) = broker.welcome();
    // Each that does not match would have to be waited for.
    assert_eq!(hello.receive_maximum, None);
    peer.grant();
    for (id, payload) in [(1, &b"not done"[..]), (2, b""), (3, b"done"), (4, b"\xfe7")] {
        peer.publish("a", payload, Qos::AtLeastOnce, id);
        assert_eq!(peer.next(), Got::Puback(id));
    }
    peer.publish("a", b"\xff77", Qos::AtLeastOnce, 5);
    assert_eq!(peer.next(), Got::Puback(5));
    peer.leaves();
    running.finish().exits(0).prints(b"done\n\xff77\n");
}

#[test]
fn letters_of_all_languages_match_and_those_of_ascii_in_either_case() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["a", "-C", "1", "--match", r"(?i)größe: \w+$"]);
    peer.publish("a", "Größe 7".as_bytes(), Qos::AtMostOnce, 0);
    peer.publish("a", "GRößE: M7".as_bytes(), Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("GRößE: M7\n");
    let (running, mut peer) = subscribed(&broker, &["a", "-C", "1", "--match", "^[äöü].$"]);
    peer.publish("a", "äöü".as_bytes(), Qos::AtMostOnce, 0);
    peer.publish("a", "öß".as_bytes(), Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("öß\n");
}

#[test]
fn a_wait_for_what_never_comes_has_its_own_exit_code() {
    let broker = Broker::new();
    let words = ["a", "--match", "done", "-C", "1", "-W", "0.3"];
    let (running, mut peer) = subscribed(&broker, &words);
    peer.publish("a", b"failed", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(5).prints("");
}

#[test]
fn only_retained_messages_that_match_are_removed() {
    let broker = Broker::new();
    let words = ["a/#", "--match", "old", "--remove-retained", "-C", "1"];
    let (running, mut peer) = subscribed(&broker, &words);
    peer.deliver_all(&[("a/1", b"new", true), ("a/2", b"old", true)]);
    let removal = peer.message();
    assert_eq!(removal.topic, "a/2");
    peer.puback(removal.id, Reason::Success);
    peer.leaves();
    running.finish().exits(0).prints("old\n");
}

#[test]
fn a_collection_begins_with_the_subscription_and_ends_well() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["a", "--for", "0.2"]);
    let begin = clock::now();
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    // Before that, no time passes.
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    while begin.elapsed().as_millis() < 400 {
        peer.pubrel(9);
        assert_eq!(peer.next(), Got::Pubcomp(9));
    }
    peer.suback(id, &[0]);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\n");
}

#[test]
fn a_collection_ends_with_its_count_and_with_the_time_limit_that_comes_first() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["a", "--for", "1h", "-C", "1"]);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\n");
    let (running, mut peer) = subscribed(&broker, &["a", "--for", "1h", "-W", "0.3"]);
    peer.leaves();
    running.finish().exits(5);
}

#[test]
fn a_collection_ends_in_a_flood_and_without_a_connection() {
    let broker = Broker::new();
    let nothing = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
    let mut words = command(["sub", "a", "--for", "0.3", "-p", &broker.port()]);
    let running = spawn(words.stdout(nothing));
    let mut peer = broker.welcome().0;
    peer.grant();
    let flood = std::thread::spawn(move || {
        let batch = [0x30, 5, 0, 1, b'a', 0, b'x'].repeat(10_000);
        let mut send = || peer.raw(&batch);
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut send)).is_ok() {}
    });
    running.finish().exits(0);
    let _ = flood.join();
    let (running, mut peer) = subscribed(&broker, &["a", "--for", "0.5"]);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    running.wait_until_it_prints("one\n");
    drop((peer, broker));
    let finished = running.finish().exits(0).prints("one\n");
    assert_eq!(finished.stderr.matches("trying again").count(), 1, "{finished:?}");
}

#[test]
fn a_collection_that_is_over_waits_for_its_reader_and_its_command() {
    let broker = Broker::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let words = ["sub", "a", "-q", "1", "--for", "0.2", "-k", "1", "-p", &broker.port()];
    let mut words = command(words);
    let running = spawn(words.stdout(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    // More than a pipe holds: it cannot leave before this is read, and acknowledges it then.
    let large = vec![b'x'; 300_000];
    peer.publish("a", &large, Qos::AtLeastOnce, 1);
    // After a second, and another half.
    assert_eq!(peer.next(), Got::Pingreq);
    assert_eq!(peer.next(), Got::Pingreq);
    let mut printed = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut printed).unwrap();
    while peer.next() != Got::Puback(1) {}
    peer.leaves();
    running.finish().exits(0);
    assert_eq!(printed.len(), large.len() + 1);
    let words = ["a", "--for", "0.1", "--", "sh", "-c", "read line; exit 5"];
    let (mut running, mut peer) = subscribed(&broker, &words);
    peer.leaves();
    running.write("go\n");
    running.finish().exits(5);
}

#[test]
fn each_line_begins_with_its_time() {
    for (words, zone, line) in [
        (&["--time"][..], "UTC", "T+00:00 x\n"),
        (&["--time", "-v"], "UTC-5:30", "T+05:30 a x\n"),
        (&["--time", "-v", "-0"], "UTC", "T+00:00 a x\0"),
    ] {
        let broker = Broker::new();
        let port = broker.port();
        let mut command = command([&["sub", "a", "-C", "1", "-p", &port], words].concat());
        let running = spawn(command.env("TZ", zone).stdout(std::process::Stdio::piped()));
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
        peer.leaves();
        let printed = String::from_utf8(running.finish().exits(0).stdout).unwrap();
        let (time, rest) = printed.split_at("2026-11-20T20:25:39.296".len());
        let digits = |text: &str| text.replace(|letter: char| letter.is_ascii_digit(), "0");
        assert_eq!(digits(time), "0000-00-00T00:00:00.000", "{printed:?}");
        assert_eq!(format!("T{rest}"), line);
    }
}

#[test]
fn answers_to_requests_can_have_their_time_too() {
    let broker = Broker::new();
    let words = ["rr", "-t", "ask", "-e", "answer", "-m", "?", "--time", "-V", "311"];
    let running = start(words.iter().copied().chain(["-p", &broker.port()]));
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.message();
    peer.publish("answer", b"42", Qos::AtMostOnce, 0);
    let printed = loop {
        match peer.next() {
            Got::Pingreq => peer.send(Packet::Pingresp),
            Got::Disconnect { .. } => break running.finish().exits(0).stdout,
            _ => {}
        }
    };
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.ends_with(" 42\n") && printed.starts_with("20"), "{printed:?}");
}
