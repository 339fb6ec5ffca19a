//! What `mq sub` does beyond printing: which messages it takes, drops, removes, counts and shows.

use mq::codec::{Packet, Property, PropertyBuffer, Qos, Reason, RetainHandling};
use mq::net::clock;

use super::subscribe::{sub_to, subscribed};
use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{command, run};
use crate::support::terminal::AtTerminal;

/// The next packet is UNSUBSCRIBE for this filter alone; its identifier.
#[track_caller]
fn unsubscription(peer: &mut Peer, filter: &str) -> u16 {
    match peer.next() {
        Got::Unsubscribe { id, filters } if filters == [filter] => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_filter_is_unsubscribed_by_a_request_of_its_own_behind_the_subscription() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let words = ["-t", "a", "-U", "b/#", "-U", "+/c", "-E", "-V", version];
        let running = sub_to(&broker, &words);
        let mut peer = broker.welcome().0;
        let id = peer.subscription().0;
        unsubscription(&mut peer, "b/#");
        let second = unsubscription(&mut peer, "+/c");
        // The answers may come in any order; SUBACK ends it.
        peer.unsuback(second, 0x11);
        peer.suback(id, &[0]);
        peer.leaves();
        assert_eq!(running.finish().exits(0).stderr, "");
    }
}

#[test]
fn a_command_starts_when_everything_is_answered() {
    let broker = Broker::new();
    let words = ["-t", "a", "-U", "b", "--", "sh", "-c", "exit 7"];
    let running = sub_to(&broker, &words);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    let unsubscription = unsubscription(&mut peer, "b");
    peer.suback(id, &[0]);
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    peer.unsuback(unsubscription, 0);
    peer.leaves();
    running.finish().exits(7);
}

#[test]
fn a_command_starts_though_the_subscription_is_all_that_was_asked_for() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "-E", "--", "sh", "-c", "exit 7"]);
    peer.leaves();
    running.finish().exits(7);
    // Not when it was refused.
    let running = sub_to(&broker, &["-t", "a", "-E", "--", "sh", "-c", "exit 7"]);
    let mut peer = broker.welcome().0;
    let id = peer.subscription().0;
    peer.suback(id, &[0x87]);
    peer.leaves();
    running.finish().exits(4);
}

