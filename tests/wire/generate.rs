//! Packets made up at random that a conforming peer could send.

use mq::codec::{
    Ack, Auth, Connack, Connect, Disconnect, FilterBuffer, NameBuffer, Packet, PacketId,
    Properties, Property, PropertyBuffer, Publish, Qos, Reason, RetainHandling, Sender, Suback,
    Subscribe, SubscriptionOptions, Unsubscribe, Version, Will,
};
use mq::topic;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::cases::{CODES, PROPERTIES, Place, VERSIONS};

/// A packet that owns what it is made of.
#[derive(Debug, Clone)]
pub(crate) struct Generated {
    pub(crate) version: Version,
    pub(crate) sender: Sender,
    content: Content,
}

#[derive(Debug, Clone)]
struct Message {
    topic: String,
    payload: Vec<u8>,
    qos: Qos,
    retain: bool,
    properties: PropertyBuffer,
}

#[derive(Debug, Clone)]
enum Content {
    Connect {
        clean: bool,
        keep_alive: u16,
        client_id: String,
        will: Option<Message>,
        username: Option<String>,
        password: Option<Vec<u8>>,
        properties: PropertyBuffer,
    },
    Connack {
        session_present: bool,
        reason: Reason,
        properties: PropertyBuffer,
    },
    Publish {
        message: Message,
        dup: bool,
        id: PacketId,
    },
    Ack {
        name: &'static str,
        id: PacketId,
        reason: Reason,
        properties: PropertyBuffer,
    },
    Subscribe {
        id: PacketId,
        filters: FilterBuffer,
        properties: PropertyBuffer,
    },
    Suback {
        name: &'static str,
        id: PacketId,
        codes: Vec<u8>,
        properties: PropertyBuffer,
    },
    Unsubscribe {
        id: PacketId,
        filters: NameBuffer,
        properties: PropertyBuffer,
    },
    Ping,
    Disconnect {
        reason: Reason,
        properties: PropertyBuffer,
    },
    Auth {
        reason: Reason,
        properties: PropertyBuffer,
    },
}

impl Generated {
    /// The packet as the codec knows it.
    pub(crate) fn packet(&self) -> Packet<'_> {
        match &self.content {
            Content::Connect {
                clean,
                keep_alive,
                client_id,
                will,
                username,
                password,
                properties,
            } => Packet::Connect(Connect {
                version: self.version,
                clean: *clean,
                keep_alive: *keep_alive,
                client_id,
                will: will.as_ref().map(|will| Will {
                    topic: &will.topic,
                    payload: &will.payload,
                    qos: will.qos,
                    retain: will.retain,
                    properties: will.properties.as_properties(),
                }),
                username: username.as_deref(),
                password: password.as_deref(),
                properties: properties.as_properties(),
            }),
            Content::Connack { session_present, reason, properties } => Packet::Connack(Connack {
                session_present: *session_present,
                reason: *reason,
                properties: properties.as_properties(),
            }),
            Content::Publish { message, dup, id } => Packet::Publish(Publish {
                dup: *dup && message.qos != Qos::AtMostOnce,
                qos: message.qos,
                retain: message.retain,
                topic: &message.topic,
                id: (message.qos != Qos::AtMostOnce).then_some(*id),
                properties: message.properties.as_properties(),
                payload: &message.payload,
            }),
            Content::Ack { name, id, reason, properties } => {
                acknowledgement(name, *id, *reason, properties.as_properties())
            }
            Content::Subscribe { id, filters, properties } => Packet::Subscribe(Subscribe {
                id: *id,
                properties: properties.as_properties(),
                filters: filters.as_filters(),
            }),
            Content::Suback { name, id, codes, properties } => {
                let suback = Suback { id: *id, properties: properties.as_properties(), codes };
                if *name == "SUBACK" { Packet::Suback(suback) } else { Packet::Unsuback(suback) }
            }
            Content::Unsubscribe { id, filters, properties } => Packet::Unsubscribe(Unsubscribe {
                id: *id,
                properties: properties.as_properties(),
                filters: filters.as_names(),
            }),
            Content::Ping if self.sender == Sender::Client => Packet::Pingreq,
            Content::Ping => Packet::Pingresp,
            Content::Disconnect { reason, properties } => Packet::Disconnect(Disconnect {
                reason: *reason,
                properties: properties.as_properties(),
            }),
            Content::Auth { reason, properties } => {
                Packet::Auth(Auth { reason: *reason, properties: properties.as_properties() })
            }
        }
    }
}

