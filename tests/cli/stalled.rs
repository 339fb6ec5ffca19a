//! Standard output that takes nothing: acknowledgements wait, pings do not.

use std::io::{PipeReader, Read, pipe};

use mq::codec::{Packet, Qos};

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, spawn, start};

/// `mq sub -t a` with these words, whose standard output is a pipe, and the pipe's other end.
fn to_a_pipe(broker: &Broker, words: &[&str]) -> (Running, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    let mut command = command(["sub", "-t", "a", "-p", &broker.port()].iter().chain(words));
    // With the command goes our copy of the writer.
    (spawn(command.stdout(writer)), reader)
}

#[test]
fn nothing_is_acknowledged_while_the_pipe_is_stalled_and_pings_go_on() {
    let broker = Broker::new();
    let (running, mut reader) = to_a_pipe(&broker, &["-q", "1", "-k", "1", "-C", "2"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    // More than a pipe holds.
    let large = vec![b'x'; 300_000];
    peer.publish("a", &large, Qos::AtLeastOnce, 1);
    // No answer to the pings either: with the client not reading, none can be asked for.
    for _ in 0..3 {
        assert_eq!(peer.next(), Got::Pingreq);
    }
    let mut taken = vec![0; large.len() + 1];
    reader.read_exact(&mut taken).unwrap();
    assert_eq!(taken.last(), Some(&b'\n'));
    loop {
        match peer.next() {
            Got::Pingreq => peer.send(Packet::Pingresp),
            Got::Puback(1) => break,
            other => panic!("{other:?}"),
        }
    }
    peer.publish("a", b"end", Qos::AtLeastOnce, 2);
    loop {
        match peer.next() {
            Got::Pingreq => peer.send(Packet::Pingresp),
            Got::Puback(2) => break,
            other => panic!("{other:?}"),
        }
    }
    peer.leaves();
    running.finish().exits(0);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "end\n");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let broker = Broker::new();
    let (running, reader) = to_a_pipe(&broker, &["-q", "1"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    drop(reader);
    // It does not need another message to know.
    peer.leaves();
    assert_eq!(running.finish().exits(0).stderr, "");
}

#[test]
fn a_reader_that_leaves_in_the_middle_of_a_message_is_no_error() {
    let broker = Broker::new();
    let (running, mut reader) = to_a_pipe(&broker, &["-q", "1"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", &vec![b'x'; 300_000], Qos::AtLeastOnce, 1);
    reader.read_exact(&mut [0; 100]).unwrap();
    drop(reader);
    // What was not written is not acknowledged.
    peer.leaves();
    assert_eq!(running.finish().exits(0).stderr, "");
}

#[test]
fn a_reader_that_leaves_while_the_link_is_lost_ends_it() {
    let broker = Broker::new();
    let (running, reader) = to_a_pipe(&broker, &[]);
    let mut peer = broker.welcome().0;
    peer.grant();
    drop((peer, broker));
    running.wait_until_it_says("trying again");
    drop(reader);
    running.finish().exits(0);
}

#[test]
fn without_a_reader_the_subscription_stands_and_the_command_runs() {
    let broker = Broker::new();
    let (running, reader) = to_a_pipe(&broker, &["--", "sh", "-c", "echo done >&2"]);
    drop(reader);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.leaves();
    running.finish().exits(0).says("done");
}

#[test]
fn a_full_disk_is_an_error_and_nothing_is_acknowledged() {
    let broker = Broker::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut words = command(["sub", "-t", "a", "-q", "2", "-p", &broker.port()]);
    let running = spawn(words.stdout(full));
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::ExactlyOnce, 1);
    peer.leaves();
    running.finish().exits(1).says("cannot write to standard output");
}

#[test]
fn a_stalled_pipe_costs_no_memory() {
    let broker = Broker::new();
    let (running, reader) = to_a_pipe(&broker, &[]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let flood = std::thread::spawn(move || {
        let message = [&[0x30, 0x84, 0x02, 0, 1, b'a', 0][..], &[b'x'; 256]].concat();
        let batch = message.repeat(1000);
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| peer.raw(&batch))).is_ok() {}
    });
    let memory = running.settled_kib();
    assert!(memory < 12 * 1024, "{memory} KiB");
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.finish().signal, Some(15));
    drop(reader);
    let _ = flood.join();
}

#[test]
fn a_million_messages_cost_no_memory() {
    let broker = Broker::new();
    let nothing = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
    let mut words = command(["sub", "-t", "a", "-q", "1", "-C", "1000001", "-p", &broker.port()]);
    let running = spawn(words.stdout(nothing));
    let mut peer = broker.welcome().0;
    peer.grant();
    let batch = [&[0x30, 20, 0, 1, b'a', 0][..], &[b'x'; 16]].concat().repeat(10_000);
    for _ in 0..100 {
        peer.raw(&batch);
    }
    // All of them are dealt with when this is answered.
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    let memory = running.resident_kib();
    assert!(memory < 10 * 1024, "{memory} KiB");
    peer.publish("a", b"", Qos::AtMostOnce, 0);
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_link_that_carries_something_is_alive_without_a_pong() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-k", "1", "-p", &broker.port()]);
    let stream = broker.accept_stream();
    let mut peer = Peer::over(stream.try_clone().unwrap());
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    // From the first ping to the second something comes, and never what answers one.
    let pinged = std::thread::spawn(move || {
        for _ in 0..2 {
            assert_eq!(peer.next(), Got::Pingreq);
        }
        peer
    });
    let (mut writer, mut printed) = (Peer::over(stream), String::new());
    while !pinged.is_finished() {
        writer.publish("a", b"x", Qos::AtMostOnce, 0);
        printed.push_str("x\n");
        running.wait_until_it_prints(&printed);
    }
    let _peer = pinged.join().unwrap();
    running.signal(rustix::process::Signal::TERM);
    let finished = running.finish();
    assert_eq!((finished.signal, finished.stderr.as_str()), (Some(15), ""));
}

/// Starts a client and leaves it when it has sent a ping.
fn pinging(broker: &Broker, words: &[&str]) -> (Running, Peer) {
    let running = start([words, &["-k", "2", "-p", &broker.port()]].concat());
    let mut peer = broker.welcome().0;
    loop {
        match peer.next() {
            Got::Subscribe { id, .. } => peer.suback(id, &[0]),
            Got::Publish(_) => {}
            Got::Pingreq => return (running, peer),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_answer_that_came_while_the_client_was_stopped_is_read_before_the_link_is_given_up() {
    for words in [
        &["sub", "-t", "a"][..],
        &["pub", "-t", "a", "-l"],
        &["rr", "-t", "a", "-e", "b", "-m", "x", "-V", "5"],
    ] {
        let broker = Broker::new();
        let (running, mut peer) = pinging(&broker, words);
        running.signal(rustix::process::Signal::STOP);
        peer.send(Packet::Pingresp);
        // When this one's time is over, the time of the other is as well.
        let (later, _held) = pinging(&broker, words);
        later.wait_until_it_says("does not answer");
        running.signal(rustix::process::Signal::CONT);
        assert_eq!(peer.next(), Got::Pingreq, "{words:?}");
        later.signal(rustix::process::Signal::TERM);
        later.finish();
        running.signal(rustix::process::Signal::TERM);
        drop(peer);
        let finished = running.finish();
        assert!(!finished.stderr.contains("does not answer"), "{words:?}: {}", finished.stderr);
    }
}

#[test]
fn a_broker_that_only_sends_does_not_fill_the_memory() {
    let broker = Broker::new();
    let words = ["sub", "-t", "a", "-q", "1", "-k", "2", "-p", &broker.port()];
    let running = start(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    let flood = std::thread::spawn(move || {
        let batch = [0x32, 7, 0, 1, b'a', 0, 1, 0, b'x'].repeat(10_000);
        let mut send = || peer.raw(&batch);
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut send)).is_ok() {}
    });
    // Nobody takes its answers, so it gives the link up as dead.
    running.wait_until_it_says("does not answer");
    assert!(running.resident_kib() < 24 * 1024, "{} KiB", running.resident_kib());
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.finish().signal, Some(15));
    let _ = flood.join();
}

#[test]
fn what_was_taken_is_written_and_acknowledged_before_a_signal_ends_it() {
    let broker = Broker::new();
    let (running, mut reader) = to_a_pipe(&broker, &["-q", "1"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let large = vec![b'x'; 300_000];
    peer.publish("a", &large, Qos::AtLeastOnce, 1);
    reader.read_exact(&mut [0]).unwrap();
    running.signal(rustix::process::Signal::TERM);
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert_eq!((rest.len(), rest.last()), (large.len(), Some(&b'\n')));
    assert_eq!(peer.next(), Got::Puback(1));
    assert!(matches!(peer.next(), Got::Disconnect { .. }));
    drop(peer);
    assert_eq!(running.finish().signal, Some(15));
}
