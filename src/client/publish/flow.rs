//! The run of a publisher: from the first CONNECT to the last acknowledgement.

mod fill;

use std::time::{Duration, Instant};

use super::copies::Copies;
use super::delivery::Delivery;
use super::head::{Head, NotTaken, unacknowledged};
use super::later::{Held, Later, MessageHead};
use super::records::Recording;
use super::{Job, Report};
use crate::client::alarm::Alarm;
use crate::client::connector::{Connector, FAREWELL, Keep};
use crate::client::error::words;
use crate::client::first::first;
use crate::client::link::Link;
use crate::client::reconnect::Reconnect;
use crate::client::source::{Source, progress_or_more};
use crate::client::{Cause, Error, Notice, Notify, Payloads, Refusal, Settings};
use crate::codec::{Qos, Reason};
use crate::net::clock;
use crate::process::Signals;
use crate::session::{Client, Event, Message as _};

/// How long the broker may neither take nor send anything while the answer to the last ping is
/// missing: subscribers that it waits for may hold it up.
const LAST_PATIENCE: Duration = Duration::from_mins(1);

/// How long a large message may take from this system's buffers to a broker that closes after it.
const ARRIVAL: Duration = Duration::from_secs(10);

/// A broker that takes the connection within this time leaves a signal nothing to spoil: until
/// then it does what it did before this program ran. Catching one is a share of what a program
/// that sends one message and ends takes from its start.
const SOON: Duration = Duration::from_millis(20);

/// How one connection was left.
enum End {
    /// All is done.
    Finished,
    /// A signal asked for the end.
    Signal(i32),
}

/// Everything that a run of `mq pub` holds.
pub(super) struct Publisher<'a> {
    job: &'a Job,
    connector: Connector<'a>,
    session: Client<Held<'a>>,
    source: Source,
    copies: Copies<'a>,
    /// Lines that describe messages.
    recording: Option<Recording<'a>>,
    later: Later<'a>,
    report: Report,
    delivery: Option<Delivery>,
    signals: Signals,
    alarm: Alarm,
    /// QoS 0: all of a message but its payload, one for each topic; none for lines that describe
    /// messages.
    heads: Vec<Head>,
    /// It was told that properties are left out.
    left_out: bool,
    /// The window was used up; it is filled again when half of it is free.
    filled: bool,
    /// PINGREQs without their PINGRESP.
    pings: u32,
    /// QoS 0: the PINGREQ behind the last message was sent, and when the broker took or sent
    /// something last.
    last_ping: Option<Instant>,
    /// With a delay between messages: when the next one may go.
    next_at: Option<Instant>,
}

/// Waits for a signal, but does not catch one [`SOON`].
async fn later(signals: &mut Signals) -> i32 {
    tokio::time::sleep(SOON).await;
    signals.first().await
}

impl<'a> Publisher<'a> {
    /// Nothing is sent yet.
    pub(super) fn new(settings: &'a Settings, job: &'a Job, notify: Notify<'a>) -> Self {
        let highest = job.highest_qos();
        let comes_back = job.comes_back() && highest > Qos::AtMostOnce;
        let keep = if comes_back { Keep::WhileRunning } else { Keep::AsAsked };
        let (window_v5, window_v3) = settings.windows(highest);
        let mut connector = Connector::new(settings, notify, keep);
        connector.window_v3 = window_v3;
        Self {
            job,
            connector,
            session: Client::new(window_v5, clock::now()),
            source: Source::new(&job.payloads),
            copies: Copies::new(&job.topics),
            recording: Recording::new(job),
            later: Later::new(),
            report: Report::default(),
            delivery: None,
            signals: Signals::from_first_wait(),
            alarm: Alarm::default(),
            heads: Vec::new(),
            left_out: false,
            filled: false,
            pings: 0,
            last_ping: None,
            next_at: None,
        }
    }

    /// Publishes all.
    pub(super) async fn run(mut self) -> Result<Report, Error> {
        let mut link = tokio::select! {
            accepted = first(&mut self.connector, &mut self.session) => accepted?,
            signal = later(&mut self.signals) => return Ok(self.interrupted(signal)),
        };
        if self.job.stats {
            self.delivery = Delivery::new(clock::now());
        }
        if matches!(self.job.payloads, Payloads::Once(_)) {
            link.meter.clone_from(&self.job.meter);
        }
        match self.deliver(link).await {
            Err(error) if self.delivery.is_none() => Err(error),
            outcome => Ok(self.conclude(outcome.err())),
        }
    }

