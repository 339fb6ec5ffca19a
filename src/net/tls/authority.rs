//! An authority made on the spot, and the certificates that it signs: for a test, a small site.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificate::Certificate;
use super::{TlsOptionsError, identity, pem};
use crate::net::clock;

/// How long an authority is good for: as long as a folder of certificates may be kept.
const AUTHORITY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);

/// How long what it signs is good for: browsers and telephones take no certificate of a longer
/// life. A broker signs its own anew at each start.
const LIFE: Duration = Duration::from_hours(397 * 24);

/// How long before now everything begins to be valid: clocks differ.
const EARLIER: Duration = Duration::from_hours(24);

/// Somebody who signs certificates.
#[derive(Debug)]
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A certificate and its private key, in PEM.
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// The key, not encrypted.
    pub key: String,
}

/// Without the key.
impl std::fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Issued").finish_non_exhaustive()
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A name that no certificate can have, or no random bytes.
    #[error("cannot make a certificate: {0}")]
    Failed(#[from] rcgen::Error),
    /// The files of an authority that was made before are wrong.
    #[error(transparent)]
    Files(#[from] TlsOptionsError),
    /// It is an authority, and one with a name that this program gives to none.
    #[error("the authority in {path} was not made by mq: sign with the program that made it")]
    Foreign {
        /// Its path.
        path: String,
    },
}

impl CertificateAuthority {
    /// A new one, of this name.
    pub fn new(name: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let certificate = authority(name, AUTHORITY_LIFE)?.self_signed(&key)?.pem();
        let issuer = Issuer::new(authority(name, AUTHORITY_LIFE)?, key);
        Ok(Self { issuer, certificate })
    }

    /// One that was made before, from its files.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, AuthorityError> {
        identity::pair(certificate, key, None, &ring::default_provider())?;
        let text = String::from_utf8_lossy(&pem::read(certificate)?).into_owned();
        let foreign = || AuthorityError::Foreign { path: certificate.display().to_string() };
        let der = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| foreign())?;
        let parsed = Certificate::parse(&der).ok_or_else(foreign)?;
        let name = parsed.common_names().first().map(|name| (*name).to_owned());
        let key = KeyPair::from_pem(&String::from_utf8_lossy(&pem::read(key)?))?;
        let issuer = Issuer::new(authority(&name.unwrap_or_default(), AUTHORITY_LIFE)?, key);
        let own = Self { issuer, certificate: text };
        // What it signs must name the authority as the authority names itself.
        let trial = own.client("trial")?;
        let trial = CertificateDer::from_pem_slice(trial.certificate.as_bytes());
        let trial = trial.map_err(|_| foreign())?;
        let fits = Certificate::parse(&trial).is_some_and(|trial| trial.issuer == parsed.subject);
        if fits && parsed.is_authority() { Ok(own) } else { Err(foreign()) }
    }

    /// Its certificate, in PEM: for whom is to trust it.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key, in PEM.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for a server of these names and addresses.
    pub fn server(&self, names: &[String]) -> Result<Issued, AuthorityError> {
        let mut params = CertificateParams::new(names)?;
        let name = names.first().map_or("mq broker", String::as_str);
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        self.sign(params, name)
    }

    /// A certificate for a client of this name.
    pub fn client(&self, name: &str) -> Result<Issued, AuthorityError> {
        let mut params = CertificateParams::new([])?;
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        self.sign(params, name)
    }

    fn sign(&self, mut params: CertificateParams, name: &str) -> Result<Issued, AuthorityError> {
        let key = KeyPair::generate()?;
        params.distinguished_name = common_name(name);
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = validity(LIFE);
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Issued { certificate, key: key.serialize_pem() })
    }
}

fn authority(name: &str, life: Duration) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name = common_name(name);
    // It signs no other authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = validity(life);
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// From yesterday on, as rcgen counts time.
fn validity<Time: From<std::time::SystemTime>>(life: Duration) -> (Time, Time) {
    let now = clock::wall().max(UNIX_EPOCH + EARLIER);
    let begin = now.checked_sub(EARLIER).unwrap_or(now);
    let end = begin.checked_add(life).unwrap_or(begin);
    (begin.into(), end.into())
}
