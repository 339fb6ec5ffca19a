//! What is wrong with the options of TLS.

use std::io;
use std::path::{Path, PathBuf};

use super::TlsVersions;

/// Options that cannot be served, told before anything connects.
#[derive(Debug, thiserror::Error)]
pub enum TlsOptionsError {
    /// A file or folder that the user named.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another kind of file, or an empty one.
    #[error(
        "there is no certificate in {}: each begins with -----BEGIN CERTIFICATE-----",
        .path.display()
    )]
    NoCertificate {
        /// Its path.
        path: PathBuf,
    },
    /// A certificate without its PEM armour.
    #[error(
        "{path} is in DER form, and PEM is wanted: openssl x509 -inform DER -in {path} -out FILE",
        path = .path.display()
    )]
    Binary {
        /// Its path.
        path: PathBuf,
    },
    /// PEM, and something is wrong inside.
    #[error("{} is damaged: {why}", .path.display())]
    Damaged {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A folder without PEM files.
    #[error("there is no certificate in any file of the folder {}", .path.display())]
    EmptyFolder {
        /// Its path.
        path: PathBuf,
    },
    /// The system has no store of authorities, or an empty one.
    #[error(
        "this system has no certificates of authorities{}: install some \
         (package ca-certificates), or give one with --cafile",
        .why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
    )]
    NoSystemAuthorities {
        /// What was found instead.
        why: Option<String>,
    },
    /// Nobody is trusted.
    #[error("TLS needs somebody to trust: give --cafile, --capath or --tls-use-os-certs")]
    NoAuthority,
    /// Clients are to be checked, by nobody.
    #[error("client certificates are asked for, and no file says who may have signed them")]
    NoClientAuthority,
    /// Another kind of file, or an empty one.
    #[error("there is no revocation list in {}: each begins with -----BEGIN X509 CRL-----", .path.display())]
    NoRevocationList {
        /// Its path.
        path: PathBuf,
    },
    /// The system has none to give.
    #[error("the system gives no random bytes")]
    NoRandom,
    /// Half of an identity.
    #[error("a client certificate needs its private key: give it with --key")]
    CertificateWithoutKey,
    /// The other half.
    #[error("a private key needs its certificate: give it with --cert")]
    KeyWithoutCertificate,
    /// Another kind of file, or an empty one.
    #[error("there is no private key in {}", .path.display())]
    NoKey {
        /// Its path.
        path: PathBuf,
    },
    /// It cannot be used as it is.
    #[error("the key in {} is encrypted: give its password with --key-password-file", .path.display())]
    KeyNeedsPassword {
        /// Its path.
        path: PathBuf,
    },
    /// The password opens it not.
    #[error("the password is not that of the key in {}", .path.display())]
    KeyPassword {
        /// Its path.
        path: PathBuf,
    },
    /// Not PBES2 with AES.
    #[error(
        "the key in {path} is encrypted in a way that is not served: convert it with: \
         openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in {path} -out NEW",
        path = .path.display()
    )]
    KeyEncryption {
        /// Its path.
        path: PathBuf,
    },
    /// OpenSSL's own form, which derives its key by one round of MD5.
    #[error(
        "the key in {path} is encrypted in a form of long ago: convert it with: \
         openssl pkcs8 -topk8 -v2 aes-256-cbc -in {path} -out NEW",
        path = .path.display()
    )]
    KeyOldEncryption {
        /// Its path.
        path: PathBuf,
    },
    /// Neither RSA of 2048 to 8192 bits, nor P-256, P-384 or Ed25519.
    #[error(
        "the key in {} is of a kind that is not served ({why}): use RSA from 2048 bits on, P-256, \
         P-384 or Ed25519",
        .path.display()
    )]
    KeyNotSupported {
        /// Its path.
        path: PathBuf,
        /// What the cryptography says.
        why: String,
    },
    /// They are not a pair.
    #[error(
        "the key in {} is not that of the certificate in {}",
        .key.display(), .certificate.display()
    )]
    KeyDoesNotFit {
        /// Path of the certificate.
        certificate: PathBuf,
        /// Path of the key.
        key: PathBuf,
    },
    /// No such suite, or none that is safe.
    #[error("there is no cipher suite {name:?}; there are: {known}")]
    UnknownCipher {
        /// The name that was given.
        name: String,
        /// The names that could have been.
        known: String,
    },
    /// The suites asked for belong to another version.
    #[error("none of the cipher suites asked for belongs to {versions}")]
    NoCipherForVersion {
        /// The versions asked for.
        versions: TlsVersions,
    },
    /// Where secrets should be appended to.
    #[error("cannot write the key log {}: {source}", .path.display())]
    KeyLog {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Neither a host name nor an address.
    #[error("{name:?} cannot be the name of a server")]
    ServerName {
        /// The name that was given.
        name: String,
    },
    /// Its length is one byte.
    #[error("{name:?} cannot be offered by ALPN: it must have 1 to 255 bytes")]
    Protocol {
        /// The name that was given.
        name: String,
    },
}

impl TlsOptionsError {
    /// Whether it is about a private key.
    pub const fn is_of_key(&self) -> bool {
        matches!(
            self,
            Self::NoKey { .. }
                | Self::KeyNeedsPassword { .. }
                | Self::KeyPassword { .. }
                | Self::KeyEncryption { .. }
                | Self::KeyOldEncryption { .. }
                | Self::KeyNotSupported { .. }
                | Self::KeyDoesNotFit { .. }
        )
    }

    /// The file or folder that is wrong; of a pair that does not fit together, the key.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Unreadable { path, .. }
            | Self::NoCertificate { path }
            | Self::Binary { path }
            | Self::Damaged { path, .. }
            | Self::EmptyFolder { path }
            | Self::NoRevocationList { path }
            | Self::NoKey { path }
            | Self::KeyNeedsPassword { path }
            | Self::KeyPassword { path }
            | Self::KeyEncryption { path }
            | Self::KeyOldEncryption { path }
            | Self::KeyNotSupported { path, .. }
            | Self::KeyDoesNotFit { key: path, .. }
            | Self::KeyLog { path, .. } => Some(path),
            Self::NoSystemAuthorities { .. }
            | Self::NoAuthority
            | Self::NoClientAuthority
            | Self::NoRandom
            | Self::CertificateWithoutKey
            | Self::KeyWithoutCertificate
            | Self::UnknownCipher { .. }
            | Self::NoCipherForVersion { .. }
            | Self::ServerName { .. }
            | Self::Protocol { .. } => None,
        }
    }

    /// Whether what was asked for is at fault, and not what was found in a file.
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoAuthority
                | Self::NoClientAuthority
                | Self::CertificateWithoutKey
                | Self::KeyWithoutCertificate
                | Self::KeyNeedsPassword { .. }
                | Self::UnknownCipher { .. }
                | Self::NoCipherForVersion { .. }
                | Self::ServerName { .. }
                | Self::Protocol { .. }
        )
    }
}
