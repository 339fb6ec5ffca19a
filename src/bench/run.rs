//! The loop: who was woken is dealt with, what is due is sent, and one write a connection ends the
//! turn.

mod clients;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::task::{unconstrained, yield_now};

use self::clients::link;
use super::Error;
use super::cost::Costs;
use super::desk::Desk;
use super::peer::{Peer, State};
use super::plan::Plan;
use super::report::{Beat, Report, Second};
use super::wake::Ready;
use crate::client::{self, Notify, Settings};
use crate::net::{Timer, clock, raise_descriptor_limit};
use crate::options::Scenario;
use crate::process::Signals;

/// Bytes read at once, from any connection.
const READ_SIZE: usize = 64 * 1024;

/// Clients that dial at once: brokers let about as many wait to be accepted.
const DIALLING: u32 = 100;

/// Descriptors that this process needs beside its connections.
const OWN_DESCRIPTORS: u64 = 32;

/// How often connections are looked at that may have to ping: no keep-alive is shorter than four
/// of these.
const SWEEP: u64 = 250_000_000;

/// How often the end is looked for, once all is sent.
const LOOK: u64 = 1_000_000;

/// How long nothing may come and be acknowledged before what is missing counts as lost.
const QUIET: u64 = 3_000_000_000;

/// So much before a message is due the system is not asked to wake this process any more, which
/// takes it about as long from idleness, and would be measured as the broker's time; instead the
/// clock is watched.
const WATCHED: u64 = 80_000;

/// The fastest schedule of which each message is watched for: a twelfth of the processor's time.
/// Faster ones leave it no time to fall asleep.
const WATCHED_RATE: f64 = 1000.0;

/// How long goodbyes may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a subscription may stay unanswered.
const SUBSCRIBING: u64 = 10_000_000_000;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Clients connect and subscribe.
    Connecting,
    /// Messages are sent, or connections held.
    Running,
    /// What was sent is waited for; since when.
    Draining(u64),
    /// It is over; since when nothing is sent.
    Over(u64),
}

/// A run.
struct Run<'a> {
    plan: &'a Plan,
    settings: Settings,
    notify: Notify<'a>,
    desk: Desk<'a>,
    peers: Vec<Peer<'a>>,
    ready: Arc<Ready>,
    timer: Timer,
    buffer: Vec<u8>,
    phase: Phase,
    /// Clients that were told to connect.
    launched: u32,
    dialling: u32,
    open: u32,
    /// Connections with something to write.
    dirty: Vec<u32>,
    next_sweep: u64,
    beat: Beat,
    /// When the last client was accepted.
    settled: u64,
    /// Before this nothing is sent.
    hold: u64,
    signal: Option<i32>,
    /// The first error, to tell when none is left.
    failure: Option<client::Error>,
    costs: Costs,
}

/// Connects, drives, measures. `watch` is called once a second; it should not wait for anything.
pub async fn run(
    settings: &Settings,
    plan: &Plan,
    watch: &mut dyn FnMut(&Second),
    notify: Notify<'_>,
) -> Result<Report, Error> {
    let mut signals = Signals::new().map_err(client::Error::Signals)?;
    has_descriptors(plan.connections())?;
    let mut run = Run::new(settings, plan, notify)?;
    unconstrained(run.drive(&mut signals, watch)).await?;
    Ok(run.report())
}

/// How long after now that is, in nanoseconds; 0 when it is over.
fn hold(start: Option<SystemTime>) -> u64 {
    let left = start.and_then(|start| start.duration_since(clock::wall()).ok());
    left.map_or(0, |left| u64::try_from(left.as_nanos()).unwrap_or(u64::MAX))
}

fn has_descriptors(connections: u32) -> Result<(), Error> {
    let (limit, connections) = (raise_descriptor_limit(), u64::from(connections));
    let needed = connections.saturating_add(OWN_DESCRIPTORS);
    if needed > limit {
        return Err(Error::Descriptors { connections, needed, limit });
    }
    Ok(())
}

