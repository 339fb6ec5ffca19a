//! A text goes in by `mq pub -l` and comes out of `mq sub`, byte for byte.

use std::fmt::Write as _;
use std::process::Stdio;

use super::support::mosquitto::Mosquitto;
use super::support::mq::{command, spawn};

/// Lines of every length up to some kilobytes, some longer than a read, none empty.
fn text(lines: usize) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let _ = write!(text, "{line} ");
        let more = if line % 5_000 == 4_999 { 200_000 } else { line * 7_919 % 160 };
        text.extend(std::iter::repeat_n('x', more));
        text.push('\n');
    }
    text
}

/// Publishes all lines once the subscriber is there; what it prints is what was sent.
#[track_caller]
fn round_trip(broker: &[&str], qos: &str, lines: usize) {
    let text = text(lines);
    let file = std::env::temp_dir().join(format!("mq-lines-{}-{lines}-{qos}", std::process::id()));
    std::fs::write(&file, &text).unwrap();
    let count = lines.to_string();
    let publish = format!("exec \"$MQ\" pub {} -t lines -l -q {qos} <\"$LINES\"", broker.join(" "));
    let mut subscribe = command(["sub"]);
    subscribe.args(broker).args(["-t", "lines", "-q", qos, "-C", &count, "-W", "100"]);
    subscribe.args(["--", "sh", "-c", &publish]);
    subscribe.env("MQ", env!("CARGO_BIN_EXE_mq")).env("LINES", &file);
    let finished = spawn(subscribe.stdout(Stdio::piped())).finish().exits(0);
    std::fs::remove_file(file).unwrap();
    assert!(finished.stdout == text.as_bytes(), "{} bytes", finished.stdout.len());
}

fn over_own_broker(qos: &str, lines: usize) {
    let broker = mq::broker::Broker::start(mq::broker::Options::default()).unwrap();
    round_trip(&["-p", &broker.port().unwrap().to_string()], qos, lines);
}

#[test]
fn a_text_comes_out_as_it_went_in_at_qos_0() {
    over_own_broker("0", 100_000);
}

#[test]
fn a_text_comes_out_as_it_went_in_at_qos_1() {
    over_own_broker("1", 100_000);
}

#[test]
fn a_text_comes_out_as_it_went_in_at_qos_2() {
    over_own_broker("2", 100_000);
}

#[test]
#[ignore = "needs mosquitto"]
fn a_text_comes_out_of_mosquitto_as_it_went_in_at_qos_1_and_2() {
    let broker = Mosquitto::open();
    round_trip(&["-p", &broker.port], "1", 20_000);
    round_trip(&["-p", &broker.port], "2", 20_000);
}
