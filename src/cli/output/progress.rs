//! How far the input is sent: a line at the bottom of a terminal, which goes when all is over.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, FormattedDuration, HumanCount};

use super::{dialect, is_quiet, size, stderr};
use crate::client::{Meter, Payloads, Records};
use crate::net::clock;
use crate::options::Dialect;

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// From one drawing to the next: often enough to be seen to move, too seldom to cost anything.
const PERIOD: Duration = Duration::from_millis(100);

/// The speed is that of so many periods: half a minute would show no change, a second jumps.
const LATELY: usize = 50;

/// A shorter message is gone at once, over any line.
const LARGE: usize = 1024 * 1024;

/// Below so many columns there is no room for the bar itself.
const NARROW: u16 = 64;

/// Columns on the right that stay free: for the `^C` of an impatient person, and since some
/// terminals go to the next line behind the last.
const FREE: u16 = 3;

/// The bar is on the screen.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// A run that may be shown, and how much there is to do.
#[derive(Debug)]
pub(in crate::cli) struct Progress {
    meter: Arc<Meter>,
    bytes: u64,
}

impl Progress {
    /// Of what is to be sent, where a person sees it and where its end is known.
    pub(in crate::cli) fn of(payloads: &Payloads) -> Option<Self> {
        if !may_have_end(payloads) || !is_wanted() {
            return None;
        }
        let bytes = match payloads {
            Payloads::Once(payload) => u64::try_from(payload.len()).ok(),
            _ => crate::client::stdin_rest(),
        };
        bytes.map(|bytes| Self { meter: Arc::default(), bytes })
    }

    /// What the run is to set.
    pub(in crate::cli) fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }
}

/// Runs, and shows meanwhile how far it is.
pub(in crate::cli) async fn shown<T>(
    progress: &Progress,
    mut run: impl Future<Output = T> + Unpin,
) -> T {
    let (mut speed, mut pause) = (Speed::default(), PATIENCE);
    speed.read(&progress.meter, clock::now());
    loop {
        tokio::select! {
            biased;
            outcome = &mut run => {
                make_way();
                return outcome;
            }
            () = tokio::time::sleep(pause) => {}
        }
        pause = PERIOD;
        speed.read(&progress.meter, clock::now());
        // A terminal that is held, or another program's for now, is left alone.
        if stderr::is_idle() && is_in_front() {
            SHOWN.store(true, Ordering::Relaxed);
            stderr::write(&format!("\r{}\x1b[K", speed.line(progress.bytes, columns())));
        }
    }
}

/// Before something else is told: the line is free for it. The bar comes again by itself.
pub(super) fn make_way() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        stderr::write("\r\x1b[K");
    }
}

/// Whether the payloads may have an end that is known.
fn may_have_end(payloads: &Payloads) -> bool {
    match payloads {
        Payloads::Once(payload) => payload.len() >= LARGE,
        Payloads::Lines(_) | Payloads::Records(Records { again_from: None, .. }) => true,
        _ => false,
    }
}

/// Whether somebody looks at a terminal that can go back in a line.
fn is_wanted() -> bool {
    let is_plain = || match std::env::var_os("TERM") {
        Some(terminal) => terminal == "dumb",
        None => cfg!(unix),
    };
    dialect() == Dialect::Own
        && !is_quiet()
        && !super::kinds::is_json()
        && io::stderr().is_terminal()
        && !is_plain()
}

/// Whether the terminal is this program's: not, while it runs in the background.
#[cfg(unix)]
fn is_in_front() -> bool {
    let in_front = rustix::termios::tcgetpgrp(io::stderr());
    in_front.map_or(true, |group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_in_front() -> bool {
    true
}

fn columns() -> u16 {
    size::of(&io::stderr()).map_or(size::USUAL.1, |(_, columns)| columns)
}

/// What the meter said lately.
///
/// indicatif's own bar would bring the mathematical library, which the loader then opens, maps and
/// relocates at each start: a twelfth of what `mq pub -m` takes. Its units are as good without.
#[derive(Debug, Default)]
struct Speed {
    readings: VecDeque<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    bytes: u64,
    messages: u64,
}

impl Speed {
    fn read(&mut self, meter: &Meter, at: Instant) {
        if self.readings.len() > LATELY {
            self.readings.pop_front();
        }
        self.readings.push_back(Reading { at, bytes: meter.bytes(), messages: meter.messages() });
    }

    /// The line for a terminal of so many columns.
    fn line(&self, total: u64, columns: u16) -> String {
        let (Some(first), Some(last)) = (self.readings.front(), self.readings.back()) else {
            return String::new();
        };
        let time = last.at.saturating_duration_since(first.at);
        let a_second =
            |now: u64, before: u64| share(now.saturating_sub(before), 1000, millis(time));
        let rate = a_second(last.bytes, first.bytes);
        let done = last.bytes.min(total);
        let mut figures = format!("{}/s", DecimalBytes(rate));
        if last.messages > 1 {
            let messages = HumanCount(a_second(last.messages, first.messages));
            figures = format!("{figures} {messages} msg/s");
        }
        if rate > 0 {
            let left = Duration::from_secs(share(total.saturating_sub(done), 1, rate));
            figures = format!("{figures} {}", FormattedDuration(left));
        }
        let percent = share(done, 100, total);
        let width = usize::from(columns.saturating_sub(FREE));
        let mut line = format!("{percent:>3}% {figures}");
        if columns >= NARROW {
            let room = width.saturating_sub(line.chars().count().saturating_add("[] ".len()));
            let filled = usize::try_from(share(done, room as u64, total)).unwrap_or(room);
            let bar = "#".repeat(filled) + if filled < room { ">" } else { "" };
            line = format!("{percent:>3}% [{bar:room$}] {figures}");
        }
        line.chars().take(width).collect()
    }
}

/// So many parts of a whole, when the whole has so many.
fn share(part: u64, parts: u64, whole: u64) -> u64 {
    let share = u128::from(part).saturating_mul(parts.into()).checked_div(whole.into());
    u64::try_from(share.unwrap_or_else(|| parts.into())).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(columns: u16, readings: &[(u64, u64, u64)], total: u64) -> String {
        let start = clock::now();
        let reading = |(after, bytes, messages): &(u64, u64, u64)| Reading {
            at: start + Duration::from_millis(*after),
            bytes: *bytes,
            messages: *messages,
        };
        Speed { readings: readings.iter().map(reading).collect() }.line(total, columns)
    }

    #[test]
    fn the_line_fills_the_terminal_and_tells_the_time_left() {
        let half = [(0, 0, 0), (2000, 5_000_000, 400)];
        let shown = line(80, &half, 10_000_000);
        assert!(shown.starts_with(" 50% [####"), "{shown}");
        assert!(shown.ends_with("] 2.50 MB/s 200 msg/s 00:00:02"), "{shown}");
        assert_eq!(shown.chars().count(), 77);
        assert_eq!(line(40, &half, 10_000_000), " 50% 2.50 MB/s 200 msg/s 00:00:02");
        assert_eq!(line(20, &half, 10_000_000), " 50% 2.50 MB/s 20");
    }

    #[test]
    fn what_stands_still_has_no_time_left() {
        assert_eq!(line(40, &[(0, 70, 10), (100, 70, 10)], 140), " 50% 0 B/s 0 msg/s");
        assert_eq!(line(40, &[(0, 0, 0), (100, 9, 1)], 9), "100% 90 B/s 00:00:00");
        assert_eq!(line(40, &[(0, 0, 0)], 0), "100% 0 B/s");
    }
}
