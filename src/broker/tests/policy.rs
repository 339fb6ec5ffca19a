//! What a listener's policy and the broker's limits ask of who connects and publishes.

use super::*;
use crate::broker::policy::Versions;

fn with_limits(change: impl FnOnce(&mut Limits)) -> Shell {
    let mut limits = Limits::default();
    change(&mut limits);
    Shell::new(limits)
}

/// A will of a client.
fn will(qos: Qos, retain: bool, payload: &[u8]) -> Will<'_> {
    Will { topic: "will", payload, qos, retain, properties: Properties::EMPTY }
}

#[test]
fn a_version_that_is_not_served_is_refused_in_its_own_words() {
    let all = [Version::V31, Version::V311, Version::V5];
    for served in all {
        let versions = Versions::NONE.with(served);
        let mut shell = Shell::with_policy(Policy { versions, ..Policy::default() });
        for version in all {
            let peer = shell.hello(&Hello { version, clean: true, ..v5("a") });
            let want = match version {
                _ if version == served => "connack 0x00",
                // Return code 1 is read as what it stands for.
                _ => "connack 0x84",
            };
            assert_eq!(shell.read(peer), [want], "{served:?} {version:?}");
            assert_eq!(shell.wires[peer].closed, version != served);
        }
    }
}

#[test]
fn the_highest_qos_is_announced_granted_and_held() {
    for (maximum_qos, told) in [(Q0, "MaximumQos(0)"), (Q1, "MaximumQos(1)")] {
        let mut shell = Shell::with_policy(Policy { maximum_qos, ..Policy::default() });
        let (reader, said) = shell.welcome(&v5("reader"));
        assert!(said.contains(&told.to_owned()), "{said:?}");
        shell.subscribe(reader, "t", Q2);
        assert_eq!(shell.read(reader), [format!("suback 1 [{}]", maximum_qos as u8)]);
        for hello in [v5("a"), v3("b")] {
            let writer = shell.connect(&hello);
            shell.publish(writer, maximum_qos, "t", "x");
            assert_eq!(shell.drain(reader), ["x"]);
            shell.read(writer);
            shell.publish(writer, Q2, "t", "no");
            let told: &[&str] = if hello.version.is_v5() { &["disconnect 0x9b"] } else { &[] };
            assert_eq!(shell.read(writer), told);
            assert!(shell.wires[writer].closed);
            assert_eq!(shell.drain(reader), [""; 0]);
        }
        let above = shell.hello(&Hello { will: Some(will(Q2, false, b"w")), ..v5("c") });
        assert_eq!(shell.read(above), ["connack 0x9b"]);
        let above = shell.hello(&Hello { will: Some(will(Q2, false, b"w")), ..v3("c") });
        assert_eq!(shell.read(above), [""; 0], "version 3 has no code for it");
        assert!(shell.wires[above].closed);
        assert_eq!(shell.told("highest QoS taken").len(), 0);
        assert_eq!(shell.told("QosNotSupported").len(), 4);
    }
}

#[test]
fn aliases_are_announced_taken_and_used_up_to_their_numbers() {
    let policy = Policy { topic_aliases: 1, own_topic_aliases: 1, ..Policy::default() };
    let mut shell = Shell::with_policy(policy);
    let (writer, said) = shell.welcome(&v5("writer"));
    assert!(said.contains(&"TopicAliasMaximum(1)".to_owned()), "{said:?}");
    let (reader, _) = shell.welcome(&Hello { topic_aliases: Some(10), ..v5("reader") });
    shell.subscribe(reader, "#", Q0);
    shell.read(reader);
    for topic in ["a", "b", "a", "b"] {
        shell.publish(writer, Q0, topic, "x");
    }
    let came = shell.read(reader);
    assert_eq!(came, ["publish q0 a x", "publish q0 b x", "publish q0  x", "publish q0 b x"]);
    let mut properties = PropertyBuffer::new();
    properties.push(Property::TopicAlias(2)).unwrap();
    shell.publish_as(writer, (Q0, false), "a", b"x", properties.as_properties());
    assert_eq!(shell.read(writer), ["disconnect 0x94"]);
    let policy = Policy { topic_aliases: 0, own_topic_aliases: 0, ..Policy::default() };
    let mut shell = Shell::with_policy(policy);
    let (reader, said) = shell.welcome(&Hello { topic_aliases: Some(10), ..v5("reader") });
    assert!(!said.iter().any(|property| property.contains("TopicAlias")), "{said:?}");
    shell.subscribe(reader, "#", Q0);
    shell.publish(reader, Q0, "a", "x");
    shell.publish(reader, Q0, "a", "x");
    assert_eq!(shell.read(reader)[1..], ["publish q0 a x", "publish q0 a x"]);
}

