//! Who each client is, and where it comes from, where that differs from client to client.

use std::net::IpAddr;
use std::sync::Arc;

use crate::client::Settings;
use crate::net::Tls;
use crate::options::Identity;

/// What differs from client to client beside their numbers.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    /// Who they are, one after the other; none where all are alike.
    pub clients: Arc<Vec<Identity>>,
    /// Where they come from, in turn; none where the system chooses.
    pub sources: Arc<Vec<IpAddr>>,
}

impl Identities {
    /// The same, each going on with TLS sessions that it began.
    pub(super) fn resuming(&self) -> Self {
        let resuming = |one: &Identity| {
            let tls = one.tls.as_ref().map(Tls::resuming);
            Identity { tls, ..one.clone() }
        };
        let clients = Arc::new(self.clients.iter().map(resuming).collect());
        Self { clients, sources: Arc::clone(&self.sources) }
    }

    /// Makes the settings those of one client. Several brokers take turns.
    pub(super) fn apply(&self, index: u32, settings: &mut Settings) {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let brokers = settings.others.len().saturating_add(1);
        for _ in 0..index.checked_rem(brokers).unwrap_or(0) {
            let next = settings.others.remove(0);
            settings.others.push(std::mem::replace(&mut settings.server, next));
        }
        let source = index.checked_rem(self.sources.len()).and_then(|at| self.sources.get(at));
        let servers = settings.servers_mut();
        let identity = self.clients.get(index);
        for server in servers {
            if let Some(source) = source {
                server.dial.bind = Some(source.to_string());
            }
            let Some(identity) = identity else { continue };
            if identity.username.is_some() {
                server.username.clone_from(&identity.username);
                server.password.clone_from(&identity.password);
            }
            if identity.tls.is_some() {
                server.dial.tls.clone_from(&identity.tls);
            }
        }
        if let Some(id) = identity.and_then(|identity| identity.client_id.clone()) {
            settings.client_id = Some(id);
        }
    }
}
