//! Which connections have something to do.
//!
//! The loop polls only those that the runtime woke, without a task for each: ten thousand that
//! hold still cost nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// The connections that were woken.
#[derive(Debug, Default)]
pub(super) struct Ready(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    woken: Vec<u32>,
    /// The loop, while it waits.
    waiting: Option<Waker>,
}

impl Ready {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, index: u32) {
        let mut queue = self.lock();
        queue.woken.push(index);
        let waiting = queue.waiting.take();
        drop(queue);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Takes all that were woken, into an empty list.
    pub(super) fn take(&self, into: &mut Vec<u32>) {
        std::mem::swap(&mut self.lock().woken, into);
    }

    /// Whether none was woken.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().woken.is_empty()
    }

    /// Ready when one is woken.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut queue = self.lock();
        if !queue.woken.is_empty() {
            return Poll::Ready(());
        }
        queue.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}

/// How one connection is woken.
#[derive(Debug)]
pub(super) struct Bell {
    index: u32,
    /// It is in the queue already.
    rung: AtomicBool,
    ready: Arc<Ready>,
}

impl Bell {
    /// That of the connection with this number.
    pub(super) fn new(index: u32, ready: &Arc<Ready>) -> Arc<Self> {
        Arc::new(Self { index, rung: AtomicBool::new(false), ready: Arc::clone(ready) })
    }

    /// It is being dealt with: what happens from now on wakes it again.
    pub(super) fn heard(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Wakes it.
    pub(super) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.ready.push(self.index);
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_woken_twice_stands_in_the_queue_once() {
        let ready = Arc::new(Ready::default());
        let bells = [Bell::new(0, &ready), Bell::new(1, &ready)];
        assert!(ready.is_empty());
        bells[1].ring();
        bells[1].ring();
        bells[0].ring();
        let mut woken = Vec::new();
        ready.take(&mut woken);
        assert_eq!(woken, [1, 0]);
        bells[1].ring();
        assert!(ready.is_empty(), "it was not heard");
        bells[1].heard();
        bells[1].ring();
        assert!(!ready.is_empty());
    }
}
