//! The run of a subscriber: from the first CONNECT to the last acknowledgement.

use std::future::poll_fn;
use std::io;
use std::time::{Duration, Instant};

use super::{Job, Report, Sink};
use crate::client::alarm::Alarm;
use crate::client::connector::{Connector, Keep};
use crate::client::error::reason_string;
use crate::client::link::Link;
use crate::client::reconnect::Reconnect;
use crate::client::{Cause, Error, Notice, Notify, Settings};
use crate::codec::{
    Disconnect, FilterBuffer, PacketId, PacketType, Properties, Publish, Qos, Reason,
    RetainHandling, SubscriptionOptions,
};
use crate::net::clock;
use crate::process::{Companion, Signals};
use crate::session::{self, Client, Event};

/// A count below this is announced as receive maximum: the broker sends little that is not
/// wanted.
const SMALL_COUNT: u16 = 20;

/// How long the last acknowledgements may take, PUBCOMP included.
const FAREWELL: Duration = Duration::from_secs(1);

/// A subscriber sends no messages.
#[derive(Debug)]
struct Nothing;

impl session::Message for Nothing {
    fn publish(&self) -> Publish<'_> {
        Publish {
            dup: false,
            qos: Qos::AtMostOnce,
            retain: false,
            topic: "",
            id: None,
            properties: Properties::EMPTY,
            payload: &[],
        }
    }
}

/// How one connection was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As many messages as asked for are written, or the subscription stands.
    Finished,
    /// The reader of the sink is gone.
    Unheard,
    /// The command failed.
    CommandFailed,
    /// The time has passed.
    TimedOut,
    /// A signal asked for the end.
    Signal(i32),
}

/// Why one connection was left.
enum Stop {
    /// It is gone.
    Lost(Cause),
    /// There is no use in another.
    Failed(Error),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Lost(cause)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Everything that a run of `mq sub` holds.
pub(super) struct Subscriber<'a, S> {
    job: &'a Job,
    connector: Connector<'a>,
    session: Client<Nothing>,
    sink: S,
    /// Messages that the sink has and that are not acknowledged.
    owed: Vec<(Qos, PacketId)>,
    /// Messages that the sink has taken.
    taken: u64,
    /// SUBACK came, on whichever connection.
    subscribed: bool,
    /// Acknowledgements were sent on this connection.
    acknowledged: bool,
    command: Companion<'a>,
    report: Report,
    signals: Signals,
    alarm: Alarm,
    /// When the time limit passes.
    ends_at: Option<Instant>,
}

impl<'a, S: Sink> Subscriber<'a, S> {
    /// Nothing is sent yet.
    pub(super) fn new(
        settings: &'a Settings,
        job: &'a Job,
        sink: S,
        notify: Notify<'a>,
    ) -> Result<Self, Error> {
        let now = clock::now();
        let mut connector = Connector::new(settings, notify, Keep::AsAsked);
        let count = job.count.and_then(|count| u16::try_from(count).ok());
        connector.receive_maximum = count.filter(|count| (1..SMALL_COUNT).contains(count));
        Ok(Self {
            job,
            connector,
            session: Client::new(1, now),
            sink,
            owed: Vec::new(),
            taken: 0,
            subscribed: false,
            acknowledged: false,
            command: Companion::new(&job.command),
            report: Report::default(),
            signals: Signals::new().map_err(Error::Signals)?,
            alarm: Alarm::default(),
            ends_at: job.time_limit.and_then(|limit| now.checked_add(limit)),
        })
    }

    /// Subscribes to the end.
    pub(super) async fn run(mut self) -> Result<Report, Error> {
        let outcome = self.connections().await;
        let end = match outcome {
            Ok(end) => end,
            Err(error) => {
                self.command.finish().await;
                return Err(error);
            }
        };
        if let End::Signal(signal) = end {
            self.report.signal = Some(signal);
            self.command.terminate();
            return Ok(self.report);
        }
        if end != End::CommandFailed {
            self.command.finish().await;
        }
        self.report.command = self.command.ended;
        match (end, self.job.time_limit) {
            (End::TimedOut, Some(limit)) if self.report.command.unwrap_or(0) == 0 => {
                Err(Error::TimedOut(limit))
            }
            _ => Ok(self.report),
        }
    }

