//! The router's sockets: one thread, a task a connection, one flush a turn.
//!
//! A turn: every connection that is ready is read once into the shared buffer and routed; what
//! that made others owe is appended to their outputs, and the flusher, woken behind the readers,
//! writes each output once. The router is borrowed within a poll only, never across an await,
//! so there is no lock and nothing to order.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{
    JoinError, JoinHandle, JoinSet, LocalSet, spawn_local, unconstrained, yield_now,
};
use tokio::time::{sleep, sleep_until, timeout};

use super::accept::accept;
use super::beside::{Checker, show_metrics, take_verdicts};
use super::commands::Command;
use super::connection::ConnectionKey;
use super::router::{Next, Received, Router};
use super::socket::{Socket, Writing};
use crate::net::{Doorkeepers, Entrance, Listener, ReadHalf, clock};

/// Bytes read at once; larger buffers push the data out of the caches before it is routed.
const READ_BYTES: usize = 32 * 1024;
/// The unfinished packet of a connection is put in front of the next read up to this size; a
/// larger one is read into its own buffer.
const SHORT_TAIL: usize = 8 * 1024;
/// How long a connection that is closed has to take its last packets.
const LINGER: Duration = Duration::from_millis(500);
/// How long all connections have at the end.
const DRAIN: Duration = Duration::from_secs(2);
/// What was sent before the end was asked for is still read, for this long at most.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Nothing new in this time, twice: all of it has been read. The system has what was sent on this
/// machine at once.
const SILENCE: Duration = Duration::from_millis(1);

/// Everything that the tasks of one broker share.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) router: RefCell<Router>,
    /// By the connection's place in the router.
    pub(super) sockets: RefCell<Vec<Option<Socket>>>,
    read_buffer: RefCell<Vec<u8>>,
    /// Something is to be flushed or woken.
    work: Notify,
    /// An earlier timer was set.
    timers: Notify,
    /// A connection was removed.
    pub(super) room: Notify,
    pub(super) connections_max: usize,
    /// Where logins are checked.
    pub(super) checker: Checker,
    /// Connections accepted, and reads that brought something.
    pub(super) arrivals: Cell<u64>,
    /// See to handshakes, where a listener has any.
    pub(super) doorkeepers: Option<Doorkeepers>,
}

/// What is asked of the broker, and where it shows its metrics.
pub(super) type Outside = (UnboundedReceiver<Command>, Option<Listener>);

/// Serves until `shutdown` is done, then tells every client and gives them a moment to hear it.
pub(super) async fn serve(
    router: Router,
    (listeners, doorkeepers): (Vec<(Listener, Arc<Entrance>)>, Option<Doorkeepers>),
    (commands, metrics): Outside,
    connections_max: usize,
    shutdown: impl Future<Output = ()>,
) {
    let (checker, checked) = Checker::new();
    let shell = Rc::new(Shell {
        router: RefCell::new(router),
        sockets: RefCell::new(Vec::new()),
        read_buffer: RefCell::new(vec![0; READ_BYTES + SHORT_TAIL]),
        work: Notify::new(),
        timers: Notify::new(),
        room: Notify::new(),
        connections_max,
        checker,
        arrivals: Cell::new(0),
        doorkeepers,
    });
    let local = LocalSet::new();
    local
        .run_until(async {
            let mut accepting = JoinSet::new();
            for listener in listeners.into_iter().enumerate() {
                accepting.spawn_local(accept(Rc::clone(&shell), listener));
            }
            shell.router.borrow_mut().begin(clock::now());
            let mut flusher = spawn_local(unconstrained(flush(Rc::clone(&shell))));
            let mut timers = spawn_local(watch_timers(Rc::clone(&shell)));
            let obeying = spawn_local(obey(Rc::clone(&shell), commands));
            let admitting = spawn_local(take_verdicts(Rc::clone(&shell), checked));
            let showing = metrics.map(|at| spawn_local(show_metrics(Rc::clone(&shell), at)));
            // Without one of these a broker would seem to live and serve nobody: their panic, the
            // only end they have, is the broker's.
            let ended = tokio::select! {
                () = shutdown => None,
                ended = &mut flusher => ended.err(),
                ended = &mut timers => ended.err(),
                Some(ended) = accepting.join_next() => ended.err(),
            };
            if let Some(Ok(panic)) = ended.map(JoinError::try_into_panic) {
                std::panic::resume_unwind(panic);
            }
            let _ = timeout(LAST_WORDS, shell.silence()).await;
            accepting.shutdown().await;
            shell.router.borrow_mut().shut_down(clock::now());
            shell.turn();
            let _ = timeout(DRAIN, shell.drained()).await;
            flusher.abort();
            timers.abort();
            obeying.abort();
            admitting.abort();
            showing.inspect(JoinHandle::abort);
        })
        .await;
}

