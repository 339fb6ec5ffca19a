//! Rights that are taken away while something of them is left: a subscription, a queue, a message
//! on its way, a retained one, a will (row 29 of the attacks; CVE-2018-12546, CVE-2021-34434).

use super::*;
use crate::broker::access::{Grant, Password, Rank, Rule, Who};
use crate::secret::Secret;

/// Users with their passwords, and rules; a rule's user is `*` for everybody.
fn access(users: &[(&str, &str)], rules: &[(&str, Grant, &str)]) -> Vec<Policy> {
    let mut access = Access::default();
    for (name, password) in users {
        assert!(access.add_user(name, Password::plain(Secret::new(*password))));
    }
    for (who, grant, filter) in rules {
        let who = if *who == "*" { Who::Everybody } else { Who::User((*who).into()) };
        let (rank, filter) = (Rank::Granted, (*filter).into());
        access.add_rule(Rule { rank, who, grant: *grant, filter, is_pattern: true });
    }
    access.deny_the_rest();
    vec![Policy { access: Arc::new(access), ..Policy::default() }]
}

const BOTH: &[(&str, &str)] = &[("alice", "pw"), ("bob", "pw")];
const ALL: &[(&str, Grant, &str)] = &[("alice", Grant::ReadWrite, "#"), ("bob", Grant::Read, "#")];
/// Of bob's rights, the topic `open` is left.
const LESS: &[(&str, Grant, &str)] =
    &[("alice", Grant::ReadWrite, "#"), ("bob", Grant::Read, "open")];

fn alice(id: &str) -> Hello<'_> {
    Hello { login: Some(("alice", "pw")), expiry: 600, ..v5(id) }
}

fn bob(id: &str) -> Hello<'_> {
    Hello { login: Some(("bob", "pw")), expiry: 600, ..v5(id) }
}

impl Shell {
    fn put_in_force(&mut self, policies: Vec<Policy>) {
        assert!(self.router.replace_policies(policies, self.now));
        self.turn();
    }
}

fn shell() -> Shell {
    Shell::with_policies(Limits::default(), access(BOTH, ALL))
}

#[test]
fn a_subscription_does_not_outlive_the_right_to_read() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    let reader = shell.connect(&bob("reader"));
    shell.subscribe(reader, "#", Q1);
    shell.read(reader);
    let publish_both = |shell: &mut Shell| {
        for topic in ["secret", "open"] {
            for qos in [Q0, Q1] {
                shell.publish(writer, qos, topic, topic);
            }
        }
    };
    publish_both(&mut shell);
    assert_eq!(shell.drain(reader).len(), 4);
    shell.put_in_force(access(BOTH, LESS));
    publish_both(&mut shell);
    assert_eq!(shell.drain(reader), ["open"; 2]);
    shell.put_in_force(access(BOTH, ALL));
    publish_both(&mut shell);
    assert_eq!(shell.drain(reader).len(), 4, "and it is heard again when the right is back");
}

#[test]
fn a_group_leaves_out_who_may_not_read_any_longer() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    let members = [alice("one"), bob("two")].map(|hello| {
        let member = shell.connect(&hello);
        shell.subscribe(member, "$share/g/secret", Q1);
        shell.read(member);
        member
    });
    shell.put_in_force(access(BOTH, LESS));
    for _ in 0..4 {
        shell.publish(writer, Q1, "secret", "x");
    }
    assert_eq!((shell.drain(members[0]).len(), shell.drain(members[1]).len()), (4, 0));
}

#[test]
fn what_was_queued_is_asked_about_again_when_it_is_sent() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    let reader = shell.connect(&bob("reader"));
    shell.subscribe(reader, "#", Q2);
    shell.hang_up(reader);
    for topic in ["secret", "open", "secret"] {
        for qos in [Q1, Q2] {
            shell.publish(writer, qos, topic, topic);
        }
    }
    shell.put_in_force(access(BOTH, LESS));
    assert_eq!(shell.session("reader").queue.len(), 2, "the rest does not wait any longer");
    assert_eq!(shell.router.counters.dropped, 4);
    assert_eq!(shell.told("Withdrawn"), ["Withdrawn { count: 4 }"]);
    let reader = shell.hello(&bob("reader"));
    assert_eq!(shell.drain(reader), ["open"; 2]);
    assert!(shell.session("reader").queue.is_empty() && !shell.session("reader").revised);
    shell.put_in_force(access(BOTH, ALL));
    shell.put_in_force(access(BOTH, LESS));
    assert_eq!(shell.told("Withdrawn").len(), 1, "nothing waited");
}

