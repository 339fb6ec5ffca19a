//! A descriptor to print to, and whether it may make somebody wait.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
#[cfg(unix)]
use std::pin::Pin;
#[cfg(unix)]
use std::task::{Context, Poll};

/// A pipe that can be written at all takes this much at once (`PIPE_BUF`), and what several
/// processes write to it at the same time is not mixed up to this length.
pub(super) const AT_ONCE: usize = 4096;

/// What may be done with the descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file or a device: it never makes anybody wait for long.
    File,
    /// A pipe or a socket: its reader may stall.
    Pipe,
    /// A terminal may be held by a key.
    Terminal,
}

impl Kind {
    /// What this descriptor is.
    pub(super) fn of(file: &File) -> Self {
        if file.is_terminal() { Self::Terminal } else { of_no_terminal(file) }
    }
}

#[cfg(unix)]
fn of_no_terminal(file: &File) -> Kind {
    use std::os::unix::fs::FileTypeExt;
    // What cannot even be looked at is written by a thread.
    file.metadata().map_or(Kind::Pipe, |metadata| {
        let kind = metadata.file_type();
        if kind.is_fifo() || kind.is_socket() { Kind::Pipe } else { Kind::File }
    })
}

#[cfg(not(unix))]
fn of_no_terminal(file: &File) -> Kind {
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) { Kind::File } else { Kind::Pipe }
}

/// Standard output or standard error as a descriptor of our own: the standard library's have
/// locks, and a buffer that flushes at newlines.
#[cfg(unix)]
pub(super) fn own(standard: &impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(standard.as_fd().try_clone_to_owned()?.into())
}

/// Standard output or standard error as a descriptor of our own: the standard library's have
/// locks, and a buffer that flushes at newlines.
#[cfg(windows)]
pub(super) fn own(standard: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    Ok(standard.as_handle().try_clone_to_owned()?.into())
}

/// Writes all, also where somebody made the descriptor non-blocking.
pub(super) fn write_all(mut file: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            #[cfg(unix)]
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                is_writable(file, true);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether something can be written now; waits for it when told to.
#[cfg(unix)]
pub(super) fn is_writable(file: &File, wait: bool) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut watched = [PollFd::new(file, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut watched, if wait { None } else { Some(&at_once) }), Ok(1..))
}

/// Who reads the other end of a pipe: watched from when it is first asked for.
#[cfg(unix)]
#[derive(Default)]
pub(super) struct Reader(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

#[cfg(unix)]
impl Reader {
    /// Ready once nobody reads `file` any more.
    pub(super) fn poll_gone(&mut self, file: &File, context: &mut Context<'_>) -> Poll<()> {
        let watch =
            || -> Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(gone(file.try_clone())) };
        self.0.get_or_insert_with(watch).as_mut().poll(context)
    }
}

#[cfg(unix)]
impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Reader").field(&self.0.is_some()).finish()
    }
}

/// Until nobody reads the pipe, which the system tells as an error; for ever where it does not say.
#[cfg(unix)]
async fn gone(pipe: io::Result<File>) {
    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;
    // Whoever shares the pipe finds it as it was: it is not made to be non-blocking.
    if let Ok(pipe) = pipe.and_then(Sender::from_file_unchecked) {
        while let Ok(ready) = pipe.ready(Interest::ERROR).await {
            if ready.is_error() {
                return;
            }
        }
    }
    std::future::pending::<()>().await;
}