fn acknowledgement<'a>(
    name: &str,
    id: PacketId,
    reason: Reason,
    properties: Properties<'a>,
) -> Packet<'a> {
    let ack = Ack { id, reason, properties };
    match name {
        "PUBACK" => Packet::Puback(ack),
        "PUBREC" => Packet::Pubrec(ack),
        "PUBREL" => Packet::Pubrel(ack),
        _ => Packet::Pubcomp(ack),
    }
}

/// Any packet of any version from either end.
pub(crate) fn any_packet() -> impl Strategy<Value = Generated> {
    let end = select(vec![Sender::Client, Sender::Server]);
    (select(VERSIONS.to_vec()), end).prop_flat_map(|(version, sender)| {
        content(version, sender).prop_map(move |content| Generated { version, sender, content })
    })
}

fn content(version: Version, sender: Sender) -> BoxedStrategy<Content> {
    let mut kinds =
        vec![publish(version, sender), acks(version, sender), Just(Content::Ping).boxed()];
    match sender {
        Sender::Client => {
            kinds.extend([connect(version), subscribe(version), unsubscribe(version)]);
        }
        Sender::Server => {
            kinds.extend([
                connack(version),
                suback("SUBACK", version),
                suback("UNSUBACK", version),
            ]);
        }
    }
    if version.is_v5() || sender == Sender::Client {
        kinds.push(disconnect(version, sender));
    }
    if version.is_v5() {
        kinds.push(auth(sender));
    }
    proptest::strategy::Union::new(kinds).boxed()
}

fn connect(version: Version) -> BoxedStrategy<Content> {
    let will = message(version, "will", Sender::Client);
    let properties = properties(version, "CONNECT", Sender::Client);
    (
        any::<(bool, u16)>(),
        text(),
        option::of(will),
        option::of(text()),
        option::of(payload()),
        properties,
    )
        .prop_map(move |((clean, keep_alive), client_id, will, username, password, properties)| {
            // Before version 5 a password comes with a user name.
            let password = password.filter(|_| version.is_v5() || username.is_some());
            Content::Connect { clean, keep_alive, client_id, will, username, password, properties }
        })
        .boxed()
}

fn connack(version: Version) -> BoxedStrategy<Content> {
    let reason = if version.is_v5() {
        reason("CONNACK", Sender::Server)
    } else {
        (0..6_u8).prop_map(|code| Reason::from_return_code(code).unwrap()).boxed()
    };
    (any::<bool>(), reason, properties(version, "CONNACK", Sender::Server))
        .prop_map(move |(present, reason, properties)| {
            let session_present = present && !reason.is_error() && version != Version::V31;
            Content::Connack { session_present, reason, properties }
        })
        .boxed()
}

fn publish(version: Version, sender: Sender) -> BoxedStrategy<Content> {
    (message(version, "PUBLISH", sender), any::<bool>(), id())
        .prop_map(|(message, dup, id)| Content::Publish { message, dup, id })
        .boxed()
}

fn acks(version: Version, sender: Sender) -> BoxedStrategy<Content> {
    select(vec!["PUBACK", "PUBREC", "PUBREL", "PUBCOMP"])
        .prop_flat_map(move |name| {
            (id(), reason_if(version, name, sender), properties(version, name, Sender::Client))
                .prop_map(move |(id, reason, properties)| Content::Ack {
                    name,
                    id,
                    reason,
                    properties,
                })
        })
        .boxed()
}

