//! `mq pub` to several topics, over links that are cut again and again.

use std::process::Command;

use crate::harness::{broker, numbers};
use crate::program::Program;
use crate::proxy::{End, Link, Proxy, Way};

const LINES: usize = 150;

/// Each line comes to each topic, in order; at QoS 2 once.
fn every_copy_arrives(qos: &str, end: End) {
    let broker = broker();
    let port = broker.port().expect("a TCP port");
    let cut = move |number: usize| {
        let way = Way { end: Some((400 + (number * 7_919) % 1_500, end)), ..Way::default() };
        Link { up: way, down: Way::default() }
    };
    let proxy = Proxy::start(port, cut);
    let mq = env!("CARGO_BIN_EXE_mq");
    let mut command = Command::new(mq);
    command.args(["sub", "-q", "2", "-v", "-t", "all/#", "-p", &port.to_string()]);
    if qos == "2" {
        command.args(["-C", &(2 * LINES).to_string()]);
    }
    // What waits for the publisher ends with it, once a last message is through.
    let publish = "seq 0 149 | \"$0\" pub -t all/a -t all/b -l -M 10 -q \"$1\" -p \"$2\" && \
                   exec \"$0\" pub all/end x -q 2 -p \"$3\"";
    let ports = [proxy.port.to_string(), port.to_string()];
    command.args(["--", "sh", "-c", publish, mq, qos, &ports[0], &ports[1]]);
    let reader = Program::run(command);
    let mut copies = [Vec::new(), Vec::new()];
    while let Some(line) = reader.line() {
        let (topic, payload) = line.split_once(' ').expect("topic and payload");
        match topic {
            "all/a" => copies[0].push(payload.to_owned()),
            "all/b" => copies[1].push(payload.to_owned()),
            _ => break,
        }
    }
    for mut copy in copies {
        if qos == "1" {
            // What was not acknowledged comes again, behind what it was sent with.
            let mut seen = std::collections::HashSet::new();
            copy.retain(|payload| seen.insert(payload.clone()));
        }
        assert!(copy.iter().cloned().eq(numbers(LINES)), "QoS {qos}: {copy:?}");
    }
}

#[test]
fn every_copy_of_a_line_comes_over_links_that_are_cut_at_qos_1() {
    every_copy_arrives("1", End::Cut);
}

#[test]
fn every_copy_of_a_line_comes_once_over_links_that_are_cut_at_qos_2() {
    every_copy_arrives("2", End::Cut);
}

#[test]
fn every_copy_of_a_line_comes_once_over_links_that_are_reset_at_qos_2() {
    every_copy_arrives("2", End::Reset);
}
