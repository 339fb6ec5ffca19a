//! The run of a requester: from CONNECT to the last answer.

use std::time::{Duration, Instant};

use super::asked::{Asked, Correlation, own_topic};
use super::pending::{Pending, Verdict};
use super::{Job, Report};
use crate::client::alarm::Alarm;
use crate::client::connector::{Connector, FAREWELL, Keep};
use crate::client::end::{End, Stop, unheard};
use crate::client::error::words;
use crate::client::first::first;
use crate::client::inbox::Inbox;
use crate::client::lines::Line;
use crate::client::link::Link;
use crate::client::sink::flush;
use crate::client::source::{Source, progress_or_more};
use crate::client::{Cause, Error, Latencies, Notice, Notify, Payloads, Refusal, Settings, Sink};
use crate::codec::{
    EncodeError, FilterBuffer, NameBuffer, PropertyBuffer, Publish, Qos, Reason,
    SubscriptionOptions,
};
use crate::net::clock;
use crate::process::Signals;
use crate::session::{self, Client, Event, Message as _, PublishError};

/// Everything that a run of `mq rr` holds.
pub(super) struct Requester<'a, S> {
    job: &'a Job,
    connector: Connector<'a>,
    session: Client<Asked<'a>>,
    sink: S,
    source: Source,
    inbox: Inbox,
    pending: Pending,
    correlation: Correlation,
    /// The times of answers that the sink has not written yet.
    untold: Vec<Duration>,
    /// SUBACK came.
    subscribed: bool,
    /// A message came before the request that is the answer all the same.
    answered_early: bool,
    /// Since when the sink has not written what it has.
    stalled_since: Option<Instant>,
    report: Report,
    signals: Signals,
    alarm: Alarm,
    begun: Instant,
}

impl<'a, S: Sink> Requester<'a, S> {
    /// Nothing is sent yet.
    pub(super) fn new(
        settings: &'a Settings,
        job: &'a Job,
        sink: S,
        notify: Notify<'a>,
    ) -> Result<Self, Error> {
        let begun = clock::now();
        let (window_v5, window_v3) = settings.windows(job.qos);
        let mut connector = Connector::new(settings, notify, Keep::AsAsked);
        connector.response_information = job.response_topic.is_none();
        connector.window_v3 = window_v3;
        let latencies = if job.latency { Latencies::new() } else { None };
        Ok(Self {
            job,
            connector,
            session: Client::new(window_v5, begun),
            sink,
            source: Source::new(&job.payloads),
            inbox: Inbox::default(),
            pending: Pending::default(),
            correlation: Correlation::Unchecked,
            untold: Vec::new(),
            subscribed: false,
            answered_early: false,
            stalled_since: None,
            report: Report { latencies, ..Report::default() },
            signals: Signals::new().map_err(Error::Signals)?,
            alarm: Alarm::default(),
            begun,
        })
    }

    /// Asks for all, and waits for the answers.
    pub(super) async fn run(mut self) -> Result<Report, Error> {
        let limit = self.deadline();
        let mut link = tokio::select! {
            accepted = first(&mut self.connector, &mut self.session) => accepted?,
            signal = self.signals.first() => {
                self.report.signal = Some(signal);
                return Ok(self.report);
            }
            () = self.alarm.wait(limit) => return Err(self.too_late()),
        };
        let mut outcome = match self.subscribe(&mut link) {
            Ok(()) => self.serve(&mut link).await,
            Err(error) => Err(error.into()),
        };
        if let Err(Stop::Lost(cause)) = &outcome {
            self.connector.object(cause, &mut self.session, &mut link).await;
        }
        if !matches!(outcome, Ok(End::Unheard) | Err(Stop::Failed(Error::Output(_)))) {
            self.write_briefly().await;
        }
        if matches!(outcome, Ok(End::TimedOut)) {
            if self.sink.is_flushed() {
                outcome = Ok(End::Finished);
            } else if self.report.unanswered == 0 || matches!(self.job.payloads, Payloads::Lines(_))
            {
                outcome = Err(Stop::Failed(self.too_late()));
            }
        }
        if self.sink.is_flushed() {
            self.inbox.acknowledge(&mut self.session, &mut link);
        }
        if matches!(outcome, Ok(End::Finished)) {
            self.inbox.complete(&mut self.session, &mut link).await;
        }
        if !matches!(outcome, Err(Stop::Lost(_))) {
            let late =
                self.report.unanswered > 0 && !matches!(self.job.payloads, Payloads::Lines(_));
            let late = late || matches!(outcome, Err(Stop::Failed(Error::TimedOut(_))));
            let cut_short = late || matches!(outcome, Ok(End::Signal(_)));
            let with_will = cut_short && self.job.will_when_cut_short;
            let reason = if with_will { Reason::DisconnectWithWill } else { Reason::Success };
            self.unsubscribe(&mut link);
            self.connector.disconnect_with(reason, &mut self.session, &mut link);
            self.inbox.leave(link).await;
        }
        self.report.waiting = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        let report = &mut self.report;
        match outcome {
            Ok(End::Finished | End::TimedOut | End::CommandFailed) => {
                report.failure = self.source.take_failure().map(Error::Input);
            }
            Ok(End::Unheard) => report.waiting = 0,
            Ok(End::Signal(signal)) => report.signal = Some(signal),
            Err(Stop::Lost(cause)) => report.failure = Some(self.connector.lost(cause)),
            Err(Stop::Failed(error)) => report.failure = Some(error),
        }
        Ok(self.report)
    }

