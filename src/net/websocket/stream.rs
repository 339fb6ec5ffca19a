//! The bytes of a WebSocket as a stream like any other.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::decoder::{Decoder, End};
use super::frame::{Header, LONGEST_HEADER, Mask, Opcode};
use super::{ClosedByPeer, Role, Violation};
use crate::net::{Stream, random};

/// Bytes of one frame at most: enough for all that a client writes in one batch, and little
/// enough to stay in a processor's cache from the copy to the mask.
pub(in crate::net) const LONGEST_FRAME: usize = 128 * 1024;

/// The largest buffer that is kept while nothing is sent.
const KEPT_BUFFER: usize = 1024;

/// Masks that are drawn from the system at once: one call for many frames.
const MASKS: usize = 64;

/// The code of an end in order.
const NORMAL: u16 = 1000;

/// A WebSocket over another stream.
///
/// What is written in one call, up to 128 KiB, is one binary frame. It has left only when it is
/// flushed. What a peer breaks is an [`io::Error`] around a [`super::Violation`]; when it closes
/// for a reason, one around a [`ClosedByPeer`], else the stream ends.
pub struct WebSocketStream {
    inner: Stream,
    role: Role,
    decoder: Decoder,
    /// Bytes that came behind the answer to the request.
    early: Vec<u8>,
    /// Frames to be sent.
    pub(super) out: Vec<u8>,
    /// Bytes of `out` that are sent.
    sent: usize,
    /// Keys of masks that are not used yet.
    keys: Vec<[u8; 4]>,
    /// Whoever writes waits for room below, and is to be woken for it: who reads leaves the lower
    /// stream's writing side alone meanwhile, for it remembers one waker only.
    writer_waits: bool,
    /// A close frame was sent, or is about to be.
    closing: bool,
    /// The end was told to who reads.
    ended: bool,
}

impl WebSocketStream {
    /// Over a stream on which both ends agreed; `early` is what came behind the agreement.
    pub fn new(inner: Stream, role: Role, early: Vec<u8>) -> Self {
        Self {
            inner,
            role,
            decoder: Decoder::new(role),
            early,
            out: Vec::new(),
            sent: 0,
            keys: Vec::new(),
            writer_waits: false,
            closing: false,
            ended: false,
        }
    }

    /// The connection below, and what came behind the agreement and was not read yet: all that
    /// there is of a WebSocket on which nothing was read or written.
    pub(in crate::net) fn take_apart(self) -> (Stream, Vec<u8>) {
        (self.inner, self.early)
    }

    /// The connection below.
    pub(in crate::net) const fn below(&self) -> &Stream {
        &self.inner
    }

    /// Appends a frame of these parts.
    fn push_frame(&mut self, opcode: Opcode, parts: &[&[u8]]) -> io::Result<()> {
        let mut mask = match self.role {
            Role::Client => Some(Mask::new(self.key()?)),
            Role::Server => None,
        };
        let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        self.out.reserve(length.saturating_add(LONGEST_HEADER));
        Header { last: true, opcode, mask, length: length as u64 }.write(&mut self.out);
        let begin = self.out.len();
        for part in parts {
            self.out.extend_from_slice(part);
        }
        if let (Some(mask), Some(bytes)) = (&mut mask, self.out.get_mut(begin..)) {
            mask.apply(bytes);
        }
        Ok(())
    }

    /// What no peer and nobody who chooses the bytes can know before (RFC 6455, 10.3).
    fn key(&mut self) -> io::Result<[u8; 4]> {
        if self.keys.is_empty() {
            let mut bytes = [[0; 4]; MASKS];
            random::fill(bytes.as_flattened_mut())?;
            self.keys = bytes.into();
        }
        Ok(self.keys.pop().unwrap_or_default())
    }

