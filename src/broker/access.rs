//! Who is let in, and what they may read and write.
//!
//! Nobody is asked for a login until there is a user, and nothing is denied until there is a rule.
//! A name counts only when its password was checked: where there are no users, everybody is
//! anonymous, whatever name they bring.

mod argon2id;
mod password;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::rc::Rc;

pub(super) use self::argon2id::Workspace;
pub use self::password::{HashError, Method, Password, ROUNDS, hash};
pub(super) use self::rules::{Deed, Rights};
pub use self::rules::{Grant, Rank, Rule, Who};
use crate::codec::Reason;

/// Users with their passwords, and rules. The default lets everybody do everything.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Names, with the places of their passwords.
    users: HashMap<Box<str>, usize>,
    passwords: Vec<Password>,
    /// Who brings no name is let in although there are users.
    anonymous: bool,
    /// In the order in which they decide; `None` when nothing is denied.
    rules: Option<Vec<Rule>>,
    /// A subscription that would never be sent a message is refused.
    tells_subscribers: bool,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No name was given, and anonymous clients are not let in.
    Anonymous,
    /// There is no such user.
    UnknownUser,
    /// A name without a password.
    NoPassword,
    /// The password is another.
    WrongPassword,
    /// Its certificate is to say who it is, and there is none or it does not.
    NoCertificateName,
    /// The client identifier is that of another user's session: its messages are not theirs.
    ForeignId,
    /// It does not begin as all identifiers here do.
    IdPrefix,
    /// The user's name is to be the client identifier, and there is none.
    NoName,
    /// The listener, or the broker, has as many connections as it may.
    Crowded,
    /// What checks passwords has failed, and so this login with it.
    Unchecked,
}

impl Refusal {
    /// One word for programs, which stays.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "no_user_name",
            Self::UnknownUser => "unknown_user",
            Self::NoPassword => "no_password",
            Self::WrongPassword => "wrong_password",
            Self::NoCertificateName => "no_certificate_name",
            Self::ForeignId => "foreign_client_id",
            Self::IdPrefix => "client_id_prefix",
            Self::NoName => "no_user_name_for_id",
            Self::Crowded => "too_many_connections",
            Self::Unchecked => "login_not_checked",
        }
    }

    /// What CONNACK says of it. Whether the name or the password was wrong is not told.
    pub(super) const fn reason(self) -> Reason {
        match self {
            Self::Anonymous | Self::IdPrefix | Self::NoName => Reason::NotAuthorized,
            Self::Crowded => Reason::ServerBusy,
            Self::Unchecked => Reason::ServerUnavailable,
            Self::UnknownUser
            | Self::NoPassword
            | Self::WrongPassword
            | Self::NoCertificateName => Reason::BadUserNameOrPassword,
            Self::ForeignId => Reason::ClientIdentifierNotValid,
        }
    }
}

impl Access {
    /// Adds a user; false when there is one of this name already, who then stays.
    pub fn add_user(&mut self, name: &str, password: Password) -> bool {
        if self.users.contains_key(name) {
            return false;
        }
        self.users.insert(name.into(), self.passwords.len());
        self.passwords.push(password);
        true
    }

    /// Lets in who brings no name, although there are users.
    pub fn allow_anonymous(&mut self) {
        self.anonymous = true;
    }

    /// Denies all that no rule grants.
    pub fn deny_the_rest(&mut self) {
        self.rules.get_or_insert_default();
    }

    /// Adds a rule, and so denies all that none grants.
    pub fn add_rule(&mut self, rule: Rule) {
        let rules = self.rules.get_or_insert_default();
        let at = rules.partition_point(|other| other.rank <= rule.rank);
        rules.insert(at, rule);
    }

    /// Refuses subscriptions that would never be sent a message, instead of keeping them in vain.
    pub fn tell_subscribers(&mut self) {
        self.tells_subscribers = true;
    }

    /// Whether there is a user of this name.
    pub fn has_user(&self, name: &str) -> bool {
        self.users.contains_key(name)
    }

    /// Whether a user has the same password here and there.
    pub(super) fn has_password_of(&self, other: &Self, name: &str) -> bool {
        let of = |access: &Self| {
            access.users.get(name).and_then(|place| access.passwords.get(*place)).cloned()
        };
        of(self) == of(other)
    }

    /// Whether logins are checked.
    pub fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// Whether somebody without a login is let in.
    pub fn admits_anybody(&self) -> bool {
        self.users.is_empty() || self.anonymous
    }

    /// Whether anything is denied.
    pub(super) const fn has_rules(&self) -> bool {
        self.rules.is_some()
    }

    /// What is computed with for a name. For one that nobody has it is the password of a user, the
    /// same one each time: were it always the same user's, or none, the time would tell which names
    /// are there.
    fn password_of(&self, name: &str) -> Option<&Password> {
        let stand_in = || {
            let spread = usize::try_from(self.users.hasher().hash_one(name)).unwrap_or_default();
            spread.checked_rem(self.passwords.len())
        };
        let place = self.users.get(name).copied().or_else(stand_in);
        self.passwords.get(place?)
    }

    /// Whether to check a login by this name would keep others waiting.
    pub(super) fn takes_long(&self, name: &str) -> bool {
        self.password_of(name).is_some_and(Password::takes_long)
    }

    /// Whether this is what the password of a name is recognised by; the work of a check.
    pub(super) fn is_right(&self, name: &str, given: &[u8], workspace: &mut Workspace) -> bool {
        self.password_of(name).is_some_and(|wanted| wanted.is(given, workspace))
    }

    /// Checks a login; the name that counts from now on, none for an anonymous client. Whether the
    /// password is right is known already where that takes long.
    pub(super) fn log_in(
        &self,
        name: Option<&str>,
        password: Option<&[u8]>,
        known_right: Option<bool>,
    ) -> Result<Option<Rc<str>>, Refusal> {
        if self.users.is_empty() {
            return Ok(None);
        }
        let Some(name) = name else {
            return if self.anonymous { Ok(None) } else { Err(Refusal::Anonymous) };
        };
        // As much work for a name that nobody has.
        let check = || self.is_right(name, password.unwrap_or_default(), &mut Workspace::default());
        let is_right = known_right.unwrap_or_else(check);
        match (self.has_user(name), password) {
            (false, _) => Err(Refusal::UnknownUser),
            (true, None) => Err(Refusal::NoPassword),
            (true, Some(_)) if is_right => Ok(Some(name.into())),
            (true, Some(_)) => Err(Refusal::WrongPassword),
        }
    }

    /// What a client may do; `None` for everything.
    pub(super) fn rights(&self, user: Option<&str>, client_id: &str) -> Option<Rc<Rights>> {
        let rules = self.rules.as_deref()?;
        Some(Rc::new(Rights::new(rules, user, client_id)))
    }

    /// Whether a client is told that its subscription is in vain.
    pub(super) const fn is_telling_subscribers(&self) -> bool {
        self.tells_subscribers
    }
}
