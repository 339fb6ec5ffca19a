//! What is told before anything connects.

use crate::support::broker::Broker;
use crate::support::mq::{command, run};
use crate::support::terminal::AtTerminal;

#[test]
fn without_a_command_the_commands_are_named() {
    let finished = run::<&str>([]).exits(2).says("no command given");
    assert!(finished.stderr.contains("sub"));
    for ask in [&["help"][..], &["--help"]] {
        let help = run(ask).exits(0);
        assert!(String::from_utf8_lossy(&help.stdout).contains("mq help COMMAND"));
    }
    let version = run(["--version"]).exits(0);
    assert!(version.stdout.starts_with(b"mq 0."));
}

#[test]
fn every_command_has_its_help_under_both_names() {
    for (ask, mark) in [
        (&["help", "pub"][..], "--tls-keylog"),
        (&["pub", "--help"], "--stdin-line"),
        (&["pub", "--help-all"], "--tls-keylog"),
        (&["publish", "--help"], "--stdin-line"),
        (&["subscribe", "--help"], "--no-retained"),
        (&["help", "sub"], "--exit-after-subscribe"),
        (&["help", "subscribe"], "--exit-after-subscribe"),
        (&["rr", "--help"], "--latency"),
        (&["broker", "--help"], "--ready-file"),
        (&["explain", "--help"], "mq explain exit 4"),
        (&["help", "bench", "compare"], "Usage: mq bench compare "),
        (&["help", "bench", "connect"], "Usage: mq bench [SCENARIO]"),
    ] {
        let help = run(ask).exits(0);
        let page = String::from_utf8_lossy(&help.stdout);
        assert!(page.contains(mark), "{ask:?} {page}");
        let is_long = ask[0] == "help" || ask[1] == "--help-all";
        assert!(is_long || page.lines().count() <= 40, "{ask:?} {page}");
        assert_eq!(help.stderr, "");
    }
}

#[test]
fn what_was_probably_meant_is_said() {
    for (words, told) in [
        (&["pbu"][..], "there is no command \"pbu\"; did you mean: mq pub"),
        (&["hlep"], "did you mean: mq help"),
        (&["version"], "did you mean: mq --version"),
        (&["broker", "cargo", "test"], "no place for \"cargo\": a command goes behind --; see"),
        (&["pub", "a", "b", "c"], "no place for \"c\": a message with spaces belongs in quotes"),
        (&["bench", "compare", "a", "b", "c"], "no place for \"c\"; see: mq bench-compare"),
        (&["pub", "mqtts://u:p@h/a", "-m", "x"], "mq: a URL goes behind -L; a topic"),
        (&["rr", "ws://h", "x"], "mq: a URL goes behind -L; a topic"),
        (&["sub", "a", "mqtt://h/a"], "mq: a URL goes behind -L; a topic"),
        (&["sub", "a", "-C", "-1"], "for '--count <N>': not a whole number; see"),
        (&["sub", "a", "-C", ""], "for '--count <N>': not a whole number; see"),
        (&["sub", "a", "-C", "99999999999999999999"], "for '--count <N>': too large a number"),
    ] {
        run(words).exits(2).says(told);
    }
}

#[test]
fn a_narrow_terminal_has_narrow_pages() {
    for words in [&["--help"][..], &["explain", "135"]] {
        let running = AtTerminal::sized(&mut command(words), 24, 40);
        let (code, shown) = running.finish();
        assert_eq!(code, Some(0));
        let page = String::from_utf8(shown).unwrap();
        let widest = page.lines().skip(1).map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 40, "{widest}: {page}");
    }
}

#[test]
fn a_terminal_decides_how_wide_the_help_is() {
    for columns in [80, 40] {
        let running = AtTerminal::sized(&mut command(["sub", "--help"]), 24, columns);
        let (code, shown) = running.finish();
        assert_eq!(code, Some(0));
        let page = String::from_utf8(shown).unwrap();
        let widest = page.lines().filter(|line| !line.starts_with("  mq "));
        let widest = widest.map(|line| line.chars().count()).max().unwrap();
        let columns = usize::from(columns);
        assert!(widest <= columns && widest > columns * 3 / 4, "{widest}: {page}");
    }
}

#[test]
fn a_command_without_options_shows_the_most_used_ones() {
    for (name, wrong) in [("pub", "nothing to publish"), ("sub", "-t"), ("rr", "nothing to")] {
        let finished = run([name]).exits(2).says(wrong);
        assert!(finished.stderr.contains("Usage: mq ") && finished.stdout.is_empty());
        assert!(finished.stderr.lines().count() <= 42, "{finished:?}");
        assert_eq!(run([name, "-d"]).exits(2).stderr.lines().count(), 1);
    }
}

