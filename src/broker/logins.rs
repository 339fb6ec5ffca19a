//! Logins whose check takes long: it is made off the broker's thread, one after the other, while the
//! connection waits unread and all others go on; what was right is remembered for who comes back.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Instant;

use ring::hmac;

use super::access::{Access, Workspace};
use super::connection::{ConnectionKey, Phase};
use super::event::End;
use super::router::{Router, Step};
use crate::codec::{Connect, Reason};
use crate::net::random_bytes;
use crate::secret::Secret;

/// Logins that wait to be checked at once. At 50 ms each, the last of them waits for most of a
/// minute; a client that is told to come again waits no longer, and costs nothing meanwhile.
const QUEUE: usize = 1_000;

/// Logins that are remembered: as many as come back after a short interruption of a small site, at
/// some 100 bytes each.
const REMEMBERED: usize = 10_000;

/// How far the login of a connection has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Login {
    /// Nobody has asked.
    #[default]
    Unchecked,
    /// Its CONNECT waits for the answer.
    Checking,
    /// Whether the password was right.
    Checked(bool),
    /// It could not be checked.
    Failed,
}

/// A login to be checked.
#[derive(Debug)]
pub(super) struct Check {
    key: ConnectionKey,
    access: Arc<Access>,
    name: Box<str>,
    password: Secret,
    fingerprint: Fingerprint,
    generation: u64,
}

/// A login that was checked.
#[derive(Debug)]
pub(super) struct Verdict {
    key: ConnectionKey,
    /// `None`: nobody can tell.
    is_right: Option<bool>,
    fingerprint: Fingerprint,
    generation: u64,
}

/// What a login is recognised by; nothing of it can be found out from this.
type Fingerprint = [u8; 32];

/// The router's side of it.
#[derive(Debug, Default)]
pub(super) struct Logins {
    /// Not handed over yet.
    pub(super) to_check: Vec<Check>,
    /// Handed over or not, and not answered.
    pub(super) waiting: usize,
    /// Raised when users change: answers from before count no more.
    generation: u64,
    remembered: HashSet<Fingerprint>,
    /// The same, in the order they came.
    order: VecDeque<Fingerprint>,
    /// Made for the first login; a fingerprint means nothing without it.
    key: Option<hmac::Key>,
}

impl Logins {
    /// The fingerprint of a login by a listener; `None` when the system gives no random bytes.
    fn fingerprint(&mut self, listener: usize, connect: &Connect<'_>) -> Option<Fingerprint> {
        if self.key.is_none() {
            let key: Fingerprint = random_bytes().ok()?;
            self.key = Some(hmac::Key::new(hmac::HMAC_SHA256, &key));
        }
        let mut context = hmac::Context::with_key(self.key.as_ref()?);
        let name = connect.username.unwrap_or_default().as_bytes();
        context.update(&(listener as u64).to_be_bytes());
        context.update(&(name.len() as u64).to_be_bytes());
        context.update(name);
        context.update(connect.password.unwrap_or_default());
        context.sign().as_ref().try_into().ok()
    }

    fn remember(&mut self, fingerprint: Fingerprint) {
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.remembered.remove(&oldest);
        }
        if self.remembered.insert(fingerprint) {
            self.order.push_back(fingerprint);
        }
    }
}

impl Check {
    /// Does the work. It takes as long for a password that is wrong, and for a name that nobody
    /// has.
    pub(super) fn perform(self, workspace: &mut Workspace) -> Verdict {
        let is_right = self.access.is_right(&self.name, self.password.expose(), workspace);
        Verdict { is_right: Some(is_right), ..self.give_up() }
    }

    /// Nobody can do the work: the login is refused.
    pub(super) const fn give_up(&self) -> Verdict {
        let Self { key, fingerprint, generation, .. } = *self;
        Verdict { key, is_right: None, fingerprint, generation }
    }
}

