//! The ports of a broker beside the plain one: TLS and WebSocket.

use std::net::{IpAddr, UdpSocket};
use std::path::PathBuf;

use super::certificates::Certificates;
use super::{Broker, Error, password_line};
use crate::broker::{self, CertificateUser, ListenerOptions};
use crate::net::{
    ClientCertificate, Entrance, ListenAddress, TlsOptionsError, TlsServer, TlsServerOptions,
    TlsVersions, WebSocketServer,
};

/// MQTT's port of TLS.
const MQTTS_PORT: u16 = 8883;

/// An address that is nobody's (RFC 5737): the way to it is the way out of this host.
const OUTSIDE: &str = "192.0.2.1:9";

/// How a broker is reached by TLS and by browsers.
///
/// The plain port stays beside that of TLS on loopback, where who tests wants both: the variables
/// of the command have a place for each. Beyond loopback there is a plain port beside TLS only
/// where one was asked for by its number, for who asks for TLS there means all that leaves the
/// machine.
#[derive(Debug, Clone, Default)]
pub struct Secured {
    /// Whether there is TLS; each of the files and ports below asks for it as well.
    pub tls: bool,
    /// Its port: 8883 by default, or a free one where the plain port is free.
    pub port: Option<u16>,
    /// The broker's certificate and its key; without them both are made.
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate`.
    pub key: Option<PathBuf>,
    /// A file whose first line is the password of the key.
    pub key_password_file: Option<PathBuf>,
    /// Who may have signed the certificates of clients; by default the authority that is made.
    pub ca_file: Option<PathBuf>,
    /// Certificates of clients that are taken back.
    pub crl_file: Option<PathBuf>,
    /// Whether clients must show a certificate.
    pub requires_certificate: bool,
    /// What of a certificate is the name of its user.
    pub certificate_user: CertificateUser,
    /// Clients that certificates are made for.
    pub issue: Vec<String>,
    /// Where what is made is kept; by default it goes with the broker.
    pub folder: Option<PathBuf>,
    /// Further names and addresses for the certificate that is made.
    pub names: Vec<String>,
    /// The versions taken.
    pub versions: TlsVersions,
    /// The port of WebSocket without TLS, 0 for a free one.
    pub websocket: Option<u16>,
    /// The port of WebSocket within TLS.
    pub secure_websocket: Option<u16>,
    /// The pages that may open a WebSocket; by default all.
    pub origins: Vec<String>,
}

impl Secured {
    const fn wants_tls(&self) -> bool {
        self.tls
            || self.port.is_some()
            || self.certificate.is_some()
            || self.key.is_some()
            || self.ca_file.is_some()
            || self.crl_file.is_some()
            || self.requires_certificate
            || !self.issue.is_empty()
            || self.folder.is_some()
            || !self.names.is_empty()
            || self.secure_websocket.is_some()
    }

    /// Whether anything of it stands in files that somebody else may change.
    pub const fn has_files(&self) -> bool {
        self.certificate.is_some() || self.ca_file.is_some() || self.crl_file.is_some()
    }

    /// Client certificates are asked for where there is somebody to check them by.
    fn client_certificate(&self) -> ClientCertificate {
        let wants_name = self.certificate_user != CertificateUser::Nothing;
        if self.requires_certificate || wants_name {
            ClientCertificate::Required
        } else if self.ca_file.is_some() || !self.issue.is_empty() {
            ClientCertificate::Optional
        } else {
            ClientCertificate::Ignored
        }
    }

    /// What makes connections secure.
    fn load(&self, made: Option<&Certificates>) -> Result<TlsServer, Error> {
        let (certificate, key) = match (made, &self.certificate, &self.key) {
            (Some(made), _, _) => made.server.clone(),
            (None, Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (None, None, _) => {
                return Err(TlsOptionsError::KeyWithoutCertificate.into());
            }
            (None, _, None) => {
                return Err(TlsOptionsError::CertificateWithoutKey.into());
            }
        };
        let own = made.map(|made| made.ca_file.clone());
        let options = TlsServerOptions {
            certificate,
            key,
            key_password: self.key_password_file.as_deref().map(password_line).transpose()?,
            client_certificate: self.client_certificate(),
            ca_file: self.ca_file.clone().or(own),
            crl_file: self.crl_file.clone(),
            versions: self.versions,
            ..TlsServerOptions::default()
        };
        TlsServer::load(options).map_err(|error| match error {
            TlsOptionsError::KeyNeedsPassword { path } => Error::KeyNeedsPassword { path },
            other => other.into(),
        })
    }
}

impl Broker {
    /// Makes the certificates that are to be made; the files go when they are dropped.
    pub fn certify(&self) -> Result<Option<Certificates>, Error> {
        let wanted = &self.secured;
        let makes = wanted.wants_tls() && wanted.certificate.is_none() && wanted.key.is_none();
        let folder = wanted.folder.as_deref();
        makes.then(|| Certificates::make(folder, &self.names(), &wanted.issue)).transpose()
    }

    /// Adds the ports of TLS and of WebSocket to what the broker takes, with the certificates
    /// that were made for it.
    pub fn secure(
        &self,
        options: &mut broker::Options,
        made: Option<&Certificates>,
    ) -> Result<(), Error> {
        let wanted = &self.secured;
        let websocket = WebSocketServer { path: None, origins: wanted.origins.clone() };
        let policy = options.listeners.first().map(|first| first.policy.clone());
        let policy = policy.unwrap_or_default();
        let mut add = |port, policy, entrance| {
            let address = self.at(port);
            options.listeners.push(ListenerOptions { address, policy, entrance });
        };
        if let Some(port) = wanted.websocket {
            let websocket = Some(websocket.clone());
            add(port, policy.clone(), Entrance { websocket, ..Entrance::default() });
        }
        if !wanted.wants_tls() {
            return Ok(());
        }
        let tls = Some(wanted.load(made)?);
        let policy = broker::Policy { certificate_user: wanted.certificate_user, ..policy };
        let is_free = self.port == Some(0) || (self.port.is_none() && !self.command.is_empty());
        let port = wanted.port.unwrap_or(if is_free { 0 } else { MQTTS_PORT });
        add(port, policy.clone(), Entrance { tls: tls.clone(), ..Entrance::default() });
        if let Some(port) = wanted.secure_websocket {
            let websocket = Some(websocket);
            add(port, policy, Entrance { tls, websocket, ..Entrance::default() });
        }
        if self.port.is_none() && !self.is_loopback() {
            let is_plain = |listener: &ListenerOptions| {
                listener.entrance.is_open() && !matches!(listener.address, ListenAddress::Unix(_))
            };
            options.listeners.retain(|listener| !is_plain(listener));
        }
        Ok(())
    }

    /// Whether its ports are for this machine alone.
    fn is_loopback(&self) -> bool {
        self.bind.as_ref().is_none_or(|host| {
            let address = host.parse::<IpAddr>();
            address.map_or(host == "localhost", |address| address.to_canonical().is_loopback())
        })
    }

    /// What clients may call it: this host, its addresses, what was asked for.
    fn names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned()];
        names.extend(host_name());
        names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        match self.bind.as_deref() {
            None => {}
            Some("*" | "0.0.0.0" | "::") => names.extend(own_address()),
            Some(host) => names.push(host.to_owned()),
        }
        names.extend(self.secured.names.iter().cloned());
        let mut once: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            if !once.contains(&name) {
                once.push(name);
            }
        }
        once
    }
}

/// The name of this host, where certificates can have it.
fn host_name() -> Option<String> {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(is_plain)).then_some(name)
}

/// The address that others most likely reach this host at. Nothing is sent for it.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(OUTSIDE).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listens(broker: &Broker) -> Vec<(ListenAddress, bool, bool)> {
        let (mut options, _) = broker.resolve().unwrap();
        let made = broker.certify().unwrap();
        broker.secure(&mut options, made.as_ref()).unwrap();
        let shown = |one: ListenerOptions| {
            (one.address, one.entrance.tls.is_some(), one.entrance.websocket.is_some())
        };
        options.listeners.into_iter().map(shown).collect()
    }

    fn loopback(port: u16) -> ListenAddress {
        ListenAddress::Loopback { port }
    }

    #[test]
    fn tls_comes_beside_the_plain_port_on_loopback() {
        let tls = Secured { tls: true, ..Secured::default() };
        let plain = Broker { secured: tls, ..Broker::default() };
        assert_eq!(
            listens(&plain),
            [(loopback(1883), false, false), (loopback(8883), true, false)]
        );
        let free = Broker { port: Some(0), ..plain.clone() };
        assert_eq!(listens(&free), [(loopback(0), false, false), (loopback(0), true, false)]);
        let command = Broker { command: vec!["true".into()], ..plain.clone() };
        assert_eq!(listens(&command), listens(&free));
        let all = Secured { websocket: Some(0), secure_websocket: Some(7), ..Secured::default() };
        let all = Broker { secured: all, port: Some(1), ..plain };
        assert_eq!(
            listens(&all),
            [
                (loopback(1), false, false),
                (loopback(0), false, true),
                (loopback(8883), true, false),
                (loopback(7), true, true)
            ]
        );
    }

    #[test]
    fn beyond_loopback_there_is_a_plain_port_beside_tls_only_by_its_number() {
        let everywhere = |port| ListenAddress::Tcp { host: "*".to_owned(), port };
        let secured = Secured { tls: true, ..Secured::default() };
        let broker = Broker { secured, bind: Some("*".to_owned()), ..Broker::default() };
        assert_eq!(listens(&broker), [(everywhere(8883), true, false)]);
        let both = Broker { port: Some(1883), ..broker.clone() };
        assert_eq!(listens(&both).len(), 2);
        let local = Broker { bind: Some("127.0.0.2".to_owned()), ..broker };
        assert_eq!(listens(&local).len(), 2);
    }

    #[test]
    fn the_name_of_the_user_is_that_of_the_certificate_on_secure_ports_alone() {
        let secured = Secured {
            certificate_user: CertificateUser::CommonName,
            tls: true,
            ..Secured::default()
        };
        let broker = Broker { secured, ..Broker::default() };
        let (mut options, _) = broker.resolve().unwrap();
        let made = broker.certify().unwrap();
        broker.secure(&mut options, made.as_ref()).unwrap();
        let named: Vec<_> =
            options.listeners.iter().map(|one| one.policy.certificate_user).collect();
        assert_eq!(named, [CertificateUser::Nothing, CertificateUser::CommonName]);
        let tls = options.listeners[1].entrance.tls.as_ref().unwrap();
        assert_eq!(tls.options().client_certificate, ClientCertificate::Required);
    }
}
