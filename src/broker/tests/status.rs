//! What the broker counts, and how it publishes it.

use super::*;
use crate::broker::{Command, LogTopic};
use crate::codec::PacketType;

/// A broker that has begun.
fn begun(limits: Limits) -> Shell {
    let mut shell = Shell::new(limits);
    let now = shell.now;
    shell.router.begin(now);
    shell
}

/// What is retained of a topic.
fn retained(shell: &mut Shell, topic: &str) -> Option<String> {
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, topic, Q0);
    let lines = shell.read(reader);
    shell.disconnect(reader, Reason::Success);
    let mark = format!(" {topic} ");
    lines.iter().find_map(|line| Some(line.split_once(&mark)?.1.to_owned()))
}

#[test]
fn everything_is_published_at_first_and_then_what_has_changed_at_whole_intervals() {
    let mut shell = begun(Limits::default());
    shell.wait(millis(2_500));
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, "$SYS/#", Q2);
    let first = shell.read(reader);
    let of = |topic: &str, lines: &[String]| {
        let topic = format!(" $SYS/broker/{topic} ");
        lines.iter().find(|line| line.contains(&topic)).cloned()
    };
    assert_eq!(
        of("uptime", &first).as_deref(),
        Some("publish q2 retain $SYS/broker/uptime 0 seconds")
    );
    assert!(of("version", &first).is_some_and(|line| line.contains(" mq version ")));
    assert!(of("retained messages/count", &first).is_some());
    assert!(of("load/sockets/15min", &first).is_some_and(|line| line.ends_with(" 0.00")));
    shell.wait(millis(7_499));
    assert!(shell.messages(reader).is_empty(), "the interval has not passed");
    shell.acknowledge(reader, usize::MAX);
    shell.wait(millis(1));
    let second = shell.read(reader);
    assert_eq!(of("uptime", &second).as_deref(), Some("publish q2 $SYS/broker/uptime 10 seconds"));
    for (topic, value) in [
        ("clients/connected", "1"),
        ("clients/total", "1"),
        ("clients/maximum", "1"),
        ("subscriptions/count", "1"),
        ("mqtt/connect/received", "1"),
        ("mqtt/connack/sent", "1"),
        ("mqtt/suback/sent", "1"),
        ("load/connections/1min", "0.92"),
    ] {
        let line = of(topic, &second).unwrap_or_default();
        assert!(line.ends_with(&format!(" {value}")), "{topic}: {line}");
    }
    for topic in ["version", "clients/disconnected", "load/publish/dropped/1min"] {
        assert_eq!(of(topic, &second), None, "it has not changed");
    }
    shell.wait(seconds(25));
    let later = shell.read(reader);
    assert!(later.iter().any(|line| line.ends_with("uptime 30 seconds")), "{later:?}");
}

#[test]
fn without_an_interval_nothing_is_published() {
    let mut shell = begun(Limits { sys_interval: Duration::ZERO, ..Limits::default() });
    shell.wait(seconds(60));
    assert_eq!(shell.router.retained.len(), 0);
    assert_eq!(retained(&mut shell, "$SYS/broker/uptime"), None);
}

#[test]
fn the_brokers_own_topics_are_not_matched_by_a_wildcard_first_and_no_limit_counts_them() {
    let mut shell = begun(Limits { retained_messages: 1, ..Limits::default() });
    for filter in ["#", "+/broker/uptime", "+/#"] {
        let reader = shell.connect(&v5("reader"));
        shell.subscribe(reader, filter, Q0);
        assert_eq!(shell.messages(reader), [""; 0], "{filter}");
    }
    assert_eq!(retained(&mut shell, "$SYS/broker/uptime").as_deref(), Some("0 seconds"));
    let writer = shell.connect(&v5("writer"));
    shell.retain(writer, Q1, "mine", "1");
    shell.retain(writer, Q1, "too many", "1");
    assert_eq!(shell.read(writer), ["puback 1 0x10", "puback 2 0x97"]);
    shell.publish(writer, Q1, "$SYS/broker/uptime", "forged");
    assert_eq!(shell.read(writer), ["puback 3 0x87"]);
    shell.wait(seconds(10));
    assert_eq!(retained(&mut shell, "$SYS/broker/uptime").as_deref(), Some("10 seconds"));
}

