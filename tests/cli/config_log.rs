//! Where a configuration sends the log: the broker's own topics, and the system's log.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::access::client;
use super::config::{AGAIN, Site, reload};
use super::support::PATIENCE;
use super::support::mosquitto::Mosquitto;
use super::support::mq::{Running, run, spawn, start};
use super::support::names::Names;
use super::support::scratch::Scratch;

/// Follows the log's topics, a line `TOPIC LINE` each; who has a login has the password `pw`.
fn follow(port: &str, user: &str, more: &[&str]) -> Running {
    let words = ["sub", "-p", port, "-i", "watcher", "-t", "$SYS/broker/log/#", "-v"];
    let login = ["-u", user, "-P", "pw"];
    let login = if user.is_empty() { &[][..] } else { &login };
    let ready = ["--", "sh", "-c", "echo watching >&2; exec cat"];
    let running = start(words.iter().chain(login).chain(more).chain(&ready));
    running.wait_until_it_says("watching");
    running
}

/// A line of the log, its time and its ports left out.
fn plain(line: &str) -> String {
    let line = line.replacen(|c: char| c.is_ascii_digit(), "", 10);
    let words = line.split(' ').map(|word| match word.split_once("127.0.0.1:") {
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => "PEER",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What happens at a broker whose log is followed.
fn happens(port: &str) {
    let publish = ["-i", "pump", "-q", "1", "-t", "a", "-m", "x", "-V", "311"];
    client("pub", port, "-", &publish).exits(0);
    let subscribe = ["-i", "lamp", "-V", "311", "-q", "1", "-t", "a/b", "-U", "a/b", "-W", "1"];
    assert_eq!(client("sub", port, "-", &subscribe).code, Some(5));
}

#[test]
fn the_log_is_published_below_its_topics() {
    let lines = "allow_anonymous true\nlog_dest topic\nlog_type all\n";
    let site = Site::new("log-topic", lines);
    let (serving, port) = site.serve(&[]);
    let watcher = follow(&port, "", &[]);
    happens(&port);
    watcher.wait_until_it_printed("Client lamp disconnected.");
    reload(&serving.broker, AGAIN, 1);
    watcher.signal(Signal::TERM);
    let printed = String::from_utf8(watcher.finish().stdout).unwrap();
    let told: Vec<_> = printed.lines().map(plain).collect();
    for wanted in [
        "$SYS/broker/log/M/subscribe : watcher 0 $SYS/broker/log/#",
        "$SYS/broker/log/N : New client connected from PEER as pump (p2, c1, k60).",
        "$SYS/broker/log/N : Client pump disconnected.",
        "$SYS/broker/log/M/subscribe : lamp 1 a/b",
        "$SYS/broker/log/M/unsubscribe : lamp a/b",
    ] {
        assert!(told.iter().any(|line| line == wanted), "{wanted}: {told:#?}");
    }
    let opened = format!("$SYS/broker/log/N : New connection from PEER on port {port}.");
    assert!(told.contains(&opened), "{told:#?}");
    // What is told of packets is never published, nor is anything told twice.
    assert!(told.iter().all(|line| !line.starts_with("$SYS/broker/log/D")), "{told:#?}");
    assert!(!serving.broker.has_said("pump"), "{}", serving.broker.said());
    // It is for who is there.
    let kept = run(["sub", "-p", &port, "-t", "$SYS/broker/log/#", "--retained"]).exits(0);
    assert_eq!(kept.stdout, b"");
    client("pub", &port, "-", &["-q", "1", "-t", "$SYS/broker/log/N", "-m", "forged"]).exits(4);
}

#[test]
fn a_line_of_the_log_is_gone_after_twenty_seconds_and_others_hear_it_at_their_qos() {
    let site = Site::new("log-topic-form", "allow_anonymous true\nlog_dest topic\n");
    let (_serving, port) = site.serve(&[]);
    let watcher = follow(&port, "", &["-V", "5", "-q", "2", "-F", "%q %r %E"]);
    client("pub", &port, "-", &["-q", "1", "-t", "a", "-m", "x"]).exits(0);
    watcher.wait_until_it_printed("2 0 20\n");
}

#[test]
fn rules_hold_for_the_topics_of_the_log() {
    let lines = "password_file DIR/users\nacl_file DIR/rules\nlog_dest topic\nlog_dest stderr\n\
                 log_type all\n";
    let site = Site::new("log-topic-rules", lines);
    site.users(&["alice", "bob"]);
    site.rules("user alice\ntopic read $SYS/#\ntopic a\nuser bob\ntopic read #\ntopic a\n");
    let (serving, port) = site.serve(&[]);
    let alice = follow(&port, "alice", &[]);
    let other = ["-i", "other", "-t", "$SYS/broker/log/#", "-t", "#", "-t", "a", "-v", "-C", "1"];
    let bob = ["sub", "-p", &port, "-u", "bob", "-P", "pw", "-W", "20s"];
    let bob = start(bob.iter().chain(&other).chain(&["--", "sh", "-c", "echo on >&2; exec cat"]));
    bob.wait_until_it_says("on");
    // What is denied is told with what packets do, which is never published.
    client("pub", &port, "alice:pw", &["-q", "1", "-t", "b", "-m", "x"]).exits(4);
    serving.broker.wait_until_it_says("Denied PUBLISH");
    client("pub", &port, "alice:pw", &["-i", "pump", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    alice.wait_until_it_printed("Client pump disconnected.");
    alice.signal(Signal::TERM);
    let printed = String::from_utf8(alice.finish().stdout).unwrap();
    assert!(printed.contains("as pump") && !printed.contains("Denied"), "{printed}");
    bob.finish().exits(0).prints("a x\n");
}

/// Each line that is lost for a full queue would be a line.
#[test]
fn a_log_that_its_reader_does_not_take_makes_no_lines_of_its_own() {
    let lines = "allow_anonymous true\nlog_dest topic\nlog_dest file DIR/log\n\
                 max_queued_messages 5\n";
    let site = Site::new("log-topic-loop", lines);
    let (serving, port) = site.serve(&["--on-full", "drop"]);
    let away = ["-i", "away", "-c", "-q", "1", "-t", "$SYS/broker/log/#", "-E"];
    client("sub", &port, "-", &away).exits(0);
    for number in 0..20 {
        client("pub", &port, "-", &["-i", &format!("c{number}"), "-t", "a", "-m", "x"]).exits(0);
    }
    client("pub", &port, "-", &["-i", "last", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    super::config::wait_for_line(&site.scratch.path().join("log"), "Client last disconnected.");
    serving.broker.wait_until_it_rests();
    let log = std::fs::read_to_string(site.scratch.path().join("log")).unwrap();
    assert_eq!(log.matches("being dropped for client away").count(), 1, "{log}");
}

#[test]
#[ignore = "needs mosquitto"]
fn mosquitto_publishes_the_same_lines() {
    let lines = ["allow_anonymous true", "log_dest topic", "log_type all"];
    let theirs = Mosquitto::start(&lines, &[]);
    let site = Site::new("log-topic-same", &format!("{}\n", lines.join("\n")));
    let (_serving, port) = site.serve(&[]);
    let told = [&theirs.port, &port].map(|port| {
        let watcher = follow(port, "", &[]);
        happens(port);
        watcher.wait_until_it_printed("Client lamp disconnected.");
        watcher.signal(Signal::TERM);
        let printed = String::from_utf8(watcher.finish().stdout).unwrap();
        let lines = printed.lines().map(|line| plain(line).replace(port.as_str(), "PORT"));
        // Whether the end of a connection or its line comes first is nobody's promise.
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    });
    assert_eq!(told[1], told[0]);
}

#[test]
#[ignore = "needs unshare"]
fn the_log_arrives_in_the_systems_log() {
    let (names, scratch) = (Names::new(), Scratch::new("log-system"));
    let devices = scratch.path().join("dev");
    std::fs::create_dir(&devices).unwrap();
    let system = UnixDatagram::bind(devices.join("log")).unwrap();
    system.set_read_timeout(Some(PATIENCE)).unwrap();
    for (facility, part) in [("", 3), ("log_facility 5\n", 21)] {
        let lines = "listener 0 127.0.0.1\nuser root\nlog_dest syslog\nconnection_messages true\n";
        let config = scratch.write("c", format!("{lines}{facility}"));
        // In a place of its own, where the folder of devices has nothing but the system's log.
        let script = "mount --bind \"$1\" /dev && exec \"$2\" -c \"$3\"";
        let program = format!("{}/mosquitto", names.directory());
        let mut command = Command::new("unshare");
        command.args(["-m", "-p", "-f", "--kill-child", "sh", "-c", script, "sh"]);
        command.args([devices.to_str().unwrap(), &program, &config]);
        let broker = spawn(command.stdin(Stdio::null()).stdout(Stdio::null()));
        let mut line = [0; 4096];
        loop {
            let length = system.recv(&mut line).unwrap();
            let line = std::str::from_utf8(&line[..length]).unwrap();
            let (head, text) = line.split_once("]: ").unwrap();
            let (priority, name) = head.split_once('>').unwrap();
            assert!(name.starts_with("mosquitto["), "{line}");
            if text.starts_with("Warning:") {
                assert_eq!(priority, format!("<{}", part * 8 + 4), "{line}");
            } else {
                assert_eq!(priority, format!("<{}", part * 8 + 6), "{line}");
            }
            if text.ends_with(" running") {
                break;
            }
        }
        drop(broker);
    }
}
