//! How the bytes get to the broker.

use std::net::{IpAddr, SocketAddr};

use super::Error;
use crate::net::{Address, DialOptions, Proxy, SrvOptions};
use crate::secret::Secret;

/// What was asked for; nothing is the straight way.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The broker with its login in one text, instead of host and port: `mqtt://...`.
    pub url: Option<Secret>,
    /// The address of this host to connect from, or a name that stands for one.
    pub bind: Option<String>,
    /// Whether the host is a domain whose SRV records name the hosts and ports to try.
    pub srv: bool,
    /// The name server to ask for them, instead of the system's.
    pub srv_resolver: Option<SocketAddr>,
    /// A proxy: `socks5h://`, `socks5://` or `http://`, and `[user[:password]@]host[:port]`.
    pub proxy: Option<Secret>,
}

impl Transport {
    /// How to dial `address`; the time limit is not set here.
    pub(super) fn dial_options(&self, address: &Address) -> Result<DialOptions, Error> {
        self.check(address)?;
        let proxy = self.proxy.as_ref().map(|url| text(url, "--proxy").and_then(proxy));
        Ok(DialOptions {
            bind: self.bind.clone(),
            srv: self.srv.then_some(SrvOptions { resolver: self.srv_resolver }),
            proxy: proxy.transpose()?,
            ..DialOptions::default()
        })
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
