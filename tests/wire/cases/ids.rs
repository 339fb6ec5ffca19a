//! Packet identifiers at their limits, and protocol names and levels.

use mq::codec::{Sender, Version};

use super::{Case, On, SENDERS, VERSIONS};

/// Packets with `{}` for the identifier, in bytes and in words, and who sends them.
const PACKETS: [(&str, &str, &[Sender]); 10] = [
    ("32 ~ <a> {} []", "PUBLISH q1 'a' # ''", &SENDERS),
    ("34 ~ <a> {} []", "PUBLISH q2 'a' # ''", &SENDERS),
    ("40 ~ {}", "PUBACK # 00", &SENDERS),
    ("50 ~ {}", "PUBREC # 00", &SENDERS),
    ("62 ~ {}", "PUBREL # 00", &SENDERS),
    ("70 ~ {}", "PUBCOMP # 00", &SENDERS),
    ("82 ~ {} [] <a> 00", "SUBSCRIBE # 'a' q0", &[Sender::Client]),
    ("90 ~ {} [] 00", "SUBACK # 00", &[Sender::Server]),
    ("A2 ~ {} [] <a>", "UNSUBSCRIBE # 'a'", &[Sender::Client]),
    ("B0 ~ {} [] !", "UNSUBACK #!", &[Sender::Server]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in VERSIONS {
        for (packet, words, senders) in PACKETS {
            for &sender in senders {
                for id in [0, 1, 255, 256, 32_767, 32_768, 65_535] {
                    cases.push(identifier(On(version, sender), packet, words, id));
                }
            }
        }
    }
    for name in ["MQTT", "MQIsdp", "", "M", "MQT", "mqtt", "MQTT ", "MQTTX", "MQIsd", "MQISDP"] {
        for level in 0..=255 {
            cases.extend(protocol(name, level));
        }
    }
    cases
}

fn identifier(on: On, packet: &str, words: &str, id: u16) -> Case {
    // UNSUBACK has codes in version 5 only.
    let code = if on.0.is_v5() { "00" } else { "" };
    let bytes = packet.replace("{}", &format!("{id:04X}")).replace('!', code);
    let code = if on.0.is_v5() { " 00" } else { "" };
    let words = words.replace('#', &format!("#{id}")).replace('!', code);
    let name = format!("identifier {id} in {}", words.replace(" 00", ""));
    let statement = if on.0.is_v5() { "MQTT-2.2.1-3" } else { "MQTT-2.3.1-1" };
    if id == 0 {
        return on.refused(&name, &bytes, ("PacketId", 0x82), statement);
    }
    on.valid(&name, &bytes, &words, statement)
}

/// Names and levels that no version has; the three that are one have rows of their own.
fn protocol(name: &str, level: u8) -> Option<Case> {
    if matches!((name, level), ("MQIsdp", 3) | ("MQTT", 4 | 5)) {
        return None;
    }
    let bytes = format!("10 ~ <{name}> {level:02X} 02 003C [] <c>");
    let title = format!("protocol '{name}' of level {level}");
    let statement = if name == "MQTT" { "MQTT-3.1.2-2" } else { "MQTT-3.1.2-1" };
    let on = On(Version::V5, Sender::Client);
    Some(on.refused(&title, &bytes, ("ProtocolVersion", 0x84), statement))
}
