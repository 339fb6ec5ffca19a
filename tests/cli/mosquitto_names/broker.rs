//! `mosquitto` itself: its command line, its log, its exit codes, and how it looks on the wire.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::support::PATIENCE;
use crate::support::mq::{Running, spawn};
use crate::support::names::{Names, Whose};
use crate::support::scratch::Scratch;
use crate::support::service::free_port;

/// A broker of ours under mosquitto's name, at a port of its own.
fn serve(names: &Names, more: &[&str]) -> (Running, String) {
    let port = free_port();
    let broker = names.start("mosquitto", [&["-p", &port], more].concat());
    // The line before it is of clients "running on this machine".
    broker.wait_until_it_says(" running\n");
    (broker, port)
}

/// Each line of a log without its time, which is there.
#[track_caller]
fn without_times(log: &str) -> Vec<String> {
    let line = |line: &str| {
        let (time, text) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
        assert!(time.parse::<u64>().is_ok_and(|time| time > 1_700_000_000), "{line}");
        text.to_owned()
    };
    log.lines().map(line).collect()
}

#[test]
fn the_log_has_mosquittos_lines_and_standard_output_none() {
    let names = Names::new();
    let (broker, port) = serve(&names, &[]);
    names.run("mosquitto_pub", ["-p", &port, "-t", "a", "-m", "x", "-i", "one"]).exits(0);
    let words = ["-p", &port, "-V", "5", "-k", "77", "-u", "bob", "-P", "x", "-i", "two"];
    names.run("mosquitto_pub", words.iter().chain(&["-t", "a", "-m", "x"])).exits(0);
    broker.wait_until_it_says("Client two disconnected.");
    broker.signal(Signal::TERM);
    let ended = broker.finish().exits(0).prints("");
    let lines = without_times(&ended.stderr);
    assert!(lines[0].starts_with("mosquitto version 2.1") && lines[0].ends_with("starting"));
    for wanted in [
        "Using default config.",
        "Starting in local only mode. Connections will only be \
        possible from clients running on this machine.",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "{wanted} in {lines:?}");
    }
    let about = |begin: &str, end: &str| {
        let of = |line: &&String| line.starts_with(begin) && line.ends_with(end);
        assert!(lines.iter().any(|line| of(&line)), "{begin}...{end} in {lines:?}");
    };
    about("New connection from 127.0.0.1:", &format!(" on port {port}."));
    about("New client connected from 127.0.0.1:", " as one (p2, c1, k60).");
    about("New client connected from 127.0.0.1:", " as two (p5, c1, k77, u'bob').");
    about("Client one disconnected.", "");
    about("mosquitto version 2.1", "running");
    assert!(lines.last().unwrap().ends_with("terminating"), "{lines:?}");
}

#[test]
fn a_client_cannot_write_a_line_of_the_log() {
    let names = Names::new();
    let (broker, port) = serve(&names, &[]);
    let id = "a\n1795290048: mosquitto version 9 \u{1b}[31m";
    names.run("mosquitto_pub", ["-p", &port, "-t", "a", "-m", "x", "-i", id]).exits(0);
    broker.wait_until_it_says("disconnected.");
    broker.signal(Signal::INT);
    let log = broker.finish().exits(0).stderr;
    assert!(!log.contains('\u{1b}') && !log.contains("\n1795290048: "), "{log}");
    without_times(&log);
}

#[test]
fn nothing_or_everything_is_logged_when_asked_for() {
    let names = Names::new();
    let scratch = Scratch::new("named-quiet");
    let port = free_port();
    let config = scratch.write("c", format!("listener {port} 127.0.0.1\nlog_type error\n"));
    for (option, is_told) in [("-v", true), ("--quiet", false), ("-q", false)] {
        let broker = names.start("mosquitto", ["-c", &config, option]);
        crate::support::service::await_listening(&port);
        broker.signal(Signal::TERM);
        let log = broker.finish().exits(0).stderr;
        assert_eq!(log.contains(" starting"), is_told, "{option}: {log}");
    }
}

#[test]
fn wrong_words_end_with_3() {
    let names = Names::new();
    for (words, text) in [
        (&["-p"][..], "Error: -p argument given, but no port specified."),
        (&["-p", "99999"], "Error: Invalid port specified (99999)."),
        (&["-c"], "Error: -c argument given, but no config file specified."),
        (&["-p", "1x"], "Error: Invalid port specified (1x)."),
    ] {
        let finished = names.run("mosquitto", words).exits(3).prints("");
        assert_eq!(without_times(&finished.stderr), [text]);
    }
    let unknown = names.run("mosquitto", ["--foo"]).exits(3);
    assert_eq!(unknown.stderr, "Error: Unknown option '--foo'.\n");
    let help = names.run("mosquitto", ["-h"]).exits(3);
    let page = String::from_utf8(help.stdout).unwrap();
    assert_eq!(unknown.stdout, page.as_bytes());
    for option in ["-c", "-d", "-h", "-p", "-q", "-v", "--version", "--test-config", "--tls-keylog"]
    {
        assert!(page.contains(option), "{option}: {page}");
    }
    let version = names.run("mosquitto", ["--version"]).exits(0);
    assert!(version.stdout.starts_with(b"mosquitto version 2.1"));
}

