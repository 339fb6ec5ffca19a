//! What is asked of a broker that serves, from any thread: other policies, other limits, and the
//! lines of a log, which it publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::limits::Limits;
use super::policy::Policy;
use super::router::Router;
use super::status::Form;

/// Lines of a log that wait to be published. What makes lines faster than the broker publishes them
/// fills neither its memory nor its time: the rest is left out, and counted.
const LINES: usize = 1_000;

/// What can be asked of a broker that serves.
#[derive(Debug)]
pub enum Command {
    /// Puts other policies in force, one for each listener in their order, for clients that are
    /// here as well; another number of them changes nothing.
    Policies(Vec<Policy>),
    /// Puts other limits in force. What a client was told when it was let in goes on for it.
    Limits(Box<Limits>),
    /// Publishes a line of a log, as [`Commands::publish_line`] asks for.
    Line(LogLine),
}

/// A line of a log on its way to who subscribes to it.
#[derive(Debug)]
pub struct LogLine {
    topic: LogTopic,
    text: String,
    /// Lines before it that were left out.
    left_out: u64,
    _place: Place,
}

/// Where a line of a log is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTopic {
    /// `$SYS/broker/log/E`
    Error,
    /// `$SYS/broker/log/W`
    Warning,
    /// `$SYS/broker/log/N`
    Notice,
    /// `$SYS/broker/log/I`
    Information,
    /// `$SYS/broker/log/M/subscribe`
    Subscribe,
    /// `$SYS/broker/log/M/unsubscribe`
    Unsubscribe,
}

impl LogTopic {
    /// Below the root of the broker's own topics.
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "log/E",
            Self::Warning => "log/W",
            Self::Notice => "log/N",
            Self::Information => "log/I",
            Self::Subscribe => "log/M/subscribe",
            Self::Unsubscribe => "log/M/unsubscribe",
        }
    }
}

/// How many lines wait, and how many did not find a place.
#[derive(Debug, Default)]
struct Lines {
    waiting: AtomicUsize,
    left_out: AtomicU64,
}

/// The place of one line that waits; free again when this is dropped.
#[derive(Debug)]
struct Place(Arc<Lines>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks something of a broker, from any thread. What is asked after its end is forgotten.
#[derive(Debug, Clone)]
pub struct Commands {
    sender: UnboundedSender<Command>,
    lines: Arc<Lines>,
}

impl Commands {
    /// With where a broker takes them.
    pub(super) fn new() -> (Self, UnboundedReceiver<Command>) {
        let (sender, receiver) = unbounded_channel();
        (Self { sender, lines: Arc::default() }, receiver)
    }

    /// Asks for something; it is done in order, between two turns of the broker.
    pub fn ask(&self, command: Command) {
        // The broker has ended when nobody receives.
        let _ = self.sender.send(command);
    }

    /// Has a line of a log published below `$SYS/broker/log`, to whom the rules let read it: not
    /// retained, and gone after 20 seconds, as mosquitto does. While 1,000 lines wait, more of them
    /// are left out; how many says a line of its own.
    pub fn publish_line(&self, topic: LogTopic, text: String) {
        let waiting = self.lines.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.lines));
        if waiting >= LINES {
            self.lines.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let left_out = self.lines.left_out.swap(0, Ordering::Relaxed);
        self.ask(Command::Line(LogLine { topic, text, left_out, _place: place }));
    }
}

impl Router {
    pub(super) fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::Policies(policies) => _ = self.replace_policies(policies, now),
            Command::Limits(limits) => self.replace_limits(*limits, now),
            Command::Line(line) => self.publish_line(&line, now),
        }
    }

    fn replace_limits(&mut self, limits: Limits, now: Instant) {
        let interval = self.limits.sys_interval;
        self.limits = limits;
        if self.limits.sys_interval != interval {
            self.publish_status(now);
        }
        self.look_at_memory(now);
    }

    fn publish_line(&mut self, line: &LogLine, now: Instant) {
        let LogLine { topic, text, left_out, .. } = line;
        if *left_out > 0 {
            let text =
                format!("Lines of the log that are not published, being too many: {left_out}.");
            self.publish_own(LogTopic::Warning.name(), text.as_bytes(), Form::Passing, now);
        }
        self.publish_own(topic.name(), text.as_bytes(), Form::Passing, now);
        self.settle(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_lines_wait_and_the_rest_is_counted() {
        let (commands, mut receiver) = Commands::new();
        let publish = |count: u32| {
            for number in 0..count {
                commands.publish_line(LogTopic::Notice, number.to_string());
            }
        };
        publish(1_500);
        let mut received = Vec::new();
        while let Ok(Command::Line(line)) = receiver.try_recv() {
            received.push((line.text.clone(), line.left_out));
        }
        assert_eq!(received.len(), LINES);
        assert!(received.iter().all(|(_, left_out)| *left_out == 0));
        // What waited is gone, so there is room again; the first line says what is missing.
        publish(2);
        let mut next = || match receiver.try_recv() {
            Ok(Command::Line(line)) => Some((line.text.clone(), line.left_out)),
            _ => None,
        };
        assert_eq!([next(), next()], [Some(("0".into(), 500)), Some(("1".into(), 0))]);
        assert_eq!(next(), None);
    }
}