    /// The time passed before anything could be asked, or before the answer could be written.
    fn too_late(&self) -> Error {
        Error::TimedOut(self.job.time_limit.unwrap_or_default())
    }

    /// SUBSCRIBE to the topic of the answers.
    fn subscribe(&mut self, link: &mut Link<'_>) -> Result<(), Error> {
        let is_v5 = self.session.version().is_v5();
        if is_v5 {
            self.correlation = Correlation::new(self.job).map_err(Error::Random)?;
        } else if self.connector.settings().debug || self.job.in_flight > 1 {
            self.connector.notify(&Notice::Uncorrelated);
        }
        self.report.response_topic = match &self.job.response_topic {
            Some(topic) => topic.clone(),
            None => own_topic(self.session.granted(), self.connector.client_id())
                .map_err(Error::Random)?,
        };
        let options = if is_v5 {
            SubscriptionOptions {
                qos: self.job.qos,
                retain_as_published: self.job.retain_as_published,
                retain_handling: self.job.retain_handling,
                ..SubscriptionOptions::default()
            }
        } else {
            SubscriptionOptions { qos: self.job.qos, ..SubscriptionOptions::default() }
        };
        let mut filters = FilterBuffer::default();
        filters.push(&self.report.response_topic, options)?;
        let settings = self.connector.settings();
        let properties = self.connector.added(&settings.properties.subscribe);
        self.session.subscribe(&filters, properties, &mut link.output)?;
        link.be_quick();
        Ok(())
    }

    /// UNSUBSCRIBE from a topic that was made for this run alone: a session that lasts would
    /// have one more with each.
    fn unsubscribe(&mut self, link: &mut Link<'_>) {
        if self.job.response_topic.is_some() || !self.connector.comes_back() {
            return;
        }
        let mut names = NameBuffer::default();
        let settings = self.connector.settings();
        let properties = self.connector.added(&settings.properties.unsubscribe);
        // What could not be asked for need not be given back.
        if names.push(&self.report.response_topic).is_ok()
            && self.session.unsubscribe(&names, properties, &mut link.output).is_ok()
        {
            self.inbox.see_through();
        }
    }

    /// Works until the end, or until the connection is gone.
    async fn serve(&mut self, link: &mut Link<'_>) -> Result<End, Stop> {
        loop {
            if self.sink.is_flushed() {
                self.written(link);
                if link.has_input()
                    && let Some(end) = self.receive(link)?
                {
                    return Ok(end);
                }
            }
            let now = clock::now();
            if link.take_sent() {
                self.session.keep_alive().sent(now);
            }
            if self.subscribed {
                self.fill(link, now);
            }
            if self.sink.is_flushed() {
                self.written(link);
                if self.is_finished() {
                    return Ok(End::Finished);
                }
            }
            link.reading = self.sink.is_flushed();
            self.stalled_since = self.stalled_since.or(Some(now)).filter(|_| !link.reading);
            let wake = [self.session.keep_alive().deadline(), self.deadline()];
            let wake = wake.into_iter().flatten().min();
            // A link that always has something to read would let no later branch come to its turn.
            if wake.is_some_and(|at| at <= now)
                && let Some(end) = self.ring(link, now).await?
            {
                return Ok(end);
            }
            let wants_more = self.subscribed && self.source.is_dry() && self.has_room(link);
            tokio::select! {
                biased;
                signal = self.signals.first() => return Ok(End::Signal(signal)),
                flushed = flush(&mut self.sink), if !self.sink.is_flushed() => {
                    if let Err(error) = flushed {
                        self.inbox.forget();
                        return Ok(unheard(error)?);
                    }
                }
                progress = progress_or_more(link, &mut self.source, wants_more) => progress?,
                () = self.alarm.wait(wake) => {}
            }
        }
    }

