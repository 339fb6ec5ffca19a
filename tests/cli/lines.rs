//! `mq pub -l`.

use mq::codec::{Packet, Property, Qos, Reason};

use crate::support::broker::{Broker, Got, Message};
use crate::support::mq::{Running, command, spawn, start};

fn lines_to(broker: &Broker, words: &[&str]) -> Running {
    start(["pub", "-t", "a", "-l", "-p", &broker.port()].iter().chain(words))
}

fn numbers(count: usize) -> Vec<u8> {
    (1..=count).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

fn assert_numbers(messages: &[Message], count: usize) {
    assert_eq!(messages.len(), count);
    for (at, message) in messages.iter().enumerate() {
        assert_eq!(message.payload, (at + 1).to_string().as_bytes());
    }
}

#[test]
fn every_line_is_a_message_whatever_is_in_it() {
    let long = "x".repeat(300_000);
    let input = format!("one\n\ntwo\r\nnul\0nul\n{long}\nlast");
    let want = ["one", "", "two\r", "nul\0nul", &long, "last"];
    for qos in ["0", "1", "2"] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos]);
        running.feed(input.as_bytes());
        let messages = broker.welcome().0.take_all();
        let payloads: Vec<_> = messages.iter().map(|message| message.payload.as_slice()).collect();
        assert_eq!(payloads, want.map(str::as_bytes));
        running.finish().exits(0);
    }
}

#[test]
fn no_line_is_no_message() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &[]);
    running.feed("");
    assert!(broker.welcome().0.take_all().is_empty());
    running.finish().exits(0);
}

#[test]
fn more_lines_than_identifiers_all_arrive_in_order() {
    for (qos, version) in [("0", "5"), ("1", "5"), ("1", "311"), ("2", "5"), ("2", "311")] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos, "-V", version]);
        running.feed(numbers(70_000));
        assert_numbers(&broker.welcome().0.take_all(), 70_000);
        running.finish().exits(0);
    }
}

#[test]
fn a_lone_line_leaves_at_once() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &[]);
    let mut peer = broker.welcome().0;
    for line in ["tick\n", "tock\n"] {
        running.write(line);
        assert_eq!(peer.message().payload, line.trim_end().as_bytes());
    }
    running.feed("");
    assert_eq!(peer.next(), Got::Pingreq);
    peer.send(Packet::Pingresp);
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn the_window_is_the_brokers_or_ours() {
    for (version, qos, announced, window) in [
        ("5", "1", None, 1000),
        ("5", "2", None, 1000),
        ("5", "1", Some(7), 7),
        ("311", "1", None, 100),
        ("311", "2", None, 20),
    ] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos, "-V", version]);
        running.feed(numbers(1500));
        let mut peer = broker.accept();
        peer.hello();
        let announced: Vec<_> = announced.map(Property::ReceiveMaximum).into_iter().collect();
        peer.connack(false, &announced);
        let first: Vec<_> = (0..window).map(|_| peer.message()).collect();
        // What comes next is not a message, but the answer to what a broker may ask any time.
        peer.send(Packet::Pubrel(mq::codec::Ack::new(
            mq::codec::PacketId::new(9).unwrap(),
            Reason::Success,
        )));
        assert_eq!(peer.next(), Got::Pubcomp(9), "{version} {qos}");
        for message in &first {
            match message.qos {
                Qos::ExactlyOnce => peer.pubrec(message.id),
                _ => peer.puback(message.id, Reason::Success),
            }
        }
        let mut all = first;
        all.extend(peer.take_all());
        assert_numbers(&all, 1500);
        running.finish().exits(0);
    }
}

#[test]
fn refused_lines_are_counted_and_the_rest_goes_on() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &["-q", "1"]);
    running.feed(numbers(10));
    let mut peer = broker.welcome().0;
    for number in 1..=10 {
        let id = peer.message().id;
        let refused = number == 4 || number == 7;
        peer.puback(id, if refused { Reason::TopicNameInvalid } else { Reason::Success });
    }
    peer.leaves();
    running
        .finish()
        .exits(4)
        .says("2 of 10 messages refused, the first is number 4: topic name invalid");
}

