//! PEM files, as people have them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use super::TlsOptionsError;

/// No bundle of authorities is as long: Mozilla's has 250 KB. What is longer is a device or a
/// mistake.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The whole of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsOptionsError> {
    read_limited(path)
        .map_err(|source| TlsOptionsError::Unreadable { path: path.to_owned(), source })
}

fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = LARGEST_FILE.saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length < limit) {
        Ok(content)
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

/// The certificates of a file, one at least.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsOptionsError> {
    let content = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        // A sequence: the same certificate without its PEM armour.
        Ok(_) if content.starts_with(&[0x30]) => {
            Err(TlsOptionsError::Binary { path: path.to_owned() })
        }
        Ok(_) => Err(TlsOptionsError::NoCertificate { path: path.to_owned() }),
        Err(error) => {
            Err(TlsOptionsError::Damaged { path: path.to_owned(), why: damage(&error, &content) })
        }
    }
}

/// What is wrong with a file, and in which line where that can be told.
pub(super) fn damage(error: &pem::Error, content: &[u8]) -> String {
    let why = match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("it ends before its -----END {}-----", String::from_utf8_lossy(end_marker))
        }
        pem::Error::IllegalSectionStart { .. } => "a line begins like a section of PEM".to_owned(),
        pem::Error::Base64Decode(_) => "what is between BEGIN and END is no base64".to_owned(),
        other => other.to_string(),
    };
    match damaged_line(content) {
        Some(line) => format!("line {line}: {why}"),
        None => why,
    }
}

/// The first line, from 1, that no section of PEM has, or the one that begins a section without an
/// end.
fn damaged_line(content: &[u8]) -> Option<usize> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\t ".contains(byte);
    let mut begun = None;
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii_end();
        if line.starts_with(b"-----BEGIN ") {
            begun = Some(number);
        } else if line.starts_with(b"-----END ") && line.ends_with(b"-----") {
            begun = None;
        } else if begun.is_some() && !line.iter().all(is_base64) {
            return Some(number);
        }
    }
    begun
}
