//! One connection with its two buffers: bytes are read big, answered in one write.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::trace::Trace;
use super::{Cause, Meter};
use crate::codec::{Frame, MAX_PACKET_SIZE, PacketType, Sender, split};
use crate::net::{Steps, Stream};
use crate::session::{Client, Message};

/// Bytes read at once from a broker that has many, and the size that the buffer goes back to after
/// a larger packet. Each read and each write of what it brought costs a call; beyond this size the
/// calls no longer show.
const READ_SIZE: usize = 256 * 1024;

/// Bytes read at first: a command that sends one message needs no more, and touches no more
/// memory.
const FIRST_READ_SIZE: usize = 4 * 1024;

/// Larger reads come from a broker that does not wait; TCP acknowledges them soon by itself.
pub(crate) const SMALL_READ: usize = 16 * 1024;

/// Above this much unsent output no new message is added.
const OUTPUT_SIZE: usize = 64 * 1024;

/// Above this much unsent output nothing is read either: a broker that sends and never reads is
/// owed more and more answers.
const CLOGGED: usize = 1024 * 1024;

/// Output buffers above this are given back once they are sent.
const OUTPUT_KEEP: usize = 256 * 1024;

/// What a turn of the socket brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Bytes came: there may be packets.
    Arrived,
    /// All output is with the system.
    Flushed,
}

/// An open connection. Its session lives elsewhere, for it may outlive the connection.
pub(super) struct Link<'a> {
    stream: Stream,
    /// How long it took to get here, where that was dialled.
    pub(super) steps: Option<Steps>,
    input: Input,
    /// Packets to send; appended to, sent by [`Self::progress`].
    pub(super) output: Vec<u8>,
    /// Bytes of `output` that are sent.
    written: usize,
    /// Bytes behind these that the stream has taken and not yet given to the system.
    taken: usize,
    /// Bytes of the largest packet that is taken.
    pub(super) limit: u32,
    /// Whether bytes are taken; off while what came before is not dealt with.
    pub(super) reading: bool,
    /// Every small read is acknowledged at once.
    quick: bool,
    /// A small read came and nothing was sent since that would carry TCP's acknowledgement.
    owes_ack: bool,
    /// Something was sent since [`Self::take_sent`] was asked.
    sent: bool,
    /// The system took less than it was given.
    blocked: bool,
    /// The other end took or sent something since [`Self::take_alive`] was asked.
    alive: bool,
    /// Bytes came that [`Self::progress`] has not told of.
    arrived: bool,
    /// Writing failed; what the broker said before is still read.
    broken: Option<io::Error>,
    trace: Option<Trace<'a>>,
    /// Told how much of the output is sent, where somebody watches.
    pub(super) meter: Option<Arc<Meter>>,
}

impl<'a> Link<'a> {
    /// A connection on which nothing was sent yet.
    pub(super) fn new(stream: Stream, trace: Option<Trace<'a>>) -> Self {
        let (input, output) = (Input::default(), Vec::new());
        Self {
            stream,
            steps: None,
            input,
            output,
            written: 0,
            taken: 0,
            limit: MAX_PACKET_SIZE,
            reading: true,
            quick: false,
            owes_ack: false,
            sent: false,
            blocked: false,
            alive: false,
            arrived: false,
            broken: None,
            trace,
            meter: None,
        }
    }

    /// From now on TCP acknowledges without delay what comes in small reads: a broker with
    /// Nagle's algorithm holds its next small packet back until then, 40 ms each time.
    pub(super) fn be_quick(&mut self) {
        self.quick = true;
        self.stream.quick_ack();
    }

    /// Whether there is so much to send that nothing should be added.
    pub(super) const fn is_full(&self) -> bool {
        self.output.len() >= OUTPUT_SIZE
    }

    /// Whether all is sent.
    pub(super) const fn is_flushed(&self) -> bool {
        self.output.is_empty()
    }

    /// Whether something was sent since this was asked last.
    pub(super) const fn take_sent(&mut self) -> bool {
        std::mem::replace(&mut self.sent, false)
    }

    /// Whether the other end took or sent something since this was asked last. What goes into
    /// the system's buffers is no sign of it, until they were full.
    pub(super) const fn take_alive(&mut self) -> bool {
        std::mem::replace(&mut self.alive, false)
    }

    /// Whether bytes came that are not dealt with.
    pub(super) fn has_input(&self) -> bool {
        !self.input.bytes().is_empty()
    }

    /// The whole packets that came, and where their answers go. What was dealt with is to be
    /// told to [`Self::consume`].
    pub(super) fn packets(&mut self) -> (Packets<'_, 'a>, &mut Vec<u8>) {
        let bytes = self.input.bytes();
        let (limit, trace) = (self.limit, self.trace.as_ref());
        (Packets { bytes, taken: 0, limit, trace }, &mut self.output)
    }

    /// The first `taken` bytes of the input are dealt with.
    pub(super) fn consume(&mut self, taken: usize) {
        self.input.consume(taken);
    }

