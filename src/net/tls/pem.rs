//! PEM files, as people have them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

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
            Err(TlsOptionsError::Damaged { path: path.to_owned(), why: error.to_string() })
        }
    }
}
