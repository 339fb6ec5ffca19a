//! Where to connect and who to be, from options first, then the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::tls::{Source, TLS_PORT};
use super::url::PORT;
use super::{Environment, Error, Tls, Url};
use crate::client::{Settings, Will};
use crate::codec::Version;
use crate::net::Address;
use crate::secret::Secret;
use crate::topic;

/// What was asked for; `None` where nothing was.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The broker's host.
    pub host: Option<String>,
    /// The broker's port.
    pub port: Option<u16>,
    /// The broker's Unix socket, instead of host and port.
    pub unix: Option<PathBuf>,
    /// How to make the connection secure.
    pub tls: Tls,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// The client identifier.
    pub client_id: Option<String>,
    /// False for a session that outlives its connection.
    pub clean: bool,
    /// Seconds; 0 for no pings.
    pub keep_alive: Option<u16>,
    /// The only version to speak.
    pub version: Option<Version>,
    /// What the broker publishes when this client is lost.
    pub will: Option<Will>,
    /// The time from the lookup of the name to CONNACK.
    pub connect_timeout: Duration,
    /// Whether every packet is told.
    pub debug: bool,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            unix: None,
            tls: Tls::default(),
            username: None,
            password: None,
            client_id: None,
            clean: true,
            keep_alive: None,
            version: None,
            will: None,
            connect_timeout: Duration::from_secs(10),
            debug: false,
        }
    }
}

/// What options and environment come to.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// For the client.
    pub settings: Settings,
    /// A topic from the URL, for who gives no other.
    pub topic: Option<String>,
    /// What was left aside, for `--debug`.
    pub notes: Vec<String>,
}

/// Host, port, TLS and login of one source, which are never mixed with another's.
struct Place {
    address: Address,
    /// A URL asks for TLS.
    tls: bool,
    source: Source,
    username: Option<String>,
    password: Option<Secret>,
    topic: Option<String>,
}

/// Seconds between packets, when nobody says otherwise.
const KEEP_ALIVE: u16 = 60;

impl Connect {
    /// Options, then variables, then defaults.
    pub fn resolve(&self, environment: Environment<'_>) -> Result<Resolved, Error> {
        let mut notes = Vec::new();
        let variables = Variables(environment);
        let place = self.place(variables, &mut notes)?;
        let port = match &place.address {
            Address::Tcp { port, .. } => Some(*port),
            Address::Unix(_) => None,
        };
        let tls = self.tls.resolve(port, place.tls, place.source, variables)?;
        let explicit_login = self.username.is_some() || self.password.is_some();
        let (username, password) = if explicit_login {
            let password = self.password.clone();
            let password = match password {
                None => variables.password()?,
                given => given,
            };
            (self.username.clone().or(place.username), password)
        } else {
            (place.username, place.password)
        };
        let keep_alive = match self.keep_alive {
            Some(seconds) => seconds,
            None => variables
                .number("MQTT_KEEPALIVE", "a number of seconds from 0 to 65535")?
                .unwrap_or(KEEP_ALIVE),
        };
        let version = match (self.version, variables.text("MQTT_VERSION")?) {
            (None, Some(text)) => Some(parse_version(&text).ok_or(Error::Variable {
                variable: "MQTT_VERSION",
                value: text,
                wanted: "3.1, 3.1.1 or 5",
            })?),
            (given, _) => given,
        };
        let settings = Settings {
            address: place.address,
            tls,
            username,
            password,
            client_id: match &self.client_id {
                None => variables.text("MQTT_CLIENT_ID")?,
                given => given.clone(),
            },
            clean: self.clean,
            keep_alive,
            version,
            will: self.will.clone(),
            connect_timeout: self.connect_timeout,
            debug: self.debug,
        };
        check(&settings)?;
        Ok(Resolved { settings, topic: place.topic, notes })
    }

    fn usual_port(&self, source: Source, variables: Variables<'_>) -> u16 {
        if self.tls.moves_port(source, variables) { TLS_PORT } else { PORT }
    }

    /// The first of: options, `MQTT_URL`, `MQTT_HOST` with `MQTT_PORT`; whole from there.
    fn place(&self, variables: Variables<'_>, notes: &mut Vec<String>) -> Result<Place, Error> {
        if let Some(path) = &self.unix {
            return Ok(Place::bare(Address::Unix(path.clone())));
        }
        if let Some(host) = &self.host {
            let port = self.port.unwrap_or_else(|| self.usual_port(Source::Options, variables));
            return Ok(Place::bare(Address::Tcp { host: bare(host), port }));
        }
        if let Some(text) = variables.text("MQTT_URL")? {
            let url = Url::parse(&text).map_err(|why| Error::Url { what: "MQTT_URL", why })?;
            let address = Address::Tcp { host: url.host, port: self.port.unwrap_or(url.port) };
            let (username, password, topic) = (url.username, url.password, url.topic);
            let (tls, source) = (url.tls, Source::Url);
            return Ok(Place { address, tls, source, username, password, topic });
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
            (None, Some(text)) => number("MQTT_PORT", &text, "a port number")?,
            (None, None) => usual,
        };
        let host = variables.text("MQTT_HOST")?.unwrap_or_else(|| "localhost".to_owned());
        Ok(Place {
            address: Address::Tcp { host: bare(&host), port },
            tls: false,
            source,
            username: variables.text("MQTT_USERNAME")?,
            password: variables.password()?,
            topic: None,
        })
    }
}

