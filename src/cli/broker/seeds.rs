//! `--retain-file`: what is retained before anybody comes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;

use crate::broker::{Limits, Seeds};
use crate::cli::output;
use crate::record::{Defaults, Form, Reader};

/// Bytes of a line at most: the largest packet, whose payload is four thirds as long in base64, and
/// room for what stands around it.
const LONGEST_LINE: u64 = 384 * 1024 * 1024;

/// Reads JSON Lines. A line is taken as a broker takes the message: it takes the place of the one
/// before, an empty payload removes it, and what says that it is not retained is left out, so that
/// a whole recording leaves behind what it left behind. A file that is wrong in any line is not
/// taken at all.
pub(super) fn read(path: &Path, limits: &Limits) -> anyhow::Result<Seeds> {
    let unread = || format!("cannot read {}", path.display());
    let mut file = BufReader::new(File::open(path).with_context(unread)?);
    let defaults = Defaults { retain: true, ..Defaults::default() };
    let mut reader = Reader::new(Form::Json { timed: false }, defaults);
    let mut seeds = Seeds::within(limits);
    let mut passing = 0_u64;
    let mut text = Vec::new();
    for number in 1_u64.. {
        let place = std::fmt::from_fn(|f| write!(f, "{}, line {number}", path.display()));
        text.clear();
        let mut line = file.by_ref().take(LONGEST_LINE.saturating_add(1));
        if line.read_until(b'\n', &mut text).with_context(unread)? == 0 {
            break;
        }
        if text.len() as u64 > LONGEST_LINE {
            anyhow::bail!("{place}: it is longer than any message");
        }
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
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
        let (say, leave) =
            if passing == 1 { ("line says", "leaves") } else { ("lines say", "leave") };
        output::note(&format!(
            "{}: {passing} {say} \"retain\":false, and so {leave} nothing behind",
            path.display()
        ));
    }
    Ok(seeds)
}