#[test]
fn to_unsubscribe_needs_no_subscription() {
    let broker = Broker::new();
    let words = ["-U", "a", "-U", "b", "-c", "-i", "me", "-C", "1"];
    let running = sub_to(&broker, &words);
    let mut peer = broker.accept();
    assert!(!peer.hello().clean);
    peer.connack(true, &[]);
    let first = unsubscription(&mut peer, "a");
    let second = unsubscription(&mut peer, "b");
    peer.unsuback(first, 0);
    peer.unsuback(second, 0x87);
    running.wait_until_it_says("refused to unsubscribe from b: not authorized");
    peer.publish("c", b"of another subscription", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("of another subscription\n");
    // When nothing of it was done, it is an error.
    let running = sub_to(&broker, &["-U", "a", "-E"]);
    let mut peer = broker.welcome().0;
    let id = unsubscription(&mut peer, "a");
    peer.unsuback(id, 0x87);
    peer.leaves();
    running.finish().exits(4).says("refused a: not authorized");
}

#[test]
fn requests_are_made_again_only_where_the_broker_does_not_know_them() {
    for (answered, present, again) in
        [(true, true, false), (true, false, true), (false, true, true)]
    {
        let broker = Broker::new();
        let running = sub_to(&broker, &["-t", "a", "-U", "b", "-c", "-i", "me", "-C", "1"]);
        let mut first = broker.welcome().0;
        first.grant();
        let id = unsubscription(&mut first, "b");
        if answered {
            first.unsuback(id, 0);
            first.pubrel(1);
            assert_eq!(first.next(), Got::Pubcomp(1));
        }
        drop(first);
        let mut second = broker.accept();
        second.hello();
        second.connack(present, &[]);
        if again {
            second.grant();
            unsubscription(&mut second, "b");
        }
        second.publish("a", b"x", Qos::AtMostOnce, 0);
        second.leaves();
        let finished = running.finish().exits(0).prints("x\n");
        let told = if present { "the session goes on" } else { "messages in between are lost" };
        finished.says(told);
    }
}

#[test]
fn filtered_messages_are_neither_printed_nor_counted_nor_removed_but_acknowledged() {
    let broker = Broker::new();
    let words = ["-t", "#", "-T", "a/#", "-T", "+/x", "-q", "1", "-C", "2", "-v"];
    let (running, mut peer) = subscribed(&broker, &[&words[..], &["--remove-retained"]].concat());
    peer.retained("a", b"1", Qos::AtLeastOnce, 1);
    assert_eq!(peer.next(), Got::Puback(1));
    // Wildcards do not match what begins with a dollar sign.
    for (id, topic) in [(2, "a/b/c"), (3, "b/x"), (4, "$SYS/x"), (5, "ab")] {
        peer.publish(topic, b"x", Qos::AtLeastOnce, id);
        assert_eq!(peer.next(), Got::Puback(id));
    }
    peer.leaves();
    running.finish().exits(0).prints("$SYS/x x\nab x\n");
}

#[test]
fn the_first_fresh_message_ends_a_look_at_retained_ones() {
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        let broker = Broker::new();
        let (running, mut peer) = subscribed(&broker, &["-t", "#", "--retained-only", "-q", "2"]);
        peer.retained("a", b"old", Qos::AtMostOnce, 0);
        peer.publish("a", b"new", qos, u16::from(qos > Qos::AtMostOnce));
        peer.retained("b", b"late", Qos::AtMostOnce, 0);
        // What is not printed is not acknowledged: it is whoever comes next who prints it.
        peer.leaves();
        running.finish().exits(0).prints("old\n");
    }
    let both = ["sub", "-t", "a", "-R", "--retained-only", "-p", &Broker::new().port()];
    run(both).exits(2).says("-R leaves out");
}

#[test]
fn retained_messages_are_removed_and_the_end_waits_for_every_acknowledgement() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let words = ["-t", "#", "--remove-retained", "-C", "2", "-V", version, "-M", "1"];
        let (running, mut peer) = subscribed(&broker, &words);
        peer.retained("a", b"1", Qos::AtMostOnce, 0);
        peer.publish("b", b"2", Qos::AtMostOnce, 0);
        let removal = peer.message();
        assert_eq!((removal.topic.as_str(), removal.payload.len()), ("a", 0));
        assert!(removal.retain && removal.qos == Qos::AtLeastOnce && !removal.dup);
        // The count is met; what comes now is nobody's.
        peer.publish("a", b"", Qos::AtMostOnce, 0);
        peer.retained("c", b"3", Qos::AtMostOnce, 0);
        peer.pubrel(9);
        assert_eq!(peer.next(), Got::Pubcomp(9));
        peer.puback(removal.id, Reason::Success);
        peer.leaves();
        running.finish().exits(0).prints("1\n2\n");
    }
}

#[test]
fn removals_keep_to_the_window_and_survive_a_cut() {
    let broker = Broker::new();
    let words = ["-t", "#", "--remove-retained", "-C", "3", "-c", "-i", "me"];
    let running = sub_to(&broker, &words);
    let mut first = broker.accept();
    first.hello();
    first.connack(false, &[Property::ReceiveMaximum(2)]);
    first.grant();
    for topic in ["a", "b", "c"] {
        first.retained(topic, b"x", Qos::AtMostOnce, 0);
    }
    let sent = [first.message(), first.message()];
    first.pubrel(9);
    assert_eq!(first.next(), Got::Pubcomp(9), "the window is full");
    first.puback(sent[0].id, Reason::Success);
    assert_eq!(first.message().topic, "c");
    drop(first);
    // In the session that goes on, the two without an acknowledgement come again.
    let mut second = broker.accept();
    second.hello();
    second.connack(true, &[]);
    for topic in ["b", "c"] {
        let removal = second.message();
        assert!(removal.dup && removal.topic == topic);
        second.puback(removal.id, Reason::Success);
    }
    second.leaves();
    running.finish().exits(0).prints("x\nx\nx\n");
}

