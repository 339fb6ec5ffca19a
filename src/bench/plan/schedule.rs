//! When messages are due, or connections.

use std::cell::RefCell;
use std::time::Duration;

use crate::bench::{approximate, whole};
use crate::options::Pace;

/// A rate, and how it goes on.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pieces: Vec<Piece>,
    spread: Spread,
    /// How many are due in all; `u64::MAX` for no end, or for one that time sets.
    all: u64,
}

/// A rate that stays, rises or falls evenly.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// When it begins: nanoseconds.
    begin: f64,
    /// What is due before it.
    before: f64,
    /// Nanoseconds; infinite for no end.
    length: f64,
    /// Messages a nanosecond at its beginning, and at its end.
    rates: (f64, f64),
}

/// How messages lie around the even distances of their rate.
#[derive(Debug, Clone)]
enum Spread {
    Even,
    Bursts(u64),
    Random(RefCell<Arrivals>),
}

impl Piece {
    /// What is due within it by so many nanoseconds from its beginning.
    fn count(&self, time: f64) -> f64 {
        let (from, to) = self.rates;
        let rise = if self.length.is_finite() { (to - from) / self.length } else { 0.0 };
        time * (from + rise * time / 2.0)
    }

    /// When so much of it is due: nanoseconds from its beginning.
    fn time(&self, count: f64) -> f64 {
        let (from, to) = self.rates;
        if from.total_cmp(&to).is_eq() || !self.length.is_finite() {
            return if count > 0.0 { count / from } else { 0.0 };
        }
        let rise = (to - from) / self.length;
        let root = rise.mul_add(2.0 * count, from * from).max(0.0).sqrt();
        // The form of the solution that divides by no difference.
        let divisor = from + root;
        if divisor > 0.0 { 2.0 * count / divisor } else { 0.0 }
    }
}

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// A time as nanoseconds.
fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * SECOND
}

impl Schedule {
    /// `rate` a second as `pace` has it; ramps and steps go over `duration`. `seed` is what chance
    /// begins with.
    pub(super) fn new(rate: f64, pace: Pace, duration: Option<Duration>, seed: u64) -> Self {
        let length = duration.map_or(f64::INFINITY, nanoseconds);
        let parts: Vec<_> = match pace {
            Pace::Ramp(from) => vec![(length, from, rate)],
            Pace::Steps(steps) => (1..=steps)
                .map(|step| (f64::from(step) / f64::from(steps)) * rate)
                .map(|rate| (length / f64::from(steps), rate, rate))
                .collect(),
            // Without an end: which of them are within the time is said below, once.
            _ => vec![(f64::INFINITY, rate, rate)],
        };
        Self::of_parts(parts, pace, length, seed)
    }

    /// A rate whose share changes from phase to phase: its length, its beginning and its end, where
    /// 1 is the whole rate.
    pub(super) fn of_phases(
        rate: f64,
        pace: Pace,
        phases: &[(Duration, f64, f64)],
        seed: u64,
    ) -> Self {
        let parts =
            phases.iter().map(|(time, from, to)| (nanoseconds(*time), rate * from, rate * to));
        let length = phases.iter().map(|(time, ..)| nanoseconds(*time)).sum();
        Self::of_parts(parts.collect(), pace, length, seed)
    }

    fn of_parts(parts: Vec<(f64, f64, f64)>, pace: Pace, length: f64, seed: u64) -> Self {
        let (mut begin, mut before, mut pieces) = (0.0, 0.0, Vec::with_capacity(parts.len()));
        for (length, from, to) in parts {
            let rates = (from / SECOND, to / SECOND);
            let piece = Piece { begin, before, length, rates };
            begin += length;
            before += piece.count(length);
            pieces.push(piece);
        }
        let spread = match pace {
            Pace::Bursts(many) => Spread::Bursts(u64::from(many.max(1))),
            Pace::Poisson => Spread::Random(RefCell::new(Arrivals::new(seed))),
            _ => Spread::Even,
        };
        let mut schedule = Self { pieces, spread, all: u64::MAX };
        if length.is_finite() && !matches!(schedule.spread, Spread::Random(_)) {
            // What is more by rounding alone is not one message more.
            schedule.all = whole((schedule.position(length) - 1e-6).ceil());
        }
        schedule
    }

    /// How many are due in all; `u64::MAX` for no end, or for one that time sets.
    pub(super) const fn all(&self) -> u64 {
        self.all
    }

    /// What is due by this time, with its fraction.
    fn position(&self, time: f64) -> f64 {
        let at = self.pieces.partition_point(|piece| piece.begin <= time).saturating_sub(1);
        let Some(piece) = self.pieces.get(at) else { return 0.0 };
        piece.before + piece.count((time - piece.begin).min(piece.length))
    }