#[test]
fn what_was_meant_is_suggested() {
    for (words, meant) in [
        (&["sub", "-t", "a", "--hlp"][..], "did you mean --help"),
        (&["pub", "--retian"], "did you mean --retain"),
        (&["pub", "-t", "a", "-m", "x", "--conect-timeout", "3"], "did you mean --connect-timeout"),
        (&["sub", "-t", "a", "--retain-handling", "nver"], "did you mean never"),
        (&["broker", "--on-full", "drp"], "did you mean drop"),
        (&["pub", "-t", "a", "-m", "x", "-D", "publish", "contnt-type", "x"], "mean content-type"),
        (&["pub", "-t", "a", "-m", "x", "-D", "publsh", "content-type", "x"], "mean publish"),
        (&["pub", "-t", "a", "-m", "x", "--mqtt-version", "5"], "here it is -V"),
        (&["sub", "--will-message", "x"], "here it is --will-payload"),
        (&["sub", "-h"], "-h is the broker's host"),
        (&["listen", "-t", "a"], "here it is: mq sub"),
        (&["brokr"], "did you mean: mq broker"),
        (&["sub", "-t", "a", "-q", "5"], "not 0, 1 or 2; see"),
        (&["sub", "-t", "a", "-W", "0"], "must be more than 0; see"),
        (&["broker", "-p", "70000"], "70000 is not in 0..=65535; see"),
        (&["pub", "-t", "a", "-m"], "none was supplied; see"),
    ] {
        let finished = run(words).exits(2).says(meant);
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}

#[test]
fn a_misspelt_command_is_suggested() {
    run(["pubb", "-t", "a"]).exits(2).says("did you mean: mq pub");
    run(["xyzzyx"]).exits(2).says("mq --help");
}

#[test]
fn wrong_options_are_usage_errors_and_nothing_connects() {
    let broker = Broker::new();
    let port = broker.port();
    for words in [
        &["pub", "-t", "a/+", "-m", "x"][..],
        &["pub", "-t", "", "-m", "x"],
        &["pub", "-t", "a"],
        &["pub", "-t", "a", "-m", "x", "-n"],
        &["pub", "-m", "x"],
        &["pub", "-t", "a", "-m", "x", "-q", "3"],
        &["pub", "-t", "a", "-m", "x", "-p", "0"],
        &["pub", "-t", "a", "-m", "x", "-h", ""],
        &["pub", "-t", "a", "-m", "x", "-A", ""],
        &["pub", "-t", "a", "-m", "x", "-k", "65536"],
        &["pub", "-t", "a", "-m", "x", "-V", "4"],
        &["pub", "-t", "a", "-l", "--repeat", "3"],
        &["pub", "-t", "a", "-m", "x", "--repeat", "0"],
        &["pub", "-t", "a", "-m", "x", "--will-payload", "w"],
        &["pub", "-t", "a", "-m", "x", "--will-topic", "w/#"],
        &["sub", "-t", "a/#/b"],
        &["sub"],
        &["sub", "-t", "a", "-C", "0"],
        &["sub", "-t", "a", "-W", "soon"],
        &["sub", "-t", "a", "-W", "0"],
        &["sub", "-t", "a", "-W", "101years"],
        &["pub", "-t", "a", "-m", "x", "--connect-timeout", "1e19"],
        &["pub", "-t", "a", "-m", "x", "--connect-timeout", "0"],
        &["sub", "-t", "a", "--no-such-option"],
        &["sub", "-t", "a", "-V", "311", "-P", "alone"],
    ] {
        let words = words.iter().copied().chain(["-p", &port]);
        let words: Vec<_> = words.collect();
        let finished = run(&words);
        assert_eq!(finished.code, Some(2), "{words:?} {finished:?}");
        assert!(finished.stderr.starts_with("mq: "), "{words:?} {finished:?}");
        assert!(finished.stdout.is_empty());
    }
    assert!(broker.is_alone());
}

#[test]
fn a_lasting_session_needs_an_id() {
    run(["sub", "-t", "a", "-c"]).exits(2).says("give one with -i");
    run(["pub", "-t", "a", "-m", "x", "-c"]).exits(2).says("give one with -i");
}

#[test]
fn an_unreadable_file_is_told_by_name() {
    run(["pub", "-t", "a", "-f", "/no/such/file"]).exits(1).says("/no/such/file");
}

#[test]
fn an_empty_standard_input_is_no_message() {
    run(["pub", "-t", "a", "-s"]).exits(1).says("zero length input");
}

#[test]
fn a_password_never_appears_in_a_message() {
    let secret = "mqtt://u:hunter2@[::1";
    let mut command = command(["sub", "-t", "a", "-d"]);
    command.env("MQTT_URL", secret).stdout(std::process::Stdio::piped());
    let finished = crate::support::mq::spawn(&mut command).finish().exits(2).says("MQTT_URL");
    assert!(!finished.stderr.contains("hunter2"));
}

#[test]
fn wrong_words_cannot_drive_the_terminal() {
    let finished = run(["sub", "-t", "a", "--\x1b]0;owned\x07"]).exits(2);
    assert!(!finished.stderr.contains(['\x1b', '\x07']), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn a_filter_that_could_never_match_leaves_nothing_out() {
    run(["sub", "-t", "a", "-T", "$share/g/a"]).exits(2).says("would never match a message");
}

#[test]
fn a_lasting_session_without_a_name_is_refused_by_the_option_that_asks_for_it() {
    for (words, option) in [(&["-c"][..], "-c"), (&["-x", "-1"], "-x")] {
        let finished = run([&["sub", "-t", "a"], words].concat()).exits(2);
        finished.says(&format!("mq: {option} asks for a session that lasts"));
    }
}
