//! Debian's mosquitto, as a broker that somebody else wrote.

use std::process::{Child, Command, Stdio};

use super::scratch::Scratch;
use super::service::{await_listening, free_port};

/// A running broker; it ends with the value.
pub(crate) struct Mosquitto {
    child: Child,
    _directory: Scratch,
    pub(crate) port: String,
}

impl Mosquitto {
    /// On a free port of 127.0.0.1, with these lines in its configuration; `DIR` in them is a
    /// directory of its own, which `files` are written to before.
    pub(crate) fn start(lines: &[&str], files: &[(&str, &str)]) -> Self {
        let port = free_port();
        let directory = Scratch::new("mosquitto");
        for (name, content) in files {
            directory.write(name, content);
        }
        let place = directory.path().to_str().unwrap();
        let mut config = format!("user root\nlistener {port} 127.0.0.1\npersistence false\n");
        for line in lines {
            config.push_str(&line.replace("DIR", place));
            config.push('\n');
        }
        let file = directory.write("conf", config);
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .unwrap_or("mosquitto");
        let child = Command::new(program)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        await_listening(&port);
        Self { child, _directory: directory, port }
    }

    /// Anybody may do anything.
    pub(crate) fn open() -> Self {
        let free = ["allow_anonymous true", "max_queued_messages 0", "max_inflight_messages 0"];
        Self::start(&free, &[])
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
