//! All codes in one shape.

use super::{exits, reasons};
use crate::codec::{Place, Reason};
use crate::text::rows;

/// Whose code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A reason code of version 5.
    Reason,
    /// A return code of CONNACK before version 5.
    Connack,
    /// A return code of SUBACK before version 5.
    Suback,
    /// An exit code of this program.
    Mq,
    /// An exit code of mosquitto's clients, and of this program under their names.
    Mosquitto,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Reason, Self::Connack, Self::Suback, Self::Mq, Self::Mosquitto];

    /// Above a list of them.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Reason => "Reason codes of MQTT 5",
            Self::Connack => "Return codes of CONNACK in MQTT 3.1 and 3.1.1",
            Self::Suback => "Return codes of SUBACK in MQTT 3.1 and 3.1.1",
            Self::Mq => "Exit codes of mq",
            Self::Mosquitto => {
                "Exit codes of mosquitto_pub, mosquitto_sub and mosquitto_rr, and of mq under \
                 these names"
            }
        }
    }

    const fn singular(self) -> &'static str {
        match self {
            Self::Reason => "MQTT 5 reason code",
            Self::Connack => "MQTT 3.1.1 CONNACK return code",
            Self::Suback => "MQTT 3.1.1 SUBACK return code",
            Self::Mq => "exit code of mq",
            Self::Mosquitto => "exit code of mosquitto's clients",
        }
    }
}

/// One code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) code: u8,
    /// What it is called first.
    pub(super) name: &'static str,
    /// Other names that people know it by, a list of [`rows`].
    pub(super) aliases: &'static str,
    pub(super) meaning: &'static str,
    pub(super) advice: &'static str,
    /// It only passes on the meaning of another code of the same number.
    pub(super) is_echo: bool,
}

/// Names of places, where both senders may use it, and for the server alone, for a client alone.
const PLACES: &[(&str, Place)] = &[
    ("CONNACK", Place::Connack),
    ("PUBACK", Place::Puback),
    ("PUBREC", Place::Pubrec),
    ("PUBREL", Place::Pubrel),
    ("PUBCOMP", Place::Pubcomp),
    ("SUBACK", Place::Suback),
    ("UNSUBACK", Place::Unsuback),
    ("AUTH", Place::Auth),
];

/// Every code there is, by kind and number.
pub(super) fn all() -> Vec<Entry> {
    let mut entries: Vec<_> =
        (0..=u8::MAX).filter_map(Reason::from_code).map(reasons::entry).collect();
    entries.extend(exits::entries());
    let refusals = (0x80..=u8::MAX).filter_map(Reason::from_code);
    entries.extend(refusals.filter(|reason| reason.belongs_in(Place::Connack)).map(exits::refusal));
    entries
}

/// A name without what people write in different ways: case, spaces and signs.
pub(super) fn plain(name: &str) -> String {
    let kept = name.chars().filter(|character| character.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

impl Entry {
    /// All names, the first one first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(rows::list(self.aliases))
    }

    /// Whether this is one of its names.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let wanted = plain(name);
        !wanted.is_empty() && self.names().any(|known| plain(known) == wanted)
    }

    /// Whether the packet may carry it.
    pub(super) fn comes_in(&self, place: Place) -> bool {
        match self.kind {
            Kind::Reason => {
                Reason::from_code(self.code).is_some_and(|reason| reason.belongs_in(place))
            }
            Kind::Connack => place == Place::Connack,
            Kind::Suback => place == Place::Suback,
            Kind::Mq | Kind::Mosquitto => false,
        }
    }

    /// The packets that carry it, for a reason code.
    pub(super) fn places(&self) -> String {
        if self.kind != Kind::Reason {
            return String::new();
        }
        let packets = PLACES.iter().filter(|(_, place)| self.comes_in(*place));
        let mut names: Vec<_> = packets.map(|(name, _)| *name).collect();
        match [Place::DisconnectFromClient, Place::DisconnectFromServer]
            .map(|place| self.comes_in(place))
        {
            [true, true] => names.push("DISCONNECT"),
            [true, false] => names.push("DISCONNECT from a client"),
            [false, true] => names.push("DISCONNECT from the broker"),
            [false, false] => {}
        }
        names.join(", ")
    }

    /// The number, for packets in both notations.
    pub(super) fn number(&self) -> String {
        match self.kind {
            Kind::Reason => format!("{:<4}0x{:02X}", self.code, self.code),
            _ => self.code.to_string(),
        }
    }

    /// Whose code it is, with its number.
    pub(super) fn heading(&self) -> String {
        match self.kind {
            Kind::Reason => format!("{} {} (0x{:02X})", self.kind.singular(), self.code, self.code),
            _ => format!("{} {}", self.kind.singular(), self.code),
        }
    }

    /// The code in a sentence.
    pub(super) fn reference(&self) -> String {
        format!("{}, {}", self.heading(), self.name)
    }
}
