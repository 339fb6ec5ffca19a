//! What a manual page says beside the options; each command holds its own part.

/// The sections of a command's page.
#[derive(Debug, Clone, Copy)]
pub struct Manual {
    /// Command lines, as `--help` shows them too; behind two spaces may stand what one is for.
    pub examples: &'static str,
    /// Paragraphs behind them.
    pub notes: &'static str,
    /// Exit codes and what they mean, as [`rows`](crate::text::rows) reads them, like all below.
    pub exit_status: &'static str,
    /// Variables that are read.
    pub environment: &'static str,
    /// Files that are read or written without being named by an option.
    pub files: &'static str,
    /// Whether mosquitto has such a program, which this one is compared with.
    pub tool: Option<crate::options::Tool>,
}

/// How every client ends.
pub(super) const CLIENT_EXIT_STATUS: &str = "\
0 | Done; also when nobody reads standard output any more.
1 | Failed at run time, or a named file is unreadable.
2 | Usage: a bad option or value, a wildcard in a topic to publish to.
3 | Name lookup, connection or TLS failed, or the link was lost and not to be retried.
4 | The broker refused: the connection, all subscriptions, a message; or another client took over \
    the client id.
5 | A time limit passed.
128+n | Ended by signal n, in the eyes of a shell; SIGINT and SIGTERM disconnect first.
";

/// What every client reads of the environment. Host, port, TLS and login come whole from one
/// source: the options, else `MQTT_URL`, else `MQTT_HOST` and its like.
pub(super) const CLIENT_ENVIRONMENT: &str = "\
MQTT_URL | The broker, in one word: mqtt://[user[:password]@]host[:port][/topic]. Not used with \
    -h, -L or --unix.
MQTT_HOST, MQTT_PORT | The broker, where there is no MQTT_URL.
MQTT_USERNAME, MQTT_PASSWORD, MQTT_PASSWORD_FILE \
    | The login; of the file the first line. Not used with -h or -L, but an explicit -u takes the \
    password.
MQTT_CLIENT_ID | The client id.
MQTT_CAFILE, MQTT_CAPATH, MQTT_CERT, MQTT_KEY | Whom to trust and who to be, with TLS.
MQTT_VERSION, MQTT_KEEPALIVE | As -V and -k.
NO_COLOR | No colour in messages on a terminal.
";

/// Clients read and write no file that no option names.
pub(super) const CLIENT_FILES: &str = "\
none | No file is read that no option or variable names. Under mosquitto's names the option files \
    of mosquitto's clients are read.
";
