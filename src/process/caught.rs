//! Signals that the process is told of, instead of what they do by themselves.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::iterator::backend::{Pending, SignalDelivery};
use signal_hook::iterator::exfiltrator::SignalOnly;

/// As long as it lives, these signals do nothing but be told here. Those of one number that come
/// before they are taken are one.
#[derive(Debug)]
pub(super) struct Caught<Wake> {
    /// Its descriptor is readable when one came.
    delivery: SignalDelivery<Wake, SignalOnly>,
    /// What came before it was last looked, and was not taken yet.
    came: Pending<SignalOnly>,
}

/// Signals to be awaited.
pub(super) type Awaited = Caught<tokio::net::UnixStream>;

/// Signals to be polled for beside other descriptors.
pub(super) type Polled = Caught<UnixStream>;

impl Awaited {
    /// From now on; needs tokio's runtime.
    pub(super) fn new(signals: &[i32]) -> io::Result<Self> {
        Self::with(signals, |wake| {
            wake.set_nonblocking(true)?;
            tokio::net::UnixStream::from_std(wake)
        })
    }

    /// Waits for the next; who stops waiting misses none.
    pub(super) async fn next(&mut self) -> i32 {
        loop {
            if let Some(signal) = self.came.next() {
                return signal;
            }
            let wake = self.delivery.get_read();
            if wake.readable().await.is_err() {
                return pending().await;
            }
            // Read to the end, so that the next byte is waited for.
            while matches!(wake.try_read(&mut [0; 16]), Ok(1..)) {}
            self.came = self.delivery.pending();
        }
    }
}

impl Polled {
    /// From now on.
    pub(super) fn new(signals: &[i32]) -> io::Result<Self> {
        Self::with(signals, Ok)
    }

    /// The next that came, if one did.
    pub(super) fn take(&mut self) -> Option<i32> {
        if let Some(signal) = self.came.next() {
            return Some(signal);
        }
        self.came = self.delivery.pending();
        self.came.next()
    }
}

impl AsFd for Polled {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

impl<Wake: AsRawFd + Send + Sync + 'static> Caught<Wake> {
    fn with(
        signals: &[i32],
        wake: impl FnOnce(UnixStream) -> io::Result<Wake>,
    ) -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        let mut delivery = SignalDelivery::with_pipe(wake(reader)?, writer, SignalOnly, signals)?;
        let came = delivery.pending();
        Ok(Self { delivery, came })
    }
}
