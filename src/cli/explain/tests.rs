use std::collections::BTreeSet;

use super::*;
use crate::codec::Reason;

#[test]
fn every_reason_code_has_texts_of_its_own() {
    let reasons = || (0..=u8::MAX).filter_map(Reason::from_code);
    let entries = reasons().map(reasons::entry);
    let texts: BTreeSet<_> = entries.map(|entry| (entry.meaning, entry.advice)).collect();
    assert_eq!(texts.len(), reasons().count());
}

#[test]
fn every_exit_of_this_program_is_explained() {
    let known =
        |code| table::all().iter().any(|entry| entry.kind == Kind::Mq && entry.code == code);
    for exit in Exit::OWN.into_iter().chain([Exit::Signal(15)]) {
        assert!(known(exit.code()), "{exit:?}");
    }
}

#[test]
fn every_return_code_leads_to_its_reason_by_number_and_name() {
    for code in 0..=5 {
        let reason = Reason::from_return_code(code).unwrap();
        let entries = table::all();
        let entry = entries
            .iter()
            .find(|entry| entry.kind == Kind::Connack && entry.code == code)
            .unwrap_or_else(|| panic!("{code}"));
        assert_eq!(reason.return_code(), Some(entry.code));
    }
    assert!(Reason::from_return_code(6).is_none());
}

#[test]
fn one_code_of_a_kind_stands_once() {
    let mut seen = BTreeSet::new();
    for entry in table::all() {
        assert!(seen.insert((entry.kind.title(), entry.code)), "{}", entry.reference());
        assert!(!entry.meaning.is_empty() && !entry.advice.is_empty(), "{}", entry.reference());
    }
}

#[test]
fn pages_fit_a_screen() {
    for entry in table::all() {
        let page = page(&[&entry], WIDTH);
        assert!(page.lines().all(|line| line.chars().count() <= WIDTH), "{page}");
        assert!(page.lines().count() <= 12, "{page}");
    }
}

#[test]
fn numbers_are_read_in_both_notations() {
    assert_eq!(number("135"), Some(135));
    assert_eq!(number("0x87"), Some(135));
    assert_eq!(number("0X87"), Some(135));
    assert_eq!(number("99999999999"), Some(u32::MAX));
    for text in ["", "x87", "-1", "1.5", "0x", "banned"] {
        assert_eq!(number(text), None, "{text}");
    }
}

#[test]
fn every_name_is_found() {
    for entry in table::all().iter().filter(|entry| !entry.is_echo) {
        for name in entry.names() {
            for name in [name.to_owned(), name.to_uppercase(), name.replace(' ', "-")] {
                let page = answer(&name, WIDTH).unwrap();
                assert!(page.contains(&entry.heading()), "{name}: {page}");
            }
        }
    }
}
