//! The same options for `mq sub` and for Debian's `mosquitto_sub`, against the same broker.

use std::io::Read;
use std::process::{Command, Stdio};

use mq::codec::{Properties, PropertyBuffer, Publish, Qos, Reason};

use crate::support::broker::{Broker, Got, Hello, Peer};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{command, run};

/// What a script of the broker's saw, and what the program printed.
#[derive(Debug, PartialEq)]
struct Seen {
    packets: Vec<Got>,
    stdout: String,
    code: Option<i32>,
}

/// Both programs, in turn, with the same words and the same script.
fn both(words: &[&str], script: impl Fn(&mut Peer) -> Vec<Got>) -> [Seen; 2] {
    let broker = Broker::new();
    let port = broker.port();
    [command(["sub"]), Command::new("mosquitto_sub")].map(|mut program| {
        program.args(words).args(["-h", "127.0.0.1", "-p", &port]);
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = program.spawn().unwrap();
        let (mut peer, hello) = broker.welcome();
        let mut packets = vec![Got::Connect(plain(hello))];
        packets.extend(script(&mut peer));
        let mut stdout = String::new();
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        Seen { packets, stdout, code: child.wait().unwrap().code() }
    })
}

/// Without what is no business of the options: the number of the process, and the receive maximum
/// of 20 that theirs always announces.
fn plain(hello: Hello) -> Hello {
    let client_id = hello.client_id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let receive_maximum = hello.receive_maximum.filter(|maximum| *maximum != 20);
    // What is in the properties is in the fields too.
    let properties = PropertyBuffer::new();
    Hello { client_id: client_id.to_owned(), receive_maximum, properties, ..hello }
}

/// Reads SUBSCRIBE and grants it; as one packet of those that were seen.
fn granted(peer: &mut Peer) -> Got {
    let (id, filters) = peer.subscription();
    let codes: Vec<u8> = filters.iter().map(|(_, options)| options.qos as u8).collect();
    peer.suback(id, &codes);
    Got::Subscribe { id, filters, properties: PropertyBuffer::new() }
}

fn rest(peer: &mut Peer) -> Vec<Got> {
    let mut all = Vec::new();
    loop {
        match peer.next() {
            Got::Closed => return all,
            got => all.push(got),
        }
    }
}