/// Performs checks until nobody sends any, or nobody hears what came of them. Where `perform`
/// panics, this one login is refused, and those behind it are checked.
pub(super) fn perform_all(
    checks: &Receiver<Check>,
    perform: impl Fn(Check, &mut Workspace) -> Verdict,
    tell: impl Fn(Verdict) -> bool,
) {
    let mut workspace = Workspace::default();
    loop {
        let check = match checks.try_recv() {
            Ok(check) => check,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                // What argon2 works in is given back while nobody logs in.
                workspace = Workspace::default();
                match checks.recv() {
                    Ok(check) => check,
                    Err(_) => return,
                }
            }
        };
        let unanswered = check.give_up();
        let performed = catch_unwind(AssertUnwindSafe(|| perform(check, &mut workspace)));
        let verdict = performed.unwrap_or_else(|_| {
            // Nobody knows what is left in it.
            workspace = Workspace::default();
            unanswered
        });
        if !tell(verdict) {
            return;
        }
    }
}

impl Router {
    /// Has a login checked whose check takes long: what becomes of its CONNECT meanwhile, or `None`
    /// when it can be decided now.
    pub(super) fn await_login(
        &mut self,
        key: ConnectionKey,
        connect: &Connect<'_>,
        now: Instant,
    ) -> Option<Step> {
        let connection = self.connection(key)?;
        let listener = connection.listener;
        if connection.login != Login::Unchecked || self.is_certified(key) {
            return None;
        }
        let name = connect.username?;
        if !self.policies.of(listener).access.takes_long(name) {
            return None;
        }
        let fingerprint = self.logins.fingerprint(listener, connect);
        let is_known = |fingerprint| self.logins.remembered.contains(fingerprint);
        if fingerprint.as_ref().is_some_and(is_known) {
            self.connection(key)?.login = Login::Checked(true);
            return None;
        }
        let Some(fingerprint) = fingerprint.filter(|_| self.logins.waiting < QUEUE) else {
            let refused = (Reason::ServerBusy, End::Refused(Reason::ServerBusy));
            return Some(self.refuse(key, connect.version, refused, now));
        };
        self.logins.waiting += 1;
        self.logins.to_check.push(Check {
            key,
            access: Arc::clone(&self.policies.of(listener).access),
            name: name.into(),
            password: Secret::new(connect.password.unwrap_or_default()),
            fingerprint,
            generation: self.logins.generation,
        });
        // Its CONNECT has come: it neither makes room for others nor has to hurry.
        self.waiting.retain(|other| *other != key);
        self.connection(key)?.login = Login::Checking;
        Some(Step::Later)
    }

    /// Whether the login of a connection is being checked.
    pub(super) fn is_checking(&mut self, key: ConnectionKey) -> bool {
        self.connection(key).is_some_and(|connection| connection.login == Login::Checking)
    }

    /// A login was checked: its CONNECT is taken up again.
    pub(super) fn take_verdict(&mut self, verdict: &Verdict) {
        self.logins.waiting = self.logins.waiting.saturating_sub(1);
        self.counters.checked += 1;
        let is_current = verdict.generation == self.logins.generation;
        if is_current && verdict.is_right == Some(true) {
            self.logins.remember(verdict.fingerprint);
        }
        if let Some(connection) = self.connection(verdict.key)
            && matches!(connection.phase, Phase::Waiting)
        {
            connection.login = match verdict.is_right {
                _ if !is_current => Login::Unchecked,
                Some(is_right) => Login::Checked(is_right),
                None => Login::Failed,
            };
            self.woken.push(verdict.key);
        }
    }

    /// Users have changed: whoever logs in is checked anew.
    pub(super) fn forget_logins(&mut self) {
        let logins = &mut self.logins;
        logins.generation += 1;
        logins.remembered.clear();
        logins.order.clear();
        for (_, connection) in &mut self.connections {
            if matches!(connection.login, Login::Checked(_) | Login::Failed) {
                connection.login = Login::Unchecked;
            }
        }
    }
}
