//! The loop: who was woken is dealt with, what is due is sent, and one write a connection ends the
//! turn.

mod clients;
mod door;
mod stages;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::task::{unconstrained, yield_now};

use self::door::Door;
use self::stages::Phase;
use super::cost::Costs;
use super::desk::Desk;
use super::identity::Identities;
use super::peer::{Peer, State};
use super::plan::Plan;
use super::report::{Beat, Report, Second};
use super::steady::Steady;
use super::wake::Ready;
use super::{Error, whole};
use crate::client::{self, Notify, Settings};
use crate::net::{Timer, clock, raise_descriptor_limit};
use crate::options::OnError;
use crate::process::{Signals, hurry};

/// Bytes read at once, from any connection.
const READ_SIZE: usize = 64 * 1024;

/// Descriptors that this process needs beside its connections.
const OWN_DESCRIPTORS: u64 = 32;

/// How often connections are looked at that may have to ping: no keep-alive is shorter than four
/// of these.
const SWEEP: u64 = 250_000_000;

/// After so long without a turn this process was not let have one: there is one each sweep at least.
const ABSENCE: u64 = 4 * SWEEP;

/// How often the end is looked for, once all is sent.
const LOOK: u64 = 1_000_000;

/// So much before a message is due, at most, the system is not asked to wake this process any more,
/// which takes it a good part of that from idleness, and would be measured as the broker's time;
/// instead the clock is watched.
const WATCHED: f64 = 400_000.0;

/// The part of the time between two messages that the clock is watched for: it is a part of what
/// this process takes of the processor.
const WATCHED_PART: f64 = 1.0 / 12.0;

/// The fastest schedule of which each message is watched for; faster ones leave the processor no time
/// to fall asleep.
const WATCHED_RATE: f64 = 1000.0;

/// How long goodbyes may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A run.
struct Run<'a> {
    plan: &'a Plan,
    identities: Identities,
    /// One for each lane.
    doors: Vec<Door>,
    notify: Notify<'a>,
    desk: Desk<'a>,
    peers: Vec<Peer<'a>>,
    ready: Arc<Ready>,
    timer: Timer,
    buffer: Vec<u8>,
    phase: Phase,
    dialling: u32,
    open: u32,
    leaving: u32,
    /// When tidying up began, and since when nothing is sent.
    tidying: (u64, u64),
    /// Those who are to be absent while messages are published have left.
    has_parted: bool,
    /// Connections with something to write.
    dirty: Vec<u32>,
    next_sweep: u64,
    last_turn: u64,
    steady: Steady,
    is_steady: bool,
    beat: Beat,
    /// When the last client was accepted.
    settled: u64,
    /// Before this nothing is sent.
    hold: u64,
    signal: Option<i32>,
    /// The first error, to tell when none is left.
    failure: Option<client::Error>,
    /// The last client that connected could not.
    is_failing: bool,
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
    if plan.is_open() {
        hurry();
    }
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
        let desk = Desk::new(plan, clock::now())?;
        Ok(Self {
            plan,
            identities: if plan.tls_resume {
                plan.identities.resuming()
            } else {
                plan.identities.clone()
            },
            doors: plan
                .lanes
                .iter()
                .map(|lane| Door::new(lane, settings, plan.tls_resume))
                .collect(),
            notify,
            peers: (0..plan.connections()).map(|index| Peer::new(index, &ready)).collect(),
            ready,
            timer: Timer::new().map_err(Error::Timer)?,
            buffer: vec![0; READ_SIZE],
            phase: Phase::Connecting,
            dialling: 0,
            open: 0,
            leaving: 0,
            tidying: (0, 0),
            has_parted: false,
            dirty: Vec::new(),
            next_sweep: SWEEP,
            last_turn: 0,
            steady: Steady::default(),
            is_steady: false,
            beat: Beat::new(desk.tally.counts, plan.keeps_times),
            settled: 0,
            hold: hold(plan.start),
            signal: None,
            failure: None,
            is_failing: false,
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
        let now = self.now();
        let tally = &mut self.desk.tally;
        if let Some(second) = self.beat.take_rest(now, self.open, tally, &mut self.costs) {
            watch(&second);
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
        self.excuse(now);
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
            self.settle(&second, now);
        }
        Ok(())
    }

    /// Ends the run when it has come to where it stays, if that was asked for.
    fn settle(&mut self, second: &Second, now: u64) {
        if !self.plan.until_steady || self.phase != Phase::Running {
            return;
        }
        let (counts, scenario) = (&second.counts, self.plan.scenario);
        let done = match scenario {
            _ if scenario.only_connects() => counts.connected,
            _ if scenario.subscribes() => counts.received,
            _ => counts.published,
        };
        if self.steady.take(done, second) {
            self.is_steady = true;
            self.drain(now);
        }
    }

    /// Nothing was done for a while, for this process was not let: what came meanwhile is still to
    /// be read, and nobody was silent.
    fn excuse(&mut self, now: u64) {
        let absence = now.saturating_sub(std::mem::replace(&mut self.last_turn, now));
        if absence <= ABSENCE {
            return;
        }
        self.desk.excused = now;
        self.settled = now;
        let moment = self.desk.moment(now);
        for peer in &mut self.peers {
            if let State::Open(link) = &mut peer.state {
                link.session.keep_alive().excuse(moment);
            }
        }
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
            Phase::Connecting | Phase::Running => self.due().unwrap_or(u64::MAX),
            _ => self.now().saturating_add(LOOK),
        };
        let hold = if self.phase == Phase::Connecting { self.hold } else { 0 };
        let next = if hold > self.now() { next.min(hold) } else { next };
        let launch = self.launch_due().map_or(u64::MAX, |(_, due)| due);
        next.min(due).min(launch).min(self.end().unwrap_or(u64::MAX))
    }

    /// When the next message is due, or to be watched for.
    fn due(&self) -> Option<u64> {
        let (due, rate) = self.desk.next_due().filter(|_| self.phase == Phase::Running)?;
        let watched = WATCHED.min(1e9 / rate * WATCHED_PART);
        Some(if rate <= WATCHED_RATE { due.saturating_sub(whole(watched)) } else { due })
    }

    fn report(self) -> Report {
        let ended = match self.phase {
            Phase::Over(since) => since,
            _ => self.now(),
        };
        let version = self.doors.first().and_then(|door| door.settings.version);
        let is_stopped = self.plan.on_error == OnError::Stop;
        let failure = self.failure.filter(|_| self.is_failing || is_stopped);
        let steady = self.plan.until_steady.then_some(self.is_steady);
        let report = Report::new(self.desk, ended, self.costs, (version, self.signal, failure));
        Report { steady, ..report }
    }
}
