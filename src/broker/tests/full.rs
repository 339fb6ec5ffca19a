//! A full queue: refusal, then loss; and what is not refused.

use super::*;

/// A publisher of `hello`, and an offline session whose queue is full.
fn full(hello: &Hello<'_>, limits: Limits) -> (Shell, Peer) {
    let mut shell = Shell::new(limits);
    let publisher = shell.connect(hello);
    let away = Hello { expiry: 3_600, ..v5("away") };
    let reader = shell.connect(&away);
    shell.subscribe(reader, "t/#", Q1);
    shell.hang_up(reader);
    for number in 0..1_000 {
        shell.publish(publisher, Q1, "t", number.to_string());
    }
    let answers = shell.read(publisher);
    assert!(answers.len() == 1_000 && answers.iter().all(|answer| answer.ends_with("0x00")));
    (shell, publisher)
}

fn back(shell: &mut Shell) -> Peer {
    shell.hello(&Hello { expiry: 3_600, ..v5("away") })
}

#[test]
fn a_refused_message_goes_to_nobody_and_version_5_is_told() {
    for qos in [Q1, Q2] {
        let (mut shell, publisher) = full(&v5("writer"), Limits::default());
        let other = shell.connect(&v5("other"));
        shell.subscribe(other, "t", Q2);
        shell.read(other);
        shell.publish(publisher, qos, "t", "refused");
        let name = if qos == Q1 { "puback" } else { "pubrec" };
        assert_eq!(shell.read(publisher), [format!("{name} 1001 0x97")]);
        assert_eq!(shell.messages(other), [""; 0]);
        // The identifier of a refused QoS 2 message is free: its next use is a new message.
        assert!(shell.session("writer").delivery.incoming.is_empty());
        assert!(!shell.is_held(publisher));
        // And so does a retained one.
        shell.retain(publisher, qos, "t/kept", "refused");
        assert_eq!(shell.router.retained.len(), 0);
    }
}

#[test]
fn an_older_publisher_waits_unacknowledged_and_is_not_closed() {
    let (mut shell, publisher) = full(&v3("writer"), Limits::default());
    let other = shell.connect(&v5("other"));
    shell.subscribe(other, "t", Q2);
    shell.read(other);
    shell.publish(publisher, Q1, "t", "waits");
    shell.publish(publisher, Q1, "t", "behind");
    shell.wait(seconds(9));
    assert_eq!(shell.read(publisher), [""; 0]);
    assert_eq!(shell.messages(other), [""; 0]);
    let reader = back(&mut shell);
    let came = shell.drain(reader);
    assert_eq!(came.len(), 1_002);
    assert_eq!(came[1_000..], ["waits", "behind"]);
    assert_eq!(shell.messages(other), ["waits", "behind"]);
    assert_eq!(shell.read(publisher), ["puback 1001 0x00", "puback 1002 0x00"]);
}

#[test]
fn after_ten_seconds_this_session_alone_loses_the_newest() {
    for hello in [v5("writer"), v3("writer")] {
        let (mut shell, publisher) = full(&hello, Limits::default());
        let other = shell.connect(&v5("other"));
        shell.subscribe(other, "t", Q2);
        shell.read(other);
        shell.publish(publisher, Q1, "t", "first");
        shell.wait(seconds(10));
        shell.publish(publisher, Q1, "t", "second");
        let answers = shell.read(publisher);
        assert!(answers.last().is_some_and(|answer| answer.ends_with("0x00")), "{answers:?}");
        let first: &[&str] = if hello.version.is_v5() { &[] } else { &["first"] };
        assert_eq!(shell.messages(other), [first, &["second"]].concat());
        assert_eq!(shell.session("away").flow.lost, first.len() as u64 + 1);
        assert_eq!(shell.session("away").queue.len(), 1_000);
        assert_eq!(shell.told("Losing { client_id: \"away\"").len(), 1);
    }
}

