//! The files of an `include_dir`.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// Every `*.conf` in their order: letter by letter, and of one letter the capital first.
pub(super) fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("conf")) {
            files.push(path);
        }
    }
    files.sort_by_cached_key(|path| path.file_name().map(order).unwrap_or_default());
    Ok(files)
}

fn order(name: &OsStr) -> Vec<(u8, u8)> {
    name.as_encoded_bytes().iter().map(|byte| (byte.to_ascii_uppercase(), *byte)).collect()
}
