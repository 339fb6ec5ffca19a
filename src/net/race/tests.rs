use std::cell::RefCell;
use std::future::pending;
use std::io::ErrorKind;
use std::rc::Rc;

use tokio::time::Instant;

use super::*;

/// What a fake address does.
#[derive(Clone, Copy)]
enum Behaviour {
    Accepts(Duration),
    Fails(ErrorKind),
    Hangs,
}
use Behaviour::{Accepts, Fails, Hangs};

const AT_ONCE: Behaviour = Accepts(Duration::ZERO);

/// When each port was tried, and how many attempts still run.
#[derive(Default)]
struct Tries {
    started: RefCell<Vec<(u16, u128)>>,
    alive: Rc<()>,
}

impl Tries {
    /// Port n of the fake host shows the n-th behaviour; the winner is its port.
    async fn run(&self, behaviours: &[Behaviour]) -> Result<u16, Option<ErrorKind>> {
        let began = Instant::now();
        let addresses = (0..).zip(behaviours).map(|(port, _)| ([192, 0, 2, 1], port).into());
        race(addresses.collect(), |address: SocketAddr| {
            let port = address.port();
            self.started.borrow_mut().push((port, began.elapsed().as_millis()));
            let alive = Rc::clone(&self.alive);
            let behaviour = behaviours[usize::from(port)];
            async move {
                let _running = alive.clone();
                match behaviour {
                    Accepts(after) => sleep(after).await,
                    Fails(kind) => return Err(kind.into()),
                    Hangs => pending().await,
                }
                Ok(port)
            }
        })
        .await
        .map_err(|error| error.map(|error| error.kind()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_starts_the_next_at_once() {
    let tries = Tries::default();
    let winner = tries.run(&[Fails(ErrorKind::ConnectionRefused), AT_ONCE, AT_ONCE]).await;
    assert_eq!(winner, Ok(1));
    assert_eq!(*tries.started.borrow(), [(0, 0), (1, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_address_delays_the_next_by_a_quarter_second() {
    let tries = Tries::default();
    assert_eq!(tries.run(&[Hangs, Hangs, AT_ONCE]).await, Ok(2));
    assert_eq!(*tries.started.borrow(), [(0, 0), (1, 250), (2, 500)]);
    assert_eq!(Rc::strong_count(&tries.alive), 1, "the attempts that lost are dropped");
}

#[tokio::test(start_paused = true)]
async fn a_slow_first_address_may_still_win() {
    let tries = Tries::default();
    let slow = Accepts(Duration::from_millis(300));
    assert_eq!(tries.run(&[slow, Hangs, Hangs]).await, Ok(0));
    assert_eq!(*tries.started.borrow(), [(0, 0), (1, 250)]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_behind_a_silent_address_starts_the_third() {
    let tries = Tries::default();
    let behaviours = [Hangs, Fails(ErrorKind::HostUnreachable), AT_ONCE];
    assert_eq!(tries.run(&behaviours).await, Ok(2));
    assert_eq!(*tries.started.borrow(), [(0, 0), (1, 250), (2, 250)]);
}

#[tokio::test(start_paused = true)]
async fn the_most_telling_failure_is_reported() {
    use ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
    for (kinds, told) in [
        (vec![NetworkUnreachable, ConnectionRefused, TimedOut], ConnectionRefused),
        (vec![NetworkUnreachable, HostUnreachable, TimedOut], HostUnreachable),
        (vec![NetworkUnreachable], NetworkUnreachable),
    ] {
        let behaviours: Vec<_> = kinds.into_iter().map(Fails).collect();
        assert_eq!(Tries::default().run(&behaviours).await, Err(Some(told)));
    }
    assert_eq!(Tries::default().run(&[]).await, Err(None));
}

#[test]
fn families_take_turns() {
    let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
    let mixed = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
    assert_eq!(interleave(&given), mixed);
    let given = addresses(&["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"]);
    assert_eq!(interleave(&given), given);
    assert_eq!(interleave(&[]), []);
}