    /// One connection after the other.
    async fn connections(&mut self) -> Result<End, Error> {
        let mut link = tokio::select! {
            accepted = self.connector.connect(&mut self.session) => accepted?.0,
            signal = self.signals.first() => return Ok(self.interrupted(signal)),
            () = at(self.ends_at) => return Ok(End::TimedOut),
        };
        let mut reconnect = Reconnect::new(None);
        loop {
            let cause = match self.serve(&mut link, &mut reconnect).await {
                Ok(end) => {
                    self.farewell(link, end).await;
                    return Ok(end);
                }
                Err(Stop::Failed(error)) => {
                    self.farewell(link, End::Unheard).await;
                    return Err(error);
                }
                Err(Stop::Lost(cause)) => cause,
            };
            if let Cause::Protocol(error) = &cause {
                self.session.disconnect(Disconnect::new(error.reason()), &mut link.output);
                let _ = link.flush(FAREWELL).await;
            }
            // What the sink has is written before it can come again; it is acknowledged then.
            self.owed.clear();
            self.acknowledged = false;
            tokio::select! {
                flushed = flush(&mut self.sink) => match flushed {
                    Ok(()) if self.is_counted() => return Ok(End::Finished),
                    Ok(()) => {}
                    Err(error) => return unheard(error),
                },
                signal = self.signals.first() => return Ok(self.interrupted(signal)),
                () = at(self.ends_at) => return Ok(End::TimedOut),
            }
            self.report.written = self.taken;
            link = tokio::select! {
                again = reconnect.again(&mut self.connector, &mut self.session, cause) => again?.0,
                signal = self.signals.first() => return Ok(self.interrupted(signal)),
                () = at(self.ends_at) => return Ok(End::TimedOut),
                () = self.command.failure() => return Ok(End::CommandFailed),
            };
        }
    }

    fn interrupted(&self, signal: i32) -> End {
        self.connector.notify(&Notice::Interrupted);
        End::Signal(signal)
    }

    /// Whether no further message is wanted.
    fn is_full(&self) -> bool {
        self.job.count.is_some_and(|count| self.taken >= count)
    }

    /// Whether all that is wanted is written.
    fn is_counted(&self) -> bool {
        self.is_full() && self.sink.is_flushed()
    }

    /// Works on one connection until the end or until the connection is gone.
    async fn serve(&mut self, link: &mut Link<'_>, reconnect: &mut Reconnect) -> Result<End, Stop> {
        self.subscribe(link)?;
        loop {
            if let Some(end) = self.work(link, reconnect)? {
                return Ok(end);
            }
            let now = clock::now();
            if link.take_sent() {
                self.session.keep_alive().sent(now);
            }
            link.reading = self.sink.is_flushed();
            let wake = [self.session.keep_alive().deadline(), self.ends_at];
            tokio::select! {
                biased;
                signal = self.signals.first() => return Ok(self.interrupted(signal)),
                flushed = flush(&mut self.sink), if !self.sink.is_flushed() => {
                    if let Err(error) = flushed {
                        // What was not written is not acknowledged.
                        self.owed.clear();
                        return Ok(unheard(error)?);
                    }
                }
                progress = link.progress() => { progress?; }
                () = self.command.failure() => return Ok(End::CommandFailed),
                () = self.alarm.wait(wake.into_iter().flatten().min()) => {
                    if self.ring(link)? {
                        return Ok(End::TimedOut);
                    }
                }
            }
        }
    }

    /// A time has come; whether it is the last.
    fn ring(&mut self, link: &mut Link<'_>) -> Result<bool, Cause> {
        let now = clock::now();
        if !link.reading {
            self.session.keep_alive().excuse(now);
        }
        link.keep_alive(&mut self.session, now)?;
        Ok(self.ends_at.is_some_and(|end| now >= end))
    }

    /// Deals with what is written and with what came, while the sink takes it.
    fn work(
        &mut self,
        link: &mut Link<'_>,
        reconnect: &mut Reconnect,
    ) -> Result<Option<End>, Stop> {
        if !self.sink.is_flushed() {
            return Ok(None);
        }
        self.acknowledge(link);
        if self.is_counted() {
            return Ok(Some(End::Finished));
        }
        if !link.has_input() {
            return Ok(None);
        }
        let end = self.receive(link, reconnect)?;
        if self.sink.is_flushed() {
            self.acknowledge(link);
        }
        Ok(end)
    }

    /// All that was taken is written: its sender may forget it.
    fn acknowledge(&mut self, link: &mut Link<'_>) {
        self.report.written = self.taken;
        for (qos, id) in self.owed.drain(..) {
            self.session.acknowledge(qos, id, &mut link.output);
            self.acknowledged = true;
        }
    }

