//! Happy eyeballs (RFC 8305): several addresses of one host are tried in a staggered race.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::sleep;

use super::resolve::is_absent;

/// How long an attempt runs alone before the next one starts (RFC 8305, section 5).
pub(super) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Puts the families in turn, the first address's family first, each in its own order.
pub(super) fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv6() == first_is_v6);
    let mut second = second.into_iter();
    let mut mixed = Vec::with_capacity(addresses.len());
    for address in first {
        mixed.push(address);
        mixed.extend(second.next());
    }
    mixed.extend(second);
    mixed
}

/// Connects to whichever of `addresses` answers first, starting them in order.
///
/// The next attempt starts after `ATTEMPT_DELAY`, or at once when one fails. The attempts that have
/// not won are dropped. When all fail, the error that says most is returned; `None` when there was
/// no address.
pub(super) async fn race<Connect, Attempt, Winner>(
    addresses: Vec<SocketAddr>,
    connect: Connect,
) -> Result<Winner, Option<io::Error>>
where
    Connect: Fn(SocketAddr) -> Attempt,
    Attempt: Future<Output = io::Result<Winner>>,
{
    let mut waiting = addresses.into_iter();
    let mut running = Vec::new();
    let mut failure = None;
    loop {
        if let Some(address) = waiting.next() {
            running.push(Box::pin(connect(address)));
        } else if running.is_empty() {
            return Err(failure);
        }
        tokio::select! {
            biased;
            outcome = poll_fn(|context| poll_any(&mut running, context)) => match outcome {
                Ok(winner) => return Ok(winner),
                Err(error) => failure = Some(more_telling(failure, error)),
            },
            () = sleep(ATTEMPT_DELAY), if waiting.len() > 0 => {}
        }
    }
}

/// The first attempt to end, taken off the list.
fn poll_any<Attempt: Future>(
    running: &mut Vec<Pin<Box<Attempt>>>,
    context: &mut Context<'_>,
) -> Poll<Attempt::Output> {
    for index in 0..running.len() {
        let polled = running.get_mut(index).map(|attempt| attempt.as_mut().poll(context));
        if let Some(Poll::Ready(outcome)) = polled {
            drop(running.remove(index));
            return Poll::Ready(outcome);
        }
    }
    Poll::Pending
}

/// Of two failures the one that tells the user more; the earlier when they tell alike.
fn more_telling(earlier: Option<io::Error>, later: io::Error) -> io::Error {
    match earlier {
        Some(earlier) if weight(&earlier) >= weight(&later) => earlier,
        _ => later,
    }
}

/// A refusal shows that the host is there; a missing family or route shows nothing of the host.
fn weight(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => 2,
        io::ErrorKind::NetworkUnreachable => 0,
        _ if is_absent(error) => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
