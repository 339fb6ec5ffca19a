//! Where brokers are, and what is said of them in the same breath.

use super::variables::port_number;
use super::{Connect, Variables};
use crate::net::{Address, split_port};
use crate::options::Error;
use crate::options::tls::Source;
use crate::options::transport::text;
use crate::options::url::{Scheme, Url};
use crate::secret::Secret;

/// A host, as it is given for the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// A name or an address; one of IPv6 with or without brackets.
    pub name: String,
    /// The port, where it is not that of all hosts.
    pub port: Option<u16>,
}

impl Host {
    /// `NAME`, `NAME:PORT`, `ADDRESS`, `[ADDRESS]:PORT`. The error does not show the text: who
    /// takes it for a URL may have put a password there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why| Error::Host { why };
        if text.contains("://") {
            return Err(wrong("a URL is for -L"));
        }
        if text.contains('@') {
            return Err(wrong("a login is for -u, or for a URL with -L"));
        }
        let is_bare = !text.starts_with('[') && text.matches(':').count() > 1;
        let (name, port) = if is_bare { (text, None) } else { split_port(text).map_err(wrong)? };
        if name.is_empty() {
            return Err(wrong("there is no host in it"));
        }
        let number = |port: &str| port.parse().ok().filter(|port| *port > 0);
        let number = |port| number(port).ok_or_else(|| wrong("the port is not from 1 to 65535"));
        Ok(Self { name: name.to_owned(), port: port.map(number).transpose()? })
    }
}

/// Host, port, TLS and login of one source, which are never mixed with another's.
pub(super) struct Place {
    pub(super) address: Address,
    /// A URL asks for TLS.
    pub(super) tls: bool,
    /// The path of a WebSocket, where a URL asks for one.
    pub(super) path: Option<String>,
    pub(super) source: Source,
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) topic: Option<String>,
}

impl Connect {
    fn usual_port(&self, source: Source, variables: Variables<'_>) -> u16 {
        let tls = self.tls.moves_port(source, variables);
        Scheme::new(tls, self.transport.is_websocket()).port()
    }

    /// By the first of: options, `MQTT_URL`, `MQTT_HOST` with `MQTT_PORT`; whole from there.
    /// Only options name more than one.
    pub(super) fn places(
        &self,
        variables: Variables<'_>,
        notes: &mut Vec<String>,
    ) -> Result<(Place, Vec<Place>), Error> {
        if let Some(path) = &self.unix {
            return Ok((Place::bare(Address::Unix(path.clone())), Vec::new()));
        }
        if let Some((first, others)) = self.transport.urls.split_first() {
            let place = |url: &Secret| self.of_url(text(url, "-L")?, "-L", Source::Options);
            let others: Result<_, _> = others.iter().map(place).collect();
            return Ok((place(first)?, others?));
        }
        if let Some((first, others)) = self.hosts.split_first() {
            let usual = || self.port.unwrap_or_else(|| self.usual_port(Source::Options, variables));
            let place = |host: &Host| {
                let port = host.port.unwrap_or_else(usual);
                Place::bare(Address::Tcp { host: bare(&host.name), port })
            };
            return Ok((place(first), others.iter().map(place).collect()));
        }
        Ok((self.place(variables, notes)?, Vec::new()))
    }

    /// By the environment.
    fn place(&self, variables: Variables<'_>, notes: &mut Vec<String>) -> Result<Place, Error> {
        if let Some(text) = variables.text("MQTT_URL")? {
            return self.of_url(&text, "MQTT_URL", Source::Url);
        }
        let source = Source::Variables;
        let usual = self.usual_port(source, variables);
        let port = match (self.port, variables.text("MQTT_PORT")?) {
            (Some(port), _) => port,
            // Kubernetes sets such for a service with the name mqtt.
            (None, Some(text)) if text.contains("://") => {
                notes.push(format!("MQTT_PORT is {text:?}, which is no port: ignored"));
                usual
            }
            (None, Some(text)) => port_number(text)?,
            (None, None) => usual,
        };
        let host = variables.text("MQTT_HOST")?.unwrap_or_else(|| "localhost".to_owned());
        Ok(Place {
            address: Address::Tcp { host: bare(&host), port },
            tls: false,
            path: None,
            source,
            username: variables.text("MQTT_USERNAME")?,
            password: variables.password()?,
            topic: None,
        })
    }

    fn of_url(&self, text: &str, what: &'static str, source: Source) -> Result<Place, Error> {
        let url = Url::parse(text).map_err(|why| Error::Url { what, why })?;
        let address = Address::Tcp { host: url.host, port: self.port.unwrap_or(url.port) };
        let (username, password, topic) = (url.username, url.password, url.topic);
        let (tls, path) = (url.scheme.is_secure(), url.path);
        Ok(Place { address, tls, path, source, username, password, topic })
    }
}

impl Place {
    /// By options, which name nothing else.
    const fn bare(address: Address) -> Self {
        let source = Source::Options;
        Self {
            address,
            tls: false,
            path: None,
            source,
            username: None,
            password: None,
            topic: None,
        }
    }
}

/// The address itself, where the user put brackets around it.
fn bare(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_name_its_port() {
        for (text, name, port) in [
            ("h", "h", None),
            ("h.example:1884", "h.example", Some(1884)),
            ("192.0.2.7:1", "192.0.2.7", Some(1)),
            ("::1", "::1", None),
            ("fe80::1%eth0", "fe80::1%eth0", None),
            ("[::1]", "::1", None),
            ("[::1]:65535", "::1", Some(65535)),
        ] {
            let host = Host::parse(text).unwrap();
            assert_eq!((host.name.as_str(), host.port), (name, port), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_without_being_shown() {
        for bad in [
            "",
            ":1883",
            "h:",
            "h:0",
            "h:65536",
            "h:hunter2",
            "[::1",
            "[::1]7",
            "[]:7",
            "mqtt://u:hunter2@h",
            "u:hunter2@h",
        ] {
            let error = Host::parse(bad).unwrap_err();
            assert!(error.is_usage() && !error.to_string().contains("hunter2"), "{bad}: {error}");
        }
    }
}
