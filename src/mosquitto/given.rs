//! What was given, option by option, before anything is made of it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::client::PacketProperties;
use crate::codec::{Qos, RetainHandling, Version};
use crate::net::TlsVersions;
use crate::record::Format;
use crate::secret::Secret;

use crate::options::Tool;

/// The sum of option file and command line. Scalars hold the last value, lists all.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Given {
    /// Whose options they are.
    pub(super) tool: Tool,
    /// `-h`, `-L`.
    pub(super) host: Option<String>,
    /// `-p`, `-L`.
    pub(super) port: Option<u16>,
    /// `--unix`.
    pub(super) unix: Option<PathBuf>,
    /// `-A`.
    pub(super) bind: Option<String>,
    /// `-S`.
    pub(super) service_lookup: bool,
    /// `--nodelay`.
    pub(super) no_delay: bool,
    /// `--ws`.
    pub(super) websocket: bool,
    /// `--proxy`.
    pub(super) proxy: Option<Secret>,
    /// `-u`, `-L`.
    pub(super) username: Option<String>,
    /// `-P`, `-L`.
    pub(super) password: Option<Secret>,
    /// `-i`.
    pub(super) id: Option<String>,
    /// `-I`.
    pub(super) id_prefix: Option<String>,
    /// `-k`.
    pub(super) keep_alive: Option<u16>,
    /// `-c`.
    pub(super) lasting: bool,
    /// `-x`, `u32::MAX` for ever.
    pub(super) session_expiry: Option<u32>,
    /// `-V`, `-x`, `-D`: the last of them.
    pub(super) version: Option<Version>,
    /// `-D`.
    pub(super) properties: PacketProperties,
    /// The packets of `-D`, in small letters, that have twice what they may have once.
    pub(super) repeated_in: Vec<String>,
    /// `-q`.
    pub(super) qos: Qos,
    /// `-M`.
    pub(super) window: Option<u16>,
    /// `--will-topic`.
    pub(super) will_topic: Option<String>,
    /// `--will-payload`.
    pub(super) will_payload: Option<OsString>,
    /// `--will-qos`.
    pub(super) will_qos: Qos,
    /// `--will-retain`.
    pub(super) will_retain: bool,
    /// `-d`.
    pub(super) debug: bool,
    /// `--quiet`.
    pub(super) quiet: bool,
    /// The TLS options.
    pub(super) tls: Tls,
    /// `-t` of pub and rr, `-L`.
    pub(super) topic: Option<String>,
    /// `-f -l -m -n -s`.
    pub(super) message: Option<Message>,
    /// `-r`.
    pub(super) retain: bool,
    /// `--repeat`.
    pub(super) repeat: Option<u64>,
    /// `--repeat-delay`, seconds.
    pub(super) repeat_delay: f64,
    /// `-t` of sub, `-L`.
    pub(super) filters: Vec<String>,
    /// `-U`.
    pub(super) unsubscribe: Vec<String>,
    /// `-T`.
    pub(super) filter_out: Vec<String>,
    /// `-C`.
    pub(super) count: Option<u64>,
    /// `-W`, seconds.
    pub(super) timeout: Option<u64>,
    /// `-E`.
    pub(super) only_subscribe: bool,
    /// `-R`.
    pub(super) no_retained: bool,
    /// `--retained-only`.
    pub(super) retained_only: bool,
    /// `--remove-retained`.
    pub(super) remove_retained: bool,
    /// `--retain-as-published`.
    pub(super) retain_as_published: bool,
    /// `--retain-handling`.
    pub(super) retain_handling: Option<RetainHandling>,
    /// `--random-filter`, percent.
    pub(super) random_filter: Option<f64>,
    /// `--message-rate`.
    pub(super) message_rate: bool,
    /// `-w`.
    pub(super) watch: bool,
    /// `-v`.
    pub(super) verbose: bool,
    /// `-N`.
    pub(super) no_newline: bool,
    /// `-F`.
    pub(super) format: Option<Format>,
    /// `--pretty`.
    pub(super) pretty: bool,
    /// `-e`.
    pub(super) response_topic: Option<String>,
    /// `--latency`.
    pub(super) latency: bool,
}

/// The TLS options.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Tls {
    pub(super) cafile: Option<PathBuf>,
    pub(super) capath: Option<PathBuf>,
    pub(super) os_certs: bool,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) key_form: Option<OsString>,
    pub(super) engine: Option<OsString>,
    pub(super) engine_pass: Option<OsString>,
    pub(super) versions: Option<TlsVersions>,
    pub(super) wrong_version: bool,
    pub(super) alpn: Option<String>,
    pub(super) ciphers: Option<String>,
    pub(super) insecure: bool,
    pub(super) key_log: Option<PathBuf>,
    pub(super) off: bool,
    pub(super) psk: Option<Secret>,
    pub(super) psk_identity: Option<OsString>,
}

/// Where a message comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    Text(OsString),
    File(PathBuf),
    Stdin,
    Lines,
    Nothing,
}

impl Given {
    /// Nothing yet.
    pub(super) fn new(tool: Tool) -> Self {
        Self { tool, ..Self::default() }
    }

    /// The version to speak.
    pub(super) fn spoken_version(&self) -> Version {
        let usual = if self.tool == Tool::Request { Version::V5 } else { Version::V311 };
        self.version.unwrap_or(usual)
    }
}
