//! The list of the functions that a start runs is of this program.

use std::fs;

use memchr::memmem;

use crate::root;

/// Of so many names at least one must be a function's: a compiler inlines other functions here
/// than in a release, but a list that nobody renewed has lost most.
const SHARE: usize = 2;

#[test]
fn most_functions_of_the_startup_order_are_the_programs() {
    let order = fs::read_to_string(root().join("src/bin/mq.order")).unwrap();
    let program = fs::read(env!("CARGO_BIN_EXE_mq")).unwrap();
    let named = |pattern: &&str| {
        // what stands for hashes is left out, and the longest part of the name looked for
        let part = pattern.split('*').max_by_key(|part| part.len()).unwrap_or_default();
        memmem::find(&program, part.as_bytes()).is_some()
    };
    let (known, lost): (Vec<_>, Vec<_>) = order.lines().partition(named);
    assert!(known.len() > 100, "the list is not whole: {} functions", known.len());
    assert!(
        known.len() * SHARE > order.lines().count(),
        "scripts/startup-order is to be run: of no function any longer:\n  {}",
        lost.join("\n  ")
    );
}

#[test]
fn the_startup_order_holds_only_what_a_linker_script_may() {
    let order = fs::read_to_string(root().join("src/bin/mq.order")).unwrap();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_$.*".contains(letter);
    let wrong: Vec<_> = order.lines().filter(|line| !line.chars().all(plain)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
