//! Where a password may come from, and that it is never shown.

use std::process::Stdio;

use mq::net::clock;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::PATIENCE;
use crate::support::broker::{Broker, Hello};
use crate::support::mq::{command, run, spawn, start};
use crate::support::scratch::Scratch;
use crate::support::terminal::{self, AtTerminal};

#[track_caller]
fn login(hello: &Hello, name: &str, password: &[u8]) {
    assert_eq!(hello.username.as_deref(), Some(name));
    assert_eq!(hello.password.as_deref(), Some(password));
}

#[test]
fn the_first_line_of_a_file_is_the_password() {
    let broker = Broker::new();
    for (content, want) in [
        (&b"se cret\nnot this"[..], &b"se cret"[..]),
        (b"se cret\r\n", b"se cret"),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"", b""),
    ] {
        let scratch = Scratch::new("password");
        let file = scratch.write("file", content);
        let words = ["pub", "a", "x", "-h", &broker.place(), "-u", "me", "--password-file"];
        let running = start(words.iter().chain(&[file.as_str()]));
        let (mut peer, hello) = broker.welcome();
        login(&hello, "me", want);
        peer.take_all();
        running.finish().exits(0);
    }
    let url = format!("mqtt://you:else@{}", broker.place());
    let scratch = Scratch::new("password");
    let file = scratch.write("file", "mine");
    let running = start(["pub", "a", "x", "-L", &url, "--password-file", &file]);
    let (mut peer, hello) = broker.welcome();
    login(&hello, "you", b"mine");
    peer.take_all();
    running.finish().exits(0);
}

#[test]
fn standard_input_goes_on_behind_the_password() {
    for (words, want) in [(&["-l", "-q", "1"][..], &["one", "two"][..]), (&["-s"], &["one\ntwo\n"])]
    {
        let broker = Broker::new();
        let first = ["pub", "-t", "a", "-h", &broker.place(), "-u", "me", "--password-file", "-"];
        let mut running = start(first.iter().chain(words));
        running.feed("se cret\none\ntwo\n");
        let (mut peer, hello) = broker.welcome();
        login(&hello, "me", b"se cret");
        let payloads: Vec<_> = peer.take_all().into_iter().map(|one| one.payload).collect();
        assert_eq!(payloads, want.iter().map(|text| text.as_bytes()).collect::<Vec<_>>());
        running.finish().exits(0);
    }
    let mut running = start(["pub", "a", "x", "-u", "me", "--password-file", "-"]);
    running.feed("");
    running.finish().exits(1).says("no password was given");
}

#[test]
fn what_cannot_be_read_or_meant_is_told() {
    let words = ["pub", "a", "x", "-u", "me"];
    let more = |more: &[&'static str]| run(words.iter().chain(more));
    more(&["--password-file", "/no/such/file"]).exits(1).says("/no/such/file");
    more(&["--password-file", "/dev/null", "-P", "x"]).exits(2);
    more(&["--password-file", "/dev/null", "--ask-password"]).exits(2);
    more(&["--ask-password", "-P", "x"]).exits(2);
    let scratch = Scratch::new("password");
    let long = scratch.write("file", "x".repeat(70_000));
    let file = ["--password-file", &long];
    run(words.iter().chain(&file)).exits(2).says("the password is longer than 65,535 bytes");
}

/// `mq` in a session of its own, at its terminal or without one.
fn in_a_session(options: &[&str], words: &[&str]) -> std::process::Command {
    terminal::in_a_session(options, &command(words))
}

#[test]
fn the_terminal_is_asked_and_shows_no_answer() {
    let broker = Broker::new();
    let words = ["pub", "a", "x", "-u", "me", "--ask-password", "-h", &broker.place()];
    let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &words));
    running.shows(&format!("Password of me at {}: ", broker.place()));
    assert!(!running.echoes());
    running.types("hunter2\n");
    let (mut peer, hello) = broker.welcome();
    login(&hello, "me", b"hunter2");
    assert!(running.echoes());
    peer.take_all();
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    assert!(!String::from_utf8_lossy(&shown).contains("hunter2"));
}

#[test]
fn nobody_is_asked_unasked_or_where_there_is_no_terminal() {
    let mut session = in_a_session(&["--wait"], &["pub", "a", "x", "-u", "me", "--ask-password"]);
    let finished = spawn(session.stdin(Stdio::null()).stdout(Stdio::piped())).finish();
    finished.exits(2).says("there is no terminal to ask for the password at: use --password-file");
    // A user name alone is a login without a password.
    let broker = Broker::new();
    let words = ["pub", "a", "x", "-u", "me", "-h", &broker.place()];
    let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &words));
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.password, None);
    peer.take_all();
    assert_eq!(running.finish().0, Some(0));
}

