//! The table of packets: bytes, who sends them, and what they are or why they are refused.
//!
//! A row of a table is one line (indented lines go on with it) of five columns:
//! `name | sender and levels | bytes | verdict | statement`. `cs45` means from client and
//! server, versions 3.1.1 and 5. Bytes are in [`notation`], a valid packet in the words of
//! `describe`, with `=> bytes` behind it when the codec writes it in fewer bytes. `! Error 81`
//! is a refusal with its reason code. A row for several versions names two statements where
//! the specifications number theirs differently, version 5's last.

mod acknowledge;
mod codes;
mod connack;
mod connect;
mod control;
mod flags;
mod header;
mod ids;
mod properties;
mod publish;
mod strings;
mod subscribe;
mod topics;

use mq::codec::{Frame, Sender, Version};

use crate::notation;

pub(crate) use self::codes::CODES;
pub(crate) use self::properties::{PROPERTIES, Place};

/// All versions.
pub(crate) const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];
/// Both ends.
pub(crate) const SENDERS: [Sender; 2] = [Sender::Client, Sender::Server];

/// One packet and what becomes of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Unique.
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) sender: Sender,
    /// In [`notation`].
    pub(crate) bytes: String,
    pub(crate) verdict: Verdict,
    /// The normative statement that it shows.
    pub(crate) statement: &'static str,
}

/// What the receiver makes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The packet in words, and its bytes as the codec writes it where those are fewer.
    Valid { packet: String, shorter: Option<String> },
    /// The error's name, and the reason code that answers it.
    Refused { error: String, reason: u8 },
}

impl Case {
    /// The bytes on the wire.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        notation::bytes(&self.bytes, self.version)
    }

    /// What the codec writes for the packet; `None` for a refused one.
    pub(crate) fn canonical(&self) -> Option<Vec<u8>> {
        match &self.verdict {
            Verdict::Valid { shorter: Some(shorter), .. } => {
                Some(notation::bytes(shorter, self.version))
            }
            Verdict::Valid { shorter: None, .. } => Some(self.encoded()),
            Verdict::Refused { .. } => None,
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        matches!(self.verdict, Verdict::Valid { .. })
    }
}

/// A version and an end, and the makers of cases for them.
#[derive(Debug, Clone, Copy)]
struct On(Version, Sender);

impl On {
    fn case(self, name: &str, bytes: &str, verdict: Verdict, statement: &'static str) -> Case {
        let Self(version, sender) = self;
        let name = format!("{name} ({version} from {sender:?})");
        Case { name, version, sender, bytes: bytes.into(), verdict, statement }
    }

    fn valid(self, name: &str, bytes: &str, packet: &str, statement: &'static str) -> Case {
        let verdict = Verdict::Valid { packet: packet.into(), shorter: None };
        self.case(name, bytes, verdict, statement)
    }

    fn refused(
        self,
        name: &str,
        bytes: &str,
        (error, reason): (&str, u8),
        statement: &'static str,
    ) -> Case {
        let verdict = Verdict::Refused { error: error.into(), reason };
        self.case(name, bytes, verdict, statement)
    }
}

/// The rows that were written by hand.
pub(crate) fn written() -> Vec<Case> {
    [
        ("connect", connect::ROWS),
        ("connack", connack::ROWS),
        ("publish", publish::ROWS),
        ("acknowledge", acknowledge::ROWS),
        ("subscribe", subscribe::ROWS),
        ("control", control::ROWS),
        ("header", header::ROWS),
    ]
    .into_iter()
    .flat_map(|(area, table)| read(area, table))
    .collect()
}

/// The rows that follow from the protocol's own tables.
pub(crate) fn derived() -> Vec<Case> {
    [
        codes::cases(),
        flags::cases(),
        ids::cases(),
        properties::cases(),
        strings::cases(),
        topics::cases(),
    ]
    .concat()
}

/// Every row.
pub(crate) fn all() -> Vec<Case> {
    [written(), derived()].concat()
}

fn read(area: &str, table: &'static str) -> Vec<Case> {
    let mut rows: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        match rows.last_mut().filter(|_| line.starts_with(' ')) {
            Some(row) => {
                row.push(' ');
                row.push_str(line.trim());
            }
            None => rows.push(line.into()),
        }
    }
    rows.iter().flat_map(|row| read_row(area, row)).collect()
}

fn read_row(area: &str, row: &str) -> Vec<Case> {
    let columns: Vec<_> = row.split('|').map(str::trim).collect();
    let [name, on, bytes, verdict, statements] = columns[..] else { panic!("columns of: {row}") };
    let mut cases = Vec::new();
    for version in VERSIONS.into_iter().filter(|v| on.contains(&v.name_and_level().1.to_string())) {
        let statement = if version.is_v5() {
            statements.split(' ').next_back()
        } else {
            statements.split(' ').next()
        };
        let statement = statement.unwrap_or_default().to_owned().leak();
        let verdict = read_verdict(verdict, version);
        for sender in SENDERS {
            if on.contains(if sender == Sender::Client { 'c' } else { 's' }) {
                let name = format!("{area}: {name}");
                cases.push(On(version, sender).case(&name, bytes, verdict.clone(), statement));
            }
        }
    }
    assert!(!cases.is_empty(), "nobody sends: {row}");
    cases
}

fn read_verdict(text: &str, version: Version) -> Verdict {
    if let Some(refusal) = text.strip_prefix("! ") {
        let (error, reason) = refusal.split_once(' ').unwrap();
        let reason = u8::from_str_radix(reason, 16).unwrap();
        return Verdict::Refused { error: error.into(), reason };
    }
    let (packet, shorter) = match text.split_once(" => ") {
        Some((packet, shorter)) => (packet, Some(shorter.into())),
        None => (text, None),
    };
    Verdict::Valid { packet: packet.replace('@', &version.to_string()), shorter }
}

/// The first packet of `bytes`, whatever its size; `None` when it is not whole.
pub(crate) fn split(bytes: &[u8]) -> Result<Option<Frame<'_>>, mq::codec::Error> {
    mq::codec::split(bytes, mq::codec::MAX_PACKET_SIZE)
}
