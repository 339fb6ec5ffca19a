//! A mount point: what all topics of a listener's clients begin with, unseen by them.
//!
//! Inside the broker every topic and filter is whole; it is made so where a packet comes in, and
//! taken apart where one goes out. What a filter of such a client must not reach, its wildcards
//! would reach in two cases: `#` matches the level above it, which is the mount point itself; and
//! a wildcard that is the client's first level is not the first any more, where names that begin
//! with `$` are kept from it.

use crate::topic::{self, SHARED_PREFIX, Shared};

/// What all topics of a listener's clients begin with: whole levels, ended by a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint(Box<str>);

/// Why a text is no mount point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// A wildcard or NUL.
    #[error("`+`, `#` and NUL cannot stand in a topic")]
    NotATopic,
    /// It leaves no room for topics.
    #[error("it is longer than {} bytes", MountPoint::LONGEST)]
    TooLong,
    /// These topics are the broker's own.
    #[error("topics that begin with $ are not for clients")]
    Dollar,
}

#[cfg_attr(not(test), expect(dead_code, reason = "topics are not mounted yet"))]
impl MountPoint {
    /// Bytes at most: a topic may have 65,535, and most are for the clients.
    pub const LONGEST: usize = 1_024;

    /// A mount point; a slash is added where it does not end with one, so that it is made of whole
    /// levels and no filter can begin inside one.
    pub fn new(text: &str) -> Result<Self, MountError> {
        if text.is_empty() {
            return Err(MountError::Empty);
        }
        if text.starts_with('$') {
            return Err(MountError::Dollar);
        }
        if !topic::is_name(text) {
            return Err(MountError::NotATopic);
        }
        if text.len() > Self::LONGEST {
            return Err(MountError::TooLong);
        }
        let slash = if text.ends_with('/') { "" } else { "/" };
        Ok(Self(format!("{text}{slash}").into()))
    }

    /// The text, with its slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole name of a topic; `None` when it is longer than a name may be.
    pub(super) fn name(&self, topic: &str) -> Option<String> {
        let whole = [&self.0, topic].concat();
        topic::is_name(&whole).then_some(whole)
    }

    /// The whole filter of a subscription, shared or not; `None` when it is longer than one may be.
    pub(super) fn filter(&self, filter: &str) -> Option<String> {
        let whole = match Shared::parse(filter) {
            Some(Shared { group, filter }) => [SHARED_PREFIX, group, "/", &self.0, filter].concat(),
            None => [&self.0, filter].concat(),
        };
        topic::is_filter(&whole).then_some(whole)
    }

    /// Its bytes, all of which a client does not see of a topic.
    pub(super) fn len(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }
}

#[cfg_attr(not(test), expect(dead_code, reason = "topics are not mounted yet"))]
/// Whether a client behind `mount` bytes sees a topic that its whole filter matches.
pub(super) fn is_seen(filter: &str, name: &str, mount: u16) -> bool {
    let mount = usize::from(mount);
    if mount == 0 {
        return true;
    }
    let (Some(own), Some(seen)) = (filter.get(mount..), name.get(mount..)) else {
        // The mount point without its slash.
        return false;
    };
    !seen.is_empty() && !(seen.starts_with('$') && own.starts_with(['+', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_is_whole_levels_of_a_name() {
        for (text, want) in [("a", "a/"), ("a/", "a/"), ("a/b", "a/b/"), ("/", "/")] {
            assert_eq!(MountPoint::new(text).unwrap().as_str(), want);
        }
        let long = "a".repeat(MountPoint::LONGEST + 1);
        for (text, want) in [
            ("", MountError::Empty),
            ("a/+/", MountError::NotATopic),
            ("#", MountError::NotATopic),
            ("a\0", MountError::NotATopic),
            ("$SYS/", MountError::Dollar),
            (&long, MountError::TooLong),
        ] {
            assert_eq!(MountPoint::new(text), Err(want));
        }
    }

    #[test]
    fn names_and_filters_are_made_whole_or_refused() {
        let mount = MountPoint::new("m").unwrap();
        assert_eq!(mount.name("a").as_deref(), Some("m/a"));
        assert_eq!(mount.filter("#").as_deref(), Some("m/#"));
        assert_eq!(mount.filter("$share/g/+/x").as_deref(), Some("$share/g/m/+/x"));
        assert_eq!(mount.filter("$SYS/#").as_deref(), Some("m/$SYS/#"));
        assert_eq!(mount.name(&"a".repeat(65_535)), None);
        assert_eq!(mount.filter(&"a".repeat(65_534)), None);
    }

    #[test]
    fn a_wildcard_reaches_neither_the_mount_point_nor_what_begins_with_a_dollar() {
        for (filter, name, want) in [
            ("m/#", "m/a", true),
            ("m/#", "m", false),
            ("m/#", "m/$x", false),
            ("m/+/y", "m/$x/y", false),
            ("m/$x/#", "m/$x/y", true),
            ("m/a/#", "m/a/$x", true),
            ("m/#", "m/", false),
        ] {
            assert!(topic::matches(filter, name), "{filter} {name}");
            assert_eq!(is_seen(filter, name, 2), want, "{filter} {name}");
        }
        assert!(is_seen("#", "m", 0));
    }
}