#[test]
fn who_waited_for_a_queue_goes_on_when_it_is_dropped() {
    let limits = Limits { queue_messages: 4, ..Limits::default() };
    let mut shell = Shell::with_policies(limits, access(BOTH, ALL));
    let writer = shell.connect(&Hello { version: Version::V311, ..alice("writer") });
    let reader = shell.connect(&bob("reader"));
    shell.subscribe(reader, "#", Q1);
    shell.hang_up(reader);
    for _ in 0..5 {
        shell.publish(writer, Q1, "secret", "x");
    }
    assert!(shell.is_held(writer) || shell.is_paused(writer), "its fifth waits");
    shell.read(writer);
    shell.put_in_force(access(BOTH, LESS));
    assert_eq!(shell.read(writer).len(), 1, "it is acknowledged, to nobody");
    assert!(!shell.is_held(writer) && !shell.is_paused(writer));
}

#[test]
fn what_waits_is_asked_about_again_when_its_client_comes_back_elsewhere() {
    let narrow = access(BOTH, LESS).remove(0);
    let policies = vec![access(BOTH, ALL).remove(0), narrow];
    let mut shell = Shell::with_policies(Limits::default(), policies);
    let writer = shell.connect(&alice("writer"));
    let reader = shell.connect(&bob("reader"));
    shell.subscribe(reader, "#", Q1);
    shell.hang_up(reader);
    for topic in ["secret", "open", "secret"] {
        shell.publish(writer, Q1, topic, topic);
    }
    let reader = shell.hello(&Hello { listener: 1, ..bob("reader") });
    assert_eq!(shell.drain(reader), ["open"]);
    assert_eq!(shell.router.counters.dropped, 2);
}

#[test]
fn who_said_otherwise_who_it_is_than_is_asked_for_now_is_closed() {
    let mut shell = shell();
    let reader = shell.connect(&bob("reader"));
    let mut certified = access(BOTH, ALL);
    certified[0].certificate_user = crate::broker::CertificateUser::CommonName;
    shell.put_in_force(certified);
    assert!(shell.wires[reader].closed);
}

#[test]
fn what_waits_behind_a_full_window_is_asked_about_again() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    let reader = shell.connect(&Hello { receive_maximum: Some(1), ..bob("reader") });
    shell.subscribe(reader, "#", Q1);
    shell.read(reader);
    for topic in ["open", "secret", "open"] {
        shell.publish(writer, Q1, topic, topic);
    }
    shell.put_in_force(access(BOTH, LESS));
    assert_eq!(shell.drain(reader), ["open"; 2]);
}

#[test]
fn what_was_sent_and_not_acknowledged_is_not_sent_again() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    let reader = shell.connect(&bob("reader"));
    shell.subscribe(reader, "#", Q2);
    shell.read(reader);
    for (qos, topic) in [(Q1, "secret"), (Q2, "secret"), (Q1, "open"), (Q2, "open")] {
        shell.publish(writer, qos, topic, topic);
    }
    shell.hang_up(reader);
    shell.put_in_force(access(BOTH, LESS));
    shell.wires[reader].received.clear();
    let reader = shell.hello(&bob("reader"));
    assert_eq!(shell.drain(reader), ["open"; 2]);
    assert!(shell.session("reader").delivery.outgoing.is_empty());
    assert_eq!(shell.session("reader").flow.unacknowledged, 0);
    assert_eq!(shell.router.counters.dropped, 2);
}

#[test]
fn a_retained_message_is_kept_from_who_may_not_read_any_longer() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    shell.retain(writer, Q1, "secret", "s");
    shell.retain(writer, Q1, "open", "o");
    let reader = shell.connect(&bob("reader"));
    shell.stall(reader);
    // The walk has begun when the right goes.
    shell.subscribe(reader, "#", Q0);
    shell.put_in_force(access(BOTH, LESS));
    shell.resume(reader);
    let late = shell.connect(&bob("late"));
    shell.subscribe(late, "#", Q1);
    assert_eq!(shell.drain(late), ["o"]);
}

#[test]
fn a_retained_message_goes_with_its_publishers_right_to_publish() {
    for (checks_retained, want) in [(true, &["theirs"][..]), (false, &["mine", "theirs"][..])] {
        let rules = [ALL, &[("bob", Grant::Write, "#")]].concat();
        let limits = Limits { checks_retained, ..Limits::default() };
        let mut shell = Shell::with_policies(limits, access(BOTH, &rules));
        let publisher = shell.connect(&bob("publisher"));
        shell.retain(publisher, Q1, "a", "mine");
        shell.disconnect(publisher, Reason::Success);
        let other = shell.connect(&alice("other"));
        shell.retain(other, Q1, "b", "theirs");
        let read = |shell: &mut Shell| {
            let reader = shell.connect(&Hello { clean: true, ..alice("reader") });
            shell.subscribe(reader, "#", Q1);
            shell.drain(reader)
        };
        assert_eq!(read(&mut shell), ["mine", "theirs"]);
        shell.put_in_force(access(BOTH, ALL));
        assert_eq!(read(&mut shell), want, "{checks_retained}");
        shell.put_in_force(access(BOTH, &rules));
        assert_eq!(read(&mut shell), ["mine", "theirs"], "it is kept back, not removed");
    }
}