    /// Whether all is asked and answered; what came last may still have to be written.
    fn is_finished(&self) -> bool {
        if !self.subscribed {
            return self.answered_early;
        }
        self.source.is_finished() && self.pending.is_empty()
    }

    /// All answers that came are written: their senders may forget them, and people may know.
    fn written(&mut self, link: &mut Link<'_>) {
        self.inbox.acknowledge(&mut self.session, link);
        for latency in self.untold.drain(..) {
            self.connector.notify(&Notice::Latency(latency));
        }
    }

    /// When the time of what waits longest passes: a request, or answers for their reader.
    fn deadline(&self) -> Option<Instant> {
        let from = match self.job.payloads {
            Payloads::Lines(_) if self.subscribed => {
                let waiting = [self.pending.oldest(), self.stalled_since];
                waiting.into_iter().flatten().min()?
            }
            _ if self.subscribed && self.pending.is_empty() && self.sink.is_flushed() => {
                return None;
            }
            _ => self.begun,
        };
        from.checked_add(self.job.time_limit?)
    }

    /// A time has come; the end, where standard output does not take the last answers in time.
    async fn ring(&mut self, link: &mut Link<'_>, now: Instant) -> Result<Option<End>, Stop> {
        if !self.sink.is_flushed() {
            self.session.keep_alive().excuse(now);
        }
        link.keep_alive(&mut self.session, now).await?;
        let (Some(limit), Some(deadline)) = (self.job.time_limit, self.deadline()) else {
            return Ok(None);
        };
        if now < deadline {
            return Ok(None);
        }
        if !self.subscribed {
            return Err(self.too_late().into());
        }
        let is_stream = matches!(self.job.payloads, Payloads::Lines(_));
        let since = if is_stream { now.checked_sub(limit).unwrap_or(self.begun) } else { now };
        let numbers = self.pending.expire(since);
        if is_stream && !numbers.is_empty() {
            self.connector.notify(&Notice::Unanswered { numbers: &numbers, after: limit });
        }
        let count = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
        self.report.unanswered = self.report.unanswered.saturating_add(count);
        let stalls = match (is_stream, self.stalled_since) {
            (true, stalled_since) => stalled_since.is_some_and(|from| from <= since),
            (false, _) => !self.sink.is_flushed(),
        };
        Ok(stalls.then_some(End::TimedOut))
    }

    /// Whether another request may be sent now.
    fn has_room(&self, link: &Link<'_>) -> bool {
        let window_open = self.job.qos == Qos::AtMostOnce || self.session.has_room();
        self.pending.len() < self.job.in_flight && window_open && !link.is_full()
    }

    /// Sends requests as far as window, output and source go.
    fn fill(&mut self, link: &mut Link<'_>, now: Instant) {
        while self.has_room(link) {
            let Some(line) = self.source.next_shared() else { return };
            let number = self.report.read.saturating_add(1);
            self.report.read = number;
            let Line::Bytes(payload) = line else {
                self.report.refused.add(number, Refusal::Overlong);
                continue;
            };
            let sent = self.properties(number).map_err(PublishError::from).and_then(|properties| {
                let asked = Asked { job: self.job, payload, number, properties };
                self.send(asked, &mut link.output)
            });
            match sent {
                Ok(()) if self.answered_early => {}
                Ok(()) => self.pending.sent(number, now),
                Err(error) => self.report.refused.add(number, error.into()),
            }
        }
    }

    /// What a request carries beside its payload.
    fn properties(&self, number: u64) -> Result<PropertyBuffer, EncodeError> {
        if !self.session.version().is_v5() {
            return Ok(PropertyBuffer::new());
        }
        self.correlation.properties(self.job, &self.report.response_topic, number)
    }

