//! Connections on their way in, through TLS and the like: counted and timed with all others that
//! have not said CONNECT, and closed with them.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use tokio::task::spawn_local;

use super::connection::ConnectionKey;
use super::event::End;
use super::router::Router;
use super::serve::{Seat, Shell, State, converse};
use super::socket::Writing;
use crate::net::{CertificateNames, Doorkeepers, Entered, Entering, clock};

/// One connection, until it is in or refused.
pub(super) async fn enter(seat: Seat, entering: Entering) {
    let (shell, key) = (Rc::clone(&seat.shell), seat.key);
    let mut entering = pin!(entering);
    let outcome = poll_fn(|context| {
        shell.keep_waker(key, context);
        if matches!(shell.state(key), State::Closing) {
            return Poll::Ready(None);
        }
        entering.as_mut().poll(context).map(Some)
    })
    .await;
    match outcome {
        // Its time is over, or its place was needed.
        None => {}
        Some(Err(refused)) => {
            shell.router.borrow_mut().close(key, End::NotEntered(refused), clock::now());
        }
        Some(Ok(Entered { stream, behind, names })) => {
            let behind = behind.map(|peer| (peer.to_string(), shell.maximum_packet(&peer)));
            shell.router.borrow_mut().entered(key, behind, names, clock::now());
            let (read, write) = stream.split();
            shell.register(key, Writing::open(write));
            spawn_local(converse(seat, read));
        }
    }
}

impl Shell {
    /// Whether one more connection without CONNECT may be accepted, as [`Router::make_room`] says.
    pub(super) fn make_room(&self) -> bool {
        let mut router = self.router.borrow_mut();
        if router.is_crowded() {
            let sockets = self.sockets.borrow();
            let now = clock::now();
            for at in 0..router.waiting.len() {
                let Some(&key) = router.waiting.get(at) else { continue };
                let entering = sockets.get(key.at).and_then(Option::as_ref).and_then(|socket| {
                    if let Writing::Entering(progress) = &socket.write {
                        Some(progress)
                    } else {
                        None
                    }
                });
                if let (Some(progress), Some(connection)) = (entering, router.connection(key)) {
                    // That its turn was late to come is not its own fault.
                    let late = self.doorkeepers.as_ref().map(Doorkeepers::lateness);
                    let last = progress.last() + late.unwrap_or_default();
                    connection.last_received = last.min(now);
                }
            }
        }
        router.make_room(clock::now())
    }
}

impl Router {
    /// Whether no more connections without CONNECT are taken than there are.
    pub(super) fn is_crowded(&self) -> bool {
        self.waiting.len() >= self.limits.unauthenticated
    }

    /// A connection came through its entrance; `behind` is where it truly comes from, and the
    /// largest packet taken from there.
    fn entered(
        &mut self,
        key: ConnectionKey,
        behind: Option<(String, u32)>,
        names: Option<Box<CertificateNames>>,
        now: Instant,
    ) {
        if let Some(connection) = self.connection(key) {
            connection.last_received = now;
            connection.names = names;
            if let Some((peer, maximum)) = behind {
                connection.peer = peer.into();
                connection.maximum_packet = connection.maximum_packet.min(maximum);
            }
        }
    }
}
