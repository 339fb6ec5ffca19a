//! A broker to run.

mod certificates;
mod secured;
mod watch;

pub use self::certificates::Certificates;
pub use self::secured::Secured;
pub use self::watch::{Events, Expectation, Watch};

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::NON_ALPHANUMERIC;

use super::access::{self, User};
use super::connect::password_line;
use super::{Configured, Error, Log};
use crate::broker::access::Rule;
use crate::broker::{self, Access, CertificateUser, Limits, ListenerOptions, OnFull, Policy};
use crate::net::ListenAddress;
use crate::secret::Secret;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Broker {
    /// The port; 0 picks a free one. Without one: 1883, or 0 when a command is to be run, unless a
    /// configuration has listeners.
    pub port: Option<u16>,
    /// More ports, at the loopback addresses.
    pub more_ports: Vec<u16>,
    /// The ports count only where a configuration has no listener.
    pub ports_give_way: bool,
    /// Where to listen instead of the loopback addresses.
    pub bind: Option<String>,
    /// A Unix socket to listen at, beside the port when one is given.
    pub unix: Option<PathBuf>,
    /// Ports of TLS and WebSocket.
    pub secured: Secured,
    /// What a full queue does.
    pub on_full: OnFull,
    /// Who may log in; nobody has to as long as there is nobody who can.
    pub users: Vec<User>,
    /// Whether who does not log in is let in although there are users.
    pub allow_anonymous: bool,
    /// What may be done; everything as long as there is no rule.
    pub rules: Vec<Rule>,
    /// Users and rules that came from files.
    pub access: Access,
    /// What a configuration file says; then no user and no rule comes from elsewhere.
    pub configured: Option<Configured>,
    /// Where its log goes.
    pub log: Log,
    /// Whom to be once all is open, when started by the superuser.
    pub user: Option<String>,
    /// How often its own state is published, zero for never; `None`: as the limits have it.
    pub sys_interval: Option<Duration>,
    /// Bytes that it may hold, `usize::MAX` for any number; `None`: as the limits have it.
    pub memory_limit: Option<usize>,
    /// Where its metrics are served.
    pub metrics: Option<ListenAddress>,
    /// A file that is put in place with the ready lines.
    pub ready_file: Option<PathBuf>,
    /// Whether the broker ends when standard input does.
    pub until_stdin_ends: bool,
    /// A file that holds the number of the process while it serves.
    pub pid_file: Option<PathBuf>,
    /// Whether this process is to leave the terminal once it listens.
    pub background: bool,
    /// JSON Lines of messages that are retained before anybody comes.
    pub retain_file: Option<PathBuf>,
    /// What is told and kept.
    pub watch: Watch,
    /// A command to run while the broker serves, and its arguments.
    pub command: Vec<OsString>,
}

/// MQTT's port.
const MQTT_PORT: u16 = 1883;

impl Broker {
    /// What the broker takes, and the login of the first user for a command to use.
    pub fn resolve(&self) -> Result<(broker::Options, Option<Login>), Error> {
        if let Some(configured) = &self.configured {
            return Ok((configured.resolve(self), None));
        }
        let users = self.users.iter().map(|user| Ok((user.name.clone(), user.password()?)));
        let users = users.collect::<Result<Vec<_>, Error>>()?;
        // Where certificates name users, nobody knows all of them.
        let knows_all = self.secured.certificate_user == CertificateUser::Nothing;
        let mut access = access::resolve(self.access.clone(), &users, &self.rules, knows_all)?;
        if self.allow_anonymous {
            access.allow_anonymous();
        }
        let login = users.into_iter().next().map(|(name, password)| Login { name, password });
        let policy = Policy { access: Arc::new(access), ..Policy::default() };
        let address = ListenAddress::Loopback { port: MQTT_PORT };
        let other = ListenerOptions { policy, ..ListenerOptions::new(address) };
        let (listeners, limits) = (Vec::new(), Limits::default());
        let configured = Configured { listeners, other, limits, open_by: None };
        Ok((configured.resolve(self), login))
    }

    fn at(&self, port: u16) -> ListenAddress {
        match &self.bind {
            Some(host) => ListenAddress::Tcp { host: host.clone(), port },
            None => ListenAddress::Loopback { port },
        }
    }

    /// Where it listens, beside the places that a configuration has.
    pub(super) fn listen(&self, beside_others: bool) -> Vec<ListenAddress> {
        let port = self.port.unwrap_or(if self.command.is_empty() { MQTT_PORT } else { 0 });
        let tcp = self.at(port);
        let is_asked = self.port.is_some() || self.bind.is_some();
        // A command is told of a port, whatever else there is.
        let is_usual = !beside_others && (self.unix.is_none() || !self.command.is_empty());
        let tcp = (is_asked || is_usual).then_some(tcp);
        let more = self.more_ports.iter().map(|port| ListenAddress::Loopback { port: *port });
        let unix = self.unix.clone().map(ListenAddress::Unix);
        tcp.into_iter().chain(more).chain(unix).collect()
    }
}

/// A name and its password.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

impl Login {
    /// `NAME:PASSWORD@`, as it stands in a URL before the host.
    pub fn for_url(&self) -> String {
        let encode = |bytes| percent_encoding::percent_encode(bytes, NON_ALPHANUMERIC);
        format!("{}:{}@", encode(self.name.as_bytes()), encode(self.password.expose()))
    }

    /// The password as the value of a variable. What is not UTF-8 is changed where variables are
    /// text.
    pub fn password_text(&self) -> OsString {
        let bytes = self.password.expose().to_vec();
        #[cfg(unix)]
        return std::os::unix::ffi::OsStringExt::from_vec(bytes);
        #[cfg(not(unix))]
        String::from_utf8_lossy(&bytes).into_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listens(broker: &Broker) -> Vec<ListenAddress> {
        broker.listen(false)
    }

    #[test]
    fn a_broker_for_a_command_takes_a_free_port_unless_one_is_given() {
        let plain = Broker::default();
        assert_eq!(listens(&plain), [ListenAddress::Loopback { port: 1883 }]);
        let command = Broker { command: vec!["true".into()], ..Broker::default() };
        assert_eq!(listens(&command), [ListenAddress::Loopback { port: 0 }]);
        let chosen = Broker { port: Some(7), ..command };
        assert_eq!(listens(&chosen), [ListenAddress::Loopback { port: 7 }]);
    }

    #[test]
    fn a_unix_socket_alone_opens_no_port() {
        let unix = Broker { unix: Some("/run/mq".into()), ..Broker::default() };
        assert_eq!(listens(&unix), [ListenAddress::Unix("/run/mq".into())]);
        let both = Broker { port: Some(0), ..unix };
        assert_eq!(listens(&both).len(), 2);
    }

    #[test]
    fn the_first_users_login_is_for_the_command() {
        let users = ["alice:pw", "bob:other"].map(|text| User::parse(&Secret::new(text)).unwrap());
        let (options, login) =
            Broker { users: users.into(), ..Broker::default() }.resolve().unwrap();
        assert!(options.listeners.iter().all(|one| !one.policy.access.admits_anybody()));
        assert_eq!(login.map(|login| login.name), Some("alice".to_owned()));
    }
}
