//! The part of a URL that says where and who: `[user[:password]@]host[:port]`.

use percent_encoding::percent_decode_str;

use crate::secret::Secret;

/// A host with what may stand around it in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The host; an IPv6 address without its brackets.
    pub host: String,
    /// From 1 to 65535.
    pub port: Option<u16>,
    /// Login name.
    pub username: Option<String>,
    /// Login secret; an empty one is none.
    pub password: Option<Secret>,
}

impl Authority {
    /// Takes it apart, every part percent-decoded. The error says what is wrong, without the
    /// text: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (login, place) = match text.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, text),
        };
        let (host, port) = host_and_port(place)?;
        let (username, password) =
            match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
                None => (None, None),
                Some((username, "")) => (Some(percent_decode(username)?), None),
                Some((username, password)) => {
                    let password: Vec<u8> = percent_decode_str(password).collect();
                    (Some(percent_decode(username)?), Some(Secret::new(password)))
                }
            };
        Ok(Self { host, port, username, password })
    }
}

/// `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`, taken apart as it stands.
pub fn split_port(place: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(rest) = place.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or("a `[` without its `]`")?;
        return match rest.strip_prefix(':') {
            None if !rest.is_empty() => Err("something between `]` and the port"),
            port => Ok((address, port)),
        };
    }
    match place.split_once(':') {
        Some((_, port)) if port.contains(':') => Err("an IPv6 address belongs in brackets"),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((place, None)),
    }
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), &'static str> {
    // of a link-local one, the interface stands behind %25 (RFC 6874)
    let (host, port) = split_port(place)?;
    let host = percent_decode(host)?;
    // such a byte has no place in a name, and would end a line of a request that names the host
    if host.is_empty() || host.contains(|letter: char| letter.is_control() || letter == ' ') {
        return Err("no host");
    }
    let port = match port {
        None | Some("") => None,
        Some(port) => {
            let number = port.parse().ok().filter(|port| *port > 0);
            Some(number.ok_or("the port is no number from 1 to 65535")?)
        }
    };
    Ok((host, port))
}

/// The text behind `%40` and its like; it has to be UTF-8.
pub fn percent_decode(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| "a part that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found_and_decoded() {
        let whole = Authority::parse("us%40er:p%3Aw%ff@h.example:1884").unwrap();
        assert_eq!((whole.host.as_str(), whole.port), ("h.example", Some(1884)));
        assert_eq!(whole.username.as_deref(), Some("us@er"));
        assert_eq!(whole.password, Some(Secret::new(*b"p:w\xff")));
        let bare = Authority::parse("u@[::1]").unwrap();
        assert_eq!((bare.host.as_str(), bare.port, bare.password), ("::1", None, None));
        for zone in ["[fe80::1%25eth0]:7", "[fe80::1%eth0]:7"] {
            assert_eq!(Authority::parse(zone).unwrap().host, "fe80::1%eth0");
        }
    }

    #[test]
    fn what_names_no_place_is_refused() {
        for bad in
            ["", "u@", ":7", "::1", "[::1", "[::1]7", "h:0", "h:65536", "h:x", "%ff", "a%0Ab"]
        {
            assert!(Authority::parse(bad).is_err(), "{bad}");
        }
    }
}
