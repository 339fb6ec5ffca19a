//! The secrets of connections in a file, in NSS's format, as Wireshark reads it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::TlsOptionsError;

/// A file that lines are appended to.
pub(super) struct KeyLogFile {
    file: Mutex<File>,
}

impl KeyLogFile {
    /// Opens the file, or creates it for its owner alone.
    pub(super) fn open(path: &Path) -> Result<Self, TlsOptionsError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Self { file: Mutex::new(file) }),
            Err(source) => Err(TlsOptionsError::KeyLog { path: path.to_owned(), source }),
        }
    }
}

impl std::fmt::Debug for KeyLogFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyLogFile")
    }
}

impl rustls::KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = format!("{label} ");
        push_hex(client_random, &mut line);
        line.push(' ');
        push_hex(secret, &mut line);
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not end the connection, and there is nobody here to tell.
        let _ = file.write_all(line.as_bytes());
    }
}

fn push_hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
}