#[test]
fn who_does_not_take_the_state_loses_it_and_holds_nobody() {
    let limits = Limits { output_bytes: 4_096, queue_messages: 20, ..Limits::default() };
    let mut shell = begun(limits);
    let stalled = shell.connect(&v5("stalled"));
    shell.subscribe(stalled, "$SYS/#", Q0);
    shell.read(stalled);
    shell.stall(stalled);
    let away = shell.connect(&Hello { expiry: 600, ..v5("away") });
    shell.subscribe(away, "$SYS/#", Q1);
    shell.drain(away);
    shell.hang_up(away);
    let before = shell.router.counters.dropped;
    shell.wait(seconds(300));
    assert!(shell.waiting(stalled) < 8_192, "{}", shell.waiting(stalled));
    assert_eq!(shell.session("away").queue.len(), 20, "as many as for anybody");
    assert!(shell.router.counters.dropped > before + 100);
    assert!(shell.router.connections.iter().all(|(_, connection)| connection.holds == 0));
    shell.resume(stalled);
    assert!(!shell.read(stalled).is_empty());
}

#[test]
fn another_interval_holds_at_once_and_the_one_before_no_longer() {
    let mut shell = begun(Limits { sys_interval: Duration::ZERO, ..Limits::default() });
    shell.wait(seconds(3));
    let limits =
        |seconds| Limits { sys_interval: Duration::from_secs(seconds), ..Limits::default() };
    let put_in_force = |shell: &mut Shell, seconds| {
        shell.router.obey(Command::Limits(Box::new(limits(seconds))), shell.now);
        shell.turn();
    };
    put_in_force(&mut shell, 10);
    let reader = shell.connect(&v5("reader"));
    let heard = |shell: &mut Shell| -> Vec<u32> {
        let lines = shell.read(reader);
        let of = |line: &String| {
            let (_, text) = line.split_once(" $SYS/broker/uptime ")?;
            text.split_once(' ')?.0.parse().ok()
        };
        lines.iter().filter_map(of).collect()
    };
    shell.subscribe(reader, "$SYS/broker/uptime", Q0);
    assert_eq!(heard(&mut shell), [3]);
    put_in_force(&mut shell, 4);
    shell.wait(seconds(9));
    assert_eq!(heard(&mut shell), [4, 8, 12]);
    put_in_force(&mut shell, 0);
    shell.wait(seconds(60));
    assert_eq!(heard(&mut shell), [0; 0]);
    // Timers of before are passed over, and make no others.
    put_in_force(&mut shell, 10);
    put_in_force(&mut shell, 20);
    shell.wait(seconds(60));
    assert_eq!(heard(&mut shell), [72, 80, 100, 120]);
}

#[test]
fn packets_messages_and_what_is_kept_are_counted() {
    let mut shell = begun(Limits { sys_interval: Duration::ZERO, ..Limits::default() });
    let away = shell.connect(&Hello { expiry: 600, ..v5("away") });
    shell.subscribe(away, "t/#", Q1);
    shell.subscribe(away, "$share/g/t/#", Q0);
    shell.disconnect(away, Reason::Success);
    let reader = shell.connect(&v3("reader"));
    shell.subscribe(reader, "t/#", Q2);
    let writer = shell.connect(&v5("writer"));
    for qos in [Q0, Q1, Q2] {
        shell.publish(writer, qos, "t/x", "12345");
        shell.drain(writer);
        shell.drain(reader);
    }
    shell.retain(writer, Q1, "kept", "1234567");
    shell.send(writer, &Packet::Pingreq);
    let stands = shell.router.snapshot(shell.now);
    let of = |packet| stands.packets(packet);
    assert_eq!(of(PacketType::Connect), (3, 0));
    assert_eq!(of(PacketType::Connack), (0, 3));
    assert_eq!(of(PacketType::Subscribe), (3, 0));
    assert_eq!(of(PacketType::Suback), (0, 3));
    assert_eq!(of(PacketType::Publish), (4, 3));
    assert_eq!(of(PacketType::Puback), (1, 2));
    assert_eq!(of(PacketType::Pubrec), (1, 1));
    assert_eq!(of(PacketType::Pubrel), (1, 1));
    assert_eq!(of(PacketType::Pubcomp), (1, 1));
    assert_eq!(of(PacketType::Pingreq), (1, 0));
    assert_eq!(of(PacketType::Pingresp), (0, 1));
    assert_eq!(of(PacketType::Disconnect), (1, 0));
    assert_eq!(stands.messages_received(), 16);
    assert_eq!((stands.totals.payload_received, stands.payload_sent()), (22, 15));
    assert_eq!((stands.sessions, stands.totals.online), (3, 2));
    assert_eq!((stands.subscriptions, stands.shared_subscriptions), (2, 1));
    assert_eq!((stands.queued, stands.retained, stands.stored), (2, 1, 3));
    assert_eq!(stands.stored_payload, 17);
    shell.wait(seconds(600));
    let stands = shell.router.snapshot(shell.now);
    assert_eq!((stands.totals.sessions_expired, stands.stored, stands.queued), (1, 1, 0));
    assert_eq!(stands.shared_subscriptions, 0);
}

