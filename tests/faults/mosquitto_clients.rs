//! mosquitto's own clients, as scripts use them.

use mq::broker::Broker;

use crate::harness::{broker, numbers};
use crate::program::Program;
use crate::raw::{Hello, Raw, packet, text};

const LINES: usize = 60_000;

/// mosquitto's clients on one broker.
struct Clients {
    broker: Broker,
    port: String,
}

impl Clients {
    fn new() -> Self {
        let broker = broker();
        let port = broker.port().expect("a TCP port").to_string();
        Self { broker, port }
    }

    fn start(&self, name: &str, arguments: &str) -> Program {
        let mut all = vec!["-h", "127.0.0.1", "-p", &self.port];
        all.extend(arguments.split_whitespace());
        Program::start(name, &all)
    }

    /// `mosquitto_sub`, when it has subscribed: a retained message in a topic of its own has come.
    fn subscriber(&self, name: &str, arguments: &str) -> Program {
        let topic = format!("ready/{name}");
        let retained = packet(0x31, &[text(&topic), name.as_bytes().to_vec()].concat());
        let mut raw = self.raw("marker");
        raw.send(&retained);
        raw.ping();
        let program = self.start("mosquitto_sub", &format!("-t {topic} {arguments}"));
        assert_eq!(program.line().as_deref(), Some(name));
        program
    }

    fn raw(&self, id: &str) -> Raw {
        Raw::connect(self.broker.port().expect("a TCP port"), Hello::new(id))
    }
}

/// Numbered lines go through `mosquitto_pub -l` to `mosquitto_sub`.
fn lines_arrive(version: &str, qos: u8) {
    let clients = Clients::new();
    let common = format!("-V {version} -q {qos} -t lines");
    let reader = clients.subscriber("reader", &format!("{common} -C {}", LINES + 1));
    let mut writer = clients.start("mosquitto_pub", &format!("{common} -l"));
    writer.feed(numbers(LINES).flat_map(|number| format!("{number}\n").into_bytes()).collect());
    for number in numbers(LINES) {
        assert_eq!(reader.line(), Some(number), "at QoS {qos} in version {version}");
    }
    assert_eq!(writer.rest(), Vec::<String>::new());
    assert_eq!(reader.rest(), Vec::<String>::new());
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_0_in_version_3_1_1() {
    lines_arrive("311", 0);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_1_in_version_3_1_1() {
    lines_arrive("311", 1);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_2_in_version_3_1_1() {
    lines_arrive("311", 2);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_0_in_version_5() {
    lines_arrive("5", 0);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_1_in_version_5() {
    lines_arrive("5", 1);
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn lines_arrive_in_order_at_qos_2_in_version_5() {
    lines_arrive("5", 2);
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn the_will_of_a_killed_client_comes_once() {
    let clients = Clients::new();
    let mut watcher = clients.raw("watcher");
    watcher.subscribe("gone/#", 1);
    for version in ["31", "311", "5"] {
        let will = format!("--will-topic gone/{version} --will-payload {version} --will-qos 1");
        let program = clients.subscriber(version, &format!("-V mqttv{version} {will}"));
        program.kill();
        assert_eq!(watcher.message(), version.as_bytes());
    }
    watcher.ping();
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn a_persistent_session_gets_the_lines_it_missed() {
    let clients = Clients::new();
    for (version, expiry) in [("311", ""), ("5", "-x 60")] {
        let common = format!("-V {version} -q 1 -t missed/{version}");
        let session = format!("{common} -c -i away{version} {expiry}");
        assert!(clients.start("mosquitto_sub", &format!("{session} -E")).rest().is_empty());
        let mut writer = clients.start("mosquitto_pub", &format!("{common} -l"));
        let lines: Vec<_> = numbers(500).collect();
        writer.feed((lines.join("\n") + "\n").into_bytes());
        writer.rest();
        let reader = clients.start("mosquitto_sub", &format!("{session} -C 500"));
        assert_eq!(reader.rest(), lines, "in version {version}");
    }
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn members_of_a_group_share_the_lines() {
    let clients = Clients::new();
    let member = "-q 1 -t $share/group/work";
    let members = ["left", "right"].map(|name| clients.subscriber(name, member));
    let mut writer = clients.start("mosquitto_pub", "-q 1 -t work -l");
    let lines: Vec<_> = numbers(1_000).collect();
    writer.feed((lines.join("\n") + "\n").into_bytes());
    writer.rest();
    let mut found = Vec::new();
    for member in &members {
        // In turns: half of them each.
        found.extend((0..500).map(|_| member.line().expect("its half")));
    }
    found.sort_by_key(|line| line.parse::<usize>().expect("a number"));
    assert_eq!(found, lines);
}
