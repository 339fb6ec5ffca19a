//! When a lost connection is tried again, and when not.

use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::connector::Connector;
use super::link::Link;
use super::{Cause, Error, Notice, Resumption};
use crate::net::{Backoff, clock};
use crate::session::{Client, Message};

/// A connection that lasted this long was a good one.
const SETTLED: Duration = Duration::from_secs(10);

/// A connection that took something further was a good one when it lasted this long.
const STEADY: Duration = Duration::from_secs(1);

/// Or when it took so many things further.
const PLENTY: u32 = 100;

/// So often the first delay, of 100 ms, is doubled while connections take a little further.
const MOST_LENGTHENED: u32 = 3;

/// So many connections closed within [`SETTLED`], one after the other, look like two clients
/// with one identifier; version 3 has no word for it, and some brokers of version 5 use none.
const SUSPICIOUS: u32 = 3;

/// The delay from which two such clients go on.
const FIGHTING: Duration = Duration::from_secs(5);

/// What few programs come to: boxed, so that the others need neither the stack nor the code for it.
pub(super) type Seldom<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What is remembered of earlier connections.
#[derive(Debug)]
pub(super) struct Reconnect {
    backoff: Backoff,
    give_up: Option<Duration>,
    /// When the present connection was accepted.
    since: Instant,
    /// How many messages and exchanges it took further.
    useful: u32,
    /// Delays that were lengthened after connections that carried too little to be good ones.
    lengthened: u32,
    /// Connections that the broker closed soon, in a row.
    short: u32,
    told: bool,
}

impl Reconnect {
    /// After the first CONNACK. `give_up` is the longest time without a connection.
    pub(super) fn new(give_up: Option<Duration>) -> Self {
        let (backoff, since) = (Backoff::default(), clock::now());
        Self { backoff, give_up, since, useful: 0, lengthened: 0, short: 0, told: false }
    }

    /// The present connection took a message or an exchange further.
    pub(super) const fn useful(&mut self) {
        self.useful = self.useful.saturating_add(1);
    }

    /// Connects again after `cause`, for as long as it takes; an error when it is of no use.
    pub(super) fn again<'s, 'a, M: Message>(
        &'s mut self,
        connector: &'s mut Connector<'a>,
        session: &'s mut Client<M>,
        cause: Cause,
    ) -> Seldom<'s, Result<(Link<'a>, Vec<M>), Error>> {
        Box::pin(self.connect_again(connector, session, cause))
    }

    async fn connect_again<'a, M: Message>(
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
        let route = connector.route();
        connector.notify(&Notice::Lost { route: &route, cause: &error });
        let attempts = self.attempts(connector, session);
        let accepted = match self.give_up {
            None => attempts.await?,
            Some(after) => timeout(after, attempts)
                .await
                .unwrap_or_else(|_| Err(Error::GaveUp { route: route.clone(), after }))?,
        };
        let session = match session.granted().session_present {
            true => Resumption::Resumed,
            false if connector.expects_session() => Resumption::Gone,
            false => Resumption::None,
        };
        connector.notify(&Notice::Back { route: &connector.route(), session });
        (self.since, self.useful) = (clock::now(), 0);
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
        let lasted = clock::now().saturating_duration_since(self.since);
        let settled = lasted >= SETTLED;
        let good = self.useful >= PLENTY || (self.useful > 0 && lasted >= STEADY);
        let closed = matches!(cause, Cause::Closed | Cause::Io(_) | Cause::Tls(_));
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
        } else if settled || good {
            self.backoff.reset();
            self.lengthened = 0;
        } else if self.useful == 0 || self.lengthened < MOST_LENGTHENED {
            // A broker that accepts only to close again is asked less and less often; one that
            // carries a little each time about once a second.
            self.backoff.next_delay();
            self.lengthened = self.lengthened.saturating_add(1);
        }
    }
}
