//! Each property in each place: where it belongs, where not, twice, cut short, out of range.

use mq::codec::{Sender, Version};

use super::{Case, On};
use crate::notation;

/// Where properties stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) sender: Sender,
    /// The packet, with `{}` for its properties.
    packet: &'static str,
    /// The packet in words, with `{}` for its properties.
    words: &'static str,
}

const fn place(
    name: &'static str,
    sender: Sender,
    packet: &'static str,
    words: &'static str,
) -> Place {
    Place { name, sender, packet, words }
}

const CONNECT: Place = place(
    "CONNECT",
    Sender::Client,
    "10 ~ @ 02 003C [{}] <c>",
    "CONNECT 5 clean keep=60 id='c' {{}}",
);
const WILL: Place = place(
    "will",
    Sender::Client,
    "10 ~ @ 06 003C [] <c> [{}] <w> <bye>",
    "CONNECT 5 clean keep=60 id='c' will(q0 'w' 'bye' {{}})",
);
const CONNACK: Place = place("CONNACK", Sender::Server, "20 ~ 00 00 [{}]", "CONNACK 00 {{}}");
const PUBLISH: Place =
    place("PUBLISH", Sender::Client, "30 ~ <a> [{}] 'x'", "PUBLISH q0 'a' {{}} 'x'");
const DELIVERY: Place = Place { sender: Sender::Server, ..PUBLISH };
const PUBACK: Place = place("PUBACK", Sender::Client, "40 ~ 0001 80 [{}]", "PUBACK #1 80 {{}}");
const PUBREC: Place = place("PUBREC", Sender::Client, "50 ~ 0001 80 [{}]", "PUBREC #1 80 {{}}");
const PUBREL: Place = place("PUBREL", Sender::Client, "62 ~ 0001 92 [{}]", "PUBREL #1 92 {{}}");
const PUBCOMP: Place = place("PUBCOMP", Sender::Client, "70 ~ 0001 92 [{}]", "PUBCOMP #1 92 {{}}");
const SUBSCRIBE: Place =
    place("SUBSCRIBE", Sender::Client, "82 ~ 0001 [{}] <a> 00", "SUBSCRIBE #1 {{}} 'a' q0");
const SUBACK: Place = place("SUBACK", Sender::Server, "90 ~ 0001 [{}] 00", "SUBACK #1 {{}} 00");
const UNSUBSCRIBE: Place =
    place("UNSUBSCRIBE", Sender::Client, "A2 ~ 0001 [{}] <a>", "UNSUBSCRIBE #1 {{}} 'a'");
const UNSUBACK: Place =
    place("UNSUBACK", Sender::Server, "B0 ~ 0001 [{}] 00", "UNSUBACK #1 {{}} 00");
const LEAVE: Place = place("DISCONNECT", Sender::Client, "E0 ~ 81 [{}]", "DISCONNECT 81 {{}}");
const DISMISSAL: Place = Place { sender: Sender::Server, ..LEAVE };
const AUTH: Place = place("AUTH", Sender::Client, "F0 ~ 18 [{}]", "AUTH 18 {{}}");

const PLACES: [Place; 16] = [
    CONNECT,
    WILL,
    CONNACK,
    PUBLISH,
    DELIVERY,
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP,
    SUBSCRIBE,
    SUBACK,
    UNSUBSCRIBE,
    UNSUBACK,
    LEAVE,
    DISMISSAL,
    AUTH,
];

