//! Proxies: who stands between this host and the broker, and passes bytes on.

mod http;
mod socks5;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::IpAddr;

use tokio::net::TcpStream;

use super::address::host_and_port;
use super::dial::{Stage, tcp};
use super::http::HeadError;
use super::race::interleave;
use super::resolve::resolve;
use super::{Authority, DialError};
use crate::secret::Secret;

/// The port of a proxy, when none is given; curl has the same for every scheme here.
const PORT: u16 = 1080;

/// The longest name and password that SOCKS5 can carry (RFC 1929).
const LONGEST_LOGIN: usize = 255;

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
    login: Option<Login>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// SOCKS5, and this host looks up the broker's name.
    Socks5,
    /// SOCKS5, and the proxy looks it up.
    Socks5h,
    /// HTTP CONNECT; the proxy looks it up.
    Http,
}

/// Who this client is for the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Login {
    username: String,
    password: Secret,
}

/// What a proxy did instead of connecting to the broker.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// Nothing listens where the proxy should be.
    #[error("refused the connection")]
    Refused,
    /// It cannot be reached, or the connection to it failed.
    #[error("cannot be reached: {0}")]
    Io(#[from] io::Error),
    /// It ended the connection.
    #[error("closed the connection without an answer")]
    Closed,
    /// It spoke something else.
    #[error("does not speak {0}")]
    NotProxy(&'static str),
    /// Its answer does not end.
    #[error("sent an HTTP header of more than 8 KiB")]
    EndlessHead,
    /// It takes nobody without a login.
    #[error("wants a login: give it as SCHEME://NAME:PASSWORD@HOST")]
    LoginNeeded,
    /// It does not take this one.
    #[error("did not accept the user name and password")]
    LoginRefused,
    /// It takes only kinds of login that are not served here.
    #[error("wants a kind of login that is not served here")]
    LoginNotServed,
    /// SOCKS5: it told why it did not connect.
    #[error("did not connect to {target}: {}", socks5::words(*.reply))]
    Reply {
        /// Where to.
        target: String,
        /// The code (RFC 1928, 6).
        reply: u8,
    },
    /// HTTP: it told why it did not connect.
    #[error("did not connect to {target}: {status} {reason}")]
    Status {
        /// Where to.
        target: String,
        /// The HTTP status.
        status: u16,
        /// The proxy's words.
        reason: String,
    },
    /// SOCKS5 has no room for it.
    #[error("takes no host name of more than 255 bytes")]
    LongName,
}

impl Proxy {
    /// Reads `socks5h://`, `socks5://` or `http://` with `[user[:password]@]host[:port]`. The error
    /// says what is wrong, without the URL: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("it does not start with socks5h://, socks5:// or http://")?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "socks5" => Kind::Socks5,
            "socks5h" => Kind::Socks5h,
            "http" => Kind::Http,
            _ => return Err("only socks5h://, socks5:// and http:// are served"),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err("a proxy has no path");
        }
        let Authority { host, port, username, password } = Authority::parse(authority)?;
        let password = password.unwrap_or_else(|| Secret::new([]));
        let login = username.map(|username| Login { username, password });
        if let Some(Login { username, password }) = &login {
            if username.len() > LONGEST_LOGIN || password.expose().len() > LONGEST_LOGIN {
                return Err("the user name or the password is longer than 255 bytes");
            }
            if kind == Kind::Http && username.contains(':') {
                return Err("an HTTP proxy takes no user name with a colon");
            }
        }
        Ok(Self { kind, host, port: port.unwrap_or(PORT), login })
    }

    /// A connection to `host` and `port` through the proxy.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        bind: Option<&str>,
        stage: &mut Stage,
    ) -> Result<TcpStream, DialError> {
        // nobody looks it up here, and in a request it would end a line
        if host.contains(|letter: char| letter.is_control() || letter == ' ') {
            let source = io::ErrorKind::InvalidInput.into();
            return Err(DialError::Lookup { host: host.to_owned(), source });
        }
        if self.kind != Kind::Socks5 {
            return self.connect_to(host, port, bind, stage).await;
        }
        *stage = Stage::Lookup(host.to_owned());
        let addresses = resolve(host, port)
            .await
            .map_err(|source| DialError::Lookup { host: host.to_owned(), source })?;
        let mut failure = DialError::NoAddress { host: host.to_owned() };
        for address in interleave(&addresses) {
            let literal = address.ip().to_string();
            match self.connect_to(&literal, port, bind, stage).await {
                Ok(stream) => return Ok(stream),
                Err(error) if is_of_address(&error) => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    /// One connection to the proxy, and one request.
    async fn connect_to(
        &self,
        host: &str,
        port: u16,
        bind: Option<&str>,
        stage: &mut Stage,
    ) -> Result<TcpStream, DialError> {
        let told = |problem| DialError::Proxy { proxy: self.to_string(), problem };
        let connected = tcp::connect(&self.host, self.port, bind, stage).await;
        let mut stream = connected.map_err(|error| match error {
            DialError::Refused { .. } => told(ProxyError::Refused),
            DialError::Io { source, .. } => told(source.into()),
            other => other,
        })?;
        *stage = Stage::Connect(format!("the proxy {self}"));
        let login = self.login.as_ref();
        let outcome = match self.kind {
            Kind::Http => http::connect(&mut stream, host, port, login).await,
            Kind::Socks5 | Kind::Socks5h => socks5::connect(&mut stream, host, port, login).await,
        };
        outcome.map_err(told)?;
        Ok(stream)
    }
}

/// Whether another address of the same host may fare better.
fn is_of_address(error: &DialError) -> bool {
    matches!(error, DialError::Proxy { problem: ProxyError::Reply { .. }, .. })
}

impl From<HeadError> for ProxyError {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::NotHttp => Self::NotProxy("HTTP"),
            HeadError::TooLong => Self::EndlessHead,
            HeadError::Closed => Self::Closed,
            HeadError::Io(error) => Self::Io(error),
        }
    }
}

impl ProxyError {
    /// A failure while the proxy was spoken to.
    fn of_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// `socks5h://p:1080`: without the login.
impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            Kind::Socks5 => "socks5",
            Kind::Socks5h => "socks5h",
            Kind::Http => "http",
        };
        write!(formatter, "{scheme}://{}", host_and_port(&self.host, self.port))
    }
}

/// The address, where the text is one.
fn literal(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}
