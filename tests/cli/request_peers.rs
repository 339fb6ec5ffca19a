//! `mq rr` with brokers, responders and requesters that somebody else wrote.

use std::process::{Command, Stdio};

use rumqttc_v5::{
    AsyncClient, Event, Incoming, MqttOptions, PublishOptions, PublishProperties, QoS,
};

use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, run, spawn, start};

/// Our broker, on a free port, in this process.
fn own_broker() -> (mq::broker::Broker, String) {
    let broker = mq::broker::Broker::start(mq::broker::Options::default()).unwrap();
    let port = broker.port().unwrap().to_string();
    (broker, port)
}

/// Each request to the topic `ask` is answered once, by `mq sub` and `mq pub` in a pipe: the
/// responder of who has a shell. `asker` runs once it listens.
fn with_shell_responder(port: &str, answers: usize, asker: &str) -> Finished {
    let mq = env!("CARGO_BIN_EXE_mq");
    let respond = format!(
        "\"{mq}\" sub -p {port} -t ask -C {answers} -- sh -c 'echo ready >&2; exec sleep 0' \
         | sed -u 's/^/re:/' | \"{mq}\" pub -p {port} -t back -l"
    );
    let mut shell = Command::new("sh");
    let responder = spawn(shell.args(["-c", &respond]).stdin(Stdio::null()));
    responder.wait_until_it_says("ready");
    let mut shell = Command::new("sh");
    let asked =
        spawn(shell.args(["-c", asker]).stdin(Stdio::null()).stdout(Stdio::piped())).finish();
    responder.finish().exits(0);
    asked
}

#[test]
fn a_shell_answers_over_our_broker() {
    let (_broker, port) = own_broker();
    let mq = env!("CARGO_BIN_EXE_mq");
    let ask = format!("\"{mq}\" rr -p {port} -t ask -e back -m one -q 1");
    with_shell_responder(&port, 1, &ask).exits(0).prints("re:one\n");
    let many = format!("printf 'a\\nb\\nc\\n' | \"{mq}\" rr -p {port} -t ask -e back -l");
    with_shell_responder(&port, 3, &many).exits(0).prints("re:a\nre:b\nre:c\n");
}

