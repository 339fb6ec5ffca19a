//! TLS: whom to trust, who to be, and the handshake. Nothing outside of this room knows rustls.
//!
//! All that options name is read and checked by [`Tls::load`] and [`TlsServer::load`], before
//! anything connects. Every dialled connection checks the whole certificate anew: sessions are not
//! resumed, but where [`Tls::resuming`] asks for it. Accepted ones may be, where no certificate is
//! asked for.

mod authority;
mod certificate;
mod ciphers;
mod clients;
mod error;
mod failure;
mod identity;
mod insecure;
mod key_log;
mod pem;
mod refusal;
mod resume;
mod roots;
mod server;
mod stream;
mod subject;
mod verify;

pub use self::authority::{AuthorityError, CertificateAuthority, Issued};
pub use self::clients::CertificateNames;
pub use self::error::TlsOptionsError;
pub use self::failure::{CertificateKind, TlsFailure, alternative_name};
pub use self::refusal::TlsRefusal;
pub use self::server::{ClientCertificate, TlsServer, TlsServerOptions};
pub(super) use self::stream::TlsState;
pub use self::stream::TlsStream;

use std::fmt;
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_rustls::TlsConnector;

use self::identity::Identity;
use self::insecure::Unchecked;
use self::key_log::KeyLogFile;
use self::resume::Resuming;
use self::roots::Roots;
use self::verify::{Stand, Verifier, Witness};
use super::{Address, Stream, clock};
use crate::secret::Secret;

