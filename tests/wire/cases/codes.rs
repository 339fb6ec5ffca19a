//! All 256 reason codes in each packet that has one, and the return codes of version 3.

use mq::codec::{Sender, Version};

use super::{Case, On, SENDERS, VERSIONS};

/// A packet of version 5 that carries codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodePlace {
    pub(crate) name: &'static str,
    /// Who sends it with these codes.
    senders: &'static [Sender],
    /// The packet, with `{}` for the code and no properties.
    packet: &'static str,
    /// The same without what may be left out: for success, and for other codes.
    shorter: Option<(&'static str, &'static str)>,
    words: &'static str,
    /// The codes that its definition lists.
    pub(crate) codes: &'static [u8],
    statement: &'static str,
}

impl CodePlace {
    /// Whether this end sends the packet with these codes.
    pub(crate) fn is_sent_by(&self, sender: Sender) -> bool {
        self.senders.contains(&sender)
    }
}

const PUBACK: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

/// The packets and their codes.
pub(crate) const CODES: [CodePlace; 10] = [
    CodePlace {
        name: "CONNACK",
        senders: &[Sender::Server],
        packet: "20 ~ 00 {} []",
        shorter: None,
        words: "CONNACK {}",
        codes: &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
            0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
        ],
        statement: "MQTT-3.2.2-8",
    },
    CodePlace {
        name: "PUBACK",
        senders: &SENDERS,
        packet: "40 ~ 0001 {} []",
        shorter: Some(("40 ~ 0001", "40 ~ 0001 {}")),
        words: "PUBACK #1 {}",
        codes: PUBACK,
        statement: "MQTT-3.4.2-1",
    },
    CodePlace {
        name: "PUBREC",
        senders: &SENDERS,
        packet: "50 ~ 0001 {} []",
        shorter: Some(("50 ~ 0001", "50 ~ 0001 {}")),
        words: "PUBREC #1 {}",
        codes: PUBACK,
        statement: "MQTT-3.5.2-1",
    },
    CodePlace {
        name: "PUBREL",
        senders: &SENDERS,
        packet: "62 ~ 0001 {} []",
        shorter: Some(("62 ~ 0001", "62 ~ 0001 {}")),
        words: "PUBREL #1 {}",
        codes: &[0x00, 0x92],
        statement: "MQTT-3.6.2-1",
    },
    CodePlace {
        name: "PUBCOMP",
        senders: &SENDERS,
        packet: "70 ~ 0001 {} []",
        shorter: Some(("70 ~ 0001", "70 ~ 0001 {}")),
        words: "PUBCOMP #1 {}",
        codes: &[0x00, 0x92],
        statement: "MQTT-3.7.2-1",
    },
    CodePlace {
        name: "SUBACK",
        senders: &[Sender::Server],
        packet: "90 ~ 0001 [] {}",
        shorter: None,
        words: "SUBACK #1 {}",
        codes: &[0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2],
        statement: "MQTT-3.9.3-2",
    },
    CodePlace {
        name: "UNSUBACK",
        senders: &[Sender::Server],
        packet: "B0 ~ 0001 [] {}",
        shorter: None,
        words: "UNSUBACK #1 {}",
        codes: &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
        statement: "MQTT-3.11.3-2",
    },
    CodePlace {
        name: "DISCONNECT",
        senders: &[Sender::Client],
        packet: "E0 ~ {} []",
        shorter: Some(("E0 ~", "E0 ~ {} []")),
        words: "DISCONNECT {}",
        codes: &[
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ],
        statement: "MQTT-3.14.2-1",
    },
    CodePlace {
        name: "DISCONNECT",
        senders: &[Sender::Server],
        packet: "E0 ~ {} []",
        shorter: Some(("E0 ~", "E0 ~ {} []")),
        words: "DISCONNECT {}",
        // 0x8C stands in the overview of all codes, though not in the packet's own list: it ends
        // a re-authentication.
        codes: &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93,
            0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1,
            0xA2,
        ],
        statement: "MQTT-3.14.2-1",
    },
    CodePlace {
        name: "AUTH",
        senders: &SENDERS,
        packet: "F0 ~ {} [15 <m>]",
        shorter: None,
        words: "AUTH {} {AuthenticationMethod(\"m\")}",
        codes: &[0x00, 0x18, 0x19],
        statement: "MQTT-3.15.2-1",
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for place in CODES {
        for &sender in place.senders {
            cases.extend((0..=255).map(|code| of_place(place, sender, code)));
        }
    }
    cases.extend(before_version_5());
    cases
}

fn of_place(place: CodePlace, sender: Sender, code: u8) -> Case {
    let on = On(Version::V5, sender);
    let fill = |text: &str| text.replacen("{}", &format!("{code:02X}"), 1);
    let name = format!("code {code:02X} in {}", place.name);
    let bytes = fill(place.packet);
    if !place.codes.contains(&code) {
        return on.refused(&name, &bytes, ("ReasonCode", 0x81), place.statement);
    }
    let shorter = place.shorter.map(|(success, other)| if code == 0 { success } else { other });
    let verdict = super::Verdict::Valid { packet: fill(place.words), shorter: shorter.map(fill) };
    on.case(&name, &bytes, verdict, place.statement)
}

fn before_version_5() -> Vec<Case> {
    let mut cases = Vec::new();
    let reasons = [0x00, 0x84, 0x85, 0x88, 0x86, 0x87];
    for version in VERSIONS.into_iter().filter(|version| !version.is_v5()) {
        let on = On(version, Sender::Server);
        for code in 0..=255_u8 {
            let name = format!("return code {code:02X} in CONNACK");
            let bytes = format!("20 02 00 {code:02X}");
            cases.push(match reasons.get(usize::from(code)) {
                Some(reason) => {
                    on.valid(&name, &bytes, &format!("CONNACK {reason:02X}"), "MQTT-3.2.2-5")
                }
                None => on.refused(&name, &bytes, ("ReasonCode", 0x81), "MQTT-3.2.2-6"),
            });
            let name = format!("return code {code:02X} in SUBACK");
            let bytes = format!("90 03 0001 {code:02X}");
            cases.push(if matches!(code, 0..=2 | 0x80) {
                on.valid(&name, &bytes, &format!("SUBACK #1 {code:02X}"), "MQTT-3.9.3-2")
            } else {
                on.refused(&name, &bytes, ("ReasonCode", 0x81), "MQTT-3.9.3-2")
            });
        }
    }
    cases
}
