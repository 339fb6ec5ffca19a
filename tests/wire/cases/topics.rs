//! Topic names and filters, good and bad, in every packet that has them.

use mq::codec::{Sender, Version};

use super::{Case, On, SENDERS, VERSIONS};

const GOOD_FILTERS: [&str; 24] = [
    "a",
    "/",
    "//",
    "a/",
    "/a",
    "a//b",
    "#",
    "+",
    "+/+",
    "/+",
    "+/",
    "/#",
    "a/#",
    "a/+/b",
    "+/a/#",
    "a/+",
    "$SYS/#",
    "$share",
    "$shared/a",
    "$share/g/a",
    "$share/g/#",
    "$share/g/+/b",
    "$share/g//",
    "a b",
];

const BAD_FILTERS: [&str; 25] = [
    "",
    "a#",
    "#a",
    "##",
    "#/",
    "#/a",
    "a/#/b",
    "a/b#",
    "a/#b",
    "/#/",
    "+a",
    "a+",
    "++",
    "a+/b",
    "+a/b",
    "a/b+",
    "a/+b/c",
    "+#",
    "$share/",
    "$share/g",
    "$share/g/",
    "$share//a",
    "$share/+/a",
    "$share/g#/a",
    "$share/g/a#",
];

const GOOD_NAMES: [&str; 10] =
    ["a", "/", "//", "a/", "/a", "a//b", "a b", "$SYS/x", "$share/g/a", "$share"];

const BAD_NAMES: [&str; 9] = ["#", "+", "a/#", "a/+", "+/a", "a#", "a+b", "a/b/c/#", "$SYS/+"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in VERSIONS {
        let client = On(version, Sender::Client);
        for filter in GOOD_FILTERS {
            cases.extend(good_filter(client, filter));
        }
        for filter in BAD_FILTERS {
            cases.extend(bad_filter(client, filter));
        }
        for name in GOOD_NAMES {
            cases.extend(SENDERS.map(|sender| good_name(On(version, sender), name)));
            cases.push(good_will(client, name));
        }
        for name in BAD_NAMES {
            cases.extend(SENDERS.map(|sender| bad_name(On(version, sender), name)));
            cases.push(bad_will(client, name));
        }
    }
    for name in BAD_NAMES {
        cases.extend(SENDERS.map(|sender| bad_response_topic(On(Version::V5, sender), name)));
    }
    cases
}

fn good_filter(on: On, filter: &str) -> [Case; 2] {
    let statement = if on.0.is_v5() { "MQTT-4.7.1-1" } else { "MQTT-4.7.1-2" };
    [
        on.valid(
            &format!("filter '{filter}'"),
            &format!("82 ~ 0001 [] <{filter}> 01"),
            &format!("SUBSCRIBE #1 '{filter}' q1"),
            statement,
        ),
        on.valid(
            &format!("filter '{filter}' to leave"),
            &format!("A2 ~ 0001 [] <{filter}>"),
            &format!("UNSUBSCRIBE #1 '{filter}'"),
            statement,
        ),
    ]
}

fn bad_filter(on: On, filter: &str) -> [Case; 2] {
    let statement = match (filter.starts_with("$share"), filter.contains('#'), on.0.is_v5()) {
        _ if filter.is_empty() => "MQTT-4.7.3-1",
        (true, _, true) if filter == "$share/" || filter.contains("//") => "MQTT-4.8.2-1",
        (true, _, true) => "MQTT-4.8.2-2",
        // Sharing came with version 5; what would break its rules is refused before it as well.
        (true, _, false) => "MQTT-4.8.0-1",
        (_, true, true) => "MQTT-4.7.1-1",
        (_, true, false) | (_, false, true) => "MQTT-4.7.1-2",
        (_, false, false) => "MQTT-4.7.1-3",
    };
    let why = ("TopicFilter", 0x81);
    let bytes = format!("82 ~ 0001 [] <{filter}> 01");
    let leave = format!("A2 ~ 0001 [] <{filter}>");
    [
        on.refused(&format!("filter '{filter}'"), &bytes, why, statement),
        on.refused(&format!("filter '{filter}' to leave"), &leave, why, statement),
    ]
}

fn good_name(on: On, name: &str) -> Case {
    let bytes = format!("32 ~ <{name}> 0001 []");
    on.valid(
        &format!("topic '{name}'"),
        &bytes,
        &format!("PUBLISH q1 '{name}' #1 ''"),
        "MQTT-4.7.3-1",
    )
}

fn bad_name(on: On, name: &str) -> Case {
    let bytes = format!("32 ~ <{name}> 0001 []");
    on.refused(&format!("topic '{name}'"), &bytes, ("TopicName", 0x81), "MQTT-3.3.2-2")
}

fn good_will(on: On, name: &str) -> Case {
    let bytes = format!("10 ~ @ 06 003C [] <c> [] <{name}> <>");
    let words = format!("CONNECT {} clean keep=60 id='c' will(q0 '{name}' '')", on.0);
    on.valid(&format!("will topic '{name}'"), &bytes, &words, "MQTT-4.7.3-1")
}

fn bad_will(on: On, name: &str) -> Case {
    let bytes = format!("10 ~ @ 06 003C [] <c> [] <{name}> <>");
    let statement = if on.0.is_v5() { "MQTT-4.7.0-1" } else { "MQTT-4.7.1-1" };
    on.refused(&format!("will topic '{name}'"), &bytes, ("TopicName", 0x81), statement)
}

fn bad_response_topic(on: On, name: &str) -> Case {
    let bytes = format!("30 ~ <a> [08 <{name}>]");
    let why = ("PropertyValue", 0x82);
    on.refused(&format!("response topic '{name}'"), &bytes, why, "MQTT-3.3.2-14")
}
