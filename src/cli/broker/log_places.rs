//! The places that a log in mosquitto's form goes to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use crate::cli::output::{self, Feed};
use crate::options::log::{Destination, Kind, Log};
use crate::text::escape_line;

/// All places of one log.
#[derive(Debug, Default)]
pub(super) struct Places {
    stderr: bool,
    stdout: Option<Feed>,
    file: Option<(PathBuf, Mutex<File>)>,
    system: Option<SystemLog>,
}

impl Places {
    /// Standard error alone, for what is said before anything is open.
    pub(super) fn standard() -> Self {
        Self { stderr: true, ..Self::default() }
    }

    /// Opens what the settings name.
    pub(super) fn open(settings: &Log) -> anyhow::Result<Self> {
        let mut places = Self::default();
        for destination in &settings.destinations {
            match destination {
                Destination::Stderr => places.stderr = true,
                Destination::Stdout => {
                    let feed = Feed::on_stdout().context("cannot write to standard output")?;
                    places.stdout = Some(feed);
                }
                Destination::File(path) => {
                    let file = append(path)
                        .with_context(|| format!("cannot write the log {}", path.display()))?;
                    places.file = Some((path.clone(), Mutex::new(file)));
                }
                Destination::Syslog => {
                    let system = SystemLog::open(settings.facility);
                    places.system = Some(system.context("cannot reach the system's log")?);
                }
            }
        }
        Ok(places)
    }

    /// Opens the file anew, which somebody may have put aside. One that cannot be opened changes
    /// nothing.
    pub(super) fn reopen(&self) -> anyhow::Result<()> {
        if let Some((path, file)) = &self.file {
            let fresh =
                append(path).with_context(|| format!("cannot write the log {}", path.display()))?;
            *file.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Ok(())
    }

    /// Writes a line, with the `time` in front where there is one. Whatever is in it, it stays one
    /// line. Nobody is left to be told what a place does not take.
    pub(super) fn write(&self, kind: Kind, time: &str, text: &str) {
        let text = escape_line(text);
        if self.stderr {
            output::plain(&format!("{time}{text}"));
        }
        if self.stdout.is_none() && self.file.is_none() && self.system.is_none() {
            return;
        }
        let line = format!("{time}{text}\n");
        if let Some(feed) = &self.stdout {
            feed.put(line.as_bytes());
        }
        if let Some((_, file)) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            drop(file.write_all(line.as_bytes()));
        }
        if let Some(system) = &self.system {
            system.send(kind, &text);
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
