//! From a host's name to its addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::thread;

use tokio::sync::{Semaphore, oneshot};

/// The threads that look up names at any one time; more names wait.
const LOOKUPS: usize = 16;

static PERMITS: Semaphore = Semaphore::const_new(LOOKUPS);

/// The loopback addresses in the order in which they are tried: brokers that listen on one only
/// listen on the first.
pub(super) const LOOPBACK: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The addresses of `host`, which may be a literal one, in the resolver's order.
pub(super) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match without_lookup(host, port) {
        Some(addresses) => Ok(addresses),
        None => look_up(host.to_owned(), port).await,
    }
}

/// Literal addresses, and localhost, which is never asked for elsewhere (RFC 6761, 6.3).
fn without_lookup(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(vec![SocketAddr::new(address, port)]);
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    (name == "localhost" || name.ends_with(".localhost"))
        .then(|| LOOPBACK.map(|address| SocketAddr::new(address, port)).to_vec())
}

/// Whether the error says that this host has no such address, or not even its family.
pub(super) fn is_absent(error: &io::Error) -> bool {
    /// `EAFNOSUPPORT` and `WSAEAFNOSUPPORT`, which have no `ErrorKind`.
    #[cfg(unix)]
    const NO_FAMILY: i32 = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
    #[cfg(not(unix))]
    const NO_FAMILY: i32 = 10047;

    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(NO_FAMILY)
}

/// Asks the system, on a thread of its own: a runtime waits for its blocking threads when it ends,
/// and a resolver that hangs would hold the command back long after its deadline.
async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    let permit = PERMITS.acquire().await.map_err(io::Error::other)?;
    let (answer, answered) = oneshot::channel();
    thread::Builder::new().name("lookup".to_owned()).spawn(move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses = addresses.map(without_repeats).map_err(in_few_words);
        drop(permit);
        // nobody waits any more when the deadline passed
        let _ = answer.send(addresses);
    })?;
    answered.await.map_err(io::Error::other)?
}

/// What the resolver says, without the standard library's preface: who prints it says that a name
/// was looked up.
fn in_few_words(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.strip_prefix("failed to lookup address information: ") {
        Some(words) => io::Error::new(error.kind(), words.to_owned()),
        None => error,
    }
}

/// A hosts file may name one address twice.
fn without_repeats(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut unique = Vec::new();
    for address in addresses {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(host: &str) -> Option<Vec<String>> {
        let addresses = without_lookup(host, 1883)?;
        Some(addresses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn literals_and_localhost_start_no_thread() {
        assert_eq!(texts("192.0.2.7").unwrap(), ["192.0.2.7:1883"]);
        assert_eq!(texts("2001:db8::7").unwrap(), ["[2001:db8::7]:1883"]);
        for host in ["localhost", "LocalHost.", "broker.localhost"] {
            assert_eq!(texts(host).unwrap(), ["127.0.0.1:1883", "[::1]:1883"], "{host}");
        }
        for host in ["", "example.com", "mylocalhost", "localhost.example.com", "[::1]"] {
            assert_eq!(texts(host), None, "{host}");
        }
    }

    #[tokio::test]
    async fn the_system_is_asked_on_a_thread() {
        // a literal needs no network even from the system's own resolver
        let addresses = look_up("127.0.0.1".to_owned(), 7).await.unwrap();
        assert_eq!(addresses, [SocketAddr::from(([127, 0, 0, 1], 7))]);
        assert!(look_up("a name\0".to_owned(), 7).await.is_err());
    }
}
