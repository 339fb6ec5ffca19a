//! What holds for the clients of one listener.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use super::access::Access;
use super::event::{End, Event};
use super::mount::MountPoint;
use super::pump::may_read;
use super::router::Router;
use super::session::SessionKey;
use crate::codec::{Qos, Version};

/// What holds for the clients of one listener; the default lets everybody do everything. What is
/// replaced while the broker serves holds for who connects from then on; the access holds at once.
///
/// The names in backquotes are mosquitto's for the same.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Who is let in, and what they may do; several listeners may share it. `password_file`,
    /// `acl_file`.
    pub access: Arc<Access>,
    /// Whether the certificate that a client showed says who its user is.
    pub certificate_user: CertificateUser,
    /// Whether who brings no login is let in; `None`: as the access has it. `allow_anonymous`,
    /// `listener_allow_anonymous`.
    pub anonymous: Option<bool>,
    /// Connections of this listener at once, [`Limits::NONE`](super::Limits::NONE) for as many as
    /// there are descriptors; who comes when there are as many is closed at once.
    /// `max_connections`, where -1 is none.
    pub connections: usize,
    /// The highest QoS taken and granted. Announced to version 5; who publishes, or has a will,
    /// above it is refused. `max_qos`, `maximum_qos`.
    pub maximum_qos: Qos,
    /// Topic aliases taken from a client, 0 to 65,535; announced to version 5. `max_topic_alias`.
    pub topic_aliases: u16,
    /// Topic aliases used towards a client that takes them, 0 to 64: more have no use.
    /// `max_topic_alias_broker`.
    pub own_topic_aliases: u16,
    /// The versions served; others are refused in their own words. `accept_protocol_versions`.
    pub versions: Versions,
    /// The user's name takes the place of the client's identifier; who has no name is refused.
    /// `use_username_as_clientid`.
    pub user_as_client_id: bool,
    /// What all topics of these clients begin with, unseen by them. `mount_point`.
    pub mount: Option<MountPoint>,
    /// Whether a client may leave its identifier to the broker. `allow_zero_length_clientid`.
    pub assigns_client_ids: bool,
    /// What identifiers begin with that the broker assigns. `auto_id_prefix`,
    /// `listener_auto_id_prefix`.
    pub assigned_prefix: Box<str>,
    /// What every client's identifier begins with, or it is not let in; empty for anything.
    /// `clientid_prefixes`.
    pub client_id_prefix: Box<str>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            access: Arc::default(),
            certificate_user: CertificateUser::Nothing,
            anonymous: None,
            connections: usize::MAX,
            maximum_qos: Qos::ExactlyOnce,
            topic_aliases: 16,
            own_topic_aliases: 64,
            versions: Versions::ALL,
            user_as_client_id: false,
            mount: None,
            assigns_client_ids: true,
            assigned_prefix: "mq-".into(),
            client_id_prefix: Box::default(),
        }
    }
}

impl Policy {
    /// mosquitto 2.1's defaults, where they differ.
    pub fn mosquitto() -> Self {
        Self {
            topic_aliases: 10,
            own_topic_aliases: 10,
            assigned_prefix: "auto-".into(),
            ..Self::default()
        }
    }

    /// The name of a client's topic inside the broker.
    pub(super) fn whole_name<'a>(&self, topic: &'a str) -> Cow<'a, str> {
        match &self.mount {
            None => Cow::Borrowed(topic),
            Some(mount) => {
                let mut whole = String::new();
                mount.append_name(topic, &mut whole);
                Cow::Owned(whole)
            }
        }
    }

    /// Whether somebody without a login is let in.
    pub fn admits_anybody(&self) -> bool {
        self.anonymous.unwrap_or_else(|| self.access.admits_anybody())
    }
}

/// A set of protocol versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions(u8);

impl Versions {
    /// No version.
    pub const NONE: Self = Self(0);
    /// 3.1, 3.1.1 and 5.0.
    pub const ALL: Self = Self::NONE.with(Version::V31).with(Version::V311).with(Version::V5);

    /// The set with one version more.
    #[must_use]
    pub const fn with(self, version: Version) -> Self {
        Self(self.0 | Self::bit(version))
    }

    /// Whether a version is in it.
    pub const fn has(self, version: Version) -> bool {
        self.0 & Self::bit(version) != 0
    }

