//! What came of a run.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::approximate;
use super::cost::{Cost, Costs, Load};
use super::desk::Desk;
use super::offset::Offset;
use super::parts::Part;
use super::plan::Plan;
use super::tally::{Counts, Measured, Steps, Tally};
use crate::client::{self, Latencies};
use crate::codec::{Qos, Version};
use crate::net::clock;
use crate::options::{OnError, Scenario};

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What was to be done.
    pub plan: Plan,
    /// The version that was spoken.
    pub version: Option<Version>,
    /// When messages began to be sent, or clients to connect.
    pub started: SystemTime,
    /// How long messages were sent, or connections held.
    pub elapsed: Duration,
    /// What is only counted.
    pub counts: Counts,
    /// Messages that were to come, each as often as it was to.
    pub expected: u64,
    /// How many of these never came.
    pub lost: u64,
    /// Messages that were due and never sent.
    pub unsent: u64,
    /// Messages that were sent and neither acknowledged nor refused.
    pub unacknowledged: u64,
    /// A second: messages sent; received in the scenario `subscribe`, and of those that had
    /// waited; connections where clients only connect.
    pub rate: f64,
    /// From publishing to receiving.
    pub e2e: Measured,
    /// From publishing to the acknowledgement.
    pub ack: Measured,
    /// From dialling to CONNACK.
    pub connect: Measured,
    /// The parts of that.
    pub steps: Steps,
    /// From SUBSCRIBE to SUBACK.
    pub subscribe: Measured,
    /// How much later than they were due messages were sent.
    pub late: Latencies,
    /// What failed, by its words.
    pub errors: BTreeMap<String, u64>,
    /// Connections by the broker that took them, where there are several.
    pub brokers: BTreeMap<String, u64>,
    /// Connections that their own broker did not take, and another did, by the reason.
    pub elsewhere: BTreeMap<String, u64>,
    /// How often a publisher waited in vain for its messages to come back.
    pub in_vain: u64,
    /// What the measuring itself took.
    pub own: Cost,
    /// What the broker took, where its process is known.
    pub broker: Option<Cost>,
    /// How far the clock of part 0 is ahead, where that was asked for.
    pub offset: Option<Offset>,
    /// Whether it came to where it stays, if that was asked for.
    pub steady: Option<bool>,
    /// What was counted by group, where there are several.
    pub groups: Vec<Part>,
    /// What was counted by phase, where there are any.
    pub phases: Vec<Part>,
    /// Seconds whose times were left out when parts were merged.
    pub untimed: u64,
    /// The signal that ended the run.
    pub signal: Option<i32>,
    /// Why no connection is left.
    pub failure: Option<client::Error>,
}

