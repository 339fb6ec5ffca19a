//! Messages that are described by a line each: what is read, and when it may go.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use super::{Job, Records};
use crate::client::lines::Line;
use crate::client::source::Source;
use crate::record::{Defaults, Entry, LineError, Problem, Reader};

/// The runtime's timers ring up to two milliseconds late: their time and the wait for it are each
/// rounded up to the millisecond. So they are set that much early, and the rest is slept away on
/// the thread, while nothing is to be sent.
const GRAIN: Duration = Duration::from_millis(2);

/// Longer than anybody waits for a message.
const NEVER: Duration = Duration::from_hours(100 * 366 * 24);

/// The lines of one run.
#[derive(Debug)]
pub(super) struct Recording<'a> {
    records: &'a Records,
    reader: Reader,
    /// Lines that were taken.
    lines: u64,
    /// Messages of this reading of the input.
    messages: u64,
    /// The input is read for another time: what is wrong with its lines was told.
    again: bool,
    /// A line whose time has not come, with its number.
    waiting: Option<(u64, Bytes)>,
    /// When the message went that told a time last, and that time.
    last: Option<(Instant, SystemTime)>,
    /// When the next one goes, once it is known.
    due: Option<Instant>,
}

/// What a line is.
#[derive(Debug)]
pub(super) enum Taken<'l> {
    /// A message that may go.
    Message(Entry<'l>),
    /// A message that may go after this time: the line is to be given back.
    Early(Duration),
    /// Nothing.
    Blank,
    /// No message.
    Bad(LineError),
}

impl<'a> Recording<'a> {
    /// Nothing is read yet; `None` where lines do not describe messages.
    pub(super) fn new(job: &'a Job) -> Option<Self> {
        let records = job.payloads.records()?;
        let defaults = Defaults {
            topic: job.topics.first().cloned(),
            qos: job.qos,
            retain: job.retain,
            properties: job.properties.clone(),
        };
        Some(Self {
            records,
            reader: Reader::new(records.form, defaults),
            lines: 0,
            messages: 0,
            again: false,
            waiting: None,
            last: None,
            due: None,
        })
    }

    /// The next line with its number; `None` when there is none yet, or no more.
    pub(super) fn next(&mut self, source: &mut Source) -> Option<(u64, Line<Bytes>)> {
        if let Some((number, line)) = self.waiting.take() {
            return Some((number, Line::Bytes(line)));
        }
        if self.goes_on(source)
            && source.is_finished()
            && let Some(start) = self.records.again_from
        {
            (self.messages, self.again) = (0, true);
            source.rewind(start, self.records.end);
        }
        let line = source.next_shared()?;
        self.lines = self.lines.saturating_add(1);
        Some((self.lines, line))
    }

    /// Whether there may be another line.
    pub(super) fn goes_on(&self, source: &Source) -> bool {
        // An input without a message would be read again for ever.
        let again = self.records.again_from.is_some() && self.messages > 0;
        self.waiting.is_some() || !source.is_finished() || again
    }

    /// What a line is, now.
    pub(super) fn take<'l>(&mut self, line: &'l Line<Bytes>, now: Instant) -> Taken<'l> {
        let outcome = match line {
            Line::Bytes(line) => self.reader.read(line),
            Line::Overlong => Err(Problem::TooLong.into()),
        };
        match outcome {
            Ok(Some(entry)) => match self.pause(&entry, now) {
                Duration::ZERO => {
                    self.messages = self.messages.saturating_add(1);
                    Taken::Message(entry)
                }
                pause => Taken::Early(pause),
            },
            Ok(None) => Taken::Blank,
            Err(error) => Taken::Bad(error),
        }
    }

    /// Whether what is wrong with a line is news.
    pub(super) const fn is_news(&self) -> bool {
        !self.again
    }

    /// The line of a message that is early.
    pub(super) fn put_back(&mut self, number: u64, line: Line<Bytes>) {
        if let Line::Bytes(line) = line {
            self.waiting = Some((number, line));
        }
    }

    /// When the line that waits is to be looked at again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due.filter(|_| self.waiting.is_some()).and_then(|due| due.checked_sub(GRAIN))
    }

    /// Waits until a message may go, if that is too short for a timer; whether it did.
    pub(super) fn rest(pause: Duration) -> bool {
        let is_short = pause <= GRAIN;
        if is_short {
            std::thread::sleep(pause);
        }
        is_short
    }

    /// How long until a message may go: as long behind the one before as it came behind that.
    /// What is late goes at once, and the next one all the same in its time.
    fn pause(&mut self, entry: &Entry<'_>, now: Instant) -> Duration {
        let Some(time) = entry.time else { return Duration::ZERO };
        let due = match (self.due, self.last) {
            (Some(due), _) => due,
            (None, None) => now,
            (None, Some((went, before))) => {
                let gap = time.duration_since(before).unwrap_or_default();
                let seconds = gap.as_secs_f64() / self.records.speed;
                let gap = Duration::try_from_secs_f64(seconds).unwrap_or(NEVER);
                went.checked_add(gap.min(NEVER)).unwrap_or(now)
            }
        };
        let pause = due.saturating_duration_since(now);
        if pause.is_zero() {
            (self.last, self.due) = (Some((due, time)), None);
        } else {
            self.due = Some(due);
        }
        pause
    }
}
