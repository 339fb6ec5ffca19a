//! `mq rr` in sessions that last, and beside a broker or a reader that gives it no rest.

use std::io::{Write as _, pipe};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use mq::codec::{PacketId, Properties, PropertyBuffer, Publish, Qos, Version};
use rustix::process::Signal;

use super::request::{answer, ask, correlated, deliver_at, request};
use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, spawn, start};

/// A message of an earlier subscription of the session.
fn foreign(peer: &mut Peer, qos: Qos, id: u16, properties: &PropertyBuffer) {
    deliver_at(peer, "other", b"not for you", properties, qos, id, false);
}

#[test]
fn messages_on_other_topics_are_no_answers_and_leave_room_for_one() {
    for version in ["5", "311"] {
        let broker = Broker::new();
        let running = ask(&broker, &["-e", "back", "-m", "x", "-c", "-i", "me", "-V", version]);
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(true, &[]);
        let none = PropertyBuffer::new();
        let (id, _) = peer.subscription();
        // A broker with a window of 1: the next leaves when the one before is acknowledged.
        foreign(&mut peer, Qos::AtLeastOnce, 7, &none);
        assert_eq!(peer.next(), Got::Puback(7));
        peer.suback(id, &[1]);
        let asked = request(&mut peer);
        foreign(&mut peer, Qos::AtMostOnce, 0, &none);
        foreign(&mut peer, Qos::ExactlyOnce, 8, &none);
        assert_eq!(peer.next(), Got::Pubrec(8));
        peer.pubrel(8);
        assert_eq!(peer.next(), Got::Pubcomp(8));
        let data = correlated(asked.correlation.as_ref());
        foreign(&mut peer, Qos::AtLeastOnce, 9, &data);
        assert_eq!(peer.next(), Got::Puback(9));
        // What was queued on the topic of the answers before the request has no data of it.
        if version == "5" {
            deliver_at(
                &mut peer,
                "back",
                b"old",
                &correlated(Some(&b"x".to_vec())),
                Qos::AtLeastOnce,
                10,
                false,
            );
            assert_eq!(peer.next(), Got::Puback(10));
        }
        deliver_at(&mut peer, "back", b"yours", &data, Qos::AtLeastOnce, 11, false);
        assert_eq!(peer.next(), Got::Puback(11));
        peer.leaves();
        let finished = running.finish().exits(0).prints("yours\n");
        assert_eq!(finished.stderr.contains("1 message on back was ignored"), version == "5");
        finished.says("4 messages on other topics than back came");
    }
}

