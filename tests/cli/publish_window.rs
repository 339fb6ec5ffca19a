//! How much `mq pub` has on its way, and what it holds in memory.

use mq::codec::{Packet, Property, Qos, Reason};

use crate::support::broker::{Broker, Got, Peer};
use crate::support::mq::{Running, command, spawn, start};

fn lines_to(broker: &Broker, words: &[&str]) -> Running {
    start(["pub", "-t", "a", "-l", "-p", &broker.port()].iter().chain(words))
}

fn numbers(count: usize) -> Vec<u8> {
    (1..=count).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

/// The messages that come before the broker acknowledges one: it answers a packet that a client
/// must answer behind them.
fn unacknowledged(peer: &mut Peer) -> Vec<u16> {
    let mut ids = vec![peer.message().id];
    peer.pubrel(60_000);
    loop {
        match peer.next() {
            Got::Publish(message) => ids.push(message.id),
            Got::Pubcomp(60_000) => return ids,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_more_are_on_their_way_than_asked_for() {
    for (version, qos, words, maximum, wanted) in [
        ("5", "1", &["-M", "3"][..], None, 3),
        ("5", "2", &["--max-inflight", "3"], Some(2), 2),
        ("5", "1", &["-M", "3000"], None, 3000),
        ("5", "1", &[], None, 1000),
        ("5", "1", &[], Some(7), 7),
        ("311", "1", &["-M", "3"], None, 3),
        ("311", "1", &[], None, 100),
        ("311", "2", &["-M", "30"], None, 30),
        ("311", "2", &[], None, 20),
        ("31", "2", &["-M", "1"], None, 1),
    ] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &[&["-V", version, "-q", qos], words].concat());
        running.feed(numbers(5000));
        let mut peer = broker.accept();
        peer.hello();
        let maximum: Vec<_> = maximum.map(Property::ReceiveMaximum).into_iter().collect();
        peer.connack(false, &maximum);
        let mut ids = Vec::new();
        while ids.len() < wanted {
            ids.extend(unacknowledged(&mut peer));
        }
        assert_eq!(ids.len(), wanted, "{version} {qos} {words:?}");
        // The window is full: only what is acknowledged makes room.
        peer.pubrel(60_001);
        assert_eq!(peer.next(), Got::Pubcomp(60_001), "{version} {qos} {words:?}");
        for id in ids {
            if qos == "1" { peer.puback(id, Reason::Success) } else { peer.pubrec(id) }
        }
        peer.take_all();
        running.finish().exits(0);
    }
}

#[test]
fn a_window_of_none_is_no_window() {
    let finished = start(["pub", "-t", "a", "-m", "x", "-M", "0"]).finish().exits(2);
    assert!(finished.stderr.contains("max-inflight"), "{}", finished.stderr);
}

#[test]
fn memory_stays_flat_while_lines_go_through() {
    for qos in ["0", "1"] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos]);
        let mut stdin = running.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            let chunk = numbers(1000);
            // It is ended in the middle.
            while std::io::Write::write_all(&mut stdin, &chunk).is_ok() {}
        });
        let mut peer = broker.welcome().0;
        let (mut taken, mut early) = (0, None);
        while taken < 600_000 {
            match peer.next() {
                Got::Publish(message) => {
                    taken += 1;
                    if message.qos == Qos::AtLeastOnce {
                        peer.puback(message.id, Reason::Success);
                    }
                }
                Got::Pingreq => peer.send(Packet::Pingresp),
                other => panic!("{other:?}"),
            }
            if taken == 100_000 {
                early = Some(running.resident_kib());
            }
        }
        let (early, late) = (early.unwrap(), running.resident_kib());
        assert!(late < 12 * 1024 && late < early + 1024, "{early} KiB, then {late} KiB");
        running.signal(rustix::process::Signal::KILL);
        drop(peer);
        running.finish();
        feeding.join().unwrap();
    }
}

#[test]
fn a_stalled_broker_holds_lines_back_at_every_qos() {
    for qos in ["1", "2"] {
        let broker = Broker::new();
        let mut running = lines_to(&broker, &["-q", qos]);
        let peer = broker.welcome().0;
        let mut stdin = running.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            let chunk = numbers(10_000);
            while std::io::Write::write_all(&mut stdin, &chunk).is_ok() {}
        });
        let memory = running.settled_kib();
        assert!(memory < 12 * 1024, "{memory} KiB");
        running.signal(rustix::process::Signal::TERM);
        drop(peer);
        running.finish();
        feeding.join().unwrap();
    }
}

#[test]
fn the_largest_file_that_a_packet_can_hold_is_sent_and_one_byte_more_is_refused() {
    let path = std::env::temp_dir().join(format!("mq-largest-{}", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    // 268,435,455 bytes, less the topic with its length and, in version 5, that of no properties.
    for (version, largest) in [("5", 268_435_455 - 3 - 1), ("311", 268_435_455 - 3)] {
        let broker = Broker::new();
        let port = broker.port();
        let words = ["pub", "-t", "a", "-f", path.to_str().unwrap(), "-V", version, "-p", &port];
        // A file of nothing but zeros takes no room.
        file.set_len(largest).unwrap();
        let running = spawn(command(words).stdout(std::process::Stdio::piped()));
        let mut peer = broker.welcome().0;
        assert_eq!(peer.skim_message(), 5 + 268_435_455);
        peer.leaves();
        running.finish().exits(0);
        file.set_len(largest + 1).unwrap();
        let running = spawn(command(words).stdout(std::process::Stdio::piped()));
        broker.welcome().0.leaves();
        running.finish().exits(4).says("longer than MQTT allows");
    }
    std::fs::remove_file(&path).unwrap();
}
