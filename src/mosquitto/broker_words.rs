//! The command line of `mosquitto` itself.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::PathBuf;

use super::LIKE;

/// The most ports that mosquitto takes.
const MOST_PORTS: usize = 10;

/// What is to be served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerWords {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// Ports on this machine, where the configuration has no listener.
    pub ports: Vec<u16>,
    /// In the background.
    pub in_background: bool,
    /// Everything is logged, whatever the configuration says.
    pub logs_all: bool,
    /// Nothing is.
    pub logs_nothing: bool,
    /// The configuration is only tested.
    pub tests_config: bool,
    /// A file that the secrets of TLS connections are appended to.
    pub key_log: Option<PathBuf>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerAsked {
    /// Serve.
    Serve(BrokerWords),
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

/// What is wrong with the words, as mosquitto puts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerWrong {
    /// There is no such option; said as it is, with the help behind it.
    Unknown(String),
    /// Said in the log.
    Said(String),
}

/// One option: its names, its value if it takes one, what it does.
type Option3 = (&'static [&'static str], Option<&'static str>, &'static str);

/// Every option.
pub const BROKER_OPTIONS: &[Option3] = &[
    (&["-c", "--config-file"], Some("FILE"), "Take listeners, users, rules and limits from FILE."),
    (&["-d", "--daemon"], None, "Go to the background."),
    (
        &["-p", "--port"],
        Some("PORT"),
        "Listen at PORT on this machine, unless FILE has a listener; up to ten times.",
    ),
    (&["-q", "--quiet"], None, "Log nothing, whatever FILE says."),
    (&["-v", "--verbose"], None, "Log everything, whatever FILE says."),
    (&["--test-config"], None, "Test FILE, and end: 0 when it can be served."),
    (
        &["--tls-keylog"],
        Some("FILE"),
        "Append the secrets of TLS connections to FILE, for who analyses captured packets.",
    ),
    (&["-h", "--help"], None, "Print this, and end with 3."),
    (&["--version"], None, "Print the version, and end."),
];

/// What the broker is, in a few words.
pub const BROKER_PURPOSE: &str = "a broker for MQTT 3.1, 3.1.1 and 5.0";

/// The exit codes, as the manual page explains them.
pub const BROKER_EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Ended by SIGINT or SIGTERM; --test-config found nothing wrong; --version."),
    ("1", "Cannot serve: a port is taken, a certificate or a place of the log cannot be used."),
    ("3", "Wrong options, a configuration that is wrong or cannot be read, --help."),
    ("13", "A file of users or rules cannot be read."),
];

/// What of the environment is read; none of mq's variables is.
pub const BROKER_ENVIRONMENT: &[(&str, &str)] = &[(
    "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
    "Set by systemd for a service of Type=notify: it is told when the broker listens, when it \
     stops, and that it lives.",
)];

/// What it reads and writes.
pub const BROKER_FILES: &[(&str, &str)] = &[
    (
        "FILE of -c, and what it names",
        "Are read at the start, and again at SIGHUP: when anything is wrong with them then, all stays \
         as it was. Without -c no file is read.",
    ),
    ("pid_file, log_dest file", "Are written."),
];

/// Reads the words behind the program's name.
pub fn parse(words: &[OsString]) -> Result<BrokerAsked, BrokerWrong> {
    let mut asked = BrokerWords::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let known = BROKER_OPTIONS.iter().find(|(names, ..)| names.iter().any(|name| word == name));
        let Some((names, value, _)) = known else {
            let word = word.to_string_lossy();
            return Err(BrokerWrong::Unknown(format!("Error: Unknown option '{word}'.")));
        };
        let name = names.first().copied().unwrap_or_default();
        let value = match value {
            None => OsStr::new(""),
            Some(_) => words.next().ok_or_else(|| missing(name))?,
        };
        match name {
            "-c" => asked.config = Some(value.into()),
            "-d" => asked.in_background = true,
            "-p" => asked.add_port(value)?,
            "-q" => asked.logs_nothing = true,
            "-v" => asked.logs_all = true,
            "--test-config" => asked.tests_config = true,
            "--tls-keylog" => asked.key_log = Some(value.into()),
            "--version" => return Ok(BrokerAsked::Version),
            _ => return Ok(BrokerAsked::Help),
        }
    }
    if asked.tests_config && asked.config.is_none() {
        let text = "Error: --test-config argument given, but no config file specified.";
        return Err(BrokerWrong::Said(text.to_owned()));
    }
    Ok(BrokerAsked::Serve(asked))
}

