//! The first connection, for as long as the user wants to wait for a broker.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout_at};

use super::connector::{Connector, FAREWELL};
use super::link::Link;
use super::reconnect::Seldom;
use super::{Error, Notice};
use crate::net::{Backoff, clock};
use crate::session::{Client, Message};

/// The longest pause between two attempts: somebody waits for a broker that is about to start.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Connects, at once or, with [`super::Settings::retry`], within that time. What trying again
/// cannot mend ends it, as does the time; then the error is that of the last attempt.
pub(super) async fn first<'a, M: Message>(
    connector: &mut Connector<'a>,
    session: &mut Client<M>,
) -> Result<Link<'a>, Error> {
    let begun = clock::now();
    match connector.connect(session).await {
        Ok((link, _)) => Ok(link),
        Err(error) => retry(connector, session, error, begun).await,
    }
}

/// Tries again what failed once, with that error.
fn retry<'s, 'a, M: Message>(
    connector: &'s mut Connector<'a>,
    session: &'s mut Client<M>,
    error: Error,
    begun: Instant,
) -> Seldom<'s, Result<Link<'a>, Error>> {
    Box::pin(within_time(connector, session, error, begun))
}

async fn within_time<'a, M: Message>(
    connector: &mut Connector<'a>,
    session: &mut Client<M>,
    mut error: Error,
    begun: Instant,
) -> Result<Link<'a>, Error> {
    let time = connector.settings().retry.filter(|_| error.may_pass());
    let Some((time, until)) = time.and_then(|time| Some((time, begun.checked_add(time)?))) else {
        return Err(error);
    };
    connector.notify(&Notice::Retrying { error: &error, time });
    let mut backoff = Backoff::new(Duration::from_millis(100), LONGEST_PAUSE);
    loop {
        let left = until.saturating_duration_since(clock::now());
        if left.is_zero() {
            return Err(error);
        }
        sleep(backoff.next_delay().min(left)).await;
        // The last attempt begins when the time is over, and is not left to hang.
        let attempt = timeout_at((until + FAREWELL).into(), connector.connect(session));
        match attempt.await {
            Ok(Ok((link, _))) => return Ok(link),
            Ok(Err(next)) if next.may_pass() => error = next,
            Ok(Err(last)) => return Err(last),
            Err(_) => return Err(error),
        }
    }
}