#[test]
fn a_removal_that_is_refused_is_told() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "#", "--remove-retained", "-C", "1"]);
    peer.retained("a", b"x", Qos::AtMostOnce, 0);
    let id = peer.message().id;
    peer.puback(id, Reason::NotAuthorized);
    peer.leaves();
    running.finish().exits(4).prints("x\n").says("message of a was not removed: not authorized");
}

#[test]
fn all_retained_messages_can_be_removed_and_the_program_ends_by_itself() {
    let broker = Broker::new();
    let words = ["-t", "#", "--remove-retained", "--retained-only", "-v"];
    let (running, mut peer) = subscribed(&broker, &words);
    for topic in ["a", "b"] {
        peer.retained(topic, b"x", Qos::AtMostOnce, 0);
    }
    // The broker tells each removal to the one who removed: only the last one ends it.
    for _ in 0..2 {
        let removal = peer.message();
        peer.publish(&removal.topic, b"", Qos::AtMostOnce, 0);
        peer.puback(removal.id, Reason::Success);
    }
    peer.leaves();
    running.finish().exits(0).prints("a x\nb x\n");
}

#[test]
fn to_leave_retained_messages_out_is_to_remove_none() {
    let broker = Broker::new();
    let words = ["-t", "#", "--remove-retained", "-R", "-C", "1"];
    let (running, mut peer) = subscribed(&broker, &words);
    peer.retained("a", b"x", Qos::AtMostOnce, 0);
    peer.publish("a", b"y", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("y\n");
}

#[test]
fn what_is_asked_of_retained_messages_is_in_the_options_of_each_filter() {
    use RetainHandling as R;
    for (words, handling, as_published) in [
        (&[][..], R::Send, false),
        (&["-R"], R::Never, false),
        (&["--retain-handling", "always"], R::Send, false),
        (&["--retain-handling", "new"], R::SendIfNew, false),
        (&["--retain-handling", "never"], R::Never, false),
        (&["--retain-handling", "new", "-R"], R::Never, false),
        (&["--retain-as-published"], R::Send, true),
    ] {
        let broker = Broker::new();
        let running = sub_to(&broker, &[&["-t", "a", "-t", "b", "-E"], words].concat());
        let mut peer = broker.welcome().0;
        for (_, options) in peer.grant() {
            let got = (options.retain_handling, options.retain_as_published, options.no_local);
            assert_eq!(got, (handling, as_published, false), "{words:?}");
        }
        peer.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn what_needs_version_5_is_not_tried_in_another() {
    for words in [&["--retain-as-published"][..], &["--retain-handling", "new"], &["-x", "30"]] {
        let broker = Broker::new();
        let running = sub_to(&broker, &[&["-t", "a"], words].concat());
        let mut peer = broker.accept();
        peer.hello();
        peer.raw(&[0x20, 2, 0, 1]);
        running.finish().exits(4).says("unsupported protocol version");
        assert!(broker.is_alone());
        let port = broker.port();
        let words = [&["sub", "-V", "311", "-t", "a", "-p", &port], words].concat();
        run(words).exits(2).says("needs MQTT 5");
        assert!(broker.is_alone());
    }
}

#[test]
fn a_session_lasts_as_long_as_it_is_asked_to() {
    const EVER: Option<u32> = Some(u32::MAX);
    for (words, clean, expiry) in [
        (&[][..], true, None),
        (&["-x", "0"], true, Some(0)),
        (&["-x", "90"], true, Some(90)),
        (&["-x", "30m"], true, Some(1800)),
        (&["-c", "-i", "me"], false, EVER),
        (&["-c", "-i", "me", "-x", "90"], false, Some(90)),
        (&["-x", "-1", "-i", "me"], true, EVER),
        (&["-x", "\u{221e}", "-i", "me"], true, EVER),
    ] {
        let broker = Broker::new();
        let running = sub_to(&broker, &[&["-t", "a", "-E"], words].concat());
        let (mut peer, hello) = broker.welcome();
        assert_eq!((hello.clean, hello.session_expiry), (clean, expiry), "{words:?}");
        peer.grant();
        assert_eq!(
            peer.next(),
            Got::Disconnect {
                reason: Reason::Success,
                session_expiry: None,
                properties: PropertyBuffer::new()
            },
            "what was asked for holds to the end"
        );
        drop(peer);
        running.finish().exits(0);
    }
    for words in [&["-x", "-1"][..], &["-x", "soon"], &["-c"], &["-c", "-I", "me"]] {
        let broker = Broker::new();
        run([&["sub", "-t", "a", "-p", &broker.port()], words].concat()).exits(2);
        assert!(broker.is_alone());
    }
}

#[test]
fn a_session_that_lasts_a_while_is_taken_up_after_a_cut_under_the_name_that_was_given() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-x", "90", "-C", "1", "-q", "1"]);
    let mut first = broker.accept();
    let hello = first.hello();
    assert!(hello.clean);
    first.connack(false, &[Property::AssignedClientIdentifier("given")]);
    first.grant();
    drop(first);
    let mut second = broker.accept();
    let hello = second.hello();
    assert_eq!((hello.clean, hello.client_id.as_str()), (false, "given"));
    second.connack(true, &[]);
    second.publish("a", b"kept", Qos::AtLeastOnce, 1);
    assert_eq!(second.next(), Got::Puback(1));
    second.leaves();
    running.finish().exits(0).prints("kept\n").says("the session goes on");
}

#[test]
fn a_prefix_and_the_number_of_the_process_are_an_identifier() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-I", "dev-", "-E"]);
    let (mut peer, hello) = broker.welcome();
    let number = hello.client_id.strip_prefix("dev-").unwrap();
    assert_eq!(number.parse(), Ok(running.id()));
    peer.grant();
    peer.leaves();
    running.finish().exits(0);
    let words = ["sub", "-t", "a", "-i", "me", "-I", "dev-", "-p", &broker.port()];
    run(words).exits(2).says("cannot be used with");
}

#[test]
fn messages_are_drawn_by_lot_and_all_of_them_count() {
    // The chance of a wrong verdict is below 1 in 10^20.
    for (percent, least, most) in [("50", 4_000, 6_000), ("0.1", 0, 100), ("100", 10_000, 10_000)] {
        let broker = Broker::new();
        let words = ["-t", "a", "-C", "10000", "--random-filter", percent];
        let (running, mut peer) = subscribed(&broker, &words);
        peer.raw(&[0x30, 5, 0, 1, b'a', 0, b'x'].repeat(10_000));
        peer.leaves();
        let shown = running.finish().exits(0).stdout.len() / 2;
        assert!((least..=most).contains(&shown), "{shown} at {percent} %");
    }
    for bad in ["0", "0.09", "100.1", "NaN", "-1", "half"] {
        run(["sub", "-t", "a", "--random-filter", bad]).exits(2).says("0.1 to 100");
    }
}

#[test]
fn a_rate_is_printed_each_second_instead_of_the_messages() {
    let broker = Broker::new();
    let (running, mut peer) = subscribed(&broker, &["-t", "a", "--message-rate"]);
    peer.raw(&[0x30, 5, 0, 1, b'a', 0, b'x'].repeat(1000));
    running.wait_until_it_prints("1000 msgs/s\n0 msgs/s\n");
    running.signal(rustix::process::Signal::TERM);
    peer.leaves();
    assert_eq!(running.finish().signal, Some(15));
    let (running, _peer) = subscribed(&broker, &["-t", "a", "--message-rate", "--time"]);
    running.wait_until_it_printed("msgs/s\n");
    running.signal(rustix::process::Signal::TERM);
    let printed = String::from_utf8(running.finish().stdout).unwrap();
    let (time, rate) = printed.lines().next().unwrap().split_once(' ').unwrap();
    assert!(time.len() >= 24 && time.contains('T') && rate == "0 msgs/s", "{printed}");
    for other in ["--json", "--tsv", "--format=%p"] {
        let refused = run(["sub", "-t", "a", "--message-rate", other]).exits(2);
        refused.says("--message-rate").says(other.split('=').next().unwrap());
    }
    // It takes precedence over watching, and needs no terminal.
    let words = ["-t", "a", "--message-rate", "-w", "-C", "1"];
    let (running, mut peer) = subscribed(&broker, &words);
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0).prints("");
}

