//! One connection after the other, from the first that is accepted.

use std::time::Instant;

use super::Subscriber;
use crate::client::connector::Connector;
use crate::client::end::{End, Stop, unheard};
use crate::client::inbox::Inbox;
use crate::client::link::Link;
use crate::client::reconnect::Reconnect;
use crate::client::sink::{attend, flush};
use crate::client::subscribe::Job;
use crate::client::subscribe::removal::Removal;
use crate::client::{self, Cause, Error, Notice, Sink};
use crate::net::Backoff;
use crate::session::Client;

impl<'a, S: Sink> Subscriber<'a, S> {
    /// One connection after the other.
    pub(super) async fn connections(&mut self) -> Result<End, Error> {
        let mut link = tokio::select! {
            accepted = first(self.job, &mut self.connector, &mut self.session) => accepted?,
            signal = self.signals.first() => return Ok(End::Signal(signal)),
            () = at(self.ends_at) => return Ok(End::TimedOut),
        };
        if self.job.lossless && !self.connector.version().is_v5() {
            self.connector.notify(&Notice::Incomplete);
        }
        self.report.accepted = true;
        let mut reconnect = Reconnect::new(self.job.give_up);
        loop {
            let cause = match self.serve(&mut link, &mut reconnect).await {
                Ok(end) => {
                    if end != End::Unheard {
                        self.flush_briefly().await;
                    }
                    self.farewell(link, end).await;
                    return Ok(end);
                }
                Err(Stop::Failed(error)) => {
                    if !matches!(error, Error::Output(_)) {
                        self.flush_briefly().await;
                    }
                    self.farewell(link, End::Unheard).await;
                    return Err(error);
                }
                Err(Stop::Lost(cause)) => cause,
            };
            self.connector.object(&cause, &mut self.session, &mut link).await;
            // A broker that counts connections need not count this one with the next.
            drop(link);
            if let Some(end) = self.settle().await? {
                return Ok(end);
            }
            if self.retained.is_some() {
                // All of them would come again.
                return Err(self.connector.lost(cause));
            }
            link = match self.again(&mut reconnect, cause).await? {
                Ok(link) => link,
                Err(end) => return Ok(end),
            };
        }
    }

    /// What the sink has is written before it can come again; it is acknowledged then. Whether that
    /// was all.
    async fn settle(&mut self) -> Result<Option<End>, Error> {
        self.inbox = Inbox::default();
        let end = tokio::select! {
            flushed = flush(&mut self.sink) => return match flushed {
                Ok(()) => Ok(self.is_counted().then_some(End::Finished)),
                Err(error) => unheard(error).map(Some),
            },
            signal = self.signals.first() => End::Signal(signal),
            () = at(self.ends_at) => End::TimedOut,
        };
        self.flush_briefly().await;
        Ok(Some(end))
    }

    /// The next connection, or the end that came before it.
    async fn again(
        &mut self,
        reconnect: &mut Reconnect,
        cause: Cause,
    ) -> Result<Result<Link<'a>, End>, Error> {
        Ok(Err(tokio::select! {
            again = reconnect.again(&mut self.connector, &mut self.session, cause) => {
                let (link, removals) = again?;
                self.removals.again(removals);
                return Ok(Ok(link));
            }
            Err(error) = attend(&mut self.sink), if self.is_for_its_reader() => unheard(error)?,
            signal = self.signals.first() => End::Signal(signal),
            () = at(self.ends_at) => End::TimedOut,
            () = at(self.closes_at) => End::Finished,
            () = self.command.failure() => End::CommandFailed,
        }))
    }
}

/// The first connection that is accepted.
async fn first<'a>(
    job: &Job,
    connector: &mut Connector<'a>,
    session: &mut Client<Removal>,
) -> Result<Link<'a>, Error> {
    if !job.patient {
        return client::first::first(connector, session).await;
    }
    let (mut backoff, mut stood) = (Backoff::default(), false);
    loop {
        match connector.connect(session).await {
            Ok((link, _)) => return Ok(link),
            Err(error) => {
                stood |= matches!(error, Error::NotAccepted { .. });
                if !(stood && error.may_pass()) {
                    return Err(error);
                }
            }
        }
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

/// Until then; for ever without a time.
pub(super) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}
