//! Where to connect and who to be, from options first, then the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::tls::Source;
use super::transport::text;
use super::url::{Scheme, Url};
use super::{Environment, Error, Tls, Transport};
use crate::client::{PacketProperties, Settings, Will, session_expiry};
use crate::codec::{Property, Version};
use crate::net::{Address, DialOptions};
use crate::secret::Secret;
use crate::topic;

/// What was asked for; `None` where nothing was.
#[derive(Debug, Clone)]
pub struct Connect {
    /// Whether these options are all there is, and no variable of the environment is looked at.
    pub alone: bool,
    /// How to get there, and the URL that may stand for host and port.
    pub transport: Transport,
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
    /// The client identifier is this and the number of the process; not with `client_id`.
    pub id_prefix: Option<String>,
    /// False for a session that outlives its connection.
    pub clean: bool,
    /// Seconds that the session outlives its connection, `u32::MAX` for ever; needs version 5.
    pub session_expiry: Option<u32>,
    /// The most messages of QoS 1 and 2 that are sent and not acknowledged; at least 1.
    pub window: Option<u16>,
    /// Seconds; 0 for no pings.
    pub keep_alive: Option<u16>,
    /// The only version to speak.
    pub version: Option<Version>,
    /// Something was asked for that only version 5 has, beside a session expiry and properties,
    /// which say so by themselves: no other version is spoken.
    pub needs_v5: bool,
    /// What the broker publishes when this client is lost.
    pub will: Option<Will>,
    /// What is added to packets; needs version 5.
    pub properties: PacketProperties,
    /// The time from the lookup of the name to CONNACK.
    pub connect_timeout: Duration,
    /// Whether every packet is told.
    pub debug: bool,
    /// Whether errors at run time are silent; those of options never are.
    pub quiet: bool,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            alone: false,
            transport: Transport::default(),
            host: None,
            port: None,
            unix: None,
            tls: Tls::default(),
            username: None,
            password: None,
            client_id: None,
            id_prefix: None,
            clean: true,
            session_expiry: None,
            window: None,
            keep_alive: None,
            version: None,
            needs_v5: false,
            will: None,
            properties: PacketProperties::default(),
            connect_timeout: Duration::from_secs(10),
            debug: false,
            quiet: false,
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
    /// The path of a WebSocket, where a URL asks for one.
    path: Option<String>,
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
        let variables = Variables(if self.alone { &|_| None } else { environment });
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
        let dial = self.transport.dial_options(&place.address, place.path)?;
        let settings = Settings {
            address: place.address,
            username,
            password,
            client_id: self.id(variables)?,
            clean: self.clean,
            session_expiry: self.session_expiry,
            window: self.window,
            keep_alive,
            version: self.version(variables, &mut notes)?,
            will: self.will.clone(),
            properties: self.properties.clone(),
            dial: DialOptions { timeout: self.connect_timeout, tls, ..dial },
            debug: self.debug,
        };
        self.check_lasting(&settings)?;
        check(&settings)?;
        Ok(Resolved { settings, topic: place.topic, notes })
    }

    /// The client identifier.
    fn id(&self, variables: Variables<'_>) -> Result<Option<String>, Error> {
        match (&self.client_id, &self.id_prefix) {
            (None, Some(prefix)) => Ok(Some(format!("{prefix}{}", std::process::id()))),
            (None, None) => variables.text("MQTT_CLIENT_ID"),
            (given, _) => Ok(given.clone()),
        }
    }

    /// The only version to speak.
    fn version(
        &self,
        variables: Variables<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Version>, Error> {
        let needs_v5 =
            self.needs_v5 || self.session_expiry.is_some() || !self.properties.is_empty();
        match (self.version, needs_v5) {
            (Some(version), true) if !version.is_v5() => Err(Error::NeedsVersion5(version)),
            (given @ Some(_), _) => Ok(given),
            (None, true) => {
                let left = variables.version()?.filter(|version| !version.is_v5());
                notes.extend(left.map(|version| {
                    format!("MQTT_VERSION is {version}: ignored, for the options need MQTT 5")
                }));
                Ok(Some(Version::V5))
            }
            (None, false) => variables.version(),
        }
    }

    /// A session that nobody can come back to is asked for by mistake.
    fn check_lasting(&self, settings: &Settings) -> Result<(), Error> {
        let lasting = !settings.clean || settings.session_expiry == Some(u32::MAX);
        let own_name = self.id_prefix.is_none() || self.client_id.is_some();
        if lasting && (settings.client_id.as_deref().unwrap_or_default().is_empty() || !own_name) {
            let asked = if settings.clean { "-x" } else { "-c" };
            return Err(Error::LastingWithoutId { asked });
        }
        Ok(())
    }

    fn usual_port(&self, source: Source, variables: Variables<'_>) -> u16 {
        let tls = self.tls.moves_port(source, variables);
        Scheme::new(tls, self.transport.is_websocket()).port()
    }

    /// The first of: options, `MQTT_URL`, `MQTT_HOST` with `MQTT_PORT`; whole from there.
    fn place(&self, variables: Variables<'_>, notes: &mut Vec<String>) -> Result<Place, Error> {
        if let Some(path) = &self.unix {
            return Ok(Place::bare(Address::Unix(path.clone())));
        }
        if let Some(url) = &self.transport.url {
            return self.of_url(text(url, "-L")?, "-L", Source::Options);
        }
        if let Some(host) = &self.host {
            let port = self.port.unwrap_or_else(|| self.usual_port(Source::Options, variables));
            return Ok(Place::bare(Address::Tcp { host: bare(host), port }));
        }
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

    fn version(self) -> Result<Option<Version>, Error> {
        let Some(text) = self.text("MQTT_VERSION")? else { return Ok(None) };
        parse_version(&text).map(Some).ok_or(Error::Variable {
            variable: "MQTT_VERSION",
            value: text,
            wanted: "3.1, 3.1.1 or 5",
        })
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

fn port_number(text: String) -> Result<u16, Error> {
    let (variable, wanted) = ("MQTT_PORT", "a port number from 1 to 65535");
    let number = text.parse().ok().filter(|port| *port > 0);
    number.ok_or(Error::Variable { variable, value: text, wanted })
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
    let ends = settings.asked_expiry().map_or(settings.clean, |seconds| seconds == 0);
    let later = session_expiry(&settings.properties.disconnect);
    if ends && later.is_some_and(|seconds| seconds > 0) {
        return Err(Error::LateExpiry);
    }
    if let Some(will) = &settings.will {
        check_topic(&will.topic)?;
    }
    let has = |wanted: fn(Property<'_>) -> bool| {
        settings.properties.connect.as_properties().iter().any(wanted)
    };
    if has(|property| matches!(property, Property::AuthenticationData(_)))
        && !has(|property| matches!(property, Property::AuthenticationMethod(_)))
    {
        return Err(Error::AuthenticationAlone);
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
