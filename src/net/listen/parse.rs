//! A place to listen at, as people write it.

use std::str::FromStr;

use super::ListenAddress;
use crate::net::split_port;

/// `9090` and `localhost:9090` are loopback in both families, as is `:9090`; `HOST:9090` and
/// `[ADDRESS]:9090` all addresses of a host, `*:9090` every one of this host, `unix:PATH` a Unix
/// socket. Port 0 picks a free one.
impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const WANTED: &str = "not PORT, HOST:PORT, [ADDRESS]:PORT, *:PORT or unix:PATH";
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(WANTED) } else { Ok(Self::Unix(path.into())) };
        }
        let is_port = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = if is_port { ("", Some(text)) } else { split_port(text)? };
        let port = port.ok_or(WANTED)?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits);
        let port = port.ok_or("the port is no number from 0 to 65535")?;
        if host.contains(|letter: char| letter.is_control() || letter == ' ') {
            return Err("no host");
        }
        Ok(match host {
            "" | "localhost" => Self::Loopback { port },
            host => Self::Tcp { host: host.to_owned(), port },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_loopback_and_the_rest_is_what_it_says() {
        let parse = |text: &str| text.parse::<ListenAddress>();
        let tcp = |host: &str, port| Ok(ListenAddress::Tcp { host: host.to_owned(), port });
        for text in ["9090", ":9090", "localhost:9090"] {
            assert_eq!(parse(text), Ok(ListenAddress::Loopback { port: 9090 }), "{text}");
        }
        assert_eq!(parse("0"), Ok(ListenAddress::Loopback { port: 0 }));
        assert_eq!(parse("127.0.0.1:0"), tcp("127.0.0.1", 0));
        assert_eq!(parse("[::1]:7"), tcp("::1", 7));
        assert_eq!(parse("*:7"), tcp("*", 7));
        assert_eq!(parse("unix:/run/x"), Ok(ListenAddress::Unix("/run/x".into())));
        for wrong in
            ["", "x", "unix:", ":", "h:", "h:x", "h:+1", "h:65536", "::1", "[::1]", "a b:7"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
