//! `-L` and `--proxy`, split where mosquitto splits them: at the first `/`, then the first `@`,
//! then the first `:`, and nothing percent-decoded in `-L`.

use percent_encoding::percent_decode_str;

use super::Error;
use super::numbers::integer;
use crate::secret::Secret;

/// What a URL of `-L` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) websocket: bool,
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) topic: String,
}

/// A SOCKS5 proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
}

/// MQTT's ports; over a WebSocket too, whatever mosquitto's manual says.
const PLAIN: u16 = 1883;
const SECURE: u16 = 8883;

/// The port of SOCKS.
const SOCKS: u16 = 1080;

/// Scheme, TLS, WebSocket.
const SCHEMES: &[(&str, bool, bool)] = &[
    ("mqtt://", false, false),
    ("mqtts://", true, false),
    ("ws://", false, true),
    ("wss://", true, true),
];

impl Url {
    /// Reads the text behind `-L`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let known = SCHEMES.iter().find_map(|(scheme, tls, websocket)| {
            let (head, rest) = text.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some((rest, *tls, *websocket))
        });
        let (rest, tls, websocket) = known.ok_or(Error::UrlScheme)?;
        let (place, topic) = rest.split_once('/').ok_or(Error::UrlTopic)?;
        let (login, place) = match place.split_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, place),
        };
        let (username, password) = login.map(split_login).unwrap_or_default();
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => {
                (host, u16::try_from(integer(port.as_ref())).map_err(|_| Error::UrlPort)?)
            }
            None => (place, if tls { SECURE } else { PLAIN }),
        };
        let (host, topic) = (host.to_owned(), topic.to_owned());
        let username = username.map(str::to_owned);
        let password = password.map(Secret::new);
        Ok(Self { host, port, tls, websocket, username, password, topic })
    }
}

impl Proxy {
    /// Reads the text behind `--proxy`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let rest =
            text.strip_prefix("socks5h://").ok_or_else(|| Error::ProxyProtocol(text.to_owned()))?;
        let rest = rest.trim_end_matches('/');
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (username, password) = login.map(split_login).unwrap_or_default();
        let (host, port) = split_place(place)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(Error::Proxy);
        }
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let username = username
            .map(|name| String::from_utf8(decoded(name)).map_err(|_| Error::Proxy))
            .transpose()?;
        let password = password.map(|password| Secret::new(decoded(password)));
        Ok(Self { host: host.to_owned(), port, username, password })
    }
}

fn split_login(login: &str) -> (Option<&str>, Option<&str>) {
    match login.split_once(':') {
        Some((name, password)) => (Some(name), Some(password)),
        None => (Some(login), None),
    }
}

/// Host and port of a proxy; an IPv6 address stands in brackets.
fn split_place(place: &str) -> Result<(&str, u16), Error> {
    let colon =
        place.rfind(':').filter(|at| place.get(*at..).is_some_and(|end| !end.contains(']')));
    let Some((host, port)) = colon.and_then(|at| place.split_at_checked(at)) else {
        return Ok((place, SOCKS));
    };
    let number = integer(port.trim_start_matches(':').as_ref());
    match u16::try_from(number) {
        Ok(port @ 1..) => Ok((host, port)),
        _ => Err(Error::ProxyPort(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_where_mosquitto_splits_it() {
        let url = Url::parse("MQTTS://me:a%20b@host:7/top/ic?x").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.tls), ("host", 7, true));
        assert_eq!(url.username.as_deref(), Some("me"));
        assert_eq!(url.password.unwrap().expose(), b"a%20b");
        assert_eq!(url.topic, "top/ic?x");
        let url = Url::parse("wss://host/").unwrap();
        assert_eq!((url.port, url.tls, url.websocket), (8883, true, true));
        assert_eq!((url.topic.as_str(), url.username), ("", None));
        assert_eq!(Url::parse("ws://h/a").unwrap().port, 1883);
        assert_eq!(Url::parse("http://h/a"), Err(Error::UrlScheme));
        assert_eq!(Url::parse("m"), Err(Error::UrlScheme));
        assert_eq!(Url::parse("mqtt://h"), Err(Error::UrlTopic));
        assert_eq!(Url::parse("mqtt://h:99999/a"), Err(Error::UrlPort));
    }

    #[test]
    fn a_proxy_may_have_a_login_and_a_port() {
        let proxy = Proxy::parse("socks5h://a%40b:c%3Ad@[::1]:7").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("::1", 7));
        assert_eq!(proxy.username.as_deref(), Some("a@b"));
        assert_eq!(proxy.password.unwrap().expose(), b"c:d");
        assert_eq!(Proxy::parse("socks5h://h").unwrap().port, 1080);
        assert_eq!(Proxy::parse("foo"), Err(Error::ProxyProtocol("foo".to_owned())));
        assert_eq!(Proxy::parse("socks5h://"), Err(Error::Proxy));
        assert_eq!(Proxy::parse("socks5h://h:99999"), Err(Error::ProxyPort(99_999)));
        assert_eq!(Proxy::parse("socks5h://h:0"), Err(Error::ProxyPort(0)));
    }
}
