//! What the listeners of a configuration come to.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use super::draft::{Block, Draft, Family, Security};
use super::entry::{Named, NoEntrance};
use super::{ConfigError, ConfigFile, Warning};
use crate::broker::access::Who;
use crate::broker::{Access, CertificateUser, ListenerOptions, Policy};
use crate::mosquitto::lines::{At, FileError};
use crate::mosquitto::{acl_file, changed_by_others, password_file};
use crate::net::ListenAddress;
use crate::options::Configured;

/// MQTT's port.
const MQTT_PORT: u16 = 1883;

/// The files of who is let in, each read once.
type Known = Vec<(Security, Arc<Access>)>;

impl Draft {
    /// Reads the files that say who may do what, and puts the listeners together.
    pub(super) fn finish(mut self) -> Result<ConfigFile, ConfigError> {
        let general = std::mem::take(&mut self.general);
        let mut blocks = std::mem::take(&mut self.listeners);
        let has_own = general.port.is_some() || general.host.is_some();
        if let Some((path, line, key)) = general.given.clone()
            && !has_own
            && !blocks.is_empty()
        {
            let why = format!("{key}: it stands before every listener, and so is about none");
            return Err(ConfigError::Config(FileError { path, at: At::Line(line, why) }));
        }
        // With an address of their own to serve at, listeners are for others than this machine.
        let is_local = !has_own && blocks.is_empty();
        let security = general.security.clone();
        let mut known = Known::new();
        let other = ListenerOptions {
            address: ListenAddress::Loopback { port: MQTT_PORT },
            ..self.listener(&general, &security, is_local, &mut known)?
        };
        if has_own {
            blocks.push(general);
        }
        let mut listeners = Vec::with_capacity(blocks.len());
        for block in blocks {
            let security = if self.is_per_listener { &block.security } else { &security };
            let security = security.clone();
            listeners.push(self.listener(&block, &security, false, &mut known)?);
        }
        self.log.destinations = self.destinations.unwrap_or(self.log.destinations);
        self.log.types = self.types.unwrap_or(self.log.types);
        Ok(ConfigFile {
            broker: Configured { listeners, other, limits: self.limits, open_by: self.open_by },
            log: self.log,
            pid_file: self.pid_file,
            user: self.user,
            warnings: self.warnings,
        })
    }

    fn listener(
        &mut self,
        block: &Block,
        security: &Security,
        is_local: bool,
        known: &mut Known,
    ) -> Result<ListenerOptions, ConfigError> {
        // What has no line of its own is where the first of its keys stands.
        let (path, line) = match &block.given {
            Some((path, line, _)) if block.place.1 == 0 => (path, *line),
            _ => (&block.place.0, block.place.1),
        };
        let wrong =
            |why| ConfigError::Config(FileError { path: path.clone(), at: At::Line(line, why) });
        let address = address(block).map_err(wrong)?;
        let entrance = match block.entry.entrance(self.key_log.as_deref()) {
            Ok(entrance) => entrance,
            Err(NoEntrance::Wrong(why)) => return Err(wrong(why)),
            Err(NoEntrance::File((path, line), why)) => {
                return Err(ConfigError::Secured(FileError { path, at: At::Line(line, why) }));
            }
            Err(NoEntrance::Files(why)) => {
                let at = At::Line(line, why);
                return Err(ConfigError::Secured(FileError { path: path.clone(), at }));
            }
        };
        if let Some(named) = block.entry.open_key() {
            let (path, line) = (named.place.0.clone(), Some(named.place.1));
            let text = format!(
                "keyfile: everybody on this machine can read {key}: chmod o-r it",
                key = named.path.display()
            );
            self.warnings.push(Warning { path, line, text });
        }
        let anonymous = block.anonymous_here.or(security.allow_anonymous).unwrap_or(is_local);
        let access = match known.iter().find(|(other, _)| other == security) {
            Some((_, access)) => Arc::clone(access),
            None => {
                let access = Arc::new(self.access(security).map_err(|file| self.unusable(file))?);
                known.push((security.clone(), Arc::clone(&access)));
                access
            }
        };
        let is_closed = !anonymous && !access.has_users();
        if is_closed && block.place.1 > 0 && block.entry.user == CertificateUser::Nothing {
            let (path, line) = (path.clone(), Some(line));
            let text = "nobody is let in: allow_anonymous is false, and there is no password_file";
            self.warnings.push(Warning { path, line, text: text.to_owned() });
        }
        let anonymous = Some(anonymous);
        let certificate_user = block.entry.user;
        let mut policy = Policy { access, certificate_user, anonymous, ..self.policy.clone() };
        for term in self.everywhere.iter().chain(&block.here) {
            term(&mut policy);
        }
        Ok(ListenerOptions { address, policy, entrance })
    }

    /// Reads who may do what.
    fn access(&mut self, security: &Security) -> Result<Access, FileError> {
        let mut access = Access::default();
        if let Some(path) = &security.password_file {
            for (name, password) in password_file::read(path)? {
                access.add_user(&name, password);
            }
            for warning in password_file::warnings(path) {
                self.warn(path, warning.to_owned());
            }
        }
        if let Some(path) = &security.acl_file {
            let mut told = Vec::new();
            let rules = acl_file::read(path)?;
            for warning in changed_by_others(path) {
                self.warn(path, warning.to_owned());
            }
            for rule in rules {
                if let Who::User(name) = &rule.who
                    && access.has_users()
                    && !access.has_user(name)
                    && !told.contains(name)
                {
                    told.push(name.clone());
                    let text = format!("it has rules for user {name:?}, and there is no such user");
                    self.warn(path, text);
                }
                access.add_rule(rule);
            }
        }
        Ok(access)
    }

    /// With the line that names the file, where the file itself has none to tell.
    fn unusable(&self, file: FileError) -> ConfigError {
        let is_it = |named: &&Named| named.path == file.path && !matches!(file.at, At::Line(..));
        let by = self.named.iter().find(is_it).map(|Named { key, place: (path, line), .. }| {
            format!("{path}, line {line}: {key}", path = path.display())
        });
        ConfigError::Named { file, by }
    }

    /// Once, however many listeners name the file.
    fn warn(&mut self, path: &Path, text: String) {
        let warning = Warning { path: path.to_owned(), line: None, text };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Where a listener listens.
fn address(block: &Block) -> Result<ListenAddress, String> {
    if let Some(path) = &block.unix {
        return Ok(ListenAddress::Unix(path.clone()));
    }
    let port = block.port.unwrap_or(MQTT_PORT);
    let literal = block.host.as_deref().and_then(|host| host.parse::<IpAddr>().ok());
    let host = match (&block.host, block.family, literal) {
        (None, None, _) => "*".to_owned(),
        (None, Some(Family::V4), _) => "0.0.0.0".to_owned(),
        (None, Some(Family::V6), _) => "::".to_owned(),
        (Some(host), None, _)
        | (Some(host), Some(Family::V4), Some(IpAddr::V4(_)))
        | (Some(host), Some(Family::V6), Some(IpAddr::V6(_))) => host.clone(),
        (Some(host), Some(_), _) => {
            return Err(format!(
                "socket_domain and {host:?} do not go together: give an address of the family that \
                 is meant, and leave socket_domain out"
            ));
        }
    };
    Ok(ListenAddress::Tcp { host, port })
}
