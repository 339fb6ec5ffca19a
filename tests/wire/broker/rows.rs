//! Every row of the table, sent to a broker.

use mq::broker::Broker;
use mq::codec::{Sender, Version};

use crate::cases::{self, Case, Verdict};
use crate::notation;
use crate::peer::{RawPeer, broker};

/// Threads that send refused rows. Valid ones have one: their clients take each other's sessions
/// over.
const THREADS: usize = 4;
/// Derived rows of one run.
const SAMPLE: usize = 8_000;
/// The sample when the environment names no other.
const SEED: u64 = 1_883;
/// Rows between two looks at the bystander.
const BATCH: usize = 50;

fn from_clients(cases: Vec<Case>) -> Vec<Case> {
    // A packet that goes on is waited for; others see it.
    let whole = |case: &Case| !matches!(cases::split(&case.encoded()), Ok(None));
    cases.into_iter().filter(|case| case.sender == Sender::Client && whole(case)).collect()
}

fn seed() -> u64 {
    let named = std::env::var("MQ_WIRE_SEED").ok().and_then(|text| text.parse().ok());
    named.unwrap_or(SEED)
}

/// Derived rows, the same ones for the same seed.
fn sample() -> Vec<Case> {
    let mut cases = from_clients(cases::derived());
    fastrand::Rng::with_seed(seed()).shuffle(&mut cases);
    cases.truncate(SAMPLE);
    cases
}

/// Whether the row is a first packet, by its type.
fn opens(case: &Case) -> bool {
    case.encoded()[0] >> 4 == 1
}

/// Sends rows from several threads while a bystander is served; all failures are shown at once.
fn send_all(
    cases: &[Case],
    threads: usize,
    try_one: fn(&Broker, &Case, usize) -> Result<(), String>,
) {
    let broker = broker();
    let mut failures = Vec::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let broker = &broker;
                scope.spawn(move || {
                    let name = format!("bystander{thread}");
                    let mut bystander = RawPeer::clean(broker, Version::V311, &name);
                    let mut failures = Vec::new();
                    for at in (thread..cases.len()).step_by(threads) {
                        if let Err(why) = try_one(broker, &cases[at], at) {
                            failures.push(format!("{}: {why}", cases[at].name));
                        }
                        if (at / threads).is_multiple_of(BATCH) {
                            bystander.expect_nothing();
                        }
                    }
                    bystander.leave();
                    failures
                })
            })
            .collect();
        for thread in running {
            failures.extend(thread.join().unwrap());
        }
    });
    let shown = failures.iter().take(30).cloned().collect::<Vec<_>>().join("\n");
    let (bad, all, seed) = (failures.len(), cases.len(), seed());
    assert!(failures.is_empty(), "{bad} of {all} rows differ, MQ_WIRE_SEED={seed}:\n{shown}");
}

/// A peer that has sent the row behind a CONNECT where the row is none itself; every second row
/// goes with the CONNECT in one write.
fn send(broker: &Broker, case: &Case, at: usize) -> RawPeer {
    let mut peer = RawPeer::dial(broker, case.version);
    if opens(case) {
        peer.send_bytes(&case.encoded());
        return peer;
    }
    let mut bytes = notation::bytes(&format!("10 ~ @ 02 0000 [] <p{at}>"), case.version);
    if at.is_multiple_of(2) {
        bytes.extend(case.encoded());
        peer.send_bytes(&bytes);
        peer.accepted();
    } else {
        peer.send_bytes(&bytes);
        peer.accepted();
        peer.send_bytes(&case.encoded());
    }
    peer
}

