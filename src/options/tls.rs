//! Whether a connection is secure, and how.

use std::path::{Path, PathBuf};

use super::Error;
use super::connect::{Variables, first_line};
use crate::net::{self, TlsOptions, TlsOptionsError, TlsVersions};
use crate::secret::Secret;

/// The port that means TLS, whatever else is said.
pub(super) const TLS_PORT: u16 = 8883;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// A PEM file with whom to trust.
    pub ca_file: Option<PathBuf>,
    /// A folder of such files.
    pub ca_path: Option<PathBuf>,
    /// Whether the system's authorities are trusted.
    pub system_roots: bool,
    /// A PEM file with the client's certificate.
    pub certificate: Option<PathBuf>,
    /// A PEM file with its private key.
    pub key: Option<PathBuf>,
    /// A file whose first line is the password of the private key.
    pub key_password_file: Option<PathBuf>,
    /// Asks for that password where it is needed and not given, by who runs the client.
    pub ask_key_password: Option<AskKeyPassword>,
    /// Application protocols to offer.
    pub alpn: Vec<String>,
    /// The versions to offer.
    pub versions: TlsVersions,
    /// The only cipher suites to offer.
    pub ciphers: Option<String>,
    /// Where secrets are appended to.
    pub key_log: Option<PathBuf>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// The name to check instead of the host.
    pub server_name: Option<String>,
    /// Whether all of this is to be forgotten.
    pub off: bool,
}

/// Asks for the password of the private key in a file; `None` when nobody is there to be asked.
pub type AskKeyPassword = fn(&Path) -> Result<Option<Secret>, Error>;

/// Where the broker's place was said; TLS and login go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// By options: no login of the environment goes there.
    Options,
    /// By a URL in the environment, whose scheme says whether TLS is meant.
    Url,
    /// By the environment's host, or nowhere.
    Variables,
}

impl Tls {
    /// Whether a file of authorities asks for TLS, which moves the usual port.
    pub(super) fn moves_port(&self, source: Source, variables: Variables<'_>) -> bool {
        let by_options = self.ca_file.is_some() || self.ca_path.is_some();
        !self.off && (by_options || self.is_asked_by(variables, source))
    }

    /// All that was asked for, loaded but for a key that somebody is to be asked about; `None` for a
    /// plain connection. `port` is `None` for a Unix socket, and `scheme` tells whether a URL asks
    /// for TLS.
    pub(super) fn resolve(
        &self,
        port: Option<u16>,
        scheme: bool,
        source: Source,
        variables: Variables<'_>,
    ) -> Result<Option<Loaded>, Error> {
        if self.off {
            return if scheme { Err(Error::TlsOff) } else { Ok(None) };
        }
        let wanted = self.names_authorities()
            || scheme
            || port == Some(TLS_PORT)
            || self.is_asked_by(variables, source);
        if !wanted {
            return self.idle().map_or(Ok(None), |what| Err(Error::TlsIdle { what }));
        }
        let mut options = TlsOptions {
            ca_file: self.ca_file.clone(),
            ca_path: self.ca_path.clone(),
            system_roots: self.system_roots,
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            key_password: self.key_password_file.as_deref().map(first_line).transpose()?,
            alpn: self.alpn.iter().map(|name| name.clone().into_bytes()).collect(),
            versions: self.versions,
            ciphers: self.ciphers.clone(),
            key_log: self.key_log.clone(),
            insecure: self.insecure,
            server_name: self.server_name.clone(),
        };
        if !self.names_authorities() {
            (options.ca_file, options.ca_path) = authorities(variables);
            options.system_roots = options.ca_file.is_none() && options.ca_path.is_none();
        }
        let anonymous = options.certificate.is_none() && options.key.is_none();
        if anonymous && source != Source::Options {
            options.certificate = variables.path("MQTT_CERT");
            options.key = variables.path("MQTT_KEY");
        }
        match (net::Tls::load(&options), self.ask_key_password) {
            (Err(TlsOptionsError::KeyNeedsPassword { path }), Some(ask)) => {
                let without = TlsOptions { certificate: None, key: None, ..options.clone() };
                let tls = net::Tls::load(&without)?;
                Ok(Some(Loaded { tls, locked: Some(Locked { options, key: path, ask }) }))
            }
            (loaded, _) => Ok(Some(Loaded { tls: loaded?, locked: None })),
        }
    }

    const fn names_authorities(&self) -> bool {
        self.ca_file.is_some() || self.ca_path.is_some() || self.system_roots
    }

