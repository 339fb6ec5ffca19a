//! Whether a server is who it should be.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use super::certificate::{Certificate, title};
use super::failure::{CertificateKind, TlsFailure};
use super::roots::Roots;
use super::since_epoch;

/// What is seen during one handshake, beyond what rustls tells.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// Why the certificate was refused.
    failure: Mutex<Option<TlsFailure>>,
    /// The server was recognised by this common name, for it has no other.
    common_name: OnceLock<String>,
    /// The server asked for a client certificate, and there was none to give.
    unanswered: AtomicBool,
}

impl Witness {
    /// Why the certificate was refused, if it was.
    pub(super) fn take_failure(&self) -> Option<TlsFailure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn remember_failure(&self, failure: TlsFailure) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// The common name that the server was recognised by.
    pub(super) fn common_name(&self) -> Option<&str> {
        self.common_name.get().map(String::as_str)
    }

    /// The server asked for a certificate, and there was none to give.
    pub(super) fn remember_unanswered(&self) {
        self.unanswered.store(true, Ordering::Relaxed);
    }

    /// Whether it was so.
    pub(super) fn is_unanswered(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed)
    }
}

/// Where the witness of the connection stands whose handshake goes on now.
#[derive(Debug, Default)]
pub(super) struct Stand(Mutex<Arc<Witness>>);

impl Stand {
    /// For one connection.
    pub(super) fn of(witness: &Arc<Witness>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Arc::clone(witness))))
    }

    /// From now on what is seen belongs to this connection.
    pub(super) fn is_taken_by(&self, witness: &Arc<Witness>) {
        let mut present = self.present();
        if !Arc::ptr_eq(&present, witness) {
            *present = Arc::clone(witness);
        }
    }

    /// The witness.
    pub(super) fn present(&self) -> MutexGuard<'_, Arc<Witness>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks the certificate of a server.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Arc<Roots>,
    algorithms: WebPkiSupportedAlgorithms,
    stand: Arc<Stand>,
}

impl Verifier {
    /// Trusts `roots` and tells the witness at `stand`.
    pub(super) fn new(roots: Arc<Roots>, provider: &CryptoProvider, stand: Arc<Stand>) -> Self {
        Self { roots, algorithms: provider.signature_verification_algorithms, stand }
    }

