//! Slow: what counts as progress, and what becomes of who makes none.

use super::*;

const KIB: usize = 1024;

/// A subscriber over its limit with a publisher that is held for it, from this moment.
fn strained(hello: &Hello<'_>, qos: Qos) -> (Shell, Peer, Peer) {
    let mut shell = Shell::new(Limits::default());
    let (publisher, reader) = (shell.connect(&v5("writer")), shell.connect(hello));
    shell.subscribe(reader, "t", qos);
    shell.read(reader);
    shell.stall(reader);
    strain(&mut shell, publisher);
    (shell, publisher, reader)
}

fn strain(shell: &mut Shell, publisher: Peer) {
    for _ in 0..30 {
        if !shell.is_held(publisher) {
            shell.publish(publisher, Q0, "t", vec![b'x'; 100 * KIB]);
        }
    }
    assert!(shell.is_held(publisher));
}

#[test]
fn who_takes_nothing_for_two_seconds_is_slow_and_nobody_waits_for_it() {
    let (mut shell, publisher, _) = strained(&v5("reader"), Q1);
    shell.publish(publisher, Q0, "t", "parked");
    shell.wait(millis(1_999));
    assert!(shell.is_held(publisher));
    shell.wait(millis(1));
    assert!(!shell.is_held(publisher));
    assert!(shell.session("reader").flow.slow);
    assert_eq!(shell.told("Slow").len(), 1);
    assert_eq!(shell.session("reader").flow.dropped, 1, "QoS 0 is dropped, and counted");
}

#[test]
fn half_a_mebibyte_within_two_seconds_is_progress() {
    for (taken, slow) in [(512 * KIB, false), (512 * KIB - 1, true)] {
        let mut shell = Shell::new(Limits::default());
        let (publisher, reader) = (shell.connect(&v5("writer")), shell.connect(&v5("reader")));
        shell.subscribe(reader, "t", Q0);
        shell.stall(reader);
        shell.publish(publisher, Q0, "t", vec![b'x'; 4 << 20]);
        for _ in 0..3 {
            shell.set_room(reader, taken);
            shell.wait(seconds(2));
        }
        assert_eq!(shell.session("reader").flow.slow, slow, "{taken}");
        assert_eq!(shell.is_held(publisher), !slow);
    }
}

#[test]
fn acknowledgements_are_progress_when_the_window_or_32_of_them_came() {
    for (window, acks, slow) in [(100, 32, false), (100, 31, true), (5, 5, false), (5, 4, true)] {
        let mut shell = Shell::new(Limits::default());
        let hello = Hello { receive_maximum: Some(window), ..v5("reader") };
        let (publisher, reader) = (shell.connect(&v3("writer")), shell.connect(&hello));
        shell.subscribe(reader, "t", Q1);
        for number in 0..=1_000 + window {
            shell.publish(publisher, Q1, "t", number.to_string());
        }
        assert!(shell.is_held(publisher));
        shell.read(reader);
        // Reading alone is no progress here: all that may be sent was sent before.
        shell.stall(reader);
        shell.acknowledge(reader, acks);
        shell.wait(seconds(2));
        assert_eq!(shell.session("reader").flow.slow, slow, "{acks} of {window}");
    }
}

#[test]
fn all_that_may_be_sent_is_progress() {
    let mut shell = Shell::new(Limits::default());
    let hello = Hello { receive_maximum: Some(50), ..v5("reader") };
    let (publisher, reader) = (shell.connect(&v3("writer")), shell.connect(&hello));
    shell.subscribe(reader, "t", Q1);
    shell.stall(reader);
    for number in 0..=1_050 {
        shell.publish(publisher, Q1, "t", number.to_string());
    }
    assert!(shell.is_held(publisher));
    shell.resume(reader);
    shell.wait(seconds(2));
    assert!(!shell.session("reader").flow.slow, "its window is full, its socket took it all");
    shell.wait(seconds(2));
    assert!(shell.session("reader").flow.slow, "and then it did nothing");
}