#[test]
#[ignore = "needs mosquitto_rr"]
fn both_requesters_have_the_same_answer_from_a_shell_over_both_brokers() {
    let theirs = Mosquitto::open();
    let (_broker, ours) = own_broker();
    let mq = format!("\"{}\" rr", env!("CARGO_BIN_EXE_mq"));
    for port in [&theirs.port, &ours] {
        for version in ["5", "311"] {
            for requester in [mq.as_str(), "mosquitto_rr"] {
                for (words, printed) in [("-m one", "re:one\n"), ("-m one -v", "back re:one\n")] {
                    let ask = format!("{requester} -p {port} -t ask -e back -V {version} {words}");
                    with_shell_responder(port, 1, &ask).exits(0).prints(printed);
                }
            }
        }
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn a_responder_of_their_programs_answers_both_requesters() {
    let broker = Mosquitto::open();
    let port = &broker.port;
    let mq = format!("\"{}\" rr", env!("CARGO_BIN_EXE_mq"));
    for requester in [mq.as_str(), "mosquitto_rr"] {
        // Retained, so that it does not matter who comes first.
        run(["pub", "-t", "ready", "-m", "yes", "-r", "-p", port]).exits(0);
        let respond = format!(
            "mosquitto_sub -p {port} -t ready -t ask -C 2 -F '%t %p %R' | while read -r topic payload back; do \
             if [ $topic = ready ]; then echo ready >&2; else \
             mosquitto_pub -p {port} -t \"${{back:-back}}\" -m \"to $payload\"; fi; done"
        );
        let mut shell = Command::new("sh");
        let responder = spawn(shell.args(["-c", &respond]).stdin(Stdio::null()));
        responder.wait_until_it_says("ready");
        let ask = format!("{requester} -p {port} -t ask -e back -m it -W 20");
        let mut shell = Command::new("sh");
        let asked = spawn(shell.args(["-c", &ask]).stdin(Stdio::null()).stdout(Stdio::piped()));
        asked.finish().exits(0).prints("to it\n");
        responder.finish().exits(0);
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn their_broker_tells_that_nobody_is_subscribed_and_what_is_not_allowed() {
    let broker = Mosquitto::open();
    let words = ["rr", "-t", "ask", "-m", "x", "-q", "1", "-p", &broker.port];
    run(words).exits(4).says("nobody is subscribed to ask");
    let acl = "topic write ask\ntopic read ask\n";
    let lines = ["allow_anonymous true", "acl_file DIR/acl"];
    let broker = Mosquitto::start(&lines, &[("acl", acl)]);
    let words = ["rr", "-t", "other", "-e", "ask", "-m", "x", "-q", "1", "-p", &broker.port];
    run(words).exits(4).says("not authorized");
}

/// A run whose session lasts, with a topic of its own for the answers: nobody listens there
/// afterwards.
fn leaves_no_subscription_behind(port: &str) {
    let words = ["sub", "-t", "ask", "-C", "1", "-F", "%R", "-p", port, "--", "sh", "-c", READY];
    let responder = start(words);
    responder.wait_until_it_says("ready");
    let words = ["rr", "-t", "ask", "-m", "x", "-c", "-i", "me", "-W", "0.2", "-p", port];
    run(words).exits(5).says("no answer on mq/rr/me/");
    let topic = String::from_utf8(responder.finish().exits(0).stdout).unwrap();
    let words = ["rr", "-t", topic.trim_end(), "-e", "back", "-m", "x", "-q", "1", "-p", port];
    run(words).exits(4).says("nobody is subscribed to mq/rr/me/");
}

const READY: &str = "echo ready >&2; exec sleep 0";

#[test]
fn our_broker_is_left_without_the_subscription_of_one_run() {
    let (_broker, port) = own_broker();
    leaves_no_subscription_behind(&port);
}

#[test]
#[ignore = "needs mosquitto"]
fn their_broker_is_left_without_the_subscription_of_one_run() {
    leaves_no_subscription_behind(&Mosquitto::open().port);
}

/// Answers `count` requests to `ask` as MQTT 5 has it, every second one late: after the next.
async fn respond(port: u16, count: usize, ready: std::sync::mpsc::Sender<()>) {
    let options = MqttOptions::new("responder", ("127.0.0.1", port));
    let (client, mut events) = AsyncClient::builder(options).capacity(2000).build();
    client.subscribe("ask", QoS::AtLeastOnce).await.unwrap();
    let (mut held, mut answered, mut acknowledged) = (None, 0, 0);
    while acknowledged < count {
        match events.poll().await.unwrap() {
            Event::Incoming(Incoming::SubAck(_)) => ready.send(()).unwrap(),
            Event::Incoming(Incoming::PubAck(_)) => acknowledged += 1,
            Event::Incoming(Incoming::Publish(asked)) => match held.take() {
                None if answered + 1 < count => held = Some(asked),
                before => {
                    for asked in [Some(asked), before].into_iter().flatten() {
                        let properties = asked.properties.unwrap();
                        let correlation_data = properties.correlation_data;
                        let with = PublishProperties { correlation_data, ..Default::default() };
                        let with = PublishOptions::at_least_once().properties(with);
                        let payload = [b"re:", &asked.payload[..]].concat();
                        let back = properties.response_topic.unwrap();
                        client.publish(back, payload, with).await.unwrap();
                        answered += 1;
                    }
                }
            },
            _ => {}
        }
    }
}

#[test]
fn an_independent_responder_answers_a_thousand_lines_out_of_order() {
    let (broker, port) = own_broker();
    let number = broker.port().unwrap();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let responder = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(respond(number, 1000, ready));
    });
    is_ready.recv().unwrap();
    let mut running = start(["rr", "-t", "ask", "-l", "-q", "1", "--in-flight", "50", "-p", &port]);
    let lines: Vec<_> = (1..=1000).map(|number| format!("{number}\n")).collect();
    running.feed(lines.concat());
    let finished = running.finish().exits(0);
    assert_eq!(finished.stderr, "");
    let text = String::from_utf8(finished.stdout).unwrap();
    let mut answers: Vec<_> = text.lines().map(str::to_owned).collect();
    let in_order: Vec<_> = (1..=1000).map(|number| format!("re:{number}")).collect();
    assert_ne!(answers, in_order);
    answers.sort_by_key(|answer| answer[3..].parse::<u32>().unwrap());
    assert_eq!(answers, in_order);
    responder.join().unwrap();
}
