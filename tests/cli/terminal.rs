//! What a broker sends never drives a terminal, wherever it is shown there.

use mq::codec::{Properties, Property, PropertyBuffer, Publish, Qos, Reason};

use crate::support::broker::{Broker, Peer};
use crate::support::mq::command;
use crate::support::terminal::AtTerminal;

/// Clipboard, link and title (OSC 52, 8, 0), colours and cursor (CSI), the same as C1 controls,
/// return, bell, backspace, other direction, nothing at all.
const ATTACKS: &[&str] = &[
    "\u{1b}]52;c;aGk=\u{7}",
    "\u{1b}]8;;http://evil/\u{1b}\\here\u{1b}]8;;\u{1b}\\",
    "\u{1b}]0;title\u{7}",
    "\u{1b}[2J\u{1b}[31m",
    "\u{9b}2J\u{9d}0;title\u{9c}",
    "fine\rFAILED",
    "\u{7}\u{8}\u{7f}",
    "\u{202e}txt.exe\u{2066}",
    "a\u{200b}b\u{feff}c\u{2060}",
    "mq: \u{e0041}all well",
];

/// Everything of a text that is harmless, and the newline of the program's own.
#[track_caller]
fn harmless(shown: &[u8], whence: &str) {
    let text =
        String::from_utf8(shown.to_vec()).unwrap_or_else(|error| panic!("{whence}: {error}"));
    for character in text.chars() {
        let plain = matches!(character, ' '..='~' | '\n' | '\t');
        assert!(plain, "{whence}: {character:?} in {text:?}");
    }
}

/// Without the colour of the program's own name, and without the one that each line's topic may
/// have, from the first byte to the space behind it.
fn uncoloured(shown: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(shown);
    let plain = |line: &str| {
        let coloured = line.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m'));
        match coloured.and_then(|(_, rest)| rest.split_once("\u{1b}[0m ")) {
            Some((topic, payload)) if !line.starts_with("\u{1b}[1") => {
                format!("{topic} {payload}")
            }
            _ => line.to_owned(),
        }
    };
    let text: String = text.split_inclusive('\n').map(plain).collect();
    let text = ["\u{1b}[1;31m", "\u{1b}[1m", "\u{1b}[0m"].iter().fold(text, |text, code| {
        text.replace(&format!("{code}mq:"), "mq:").replace(&format!("mq:{code}"), "mq:")
    });
    text.into_bytes()
}

fn at_terminal(broker: &Broker, words: &[&str]) -> AtTerminal {
    let port = broker.port();
    AtTerminal::start(command(["sub", "-t", "#", "-p", &port]).args(words))
}

fn properties(attack: &str) -> PropertyBuffer {
    let mut buffer = PropertyBuffer::new();
    for property in [
        Property::ContentType(attack),
        Property::ResponseTopic(attack),
        Property::CorrelationData(attack.as_bytes()),
        Property::UserProperty(attack, attack),
    ] {
        buffer.push(property).unwrap();
    }
    buffer
}

fn message(peer: &mut Peer, topic: &str, payload: &[u8], properties: Properties<'_>) {
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic,
        id: None,
        properties,
        payload,
    });
}

#[test]
fn in_topic_payload_and_properties_and_in_the_trace_of_packets() {
    for words in [
        &["-v"][..],
        &["-d"],
        &["-v", "-N"],
        &["-F", "%t %C %R %P %D %p %10.3t %.2C"],
        &["-F", "%j"],
        &["-F", "%j", "--pretty"],
        &["-F", "%J"],
    ] {
        let broker = Broker::new();
        let count = ATTACKS.len().to_string();
        let running = at_terminal(&broker, &[words, &["-C", &count]].concat());
        let mut peer = broker.welcome().0;
        peer.grant();
        for attack in ATTACKS {
            let properties = properties(attack);
            message(&mut peer, attack, attack.as_bytes(), properties.as_properties());
        }
        peer.leaves();
        let (code, shown) = running.finish();
        assert_eq!(code, Some(0));
        harmless(&uncoloured(&shown), &format!("{words:?}"));
    }
}

#[test]
fn in_bytes_that_are_no_text() {
    let broker = Broker::new();
    let running = at_terminal(&broker, &["-C", "1", "-N"]);
    let mut peer = broker.welcome().0;
    peer.grant();
    let every: Vec<u8> = (0..=255).collect();
    message(&mut peer, "a", &every, Properties::EMPTY);
    peer.leaves();
    let (_, shown) = running.finish();
    harmless(&shown, "every byte");
    assert!(shown.ends_with(b"\\xfd\\xfe\\xff"));
}

#[test]
fn in_reasons_and_the_names_of_other_servers() {
    for attack in ATTACKS {
        let given = [
            Property::ReasonString(attack),
            Property::ServerReference(attack),
            Property::UserProperty(attack, attack),
        ];
        let broker = Broker::new();
        let running = at_terminal(&broker, &[]);
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.disconnect(Reason::UseAnotherServer, &given);
        let (code, shown) = running.finish();
        assert_eq!(code, Some(4));
        harmless(&uncoloured(&shown), "DISCONNECT");
        let running = at_terminal(&broker, &[]);
        let mut peer = broker.accept();
        peer.hello();
        let mut buffer = PropertyBuffer::new();
        for property in given {
            buffer.push(property).unwrap();
        }
        peer.send(mq::codec::Packet::Connack(mq::codec::Connack {
            session_present: false,
            reason: Reason::NotAuthorized,
            properties: buffer.as_properties(),
        }));
        let (code, shown) = running.finish();
        assert_eq!(code, Some(4));
        harmless(&uncoloured(&shown), "CONNACK");
    }
}

#[test]
fn in_an_identifier_that_the_broker_gave() {
    for attack in ATTACKS {
        let broker = Broker::new();
        let running = at_terminal(&broker, &["-d"]);
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(false, &[Property::AssignedClientIdentifier(attack)]);
        peer.grant();
        peer.disconnect(Reason::SessionTakenOver, &[]);
        let (code, shown) = running.finish();
        assert_eq!(code, Some(4));
        harmless(&uncoloured(&shown), "the identifier");
    }
}

#[test]
fn in_what_is_watched() {
    let broker = Broker::new();
    let count = ATTACKS.len().to_string();
    let running = at_terminal(&broker, &["-w", "-v", "-C", &count]);
    let mut peer = broker.welcome().0;
    peer.grant();
    for attack in ATTACKS {
        message(&mut peer, attack, attack.as_bytes(), Properties::EMPTY);
    }
    peer.leaves();
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    // Without the program's own ways around the screen.
    let mut text = String::from_utf8(shown).unwrap();
    for own in ["[2J\u{1b}[1;1HBroker", "[?7l", "[?7h", "[K"] {
        text = text.replace(&format!("\u{1b}{own}"), "");
    }
    for row in 0..=24 {
        text = text.replace(&format!("\u{1b}[{row};1H"), "");
    }
    harmless(text.as_bytes(), "the screen");
}

#[test]
fn the_users_own_words_are_shown_as_they_are_only_where_they_are_harmless() {
    let mut words = command(["sub", "-t", "a", "-h", "\u{1b}]0;host\u{7}.invalid"]);
    let (code, shown) = AtTerminal::start(&mut words).finish();
    assert_eq!(code, Some(3));
    harmless(&uncoloured(&shown), "the host");
}
