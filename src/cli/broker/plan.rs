//! What a broker is made of, and where that is read again.

use std::path::{Path, PathBuf};

use super::access::Access;
use super::secure;
use crate::broker::{self, ListenerOptions};
use crate::mosquitto::config_file::{self, Defaults};
use crate::net::ListenAddress;
use crate::options::{self, Certificates, Configured, Login};

/// The options of a configuration file.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct Config {
    /// Take listeners, users, rules and limits from this file, which is written as mosquitto.conf is.
    /// SIGHUP reads it again, with the files that it names
    #[arg(short, long, alias = "config-file", value_name = "FILE")]
    #[arg(conflicts_with_all = ["user", "password_file", "allow_anonymous", "acl", "acl_file"])]
    config: Option<PathBuf>,
    /// Read the configuration and all files that it names, tell what is wrong with them, and end
    #[arg(long, requires = "config")]
    pub(super) test_config: bool,
}

/// What a broker is made of: what does not change, and what is read again at SIGHUP.
#[derive(Debug)]
pub(super) struct Plan {
    /// What the options say, without what stands in files.
    options: options::Broker,
    source: Source,
    /// Made on the spot; their files go with the plan.
    certificates: Option<Certificates>,
}

/// Where the rest stands.
#[derive(Debug)]
enum Source {
    /// In a configuration file.
    File(PathBuf, Box<Defaults>),
    /// In options that say who is let in, and in the files that they name.
    Options(Box<Access>),
}

/// A plan that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) options: options::Broker,
    pub(super) broker: broker::Options,
    /// The login of the first user, for a command.
    pub(super) login: Option<Login>,
    /// What is probably not meant.
    pub(super) warnings: Vec<String>,
}

impl Plan {
    pub(super) fn new(options: options::Broker, config: Config, access: Access) -> Self {
        let source = match config.config {
            Some(path) => Source::File(path, Box::default()),
            None => Source::Options(Box::new(access)),
        };
        Self { options, source, certificates: None }
    }

    /// The plan of a broker for everybody on this machine, with these defaults.
    pub(super) fn plain(options: options::Broker, defaults: &Defaults) -> Self {
        let address = ListenAddress::Loopback { port: 0 };
        let other =
            ListenerOptions { policy: defaults.policy.clone(), ..ListenerOptions::new(address) };
        let limits = defaults.limits.clone();
        let configured = Some(Configured { listeners: Vec::new(), other, limits, open_by: None });
        let options = options::Broker { configured, ..options };
        Self { options, source: Source::Options(Box::default()), certificates: None }
    }

    /// The plan of a configuration file, with these defaults.
    pub(super) fn of_file(options: options::Broker, path: PathBuf, defaults: Defaults) -> Self {
        Self { options, source: Source::File(path, Box::new(defaults)), certificates: None }
    }

    /// Makes what is to be made once, and not at each reading.
    pub(super) fn prepare(&mut self) -> anyhow::Result<()> {
        self.certificates = self.options.certify()?;
        Ok(())
    }

    /// What was made for it.
    pub(super) const fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// The file that says it all, if there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path, _) => Some(path),
            Source::Options(_) => None,
        }
    }

    /// Whether anything of it stands in a file, and so can be read again.
    pub(super) fn has_files(&self) -> bool {
        match &self.source {
            Source::File(..) => true,
            Source::Options(access) => access.has_files() || self.options.secured.has_files(),
        }
    }

    /// Reads all files. One that is wrong in any part lets nobody in: it is an error.
    pub(super) fn read(&self) -> anyhow::Result<Read> {
        let mut options = self.options.clone();
        let mut warnings: Vec<_> = match &self.source {
            Source::File(path, defaults) => {
                let file = config_file::read(path, defaults)?;
                options.configured = Some(file.broker);
                options.log = file.log;
                options.pid_file = options.pid_file.or(file.pid_file);
                options.user = file.user.or(options.user);
                file.warnings.iter().map(ToString::to_string).collect()
            }
            Source::Options(access) => access.fill(&mut options)?,
        };
        let (mut broker, login) = options.resolve()?;
        options.secure(&mut broker, self.certificates())?;
        warnings.extend(secure::warnings(&options.secured, &broker.listeners));
        Ok(Read { options, broker, login, warnings })
    }
}