    const fn bit(version: Version) -> u8 {
        match version {
            Version::V31 => 1,
            Version::V311 => 2,
            Version::V5 => 4,
        }
    }
}

/// What of a client's certificate is the name of its user. Where anything is, the certificate is
/// the login: name and password of CONNECT are not looked at, and who has no such name is not let
/// in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertificateUser {
    /// Nothing: CONNECT says who it is.
    #[default]
    Nothing,
    /// The common name of its subject.
    CommonName,
    /// Its whole subject, as RFC 2253 writes it.
    Subject,
}

/// The policy of each listener, in their order.
#[derive(Debug)]
pub(super) struct Policies {
    first: Policy,
    others: Vec<Policy>,
    /// Whether any of them denies anything.
    pub(super) have_rules: bool,
    /// How often they were replaced.
    pub(super) generation: u64,
}

impl Policies {
    /// Without any, there is one that lets everybody do everything.
    pub(super) fn new(policies: Vec<Policy>) -> Self {
        let have_rules = policies.iter().any(|policy| policy.access.has_rules());
        let mut policies = policies.into_iter();
        let first = policies.next().unwrap_or_default();
        Self { first, others: policies.collect(), have_rules, generation: 0 }
    }

    /// The policy of a listener, by its place in their order.
    pub(super) fn of(&self, listener: usize) -> &Policy {
        let other = listener.checked_sub(1).and_then(|at| self.others.get(at));
        other.unwrap_or(&self.first)
    }

    fn len(&self) -> usize {
        1 + self.others.len()
    }
}

impl Router {
    /// Puts other policies in force, one for each listener, for clients that are here and
    /// sessions that wait as well; false, and nothing is changed, when it is another number. Whose
    /// login would not be taken any longer is closed, and what waits for who may not read it any
    /// longer is dropped.
    pub(super) fn replace_policies(&mut self, policies: Vec<Policy>, now: Instant) -> bool {
        if policies.len() != self.policies.len() {
            return false;
        }
        let next = self.policies.generation + 1;
        let old = mem::replace(&mut self.policies, Policies::new(policies));
        self.policies.generation = next;
        self.forget_logins();
        // They leave out who could not read, and take in who could.
        self.subscriptions.forget_routes();
        let (mut closed, mut relieved, mut withdrawn) = (Vec::new(), Vec::new(), 0);
        for (at, session) in &mut self.sessions {
            let (before, after) = (old.of(session.listener), self.policies.of(session.listener));
            let user = session.user.as_deref();
            let rights = after.access.rights(user, &session.client_id);
            if rights != session.rights {
                session.rights = rights;
                let rights = session.rights.as_deref();
                let dropped = session.queue.drop_unless(|queued| may_read(rights, queued));
                if dropped > 0 {
                    withdrawn += dropped as u64;
                    relieved.push(SessionKey { at, tenant: session.tenant });
                }
            }
            let login = after.still_takes(user, before);
            if login == Login::Gone {
                // Nothing is published any longer for who would not be let in.
                session.will = None;
            }
            closed.extend(session.online.filter(|_| login != Login::Same));
        }
        for key in closed {
            self.close(key, End::LoginRevoked, now);
        }
        for key in relieved {
            self.relieve(key);
        }
        if withdrawn > 0 {
            self.counters.dropped += withdrawn;
            self.tell(Event::Withdrawn { count: withdrawn });
        }
        self.settle(now);
        true
    }
}

/// What became of a login when policies were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    Same,
    /// The password is another.
    Changed,
    /// The user is not there any longer, nobody without a login is let in, or a login is another
    /// thing than it was.
    Gone,
}

impl Policy {
    fn still_takes(&self, user: Option<&str>, before: &Self) -> Login {
        if self.certificate_user != before.certificate_user {
            // Whoever is here said otherwise who it is.
            return Login::Gone;
        }
        if self.certificate_user != CertificateUser::Nothing {
            // Whose name is in a certificate is not looked up.
            return Login::Same;
        }
        let Some(user) = user else {
            let gone = before.admits_anybody() && !self.admits_anybody();
            return if gone { Login::Gone } else { Login::Same };
        };
        // Who was not looked up there logged in by something else.
        match (before.access.has_user(user), self.access.has_user(user)) {
            (true, false) => Login::Gone,
            (true, true) if !self.access.has_password_of(&before.access, user) => Login::Changed,
            _ => Login::Same,
        }
    }
}
