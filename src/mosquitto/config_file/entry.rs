//! What a connection goes through at a listener: a proxy's header, TLS, WebSocket.

use std::path::{Path, PathBuf};

use crate::broker::CertificateUser;
use crate::mosquitto::password_file;
use crate::net::{
    ClientCertificate, Entrance, ProxyHeader, TlsOptionsError, TlsServer, TlsServerOptions,
    TlsVersions, WebSocketServer,
};

/// What the lines of a listener say of it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) is_websocket: bool,
    pub(super) origins: Vec<String>,
    /// The version of the header.
    pub(super) proxy: Option<u8>,
    pub(super) proxy_requires_tls: bool,
    /// The first key that asks for TLS.
    pub(super) secured_by: Option<&'static str>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) ca_path: Option<PathBuf>,
    pub(super) crl_file: Option<PathBuf>,
    /// Where those are named.
    pub(super) named: Vec<Named>,
    pub(super) requires_certificate: bool,
    pub(super) ignores_dates: bool,
    pub(super) versions: TlsVersions,
    pub(super) ciphers: Option<String>,
    pub(super) ciphers_tls13: Option<String>,
    pub(super) user: CertificateUser,
}

/// A file, and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: PathBuf,
    pub(super) key: &'static str,
    /// The configuration, and its line.
    pub(super) place: (PathBuf, usize),
}

/// Why a listener has no entrance.
pub(super) enum NoEntrance {
    /// The lines do not fit together.
    Wrong(String),
    /// A file of TLS cannot be used, which is named there.
    File((PathBuf, usize), String),
    /// The files of TLS cannot be used together.
    Files(String),
}

impl Entry {
    /// What it comes to, with all files of TLS read. What asks for TLS never comes to less.
    pub(super) fn entrance(&self, key_log: Option<&Path>) -> Result<Entrance, NoEntrance> {
        let proxy_header = match self.proxy {
            None if self.proxy_requires_tls => {
                let why = "proxy_protocol_v2_require_tls: enable_proxy_protocol 2 is missing";
                return Err(NoEntrance::Wrong(why.to_owned()));
            }
            None => None,
            Some(1) if self.proxy_requires_tls => {
                let why = "proxy_protocol_v2_require_tls: version 1 does not tell of TLS";
                return Err(NoEntrance::Wrong(why.to_owned()));
            }
            Some(1) => Some(ProxyHeader::Version1),
            Some(_) => Some(ProxyHeader::Version2 { requires_tls: self.proxy_requires_tls }),
        };
        if !self.origins.is_empty() && !self.is_websocket {
            let why = "websockets_origin: it is for WebSocket, and protocol websockets is missing";
            return Err(NoEntrance::Wrong(why.to_owned()));
        }
        let websocket = self
            .is_websocket
            .then(|| WebSocketServer { path: None, origins: self.origins.clone() });
        let tls = self.tls(key_log)?;
        let names_come = tls.is_some() || proxy_header.is_some();
        if self.user != CertificateUser::Nothing && !names_come {
            let why = "use_identity_as_username and use_subject_as_username need TLS: certfile and \
                       keyfile are missing";
            return Err(NoEntrance::Wrong(why.to_owned()));
        }
        Ok(Entrance { proxy_header, tls, websocket })
    }

    fn tls(&self, key_log: Option<&Path>) -> Result<Option<TlsServer>, NoEntrance> {
        let Some(asked) = self.secured_by else {
            return Ok(None);
        };
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else {
            let missing = if self.certificate.is_none() { "certfile" } else { "keyfile" };
            return Err(NoEntrance::Wrong(format!(
                "{asked} asks for TLS, and {missing} is missing"
            )));
        };
        let client_certificate = match (self.requires_certificate, self.user) {
            (true, _) => ClientCertificate::Required,
            (false, CertificateUser::Nothing) => ClientCertificate::Ignored,
            // Who shows none is told by CONNACK.
            (false, _) => ClientCertificate::Optional,
        };
        let options = TlsServerOptions {
            certificate: certificate.clone(),
            key: key.clone(),
            key_password: None,
            client_certificate,
            ca_file: self.ca_file.clone(),
            ca_path: self.ca_path.clone(),
            crl_file: self.crl_file.clone(),
            ignore_client_dates: self.ignores_dates,
            versions: self.versions,
            ciphers_tls12: self.ciphers.clone(),
            ciphers_tls13: self.ciphers_tls13.clone(),
            key_log: key_log.map(Path::to_owned),
        };
        TlsServer::load(options).map(Some).map_err(|error| self.wrong(&error))
    }

    /// Where a private key is named that everybody on this machine can read.
    pub(super) fn open_key(&self) -> Option<&Named> {
        let key = self.key.as_ref().filter(|path| password_file::is_open_to_others(path))?;
        self.named.iter().find(|named| named.path == *key)
    }

    /// What is wrong with the files of TLS, with the line that names the one.
    fn wrong(&self, error: &TlsOptionsError) -> NoEntrance {
        let why = match error {
            TlsOptionsError::KeyNeedsPassword { path } => format!(
                "the key in {path} is encrypted, and no key of a configuration tells a password: \
                 openssl pkey -in {path} -out NEW writes one that is not",
                path = path.display()
            ),
            other => other.to_string(),
        };
        let path = error.path();
        // One in a folder is named by its folder.
        let is_it = |named: &&Named| path.is_some_and(|path| path.starts_with(&named.path));
        // One file may be named by several keys.
        let (of_key, others): (Vec<_>, Vec<_>) =
            self.named.iter().filter(is_it).partition(|named| named.key == "keyfile");
        let named = if error.is_of_key() { [of_key, others] } else { [others, of_key] };
        match named.iter().flatten().next() {
            Some(Named { key, place, .. }) => {
                NoEntrance::File(place.clone(), format!("{key}: {why}"))
            }
            None => NoEntrance::Files(why),
        }
    }
}
