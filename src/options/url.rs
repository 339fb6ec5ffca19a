//! `mqtt://[user[:password]@]host[:port][/topic]`, and the same with `mqtts://`.

use super::tls::TLS_PORT;
use crate::net::{Authority, percent_decode};
use crate::secret::Secret;

/// The port of plain MQTT.
pub(super) const PORT: u16 = 1883;

/// A broker, a login and a topic in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The host; an IPv6 address without its brackets.
    pub host: String,
    /// Whether the scheme asks for TLS.
    pub tls: bool,
    /// 1883, or 8883 with TLS, where none is given.
    pub port: u16,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// The path without its first slash.
    pub topic: Option<String>,
}

impl Url {
    /// Takes a URL apart, every part percent-decoded. The error says what is wrong, without the
    /// URL: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("it does not start with mqtt://");
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "mqtt" => false,
            "mqtts" => true,
            "ws" | "wss" => {
                return Err("only mqtt:// and mqtts:// are served so far, no WebSocket");
            }
            _ => return Err("it does not start with mqtt:// or mqtts://"),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let Authority { host, port, username, password } = Authority::parse(authority)?;
        let topic = (!path.is_empty()).then(|| percent_decode(path)).transpose()?;
        let port = port.unwrap_or(if tls { TLS_PORT } else { PORT });
        Ok(Self { host, tls, port, username, password, topic })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_part_is_found_and_decoded() {
        let whole = url("mqtt://us%40er:p%3Aw%2F%25@h.example:1884/a/b%20c");
        assert_eq!((whole.host.as_str(), whole.port), ("h.example", 1884));
        assert_eq!(whole.username.as_deref(), Some("us@er"));
        assert_eq!(whole.password, Some(Secret::new("p:w/%")));
        assert_eq!(whole.topic.as_deref(), Some("a/b c"));
        let bare = url("MQTT://h");
        assert_eq!((bare.port, bare.username, bare.topic), (1883, None, None));
        assert_eq!(url("mqtt://h/").topic, None);
        assert_eq!(url("mqtt://h//a").topic.as_deref(), Some("/a"));
        assert_eq!(url("mqtt://u@h").password, None);
        assert_eq!(url("mqtt://u:a@b:c@h").password, Some(Secret::new("a@b:c")));
    }

    #[test]
    fn the_scheme_asks_for_tls_and_moves_the_port() {
        assert_eq!((url("mqtts://h").tls, url("mqtts://h").port), (true, 8883));
        assert_eq!((url("MQTTS://h:7/t").tls, url("mqtts://h:7/t").port), (true, 7));
        assert!(!url("mqtt://h:8883").tls);
    }

    #[test]
    fn ipv6_stands_in_brackets() {
        assert_eq!((url("mqtt://[::1]").host.as_str(), url("mqtt://[::1]").port), ("::1", 1883));
        assert_eq!(url("mqtt://[fe80::1]:7/t").port, 7);
        for bad in ["mqtt://::1", "mqtt://[::1", "mqtt://[::1]7"] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_served_is_refused() {
        for bad in [
            "h:1883",
            "http://h",
            "wss://h",
            "mqtts://",
            "mqtt://",
            "mqtt://h:0",
            "mqtt://h:x",
            "mqtt://%ff",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }
}