    /// Sends what is to be sent and takes what comes, until one of both is done. Cancelling it
    /// loses nothing.
    pub(super) async fn progress(&mut self) -> Result<Progress, Cause> {
        if std::mem::take(&mut self.arrived) {
            return Ok(Progress::Arrived);
        }
        poll_fn(|context| self.poll_progress(context)).await
    }

    fn poll_progress(&mut self, context: &mut Context<'_>) -> Poll<Result<Progress, Cause>> {
        let flushed = self.poll_write(context);
        if self.quick && std::mem::take(&mut self.owes_ack) {
            self.stream.quick_ack();
        }
        if self.reading && self.output.len() <= CLOGGED {
            match self.poll_read(context) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.closed())),
                Poll::Ready(Ok(_)) => return Poll::Ready(Ok(Progress::Arrived)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.failed(error))),
                Poll::Pending => {}
            }
        } else if let Some(error) = self.broken.take() {
            return Poll::Ready(Err(error.into()));
        }
        if flushed { Poll::Ready(Ok(Progress::Flushed)) } else { Poll::Pending }
    }

    /// Why reading failed. That writing failed before says less than what TLS says.
    fn failed(&mut self, error: io::Error) -> Cause {
        match (Cause::from(error), self.broken.take()) {
            (told @ Cause::Tls(_), _) | (told, None) => told,
            (_, Some(earlier)) => earlier.into(),
        }
    }

    /// The end of the stream, or the failure that was met before it.
    fn closed(&mut self) -> Cause {
        self.broken.take().map_or(Cause::Closed, Cause::from)
    }

    /// Whether something was sent and nothing is left to send.
    fn poll_write(&mut self, context: &mut Context<'_>) -> bool {
        if self.output.is_empty() || self.broken.is_some() {
            return false;
        }
        if let Some(trace) = &mut self.trace {
            trace.sent(&self.output);
        }
        while self.written < self.output.len() {
            match self.poll_send(context) {
                Poll::Pending => {
                    self.blocked = true;
                    return false;
                }
                Poll::Ready(Ok(())) => {
                    (self.sent, self.owes_ack) = (true, false);
                    self.alive |= std::mem::take(&mut self.blocked);
                    self.written = self.written.saturating_add(std::mem::take(&mut self.taken));
                    if let Some(meter) = &self.meter {
                        meter.set_bytes(u64::try_from(self.written).unwrap_or(u64::MAX));
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.broken = Some(error);
                    return false;
                }
            }
        }
        if let Some(trace) = &mut self.trace {
            trace.restart();
        }
        self.written = 0;
        self.output.clear();
        self.output.shrink_to(OUTPUT_KEEP);
        true
    }

    /// Hands some output to the stream, and waits until the system has it: TLS takes what it is
    /// given and keeps what the system has no room for.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        if self.taken == 0 {
            let rest = self.output.get(self.written..).unwrap_or_default();
            let part = rest.get(..stream.unit()).unwrap_or(rest);
            self.taken = ready!(stream.as_mut().poll_write(context, part))?;
            if self.taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        stream.poll_flush(context)
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(self.input.space());
        match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                let count = buffer.filled().len();
                self.input.arrived(count);
                self.owes_ack = count < SMALL_READ;
                self.alive |= count > 0;
                Poll::Ready(Ok(count))
            }
        }
    }

    /// Sends all output; what comes meanwhile stays in the input, up to a buffer full. Gives up
    /// after `patience`.
    pub(super) async fn flush(&mut self, patience: Duration) -> Result<(), Cause> {
        let sending = poll_fn(|context| {
            if self.output.is_empty() || self.poll_write(context) {
                return Poll::Ready(Ok(()));
            }
            self.broken.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error.into())))
        });
        tokio::time::timeout(patience, sending).await.unwrap_or(Err(Cause::Silent))
    }

    /// [`Self::flush`], and says goodbye where closing the socket would not say it.
    pub(super) async fn leave(&mut self, patience: Duration) -> Result<(), Cause> {
        self.flush(patience).await?;
        if self.stream.has_goodbye() {
            let closing = poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context));
            // All is sent; whether the other end hears this too is its own affair.
            let _ = tokio::time::timeout(patience, closing).await;
        }
        Ok(())
    }

    /// Says that nothing more is sent and reads the rest away: a socket that is closed with
    /// unread bytes may take what it sent last down with it.
    pub(super) async fn drain(&mut self, patience: Duration) {
        let draining = async {
            let _ = poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context)).await;
            self.input = Input::default();
            while let Ok(1..) = poll_fn(|context| self.poll_read(context)).await {
                self.input = Input::default();
            }
        };
        let _ = tokio::time::timeout(patience, draining).await;
    }

    /// Asks the system once more whether the other end took or sent something: to a process that
    /// was stopped, or had no turn for long, time passes before it hears what came meanwhile.
    pub(super) async fn is_alive_after_all(&mut self) -> Result<bool, Cause> {
        // The runtime looks at its sockets between two turns.
        tokio::task::yield_now().await;
        let progress = poll_fn(|context| Poll::Ready(self.poll_progress(context))).await;
        if let Poll::Ready(progress) = progress {
            self.arrived |= progress? == Progress::Arrived;
        }
        Ok(self.take_alive())
    }

    /// The messages that are not sent to their last byte, for the next connection. Whatever else
    /// is there answers what came on this one.
    pub(super) fn unsent(self) -> Vec<u8> {
        unsent(&self.output, self.written).flat_map(|message| message.bytes()).copied().collect()
    }

    /// The connection, and the bytes that came on it and are not dealt with.
    pub(super) fn into_parts(self) -> (Stream, Vec<u8>) {
        let arrived = self.input.bytes().to_vec();
        (self.stream, arrived)
    }

    /// Pings when it is time to; whether it did. An error when the last ping was not answered in
    /// time, nor anything else came or went.
    pub(super) async fn keep_alive<M: Message>(
        &mut self,
        session: &mut Client<M>,
        now: Instant,
    ) -> Result<bool, Cause> {
        if self.take_alive() {
            session.keep_alive().excuse(now);
        }
        if session.keep_alive().is_lost(now) {
            if !self.is_alive_after_all().await? {
                return Err(Cause::Silent);
            }
            session.keep_alive().excuse(now);
        }
        let due = session.keep_alive().is_due(now);
        if due {
            session.ping(now, &mut self.output);
        }
        Ok(due)
    }
}

