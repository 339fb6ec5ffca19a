//! Options that few calls have: the tree of the other calls is built without them.
//!
//! To build a third of the options of a client takes longer than to parse the words of most calls,
//! and each `mq pub -m` in a script waits for it.

use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// No word of this call may be one of them.
static LEFT_OUT: AtomicBool = AtomicBool::new(false);

/// Their short names.
const SHORT: &[u8] = b"LASIcxMVD0";

/// From now on trees are built for a call of these words.
pub(super) fn build_for(words: &[OsString]) {
    LEFT_OUT.store(!words.iter().any(may_be_one), Ordering::Relaxed);
}

/// From now on trees have all options again.
pub(super) fn build_all() {
    LEFT_OUT.store(false, Ordering::Relaxed);
}

/// Each long name counts: one that is misspelt is to be answered with what was meant.
fn may_be_one(word: &OsString) -> bool {
    match word.as_encoded_bytes() {
        [b'-', b'-', ..] => true,
        [b'-', letters @ ..] => letters.iter().any(|letter| SHORT.contains(letter)),
        _ => false,
    }
}

/// Apart from the code of the others, which would need its stack otherwise.
#[cold]
#[inline(never)]
fn with_all<T: Args>(command: Command) -> Command {
    T::augment_args(command)
}

/// A group of such options; none where it was left out.
#[derive(Debug)]
pub(super) struct Rare<T>(pub(super) Option<T>);

/// Left out.
impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Args> Args for Rare<T> {
    fn augment_args(command: Command) -> Command {
        if LEFT_OUT.load(Ordering::Relaxed) { command } else { with_all::<T>(command) }
    }

    fn augment_args_for_update(command: Command) -> Command {
        T::augment_args_for_update(command)
    }
}

impl<T: Args> FromArgMatches for Rare<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        let left_out = LEFT_OUT.load(Ordering::Relaxed);
        let group = (!left_out).then(|| T::from_arg_matches_mut(matches));
        group.transpose().map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_may_be_one_brings_them_all() {
        for word in ["--url", "--cafil", "-L", "-lSr", "-l0", "--"] {
            assert!(may_be_one(&word.into()), "{word}");
        }
        for word in ["-t", "-lr", "-h", "L", "", "-", "a--b", "-q2"] {
            assert!(!may_be_one(&word.into()), "{word}");
        }
    }
}