#[test]
#[ignore = "needs mosquitto"]
fn wrong_words_are_told_as_debians_does() {
    let names = Names::new();
    for words in [&["-p"][..], &["-p", "0"], &["-p", "65536"], &["-c"]] {
        let theirs = spawn(&mut names.command(Whose::Debians, "mosquitto", words)).finish();
        let ours = names.run("mosquitto", words);
        assert_eq!(ours.code, theirs.code, "{words:?}");
        assert_eq!(without_times(&ours.stderr), without_times(&theirs.stderr), "{words:?}");
    }
}

#[test]
fn a_configuration_that_is_wrong_ends_with_mosquittos_codes() {
    let names = Names::new();
    let scratch = Scratch::new("named-wrong");
    let missing = names.run("mosquitto", ["-c", "/no/such.conf"]).exits(3);
    assert!(without_times(&missing.stderr)[0].starts_with("Error: Unable to open /no/such.conf"));
    let place = scratch.path().to_str().unwrap();
    for (text, code, why) in [
        ("listener 0 127.0.0.1\npasword_file x\n", 3, "password_file"),
        ("allow_anonymous maybe\n", 3, "maybe"),
        ("", 3, "it says nothing"),
        ("password_file /no/such/file\n", 13, "/no/such/file"),
        ("acl_file /no/such/file\n", 13, "/no/such/file"),
        ("acl_file DIR/rules\n", 3, "reed"),
        ("user no-such-user\nlistener 0 127.0.0.1\n", 1, "no-such-user"),
    ] {
        if code == 1 && !rustix::process::geteuid().is_root() {
            continue;
        }
        scratch.write("rules", "topic reed a\n");
        let file = scratch.write("c", text.replace("DIR", place));
        let finished = names.run("mosquitto", ["-c", &file]).exits(code).prints("").says(why);
        without_times(&finished.stderr);
    }
    let file = scratch.write("c", "listener 0 127.0.0.1\n# two\nmax_qos 3\n");
    let finished = names.run("mosquitto", ["-c", &file, "--test-config"]).exits(3);
    let last = without_times(&finished.stderr).pop().unwrap();
    assert_eq!(last, format!("Error found at {file}:3."));
    let file = scratch.write("c", "listener 0 127.0.0.1\nallow_anonymous true\n");
    names.run("mosquitto", ["-c", &file, "--test-config"]).exits(0).prints("");
    names.run("mosquitto", ["--test-config"]).exits(3);
}

#[test]
fn a_port_that_is_taken_ends_it_with_1() {
    let names = Names::new();
    let (_broker, port) = serve(&names, &[]);
    names.run("mosquitto", ["-p", &port]).exits(1).prints("").says("Error: ");
}

#[test]
fn ports_are_served_unless_the_file_has_listeners() {
    let names = Names::new();
    let (first, second) = (free_port(), free_port());
    let broker = names.start("mosquitto", ["-p", &first, "--port", &second]);
    // The line before it is of clients "running on this machine".
    broker.wait_until_it_says(" running\n");
    for port in [&first, &second] {
        names.run("mosquitto_pub", ["-p", port, "-t", "a", "-m", "x"]).exits(0);
    }
    drop(broker);
    let scratch = Scratch::new("named-ports");
    let text = format!("listener {second} 127.0.0.1\nallow_anonymous true\n");
    let config = scratch.write("c", text);
    let broker = names.start("mosquitto", ["-c", &config, "-p", &first]);
    // The line before it is of clients "running on this machine".
    broker.wait_until_it_says(" running\n");
    names.run("mosquitto_pub", ["-p", &second, "-t", "a", "-m", "x"]).exits(0);
    names.run("mosquitto_pub", ["-p", &first, "-t", "a", "-m", "x"]).exits(1);
}

/// CONNECT of version 5 with the identifier `a`, and what comes back.
fn connack(port: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a").unwrap();
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut rest = vec![0; head[1].into()];
    stream.read_exact(&mut rest).unwrap();
    [&head[..], &rest].concat()
}

#[test]
fn its_limits_are_mosquittos() {
    let names = Names::new();
    let (_broker, port) = serve(&names, &[]);
    // Topic alias maximum 10, maximum packet size 2,000,000, receive maximum 20, in this order.
    let wanted = b"\x20\x0e\x00\x00\x0b\x22\x00\x0a\x27\x00\x1e\x84\x80\x21\x00\x14";
    assert_eq!(connack(&port), wanted);
}

