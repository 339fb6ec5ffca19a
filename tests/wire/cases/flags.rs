//! Every flag byte: fixed headers, CONNECT's flags, CONNACK's flags, subscription options.

use mq::codec::{Sender, Version};

use super::{Case, On, SENDERS, VERSIONS};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in VERSIONS {
        for sender in SENDERS {
            for header in 0..=255 {
                cases.push(fixed_header(On(version, sender), header));
            }
        }
        for flags in 0..=255 {
            cases.push(connect(On(version, Sender::Client), flags));
            cases.push(connack(On(version, Sender::Server), flags));
            cases.push(subscription_options(On(version, Sender::Client), flags));
        }
    }
    cases
}

/// What follows the header byte in a packet of each type, and the packet in words.
const BODIES: [(&str, &str); 16] = [
    ("00", ""),
    ("~ @ 02 003C [] <c>", "CONNECT @ clean keep=60 id='c'"),
    ("~ 00 00 []", "CONNACK 00"),
    ("", ""),
    ("02 0001", "PUBACK #1 00"),
    ("02 0001", "PUBREC #1 00"),
    ("02 0001", "PUBREL #1 00"),
    ("02 0001", "PUBCOMP #1 00"),
    ("~ 0001 [] <a> 00", "SUBSCRIBE #1 'a' q0"),
    ("~ 0001 [] 00", "SUBACK #1 00"),
    ("~ 0001 [] <a>", "UNSUBSCRIBE #1 'a'"),
    ("", ""),
    ("00", "PINGREQ"),
    ("00", "PINGRESP"),
    ("00", "DISCONNECT 00"),
    ("00", "AUTH 00"),
];

fn fixed_header(on: On, header: u8) -> Case {
    let On(version, sender) = on;
    let (kind, flags) = (header >> 4, header & 0x0F);
    let name = format!("header {header:02X}");
    let statement = match (kind, version.is_v5()) {
        (6, _) => "MQTT-3.6.1-1",
        (8, _) => "MQTT-3.8.1-1",
        (10, _) => "MQTT-3.10.1-1",
        (14, _) => "MQTT-3.14.1-1",
        (15, true) => "MQTT-3.15.1-1",
        (_, true) => "MQTT-2.1.3-1",
        (_, false) => "MQTT-2.2.2-2",
    };
    if kind == 3 {
        return publish(on, &name, header);
    }
    let (body, words) = match (kind, version.is_v5()) {
        (11, true) => ("~ 0001 [] 00", "UNSUBACK #1 00"),
        (11, false) => ("02 0001", "UNSUBACK #1"),
        _ => BODIES[usize::from(kind)],
    };
    let words = words.replace('@', &version.to_string());
    let bytes = format!("{header:02X} {body}");
    let is_request = matches!(kind, 6 | 8 | 10);
    let wrong_end = match kind {
        1 | 8 | 10 | 12 => sender == Sender::Server,
        2 | 9 | 11 | 13 => sender == Sender::Client,
        14 => sender == Sender::Server && !version.is_v5(),
        _ => false,
    };
    let again = is_request && flags == 0b1010;
    let error = if kind == 0 {
        Some(("PacketType", 0x81))
    } else if flags != if is_request { 0b0010 } else { 0 } && !again {
        Some(("HeaderFlags", 0x81))
    } else if wrong_end {
        Some(("WrongDirection", 0x82))
    } else if again && version != Version::V31 {
        Some(("HeaderFlags", 0x81))
    } else if kind == 15 && !version.is_v5() {
        Some(("PacketType", 0x81))
    } else {
        None
    };
    if let Some(error) = error {
        return on.refused(&name, &bytes, error, statement);
    }
    let shorter = again.then(|| format!("{:02X} {body}", header & 0xF7));
    on.case(&name, &bytes, super::Verdict::Valid { packet: words, shorter }, statement)
}

