//! What is on its way at once, what waits, and with which QoS it leaves.

use super::*;

fn with_limits(change: impl FnOnce(&mut Limits)) -> Shell {
    let mut limits = Limits::default();
    change(&mut limits);
    Shell::new(limits)
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[test]
fn a_window_of_one_keeps_the_order_whatever_is_sent_again() {
    let mut shell = with_limits(|limits| (limits.window_v5, limits.window_v3) = (1, 1));
    let hellos = [Hello { expiry: 60, ..v5("new") }, Hello { clean: false, ..v3("old") }];
    for hello in hellos {
        let mut reader = shell.connect(&hello);
        shell.subscribe(reader, "t", Q2);
        shell.read(reader);
        let writer = shell.connect(&v5("writer"));
        for number in 0..6 {
            let qos = if number % 2 == 0 { Q2 } else { Q1 };
            shell.publish(writer, qos, "t", number.to_string());
        }
        let mut came = shell.messages(reader);
        assert_eq!(came, ["0"]);
        shell.hang_up(reader);
        reader = shell.hello(&hello);
        came.extend(shell.drain(reader));
        assert_eq!(came[1..], numbers(0..6), "the first one again, then the others");
        shell.disconnect(reader, Reason::Success);
    }
}

#[test]
fn a_window_of_bytes_takes_one_message_more_than_it_has_room_for() {
    let mut shell = with_limits(|limits| limits.window_bytes = 100);
    let hello = Hello { expiry: 60, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "t", Q2);
    shell.read(reader);
    let writer = shell.connect(&v5("writer"));
    for _ in 0..5 {
        shell.publish(writer, Q1, "t", [b'x'; 60]);
    }
    assert_eq!(shell.messages(reader).len(), 2);
    shell.acknowledge(reader, 1);
    assert_eq!(shell.messages(reader).len(), 1);
    shell.hang_up(reader);
    let reader = shell.hello(&hello);
    assert_eq!(shell.messages(reader).len(), 2, "what is sent again counts as before");
    assert_eq!(shell.drain(reader).len(), 2);
    shell.publish(writer, Q2, "t", [b'x'; 500]);
    shell.publish(writer, Q2, "t", "y");
    assert_eq!(shell.messages(reader), ["500"]);
    assert_eq!(shell.drain(reader), ["y"]);
    assert_eq!(shell.session("reader").flow.unacknowledged, 0);
}

#[test]
fn a_queue_without_limits_takes_all() {
    let mut shell = with_limits(|limits| {
        (limits.queue_messages, limits.queue_bytes) = (Limits::NONE, Limits::NONE);
    });
    let hello = Hello { expiry: 60, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "t", Q1);
    shell.hang_up(reader);
    let writer = shell.connect(&v5("writer"));
    for number in 0..3_000 {
        shell.publish(writer, Q1, "t", format!("{number:02000}"));
    }
    assert!(shell.read(writer).iter().all(|line| line.ends_with("0x00")));
    let reader = shell.hello(&hello);
    assert_eq!(shell.drain(reader).len(), 3_000);
}

#[test]
fn qos_0_waits_for_who_is_away_where_that_is_asked() {
    for queues_once in [false, true] {
        let limits = Limits { queues_once, window_v5: 2, queue_messages: 6, ..Limits::default() };
        let mut shell = Shell::new(limits);
        let hello = Hello { expiry: 60, ..v5("reader") };
        let reader = shell.connect(&hello);
        shell.subscribe(reader, "t", Q1);
        shell.hang_up(reader);
        let writer = shell.connect(&v5("writer"));
        for number in 0..8 {
            let qos = if number < 4 { Q1 } else { Q0 };
            shell.publish(writer, qos, "t", number.to_string());
        }
        assert_eq!(shell.session("reader").queue.len(), if queues_once { 6 } else { 4 });
        let lost = shell.session("reader").flow.dropped;
        assert_eq!(lost, if queues_once { 2 } else { 0 });
        let reader = shell.hello(&hello);
        // The window is full of the first two; what comes now goes behind those that wait.
        shell.publish(writer, Q0, "t", "new");
        let came = shell.drain(reader);
        if queues_once {
            assert_eq!(came, ["0", "1", "2", "3", "4", "5", "new"]);
        } else {
            assert_eq!(came, ["0", "1", "new", "2", "3"]);
        }
        shell.publish(writer, Q0, "t", "later");
        assert_eq!(shell.messages(reader), ["later"]);
        assert!(!shell.session("reader").queue.has_once());
    }
}

#[test]
fn qos_0_for_a_group_waits_where_no_member_is_here() {
    let mut shell = with_limits(|limits| limits.queues_once = true);
    let hello = Hello { expiry: 60, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "$share/g/t", Q1);
    shell.hang_up(reader);
    let writer = shell.connect(&v5("writer"));
    shell.publish(writer, Q0, "t", "x");
    let reader = shell.hello(&hello);
    assert_eq!(shell.messages(reader), ["x"]);
}

#[test]
fn messages_leave_with_the_subscriptions_qos_where_that_is_asked() {
    let mut shell = with_limits(|limits| {
        (limits.upgrades_qos, limits.queue_messages) = (true, 2);
    });
    let writer = shell.connect(&v5("writer"));
    shell.retain(writer, Q0, "old", "kept");
    let hello = Hello { expiry: 60, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "#", Q2);
    assert_eq!(shell.read(reader)[1..], ["publish q2 retain old kept"]);
    shell.acknowledge(reader, usize::MAX);
    shell.publish(writer, Q0, "t", "x");
    shell.publish(writer, Q1, "t", "y");
    let came = shell.read(reader);
    let publishes: Vec<_> = came.iter().filter(|line| line.starts_with("publish")).collect();
    assert_eq!(publishes, ["publish q2 t x", "publish q2 t y"]);
    shell.drain(reader);
    shell.hang_up(reader);
    for _ in 0..3 {
        shell.publish(writer, Q0, "t", "x");
    }
    assert!(!shell.wires[writer].closed);
    assert_eq!(shell.session("reader").queue.len(), 2);
    assert_eq!(shell.session("reader").flow.lost, 1, "who published cannot be told");
}