/// One connection, from its first byte to its last.
pub(super) async fn converse(seat: Seat, mut read: ReadHalf) {
    let (shell, key) = (&seat.shell, seat.key);
    let mut reader = Reader::default();
    poll_fn(|context| shell.poll_connection(context, key, &mut read, &mut reader)).await;
    // The last packets leave, then what the peer still sends is read for a moment: closing with
    // unread bytes would make the kernel reset the connection, and the peer lose our last words.
    // Boxed, since it would make the task of every connection larger from its first day.
    let _ = timeout(LINGER, Box::pin(shell.say_goodbye(key, &mut read))).await;
    drop(seat);
}

/// A connection's place in the router; given up even when the task panics.
pub(super) struct Seat {
    pub(super) shell: Rc<Shell>,
    pub(super) key: ConnectionKey,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shell.unregister(self.key);
    }
}

/// What a connection's task keeps between polls.
#[derive(Default)]
struct Reader {
    /// The packet that has not come whole, or what a held publisher sent beyond what is parked.
    tail: Vec<u8>,
    /// The tail may hold whole packets: to be given again before anything is read.
    again: bool,
    /// The stream has ended; only what is parked is left.
    ended: bool,
}

async fn flush(shell: Rc<Shell>) {
    loop {
        shell.work.notified().await;
        shell.turn();
        if shell.router.borrow().has_work() {
            // More of it is for the next turn: the readers, the timers and newcomers come first.
            yield_now().await;
        }
    }
}

/// Does what is asked for from outside, between turns.
async fn obey(shell: Rc<Shell>, mut commands: UnboundedReceiver<Command>) {
    while let Some(command) = commands.recv().await {
        shell.router.borrow_mut().obey(command, clock::now());
        shell.rouse();
    }
}

