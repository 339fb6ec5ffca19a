//! `mq broker`.

use std::ffi::OsString;

use super::{exit::Exit, output};

/// Runs `mq broker`.
pub(super) fn run(_words: Vec<OsString>) -> Exit {
    output::error("this build has no broker");
    Exit::Failed
}
