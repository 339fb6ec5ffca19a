//! Part 0 of a load that several machines share is there for the others until the start.

use std::time::{Duration, SystemTime};

use mq::net::clock;

use crate::support::broker::{Broker, Got};
use crate::support::mq::start;

/// So long after now.
fn later(time: Duration) -> String {
    let since = (clock::wall() + time).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    jiff::Timestamp::from_second(since.as_secs().try_into().unwrap()).unwrap().to_string()
}

#[test]
fn part_0_pings_while_nobody_asks_and_comes_back_when_it_is_cut_off() {
    let broker = Broker::new();
    let (port, begin) = (broker.port(), later(Duration::from_hours(1)));
    let words = ["bench", "connect", "-p", &port, "--clients", "2", "-k", "1"];
    let part = ["--index", "0", "--of", "2", "--start-at", &begin];
    let running = start(words.iter().chain(&part));
    let (mut line, hello) = broker.welcome();
    assert_eq!(hello.keep_alive, 1);
    let asked = line.grant();
    assert!(asked.len() == 1 && asked[0].0.ends_with("/ask"), "{asked:?}");
    // A broker drops who is silent for one and a half of these.
    for _ in 0..2 {
        assert!(matches!(line.next(), Got::Pingreq));
        line.raw(&[0xD0, 0]);
    }
    drop(line);
    let (mut again, _) = broker.welcome();
    assert_eq!(again.grant(), asked);
    drop(running);
}
