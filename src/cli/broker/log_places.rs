//! The places that a log in mosquitto's form goes to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::cli::output::{self, Feed};
use crate::options::log::{Destination, Kind, Log};

/// All places of one log.
#[derive(Debug, Default)]
pub(super) struct Places {
    stderr: bool,
    /// Its thread stays, whether anything goes there now or not.
    stdout: Option<Arc<Feed>>,
    to_stdout: bool,
    file: Option<File>,
    system: Option<SystemLog>,
    /// The broker's own topics, which whoever has the log sends lines to.
    pub(super) topics: bool,
}

impl Places {
    /// Standard error alone, for what is said before anything is open.
    pub(super) fn standard() -> Self {
        Self { stderr: true, ..Self::default() }
    }

    /// Opens what the settings name; a file anew, which somebody may have put aside. `before` are
    /// the places that the log had so far.
    pub(super) fn open(settings: &Log, before: &Self) -> anyhow::Result<Self> {
        let mut places = Self { stdout: before.stdout.clone(), ..Self::default() };
        for destination in &settings.destinations {
            match destination {
                Destination::Stderr => places.stderr = true,
                Destination::Stdout => {
                    if places.stdout.is_none() {
                        let feed = Feed::on_stdout().context("cannot write to standard output")?;
                        places.stdout = Some(Arc::new(feed));
                    }
                    places.to_stdout = true;
                }
                Destination::File(path) => {
                    let file = append(path)
                        .with_context(|| format!("cannot write the log {}", path.display()))?;
                    places.file = Some(file);
                }
                Destination::Syslog => {
                    let system = SystemLog::open(settings.facility);
                    places.system = Some(system.context("cannot reach the system's log")?);
                }
                Destination::Topics => places.topics = true,
            }
        }
        Ok(places)
    }

    /// Writes a line, with the `time` in front where there is one. Nobody is left to be told what a
    /// place does not take.
    pub(super) fn write(&self, kind: Kind, time: &str, text: &str) {
        if self.stderr {
            output::plain(&format!("{time}{text}"));
        }
        let stdout = self.stdout.as_ref().filter(|_| self.to_stdout);
        if stdout.is_none() && self.file.is_none() && self.system.is_none() {
            return;
        }
        let line = format!("{time}{text}\n");
        if let Some(feed) = stdout {
            feed.put(line.as_bytes());
        }
        if let Some(mut file) = self.file.as_ref() {
            drop(file.write_all(line.as_bytes()));
        }
        if let Some(system) = &self.system {
            system.send(kind, text);
        }
    }
}

/// The end of a file, which nobody but its owner and group can read: it says who comes from where.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path)
}

/// The system's log.
#[cfg(unix)]
#[derive(Debug)]
struct SystemLog {
    socket: std::os::unix::net::UnixDatagram,
    facility: u8,
}

#[cfg(unix)]
impl SystemLog {
    /// Where every Unix has it.
    const PLACE: &str = "/dev/log";
    /// What is of no other part.
    const DAEMON: u8 = 3;
    /// The first of the eight that are free.
    const LOCAL0: u8 = 16;
    /// Before its number a line has the facility in eights, and the severity.
    const SEVERITIES: u8 = 8;

    fn open(facility: Option<u8>) -> io::Result<Self> {
        let socket = std::os::unix::net::UnixDatagram::unbound()?;
        socket.connect(Self::PLACE)?;
        // A log that stalls is no reason to serve nobody.
        socket.set_nonblocking(true)?;
        let local = facility.map(|number| Self::LOCAL0.saturating_add(number));
        Ok(Self { socket, facility: local.unwrap_or(Self::DAEMON) })
    }

    /// How much a line matters, as the system's log counts it.
    const fn severity(kind: Kind) -> u32 {
        match kind {
            Kind::Error => 3,
            Kind::Warning => 4,
            Kind::Notice | Kind::Subscribe | Kind::Unsubscribe => 5,
            Kind::Information => 6,
            Kind::Debug => 7,
        }
    }

    fn send(&self, kind: Kind, text: &str) {
        let priority =
            u32::from(self.facility) * u32::from(Self::SEVERITIES) + Self::severity(kind);
        let line = format!("<{priority}>mosquitto[{}]: {text}", std::process::id());
        // Whatever it does not take is in no other place either.
        let _ = self.socket.send(line.as_bytes());
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct SystemLog;

#[cfg(not(unix))]
impl SystemLog {
    fn open(_facility: Option<u8>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn send(&self, _kind: Kind, _text: &str) {}
}
