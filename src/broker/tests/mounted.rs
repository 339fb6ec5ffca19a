//! Clients behind a mount point: they see their own topics, and nothing else is seen of them.

use super::*;
use crate::broker::MountPoint;
use crate::broker::access::{Grant, Rank, Rule, Who};

fn mounted(mount: &str) -> Policy {
    Policy { mount: Some(MountPoint::new(mount).unwrap()), ..Policy::default() }
}

/// Listener 0 is without one, 1 and 2 have their own.
fn shell() -> Shell {
    let policies = vec![Policy::default(), mounted("one"), mounted("two/")];
    Shell::with_policies(Limits::default(), policies)
}

fn at(listener: usize, id: &str) -> Hello<'_> {
    Hello { listener, ..v5(id) }
}

/// Subscribes and forgets the answer.
fn listens(shell: &mut Shell, hello: &Hello<'_>, filter: &str, qos: Qos) -> Peer {
    let peer = shell.connect(hello);
    shell.subscribe(peer, filter, qos);
    let said = shell.read(peer);
    assert!(said[0].starts_with("suback") && !said[0].contains("1, "), "{said:?}");
    peer
}

#[test]
fn topics_are_prefixed_on_the_way_in_and_stripped_on_the_way_out() {
    for qos in [Q0, Q1, Q2] {
        let mut shell = shell();
        let inside = listens(&mut shell, &at(1, "inside"), "#", qos);
        let old = listens(&mut shell, &Hello { listener: 1, ..v3("old") }, "a/+", qos);
        let outside = listens(&mut shell, &at(0, "outside"), "#", qos);
        let other = listens(&mut shell, &at(2, "other"), "#", qos);
        let writer = shell.connect(&at(1, "writer"));
        shell.publish(writer, qos, "a/b", "x");
        let q = qos as u8;
        assert_eq!(shell.read(inside), [format!("publish q{q} a/b x")]);
        assert_eq!(shell.read(old), [format!("publish q{q} a/b x")]);
        assert_eq!(shell.read(outside), [format!("publish q{q} one/a/b x")]);
        assert_eq!(shell.read(other), [""; 0]);
        let plain = shell.connect(&at(0, "plain"));
        shell.publish(plain, qos, "one/a/c", "y");
        assert_eq!(shell.messages(inside), ["y"]);
        shell.publish(plain, qos, "a/c", "z");
        assert_eq!(shell.messages(inside), [""; 0]);
    }
}

#[test]
fn wildcards_and_dollars_do_not_lead_out_of_a_mount_point() {
    let mut shell = shell();
    let inside = listens(&mut shell, &at(1, "inside"), "#", Q1);
    for filter in ["+", "+/+", "../#", "$SYS/#", "/#", "$share/g/#"] {
        shell.subscribe(inside, filter, Q1);
        shell.read(inside);
    }
    let plain = shell.connect(&at(0, "plain"));
    // The mount point itself, its neighbours, and what begins with a dollar behind it.
    for topic in ["one", "two/x", "onetwo", "one$", "$x", "one/$x", "one/$x/y", "x"] {
        for retain in [false, true] {
            shell.publish_as(plain, (Q1, retain), topic, b"no", Properties::EMPTY);
        }
    }
    assert_eq!(shell.drain(inside), [""; 0]);
    let late = shell.connect(&at(1, "late"));
    shell.subscribe(late, "#", Q1);
    assert_eq!(shell.drain(late), [""; 0], "nor as retained ones");
    shell.subscribe(late, "$x/#", Q1);
    assert_eq!(shell.drain(late), ["no", "no"], "who names it has it");
    // What a mounted client calls $SYS is its own.
    shell.publish(plain, Q1, "one/$SYS/x", "theirs");
    assert_eq!(shell.drain(inside), ["theirs"]);
}

#[test]
fn retained_messages_wills_and_groups_are_mounted() {
    let mut shell = shell();
    let properties = Properties::EMPTY;
    let will = Some(Will { topic: "will", payload: b"w", qos: Q1, retain: true, properties });
    let writer = shell.connect(&Hello { will, ..at(1, "writer") });
    shell.retain(writer, Q1, "kept", "k");
    let group = listens(&mut shell, &at(1, "group"), "$share/g/+", Q1);
    let stranger = listens(&mut shell, &at(2, "stranger"), "$share/g/+", Q1);
    shell.hang_up(writer);
    assert_eq!(shell.read(group), ["publish q1 will w"]);
    assert_eq!(shell.read(stranger), [""; 0]);
    let outside = listens(&mut shell, &at(0, "outside"), "x", Q1);
    shell.subscribe(outside, "#", Q1);
    let came = shell.read(outside);
    assert_eq!(came[1..], ["publish q1 retain one/kept k", "publish q1 retain one/will w"]);
    let inside = shell.connect(&at(1, "inside"));
    shell.subscribe(inside, "+", Q1);
    let came = shell.read(inside);
    assert_eq!(came[1..], ["publish q1 retain kept k", "publish q1 retain will w"]);
    shell.retain(inside, Q1, "kept", "");
    assert_eq!(shell.router.retained.len(), 1);
}