    /// When this position is reached: nanoseconds, `u64::MAX` for never.
    fn time(&self, position: f64) -> u64 {
        let at = self.pieces.partition_point(|piece| piece.before <= position).saturating_sub(1);
        let Some(piece) = self.pieces.get(at) else { return u64::MAX };
        let time = piece.time(position - piece.before);
        if time.is_nan() || (piece.rates.0 + piece.rates.1) <= 0.0 || time > piece.length {
            return u64::MAX;
        }
        whole(piece.begin + time)
    }

    /// When the one with this number is due: nanoseconds from the start.
    pub(crate) fn due(&self, number: u64) -> u64 {
        self.time(match &self.spread {
            Spread::Even => approximate(number),
            Spread::Bursts(many) => {
                let within = number.checked_rem(*many).unwrap_or(0);
                approximate(number.saturating_sub(within))
            }
            Spread::Random(arrivals) => arrivals.borrow_mut().position(number),
        })
    }

    /// How many are due so many nanoseconds after the start.
    pub(crate) fn due_at(&self, time: u64) -> u64 {
        let position = self.position(approximate(time));
        let about = match &self.spread {
            Spread::Even => whole(position),
            Spread::Bursts(many) => {
                let bursts = whole(position).checked_div(*many).unwrap_or(0);
                bursts.saturating_mul(*many)
            }
            Spread::Random(arrivals) => arrivals.borrow_mut().until(position),
        };
        // What is due by the one calculation is due by the other.
        let step = if let Spread::Bursts(many) = self.spread { many } else { 1 };
        let mut due = about;
        while due > 0 && self.due(due.saturating_sub(1)) > time {
            due = due.saturating_sub(step);
        }
        while due < self.all && self.due(due) <= time {
            due = due.saturating_add(step);
        }
        due.min(self.all)
    }

    /// The highest rate that it comes to: a second.
    pub(crate) fn highest(&self) -> f64 {
        let rates = self.pieces.iter().flat_map(|piece| [piece.rates.0, piece.rates.1]);
        rates.fold(0.0, f64::max) * SECOND
    }
}

/// Arrivals that know nothing of each other, one in each unit on the average. Any of them can be
/// asked for: where each block begins is kept, what is in it follows from its number.
#[derive(Debug, Clone)]
struct Arrivals {
    seed: u64,
    /// The position before each block that was looked at, and behind the last of these.
    marks: Vec<f64>,
    /// The block at hand: its number and the positions in it.
    block: usize,
    positions: Vec<f64>,
}

/// Arrivals of one block: 8 bytes are kept for so many messages.
const BLOCK: usize = 64;

impl Arrivals {
    fn new(seed: u64) -> Self {
        Self { seed, marks: vec![0.0], block: usize::MAX, positions: Vec::with_capacity(BLOCK) }
    }

    /// Takes a block to hand.
    fn load(&mut self, block: usize) {
        while self.block != block {
            // The ones before it say where it begins.
            let next = block.min(self.marks.len().saturating_sub(1));
            let number = u64::try_from(next).unwrap_or(u64::MAX);
            let seed = self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut random = fastrand::Rng::with_seed(seed);
            let mut position = self.marks.get(next).copied().unwrap_or(f64::INFINITY);
            self.positions.clear();
            for _ in 0..BLOCK {
                position -= libm::log(1.0 - random.f64());
                self.positions.push(position);
            }
            if self.marks.len() == next.saturating_add(1) {
                self.marks.push(position);
            }
            self.block = next;
        }
    }

    /// Where the one with this number is.
    fn position(&mut self, number: u64) -> f64 {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        self.load(number.checked_div(BLOCK).unwrap_or(0));
        let at = number.checked_rem(BLOCK).unwrap_or(0);
        self.positions.get(at).copied().unwrap_or(f64::INFINITY)
    }

