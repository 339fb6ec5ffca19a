//! What hostile clients do to a broker's memory, descriptors and time, each by the number that it has
//! in the project's list of attacks. The broker is the program itself, in a process of its own.

use std::io::ErrorKind;
use std::process::Command;
use std::time::{Duration, Instant};

use mq::net::clock;

use crate::harness::{PATIENCE, numbers};
use crate::program::Program;
use crate::raw::{CONNACK, Hello, PINGREQ, PINGRESP, PUBACK, Raw, SUBACK, packet, publish, text};

const MQ: &str = env!("CARGO_BIN_EXE_mq");

/// `mq broker` on a free port.
struct Serving {
    program: Program,
    port: u16,
}

fn serve(options: &[&str]) -> Serving {
    let mut command = Command::new(MQ);
    command.args(["broker", "-p", "0", "--quiet"]).args(options);
    let program = Program::run(command);
    let line = program.line().expect("where it serves");
    let (_, port) = line.rsplit_once(':').expect("a port");
    let port = port.parse().expect("a number");
    Serving { program, port }
}

/// CONNECT of version 5 with a session that lasts.
fn lasting(id: &str) -> Vec<u8> {
    // No clean start; an hour.
    let body = [b"\x00\x04MQTT\x05\x00\x00\x00\x05\x11\x00\x00\x0E\x10", &text(id)[..]].concat();
    packet(0x10, &body)
}

/// Connects with a session that lasts; the code of CONNACK.
fn connect(port: u16, id: &str) -> (Raw, u8) {
    let mut raw = Raw::open(port);
    raw.send(&lasting(id));
    let code = raw.expect(CONNACK)[1];
    (raw, code)
}

/// SUBSCRIBE of version 5; the code of SUBACK.
fn subscribe(raw: &mut Raw, filter: &str, qos: u8) -> u8 {
    let body = [b"\x00\x07\x00", &text(filter)[..], &[qos]].concat();
    raw.send(&packet(0x82, &body));
    *raw.expect(SUBACK).last().expect("a code")
}

/// PUBLISH of version 5 at QoS 1; the code of PUBACK.
fn publish5(raw: &mut Raw, header: u8, topic: &str, payload: &[u8]) -> u8 {
    raw.send(&packet(header | 0x32, &[&text(topic), &b"\x00\x09\x00"[..], payload].concat()));
    raw.expect(PUBACK).get(2).copied().unwrap_or_default()
}

/// Pings; how long the answer took.
fn ping(raw: &mut Raw) -> Duration {
    let start = clock::now();
    raw.ping();
    start.elapsed()
}

