//! What a person at a terminal sees of a run.

use rustix::process::Signal;

use super::{Serving, is_in_the_middle};
use crate::support::mq::command;
use crate::support::terminal::AtTerminal;

/// The lines that a terminal shows in the end, after all that was drawn over; and the longest line
/// that it ever showed.
fn screen(shown: &str) -> (Vec<String>, usize) {
    let (mut lines, mut row, mut longest) = (vec![String::new()], 0_usize, 0);
    let mut rest = shown;
    while let Some(letter) = rest.chars().next() {
        if let Some(escape) = rest.strip_prefix("\x1b[") {
            let end = escape.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
            let (number, kind) = (&escape[..end], &escape[end..=end]);
            match kind {
                "A" => row -= number.parse::<usize>().unwrap(),
                "J" => lines.truncate(row),
                other => panic!("{other} is not understood: {shown:?}"),
            }
            lines.resize(lines.len().max(row + 1), String::new());
            rest = &escape[end + 1..];
            continue;
        }
        match letter {
            '\n' => row += 1,
            '\r' => lines[row].clear(),
            letter => lines[row].push(letter),
        }
        lines.resize(lines.len().max(row + 1), String::new());
        longest = longest.max(lines[row].chars().count());
        rest = &rest[letter.len_utf8()..];
    }
    (lines, longest)
}

#[test]
fn a_terminal_shows_the_run_and_then_the_report_alone() {
    let serving = Serving::start("bench-live");
    let words = ["bench", "-p", &serving.port, "--rate", "300", "--duration", "1h", "-t", "t"];
    let terminal = AtTerminal::sized(command(words).env("TERM", "xterm"), 24, 80);
    is_in_the_middle(&serving);
    let shown = terminal.shows("e2e 2s of 3600s, 10 connected");
    for words in ["published ", "received ", "e2e p99 ", "\u{2588}", "p99.9 ", "errors 0"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    terminal.signal(Signal::INT);
    let (_, shown) = terminal.finish();
    let shown = String::from_utf8(shown).unwrap();
    let (lines, longest) = screen(&shown);
    assert!(longest < 80, "{longest}: {shown}");
    let text = lines.join("\n");
    assert!(text.contains("Published") && text.contains("mq bench itself:"), "{text}");
    assert!(!text.contains("\u{2588}") && !text.contains("of 3600s"), "{text}");
}

#[test]
fn a_narrow_terminal_shows_what_fits() {
    let serving = Serving::start("bench-narrow");
    let words = ["bench", "-p", &serving.port, "--rate", "300", "--duration", "1h", "-t", "t"];
    let terminal = AtTerminal::sized(command(words).env("TERM", "xterm"), 24, 40);
    let shown = terminal.shows("e2e 2s of 3600s");
    terminal.signal(Signal::INT);
    terminal.finish();
    let (_, longest) = screen(&shown);
    assert!(longest < 40, "{longest}: {shown}");
    assert!(shown.contains("p99.9 ") && shown.contains("e2e p99 "), "{shown}");
}

#[test]
fn a_terminal_that_cannot_go_back_gets_a_line_a_second() {
    let serving = Serving::start("bench-dumb");
    let words = ["bench", "-p", &serving.port, "--rate", "100", "--duration", "1100ms"];
    let terminal = AtTerminal::start(command(words).env("TERM", "dumb"));
    terminal.shows("   1s  10 connected");
    let (code, shown) = terminal.finish();
    assert_eq!(code, Some(0));
    assert!(!shown.contains(&0x1b), "{}", String::from_utf8_lossy(&shown));
}
