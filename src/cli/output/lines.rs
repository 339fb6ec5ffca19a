//! Lines to standard output or a file while something else goes on, which waits for no reader and
//! no disk.

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread::JoinHandle;

/// Standard output or a file, behind a thread that writes.
#[derive(Debug)]
pub(in crate::cli) struct Lines {
    to_write: mpsc::Sender<String>,
    writer: JoinHandle<io::Result<()>>,
}

impl Lines {
    /// To standard output. Nothing is written yet.
    pub(in crate::cli) fn start() -> io::Result<Self> {
        Self::to(io::stdout())
    }

    /// To this. Nothing is written yet.
    pub(in crate::cli) fn to(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let (to_write, lines) = mpsc::channel::<String>();
        let writer = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
            for text in lines {
                out.write_all(text.as_bytes())?;
                out.flush()?;
            }
            Ok(())
        })?;
        Ok(Self { to_write, writer })
    }

    /// Writes whole lines, some time.
    pub(in crate::cli) fn put(&self, text: String) {
        // Why the writer has ended is told at the end.
        let _ = self.to_write.send(text);
    }

    /// Waits until all is written. That nobody reads any more is no error.
    pub(in crate::cli) fn finish(self) -> io::Result<()> {
        drop(self.to_write);
        let lost = |_| Err(io::Error::other("the writing thread is gone"));
        match self.writer.join().unwrap_or_else(lost) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome,
        }
    }
}
