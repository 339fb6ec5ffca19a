//! Where to connect and who to be, from options first, then the environment.

mod place;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

pub use self::place::Host;
use self::place::Place;
use self::variables::password_of;
pub(super) use self::variables::{Variables, first_line, lines_behind, password_line};
use super::tls::{Loaded, Locked};
use super::{Environment, Error, Tls, Transport};
use crate::client::{PacketProperties, Server, Settings, Will, session_expiry};
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
    /// The broker's host; of several each is tried when there is no connection to those before.
    pub hosts: Vec<Host>,
    /// The broker's port, for hosts that do not name their own.
    pub port: Option<u16>,
    /// The broker's Unix socket, instead of host and port.
    pub unix: Option<PathBuf>,
    /// How to make the connection secure.
    pub tls: Tls,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// The file whose first line is the login secret, where `password` is not given; `-` is
    /// standard input.
    pub password_file: Option<PathBuf>,
    /// The login secret is asked for, by who runs the client: see [`Settings::log_in_with`].
    pub ask_password: bool,
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
    /// The time from the lookup of the name to CONNACK, for each broker.
    pub connect_timeout: Duration,
    /// How long the first connection is tried again.
    pub retry: Option<Duration>,
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
            hosts: Vec::new(),
            port: None,
            unix: None,
            tls: Tls::default(),
            username: None,
            password: None,
            password_file: None,
            ask_password: false,
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
            retry: None,
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
    /// What [`Self::unlock`] loads, by the number of its broker.
    locked: Vec<(usize, Locked)>,
}

impl Resolved {
    /// Asks for the passwords that private keys need, and loads what waited for them.
    pub fn unlock(&mut self) -> Result<(), Error> {
        for (index, locked) in std::mem::take(&mut self.locked) {
            if let Some(server) = self.settings.servers_mut().nth(index) {
                server.dial.tls = Some(locked.open()?);
            }
        }
        Ok(())
    }
}

/// Seconds between packets, when nobody says otherwise.
const KEEP_ALIVE: u16 = 60;

impl Connect {
    /// Options, then variables, then defaults.
    pub fn resolve(&self, environment: Environment<'_>) -> Result<Resolved, Error> {
        let mut resolved = self.resolve_unasked(environment)?;
        resolved.unlock()?;
        Ok(resolved)
    }

    /// The same before [`Resolved::unlock`], so that all else can be checked before anybody is asked
    /// for a password.
    pub fn resolve_unasked(&self, environment: Environment<'_>) -> Result<Resolved, Error> {
        let mut notes = Vec::new();
        let variables = Variables(if self.alone { &|_| None } else { environment });
        let (first, others) = self.places(variables, &mut notes)?;
        let topics = std::iter::once(&first).chain(&others).filter_map(|place| place.topic.clone());
        let topic = topics.into_iter().next();
        let password = self.explicit_password(variables)?;
        let (mut locked, mut index) = (Vec::new(), 0_usize..);
        let mut server = |place: Place| {
            let (server, waiting) = self.server(place, password.as_ref(), variables)?;
            locked.extend(index.next().zip(waiting));
            Ok(server)
        };
        let (server, others) =
            (server(first)?, others.into_iter().map(&mut server).collect::<Result<_, Error>>()?);
        let keep_alive = match self.keep_alive {
            Some(seconds) => seconds,
            None => variables
                .number("MQTT_KEEPALIVE", "a number of seconds from 0 to 65535")?
                .unwrap_or(KEEP_ALIVE),
        };
        let settings = Settings {
            server,
            others,
            retry: self.retry,
            client_id: self.id(variables)?,
            clean: self.clean,
            session_expiry: self.session_expiry,
            window: self.window,
            keep_alive,
            version: self.version(variables, &mut notes)?,
            will: self.will.clone(),
            properties: self.properties.clone(),
            debug: self.debug,
        };
        self.check_lasting(&settings)?;
        check(&settings)?;
        Ok(Resolved { settings, topic, notes, locked })
    }

    /// A broker with its login, that of the options or else that of its place; and what of its TLS is
    /// still to be loaded.
    fn server(
        &self,
        place: Place,
        password: Option<&Secret>,
        variables: Variables<'_>,
    ) -> Result<(Server, Option<Locked>), Error> {
        let port = match &place.address {
            Address::Tcp { port, .. } => Some(*port),
            Address::Unix(_) => None,
        };
        let loaded = self.tls.resolve(port, place.tls, place.source, variables)?;
        let (tls, locked) =
            loaded.map_or((None, None), |Loaded { tls, locked }| (Some(tls), locked));
        let dial = self.transport.dial_options(&place.address, place.path)?;
        let (username, password) = if self.has_login() {
            (self.username.clone().or(place.username), password.cloned())
        } else {
            (place.username, place.password)
        };
        let dial = DialOptions { timeout: self.connect_timeout, tls, ..dial };
        Ok((Server { address: place.address, dial, username, password }, locked))
    }

    /// Whether the options say who to be.
    const fn has_login(&self) -> bool {
        let has_password = self.password.is_some() || self.password_file.is_some();
        self.username.is_some() || has_password || self.ask_password
    }

    /// The secret of a login by options, which may take it from a variable.
    fn explicit_password(&self, variables: Variables<'_>) -> Result<Option<Secret>, Error> {
        match (&self.password, &self.password_file) {
            (Some(password), _) => Ok(Some(password.clone())),
            (None, Some(path)) => password_of(path).map(Some),
            // In its place, so that all else is checked before anybody is asked.
            (None, None) if self.ask_password => Ok(Some(Secret::new(""))),
            (None, None) if self.has_login() => variables.password(),
            (None, None) => Ok(None),
        }
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
    check_length("the client id", id.as_bytes())?;
    let payload = settings.will.as_ref().map(|will| will.payload.as_slice()).unwrap_or_default();
    check_length("the will's payload", payload)?;
    for Server { username, password, .. } in settings.servers() {
        check_length("the user name", username.as_deref().unwrap_or_default().as_bytes())?;
        check_length("the password", password.as_ref().map(Secret::expose).unwrap_or_default())?;
        let alone = password.is_some() && username.is_none();
        if alone && settings.version.is_some_and(|version| !version.is_v5()) {
            return Err(Error::PasswordAlone);
        }
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

fn check_length(what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    u16::try_from(bytes.len()).map(|_| ()).map_err(|_| Error::TooLong { what })
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