#[test]
fn held_back_packets_count_once_and_what_waits_is_counted_in_whole_packets() {
    let mut shell = begun(Limits { output_bytes: 1_000, ..Limits::default() });
    let stalled = shell.connect(&v5("stalled"));
    shell.subscribe(stalled, "flood", Q0);
    shell.read(stalled);
    shell.stall(stalled);
    let writer = shell.connect(&v5("writer"));
    for _ in 0..20 {
        shell.publish(writer, Q0, "flood", [b'x'; 100]);
    }
    assert!(shell.is_held(writer));
    shell.set_room(stalled, 150);
    let stands = shell.router.snapshot(shell.now);
    let size = 100 + 2 + 2 + 5 + 1;
    let waits = shell.waiting(stalled);
    assert_eq!(stands.waiting_bytes, waits as u64);
    assert_eq!(stands.waiting_packets, waits.div_ceil(size) as u64);
    shell.resume(stalled);
    let stands = shell.router.snapshot(shell.now);
    assert_eq!(stands.packets(PacketType::Publish), (20, 20));
    assert_eq!(stands.totals.payload_received, 2_000);
    assert_eq!((stands.waiting_packets, stands.waiting_bytes), (0, 0));
}

#[test]
fn what_is_sent_again_is_counted_and_what_comes_behind_the_end_is_not() {
    let mut shell = begun(Limits { sys_interval: Duration::ZERO, ..Limits::default() });
    let hello = Hello { expiry: 600, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "t", Q2);
    shell.read(reader);
    let writer = shell.connect(&v5("writer"));
    for _ in 0..2 {
        shell.publish(writer, Q2, "t", "12345");
        shell.drain(writer);
    }
    // Of the first it says that it has it, of the second nothing.
    shell.read(reader);
    shell.acknowledge(reader, 1);
    let of = |shell: &Shell, packet| shell.router.snapshot(shell.now).packets(packet).1;
    assert_eq!((of(&shell, PacketType::Publish), of(&shell, PacketType::Pubrel)), (2, 1));
    let payload = shell.router.snapshot(shell.now).payload_sent();
    shell.hang_up(reader);
    shell.hello(&hello);
    assert_eq!((of(&shell, PacketType::Publish), of(&shell, PacketType::Pubrel)), (3, 2));
    assert_eq!(shell.router.snapshot(shell.now).payload_sent(), payload + 5);
    let before = shell.router.snapshot(shell.now).messages_received();
    let mut bytes = vec![0xE0, 0];
    bytes.extend_from_slice(&[0xC0, 0, 0xC0, 0]);
    shell.write(writer, &bytes);
    let key = shell.wires[writer].key;
    shell.router.receive(key, &[0xC0, 0], shell.now);
    assert_eq!(shell.router.snapshot(shell.now).messages_received(), before + 1);
}

/// Where a line of the log goes, and how long it is good for.
#[test]
fn a_line_of_the_log_is_published_for_who_is_there() {
    let mut shell = begun(Limits { sys_interval: Duration::ZERO, ..Limits::default() });
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, "$SYS/broker/log/#", Q2);
    shell.read(reader);
    let away = shell.connect(&Hello { expiry: 600, ..v5("away") });
    shell.subscribe(away, "$SYS/broker/log/#", Q1);
    shell.hang_up(away);
    let (commands, mut lines) = crate::broker::Commands::new();
    let obey = |shell: &mut Shell, lines: &mut tokio::sync::mpsc::UnboundedReceiver<Command>| {
        while let Ok(line) = lines.try_recv() {
            shell.router.obey(line, shell.now);
            shell.turn();
        }
    };
    commands.publish_line(LogTopic::Subscribe, "one".to_owned());
    obey(&mut shell, &mut lines);
    assert_eq!(shell.read(reader), ["publish q2 $SYS/broker/log/M/subscribe one"]);
    assert_eq!(shell.router.retained.len(), 0);
    shell.wait(seconds(19));
    assert_eq!(shell.session("away").queue.len(), 1);
    let back = shell.hello(&Hello { expiry: 600, ..v5("away") });
    assert!(shell.wires[back].received.windows(5).any(|bytes| bytes == [2, 0, 0, 0, 1]));
    shell.read(back);
    for _ in 0..1_001 {
        commands.publish_line(LogTopic::Notice, "flood".to_owned());
    }
    while lines.try_recv().is_ok() {}
    commands.publish_line(LogTopic::Notice, "two".to_owned());
    obey(&mut shell, &mut lines);
    assert_eq!(
        shell.read(reader),
        [
            "publish q2 $SYS/broker/log/W Lines of the log that are not published, being too many: 1.",
            "publish q2 $SYS/broker/log/N two",
        ]
    );
}
