//! `mq sub`.

use mq::codec::{PacketId, Properties, Publish, Qos, Reason, RetainHandling};

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, run, start};
use crate::support::terminal::AtTerminal;

/// `mq sub` of these words.
pub(super) fn sub_to(broker: &Broker, words: &[&str]) -> Running {
    start(["sub", "-p", &broker.port()].iter().chain(words))
}

/// The same, once its subscription is granted, and its connection.
pub(super) fn subscribed(broker: &Broker, words: &[&str]) -> (Running, Peer) {
    let running = sub_to(broker, words);
    let mut peer = broker.welcome().0;
    peer.grant();
    (running, peer)
}

#[test]
fn messages_are_printed_exactly() {
    for (words, want) in [
        (&["-C", "3"][..], &b"one\n\n\x1b\0\xff\n"[..]),
        (&["-C", "3", "-v"], b"a one\na/b \na \x1b\0\xff\n"),
        (&["-C", "3", "-N"], b"one\x1b\0\xff"),
    ] {
        let broker = Broker::new();
        let (running, mut peer) = subscribed(&broker, &[&["-t", "#"], words].concat());
        peer.publish("a", b"one", Qos::AtMostOnce, 0);
        peer.publish("a/b", b"", Qos::AtMostOnce, 0);
        peer.publish("a", b"\x1b\0\xff", Qos::AtMostOnce, 0);
        peer.leaves();
        running.finish().exits(0).prints(want);
    }
}

#[test]
fn all_filters_go_in_one_request_with_their_qos() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a/+", "-t", "b/#", "-q", "2", "-E"]);
    let mut peer = broker.welcome().0;
    let filters = peer.grant();
    let names: Vec<_> = filters.iter().map(|(filter, _)| filter.as_str()).collect();
    assert_eq!(names, ["a/+", "b/#"]);
    assert!(filters.iter().all(|(_, options)| options.qos == Qos::ExactlyOnce));
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn refused_filters_are_told_and_all_refused_is_an_error() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-t", "b", "-E"]);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.suback(id, &[0, 0x87]);
    peer.leaves();
    running.finish().exits(0).says("refused the subscription to b: not authorized");
    for words in [&["-E"][..], &[]] {
        let running = sub_to(&broker, &[&["-t", "a", "-t", "b"], words].concat());
        let mut peer = broker.welcome().0;
        let id = peer.subscription().0;
        peer.suback(id, &[0x8F, 0x87]);
        peer.leaves();
        running.finish().exits(4).says("a: topic filter invalid");
    }
}

#[test]
fn a_suback_with_too_few_codes_breaks_the_protocol() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-t", "b", "-W", "0.3"]);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.suback(id, &[0]);
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::ProtocolError, .. }));
    drop(peer);
    running.finish().exits(5).says("does not fit the request");
}

#[test]
fn the_count_ends_it_and_later_messages_are_not_acknowledged() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-q", "2", "-C", "2"]);
    peer.publish("a", b"one", Qos::AtLeastOnce, 1);
    peer.publish("a", b"two", Qos::ExactlyOnce, 2);
    assert_eq!(peer.next(), Got::Puback(1));
    assert_eq!(peer.next(), Got::Pubrec(2));
    peer.publish("a", b"three", Qos::AtLeastOnce, 3);
    peer.pubrel(2);
    assert_eq!(peer.next(), Got::Pubcomp(2));
    peer.leaves();
    running.finish().exits(0).prints("one\ntwo\n");
}

#[test]
fn a_small_count_is_announced_as_receive_maximum() {
    for (count, announced) in [("3", Some(3)), ("100", None)] {
        let broker = Broker::new();
        let running = sub_to(&broker, &["-t", "a", "-C", count, "-E"]);
        let (mut peer, hello) = broker.welcome();
        assert_eq!(hello.receive_maximum, announced);
        peer.grant();
        peer.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn a_missing_pubrel_is_not_waited_for_too_long() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-q", "2", "-C", "1"]);
    peer.publish("a", b"one", Qos::ExactlyOnce, 1);
    assert_eq!(peer.next(), Got::Pubrec(1));
    peer.leaves();
    running.finish().exits(0).prints("one\n");
}

#[test]
fn the_time_limit_covers_everything() {
    let broker = Broker::new();
    // Nobody answers CONNECT.
    let running = sub_to(&broker, &["-t", "a", "-W", "200ms"]);
    let _silent = broker.accept();
    running.finish().exits(5).says("timed out after 200ms");
    // Nobody answers SUBSCRIBE.
    let running = sub_to(&broker, &["-t", "a", "-W", "0.2"]);
    let mut peer = broker.welcome().0;
    peer.subscription();
    peer.leaves();
    running.finish().exits(5);
    // Too few messages.
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-W", "0.2", "-C", "2"]);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(5).prints("one\n");
    // Enough.
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-W", "20", "-C", "1"]);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\n");
}

#[test]
fn retained_messages_can_be_left_out() {
    for (version, handling) in [("5", RetainHandling::Never), ("311", RetainHandling::default())] {
        let broker = Broker::new();
        let words = ["-t", "a", "-R", "-C", "1", "-q", "1", "-V", version];
        let running = sub_to(&broker, &words);
        let mut peer = broker.welcome().0;
        assert_eq!(peer.grant()[0].1.retain_handling, handling);
        peer.deliver(&Publish {
            dup: false,
            qos: Qos::AtLeastOnce,
            retain: true,
            topic: "a",
            id: PacketId::new(4),
            properties: Properties::EMPTY,
            payload: b"old",
        });
        assert_eq!(peer.next(), Got::Puback(4));
        peer.publish("a", b"new", Qos::AtMostOnce, 0);
        peer.leaves();
        running.finish().exits(0).prints("new\n");
    }
}

