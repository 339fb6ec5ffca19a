//! Protocol rooms know no machine, one file prints, one file ends the process.

use super::hold;
use super::source::{PathUse, Source, Token};

/// Rooms that take bytes and times and give bytes and actions.
const PURE: &[&str] = &["codec", "topic", "session"];
const PRINTER: &str = "src/cli/output";
const PROGRAM: &str = "src/bin/mq.rs";
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Whether a path contains these names in a row.
fn names(path: &PathUse<'_>, row: &[&str]) -> bool {
    path.segments.windows(row.len()).any(|window| window == row)
}

/// Whether the token calls a macro that prints.
fn prints(tokens: &[Token<'_>], index: usize) -> bool {
    PRINTING.contains(&tokens[index].text)
        && tokens.get(index + 1).is_some_and(|next| next.text == "!")
}

/// Whether the token takes the process's own stdout or stderr; a child's (`.stdout(…)`) is fine.
fn takes_stream(tokens: &[Token<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).map_or("", |i| tokens[i].text);
    matches!(tokens[index].text, "stdout" | "stderr")
        && tokens.get(index + 1).is_some_and(|next| next.text == "(")
        && !matches!(before, "." | "fn")
}

fn impurities(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |at, what: &str| found.push(format!("{}: {what}", source.place(at)));
    for path in source.paths() {
        for barred in [["std", "net"], ["std", "fs"]] {
            if names(&path, &barred) {
                add(path.start.at, &barred.join("::"));
            }
        }
        for clock in [["Instant", "now"], ["SystemTime", "now"]] {
            // a test has to get its first instant from somewhere
            if names(&path, &clock) && !path.start.in_tests {
                add(path.start.at, &clock.join("::"));
            }
        }
    }
    let tokens = source.tokens();
    for (index, token) in tokens.iter().enumerate() {
        if token.text == "tokio" {
            add(token.at, "tokio");
        }
        if prints(&tokens, index) && !token.in_tests {
            add(token.at, "prints");
        }
    }
    found
}

fn printing(source: &Source) -> Vec<String> {
    let tokens = source.tokens();
    (0..tokens.len())
        .filter(|&index| !tokens[index].in_tests)
        .filter(|&index| prints(&tokens, index) || takes_stream(&tokens, index))
        .map(|index| format!("{}: `{}`", source.place(tokens[index].at), tokens[index].text))
        .collect()
}

fn exits(source: &Source) -> Vec<String> {
    let barred = [["process", "exit"], ["process", "abort"]];
    source
        .paths()
        .iter()
        .filter(|path| barred.iter().any(|row| names(path, row)))
        .map(|path| format!("{}: `{}`", source.place(path.start.at), path.segments.join("::")))
        .collect()
}

#[test]
fn protocol_rooms_know_no_socket_no_file_no_clock() {
    let found: Vec<_> = Source::below("src")
        .iter()
        .filter(|source| source.room().is_some_and(|room| PURE.contains(&room)))
        .flat_map(impurities)
        .collect();
    hold("codec, topic and session touch no machine", &found);
}

#[test]
fn only_cli_output_prints() {
    let found: Vec<_> = Source::below("src")
        .iter()
        .filter(|source| !source.path.starts_with(PRINTER))
        .flat_map(printing)
        .collect();
    hold("only src/cli/output touches stdout and stderr", &found);
}

#[test]
fn only_the_program_exits() {
    let found: Vec<_> = Source::below("src")
        .iter()
        .filter(|source| source.path != PROGRAM)
        .flat_map(exits)
        .collect();
    hold("only src/bin/mq.rs ends the process", &found);
}

#[test]
fn what_is_barred_is_seen() {
    let source = |text: &str| Source::new("src/codec/x.rs".into(), text.into());
    let impure = |text| impurities(&source(text)).len();
    assert_eq!(impure("use std::{fmt, net::TcpStream};"), 1);
    assert_eq!(impure("use tokio::net::TcpStream;"), 1);
    assert_eq!(impure("fn f() { std::time::Instant::now(); println!(\"x\") }"), 2);
    assert_eq!(impure("use std::time::Instant; fn f(now: Instant) {} // tokio"), 0);
    assert_eq!(impure("#[cfg(test)] mod tests { fn f() { Instant::now(); } }"), 0);
    let loud = |text| printing(&source(text)).len();
    assert_eq!(loud("fn f() { eprintln!(\"x\"); io::stdout().lock(); let e = stderr(); }"), 3);
    assert_eq!(
        loud("fn stdout() {} fn f() { command.stdout(Stdio::null()); child.stdout.take() }"),
        0
    );
    let ends = |text| exits(&source(text)).len();
    assert_eq!(ends("use std::process::{self, exit}; fn f() { process::exit(1) }"), 2);
    assert_eq!(ends("use std::process::ExitCode; fn exit() {}"), 0);
}