impl<'a> Run<'a> {
    fn new(settings: &Settings, plan: &'a Plan, notify: Notify<'a>) -> Result<Self, Error> {
        let ready = Arc::new(Ready::default());
        let prefix = settings.client_id.clone();
        let prefix = prefix.unwrap_or_else(|| format!("mqb-{:08x}", plan.run));
        let window = plan.inflight.or(settings.window);
        let desk = Desk::new(plan, clock::now())?;
        Ok(Self {
            plan,
            settings: Settings { client_id: Some(prefix), window, ..settings.clone() },
            notify,
            peers: (0..plan.connections()).map(|index| Peer::new(index, &ready)).collect(),
            ready,
            timer: Timer::new().map_err(Error::Timer)?,
            buffer: vec![0; READ_SIZE],
            phase: Phase::Connecting,
            launched: 0,
            dialling: 0,
            open: 0,
            dirty: Vec::new(),
            next_sweep: SWEEP,
            beat: Beat::new(desk.tally.counts),
            settled: 0,
            hold: hold(plan.start),
            signal: None,
            failure: None,
            costs: Costs::begin(plan.broker),
            desk,
        })
    }

    fn now(&self) -> u64 {
        self.desk.time(clock::now())
    }

    async fn drive(
        &mut self,
        signals: &mut Signals,
        watch: &mut dyn FnMut(&Second),
    ) -> Result<(), Error> {
        let mut interrupted = std::pin::pin!(signals.first());
        loop {
            self.turn(watch)?;
            if matches!(self.phase, Phase::Over(_)) {
                break;
            }
            if let Some(signal) = self.wait(interrupted.as_mut()).await? {
                self.signal = Some(signal);
                self.drain(self.now());
            }
        }
        self.leave().await;
        Ok(())
    }

    fn turn(&mut self, watch: &mut dyn FnMut(&Second)) -> Result<(), Error> {
        let mut woken = Vec::new();
        self.ready.take(&mut woken);
        for index in woken {
            self.advance(index)?;
        }
        let now = self.now();
        self.launch(now);
        if self.phase == Phase::Running {
            self.desk.schedule(now);
        }
        self.feed();
        self.flush();
        self.sweep(now);
        self.step(now)?;
        let tally = &mut self.desk.tally;
        if let Some(second) = self.beat.take(now, self.open, tally, &mut self.costs) {
            watch(&second);
        }
        Ok(())
    }

    /// Waits until somebody is woken or something is due; a signal ends the waiting, too.
    async fn wait(
        &mut self,
        mut interrupted: Pin<&mut impl Future<Output = i32>>,
    ) -> Result<Option<i32>, Error> {
        let is_close = self.due().is_some_and(|due| due <= self.now());
        let is_busy = is_close || !self.desk.hungry.is_empty() || !self.ready.is_empty();
        if is_busy {
            // The runtime looks at its sockets between two turns.
            yield_now().await;
        }
        let deadline = self.desk.moment(self.deadline());
        poll_fn(|context| {
            if self.signal.is_none()
                && let Poll::Ready(signal) = interrupted.as_mut().poll(context)
            {
                return Poll::Ready(Ok(Some(signal)));
            }
            if is_busy || self.ready.poll(context).is_ready() {
                return Poll::Ready(Ok(None));
            }
            let time = self.timer.poll_until(deadline, context);
            time.map(|time| time.map(|()| None).map_err(Error::Timer))
        })
        .await
    }

    /// When something is to be done, whoever is woken.
    fn deadline(&self) -> u64 {
        let next = self.next_sweep.min(self.beat.next());
        let due = match self.phase {
            Phase::Draining(_) => self.now().saturating_add(LOOK),
            _ => self.due().unwrap_or(u64::MAX),
        };
        let hold = if self.phase == Phase::Connecting { self.hold } else { 0 };
        let next = if hold > self.now() { next.min(hold) } else { next };
        next.min(due).min(self.launch_due().unwrap_or(u64::MAX)).min(self.end().unwrap_or(u64::MAX))
    }