#[test]
fn row_30_one_message_for_a_thousand_filters_of_a_thousand_clients_is_one_copy_each() {
    mq::net::raise_descriptor_limit();
    let broker = serve(&[]);
    let level = |bits: u32, at: u32| if bits >> at & 1 == 1 { "+" } else { "l" };
    let filter = |bits| (0..10).map(|at| level(bits, at)).collect::<Vec<_>>().join("/");
    let filters: Vec<_> = (0..1_000).flat_map(|bits| [text(&filter(bits)), vec![0]]).collect();
    let subscribe = packet(0x82, &[b"\x00\x07".to_vec(), filters.concat()].concat());
    let mut clients: Vec<_> = numbers(1_000)
        .map(|id| {
            let mut raw = Raw::connect(broker.port, Hello::new(&id));
            raw.send(&subscribe);
            raw
        })
        .collect();
    for raw in &mut clients {
        assert_eq!(raw.expect(SUBACK).len(), 1_002);
    }
    let mut writer = Raw::connect(broker.port, Hello::new("writer"));
    let start = clock::now();
    writer.send(&publish(None, "l/l/l/l/l/l/l/l/l/l", b"once"));
    let waited = ping(&mut writer);
    for raw in &mut clients {
        assert_eq!(raw.message(), b"once");
        raw.ping();
    }
    let kib = broker.program.kib("VmHWM");
    println!("a million subscriptions: {kib} KiB, {waited:?}, {:?} for all", start.elapsed());
    assert!(kib < 1_024 * 1_024, "{kib} KiB");
    assert!(waited < Duration::from_secs(10), "{waited:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn row_32_the_system_asks_after_clients_without_keep_alive() {
    let broker = serve(&[]);
    let silent = Raw::connect(broker.port, Hello::new("silent"));
    let peer = silent.stream.local_addr().expect("an address").port();
    // The broker's end: its port first, ours second, and which timer runs. 2 is the keep-alive.
    let ends = format!("0100007F:{:04X} 0100007F:{peer:04X} ", broker.port);
    let deadline = clock::now() + PATIENCE;
    loop {
        let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux");
        let line = table.lines().find(|line| line.contains(&ends)).expect("the connection");
        let timer = line.split_whitespace().nth(5).expect("a timer");
        if timer.starts_with("02:") {
            break;
        }
        assert!(clock::now() < deadline, "{line}");
    }
}

/// PUBLISH at a QoS, acknowledged to its end.
fn publish_at(raw: &mut Raw, qos: u8, topic: &str, payload: &[u8]) {
    match qos {
        0 => raw.send(&publish(None, topic, payload)),
        1 => {
            raw.send(&publish(Some(9), topic, payload));
            raw.expect(PUBACK);
        }
        _ => {
            raw.send(&packet(0x34, &[&text(topic), &b"\x00\x09"[..], payload].concat()));
            raw.expect(0x50);
            raw.send(b"\x62\x02\x00\x09");
            raw.expect(0x70);
        }
    }
}

fn never_reads(qos: u8) {
    let broker = serve(&["--on-full", "drop"]);
    let mut reader = Raw::connect(broker.port, Hello::new("reader"));
    reader.subscribe("flood", 0);
    let mut stalled = Raw::connect(broker.port, Hello::new("stalled"));
    stalled.subscribe("flood", qos);
    let before = broker.program.kib("VmRSS");
    let mut writer = Raw::connect(broker.port, Hello::new("writer"));
    let (count, payload) = (8_000, vec![b'x'; 4_000]);
    let writing = std::thread::spawn(move || {
        for _ in 0..count {
            publish_at(&mut writer, qos, "flood", &payload);
        }
        writer.ping();
    });
    for _ in 0..count {
        assert_eq!(reader.message().len(), 4_000);
    }
    writing.join().expect("all is written");
    let grown = broker.program.kib("VmHWM").saturating_sub(before);
    assert!(grown < 20 * 1_024, "{grown} KiB");
    // It was never closed, and reads what was kept for it.
    stalled.packet().expect("a message");
}

#[test]
fn row_33_a_subscriber_that_never_reads_at_qos_0() {
    never_reads(0);
}

#[test]
fn row_33_a_subscriber_that_never_reads_at_qos_1() {
    never_reads(1);
}

#[test]
fn row_33_a_subscriber_that_never_reads_at_qos_2() {
    never_reads(2);
}

#[test]
fn row_34_the_queues_of_who_is_away_are_bounded() {
    let broker = serve(&["--on-full", "drop"]);
    for id in numbers(10) {
        let (mut raw, code) = connect(broker.port, &id);
        assert_eq!((code, subscribe(&mut raw, "flood", 1)), (0, 1));
    }
    let before = broker.program.kib("VmRSS");
    let mut writer = connect(broker.port, "writer").0;
    for _ in 0..20_000 {
        publish5(&mut writer, 0, "flood", &[b'x'; 2_000]);
    }
    let grown = broker.program.kib("VmHWM").saturating_sub(before);
    println!("ten queues: {grown} KiB");
    assert!(grown < 20 * 1_024, "{grown} KiB");
    let (mut back, _) = connect(broker.port, "3");
    back.packet().expect("a message");
}

/// Opens a lasting session and is gone at once; whether it was let in.
fn leave_a_session(port: u16, id: &str) -> bool {
    let mut raw = Raw::open(port);
    // No port of this end is kept waiting after it.
    let _ = socket2::SockRef::from(&raw.stream).set_linger(Some(Duration::ZERO));
    raw.send(&lasting(id));
    match raw.expect(CONNACK)[1] {
        0 => true,
        0x97 => false,
        code => panic!("{code:#04x}"),
    }
}

#[test]
fn row_34_a_hundred_thousand_sessions_of_random_names_are_bounded() {
    let broker = serve(&["--memory-limit", "48M"]);
    let mut first = connect(broker.port, "first").0;
    let port = broker.port;
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let ids = move |number| format!("{thread}-{number}-{:016x}", fastrand::u64(..));
            std::thread::spawn(move || {
                (0..25_000).filter(|number| leave_a_session(port, &ids(*number))).count()
            })
        })
        .collect();
    let taken: usize = threads.into_iter().map(|thread| thread.join().expect("it ends")).sum();
    let kib = broker.program.kib("VmHWM");
    println!("{taken} sessions: {kib} KiB, {:?} for a ping", ping(&mut first));
    assert!((1_000..100_000).contains(&taken), "{taken}");
    assert!(kib < 2 * 48 * 1_024, "{kib} KiB");
    // Who has a session is let in.
    drop(first);
    assert_eq!(connect(broker.port, "first").1, 0);
}

