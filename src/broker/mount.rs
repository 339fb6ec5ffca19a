//! A mount point: what all topics of a listener's clients begin with, unseen by them.
//!
//! Inside the broker every topic and filter is whole; it is made so where a packet comes in, and
//! taken apart where one goes out. What a filter of such a client must not reach, its wildcards
//! would reach in two cases: `#` matches the level above it, which is the mount point itself; and
//! a wildcard that is the client's first level is not the first any more, where names that begin
//! with `$` are kept from it.

use std::sync::Arc;

use crate::topic::{self, SHARED_PREFIX, Shared};

/// What all topics of a listener's clients begin with: whole levels, ended by a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint(Arc<str>);

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

    /// Appends the whole name of a topic; it may be longer than a name may be.
    pub(super) fn append_name(&self, topic: &str, whole: &mut String) {
        whole.push_str(&self.0);
        whole.push_str(topic);
    }

    /// The whole filter of a subscription, shared or not; `None` when it is longer than one may be.
    pub(super) fn filter(&self, filter: &str) -> Option<String> {
        let whole = match Shared::parse(filter) {
            Some(Shared { group, filter }) => [SHARED_PREFIX, group, "/", &self.0, filter].concat(),
            None => [&*self.0, filter].concat(),
        };
        topic::is_filter(&whole).then_some(whole)
    }

    /// Its bytes, all of which a client does not see of a topic.
    pub(super) fn len(&self) -> u16 {
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }
}

/// What of the topics that a client's filter matches the client sees.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct View {
    /// Bytes of the mount point, 0 for none.
    pub(super) mount: u16,
    /// The client's first level is a wildcard.
    is_wild: bool,
}

impl View {
    /// Of a whole filter without its group.
    pub(super) fn new(filter: &str, mount: Option<&MountPoint>) -> Self {
        let mount = mount.map_or(0, MountPoint::len);
        let own = filter.get(usize::from(mount)..).unwrap_or_default();
        Self { mount, is_wild: mount > 0 && own.starts_with(['+', '#']) }
    }

    /// Whether a topic that the filter matches is one of its topics.
    pub(super) fn shows(self, name: &str) -> bool {
        // Shorter is the mount point without its slash.
        self.mount == 0
            || name
                .get(usize::from(self.mount)..)
                .is_some_and(|seen| !(seen.is_empty() || self.is_wild && seen.starts_with('$')))
    }
}

/// A topic as a client behind `mount` bytes knows it.
pub(super) fn seen(name: &str, mount: u16) -> &str {
    name.get(usize::from(mount)..).unwrap_or_default()
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
        let mut whole = String::new();
        mount.append_name("a", &mut whole);
        assert_eq!((&*whole, seen(&whole, mount.len())), ("m/a", "a"));
        assert_eq!(mount.filter("#").as_deref(), Some("m/#"));
        assert_eq!(mount.filter("$share/g/+/x").as_deref(), Some("$share/g/m/+/x"));
        assert_eq!(mount.filter("$SYS/#").as_deref(), Some("m/$SYS/#"));
        assert_eq!(mount.filter(&"a".repeat(65_534)), None);
    }

    #[test]
    fn a_wildcard_reaches_neither_the_mount_point_nor_what_begins_with_a_dollar() {
        let mount = MountPoint::new("m").unwrap();
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
            assert_eq!(View::new(filter, Some(&mount)).shows(name), want, "{filter} {name}");
        }
        assert!(View::new("#", None).shows("m"));
    }
}
