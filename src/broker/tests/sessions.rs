//! Sessions: takeover, order through reconnects, shared subscriptions.

use super::*;

#[test]
fn the_newcomer_takes_over_and_the_old_connection_is_told() {
    let mut shell = Shell::new(Limits::default());
    let hello = Hello { expiry: 60, ..v5("a") };
    let old = shell.connect(&hello);
    shell.subscribe(old, "t", Q1);
    shell.read(old);
    let new = shell.hello(&hello);
    assert_eq!(shell.read(old), ["disconnect 0x8e"]);
    assert!(shell.wires[old].closed);
    assert_eq!(shell.read(new), ["connack present"]);
    shell.publish(new, Q1, "t", "x");
    assert_eq!(shell.messages(new), ["x"]);
    // The end of the old stream is the old one's.
    shell.hang_up(old);
    assert!(shell.session("a").online.is_some());
}

#[test]
fn three_takeovers_in_a_minute_are_a_fight_said_once_a_minute() {
    let mut shell = Shell::new(Limits::default());
    let addresses = ["10.0.0.1:1", "10.0.0.2:1"];
    let hello = |at: usize| Hello { address: addresses[at % 2], expiry: 60, ..v5("a") };
    shell.connect(&hello(0));
    for at in 1..20 {
        shell.wait(seconds(1));
        shell.connect(&hello(at));
        assert_eq!(shell.told("Fight").len(), usize::from(at >= 3), "{at}");
    }
    shell.wait(seconds(61));
    for at in 1..4 {
        shell.connect(&hello(at));
    }
    assert_eq!(shell.told("Fight").len(), 2);
}

#[test]
fn order_is_kept_for_each_qos_through_reconnects() {
    for seed in 0..30 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut shell = Shell::new(Limits::default());
        let publisher = shell.connect(&v3("writer"));
        let window = rng.u16(1..20);
        let hello = Hello { expiry: 600, receive_maximum: Some(window), ..v5("reader") };
        let mut reader = shell.connect(&hello);
        shell.subscribe(reader, "t/#", Q2);
        let mut came = Vec::new();
        for number in 0..300 {
            let qos = if rng.bool() { Q1 } else { Q2 };
            shell.publish(publisher, qos, "t/1", format!("{}-{number:03}", qos as u8));
            shell.drain(publisher);
            if rng.u8(..5) == 0 {
                shell.set_room(reader, rng.usize(..2_000));
            }
            if rng.u8(..3) == 0 {
                came.extend(shell.messages(reader));
                shell.acknowledge(reader, rng.usize(..5));
            }
            if rng.u8(..40) == 0 {
                came.extend(shell.messages(reader));
                shell.hang_up(reader);
                reader = shell.hello(&hello);
            }
        }
        shell.resume(reader);
        came.extend(shell.drain(reader));
        for qos in ["1-", "2-"] {
            let of_qos: Vec<_> = came.iter().filter(|text| text.starts_with(qos)).collect();
            // Of what came twice, the first counts; at QoS 2 nothing the reader acknowledges does.
            let mut seen = std::collections::HashSet::new();
            let firsts: Vec<_> = of_qos.into_iter().filter(|text| seen.insert(*text)).collect();
            assert!(firsts.is_sorted(), "seed {seed}: {firsts:?}");
        }
        let all: std::collections::HashSet<_> = came.iter().collect();
        assert_eq!(all.len(), 300, "seed {seed}");
    }
}

#[test]
fn a_shared_subscription_goes_round_and_passes_by_members_that_are_stalled() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    let members = ["a", "b", "c"].map(|id| {
        let member = shell.connect(&v5(id));
        shell.subscribe(member, "$share/group/t", Q1);
        shell.read(member);
        member
    });
    for number in 0..9 {
        shell.publish(publisher, Q1, "t", number.to_string());
    }
    for member in members {
        assert_eq!(shell.drain(member).len(), 3);
    }
    shell.stall(members[0]);
    for _ in 0..60 {
        shell.publish(publisher, Q0, "t", vec![b'x'; 100_000]);
        shell.wait(millis(100));
    }
    assert!(!shell.is_held(publisher), "others take what one does not");
    let others = shell.drain(members[1]).len() + shell.drain(members[2]).len();
    assert_eq!(others + 11, 60, "the stalled one has what it took before it was slow");
    assert!(shell.waiting(members[0]) < 1_300_000);
}

#[test]
fn when_all_members_are_stalled_the_publisher_waits_and_nothing_is_lost() {
    let mut shell = Shell::new(Limits::default());
    let publisher = shell.connect(&v5("writer"));
    let members = ["a", "b"].map(|id| {
        let member = shell.connect(&v5(id));
        shell.subscribe(member, "$share/group/t", Q1);
        shell.read(member);
        shell.stall(member);
        member
    });
    for _ in 0..30 {
        shell.publish(publisher, Q1, "t", vec![b'x'; 100_000]);
    }
    assert!(shell.is_held(publisher));
    shell.resume(members[1]);
    shell.resume(members[0]);
    let came = shell.drain(members[0]).len() + shell.drain(members[1]).len();
    assert_eq!(came, 30);
    assert!(
        shell.read(publisher).iter().filter(|answer| answer.starts_with("puback")).count() == 30
    );
}

#[test]
fn the_last_member_to_leave_takes_the_group_with_it() {
    let mut shell = Shell::new(Limits::default());
    let member = shell.connect(&v5("a"));
    shell.subscribe(member, "$share/group/a/b/c", Q1);
    shell.subscribe(member, "a/b/c", Q1);
    shell.unsubscribe(member, "a/b/c");
    shell.disconnect(member, Reason::Success);
    assert_eq!(shell.router.subscriptions.node_count(), 1);
}
