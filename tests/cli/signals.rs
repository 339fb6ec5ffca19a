//! SIGINT and SIGTERM.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use mq::codec::Qos;
use mq::net::clock;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::broker::{Broker, Got};
use crate::support::mq::start;

#[test]
fn a_signal_leads_to_disconnect_and_to_the_death_that_shells_expect() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        for words in [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-l", "-q", "1"]] {
            let broker = Broker::new();
            let mut running = start(words.iter().copied().chain(["-p", &broker.port()]));
            let mut peer = broker.welcome().0;
            if words[0] == "sub" {
                peer.grant();
            } else {
                running.write("x\n");
                peer.message();
            }
            running.signal(signal);
            loop {
                match peer.next() {
                    Got::Disconnect { .. } => break,
                    Got::Subscribe { .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            let finished = running.finish();
            assert_eq!(finished.signal, Some(number), "{finished:?}");
            if words[0] == "pub" {
                finished.says("1 message is not acknowledged");
            }
        }
    }
}

#[test]
fn a_signal_while_connecting_ends_it() {
    for words in [&["sub", "-t", "a"][..], &["pub", "-t", "a", "-m", "x"]] {
        let broker = Broker::new();
        let running = start(words.iter().copied().chain(["-p", &broker.port()]));
        let mut peer = broker.accept();
        peer.hello();
        running.signal(Signal::INT);
        assert_eq!(running.finish().signal, Some(2), "{words:?}");
    }
}

/// As a shell's `&` and the first process of a container have it.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_before_ends_it_soon() {
    let broker = Broker::new();
    let mut command = Command::new("env");
    command.args(["--ignore-signal=INT", env!("CARGO_BIN_EXE_mq"), "pub", "-t", "a", "-m", "x"]);
    let mut running = command.args(["-p", &broker.port()]).spawn().unwrap();
    let mut peer = broker.accept();
    peer.hello();
    let id = Pid::from_child(&running);
    let deadline = clock::now() + crate::support::PATIENCE;
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        assert!(clock::now() < deadline);
        kill_process(id, Signal::INT).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    assert_eq!(status.signal(), Some(2), "{status}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_a_command_is_seen_where_that_signal_was_blocked() {
    let mut command = Command::new("env");
    command.args(["--block-signal=CHLD", env!("CARGO_BIN_EXE_mq"), "broker", "-p", "0", "--quiet"]);
    let status = command.args(["--", "sh", "-c", "exit 7"]).status().unwrap();
    assert_eq!(status.code(), Some(7), "{status}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-q", "1", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", b"x", Qos::AtLeastOnce, 1);
    assert_eq!(peer.next(), Got::Puback(1));
    running.signal(Signal::INT);
    // Having acknowledged something, it waits a second for the broker to close.
    assert!(matches!(peer.next(), Got::Disconnect { .. }));
    assert_eq!(peer.next(), Got::Closed);
    let begin = clock::now();
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
    assert!(begin.elapsed().as_millis() < 800, "{:?}", begin.elapsed());
}

#[test]
fn a_signal_ends_the_wait_for_the_command() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        let broker = Broker::new();
        // It holds neither of the pipes that are read to their end.
        let script = "echo waits >&2; exec sleep 5 >/dev/null 2>&1";
        let words = ["sub", "-t", "a", "-C", "1", "-p", &broker.port(), "--", "sh", "-c", script];
        let running = start(words);
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
        peer.leaves();
        running.wait_until_it_says("waits");
        running.signal(signal);
        assert_eq!(running.finish().signal, Some(number));
    }
}

#[test]
fn sigterm_is_passed_on_to_the_command() {
    let broker = Broker::new();
    let script = "trap 'echo told >&2; kill $!; exit 0' TERM; \
                  sleep 60 >/dev/null 2>&1 & echo waits >&2; wait";
    let words = ["sub", "a", "-p", &broker.port(), "--", "sh", "-c", script];
    let running = start(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    running.wait_until_it_says("waits");
    running.signal(Signal::TERM);
    peer.leaves();
    let finished = running.finish().says("told");
    assert_eq!(finished.signal, Some(15));
}

#[test]
fn what_is_not_acknowledged_is_told_without_a_connection_too() {
    let broker = Broker::new();
    let words = ["pub", "-t", "a", "-l", "-q", "1", "-p", &broker.port()];
    let mut running = start(words);
    let mut peer = broker.welcome().0;
    running.write("one\ntwo\n");
    peer.message();
    let id = peer.message().id;
    peer.puback(id, mq::codec::Reason::QuotaExceeded);
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    drop((peer, broker));
    running.wait_until_it_says("trying again");
    running.signal(Signal::TERM);
    let finished = running.finish();
    assert_eq!(finished.signal, Some(15));
    finished.says("2 messages are not acknowledged");
}

/// A listener that answers no connection: its queue is full.
fn unanswering() -> (socket2::Socket, Vec<socket2::Socket>, u16) {
    let socket = || {
        use socket2::{Domain, Socket, Type};
        Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()
    };
    let listener = socket();
    listener.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting = (0..8)
        .map(|_| {
            let waiting = socket();
            waiting.set_nonblocking(true).unwrap();
            let _ = waiting.connect(&address);
            waiting
        })
        .collect();
    (listener, waiting, address.as_socket().unwrap().port())
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_before_there_is_a_connection_ends_it() {
    let (_listener, waiting, port) = unanswering();
    let attempts = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let to_port = format!("0100007F:{port:04X} 02 ");
        table.lines().filter(|line| line.contains(&to_port)).count()
    };
    let before = attempts();
    assert!(before < waiting.len());
    let running = start(["sub", "-t", "a", "-h", "127.0.0.1", "-p", &port.to_string()]);
    let deadline = clock::now() + crate::support::PATIENCE;
    while attempts() == before {
        assert!(clock::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    running.signal(Signal::INT);
    assert_eq!(running.finish().signal, Some(2));
}

#[test]
fn a_signal_before_suback_ends_it_in_order() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.subscription();
    running.signal(Signal::INT);
    peer.leaves();
    assert_eq!(running.finish().signal, Some(2));
}

#[test]
fn a_signal_while_it_waits_to_connect_again_ends_it() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    drop((broker.welcome(), broker));
    running.wait_until_it_says("trying again");
    running.signal(Signal::TERM);
    assert_eq!(running.finish().signal, Some(15));
}

#[test]
fn a_signal_while_nobody_takes_the_output_ends_it_all_the_same() {
    let broker = Broker::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut words = crate::support::mq::command(["sub", "-t", "a", "-q", "1"]);
    let running = crate::support::mq::spawn(words.args(["-p", &broker.port()]).stdout(writer));
    drop(words);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a", &vec![b'x'; 300_000], Qos::AtLeastOnce, 1);
    std::io::Read::read_exact(&mut reader, &mut [0]).unwrap();
    running.signal(Signal::TERM);
    // What was not written is not acknowledged.
    peer.leaves();
    assert_eq!(running.finish().signal, Some(15));
    drop(reader);
}
