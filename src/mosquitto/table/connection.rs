//! Where to connect, and who to be there.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::messages::url_topic;
use super::{ALL, Effect, Row, bytes, flag, text, value};
use crate::codec::{Qos, Version};
use crate::mosquitto::Error;
use crate::mosquitto::given::Given;
use crate::mosquitto::numbers::{integer, whole_integer};
use crate::mosquitto::url::{Url, check_proxy};
use crate::secret::Secret;
use crate::topic;

/// Seconds that stand for ever, as `-x` spells them beside -1.
const FOR_EVER: &str = "∞";

pub(super) const ROWS: &[Row] = &[
    value(
        &["-h", "--host"],
        ALL,
        ("HOST", "no host specified"),
        |given, word| {
            given.host = Some(text("-h", word)?);
            Ok(())
        },
        "the broker's host [default: localhost]",
    ),
    value(
        &["-p", "--port"],
        ALL,
        ("PORT", "no port specified"),
        |given, word| {
            let number = integer(word);
            given.port = Some(u16::try_from(number).map_err(|_| Error::Port(number))?);
            Ok(())
        },
        "the broker's port [default: 1883, or 8883 with --cafile, --capath; 8883 means TLS]",
    ),
    value(
        &["--unix"],
        ALL,
        ("PATH", "no socket path specified"),
        |given, word| {
            given.unix = Some(PathBuf::from(word));
            Ok(())
        },
        "the broker's Unix socket, instead of host and port",
    ),
    value(
        &["-L", "--url"],
        ALL,
        ("URL", "no URL specified"),
        url,
        "mqtt(s)://[username[:password]@]host[:port]/topic, or ws(s)://...",
    ),
    flag(
        &["--ws"],
        ALL,
        |given| {
            given.websocket = true;
            Ok(())
        },
        "connect by WebSocket",
    ),
    value(
        &["-A"],
        ALL,
        ("ADDRESS", "no address specified"),
        |given, word| {
            given.bind = Some(text("-A", word)?);
            Ok(())
        },
        "connect from this address of this machine",
    ),
    flag(
        &["-S"],
        ALL,
        |given| {
            given.service_lookup = true;
            Ok(())
        },
        "ask the name service (SRV) which host and port serve MQTT for the host's domain",
    ),
    flag(
        &["--nodelay"],
        ALL,
        |given| {
            given.no_delay = true;
            Ok(())
        },
        "send small packets at once; mq always does",
    ),
    value(
        &["--proxy"],
        ALL,
        ("URL", "no proxy url specified"),
        |given, word| {
            check_proxy(&text("--proxy", word)?)?;
            given.proxy = Some(Secret::new(bytes(word)));
            Ok(())
        },
        "connect through socks5h://[username[:password]@]host[:port]",
    ),
    value(
        &["-u", "--username"],
        ALL,
        ("NAME", "no username specified"),
        |given, word| {
            given.username = Some(word.to_str().ok_or(Error::Login)?.to_owned());
            Ok(())
        },
        "user name",
    ),
    value(
        &["-P", "--pw"],
        ALL,
        ("PASSWORD", "no password specified"),
        |given, word| {
            given.password = Some(Secret::new(bytes(word)));
            Ok(())
        },
        "password",
    ),
    value(
        &["-i", "--id"],
        ALL,
        ("ID", "no id specified"),
        |given, word| {
            if given.id_prefix.is_some() {
                return Err(Error::TwoIds);
            }
            given.id = Some(text("-i", word)?);
            Ok(())
        },
        "client id [default: an empty one, for which the broker makes one up]",
    ),
    value(
        &["-I", "--id-prefix"],
        ALL,
        ("PREFIX", "no id prefix specified"),
        |given, word| {
            if given.id.is_some() {
                return Err(Error::TwoIds);
            }
            given.id_prefix = Some(text("-I", word)?);
            Ok(())
        },
        "client id that begins so and ends with the number of the process",
    ),
    value(
        &["-k", "--keepalive"],
        ALL,
        ("SECONDS", "no keepalive specified"),
        |given, word| {
            let seconds = u16::try_from(integer(word)).ok().filter(|seconds| *seconds >= 5);
            given.keep_alive = Some(seconds.ok_or(Error::KeepAlive)?);
            Ok(())
        },
        "seconds between two packets at most, 5 to 65535 [default: 60]",
    ),
    flag(
        &["-c", "--disable-clean-session"],
        ALL,
        |given| {
            given.lasting = true;
            Ok(())
        },
        "keep the session at the broker when this client leaves; needs -i",
    ),
    value(
        &["-x"],
        ALL,
        ("SECONDS", "no session expiry interval specified"),
        session_expiry,
        "how long the broker keeps the session, -1 or ∞ for ever; MQTT 5",
    ),
    value(
        &["--protocol-version", "-V"],
        ALL,
        ("VERSION", "no version specified"),
        |given, word| {
            given.version = Some(match word.to_str() {
                Some("31" | "mqttv31") => Version::V31,
                Some("311" | "mqttv311") => Version::V311,
                Some("5" | "mqttv5") => Version::V5,
                _ => return Err(Error::Version),
            });
            Ok(())
        },
        "5, 311 or 31, also as mqttv5, ... [default: 311, for mosquitto_rr 5]",
    ),
    Row {
        names: &["--property", "-D"],
        tools: ALL,
        effect: Effect::Property,
        help: "add a property to a packet: -D publish content-type text/plain; MQTT 5",
    },
    value(
        &["-q", "--qos"],
        ALL,
        ("QOS", "no QoS specified"),
        |given, word| {
            given.qos = qos(word, Error::Qos)?;
            Ok(())
        },
        "quality of service: 0, 1 or 2 [default: 0]",
    ),
    value(
        &["-M"],
        ALL,
        ("COUNT", "max_inflight not specified"),
        |given, word| {
            let count = integer(word);
            if count < 1 {
                return Err(Error::Window);
            }
            given.window = Some(u16::try_from(count).unwrap_or(u16::MAX));
            Ok(())
        },
        "messages of QoS 1 and 2 on their way at the same time [default: 20]",
    ),
    value(
        &["--will-topic"],
        ALL,
        ("TOPIC", "no will topic specified"),
        |given, word| {
            let topic = text("--will-topic", word)?;
            if topic::has_wildcard(&topic) {
                return Err(Error::Topic { what: "will", topic });
            }
            given.will_topic = Some(topic);
            Ok(())
        },
        "topic of the message that the broker sends when this client is lost",
    ),
    value(
        &["--will-payload"],
        ALL,
        ("PAYLOAD", "no will payload specified"),
        |given, word| {
            given.will_payload = Some(word.to_owned());
            Ok(())
        },
        "payload of that message",
    ),
    value(
        &["--will-qos"],
        ALL,
        ("QOS", "no will QoS specified"),
        |given, word| {
            given.will_qos = qos(word, Error::WillQos)?;
            Ok(())
        },
        "quality of service of that message",
    ),
    flag(
        &["--will-retain"],
        ALL,
        |given| {
            given.will_retain = true;
            Ok(())
        },
        "keep that message as the topic's retained one",
    ),
    Row {
        names: &["-o"],
        tools: ALL,
        effect: Effect::OptionFile,
        help: "read options from this file instead of the one in ~/.config",
    },
    flag(
        &["-d", "--debug"],
        ALL,
        |given| {
            given.debug = true;
            Ok(())
        },
        "tell every packet on standard output",
    ),
    flag(
        &["--quiet"],
        ALL,
        |given| {
            given.quiet = true;
            Ok(())
        },
        "tell no errors",
    ),
    Row { names: &["--help"], tools: ALL, effect: Effect::Help, help: "print this; exit code 1" },
    Row {
        names: &["--version"],
        tools: ALL,
        effect: Effect::Version,
        help: "print the version; exit code 1",
    },
];

fn qos(word: &OsStr, wrong: fn(i64) -> Error) -> Result<Qos, Error> {
    let number = integer(word);
    u8::try_from(number).ok().and_then(Qos::from_bits).ok_or_else(|| wrong(number))
}

fn session_expiry(given: &mut Given, word: &OsStr) -> Result<(), Error> {
    let seconds = if word == FOR_EVER {
        u32::MAX
    } else {
        match whole_integer(word).ok_or(Error::ExpiryNotNumber)? {
            -1 => u32::MAX,
            seconds => u32::try_from(seconds).map_err(|_| Error::ExpiryOutOfRange)?,
        }
    };
    given.session_expiry = Some(seconds);
    given.version = Some(Version::V5);
    Ok(())
}

/// Sets what a URL says, as if each part came by its own option; what it does not say stays.
fn url(given: &mut Given, word: &OsStr) -> Result<(), Error> {
    let url = Url::parse(&text("-L", word)?)?;
    given.host = Some(url.host);
    given.port = Some(url.port);
    given.tls.os_certs |= url.tls;
    given.websocket |= url.websocket;
    if url.username.is_some() {
        given.username = url.username;
    }
    if url.password.is_some() {
        given.password = url.password;
    }
    url_topic(given, &url.topic)
}