#[test]
fn row_37_over_the_memory_limit_what_is_new_is_refused_and_pings_are_answered() {
    let broker = serve(&["--memory-limit", "32M", "--on-full", "drop"]);
    let mut watcher = connect(broker.port, "watcher").0;
    assert_eq!(subscribe(&mut watcher, "live", 0), 0);
    for id in numbers(20) {
        let (mut raw, _) = connect(broker.port, &id);
        assert_eq!(subscribe(&mut raw, &format!("queue/{id}"), 1), 1);
    }
    let mut writer = connect(broker.port, "writer").0;
    let mut refused = 0;
    let (mut sent, payload) = (0, vec![b'x'; 8_000]);
    for id in numbers(20) {
        for _ in 0..500 {
            match publish5(&mut writer, 0, &format!("queue/{id}"), &payload) {
                0x97 => refused += 1,
                0 => sent += 1,
                code => panic!("{code:#04x}"),
            }
        }
    }
    let kib = broker.program.kib("VmHWM");
    println!("{sent} taken, {refused} refused: {kib} KiB");
    assert!((2_000..5_000).contains(&sent) && refused > 5_000, "{sent} taken, {refused} refused");
    assert!(kib < 64 * 1_024, "{kib} KiB");
    // Nothing new: messages, subscriptions, sessions, large packets.
    writer.send(&packet(0x30, &[&text("live"), &b"\x00not"[..]].concat()));
    assert_eq!(publish5(&mut writer, 1, "kept", b"x"), 0x97);
    assert_eq!(subscribe(&mut watcher, "more", 0), 0x97);
    assert_eq!(subscribe(&mut watcher, "live", 0), 0, "it has this one");
    assert_eq!(connect(broker.port, "newcomer").1, 0x97);
    let (mut large, _) = connect(broker.port, "19");
    large.send(&packet(0x30, &vec![0; 20_000_000])[..2_000_000]);
    large.wait_for_the_end();
    // Who is here is served on, and what is retained can be removed.
    assert!(ping(&mut watcher) < PATIENCE);
    assert!(publish5(&mut writer, 1, "kept", b"") < 0x80);
    assert!(broker.program.kib("VmHWM") < 80 * 1_024, "{} KiB", broker.program.kib("VmHWM"));
    // Queues are drained, and new messages are taken.
    for id in numbers(5) {
        let (mut back, _) = connect(broker.port, &id);
        let (mut messages, mut header) = (0, 0x32);
        back.send(PINGREQ);
        while messages < 500 && header & 0xF0 == 0x30 {
            let (next, body) = back.packet().expect("a packet");
            header = if next == PINGRESP { 0x32 } else { next };
            if next != PINGRESP {
                messages += 1;
                let at = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                back.send(&packet(PUBACK, &body[at..at + 2]));
            }
        }
        back.ping();
    }
    assert!(publish5(&mut writer, 0, "live", b"again") < 0x80);
    let (_, body) = watcher.packet().expect("a message");
    assert!(body.ends_with(b"again"), "{body:?}");
    assert_eq!(connect(broker.port, "newcomer").1, 0);
}