/// The longest name of an application protocol: its length is one byte.
const LONGEST_PROTOCOL: usize = 255;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Authorities, and certificates that are trusted by themselves, in one PEM file.
    pub ca_file: Option<PathBuf>,
    /// The same in the PEM files of a folder.
    pub ca_path: Option<PathBuf>,
    /// Whether the system's authorities are trusted as well. `SSL_CERT_FILE` and `SSL_CERT_DIR`
    /// name others.
    pub system_roots: bool,
    /// The client's certificate, with those of its authorities behind it.
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate`.
    pub key: Option<PathBuf>,
    /// What the private key is encrypted with.
    pub key_password: Option<Secret>,
    /// Application protocols to offer (ALPN), the most wanted first; 1 to 255 bytes each.
    pub alpn: Vec<Vec<u8>>,
    /// The versions to offer.
    pub versions: TlsVersions,
    /// The only cipher suites to offer, separated by colons or commas.
    pub ciphers: Option<String>,
    /// Where the secrets of connections are appended to, for who analyses captured packets.
    pub key_log: Option<PathBuf>,
    /// Whether any certificate of a server is accepted.
    pub insecure: bool,
    /// The name to ask for and to check, where it is not the host that is dialled.
    pub server_name: Option<String>,
}

/// Versions of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    From12,
    /// 1.2 alone.
    Only12,
    /// 1.3 alone.
    Only13,
}

impl TlsVersions {
    fn supported(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::From12 => vec![&TLS13, &TLS12],
            Self::Only12 => vec![&TLS12],
            Self::Only13 => vec![&TLS13],
        }
    }
}

/// `TLS 1.2 or 1.3`.
impl fmt::Display for TlsVersions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::From12 => "TLS 1.2 or 1.3",
            Self::Only12 => "TLS 1.2",
            Self::Only13 => "TLS 1.3",
        })
    }
}

/// How to make connections secure. Clones share what was loaded.
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
    /// Sessions that later connections go on with.
    resuming: Option<Arc<Resuming>>,
}

struct Shared {
    /// All but the verifier and the identity, which each connection has of its own.
    config: ClientConfig,
    /// `None` trusts everybody.
    roots: Option<Arc<Roots>>,
    identity: Option<Arc<CertifiedKey>>,
    server_name: Option<ServerName<'static>>,
    versions: TlsVersions,
}

impl Tls {
    /// Reads and checks everything that the options name.
    pub fn load(options: &TlsOptions) -> Result<Self, TlsOptionsError> {
        let mut provider = ring::default_provider();
        if let Some(names) = &options.ciphers {
            provider.cipher_suites = ciphers::chosen(names, &provider.cipher_suites)?;
        }
        let server_name = match &options.server_name {
            None => None,
            Some(name) => Some(
                parse_name(name)
                    .ok_or_else(|| TlsOptionsError::ServerName { name: name.clone() })?,
            ),
        };
        for protocol in &options.alpn {
            if protocol.is_empty() || protocol.len() > LONGEST_PROTOCOL {
                let name = String::from_utf8_lossy(protocol).into_owned();
                return Err(TlsOptionsError::Protocol { name });
            }
        }
        let roots = if options.insecure {
            Roots::check_files(options)?;
            None
        } else {
            Some(Arc::new(Roots::load(options)?))
        };
        let identity = identity::load(options, &provider)?;
        let mut config = base_config(Arc::new(provider), options.versions)?;
        config.alpn_protocols.clone_from(&options.alpn);
        if let Some(path) = &options.key_log {
            config.key_log = Arc::new(KeyLogFile::open(path)?);
        }
        let versions = options.versions;
        let shared = Arc::new(Shared { config, roots, identity, server_name, versions });
        Ok(Self { shared, resuming: None })
    }

    /// The same, with a memory: its connections, and those of its clones, go on with sessions that
    /// earlier ones of them began, where the server lets them. The certificate is checked when a
    /// session begins, and not again.
    #[must_use]
    pub fn resuming(&self) -> Self {
        let stand = Arc::<Stand>::default();
        let resuming = Resuming::new(self.shared.config(&stand), stand);
        Self { shared: Arc::clone(&self.shared), resuming: Some(Arc::new(resuming)) }
    }

    /// Whether any certificate of a server is accepted.
    pub fn is_insecure(&self) -> bool {
        self.shared.roots.is_none()
    }

    /// The name to ask for and to check at `address`.
    pub(super) fn server_name(&self, address: &Address) -> Result<ServerName<'static>, TlsFailure> {
        if let Some(name) = &self.shared.server_name {
            return Ok(name.clone());
        }
        match address {
            Address::Tcp { host, .. } => {
                parse_name(host).ok_or_else(|| TlsFailure::NotAName { host: host.clone() })
            }
            Address::Unix(_) => Err(TlsFailure::NoName),
        }
    }

    /// The handshake over a raw connection.
    pub(super) async fn connect(
        &self,
        name: ServerName<'static>,
        stream: Stream,
    ) -> Result<Stream, TlsFailure> {
        let (shared, witness) = (&self.shared, Arc::new(Witness::default()));
        let (config, stand) = match &self.resuming {
            Some(resuming) => (Arc::clone(&resuming.config), Arc::clone(&resuming.stand)),
            None => {
                let stand = Stand::of(&witness);
                (Arc::new(shared.config(&stand)), stand)
            }
        };
        let mut handshake = pin!(TlsConnector::from(config).connect(name, stream));
        // Handshakes that go on at once may have one verifier.
        let outcome = poll_fn(|context| {
            stand.is_taken_by(&witness);
            handshake.as_mut().poll(context)
        });
        match outcome.await {
            Ok(stream) => Ok(Stream::Tls(TlsStream::new(stream.into(), witness))),
            Err(error) => Err(TlsFailure::of_handshake(error, &witness, shared.versions)),
        }
    }
}

impl Shared {
    /// Checks who the server is, and says who this is, before `stand`.
    fn config(&self, stand: &Arc<Stand>) -> ClientConfig {
        let mut config = self.config.clone();
        let provider = self.config.crypto_provider();
        let verifier: Arc<dyn ServerCertVerifier> = match &self.roots {
            None => Arc::new(Unchecked::new(provider)),
            Some(roots) => Arc::new(Verifier::new(Arc::clone(roots), provider, Arc::clone(stand))),
        };
        config.dangerous().set_certificate_verifier(verifier);
        config.client_auth_cert_resolver =
            Arc::new(Identity::new(self.identity.clone(), Arc::clone(stand)));
        config
    }
}

/// Without what was loaded: a private key is part of it.
impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { roots, identity, server_name, versions, .. } = &*self.shared;
        let mut tls = formatter.debug_struct("Tls");
        tls.field("insecure", &roots.is_none()).field("identity", &identity.is_some());
        tls.field("server_name", server_name).field("versions", versions).finish_non_exhaustive()
    }
}

/// A host as it stands in certificates: without the dot that makes a name absolute.
fn parse_name(host: &str) -> Option<ServerName<'static>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    ServerName::try_from(host.to_owned()).ok()
}

fn base_config(
    provider: Arc<CryptoProvider>,
    versions: TlsVersions,
) -> Result<ClientConfig, TlsOptionsError> {
    let nobody = Arc::new(Verifier::new(Arc::default(), &provider, Arc::default()));
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(WallClock))
        .with_protocol_versions(&versions.supported())
        .map_err(|_| TlsOptionsError::NoCipherForVersion { versions })?
        .dangerous()
        .with_custom_certificate_verifier(nobody)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The program's clock, for rustls.
#[derive(Debug)]
struct WallClock;

impl rustls::time_provider::TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        clock::wall().duration_since(UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}

/// The time since 1970, as certificates count it.
fn since_epoch(time: UnixTime) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[cfg(test)]
mod tests;
