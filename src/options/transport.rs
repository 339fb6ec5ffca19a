//! How the bytes get to the broker.

use std::net::{IpAddr, SocketAddr};

use super::Error;
use super::connect::lines_behind;
use super::url::{PATH, check_path};
use crate::net::{Address, DialOptions, Proxy, SrvOptions, WebSocket};
use crate::secret::Secret;

/// Headers that belong to the request itself, lower case.
const OWN_HEADERS: &[&str] = &["upgrade", "connection", "content-length", "transfer-encoding"];

/// How those begin that both ends agree by.
const OWN_PREFIX: &str = "sec-websocket-";

/// What was asked for; nothing is the straight way.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The broker with its login in one text, instead of host and port: `mqtt://...`; of several
    /// each is tried when there is no connection to those before.
    pub urls: Vec<Secret>,
    /// The address of this host to connect from, or a name that stands for one.
    pub bind: Option<String>,
    /// Whether the host is a domain whose SRV records name the hosts and ports to try.
    pub srv: bool,
    /// The name server to ask for them, instead of the system's.
    pub srv_resolver: Option<SocketAddr>,
    /// A proxy: `socks5h://`, `socks5://` or `http://`, and `[user[:password]@]host[:port]`; or
    /// `@` and a file whose first line says so.
    pub proxy: Option<Secret>,
    /// Whether MQTT is spoken through WebSocket, also where no URL says so.
    pub websocket: bool,
    /// The path to ask for, before a URL's.
    pub path: Option<Secret>,
    /// Further headers of the request, `Name: value` each, or `@` and a file of such lines.
    pub headers: Vec<Secret>,
}

impl Transport {
    /// Whether WebSocket is asked for, but for a URL.
    pub(super) const fn is_websocket(&self) -> bool {
        self.websocket
    }

    /// How to dial `address`; time limit and TLS are not set here. `path` is that of a URL that
    /// asks for WebSocket.
    pub(super) fn dial_options(
        &self,
        address: &Address,
        path: Option<String>,
    ) -> Result<DialOptions, Error> {
        self.check(address)?;
        let proxy = self.proxy.as_ref().map(|url| {
            let first = lines_behind(url)?.into_iter().next();
            let url = first.ok_or(Error::Url { what: "--proxy", why: "its file is empty" })?;
            text(&url, "--proxy").and_then(proxy)
        });
        let websocket = self.websocket_to(path)?;
        if self.srv && websocket.is_some() {
            return Err(Error::SrvOfWebSocket);
        }
        Ok(DialOptions {
            bind: self.bind.clone(),
            srv: self.srv.then_some(SrvOptions { resolver: self.srv_resolver }),
            proxy: proxy.transpose()?,
            websocket,
            ..DialOptions::default()
        })
    }

    fn websocket_to(&self, path: Option<String>) -> Result<Option<WebSocket>, Error> {
        if !self.websocket && path.is_none() {
            let idle = [(self.path.is_some(), "--ws-path"), (!self.headers.is_empty(), "--header")];
            let idle = idle.iter().find(|(is_given, _)| *is_given);
            return idle.map_or(Ok(None), |(_, option)| Err(Error::NoWebSocket { option }));
        }
        let path = match &self.path {
            Some(path) => {
                let path = text(path, "--ws-path")?;
                check_path(path).map_err(|why| Error::Url { what: "--ws-path", why })?;
                path.to_owned()
            }
            None => path.unwrap_or_else(|| PATH.to_owned()),
        };
        let mut headers = Vec::with_capacity(self.headers.len());
        for given in &self.headers {
            for line in lines_behind(given)? {
                headers.push(header(&line).map_err(|why| Error::Header { why })?);
            }
        }
        Ok(Some(WebSocket { path, headers }))
    }

    /// A Unix socket knows no network, and a literal address no domain.
    fn check(&self, address: &Address) -> Result<(), Error> {
        if let Address::Tcp { host, .. } = address {
            let literal = host.parse::<IpAddr>().is_ok();
            return if self.srv && literal { Err(Error::NoDomain(host.clone())) } else { Ok(()) };
        }
        for (option, given) in [
            ("--bind", self.bind.is_some()),
            ("--proxy", self.proxy.is_some()),
            ("--srv", self.srv),
        ] {
            if given {
                return Err(Error::NotWithUnix { option });
            }
        }
        Ok(())
    }
}

fn proxy(url: &str) -> Result<Proxy, Error> {
    Proxy::parse(url).map_err(|why| Error::Url { what: "--proxy", why })
}

