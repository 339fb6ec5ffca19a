//! Whether a client is who it should be, and what it is called.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use super::certificate::Certificate;
use super::roots::Roots;
use super::server::{ClientCertificate, TlsServerOptions};
use super::{TlsOptionsError, pem, since_epoch};

/// Dates of one chain that are passed over at most: more certificates than any chain has.
const MOST_DATES: usize = 8;

/// What a client's certificate calls it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateNames {
    /// The last common name of the subject, if it has one.
    pub common_name: Option<String>,
    /// The whole subject as RFC 2253 writes it: `CN=pump,OU=Well,O=Works,C=SE`; empty when the
    /// certificate is not known, only its common name.
    pub subject: String,
}

impl CertificateNames {
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::parse(certificate)?;
        let common_name = certificate.common_names().last().map(|name| (*name).to_owned());
        Some(Self { common_name, subject: certificate.subject_text() })
    }
}

/// Checks what clients show, if they are asked at all.
pub(super) fn verifier(
    options: &TlsServerOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsOptionsError> {
    // What is named is read even where nobody is asked: a mistake in it is told now.
    let roots = Roots::of_files(options.ca_file.as_deref(), options.ca_path.as_deref())?;
    let lists = options.crl_file.as_deref().map(revocation_lists).transpose()?;
    if options.client_certificate == ClientCertificate::Ignored {
        return Ok(None);
    }
    if roots.given.is_empty() {
        return Err(TlsOptionsError::NoClientAuthority);
    }
    let store = Arc::new(RootCertStore { roots: roots.anchors });
    let mut hints = store.subjects();
    let alone = roots.given.iter().filter_map(|given| Certificate::parse(given));
    let alone = alone.filter(|given| !given.is_authority());
    hints.extend(alone.map(|given| DistinguishedName::in_sequence(given.issuer)));
    let chain = if store.is_empty() {
        None
    } else {
        let mut builder = WebPkiClientVerifier::builder_with_provider(store, Arc::clone(provider));
        if let Some(lists) = lists {
            // As OpenSSL does with the flag that mosquitto sets: the client's own certificate is
            // looked up, and a list that is out of date speaks for nobody.
            builder = builder
                .with_crls(lists)
                .only_check_end_entity_revocation()
                .enforce_revocation_expiration();
        }
        Some(builder.build().map_err(|error| unusable(options, &error))?)
    };
    Ok(Some(Arc::new(ClientVerifier {
        chain,
        given: roots.given,
        algorithms: provider.signature_verification_algorithms,
        hints,
        required: options.client_certificate == ClientCertificate::Required,
        ignores_dates: options.ignore_client_dates,
    })))
}

fn unusable(options: &TlsServerOptions, error: &VerifierBuilderError) -> TlsOptionsError {
    let path = options.crl_file.clone().unwrap_or_default();
    TlsOptionsError::Damaged { path, why: error.to_string() }
}

fn revocation_lists(
    path: &Path,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsOptionsError> {
    let content = pem::read(path)?;
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&content).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsOptionsError::NoRevocationList { path: path.to_owned() }),
        Err(error) => {
            let why = pem::damage(&error, &content);
            Err(TlsOptionsError::Damaged { path: path.to_owned(), why })
        }
    }
}

#[derive(Debug)]
struct ClientVerifier {
    /// Checks by authorities; without one, there are only certificates trusted by themselves.
    chain: Option<Arc<dyn ClientCertVerifier>>,
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Whose certificates are taken: a client with several chooses by it.
    hints: Vec<DistinguishedName>,
    required: bool,
    ignores_dates: bool,
}

impl ClientVerifier {
    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let outcome = match &self.chain {
            Some(chain) => chain.verify_client_cert(end_entity, intermediates, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        match outcome {
            // One that signed itself, be it an authority or not (`openssl req -x509` makes one),
            // is trusted for itself alone where it was given.
            Err(Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::Other(_),
            )) if self.given.iter().any(|given| given == end_entity) => {
                check_dates(end_entity, now)
            }
            outcome => outcome,
        }
    }

    /// The same at the time that suits the certificates best: where a date is all that speaks
    /// against a chain, it is looked at again as of that date.
    fn check_whenever(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        mut now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let mut dates = MOST_DATES;
        loop {
            use CertificateError as E;
            let outcome = self.check(end_entity, intermediates, now);
            dates = dates.saturating_sub(1);
            now = match &outcome {
                Err(Error::InvalidCertificate(E::ExpiredContext { not_after, .. })) => *not_after,
                Err(Error::InvalidCertificate(E::NotValidYetContext { not_before, .. })) => {
                    *not_before
                }
                _ => return outcome,
            };
            if dates == 0 {
                return outcome;
            }
        }
    }
}

fn check_dates(
    certificate: &CertificateDer<'_>,
    time: UnixTime,
) -> Result<ClientCertVerified, Error> {
    let certificate = Certificate::parse(certificate).ok_or(CertificateError::BadEncoding)?;
    let now = since_epoch(time);
    if now > certificate.not_after {
        let not_after = UnixTime::since_unix_epoch(certificate.not_after);
        return Err(CertificateError::ExpiredContext { time, not_after }.into());
    }
    if now < certificate.not_before {
        let not_before = UnixTime::since_unix_epoch(certificate.not_before);
        return Err(CertificateError::NotValidYetContext { time, not_before }.into());
    }
    Ok(ClientCertVerified::assertion())
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.ignores_dates {
            self.check_whenever(end_entity, intermediates, now)
        } else {
            self.check(end_entity, intermediates, now)
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
