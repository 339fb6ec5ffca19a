//! `mq broker --record`: every message in a file, to be sent again.

use std::fs;

use rustix::process::Signal;

use super::own_broker::serve;
use super::recording::{essence, messages};
use crate::support::mq::{command, run, spawn};
use crate::support::scratch::Scratch;

/// Has a broker record what is published from a file.
fn record(files: &Scratch, name: &str, input: &str) -> Vec<u8> {
    let file = files.path().join(name);
    let serving = serve(&["-p", "0", "--record", file.to_str().unwrap()]);
    let mut publish = command(["pub", "-p", serving.port(), "--json"]);
    let input = fs::File::open(input).unwrap();
    spawn(publish.stdin(input)).finish().exits(0);
    serving.stop().exits(0);
    fs::read(file).unwrap()
}

#[test]
fn a_recording_replayed_is_recorded_as_it_was() {
    let files = Scratch::new("broker-record");
    let original = messages(5_000, 20);
    let first = record(&files, "first", &files.write("original", &original));
    let second = record(&files, "second", &files.write("again", &first));
    // The one thing that is not kept is that some payloads were written as JSON.
    let mut wanted = essence(original.as_bytes());
    for message in wanted.values_mut().flatten() {
        if let Some(json) = message.as_object_mut().unwrap().remove("payload_json") {
            message["payload"] = json.to_string().into();
        }
    }
    assert!(essence(&first) == wanted, "recorded");
    assert!(essence(&second) == wanted, "replayed and recorded again");
}

#[test]
fn what_was_published_stands_in_the_file_while_the_broker_serves() {
    let files = Scratch::new("broker-record-live");
    let file = files.path().join("live");
    let serving = serve(&["-p", "0", "--record", file.to_str().unwrap()]);
    let deadline = mq::net::clock::now() + crate::support::PATIENCE;
    run(["pub", "-p", serving.port(), "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    while !fs::read_to_string(&file).unwrap().contains("\"payload\":\"x\"}\n") {
        assert!(mq::net::clock::now() < deadline, "nothing is written");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    serving.stop().exits(0);
}

#[test]
fn no_message_is_lost_however_many_come() {
    let files = Scratch::new("broker-record-many");
    let file = files.path().join("many");
    let serving = serve(&["-p", "0", "--record", file.to_str().unwrap()]);
    // Some 70 MB of lines: four times what may wait for the disk.
    let payload = "x".repeat(600);
    let words = ["-q", "1", "-t", "a", "-m", &payload, "--repeat", "100000"];
    run(["pub", "-p", serving.port()].iter().chain(&words)).exits(0);
    serving.stop().exits(0);
    let lines = memchr::memchr_iter(b'\n', &fs::read(&file).unwrap()).count();
    assert_eq!(lines, 100_000);
}

#[test]
fn a_full_disk_is_told_and_the_broker_goes_on() {
    let serving = serve(&["-p", "0", "--record", "/dev/full"]);
    run(["pub", "-p", serving.port(), "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    serving.broker.wait_until_it_says("cannot write /dev/full: No space left");
    run(["pub", "-p", serving.port(), "-q", "1", "-t", "a", "-m", "y"]).exits(0);
    serving.stop().exits(1).says("2 messages are not in /dev/full");
    // A command that ends well does not hide it, one that fails has its own code.
    for (code, wanted) in [("0", 1), ("7", 7)] {
        let script = format!("\"$MQ\" pub -q 1 -t a -m x; exit {code}");
        run(["broker", "--record", "/dev/full", "--", "sh", "-c", &script]).exits(wanted);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anybody_comes() {
    run(["broker", "-p", "0", "--record", "/no/such/place"]).exits(1).says("/no/such/place");
    run(["broker", "--record", "/no/such/place", "--", "true"]).exits(125);
}

#[test]
fn what_is_retained_stands_in_the_file_as_retained() {
    let files = Scratch::new("broker-record-retained");
    let file = files.path().join("r");
    let serving = serve(&["-p", "0", "--record", file.to_str().unwrap()]);
    run(["pub", "-p", serving.port(), "-r", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    serving.broker.signal(Signal::INT);
    serving.broker.finish().exits(0);
    assert!(fs::read_to_string(&file).unwrap().contains("\"retain\":true"));
    // And a broker that begins with the recording has it.
    let next = serve(&["-p", "0", "--retain-file", file.to_str().unwrap()]);
    run(["sub", "-p", next.port(), "-t", "a", "-C", "1"]).exits(0).prints("x\n");
}
