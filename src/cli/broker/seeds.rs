//! `--retain-file`: what is retained before anybody comes.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::broker::{Limits, Seeds};
use crate::cli::output;
use crate::record::{Defaults, Form, Reader};

/// Reads JSON Lines. A line is taken as a broker takes the message: it takes the place of the one
/// before, an empty payload removes it, and what says that it is not retained is left out, so that
/// a whole recording leaves behind what it left behind. A file that is wrong in any line is not
/// taken at all.
pub(super) fn read(path: &Path, limits: &Limits) -> anyhow::Result<Seeds> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let defaults = Defaults { retain: true, ..Defaults::default() };
    let mut reader = Reader::new(Form::Json { timed: false }, defaults);
    let mut seeds = Seeds::within(limits);
    let mut passing = 0_u64;
    for (number, line) in (1_u64..).zip(text.split(|byte| *byte == b'\n')) {
        let place = std::fmt::from_fn(|f| write!(f, "{}, line {number}", path.display()));
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(entry) = reader.read(line).map_err(|error| {
            let comma = if error.column.is_some() { "," } else { ":" };
            anyhow::anyhow!("{place}{comma} {error}")
        })?
        else {
            continue;
        };
        if entry.retain {
            let added = seeds.add(&entry.publish());
            added.map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
        } else {
            passing = passing.saturating_add(1);
        }
    }
    if passing > 0 {
        let lines = if passing == 1 { "line says" } else { "lines say" };
        output::note(&format!(
            "{}: {passing} {lines} \"retain\":false, and so leave nothing behind",
            path.display()
        ));
    }
    Ok(seeds)
}
