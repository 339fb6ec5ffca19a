//! The run of a subscriber: from the first CONNECT to the last acknowledgement.

mod connections;
mod leave;
mod wanted;

use std::time::{Duration, Instant};

use super::removal::{Removal, Removals};
use super::requests::Requests;
use super::retained::Retained;
use super::{Job, Report};
use crate::client::alarm::Alarm;
use crate::client::connector::{Connector, Keep};
use crate::client::end::{End, Stop, unheard};
use crate::client::error::words;
use crate::client::inbox::Inbox;
use crate::client::link::Link;
use crate::client::reconnect::Reconnect;
use crate::client::sink::attend;
use crate::client::{Cause, Error, Notify, Settings, Sink};
use crate::codec::{PacketType, Properties, Publish, Qos};
use crate::net::clock;
use crate::process::{Companion, Signals};
use crate::session::{Client, Event};
use crate::topic;

/// A count below this is announced as receive maximum: the broker sends little that is not
/// wanted.
const SMALL_COUNT: u16 = 20;

/// Everything that a run of `mq sub` holds.
pub(super) struct Subscriber<'a, S> {
    job: &'a Job,
    connector: Connector<'a>,
    session: Client<Removal>,
    requests: Requests<'a>,
    removals: Removals,
    sink: S,
    inbox: Inbox,
    /// Messages that passed the filters.
    taken: u64,
    /// What ends it has come, be it a message or a time: no further message is wanted.
    enough: bool,
    /// Where only retained messages are wanted.
    retained: Option<Retained>,
    command: Companion<'a>,
    report: Report,
    signals: Signals,
    alarm: Alarm,
    /// When the time limit passes.
    ends_at: Option<Instant>,
    /// How long is collected, until that has begun.
    span: Option<Duration>,
    /// When no further message is wanted.
    closes_at: Option<Instant>,
    /// When the sink is to hear that time passes.
    beats_at: Option<Instant>,
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
        // What does not match comes and does not count.
        let count = job.count.filter(|_| job.pattern.is_none());
        let count = count.and_then(|count| u16::try_from(count).ok());
        connector.receive_maximum = count.filter(|count| (1..SMALL_COUNT).contains(count));
        // Removals of retained messages are all that is sent.
        let (window_v5, window_v3) = settings.windows(Qos::AtLeastOnce);
        connector.window_v3 = window_v3;
        Ok(Self {
            job,
            connector,
            session: Client::new(window_v5, now),
            requests: Requests::new(job),
            removals: Removals::new(job.show_removed),
            sink,
            inbox: Inbox::default(),
            taken: 0,
            enough: false,
            retained: job.idle.map(|idle| Retained::new(idle, job.subscriptions.len())),
            command: Companion::new(&job.command),
            report: Report::default(),
            signals: Signals::new().map_err(Error::Signals)?,
            alarm: Alarm::default(),
            ends_at: job.time_limit.and_then(|limit| now.checked_add(limit)),
            span: job.span,
            closes_at: None,
            beats_at: None,
        })
    }

    /// Subscribes to the end.
    pub(super) async fn run(mut self) -> Result<Report, Error> {
        let outcome = self.connections().await;
        (self.report.not_removed, self.report.left) = (self.removals.refused, self.removals.left);
        self.report.unanswered = self.removals.unanswered(&self.session);
        self.report.taken = self.taken;
        match outcome {
            Ok(End::Signal(signal)) => self.end_command(Some(signal)).await,
            // Only removals are missing, which are told, and are not what was waited for.
            Ok(End::TimedOut) if self.is_met() && !self.job.show_removed => {
                self.report.late_removals = true;
                self.end_command(None).await;
            }
            Ok(End::TimedOut) => {
                self.end_command(None).await;
                if let Some(limit) = self.job.time_limit {
                    self.fail(Error::TimedOut(limit))?;
                }
            }
            Ok(End::CommandFailed) => self.report.command = self.command.ended,
            Ok(End::Finished | End::Unheard) => self.await_command().await,
            Err(error) => {
                self.fail(error)?;
                self.await_command().await;
            }
        }
        Ok(self.report)
    }

    /// Works on one connection until the end or until the connection is gone.
    async fn serve(&mut self, link: &mut Link<'_>, reconnect: &mut Reconnect) -> Result<End, Stop> {
        self.removals.hears = self.requests.has_echo(self.session.version().is_v5());
        self.requests.send(&mut self.session, &self.connector, &mut link.output)?;
        link.be_quick();
        self.beats_at = self.sink.beat().and_then(|beat| clock::now().checked_add(beat));
        loop {
            if let Some(end) = self.work(link, reconnect)? {
                return Ok(end);
            }
            let now = clock::now();
            if link.take_sent() {
                self.session.keep_alive().sent(now);
            }
            link.reading = self.sink.is_flushed();
            let keep_alive = self.session.keep_alive().deadline();
            let wake = [keep_alive, self.ends_at, self.beats_at, self.end_of_interest()];
            let wake = wake.into_iter().flatten().min();
            // A link that always has something to read would let no later branch come to its turn.
            if wake.is_some_and(|at| at <= now) && self.ring(link, now).await? {
                return Ok(End::TimedOut);
            }
            tokio::select! {
                biased;
                signal = self.signals.first() => return Ok(End::Signal(signal)),
                () = self.command.failure() => return Ok(End::CommandFailed),
                attended = attend(&mut self.sink),
                    if self.is_for_its_reader() || !self.sink.is_flushed() =>
                {
                    if let Err(error) = attended {
                        // What was not written is not acknowledged.
                        self.inbox.forget();
                        return Ok(unheard(error)?);
                    }
                }
                progress = link.progress() => { progress?; }
                () = self.alarm.wait(wake) => {}
            }
        }
    }

    /// Whether all that is left to do is to print: before the subscription stands, the command
    /// behind `--` has not been started, and removals matter whoever reads of them.
    const fn is_for_its_reader(&self) -> bool {
        self.requests.answered && !self.job.remove_retained
    }

    /// A time has come; whether it is the last.
    async fn ring(&mut self, link: &mut Link<'_>, now: Instant) -> Result<bool, Cause> {
        if !self.sink.is_flushed() {
            self.session.keep_alive().excuse(now);
        }
        link.keep_alive(&mut self.session, now).await?;
        if self.beats_at.is_some_and(|at| now >= at) {
            if self.sink.is_flushed() {
                self.sink.tick();
            }
            let next = |(at, beat): (Instant, Duration)| at.checked_add(beat).map(|at| at.max(now));
            self.beats_at = self.beats_at.zip(self.sink.beat()).and_then(next);
        }
        if self.end_of_interest().is_some_and(|at| now >= at) {
            self.lose_interest(link, now).await?;
        }
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
        self.inbox.acknowledge(&mut self.session, link);
        self.removals.send(&mut self.session, &self.connector, &mut link.output);
        if self.is_counted() || self.is_cleared(link) {
            return Ok(Some(End::Finished));
        }
        if !link.has_input() {
            return Ok(None);
        }
        let end = self.receive(link, reconnect)?;
        if self.sink.is_flushed() {
            self.inbox.acknowledge(&mut self.session, link);
            self.removals.send(&mut self.session, &self.connector, &mut link.output);
        }
        let is_over = self.is_counted() || self.is_cleared(link);
        Ok(end.or_else(|| is_over.then_some(End::Finished)))
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
        while !self.is_served()
            && end.is_none()
            && let Some(frame) = packets.next()?
        {
            if self.is_full() && frame.packet_type() == Ok(PacketType::Publish) {
                // Only SUBACK is waited for: this one is left to whoever comes next.
                continue;
            }
            if frame.packet_type() == Ok(PacketType::Pubrel) {
                reconnect.useful();
            }
            match self.session.receive(frame, now, output).map_err(Cause::from)? {
                Event::Message(message, aliased) => {
                    reconnect.useful();
                    if message.retain
                        && let Some(retained) = &mut self.retained
                    {
                        retained.disturbed(now);
                    }
                    self.message(aliased.as_deref().unwrap_or(message.topic), &message);
                }
                Event::Delivered(removal, reason) => {
                    reconnect.useful();
                    if reason.is_error() {
                        self.removals.refuse(removal.topic(), reason, &self.connector);
                    } else {
                        self.removed(removal.topic());
                    }
                }
                Event::Subscribed(_, codes, _) => {
                    self.requests.subscribed(codes, &self.connector)?;
                    end = self.answered(now, output)?;
                }
                Event::Unsubscribed(id, codes) => {
                    self.requests.unsubscribed(id, codes, &self.connector)?;
                    end = self.answered(now, output)?;
                }
                Event::Pong => {
                    for topic in self.removals.answered() {
                        self.removed(&topic);
                    }
                    if let Some(retained) = &mut self.retained {
                        retained.answered(now);
                    }
                }
                Event::Disconnected(reason, properties) => {
                    return Err(Cause::Told { reason, text: words(&properties) }.into());
                }
                _ => {}
            }
        }
        let taken = packets.taken;
        link.consume(taken);
        Ok(end)
    }

    /// A message came: it is dropped, removed from the broker, given to the sink, as asked.
    fn message(&mut self, topic: &str, message: &Publish<'_>) {
        let job = self.job;
        let is_echo = !message.retain && self.removals.is_echo(topic, message);
        let is_fresh = !message.retain && !is_echo;
        if is_fresh && (job.retained_only || job.idle.is_some()) {
            self.enough |= job.retained_only;
            if let Some(id) = message.id {
                // Not shown, so it is left to whoever comes next.
                self.session.withdraw(message.qos, id);
            }
            return;
        }
        self.inbox.take(message);
        // The broker was asked to send none that was retained before, and the flag is not that.
        let as_published = job.lossless && self.connector.version().is_v5();
        let is_unwanted = (message.retain && job.skip_retained && !as_published)
            || (is_echo && (job.retained_only || !job.echoes))
            || job.filter_out.iter().any(|filter| topic::matches(filter, topic))
            || job.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(message.payload));
        let is_repeat = self.retained.as_mut().is_some_and(|retained| !retained.is_first(topic));
        if is_unwanted || is_repeat {
            return;
        }
        if job.remove_retained && message.retain && !message.payload.is_empty() {
            self.removals.add(topic);
        }
        if job.show_removed {
            return;
        }
        if job.random_filter.is_none_or(|percent| fastrand::f64() * 100.0 < percent) {
            self.sink.take(topic, message);
        }
        self.taken = self.taken.saturating_add(1);
    }

    /// The broker has removed a retained message.
    fn removed(&mut self, topic: &str) {
        if !self.job.show_removed {
            return;
        }
        let (qos, properties) = (Qos::AtMostOnce, Properties::EMPTY);
        let nothing =
            Publish { dup: false, qos, retain: true, topic, id: None, properties, payload: &[] };
        self.sink.take(topic, &nothing);
        self.taken = self.taken.saturating_add(1);
    }

    /// One more request has its answer; with the last of them more may begin, or all end.
    fn answered(&mut self, now: Instant, output: &mut Vec<u8>) -> Result<Option<End>, Stop> {
        let is_over = self.job.only_subscribe && self.requests.is_subscribed();
        if self.requests.answered {
            let closes_at = self.span.take().and_then(|span| now.checked_add(span));
            self.closes_at = self.closes_at.or(closes_at);
            if let Some(retained) = &mut self.retained {
                retained.subscribed(&mut self.session, output);
            }
        }
        if is_over || self.requests.answered {
            self.command.start().map_err(Error::from)?;
        }
        Ok(is_over.then_some(End::Finished))
    }
}