fn missing(name: &str) -> BrokerWrong {
    let what = match name {
        "-c" => "config file",
        "-p" => "port",
        _ => "file",
    };
    BrokerWrong::Said(format!("Error: {name} argument given, but no {what} specified."))
}

impl BrokerWords {
    fn add_port(&mut self, word: &OsStr) -> Result<(), BrokerWrong> {
        let word = word.to_string_lossy();
        let Some(port) = word.parse().ok().filter(|port| *port > 0) else {
            let text = format!("Error: Invalid port specified ({word}).");
            return Err(BrokerWrong::Said(text));
        };
        if self.ports.len() == MOST_PORTS {
            let text =
                format!("Error: Only {MOST_PORTS} ports can be specified on the command line.");
            return Err(BrokerWrong::Said(text));
        }
        self.ports.push(port);
        Ok(())
    }
}

/// What `--version` prints.
pub fn version() -> String {
    format!("mosquitto version {LIKE}\n\nThis is mq {}.\n", env!("CARGO_PKG_VERSION"))
}

/// What `--help` prints.
pub fn help() -> String {
    let mut page = format!("mosquitto version {LIKE}\n\nA broker for MQTT 3.1, 3.1.1 and 5.0.\n\n");
    page.push_str("Usage: mosquitto [OPTIONS]\n\nOptions:\n");
    for (names, value, text) in BROKER_OPTIONS {
        let value = value.map(|value| format!(" {value}")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(page, "  {}{value}\n        {text}", names.join(", "));
    }
    page.push_str(
        "\nThis is mq under mosquitto's name; mq help broker tells what its own name has.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<BrokerAsked, BrokerWrong> {
        parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    fn said(words: &[&str]) -> String {
        match read(words) {
            Err(BrokerWrong::Said(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_option_is_known_by_all_its_names() {
        let words = "-c f -d -p 1 --port 2 -q -v --test-config --tls-keylog k".split(' ');
        let asked = BrokerWords {
            config: Some("f".into()),
            ports: vec![1, 2],
            in_background: true,
            logs_all: true,
            logs_nothing: true,
            tests_config: true,
            key_log: Some("k".into()),
        };
        let read_words = read(&words.collect::<Vec<_>>());
        assert_eq!(read_words, Ok(BrokerAsked::Serve(asked)));
        let long = ["--daemon", "--quiet", "--verbose"];
        let asked = BrokerWords {
            in_background: true,
            logs_all: true,
            logs_nothing: true,
            ..BrokerWords::default()
        };
        assert_eq!(read(&long), Ok(BrokerAsked::Serve(asked)));
        assert_eq!(read(&["-h", "--foo"]), Ok(BrokerAsked::Help));
        assert_eq!(read(&["-v", "--version"]), Ok(BrokerAsked::Version));
        assert_eq!(read(&[]), Ok(BrokerAsked::Serve(BrokerWords::default())));
    }

    #[test]
    fn what_is_wrong_is_said_as_mosquitto_does() {
        let unknown = BrokerWrong::Unknown("Error: Unknown option '--foo'.".to_owned());
        assert_eq!(read(&["--foo", "-p"]), Err(unknown));
        assert_eq!(said(&["-p"]), "Error: -p argument given, but no port specified.");
        assert_eq!(said(&["-c"]), "Error: -c argument given, but no config file specified.");
        for port in ["0", "-1", "65536", "1x", ""] {
            assert_eq!(said(&["-p", port]), format!("Error: Invalid port specified ({port})."));
        }
        let many: Vec<_> = (0..11).flat_map(|_| ["-p", "7"]).collect();
        assert_eq!(said(&many), "Error: Only 10 ports can be specified on the command line.");
        assert!(said(&["--test-config"]).contains("no config file"));
    }
}
