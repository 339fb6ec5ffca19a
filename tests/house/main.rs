//! Holds the house: layers, purity, who may print, sizes, dependencies, skipped tests, leftovers.
//!
//! Each check reads the sources or `cargo metadata` and lists every violation with file and line.

mod attacks;
mod dependencies;
mod docs;
mod layers;
mod leftovers;
mod order;
mod purity;
mod source;

use std::path::Path;

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with one violation a line.
#[track_caller]
fn hold(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}\n", violations.join("\n  "));
}