fn publish(on: On, name: &str, header: u8) -> Case {
    let (dup, qos, retain) = (header & 8 != 0, (header >> 1) & 3, header & 1 != 0);
    let id = if qos == 0 { "" } else { "0001" };
    let bytes = format!("{header:02X} ~ <a> {id} [] 'x'");
    if qos == 3 {
        return on.refused(name, &bytes, ("Qos", 0x81), "MQTT-3.3.1-4");
    }
    if dup && qos == 0 {
        return on.refused(name, &bytes, ("Dup", 0x81), "MQTT-3.3.1-2");
    }
    let dup = if dup { " dup" } else { "" };
    let retain = if retain { " retain" } else { "" };
    let id = if qos == 0 { "" } else { " #1" };
    on.valid(name, &bytes, &format!("PUBLISH q{qos}{dup}{retain} 'a'{id} 'x'"), "MQTT-3.3.1-1")
}

fn connect(on: On, flags: u8) -> Case {
    let name = format!("CONNECT flags {flags:02X}");
    let has = |bit: u8| flags & bit != 0;
    let (user, password, retain, will, clean) =
        (has(0x80), has(0x40), has(0x20), has(0x04), has(0x02));
    let qos = (flags >> 3) & 3;
    let mut bytes = format!("10 ~ @ {flags:02X} 003C [] <c>");
    let mut words = format!("CONNECT {}", on.0);
    if clean {
        words += " clean";
    }
    words += " keep=60 id='c'";
    if will {
        bytes += " [] <w> <bye>";
        let retain = if retain { " retain" } else { "" };
        words = format!("{words} will(q{qos}{retain} 'w' 'bye')");
    }
    if user {
        bytes += " <u>";
        words += " user='u'";
    }
    if password {
        bytes += " <p>";
        words += " password='p'";
    }
    let statement = if has(0x01) {
        "MQTT-3.1.2-3"
    } else if qos == 3 {
        if on.0.is_v5() { "MQTT-3.1.2-12" } else { "MQTT-3.1.2-14" }
    } else if !will && (qos != 0 || retain) {
        "MQTT-3.1.2-11"
    } else if password && !user && !on.0.is_v5() {
        "MQTT-3.1.2-22"
    } else {
        return on.valid(&name, &bytes, &words, "MQTT-3.1.2-9");
    };
    on.refused(&name, &bytes, ("ConnectFlags", 0x81), statement)
}

fn connack(on: On, flags: u8) -> Case {
    let name = format!("CONNACK flags {flags:02X}");
    let bytes = format!("20 ~ {flags:02X} 00 []");
    match (on.0, flags) {
        (_, 0) => on.valid(&name, &bytes, "CONNACK 00", "MQTT-3.2.2-3"),
        (Version::V31, _) => {
            let shorter = Some("20 02 00 00".into());
            let verdict = super::Verdict::Valid { packet: "CONNACK 00".into(), shorter };
            on.case(&name, &bytes, verdict, "MQTT-3.2.2-1")
        }
        (_, 1) => on.valid(&name, &bytes, "CONNACK 00 present", "MQTT-3.2.2-2"),
        _ => on.refused(&name, &bytes, ("ConnackFlags", 0x81), "MQTT-3.2.2-1"),
    }
}

fn subscription_options(on: On, options: u8) -> Case {
    let name = format!("subscription options {options:02X}");
    let bytes = format!("82 ~ 0001 [] <a> {options:02X}");
    let (reserved, statement) =
        if on.0.is_v5() { (0xC0, "MQTT-3.8.3-5") } else { (0xFC, "MQTT-3.8.3-4") };
    if options & reserved != 0 {
        return on.refused(&name, &bytes, ("SubscriptionOptions", 0x81), statement);
    }
    let (qos, handling) = (options & 3, (options >> 4) & 3);
    if qos == 3 || handling == 3 {
        return on.refused(&name, &bytes, ("SubscriptionValue", 0x82), statement);
    }
    let mut words = format!("SUBSCRIBE #1 'a' q{qos}");
    for (bit, word) in [(0x04, " nl"), (0x08, " rap"), (0x10, " new"), (0x20, " never")] {
        if options & bit != 0 {
            words += word;
        }
    }
    on.valid(&name, &bytes, &words, statement)
}
