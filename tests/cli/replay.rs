//! `mq pub --json`: a file of messages sent again, by its times, in a loop, over several connections.

use mq::codec::{Property, PropertyBuffer, Version};
use mq::net::clock;

use super::recording::publish;
use crate::support::broker::{Broker, Got};
use crate::support::mq::{command, spawn, start};
use crate::support::scratch::Scratch;

#[test]
fn a_replay_never_falls_back() {
    let broker = Broker::new();
    let running = start(["pub", "-p", &broker.port(), "--json"]);
    let mut peer = broker.accept();
    assert_eq!(peer.hello().version, Version::V5);
    peer.raw(&[0x20, 2, 0, 1]);
    running.finish().exits(4).says("unsupported protocol version");
    assert!(broker.is_alone());
}

#[test]
fn properties_of_lines_are_sent_and_others_only_where_there_are_none() {
    let broker = Broker::new();
    let mut running = start(["pub", "-p", &broker.port(), "--json"]);
    running.feed(
        "{\"topic\":\"a\",\"payload\":\"\",\"properties\":{\"subscription_identifiers\":[7],\
         \"user_properties\":[[\"b\",\"2\"],[\"a\",\"1\"],[\"b\",\"3\"]],\"response_topic\":\"r\"}}",
    );
    let messages = broker.welcome().0.take_all();
    running.finish().exits(0);
    let mut want = PropertyBuffer::new();
    for property in [
        Property::UserProperty("b", "2"),
        Property::UserProperty("a", "1"),
        Property::UserProperty("b", "3"),
        Property::ResponseTopic("r"),
    ] {
        want.push(property).unwrap();
    }
    assert_eq!(messages[0].properties, want);
}

/// Lines with these times in milliseconds.
fn at(times: &[u64]) -> String {
    let line = |time: &u64| {
        let (seconds, rest) = (time / 1000, time % 1000);
        format!(
            "{{\"time\":\"2026-11-20T20:25:{seconds:02}.{rest:03}Z\",\"topic\":\"a\",\"payload\":\"{time}\"}}\n"
        )
    };
    times.iter().map(line).collect()
}

#[test]
fn a_timed_replay_keeps_the_pauses() {
    for (words, pause) in
        [(&["--timed"][..], 400), (&["--speed", "0.5x"], 800), (&["--speed=2"], 200)]
    {
        let broker = Broker::new();
        let mut running = start(["pub", "-p", &broker.port(), "--json"].iter().chain(words));
        // Times that go back, as at the seam of two recordings, make no pause.
        running.feed(at(&[1000, 1400, 1400, 500, 900]));
        let mut peer = broker.welcome().0;
        let came: Vec<_> = (0..5).map(|_| (peer.message().payload, clock::now())).collect();
        peer.take_all();
        running.finish().exits(0);
        assert_eq!(came[3].0, b"500");
        let gaps: Vec<_> = came.windows(2).map(|two| (two[1].1 - two[0].1).as_millis()).collect();
        for (gap, is_pause) in gaps.iter().zip([true, false, false, true]) {
            // Each comes as late as the machine makes it, the one before too.
            let long = *gap >= pause / 2;
            assert_eq!(long, is_pause, "{words:?} {gaps:?}");
        }
    }
    // Without --timed, times are not even looked at.
    let (messages, finished) =
        publish(&["--json"], "{\"time\":0,\"topic\":\"a\",\"payload\":\"\"}\n");
    assert_eq!(messages.len(), 1);
    finished.exits(0);
    let (messages, finished) =
        publish(&["--json", "--timed"], "{\"time\":0,\"topic\":\"a\",\"payload\":\"\"}\n");
    assert_eq!(messages.len(), 0);
    finished.exits(1).says("\"time\" must be a time");
}

#[test]
fn a_loop_sends_the_file_again_and_again() {
    let files = Scratch::new("loop");
    // The last line has no newline, one in the middle is bad.
    let file = files.write("file", "a\t1\nbad\nb\t2");
    let broker = Broker::new();
    let mut command = command(["pub", "-p", &broker.port(), "--tsv", "-q", "1", "--loop"]);
    let running = spawn(command.stdin(std::fs::File::open(file).unwrap()));
    let mut peer = broker.welcome().0;
    for _ in 0..50 {
        for want in ["a", "b"] {
            let message = peer.message();
            assert_eq!(message.topic, want);
            peer.puback(message.id, mq::codec::Reason::Success);
        }
    }
    running.signal(rustix::process::Signal::TERM);
    while peer.next() != Got::Closed {}
    let finished = running.finish();
    assert_eq!(finished.signal, Some(15), "{finished:?}");
    assert_eq!(finished.stderr.matches("line 2").count(), 1, "{finished:?}");

    // A file without a message would never end.
    for content in ["", "bad\n"] {
        let broker = Broker::new();
        let mut command =
            crate::support::mq::command(["pub", "-p", &broker.port(), "--tsv", "--loop"]);
        let file = files.write("none", content);
        let running = spawn(command.stdin(std::fs::File::open(file).unwrap()));
        assert!(broker.welcome().0.take_all().is_empty());
        running.finish().exits(i32::from(!content.is_empty()));
    }
}

#[test]
fn a_pipe_cannot_be_sent_again() {
    let broker = Broker::new();
    let running = start(["pub", "-p", &broker.port(), "--json", "--loop"]);
    running.finish().exits(2).says("--loop wants < FILE");
    assert!(broker.is_alone());
}

#[test]
fn a_replay_goes_on_over_another_connection() {
    let broker = Broker::new();
    let line = |n: usize| format!("{{\"topic\":\"a\",\"qos\":{},\"payload\":\"{n}\"}}\n", n % 3);
    let mut running = start(["pub", "-p", &broker.port(), "--json"]);
    running.write((0..9).map(line).collect::<String>());
    let (mut first, hello) = broker.welcome();
    assert_eq!(hello.session_expiry, Some(3600));
    let sent: Vec<_> = (0..9).map(|_| first.message()).collect();
    assert_eq!(sent[4].payload, b"4");
    first.puback(sent[1].id, mq::codec::Reason::Success);
    drop(first);
    running.feed((9..12).map(line).collect::<String>());
    let (mut second, again) = broker.welcome();
    assert_eq!(again.client_id, hello.client_id);
    // The session is gone: what was not acknowledged goes again, QoS 0 had left, and 9 may have
    // left for the connection whose end was not known yet.
    let found: Vec<_> = second
        .take_all()
        .into_iter()
        .map(|message| String::from_utf8(message.payload).unwrap().parse::<usize>().unwrap())
        .collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    let missing: Vec<_> =
        [2, 4, 5, 7, 8, 10, 11].into_iter().filter(|n| !found.contains(n)).collect();
    assert!(missing.is_empty() && sorted.windows(2).all(|two| two[0] != two[1]), "{found:?}");
    running.finish().exits(0).says("may have come twice");
}

#[test]
fn an_empty_input_is_a_replay_of_nothing() {
    let (messages, finished) = publish(&["--json"], "");
    assert!(messages.is_empty());
    finished.exits(0);
    let broker = Broker::new();
    let mut running = start(["pub", "-p", &broker.port(), "--json"]);
    running.feed("\n");
    let mut peer = broker.welcome().0;
    assert_eq!(peer.next(), Got::Pingreq, "the answer to it tells that all was taken");
    peer.send(mq::codec::Packet::Pingresp);
    peer.leaves();
    running.finish().exits(0);
}
