//! System calls for a message: the steadiest measure of batching. A write per message, or a
//! flush per message, fails here at once.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::scratch::Scratch;

/// Runs a shell line under `mq broker`, or `mq` itself, with its calls counted; gives the total.
struct Counted {
    report: PathBuf,
}

impl Counted {
    fn new(name: &str) -> Self {
        let name = format!("mq-calls-{}-{name}", std::process::id());
        Self { report: std::env::temp_dir().join(name) }
    }

    /// `script` runs with `$MQ`, and with `$COUNTED` in front of what is to be counted.
    fn run(&self, script: &str) -> f64 {
        let report = self.report.to_str().unwrap();
        let program = env!("CARGO_BIN_EXE_mq");
        let status = Command::new("sh")
            .args(["-c", script])
            .env("MQ", program)
            .env("COUNTED", format!("strace -c -o {report} {program}"))
            .env("COUNTED_THREADS", format!("strace -f -c -o {report} {program}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
        let text = std::fs::read_to_string(report).unwrap();
        std::fs::remove_file(report).unwrap();
        let total = text.lines().find(|line| line.ends_with("total")).unwrap();
        // "100.00    0.012345          12      1234        56 total"
        total.split_whitespace().nth(3).unwrap().parse().unwrap()
    }
}

#[test]
#[ignore = "needs strace"]
fn a_publisher_of_lines_writes_many_at_once() {
    let lines = 200_000.0;
    let script = "\"$MQ\" broker -- sh -c 'seq 200000 | $COUNTED_THREADS pub -t a -l -q 0'";
    let calls = Counted::new("publish").run(script);
    assert!(calls / lines < 0.02, "{calls} calls for {lines} lines");
}

#[test]
#[ignore = "needs strace"]
fn a_publisher_at_qos_1_waits_for_many_at_once() {
    let lines = 100_000.0;
    let script = "\"$MQ\" broker -- sh -c 'seq 100000 | $COUNTED_THREADS pub -t a -l -q 1'";
    let calls = Counted::new("publish-1").run(script);
    assert!(calls / lines < 0.05, "{calls} calls for {lines} lines");
}

#[test]
#[ignore = "needs strace"]
fn a_subscriber_reads_and_prints_many_at_once() {
    let lines = 200_000.0;
    let script = "\"$MQ\" broker -- sh -c '\
                  $COUNTED sub -t a -C 200000 -- sh -c \"seq 200000 | $MQ pub -t a -l\" >/dev/null'";
    let calls = Counted::new("subscribe").run(script);
    assert!(calls / lines < 0.02, "{calls} calls for {lines} lines");
}

#[test]
#[ignore = "needs strace"]
fn a_broker_serves_one_to_one_at_qos_1_in_batches() {
    let lines = 100_000.0;
    let script = "$COUNTED broker -- sh -c '\
                  \"$MQ\" sub -q 1 -t a -C 100000 -- sh -c \"seq 100000 | \\\"$MQ\\\" pub -t a -l -q 1\"'";
    let calls = Counted::new("one-to-one").run(script);
    assert!(calls / lines < 0.05, "{calls} calls for {lines} messages");
}

#[test]
#[ignore = "needs strace"]
fn a_broker_serves_fifty_publishers_in_batches() {
    let messages = 200_000.0;
    let script = "$COUNTED broker -- sh -c '\
                  \"$MQ\" sub -t a -C 200000 -- sh -c \"for i in \\$(seq 50); do \
                  seq 4000 | \\\"$MQ\\\" pub -t a -l & done; wait\"'";
    let calls = Counted::new("fifty-to-one").run(script);
    assert!(calls / messages < 0.05, "{calls} calls for {messages} messages");
}

/// Of the broker's own thread alone: its command has sockets of its own.
#[test]
#[ignore = "needs strace"]
fn packets_leave_at_once_where_the_file_says_so() {
    for (line, first, last) in [
        ("set_tcp_nodelay true\n", "TCP_NODELAY, [1]", "TCP_NODELAY, [1]"),
        ("set_tcp_nodelay false\n", "TCP_NODELAY, [1]", "TCP_NODELAY, [0]"),
    ] {
        let scratch = Scratch::new("calls-delay");
        let text = format!("listener 0 127.0.0.1\nallow_anonymous true\n{line}");
        let (config, report) = (scratch.write("c", text), scratch.path().join("report"));
        let status = Command::new("strace")
            .args(["-e", "trace=setsockopt,accept4", "-o"])
            .arg(&report)
            .args([env!("CARGO_BIN_EXE_mq"), "broker", "-c", &config, "--", "sh", "-c"])
            .arg("exec \"$MQ\" pub -q 1 -t a -m x")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
        let text = std::fs::read_to_string(report).unwrap();
        let (_, accepted) = text.split_once("accept4(").unwrap();
        let of_connection: Vec<_> =
            accepted.lines().filter(|line| line.contains("TCP_NODELAY")).collect();
        assert!(of_connection.first().is_some_and(|line| line.contains(first)), "{text}");
        assert!(of_connection.last().is_some_and(|line| line.contains(last)), "{text}");
    }
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[ignore = "needs strace"]
fn a_start_loads_no_library_for_unwinding() {
    let report = Counted::new("libraries").report;
    let output = Command::new("strace")
        .args(["-e", "trace=open,openat", "-o"])
        .arg(&report)
        .args([env!("CARGO_BIN_EXE_mq"), "--version"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&report).unwrap();
    std::fs::remove_file(report).unwrap();
    let libraries: Vec<_> = text.lines().filter(|line| line.contains(".so.")).collect();
    assert!(libraries.iter().any(|line| line.contains("libc.so.")), "{text}");
    assert!(!libraries.iter().any(|line| line.contains("libgcc")), "{text}");
}
