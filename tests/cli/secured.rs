//! `mq broker` behind TLS, WebSocket and PROXY headers.

mod attacks;
mod clients;
mod library;
mod peers;
mod tls;
mod websocket;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustix::process::Signal;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::support::PATIENCE;
use crate::support::certificates::Folder;
use crate::support::mq::{Finished, Running, start};
use crate::support::tls::BOTH;

/// CONNECT of version 3.1.1, a clean session of `me`.
const CONNECT: &[u8] = b"\x10\x0E\x00\x04MQTT\x04\x02\x00\x3C\x00\x02me";
/// The same of `us`.
const CONNECT_US: &[u8] = b"\x10\x0E\x00\x04MQTT\x04\x02\x00\x3C\x00\x02us";
/// Its acknowledgement.
const CONNACK: &[u8] = &[0x20, 2, 0, 0];
const PINGREQ: &[u8] = &[0xC0, 0];
const PINGRESP: &[u8] = &[0xD0, 0];

/// A broker on free ports; its certificates are in a folder of the test's.
pub(super) struct Site {
    pub(super) broker: Running,
    pub(super) urls: Vec<String>,
    pub(super) folder: Folder,
}

/// Starts a broker with its own authority.
#[track_caller]
pub(super) fn serve(more: &[&str]) -> Site {
    let folder = Folder::new();
    let kept = folder.path("made");
    let words = ["--tls-dir", &kept].iter().chain(more).copied().collect::<Vec<_>>();
    serve_in(folder, &words)
}

/// Starts a broker with these options alone.
#[track_caller]
pub(super) fn serve_in(folder: Folder, more: &[&str]) -> Site {
    let file = folder.path("ready");
    let words = ["broker", "-v", "-p", "0", "--ready-file", &file];
    let broker = start(words.iter().chain(more));
    let deadline = mq::net::clock::now() + PATIENCE;
    let urls = loop {
        if let Ok(text) = std::fs::read_to_string(&file) {
            break text.lines().map(str::to_owned).collect();
        }
        assert!(mq::net::clock::now() < deadline, "no ready file: {:?}", broker.finish());
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    Site { broker, urls, folder }
}

impl Site {
    /// Where it serves by this scheme.
    #[track_caller]
    pub(super) fn url(&self, scheme: &str) -> &str {
        let begin = format!("{scheme}://");
        let url = self.urls.iter().find(|url| url.starts_with(&begin));
        url.unwrap_or_else(|| panic!("no {scheme} among {:?}", self.urls))
    }

    #[track_caller]
    pub(super) fn port(&self, scheme: &str) -> u16 {
        let url = self.url(scheme).trim_end_matches("/mqtt");
        url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// A file that the broker made.
    pub(super) fn made(&self, name: &str) -> String {
        self.folder.path(&format!("made/{name}"))
    }

    #[track_caller]
    pub(super) fn dial(&self, scheme: &str) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port(scheme))).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// `mq` and its answer, over TLS with the authority that the broker made.
    pub(super) fn secure(&self, words: &[&str]) -> Finished {
        self.secure_to(self.url("mqtts"), words)
    }

    pub(super) fn secure_to(&self, url: &str, words: &[&str]) -> Finished {
        let (file, rest) = words.split_first().unwrap();
        let ca_file = self.made("ca.crt");
        let all = [file, "-L", url, "--cafile", &ca_file];
        start(all.iter().chain(rest)).finish()
    }

    /// Ends it in order; all it said.
    #[track_caller]
    pub(super) fn end(self) -> Finished {
        self.broker.signal(Signal::TERM);
        self.broker.finish().exits(0)
    }
}

/// A connection through TLS.
pub(super) type Secure = StreamOwned<ClientConnection, TcpStream>;

/// A client of these versions that trusts a broker's authority; `own` are the files of its
/// certificate and key.
pub(super) fn client(
    ca_file: &str,
    own: Option<(&str, &str)>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_file_iter(certificate).unwrap();
            let chain = chain.map(Result::unwrap).collect();
            builder
                .with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
                .unwrap()
        }
    })
}

/// TLS over a connection; nothing is sent before the first write or read.
pub(super) fn secured(config: &Arc<ClientConfig>, stream: TcpStream) -> Secure {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(config), name).unwrap(), stream)
}

/// CONNECT, and its acknowledgement.
#[track_caller]
pub(super) fn greet(stream: &mut (impl Read + Write)) {
    greet_by(CONNECT, stream);
}

#[track_caller]
pub(super) fn greet_by(connect: &[u8], stream: &mut (impl Read + Write)) {
    stream.write_all(connect).unwrap();
    stream.flush().unwrap();
    expect(stream, CONNACK);
}

/// A ping, and its answer.
#[track_caller]
pub(super) fn ping(stream: &mut (impl Read + Write)) {
    stream.write_all(PINGREQ).unwrap();
    stream.flush().unwrap();
    expect(stream, PINGRESP);
}

#[track_caller]
pub(super) fn expect(stream: &mut impl Read, wanted: &[u8]) {
    let mut got = vec![0; wanted.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(got, wanted);
}

/// All that comes until the end, be it in order or not.
pub(super) fn rest(stream: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    all
}

/// So many lines, all different.
pub(super) fn lines(count: u32) -> String {
    let lines: Vec<_> = (0..count).map(|number| format!("line {number}")).collect();
    lines.join("\n") + "\n"
}

/// Whoever tries all versions.
pub(super) fn any(site: &Site, own: Option<(&str, &str)>) -> Arc<ClientConfig> {
    client(&site.made("ca.crt"), own, BOTH)
}
