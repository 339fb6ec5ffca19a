//! Why a client did not come in by TLS, as its server sees it.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// What ended the handshake with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsRefusal {
    /// It is to show a certificate, and shows none.
    #[error("the client shows no certificate, and one is required")]
    NoCertificate,
    /// Nobody who is trusted has signed its certificate.
    #[error("the client's certificate is signed by an authority that is not trusted here")]
    UnknownAuthority,
    /// Its certificate, or one above it, is over.
    #[error("the client's certificate has expired")]
    Expired,
    /// Its certificate, or one above it, is for later.
    #[error("the client's certificate is not valid yet: one of the clocks is wrong")]
    NotYetValid,
    /// Its certificate was taken back.
    #[error("the client's certificate is revoked")]
    Revoked,
    /// Whether its certificate was taken back is not known.
    #[error(
        "the revocation list has nothing of the authority of the client's certificate, or has \
         expired"
    )]
    UnknownRevocation,
    /// Its certificate is that of a server, or the like.
    #[error("the client's certificate is not for clients")]
    NotForClients,
    /// Its certificate cannot be read, or is not for the key that it has.
    #[error("the client's certificate is bad")]
    BadCertificate,
    /// It does not believe that this is the server that it wants.
    #[error(
        "the client does not accept this broker's certificate: it needs the authority's file \
         (--cafile), and has to call the broker by a name that is in the certificate"
    )]
    NotBelieved,
    /// It speaks TLS 1.1 or older, or a version that is switched off here.
    #[error("the client offers no version of TLS that is taken here")]
    NoCommonVersion,
    /// It knows none of the ciphers.
    #[error("the client offers no cipher suite that is taken here")]
    NoCommonCipher,
    /// It gave up for a reason of its own, by the number that TLS has for it.
    #[error("the client gave up by TLS alert {0}")]
    Alert(u8),
    /// It closed the connection.
    #[error("the client closed the connection during the TLS handshake")]
    Gone,
    /// It broke the rules of TLS.
    #[error("the TLS handshake failed: the client does not keep to the protocol")]
    Violation,
}

impl TlsRefusal {
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::InvalidCertificate(error) => Self::of_certificate(error),
            Error::PeerIncompatible(error) => match error {
                PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon
                | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
                    Self::NoCommonCipher
                }
                PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::SupportedVersionsExtensionRequired
                // TLS 1.1 did not have it, and all since have to.
                | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Self::NoCommonVersion,
                _ => Self::Violation,
            },
            Error::AlertReceived(alert) => match alert {
                AlertDescription::UnknownCA
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateUnknown
                // What it says when it checks by rules of its own.
                | AlertDescription::AccessDenied => Self::NotBelieved,
                AlertDescription::ProtocolVersion => Self::NoCommonVersion,
                AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                    Self::NoCommonCipher
                }
                alert => Self::Alert((*alert).into()),
            },
            _ => Self::Violation,
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::UnknownIssuer => Self::UnknownAuthority,
            E::Expired | E::ExpiredContext { .. } => Self::Expired,
            E::NotValidYet | E::NotValidYetContext { .. } => Self::NotYetValid,
            E::Revoked => Self::Revoked,
            E::UnknownRevocationStatus
            | E::ExpiredRevocationList
            | E::ExpiredRevocationListContext { .. } => Self::UnknownRevocation,
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => Self::NotForClients,
            _ => Self::BadCertificate,
        }
    }
}
