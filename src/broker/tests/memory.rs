//! Memory that is short: what is refused, what is taken all the same, and when it ends.

use super::*;

/// A megabyte, of which an eighth must be free again.
fn small() -> Shell {
    Shell::new(Limits { memory: 1_000_000, sys_interval: Duration::ZERO, ..Limits::default() })
}

/// Fills the queue of somebody who is away, until it is refused.
fn fill(shell: &mut Shell) -> Peer {
    let away = shell.connect(&Hello { expiry: 600, ..v5("away") });
    shell.subscribe(away, "queue", Q1);
    shell.hang_up(away);
    let writer = shell.connect(&v5("writer"));
    for _ in 0..200 {
        shell.publish(writer, Q1, "queue", [b'x'; 10_000]);
        if shell.read(writer).iter().any(|line| line.ends_with("0x97")) {
            return writer;
        }
    }
    panic!("never refused: {}", shell.router.held_bytes());
}

#[test]
fn what_is_new_is_refused_and_the_rest_goes_on() {
    let mut shell = small();
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, "live", Q1);
    let old = shell.connect(&v3("old"));
    shell.retain(reader, Q1, "kept", "1");
    shell.read(reader);
    let writer = fill(&mut shell);
    let held = shell.router.held_bytes();
    assert!((1_000_000..1_020_000).contains(&held), "{held}");
    assert_eq!(shell.told("MemoryShort").len(), 1);
    shell.publish(writer, Q0, "live", "dropped");
    assert!(shell.read(reader).is_empty());
    assert_eq!(shell.router.counters.dropped, 1);
    shell.publish(old, Q1, "live", "refused");
    assert!(shell.wires[old].closed, "an older client cannot be told otherwise");
    shell.subscribe(reader, "more", Q1);
    assert_eq!(shell.read(reader), ["suback 3 [151]"]);
    let newcomer = shell.hello(&v5("newcomer"));
    assert_eq!(shell.read(newcomer), ["connack 0x97"]);
    shell.send(reader, &Packet::Pingreq);
    assert_eq!(shell.read(reader), ["pingresp"]);
    shell.retain(writer, Q1, "kept", "");
    assert!(shell.read(writer)[0].ends_with(" 0x00") || shell.router.retained.len() == 0);
    shell.unsubscribe(reader, "live");
    assert!(shell.read(reader)[0].starts_with("unsuback"));
}

#[test]
fn it_ends_when_an_eighth_is_free_and_is_said_once_a_minute() {
    let mut shell = small();
    let writer = fill(&mut shell);
    shell.wait(seconds(60));
    assert_eq!(shell.told("MemoryShort").len(), 2, "it still is");
    let back = shell.hello(&Hello { expiry: 600, ..v5("away") });
    let all = shell.drain(back);
    assert!(all.len() > 90, "{}", all.len());
    shell.publish(writer, Q1, "nobody", "taken");
    assert!(shell.read(writer).iter().any(|line| line.ends_with("0x10")));
    shell.wait(seconds(120));
    assert_eq!(shell.told("MemoryShort").len(), 2);
    assert!(shell.router.held_bytes() < 20_000, "{}", shell.router.held_bytes());
}

#[test]
fn it_ends_when_the_session_that_held_it_does() {
    let mut shell = small();
    fill(&mut shell);
    shell.wait(seconds(601));
    let newcomer = shell.connect(&v5("newcomer"));
    shell.retain(newcomer, Q1, "kept", "1");
    assert!(shell.read(newcomer)[0].ends_with("0x10"));
}

#[test]
fn packets_that_have_not_come_whole_count_and_end_their_connection() {
    let mut shell = small();
    let slow = shell.connect(&v5("slow"));
    let small = shell.connect(&v5("small"));
    let other = shell.connect(&v5("other"));
    let head = [0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, b'a', 0];
    let begun = [&head[..], &vec![b'x'; 400_000]].concat();
    for _ in 0..3 {
        shell.write(slow, &begun);
    }
    shell.write(small, &begun[..1_000]);
    assert!(shell.router.memory.is_short);
    shell.write(slow, b"more");
    shell.send(other, &Packet::Pingreq);
    assert!(shell.wires[slow].closed, "it held most of it");
    assert!(!shell.wires[small].closed);
    assert_eq!(shell.read(other), ["pingresp"]);
    shell.send(other, &Packet::Pingreq);
    assert!(!shell.router.memory.is_short);
}

#[test]
fn without_a_limit_nothing_is_short() {
    let mut shell = Shell::new(Limits { memory: usize::MAX, ..Limits::default() });
    let writer = shell.connect(&v5("writer"));
    for _ in 0..100 {
        shell.retain(writer, Q1, "a", vec![b'x'; 100_000]);
    }
    assert!(shell.read(writer).iter().all(|line| line.ends_with("0x10")));
}
