//! Who a broker lets in, and what they may do: users, rules, and the files they stand in.

use std::path::PathBuf;

use super::Error;
use super::connect::password_line;
use crate::broker::Access;
use crate::broker::access::{Grant, Password, Rank, Rule, Who};
use crate::secret::Secret;
use crate::topic::{self, SHARED_PREFIX};

/// A user as given: the name, and where the password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Neither empty nor with a colon or a control character in it.
    pub name: String,
    /// Where the password is.
    pub password: PasswordSource,
}

/// Where a password is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// Here.
    Given(Secret),
    /// In the first line of a file.
    File(PathBuf),
}

impl User {
    /// `NAME:PASSWORD`, up to the first colon, or `NAME:@FILE`.
    pub fn parse(text: &Secret) -> Result<Self, Error> {
        let text = std::str::from_utf8(text.expose());
        let text = text.map_err(|_| Error::User { why: "it is not UTF-8" })?;
        let (name, password) =
            text.split_once(':').ok_or(Error::User { why: "the colon is missing" })?;
        if name.is_empty() {
            return Err(Error::User { why: "the name is empty" });
        }
        if name.chars().any(char::is_control) {
            return Err(Error::User { why: "the name has a control character" });
        }
        let password = match password.strip_prefix('@') {
            Some("") => return Err(Error::User { why: "there is no file behind @" }),
            Some(file) => PasswordSource::File(file.into()),
            None if password.is_empty() => {
                return Err(Error::User { why: "the password is empty" });
            }
            None => PasswordSource::Given(Secret::new(password)),
        };
        Ok(Self { name: name.to_owned(), password })
    }

    /// The password, read from its file if it is in one.
    pub fn password(&self) -> Result<Secret, Error> {
        match &self.password {
            PasswordSource::Given(password) => Ok(password.clone()),
            PasswordSource::File(path) => password_line(path),
        }
    }
}

/// A rule of one line: `WHO ACCESS FILTER`.
pub fn parse_rule(text: &str) -> Result<Rule, Error> {
    let bad = |why| Error::Rule { text: text.to_owned(), why };
    let (who, rest) = word(text).ok_or_else(|| bad("it is empty"))?;
    let (grant, filter) = word(rest).ok_or_else(|| bad("what may be done is missing"))?;
    let who = match who {
        "*" => Who::Everybody,
        "-" => Who::Anonymous,
        name => Who::User(name.into()),
    };
    let (grant, rank) = match grant {
        "read" => (Grant::Read, Rank::Granted),
        "write" => (Grant::Write, Rank::Granted),
        "readwrite" => (Grant::ReadWrite, Rank::Granted),
        "deny" => (Grant::Deny, Rank::Denied),
        _ => return Err(bad("what may be done is read, write, readwrite or deny")),
    };
    let filter = filter.trim();
    check_filter(filter).map_err(bad)?;
    check_pattern(filter).map_err(bad)?;
    if who == Who::Anonymous && filter.split('/').any(|level| level == "%u") {
        return Err(bad("who is anonymous has no name for %u"));
    }
    Ok(Rule { rank, who, grant, filter: filter.into(), is_pattern: true })
}

/// The first word, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then_some((word, rest))
}

/// Whether a rule can be about such topics.
pub fn check_filter(filter: &str) -> Result<(), &'static str> {
    if filter.is_empty() {
        return Err("the topic is missing");
    }
    if filter.starts_with(SHARED_PREFIX) {
        return Err("rules are about topics: leave out $share/GROUP/");
    }
    if !topic::is_filter(filter) {
        return Err("`+` fills a whole level, `#` a whole last level");
    }
    Ok(())
}

/// Whether names are filled in where a level is nothing but a name: parts of a level would reach
/// the names of others.
pub fn check_pattern(filter: &str) -> Result<(), &'static str> {
    let partly = |level: &str| {
        (level.contains("%u") || level.contains("%c")) && level != "%u" && level != "%c"
    };
    if filter.split('/').any(partly) {
        return Err("%u and %c fill a whole level");
    }
    Ok(())
}

/// Users and rules from options; those from files are in `access` already.
pub(super) fn resolve(
    mut access: Access,
    users: &[(String, Secret)],
    rules: &[Rule],
    knows_all: bool,
) -> Result<Access, Error> {
    for (name, password) in users {
        if !access.add_user(name, Password::plain(password.clone())) {
            return Err(Error::UserTwice(name.clone()));
        }
    }
    for rule in rules {
        if let Who::User(name) = &rule.who
            && knows_all
            && !access.has_user(name)
        {
            return Err(Error::NoSuchUser(name.to_string()));
        }
        access.add_rule(rule.clone());
    }
    if !rules.is_empty() {
        access.tell_subscribers();
    }
    Ok(access)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> Result<User, Error> {
        User::parse(&Secret::new(text))
    }

    #[test]
    fn the_first_colon_ends_the_name() {
        let alice = user("alice:a:b").unwrap();
        assert_eq!(alice.name, "alice");
        assert_eq!(alice.password().unwrap().expose(), b"a:b");
        let of_file = user("alice:@/no/such/file").unwrap();
        assert!(matches!(of_file.password(), Err(Error::File { .. })));
    }

    #[test]
    fn a_bad_user_is_refused_without_its_password() {
        for text in ["marker", ":marker", "a\nb:marker", "alice:", "alice:@", ""] {
            let error = user(text).unwrap_err();
            assert!(error.is_usage() && !error.to_string().contains("marker"), "{error}");
        }
    }

    #[test]
    fn a_rule_has_three_parts_and_the_last_may_have_spaces() {
        let rule = parse_rule("  alice readwrite  a b/# ").unwrap();
        assert_eq!(rule.who, Who::User("alice".into()));
        assert_eq!((rule.grant, &*rule.filter), (Grant::ReadWrite, "a b/#"));
        assert_eq!(parse_rule("* deny %u/%c").unwrap().rank, Rank::Denied);
        assert_eq!(parse_rule("- read #").unwrap().who, Who::Anonymous);
    }

    #[test]
    fn a_bad_rule_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "empty"),
            ("alice", "missing"),
            ("alice read", "topic is missing"),
            ("alice rw a", "read, write, readwrite or deny"),
            ("alice READ a", "read, write, readwrite or deny"),
            ("alice read a#", "whole"),
            ("alice read #/a", "whole"),
            ("alice read $share/g/a", "$share"),
            ("alice read a/x%c", "%u and %c"),
            ("alice read %u%c", "%u and %c"),
            ("- read %u/a", "anonymous"),
        ] {
            let error = parse_rule(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_rule_for_nobody_and_a_user_twice_are_mistakes() {
        let rules = [parse_rule("alcie read #").unwrap()];
        let users = [("alice".to_owned(), Secret::new("pw"))];
        assert!(matches!(
            resolve(Access::default(), &users, &rules, true),
            Err(Error::NoSuchUser(name)) if name == "alcie"
        ));
        let twice = [users[0].clone(), users[0].clone()];
        assert!(matches!(resolve(Access::default(), &twice, &[], true), Err(Error::UserTwice(_))));
    }
}