    /// SUBSCRIBE, unless the broker still knows.
    fn subscribe(&mut self, link: &mut Link<'_>) -> Result<(), Error> {
        if self.subscribed && self.session.granted().session_present {
            return Ok(());
        }
        let retain_handling = if self.job.skip_retained && self.session.version().is_v5() {
            RetainHandling::Never
        } else {
            RetainHandling::default()
        };
        let options =
            SubscriptionOptions { qos: self.job.qos, retain_handling, ..Default::default() };
        let mut filters = FilterBuffer::default();
        for filter in &self.job.filters {
            filters.push(filter, options)?;
        }
        self.session.subscribe(&filters, Properties::EMPTY, &mut link.output)?;
        link.be_quick();
        Ok(())
    }

    /// Takes all whole packets that came, up to the last message that is wanted.
    fn receive(
        &mut self,
        link: &mut Link<'_>,
        reconnect: &mut Reconnect,
    ) -> Result<Option<End>, Stop> {
        let now = clock::now();
        let mut end = None;
        let (mut packets, output) = link.packets();
        while !self.is_full()
            && end.is_none()
            && let Some(frame) = packets.next()?
        {
            if frame.packet_type() == Ok(PacketType::Pubrel) {
                reconnect.useful();
            }
            match self.session.receive(frame, now, output).map_err(Cause::from)? {
                Event::Message(message, aliased) => {
                    reconnect.useful();
                    if let Some(id) = message.id {
                        self.owed.push((message.qos, id));
                    }
                    if !(message.retain && self.job.skip_retained) {
                        self.sink.take(aliased.as_deref().unwrap_or(message.topic), &message);
                        self.taken = self.taken.saturating_add(1);
                    }
                }
                Event::Subscribed(_, codes, _) => {
                    end = self.subscribed(codes)?;
                }
                Event::Disconnected(reason, properties) => {
                    return Err(Cause::Told { reason, text: reason_string(&properties) }.into());
                }
                _ => {}
            }
        }
        let taken = packets.taken;
        link.consume(taken);
        Ok(end)
    }

    /// SUBACK.
    fn subscribed(&mut self, codes: &[u8]) -> Result<Option<End>, Stop> {
        if codes.len() != self.job.filters.len() {
            return Err(Cause::Protocol(session::Error::Answer).into());
        }
        let mut refused = Vec::new();
        for (filter, &code) in self.job.filters.iter().zip(codes) {
            if let Some(reason) = Reason::from_code(code).filter(|reason| reason.is_error()) {
                refused.push((filter.clone(), reason));
            }
        }
        if refused.len() == codes.len() {
            return Err(Error::AllFiltersRefused(refused).into());
        }
        for (filter, reason) in refused {
            self.connector.notify(&Notice::FilterRefused { filter: &filter, reason });
        }
        self.subscribed = true;
        if self.job.only_subscribe {
            return Ok(Some(End::Finished));
        }
        self.command.start().map_err(Error::from)?;
        Ok(None)
    }

    /// Sends what is owed for what was written, waits for the end of its QoS 2 exchanges, and
    /// leaves.
    async fn farewell(&mut self, mut link: Link<'_>, end: End) {
        if self.sink.is_flushed() {
            self.acknowledge(&mut link);
        }
        if end == End::Finished && !self.session.incoming_is_empty() {
            let _ = tokio::time::timeout(FAREWELL, self.complete(&mut link)).await;
        }
        self.connector.disconnect(&mut self.session, &mut link);
        // The messages are written; nobody is helped by an error now.
        let _ = link.flush(FAREWELL).await;
        if self.acknowledged {
            link.drain(FAREWELL).await;
        }
    }

    /// Answers PUBREL by PUBCOMP until none is missing. New messages are left alone.
    async fn complete(&mut self, link: &mut Link<'_>) -> Result<(), Cause> {
        link.reading = true;
        loop {
            let (mut packets, output) = link.packets();
            while let Some(frame) = packets.next()? {
                if frame.packet_type() != Ok(PacketType::Publish) {
                    self.session.receive(frame, clock::now(), output)?;
                }
            }
            let taken = packets.taken;
            link.consume(taken);
            if self.session.incoming_is_empty() {
                return Ok(());
            }
            link.progress().await?;
        }
    }
}

/// Until then; for ever without a time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

/// Until all is written.
async fn flush(sink: &mut impl Sink) -> io::Result<()> {
    poll_fn(|context| sink.poll_flush(context)).await
}

/// A reader that is gone has seen enough; any other failure is one.
fn unheard(error: io::Error) -> Result<End, Error> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(End::Unheard);
    }
    Err(Error::Output(error))
}