#[test]
fn a_watched_topic_keeps_its_line() {
    let broker = Broker::new();
    let port = broker.port();
    let mut words = command(["sub", "-h", "127.0.0.1", "-p", &port, "-t", "#", "-w"]);
    let running = AtTerminal::sized(&mut words, 5, 10);
    let mut peer = broker.welcome().0;
    peer.grant();
    assert_eq!(running.shows("Broker"), "\u{1b}[2J\u{1b}[1;1HBroker: 127.0.0.1\n");
    for (topic, payload, line) in [
        ("a", "one", "2;1H\u{1b}[?7la one"),
        ("b", "two\nlines", "3;1H\u{1b}[?7lb two\\nlin"),
        ("a", "\u{1b}[2J", "2;1H\u{1b}[?7la \\x1b[2J"),
        ("c", "three", "4;1H\u{1b}[?7lc three"),
    ] {
        peer.publish(topic, payload.as_bytes(), Qos::AtMostOnce, 0);
        running.shows(&format!("\u{1b}[{line}\u{1b}[K\u{1b}[?7h"));
    }
    // There is no line left for another topic.
    peer.publish("d", b"four", Qos::AtMostOnce, 0);
    let shown = running.shows("\u{1b}[5;1H... and more topics\u{1b}[K");
    assert!(!shown.contains("four"));
    running.signal(rustix::process::Signal::TERM);
    running.finish();
}

