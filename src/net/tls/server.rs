//! TLS as a server: who to be, whom to let in, and the handshake.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::NoServerSessionStorage;
use rustls::sign::SingleCertAndKey;
use tokio_rustls::TlsAcceptor;

use super::certificate::Certificate;
use super::clients::{self, CertificateNames};
use super::key_log::KeyLogFile;
use super::{
    TlsOptionsError, TlsRefusal, TlsStream, TlsVersions, WallClock, ciphers, identity, pem,
};
use crate::net::Stream;
use crate::secret::Secret;

/// Tickets that a client of TLS 1.3 gets to come back with. Each is a record more at the start of
/// every connection, and a client that comes back uses one.
const TICKETS: usize = 1;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct TlsServerOptions {
    /// The server's certificate, with those of its authorities behind it: a PEM file.
    pub certificate: PathBuf,
    /// The private key of `certificate`: a PEM file.
    pub key: PathBuf,
    /// What the private key is encrypted with.
    pub key_password: Option<Secret>,
    /// Whether clients are asked who they are.
    pub client_certificate: ClientCertificate,
    /// Who may have signed the certificates of clients, and certificates of clients that are
    /// trusted by themselves, in one PEM file.
    pub ca_file: Option<PathBuf>,
    /// The same in the PEM files of a folder.
    pub ca_path: Option<PathBuf>,
    /// Certificates that are taken back, in PEM: with it, each client's authority must have a list
    /// there that has not expired.
    pub crl_file: Option<PathBuf>,
    /// Whether the dates of clients' certificates are passed over, for devices without a clock
    /// when they were made, or that nobody can reach to renew them.
    pub ignore_client_dates: bool,
    /// The versions taken.
    pub versions: TlsVersions,
    /// The only cipher suites of TLS 1.2, by name, separated by colons or commas; by default all.
    pub ciphers_tls12: Option<String>,
    /// The only cipher suites of TLS 1.3.
    pub ciphers_tls13: Option<String>,
    /// Where the secrets of connections are appended to, for who analyses captured packets.
    pub key_log: Option<PathBuf>,
}

/// Whether clients are asked for a certificate. One that is shown is always checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificate {
    /// They are not asked.
    #[default]
    Ignored,
    /// They are asked, and need not have one.
    Optional,
    /// Without one there is no connection.
    Required,
}

/// How a listener makes connections secure. Clones share what was loaded, and what is loaded anew.
#[derive(Clone)]
pub struct TlsServer {
    shared: Arc<Shared>,
}

struct Shared {
    /// Read once a handshake, replaced by a reload.
    current: RwLock<Loaded>,
}

/// What was asked for, and what came of it.
#[derive(Clone)]
struct Loaded {
    options: Arc<TlsServerOptions>,
    configuration: Arc<ServerConfig>,
}

impl Loaded {
    fn new(options: Arc<TlsServerOptions>) -> Result<Self, TlsOptionsError> {
        let configuration = Arc::new(configuration(&options)?);
        Ok(Self { options, configuration })
    }
}

impl TlsServer {
    /// Reads and checks everything that the options name.
    pub fn load(options: TlsServerOptions) -> Result<Self, TlsOptionsError> {
        let current = RwLock::new(Loaded::new(Arc::new(options))?);
        Ok(Self { shared: Arc::new(Shared { current }) })
    }

    /// Reads all files again, for the connections to come. When anything is wrong with them, what
    /// was loaded before stays. No ticket of before is taken any longer: who is not let in by the
    /// new files does not come in by an old session.
    pub fn reload(&self) -> Result<(), TlsOptionsError> {
        self.put_in_force(Loaded::new(self.current().options)?);
        Ok(())
    }

    /// Takes what another one has loaded, its options included, for the connections to come; as
    /// with [`Self::reload`], no ticket of before is taken any longer.
    pub fn take(&self, fresh: &Self) {
        self.put_in_force(fresh.current());
    }

    fn put_in_force(&self, fresh: Loaded) {
        *self.shared.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    fn current(&self) -> Loaded {
        self.shared.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From when until when the certificate in its file is good; `None` when that cannot be told.
    pub fn dates(&self) -> Option<(SystemTime, SystemTime)> {
        let chain = pem::certificates(&self.current().options.certificate).ok()?;
        let first = Certificate::parse(chain.first()?)?;
        let date = |since: Duration| UNIX_EPOCH.checked_add(since);
        Some((date(first.not_before)?, date(first.not_after)?))
    }

    /// What was asked for.
    pub fn options(&self) -> Arc<TlsServerOptions> {
        self.current().options
    }

    /// The handshake over a raw connection. When it fails, the connection comes back: the peer is
    /// told why, and has to be given the time to hear it.
    pub(in crate::net) async fn accept(
        &self,
        stream: Stream,
    ) -> Result<(TlsStream, Option<Box<CertificateNames>>), (TlsRefusal, Stream)> {
        let current = self.current().configuration;
        let accepted = TlsAcceptor::from(Arc::clone(&current)).accept(stream).into_fallible().await;
        let stream = accepted.map_err(|(error, below)| (refusal(error), below))?;
        let names = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let names = names.and_then(|first| CertificateNames::of(first)).map(Box::new);
        Ok((TlsStream::accepted(stream, current), names))
    }
}

fn refusal(error: io::Error) -> TlsRefusal {
    match error.downcast::<rustls::Error>() {
        Ok(error) => TlsRefusal::of(&error),
        Err(_) => TlsRefusal::Gone,
    }
}

/// Without what was loaded: a private key is part of it.
impl fmt::Debug for TlsServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("TlsServer").field(&self.current().options).finish()
    }
}

fn configuration(options: &TlsServerOptions) -> Result<ServerConfig, TlsOptionsError> {
    let mut provider = ring::default_provider();
    provider.cipher_suites = ciphers::of_versions(
        (options.ciphers_tls12.as_deref(), options.ciphers_tls13.as_deref()),
        &provider.cipher_suites,
    )?;
    let password = options.key_password.as_ref();
    let pair = identity::pair(&options.certificate, &options.key, password, &provider)?;
    let provider = Arc::new(provider);
    let verifier = clients::verifier(options, &provider)?;
    let versions = options.versions;
    let builder = ServerConfig::builder_with_details(provider, Arc::new(WallClock))
        .with_protocol_versions(&versions.supported())
        .map_err(|_| TlsOptionsError::NoCipherForVersion { versions })?;
    let (builder, resumes) = match verifier {
        None => (builder.with_no_client_auth(), true),
        Some(verifier) => (builder.with_client_cert_verifier(verifier), false),
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    if resumes {
        // Held by the clients: the broker keeps nothing for who may never come back.
        config.ticketer = ring::Ticketer::new().map_err(|_| TlsOptionsError::NoRandom)?;
        config.send_tls13_tickets = TICKETS;
    } else {
        // Who comes back would not be asked again: its certificate may have expired meanwhile.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    if let Some(path) = &options.key_log {
        config.key_log = Arc::new(KeyLogFile::open(path)?);
    }
    Ok(config)
}
