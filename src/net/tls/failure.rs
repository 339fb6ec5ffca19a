//! Why there is no secure connection, worded for who has to mend it.

mod words;

use std::fmt;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

pub use self::words::alternative_name;
use self::words::{date, list, span, words};
use super::TlsVersions;
use super::verify::Witness;

/// Signatures that can be forged, by their encoded identifiers.
const WEAK: &[(&[u8], &str)] = &[
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x04], "MD5"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05], "SHA-1"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01], "SHA-1"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x38, 0x04, 0x03], "SHA-1"),
];

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// The server's own.
    Server,
    /// One between the server's and an authority that is trusted.
    Authority,
}

impl fmt::Display for CertificateKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "certificate",
            Self::Authority => "certificate of an authority in between",
        })
    }
}

/// Why a handshake failed, or a secure connection ended. Names in it are the peer's: to be
/// escaped by who prints them.
#[derive(Debug, thiserror::Error)]
pub enum TlsFailure {
    /// The host that was dialled.
    #[error("{host:?} cannot be the name in a certificate: give another with --tls-server-name")]
    NotAName {
        /// The host.
        host: String,
    },
    /// A path is nobody's name.
    #[error(
        "a Unix socket has no name that a certificate could have: give one with --tls-server-name"
    )]
    NoName,
    /// Too late.
    #[error("{what} expired {} ago (on {})", span(.now.saturating_sub(*.on)), date(*.on))]
    Expired {
        /// Whose.
        what: CertificateKind,
        /// Its last moment, from 1970 on.
        on: Duration,
        /// When it was looked at.
        now: Duration,
    },
    /// Too early, or the clock of this host is wrong.
    #[error("{what} is not valid before {} (in {})", date(*.on), span(.on.saturating_sub(*.now)))]
    NotYetValid {
        /// Whose.
        what: CertificateKind,
        /// Its first moment, from 1970 on.
        on: Duration,
        /// When it was looked at.
        now: Duration,
    },
    /// Somebody else's.
    #[error("certificate is for {}, not for {wanted}", list(.names))]
    WrongName {
        /// Whose.
        names: Vec<String>,
        /// Who was dialled.
        wanted: String,
    },
    /// By its common name alone, which its authorities' limits were not checked for.
    #[error(
        "certificate has no subjectAltName, and its common name {name} does not count: its \
         authority may sign for some names only; make it anew with {}",
        alternative_name(name)
    )]
    OutOfRange {
        /// The common name.
        name: String,
    },
    /// Nobody who is trusted has signed it.
    #[error(
        "certificate is signed by an unknown authority{}: give it with --cafile, or let the server \
         send its whole chain",
        .name.as_ref().map(|name| format!(", {name}")).unwrap_or_default()
    )]
    UnknownAuthority {
        /// What it is called.
        name: Option<String>,
    },
    /// It has signed itself.
    #[error(
        "certificate is self-signed and not known here: if it is the right one, give it with --cafile"
    )]
    SelfSigned,
    /// Signed by a certificate that may not sign.
    #[error(
        "certificate is signed by {}, which is no authority: CA:TRUE is missing there",
        .name.as_deref().unwrap_or("another certificate")
    )]
    NotAnAuthority {
        /// What it is called.
        name: Option<String>,
    },
    /// Signed with another key than its authority's.
    #[error(
        "certificate is not signed by the authority that it names, or its key is RSA of less than \
         2048 bits"
    )]
    BadSignature,
    /// An authority as a server.
    #[error(
        "certificate is that of an authority (CA:TRUE), not of a server: if it is the right one, \
         give it with --cafile"
    )]
    AuthorityAsServer,
    /// For clients, mail or code.
    #[error("certificate is not for servers: serverAuth is missing in its extended key usage")]
    NotForServers,
    /// Without extensions.
    #[error(
        "certificate is of X.509 version 1, which is not served: make it anew with: \
         echo {} | openssl x509 -req -in SERVER.csr -CA CA.crt \
         -CAkey CA.key -CAcreateserial -days 365 -extfile /dev/stdin -out SERVER.crt",
        alternative_name(name)
    )]
    Version1 {
        /// Who was dialled.
        name: String,
    },
    /// Without extensions, further up.
    #[error("certificate of an authority in between is of X.509 version 1, which is not served")]
    Version1InChain,
    /// By an algorithm that can be forged, or that is not known here.
    #[error("certificate is signed with {algorithm}, which is not accepted")]
    Algorithm {
        /// Its name.
        algorithm: &'static str,
    },
    /// Not encoded as it should be.
    #[error("certificate cannot be read: it is damaged")]
    Unreadable,
    /// Anything else about it.
    #[error("certificate is refused: {why}")]
    Refused {
        /// What.
        why: String,
    },
    /// It answered in another language.
    #[error("the server does not speak TLS at this port")]
    NotTls,
    /// 1.1 at most.
    #[error("the server speaks only TLS 1.1 or older, which is not safe")]
    OldVersion,
    /// Not what was asked for.
    #[error("the server does not speak {asked}")]
    OtherVersion {
        /// What was asked for.
        asked: TlsVersions,
    },
    /// Cipher suites, key exchanges or signatures.
    #[error(
        "the server takes none of the ciphers and keys that are offered (of TLS 1.2 and up, without \
         CBC and without RSA key exchange)"
    )]
    NothingInCommon,
    /// ALPN.
    #[error("the server takes none of the protocols that --tls-alpn offers")]
    NoProtocol,
    /// SNI.
    #[error("the server does not know itself by that name: --tls-server-name gives another")]
    UnknownName,
    /// And there was none.
    #[error("the server wants a client certificate: give one with --cert and --key")]
    WantsCertificate,
    /// Ours.
    #[error("the server refused the client certificate: {why}")]
    CertificateRefused {
        /// What it objects to.
        why: &'static str,
    },
    /// Another alert.
    #[error("the server ended the TLS connection: {alert}")]
    Alert {
        /// What the alert is called.
        alert: String,
    },
    /// Without a word.
    #[error(
        "the server closed the connection during the TLS handshake: does it speak TLS at this port?"
    )]
    Closed,
    /// The connection below failed.
    #[error("{0}")]
    Io(io::Error),
    /// The server breaks the protocol, or the connection is damaged.
    #[error("TLS failed: {why}")]
    Protocol {
        /// What happened.
        why: String,
    },
}

