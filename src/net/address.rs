//! Where a broker is, as the user named it.

use std::fmt;
use std::path::PathBuf;

/// A place to connect to: a host and port not yet looked up, or a Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// TCP.
    Tcp {
        /// A name or a literal address; an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The host's name, or the socket's path.
    pub fn name(&self) -> String {
        match self {
            Self::Tcp { host, .. } => host.clone(),
            Self::Unix(path) => path.display().to_string(),
        }
    }
}

/// `localhost:1883`, `[::1]:1883`, `unix:/run/mq.sock`.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => formatter.write_str(&host_and_port(host, *port)),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// `localhost:1883`, `[::1]:1883`.
pub(super) fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_what_a_url_has_behind_its_scheme() {
        let tcp = |host: &str| Address::Tcp { host: host.to_owned(), port: 1883 }.to_string();
        assert_eq!(tcp("localhost"), "localhost:1883");
        assert_eq!(tcp("192.0.2.1"), "192.0.2.1:1883");
        assert_eq!(tcp("::1"), "[::1]:1883");
        assert_eq!(Address::Unix("/run/mq.sock".into()).to_string(), "unix:/run/mq.sock");
    }
}
