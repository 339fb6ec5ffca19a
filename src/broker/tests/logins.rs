//! Logins that are checked elsewhere: who waits, who does not, and what is remembered.

use super::*;
use crate::broker::access::{Method, Password, hash};
use crate::broker::logins::perform_all;
use crate::secret::Secret;

/// A broker with these users, whose passwords are hashed and all `pw`.
fn with_users(names: &[&str]) -> Shell {
    Shell::with_access(Limits::default(), users(names))
}

fn users(names: &[&str]) -> Access {
    let mut access = Access::default();
    let one = std::num::NonZeroU32::MIN;
    let hashed = hash(&Secret::new("pw"), Method::Pbkdf2(one)).unwrap();
    for name in names {
        assert!(access.add_user(name, Password::parse(&hashed).unwrap()));
    }
    access
}

fn policy(names: &[&str]) -> Policy {
    Policy { access: Arc::new(users(names)), ..Policy::default() }
}

/// Says CONNECT with a login.
fn hello(shell: &mut Shell, version: Version, name: &str, password: Option<&str>) -> Peer {
    let peer = shell.accept("here", version);
    let id = format!("{name}{peer}");
    let connect = Connect {
        version,
        clean: true,
        keep_alive: 0,
        client_id: &id,
        will: None,
        username: Some(name),
        password: password.map(str::as_bytes),
        properties: Properties::EMPTY,
    };
    shell.send(peer, &Packet::Connect(connect));
    peer
}

fn said(shell: &mut Shell, peer: Peer) -> String {
    shell.read(peer).first().cloned().unwrap_or_default()
}

impl Shell {
    fn replace(&mut self, policy: Policy) {
        assert!(self.router.replace_policies(vec![policy], self.now));
    }
}

#[test]
fn who_logs_in_waits_unread_and_nobody_else_does() {
    let mut access = users(&["alice"]);
    access.allow_anonymous();
    let mut shell = Shell::with_access(Limits::default(), access);
    shell.defers = true;
    let alice = hello(&mut shell, Version::V5, "alice", Some("pw"));
    // What comes behind CONNECT waits with it.
    shell.publish(alice, Q0, "t", "early");
    let wrong = hello(&mut shell, Version::V311, "alice", Some("PW"));
    let other = shell.connect(&v5("other"));
    shell.subscribe(other, "t", Q0);
    shell.read(other);
    assert_eq!((said(&mut shell, alice), said(&mut shell, wrong)), (String::new(), String::new()));
    // However long it takes: CONNECT has come in time.
    shell.wait(seconds(60));
    assert!(shell.told("Ended").is_empty());
    assert!(shell.router.make_room(shell.now));
    assert_eq!(shell.router.waiting.len(), 0);
    shell.check_logins();
    shell.turn();
    assert_eq!(said(&mut shell, alice), "connack 0x00");
    assert_eq!(said(&mut shell, wrong), "connack 0x86");
    assert_eq!(shell.messages(other), ["early"]);
    assert_eq!(shell.told("WrongPassword").len(), 1);
    assert_eq!(shell.router.counters.turned_away, 1);
}

#[test]
fn what_was_right_is_remembered_until_users_change_and_what_was_wrong_is_not() {
    let mut shell = with_users(&["alice", "bob"]);
    let log_in = |shell: &mut Shell, name, password| {
        let peer = hello(shell, Version::V5, name, password);
        let checked = shell.router.counters.checked;
        (said(shell, peer) == "connack 0x00", checked)
    };
    assert_eq!(log_in(&mut shell, "alice", Some("pw")), (true, 1));
    assert_eq!(log_in(&mut shell, "alice", Some("pw")), (true, 1));
    assert_eq!(log_in(&mut shell, "bob", Some("pw")), (true, 2));
    for checked in [3, 4] {
        assert_eq!(log_in(&mut shell, "alice", Some("PW")), (false, checked));
    }
    // Names that nobody has, and names without a password, cost as much.
    assert_eq!(log_in(&mut shell, "nobody", Some("pw")), (false, 5));
    assert_eq!(log_in(&mut shell, "alice", None), (false, 6));
    assert_eq!(log_in(&mut shell, "alice", Some("")), (false, 7));
    shell.replace(policy(&["alice"]));
    assert_eq!(log_in(&mut shell, "alice", Some("pw")), (true, 8));
    assert_eq!(log_in(&mut shell, "bob", Some("pw")), (false, 9));
}

