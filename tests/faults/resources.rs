//! Memory, descriptors and time that strangers may take from a broker.
//!
//! Where the broker's own memory, descriptors or processor time matter, it runs in a child: this
//! test binary again, with a variable that makes one of its tests serve.

use std::fs::File;
use std::io::{BufRead, ErrorKind, Read, Write};
use std::process::Command;
use std::time::Duration;

use mq::broker::Limits;

use crate::harness::{broker, broker_with, numbers};
use crate::program::Program;
use crate::raw::{CONNACK, Hello, Raw, publish};

/// Set for a child: how many descriptors it has open before it serves.
const VARIABLE: &str = "MQ_TEST_BROKER";

/// Not a test but what a child runs; returns at once in a test run.
#[test]
fn serves_in_a_child() {
    let Ok(descriptors) = std::env::var(VARIABLE) else {
        return;
    };
    let descriptors = descriptors.parse().expect("a number");
    let _open: Vec<_> =
        (0..descriptors).map(|_| File::open("/dev/null").expect("a descriptor")).collect();
    let broker = broker();
    println!("\nport {}", broker.port().expect("a TCP port"));
    // The parent ends, or has seen enough.
    let _ = std::io::stdin().lock().read_line(&mut String::new());
}

/// A broker in a process of its own.
struct Child {
    program: Program,
    port: u16,
}

impl Child {
    /// With `ulimit -n`, and descriptors that are taken already.
    fn start(descriptors: usize, taken: usize) -> Self {
        let mut command = Command::new("sh");
        let shell = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
        command.arg("-c").arg(shell).arg(std::env::current_exe().expect("this binary"));
        command.args(["--exact", "resources::serves_in_a_child", "--nocapture"]);
        command.env(VARIABLE, taken.to_string());
        let program = Program::run(command);
        let port = loop {
            let line = program.line().expect("the child says its port");
            if let Some(port) = line.strip_prefix("port ") {
                break port.parse().expect("a port");
            }
        };
        Self { program, port }
    }
}