fn refused(broker: &Broker, case: &Case, at: usize) -> Result<(), String> {
    let Verdict::Refused { reason, .. } = case.verdict else { return Ok(()) };
    let mut peer = send(broker, case, at);
    let mut answers = Vec::new();
    while let Some(packet) = peer.next() {
        answers.push(packet);
    }
    let fits = if opens(case) {
        // CONNACK or nothing, never DISCONNECT [MQTT-3.14.0-1].
        match &answers[..] {
            [] => true,
            [connack] if reason == 0x84 => *connack == [0x20, 2, 0, 1],
            [connack] => case.version == Version::V5 && *connack == [0x20, 3, 0, reason, 0],
            _ => false,
        }
    } else if case.version == Version::V5 {
        answers == [[0xE0, 2, reason, 0]]
    } else {
        answers.is_empty()
    };
    if fits { Ok(()) } else { Err(format!("want {reason:02X}, have {answers:02X?}")) }
}

fn taken(broker: &Broker, case: &Case, at: usize) -> Result<(), String> {
    let mut peer = send(broker, case, at);
    peer.try_send(&[0xC0, 0]);
    let mut answers = Vec::new();
    while let Some(packet) = peer.next() {
        let last = packet == [0xD0, 0];
        answers.push(packet);
        if last {
            break;
        }
    }
    let answered = answers.last().is_some_and(|last| *last == [0xD0, 0]);
    let fits = answered || legitimate_end(case, &answers);
    if fits { Ok(()) } else { Err(format!("the end, after {answers:02X?}")) }
}

/// Well formed, and still the end of a connection: for what came before, or did not.
fn legitimate_end(case: &Case, answers: &[Vec<u8>]) -> bool {
    let Verdict::Valid { packet, .. } = &case.verdict else { return false };
    let said = answers.first().map_or(&[][..], |answer| &answer[..]);
    match packet.split(' ').next() {
        Some("DISCONNECT") => match said {
            [] => true,
            // A session expiry where CONNECT had none [MQTT-3.14.2-2].
            said => packet.contains("SessionExpiryInterval") && *said == [0xE0, 2, 0x82, 0],
        },
        // No method was agreed on [MQTT-4.12.0-7].
        Some("AUTH") => *said == [0xE0, 2, 0x82, 0],
        // Above the maximum, or never set [MQTT-3.3.2-9].
        Some("PUBLISH") if packet.contains("TopicAlias") => *said == [0xE0, 2, 0x94, 0],
        // The broker's own topics: version 3 cannot be told.
        Some("PUBLISH") => packet.contains("'$SYS/") && said.is_empty(),
        Some("CONNECT") if packet.contains("AuthenticationMethod") => {
            *said == [0x20, 3, 0, 0x8C, 0]
        }
        // Smaller than any CONNACK.
        Some("CONNECT") if packet.contains("MaximumPacketSize(1)") => said.is_empty(),
        Some("CONNECT") if packet.contains("will(q0 '$SYS/") => {
            matches!(said, [0x20, 3, 0, 0x87, 0] | [0x20, 2, 0, 5])
        }
        // Version 3.1 has no empty identifiers, 3.1.1 with clean session only [MQTT-3.1.3-8].
        Some("CONNECT") if packet.contains("id=''") => *said == [0x20, 2, 0, 2],
        _ => false,
    }
}

fn rows(cases: Vec<Case>, valid: bool) -> Vec<Case> {
    cases.into_iter().filter(|case| case.is_valid() == valid).collect()
}

// MQTT-4.8.0-1, MQTT-4.13.1-1, MQTT-4.13.2-1 and each row's own statement.
#[test]
fn each_refused_row_ends_its_connection_with_its_reason_and_no_other() {
    send_all(&rows(from_clients(cases::written()), false), THREADS, refused);
}

#[test]
fn each_derived_row_that_is_refused_ends_its_connection_with_its_reason() {
    send_all(&rows(sample(), false), THREADS, refused);
}

#[test]
fn each_valid_row_is_taken() {
    send_all(&rows(from_clients(cases::written()), true), 1, taken);
}

#[test]
fn each_derived_row_that_is_valid_is_taken() {
    send_all(&rows(sample(), true), 1, taken);
}
