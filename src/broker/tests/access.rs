//! Logins and rules: what the log says of them, and when.

use super::*;
use crate::broker::access::{Grant, Password, Rank, Rule, Who};
use crate::secret::Secret;

fn ruled(rules: &[(Grant, &str)]) -> Shell {
    let mut access = Access::default();
    for (grant, filter) in rules {
        let rule = Rule {
            rank: Rank::Granted,
            who: Who::Everybody,
            grant: *grant,
            filter: (*filter).into(),
            is_pattern: true,
        };
        access.add_rule(rule);
    }
    Shell::with_access(Limits::default(), access)
}

#[test]
fn refused_logins_are_said_one_by_one_up_to_a_limit_and_counted_beyond() {
    let mut access = Access::default();
    assert!(access.add_user("alice", Password::plain(Secret::new("pw"))));
    let mut shell = Shell::with_access(Limits::default(), access);
    for _ in 0..25 {
        let stranger = shell.hello(&v5("c"));
        assert_eq!(shell.read(stranger), ["connack 0x87"]);
    }
    let said = |shell: &Shell| shell.told("TurnedAway { client_id").len();
    assert_eq!(said(&shell), 20);
    shell.wait(seconds(60));
    assert_eq!(shell.told("MoreTurnedAway { count: 5 }").len(), 1);
    shell.hello(&v5("c"));
    assert_eq!(said(&shell), 21);
    shell.wait(seconds(60));
    assert_eq!(shell.told("MoreTurnedAway").len(), 1);
}

#[test]
fn a_session_is_taken_over_by_its_user_alone() {
    let mut access = Access::default();
    for name in ["alice", "bob"] {
        assert!(access.add_user(name, Password::plain(Secret::new("pw"))));
    }
    access.allow_anonymous();
    let mut shell = Shell::with_access(Limits::default(), access);
    let hello = |login| Hello { expiry: 60, login, ..v5("mine") };
    let mine = shell.connect(&hello(Some(("alice", "pw"))));
    let refused = |shell: &mut Shell| {
        for login in [Some(("bob", "pw")), None] {
            for clean in [false, true] {
                let thief = shell.hello(&Hello { clean, ..hello(login) });
                assert_eq!(shell.read(thief), ["connack 0x85"], "{login:?}");
            }
        }
    };
    refused(&mut shell);
    assert!(!shell.wires[mine].closed);
    shell.hang_up(mine);
    refused(&mut shell);
    let back = shell.hello(&hello(Some(("alice", "pw"))));
    assert_eq!(shell.read(back), ["connack present"]);
}

#[test]
fn denied_messages_are_said_once_a_minute_and_the_rest_at_the_end() {
    let mut shell = ruled(&[(Grant::Read, "#")]);
    let client = shell.connect(&v5("c"));
    for _ in 0..3 {
        shell.publish(client, Q0, "a", "x");
    }
    assert_eq!(shell.told("Messages(").len(), 1);
    shell.wait(seconds(60));
    shell.publish(client, Q1, "a", "x");
    assert_eq!(shell.told("Messages(3)").len(), 1);
    shell.publish(client, Q2, "b", "x");
    shell.hang_up(client);
    let last = shell.told("Messages(1)");
    assert_eq!(last.len(), 2);
    assert!(last[1].contains("topic: \"b\""), "{last:?}");
    assert_eq!(shell.router.counters.denied, 5);
    shell.check();
}

#[test]
fn a_route_that_is_kept_leaves_out_who_may_not_read_and_takes_in_who_comes_later() {
    let mut shell = ruled(&[(Grant::Write, "#"), (Grant::Read, "of/%c")]);
    let publisher = shell.connect(&v3("p"));
    let readers = ["a", "b"].map(|id| {
        let reader = shell.connect(&v3(id));
        shell.subscribe(reader, "#", Q1);
        shell.read(reader);
        reader
    });
    for round in 0..3 {
        shell.publish(publisher, Q1, "of/b", "x");
        shell.publish(publisher, Q0, "of/c", "x");
        assert_eq!(shell.messages(readers[0]).len(), 0, "{round}");
        assert_eq!(shell.messages(readers[1]).len(), 1, "{round}");
    }
    let late = shell.connect(&v3("c"));
    shell.subscribe(late, "of/+", Q1);
    shell.read(late);
    shell.publish(publisher, Q0, "of/c", "x");
    assert_eq!(shell.messages(late).len(), 1);
    shell.check();
}

#[test]
fn a_walk_past_many_messages_that_may_not_be_read_ends() {
    let mut shell = ruled(&[(Grant::Write, "#"), (Grant::Read, "z")]);
    let publisher = shell.connect(&v5("p"));
    for number in 0..2_000 {
        shell.retain(publisher, Q0, &format!("a/{number}"), "x");
    }
    shell.retain(publisher, Q0, "z", "x");
    let reader = shell.connect(&v5("r"));
    shell.subscribe(reader, "#", Q0);
    assert_eq!(shell.messages(reader).len(), 1);
    shell.check();
}