#[test]
fn losing_ends_at_half_and_refusing_begins_anew() {
    let (mut shell, publisher) = full(&v5("writer"), Limits::default());
    shell.publish(publisher, Q1, "t", "refused");
    shell.wait(seconds(10));
    shell.publish(publisher, Q1, "t", "lost");
    let hello = Hello { receive_maximum: Some(10), expiry: 3_600, ..v5("away") };
    let reader = shell.hello(&hello);
    for _ in 0..50 {
        shell.read(reader);
        shell.acknowledge(reader, 10);
    }
    assert!(!shell.session("away").flow.losing);
    shell.hang_up(reader);
    shell.read(publisher);
    for _ in 0..1_000 {
        shell.publish(publisher, Q1, "t", "again");
    }
    let answers = shell.read(publisher);
    assert!(answers[0].ends_with("0x00"));
    assert!(answers.last().is_some_and(|answer| answer.ends_with("0x97")), "a new episode");
    let reader = back(&mut shell);
    let came = shell.drain(reader);
    assert!(came.iter().all(|message| message != "lost" && message != "refused"));
    let taken = answers.iter().filter(|answer| answer.ends_with("0x00")).count();
    assert_eq!(came.iter().filter(|message| *message == "again").count(), taken);
}

#[test]
fn on_full_refuse_goes_on_refusing_and_closes_older_publishers_after_ten_seconds() {
    let limits = Limits { on_full: super::super::OnFull::Refuse, ..Limits::default() };
    let (mut shell, publisher) = full(&v5("writer"), limits);
    let old = shell.connect(&v3("old"));
    shell.publish(old, Q1, "t", "waits");
    for _ in 0..20 {
        shell.publish(publisher, Q1, "t", "x");
        assert!(shell.read(publisher)[0].ends_with("0x97"));
        shell.wait(seconds(1));
    }
    assert_eq!(shell.told("Ended { client_id: Some(\"old\")").len(), 1);
    assert_eq!(shell.told("OverLimit").len(), 1);
    assert_eq!(shell.session("away").flow.lost, 0);
}

#[test]
fn on_full_drop_never_refuses() {
    let limits = Limits { on_full: super::super::OnFull::Drop, ..Limits::default() };
    let (mut shell, publisher) = full(&v5("writer"), limits);
    shell.publish(publisher, Q2, "t", "x");
    assert_eq!(shell.read(publisher), ["pubrec 1001 0x00"]);
    assert_eq!(shell.session("away").flow.lost, 1);
}

#[test]
fn what_is_effectively_qos_0_is_never_refused() {
    let (mut shell, publisher) = full(&v5("writer"), Limits::default());
    let away = Hello { expiry: 3_600, ..v5("away") };
    let reader = shell.connect(&away);
    shell.subscribe(reader, "t/#", Q0);
    shell.hang_up(reader);
    shell.publish(publisher, Q2, "t", "x");
    assert!(shell.read(publisher).last().is_some_and(|answer| answer.ends_with("0x00")));
    shell.publish(publisher, Q0, "t", "x");
    assert!(!shell.is_held(publisher));
}

#[test]
fn a_message_larger_than_the_queue_is_taken_when_the_queue_is_empty() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    let reader = shell.connect(&Hello { expiry: 3_600, ..v5("away") });
    shell.subscribe(reader, "t", Q1);
    shell.hang_up(reader);
    shell.publish(publisher, Q1, "t", vec![b'x'; 5 << 20]);
    shell.publish(publisher, Q1, "t", "small");
    assert_eq!(shell.read(publisher), ["puback 1 0x00", "puback 2 0x97"]);
    let reader = back(&mut shell);
    assert_eq!(shell.drain(reader), [(5 << 20).to_string()]);
}

#[test]
fn a_will_is_taken_by_a_full_queue() {
    let (mut shell, _) = full(&v5("writer"), Limits::default());
    let properties = Properties::EMPTY;
    let will = Will { topic: "t", payload: b"will", qos: Q1, retain: false, properties };
    let dying = shell.connect(&Hello { will: Some(will), ..v5("dying") });
    shell.hang_up(dying);
    let reader = back(&mut shell);
    assert_eq!(shell.drain(reader).last().map(String::as_str), Some("will"));
}