impl Report {
    pub(super) fn new(
        desk: Desk<'_>,
        ended: u64,
        costs: Costs,
        (version, signal, failure): (Option<Version>, Option<i32>, Option<client::Error>),
    ) -> Self {
        let (plan, start, begun) = (desk.plan, desk.start, desk.moment(desk.start));
        let counts = desk.tally.counts;
        let by_ping = plan.scenario == Scenario::Publish && plan.qos == Qos::AtMostOnce;
        // What is sent as fast as it goes is sent when the broker says that it has it.
        let by_answer = by_ping && !plan.is_open();
        let mut elapsed =
            (if by_answer { ended.max(desk.progress) } else { ended }).saturating_sub(start);
        let by_clock =
            desk.flows.iter().filter(|flow| flow.lane.is_open() && flow.lane.scenario.publishes());
        let mut unsent: u64 = 0;
        for flow in by_clock {
            unsent = unsent.saturating_add(flow.due.saturating_sub(flow.sent));
            if flow.sent >= flow.lane.all {
                // The last one has its share of the time, too.
                let next = flow.lane.due(flow.lane.all);
                let end = plan.last_moment().saturating_add(1);
                elapsed = elapsed.max(if next < u64::MAX { next } else { end });
            }
        }
        let (done, took) = match (plan.scenario, desk.summoned) {
            (Scenario::Subscribe, _) => (counts.received, elapsed),
            (Scenario::Connect, _) => (counts.connected, desk.progress),
            (Scenario::Churn, _) => (counts.connected, elapsed),
            (scenario, Some(summoned)) if scenario.is_late() => {
                (counts.distinct, desk.progress.saturating_sub(summoned))
            }
            _ => (counts.published, elapsed),
        };
        let (expected, lost) = (desk.expected, desk.missing());
        let unacknowledged = desk.unacknowledged.saturating_add(desk.tally.unacknowledged);
        let tally = desk.tally;
        let Tally { e2e, ack, connect, steps, subscribe, late, errors, in_vain, .. } = tally;
        let (own, broker) = costs.end();
        let since = clock::now().saturating_duration_since(begun);
        let started = clock::wall().checked_sub(since).unwrap_or(SystemTime::UNIX_EPOCH);
        Self {
            plan: plan.clone(),
            version,
            started,
            elapsed: Duration::from_nanos(elapsed),
            counts,
            expected,
            lost,
            unsent,
            unacknowledged,
            rate: a_second(done, took),
            e2e,
            ack,
            connect,
            steps,
            subscribe,
            late,
            errors,
            brokers: tally.brokers,
            elsewhere: tally.elsewhere,
            in_vain,
            own,
            broker,
            offset: None,
            steady: None,
            groups: desk.parts.groups,
            phases: desk.parts.phases,
            untimed: 0,
            signal,
            failure,
        }
    }

    /// What `count` is of `of`, in percent.
    pub fn percent(count: u64, of: u64) -> f64 {
        if of == 0 { 0.0 } else { approximate(count) * 100.0 / approximate(of) }
    }

    /// Whether an error ended it.
    pub fn is_stopped(&self) -> bool {
        self.plan.on_error == OnError::Stop && self.counts.errors > 0
    }

    /// What was asked for and could fail: connections and messages.
    pub fn asked(&self) -> u64 {
        u64::from(self.plan.connections()).saturating_add(self.counts.published)
    }

    /// Seconds of the processor for a million messages that were sent and received.
    pub fn processor_per_million(&self, cost: &Cost) -> Option<f64> {
        let messages = self.counts.published.saturating_add(self.counts.received);
        let processor = cost.processor.filter(|_| messages > 0)?;
        Some(processor.as_secs_f64() * 1e6 / approximate(messages))
    }
}

fn a_second(count: u64, nanoseconds: u64) -> f64 {
    if nanoseconds == 0 { 0.0 } else { approximate(count) * 1e9 / approximate(nanoseconds) }
}

/// What happened in one second.
#[derive(Debug, Clone, Default)]
pub struct Second {
    /// Its number, from 1, since clients began to connect or messages to be sent.
    pub number: u64,
    /// Seconds that it stands for: more than one where this process had no turn for so long.
    pub span: u64,
    /// How long it was: `span`, but for the last, which ends with the run.
    pub length: Duration,
    /// Clients still connect, nothing is sent.
    pub is_connecting: bool,
    /// Clients that are connected.
    pub open: u32,
    /// What was added to the counts.
    pub counts: Counts,
    /// The counts since the beginning of the run.
    pub totals: Counts,
    /// Times of what the scenario measures first; nothing where nothing was measured.
    pub latency: Option<Times>,
    /// All these times ([`Latencies::encode`]), where the plan asks for them.
    pub histogram: Option<Vec<u8>>,
    /// What failed since the beginning, by its words.
    pub errors: BTreeMap<String, u64>,
    /// Connections since the beginning that their own broker did not take, and another did, by the
    /// reason.
    pub elsewhere: BTreeMap<String, u64>,
    /// Handshakes of TLS since the beginning.
    pub handshakes: u64,
    /// Those of them that went on with the session of an earlier connection.
    pub resumed: u64,
    /// What the machine was taken up with.
    pub load: Load,
}

/// What the run leaves of its last second is one beside the others if it is so long.
const TELLING: Duration = Duration::from_millis(900);