/// The identifier, a value in the notation, the property in words, and where it belongs.
type Row = (u8, &'static str, &'static str, &'static [Place]);

const MESSAGE: &[Place] = &[WILL, PUBLISH, DELIVERY];
const ENDS: &[Place] = &[CONNECT, CONNACK];
const ANSWER: &[Place] = &[CONNACK];
const METHOD: &[Place] = &[CONNECT, CONNACK, AUTH];

/// Every property of version 5.
pub(crate) const PROPERTIES: [Row; 27] = [
    (0x01, "01", "PayloadFormatIndicator(1)", MESSAGE),
    (0x02, "00000102", "MessageExpiryInterval(258)", MESSAGE),
    (0x03, "<text>", "ContentType(\"text\")", MESSAGE),
    (0x08, "<r/1>", "ResponseTopic(\"r/1\")", MESSAGE),
    (0x09, r"<\00\FF>", "CorrelationData([0, 255])", MESSAGE),
    (0x0B, "8001", "SubscriptionIdentifier(128)", &[DELIVERY, SUBSCRIBE]),
    (0x11, "00000102", "SessionExpiryInterval(258)", &[CONNECT, CONNACK, LEAVE]),
    (0x12, "<id>", "AssignedClientIdentifier(\"id\")", ANSWER),
    (0x13, "0102", "ServerKeepAlive(258)", ANSWER),
    (0x15, "<m>", "AuthenticationMethod(\"m\")", METHOD),
    (0x16, r"<\FF>", "AuthenticationData([255])", METHOD),
    (0x17, "01", "RequestProblemInformation(1)", &[CONNECT]),
    (0x18, "00000102", "WillDelayInterval(258)", &[WILL]),
    (0x19, "01", "RequestResponseInformation(1)", &[CONNECT]),
    (0x1A, "<info>", "ResponseInformation(\"info\")", ANSWER),
    (0x1C, "<other>", "ServerReference(\"other\")", &[CONNACK, DISMISSAL]),
    (
        0x1F,
        "<why>",
        "ReasonString(\"why\")",
        &[CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, LEAVE, DISMISSAL, AUTH],
    ),
    (0x21, "0102", "ReceiveMaximum(258)", ENDS),
    (0x22, "0102", "TopicAliasMaximum(258)", ENDS),
    (0x23, "0102", "TopicAlias(258)", &[PUBLISH, DELIVERY]),
    (0x24, "01", "MaximumQos(1)", ANSWER),
    (0x25, "01", "RetainAvailable(1)", ANSWER),
    (0x26, "<k> <v>", "UserProperty(\"k\", \"v\")", &PLACES),
    (0x27, "00000102", "MaximumPacketSize(258)", ENDS),
    (0x28, "01", "WildcardSubscriptionAvailable(1)", ANSWER),
    (0x29, "01", "SubscriptionIdentifierAvailable(1)", ANSWER),
    (0x2A, "01", "SharedSubscriptionAvailable(1)", ANSWER),
];

const MALFORMED: &str = "MQTT-4.13.1-1";

impl Place {
    fn on(self) -> On {
        On(Version::V5, self.sender)
    }

    /// The packet with these properties, and with an authentication method where it needs one
    /// beside property `id`.
    fn bytes(self, id: u32, properties: &str) -> String {
        let method = if self.needs_method(id) { "15 <m> " } else { "" };
        self.packet.replace("{}", &format!("{method}{properties}"))
    }

    fn words(self, id: u32, properties: &str) -> String {
        let method = if self.needs_method(id) { "AuthenticationMethod(\"m\"), " } else { "" };
        self.words.replace("{{}}", &format!("{{{method}{properties}}}"))
    }

    fn needs_method(self, id: u32) -> bool {
        (self == AUTH && id != 0x15) || (self == CONNECT && id == 0x16)
    }

    fn other_end(self) -> Option<Self> {
        let pairs = [(PUBLISH, DELIVERY), (LEAVE, DISMISSAL)];
        let both = pairs.into_iter().find(|&(client, server)| self == client || self == server);
        both.map(|(client, server)| if self == client { server } else { client })
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for place in PLACES {
        for row in PROPERTIES {
            cases.extend(of_property(place, row));
        }
        cases.extend(unknown(place));
        cases.extend(wrong_lengths(place));
    }
    cases.extend(flags());
    cases
}

fn of_property(place: Place, (id, value, words, places): Row) -> Vec<Case> {
    let number = u32::from(id);
    let on = place.on();
    let title = format!("property {id:02X} in {}", place.name);
    let one = format!("{id:02X} {value}");
    let bytes = place.bytes(number, &one);
    if !places.contains(&place) {
        let belongs_to_other = place.other_end().is_some_and(|other| places.contains(&other));
        let why =
            if belongs_to_other { ("PropertySender", 0x82) } else { ("MisplacedProperty", 0x81) };
        return vec![on.refused(&title, &bytes, why, MALFORMED)];
    }
    let mut cases = vec![on.valid(&title, &bytes, &place.words(number, words), MALFORMED)];

    let twice = place.bytes(number, &format!("{one} {one}"));
    let name = format!("{title}, twice");
    cases.push(if id == 0x26 || (id == 0x0B && place == DELIVERY) {
        on.valid(&name, &twice, &place.words(number, &format!("{words}, {words}")), MALFORMED)
    } else {
        on.refused(&name, &twice, ("DuplicateProperty", 0x82), MALFORMED)
    });

    let whole = notation::bytes(&one, Version::V5);
    for kept in 1..whole.len() {
        let name = format!("{title}, cut to {kept} bytes");
        let bytes = place.bytes(number, &notation::hex(&whole[..kept]));
        cases.push(on.refused(&name, &bytes, ("Truncated", 0x81), MALFORMED));
    }
    cases
}

/// Identifiers that no property has, in one byte and in two.
fn unknown(place: Place) -> Vec<Case> {
    let known = |id: u32| PROPERTIES.iter().any(|row| u32::from(row.0) == id);
    let unknown = (0..=300).chain([16_383, 16_384, 268_435_455]).filter(|&id| !known(id));
    let case = |id: u32| {
        let bytes = notation::varint(usize::try_from(id).unwrap());
        let bytes = place.bytes(id, &format!("{} 01", notation::hex(&bytes)));
        let name = format!("unknown property {id:02X} in {}", place.name);
        place.on().refused(&name, &bytes, ("UnknownProperty", 0x81), MALFORMED)
    };
    unknown.map(case).collect()
}

/// A length of the properties that is not their length.
fn wrong_lengths(place: Place) -> Vec<Case> {
    let on = place.on();
    let case = |name: &str, properties: &str, why| {
        let bytes = place.packet.replace("[{}]", properties);
        on.refused(&format!("{name} in {}", place.name), &bytes, why, "MQTT-1.5.5-1")
    };
    let truncated = ("Truncated", 0x81);
    vec![
        case("property length 0 in two bytes", "8000", ("Varint", 0x81)),
        case("property length 7 in two bytes", "8700 26 <k> <v>", ("Varint", 0x81)),
        case("property length of five bytes", "8080808001", ("Varint", 0x81)),
        case("property length over the packet's end", "FF7F 26 <k> <v>", truncated),
        case("the largest property length", "FFFFFF7F 26 <k> <v>", truncated),
        case("property length that ends within the value", "06 26 <k> <v>", truncated),
        case("property identifier in two bytes", "[A600 <k> <v>]", ("Varint", 0x81)),
    ]
}

/// Properties of one byte that is 0 or 1: every value, in the first place that has it.
fn flags() -> Vec<Case> {
    let mut cases = Vec::new();
    for (id, _, words, places) in PROPERTIES.into_iter().filter(|row| row.1 == "01") {
        let place = places[0];
        for value in 0..=255_u8 {
            let name = format!("property {id:02X} with value {value}");
            let bytes = place.bytes(id.into(), &format!("{id:02X} {value:02X}"));
            cases.push(if value < 2 {
                let words = words.replace('1', &value.to_string());
                place.on().valid(&name, &bytes, &place.words(id.into(), &words), MALFORMED)
            } else {
                place.on().refused(&name, &bytes, ("PropertyValue", 0x82), MALFORMED)
            });
        }
    }
    cases
}