fn subscribe(version: Version) -> BoxedStrategy<Content> {
    let filters = vec((filter(), options(version)), 1..5).prop_map(|filters| {
        let mut buffer = FilterBuffer::default();
        for (filter, mut options) in filters {
            options.no_local &= !filter.starts_with(topic::SHARED_PREFIX);
            buffer.push(&filter, options).unwrap();
        }
        buffer
    });
    (id(), filters, properties(version, "SUBSCRIBE", Sender::Client))
        .prop_map(|(id, filters, properties)| Content::Subscribe { id, filters, properties })
        .boxed()
}

fn unsubscribe(version: Version) -> BoxedStrategy<Content> {
    let filters = vec(filter(), 1..5).prop_map(|filters| {
        let mut buffer = NameBuffer::default();
        for filter in filters {
            buffer.push(&filter).unwrap();
        }
        buffer
    });
    (id(), filters, properties(version, "UNSUBSCRIBE", Sender::Client))
        .prop_map(|(id, filters, properties)| Content::Unsubscribe { id, filters, properties })
        .boxed()
}

fn suback(name: &'static str, version: Version) -> BoxedStrategy<Content> {
    let codes = match (name, version.is_v5()) {
        (_, true) => vec(reason(name, Sender::Server).prop_map(Reason::code), 1..6).boxed(),
        ("SUBACK", false) => vec(select(vec![0x00, 0x01, 0x02, 0x80]), 1..6).boxed(),
        _ => Just(Vec::new()).boxed(),
    };
    (id(), codes, properties(version, name, Sender::Server))
        .prop_map(move |(id, codes, properties)| Content::Suback { name, id, codes, properties })
        .boxed()
}

fn disconnect(version: Version, sender: Sender) -> BoxedStrategy<Content> {
    (reason_if(version, "DISCONNECT", sender), properties(version, "DISCONNECT", sender))
        .prop_map(|(reason, properties)| Content::Disconnect { reason, properties })
        .boxed()
}

fn auth(sender: Sender) -> BoxedStrategy<Content> {
    (reason("AUTH", sender), properties(Version::V5, "AUTH", Sender::Client))
        .prop_map(|(reason, properties)| Content::Auth { reason, properties })
        .boxed()
}

fn message(version: Version, place: &'static str, sender: Sender) -> BoxedStrategy<Message> {
    (name(), payload(), qos(), any::<bool>(), properties(version, place, sender))
        .prop_map(|(topic, payload, qos, retain, properties)| Message {
            topic,
            payload,
            qos,
            retain,
            properties,
        })
        .boxed()
}

fn id() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(|id| PacketId::new(id).unwrap())
}

fn qos() -> impl Strategy<Value = Qos> {
    select(vec![Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce])
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

/// Any characters but NUL.
fn text() -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("NUL", |&char| char != '\0'), 0..20).prop_map(String::from_iter)
}

fn name() -> impl Strategy<Value = String> {
    (text(), "[a-z/$]{1,9}").prop_map(|(text, end)| text.replace(['+', '#'], "/") + &end)
}

fn filter() -> impl Strategy<Value = String> {
    let start = select(vec!["", "", "", "$share/group/"]);
    let end = select(vec!["", "/#", "/+", "//+/x"]);
    (start, name(), end).prop_map(|(start, name, end)| {
        // Only the prefix chosen here makes a filter a shared one.
        format!("{start}_{name}{end}")
    })
}

fn options(version: Version) -> impl Strategy<Value = SubscriptionOptions> {
    let handling =
        select(vec![RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::Never]);
    (qos(), any::<(bool, bool)>(), handling).prop_map(move |(qos, flags, retain_handling)| {
        let (no_local, retain_as_published) = flags;
        if version.is_v5() {
            SubscriptionOptions { qos, no_local, retain_as_published, retain_handling }
        } else {
            SubscriptionOptions { qos, ..SubscriptionOptions::default() }
        }
    })
}