#[test]
fn a_users_name_is_the_client_identifier_where_that_is_asked() {
    let policy = Policy { user_as_client_id: true, ..Policy::default() };
    let mut shell = Shell::with_policy(policy);
    let named = Hello { login: Some(("alice", "")), ..v5("other") };
    shell.connect(&named);
    assert!(shell.has_session("alice") && !shell.has_session("other"));
    let (_, said) = shell.welcome(&Hello { login: Some(("bob", "")), ..v5("") });
    assert!(said.contains(&"AssignedClientIdentifier(\"bob\")".to_owned()), "{said:?}");
    for hello in [v5("a"), v3("a"), Hello { login: Some(("", "")), ..v5("a") }] {
        let nobody = shell.hello(&hello);
        assert_eq!(shell.read(nobody), ["connack 0x87"]);
    }
    assert_eq!(shell.told("NoName").len(), 3);
}

#[test]
fn identifiers_are_assigned_with_their_prefix_or_not_at_all() {
    let policy = Policy { assigned_prefix: "auto-".into(), ..Policy::default() };
    let (_, said) = Shell::with_policy(policy).welcome(&v5(""));
    assert!(said.iter().any(|one| one.starts_with("AssignedClientIdentifier(\"auto-")), "{said:?}");
    let mut shell = Shell::with_policy(Policy { assigns_client_ids: false, ..Policy::default() });
    for hello in [v5(""), v3("")] {
        let nobody = shell.hello(&hello);
        assert_eq!(shell.read(nobody), ["connack 0x85"]);
    }
    shell.connect(&v3("a"));
}

#[test]
fn identifiers_that_begin_otherwise_are_turned_away() {
    let policy = Policy { client_id_prefix: "site-".into(), ..Policy::default() };
    let mut shell = Shell::with_policy(policy);
    shell.connect(&v5("site-a"));
    for id in ["a", "site", "Site-a", ""] {
        let other = shell.hello(&v5(id));
        assert_eq!(shell.read(other), ["connack 0x87"], "{id}");
    }
    assert_eq!(shell.told("IdPrefix").len(), 4);
}

#[test]
fn a_listener_decides_whether_logins_are_asked_for() {
    let mut access = Access::default();
    let password = || super::super::access::Password::plain(crate::secret::Secret::new("pw"));
    assert!(access.add_user("alice", password()));
    let access = Arc::new(access);
    let policy = |anonymous| Policy { access: Arc::clone(&access), anonymous, ..Policy::default() };
    let closed = Policy { anonymous: Some(false), ..Policy::default() };
    let policies = vec![policy(None), policy(Some(true)), policy(Some(false)), closed];
    let mut shell = Shell::with_policies(Limits::default(), policies);
    for (listener, login, want) in [
        (0, None, "connack 0x87"),
        (0, Some(("alice", "pw")), "connack 0x00"),
        (1, None, "connack 0x00"),
        (1, Some(("alice", "no")), "connack 0x86"),
        (2, None, "connack 0x87"),
        (2, Some(("alice", "pw")), "connack 0x00"),
        // Nobody can prove a name where there is no user.
        (3, None, "connack 0x87"),
        (3, Some(("alice", "pw")), "connack 0x86"),
    ] {
        let id = format!("{listener}{login:?}");
        let peer = shell.hello(&Hello { login, listener, ..v5(&id) });
        assert_eq!(shell.read(peer), [want], "{listener} {login:?}");
    }
}

#[test]
fn a_keep_alive_above_the_longest_is_cut_or_refused() {
    let mut shell = with_limits(|limits| limits.keep_alive = 60);
    for (keep_alive, told) in [(120, true), (0, true), (60, false), (1, false)] {
        let (_, said) = shell.welcome(&Hello { keep_alive, ..v5("a") });
        assert_eq!(said.contains(&"ServerKeepAlive(60)".to_owned()), told, "{keep_alive}");
        let old = shell.hello(&Hello { keep_alive, ..v3("b") });
        let want = if told { "connack 0x85" } else { "connack 0x00" };
        assert_eq!(shell.read(old), [want], "{keep_alive}");
    }
    let (silent, _) = shell.welcome(&Hello { keep_alive: 120, ..v5("c") });
    shell.wait(seconds(89));
    assert!(!shell.wires[silent].closed);
    shell.wait(seconds(2));
    assert_eq!(shell.read(silent), ["disconnect 0x8d"]);
}

#[test]
fn a_message_above_the_size_limit_is_refused() {
    let mut shell = with_limits(|limits| limits.message_bytes = 10);
    let reader = shell.connect(&v5("reader"));
    shell.subscribe(reader, "#", Q2);
    shell.read(reader);
    let writer = shell.connect(&v5("writer"));
    for qos in [Q0, Q1, Q2] {
        shell.publish(writer, qos, "t", "0123456789");
        shell.publish(writer, qos, "t", "0123456789a");
    }
    assert_eq!(shell.drain(reader), ["0123456789"; 3]);
    let said = shell.read(writer);
    assert_eq!(said, ["puback 1 0x00", "puback 2 0x97", "pubrec 3 0x00", "pubrec 4 0x97"]);
    assert_eq!(shell.session("writer").flow.dropped, 1);
    let old = shell.connect(&v3("old"));
    shell.publish(old, Q0, "t", "0123456789a");
    assert!(!shell.wires[old].closed);
    shell.publish(old, Q1, "t", "0123456789a");
    assert!(shell.wires[old].closed);
    assert_eq!(shell.told("OverLimit(\"message size\")").len(), 1);
    let large = shell.hello(&Hello { will: Some(will(Q0, false, b"0123456789a")), ..v5("w") });
    assert_eq!(shell.read(large), ["connack 0x97"]);
    assert_eq!(shell.drain(reader), [""; 0]);
}