fn connect_all(port: u16, count: usize) -> Vec<Raw> {
    numbers(count).map(|id| Raw::connect(port, Hello::new(&id))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn two_thousand_idle_connections_cost_ten_times_two_kib_each_at_most() {
    mq::net::raise_descriptor_limit();
    let child = Child::start(4_096, 0);
    let _first = connect_all(child.port, 50);
    let before = child.program.kib("VmRSS");
    let mut all: Vec<_> = (50..2_050)
        .map(|number| Raw::connect(child.port, Hello::new(&number.to_string())))
        .collect();
    let grown = child.program.kib("VmRSS").saturating_sub(before);
    println!("2,000 connections: {grown} KiB");
    assert!(grown <= 2_000 * 20, "{grown} KiB");
    for raw in &mut all {
        raw.ping();
    }
}

/// As many clients as there is room for, and then more.
fn descriptors_run_out(taken: usize) {
    let child = Child::start(256, taken);
    let mut served: Vec<Raw> = Vec::new();
    let mut waiting = Vec::new();
    let open = |number: String| {
        let mut raw = Raw::open(child.port);
        raw.send(&Hello::new(&number).bytes());
        raw
    };
    // Whoever is served hears CONNACK long before this; a wrong guess only shortens the test.
    let patience = Duration::from_secs(1);
    for number in numbers(300) {
        let mut raw = open(number);
        raw.stream.set_read_timeout(Some(patience)).expect("a timeout");
        let answer = raw.try_packet();
        raw.stream.set_read_timeout(Some(crate::harness::PATIENCE)).expect("a timeout");
        match answer {
            Ok((header, _)) => {
                assert_eq!(header, CONNACK);
                served.push(raw);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                waiting.push(raw);
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(waiting.len() == 1 && served.len() > 100, "{} are served", served.len());
    waiting.extend(numbers(19).map(|number| open(format!("late{number}"))));
    // Who is there is served on.
    let before = child.program.ticks();
    served[0].subscribe("on", 1);
    let mut writer = served.pop().expect("more than one");
    for _ in 0..3 {
        writer.send(&publish(Some(9), "on", b"and on"));
        assert_eq!(served[0].message(), b"and on");
        for raw in &mut served {
            raw.ping();
        }
    }
    // Who waits hears nothing for a while, and nobody spins meanwhile.
    waiting[0].stream.set_read_timeout(Some(patience)).expect("a timeout");
    let answer = waiting[0].try_packet().map_err(|error| error.kind());
    assert_eq!(answer, Err(ErrorKind::WouldBlock));
    waiting[0].stream.set_read_timeout(Some(crate::harness::PATIENCE)).expect("a timeout");
    let ticks = child.program.ticks() - before;
    assert!(ticks < 70, "{ticks} hundredths of a second");
    drop(served.split_off(100));
    for mut raw in waiting {
        assert_eq!(raw.expect(CONNACK)[1], 0);
    }
    served[0].ping();
}

#[cfg(target_os = "linux")]
#[test]
fn clients_wait_for_room_when_there_are_as_many_as_descriptors() {
    descriptors_run_out(0);
}

#[cfg(target_os = "linux")]
#[test]
fn clients_wait_for_room_when_somebody_else_took_the_descriptors() {
    descriptors_run_out(100);
}

#[test]
fn a_newcomer_is_served_among_a_thousand_silent_connections() {
    mq::net::raise_descriptor_limit();
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let mut old = Raw::connect(port, Hello::new("old"));
    let mut silent: Vec<_> = (0..1_100).map(|_| Raw::open(port)).collect();
    for number in numbers(20) {
        Raw::connect(port, Hello::new(&number)).ping();
    }
    // The oldest gave way.
    silent[0].wait_for_the_end();
    old.ping();
}

#[test]
fn a_connect_that_comes_a_byte_at_a_time_is_ended_all_the_same() {
    let connect_deadline = Duration::from_secs(1);
    let broker = broker_with(Limits { connect_deadline, ..Limits::default() });
    let port = broker.port().expect("a TCP port");
    let start = mq::net::clock::now();
    let mut slow: Vec<_> = (0..50).map(|_| Raw::open(port)).collect();
    let hello = Hello::new(&"long".repeat(2_000)).bytes();
    for raw in &slow {
        raw.stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a timeout");
    }
    for byte in hello {
        slow.retain_mut(|raw| {
            let sent = raw.stream.write_all(&[byte]);
            let silent = |error: std::io::Error| error.kind() == ErrorKind::WouldBlock;
            sent.is_ok() && raw.stream.read(&mut [0]).is_err_and(silent)
        });
        if slow.is_empty() {
            break;
        }
        Raw::connect(port, Hello::new("honest"));
    }
    assert!(slow.is_empty(), "{} are still there", slow.len());
    assert!(start.elapsed() >= connect_deadline, "{:?}", start.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn a_stalled_reader_costs_little_and_others_get_everything() {
    let child = Child::start(1_024, 0);
    let mut reader = Raw::connect(child.port, Hello::new("reader"));
    reader.subscribe("flood", 0);
    let mut stalled = Raw::connect(child.port, Hello::new("stalled"));
    stalled.subscribe("flood", 0);
    let before = child.program.kib("VmRSS");
    let mut writer = Raw::connect(child.port, Hello::new("writer"));
    let count = 50_000;
    let writing = std::thread::spawn(move || {
        let filler = vec![b' '; 1_000];
        for number in numbers(count) {
            writer.send(&publish(None, "flood", &[number.as_bytes(), &filler[..]].concat()));
        }
        writer.ping();
    });
    for number in numbers(count) {
        let message = reader.message();
        assert_eq!(String::from_utf8_lossy(&message).trim_end(), number);
    }
    writing.join().expect("all is written");
    let grown = child.program.kib("VmHWM").saturating_sub(before);
    println!("a stalled reader: {grown} KiB");
    assert!(grown < 20 * 1_024, "{grown} KiB");
    // It was never closed, and reads what was kept for it.
    stalled.message();
}