    /// When the next message is due, or to be watched for.
    fn due(&self) -> Option<u64> {
        let has_more = self.desk.due < self.plan.all() && self.plan.publishers() > 0;
        let rate = self.plan.rate.filter(|_| has_more && self.phase == Phase::Running)?;
        let due = self.desk.start.saturating_add(self.plan.due(self.desk.due));
        Some(if rate <= WATCHED_RATE { due.saturating_sub(WATCHED) } else { due })
    }

    /// When the time for sending is over.
    fn end(&self) -> Option<u64> {
        let duration = self.plan.duration.filter(|_| self.phase == Phase::Running)?;
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Some(self.desk.start.saturating_add(nanoseconds))
    }

    /// Goes on to the next phase when this one is over.
    fn step(&mut self, now: u64) -> Result<(), Error> {
        let nobody = self.open == 0 && self.dialling == 0 && self.launched > 0;
        let has_all = self.launched == self.plan.connections() && self.dialling == 0;
        match self.phase {
            Phase::Connecting if nobody && has_all => {
                return self.failure.take().map_or(Ok(()), |error| Err(error.into()));
            }
            Phase::Connecting => self.start(now, has_all),
            Phase::Running => {
                let is_sent = self.plan.scenario.publishes() && self.desk.unfinished == 0;
                let is_late = self.end().is_some_and(|end| now >= end);
                if is_sent || is_late || (nobody && has_all) {
                    self.drain(now);
                }
            }
            Phase::Draining(since) => {
                let quiet = now.saturating_sub(self.desk.progress.max(since)) > QUIET;
                if (self.desk.is_settled() && self.is_flushed()) || quiet || self.open == 0 {
                    self.phase = Phase::Over(since);
                }
            }
            Phase::Over(_) => {}
        }
        Ok(())
    }

    /// Whether all is sent on every connection.
    fn is_flushed(&self) -> bool {
        self.peers.iter().all(|peer| match &peer.state {
            State::Open(link) => link.is_flushed(),
            _ => true,
        })
    }

    /// Begins to send, when all are there; to hold at once.
    fn start(&mut self, now: u64, has_all: bool) {
        if self.plan.scenario != Scenario::Connect {
            let in_vain = now.saturating_sub(self.settled) > SUBSCRIBING;
            if !has_all || (self.desk.asking > 0 && !in_vain) {
                return;
            }
            if now < self.hold {
                return;
            }
            if self.desk.asking > 0 {
                let unanswered = self.desk.asking;
                self.desk.tally.fail("subscription not answered in time".to_owned(), unanswered);
            }
            self.desk.start = now;
        }
        self.costs = Costs::begin(self.plan.broker);
        self.beat.restart(now);
        self.phase = Phase::Running;
        if !self.plan.is_open() {
            self.desk.due = self.plan.all();
        }
        for number in 0..self.plan.publishers() {
            self.desk.mark(number);
        }
    }

    /// Nothing more is sent; what was sent is waited for.
    fn drain(&mut self, now: u64) {
        match self.phase {
            Phase::Connecting | Phase::Running => {}
            // Asked for once more: enough was waited for.
            Phase::Draining(since) => return self.phase = Phase::Over(since),
            Phase::Over(_) => return,
        }
        let was_running = self.phase == Phase::Running;
        self.phase = if was_running { Phase::Draining(now) } else { Phase::Over(now) };
        let by_ping = self.plan.scenario == Scenario::Publish && self.plan.qos as u8 == 0;
        for index in 0..self.plan.publishers() {
            if let Some(link) = link(&mut self.peers, index).filter(|_| by_ping) {
                link.see_through(&mut self.desk);
                self.touch(index);
            }
        }
        self.flush();
    }

    fn report(self) -> Report {
        let ended = match self.phase {
            Phase::Over(since) => since,
            _ => self.now(),
        };
        let still = self.open;
        let failure = self.failure.filter(|_| still == 0);
        Report::new(self.desk, ended, self.costs, (self.settings.version, self.signal, failure))
    }
}