/// The messages among packets of which so many bytes are sent that are not sent to their last byte.
pub(crate) fn unsent(output: &[u8], written: usize) -> impl Iterator<Item = Frame<'_>> {
    let mut at = 0_usize;
    let packets = std::iter::from_fn(move || {
        let frame = split(output.get(at..)?, u32::MAX).ok()??;
        at = at.saturating_add(frame.bytes().len());
        Some((at, frame))
    });
    let is_message = |frame: &Frame<'_>| frame.packet_type() == Ok(PacketType::Publish);
    let unsent = packets.filter(move |(end, frame)| *end > written && is_message(frame));
    unsent.map(|(_, frame)| frame)
}

/// Without the bytes: they may hold a password.
impl fmt::Debug for Link<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, output, written, reading, broken, .. } = self;
        let mut link = formatter.debug_struct("Link");
        link.field("stream", stream).field("output", &output.len()).field("written", written);
        link.field("reading", reading).field("broken", broken).finish_non_exhaustive()
    }
}

/// Whole packets, one after the other.
pub(super) struct Packets<'l, 'a> {
    bytes: &'l [u8],
    /// Bytes of the packets that were given out.
    pub(super) taken: usize,
    limit: u32,
    trace: Option<&'l Trace<'a>>,
}

impl<'l> Packets<'l, '_> {
    /// Whether what came begins as an answer in HTTP.
    pub(super) fn is_http(&self) -> bool {
        self.bytes.starts_with(b"HTTP/")
    }

    /// The next whole packet, if it is there.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'l>>, Cause> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let frame = split(rest, self.limit).map_err(crate::session::Error::from)?;
        if let Some(frame) = frame {
            self.taken = self.taken.saturating_add(frame.bytes().len());
            if let Some(trace) = self.trace {
                trace.tell(frame, Sender::Server);
            }
        }
        Ok(frame)
    }
}

/// Bytes that came and are not dealt with. Grows as more comes at once than it has room for.
#[derive(Default)]
struct Input {
    storage: Vec<u8>,
    /// A read filled the buffer: more is coming than it was made for.
    filled: bool,
    start: usize,
    end: usize,
}

impl Input {
    fn bytes(&self) -> &[u8] {
        self.storage.get(self.start..self.end).unwrap_or_default()
    }

    fn consume(&mut self, taken: usize) {
        self.start = self.start.saturating_add(taken).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.storage.len() > READ_SIZE {
                self.storage = Vec::new();
            }
        }
    }

    /// Room for what comes next: never none, doubled when a packet fills it all.
    fn space(&mut self) -> &mut [u8] {
        if self.start > 0 && self.end > self.storage.len() / 2 {
            self.storage.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end.saturating_sub(self.start));
        }
        if self.filled && self.storage.len() < READ_SIZE {
            // What is there is the beginning of a packet, or all of what nobody takes yet.
            let mut larger = Vec::with_capacity(READ_SIZE);
            larger.extend_from_slice(self.bytes());
            (self.start, self.end) = (0, larger.len());
            larger.resize(READ_SIZE, 0);
            self.storage = larger;
        } else if self.storage.is_empty() {
            self.storage = vec![0; FIRST_READ_SIZE];
        } else if self.end == self.storage.len() {
            let larger = self.storage.len().saturating_mul(2);
            self.storage.resize(larger, 0);
        }
        self.storage.get_mut(self.end..).unwrap_or_default()
    }

    fn arrived(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.storage.len());
        self.filled = self.end == self.storage.len();
    }
}
