//! Topics at a terminal: in colours and in a column, and plain everywhere else.

use mq::codec::Qos;

use crate::support::broker::Broker;
use crate::support::mq::command;
use crate::support::names::{Names, Whose};
use crate::support::terminal::AtTerminal;

/// What is shown of these topics, each with the payload `x`, in a terminal of so many columns.
fn shown(columns: u16, environment: &[(&str, &str)], topics: &[&str], words: &[&str]) -> String {
    let broker = Broker::new();
    let (port, count) = (broker.port(), topics.len().to_string());
    let fixed = ["sub", "#", "-C", &count, "-p", &port];
    let mut command = command(fixed.iter().chain(words));
    let running = AtTerminal::sized(command.envs(environment.iter().copied()), 24, columns);
    let mut peer = broker.welcome().0;
    peer.grant();
    for topic in topics {
        peer.publish(topic, b"x", Qos::AtMostOnce, 0);
    }
    peer.leaves();
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    String::from_utf8(shown).unwrap()
}

/// The colour's code, the topic and what stands behind it.
#[track_caller]
fn parts(line: &str) -> (&str, &str, &str) {
    let (code, rest) = line.strip_prefix("\x1b[").unwrap().split_once('m').unwrap();
    let (topic, behind) = rest.split_once("\x1b[0m").unwrap();
    (code, topic, behind)
}

const TOPICS: &[&str] = &["sensors/attic/temp", "lamp", "sensors/attic/temp", "lamp"];

#[test]
fn each_topic_keeps_its_colour_and_payloads_stand_below_each_other() {
    let shown = shown(80, &[], TOPICS, &["-v"]);
    let lines: Vec<_> = shown.lines().map(parts).collect();
    let told: Vec<_> = lines.iter().map(|(_, topic, behind)| (*topic, *behind)).collect();
    let (long, short) = (("sensors/attic/temp", " x"), ("lamp", "               x"));
    assert_eq!(told, [long, short, long, short]);
    assert_eq!((lines[0].0, lines[1].0), (lines[2].0, lines[3].0));
    assert_ne!(lines[0].0, lines[1].0);
}

#[test]
fn no_colours_where_they_are_not_wanted_or_not_known() {
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = shown(80, &[variable], TOPICS, &["-v"]);
        let (long, short) = ("sensors/attic/temp x\n", "lamp               x\n");
        assert_eq!(shown, [long, short, long, short].concat(), "{variable:?}");
    }
    // Without a topic in front there is nothing to colour.
    assert_eq!(shown(80, &[], TOPICS, &[]), "x\nx\nx\nx\n");
    assert_eq!(shown(80, &[], &["a"], &["-F", "%t %p"]), "a x\n");
}

#[test]
fn a_narrow_terminal_has_a_narrow_column_and_no_topic_is_cut() {
    let topics = ["homeassistant/sensor/attic/temperature/state", "lamp/kitchen", "lamp"];
    let shown = shown(40, &[("NO_COLOR", "1")], &topics, &["-v"]);
    let lines: Vec<_> = shown.lines().collect();
    let first = format!("{} x", topics[0]);
    assert_eq!(lines, [first.as_str(), "lamp/kitchen x", "lamp         x"]);
}

#[test]
fn the_time_stands_before_the_topic() {
    let environment = [("NO_COLOR", "1"), ("TZ", "UTC")];
    let shown = shown(80, &environment, &["a"], &["-v", "--time"]);
    assert!(shown.ends_with("+00:00 a x\n"), "{shown:?}");
}

#[test]
fn under_mosquittos_name_nothing_is_coloured() {
    let (broker, names) = (Broker::new(), Names::new());
    let port = broker.port();
    let words = ["-t", "#", "-v", "-C", "2", "-p", &port];
    let mut command = names.command(Whose::Ours, "mosquitto_sub", words);
    let running = AtTerminal::start(&mut command);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a/long/topic", b"x", Qos::AtMostOnce, 0);
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    peer.leaves();
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    assert_eq!(String::from_utf8(shown).unwrap(), "a/long/topic x\na x\n");
}
