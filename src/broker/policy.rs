//! What holds for the clients of one listener.

use std::sync::Arc;

use super::access::Access;
use super::router::Router;

/// What holds for the clients of one listener; the default lets everybody do everything.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Who is let in, and what they may do; several listeners may share it.
    pub access: Arc<Access>,
}

/// The policy of each listener, in their order.
#[derive(Debug)]
pub(super) struct Policies {
    first: Policy,
    others: Vec<Policy>,
    /// Whether any of them denies anything.
    pub(super) have_rules: bool,
}

impl Policies {
    /// Without any, there is one that lets everybody do everything.
    pub(super) fn new(policies: Vec<Policy>) -> Self {
        let have_rules = policies.iter().any(|policy| policy.access.has_rules());
        let mut policies = policies.into_iter();
        let first = policies.next().unwrap_or_default();
        Self { first, others: policies.collect(), have_rules }
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
    /// sessions that wait as well; false, and nothing is changed, when it is another number.
    pub(super) fn replace_policies(&mut self, policies: Vec<Policy>) -> bool {
        if policies.len() != self.policies.len() {
            return false;
        }
        self.policies = Policies::new(policies);
        self.forget_logins();
        for (_, session) in &mut self.sessions {
            let access = &self.policies.of(session.listener).access;
            session.rights = access.rights(session.user.as_deref(), &session.client_id);
        }
        true
    }
}