#[test]
fn lines_over_the_brokers_limit_are_counted_as_refused() {
    for qos in ["0", "1"] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos]);
        running.feed("short\na line that is far too long\nshort\n");
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(false, &[Property::MaximumPacketSize(20)]);
        let payloads: Vec<_> = peer.take_all().into_iter().map(|m| m.payload).collect();
        assert_eq!(payloads, [b"short", b"short"]);
        running.finish().exits(4).says("1 of 3 messages refused, the first is number 2");
    }
}

#[test]
fn quota_exceeded_means_later() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &["-q", "1"]);
    running.feed(numbers(6));
    let mut peer = broker.welcome().0;
    let first: Vec<_> = (0..6).map(|_| peer.message()).collect();
    // 2 and 5 are refused; nothing may be sent before the last acknowledgement.
    for (at, message) in first.iter().enumerate() {
        let refused = at == 1 || at == 4;
        peer.puback(message.id, if refused { Reason::QuotaExceeded } else { Reason::Success });
    }
    // One alone, in the order of the lines, until one is taken.
    for _ in 0..2 {
        let probe = peer.message();
        assert_eq!(probe.payload, b"2");
        assert!(!probe.dup);
        peer.puback(probe.id, Reason::QuotaExceeded);
    }
    let rest: Vec<_> = peer.take_all().into_iter().map(|message| message.payload).collect();
    assert_eq!(rest, [b"2", b"5"]);
    let finished = running.finish().exits(0);
    assert_eq!(finished.stderr.matches("quota exceeded").count(), 1, "{}", finished.stderr);
}

#[test]
fn a_session_of_its_own_ends_with_the_lines() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &["-q", "1"]);
    running.feed("x\n");
    let (mut peer, hello) = broker.welcome();
    assert!(hello.clean && hello.client_id.starts_with("mq-"), "{hello:?}");
    assert_eq!(hello.session_expiry, Some(3600));
    let id = peer.message().id;
    peer.puback(id, Reason::Success);
    assert!(matches!(
        peer.next(),
        Got::Disconnect { reason: Reason::Success, session_expiry: Some(0), .. }
    ));
    running.finish().exits(0);
}

#[test]
fn a_stalled_broker_costs_no_memory() {
    let broker = Broker::new();
    let mut running = lines_to(&broker, &[]);
    let peer = broker.welcome().0;
    // Far more than all buffers of the system and of the program hold.
    let mut stdin = running.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || {
        let chunk = numbers(10_000);
        let mut written = 0_usize;
        while std::io::Write::write_all(&mut stdin, &chunk).is_ok() {
            written += chunk.len();
        }
        written
    });
    // The writer is held when the pipe is full: its last write never ends by itself.
    let memory = running.settled_kib();
    assert!(memory < 12 * 1024, "{memory} KiB");
    running.signal(rustix::process::Signal::TERM);
    drop(peer);
    running.finish();
    assert!(feeding.join().unwrap() > 0);
}

#[test]
fn an_input_that_fails_is_told_after_what_was_read_is_delivered() {
    let broker = Broker::new();
    let mut words = command(["pub", "-t", "a", "-l", "-q", "1", "-p", &broker.port()]);
    let running = spawn(words.stdin(std::fs::File::open("/").unwrap()));
    assert!(broker.welcome().0.take_all().is_empty());
    running.finish().exits(1).says("cannot read standard input");
}

#[test]
fn an_input_that_does_not_block_is_waited_for() {
    let broker = Broker::new();
    let (reader, mut writer) = std::os::unix::net::UnixStream::pair().unwrap();
    reader.set_nonblocking(true).unwrap();
    let mut words = command(["pub", "-t", "a", "-l", "-q", "1", "-p", &broker.port()]);
    let running = spawn(words.stdin(std::os::fd::OwnedFd::from(reader)));
    drop(words);
    let mut peer = broker.welcome().0;
    for line in ["one", "two"] {
        std::io::Write::write_all(&mut writer, format!("{line}\n").as_bytes()).unwrap();
        let message = peer.message();
        assert_eq!(message.payload, line.as_bytes());
        peer.puback(message.id, Reason::Success);
    }
    drop(writer);
    peer.leaves();
    running.finish().exits(0);
}
