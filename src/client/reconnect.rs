//! When a lost connection is tried again, and when not.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::connector::Connector;
use super::link::Link;
use super::{Cause, Error, Notice};
use crate::net::{Backoff, clock};
use crate::session::{Client, Message};

/// A connection that lasted this long was a good one.
const SETTLED: Duration = Duration::from_secs(10);

/// So many connections closed within [`SETTLED`], one after the other, look like two clients
/// with one identifier; version 3 has no word for it, and some brokers of version 5 use none.
const SUSPICIOUS: u32 = 3;

/// The delay from which two such clients go on.
const FIGHTING: Duration = Duration::from_secs(5);

/// What is remembered of earlier connections.
#[derive(Debug)]
pub(super) struct Reconnect {
    backoff: Backoff,
    give_up: Option<Duration>,
    /// When the present connection was accepted.
    since: Instant,
    /// Whether it has carried a message.
    useful: bool,
    /// Connections that the broker closed soon, in a row.
    short: u32,
    told: bool,
}

impl Reconnect {
    /// After the first CONNACK. `give_up` is the longest time without a connection.
    pub(super) fn new(give_up: Option<Duration>) -> Self {
        let (backoff, since) = (Backoff::default(), clock::now());
        Self { backoff, give_up, since, useful: false, short: 0, told: false }
    }

    /// The present connection took a message or an exchange further.
    pub(super) const fn useful(&mut self) {
        self.useful = true;
    }

    /// Connects again after `cause`, for as long as it takes; an error when it is of no use.
    pub(super) async fn again<'a, M: Message>(
        &mut self,
        connector: &mut Connector<'a>,
        session: &mut Client<M>,
        cause: Cause,
    ) -> Result<(Link<'a>, Vec<M>), Error> {
        session.lost();
        self.judge(connector, &cause);
        let error = connector.lost(cause);
        if !error.may_pass() {
            return Err(error);
        }
        let address = &connector.settings().address;
        connector.notify(&Notice::Lost { address, cause: &error });
        let attempts = self.attempts(connector, session);
        let accepted = match self.give_up {
            None => attempts.await?,
            Some(after) => timeout(after, attempts)
                .await
                .unwrap_or_else(|_| Err(Error::GaveUp { address: address.clone(), after }))?,
        };
        let session_present = session.granted().session_present;
        connector.notify(&Notice::Back { address, session_present });
        (self.since, self.useful) = (clock::now(), false);
        Ok(accepted)
    }

    fn attempts<'s, 'a, M: Message>(
        &'s self,
        connector: &'s mut Connector<'a>,
        session: &'s mut Client<M>,
    ) -> impl Future<Output = Result<(Link<'a>, Vec<M>), Error>> + use<'s, 'a, M> {
        let mut backoff = self.backoff.clone();
        async move {
            loop {
                sleep(backoff.next_delay()).await;
                match connector.connect(session).await {
                    Err(error) if error.may_pass() => {}
                    outcome => return outcome,
                }
            }
        }
    }

    /// Sets the delays by how the connection went.
    fn judge(&mut self, connector: &Connector<'_>, cause: &Cause) {
        let settled = clock::now().saturating_duration_since(self.since) >= SETTLED;
        let closed = matches!(cause, Cause::Closed | Cause::Io(_));
        if settled || !closed {
            self.short = 0;
        } else {
            self.short = self.short.saturating_add(1);
        }
        let suspicious = self.short >= SUSPICIOUS;
        if suspicious && !std::mem::replace(&mut self.told, true) {
            connector.notify(&Notice::TwoClients { client_id: connector.client_id() });
        }
        // A broker of version 5 would have said 0x8E, though not every one does.
        if suspicious && !connector.version().is_v5() {
            self.backoff.at_least(FIGHTING);
        } else if settled || self.useful {
            self.backoff.reset();
        } else {
            // A broker that accepts only to close again is asked less and less often.
            self.backoff.next_delay();
        }
    }
}
