//! The rules of names and filters `[MQTT-4.7]`.

/// What every shared subscription's filter starts with `[MQTT-4.8.2-1]`.
pub const SHARED_PREFIX: &str = "$share/";

/// Whether the text has a `+` or a `#`, so that it cannot be published to.
pub fn has_wildcard(text: &str) -> bool {
    has_any(text, b"+#")
}

/// Whether one of the bytes is in a text of a few words. `memchr` first asks the processor what it
/// can do, which under a hypervisor takes longer than all else that publishing one message does.
fn has_any(text: &str, wanted: &[u8]) -> bool {
    text.bytes().any(|byte| wanted.contains(&byte))
}

/// Whether a message may be published to it: one character at least, no wildcard, no NUL, at
/// most 65,535 bytes `[MQTT-4.7.3-1]`.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && u16::try_from(text.len()).is_ok() && !has_any(text, b"+#\0")
}

/// Whether it may be subscribed to: wildcards fill their level, `#` is last, a shared
/// subscription names its group and a filter `[MQTT-4.7.1-1]`, `[MQTT-4.8.2-1]`.
pub fn is_filter(text: &str) -> bool {
    if text.is_empty() || u16::try_from(text.len()).is_err() || text.contains('\0') {
        return false;
    }
    if text.starts_with(SHARED_PREFIX) {
        return Shared::parse(text).is_some_and(|shared| is_plain_filter(shared.filter));
    }
    // "$share" alone is a name like any other; the levels behind it make the difference.
    is_plain_filter(text)
}

fn is_plain_filter(text: &str) -> bool {
    let mut levels = text.split('/').peekable();
    while let Some(level) = levels.next() {
        let last = levels.peek().is_none();
        let valid = match level {
            "+" => true,
            "#" => last,
            _ => !has_wildcard(level),
        };
        if !valid {
            return false;
        }
    }
    !text.is_empty()
}

/// A shared subscription's filter, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared<'a> {
    /// The members' common name.
    pub group: &'a str,
    /// What they are served with.
    pub filter: &'a str,
}

impl<'a> Shared<'a> {
    /// The parts of `$share/GROUP/FILTER`; `None` when it is no such filter.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (group, filter) = text.strip_prefix(SHARED_PREFIX)?.split_once('/')?;
        let valid = !group.is_empty() && !has_wildcard(group) && !filter.is_empty();
        valid.then_some(Self { group, filter })
    }
}

/// Levels of a name or filter: one more than its slashes.
pub fn level_count(text: &str) -> usize {
    memchr::memchr_iter(b'/', text.as_bytes()).count().saturating_add(1)
}

/// The part of a filter that every name it matches starts with: up to the first wildcard.
/// `a/#` matches `a` too, so the slash before `#` is left out.
pub fn literal_prefix(filter: &str) -> &str {
    let end = memchr::memchr2(b'+', b'#', filter.as_bytes()).unwrap_or(filter.len());
    let prefix = filter.get(..end).unwrap_or_default();
    match filter.as_bytes().get(end) {
        Some(b'#') => prefix.strip_suffix('/').unwrap_or(prefix),
        _ => prefix,
    }
}

/// Whether a valid filter (not a shared one) matches a name. A wildcard at the start does not
/// match names that start with `$` `[MQTT-4.7.2-1]`.
pub fn matches(filter: &str, name: &str) -> bool {
    if name.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#')) {
        return false;
    }
    let mut levels = name.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether there is a name that both filters (not shared ones) match.
pub fn overlap(one: &str, other: &str) -> bool {
    let is_wild = |filter: &str| filter.starts_with('+') || filter.starts_with('#');
    if (one.starts_with('$') && is_wild(other)) || (other.starts_with('$') && is_wild(one)) {
        return false;
    }
    let (mut ones, mut others) = (one.split('/'), other.split('/'));
    loop {
        match (ones.next(), others.next()) {
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (Some(a), Some(b)) if a == b || a == "+" || b == "+" => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_overlap_where_one_name_matches_both() {
        for (one, other, want) in [
            ("a/+", "+/b", true),
            ("a/#", "a", true),
            ("#", "a/b/c", true),
            ("a/+/c", "a/#", true),
            ("a/+", "a/b/c", false),
            ("a/b", "a/c", false),
            ("a/b/#", "a/c/#", false),
            ("+/x", "$SYS/x", false),
            ("#", "$SYS/#", false),
            ("$SYS/+", "$SYS/x", true),
        ] {
            assert_eq!(overlap(one, other), want, "{one} {other}");
            assert_eq!(overlap(other, one), want, "{other} {one}");
        }
    }

    #[test]
    fn filters_keep_the_rules_of_wildcards_and_sharing() {
        for good in [
            "a",
            "/",
            "+",
            "#",
            "a/+/b",
            "+/+",
            "a/#",
            "/+",
            "$SYS/#",
            "$share",
            "$share/g/#",
            "a b",
        ] {
            assert!(is_filter(good), "{good}");
        }
        for bad in [
            "",
            "a#",
            "#/a",
            "a/#/b",
            "a+",
            "+a/b",
            "a/b+",
            "a\0",
            "$share/g",
            "$share//x",
            "$share/g/",
            "$share/+/x",
            "$share/g+/x",
            "$share/g/a#",
        ] {
            assert!(!is_filter(bad), "{bad}");
        }
        assert!(!is_filter(&"a".repeat(65_536)));
        assert!(is_name(&"a".repeat(65_535)));
    }

    #[test]
    fn a_filter_matches_by_levels_and_bytes() {
        for (filter, name, want) in [
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a//c", true),
            ("a/+", "a", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("+", "/a", false),
            ("/+", "/a", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("a", "A", false),
            ("a/", "a", false),
        ] {
            assert_eq!(matches(filter, name), want, "{filter} {name}");
        }
    }

    #[test]
    fn the_literal_prefix_starts_every_name_that_matches() {
        for (filter, want) in
            [("a/b", "a/b"), ("a/+/b", "a/"), ("a/#", "a"), ("#", ""), ("+/a", "")]
        {
            assert_eq!(literal_prefix(filter), want);
        }
    }
}
