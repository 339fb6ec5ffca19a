//! Where the router asks who may do what, and says what was denied.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::access::{Deed, Refusal};
use super::connection::ConnectionKey;
use super::event::{Denied, Event};
use super::logins::Login;
use super::policy::{CertificateUser, Policy};
use super::router::Router;
use super::session::{Session, SessionKey};
use super::timers::Timer;
use crate::codec::Connect;
use crate::net::CertificateNames;

/// So many refused logins are said one by one within [`REFUSAL_LOG`], then only counted: who tries
/// passwords must not fill the log.
const REFUSALS_SAID: u64 = 20;

/// When it begins anew.
const REFUSAL_LOG: Duration = Duration::from_mins(1);

/// What is denied to one client is said this often at most.
const DENIAL_LOG: Duration = Duration::from_mins(1);

impl Router {
    /// Checks the login of a CONNECT; the user that it is of.
    pub(super) fn log_in(
        &self,
        key: ConnectionKey,
        connect: &Connect<'_>,
    ) -> Result<Option<Rc<str>>, Refusal> {
        let connection = self.connections.get(key.at);
        let policy = self.policies.of(connection.map_or(0, |connection| connection.listener));
        let names = connection.and_then(|connection| connection.names.as_deref());
        if policy.certificate_user != CertificateUser::Nothing {
            let name = certified(policy.certificate_user, names);
            return Ok(Some(name.ok_or(Refusal::NoCertificateName)?.into()));
        }
        let Policy { access, anonymous, .. } = policy;
        match (anonymous, connect.username) {
            (Some(true), None) => return Ok(None),
            (Some(false), None) => return Err(Refusal::Anonymous),
            // A name that nobody can check is as good as none.
            (Some(false), Some(_)) if !access.has_users() => return Err(Refusal::UnknownUser),
            _ => {}
        }
        let known = match connection.map(|connection| connection.login) {
            Some(Login::Checked(is_right)) => Some(is_right),
            Some(Login::Failed) => return Err(Refusal::Unchecked),
            _ => None,
        };
        access.log_in(connect.username, connect.password, known)
    }

    /// Whether a client is let in by what its certificate calls it, and no password counts.
    pub(super) fn is_certified(&self, key: ConnectionKey) -> bool {
        self.connections.get(key.at).is_some_and(|connection| {
            let policy = self.policies.of(connection.listener);
            certified(policy.certificate_user, connection.names.as_deref()).is_some()
        })
    }

    /// Whether a session, if there is one, is this user's, behind the same mount point: whoever
    /// else took it over would read its messages.
    pub(super) fn owns(
        &self,
        client_id: &str,
        user: Option<&str>,
        listener: usize,
    ) -> Result<(), Refusal> {
        let mount = &self.policies.of(listener).mount;
        let session = self.by_client_id.get(client_id).and_then(|key| self.session_ref(*key));
        let is_other = |other: &Session| other.user.as_deref() != user || other.mount != *mount;
        if session.is_some_and(is_other) { Err(Refusal::ForeignId) } else { Ok(()) }
    }

    pub(super) fn tell_turned_away(
        &mut self,
        key: ConnectionKey,
        connect: &Connect<'_>,
        refusal: Refusal,
        now: Instant,
    ) {
        self.counters.turned_away += 1;
        if !self.is_turning_away_said(now) {
            return;
        }
        let peer = self.connection(key).map(|connection| connection.peer.clone());
        self.tell(Event::TurnedAway {
            client_id: connect.client_id,
            user: connect.username,
            peer: peer.as_deref().unwrap_or_default(),
            refusal,
        });
    }

    /// Says that a connection was closed before it said anything.
    pub(super) fn tell_crowded(&mut self, peer: &str, now: Instant) {
        if self.is_turning_away_said(now) {
            let (client_id, refusal) = ("", Refusal::Crowded);
            self.tell(Event::TurnedAway { client_id, user: None, peer, refusal });
        }
    }

