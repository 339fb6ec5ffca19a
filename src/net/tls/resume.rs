//! Sessions that are begun again, for who asked for it: a load that is to cost its broker what
//! devices cost that come back.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup};

use super::verify::Stand;

/// Tickets that are kept for one name. Each serves once, and a server gives one or two with each
/// handshake: more than connections that are made at once are never needed.
const TICKETS: usize = 1024;

/// What connections have in common that begin each other's sessions again: a session is good for
/// the verifier and the identity alone that it was begun with.
pub(super) struct Resuming {
    pub(super) config: Arc<ClientConfig>,
    pub(super) stand: Arc<Stand>,
}

impl Resuming {
    /// By this configuration, whose verifier and identity stand before `stand`.
    pub(super) fn new(mut config: ClientConfig, stand: Arc<Stand>) -> Self {
        config.resumption = Resumption::store(Arc::new(Tickets::default()));
        Self { config: Arc::new(config), stand }
    }
}

/// What is kept of the sessions with one name.
#[derive(Default)]
struct Kept {
    group: Option<NamedGroup>,
    session: Option<Tls12ClientSessionValue>,
    tickets: VecDeque<Tls13ClientSessionValue>,
}

/// Sessions by the name of the server.
#[derive(Default)]
struct Tickets(Mutex<HashMap<ServerName<'static>, Kept>>);

impl Tickets {
    fn all(&self) -> MutexGuard<'_, HashMap<ServerName<'static>, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.all().entry(name).or_default().group = Some(group);
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.all().get(&name.to_owned())?.group
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.all().entry(name).or_default().session = Some(value);
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.all().get(&name.to_owned())?.session.clone()
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        if let Some(kept) = self.all().get_mut(name) {
            kept.session = None;
        }
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut all = self.all();
        let tickets = &mut all.entry(name).or_default().tickets;
        if tickets.len() >= TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(value);
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.all().get_mut(name)?.tickets.pop_back()
    }
}

/// Without keys.
impl fmt::Debug for Tickets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tickets")
    }
}