#[test]
fn who_does_not_answer_finds_the_terminal_as_it_was() {
    let words = ["pub", "a", "x", "-u", "me", "--ask-password"];
    // The second code is that of setsid, where it had to start another process.
    for (typed, codes) in [("half of it\x03", [None, Some(130)]), ("\x04", [Some(1); 2])] {
        let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &words));
        running.shows("Password of me at localhost:1883: ");
        running.types(typed);
        let (ended, shown) = running.finish();
        assert!(codes.contains(&ended), "{ended:?} {}", String::from_utf8_lossy(&shown));
        assert!(!String::from_utf8_lossy(&shown).contains("half of it"));
    }
}

#[test]
fn an_interrupted_question_hides_nothing_more() {
    // The shell outlives the client, and so does its terminal.
    let mq = env!("CARGO_BIN_EXE_mq");
    let script = "\"$0\" pub a x -u me --ask-password; echo then $?; read line";
    let mut session = std::process::Command::new("setsid");
    session.args(["--ctty", "--wait", "sh", "-c", &format!("trap : INT; {script}"), mq]);
    let running = AtTerminal::cooked(&mut session);
    running.shows("Password of me");
    assert!(!running.echoes());
    running.types("\x03");
    running.shows("then 130");
    assert!(running.echoes());
    running.types("\n");
    running.finish();
}

/// A shell at a terminal that starts the client with these words behind it, tells its number, and
/// outlives it.
fn beside_a_shell(words: &[&str]) -> (AtTerminal, Pid) {
    let script = "\"$0\" \"$@\" & echo process $!.; wait $!; echo then $?; read line";
    let mut session = std::process::Command::new("setsid");
    session.args(["--ctty", "--wait", "sh", "-c", script, env!("CARGO_BIN_EXE_mq")]).args(words);
    let running = AtTerminal::cooked(&mut session);
    let shown = running.shows(".");
    let number = shown.split("process ").nth(1).and_then(|rest| rest.split('.').next());
    let number = number.and_then(|number| number.parse().ok()).expect("a number");
    (running, Pid::from_raw(number).unwrap())
}

/// Until the process is stopped.
fn until_it_stops(process: Pid) {
    let deadline = clock::now() + PATIENCE;
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    while !std::fs::read_to_string(&path).unwrap().contains(") T ") {
        assert!(clock::now() < deadline, "it goes on");
        std::thread::yield_now();
    }
}

#[test]
fn a_question_that_a_signal_ends_hides_nothing_more() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let (running, process) = beside_a_shell(&["pub", "a", "x", "-u", "me", "--ask-password"]);
        running.shows("Password of me");
        assert!(!running.echoes());
        kill_process(process, signal).unwrap();
        running.shows(&format!("then {}", 128 + signal.as_raw()));
        assert!(running.echoes(), "{signal:?}");
        running.types("\n");
        running.finish();
    }
}

#[test]
fn a_question_that_is_stopped_hides_nothing_meanwhile_and_is_asked_again() {
    let broker = Broker::new();
    let words = ["sub", "a", "-u", "me", "--ask-password", "-h", &broker.place()];
    let (running, process) = beside_a_shell(&words);
    running.shows("Password of me");
    running.types("half of it");
    kill_process(process, Signal::TSTP).unwrap();
    until_it_stops(process);
    assert!(running.echoes());
    kill_process(process, Signal::CONT).unwrap();
    running.shows_times("Password of me", 2);
    assert!(!running.echoes());
    running.types("hunter2\n");
    let (mut peer, hello) = broker.welcome();
    login(&hello, "me", b"hunter2");
    assert!(running.echoes());
    peer.grant();
    // Behind the question signals do what they always do: one stops it, one asks it to leave.
    kill_process(process, Signal::TSTP).unwrap();
    until_it_stops(process);
    kill_process(process, Signal::CONT).unwrap();
    kill_process(process, Signal::TERM).unwrap();
    peer.leaves();
    let shown = running.shows("then 143");
    assert!(!shown.contains("hunter2"), "{shown}");
    running.types("\n");
    running.finish();
}

#[test]
fn usage_is_checked_before_anybody_is_asked() {
    let words = ["pub", "a/#", "x", "-u", "me", "--ask-password"];
    let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &words));
    let (code, shown) = running.finish();
    assert_eq!(code, Some(2));
    assert!(!String::from_utf8_lossy(&shown).contains("Password"));
}