#[test]
fn what_users_were_checked_by_before_they_changed_counts_no_more() {
    let mut shell = with_users(&["alice", "bob"]);
    shell.defers = true;
    let waiting = ["alice", "bob"].map(|name| hello(&mut shell, Version::V5, name, Some("pw")));
    shell.replace(policy(&["alice"]));
    shell.check_logins();
    shell.turn();
    let told = waiting.map(|peer| said(&mut shell, peer));
    assert_eq!(told, ["", ""], "they are checked anew");
    shell.check_logins();
    // Once more, between the answer and the next look at CONNECT.
    shell.replace(policy(&["bob"]));
    shell.defers = false;
    shell.turn();
    assert_eq!(waiting.map(|peer| said(&mut shell, peer)), ["connack 0x86", "connack 0x00"]);
    assert_eq!(shell.router.logins.waiting, 0);
}

#[test]
fn who_cannot_be_checked_is_refused_and_who_comes_behind_is_checked() {
    let mut shell = with_users(&["alice", "bob"]);
    shell.defers = true;
    let peers = ["alice", "bob"].map(|name| hello(&mut shell, Version::V5, name, Some("pw")));
    let (sender, checks) = std::sync::mpsc::channel();
    for check in std::mem::take(&mut shell.router.logins.to_check) {
        sender.send(check).unwrap();
    }
    drop(sender);
    let verdicts = std::cell::RefCell::new(Vec::new());
    let count = std::cell::Cell::new(0);
    perform_all(
        &checks,
        |check, workspace| {
            count.set(count.get() + 1);
            assert!(count.get() > 1, "the work cannot be done");
            check.perform(workspace)
        },
        |verdict| {
            verdicts.borrow_mut().push(verdict);
            true
        },
    );
    for verdict in verdicts.into_inner() {
        shell.router.take_verdict(&verdict);
    }
    shell.turn();
    assert_eq!(peers.map(|peer| said(&mut shell, peer)), ["connack 0x88", "connack 0x00"]);
    assert_eq!(shell.router.logins.waiting, 0);
    assert_eq!(shell.told("Unchecked").len(), 1);
    // It is no verdict on the password.
    shell.defers = false;
    let again = hello(&mut shell, Version::V5, "alice", Some("pw"));
    assert_eq!(said(&mut shell, again), "connack 0x00");
}

#[test]
fn a_storm_of_logins_waits_within_bounds_and_the_rest_is_told_to_come_again() {
    let mut shell = with_users(&["alice"]);
    let known = hello(&mut shell, Version::V5, "alice", Some("pw"));
    assert_eq!(said(&mut shell, known), "connack 0x00");
    shell.defers = true;
    let storm: Vec<_> = (0..1_000)
        .map(|number| hello(&mut shell, Version::V5, "alice", Some(&number.to_string())))
        .collect();
    for (version, answer) in [(Version::V5, "connack 0x89"), (Version::V311, "connack 0x88")] {
        let late = hello(&mut shell, version, "alice", Some("late"));
        assert_eq!(said(&mut shell, late), answer);
        assert!(shell.wires[late].closed);
    }
    // Who was here a moment ago is let in all the same.
    let back = hello(&mut shell, Version::V5, "alice", Some("pw"));
    assert_eq!(said(&mut shell, back), "connack 0x00");
    // One that goes meanwhile is no trouble.
    let gone = shell.wires[storm[0]].key;
    shell.router.remove(gone, shell.now);
    shell.check_logins();
    shell.turn();
    assert!(storm[1..].iter().all(|peer| shell.wires[*peer].closed));
    assert_eq!(shell.router.logins.waiting, 0);
}
