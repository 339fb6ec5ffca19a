//! The bar on a terminal while a file is sent, and the lines that it makes way for.

use std::process::Command;

use rustix::process::Signal;

use crate::support::broker::{Broker, Got};
use crate::support::scratch::Scratch;
use crate::support::terminal::AtTerminal;

/// `mq pub` of a file, at a terminal.
fn publishing(broker: &Broker, words: &str, file: &str) -> Command {
    let script = format!("exec \"$MQ\" pub -p {} {words} <'{file}'", broker.port());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("MQ", env!("CARGO_BIN_EXE_mq"));
    shell.env("TERM", "xterm").env("NO_COLOR", "1");
    shell
}

fn text(shown: &[u8]) -> String {
    String::from_utf8(shown.to_vec()).unwrap()
}

/// What stays on the screen when each line is read from its last return on.
fn left(shown: &str) -> String {
    let line = |line: &str| {
        let last = line.rsplit('\r').next().unwrap_or_default();
        last.replace("\u{1b}[K", "")
    };
    shown.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_shows_how_far_the_file_is_and_goes_at_the_end() {
    let scratch = Scratch::new("bar");
    let file = scratch.write("lines", "a line\n".repeat(5000));
    let broker = Broker::new();
    let running = AtTerminal::start(&mut publishing(&broker, "-t a -l -q 1", &file));
    let mut peer = broker.welcome().0;
    // A window is on its way, and nobody acknowledges it.
    running.shows("% [");
    assert_eq!(peer.take_all().len(), 5000);
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    let shown = text(&shown);
    assert!(shown.contains(" 20% [###") && shown.contains("B/s"), "{shown:?}");
    assert!(shown.ends_with("\r\u{1b}[K") && left(&shown).is_empty(), "{shown:?}");
    let widest = shown.split(['\r', '\n']).map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 77 + "\u{1b}[K".len(), "{shown:?}");
}

#[test]
fn a_narrow_terminal_has_the_figures_alone() {
    let scratch = Scratch::new("narrow");
    let file = scratch.write("lines", "a line\n".repeat(5000));
    let broker = Broker::new();
    let running = AtTerminal::sized(&mut publishing(&broker, "-t a -l -q 1", &file), 24, 40);
    let mut peer = broker.welcome().0;
    let shown = running.shows("20%");
    assert!(!shown.contains("[#"), "{shown:?}");
    peer.take_all();
    assert_eq!(left(&text(&running.finish().1)), "");
}

#[test]
fn a_large_message_is_shown_on_its_way() {
    let scratch = Scratch::new("large");
    let file = scratch.write("image", vec![b'x'; 64 * 1024 * 1024]);
    let broker = Broker::new();
    let words = format!("-t a -q 1 -f '{file}'");
    let running = AtTerminal::start(&mut publishing(&broker, &words, "/dev/null"));
    let mut peer = broker.welcome().0;
    // Nobody reads: the buffers of the system are full.
    let shown = running.shows("% [");
    assert!(!shown.contains("msg/s"), "{shown:?}");
    assert_eq!(peer.take_all().len(), 1);
    let (code, shown) = running.finish();
    assert_eq!((code, left(&text(&shown)).as_str()), (Some(0), ""));
}

#[test]
fn other_lines_stand_as_they_are() {
    let scratch = Scratch::new("lines");
    let good = "{\"topic\":\"a\",\"qos\":1,\"payload\":\"x\"}\n";
    let file = scratch.write("lines", format!("{}bad\n{good}", good.repeat(3000)));
    let broker = Broker::new();
    let running = AtTerminal::start(&mut publishing(&broker, "--json --stats", &file));
    let mut peer = broker.welcome().0;
    running.shows("% [");
    assert_eq!(peer.take_all().len(), 3001);
    let (code, shown) = running.finish();
    assert_eq!(code, Some(1));
    let lines = left(&text(&shown));
    let lines: Vec<_> = lines.lines().collect();
    assert!(lines[0].starts_with("mq: line 3001, column 1: not JSON"), "{lines:?}");
    assert!(lines[1].starts_with("Sent 3001 messages"), "{lines:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
}

#[test]
fn a_signal_leaves_no_half_of_it() {
    let scratch = Scratch::new("signal");
    let file = scratch.write("lines", "a line\n".repeat(5000));
    let broker = Broker::new();
    let running = AtTerminal::start(&mut publishing(&broker, "-t a -l -q 1", &file));
    let mut peer = broker.welcome().0;
    running.shows("% [");
    running.signal(Signal::INT);
    while !matches!(peer.next(), Got::Disconnect { .. }) {}
    let (code, shown) = running.finish();
    assert_eq!(code, None);
    assert_eq!(left(&text(&shown)), "mq: 1000 messages are not acknowledged\n");
}

#[test]
fn a_signal_before_the_broker_has_answered_leaves_nothing_of_it() {
    let scratch = Scratch::new("unanswered");
    let file = scratch.write("lines", "a line\n".repeat(5000));
    let broker = Broker::new();
    let running = AtTerminal::start(&mut publishing(&broker, "-t a -l -q 1", &file));
    let mut peer = broker.accept();
    peer.hello();
    running.shows("% [");
    running.signal(Signal::INT);
    let (code, shown) = running.finish();
    assert_eq!((code, left(&text(&shown)).as_str()), (None, ""));
}

#[test]
fn there_is_none_where_nobody_would_see_it() {
    let scratch = Scratch::new("none");
    let file = scratch.write("lines", "a line\n".repeat(5000));
    // A pipe has no end that is known.
    let pipe = scratch.path().join("pipe");
    let pipe = format!(
        "mkfifo '{0}'; cat '{file}' >'{0}' & exec \"$MQ\" pub -p $PORT -k 1 -t a -l -q 1 <'{0}'",
        pipe.display()
    );
    for (words, terminal, script) in [
        ("--quiet", "xterm", None),
        ("-d", "xterm", None),
        ("", "dumb", None),
        ("", "xterm", Some(&pipe)),
    ] {
        let broker = Broker::new();
        let mut shell = publishing(&broker, &format!("-k 1 -t a -l -q 1 {words}"), &file);
        if let Some(script) = script {
            shell = Command::new("sh");
            shell.args(["-c", script]).env("MQ", env!("CARGO_BIN_EXE_mq"));
        }
        shell.env("TERM", terminal).env("PORT", broker.port());
        let running = AtTerminal::start(&mut shell);
        let mut peer = broker.welcome().0;
        // A ping comes after a second: longer than a bar would keep one waiting.
        let mut messages = 0;
        while peer.next() != Got::Pingreq {
            messages += 1;
        }
        assert_eq!(messages, 1000);
        running.signal(Signal::TERM);
        while !matches!(peer.next(), Got::Disconnect { .. }) {}
        let shown = text(&running.finish().1);
        assert!(!shown.contains("\u{1b}[K"), "{words} {terminal}: {shown:?}");
    }
}