    /// Counts somebody who is turned away; whether it is said and not only counted.
    fn is_turning_away_said(&mut self, now: Instant) -> bool {
        if self.turned_away == 0 {
            self.timers.set(now + REFUSAL_LOG, Timer::TurnedAway);
        }
        self.turned_away += 1;
        self.turned_away <= REFUSALS_SAID
    }

    /// Says how many were turned away and not told of.
    pub(super) fn say_turned_away(&mut self) {
        let count = std::mem::take(&mut self.turned_away).saturating_sub(REFUSALS_SAID);
        if count > 0 {
            self.tell(Event::MoreTurnedAway { count });
        }
    }

    /// Whether the rules keep a session's client from publishing to a topic.
    pub(super) fn is_denied(&self, key: SessionKey, topic: &str) -> bool {
        self.policies.have_rules
            && self.session_ref(key).is_none_or(|session| !session.may(Deed::Write, topic))
    }

    /// Counts a message that the rules kept from being published, and says so once a minute.
    pub(super) fn deny(&mut self, key: SessionKey, topic: &str, now: Instant) {
        self.counters.denied += 1;
        let Some(session) = self.session(key) else {
            return;
        };
        let denials = session.denials.get_or_insert_default();
        denials.unsaid += 1;
        if *denials.topic != *topic {
            denials.topic = topic.into();
        }
        let is_due =
            denials.said_at.is_none_or(|at| now.saturating_duration_since(at) >= DENIAL_LOG);
        if is_due {
            denials.said_at = Some(now);
            self.say_denials(key);
        }
    }

    /// Says what was denied and not said.
    pub(super) fn say_denials(&mut self, key: SessionKey) {
        let Some(session) = self.session(key) else {
            return;
        };
        let (client_id, user) = (Rc::clone(&session.client_id), session.user.clone());
        let Some(denials) = session.denials.as_mut().filter(|denials| denials.unsaid > 0) else {
            return;
        };
        let denied = Denied::Messages(std::mem::take(&mut denials.unsaid));
        let topic = denials.topic.clone();
        let (user, peer) = (user.as_deref(), self.peer_of(key));
        let (peer, topic) = (&*peer, &*topic);
        self.tell(Event::Denied { client_id: &client_id, user, peer, denied, topic });
    }

    /// Says at once, while it can be mended, that a will is not going to be published.
    pub(super) fn tell_denied_will(&mut self, key: SessionKey) {
        let will = self.session_ref(key).and_then(|session| session.will.as_ref());
        if let Some(topic) = will.map(|will| will.topic.clone())
            && self.is_denied(key, &topic)
        {
            self.tell_denied(key, Denied::Will, &topic);
        }
    }

    pub(super) fn tell_denied(&mut self, key: SessionKey, denied: Denied, topic: &str) {
        let Some(session) = self.session_ref(key) else {
            return;
        };
        let (client_id, user) = (Rc::clone(&session.client_id), session.user.clone());
        let (user, peer) = (user.as_deref(), self.peer_of(key));
        self.tell(Event::Denied { client_id: &client_id, user, peer: &peer, denied, topic });
    }

    /// Whether a subscription would be in vain, and its client is told so.
    pub(super) fn is_in_vain(&self, key: SessionKey, filter: &str) -> bool {
        self.session_ref(key).is_some_and(|session| {
            self.policies.of(session.listener).access.is_telling_subscribers()
                && session.rights.as_ref().is_some_and(|rights| !rights.serve(filter))
        })
    }
}

/// The name that a certificate gives its user.
fn certified(wanted: CertificateUser, names: Option<&CertificateNames>) -> Option<&str> {
    let names = names?;
    let name = match wanted {
        CertificateUser::Nothing => None,
        CertificateUser::CommonName => names.common_name.as_deref(),
        CertificateUser::Subject => Some(names.subject.as_str()),
    };
    name.filter(|name| !name.is_empty())
}

impl Session {
    /// Whether the rules let its client do this with a topic.
    pub(super) fn may(&self, deed: Deed, topic: &str) -> bool {
        self.rights.as_ref().is_none_or(|rights| rights.allow(deed, topic))
    }
}