#[test]
fn hanging_up_reloads_and_a_wrong_file_changes_nothing() {
    let names = Names::new();
    let scratch = Scratch::new("named-hup");
    let port = free_port();
    let rules = scratch.write("rules", "topic write a\n");
    let listener = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    let config = scratch.write("c", format!("{listener}acl_file {rules}\n"));
    // The one that the superuser becomes has to be able to read them.
    for path in [scratch.path().to_str().unwrap(), &rules, &config] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, mode).unwrap();
    }
    let broker = names.start("mosquitto", ["-c", &config]);
    // The line before it is of clients "running on this machine".
    broker.wait_until_it_says(" running\n");
    let write = |topic: &str| {
        let words = ["-p", &port, "-V", "5", "-q", "1", "-m", "x", "-t", topic];
        let said = names.run("mosquitto_pub", words).exits(0).stderr;
        !said.contains("Not authorized")
    };
    assert_eq!([write("a"), write("b")], [true, false]);
    scratch.write("rules", "topic write b\n");
    broker.signal(Signal::HUP);
    broker.wait_until_it_says("Reloading config.");
    let deadline = mq::net::clock::now() + PATIENCE;
    while !write("b") {
        assert!(mq::net::clock::now() < deadline, "the new rules never came in force");
    }
    assert_eq!([write("a"), write("b")], [false, true]);
    scratch.write("rules", "topic write a\ntopic\n");
    broker.signal(Signal::HUP);
    broker.wait_until_it_says(&format!("Error found at {rules}:2."));
    assert_eq!([write("a"), write("b")], [false, true]);
    broker.signal(Signal::TERM);
    broker.finish().exits(0).prints("");
}

#[test]
fn hanging_up_takes_the_log_as_the_file_says_now() {
    let names = Names::new();
    let scratch = Scratch::new("named-log");
    let port = free_port();
    let place = scratch.path().to_str().unwrap();
    // Who becomes somebody else could not open the file anew.
    let user = if rustix::process::geteuid().is_root() { "user root\n" } else { "" };
    let listener = format!("listener {port} 127.0.0.1\nallow_anonymous true\n{user}");
    let config = scratch.write("c", format!("{listener}log_dest file {place}/log\n"));
    let broker = names.start("mosquitto", ["-c", &config]);
    let log = scratch.path().join("log");
    crate::config::wait_for_line(&log, " running");
    let publish = |id| {
        let words = ["-p", &port, "-i", id, "-q", "1", "-t", "a", "-m", "x"];
        names.run("mosquitto_pub", words).exits(0);
    };
    publish("first");
    crate::config::wait_for_line(&log, "Client first disconnected.");
    scratch.write(
        "c",
        format!("{listener}log_dest stderr\nlog_timestamp false\npid_file {place}/p\n"),
    );
    broker.signal(Signal::HUP);
    let waits = "Warning: changed, and not in force before the next start: pid_file.\n";
    broker.wait_until_it_says(waits);
    publish("second");
    broker.wait_until_it_says("Client second disconnected.\n");
    assert!(!std::fs::read_to_string(&log).unwrap().contains("second"));
    assert!(!broker.has_said("first"), "{}", broker.said());
}

#[test]
fn the_superuser_becomes_mosquitto_or_nobody() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let names = Names::new();
    let (broker, _) = serve(&names, &[]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", broker.id())).unwrap();
    let uid = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(!uid.contains("\t0"), "{uid}");
}

/// Lines of the introductions, in a network of their own where the usual port is free.
const LINES: &str = "\
    ip link set lo up\n\
    BROKER 2> log & broker=$!\n\
    while ! grep -q ' running$' log; do :; done\n\
    mosquitto_sub -t \"dw/demo\" -d -C 1 > out & subscriber=$!\n\
    while ! grep -q '^Subscribed' out; do :; done\n\
    mosquitto_pub -t \"dw/demo\" -m \"hello world!\"\n\
    wait $subscriber\n\
    kill $broker; wait $broker\n\
    grep -v -e ^Client -e ^Subscribed out\n\
    mosquitto -d 2> log2\n\
    mosquitto_sub -t tock/1 -d -C 1 > out & subscriber=$!\n\
    while ! grep -q '^Subscribed' out; do :; done\n\
    mosquitto_pub -t tock/1 -m 3 -q 1 -r\n\
    wait $subscriber\n\
    grep -v -e ^Client -e ^Subscribed out\n";

#[test]
#[ignore = "needs unshare"]
fn the_introductions_lines_run_through_a_link() {
    let names = Names::new();
    let path = format!("{}:{}", names.directory(), std::env::var("PATH").unwrap_or_default());
    let script = format!("set -e\n{}", LINES.replace("BROKER", "mosquitto"));
    let mut command = Command::new("unshare");
    // What is left in the background ends with the processes of its own that it is in.
    command.args(["-n", "-p", "-f", "--kill-child", "sh", "-c", &script]).env("PATH", path);
    command.env("HOME", format!("{}/home", names.directory())).current_dir(names.directory());
    let run = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped())).finish();
    run.exits(0).prints("hello world!\n3\n");
}