#[test]
fn a_queue_and_what_is_sent_again_are_stripped() {
    let mut shell = shell();
    let hello = Hello { expiry: 60, receive_maximum: Some(1), ..at(1, "reader") };
    let reader = listens(&mut shell, &hello, "#", Q1);
    let writer = shell.connect(&at(1, "writer"));
    shell.publish(writer, Q1, "a", "0");
    shell.publish(writer, Q1, "b", "1");
    assert_eq!(shell.read(reader), ["publish q1 a 0"]);
    shell.hang_up(reader);
    let reader = shell.hello(&hello);
    assert_eq!(shell.read(reader)[1..], ["publish q1 dup a 0"]);
    shell.acknowledge(reader, 1);
    assert_eq!(shell.read(reader), ["publish q1 b 1"]);
}

#[test]
fn unsubscribing_finds_what_was_subscribed() {
    let mut shell = shell();
    let inside = listens(&mut shell, &at(1, "inside"), "a/+", Q1);
    shell.subscribe(inside, "$share/g/a/+", Q1);
    shell.unsubscribe(inside, "a/+");
    shell.unsubscribe(inside, "$share/g/a/+");
    shell.unsubscribe(inside, &"a".repeat(65_535));
    let writer = shell.connect(&at(1, "writer"));
    shell.publish(writer, Q1, "a/b", "x");
    assert_eq!(shell.messages(inside), [""; 0]);
    assert_eq!(shell.router.subscriptions.node_count(), 1);
}

#[test]
fn a_session_stays_behind_its_mount_point() {
    let mut shell = shell();
    let hello = Hello { expiry: 60, ..at(1, "mine") };
    let mine = shell.connect(&hello);
    for listener in [0, 2] {
        for clean in [false, true] {
            let thief = shell.hello(&Hello { clean, listener, ..hello });
            assert_eq!(shell.read(thief), ["connack 0x85"]);
        }
    }
    assert!(!shell.wires[mine].closed);
    assert_eq!(shell.told("ForeignId").len(), 4);
}

#[test]
fn a_topic_that_is_too_long_with_its_mount_point_is_refused() {
    let mut shell = shell();
    let inside = shell.connect(&at(1, "inside"));
    let long = "a".repeat(65_533);
    shell.publish(inside, Q1, &long, "x");
    assert_eq!(shell.read(inside), ["puback 1 0x90"]);
    shell.subscribe(inside, &long, Q1);
    assert_eq!(shell.read(inside), ["suback 2 [143]"]);
    shell.publish(inside, Q1, &long[2..], "x");
    assert_eq!(shell.read(inside), ["puback 3 0x10"]);
    let deep = "a/".repeat(199);
    shell.publish(inside, Q1, &deep, "x");
    assert_eq!(shell.read(inside), ["puback 4 0x90"], "its levels count too");
    let properties = Properties::EMPTY;
    let will = Some(Will { topic: &long, payload: b"", qos: Q0, retain: false, properties });
    let dying = shell.hello(&Hello { will, ..at(1, "dying") });
    assert_eq!(shell.read(dying), ["connack 0x90"]);
}

#[test]
fn rules_are_about_whole_topics() {
    let mut access = Access::default();
    for (grant, filter) in [(Grant::Write, "one/in/#"), (Grant::Read, "one/out/#")] {
        let (rank, who, filter) = (Rank::Granted, Who::Everybody, filter.into());
        access.add_rule(Rule { rank, who, grant, filter, is_pattern: false });
    }
    access.tell_subscribers();
    let policy = Policy { access: Arc::new(access), ..mounted("one") };
    let mut shell = Shell::with_policies(Limits::default(), vec![Policy::default(), policy]);
    let inside = shell.connect(&at(1, "inside"));
    shell.publish(inside, Q1, "in/x", "x");
    shell.publish(inside, Q1, "one/in/x", "x");
    assert_eq!(shell.read(inside), ["puback 1 0x10", "puback 2 0x87"]);
    shell.subscribe(inside, "out/+", Q1);
    shell.subscribe(inside, "one/out/+", Q1);
    assert_eq!(shell.read(inside), ["suback 3 [1]", "suback 4 [135]"]);
    let plain = shell.connect(&at(0, "plain"));
    shell.publish(plain, Q1, "one/out/x", "y");
    assert_eq!(shell.messages(inside), ["y"]);
}

#[test]
fn an_alias_of_a_mounted_client_means_its_own_topic() {
    let mut shell = shell();
    let outside = listens(&mut shell, &at(0, "outside"), "#", Q0);
    let hello = Hello { topic_aliases: Some(4), ..at(1, "inside") };
    let inside = listens(&mut shell, &hello, "#", Q0);
    let mut properties = PropertyBuffer::new();
    properties.push(Property::TopicAlias(1)).unwrap();
    for topic in ["a", ""] {
        shell.publish_as(inside, (Q0, false), topic, b"x", properties.as_properties());
    }
    assert_eq!(shell.read(outside), ["publish q0 one/a x"; 2]);
    assert_eq!(shell.read(inside), ["publish q0 a x", "publish q0  x"]);
}
