//! How far a run is, for who watches it meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that a run sets and others read, at any time.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    messages: AtomicU64,
}

impl Meter {
    /// Bytes that are dealt with: of standard input those that were cut into messages, of a lone
    /// message those that left.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Messages that were taken.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// So many bytes are dealt with by now.
    pub(super) fn set_bytes(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// So many messages are taken by now.
    pub(super) fn set_messages(&self, messages: u64) {
        self.messages.store(messages, Ordering::Relaxed);
    }
}
