//! Rules as they come to one client, without a wire.

use super::*;
use crate::secret::Secret;

fn rule(rank: Rank, who: Who, grant: Grant, filter: &str) -> Rule {
    Rule { rank, who, grant, filter: filter.into(), is_pattern: true }
}

fn user(name: &str) -> Who {
    Who::User(name.into())
}

fn access(rules: Vec<Rule>) -> Access {
    let mut access = Access::default();
    for name in ["alice", "bob", "+", "a/b", "$SYS"] {
        assert!(access.add_user(name, Password::plain(Secret::new("pw"))));
    }
    for rule in rules {
        access.add_rule(rule);
    }
    access
}

/// Whether a user may read, and write.
fn may(access: &Access, user: Option<&str>, client_id: &str, topic: &str) -> (bool, bool) {
    let rights = access.rights(user, client_id).unwrap();
    (rights.allow(Deed::Read, topic), rights.allow(Deed::Write, topic))
}

#[test]
fn a_login_is_checked_and_the_refusal_says_why() {
    let mut access = access(Vec::new());
    let login = |access: &Access, name, password: Option<&str>| {
        access
            .log_in(name, password.map(str::as_bytes), None)
            .map(|name| name.map(|name| name.to_string()))
    };
    assert_eq!(login(&access, Some("alice"), Some("pw")), Ok(Some("alice".to_owned())));
    assert_eq!(login(&access, Some("alice"), Some("PW")), Err(Refusal::WrongPassword));
    assert_eq!(login(&access, Some("alice"), Some("")), Err(Refusal::WrongPassword));
    assert_eq!(login(&access, Some("alice"), None), Err(Refusal::NoPassword));
    assert_eq!(login(&access, Some("carol"), Some("pw")), Err(Refusal::UnknownUser));
    assert_eq!(login(&access, Some(""), Some("pw")), Err(Refusal::UnknownUser));
    assert_eq!(login(&access, None, None), Err(Refusal::Anonymous));
    access.allow_anonymous();
    assert_eq!(login(&access, None, None), Ok(None));
    assert_eq!(login(&access, Some("carol"), None), Err(Refusal::UnknownUser));
    assert!(!access.add_user("alice", Password::plain(Secret::new("other"))));
}

#[test]
fn a_name_that_nobody_has_costs_what_some_users_name_costs() {
    let mut access = Access::default();
    let quick = Password::plain(Secret::new("pw"));
    let slow = hash(&Secret::new("pw"), Method::Pbkdf2(ROUNDS)).unwrap();
    assert!(access.add_user("quick", quick));
    assert!(access.add_user("slow", Password::parse(&slow).unwrap()));
    assert!(access.takes_long("slow") && !access.takes_long("quick"));
    let names: Vec<_> = (0..200).map(|number| format!("nobody{number}")).collect();
    let costs = || names.iter().map(|name| access.takes_long(name)).collect::<Vec<_>>();
    let slow = costs().iter().filter(|takes_long| **takes_long).count();
    assert!((50..150).contains(&slow), "{slow}");
    assert_eq!(costs(), costs(), "each name costs the same whenever it is tried");
    assert!(!Access::default().takes_long("nobody"));
}

#[test]
fn without_users_no_name_counts() {
    assert_eq!(Access::default().log_in(Some("alice"), Some(b"pw"), None), Ok(None));
}

#[test]
fn rules_deny_all_that_they_do_not_grant() {
    assert!(Access::default().rights(None, "c").is_none());
    let mut empty = Access::default();
    empty.deny_the_rest();
    assert_eq!(may(&empty, None, "c", "a"), (false, false));
    let access = access(vec![
        rule(Rank::Granted, user("alice"), Grant::ReadWrite, "a/#"),
        rule(Rank::Granted, user("bob"), Grant::Write, "a/+"),
        rule(Rank::Granted, Who::Everybody, Grant::Read, "all"),
        rule(Rank::Granted, Who::Anonymous, Grant::Read, "guests"),
    ]);
    assert_eq!(may(&access, Some("alice"), "c", "a/b/c"), (true, true));
    assert_eq!(may(&access, Some("bob"), "c", "a/b"), (false, true));
    assert_eq!(may(&access, Some("bob"), "c", "a/b/c"), (false, false));
    assert_eq!(may(&access, Some("bob"), "c", "all"), (true, false));
    assert_eq!(may(&access, None, "c", "all"), (true, false));
    assert_eq!(may(&access, None, "c", "guests"), (true, false));
    assert_eq!(may(&access, Some("bob"), "c", "guests"), (false, false));
}

