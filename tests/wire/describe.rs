//! A packet in one line, nothing hidden: what a row says that its bytes mean.

use std::fmt::Write as _;

use mq::codec::{Ack, Connect, Packet, Properties, Publish, RetainHandling, Suback, Subscribe};

/// The line of a packet.
pub(crate) fn describe(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect(connect) => self::connect(connect),
        Packet::Connack(connack) => {
            let present = if connack.session_present { " present" } else { "" };
            let properties = properties(connack.properties);
            format!("CONNACK {:02X}{present}{properties}", connack.reason.code())
        }
        Packet::Publish(publish) => self::publish(publish),
        Packet::Puback(ack) => self::ack("PUBACK", ack),
        Packet::Pubrec(ack) => self::ack("PUBREC", ack),
        Packet::Pubrel(ack) => self::ack("PUBREL", ack),
        Packet::Pubcomp(ack) => self::ack("PUBCOMP", ack),
        Packet::Subscribe(subscribe) => self::subscribe(subscribe),
        Packet::Suback(suback) => codes("SUBACK", suback),
        Packet::Unsubscribe(unsubscribe) => {
            let names: Vec<_> = unsubscribe.filters.iter().map(|f| quote(f.as_bytes())).collect();
            let properties = properties(unsubscribe.properties);
            format!("UNSUBSCRIBE #{}{properties} {}", unsubscribe.id, names.join(", "))
        }
        Packet::Unsuback(unsuback) => codes("UNSUBACK", unsuback),
        Packet::Pingreq => "PINGREQ".into(),
        Packet::Pingresp => "PINGRESP".into(),
        Packet::Disconnect(disconnect) => {
            let properties = properties(disconnect.properties);
            format!("DISCONNECT {:02X}{properties}", disconnect.reason.code())
        }
        Packet::Auth(auth) => {
            format!("AUTH {:02X}{}", auth.reason.code(), properties(auth.properties))
        }
    }
}

fn quote(bytes: &[u8]) -> String {
    format!("'{}'", bytes.escape_ascii())
}

fn properties(properties: Properties<'_>) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let all: Vec<_> = properties.iter().map(|property| format!("{property:?}")).collect();
    format!(" {{{}}}", all.join(", "))
}

fn connect(connect: &Connect<'_>) -> String {
    let mut out = format!("CONNECT {}", connect.version);
    if connect.clean {
        out += " clean";
    }
    let _ = write!(out, " keep={} id={}", connect.keep_alive, quote(connect.client_id.as_bytes()));
    if let Some(will) = &connect.will {
        let retain = if will.retain { " retain" } else { "" };
        let (topic, payload) = (quote(will.topic.as_bytes()), quote(will.payload));
        let properties = properties(will.properties);
        let _ = write!(out, " will(q{}{retain} {topic} {payload}{properties})", will.qos as u8);
    }
    if let Some(username) = connect.username {
        let _ = write!(out, " user={}", quote(username.as_bytes()));
    }
    if let Some(password) = connect.password {
        let _ = write!(out, " password={}", quote(password));
    }
    out + &properties(connect.properties)
}

fn publish(publish: &Publish<'_>) -> String {
    let mut out = format!("PUBLISH q{}", publish.qos as u8);
    if publish.dup {
        out += " dup";
    }
    if publish.retain {
        out += " retain";
    }
    let _ = write!(out, " {}", quote(publish.topic.as_bytes()));
    if let Some(id) = publish.id {
        let _ = write!(out, " #{id}");
    }
    out + &properties(publish.properties) + " " + &quote(publish.payload)
}

fn ack(name: &str, ack: &Ack<'_>) -> String {
    format!("{name} #{} {:02X}{}", ack.id, ack.reason.code(), properties(ack.properties))
}

fn subscribe(subscribe: &Subscribe<'_>) -> String {
    let filter = |(filter, options): (&str, mq::codec::SubscriptionOptions)| {
        let no_local = if options.no_local { " nl" } else { "" };
        let as_published = if options.retain_as_published { " rap" } else { "" };
        let handling = match options.retain_handling {
            RetainHandling::Send => "",
            RetainHandling::SendIfNew => " new",
            RetainHandling::Never => " never",
        };
        let (filter, qos) = (quote(filter.as_bytes()), options.qos as u8);
        format!("{filter} q{qos}{no_local}{as_published}{handling}")
    };
    let filters: Vec<_> = subscribe.filters.iter().map(filter).collect();
    format!(
        "SUBSCRIBE #{}{} {}",
        subscribe.id,
        properties(subscribe.properties),
        filters.join(", ")
    )
}

fn codes(name: &str, suback: &Suback<'_>) -> String {
    let codes = suback.codes.iter().fold(String::new(), |text, code| format!("{text} {code:02X}"));
    format!("{name} #{}{}{codes}", suback.id, properties(suback.properties))
}
