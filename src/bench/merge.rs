//! Several parts of one run, as one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::compare::Recording;
use super::{Cost, Measured, Part, Plan, Report, Second, Steps, Times};
use crate::client::Latencies;

/// Why runs are no parts of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is none.
    #[error("there is no report to merge")]
    Nothing,
    /// They were not asked to do the same.
    #[error("the reports are of different runs: {what} is not the same in all")]
    Different {
        /// What they differ in.
        what: &'static str,
    },
}

/// One run, made of its parts: counts and times are added, exactly.
///
/// Seconds whose times have no histogram, but percentiles alone, are left without times where
/// several parts measured some: [`Report::untimed`] counts them.
pub fn merge(parts: Vec<Recording>) -> Result<Recording, MergeError> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().ok_or(MergeError::Nothing)?;
    let mut untimed = BTreeSet::new();
    for part in parts {
        check(&whole.report.plan, &part.report.plan)?;
        add_report(&mut whole.report, &part.report);
        add_seconds(&mut whole.seconds, part.seconds, &mut untimed);
    }
    whole.report.untimed = u64::try_from(untimed.len()).unwrap_or(u64::MAX);
    Ok(whole)
}

fn check(one: &Plan, other: &Plan) -> Result<(), MergeError> {
    let different = |what| Err(MergeError::Different { what });
    if one.scenario != other.scenario {
        return different("the scenario");
    }
    if one.qos != other.qos {
        return different("the quality of service");
    }
    if one.size != other.size {
        return different("the size of payloads");
    }
    if one.is_open() != other.is_open() {
        return different("whether there is a rate");
    }
    Ok(())
}

fn add_report(whole: &mut Report, part: &Report) {
    whole.plan.add(&part.plan);
    whole.started = whole.started.min(part.started);
    whole.elapsed = whole.elapsed.max(part.elapsed);
    whole.counts = whole.counts.and(&part.counts);
    for (sum, more) in [
        (&mut whole.expected, part.expected),
        (&mut whole.lost, part.lost),
        (&mut whole.unsent, part.unsent),
        (&mut whole.unacknowledged, part.unacknowledged),
        (&mut whole.in_vain, part.in_vain),
    ] {
        *sum = sum.saturating_add(more);
    }
    whole.rate += part.rate;
    for (sum, more) in [
        (&mut whole.e2e, &part.e2e),
        (&mut whole.ack, &part.ack),
        (&mut whole.connect, &part.connect),
        (&mut whole.subscribe, &part.subscribe),
    ] {
        add_measured(sum, more);
    }
    let Steps { tcp, tls, connack, handshakes, resumed } = &mut whole.steps;
    let steps = &part.steps;
    for (sum, more) in [(tcp, &steps.tcp), (tls, &steps.tls), (connack, &steps.connack)] {
        sum.add_all(more);
    }
    for (sum, more) in [(handshakes, steps.handshakes), (resumed, steps.resumed)] {
        *sum = sum.saturating_add(more);
    }
    for (sum, more) in [(&mut whole.groups, &part.groups), (&mut whole.phases, &part.phases)] {
        add_parts(sum, more);
    }
    whole.late.add_all(&part.late);
    for (sum, more) in [
        (&mut whole.errors, &part.errors),
        (&mut whole.brokers, &part.brokers),
        (&mut whole.elsewhere, &part.elsewhere),
    ] {
        add_errors(sum, more);
    }
    whole.own = add_cost(&whole.own, &part.own);
    // All look at the same one.
    whole.broker = whole.broker.or(part.broker);
    if whole.version != part.version {
        whole.version = None;
    }
}

fn add_measured(whole: &mut Measured, part: &Measured) {
    let uncorrected = |one: &Measured| one.uncorrected.is_some();
    if uncorrected(whole) || uncorrected(part) {
        let mut sum = Latencies::new();
        if let Some(sum) = &mut sum {
            sum.add_all(whole.uncorrected());
            sum.add_all(part.uncorrected());
        }
        whole.uncorrected = sum;
    }
    whole.corrected.add_all(&part.corrected);
}

fn add_errors(whole: &mut BTreeMap<String, u64>, part: &BTreeMap<String, u64>) {
    for (what, times) in part {
        let sum = whole.entry(what.clone()).or_default();
        *sum = sum.saturating_add(*times);
    }
}

/// Groups, or phases, of the same name are one.
fn add_parts(whole: &mut Vec<Part>, part: &[Part]) {
    for more in part {
        match whole.iter_mut().find(|one| one.name == more.name) {
            Some(one) => one.add(more),
            None => whole.extend(more.copy()),
        }
    }
}

/// Processes of different machines: the busiest says whether they kept up.
fn add_cost(whole: &Cost, part: &Cost) -> Cost {
    let time = |one: Duration, other| one.saturating_add(other);
    Cost {
        processor: whole.processor.zip(part.processor).map(|(one, other)| time(one, other)),
        share: max(whole.share, part.share),
        memory: whole.memory.zip(part.memory).map(|(one, other)| one.saturating_add(other)),
        waited: max(whole.waited, part.waited),
    }
}

fn max(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

/// Adds seconds. `untimed` are those whose times cannot be added up, for one part has no histogram
/// of them.
fn add_seconds(whole: &mut Vec<Second>, part: Vec<Second>, untimed: &mut BTreeSet<Key>) {
    for second in part {
        match whole.binary_search_by_key(&key(&second), key) {
            Err(place) => whole.insert(place, second),
            Ok(place) => {
                if let Some(sum) = whole.get_mut(place) {
                    add_second(sum, &second, untimed);
                }
            }
        }
    }
}

/// What tells seconds apart, in their order.
type Key = (bool, u64);

const fn key(second: &Second) -> Key {
    (!second.is_connecting, second.number)
}

fn add_second(sum: &mut Second, second: &Second, untimed: &mut BTreeSet<Key>) {
    sum.open = sum.open.saturating_add(second.open);
    sum.counts = sum.counts.and(&second.counts);
    sum.totals = sum.totals.and(&second.totals);
    sum.span = sum.span.max(second.span);
    sum.length = sum.length.max(second.length);
    add_errors(&mut sum.errors, &second.errors);
    if second.latency.is_none() {
        return;
    }
    if sum.latency.is_none() && !untimed.contains(&key(sum)) {
        (sum.latency, sum.histogram) = (second.latency, second.histogram.clone());
        return;
    }
    let both = sum.histogram.as_deref().zip(second.histogram.as_deref());
    let both = both.and_then(|(one, other)| {
        let mut times = Latencies::decode(one).ok()?;
        times.add_all(&Latencies::decode(other).ok()?);
        Some(times)
    });
    if both.is_none() {
        untimed.insert(key(sum));
    }
    sum.latency = both.as_ref().and_then(Times::of);
    sum.histogram = both.as_ref().map(Latencies::encode);
}