/// A password file whose one user is alice with the password `pw`; to check a login takes about a
/// tenth of a second.
struct Users(std::path::PathBuf);

impl Users {
    fn new(name: &str) -> Self {
        let name = format!("mq-users-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = Command::new(MQ)
            .args(["passwd", "-b", "-c", "-I", "100000"])
            .arg(&path)
            .args(["alice", "pw"])
            .status();
        assert!(made.expect("it runs").success());
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// CONNECT of version 3.1.1 with a login.
fn login(id: &str, name: &str, password: &str) -> Vec<u8> {
    let body = [b"\x00\x04MQTT\x04\xC2\x00\x00".to_vec(), text(id), text(name), text(password)];
    packet(0x10, &body.concat())
}

/// Logs in; the code of CONNACK, and the time it took.
fn log_in(port: u16, id: &str, name: &str, password: &str) -> (Raw, u8, Duration) {
    let start: Instant = clock::now();
    let mut raw = Raw::open(port);
    raw.send(&login(id, name, password));
    let code = raw.expect(CONNACK)[1];
    (raw, code, start.elapsed())
}

#[test]
fn row_35_a_storm_of_logins_keeps_nobody_waiting_who_is_here_or_was_here() {
    mq::net::raise_descriptor_limit();
    let users = Users::new("storm");
    let broker = serve(&["--password-file", users.path()]);
    let (mut here, code, first) = log_in(broker.port, "here", "alice", "pw");
    assert_eq!(code, 0);
    here.subscribe("a", 0);
    let storm: Vec<_> = numbers(1_000)
        .map(|number| {
            let mut raw = Raw::open(broker.port);
            raw.send(&login(&number, "alice", &number));
            raw
        })
        .collect();
    // Minutes of work wait now, and nobody else does.
    let mut longest = Duration::ZERO;
    for number in numbers(100) {
        here.send(&publish(None, "a", number.as_bytes()));
        assert_eq!(here.message(), number.as_bytes());
        longest = longest.max(ping(&mut here));
        let id = format!("back{number}");
        let (_back, code, time) = log_in(broker.port, &id, "alice", "pw");
        assert_eq!(code, 0);
        longest = longest.max(time);
    }
    println!("a login {first:?}; during the storm {longest:?} at most");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    for raw in &storm {
        raw.stream.set_nonblocking(true).expect("a socket");
    }
    let unanswered = storm.iter().filter(|raw| {
        let peeked = raw.stream.peek(&mut [0]);
        peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    });
    let unanswered = unanswered.count();
    assert!(unanswered > 100, "the storm was over: {unanswered}");
}

#[test]
fn row_35_who_comes_back_again_and_again_is_let_in_without_work() {
    let users = Users::new("back");
    let broker = serve(&["--password-file", users.path()]);
    let (_, code, first) = log_in(broker.port, "a", "alice", "pw");
    assert_eq!(code, 0);
    let before = broker.program.ticks();
    for _ in 0..500 {
        assert_eq!(log_in(broker.port, "a", "alice", "pw").1, 0);
    }
    let ticks = broker.program.ticks() - before;
    println!("first {first:?}, then 500 in {ticks} hundredths of a second");
    assert!(ticks < 500, "{ticks} hundredths of a second of 5,000");
    // What is wrong is never remembered, and costs what a name costs that nobody has.
    for name in ["alice", "nobody"] {
        let before = broker.program.ticks();
        for _ in 0..5 {
            assert_eq!(log_in(broker.port, "a", name, "wrong").1, 4);
        }
        let ticks = broker.program.ticks() - before;
        println!("{name}: {ticks}");
        assert!(ticks > 10, "{name}: {ticks} hundredths of a second");
    }
}