#[test]
fn the_first_rule_in_rank_decides_however_they_were_added() {
    let access = access(vec![
        rule(Rank::GrantedPattern, Who::Everybody, Grant::ReadWrite, "#"),
        rule(Rank::DeniedPattern, Who::Everybody, Grant::Deny, "b/#"),
        rule(Rank::Granted, user("alice"), Grant::Read, "#"),
        rule(Rank::DeniedUser, user("alice"), Grant::Deny, "a/#"),
        rule(Rank::Denied, Who::Everybody, Grant::Deny, "c"),
    ]);
    assert_eq!(may(&access, Some("alice"), "c", "a/x"), (false, false));
    assert_eq!(may(&access, Some("alice"), "c", "b/x"), (true, false), "named before patterns");
    assert_eq!(may(&access, Some("bob"), "c", "b/x"), (false, false));
    assert_eq!(may(&access, Some("bob"), "c", "a/x"), (true, true));
    assert_eq!(may(&access, Some("alice"), "c", "c"), (false, false));
}

#[test]
fn a_name_with_a_wildcard_or_a_slash_widens_no_pattern() {
    let access = access(vec![
        rule(Rank::Granted, Who::Everybody, Grant::ReadWrite, "id/%c/#"),
        rule(Rank::Granted, Who::Everybody, Grant::ReadWrite, "user/%u"),
        rule(Rank::Granted, Who::Everybody, Grant::ReadWrite, "%u/%c"),
    ]);
    assert_eq!(may(&access, Some("alice"), "pump", "id/pump/x"), (true, true));
    assert_eq!(may(&access, Some("alice"), "pump", "user/alice"), (true, true));
    assert_eq!(may(&access, Some("alice"), "pump", "alice/pump"), (true, true));
    assert_eq!(may(&access, Some("alice"), "pump", "id/other/x"), (false, false));
    for id in ["+", "#", "a/#", "+/x", "a+"] {
        for topic in ["id/other/x", "id/a/x", "id/x", "alice/other", "user/bob"] {
            assert_eq!(may(&access, Some("alice"), id, topic), (false, false), "{id} {topic}");
        }
    }
    assert_eq!(may(&access, Some("+"), "c", "user/alice"), (false, false));
    assert_eq!(may(&access, Some("a/b"), "c", "a/b/c"), (false, false));
    assert_eq!(may(&access, Some("$SYS"), "c", "$SYS/c"), (false, false));
    for topic in ["user/c", "user/", "/c"] {
        assert_eq!(may(&access, None, "c", topic), (false, false), "who has no name has no %u");
    }
}

#[test]
fn wildcards_do_not_reach_into_what_begins_with_a_dollar() {
    let access = access(vec![rule(Rank::Granted, Who::Everybody, Grant::ReadWrite, "#")]);
    assert_eq!(may(&access, None, "c", "$SYS/broker/version"), (false, false));
}

#[test]
fn a_subscription_in_vain_is_known() {
    let access = access(vec![
        rule(Rank::Denied, Who::Everybody, Grant::Deny, "a/secret"),
        rule(Rank::Granted, Who::Everybody, Grant::Read, "a/+"),
        rule(Rank::Granted, Who::Everybody, Grant::Write, "w/#"),
    ]);
    let rights = access.rights(None, "c").unwrap();
    for served in ["a/b", "a/+", "#", "+/b", "a/#", "$share/g/a/b"] {
        assert!(rights.serve(served), "{served}");
    }
    for in_vain in
        ["a/secret", "a", "b/+", "w/#", "w/x", "a/b/c", "a/+/c", "$SYS/#", "$share/g/w/+"]
    {
        assert!(!rights.serve(in_vain), "{in_vain}");
    }
}