    /// Hands what is to be sent to the stream below.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.inner).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent = self.sent.saturating_add(count),
            }
        }
        self.sent = 0;
        self.out.clear();
        self.out.shrink_to(KEPT_BUFFER);
        Poll::Ready(Ok(()))
    }

    /// All that is to be sent is with the system, answers to the peer's control frames too.
    fn poll_all_sent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.push_answers()?;
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    /// A pong for the last ping, and a close for a close. A peer that sends many gets few: they
    /// wait until what was to be sent before has left.
    fn push_answers(&mut self) -> io::Result<()> {
        if !self.out.is_empty() || self.closing {
            return Ok(());
        }
        if let Some(ping) = self.decoder.ping.take() {
            self.push_frame(Opcode::Pong, &[&ping])?;
        }
        let code = match &self.decoder.end {
            None => return Ok(()),
            Some(End::Closed(None, _)) => NORMAL,
            Some(End::Closed(Some(code), _)) if may_be_sent(*code) => *code,
            Some(End::Closed(Some(_), _)) => Violation::Close.code(),
            Some(End::Violated(violation)) => violation.code(),
        };
        self.push_close(code)
    }

    fn push_close(&mut self, code: u16) -> io::Result<()> {
        self.closing = true;
        self.push_frame(Opcode::Close, &[&code.to_be_bytes()])
    }

    /// Answers the peer as far as there is room. What fails here fails again where it is told.
    fn answer(&mut self, context: &mut Context<'_>) {
        if !self.writer_waits {
            let _ = self.poll_all_sent(context);
        }
    }

    /// The end of what comes, once.
    fn end(&mut self) -> io::Result<()> {
        let told = std::mem::replace(&mut self.ended, true);
        match &self.decoder.end {
            Some(End::Violated(violation)) if !told => {
                Err(io::Error::new(io::ErrorKind::InvalidData, *violation))
            }
            Some(End::Closed(Some(code), words)) if !told && *code != NORMAL => {
                let closed = ClosedByPeer { code: *code, words: words.clone() };
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, closed))
            }
            _ => Ok(()),
        }
    }

    fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
        parts: &[&[u8]],
        size: usize,
    ) -> Poll<io::Result<usize>> {
        if self.closing {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if size == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(self.poll_send(context))?;
        self.push_frame(Opcode::Binary, parts)?;
        // what does not go now goes when it is flushed
        match self.poll_send(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(size)),
        }
    }

    /// Remembers whether who writes has to wait.
    const fn noted<T>(&mut self, outcome: Poll<T>) -> Poll<T> {
        self.writer_waits = outcome.is_pending();
        outcome
    }
}

/// Whether a close frame may have it (RFC 6455, 7.4, and the registry that it began): 1005 and 1006
/// stand for frames without a code and for none at all.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Without the bytes: they may hold a password, and the keys would unmask it.
impl fmt::Debug for WebSocketStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, role, out, writer_waits, closing, ended, .. } = self;
        let mut stream = formatter.debug_struct("WebSocketStream");
        stream.field("inner", inner).field("role", role).field("out", &out.len());
        stream.field("writer_waits", writer_waits).field("closing", closing);
        stream.field("ended", ended).finish_non_exhaustive()
    }
}

impl AsyncRead for WebSocketStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.decoder.end.is_some() {
                this.answer(context);
                return Poll::Ready(this.end());
            }
            let before = buffer.filled().len();
            if this.early.is_empty() {
                let outcome = Pin::new(&mut this.inner).poll_read(context, buffer);
                if this.decoder.ping.is_some() || !this.out.is_empty() {
                    this.answer(context);
                }
                ready!(outcome)?;
            } else {
                let size = this.early.len().min(buffer.remaining());
                buffer.put_slice(this.early.get(..size).unwrap_or_default());
                this.early.drain(..size);
            }
            let came = buffer.filled_mut().get_mut(before..).unwrap_or_default();
            if came.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let size = this.decoder.decode(came);
            buffer.set_filled(before.saturating_add(size));
            if this.decoder.ping.is_some() {
                this.answer(context);
            }
            if size > 0 {
                return Poll::Ready(Ok(()));
            }
            if this.early.is_empty() && this.decoder.end.is_none() {
                // Pings and the like alone: who sends nothing else must not keep the thread.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for WebSocketStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let part = bytes.get(..LONGEST_FRAME).unwrap_or(bytes);
        let outcome = this.poll_frame(context, &[part], part.len());
        this.noted(outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut room = LONGEST_FRAME;
        let mut parts = Vec::with_capacity(slices.len());
        for slice in slices {
            let part = slice.get(..room).unwrap_or(slice);
            room = room.saturating_sub(part.len());
            parts.push(part);
        }
        let this = self.get_mut();
        let outcome = this.poll_frame(context, &parts, LONGEST_FRAME.saturating_sub(room));
        this.noted(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = this.poll_all_sent(context);
        // an answer may have had no place before
        let outcome = match outcome {
            Poll::Ready(Ok(())) => this.poll_all_sent(context),
            other => other,
        };
        this.noted(outcome)
    }

    /// Says that nothing more is sent, as the other end is to say too before it closes.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = this.poll_all_sent(context);
        let outcome = match outcome {
            Poll::Ready(Ok(())) if !this.closing => {
                this.push_close(NORMAL)?;
                this.poll_all_sent(context)
            }
            other => other,
        };
        let outcome = match outcome {
            Poll::Ready(Ok(())) => Pin::new(&mut this.inner).poll_shutdown(context),
            other => other,
        };
        this.noted(outcome)
    }
}