#[test]
fn wills_without_end_are_lost_counted_and_said() {
    let (mut shell, _) = full(&v5("writer"), Limits::default());
    let most = 1_000 * Limits::WILL_QUEUES;
    for _ in 0..most {
        let properties = Properties::EMPTY;
        let will = Will { topic: "t", payload: b"will", qos: Q1, retain: false, properties };
        let dying = shell.connect(&Hello { will: Some(will), ..v5("dying") });
        shell.hang_up(dying);
    }
    assert_eq!(shell.session("away").queue.len(), most);
    assert_eq!(shell.session("away").flow.lost, 1_000);
    assert_eq!(shell.told("Losing { client_id: \"away\"").len(), 1);
}

#[test]
fn retained_messages_come_as_the_output_drains_and_are_never_dropped() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    for number in 0..3_000_u32 {
        let topic = format!("t/{number:05}");
        shell.retain(publisher, [Q0, Q1, Q2][number as usize % 3], &topic, [b'x'; 2_000]);
        shell.drain(publisher);
    }
    assert_eq!(shell.router.retained.len(), 3_000);
    let reader = shell.connect(&Hello { receive_maximum: Some(20), ..v5("reader") });
    shell.stall(reader);
    shell.subscribe(reader, "t/#", Q2);
    assert!(shell.waiting(reader) < 300 * 1024, "as much as is sent at once");
    shell.publish(publisher, Q0, "t/00000", "live");
    assert!(!shell.is_held(publisher), "nobody waits for them");
    shell.wait(seconds(5));
    shell.resume(reader);
    let came = shell.drain(reader);
    assert_eq!(came.iter().filter(|message| *message == "2000").count(), 3_000);
    assert_eq!(came.len(), 3_001);
}

#[test]
fn a_retained_message_comes_before_what_is_published_to_its_topic_later() {
    for qos in [Q0, Q1, Q2] {
        let mut shell = Shell::new(Limits::default());
        let publisher = shell.connect(&v5("writer"));
        for number in 0..1_000_u32 {
            shell.retain(publisher, qos, &format!("t/{number:05}"), [b'x'; 2_000]);
            shell.drain(publisher);
        }
        shell.retain(publisher, qos, "t/last", "retained");
        let reader = shell.connect(&Hello { receive_maximum: Some(20), ..v5("reader") });
        shell.stall(reader);
        shell.subscribe(reader, "t/#", Q2);
        shell.publish(publisher, qos, "t/last", "live");
        shell.publish(publisher, qos, "t/last", "later");
        shell.resume(reader);
        let came = shell.drain(reader);
        let short: Vec<_> = came.iter().filter(|message| *message != "2000").collect();
        assert_eq!(short, ["retained", "live", "later"], "{qos:?}");
        assert_eq!(came.len(), 1_003, "{qos:?}");
    }
}

#[test]
fn retained_messages_go_on_where_they_were_when_the_client_comes_back() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    for number in 0..100 {
        shell.retain(publisher, Q1, &format!("t/{number:03}"), number.to_string());
    }
    let hello = Hello { receive_maximum: Some(10), expiry: 3_600, ..v5("reader") };
    let reader = shell.connect(&hello);
    shell.subscribe(reader, "t/#", Q1);
    let mut came = shell.messages(reader);
    shell.acknowledge(reader, 10);
    shell.read(reader);
    shell.hang_up(reader);
    let reader = shell.hello(&hello);
    came.extend(shell.drain(reader));
    assert!(came.len() >= 90, "what was read before the cut is not read again: {}", came.len());
    assert_eq!(came.last().map(String::as_str), Some("99"));
}

#[test]
fn a_filter_that_is_subscribed_again_walks_once() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    for number in 0..100 {
        shell.retain(publisher, Q1, &format!("t/{number:03}"), number.to_string());
    }
    let reader = shell.connect(&Hello { receive_maximum: Some(1), ..v5("reader") });
    for _ in 0..1_000 {
        shell.subscribe(reader, "t/#", Q1);
    }
    assert!(shell.session("reader").walks.len() <= 1);
    assert!(shell.drain(reader).len() <= 200);
}
