//! What few calls say of their connection.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::connect::{bytes, qos, time_limit};
use super::property;
use super::telling::Telling;
use crate::client::Will;
use crate::codec::{Qos, Version};
use crate::options;

/// Another way in, what the broker keeps of the client, its will, and how it goes about it.
#[derive(clap::Args)]
pub(super) struct Particulars {
    /// The broker's Unix socket, instead of host and port
    #[arg(long, value_name = "PATH", conflicts_with_all = ["host", "port"])]
    unix: Option<PathBuf>,
    /// File whose first line is the password, - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// Ask for the password at the terminal
    #[arg(long, conflicts_with_all = ["password", "password_file"])]
    ask_password: bool,
    /// Client id made of this and the number of the process
    #[arg(short = 'I', long, value_name = "PREFIX", conflicts_with = "client_id")]
    id_prefix: Option<String>,
    /// Keep the session at the broker when this client leaves; needs -i
    #[arg(short = 'c', long)]
    disable_clean_session: bool,
    /// How long the broker keeps the session when this client leaves: seconds, or 30m, -1 for
    /// ever; needs MQTT 5
    #[arg(short = 'x', long, value_name = "TIME", value_parser = session_expiry)]
    session_expiry: Option<u32>,
    /// Messages of QoS 1 and 2 that may be unacknowledged at once
    #[arg(short = 'M', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_inflight: Option<u16>,
    /// 5, 3.1.1 (311) or 3.1 (31) [default: 5, and 3.1.1 where the broker knows no 5]
    #[arg(short = 'V', long = "protocol-version", value_name = "VERSION", value_parser = version)]
    version: Option<Version>,
    /// Topic of the message that the broker sends when this client is lost
    #[arg(long, value_name = "TOPIC")]
    will_topic: Option<String>,
    /// Payload of that message
    #[arg(long, value_name = "PAYLOAD", requires = "will_topic")]
    will_payload: Option<OsString>,
    /// Quality of service of that message
    #[arg(long, value_name = "QOS", requires = "will_topic", value_parser = qos)]
    will_qos: Option<Qos>,
    /// Keep that message as the topic's retained one
    #[arg(long, requires = "will_topic")]
    will_retain: bool,
    /// A property of MQTT 5 for connect, publish, subscribe, unsubscribe, disconnect or will; a
    /// user-property has a name and a value; binary values also as hex:00ff or base64:AP8=
    #[arg(id = property::ID, short = 'D', long = "property", num_args = 3)]
    #[arg(value_names = ["COMMAND", "NAME", "VALUE"], action = clap::ArgAction::Append)]
    properties: Vec<OsString>,
    /// The time to look up, connect and be accepted, for each host
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time_limit)]
    connect_timeout: Duration,
    /// Without a broker at first, go on trying for so long
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    retry: Option<Duration>,
    /// Tell no error once the options are understood; the exit code does
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

impl Particulars {
    /// As plain options.
    pub(super) fn into_options(self) -> Result<options::Connect, options::Error> {
        let Self { will_topic, will_payload, will_qos, will_retain, .. } = self;
        let will = will_topic.map(|topic| Will {
            topic,
            payload: will_payload.map(bytes).unwrap_or_default(),
            qos: will_qos.unwrap_or_default(),
            retain: will_retain,
        });
        Ok(options::Connect {
            unix: self.unix,
            password_file: self.password_file,
            ask_password: self.ask_password,
            id_prefix: self.id_prefix,
            clean: !self.disable_clean_session,
            session_expiry: self.session_expiry,
            window: self.max_inflight,
            version: self.version,
            will,
            connect_timeout: self.connect_timeout,
            retry: self.retry,
            quiet: self.quiet,
            properties: property::properties(self.properties)?,
            ..options::Connect::default()
        })
    }
}

fn version(text: &str) -> Result<Version, String> {
    options::Connect::version_of(text).ok_or_else(|| "not 5, 3.1.1 or 3.1".to_owned())
}

/// Seconds, or a form like `30m`, or for ever: `-1`, as mosquitto's tools have it, or `∞`.
fn session_expiry(text: &str) -> Result<u32, String> {
    if text == "-1" || text == "\u{221e}" {
        return Ok(u32::MAX);
    }
    let seconds = match text.parse() {
        Ok(seconds) => seconds,
        Err(_) => match humantime::parse_duration(text) {
            Ok(time) if time.subsec_nanos() == 0 => time.as_secs(),
            _ => {
                return Err("not whole seconds, nor a form like 30m, nor -1 for ever".to_owned());
            }
        },
    };
    u32::try_from(seconds).map_err(|_| "longer than 4,294,967,295 seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_seconds_or_a_time_or_for_ever() {
        for (text, seconds) in [("0", 0), ("30", 30), ("30m", 1800), ("4294967295", u32::MAX)] {
            assert_eq!(session_expiry(text), Ok(seconds));
        }
        assert_eq!(session_expiry("-1"), Ok(u32::MAX));
        assert_eq!(session_expiry("\u{221e}"), Ok(u32::MAX));
        for bad in ["", "-2", "1.5", "500ms", "4294967296", "200years"] {
            assert!(session_expiry(bad).is_err(), "{bad}");
        }
    }
}