impl Second {
    /// Whether the run did not end within it.
    pub fn is_whole(&self) -> bool {
        self.length.as_secs() >= self.span
    }

    /// Whether it is long enough to be compared with others.
    pub fn is_telling(&self) -> bool {
        self.length >= TELLING
    }

    /// What so many in it are a second.
    pub fn a_second(&self, count: u64) -> f64 {
        approximate(count) / self.length.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// The times of one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How many were measured.
    pub count: u64,
    /// Their mean.
    pub mean: Duration,
    /// Half took no longer.
    pub p50: Duration,
    /// 90 of a hundred took no longer.
    pub p90: Duration,
    /// 99 of a hundred took no longer.
    pub p99: Duration,
    /// 999 of a thousand took no longer.
    pub p99_9: Duration,
    /// The longest.
    pub max: Duration,
}

impl Times {
    /// None where nothing was measured.
    pub fn of(latencies: &Latencies) -> Option<Self> {
        (latencies.count() > 0).then(|| Self {
            count: latencies.count(),
            mean: latencies.mean(),
            p50: latencies.percentile(50.0),
            p90: latencies.percentile(90.0),
            p99: latencies.percentile(99.0),
            p99_9: latencies.percentile(99.9),
            max: latencies.percentile(100.0),
        })
    }
}

/// One second after the other.
#[derive(Debug)]
pub(super) struct Beat {
    number: u64,
    next: u64,
    is_connecting: bool,
    before: Counts,
    /// Each second has all its times.
    keeps_times: bool,
}

impl Beat {
    /// From the beginning of the run on.
    pub(super) const fn new(before: Counts, keeps_times: bool) -> Self {
        Self { number: 0, next: SECOND, is_connecting: true, before, keeps_times }
    }

    /// From now on messages are sent.
    pub(super) const fn restart(&mut self, now: u64) {
        self.number = 0;
        self.is_connecting = false;
        self.next = now.saturating_add(SECOND);
    }

    /// When the present second is over.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// The second that is over, if one is. Seconds without a turn are told as one.
    pub(super) fn take(
        &mut self,
        now: u64,
        open: u32,
        tally: &mut Tally,
        costs: &mut Costs,
    ) -> Option<Second> {
        if now < self.next {
            return None;
        }
        let span = now.saturating_sub(self.next).checked_div(SECOND)?.saturating_add(1);
        self.next = self.next.saturating_add(span.saturating_mul(SECOND));
        Some(self.second((span, Duration::from_secs(span)), open, tally, costs))
    }

    /// What happened since the last whole second, at the end of the run, if anything did.
    pub(super) fn take_rest(
        &mut self,
        now: u64,
        open: u32,
        tally: &mut Tally,
        costs: &mut Costs,
    ) -> Option<Second> {
        let is_idle = tally.counts == self.before && tally.recent.count() == 0;
        let length = now.saturating_sub(self.next.saturating_sub(SECOND));
        let length = Duration::from_nanos(length.min(SECOND.saturating_sub(1)));
        (!is_idle).then(|| self.second((1, length), open, tally, costs))
    }

    fn second(
        &mut self,
        (span, length): (u64, Duration),
        open: u32,
        tally: &mut Tally,
        costs: &mut Costs,
    ) -> Second {
        self.number = self.number.saturating_add(span);
        let latency = Times::of(&tally.recent);
        let histogram = latency.filter(|_| self.keeps_times).map(|_| tally.recent.encode());
        tally.recent.clear();
        let counts = tally.counts.since(&self.before);
        self.before = tally.counts;
        Second {
            number: self.number,
            span,
            length,
            is_connecting: self.is_connecting,
            open,
            counts,
            totals: tally.counts,
            latency,
            histogram,
            errors: tally.errors.clone(),
            elsewhere: tally.elsewhere.clone(),
            handshakes: tally.steps.handshakes,
            resumed: tally.steps.resumed,
            load: costs.lately(),
        }
    }
}
