//! The options that all clients have in common.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;

use super::output;
use super::particulars::Particulars;
use super::plain::{self, NotPlain, once};
use super::rare::Rare;
use super::tls::Secure;
use super::transport::Transport;
use crate::codec::Qos;
use crate::options;
use crate::secret::Secret;

/// Where to connect, and who to be.
#[derive(Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// The broker's host, or HOST:PORT; may come many times, to be tried in turn [default:
    /// localhost, or `MQTT_URL`, or `MQTT_HOST`]
    #[arg(id = "host", short = 'h', long = "host", value_name = "HOST")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    hosts: Vec<String>,
    /// The broker's port [default: 1883, or 8883 with --cafile or --capath]
    #[arg(short = 'p', long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// User name
    #[arg(short = 'u', long, value_name = "NAME")]
    username: Option<String>,
    /// Password; others can see it in the list of processes, so --password-file, --ask-password or
    /// `MQTT_PASSWORD` is better
    #[arg(short = 'P', long = "pw", visible_alias = "password", value_name = "PASSWORD")]
    #[arg(value_parser = secret)]
    password: Option<Secret>,
    /// Client id [default: the broker or mq makes one up]
    #[arg(short = 'i', long = "id", value_name = "ID")]
    client_id: Option<String>,
    /// Seconds between two packets at most, 0 for no pings [default: 60]
    #[arg(short = 'k', long = "keepalive", value_name = "SECONDS")]
    keep_alive: Option<u16>,
    /// Tell every packet on standard error
    #[arg(short = 'd', long)]
    debug: bool,
    #[command(flatten)]
    particulars: Rare<Particulars>,
    #[command(flatten)]
    transport: Rare<Transport>,
    #[command(flatten)]
    secure: Rare<Secure>,
}

/// Without what the user typed: a password may be among the properties.
impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// One of these options, of a call that is read without clap.
    pub(super) fn add(&mut self, option: u8, words: &mut plain::Words<'_>) -> Result<(), NotPlain> {
        match option {
            b'h' => self.hosts.push(words.text()?.to_owned()),
            b'p' => {
                let port = words.read(str::parse)?;
                return if port == 0 { Err(NotPlain) } else { once(&mut self.port, port) };
            }
            b'u' => return once(&mut self.username, words.text()?.to_owned()),
            b'P' => return once(&mut self.password, words.read(secret)?),
            b'i' => return once(&mut self.client_id, words.text()?.to_owned()),
            b'k' => return once(&mut self.keep_alive, words.read(str::parse)?),
            b'd' => self.debug = true,
            _ => return Err(NotPlain),
        }
        Ok(())
    }

    /// All that a plain call may have, the password too.
    #[cfg(test)]
    pub(super) fn shown(&self) -> String {
        let Self { hosts, port, username, password, client_id, keep_alive, debug, .. } = self;
        let is_plain =
            self.particulars.0.is_none() && self.transport.0.is_none() && self.secure.0.is_none();
        let password = password.as_ref().map(Secret::expose);
        format!(
            "{hosts:?} {port:?} {username:?} {password:?} {client_id:?} {keep_alive:?} {debug} {is_plain}"
        )
    }

    /// As plain options.
    pub(super) fn into_options(self) -> Result<options::Connect, options::Error> {
        let hosts = self.hosts.iter().map(|host| options::Host::parse(host));
        let particulars = self.particulars.0.map(Particulars::into_options).transpose()?;
        Ok(options::Connect {
            transport: self.transport.0.map(Transport::into_options).unwrap_or_default(),
            hosts: hosts.collect::<Result<_, _>>()?,
            port: self.port,
            tls: self.secure.0.map(Secure::into_options).unwrap_or_default(),
            username: self.username,
            password: self.password,
            client_id: self.client_id,
            keep_alive: self.keep_alive,
            debug: self.debug,
            ..particulars.unwrap_or_default()
        })
    }
}

/// Options and environment as a client takes them, once they are checked by `job` as well; what
/// was left aside is told, and from now on no more than was asked for.
pub(super) fn resolve<J>(
    options: &options::Connect,
    job: impl FnOnce(&options::Resolved) -> Result<J, options::Error>,
) -> Result<(options::Resolved, J), options::Error> {
    let (mut resolved, job) = resolve_unasked(options, job)?;
    ask(options, &mut resolved)?;
    be_as_quiet(options);
    Ok((resolved, job))
}