/// The text of a URL that is not to be shown.
pub(super) fn text<'a>(url: &'a Secret, what: &'static str) -> Result<&'a str, Error> {
    std::str::from_utf8(url.expose()).map_err(|_| Error::Url { what, why: "it is not UTF-8" })
}

/// A header's name and value. What would end its line would begin another header.
fn header(given: &Secret) -> Result<(String, String), &'static str> {
    let given = std::str::from_utf8(given.expose()).map_err(|_| "it is not UTF-8")?;
    let (name, value) = given.split_once(':').ok_or("it has no colon")?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("its name is none that a header can have");
    }
    if value.chars().any(|letter| letter.is_control() && letter != '\t') {
        return Err("its value has a control character");
    }
    let lower = name.to_ascii_lowercase();
    if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with(OWN_PREFIX) {
        return Err("WebSocket itself sets this one");
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp() -> Address {
        Address::Tcp { host: "h".to_owned(), port: 1 }
    }

    fn with_header(text: &str) -> Transport {
        Transport { websocket: true, headers: vec![Secret::new(text)], ..Transport::default() }
    }

    #[test]
    fn the_path_is_that_of_the_option_then_of_the_url_then_the_usual() {
        let path = |option: Option<&str>, url: Option<&str>| {
            let path = option.map(Secret::new);
            let transport = Transport { websocket: true, path, ..Transport::default() };
            let options = transport.dial_options(&tcp(), url.map(str::to_owned)).unwrap();
            options.websocket.unwrap().path
        };
        assert_eq!(path(None, None), "/mqtt");
        assert_eq!(path(None, Some("/u")), "/u");
        assert_eq!(path(Some("/o?x"), Some("/u")), "/o?x");
        let plain = Transport::default();
        assert!(plain.dial_options(&tcp(), None).unwrap().websocket.is_none());
        assert!(plain.dial_options(&tcp(), Some("/u".to_owned())).unwrap().websocket.is_some());
    }

    #[test]
    fn headers_are_names_and_values_that_stay_on_their_line() {
        let headers = |text: &str| {
            let options = with_header(text).dial_options(&tcp(), None);
            options.map(|options| options.websocket.unwrap().headers.remove(0))
        };
        let (name, value) = headers("Authorization:  Bearer a:b ").unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("Authorization", "Bearer a:b"));
        assert_eq!(headers("X-Empty:").unwrap().1, "");
        for bad in [
            "hunter2",
            ": hunter2",
            "X Y: hunter2",
            "X: hunter2\r\nY: z",
            "X: hunter2\nY: z",
            "X\r\nY: hunter2",
            "X: hunter2\0",
            "Upgrade: hunter2",
            "connection: hunter2",
            "Sec-WebSocket-Protocol: hunter2",
        ] {
            let error = headers(bad).unwrap_err();
            assert!(matches!(error, Error::Header { .. }), "{bad}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn files_that_say_nothing_are_told() {
        let through = |proxy: &str| {
            let proxy = Some(Secret::new(proxy));
            Transport { proxy, ..Transport::default() }.dial_options(&tcp(), None).unwrap_err()
        };
        assert!(matches!(through("@/no/such/file"), Error::File { .. }));
        assert!(matches!(through("@/dev/null"), Error::Url { what: "--proxy", .. }));
        let error = with_header("@/no/such/file").dial_options(&tcp(), None).unwrap_err();
        assert!(matches!(error, Error::File { .. }));
        let none = with_header("@/dev/null").dial_options(&tcp(), None).unwrap();
        assert!(none.websocket.unwrap().headers.is_empty());
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let path = Some(Secret::new("/x"));
        let alone = Transport { path, ..Transport::default() };
        let error = alone.dial_options(&tcp(), None).unwrap_err();
        assert!(matches!(error, Error::NoWebSocket { option: "--ws-path" }));
        let srv = Transport { srv: true, websocket: true, ..Transport::default() };
        assert!(matches!(srv.dial_options(&tcp(), None), Err(Error::SrvOfWebSocket)));
        let relative = Transport { path: Some(Secret::new("x")), websocket: true, ..srv };
        let relative = Transport { srv: false, ..relative };
        assert!(matches!(relative.dial_options(&tcp(), None), Err(Error::Url { .. })));
        let literal = Address::Tcp { host: "::1".to_owned(), port: 1 };
        let srv = Transport { srv: true, ..Transport::default() };
        assert!(matches!(srv.dial_options(&literal, None), Err(Error::NoDomain(_))));
    }
}