#[test]
fn who_was_slow_lately_has_a_quarter_of_a_second() {
    let (mut shell, publisher, reader) = strained(&v5("reader"), Q1);
    shell.wait(seconds(2));
    for (pause, patience) in [(0, 250), (59, 250), (61, 2_000)] {
        shell.resume(reader);
        assert!(!shell.session("reader").flow.slow);
        shell.read(reader);
        shell.wait(seconds(pause));
        shell.stall(reader);
        strain(&mut shell, publisher);
        shell.wait(millis(patience - 1));
        assert!(shell.is_held(publisher), "{pause}");
        shell.wait(millis(1));
        assert!(!shell.is_held(publisher), "{pause}");
    }
}

#[test]
fn an_earlier_wait_does_not_shorten_the_time_of_the_next() {
    let (mut shell, publisher, reader) = strained(&v5("reader"), Q1);
    shell.wait(millis(1_900));
    shell.resume(reader);
    shell.stall(reader);
    strain(&mut shell, publisher);
    shell.wait(millis(1_900));
    assert!(shell.is_held(publisher));
}

#[test]
fn slow_lasts_until_half_and_then_publishers_wait_again() {
    let (mut shell, publisher, reader) = strained(&v5("reader"), Q1);
    shell.wait(seconds(2));
    shell.set_room(reader, 500 * KIB);
    shell.publish(publisher, Q0, "t", "dropped");
    assert!(shell.session("reader").flow.slow);
    shell.set_room(reader, 200 * KIB);
    assert!(!shell.session("reader").flow.slow);
    shell.publish(publisher, Q0, "t", "kept");
    shell.resume(reader);
    let messages = shell.messages(reader);
    assert_eq!(messages.last().map(String::as_str), Some("kept"));
    assert_eq!(shell.session("reader").flow.dropped, 1);
}

#[test]
fn drops_are_counted_one_by_one_and_said_once_a_minute() {
    let (mut shell, publisher, _) = strained(&v5("reader"), Q0);
    shell.wait(seconds(2));
    for _ in 0..100 {
        shell.publish(publisher, Q0, "t", "x");
        shell.wait(millis(100));
    }
    assert_eq!(shell.session("reader").flow.dropped, 100);
    assert_eq!(shell.told("lost: 1 ").len(), 1);
    assert_eq!(shell.told("Losing").len(), 1);
    shell.wait(seconds(60));
    assert_eq!(shell.told("lost: 99 ").len(), 1);
    shell.wait(seconds(600));
    assert_eq!(shell.told("Losing").len(), 2, "and nothing when nothing is lost");
}

#[test]
fn a_slow_session_queues_like_an_offline_one() {
    let (mut shell, publisher, reader) = strained(&v5("reader"), Q1);
    shell.wait(seconds(2));
    for number in 0..1_000 {
        shell.publish(publisher, Q1, "t", number.to_string());
    }
    let answers = shell.read(publisher);
    assert!(answers.iter().all(|answer| answer.ends_with("0x00")), "its queue takes a thousand");
    shell.publish(publisher, Q1, "t", "one more");
    assert!(shell.read(publisher)[0].ends_with("0x97"));
    assert!(!shell.is_held(publisher), "nobody waits for it");
    shell.resume(reader);
    let came = shell.drain(reader);
    assert_eq!(came.len(), 11 + 1_000);
    assert_eq!(came.last().map(String::as_str), Some("999"));
    assert!(!shell.session("reader").flow.slow);
}

#[test]
fn slowness_never_closes_a_client_that_pings() {
    let hello = Hello { keep_alive: 1, ..v5("reader") };
    let (mut shell, publisher, reader) = strained(&hello, Q1);
    for _ in 0..100 {
        shell.wait(seconds(1));
        shell.send(reader, &Packet::Pingreq);
        shell.publish(publisher, Q0, "t", "x");
    }
    assert!(shell.session("reader").flow.slow);
    assert_eq!(shell.told("Ended").len(), 0);
}

#[test]
fn one_slow_reader_slows_no_other() {
    let (mut shell, publisher, _) = strained(&v5("reader"), Q1);
    let other = shell.connect(&v5("other"));
    shell.subscribe(other, "t", Q1);
    shell.wait(seconds(2));
    shell.read(other);
    for number in 0..500 {
        shell.publish(publisher, Q0, "t", number.to_string());
    }
    assert_eq!(shell.messages(other).len(), 500);
    assert_eq!(shell.session("other").flow.dropped, 0);
}
