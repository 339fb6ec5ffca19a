//! Who to be: the client's certificate and its private key.

use std::path::Path;
use std::sync::Arc;

use der::{AnyRef, Decode};
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use super::verify::Stand;
use super::{TlsOptions, TlsOptionsError, pem};
use crate::secret::Secret;

/// What `openssl pkcs8 -topk8` writes around an encrypted key.
const ENCRYPTED: (&str, &str) =
    ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----");

/// What the older form of encryption has inside.
const OLD_ENCRYPTION: &str = "Proc-Type: 4,ENCRYPTED";

/// Certificate and key, when there are some; an error when they are not for each other.
pub(super) fn load(
    options: &TlsOptions,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, TlsOptionsError> {
    match (&options.certificate, &options.key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            pair(certificate, key, options.key_password.as_ref(), provider).map(Some)
        }
        (Some(_), None) => Err(TlsOptionsError::CertificateWithoutKey),
        (None, Some(_)) => Err(TlsOptionsError::KeyWithoutCertificate),
    }
}

/// The certificate and its key; an error when they are not for each other.
pub(super) fn pair(
    certificate: &Path,
    key: &Path,
    password: Option<&Secret>,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsOptionsError> {
    let chain = pem::certificates(certificate)?;
    let private = private_key(key, password)?;
    let signer = provider.key_provider.load_private_key(private).map_err(|error| {
        TlsOptionsError::KeyNotSupported { path: key.to_owned(), why: error.to_string() }
    })?;
    let first = chain.first().and_then(|first| Certificate::parse(first));
    let Some(first) = first else {
        let why = "the first certificate cannot be read".to_owned();
        return Err(TlsOptionsError::Damaged { path: certificate.to_owned(), why });
    };
    if let Some(public) = signer.public_key() {
        let public = AnyRef::from_der(&public).map(AnyRef::value).unwrap_or_default();
        if public != first.public_key {
            let (certificate, key) = (certificate.to_owned(), key.to_owned());
            return Err(TlsOptionsError::KeyDoesNotFit { certificate, key });
        }
    }
    Ok(Arc::new(CertifiedKey::new(chain, signer)))
}

/// The first private key of a file, decrypted.
fn private_key(
    path: &Path,
    password: Option<&Secret>,
) -> Result<PrivateKeyDer<'static>, TlsOptionsError> {
    let content = pem::read(path)?;
    let path = || path.to_owned();
    let text = String::from_utf8_lossy(&content);
    if text.contains(OLD_ENCRYPTION) {
        return Err(TlsOptionsError::KeyOldEncryption { path: path() });
    }
    if let Some(armoured) = encrypted(&text) {
        let Some(password) = password else {
            return Err(TlsOptionsError::KeyNeedsPassword { path: path() });
        };
        return decrypt(armoured, password).map_err(|wrong| match wrong {
            Locked::Form => TlsOptionsError::KeyEncryption { path: path() },
            Locked::Password => TlsOptionsError::KeyPassword { path: path() },
        });
    }
    PrivateKeyDer::from_pem_slice(&content).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => TlsOptionsError::NoKey { path: path() },
        error => TlsOptionsError::Damaged { path: path(), why: pem::damage(&error, &content) },
    })
}

/// The armoured text of an encrypted key.
fn encrypted(text: &str) -> Option<&str> {
    let from = text.find(ENCRYPTED.0)?;
    let length = text.get(from..)?.find(ENCRYPTED.1)?.checked_add(ENCRYPTED.1.len())?;
    text.get(from..from.checked_add(length)?)
}

/// Why an encrypted key stays shut.
enum Locked {
    /// It is encrypted in a way that is not known here.
    Form,
    /// With another password.
    Password,
}

fn decrypt(armoured: &str, password: &Secret) -> Result<PrivateKeyDer<'static>, Locked> {
    use pkcs8::{Error, pkcs5};
    let (_, document) = pkcs8::Document::from_pem(armoured).map_err(|_| Locked::Form)?;
    let info =
        EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| Locked::Form)?;
    let key = info.decrypt(password.expose()).map_err(|error| match error {
        Error::EncryptedPrivateKey(pkcs5::Error::DecryptFailed) | Error::Asn1(_) => {
            Locked::Password
        }
        _ => Locked::Form,
    })?;
    PrivateKeyDer::try_from(key.as_bytes().to_vec()).map_err(|_| Locked::Password)
}

/// Answers a server that asks who this is, and remembers that it asked.
#[derive(Debug)]
pub(super) struct Identity {
    key: Option<Arc<CertifiedKey>>,
    stand: Arc<Stand>,
}

impl Identity {
    /// Shows `key`, and tells the witness at `stand`.
    pub(super) const fn new(key: Option<Arc<CertifiedKey>>, stand: Arc<Stand>) -> Self {
        Self { key, stand }
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let usable = self.key.as_ref().filter(|key| key.key.choose_scheme(schemes).is_some());
        if usable.is_none() {
            self.stand.present().remember_unanswered();
        }
        usable.cloned()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}