async fn watch_timers(shell: Rc<Shell>) {
    loop {
        let next = shell.router.borrow().timers.next();
        let due = async {
            match next {
                Some(at) => sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {
                shell.router.borrow_mut().tick(clock::now());
                shell.work.notify_one();
            }
            () = shell.timers.notified() => {}
        }
    }
}

impl Shell {
    pub(super) fn register(&self, key: ConnectionKey, write: Writing) {
        let mut sockets = self.sockets.borrow_mut();
        if sockets.len() <= key.at {
            sockets.resize_with(key.at + 1, || None);
        }
        let waker = Waker::noop().clone();
        sockets[key.at] = Some(Socket { tenant: key.tenant, write, waker, blocked: false });
        self.note_arrival();
        self.rouse();
    }

    fn unregister(&self, key: ConnectionKey) {
        if let Some(slot) = self.sockets.borrow_mut().get_mut(key.at)
            && slot.as_ref().is_some_and(|socket| socket.tenant == key.tenant)
        {
            *slot = None;
        }
        self.router.borrow_mut().remove(key, clock::now());
        self.room.notify_one();
        self.rouse();
    }

    /// Has the flusher and the timers look at what the router was left with.
    pub(super) fn rouse(&self) {
        let mut router = self.router.borrow_mut();
        if router.timers.take_earlier() {
            self.timers.notify_one();
        }
        if router.has_work() {
            self.work.notify_one();
        }
    }

    /// Reads and routes until nothing more has come; ready when the connection is to be closed.
    fn poll_connection(
        &self,
        context: &mut Context<'_>,
        key: ConnectionKey,
        read: &mut ReadHalf,
        reader: &mut Reader,
    ) -> Poll<()> {
        self.keep_waker(key, context);
        self.flush_one(key, true, clock::now());
        self.rouse();
        let mut turn = 0;
        loop {
            match self.state(key) {
                State::Closing => return Poll::Ready(()),
                State::Paused => return Poll::Pending,
                State::Reading if reader.ended => return Poll::Pending,
                State::Reading => {}
            }
            if reader.again {
                reader.again = false;
                let tail = std::mem::take(&mut reader.tail);
                let used = self.route(key, &tail, reader);
                reader.tail = tail[used..].to_vec();
                self.read(key, 0, reader);
                continue;
            }
            // An error is an end like any other.
            let count = ready!(self.poll_read(context, key, read, reader)).unwrap_or_default();
            self.read(key, count, reader);
            turn += count;
            if count == 0 {
                reader.ended = true;
                self.router.borrow_mut().ended(key, clock::now());
                self.rouse();
            } else if turn >= READ_BYTES && matches!(self.state(key), State::Reading) {
                // More may have come, but others are read first.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }

    /// One read, routed: how many bytes came.
    fn poll_read(
        &self,
        context: &mut Context<'_>,
        key: ConnectionKey,
        read: &mut ReadHalf,
        reader: &mut Reader,
    ) -> Poll<io::Result<usize>> {
        let kept = reader.tail.len();
        if kept > SHORT_TAIL {
            // The buffer grows with what arrives, never with what was announced.
            reader.tail.resize(kept + READ_BYTES, 0);
            let mut buffer = ReadBuf::new(&mut reader.tail[kept..]);
            let result = Pin::new(read).poll_read(context, &mut buffer);
            let count = buffer.filled().len();
            reader.tail.truncate(kept + count);
            ready!(result)?;
            let mut tail = std::mem::take(&mut reader.tail);
            // Mostly nothing of it can be used yet, and nothing is copied.
            let used = self.route(key, &tail, reader);
            if used > 0 {
                tail = tail[used..].to_vec();
            }
            reader.tail = tail;
            return Poll::Ready(Ok(count));
        }
        let mut shared = self.read_buffer.borrow_mut();
        shared[..kept].copy_from_slice(&reader.tail);
        let mut buffer = ReadBuf::new(&mut shared[kept..]);
        ready!(Pin::new(read).poll_read(context, &mut buffer))?;
        let count = buffer.filled().len();
        if count > 0 {
            let bytes = &shared[..kept + count];
            let used = self.route(key, bytes, reader);
            reader.tail = bytes[used..].to_vec();
        }
        Poll::Ready(Ok(count))
    }

    /// Gives bytes to the router; how many it used. The rest is the caller's to keep.
    fn route(&self, key: ConnectionKey, bytes: &[u8], reader: &mut Reader) -> usize {
        self.note_arrival();
        let received = self.router.borrow_mut().receive(key, bytes, clock::now());
        let Received { used, next } = received;
        reader.again = next == Next::Wait;
        if next == Next::Close { bytes.len() } else { used }
    }

    pub(super) fn state(&self, key: ConnectionKey) -> State {
        match self.router.borrow_mut().connection(key) {
            None => State::Closing,
            Some(connection) if connection.is_closing() => State::Closing,
            Some(connection) if connection.is_unread() => State::Paused,
            Some(_) => State::Reading,
        }
    }

    pub(super) fn keep_waker(&self, key: ConnectionKey, context: &Context<'_>) {
        if let Some(Some(socket)) = self.sockets.borrow_mut().get_mut(key.at)
            && socket.tenant == key.tenant
            && !socket.waker.will_wake(context.waker())
        {
            socket.waker.clone_from(context.waker());
        }
    }

    /// Writes what every connection owes, and wakes the tasks that are to look again.
    fn turn(&self) {
        let now = clock::now();
        self.router.borrow_mut().settle(now);
        let dirty = std::mem::take(&mut self.router.borrow_mut().dirty);
        for key in &dirty {
            self.flush_one(*key, false, now);
        }
        self.router.borrow_mut().settle(now);
        let mut router = self.router.borrow_mut();
        for check in std::mem::take(&mut router.logins.to_check) {
            self.checker.check(check);
        }
        for key in std::mem::take(&mut router.woken) {
            if let Some(Some(socket)) = self.sockets.borrow().get(key.at) {
                socket.waker.wake_by_ref();
            }
        }
        if !router.walking.is_empty() {
            router.walk_on(now);
        }
        drop(router);
        self.rouse();
    }

    /// Writes a connection's output as far as its socket takes it. A blocked socket is left to
    /// its task (`woken`), which is polled when it can be written.
    fn flush_one(&self, key: ConnectionKey, woken: bool, now: Instant) {
        let mut router = self.router.borrow_mut();
        let mut sockets = self.sockets.borrow_mut();
        let Some(Some(socket)) = sockets.get_mut(key.at) else {
            return;
        };
        let Some(connection) = router.connection(key) else {
            return;
        };
        connection.output.dirty = false;
        if socket.tenant != key.tenant {
            return;
        }
        if socket.blocked && !woken {
            router.weigh(key, None, now);
            return;
        }
        let Writing::Open { write, is_layered, unflushed } = &mut socket.write else {
            return;
        };
        socket.blocked = false;
        let waker = socket.waker.clone();
        let mut context = Context::from_waker(&waker);
        let (mut wrote, mut progress) = (0, false);
        while connection.output.waiting() > 0 {
            match Pin::new(&mut *write).poll_write(&mut context, connection.output.unsent()) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    connection.output.advance(count);
                    wrote += count;
                    progress = true;
                }
                // The reading half meets the same end and tells it; it is read again for that.
                Poll::Ready(_) => {
                    connection.output.discard();
                    progress = true;
                    break;
                }
                Poll::Pending => {
                    socket.blocked = true;
                    break;
                }
            }
        }
        if *is_layered && (progress || *unflushed) {
            // An error is met by the reading half as well.
            *unflushed = Pin::new(write).poll_flush(&mut context).is_pending();
            socket.blocked |= *unflushed;
        }
        if progress {
            router.counters.bytes_sent += wrote as u64;
            router.sent(key, now);
        }
        router.weigh(key, None, now);
    }

    /// So many bytes came, and what was not used of them is kept.
    fn read(&self, key: ConnectionKey, count: usize, reader: &Reader) {
        let mut router = self.router.borrow_mut();
        router.counters.bytes_received += count as u64;
        router.weigh(key, Some(reader.tail.len()), clock::now());
        drop(router);
        self.rouse();
    }

    /// Sends what a closing connection still owes, then reads until the peer closes too.
    async fn say_goodbye(&self, key: ConnectionKey, read: &mut ReadHalf) {
        poll_fn(|context| {
            self.keep_waker(key, context);
            self.flush_one(key, true, clock::now());
            let waiting = self.router.borrow_mut().connection(key).map(|c| c.output.waiting());
            if waiting.unwrap_or(0) == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let socket = self.sockets.borrow_mut().get_mut(key.at).and_then(Option::take);
        if let Some(Writing::Open { mut write, .. }) = socket.map(|socket| socket.write) {
            let _ = write.shutdown().await;
        }
        let mut ignored = vec![0; 1024];
        while matches!(read.read(&mut ignored).await, Ok(count) if count > 0) {}
    }

    /// Waits until nothing comes any more: a command that has just ended may have published, and
    /// what it sent before its end is still to be read.
    async fn silence(&self) {
        let mut silent = 0;
        while silent < 2 {
            let before = self.arrivals.get();
            sleep(SILENCE).await;
            // Behind the readers that the same look at the sockets has woken.
            yield_now().await;
            silent = if self.arrivals.get() == before { silent + 1 } else { 0 };
        }
    }

    fn note_arrival(&self) {
        self.arrivals.set(self.arrivals.get().wrapping_add(1));
    }

    /// Waits until every connection is gone.
    async fn drained(&self) {
        while !self.router.borrow().connections.is_empty() {
            self.room.notified().await;
        }
    }
}

/// What a connection's task has to do.
pub(super) enum State {
    Reading,
    Paused,
    Closing,
}