    fn send(&mut self, asked: Asked<'a>, output: &mut Vec<u8>) -> Result<(), PublishError> {
        if self.job.qos == Qos::AtMostOnce {
            return self.session.publish_once(&asked.publish(), output);
        }
        self.session.publish(asked, output).map_err(|(error, _)| error)
    }

    /// Deals with what came.
    fn receive(&mut self, link: &mut Link<'_>) -> Result<Option<End>, Stop> {
        let (mut end, now) = (None, clock::now());
        let (mut packets, output) = link.packets();
        while !self.is_finished()
            && end.is_none()
            && let Some(frame) = packets.next()?
        {
            match self.session.receive(frame, now, output).map_err(Cause::from)? {
                Event::Message(message, aliased) => {
                    let topic = aliased.as_deref().unwrap_or(message.topic);
                    self.message(topic, &message, now);
                }
                Event::Delivered(asked, reason) => self.delivered(asked.number, reason),
                Event::Received(id, reason) => {
                    let asked = self.session.outgoing().message(id);
                    if let Some(number) = asked.map(|asked| asked.number) {
                        self.delivered(number, reason);
                    }
                }
                Event::Subscribed(_, codes, _) => end = self.granted(codes)?,
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

    /// A message came: on the topic of the answers, or for an earlier subscription of the session.
    fn message(&mut self, topic: &str, message: &Publish<'_>, now: Instant) {
        self.inbox.take(message);
        if !self.job.any_message && topic != self.report.response_topic {
            self.report.foreign = self.report.foreign.saturating_add(1);
            return;
        }
        let is_early = self.job.any_message && self.report.read == 0;
        let is_unwanted = message.retain && self.job.skip_retained;
        let verdict = if is_unwanted || self.answered_early {
            Verdict::Ignored
        } else if is_early {
            self.answered_early = true;
            Verdict::Answer(None)
        } else {
            let says = self.correlation.read(&message.properties);
            self.pending.arrived(&says, self.job.answers, now)
        };
        match verdict {
            Verdict::Answer(latency) => {
                self.sink.take(topic, message);
                self.report.answers = self.report.answers.saturating_add(1);
                if let (Some(latency), Some(latencies)) = (latency, &mut self.report.latencies) {
                    latencies.add(latency);
                    self.untold.push(latency);
                }
            }
            Verdict::Ignored => self.report.ignored = self.report.ignored.saturating_add(1),
            Verdict::Unassigned => {
                self.report.ignored = self.report.ignored.saturating_add(1);
                self.report.unassigned = self.report.unassigned.saturating_add(1);
            }
        }
    }

    /// A request is with the broker, or is refused.
    fn delivered(&mut self, number: u64, reason: Reason) {
        let unheard = reason == Reason::NoMatchingSubscribers;
        if self.job.lenient {
            if reason.is_error() {
                self.connector.notify(&Notice::RequestRefused { number, reason });
            }
        } else if (reason.is_error() || unheard) && self.pending.drop(number) {
            let why = match reason {
                Reason::NoMatchingSubscribers => Refusal::Unheard(self.job.topic.clone()),
                reason => Refusal::Broker(reason),
            };
            self.report.refused.add(number, why);
        }
    }

    /// SUBACK.
    fn granted(&mut self, codes: &[u8]) -> Result<Option<End>, Stop> {
        let &[code] = codes else {
            return Err(Cause::Protocol(session::Error::Answer).into());
        };
        let refused = Reason::from_code(code).filter(|reason| reason.is_error());
        self.subscribed = refused.is_none();
        let Some(reason) = refused else { return Ok(None) };
        let topic = &self.report.response_topic;
        if !self.job.lenient {
            return Err(Error::AllFiltersRefused(vec![(topic.clone(), reason)]).into());
        }
        self.connector.notify(&Notice::FilterRefused { filter: topic, reason });
        Ok(Some(End::Finished))
    }

    /// What was taken is written before the end, if its reader does not stall.
    async fn write_briefly(&mut self) {
        match tokio::time::timeout(FAREWELL, flush(&mut self.sink)).await {
            Ok(Ok(())) => {
                for latency in self.untold.drain(..) {
                    self.connector.notify(&Notice::Latency(latency));
                }
            }
            Ok(Err(_)) => self.inbox.forget(),
            Err(_) => {}
        }
    }
}
