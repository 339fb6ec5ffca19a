//! systemd, or who else watches a service as it does: told when the service is ready, when it
//! stops, and that it lives.
//!
//! A datagram to a socket that the environment names is all there is to it, so no crate is needed.

use std::convert::Infallible;
use std::ffi::OsString;
use std::time::Duration;

/// Who started this process and wants to be told.
#[derive(Debug)]
pub struct Supervisor {
    #[cfg(unix)]
    socket: std::os::unix::net::UnixDatagram,
    #[cfg(unix)]
    address: std::os::unix::net::SocketAddr,
    /// It must hear a sign of life this often.
    watchdog: Option<Duration>,
}

impl Supervisor {
    /// The one that the environment names, if it names one that is there.
    #[cfg(unix)]
    fn find(environment: &dyn Fn(&str) -> Option<OsString>) -> Option<Self> {
        let address = address_of(&environment("NOTIFY_SOCKET")?)?;
        let socket = std::os::unix::net::UnixDatagram::unbound().ok()?;
        // A supervisor that does not read must not stop what it watches.
        socket.set_nonblocking(true).ok()?;
        let number = |name| environment(name)?.to_str()?.parse::<u64>().ok();
        let is_ours = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|time| is_ours && *time > 0);
        Some(Self { socket, address, watchdog: watchdog.map(Duration::from_micros) })
    }

    /// There is none.
    #[cfg(not(unix))]
    fn find(_: &dyn Fn(&str) -> Option<OsString>) -> Option<Self> {
        None
    }

    /// Waits for the end of a service that is ready now, with a `status` in one line for people. Who
    /// watches this process, if anybody does, hears of that, that it lives, and that it stops.
    pub async fn watch(status: &str, end: impl Future<Output = ()>) {
        let Some(supervisor) = Self::find(&|name| std::env::var_os(name)) else {
            return end.await;
        };
        supervisor.ready(status);
        tokio::select! {
            () = end => {}
            never = supervisor.lives() => match never {},
        }
        supervisor.stopping();
    }

    /// Tells for ever that the service lives, twice as often as that must be heard.
    async fn lives(&self) -> Infallible {
        let Some(watchdog) = self.watchdog else { return std::future::pending().await };
        let mut beats = tokio::time::interval((watchdog / 2).max(Duration::from_millis(1)));
        loop {
            beats.tick().await;
            self.send("WATCHDOG=1");
        }
    }

    /// The service is ready; `status` is one line for people.
    fn ready(&self, status: &str) {
        let id = std::process::id();
        self.send(&format!("READY=1\nMAINPID={id}\nSTATUS={}", crate::text::escape_line(status)));
    }

    /// The service begins to stop.
    fn stopping(&self) {
        self.send("STOPPING=1");
    }

    #[cfg(unix)]
    fn send(&self, text: &str) {
        // Who is gone is not told.
        let _ = self.socket.send_to_addr(text.as_bytes(), &self.address);
    }

    #[cfg(not(unix))]
    fn send(&self, _: &str) {}
}

/// A path, or, behind `@`, a name of Linux's own.
#[cfg(unix)]
fn address_of(name: &std::ffi::OsStr) -> Option<std::os::unix::net::SocketAddr> {
    use std::os::unix::net::SocketAddr;
    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        return SocketAddr::from_abstract_name(name).ok();
    }
    std::path::Path::new(name).is_absolute().then(|| SocketAddr::from_pathname(name).ok())?
}
