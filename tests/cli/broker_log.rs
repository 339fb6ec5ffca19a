//! The log of `mq broker`: calm, explained, and nobody's to write but the broker's.

use std::io::{Read as _, Write as _};

use mq::codec::{Connect, Packet};
use rustix::process::Signal;

use super::own_broker::{call, hello, serve, shake_hands};
use crate::support::certificates::Authority;
use crate::support::mq::{command, run};
use crate::support::scratch::Scratch;
use crate::support::terminal::AtTerminal;

/// Whether a line begins with a time as RFC 3339 has it, and a space.
fn is_timed(line: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let begin: String = line.chars().take(28).map(shape).collect();
    begin == "0000-00-00T00:00:00.000000Z "
}

/// A client that comes with this, and is waited for until the broker has closed.
fn knock(url: &str, connect: Connect<'_>) {
    let mut stream = call(
        url,
        &[
            Packet::Connect(connect),
            Packet::Disconnect(mq::codec::Disconnect {
                reason: mq::codec::Reason::Success,
                properties: mq::codec::Properties::EMPTY,
            }),
        ],
    );
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
}

#[test]
fn each_event_is_a_line_with_its_time() {
    let serving = serve(&["-p", "0"]);
    run(["pub", "-p", serving.port(), "-i", "me", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    let log = serving.stop().exits(0).stderr;
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines.iter().all(|line| is_timed(line)), "{log}");
    assert!(lines[0][28..].starts_with("me connected from 127.0.0.1:"), "{log}");
    assert!(lines[1].ends_with(": disconnected"), "{log}");
}

#[test]
fn subscriptions_are_told_to_who_wants_more() {
    let serving = serve(&["-p", "0", "-v"]);
    run(["sub", "-p", serving.port(), "-i", "me", "-q", "1", "-t", "a/#", "-E"]).exits(0);
    serving.stop().says("subscribed to a/#, QoS 1");
}

#[test]
fn row_48_a_peer_writes_no_line_of_the_log() {
    let serving = serve(&["-p", "0", "--user", "alice:secret", "--acl", "alice read a"]);
    let evil = "x\n2026-11-21T00:00:00.000000Z root connected\r\t\u{1b}[2J\u{202e}";
    // An identifier of somebody who is let in, one of somebody who is not, a name, a topic.
    let login = Connect { username: Some("alice"), password: Some(b"secret"), ..hello(evil) };
    knock(&serving.url, login);
    knock(&serving.url, hello(evil));
    knock(&serving.url, Connect { username: Some(evil), password: Some(b""), ..hello("c") });
    let port = serving.port();
    let login =
        ["pub", "-p", port, "-u", "alice", "-P", "secret", "-V", "311", "-q", "1", "-m", "x"];
    run(login.iter().chain(&["-i", "t", "-t", evil])).exits(0);
    let log = serving.stop().exits(0).stderr;
    // Two connections that come and go, two that are refused, one message that is denied.
    assert_eq!(log.lines().count(), 7, "{log}");
    assert!(log.lines().all(is_timed), "{log}");
    let shown = log.lines().filter(|line| line.contains("[2J") && line.contains("\\n2026"));
    assert_eq!(shown.count(), 5, "{log}");
    assert!(!log.contains(['\u{1b}', '\r', '\t', '\u{202e}']), "{log}");
}

#[test]
fn row_38_one_peer_does_not_fill_the_log() {
    let serving = serve(&["-p", "0"]);
    for number in 0..400 {
        drop(shake_hands(&serving.url, &format!("c{number}")));
    }
    // Another peer is told of all the same.
    let (ip6, port) = ("::1", serving.port().to_owned());
    run(["pub", "-h", ip6, "-p", &port, "-i", "other", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    let log = serving.stop().exits(0).stderr;
    let of_flood = log.lines().filter(|line| line.contains("from 127.0.0.1:")).count();
    assert_eq!(of_flood, 100, "{log}");
    assert!(log.contains("127.0.0.1: 700 more lines about it are left out"), "{log}");
    assert!(log.contains("other connected from [::1]:"), "{log}");
}

/// With all that is told, and in mosquitto's form as well.
#[test]
fn row_38_who_never_gets_in_does_not_fill_the_log() {
    let scratch = Scratch::new("log-flood");
    let authority = Authority::new("flood");
    let issued = authority.issue(|_| {});
    let certificate = scratch.write("cert", issued.pem());
    let key = scratch.write("key", issued.key_pem());
    let tls = format!("certfile {certificate}\nkeyfile {key}\n");
    for (name, lines, told) in [
        ("ours", String::new(), "it speaks HTTP"),
        (
            "theirs",
            "log_timestamp false\nlog_type all\n".to_owned(),
            "Client <unknown> disconnected",
        ),
    ] {
        let lines = format!("listener 0 127.0.0.1\nallow_anonymous true\n{tls}{lines}");
        let config = scratch.write(name, lines);
        let serving = serve(&["-c", &config, "-v"]);
        let address = format!("127.0.0.1:{}", serving.port());
        for _ in 0..150 {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let log = serving.stop().exits(0).stderr;
        assert_eq!(log.matches(told).count(), 100, "{log}");
        assert!(log.contains("127.0.0.1: 50 more lines about it are left out"), "{log}");
        assert!(log.lines().count() < 250, "{log}");
    }
}

#[test]
fn guessed_passwords_do_not_fill_the_log_either() {
    let serving = serve(&["-p", "0", "--user", "alice:secret"]);
    for _ in 0..100 {
        knock(
            &serving.url,
            Connect { username: Some("alice"), password: Some(b"guess"), ..hello("c") },
        );
    }
    let log = serving.stop().exits(0).stderr;
    let told = log.lines().filter(|line| line.contains("the password of user")).count();
    assert_eq!(told, 20, "{log}");
    assert!(log.contains("80 more are not let in"), "{log}");
    assert!(!log.contains("guess"), "{log}");
}

#[test]
fn a_terminal_sees_the_time_of_day_in_colours_and_no_sequence_of_a_peer() {
    for (variable, coloured) in [("X", true), ("NO_COLOR", false)] {
        let files = Scratch::new(&format!("log-{variable}"));
        let ready = files.path().join("ready");
        let words = ["broker", "-p", "0", "--ready-file", ready.to_str().unwrap()];
        let mut command = command(words);
        let running = AtTerminal::start(command.env(variable, "1").env("TZ", "UTC"));
        let url = running.shows("mqtt://127.0.0.1:");
        let url = url.lines().next().unwrap().trim().to_owned();
        running.shows(&format!("{url}\n"));
        let url = std::fs::read_to_string(&ready).unwrap();
        drop(shake_hands(&url, "me\u{1b}[2J"));
        running.shows("connection lost");
        running.signal(Signal::TERM);
        let shown = String::from_utf8(running.finish().1).unwrap();
        let line = shown.lines().find(|line| line.contains(" connected from")).unwrap();
        let plain = line.strip_prefix("\u{1b}[2m").unwrap_or(line);
        assert_eq!(plain.len() != line.len(), coloured, "{line:?}");
        let time: Vec<_> = plain[..8].split(':').map(str::len).collect();
        assert_eq!(time, [2, 2, 2], "{line:?}");
        assert!(line.contains("me\\x1b[2J"), "{line:?}");
    }
}

#[test]
fn two_clients_with_one_id_and_a_wrong_password_are_explained() {
    let serving = serve(&["-p", "0", "-q", "--user", "alice:secret"]);
    let port = serving.port();
    let login = ["-u", "alice", "-P"];
    let publish = ["pub", "-p", port, "-t", "a", "-m", "x"];
    run(publish.iter().chain(&login).chain(&["wrong"])).exits(4);
    let twins: Vec<_> = (0..4)
        .map(|_| {
            let connect =
                Connect { username: Some("alice"), password: Some(b"secret"), ..hello("twin") };
            let mut stream = call(&serving.url, &[Packet::Connect(connect)]);
            stream.read_exact(&mut [0; 4]).unwrap();
            stream
        })
        .collect();
    let log = serving.stop().exits(0);
    drop(twins);
    log.says("the password of user \"alice\" is wrong").says("throw each other off");
}
