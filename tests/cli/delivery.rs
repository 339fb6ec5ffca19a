//! `--stats`: what became of the messages, told at the end, whatever end that is.

use mq::codec::Reason;
use rustix::process::Signal;

use crate::support::broker::{Broker, Got};
use crate::support::mq::{Running, start};

fn publishing(broker: &Broker, words: &[&str]) -> Running {
    start(["pub", "-t", "a", "--stats", "-p", &broker.port()].iter().chain(words))
}

/// The lines that begin with these words, each.
#[track_caller]
fn tells(stderr: &str, lines: &[(&str, &str)]) {
    for (begin, end) in lines {
        let found = stderr.lines().any(|line| line.starts_with(begin) && line.ends_with(end));
        assert!(found, "{begin:?} {end:?} is missing in: {stderr}");
    }
}

#[test]
fn what_was_acknowledged_is_counted_and_timed() {
    let broker = Broker::new();
    let mut running = publishing(&broker, &["-l", "-q", "1"]);
    running.feed("one\nthree\n\n");
    broker.welcome().0.take_all();
    let stderr = running.finish().exits(0).stderr;
    tells(
        &stderr,
        &[
            ("Sent 3 messages, 8 bytes, in ", " MB/s"),
            ("Acknowledged 3 of 3, refused 0, pending 0, sent again 0, reconnects 0", ""),
            ("Latency of 3 acknowledgements: min ", ""),
        ],
    );
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
    // Without it, nothing is told.
    let broker = Broker::new();
    let running = start(["pub", "-t", "a", "-q", "1", "-m", "x", "-p", &broker.port()]);
    broker.welcome().0.take_all();
    assert_eq!(running.finish().exits(0).stderr, "");
}

#[test]
fn quality_0_has_no_acknowledgements() {
    for words in [&["-m", "four"][..], &["-m", "four", "--quiet"], &["--tsv"]] {
        let broker = Broker::new();
        let mut running = publishing(&broker, words);
        running.feed("\tfour\n");
        broker.welcome().0.take_all();
        let stderr = running.finish().exits(0).stderr;
        let none = "No acknowledgements at QoS 0, refused 0, pending 0, sent again 0, reconnects 0";
        tells(&stderr, &[("Sent 1 messages, 4 bytes, in ", ""), (none, "")]);
        assert_eq!(stderr.lines().count(), 2, "{stderr}");
    }
}

#[test]
fn what_went_twice_is_told_and_what_was_refused() {
    let broker = Broker::new();
    let mut running = publishing(&broker, &["-l", "-q", "1"]);
    running.write("1\n2\n3\n4\n");
    let mut peer = broker.welcome().0;
    let sent: Vec<_> = (0..4).map(|_| peer.message()).collect();
    peer.puback(sent[0].id, Reason::NotAuthorized);
    peer.puback(sent[1].id, Reason::Success);
    drop(peer);
    // The session is gone: two go again.
    let mut peer = broker.welcome().0;
    let again: Vec<_> = (0..2).map(|_| peer.message()).collect();
    // One of them a third time.
    peer.puback(again[0].id, Reason::Success);
    peer.puback(again[1].id, Reason::QuotaExceeded);
    let third = peer.message();
    assert_eq!(third.payload, again[1].payload);
    peer.puback(third.id, Reason::Success);
    running.feed("");
    peer.take_all();
    let stderr = running.finish().exits(4).stderr;
    tells(
        &stderr,
        &[
            ("Sent 3 messages, 4 bytes, in ", ""),
            ("Acknowledged 3 of 4, refused 1, pending 0, sent again 3, reconnects 1", ""),
            ("Latency of 3 acknowledgements", ""),
        ],
    );
}

#[test]
fn a_session_that_goes_on_sends_again_too() {
    let broker = Broker::new();
    let mut running = publishing(&broker, &["-l", "-q", "2"]);
    running.feed("1\n2\n");
    let mut peer = broker.welcome().0;
    let first = peer.message();
    peer.message();
    peer.pubrec(first.id);
    assert_eq!(peer.next(), Got::Pubrel(first.id));
    drop(peer);
    let mut peer = broker.accept();
    peer.hello();
    peer.connack(true, &[]);
    peer.take_all();
    let stderr = running.finish().exits(0).stderr;
    // Of the first message only PUBREL goes again.
    tells(
        &stderr,
        &[("Acknowledged 2 of 2, refused 0, pending 0, sent again 1, reconnects 1", "")],
    );
}

#[test]
fn a_signal_and_a_lost_link_are_ends_too() {
    let broker = Broker::new();
    let mut running = publishing(&broker, &["-l", "-q", "1"]);
    running.write("1\n2\n");
    let mut peer = broker.welcome().0;
    let first = peer.message();
    peer.message();
    peer.puback(first.id, Reason::Success);
    peer.pubrel(9);
    assert_eq!(peer.next(), Got::Pubcomp(9));
    running.signal(Signal::INT);
    while !matches!(peer.next(), Got::Disconnect { .. }) {}
    let finished = running.finish();
    assert_eq!(finished.signal, Some(2));
    let line = "Acknowledged 1 of 2, refused 0, pending 1, sent again 0, reconnects 0";
    tells(&finished.stderr, &[(line, "")]);

    let broker = Broker::new();
    let running = publishing(&broker, &["-m", "x", "-q", "1"]);
    broker.welcome().0.message();
    drop(broker);
    let finished = running.finish().exits(3).says("mq: ");
    let line = "Acknowledged 0 of 1, refused 0, pending 1, sent again 0, reconnects 0";
    tells(&finished.stderr, &[(line, "")]);

    let broker = Broker::new();
    let mut running = publishing(&broker, &["-l", "-q", "1", "--give-up", "0.2"]);
    running.write("1\n");
    broker.welcome().0.message();
    drop(broker);
    let finished = running.finish().exits(3);
    tells(&finished.stderr, &[(line, "")]);
}
