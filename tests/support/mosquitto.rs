//! Debian's mosquitto, as a broker that somebody else wrote.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::service::{await_listening, free_port};

/// A running broker; it ends with the value.
pub(crate) struct Mosquitto {
    child: Child,
    directory: PathBuf,
    pub(crate) port: String,
}

impl Mosquitto {
    /// On a free port of 127.0.0.1, with these lines in its configuration; `DIR` in them is a
    /// directory of its own, which `files` are written to before.
    pub(crate) fn start(lines: &[&str], files: &[(&str, &str)]) -> Self {
        let port = free_port();
        let directory =
            std::env::temp_dir().join(format!("mq-mosquitto-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        for (name, content) in files {
            std::fs::write(directory.join(name), content).unwrap();
        }
        let place = directory.to_str().unwrap();
        let mut config = format!("user root\nlistener {port} 127.0.0.1\npersistence false\n");
        for line in lines {
            config.push_str(&line.replace("DIR", place));
            config.push('\n');
        }
        let file = directory.join("conf");
        std::fs::write(&file, config).unwrap();
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
        Self { child, directory, port }
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
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