#[test]
fn a_connect_above_the_largest_packet_is_refused() {
    let mut shell = Shell::new(Limits::default());
    let key = shell.router.open((0, "here"), 20, shell.now);
    let peer = shell.accept("there", Version::V5);
    shell.wires[peer].key = key;
    let bytes = b"\x10\x20\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x13";
    shell.write(peer, bytes);
    assert_eq!(shell.read(peer), ["connack 0x95"]);
}

#[test]
fn without_retained_messages_who_asks_for_one_is_refused() {
    let mut shell = with_limits(|limits| limits.retains = false);
    for hello in [v5("a"), v3("b")] {
        let writer = shell.connect(&hello);
        shell.publish(writer, Q1, "t", "x");
        shell.read(writer);
        shell.retain(writer, Q1, "t", "x");
        let told: &[&str] = if hello.version.is_v5() { &["disconnect 0x9a"] } else { &[] };
        assert_eq!(shell.read(writer), told);
        assert!(shell.wires[writer].closed);
    }
    assert_eq!(shell.told("RetainNotSupported").len(), 2);
    assert_eq!(shell.router.retained.len(), 0);
    let (_, said) = shell.welcome(&v5("c"));
    assert!(said.contains(&"RetainAvailable(0)".to_owned()), "{said:?}");
    let retains = shell.hello(&Hello { will: Some(will(Q0, true, b"w")), ..v5("d") });
    assert_eq!(shell.read(retains), ["connack 0x9a"]);
}

#[test]
fn a_message_is_retained_no_longer_than_the_limit_and_its_own_expiry() {
    let mut shell = with_limits(|limits| limits.retained_for = Some(seconds(120)));
    let writer = shell.connect(&v5("writer"));
    shell.retain(writer, Q1, "t", "x");
    let mut properties = PropertyBuffer::new();
    properties.push(Property::MessageExpiryInterval(60)).unwrap();
    shell.publish_as(writer, (Q1, true), "u", b"y", properties.as_properties());
    for (wait, want) in [(0, 2), (59, 2), (2, 1), (58, 1), (2, 0)] {
        shell.wait(seconds(wait));
        let reader = shell.connect(&Hello { clean: true, ..v5("reader") });
        shell.subscribe(reader, "#", Q1);
        assert_eq!(shell.drain(reader).len(), want, "{wait}");
    }
    assert_eq!(shell.router.retained.len(), 0, "what was met is removed");
}

#[test]
fn one_client_more_than_may_be_is_refused_and_those_known_are_not() {
    let mut shell = with_limits(|limits| limits.clients = 2);
    let lasting = Hello { expiry: 60, ..v5("a") };
    let away = shell.connect(&lasting);
    shell.disconnect(away, Reason::Success);
    let here = shell.connect(&v3("b"));
    for (hello, want) in [(v5("c"), "connack 0x89"), (v3("c"), "connack 0x88")] {
        let over = shell.hello(&hello);
        assert_eq!(shell.read(over), [want], "return code 3 is 0x88");
    }
    shell.connect(&lasting);
    shell.disconnect(here, Reason::Success);
    shell.connect(&v5("c"));
}

#[test]
fn places_of_a_listener_and_of_all_are_counted() {
    let policy = |connections| Policy { connections, ..Policy::default() };
    let limits = Limits { connections: 3, ..Limits::default() };
    let policies = vec![policy(1), policy(Limits::NONE), policy(0)];
    let mut shell = Shell::with_policies(limits, policies);
    let places = |shell: &Shell| [0, 1, 2].map(|listener| shell.router.has_place(listener));
    assert_eq!(places(&shell), [true, true, false]);
    let first = shell.connect(&v5("a"));
    assert_eq!(places(&shell), [false, true, false]);
    for id in ["b", "c"] {
        shell.connect(&Hello { listener: 1, ..v5(id) });
    }
    shell.disconnect(first, Reason::Success);
    assert_eq!(places(&shell), [true, true, false]);
    shell.connect(&Hello { listener: 1, ..v5("d") });
    assert_eq!(places(&shell), [false; 3]);
    for _ in 0..25 {
        shell.router.tell_crowded("10.0.0.1:1", shell.now);
    }
    assert_eq!(shell.told("Crowded").len(), 20);
    shell.wait(seconds(60));
    assert_eq!(shell.told("MoreTurnedAway { count: 5 }").len(), 1);
}