    /// Publishes all, over as many connections as it takes; ends with the last of them.
    async fn deliver(&mut self, mut link: Link<'a>) -> Result<(), Error> {
        if let Err(error) = self.begin() {
            return self.refuse(link, error).await;
        }
        let mut reconnect = Reconnect::new(self.job.give_up);
        loop {
            let cause = match self.serve(&mut link, &mut reconnect).await {
                Ok(End::Finished) => break,
                Ok(End::Signal(signal)) => {
                    self.report.signal = Some(signal);
                    break;
                }
                Err(cause) => cause,
            };
            self.connector.object(&cause, &mut self.session, &mut link).await;
            if !self.job.comes_back() {
                return Err(self.connector.lost(cause));
            }
            let has_unsent = !self.heads.is_empty() || self.recording.is_some();
            // Either way the socket is closed: the broker need not count it with the next.
            let unsent = if has_unsent {
                link.unsent()
            } else {
                drop(link);
                Vec::new()
            };
            let (next, left_over) = tokio::select! {
                again = reconnect.again(&mut self.connector, &mut self.session, cause) => again?,
                signal = self.signals.first() => {
                    self.report.signal = Some(signal);
                    return Ok(());
                }
            };
            link = next;
            self.resume(left_over);
            if let Err(error) = self.begin() {
                return self.refuse(link, error).await;
            }
            let not_taken = match self.heads.as_mut_slice() {
                [head] => head.rewrite(&unsent, self.session.version(), &mut link.output),
                _ => unacknowledged(&unsent, &self.session, &mut link.output),
            };
            for NotTaken { behind, why } in not_taken {
                self.report.refused.add(self.report.read.saturating_sub(behind), why.into());
            }
        }
        self.farewell(link).await
    }

    /// A signal came while there is no connection.
    fn interrupted(mut self, signal: i32) -> Report {
        self.report.signal = Some(signal);
        self.conclude(None)
    }

    /// What came of it, now that nothing more is sent.
    fn conclude(mut self, failure: Option<Error>) -> Report {
        let in_flight = self.session.outgoing().messages().count();
        self.report.unacknowledged = in_flight.saturating_add(self.later.len());
        self.report.failure = failure.or_else(|| self.source.take_failure().map(Error::Input));
        if self.copies.is_many() {
            self.report.number_by(&self.job.topics);
        }
        if let Some(delivery) = &mut self.delivery {
            delivery.end(self.session.resent(), clock::now());
        }
        self.report.delivery = self.delivery;
        self.report
    }

    /// The broker would refuse every message: leaves in order.
    async fn refuse(&mut self, mut link: Link<'_>, error: Error) -> Result<(), Error> {
        self.connector.disconnect(&mut self.session, &mut link);
        let _ = link.leave(FAREWELL).await;
        Err(error)
    }

    /// What the broker grants is known: refuses what it would refuse for every message.
    fn begin(&mut self) -> Result<(), Error> {
        if self.recording.is_some() {
            return Ok(());
        }
        self.heads.clear();
        for topic in &self.job.topics {
            let head = MessageHead::Common(self.job, topic);
            let sample = Held { head, payload: bytes::Bytes::new(), number: 0 };
            self.session.check(&sample.publish())?;
            if self.job.qos == Qos::AtMostOnce {
                let limit = self.session.granted().maximum_packet_size;
                self.heads.push(Head::new(&sample.publish(), self.session.version(), limit)?);
            }
        }
        Ok(())
    }

    /// Another connection stands.
    fn resume(&mut self, left_over: Vec<Held<'a>>) {
        let is_twice = |held: &&Held<'_>| held.publish().qos == Qos::ExactlyOnce;
        // What a session that goes on gives back is not sent again.
        let twice = if self.session.granted().session_present {
            0
        } else {
            u64::try_from(left_over.iter().filter(is_twice).count()).unwrap_or(u64::MAX)
        };
        self.report.possible_duplicates = self.report.possible_duplicates.saturating_add(twice);
        self.later.restart(left_over);
        if let Some(delivery) = &mut self.delivery {
            delivery.reconnected();
        }
        (self.filled, self.pings, self.last_ping) = (false, 0, None);
    }

    /// Works on one connection until all is done or the connection is gone.
    async fn serve(
        &mut self,
        link: &mut Link<'_>,
        reconnect: &mut Reconnect,
    ) -> Result<End, Cause> {
        if self.job.highest_qos() > Qos::AtMostOnce {
            link.be_quick();
        }
        loop {
            if link.has_input() {
                self.receive(link, reconnect)?;
            }
            let now = clock::now();
            if link.take_sent() {
                self.session.keep_alive().sent(now);
            }
            self.fill(link, now);
            if self.is_finished(link, now) {
                return Ok(End::Finished);
            }
            let wake = self.deadline();
            // A link that always has something to read would let no later branch come to its turn.
            if wake.is_some_and(|at| at <= now) {
                self.ring(link, now).await?;
            }
            let wants_more = self.source.is_dry() && !link.is_full();
            tokio::select! {
                biased;
                signal = self.signals.first() => return Ok(End::Signal(signal)),
                progress = progress_or_more(link, &mut self.source, wants_more) => progress?,
                () = self.alarm.wait(wake) => {}
            }
        }
    }

