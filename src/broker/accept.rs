//! Connections that are accepted: each gets its place, counted from its first moment on.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{spawn_local, yield_now};
use tokio::time::sleep;

use super::entering::enter;
use super::event::Event;
use super::serve::{Seat, Shell, converse};
use super::socket::Writing;
use crate::net::{Entering, Entrance, Listener, Peer, Stream, accept_pause, admit_here, clock};

/// Connections accepted in one turn by one listener: who is in already waits for no more newcomers
/// than these, however many come at once.
const ACCEPTED: usize = 8;
/// How long accepting rests when as many connections wait without CONNECT as may.
const CROWDED: Duration = Duration::from_millis(100);

/// Accepts at one listener, for ever.
pub(super) async fn accept(
    shell: Rc<Shell>,
    (number, (listener, entrance)): (usize, (Listener, Arc<Entrance>)),
) {
    let (mut failures, mut accepted) = (0, 0);
    loop {
        if accepted == ACCEPTED {
            accepted = 0;
            yield_now().await;
        }
        let mut waited = false;
        while shell.router.borrow().connections.len() >= shell.connections_max {
            shell.room.notified().await;
            waited = true;
        }
        if waited {
            // There may be room for another listener's newcomer as well.
            shell.room.notify_one();
        }
        match listener.accept().await {
            Ok((stream, peer)) => {
                failures = 0;
                accepted += 1;
                if !shell.router.borrow().has_place(number) {
                    let mut router = shell.router.borrow_mut();
                    router.tell_crowded(&peer.to_string(), clock::now());
                    drop(router);
                    shell.rouse();
                    continue;
                }
                if !shell.router.borrow().limits.no_delay {
                    stream.delay();
                }
                while !shell.make_room() {
                    sleep(CROWDED).await;
                }
                // Whoever made room is to hear of it.
                shell.rouse();
                // Seated now, not when the task first runs: the next one is counted with it.
                let seat = seat(&shell, (number, &peer));
                if entrance.is_open() {
                    let (read, write) = stream.split();
                    shell.register(seat.key, Writing::open(write));
                    spawn_local(converse(seat, read));
                } else {
                    let entering = shell.admit(stream, &entrance);
                    shell.register(seat.key, Writing::Entering(entering.progress()));
                    spawn_local(enter(seat, entering));
                }
            }
            Err(error) => {
                failures += 1;
                let pause = accept_pause(failures);
                let error = error.to_string();
                shell.router.borrow_mut().tell(Event::AcceptFailed { error: &error, pause });
                sleep(pause).await;
            }
        }
    }
}

/// Gives a new connection its place.
fn seat(shell: &Rc<Shell>, (listener, peer): (usize, &Peer)) -> Seat {
    let maximum = shell.maximum_packet(peer);
    let from = (listener, &*peer.to_string());
    let key = shell.router.borrow_mut().open(from, maximum, clock::now());
    Seat { shell: Rc::clone(shell), key }
}

impl Shell {
    /// The largest packet taken from there.
    pub(super) fn maximum_packet(&self, peer: &Peer) -> u32 {
        let limits = &self.router.borrow().limits;
        if peer.is_loopback() { limits.maximum_packet } else { limits.remote_maximum_packet }
    }

    fn admit(&self, stream: Stream, entrance: &Arc<Entrance>) -> Entering {
        match &self.doorkeepers {
            Some(doorkeepers) => doorkeepers.admit(stream, entrance),
            None => admit_here(stream, entrance),
        }
    }
}