#[test]
fn a_will_is_not_published_when_the_right_went_before_its_time() {
    let mut properties = PropertyBuffer::new();
    properties.push(Property::WillDelayInterval(10)).unwrap();
    let properties = properties.as_properties();
    let will = Some(Will { topic: "secret", payload: b"w", qos: Q1, retain: true, properties });
    for revoked in [false, true] {
        let mut shell = shell();
        let reader = shell.connect(&alice("reader"));
        shell.subscribe(reader, "#", Q1);
        shell.read(reader);
        let dying = shell.connect(&Hello { will, ..alice("dying") });
        shell.hang_up(dying);
        if revoked {
            shell.put_in_force(access(BOTH, &[("alice", Grant::Read, "#")]));
        }
        shell.wait(seconds(11));
        assert_eq!(shell.drain(reader).len(), usize::from(!revoked));
        assert_eq!(shell.router.retained.len(), usize::from(!revoked));
    }
}

#[test]
fn a_publication_is_judged_by_the_rights_of_now() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    shell.publish(writer, Q1, "t", "x");
    shell.put_in_force(access(BOTH, &[]));
    shell.publish(writer, Q1, "t", "x");
    assert_eq!(shell.read(writer), ["puback 1 0x10", "puback 2 0x87"]);
}

#[test]
fn who_is_not_a_user_any_longer_is_closed_and_leaves_no_will() {
    let mut shell = shell();
    let reader = shell.connect(&alice("reader"));
    shell.subscribe(reader, "#", Q1);
    shell.read(reader);
    let properties = Properties::EMPTY;
    let will = Some(Will { topic: "w", payload: b"w", qos: Q1, retain: false, properties });
    let rules = [ALL, &[("*", Grant::Write, "w")]].concat();
    shell.put_in_force(access(BOTH, &rules));
    let gone = shell.connect(&Hello { will, expiry: 0, ..bob("gone") });
    shell.put_in_force(access(&[("alice", "pw")], &rules));
    assert_eq!(shell.read(gone), ["disconnect 0x98"]);
    assert!(shell.wires[gone].closed);
    assert_eq!(shell.drain(reader), [""; 0]);
    let again = shell.hello(&bob("gone"));
    assert_eq!(shell.read(again), ["connack 0x86"]);
    assert_eq!(shell.told("LoginRevoked").len(), 1);
}

#[test]
fn a_new_password_ends_the_connections_of_the_old_one_alone() {
    let mut shell = shell();
    let (kept, ended) = (shell.connect(&alice("kept")), shell.connect(&bob("ended")));
    shell.put_in_force(access(&[("alice", "pw"), ("bob", "new")], ALL));
    assert_eq!(shell.read(ended), ["disconnect 0x98"]);
    assert_eq!(shell.read(kept), [""; 0]);
    assert!(shell.has_session("ended"), "the session waits for who knows the new one");
    let back = shell.hello(&Hello { login: Some(("bob", "new")), ..bob("ended") });
    assert_eq!(shell.read(back), ["connack present"]);
}

#[test]
fn who_came_without_a_login_is_closed_when_one_is_asked_for() {
    let mut shell = Shell::new(Limits::default());
    let anonymous = shell.connect(&v5("a"));
    shell.put_in_force(vec![Policy { anonymous: Some(false), ..Policy::default() }]);
    assert_eq!(shell.read(anonymous), ["disconnect 0x98"]);
    let mut shell = Shell::new(Limits::default());
    let anonymous = shell.connect(&v3("a"));
    shell.put_in_force(access(BOTH, ALL));
    assert!(shell.wires[anonymous].closed);
}

#[test]
fn another_number_of_policies_changes_nothing() {
    let mut shell = shell();
    let writer = shell.connect(&alice("writer"));
    for policies in [Vec::new(), [access(BOTH, &[]), access(BOTH, &[])].concat()] {
        assert!(!shell.router.replace_policies(policies, shell.now));
    }
    shell.publish(writer, Q1, "t", "x");
    assert_eq!(shell.read(writer), ["puback 1 0x10"]);
}