    /// A time has come. What answers the last ping is behind all that the broker still holds
    /// back, so the ping has patience of its own.
    async fn ring(&mut self, link: &mut Link<'_>, now: Instant) -> Result<(), Cause> {
        if let Some(moved) = &mut self.last_ping {
            if link.take_alive() {
                *moved = now;
            }
            if now.saturating_duration_since(*moved) >= LAST_PATIENCE {
                if !link.is_alive_after_all().await? {
                    return Err(Cause::Silent);
                }
                *moved = now;
            }
            self.session.keep_alive().excuse(now);
        }
        if link.keep_alive(&mut self.session, now).await? {
            self.pings = self.pings.saturating_add(1);
        }
        Ok(())
    }

    /// The next time that something is to be done without cause from outside.
    fn deadline(&mut self) -> Option<Instant> {
        let in_flight = self.session.outgoing().len();
        let last = self.last_ping.map(|moved| moved + LAST_PATIENCE);
        let record = self.recording.as_ref().and_then(Recording::deadline);
        let later = self.later.deadline(in_flight);
        let times = [self.session.keep_alive().deadline(), later, self.next_at, last, record];
        times.into_iter().flatten().min()
    }

    /// Deals with what came.
    fn receive(&mut self, link: &mut Link<'_>, reconnect: &mut Reconnect) -> Result<(), Cause> {
        let now = clock::now();
        let (mut packets, output) = link.packets();
        while let Some(frame) = packets.next()? {
            match self.session.receive(frame, now, output)? {
                Event::Delivered(held, reason) => {
                    reconnect.useful();
                    let is_final =
                        reason != Reason::QuotaExceeded || !self.job.payloads.is_stream();
                    if let Some(delivery) = self.delivery.as_mut().filter(|_| is_final) {
                        delivery.answered(held.number, !reason.is_error(), now);
                    }
                    match reason {
                        Reason::QuotaExceeded if !is_final => {
                            self.report.postponed = self.report.postponed.saturating_add(1);
                            if self.later.refused(held, now) {
                                self.connector.notify(&Notice::QuotaExceeded);
                            }
                        }
                        reason if reason.is_error() => {
                            self.later.taken();
                            let number = held.number;
                            self.connector.notify(&Notice::MessageRefused { number, reason });
                            self.report.refused.add(number, Refusal::Broker(reason));
                        }
                        reason => {
                            self.later.taken();
                            self.report.unheard.taken(self.job, &held, reason);
                        }
                    }
                }
                Event::Received(id, reason) => {
                    reconnect.useful();
                    if let Some(held) = self.session.outgoing().message(id) {
                        self.report.unheard.taken(self.job, held, reason);
                    }
                }
                Event::Pong => {
                    reconnect.useful();
                    self.pings = self.pings.saturating_sub(1);
                }
                Event::Disconnected(reason, properties) => {
                    return Err(Cause::Told { reason, text: words(&properties) });
                }
                _ => {}
            }
        }
        self.session.resend(output);
        let taken = packets.taken;
        link.consume(taken);
        Ok(())
    }

    /// Whether all is taken, sent and acknowledged. At QoS 0 the answer to a PINGREQ behind the
    /// last message stands for the acknowledgement; a lone message goes out with DISCONNECT.
    fn is_finished(&mut self, link: &mut Link<'_>, now: Instant) -> bool {
        if !self.source.is_finished() || !self.later.is_empty() || self.copies.is_within() {
            return false;
        }
        let acknowledged = self.session.outgoing().is_empty();
        match &self.recording {
            // Messages of QoS 0 may be among them.
            Some(recording) if recording.goes_on(&self.source) || !acknowledged => return false,
            None if self.job.qos > Qos::AtMostOnce => return acknowledged,
            _ => {}
        }
        if matches!(self.job.payloads, Payloads::Once(_)) {
            return !link.is_full();
        }
        if self.last_ping.is_none() {
            self.last_ping = Some(now);
            self.pings = self.pings.saturating_add(1);
            self.session.ping(now, &mut link.output);
        }
        self.pings == 0
    }

    /// DISCONNECT.
    async fn farewell(&mut self, mut link: Link<'_>) -> Result<(), Error> {
        self.connector.disconnect(&mut self.session, &mut link);
        let sent = link.leave(FAREWELL).await;
        let unconfirmed = self.job.qos == Qos::AtMostOnce && !self.job.payloads.is_stream();
        let is_large = self.job.payloads.is_large(self.job.topics.len());
        if unconfirmed && sent.is_ok() && is_large {
            tokio::select! {
                () = link.drain(ARRIVAL) => {}
                signal = self.signals.first() => self.report.signal = Some(signal),
            }
        }
        match sent {
            Err(cause) if unconfirmed && self.report.signal.is_none() => {
                Err(self.connector.lost(cause))
            }
            _ => Ok(()),
        }
    }
}