impl Place {
    /// By options, which name nothing else.
    const fn bare(address: Address) -> Self {
        let source = Source::Options;
        Self { address, tls: false, source, username: None, password: None, topic: None }
    }
}

/// The address itself, where the user put brackets around it.
fn bare(host: &str) -> String {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).to_owned()
}

/// The environment; an empty variable is as good as none.
#[derive(Clone, Copy)]
pub(super) struct Variables<'a>(pub(super) Environment<'a>);

impl Variables<'_> {
    fn raw(self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn text(self, variable: &'static str) -> Result<Option<String>, Error> {
        let text = self.raw(variable).map(OsString::into_string).transpose();
        text.map_err(|_| Error::VariableNotText(variable))
    }

    /// A file or folder.
    pub(super) fn path(self, variable: &'static str) -> Option<PathBuf> {
        self.raw(variable).map(PathBuf::from)
    }

    fn number(self, name: &'static str, wanted: &'static str) -> Result<Option<u16>, Error> {
        self.text(name)?.map(|text| number(name, &text, wanted)).transpose()
    }

    /// `MQTT_PASSWORD`, or the first line of the file that `MQTT_PASSWORD_FILE` names.
    fn password(self) -> Result<Option<Secret>, Error> {
        if let Some(password) = self.raw("MQTT_PASSWORD") {
            return Ok(Some(Secret::new(password.into_encoded_bytes())));
        }
        self.path("MQTT_PASSWORD_FILE").map(|path| first_line(&path)).transpose()
    }
}

/// The first line of a file that holds a secret.
pub(super) fn first_line(path: &Path) -> Result<Secret, Error> {
    let content =
        std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Secret::new(line.strip_suffix(b"\r").unwrap_or(line)))
}

fn number(variable: &'static str, text: &str, wanted: &'static str) -> Result<u16, Error> {
    text.parse().map_err(|_| Error::Variable { variable, value: text.to_owned(), wanted })
}

/// A protocol version as mosquitto's clients and people write it.
pub(super) fn parse_version(text: &str) -> Option<Version> {
    Some(match text.to_ascii_lowercase().as_str() {
        "31" | "3.1" | "mqttv31" => Version::V31,
        "311" | "3.1.1" | "mqttv311" => Version::V311,
        "5" | "5.0" | "mqttv5" => Version::V5,
        _ => return None,
    })
}

/// What no broker could make sense of.
fn check(settings: &Settings) -> Result<(), Error> {
    let id = settings.client_id.as_deref().unwrap_or_default();
    if !settings.clean && id.is_empty() {
        return Err(Error::LastingWithoutId);
    }
    let too_long = |bytes: &[u8]| u16::try_from(bytes.len()).is_err();
    let username = settings.username.as_deref().unwrap_or_default();
    let password = settings.password.as_ref().map(Secret::expose).unwrap_or_default();
    let payload = settings.will.as_ref().map(|will| will.payload.as_slice()).unwrap_or_default();
    for (what, bytes) in [
        ("the client id", id.as_bytes()),
        ("the user name", username.as_bytes()),
        ("the password", password),
        ("the will's payload", payload),
    ] {
        if too_long(bytes) {
            return Err(Error::TooLong { what });
        }
    }
    let alone = settings.password.is_some() && settings.username.is_none();
    if alone && settings.version.is_some_and(|version| !version.is_v5()) {
        return Err(Error::PasswordAlone);
    }
    if let Some(will) = &settings.will {
        check_topic(&will.topic)?;
    }
    Ok(())
}

/// Whether a message can be published to it.
pub(super) fn check_topic(name: &str) -> Result<(), Error> {
    if topic::has_wildcard(name) {
        return Err(Error::WildcardTopic(name.to_owned()));
    }
    if !topic::is_name(name) {
        return Err(Error::InvalidTopic(name.to_owned()));
    }
    Ok(())
}

impl Connect {
    /// A protocol version by one of its names: `5`, `3.1.1`, `mqttv311`, ...
    pub fn version_of(text: &str) -> Option<Version> {
        parse_version(text)
    }
}

#[cfg(test)]
mod tests;
