//! What a run costs the machine: this process, and the broker's where that is one of this machine.

use std::time::{Duration, Instant};

use crate::net::clock;
use crate::process::{Usage, waited_for_processor};

/// What a process took while messages were sent, or connections held.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// The processors' time.
    pub processor: Option<Duration>,
    /// That, of the time that passed: 1 is all that one thread can have.
    pub share: Option<f64>,
    /// The most bytes of memory at once.
    pub memory: Option<u64>,
    /// Of the time that passed, what it was ready to go on and had no processor; of this process.
    pub waited: Option<f64>,
}

/// What both take in a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// The processors' time of this process: 1 is all that one thread can have.
    pub own: Option<f64>,
    /// Bytes of memory of this process.
    pub own_memory: Option<u64>,
    /// The same of the broker.
    pub broker: Option<f64>,
    /// The same of the broker.
    pub broker_memory: Option<u64>,
}

/// Measures both from a moment on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    /// The number of the broker's process.
    broker: Option<u32>,
    begun: Moment,
    last: Moment,
    /// The most bytes that the broker was seen with since.
    broker_memory: Option<u64>,
}

/// What was taken up to a moment.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Instant,
    own: Option<Duration>,
    own_memory: Option<u64>,
    waited: Option<Duration>,
    broker: Option<Usage>,
}

impl Moment {
    fn now(broker: Option<u32>) -> Self {
        Self {
            at: clock::now(),
            own: clock::processor(),
            own_memory: Usage::of(None).ok().map(|usage| usage.memory),
            waited: waited_for_processor(),
            broker: broker.and_then(|process| Usage::of(Some(process)).ok()),
        }
    }

    fn broker_processor(&self) -> Option<Duration> {
        self.broker.map(|usage| usage.processor)
    }
}

impl Costs {
    /// From now on.
    pub(super) fn begin(broker: Option<u32>) -> Self {
        let begun = Moment::now(broker);
        Self { broker, begun, last: begun, broker_memory: None }
    }

    /// What was taken since this was asked last.
    pub(super) fn lately(&mut self) -> Load {
        let now = Moment::now(self.broker);
        let before = std::mem::replace(&mut self.last, now);
        let broker_memory = now.broker.map(|usage| usage.memory);
        self.broker_memory = self.broker_memory.max(broker_memory);
        let time = now.at.saturating_duration_since(before.at);
        Load {
            own: of_time(took(before.own, now.own), time),
            own_memory: now.own_memory,
            broker: of_time(took(before.broker_processor(), now.broker_processor()), time),
            broker_memory,
        }
    }

    /// What this process, and the broker's, took in all.
    pub(super) fn end(mut self) -> (Cost, Option<Cost>) {
        self.lately();
        let (begun, now) = (self.begun, self.last);
        let time = now.at.saturating_duration_since(begun.at);
        let processor = took(begun.own, now.own);
        let own = Cost {
            processor,
            share: of_time(processor, time),
            memory: Usage::of(None).ok().map(|usage| usage.peak),
            waited: of_time(took(begun.waited, now.waited), time),
        };
        let broker = self.broker.map(|_| {
            let processor = took(begun.broker_processor(), now.broker_processor());
            let (share, memory) = (of_time(processor, time), self.broker_memory);
            Cost { processor, share, memory, waited: None }
        });
        (own, broker)
    }
}

fn took(before: Option<Duration>, now: Option<Duration>) -> Option<Duration> {
    Some(now?.saturating_sub(before?))
}

fn of_time(part: Option<Duration>, time: Duration) -> Option<f64> {
    part.map(|part| part.as_secs_f64() / time.as_secs_f64().max(f64::MIN_POSITIVE))
}
