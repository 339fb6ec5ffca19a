//! Standard error that nobody reads: what is told waits, the command does not.

use std::io::{PipeReader, Read, Write, pipe};
use std::process::Stdio;

use mq::codec::{Packet, Qos};
use rustix::process::Signal;

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, spawn_unheard};
use crate::support::names::{Names, Whose};

/// What a pipe of Linux holds.
const PIPE: usize = 65_536;

/// `mq` with these words, whose standard error is a pipe; with `filled` bytes in it already.
fn start(broker: &Broker, filled: usize, words: &[&str]) -> (Running, PipeReader) {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(&vec![b'-'; filled]).unwrap();
    let mut command = command(words.iter().copied().chain(["-p", &broker.port()]));
    (spawn_unheard(command.stdout(Stdio::null()).stderr(writer)), reader)
}

/// As many messages that are no JSON, each with its number in its topic; they are dealt with.
fn flood(peer: &mut Peer, count: usize) {
    for number in 1..=count {
        peer.publish(&format!("n/{number}"), b"x", Qos::AtMostOnce, 0);
    }
    peer.pubrel(9);
    loop {
        match peer.next() {
            Got::Pubcomp(9) => return,
            Got::Pingreq => peer.send(Packet::Pingresp),
            other => panic!("{other:?}"),
        }
    }
}

fn until_it_leaves(mut peer: Peer) {
    loop {
        match peer.next() {
            Got::Disconnect { .. } => return,
            Got::Pingreq => peer.send(Packet::Pingresp),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_stalled_standard_error_stops_neither_pings_nor_limits_nor_signals() {
    for (words, code) in [
        (&["sub", "-t", "#", "-F", "%J", "-k", "1", "-W", "2"][..], Some(5)),
        (&["sub", "-t", "#", "-F", "%J", "-k", "1"], None),
        (&["sub", "-t", "#", "-d", "-k", "1"], None),
    ] {
        let broker = Broker::new();
        let (running, reader) = start(&broker, PIPE, words);
        let mut peer = broker.welcome().0;
        peer.grant();
        flood(&mut peer, 1000);
        assert_eq!(peer.next(), Got::Pingreq, "{words:?}");
        peer.send(Packet::Pingresp);
        if code.is_none() {
            running.signal(Signal::TERM);
        }
        until_it_leaves(peer);
        let finished = running.finish();
        assert_eq!((finished.code, finished.signal.is_some()), (code, code.is_none()), "{words:?}");
        drop(reader);
    }
}

#[test]
fn what_nobody_reads_in_time_is_left_out_and_counted_in_its_place() {
    let broker = Broker::new();
    // Under mosquitto's name each of them is told.
    let (names, (mut reader, writer)) = (Names::new(), pipe().unwrap());
    let words = ["-t", "#", "-V", "5", "-F", "%J", "-p", &broker.port()];
    let mut words = names.command(Whose::Ours, "mosquitto_sub", words);
    let running = spawn_unheard(words.stdout(Stdio::null()).stderr(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    let count = 30_000;
    flood(&mut peer, count);
    let reading = std::thread::spawn(move || {
        let mut all = String::new();
        reader.read_to_string(&mut all).unwrap();
        all
    });
    running.signal(Signal::TERM);
    until_it_leaves(peer);
    running.finish().exits(0);
    let told = reading.join().unwrap();
    let lines: Vec<_> = told.lines().collect();
    let (last, lines) = lines.split_last().unwrap();
    for (number, line) in (1..).zip(lines) {
        let wanted = format!("Error: Message payload is not valid JSON on topic n/{number}.");
        assert_eq!(*line, wanted);
    }
    let left_out = count - lines.len();
    assert!(left_out > 0 && lines.len() > 10_000, "{left_out}");
    assert_eq!(*last, format!("Warning: {left_out} lines are left out: nobody read them"));
}

#[test]
fn who_says_nothing_has_no_thread_for_it() {
    let threads = |words: &[&str]| {
        let broker = Broker::new();
        let (running, reader) = start(&broker, 0, words);
        let mut peer = broker.welcome().0;
        peer.grant();
        flood(&mut peer, 1);
        let count = std::fs::read_dir(format!("/proc/{}/task", running.id())).unwrap().count();
        running.signal(Signal::TERM);
        until_it_leaves(peer);
        running.finish();
        drop(reader);
        count
    };
    assert_eq!(threads(&["sub", "-t", "#", "-F", "%J"]), threads(&["sub", "-t", "#"]) + 1);
}

#[test]
fn the_last_words_of_who_fails_at_once_are_told() {
    let (mut reader, writer) = pipe().unwrap();
    let mut words = command(["sub", "-t", "a/#/b"]);
    let running = spawn_unheard(words.stdout(Stdio::null()).stderr(writer));
    drop(words);
    running.finish().exits(2);
    let mut told = String::new();
    reader.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("mq: \"a/#/b\" is not a topic filter"), "{told}");
}
