//! `-L`, split where mosquitto splits them: at the first `/`, then the first `@`,
//! then the first `:`, and nothing percent-decoded.

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

/// MQTT's ports; over a WebSocket too, whatever mosquitto's manual says.
const PLAIN: u16 = 1883;
const SECURE: u16 = 8883;

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

/// What mosquitto would say of the text behind `--proxy`; who connects reads it.
pub(super) fn check_proxy(text: &str) -> Result<(), Error> {
    let rest =
        text.strip_prefix("socks5h://").ok_or_else(|| Error::ProxyProtocol(without_login(text)))?;
    let place = rest.trim_end_matches('/').rsplit('@').next().unwrap_or_default();
    if place.is_empty() || place.starts_with(':') {
        return Err(Error::Proxy);
    }
    // An IPv6 address stands in brackets.
    let behind = place.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    let Some((_, port)) = behind else { return Ok(()) };
    match integer(port.as_ref()) {
        1..=65535 => Ok(()),
        port => Err(Error::ProxyPort(port)),
    }
}

/// A URL to be shown: a password in it is nobody's business.
fn without_login(text: &str) -> String {
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at.saturating_add(3)));
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}...@{place}"),
        None => text.to_owned(),
    }
}

fn split_login(login: &str) -> (Option<&str>, Option<&str>) {
    match login.split_once(':') {
        Some((name, password)) => (Some(name), Some(password)),
        None => (Some(login), None),
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
    fn a_proxy_has_a_host_and_perhaps_a_port() {
        for fine in ["socks5h://a%40b:c%3Ad@[::1]:7", "socks5h://[::1]", "socks5h://h/"] {
            assert_eq!(check_proxy(fine), Ok(()), "{fine}");
        }
        assert_eq!(check_proxy("foo"), Err(Error::ProxyProtocol("foo".to_owned())));
        for (told, shown) in [
            ("http://me:hunter2@h:1", "http://...@h:1"),
            ("me:hunter2@h", "...@h"),
            ("a://b:p@q@h", "a://...@h"),
        ] {
            assert_eq!(check_proxy(told), Err(Error::ProxyProtocol(shown.to_owned())));
        }
        assert_eq!(check_proxy("socks5h://"), Err(Error::Proxy));
        assert_eq!(check_proxy("socks5h://h:99999"), Err(Error::ProxyPort(99_999)));
        assert_eq!(check_proxy("socks5h://h:0"), Err(Error::ProxyPort(0)));
    }
}
