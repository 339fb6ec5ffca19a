//! One connection: bytes come in through a buffer that all share, and leave in one write.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::answer::Answers;
use super::desk::Desk;
use super::plan::Role;
use super::talk::{Sent, Talk};
use super::watch::Watch;
use crate::client::{Cause, SMALL_READ, unsent};
use crate::codec::{
    Disconnect, FilterBuffer, Frame, MAX_PACKET_SIZE, Properties, Publish, Qos, Reason,
    RetainHandling, SubscriptionOptions, split,
};
use crate::net::{Stream, clock};
use crate::options::Scenario;
use crate::session::{self, Client, Event, PublishError};

/// Above this much unsent output no message is added.
const OUTPUT_SIZE: usize = 64 * 1024;

/// Above this much unsent output nothing is read: a broker that sends and never reads is owed
/// more and more acknowledgements.
const CLOGGED: usize = 1024 * 1024;

/// An empty output buffer above this is given back where nobody publishes.
const OUTPUT_KEEP: usize = 512;

/// Reads of one connection before others have their turn.
const READS: u32 = 4;

/// An open connection with its session.
#[derive(Debug)]
pub(super) struct Link {
    /// The number of the client.
    number: u32,
    stream: Stream,
    pub(super) session: Client<Sent>,
    /// Packets to send.
    output: Vec<u8>,
    /// Bytes of `output` that are sent.
    written: usize,
    /// The beginning of a packet that is not whole.
    rest: Vec<u8>,
    pub(super) talk: Option<Talk>,
    answers: Option<Answers>,
    pub(super) watch: Option<Watch>,
    /// The publishers that the filter is to hear, and when it was asked for.
    asked: Option<((u32, u32), u64)>,
    /// A ping at the end is not answered.
    pings: bool,
    /// A small read came, and nothing was sent since that would carry TCP's acknowledgement. A
    /// broker with Nagle's algorithm holds its next packet back until then: up to 40 ms that were
    /// told as its own.
    owes_ack: bool,
    /// It stands among those that have something to write.
    pub(super) is_dirty: bool,
}

impl Link {
    /// A connection that the broker has accepted.
    pub(super) fn new(number: u32, stream: Stream, session: Client<Sent>) -> Self {
        Self {
            number,
            stream,
            session,
            output: Vec::new(),
            written: 0,
            rest: Vec::new(),
            talk: None,
            answers: None,
            watch: None,
            asked: None,
            pings: false,
            owes_ack: false,
            is_dirty: false,
        }
    }

    /// Asks for what the role subscribes to.
    pub(super) fn subscribe(
        &mut self,
        role: &Role,
        properties: Properties<'_>,
        desk: &mut Desk<'_>,
    ) -> Result<(), PublishError> {
        let Some(filter) = &role.filter else { return Ok(()) };
        let Some(lane) = desk.flow_of(self.number).map(|flow| flow.lane) else { return Ok(()) };
        let mut filters = FilterBuffer::default();
        let mut options = SubscriptionOptions { qos: lane.qos, ..SubscriptionOptions::default() };
        if lane.scenario != Scenario::Retained {
            // What was kept before this run is no part of it.
            options.retain_handling = RetainHandling::Never;
        }
        if role.answers {
            self.answers = Some(Answers::default());
        }
        filters.push(filter, options)?;
        self.session.subscribe(&filters, properties, &mut self.output)?;
        self.asked = Some((role.hears, desk.time(clock::now())));
        desk.asking = desk.asking.saturating_add(1);
        Ok(())
    }

    /// Whether there is something to write, or to acknowledge by itself.
    pub(super) const fn is_waiting(&self) -> bool {
        self.owes_ack || !self.is_flushed()
    }

    /// Whether all is sent.
    pub(super) const fn is_flushed(&self) -> bool {
        self.output.is_empty()
    }