#[test]
fn watching_needs_a_terminal() {
    let broker = Broker::new();
    let words = ["sub", "-t", "a", "-w", "-p", &broker.port()];
    run(words).exits(2).says("at a terminal only");
    assert!(broker.is_alone());
}

#[test]
fn quiet_errors_leave_their_code() {
    let port = Broker::new().port();
    for command in [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-m", "x"]] {
        let words = [command, &["--quiet", "-p", &port]].concat();
        assert_eq!(run(words).exits(3).stderr, "");
        run([command, &["--quiet", "-q", "3"]].concat()).exits(2).says("-q");
    }
    let broker = Broker::new();
    let (running, peer) = subscribed(&broker, &["-t", "a", "--quiet", "-W", "0.5"]);
    drop((peer, broker));
    assert_eq!(running.finish().exits(5).stderr, "");
}

#[test]
fn the_window_is_accepted_and_nothing_of_it_is_announced() {
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-M", "5", "-E"]);
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.receive_maximum, None);
    peer.grant();
    peer.leaves();
    running.finish().exits(0);
    run(["sub", "-t", "a", "-M", "0"]).exits(2).says("--max-inflight");
}

#[test]
fn a_server_that_sets_a_keep_alive_is_obeyed() {
    // 1: a ping each second. 0: none, though this end asked for some.
    let broker = Broker::new();
    let running = sub_to(&broker, &["-t", "a", "-C", "1"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, &[Property::ServerKeepAlive(1)]);
    peer.grant();
    let begin = clock::now();
    for _ in 0..2 {
        assert_eq!(peer.next(), Got::Pingreq);
        peer.send(Packet::Pingresp);
    }
    assert!(begin.elapsed().as_millis() >= 1_500, "{:?}", begin.elapsed());
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0);
    let running = sub_to(&broker, &["-t", "a", "-k", "1", "-W", "2.5"]);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(false, &[Property::ServerKeepAlive(0)]);
    peer.grant();
    peer.leaves();
    running.finish().exits(5);
}
