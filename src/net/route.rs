//! The whole way to a broker, as messages name it.

use std::fmt;

use super::{Address, DialOptions};

/// Where a broker is, what is spoken on the way, and who passes it on. One pointer wide: errors
/// carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route(Box<Way>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    address: Address,
    /// Whether the host is a domain whose SRV records name the real one.
    by_srv: bool,
    /// The proxy, without its login.
    proxy: Option<String>,
    tls: bool,
    /// The path of a WebSocket, without its query.
    path: Option<String>,
}

impl Route {
    /// The way that [`super::dial`] takes.
    pub fn new(address: &Address, options: &DialOptions) -> Self {
        let proxy = options.proxy.as_ref().map(ToString::to_string);
        let (address, by_srv) = (address.clone(), options.srv.is_some());
        let path = options.websocket.as_ref().map(|asked| asked.shown_path().to_owned());
        Self(Box::new(Way { address, by_srv, proxy, tls: options.tls.is_some(), path }))
    }

    /// The broker.
    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// Whether it is spoken to through TLS.
    pub fn is_secure(&self) -> bool {
        self.0.tls
    }

    /// Whether MQTT is spoken through WebSocket.
    pub fn is_websocket(&self) -> bool {
        self.0.path.is_some()
    }

    /// Whether it is TCP or a Unix socket, with nothing in between.
    pub fn is_plain(&self) -> bool {
        let Way { by_srv, proxy, tls, path, .. } = &*self.0;
        proxy.is_none() && path.is_none() && !by_srv && !tls
    }
}

/// `h:1883`, `mqtts://h:8883`, `ws://h:80/mqtt`, `h:1883 through the proxy socks5h://p:1080`.
impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Way { address, by_srv, proxy, tls, path } = &*self.0;
        formatter.write_str(match (path, tls) {
            (None, false) => "",
            (None, true) => "mqtts://",
            (Some(_), false) => "ws://",
            (Some(_), true) => "wss://",
        })?;
        match address {
            Address::Tcp { host, .. } if *by_srv => write!(formatter, "{host} by its SRV records")?,
            _ => address.fmt(formatter)?,
        }
        formatter.write_str(path.as_deref().unwrap_or_default())?;
        if let Some(proxy) = proxy {
            write!(formatter, " through the proxy {proxy}")?;
        }
        Ok(())
    }
}