#[track_caller]
fn equal([ours, theirs]: [Seen; 2]) -> Seen {
    assert_eq!(ours, theirs, "ours on the left");
    ours
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn connect_and_subscribe_ask_for_the_same() {
    for words in [
        &["-V", "5"][..],
        &["-V", "311"],
        &["-V", "5", "-c", "-i", "me"],
        &["-V", "5", "-x", "90"],
        &["-V", "5", "-x", "-1", "-i", "me"],
        &["-V", "311", "-c", "-i", "me", "-k", "17"],
        &["-V", "5", "-I", "dev-"],
        &["-V", "5", "-q", "2", "-t", "b/#"],
        &["-V", "5", "-R"],
        &["-V", "311", "-R"],
        &["-V", "5", "--retain-as-published"],
        &["-V", "5", "-C", "3"],
        &["-V", "5", "-M", "5"],
    ] {
        let seen = equal(both(&[&["-t", "a", "-E"], words].concat(), |peer| {
            let mut packets = vec![granted(peer)];
            packets.extend(rest(peer));
            packets
        }));
        assert_eq!(seen.code, Some(0), "{words:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn filters_are_unsubscribed_alike() {
    for version in ["5", "311"] {
        let words = ["-t", "a", "-U", "b", "-U", "c/#", "-E", "-V", version];
        equal(both(&words, |peer| {
            // All is written before anything is answered; theirs ends with SUBACK.
            let (id, filters) = peer.subscription();
            let mut packets =
                vec![Got::Subscribe { id, filters, properties: PropertyBuffer::new() }];
            for _ in 0..2 {
                packets.push(peer.next());
            }
            for packet in &packets[1..] {
                let Got::Unsubscribe { id, .. } = packet else { panic!("{packet:?}") };
                peer.unsuback(*id, 0);
            }
            peer.suback(id, &[0]);
            packets.extend(rest(peer));
            packets
        }));
    }
}

/// Retained and fresh messages of several topics.
fn messages(peer: &mut Peer) {
    let more = ("c/2", &b"more"[..], false);
    peer.deliver_all(&[
        ("a/1", b"old one", true),
        ("b/1", b"old two", true),
        ("a/1", b"new one", false),
        ("b/1", b"new two", false),
        ("$SYS/1", b"new three", false),
        more,
        more,
        more,
        more,
        more,
    ]);
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn the_same_messages_are_printed_and_counted() {
    for words in [
        &["-C", "3"][..],
        &["-C", "3", "-v"],
        &["-C", "3", "-N"],
        &["-C", "3", "-R"],
        &["-C", "3", "-R", "-V", "5"],
        &["-C", "3", "-T", "a/#"],
        &["-C", "3", "-T", "+/1", "-v"],
        &["-C", "2", "-T", "#", "-T", "a/1", "-W", "1"],
        &["-C", "3", "-T", "a/1", "-T", "$SYS/#", "-v"],
        &["--retained-only"],
        &["--retained-only", "-v", "-C", "1"],
        &["--retained-only", "-T", "+/1"],
    ] {
        let cut_short = words.contains(&"-W");
        let seen = both(&[&["-t", "#"], words].concat(), |peer| {
            granted(peer);
            messages(peer);
            rest(peer).into_iter().filter(|got| !matches!(got, Got::Disconnect { .. })).collect()
        });
        let [ours, theirs] = seen;
        assert_eq!((&ours.stdout, ours.packets.len()), (&theirs.stdout, theirs.packets.len()));
        if cut_short {
            assert_eq!((ours.code, theirs.code), (Some(5), Some(27)));
        } else {
            assert_eq!((ours.code, theirs.code), (Some(0), Some(0)), "{words:?}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn retained_messages_are_removed_alike() {
    for words in
        [&["-C", "2"][..], &["-C", "3", "-T", "a/#"], &["--retained-only"], &["-C", "2", "-R"]]
    {
        let words = [&["-t", "#", "--remove-retained", "-V", "5"], words].concat();
        let removes = !words.contains(&"-R");
        // 2.0.11 does not end by itself after a removal, whatever its manual says.
        let [ours, theirs] = both(&[&words[..], &["-W", "1"]].concat(), |peer| {
            let mut packets = vec![granted(peer)];
            messages(peer);
            loop {
                match peer.next() {
                    Got::Closed => return packets,
                    Got::Disconnect { .. } => {}
                    got => {
                        if let Got::Publish(removal) = &got {
                            peer.puback(removal.id, Reason::Success);
                        }
                        packets.push(got);
                    }
                }
            }
        });
        assert_eq!((&ours.packets, &ours.stdout), (&theirs.packets, &theirs.stdout), "{words:?}");
        assert_eq!(ours.code, Some(0), "{words:?}");
        let count = ours.packets.iter().filter(|got| matches!(got, Got::Publish(_))).count();
        assert_eq!(count > 0, removes, "{ours:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn the_will_is_published_at_the_end_of_time_when_that_is_asked_for() {
    // Theirs always asks for it; ours when the front end says so, and else leaves in order.
    let [ours, theirs] = both(&["-t", "a", "-W", "1", "-V", "5"], |peer| {
        granted(peer);
        rest(peer)
    });
    let last = |seen: &Seen| match seen.packets.last() {
        Some(Got::Disconnect { reason, .. }) => *reason,
        other => panic!("{other:?}"),
    };
    assert_eq!((last(&ours), last(&theirs)), (Reason::Success, Reason::DisconnectWithWill));
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn with_debians_broker_both_print_the_same() {
    let broker = Mosquitto::open();
    let port = broker.port.as_str();
    let fill = || {
        for (topic, payload) in [("a/1", "one"), ("a/2", "two"), ("b/1", "three"), ("c", "")] {
            run(["pub", "-t", topic, "-m", payload, "-r", "-q", "1", "-p", port]).exits(0);
        }
    };
    for words in [
        &["-t", "a/+", "-v", "-C", "2"][..],
        &["-t", "#", "-T", "a/#", "-v", "-C", "1"],
        &["-t", "#", "-T", "+/1", "-C", "1", "-q", "2"],
        &["-t", "a/1", "-t", "b/#", "-C", "2", "-v", "-N"],
        &["-t", "#", "--retain-as-published", "-V", "5", "-C", "3", "-v"],
        &["-t", "#", "--remove-retained", "--retained-only", "-v", "-W", "1"],
        &["-t", "a/1", "--remove-retained", "-C", "1", "-W", "1"],
        &["-t", "a/#", "-E", "-q", "1"],
        &["-t", "a/#", "-U", "a/#", "-E"],
    ] {
        let mut outcomes = Vec::new();
        for mut program in [command(["sub"]), Command::new("mosquitto_sub")] {
            fill();
            let output = program.args(words).args(["-p", port]).output().unwrap();
            let left = run(["sub", "-t", "#", "-v", "-W", "0.3", "-p", port]).stdout;
            let mut lines: Vec<_> = left.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            lines.sort();
            let code = output.status.code();
            // 2.0.11 does not end by itself after a removal.
            let code = code.filter(|code| *code != 27).or(Some(0));
            outcomes.push((code, output.stdout, lines));
        }
        assert_eq!(outcomes[0], outcomes[1], "{words:?}");
        assert_eq!(outcomes[0].0, Some(0), "{words:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn a_message_that_was_taken_is_acknowledged_alike() {
    for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce] {
        equal(both(&["-t", "a", "-q", "2", "-C", "1", "-V", "311"], |peer| {
            granted(peer);
            peer.deliver(&Publish {
                dup: true,
                qos,
                retain: false,
                topic: "a",
                id: Some(std::num::NonZeroU16::MAX),
                properties: Properties::EMPTY,
                payload: b"x",
            });
            let mut packets = vec![peer.next()];
            if qos == Qos::ExactlyOnce {
                peer.pubrel(u16::MAX);
                packets.push(peer.next());
            }
            packets.extend(rest(peer));
            packets
        }));
    }
}