    /// Variables turn TLS on only where the place is theirs too: a URL says it by its scheme.
    fn is_asked_by(&self, variables: Variables<'_>, source: Source) -> bool {
        let (file, folder) = authorities(variables);
        source == Source::Variables
            && !self.names_authorities()
            && (file.is_some() || folder.is_some())
    }

    /// An option that means nothing without TLS: who gave it did not mean plain text.
    fn idle(&self) -> Option<&'static str> {
        let given = [
            (self.certificate.is_some(), "--cert"),
            (self.key.is_some(), "--key"),
            (self.key_password_file.is_some(), "--key-password-file"),
            (!self.alpn.is_empty(), "--tls-alpn"),
            (self.versions != TlsVersions::default(), "--tls-version"),
            (self.ciphers.is_some(), "--ciphers"),
            (self.key_log.is_some(), "--tls-keylog"),
            (self.insecure, "--insecure"),
            (self.server_name.is_some(), "--tls-server-name"),
        ];
        given.iter().find(|(is_given, _)| *is_given).map(|(_, what)| *what)
    }
}

/// What was asked for, as far as it can be loaded.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Without the client's certificate where there is more to load.
    pub(super) tls: net::Tls,
    /// All of it, once there is a password.
    pub(super) locked: Option<Locked>,
}

/// What is loaded with the password of a private key, for which nobody was asked yet.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    options: TlsOptions,
    key: PathBuf,
    ask: AskKeyPassword,
}

impl Locked {
    /// Asks, and loads all.
    pub(super) fn open(mut self) -> Result<net::Tls, Error> {
        self.options.key_password = (self.ask)(&self.key)?;
        Ok(net::Tls::load(&self.options)?)
    }
}

fn authorities(variables: Variables<'_>) -> (Option<PathBuf>, Option<PathBuf>) {
    (variables.path("MQTT_CAFILE"), variables.path("MQTT_CAPATH"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    /// Whether TLS is asked for: with a file that is missing, so that asking is an error.
    fn asks(tls: &Tls, port: u16, scheme: bool, source: Source, names: &[&str]) -> bool {
        let missing = || Some(OsString::from("/no/such/authority"));
        let lookup = |name: &str| if names.contains(&name) { missing() } else { None };
        match tls.resolve(Some(port), scheme, source, Variables(&lookup)) {
            Ok(found) => found.is_some(),
            Err(Error::Tls(_)) => true,
            Err(other) => panic!("{other}"),
        }
    }

    fn with_file() -> Tls {
        Tls { ca_file: Some("/no/such/authority".into()), ..Tls::default() }
    }

    #[test]
    fn tls_is_on_when_something_asks_for_it() {
        let plain = Tls::default();
        for source in [Source::Options, Source::Url, Source::Variables] {
            assert!(!asks(&plain, 1883, false, source, &[]));
            assert!(asks(&with_file(), 1883, false, source, &[]));
        }
    }

    #[test]
    fn variables_turn_it_on_only_where_the_place_is_theirs() {
        let plain = Tls::default();
        for name in ["MQTT_CAFILE", "MQTT_CAPATH"] {
            assert!(asks(&plain, 1883, false, Source::Variables, &[name]));
            assert!(!asks(&plain, 1883, false, Source::Options, &[name]));
            assert!(!asks(&plain, 1883, false, Source::Url, &[name]));
            // They say whom to trust where it is on for another reason.
            assert!(asks(&plain, 1883, true, Source::Url, &[name]));
            assert!(asks(&plain, TLS_PORT, false, Source::Options, &[name]));
        }
        assert!(!asks(&plain, 1883, false, Source::Variables, &["MQTT_CERT", "MQTT_KEY"]));
    }

    #[test]
    fn switched_off_it_forgets_all_but_a_url() {
        let off = Tls { off: true, insecure: true, ..with_file() };
        assert!(!asks(&off, TLS_PORT, false, Source::Variables, &["MQTT_CAFILE"]));
        let outcome = off.resolve(Some(1), true, Source::Url, Variables(&|_| None));
        assert!(matches!(outcome, Err(Error::TlsOff)));
    }

    #[test]
    fn what_means_nothing_in_plain_text_is_refused_there() {
        for idle in [
            Tls { insecure: true, ..Tls::default() },
            Tls { certificate: Some("c".into()), ..Tls::default() },
            Tls { versions: TlsVersions::Only13, ..Tls::default() },
            Tls { server_name: Some("h".to_owned()), ..Tls::default() },
        ] {
            let outcome = idle.resolve(Some(1883), false, Source::Options, Variables(&|_| None));
            assert!(matches!(outcome, Err(Error::TlsIdle { .. })), "{idle:?}");
        }
    }
}
