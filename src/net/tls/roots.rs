//! Whom to trust.

use std::path::Path;

use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::certificate::Certificate;
use super::{TlsOptions, TlsOptionsError, pem};

/// Authorities, and what else the user trusts.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Who may have signed a server's certificate.
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    /// Certificates that the user gave: one of them may be the server's own.
    pub(super) given: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// All that the options name; nobody at all is an error.
    pub(super) fn load(options: &TlsOptions) -> Result<Self, TlsOptionsError> {
        let mut roots = Self::of_options(options)?;
        if options.system_roots {
            roots.add_system()?;
        }
        if roots.anchors.is_empty() && roots.given.is_empty() {
            return Err(TlsOptionsError::NoAuthority);
        }
        Ok(roots)
    }

    /// Reads what the options name by a path, for who trusts everybody: a mistake in it is told
    /// now, and not on the day when it counts.
    pub(super) fn check_files(options: &TlsOptions) -> Result<(), TlsOptionsError> {
        Self::of_options(options).map(drop)
    }

    fn of_options(options: &TlsOptions) -> Result<Self, TlsOptionsError> {
        Self::of_files(options.ca_file.as_deref(), options.ca_path.as_deref())
    }

    /// What is in a file and in the files of a folder.
    pub(super) fn of_files(
        file: Option<&Path>,
        folder: Option<&Path>,
    ) -> Result<Self, TlsOptionsError> {
        let mut roots = Self::default();
        if let Some(path) = file {
            for (number, certificate) in (1_usize..).zip(pem::certificates(path)?) {
                roots.add_given(certificate).ok_or_else(|| TlsOptionsError::Damaged {
                    path: path.to_owned(),
                    why: format!("certificate number {number} cannot be read"),
                })?;
            }
        }
        if let Some(folder) = folder {
            roots.add_folder(folder)?;
        }
        Ok(roots)
    }

    fn add_given(&mut self, certificate: CertificateDer<'static>) -> Option<()> {
        // What is no authority is trusted for itself alone, and not for what it signs.
        if Certificate::parse(&certificate)?.is_authority() {
            self.anchors.push(anchor(&certificate)?);
        }
        self.given.push(certificate);
        Some(())
    }

    /// The PEM files of a folder, whether their names are hashes or not. What else is there, is
    /// passed by.
    fn add_folder(&mut self, folder: &Path) -> Result<(), TlsOptionsError> {
        let unreadable = |source| TlsOptionsError::Unreadable { path: folder.to_owned(), source };
        let mut is_empty = true;
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if !path.is_file() {
                continue;
            }
            for certificate in pem::certificates(&path).unwrap_or_default() {
                // `c_rehash` leaves each certificate there under two names, and a file may have it
                // as well.
                is_empty &=
                    !self.given.contains(&certificate) && self.add_given(certificate).is_none();
            }
        }
        if is_empty {
            return Err(TlsOptionsError::EmptyFolder { path: folder.to_owned() });
        }
        Ok(())
    }

    fn add_system(&mut self) -> Result<(), TlsOptionsError> {
        let found = rustls_native_certs::load_native_certs();
        let before = self.anchors.len();
        self.anchors.extend(found.certs.iter().filter_map(anchor));
        if self.anchors.len() == before {
            let why = found.errors.first().map(ToString::to_string);
            return Err(TlsOptionsError::NoSystemAuthorities { why });
        }
        Ok(())
    }
}

fn anchor(certificate: &CertificateDer<'_>) -> Option<TrustAnchor<'static>> {
    webpki::anchor_from_trusted_cert(certificate).ok().map(|anchor| anchor.to_owned())
}
