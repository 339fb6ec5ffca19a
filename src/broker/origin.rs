//! Who published a retained message, to be asked about again when it is delivered.

use std::cell::RefCell;
use std::rc::Rc;

use super::access::{Deed, Rights};
use super::policy::Policies;

/// Whom a retained message is of; all messages of one connection share it.
#[derive(Debug, Default)]
pub(super) struct Origin {
    user: Option<Rc<str>>,
    client_id: Rc<str>,
    listener: usize,
    /// What they come to, and in which generation of the policies.
    judged: RefCell<Option<(u64, Option<Rc<Rights>>)>>,
}

impl Origin {
    pub(super) fn new(user: Option<&Rc<str>>, client_id: &Rc<str>, listener: usize) -> Self {
        let (user, client_id) = (user.cloned(), Rc::clone(client_id));
        Self { user, client_id, listener, judged: RefCell::default() }
    }

    /// Whether the publisher may publish to a topic as the policies are now.
    pub(super) fn may_write(&self, topic: &str, policies: &Policies) -> bool {
        if !policies.have_rules {
            return true;
        }
        let mut judged = self.judged.borrow_mut();
        let (_, rights) = match &mut *judged {
            Some(known) if known.0 == policies.generation => known,
            unknown => {
                let access = &policies.of(self.listener).access;
                let rights = access.rights(self.user.as_deref(), &self.client_id);
                unknown.insert((policies.generation, rights))
            }
        };
        rights.as_ref().is_none_or(|rights| rights.allow(Deed::Write, topic))
    }
}