    /// How many there are up to this position.
    fn until(&mut self, position: f64) -> u64 {
        while self.marks.last().is_some_and(|last| *last <= position) {
            self.load(self.marks.len().saturating_sub(1));
        }
        let block = self.marks.partition_point(|mark| *mark <= position).saturating_sub(1);
        self.load(block);
        let within = self.positions.partition_point(|one| *one <= position);
        let number = block.saturating_mul(BLOCK).saturating_add(within);
        u64::try_from(number).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Option<Duration> = Some(Duration::from_secs(10));

    /// Both calculations agree at every message, and messages never go back in time.
    #[track_caller]
    fn is_consistent(schedule: &Schedule, messages: u64) {
        let mut before = 0;
        for number in 0..messages {
            let due = schedule.due(number);
            assert!(due >= before, "{number}: {due} before {before}");
            assert!(schedule.due_at(due) > number, "{number} is due at {due}");
            let just_before = schedule.due_at(due.saturating_sub(1));
            assert!(due == 0 || just_before <= number, "{number} at {due}");
            before = due;
        }
    }

    #[test]
    fn what_is_due_is_due_by_both_calculations() {
        for rate in [0.3, 1.0, 3.0, 999.0, 12_345.6, 1e8] {
            is_consistent(&Schedule::new(rate, Pace::Constant, None, 1), 3_000);
            is_consistent(&Schedule::new(rate, Pace::Poisson, None, 1), 3_000);
            let ramp = Schedule::new(rate + 100.0, Pace::Ramp(1.0), TEN, 1);
            is_consistent(&ramp, ramp.all().min(3_000));
            let steps = Schedule::new(rate + 100.0, Pace::Steps(3), TEN, 1);
            is_consistent(&steps, steps.all().min(3_000));
        }
        let all = |rate, time| {
            let duration = Some(Duration::from_millis(time));
            Schedule::new(rate, Pace::Constant, duration, 1).all()
        };
        assert_eq!(all(1000.0, 1000), 1000);
        assert_eq!(all(100.0, 1100), 110, "1.1 * 100 is more");
        assert_eq!(Schedule::new(5.0, Pace::Constant, None, 1).all(), u64::MAX);
    }

    #[test]
    fn ramps_and_steps_have_the_messages_of_their_areas() {
        let second = 1_000_000_000;
        let ramp = Schedule::new(100.0, Pace::Ramp(0.0), TEN, 1);
        assert_eq!(ramp.all(), 500);
        assert_eq!(ramp.due_at(5 * second), 126, "a quarter of the area, and the one at its end");
        let down = Schedule::new(0.0, Pace::Ramp(100.0), TEN, 1);
        assert_eq!((down.all(), down.due_at(5 * second)), (500, 376));
        let steps = Schedule::new(100.0, Pace::Steps(2), TEN, 1);
        assert_eq!((steps.all(), steps.due_at(5 * second - 1)), (750, 250));
        assert_eq!(steps.due(249), 4_980_000_000);
        assert_eq!(steps.due(251), 5_010_000_000);
        assert_eq!(whole(steps.highest().round()), 100);
    }

    #[test]
    fn bursts_come_at_once_and_as_often_as_the_rate_has_it() {
        let bursts = Schedule::new(100.0, Pace::Bursts(50), TEN, 1);
        assert_eq!(bursts.all(), 1000);
        let half = 500_000_000;
        assert_eq!([0, 49, 50, 99].map(|number| bursts.due(number)), [0, 0, half, half]);
        let due = [0, half - 1, half, 2 * half].map(|time| bursts.due_at(time));
        assert_eq!(due, [50, 50, 100, 150]);
    }

    #[test]
    fn chance_keeps_to_the_rate_and_has_its_distances() {
        let schedule = Schedule::new(1e9, Pace::Poisson, None, 7);
        let many = 100_000_u32;
        let times: Vec<_> =
            (0..u64::from(many)).map(|one| approximate(schedule.due(one))).collect();
        let mean = times.last().unwrap() / f64::from(many);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        let schedule = Schedule::new(1e6, Pace::Poisson, None, 7);
        let gaps: Vec<_> =
            (1..u64::from(many)).map(|one| schedule.due(one) - schedule.due(one - 1)).collect();
        let short = u32::try_from(gaps.iter().filter(|gap| **gap < 1000).count()).unwrap();
        let share = f64::from(short) / f64::from(many);
        let wanted = 1.0 - (-1.0_f64).exp();
        assert!((share - wanted).abs() < 0.01, "{share} of {wanted} are below the mean");
        assert_eq!(schedule.due(70_000), schedule.clone().due(70_000), "any can be asked for");
        let other = Schedule::new(1e6, Pace::Poisson, None, 8);
        assert_ne!(schedule.due(5), other.due(5));
    }

    #[test]
    fn phases_may_pause() {
        let second = Duration::from_secs(1);
        let phases =
            [(second, 0.5, 0.5), (second, 0.0, 0.0), (second, 1.0, 1.0), (second, 0.0, 0.0)];
        let schedule = Schedule::of_phases(100.0, Pace::Constant, &phases, 1);
        assert_eq!(schedule.all(), 150);
        assert_eq!(schedule.due(49), 980_000_000);
        assert_eq!(schedule.due(50), 2_000_000_000);
        assert_eq!(schedule.due(149), 2_990_000_000);
        assert_eq!(schedule.due(150), u64::MAX);
        is_consistent(&schedule, 150);
    }
}