impl TlsFailure {
    /// Whether the server's certificate, or the client's, was refused.
    pub const fn is_certificate(&self) -> bool {
        match self {
            Self::NotAName { .. }
            | Self::NoName
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::WrongName { .. }
            | Self::OutOfRange { .. }
            | Self::UnknownAuthority { .. }
            | Self::SelfSigned
            | Self::NotAnAuthority { .. }
            | Self::BadSignature
            | Self::AuthorityAsServer
            | Self::NotForServers
            | Self::Version1 { .. }
            | Self::Version1InChain
            | Self::Algorithm { .. }
            | Self::Unreadable
            | Self::Refused { .. }
            | Self::WantsCertificate
            | Self::CertificateRefused { .. } => true,
            Self::NotTls
            | Self::OldVersion
            | Self::OtherVersion { .. }
            | Self::NothingInCommon
            | Self::NoProtocol
            | Self::UnknownName
            | Self::Alert { .. }
            | Self::Closed
            | Self::Io(_)
            | Self::Protocol { .. } => false,
        }
    }

    /// Whether the server would only answer the same again: it was reached, and it is not what
    /// was asked for.
    pub const fn is_final(&self) -> bool {
        self.is_certificate()
            || matches!(
                self,
                Self::NotTls
                    | Self::OldVersion
                    | Self::OtherVersion { .. }
                    | Self::NothingInCommon
                    | Self::NoProtocol
                    | Self::UnknownName
            )
    }