    /// Reads what is there; whether there may be more.
    pub(super) fn read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
        desk: &mut Desk<'_>,
    ) -> Result<bool, Cause> {
        for _ in 0..READS {
            if self.output.len() > CLOGGED {
                return Ok(false);
            }
            let mut space = ReadBuf::new(buffer);
            match Pin::new(&mut self.stream).poll_read(context, &mut space) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Err(error)) => return Err(error.into()),
                Poll::Ready(Ok(())) if space.filled().is_empty() => return Err(Cause::Closed),
                Poll::Ready(Ok(())) => {
                    self.owes_ack = space.filled().len() < SMALL_READ;
                    self.take(space.filled(), desk)?;
                }
            }
        }
        Ok(true)
    }

    /// Deals with bytes that came.
    pub(super) fn take(&mut self, bytes: &[u8], desk: &mut Desk<'_>) -> Result<(), Cause> {
        let now = clock::now();
        self.session.keep_alive().excuse(now);
        if self.rest.is_empty() {
            let taken = self.packets(bytes, now, desk)?;
            self.rest.extend_from_slice(bytes.get(taken..).unwrap_or_default());
            return Ok(());
        }
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend_from_slice(bytes);
        let taken = self.packets(&rest, now, desk)?;
        if taken < rest.len() {
            rest.drain(..taken);
            self.rest = rest;
        }
        Ok(())
    }

    /// Deals with the whole packets among bytes; how many bytes these are.
    fn packets(&mut self, bytes: &[u8], now: Instant, desk: &mut Desk<'_>) -> Result<usize, Cause> {
        let (mut taken, time) = (0_usize, desk.time(now));
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let frame = split(rest, MAX_PACKET_SIZE).map_err(session::Error::from)?;
            let Some(frame) = frame else { break };
            taken = taken.saturating_add(frame.bytes().len());
            self.packet(frame, now, time, desk)?;
        }
        Ok(taken)
    }

    fn packet(
        &mut self,
        frame: Frame<'_>,
        now: Instant,
        time: u64,
        desk: &mut Desk<'_>,
    ) -> Result<(), Cause> {
        match self.session.receive(frame, now, &mut self.output)? {
            Event::Message(message, name) => {
                if self.answers.is_some() {
                    self.answer(&message, name.as_deref().unwrap_or(message.topic), desk);
                } else if let Some(watch) = &mut self.watch {
                    desk.received(watch, &message, time);
                }
                if let Some(id) = message.id {
                    self.session.acknowledge(message.qos, id, &mut self.output);
                }
            }
            Event::Delivered(sent, reason) => {
                if let Some(talk) = &mut self.talk {
                    desk.acknowledged(talk.number, &sent, reason, time);
                    talk.recycle(sent);
                } else if let Some(answers) = &mut self.answers {
                    if reason.is_error() {
                        desk.tally.fail(format!("answer refused: {reason}"), 1);
                    }
                    let outcome = answers.go_on(&mut self.session, &mut self.output);
                    unanswered(outcome, desk);
                }
            }
            Event::Subscribed(_, codes, _) => {
                let Some((hears, asked)) = self.asked.take() else { return Ok(()) };
                desk.asking = desk.asking.saturating_sub(1);
                let refused = codes.iter().find(|code| **code >= 0x80);
                match refused {
                    None => {
                        desk.tally.subscribe.add(asked, asked, time);
                        self.watch = Some(desk.listen(self.number, hears, asked));
                    }
                    Some(code) => {
                        let reason = Reason::from_code(*code).unwrap_or(Reason::UnspecifiedError);
                        desk.tally.fail(format!("subscription refused: {reason}"), 1);
                    }
                }
            }
            Event::Pong if std::mem::take(&mut self.pings) => {
                desk.pongs = desk.pongs.saturating_sub(1);
                desk.progress = time;
            }
            Event::Disconnected(reason, _) => return Err(Cause::Told { reason, text: None }),
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, message: &Publish<'_>, topic: &str, desk: &mut Desk<'_>) {
        let Some(answers) = self.answers.as_mut().filter(|_| !desk.is_closed) else { return };
        let qos = desk.flow_of(self.number).map_or(message.qos, |flow| flow.lane.qos);
        let outcome = answers.answer((message, topic), qos, &mut self.session, &mut self.output);
        unanswered(outcome, desk);
    }

    /// Adds the messages that may be sent.
    pub(super) fn feed(&mut self, desk: &mut Desk<'_>) -> Result<(), PublishError> {
        let Some(talk) = &mut self.talk else { return Ok(()) };
        let now = desk.time(clock::now());
        talk.is_full = false;
        let by_window =
            desk.flow_of(talk.number).is_some_and(|flow| flow.lane.qos != Qos::AtMostOnce);
        while let Some((sequence, intended)) = desk.next(talk.number, now) {
            if by_window && !self.session.has_room() {
                break;
            }
            if self.output.len() >= OUTPUT_SIZE {
                talk.is_full = true;
                break;
            }
            talk.send((sequence, intended, now), desk, &mut self.session, &mut self.output)?;
        }
        Ok(())
    }

    /// Asks for a sign that all before it was taken.
    pub(super) fn see_through(&mut self, desk: &mut Desk<'_>) {
        self.session.ping(clock::now(), &mut self.output);
        self.pings = true;
        desk.pongs = desk.pongs.saturating_add(1);
    }

    /// Sends what is to be sent; whether all is.
    pub(super) fn write(&mut self, context: &mut Context<'_>) -> Result<bool, Cause> {
        let owes_ack = std::mem::take(&mut self.owes_ack);
        if self.output.is_empty() {
            if owes_ack {
                self.stream.quick_ack();
            }
            return Ok(true);
        }
        match self.poll_write(context) {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) => {
                self.session.keep_alive().sent(clock::now());
                self.written = 0;
                self.output.clear();
                if self.talk.is_none() {
                    self.output.shrink_to(OUTPUT_KEEP);
                }
                Ok(true)
            }
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while let Some(rest) = self.output.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(stream.as_mut().poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written = self.written.saturating_add(count),
            }
        }
        stream.poll_flush(context)
    }

    /// Pings when it is time to. An error when the broker is silent for too long.
    pub(super) fn keep_alive(&mut self, now: Instant) -> Result<(), Cause> {
        if self.session.keep_alive().is_lost(now) {
            return Err(Cause::Silent);
        }
        if self.session.keep_alive().is_due(now) {
            self.session.ping(now, &mut self.output);
        }
        Ok(())
    }

    /// The connection is lost: what waited for it does so no longer.
    pub(super) fn abandon(self, desk: &mut Desk<'_>) {
        if self.asked.is_some() {
            desk.asking = desk.asking.saturating_sub(1);
        }
        if self.pings {
            desk.pongs = desk.pongs.saturating_sub(1);
        }
        let Some(talk) = &self.talk else { return };
        let waiting = u64::try_from(self.session.outgoing().len()).unwrap_or(u64::MAX);
        let unsent = unsent(&self.output, self.written).count();
        let unsent = u64::try_from(unsent).unwrap_or(u64::MAX);
        desk.unacknowledged = desk.unacknowledged.saturating_sub(waiting);
        let cut_off = waiting.saturating_sub(unsent);
        desk.tally.unacknowledged = desk.tally.unacknowledged.saturating_add(cut_off);
        desk.take_back(talk.number, unsent);
        desk.finish(talk.number);
    }

    /// Lets the broker forget what it keeps of this client's messages.
    pub(super) fn wipe(&mut self, desk: &mut Desk<'_>) {
        let Some(talk) = &mut self.talk else { return };
        let messages = desk.sent_by(self.number);
        let client = desk.flow_of(self.number).map_or(0, |flow| flow.local(self.number));
        if let Err(error) = talk.wipe(client, messages, &mut self.session, &mut self.output) {
            desk.tally.fail(format!("not forgotten: {error}"), 1);
        }
        self.see_through(desk);
    }

    /// Says goodbye, and waits for the broker to close, so that it is the broker's end of the
    /// connection whose address is not to be used again for a while.
    pub(super) fn poll_gone(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_leave(context))?;
        loop {
            let mut space = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut space))?;
            if space.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Says goodbye; what comes now is not read.
    pub(super) fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session.is_connected() {
            self.session.disconnect(Disconnect::new(Reason::Success), &mut self.output);
        }
        ready!(self.poll_write(context))?;
        if self.stream.has_goodbye() {
            return Pin::new(&mut self.stream).poll_shutdown(context);
        }
        Poll::Ready(Ok(()))
    }
}

/// An answer that cannot be sent is one that does not come.
fn unanswered(outcome: Result<(), PublishError>, desk: &mut Desk<'_>) {
    if let Err(error) = outcome {
        desk.tally.fail(format!("answer not sent: {error}"), 1);
    }
}