    fn check(
        &self,
        encoded: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsFailure> {
        let certificate = Certificate::parse(encoded).ok_or(TlsFailure::Unreadable)?;
        if certificate.version < 3 {
            return Err(TlsFailure::Version1 { name: name.to_str().into_owned() });
        }
        let range = if self.roots.given.iter().any(|given| given == encoded) {
            check_dates(&certificate, since_epoch(now))?;
            Range::All
        } else {
            self.check_chain(&certificate, encoded, others, now)?
        };
        self.check_name(&certificate, encoded, name, range)
    }

    fn check_chain(
        &self,
        certificate: &Certificate<'_>,
        encoded: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Range, TlsFailure> {
        let range = EndEntityCert::try_from(encoded).and_then(|leaf| {
            let (algorithms, anchors) = (self.algorithms.all, &self.roots.anchors);
            let usage = KeyUsage::server_auth();
            let path =
                leaf.verify_for_usage(algorithms, anchors, others, now, usage, None, None)?;
            Ok(range(&path))
        });
        range.map_err(|error| self.chain_failure(&error, certificate))
    }

    fn chain_failure(&self, error: &webpki::Error, certificate: &Certificate<'_>) -> TlsFailure {
        use webpki::Error as E;
        match error {
            E::CertExpired { time, not_after } => {
                let (now, on) = (since_epoch(*time), since_epoch(*not_after));
                TlsFailure::Expired { what: kind(certificate.not_after == on), on, now }
            }
            E::CertNotValidYet { time, not_before } => {
                let (now, on) = (since_epoch(*time), since_epoch(*not_before));
                TlsFailure::NotYetValid { what: kind(certificate.not_before == on), on, now }
            }
            E::UnknownIssuer => self.unknown_issuer(certificate),
            E::CaUsedAsEndEntity => TlsFailure::AuthorityAsServer,
            E::EndEntityUsedAsCa => TlsFailure::NotAnAuthority { name: None },
            E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => TlsFailure::NotForServers,
            E::InvalidSignatureForPublicKey => TlsFailure::BadSignature,
            E::UnsupportedSignatureAlgorithmContext(context) => {
                TlsFailure::of_algorithm(&context.signature_algorithm_id)
            }
            E::UnsupportedSignatureAlgorithmForPublicKeyContext(context) => {
                TlsFailure::of_algorithm(&context.signature_algorithm_id)
            }
            E::BadDer | E::BadDerTime | E::TrailingData(_) => TlsFailure::Unreadable,
            E::UnsupportedCertVersion => TlsFailure::Version1InChain,
            E::NameConstraintViolation => {
                TlsFailure::Refused { why: "its authority may not sign for such a name".to_owned() }
            }
            E::PathLenConstraintViolated => TlsFailure::Refused {
                why: "its authority may not sign other authorities".to_owned(),
            },
            other => TlsFailure::Refused { why: other.to_string() },
        }
    }

    fn unknown_issuer(&self, certificate: &Certificate<'_>) -> TlsFailure {
        if certificate.issuer == certificate.subject {
            return TlsFailure::SelfSigned;
        }
        let name = title(certificate.issuer).map(str::to_owned);
        // With authorities given that have its issuer's name, it would not be unknown.
        let of_no_authority = self.roots.given.iter().any(|given| {
            Certificate::parse(given).is_some_and(|given| given.subject == certificate.issuer)
        });
        if of_no_authority {
            TlsFailure::NotAnAuthority { name }
        } else {
            TlsFailure::UnknownAuthority { name }
        }
    }

    fn check_name(
        &self,
        certificate: &Certificate<'_>,
        encoded: &CertificateDer<'_>,
        name: &ServerName<'_>,
        range: Range,
    ) -> Result<(), TlsFailure> {
        let wanted = name.to_str();
        let names = match certificate.alternative_names() {
            Some(names) => {
                let leaf = EndEntityCert::try_from(encoded);
                if leaf.and_then(|leaf| leaf.verify_is_valid_for_subject_name(name)).is_ok() {
                    return Ok(());
                }
                names
            }
            None => {
                let names = certificate.common_names();
                if let Some(common) = names.iter().find(|common| is_for(common, &wanted)) {
                    if range == Range::Some {
                        return Err(TlsFailure::OutOfRange { name: (*common).to_owned() });
                    }
                    let _ = self.stand.present().common_name.set((*common).to_owned());
                    return Ok(());
                }
                names.into_iter().map(str::to_owned).collect()
            }
        };
        Err(TlsFailure::WrongName { names, wanted: wanted.into_owned() })
    }
}

/// The names that a certificate's authorities may sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    All,
    /// Name constraints are among them. They were checked for subjectAltName, and not for common
    /// names.
    Some,
}

fn range(path: &VerifiedPath<'_>) -> Range {
    let mut between = path.intermediate_certificates();
    let is_constrained = |authority: &CertificateDer<'_>| {
        Certificate::parse(authority).is_none_or(|authority| authority.has_name_constraints())
    };
    let any = path.anchor().name_constraints.is_some()
        || between.any(|authority| is_constrained(&authority.der()));
    if any { Range::Some } else { Range::All }
}

/// Whether a common name stands for a host: it is the same, or it begins with `*.` and the host
/// has one label in that place.
fn is_for(common: &str, host: &str) -> bool {
    if common.eq_ignore_ascii_case(host) {
        return true;
    }
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    match (common.strip_prefix("*."), host.split_once('.')) {
        (Some(pattern), Some((label, rest))) => {
            // As in RFC 6125: `*.com` would stand for too many.
            let narrow = pattern.contains('.');
            narrow && !is_address && !label.is_empty() && pattern.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

const fn kind(is_own: bool) -> CertificateKind {
    if is_own { CertificateKind::Server } else { CertificateKind::Authority }
}

fn check_dates(certificate: &Certificate<'_>, now: Duration) -> Result<(), TlsFailure> {
    let what = CertificateKind::Server;
    if now > certificate.not_after {
        Err(TlsFailure::Expired { what, on: certificate.not_after, now })
    } else if now < certificate.not_before {
        Err(TlsFailure::NotYetValid { what, on: certificate.not_before, now })
    } else {
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.check(end_entity, intermediates, server_name, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(failure) => {
                let alert = failure.for_the_server();
                self.stand.present().remember_failure(failure);
                Err(Error::InvalidCertificate(alert))
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_stands_for_its_host_alone() {
        for (common, host) in [
            ("localhost", "LOCALHOST"),
            ("a.example", "a.example"),
            ("*.a.example", "b.a.example"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert!(is_for(common, host), "{common} {host}");
        }
        for (common, host) in [
            ("a.example", "b.example"),
            ("*.example", "a.example"),
            ("*.a.example", "a.example"),
            ("*.a.example", "c.b.a.example"),
            ("*", "localhost"),
            ("*.0.2.1", "192.0.2.1"),
            ("", "localhost"),
        ] {
            assert!(!is_for(common, host), "{common} {host}");
        }
    }
}
