//! `mqtt://[user[:password]@]host[:port][/topic]`, and the same with `mqtts://`;
//! `ws://[user[:password]@]host[:port][/path]`, and the same with `wss://`.

use crate::net::{Authority, percent_decode};
use crate::secret::Secret;

/// The path that MQTT usually has at a server of HTTP.
pub(super) const PATH: &str = "/mqtt";

const SCHEMES: &str = "it does not start with mqtt://, mqtts://, ws:// or wss://";

/// Whether a text begins as the URL of a broker does.
pub fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| Scheme::parse(scheme).is_some())
}

/// How a broker is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// MQTT as it is.
    Mqtt,
    /// Through TLS.
    Mqtts,
    /// Through WebSocket.
    Ws,
    /// Through WebSocket through TLS.
    Wss,
}

impl Scheme {
    /// By what stands between.
    pub const fn new(tls: bool, websocket: bool) -> Self {
        match (tls, websocket) {
            (false, false) => Self::Mqtt,
            (true, false) => Self::Mqtts,
            (false, true) => Self::Ws,
            (true, true) => Self::Wss,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "mqtt" => Self::Mqtt,
            "mqtts" => Self::Mqtts,
            "ws" => Self::Ws,
            "wss" => Self::Wss,
            _ => return None,
        })
    }

    /// Whether TLS is asked for.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Mqtts | Self::Wss)
    }

    /// Whether WebSocket is asked for.
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// The port when none is given.
    pub const fn port(self) -> u16 {
        match self {
            Self::Mqtt => 1883,
            Self::Mqtts => 8883,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

/// A broker, a login and a topic or path in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// How to speak to it.
    pub scheme: Scheme,
    /// The host; an IPv6 address without its brackets.
    pub host: String,
    /// The scheme's where none is given.
    pub port: u16,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// Without WebSocket: the path without its first slash.
    pub topic: Option<String>,
    /// With WebSocket: the path with its query, as it stands.
    pub path: Option<String>,
}

impl Url {
    /// Takes a URL apart, every part percent-decoded but the path of a WebSocket, which is for the
    /// server to read. The error says what is wrong, without the URL: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or(SCHEMES)?;
        let scheme = Scheme::parse(scheme).ok_or(SCHEMES)?;
        let ends: &[char] = if scheme.is_websocket() { &['/', '?', '#'] } else { &['/'] };
        let (authority, path) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        let Authority { host, port, username, password } = Authority::parse(authority)?;
        let port = port.unwrap_or_else(|| scheme.port());
        let (topic, path) = if scheme.is_websocket() {
            (None, Some(websocket_path(path)?))
        } else {
            let topic = path.strip_prefix('/').filter(|topic| !topic.is_empty());
            (topic.map(percent_decode).transpose()?, None)
        };
        Ok(Self { scheme, host, port, username, password, topic, path })
    }
}

/// The path as a request can carry it.
fn websocket_path(path: &str) -> Result<String, &'static str> {
    let path = match path {
        "" => PATH.to_owned(),
        query if query.starts_with('?') => format!("{PATH}{query}"),
        path => path.to_owned(),
    };
    check_path(&path)?;
    Ok(path)
}

/// Whether it can stand in the first line of a request.
pub(super) fn check_path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("the path does not begin with a slash");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err("the path has a letter that has to be percent-encoded");
    }
    Ok(())
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
        assert_eq!((url("mqtts://h").scheme.is_secure(), url("mqtts://h").port), (true, 8883));
        assert_eq!((url("MQTTS://h:7/t").scheme.is_secure(), url("mqtts://h:7/t").port), (true, 7));
        assert!(!url("mqtt://h:8883").scheme.is_secure());
    }

    #[test]
    fn the_path_of_a_websocket_stays_as_it_is() {
        for (text, path, port) in [
            ("ws://h", "/mqtt", 80),
            ("WSS://h:", "/mqtt", 443),
            ("ws://h/", "/", 80),
            ("ws://h:7/a%20b/c?d=/e", "/a%20b/c?d=/e", 7),
            ("ws://u:p@h?d=e@f", "/mqtt?d=e@f", 80),
        ] {
            let url = url(text);
            assert_eq!((url.path.as_deref(), url.port), (Some(path), port), "{text}");
            assert_eq!((url.host.as_str(), url.topic), ("h", None), "{text}");
        }
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
            "wss://",
            "ws://h/a b",
            "ws://h/#x",
            "ws://h/\u{e4}",
            "ws://h/\r\nX: y",
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