/// The same, for who connects to nothing: nobody is asked for what is not used.
pub(super) fn resolve_idle<J>(
    options: &options::Connect,
    job: impl FnOnce(&options::Resolved) -> Result<J, options::Error>,
) -> Result<(options::Resolved, J), options::Error> {
    let resolved = resolve_unasked(options, job)?;
    be_as_quiet(options);
    Ok(resolved)
}

fn resolve_unasked<J>(
    options: &options::Connect,
    job: impl FnOnce(&options::Resolved) -> Result<J, options::Error>,
) -> Result<(options::Resolved, J), options::Error> {
    let resolved = options.resolve_unasked(&environment)?;
    if options.debug {
        resolved.notes.iter().for_each(|note| output::note(note));
    }
    let job = job(&resolved)?;
    Ok((resolved, job))
}

/// Asks for the passwords that are still missing.
fn ask(options: &options::Connect, resolved: &mut options::Resolved) -> Result<(), options::Error> {
    resolved.unlock()?;
    if options.ask_password {
        let server = &resolved.settings.server;
        let name = server.username.as_deref().map(|name| format!(" of {name}"));
        let question = format!("Password{} at {}: ", name.unwrap_or_default(), server.route());
        let password = output::ask(&question)?;
        resolved.settings.log_in_with(&password);
    }
    Ok(())
}

fn be_as_quiet(options: &options::Connect) {
    if options.quiet {
        output::be_quiet();
    }
}

/// The environment of this process.
pub(super) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The bytes that the user typed, whatever their encoding.
pub(super) fn bytes(text: OsString) -> Vec<u8> {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::into_vec(text);
    #[cfg(not(unix))]
    text.to_string_lossy().into_owned().into_bytes()
}

/// A value that is not to be shown, whatever is wrong with it.
#[expect(clippy::unnecessary_wraps, reason = "the shape that the option parser wants")]
pub(super) fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}

/// 0, 1 or 2.
pub(super) fn qos(text: &str) -> Result<Qos, String> {
    let number = text.parse().map_err(|_| "not 0, 1 or 2")?;
    Qos::from_bits(number).ok_or_else(|| "not 0, 1 or 2".to_owned())
}

/// Seconds, also with a fraction, or `30s`, `1m30s`, `200ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time: use seconds (0.5), or a form like 30s, 1m30s, 200ms".to_owned();
    let time = match text.parse() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?,
        Err(_) => humantime::parse_duration(text).map_err(|_| wrong())?,
    };
    if time > options::LONGEST_TIME { Err("longer than 100 years".to_owned()) } else { Ok(time) }
}

/// [`duration`] of more than nothing.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit.is_zero() { Err("must be more than 0".to_owned()) } else { Ok(limit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        use clap::Args as _;
        let command = Connection::augment_args(
            clap::Command::new("x").disable_help_flag(true).disable_version_flag(true),
        );
        let words = "x -D connect authentication-data hidden -P hidden -L mqtt://u:hidden@h";
        let matches = command.try_get_matches_from(words.split(' ')).unwrap();
        let connection = <Connection as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
        assert!(!format!("{connection:?}").contains("hidden"), "{connection:?}");
    }

    #[test]
    fn times_are_seconds_or_carry_their_unit() {
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        assert_eq!(duration("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        for bad in ["", "-1", "NaN", "1e300", "1e19", "200years", "3 apples"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(time_limit("0").is_err());
    }

    #[test]
    fn authentication_data_are_not_shown() {
        use clap::Parser as _;
        let data = ["-D", "connect", "authentication-data", "hidden"];
        let args = crate::cli::request::Args::parse_from([&["mq rr"][..], &data].concat());
        let text = format!("{args:?}");
        assert!(text.contains("Connection") && !text.contains("hidden"), "{text}");
    }

    #[test]
    fn qos_is_one_of_three() {
        assert_eq!(qos("2"), Ok(Qos::ExactlyOnce));
        for bad in ["3", "-1", "256", "x", ""] {
            assert!(qos(bad).is_err(), "{bad}");
        }
    }
}