    /// From how a handshake ended.
    pub(super) fn of_handshake(error: io::Error, witness: &Witness, asked: TlsVersions) -> Self {
        // Who does not know what to make of a TLS hello may close with it unread.
        if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) {
            return if witness.is_unanswered() { Self::WantsCertificate } else { Self::Closed };
        }
        let error = match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => return Self::Io(error),
        };
        match error {
            Error::InvalidCertificate(_) if let Some(failure) = witness.take_failure() => failure,
            Error::AlertReceived(
                AlertDescription::HandshakeFailure | AlertDescription::BadCertificate,
            ) if witness.is_unanswered() => Self::WantsCertificate,
            Error::AlertReceived(AlertDescription::ProtocolVersion) => match asked {
                TlsVersions::From12 => Self::OldVersion,
                asked => Self::OtherVersion { asked },
            },
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge
                | InvalidMessage::InvalidEmptyPayload,
            ) => Self::NotTls,
            Error::PeerIncompatible(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig) => {
                Self::OtherVersion { asked }
            }
            Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
                Self::OldVersion
            }
            error => Self::of_rustls(error),
        }
    }

    /// From how an established connection failed.
    pub(super) fn of_connection(error: Error) -> Self {
        Self::of_rustls(error)
    }

    fn of_rustls(error: Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(&error),
            Error::AlertReceived(alert) => Self::of_alert(alert),
            Error::PeerIncompatible(_) => Self::NothingInCommon,
            error => Self::Protocol { why: error.to_string() },
        }
    }

    /// What rustls itself finds, when it checks the signature of the handshake.
    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::BadSignature => Self::BadSignature,
            CertificateError::BadEncoding => Self::Unreadable,
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id,
                ..
            }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id,
                ..
            } => Self::of_algorithm(signature_algorithm_id),
            other => Self::Refused { why: other.to_string() },
        }
    }

    /// From the identifier of an algorithm, encoded.
    pub(super) fn of_algorithm(identifier: &[u8]) -> Self {
        let contains = |wanted: &[u8]| identifier.windows(wanted.len()).any(|part| part == wanted);
        let weak = WEAK.iter().find(|(wanted, _)| contains(wanted));
        Self::Algorithm { algorithm: weak.map_or("an algorithm of a rare kind", |(_, name)| name) }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as A;
        match alert {
            A::HandshakeFailure | A::InsufficientSecurity => Self::NothingInCommon,
            A::NoApplicationProtocol => Self::NoProtocol,
            A::UnrecognisedName => Self::UnknownName,
            A::CertificateRequired | A::NoCertificate => Self::WantsCertificate,
            A::UnknownCA => Self::CertificateRefused { why: "it does not know its authority" },
            A::CertificateExpired => Self::CertificateRefused { why: "it has expired" },
            A::CertificateRevoked => Self::CertificateRefused { why: "it is revoked" },
            A::UnsupportedCertificate => {
                Self::CertificateRefused { why: "it is of a kind or for a use that is not taken" }
            }
            A::BadCertificate | A::CertificateUnknown => {
                Self::CertificateRefused { why: "it is not accepted" }
            }
            A::AccessDenied => Self::CertificateRefused { why: "it is denied access" },
            // The proof that the client has the key is wrong, or the authorities' chain is.
            A::DecryptError => Self::CertificateRefused { why: "its signature is wrong" },
            other => {
                Self::Alert { alert: other.as_str().map_or_else(|| format!("{other:?}"), words) }
            }
        }
    }

    /// The alert that tells the server the same.
    pub(super) fn for_the_server(&self) -> CertificateError {
        match self {
            Self::Expired { .. } => CertificateError::Expired,
            Self::NotYetValid { .. } => CertificateError::NotValidYet,
            Self::UnknownAuthority { .. } | Self::SelfSigned | Self::NotAnAuthority { .. } => {
                CertificateError::UnknownIssuer
            }
            Self::WrongName { .. } | Self::OutOfRange { .. } => CertificateError::NotValidForName,
            Self::BadSignature => CertificateError::BadSignature,
            Self::NotForServers => CertificateError::InvalidPurpose,
            Self::Unreadable => CertificateError::BadEncoding,
            _ => CertificateError::ApplicationVerificationFailure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_words() {
        let text = TlsFailure::of_alert(AlertDescription::InternalError).to_string();
        assert_eq!(text, "the server ended the TLS connection: internal error");
    }
}