fn reason_if(version: Version, name: &'static str, sender: Sender) -> BoxedStrategy<Reason> {
    if version.is_v5() { reason(name, sender) } else { Just(Reason::Success).boxed() }
}

fn reason(name: &'static str, sender: Sender) -> BoxedStrategy<Reason> {
    let place = CODES.iter().find(|place| place.name == name && place.is_sent_by(sender)).unwrap();
    let codes = place.codes.to_vec();
    select(codes).prop_map(|code| Reason::from_code(code).unwrap()).boxed()
}

/// Some of the properties of a place, in any order, user properties more than once.
fn properties(
    version: Version,
    name: &'static str,
    sender: Sender,
) -> BoxedStrategy<PropertyBuffer> {
    if !version.is_v5() {
        return Just(PropertyBuffer::new()).boxed();
    }
    let belongs = |place: &Place| place.name == name && place.sender == sender;
    let allowed: Vec<u8> =
        PROPERTIES.iter().filter(|row| row.3.iter().any(belongs)).map(|row| row.0).collect();
    let len = allowed.len();
    let values = vec((any::<u32>(), text(), self::name(), payload()), len + 3);
    (subsequence(allowed, 0..=len).prop_shuffle(), 0..3_usize, values)
        .prop_map(move |(mut ids, more, values)| {
            ids.extend(std::iter::repeat_n(0x26, more));
            if (name == "AUTH" || ids.contains(&0x16)) && !ids.contains(&0x15) {
                ids.insert(0, 0x15);
            }
            let mut buffer = PropertyBuffer::new();
            for (id, (number, text, topic, data)) in ids.into_iter().zip(&values) {
                buffer.push(property(id, *number, text, topic, data)).unwrap();
            }
            buffer
        })
        .boxed()
}

fn property<'a>(
    id: u8,
    number: u32,
    text: &'a str,
    topic: &'a str,
    data: &'a [u8],
) -> Property<'a> {
    let flag = u8::from(number % 2 == 1);
    let short = u16::try_from(number % 65_536).unwrap();
    match id {
        0x01 => Property::PayloadFormatIndicator(flag),
        0x02 => Property::MessageExpiryInterval(number),
        0x03 => Property::ContentType(text),
        0x08 => Property::ResponseTopic(topic),
        0x09 => Property::CorrelationData(data),
        0x0B => Property::SubscriptionIdentifier(number % 268_435_455 + 1),
        0x11 => Property::SessionExpiryInterval(number),
        0x12 => Property::AssignedClientIdentifier(text),
        0x13 => Property::ServerKeepAlive(short),
        0x15 => Property::AuthenticationMethod(text),
        0x16 => Property::AuthenticationData(data),
        0x17 => Property::RequestProblemInformation(flag),
        0x18 => Property::WillDelayInterval(number),
        0x19 => Property::RequestResponseInformation(flag),
        0x1A => Property::ResponseInformation(text),
        0x1C => Property::ServerReference(text),
        0x1F => Property::ReasonString(text),
        0x21 => Property::ReceiveMaximum(short.max(1)),
        0x22 => Property::TopicAliasMaximum(short),
        0x23 => Property::TopicAlias(short.max(1)),
        0x24 => Property::MaximumQos(flag),
        0x25 => Property::RetainAvailable(flag),
        0x27 => Property::MaximumPacketSize(number.max(1)),
        0x28 => Property::WildcardSubscriptionAvailable(flag),
        0x29 => Property::SubscriptionIdentifierAvailable(flag),
        0x2A => Property::SharedSubscriptionAvailable(flag),
        _ => Property::UserProperty(text, topic),
    }
}
