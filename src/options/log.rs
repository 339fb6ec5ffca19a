//! Where a broker's log goes, what is in it, and how its lines begin.

use std::path::PathBuf;

/// What was asked for. The default is that of mosquitto: errors, warnings, notices and information
/// on standard error, each line with the seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Where lines go; nowhere when there is none.
    pub destinations: Vec<Destination>,
    /// Which lines.
    pub types: Types,
    /// Whether each line begins with the time.
    pub timestamp: bool,
    /// The time's form, as `strftime` has it; seconds since 1970 without one.
    pub format: Option<String>,
    /// The part of the system's log, `local0` to `local7`; `daemon` without one.
    pub facility: Option<u8>,
    /// Whether clients that come and go are among the notices.
    pub connections: bool,
}

/// A place that lines go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The system's log.
    Syslog,
    /// The end of a file, which is opened anew at SIGHUP.
    File(PathBuf),
    /// The broker's own topics, `$SYS/broker/log/N` and the like; lines about packets do not go
    /// there.
    Topics,
}

/// The kinds of lines that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types {
    /// What keeps the broker from doing its part.
    pub error: bool,
    /// What is probably not meant.
    pub warning: bool,
    /// Who comes and goes, and the broker's own start and end.
    pub notice: bool,
    /// What is good to know.
    pub information: bool,
    /// Packets.
    pub debug: bool,
    /// Subscriptions made.
    pub subscribe: bool,
    /// Subscriptions given up.
    pub unsubscribe: bool,
    /// The work of WebSocket listeners.
    pub websockets: bool,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What keeps the broker from doing its part.
    Error,
    /// What is probably not meant.
    Warning,
    /// Who comes and goes.
    Notice,
    /// What is good to know.
    Information,
    /// Packets.
    Debug,
    /// A subscription made.
    Subscribe,
    /// A subscription given up.
    Unsubscribe,
}

impl Types {
    /// Whether lines of a kind are among them.
    pub const fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Error => self.error,
            Kind::Warning => self.warning,
            Kind::Notice => self.notice,
            Kind::Information => self.information,
            Kind::Debug => self.debug,
            Kind::Subscribe => self.subscribe,
            Kind::Unsubscribe => self.unsubscribe,
        }
    }

    /// Nothing.
    pub const NONE: Self = Self {
        error: false,
        warning: false,
        notice: false,
        information: false,
        debug: false,
        subscribe: false,
        unsubscribe: false,
        websockets: false,
    };

    /// Everything.
    pub const ALL: Self = Self {
        error: true,
        warning: true,
        notice: true,
        information: true,
        debug: true,
        subscribe: true,
        unsubscribe: true,
        websockets: true,
    };

    /// What is logged when nothing else was asked for.
    pub const USUAL: Self =
        Self { error: true, warning: true, notice: true, information: true, ..Self::NONE };
}

impl Log {
    /// One that says nothing.
    pub fn silent() -> Self {
        Self { destinations: Vec::new(), ..Self::default() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            destinations: vec![Destination::Stderr],
            types: Types::USUAL,
            timestamp: true,
            format: None,
            facility: None,
            connections: true,
        }
    }
}