#[test]
fn a_topic_made_for_one_run_does_not_stay_in_the_session() {
    for (lasting, cut_short) in [(&["-c"][..], false), (&["-x", "60"], false), (&["-c"], true)] {
        let broker = Broker::new();
        let running = ask(&broker, &[&["-m", "x", "-i", "me"], lasting].concat());
        let mut peer = broker.welcome().0;
        let topic = peer.grant().remove(0).0;
        let asked = request(&mut peer);
        if cut_short {
            running.signal(Signal::TERM);
        } else {
            answer(&mut peer, &asked, b"y");
        }
        match peer.next() {
            Got::Unsubscribe { id, filters } => {
                assert_eq!(filters, [topic]);
                peer.unsuback(id, 0);
            }
            other => panic!("{other:?}"),
        }
        peer.leaves();
        let finished = running.finish();
        assert_eq!(finished.signal, cut_short.then_some(15));
        if !cut_short {
            assert_eq!(finished.exits(0).prints("y\n").stderr, "");
        }
    }
    // A topic with a name is the user's.
    let broker = Broker::new();
    let running = ask(&broker, &["-e", "back", "-m", "x", "-i", "me", "-c"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    answer(&mut peer, &asked, b"y");
    peer.leaves();
    running.finish().exits(0);
}

/// Blocks of 64 KiB: 40 MiB, above what Linux lets the buffers of a connection grow to.
const FILLED: usize = 640;

/// Writes messages of QoS 0 as fast as they are taken, until it is told to stop.
struct Flood {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<TcpStream>,
}

impl Flood {
    fn new(mut stream: TcpStream, topic: &str) -> Self {
        let mut some = Vec::new();
        while some.len() < 64 * 1024 {
            let publish = Publish {
                dup: false,
                qos: Qos::AtMostOnce,
                retain: false,
                topic,
                id: None::<PacketId>,
                properties: Properties::EMPTY,
                payload: b"",
            };
            publish.encode(Version::V5, &mut some).unwrap();
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (sent, is_sent) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) && stream.write_all(&some).is_ok() {
                let _ = sent.send(());
            }
            stream
        });
        // More than all buffers hold: the reader is never done from now on.
        is_sent.iter().take(FILLED).for_each(drop);
        Self { stop, thread }
    }

    fn end(self) -> TcpStream {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Feeds lines one by one, each once the one before has come out.
fn feed_one_by_one(running: &mut Running, peer: &mut Peer) {
    for line in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
        running.write(format!("{line}\n"));
        assert_eq!(peer.message().payload, line.as_bytes());
    }
}

#[test]
fn lines_are_read_while_the_topic_of_the_answers_is_flooded() {
    let broker = Broker::new();
    let mut running = ask(&broker, &["-e", "back", "-l", "-W", "60"]);
    let stream = broker.accept_stream();
    let mut peer = Peer::over(stream.try_clone().unwrap());
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    let flood = Flood::new(stream, "back");
    feed_one_by_one(&mut running, &mut peer);
    // Whatever comes while one request waits is its answer; so is the end of the lines seen.
    running.finish().exits(0).prints("\n".repeat(8));
    flood.end();
}

#[test]
fn a_publisher_reads_lines_while_it_is_flooded() {
    for qos in ["0", "1"] {
        let broker = Broker::new();
        let words = ["pub", "-t", "a", "-l", "-q", qos, "-p", &broker.port()];
        let mut running = start(words);
        let stream = broker.accept_stream();
        let mut peer = Peer::over(stream.try_clone().unwrap());
        peer.hello();
        peer.connack(false, &[]);
        let flood = Flood::new(stream, "back");
        feed_one_by_one(&mut running, &mut peer);
        flood.end();
        running.signal(Signal::INT);
        assert_eq!(running.finish().signal, Some(2));
    }
}

#[test]
fn the_time_limit_is_kept_while_standard_output_takes_nothing() {
    let broker = Broker::new();
    let (reader, writer) = pipe().unwrap();
    let mut words = command(["rr", "-t", "ask", "-e", "back", "-m", "x", "-q", "1", "-W", "1"]);
    let running = spawn(words.args(["-p", &broker.port()]).stdout(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    let asked = request(&mut peer);
    let data = correlated(asked.correlation.as_ref());
    // More than a pipe holds.
    deliver_at(&mut peer, "back", &vec![b'x'; 300_000], &data, Qos::AtLeastOnce, 7, false);
    // Without an acknowledgement: the answer is not written.
    peer.leaves();
    running.finish().exits(5).says("timed out after 1s");
    drop(reader);
}

#[test]
fn lines_whose_answers_nobody_reads_end_with_their_time() {
    let broker = Broker::new();
    let (reader, writer) = pipe().unwrap();
    let mut words = command(["rr", "-t", "ask", "-e", "back", "-l", "-q", "1", "-W", "1"]);
    words.stdin(std::process::Stdio::piped());
    let mut running = spawn(words.args(["-p", &broker.port()]).stdout(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    running.write("one\n");
    let asked = request(&mut peer);
    let data = correlated(asked.correlation.as_ref());
    // More than a pipe holds; the input goes on, but its end is not waited for.
    deliver_at(&mut peer, "back", &vec![b'x'; 300_000], &data, Qos::AtLeastOnce, 7, false);
    // Without an acknowledgement: the answer is not written.
    peer.leaves();
    let stdin = running.stdin.take();
    running.finish().exits(5).says("timed out after 1s");
    drop((reader, stdin));
}

#[test]
fn several_at_once_without_correlation_data_are_told() {
    for (in_flight, told) in [("1", false), ("2", true)] {
        let broker = Broker::new();
        let words = ["-e", "back", "-l", "-V", "311", "--in-flight", in_flight];
        let mut running = ask(&broker, &words);
        running.feed("1\n");
        let mut peer = broker.welcome().0;
        peer.grant();
        request(&mut peer);
        deliver_at(&mut peer, "back", b"one", &PropertyBuffer::new(), Qos::AtMostOnce, 0, false);
        peer.leaves();
        let finished = running.finish().exits(0).prints("one\n");
        assert_eq!(finished.stderr.contains("no correlation data"), told, "{}", finished.stderr);
    }
}
