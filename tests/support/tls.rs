//! The other end of TLS: a server that a test leads, and that keeps all it was sent.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

use super::broker::{Broker, Peer};
use super::certificates::{Authority, Issued};

/// All versions that rustls has.
pub(crate) const BOTH: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS12, &rustls::version::TLS13];

/// What a server shows; not checked, for it may be bad.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// How a connection is answered.
#[derive(Clone)]
pub(crate) enum Answer {
    /// By TLS.
    Tls(Arc<ServerConfig>),
    /// By these bytes, whatever was asked.
    Raw(Vec<u8>),
}

impl Answer {
    /// TLS with this certificate.
    pub(crate) fn with(issued: &Issued) -> Self {
        Self::config(issued, None, BOTH)
    }

    /// TLS of these versions; the client has to show a certificate by `clients`, if that is given.
    pub(crate) fn config(
        issued: &Issued,
        clients: Option<&Authority>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let chain = issued.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let key = PrivateKeyDer::try_from(issued.key_der()).unwrap();
        let key = CertifiedKey::new(chain, any_supported_type(&key).unwrap());
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der().to_vec().into()).unwrap();
                let (roots, provider) = (Arc::new(roots), Arc::new(default_provider()));
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        Self::Tls(Arc::new(builder.with_cert_resolver(Arc::new(Shown(Arc::new(key))))))
    }
}

/// Every byte that a client sent.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    /// All of it is records of TLS, the last one perhaps cut short, and there is one at least.
    #[track_caller]
    pub(crate) fn is_sealed(&self) {
        let bytes = self.0.lock().unwrap();
        let mut rest = &bytes[..];
        assert!(!rest.is_empty(), "nothing was sent");
        while let [kind, major, minor, high, low, content @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            assert!((20..=23).contains(kind), "no record of TLS: {rest:?}");
            assert!(*major == 3 && *minor <= 4 && length <= 16_640, "no record of TLS: {rest:?}");
            rest = content.get(length..).unwrap_or_default();
        }
    }
}

/// A socket whose input is kept.
pub(crate) struct Recorder {
    pub(crate) stream: TcpStream,
    wire: Wire,
}

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.wire.0.lock().unwrap().extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Takes the next connection; its stream when the handshake came to its end.
#[track_caller]
pub(crate) fn accept(
    broker: &Broker,
    answer: &Answer,
) -> (Option<StreamOwned<ServerConnection, Recorder>>, Wire) {
    let wire = Wire::default();
    let mut recorder = Recorder { stream: broker.accept_stream(), wire: wire.clone() };
    let config = match answer {
        Answer::Tls(config) => Arc::clone(config),
        Answer::Raw(bytes) => {
            // Its first record: the hello.
            let _ = recorder.read(&mut [0; 4096]).unwrap();
            // The client may have gone before the last of it.
            let _ = recorder.write_all(bytes);
            drain(recorder);
            return (None, wire);
        }
    };
    let mut connection = ServerConnection::new(config).unwrap();
    while connection.is_handshaking() {
        match connection.complete_io(&mut recorder) {
            Ok((1.., _) | (_, 1..)) => {}
            Ok(_) | Err(_) => {
                // The alert, as far as it is still to be sent.
                while connection.wants_write() && connection.write_tls(&mut recorder).is_ok() {}
                drain(recorder);
                return (None, wire);
            }
        }
    }
    (Some(StreamOwned::new(connection, recorder)), wire)
}

/// Reads until the client leaves.
fn drain(mut recorder: Recorder) {
    let _ = recorder.stream.shutdown(std::net::Shutdown::Write);
    while let Ok(1..) = recorder.read(&mut [0; 4096]) {}
}

/// Takes the next connection, as an MQTT broker.
#[track_caller]
pub(crate) fn accept_peer(broker: &Broker, answer: &Answer) -> (Option<Peer>, Wire) {
    let (stream, wire) = accept(broker, answer);
    (stream.map(Peer::over), wire)
}
