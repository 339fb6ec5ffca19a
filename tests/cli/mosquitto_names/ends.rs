//! Every way to end: the same code, the same sentence.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal};

use mq::codec::Qos;

use crate::support::broker::{Broker, Got};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::spawn;
use crate::support::names::{Names, Whose};

/// A broker that answers what it is told to, to each client anew: CONNACK, then one thing more.
struct Scripted {
    port: String,
    _thread: JoinHandle<()>,
}

impl Scripted {
    /// Without an answer the connection is closed.
    fn new(answers: &'static [&'static [u8]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let serve = move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                for answer in answers {
                    if matches!(stream.read(&mut buffer), Ok(1..)) {
                        let _ = stream.write_all(answer);
                    }
                }
                // What the client says last is taken, so that the end is no reset.
                let _ = stream.shutdown(std::net::Shutdown::Write);
                while matches!(stream.read(&mut buffer), Ok(1..)) {}
            }
        };
        Self { port, _thread: std::thread::spawn(serve) }
    }
}

const ACCEPTED_V3: &[u8] = &[0x20, 2, 0, 0];
const ACCEPTED_V5: &[u8] = &[0x20, 3, 0, 0, 0];

#[test]
#[ignore = "needs mosquitto_pub"]
fn without_a_broker_the_system_has_the_word() {
    let names = Names::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    for words in [&["-p", &free][..], &["--unix", "/no/such/socket"], &["-h", "no.invalid"]] {
        for (name, more) in
            [("mosquitto_pub", &["-t", "a", "-m", "x"][..]), ("mosquitto_sub", &["-t", "a"])]
        {
            let words: Vec<_> = words.iter().chain(more).collect();
            let both = names.both(name, &words);
            assert_eq!(both.difference(), None, "{name} {words:?}");
            assert_eq!(both.ours.code, Some(1), "{name} {words:?}");
            let quiet = names.both(name, words.iter().chain(&[&"--quiet"]));
            assert_eq!(quiet.ours.code, quiet.theirs.code, "{words:?}");
            assert_eq!(quiet.ours.stderr, "", "{words:?}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_refused_login_ends_with_the_number_of_connack() {
    let broker = Mosquitto::start(&["allow_anonymous false"], &[]);
    let names = Names::new();
    for (version, code) in [("31", 5), ("311", 5), ("5", 135)] {
        for (name, more) in [("mosquitto_pub", &["-m", "x"][..]), ("mosquitto_sub", &[])] {
            let words = ["-t", "a", "-V", version, "-p", &broker.port];
            let words: Vec<_> = words.iter().chain(more).collect();
            let both = names.both(name, &words).agree();
            assert_eq!(both.ours.code, Some(code), "{words:?}");
            let quiet = names.both(name, words.iter().chain(&[&"--quiet"])).agree();
            assert_eq!(quiet.ours.stderr, "");
        }
    }
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn a_broker_of_another_version_is_told_as_debians_clients_tell_it() {
    let names = Names::new();
    let broker = Scripted::new(&[&[0x20, 2, 0, 1]]);
    for version in ["31", "311", "5"] {
        for (name, more) in [("mosquitto_pub", &["-m", "x"][..]), ("mosquitto_sub", &[])] {
            let words = ["-t", "a", "-V", version, "-p", &broker.port];
            let words: Vec<_> = words.iter().chain(more).collect();
            let both = names.both(name, &words);
            assert_eq!(both.difference(), None, "{name} {words:?}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn a_lost_connection_ends_a_publisher_with_7() {
    let names = Names::new();
    for (broker, words) in [
        (Scripted::new(&[]), &["-m", "x"][..]),
        (Scripted::new(&[ACCEPTED_V3]), &["-m", "x", "-q", "1"]),
        (Scripted::new(&[ACCEPTED_V3]), &["-m", "x", "-q", "2"]),
    ] {
        let words: Vec<_> = ["-t", "a", "-p", &broker.port].iter().chain(words).copied().collect();
        let both = names.both("mosquitto_pub", &words);
        assert_eq!(both.difference(), None, "{words:?}");
        assert_eq!(both.ours.code, Some(7), "{words:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn a_broker_that_leaves_ends_a_publisher_with_4() {
    let names = Names::new();
    let broker = Scripted::new(&[ACCEPTED_V5, &[0xE0, 2, 0x8B, 0]]);
    let words = ["-t", "a", "-m", "x", "-q", "1", "-V", "5", "-p", &broker.port];
    let both = names.both("mosquitto_pub", words).agree();
    assert_eq!(both.ours.code, Some(4));
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn denied_subscriptions_end_with_0_when_all_are() {
    let names = Names::new();
    let v3 = Scripted::new(&[ACCEPTED_V3, &[0x90, 4, 0, 1, 0x80, 0x80]]);
    let v5 = Scripted::new(&[ACCEPTED_V5, &[0x90, 5, 0, 1, 0, 0x87, 0x8F]]);
    for (broker, version) in [(&v3, "311"), (&v5, "5")] {
        for more in [&[][..], &["-E"], &["-d"], &["--quiet"]] {
            let words = ["-t", "a", "-t", "b", "-V", version, "-p", &broker.port];
            let words: Vec<_> = words.iter().chain(more).collect();
            let both = names.both("mosquitto_sub", &words);
            assert_eq!(both.difference(), None, "{words:?}");
            assert_eq!(both.ours.code, Some(0), "{words:?}");
        }
    }
    let some = Scripted::new(&[ACCEPTED_V3, &[0x90, 4, 0, 1, 0x80, 0]]);
    names.both("mosquitto_sub", ["-t", "a", "-t", "b", "-E", "-p", &some.port]).agree();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_refused_message_is_a_warning() {
    let acl = "topic read open/#\ntopic write open/#\n";
    let broker = Mosquitto::start(&["allow_anonymous true", "acl_file DIR/acl"], &[("acl", acl)]);
    let names = Names::new();
    for qos in ["1", "2"] {
        for more in [&[][..], &["--quiet"]] {
            let words = ["-t", "shut", "-m", "x", "-q", qos, "-V", "5", "-p", &broker.port];
            let both = names.both("mosquitto_pub", words.iter().chain(more)).agree();
            assert_eq!(both.ours.code, Some(0));
        }
    }
    let lines = ["-t", "shut", "-l", "-q", "1", "-V", "5", "-p", &broker.port];
    let mut running = names.start("mosquitto_pub", lines);
    running.feed("a\n\nb");
    let finished = running.finish().exits(0);
    let warned = "Warning: Publish 1 failed: Not authorized.\n\
                  Warning: Publish 2 failed: Not authorized.\n\
                  Warning: Publish 3 failed: Not authorized.\n";
    assert_eq!(finished.stderr, warned);
}

#[test]
#[ignore = "needs mosquitto"]
fn what_the_broker_does_not_take_is_told_by_publishers() {
    let broker = Mosquitto::start(&["allow_anonymous true", "max_qos 0"], &[]);
    let names = Names::new();
    let words = ["-t", "a", "-m", "x", "-q", "1", "-V", "5", "-p", &broker.port];
    names.both("mosquitto_pub", words).agree();
}

#[test]
#[ignore = "needs mosquitto"]
fn a_passed_time_limit_is_27() {
    let broker = Mosquitto::open();
    let names = Names::new();
    for version in ["311", "5"] {
        let words = ["-t", "a", "-W", "1", "-V", version, "-p", &broker.port];
        let both = names.both("mosquitto_sub", words).agree();
        assert_eq!((both.ours.code, both.ours.stderr.as_str()), (Some(27), "Timed out\n"));
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    // Before CONNACK 2.0.11 ends with 255 and says nothing.
    let finished = names.run("mosquitto_sub", ["-t", "a", "-W", "1", "-p", &port]).exits(27);
    assert_eq!(finished.stderr, "Timed out\n");
}

#[test]
fn a_subscriber_goes_on_when_the_broker_closes_before_it_has_accepted() {
    let names = Names::new();
    // A plain client at a port that wants TLS, say; a broker that is not ready yet.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let words = ["-t", "a", "-C", "1", "-p", &port];
    let running = names.start("mosquitto_sub", words);
    for _ in 0..3 {
        drop(listener.accept().unwrap());
    }
    let (mut stream, _) = listener.accept().unwrap();
    let mut buffer = [0; 4096];
    for answer in [ACCEPTED_V3, &[0x90, 3, 0, 1, 0, 0x30, 4, 0, 1, b'a', b'x']] {
        assert!(stream.read(&mut buffer).unwrap() > 0);
        stream.write_all(answer).unwrap();
    }
    let finished = running.finish().exits(0).prints("x\n");
    assert_eq!(finished.stderr, "");
}

#[test]
#[ignore = "needs mosquitto"]
fn signals_end_a_subscriber_with_0_and_kill_a_publisher() {
    let broker = Mosquitto::open();
    let names = Names::new();
    let port = broker.port.as_str();
    names.run("mosquitto_pub", ["-t", "a", "-m", "kept", "-r", "-p", port]).exits(0);
    for whose in [Whose::Debians, Whose::Ours] {
        for signal in [Signal::INT, Signal::TERM] {
            let mut child =
                names.command(whose, "mosquitto_sub", ["-t", "a", "-p", port]).spawn().unwrap();
            // It is subscribed once it has printed something.
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            send(&child, signal);
            assert_eq!(child.wait().unwrap().code(), Some(0), "{whose:?} {signal:?}");

            let topic = format!("{whose:?}/{}", signal.as_raw());
            let words = ["-t", &topic, "-l", "-r", "-p", port];
            let mut child =
                names.command(whose, "mosquitto_pub", words).stdin(Stdio::piped()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(b"x\n").unwrap();
            names.run("mosquitto_sub", ["-t", &topic, "-C", "1", "-p", port]).exits(0);
            send(&child, signal);
            let status = child.wait().unwrap();
            assert_eq!(status.signal(), Some(signal.as_raw()), "{whose:?} {signal:?}");
        }
    }
}

#[test]
fn a_signal_before_the_broker_has_accepted_ends_a_subscriber_with_255() {
    let names = Names::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    let mut child =
        names.command(Whose::Ours, "mosquitto_sub", ["-t", "a", "-p", &port]).spawn().unwrap();
    let (mut stream, _) = silent.accept().unwrap();
    assert!(stream.read(&mut [0; 64]).unwrap() > 0);
    send(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(255));
}

fn send(child: &Child, signal: Signal) {
    let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn a_removal_that_is_never_acknowledged_ends_with_27_though_the_count_was_met() {
    let names = Names::new();
    for whose in [Whose::Debians, Whose::Ours] {
        for (more, told) in [(&["-C", "1"][..], "Timed out\n"), (&["-C", "1", "--quiet"], "")] {
            let broker = Broker::new();
            let words = ["-t", "a", "--remove-retained", "-W", "1", "-p", &broker.port()];
            let running =
                spawn(&mut names.command(whose, "mosquitto_sub", words.iter().chain(more)));
            let mut peer = broker.welcome().0;
            peer.grant();
            peer.retained("a", b"x", Qos::AtMostOnce, 0);
            peer.message();
            assert!(matches!(peer.next(), Got::Disconnect { .. }), "{whose:?}");
            drop(peer);
            assert_eq!(running.finish().exits(27).prints("x\n").stderr, told, "{whose:?}");
        }
    }
}

#[test]
#[ignore = "needs mosquitto_rr"]
fn a_message_that_was_queued_before_the_request_is_its_answer() {
    let names = Names::new();
    for whose in [Whose::Debians, Whose::Ours] {
        let broker = Broker::new();
        let words = ["-t", "ask", "-e", "back", "-m", "x", "-q", "1", "-c", "-i", "me", "-W", "2"];
        let words = words.iter().chain(&["-p"]).copied().map(str::to_owned);
        let words = words.chain([broker.port()]);
        let running = spawn(&mut names.command(whose, "mosquitto_rr", words));
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(true, &[]);
        peer.publish("back", b"old", Qos::AtLeastOnce, 7);
        peer.subscription();
        assert_eq!(peer.next(), Got::Puback(7), "{whose:?}");
        // Nothing is asked.
        let end = peer.next();
        assert!(matches!(end, Got::Disconnect { .. } | Got::Closed), "{whose:?}: {end:?}");
        drop(peer);
        assert_eq!(running.finish().exits(0).prints("old\n").stderr, "", "{whose:?}");
    }
}
