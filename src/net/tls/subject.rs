//! The name of whom a certificate is about, as one line of text.

use std::fmt::Write as _;

use der::{AnyRef, Tag, Tagged};

use super::certificate::parts;

/// Attributes that have a short name (RFC 4514, section 3, and what OpenSSL adds to it), by their
/// encoded identifiers.
const NAMES: &[(&[u8], &str)] = &[
    (&[0x55, 0x04, 0x03], "CN"),
    (&[0x55, 0x04, 0x04], "SN"),
    (&[0x55, 0x04, 0x05], "serialNumber"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "street"),
    (&[0x55, 0x04, 0x0A], "O"),
    (&[0x55, 0x04, 0x0B], "OU"),
    (&[0x55, 0x04, 0x0C], "title"),
    (&[0x55, 0x04, 0x2A], "GN"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01], "UID"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19], "DC"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01], "emailAddress"),
];

/// An encoded name as RFC 2253 writes it, the last part first: `CN=pump,O=Works,C=SE`. It is what
/// mosquitto takes for a user name, letter by letter: what is not ASCII is escaped.
pub(super) fn text(name: &[u8]) -> String {
    let mut text = String::new();
    for set in parts(name).unwrap_or_default().iter().rev() {
        for (place, pair) in parts(set.value()).unwrap_or_default().iter().rev().enumerate() {
            let separator = if place > 0 { "+" } else { "," };
            if !text.is_empty() {
                text.push_str(separator);
            }
            push_pair(&mut text, pair);
        }
    }
    text
}

fn push_pair(text: &mut String, pair: &AnyRef<'_>) {
    let pair = parts(pair.value()).unwrap_or_default();
    let [kind, value, ..] = pair.as_slice() else { return };
    match NAMES.iter().find(|(identifier, _)| *identifier == kind.value()) {
        Some((_, name)) => text.push_str(name),
        None => push_identifier(text, kind.value()),
    }
    text.push('=');
    let is_text = matches!(value.tag(), Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
    if is_text { push_value(text, value.value()) } else { push_hex(text, value.value()) }
}

/// `2.5.4.97`.
fn push_identifier(text: &mut String, encoded: &[u8]) {
    let mut number = 0_u64;
    let mut is_first = true;
    for byte in encoded {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7F);
        if byte & 0x80 != 0 {
            continue;
        }
        // writing to a string cannot fail
        if is_first {
            let top = (number / 40).min(2);
            let _ = write!(text, "{top}.{}", number.saturating_sub(top.saturating_mul(40)));
        } else {
            let _ = write!(text, ".{number}");
        }
        (number, is_first) = (0, false);
    }
}

fn push_value(text: &mut String, value: &[u8]) {
    let last = value.len().saturating_sub(1);
    for (place, &byte) in value.iter().enumerate() {
        match byte {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' => {
                text.push('\\');
                text.push(byte.into());
            }
            b'#' if place == 0 => text.push_str("\\#"),
            b' ' if place == 0 || place == last => text.push_str("\\ "),
            b' '..=b'~' => text.push(byte.into()),
            _ => _ = write!(text, "\\{byte:02X}"),
        }
    }
}

fn push_hex(text: &mut String, value: &[u8]) {
    text.push('#');
    for byte in value {
        let _ = write!(text, "{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::super::certificate::Certificate;

    #[test]
    fn a_subject_is_written_as_openssl_does() {
        let mut params = CertificateParams::new([]).unwrap();
        let mut name = DistinguishedName::new();
        for (kind, value) in [
            (DnType::CountryName, "SE"),
            (DnType::OrganizationName, " Wörks, \"AB\" "),
            (DnType::CustomDnType(vec![2, 5, 4, 97]), "x"),
            (DnType::CommonName, "#pump+1"),
        ] {
            name.push(kind, value);
        }
        params.distinguished_name = name;
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        assert_eq!(
            Certificate::parse(&der).unwrap().subject_text(),
            r#"CN=\#pump\+1,2.5.4.97=x,O=\ W\C3\B6rks\, \"AB\"\ ,C=SE"#
        );
    }
}
