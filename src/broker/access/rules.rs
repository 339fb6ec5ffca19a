//! What clients may read and write: rules for everybody, and what they come to for one client.

use crate::topic::{self, Shared};

/// Whom a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Every client.
    Everybody,
    /// Clients without a login.
    Anonymous,
    /// The user of this name.
    User(Box<str>),
}

/// What a rule says of the topics that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Their messages may be received.
    Read,
    /// They may be published to.
    Write,
    /// Both.
    ReadWrite,
    /// Neither, whatever comes behind in the order of [`Rank`].
    Deny,
}

/// When a rule is looked at: the first that says something of a topic decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A denial without exception.
    Denied,
    /// What a file denies one user; mosquitto looks at these before all that is granted.
    DeniedUser,
    /// What is granted to one user, or to all without exception.
    Granted,
    /// What a file denies everybody to whom it was not granted by name.
    DeniedPattern,
    /// What a file grants everybody.
    GrantedPattern,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When it is looked at.
    pub rank: Rank,
    /// Whom it is for.
    pub who: Who,
    /// What it says.
    pub grant: Grant,
    /// The topics that it is about: a filter without a group.
    pub filter: Box<str>,
    /// Whether a level `%u` of the filter stands for the user's name, and `%c` for the client's
    /// identifier.
    pub is_pattern: bool,
}

/// What is done with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::broker) enum Deed {
    Read,
    Write,
}

/// What one client may do: the rules that are about it, its names filled in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::broker) struct Rights(Box<[(Grant, Box<str>)]>);

impl Rights {
    pub(super) fn new(rules: &[Rule], user: Option<&str>, client_id: &str) -> Self {
        let own = rules.iter().filter(|rule| match &rule.who {
            Who::Everybody => true,
            Who::Anonymous => user.is_none(),
            Who::User(name) => user == Some(name),
        });
        Self(
            own.filter_map(|rule| {
                let filter = if rule.is_pattern {
                    fill_in(&rule.filter, user, client_id)?
                } else {
                    rule.filter.clone()
                };
                Some((rule.grant, filter))
            })
            .collect(),
        )
    }

    /// Whether the client may do this with a topic: the first rule that speaks of it decides.
    pub(in crate::broker) fn allow(&self, deed: Deed, name: &str) -> bool {
        self.0
            .iter()
            .filter(|(grant, _)| *grant == Grant::Deny || grant.grants(deed))
            .find(|(_, filter)| topic::matches(filter, name))
            .is_some_and(|(grant, _)| *grant != Grant::Deny)
    }

    /// Whether a subscription may ever be sent a message: not when all that matches it is denied.
    pub(in crate::broker) fn serve(&self, subscribed: &str) -> bool {
        let subscribed = Shared::parse(subscribed).map_or(subscribed, |shared| shared.filter);
        if !topic::has_wildcard(subscribed) {
            return self.allow(Deed::Read, subscribed);
        }
        self.0
            .iter()
            .any(|(grant, filter)| grant.grants(Deed::Read) && topic::overlap(filter, subscribed))
    }
}

impl Grant {
    const fn grants(self, deed: Deed) -> bool {
        match self {
            Self::ReadWrite => true,
            Self::Read => matches!(deed, Deed::Read),
            Self::Write => matches!(deed, Deed::Write),
            Self::Deny => false,
        }
    }
}

/// The filter of one client. `None` where it is about no topic: a name with a wildcard or a slash
/// would make it reach further than its own level, and one that begins with `$` where no wildcard
/// reaches.
fn fill_in(pattern: &str, user: Option<&str>, client_id: &str) -> Option<Box<str>> {
    if !pattern.contains('%') {
        return Some(pattern.into());
    }
    let mut filter = String::with_capacity(pattern.len() + client_id.len());
    for (at, level) in pattern.split('/').enumerate() {
        if at > 0 {
            filter.push('/');
        }
        let name = match level {
            "%u" => user?,
            "%c" => client_id,
            level => {
                filter.push_str(level);
                continue;
            }
        };
        if name.contains(['+', '#', '/']) || (at == 0 && name.starts_with('$')) {
            return None;
        }
        filter.push_str(name);
    }
    Some(filter.into())
}
