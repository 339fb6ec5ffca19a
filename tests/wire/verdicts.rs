//! Each row is what the table says.

use std::collections::HashSet;

use mq::codec::{Error, decode};

use crate::cases::{self, Case, Verdict};
use crate::describe::describe;

/// What the codec makes of a row, in the row's terms; valid packets with the bytes they become.
fn outcome(case: &Case) -> Result<(String, Vec<u8>), Error> {
    let bytes = case.encoded();
    let frame = cases::split(&bytes)?.ok_or(Error::Truncated)?;
    assert_eq!(frame.bytes(), bytes, "{}: its length is not that of the packet", case.name);
    let packet = decode(frame, case.version, case.sender)?;
    let mut out = Vec::new();
    packet.encode(case.version, &mut out).unwrap();
    Ok((describe(&packet), out))
}

/// Shows all rows that fail at once: a wrong rule breaks many.
fn report(failures: &[String]) {
    let shown = failures.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} rows differ:\n{shown}", failures.len());
}

#[test]
fn every_valid_row_is_its_packet_and_goes_back_to_its_bytes() {
    let mut failures = Vec::new();
    for case in cases::all() {
        let Verdict::Valid { packet, .. } = &case.verdict else { continue };
        let canonical = case.canonical().unwrap();
        match outcome(&case) {
            Ok((words, out)) if words == *packet && out == canonical => {}
            other => failures.push(format!(
                "{}: {}\n  want {packet} {canonical:02X?}\n  have {other:02X?}",
                case.name, case.bytes
            )),
        }
    }
    report(&failures);
}

#[test]
fn every_refused_row_gives_its_error_and_reason_code() {
    let mut failures = Vec::new();
    for case in cases::all() {
        let Verdict::Refused { error, reason } = &case.verdict else { continue };
        match outcome(&case) {
            Err(have) if format!("{have:?}") == *error && have.reason().code() == *reason => {}
            other => failures.push(format!(
                "{}: {}\n  want {error} {reason:02X}\n  have {other:02X?}",
                case.name, case.bytes
            )),
        }
    }
    report(&failures);
}

#[test]
fn a_shorter_form_is_shorter_or_differs_in_unused_bits_only() {
    for case in cases::all().iter().filter(|case| case.is_valid()) {
        let (bytes, canonical) = (case.encoded(), case.canonical().unwrap());
        let from_older_server = bytes == [0x20, 2, 0, 1];
        // A length that could be left out, and is not: some clients wait for it.
        let with_length = bytes.first() == Some(&0xE0)
            && canonical == [&[0xE0, 2][..], &bytes[2..], &[0]].concat();
        let longer = from_older_server || with_length;
        assert!(canonical.len() <= bytes.len() || longer, "{}", case.name);
    }
}

#[test]
fn rows_have_names_of_their_own() {
    let mut seen = HashSet::new();
    for case in cases::all() {
        assert!(seen.insert(case.name.clone()), "two rows are called {}", case.name);
    }
}

#[test]
fn rows_cite_statements_by_well_formed_identifiers() {
    for case in cases::all() {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let well_formed = case.statement.strip_prefix("MQTT-").is_some_and(|rest| {
            let (section, at) = rest.split_once('-').unwrap_or_default();
            number(at) && section.split('.').count() == 3 && section.split('.').all(number)
        });
        assert!(well_formed, "{}: {:?}", case.name, case.statement);
    }
}

#[test]
fn the_table_does_not_shrink() {
    let (written, derived) = (cases::written().len(), cases::derived().len());
    assert!(written >= 1_200, "{written} rows written by hand");
    assert!(derived >= 20_000, "{derived} rows derived");
}
