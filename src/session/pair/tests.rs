//! Random exchanges, and a cut after every byte.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

#[expect(clippy::disallowed_methods, reason = "any instant serves as the beginning")]
fn start() -> Instant {
    Instant::now()
}

/// Together 150,000 steps.
const STEPS: u32 = 2_500;
const PAIRS: usize = 60;

/// `MQ_SEED` runs that one pair; without it every run draws its own.
fn seeds() -> Vec<u64> {
    match std::env::var("MQ_SEED") {
        Ok(seed) => vec![seed.parse().expect("MQ_SEED is a number")],
        Err(_) => std::iter::repeat_with(|| fastrand::u64(..)).take(PAIRS).collect(),
    }
}

fn with_seed(seed: u64, run: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        panic!("MQ_SEED={seed}: {}", said.unwrap_or_default());
    }
}

#[test]
fn random_pairs_keep_every_promise() {
    let mut finished = 0;
    for seed in seeds() {
        with_seed(seed, || {
            let version = if seed % 4 == 0 { Version::V311 } else { Version::V5 };
            let mut pair = Pair::new(seed, version, start());
            (0..STEPS).for_each(|_| pair.step());
            pair.finish();
            finished += pair.to_server.finished + pair.to_client.finished;
        });
    }
    assert!(finished > 100, "something was exchanged: {finished}");
}

/// A pair with one session, a window of 4 at each end, and QoS 2 messages on their way both ways.
fn exchange(version: Version) -> Pair {
    let mut pair = Pair::new(1, version, start());
    pair.terms.client_window = 4;
    pair.connect(false);
    while pair.carry_byte() {}
    pair.client_publishes(Qos::ExactlyOnce);
    pair.host_publishes(Qos::ExactlyOnce);
    pair
}

#[test]
fn a_cut_after_each_byte_of_a_qos_2_exchange_loses_and_doubles_nothing() {
    for version in [Version::V311, Version::V5] {
        let mut bytes = 0;
        let mut whole = exchange(version);
        while whole.carry_byte() {
            bytes += 1;
        }
        assert!(bytes > 50, "PUBLISH, PUBREC, PUBREL and PUBCOMP, twice: {bytes}");
        for (first, second) in (0..=bytes).flat_map(|first| (0..=90).map(move |at| (first, at))) {
            let seed = first * 1_000 + second;
            with_seed(seed, || {
                let mut pair = exchange(version);
                for cut in [first, second] {
                    for _ in 0..cut {
                        pair.carry_byte();
                    }
                    pair.cut();
                    pair.connect(false);
                }
                pair.finish();
                assert_eq!((pair.to_server.finished, pair.to_client.finished), (1, 1));
            });
        }
    }
}

#[test]
fn identifiers_wrap_around_what_is_stuck() {
    let mut pair = exchange(Version::V5);
    // Two exchanges stay open while the others use up all identifiers.
    for _ in 0..66_000 {
        pair.client_publishes(Qos::AtLeastOnce);
        pair.host_publishes(Qos::AtLeastOnce);
        pair.carry_up(usize::MAX);
        pair.carry_down(usize::MAX);
        // The QoS 2 message is never acknowledged.
        let acknowledged = |(qos, _): &(Qos, _)| *qos == Qos::AtLeastOnce;
        if let Some(at) = pair.client_owed.iter().position(acknowledged) {
            pair.client_owed.swap(0, at);
            pair.client_acknowledges();
        }
        if let Some(at) = pair.host.owed.iter().position(acknowledged) {
            pair.host.owed.swap(0, at);
            pair.host_acknowledges();
        }
    }
    let finished = pair.to_server.finished.min(pair.to_client.finished);
    assert!(finished > 65_535, "{finished}");
    pair.finish();
}

#[test]
fn a_dead_link_is_noticed_within_one_and_a_half_keep_alives() {
    for seed in 0..50 {
        let mut pair = exchange(Version::V5);
        pair.rng.seed(seed);
        for _ in 0..seed {
            let pause = Duration::from_millis(pair.rng.u64(1..4_000));
            pair.wait(pause);
            while pair.carry_byte() {}
            assert!(pair.linked, "a link with two ends stays: seed {seed}");
        }
        let dead = pair.now;
        while pair.linked {
            // What is sent goes nowhere.
            (pair.up, pair.down) = (VecDeque::new(), VecDeque::new());
            pair.wait(Duration::from_millis(100));
        }
        let limit = Duration::from_millis(u64::from(KEEP_ALIVE) * 1_500 + 100);
        assert!(pair.now - dead <= limit, "seed {seed}: {:?}", pair.now - dead);
        pair.finish();
    }
}
