//! The fields of a certificate that webpki keeps to itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{AnyRef, Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::subject;

/// Object identifiers, as they are encoded.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0A];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1D, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x1E];

/// Choices of a general name (RFC 5280, section 4.2.1.6).
const DNS_NAME: TagNumber = TagNumber(2);
const IP_ADDRESS: TagNumber = TagNumber(7);

/// Letters of a name that are told: those of hosts have 253 at most, and few have 100.
const SHOWN: usize = 200;

/// A certificate (RFC 5280, section 4.1), taken apart and not verified.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// 1, 2 or 3.
    pub(super) version: u8,
    /// Who signed it, encoded.
    pub(super) issuer: &'a [u8],
    /// Whom it is about, encoded.
    pub(super) subject: &'a [u8],
    /// When it becomes valid, from 1970 on.
    pub(super) not_before: Duration,
    /// When it expires, from 1970 on.
    pub(super) not_after: Duration,
    /// What is inside of `subjectPublicKeyInfo`.
    pub(super) public_key: &'a [u8],
    /// Object identifier and content of each extension.
    extensions: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Certificate<'a> {
    /// `None` when it is not encoded as it should be.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let whole = AnyRef::from_der(bytes).ok()?;
        let body = *parts(whole.value())?.first()?;
        let mut fields = parts(body.value())?.into_iter().peekable();
        let version = match fields.next_if(|field| is_choice(field, TagNumber(0))) {
            None => 1,
            Some(field) => {
                parts(field.value())?.first()?.value().last().copied()?.checked_add(1)?
            }
        };
        let (_serial, _algorithm) = (fields.next()?, fields.next()?);
        let issuer = fields.next()?.value();
        let validity = parts(fields.next()?.value())?;
        let subject = fields.next()?.value();
        let public_key = fields.next()?.value();
        let extensions = match fields.find(|field| is_choice(field, TagNumber(3))) {
            None => Vec::new(),
            Some(field) => {
                let list = parts(parts(field.value())?.first()?.value())?;
                list.iter().map(extension).collect::<Option<_>>()?
            }
        };
        Some(Self {
            version,
            issuer,
            subject,
            not_before: time(*validity.first()?)?,
            not_after: time(*validity.get(1)?)?,
            public_key,
            extensions,
        })
    }

    /// Whether it may sign others. Before version 3 there was no place to say so: who has signed
    /// itself may, as with OpenSSL, and a server that somebody else has signed may not.
    pub(super) fn is_authority(&self) -> bool {
        let is_old_root = self.version < 3 && self.issuer == self.subject;
        is_old_root || self.extension(BASIC_CONSTRAINTS).is_some_and(says_authority)
    }

    /// Whether it may sign for some names only (RFC 5280, section 4.2.1.10).
    pub(super) fn has_name_constraints(&self) -> bool {
        self.extension(NAME_CONSTRAINTS).is_some()
    }

    /// DNS names and IP addresses of subjectAltName; `None` when there is no subjectAltName.
    pub(super) fn alternative_names(&self) -> Option<Vec<String>> {
        let names = parts(self.extension(ALTERNATIVE_NAMES)?)
            .and_then(|list| parts(list.first()?.value()))
            .unwrap_or_default();
        Some(names.iter().filter_map(alternative_name).collect())
    }

    /// The whole subject, as RFC 2253 writes it.
    pub(super) fn subject_text(&self) -> String {
        subject::text(self.subject)
    }

    /// The common names of the subject.
    pub(super) fn common_names(&self) -> Vec<&'a str> {
        attributes(self.subject, COMMON_NAME)
    }

    fn extension(&self, identifier: &[u8]) -> Option<&'a [u8]> {
        let found = self.extensions.iter().find(|(known, _)| *known == identifier);
        found.map(|(_, content)| *content)
    }
}

/// What people call an issuer or a subject: its common name, or its organization.
pub(super) fn title(name: &[u8]) -> Option<&str> {
    let first = |identifier| attributes(name, identifier).first().copied();
    first(COMMON_NAME).or_else(|| first(ORGANIZATION)).map(shown)
}

/// As much of a name as is told: a certificate has room for 60 KB of it.
pub(super) fn shown(name: &str) -> &str {
    let end = name.char_indices().nth(SHOWN);
    end.and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}

/// The encoded values that stand one behind the other.
pub(super) fn parts(content: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut all = Vec::new();
    while !reader.is_finished() {
        all.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(all)
}

fn is_choice(field: &AnyRef<'_>, wanted: TagNumber) -> bool {
    matches!(field.tag(), Tag::ContextSpecific { number, .. } if number == wanted)
}

fn time(field: AnyRef<'_>) -> Option<Duration> {
    match field.tag() {
        Tag::UtcTime => field.decode_as::<UtcTime>().ok().map(|time| time.to_unix_duration()),
        _ => field.decode_as::<GeneralizedTime>().ok().map(|time| time.to_unix_duration()),
    }
}

/// Identifier, perhaps whether it is critical, content.
fn extension<'a>(field: &AnyRef<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let fields = parts(field.value())?;
    Some((fields.first()?.value(), fields.last()?.value()))
}

fn says_authority(content: &[u8]) -> bool {
    let first = (|| parts(parts(content)?.first()?.value())?.first().copied())();
    first.is_some_and(|first| first.tag() == Tag::Boolean && first.value() != [0])
}

fn alternative_name(name: &AnyRef<'_>) -> Option<String> {
    if is_choice(name, DNS_NAME) {
        let name = std::str::from_utf8(name.value()).ok()?;
        // It does not count for the address that it looks like.
        let is_address = name.parse::<IpAddr>().is_ok();
        return Some(if is_address { format!("DNS:{name}") } else { name.to_owned() });
    }
    if !is_choice(name, IP_ADDRESS) {
        return None;
    }
    let four: Result<[u8; 4], _> = name.value().try_into();
    let sixteen: Result<[u8; 16], _> = name.value().try_into();
    let address = match (four, sixteen) {
        (Ok(bytes), _) => IpAddr::from(Ipv4Addr::from(bytes)),
        (_, Ok(bytes)) => IpAddr::from(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    Some(address.to_string())
}

/// The texts of one kind in an encoded name: a list of sets of pairs.
fn attributes<'a>(name: &'a [u8], identifier: &[u8]) -> Vec<&'a str> {
    let sets = parts(name).unwrap_or_default();
    let pairs = sets.iter().flat_map(|set| parts(set.value()).unwrap_or_default());
    let texts = pairs.filter_map(|pair| {
        let pair = parts(pair.value())?;
        let fits = pair.first()?.value() == identifier;
        let text = std::str::from_utf8(pair.get(1)?.value()).ok()?;
        fits.then_some(text)
    });
    texts.collect()
}
