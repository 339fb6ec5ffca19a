//! How far the input is sent: a line at the bottom of a terminal, which goes when all is over.

use std::io::{self, IsTerminal as _};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{approximate, dialect, is_quiet, size, stderr};
use crate::client::{Meter, Payloads, Records};
use crate::options::Dialect;

/// What is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// From one drawing to the next: often enough to be seen to move, too seldom to cost anything.
const PERIOD: Duration = Duration::from_millis(100);

/// A shorter message is gone at once, over any line.
const LARGE: usize = 1024 * 1024;

/// Below so many columns there is no room for the bar itself.
const NARROW: u16 = 64;

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

    fn bar(&self) -> ProgressBar {
        let target = ProgressDrawTarget::term_like(Box::new(Line::default()));
        ProgressBar::with_draw_target(Some(self.bytes), target).with_style(self.style())
    }

    fn style(&self) -> ProgressStyle {
        let template = if columns() < NARROW {
            "{percent:>3}% {decimal_bytes_per_sec}{messages} {eta} left"
        } else {
            "{percent:>3}% [{wide_bar}] {decimal_bytes_per_sec}{messages} {eta} left"
        };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("#> ");
        let meter = self.meter();
        style.with_key("messages", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let (messages, bytes) = (meter.messages(), meter.bytes());
            if messages > 1 && bytes > 0 {
                // The mean message decides: one estimate of the speed for both.
                let rate = state.per_sec() * approximate(messages) / approximate(bytes);
                // Writing to a string cannot fail.
                let _ = write!(out, " {} msg/s", HumanCount(whole(rate)));
            }
        })
    }
}

/// Runs, and shows meanwhile how far it is.
pub(in crate::cli) async fn shown<T>(
    progress: Option<&Progress>,
    run: impl Future<Output = T>,
) -> T {
    let Some(progress) = progress else { return run.await };
    let (mut run, bar, mut pause) = (pin!(run), progress.bar(), PATIENCE);
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
        // A terminal that is held, or another program's for now, is left alone.
        if stderr::is_idle() && is_in_front() {
            bar.update(|state| state.set_pos(progress.meter.bytes().min(progress.bytes)));
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
    dialect() == Dialect::Own && !is_quiet() && io::stderr().is_terminal() && !is_plain()
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is out of range becomes the nearest"
)]
fn whole(rate: f64) -> u64 {
    rate as u64
}

/// The bottom line of the terminal, which the bar is drawn to as a whole.
#[derive(Debug, Default)]
struct Line {
    text: Mutex<String>,
}

impl indicatif::TermLike for Line {
    /// The last column stays free: some terminals go to the next line behind it.
    fn width(&self) -> u16 {
        columns().saturating_sub(1)
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let text = std::mem::take(&mut *self.text.lock().unwrap_or_else(PoisonError::into_inner));
        let shown: String = text.trim_end().chars().take(self.width().into()).collect();
        if !shown.is_empty() {
            SHOWN.store(true, Ordering::Relaxed);
            stderr::write(&format!("\r{shown}\x1b[K"));
        }
        Ok(())
    }
}
