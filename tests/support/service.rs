//! Programs of others that listen on a port.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mq::net::clock;

use super::PATIENCE;

/// A running proxy; it ends with the value.
pub(crate) struct ProxyServer {
    child: Child,
    pub(crate) port: String,
    configuration: Option<PathBuf>,
}

impl ProxyServer {
    /// SOCKS5, with these options of the program's own.
    pub(crate) fn microsocks(options: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new("microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port]).args(options);
        Self::start(command, port, None)
    }

    /// HTTP CONNECT, with these lines in its configuration.
    pub(crate) fn tinyproxy(lines: &str) -> Self {
        let port = free_port();
        let name = format!("mq-tinyproxy-{}-{port}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let log = path.with_extension("log");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nMaxClients 10\nLogFile \"{}\"\n{lines}\n",
            log.display()
        );
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&path);
        Self::start(command, port, Some(path))
    }

    fn start(mut command: Command, port: String, configuration: Option<PathBuf>) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        await_listening(&port);
        Self { child, port, configuration }
    }
}

impl Drop for ProxyServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(path) = &self.configuration {
            let _ = std::fs::remove_file(path);
            let _ = std::fs::remove_file(path.with_extension("log"));
        }
    }
}

/// A port of 127.0.0.1 that is free now. Somebody else may take it before it is used; a second try
/// is unlikely to meet the same.
pub(crate) fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// Waits until somebody listens there.
#[track_caller]
pub(crate) fn await_listening(port: &str) {
    let deadline = clock::now() + PATIENCE;
    while TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        assert!(clock::now() < deadline, "nobody listens on port {port}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
