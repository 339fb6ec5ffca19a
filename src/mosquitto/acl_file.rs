//! mosquitto's `acl_file`: what users may read and write.

use std::path::Path;

use super::lines::{self, At, FileError};
use crate::broker::access::{Grant, Rank, Rule, Who};
use crate::options::access::{check_filter, check_pattern};

/// The rules of a file, of which there is at least one.
pub fn read(path: &Path) -> Result<Vec<Rule>, FileError> {
    let text = lines::read(path)?;
    parse(&text).map_err(|at| FileError { path: path.to_owned(), at })
}

/// Words of which the beginning, at the end of a file that has no end of its last line, is most
/// likely all that is left of a line.
const WORDS: [&str; 4] = ["readwrite", "read", "write", "deny"];

/// Whether a file ends in the middle of a line that meant something else as a whole: what is left of
/// `topic read a/#` may be `topic rea`, which grants all of the topic `rea`.
fn is_cut(text: &str, filter: &str) -> bool {
    let is_last = text.ends_with(filter);
    is_last && filter.len() > 1 && WORDS.iter().any(|word| word.starts_with(filter))
}

fn parse(text: &str) -> Result<Vec<Rule>, At> {
    // What stands before the first user is for who does not log in.
    let mut who = Who::Anonymous;
    let mut rules = Vec::new();
    for (number, line) in lines::said(text) {
        let wrong = |why: String| At::Line(number, why);
        let line = line.map_err(wrong)?.trim_end();
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let rest = rest.trim_start();
        if word != "user" && is_cut(text, rest) {
            let why =
                format!("the file ends within this line: if {rest:?} is a topic, end the line");
            return Err(wrong(why));
        }
        match word {
            "user" if rest.is_empty() => return Err(wrong("the name is missing".to_owned())),
            "user" => who = Who::User(rest.into()),
            "topic" => rules.push(rule(who.clone(), false, rest).map_err(wrong)?),
            "pattern" => rules.push(rule(Who::Everybody, true, rest).map_err(wrong)?),
            other => {
                return Err(wrong(format!("it begins with {other:?}, not topic, user or pattern")));
            }
        }
    }
    if rules.is_empty() {
        return Err(At::Whole("it has no rule, and so would deny everything"));
    }
    Ok(rules)
}

/// The rule of `[ACCESS] FILTER`; the filter may have spaces where the access is given.
fn rule(who: Who, is_pattern: bool, text: &str) -> Result<Rule, String> {
    let (grant, filter) = match text.split_once(' ') {
        None => (Grant::ReadWrite, text),
        Some((access, filter)) => (grant(access)?, filter.trim_start()),
    };
    check_filter(filter).map_err(str::to_owned)?;
    if is_pattern {
        check_pattern(filter).map_err(str::to_owned)?;
    }
    let rank = match (is_pattern, grant) {
        (false, Grant::Deny) => Rank::DeniedUser,
        (false, _) => Rank::Granted,
        (true, Grant::Deny) => Rank::DeniedPattern,
        (true, _) => Rank::GrantedPattern,
    };
    Ok(Rule { rank, who, grant, filter: filter.into(), is_pattern })
}

fn grant(word: &str) -> Result<Grant, String> {
    match word {
        "read" => Ok(Grant::Read),
        "write" => Ok(Grant::Write),
        "readwrite" => Ok(Grant::ReadWrite),
        "deny" => Ok(Grant::Deny),
        other => Err(format!("{other:?} is not read, write, readwrite or deny")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_rule_for_who_was_named_last() {
        let text = "# comment\r\ntopic read guests/#\r\n\r\nuser alice b\ntopic a b\n";
        assert!(matches!(parse(text), Err(At::Line(5, why)) if why.contains("\"a\"")));
        let text = "topic read guests/#\r\n\nuser alice b\ntopic deny a b \ntopic #\n\
                    pattern write in/%u/%c\npattern deny $SYS/#";
        let rules = parse(text).unwrap();
        let short: Vec<_> = rules
            .iter()
            .map(|rule| (rule.who.clone(), rule.grant, &*rule.filter, rule.rank, rule.is_pattern))
            .collect();
        let alice = || Who::User("alice b".into());
        assert_eq!(
            short,
            [
                (Who::Anonymous, Grant::Read, "guests/#", Rank::Granted, false),
                (alice(), Grant::Deny, "a b", Rank::DeniedUser, false),
                (alice(), Grant::ReadWrite, "#", Rank::Granted, false),
                (Who::Everybody, Grant::Write, "in/%u/%c", Rank::GrantedPattern, true),
                (Who::Everybody, Grant::Deny, "$SYS/#", Rank::DeniedPattern, true),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, why) in [
            ("user\n", 1, "name is missing"),
            ("topic a\nuser  \n", 2, "name is missing"),
            ("topic a\ntopic\n", 2, "topic is missing"),
            ("topic a\ntopic read", 2, "ends within this line"),
            ("topic a\npattern rea", 2, "ends within this line"),
            ("topic rw a", 1, "\"rw\""),
            ("topic read a#", 1, "whole level"),
            ("topic read $share/g/a", 1, "$share"),
            ("pattern read a/x%c", 1, "%u and %c"),
            ("topic a\n topic b", 2, "\"\""),
            ("\u{FEFF}topic a", 1, "byte order mark"),
            ("topic a\ntop", 2, "\"top\""),
            ("topic a\ntopic b\0c", 2, "control character"),
            ("allow_anonymous true", 1, "\"allow_anonymous\""),
        ] {
            match parse(text) {
                Err(At::Line(number, said)) => {
                    assert!(number == line && said.contains(why), "{text:?}: {number} {said}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
        // One word is a topic, whatever it is: so has mosquitto it.
        assert!(parse("topic read\n").is_ok() && parse("topic r").is_ok());
        for text in ["", "\n\r\n", "# nothing\n", "user alice\n"] {
            assert!(matches!(parse(text), Err(At::Whole(_))), "{text:?}");
        }
    }
}