#[test]
fn a_message_in_pieces_of_one_byte_and_many_in_one_piece_are_the_same() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-C", "1001"]);
    for byte in [0x30, 7, 0, 1, b'a', 0, b'o', b'n', b'e'] {
        peer.raw(&[byte]);
    }
    peer.raw(&[0x30, 7, 0, 1, b'a', 0, b't', b'w', b'o'].repeat(1000));
    peer.leaves();
    running.finish().exits(0).prints(format!("one\n{}", "two\n".repeat(1000)));
}

#[test]
fn a_message_larger_than_every_buffer_is_printed_whole() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-C", "1"]);
    let large: Vec<u8> = (0..5_000_000_u32).map(|at| b'a' + (at % 26) as u8).collect();
    peer.publish("a", &large, Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints([&large[..], b"\n"].concat());
}

#[test]
fn a_command_starts_once_the_subscription_stands() {
    let broker = Broker::new();
    let marker = std::env::temp_dir().join(format!("mq-started-{}", std::process::id()));
    let _ = std::fs::remove_file(&marker);
    let script = format!("echo from-command; : > {}", marker.display());
    let running = sub_to(&broker, &["-t", "a", "-C", "1", "--", "sh", "-c", &script]);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    assert!(!marker.exists());
    peer.suback(id, &[0]);
    while !marker.exists() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    peer.publish("a", b"answer", Qos::AtMostOnce, 0);
    peer.leaves();
    std::fs::remove_file(&marker).unwrap();
    running.finish().exits(0).prints("from-command\nanswer\n");
}

#[test]
fn a_command_that_fails_ends_it_with_its_code() {
    let broker = Broker::new();
    for (script, code) in [("exit 9", 9), ("kill -9 $$", 137)] {
        let (running, mut peer) = subscribed(&broker, &["-t", "a", "--", "sh", "-c", script]);
        peer.leaves();
        running.finish().exits(code);
    }
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "--", "/no/such/program"]);
    peer.leaves();
    running.finish().exits(127).says("/no/such/program: No such file");
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "--", "/etc/passwd"]);
    peer.leaves();
    running.finish().exits(126);
}

#[test]
fn a_command_that_ends_well_leaves_the_end_to_the_subscriptions_own_rules() {
    let broker = Broker::new();
    let words = ["-t", "a", "-C", "1", "--", "sh", "-c", "echo gone >&2"];
    let (running, mut peer) = subscribed(&broker, &words);
    running.wait_until_it_says("gone");
    for _ in 0..100 {
        peer.pubrel(9);
        assert_eq!(peer.next(), Got::Pubcomp(9));
    }
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\n");
}

#[test]
fn a_command_is_waited_for() {
    let broker = Broker::new();
    let words = ["-t", "a", "-C", "1", "--", "sh", "-c", "read line; exit 5"];
    let (mut running, mut peer) = subscribed(&broker, &words);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.write("go\n");
    running.finish().exits(5).prints("one\n");
}

#[test]
fn nothing_connects_for_an_invalid_filter() {
    let broker = Broker::new();
    run(["sub", "-t", "a#", "-p", &broker.port()]).exits(2).says("not a topic filter");
    assert!(broker.is_alone());
}

#[test]
fn a_terminal_gets_no_control_characters() {
    let broker = Broker::new();
    let port = broker.port();
    let mut words = command(["sub", "-v", "-t", "#", "-C", "1", "-p", &port]);
    let running = AtTerminal::start(words.env("NO_COLOR", "1"));
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a\u{202e}\nb", b"\x1b]0;owned\x07\xff", Qos::AtMostOnce, 0);
    peer.leaves();
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    assert_eq!(shown, b"a\\u{202e}\\nb \\x1b]0;owned\\x07\\xff\n");
}

#[test]
fn a_count_met_before_suback_still_starts_the_command() {
    let broker = Broker::new();
    let words = ["-t", "a", "-C", "1", "--", "sh", "-c", "echo started >&2; exit 3"];
    let running = sub_to(&broker, &words);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.publish("a", b"old", Qos::AtMostOnce, 0);
    peer.publish("a", b"too many", Qos::AtMostOnce, 0);
    peer.suback(id, &[0]);
    peer.leaves();
    running.finish().exits(3).says("started").prints("old\n");
}

#[test]
fn the_time_limit_and_the_failure_of_the_command_hold_in_a_flood() {
    for (words, code) in [(&["-W", "0.3"][..], 5), (&["--", "sh", "-c", "exit 9"], 9)] {
        let broker = Broker::new();
        let running = sub_to(&broker, &[&["-t", "a"], words].concat());
        let mut peer = broker.welcome().0;
        peer.grant();
        let flood = std::thread::spawn(move || {
            let batch = [0x30, 5, 0, 1, b'a', 0, b'x'].repeat(10_000);
            let mut send = || peer.raw(&batch);
            while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut send)).is_ok() {}
        });
        running.finish().exits(code);
        let _ = flood.join();
    }
}

#[test]
fn the_time_limit_ends_the_wait_for_the_command() {
    let broker = Broker::new();
    let words = ["-t", "a", "-C", "1", "-W", "0.5", "--", "sleep", "60"];
    let (running, mut peer) = subscribed(&broker, &words);
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("one\n");
}

#[test]
fn an_error_is_told_before_the_command_has_ended() {
    let broker = Broker::new();
    let words = ["-t", "a", "--", "sh", "-c", "read line"];
    let (mut running, mut peer) = subscribed(&broker, &words);
    peer.disconnect(Reason::NotAuthorized, &[]);
    running.wait_until_it_says("not authorized");
    running.write("go\n");
    let finished = running.finish().exits(4);
    assert_eq!(finished.stderr.matches("not authorized").count(), 1, "{finished:?}");
}
