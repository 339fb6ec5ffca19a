//! A time of day, as formats write it.

use std::cell::OnceCell;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::fmt::strtime::{BrokenDownTime, Config, PosixCustom};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The letters that C's `strftime` knows in its own locale.
const CONVERSIONS: &[u8] = b"ABCDFGHIMPRSTUVWXYZabcdeghjklmnprstuwxyz%";

/// When a message came. Made of one reading of the clock; what it takes to write it, the zone
/// above all, is looked up when it is first written, and kept for all messages of that time.
#[derive(Debug, Clone)]
pub struct Moment {
    time: SystemTime,
    local: OnceCell<Zoned>,
    stamp: OnceCell<String>,
}

impl Moment {
    /// This time.
    pub const fn at(time: SystemTime) -> Self {
        Self { time, local: OnceCell::new(), stamp: OnceCell::new() }
    }

    /// In the zone that `TZ` names, or else the system's; UTC where there is none to be found.
    fn local(&self) -> &Zoned {
        self.local.get_or_init(|| {
            let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
            // Times that no calendar holds: only a clock gone mad has them.
            Timestamp::try_from(self.time).unwrap_or_default().to_zoned(zone)
        })
    }

    /// Nanoseconds of the second.
    fn nanoseconds(&self) -> i32 {
        self.local().subsec_nanosecond()
    }

    /// Seconds since 1970 and nine digits: `1795267549.471493000`.
    pub(super) fn write_unix(&self, out: &mut Vec<u8>) {
        let since = self.time.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Writing to memory cannot fail.
        let _ = write!(out, "{}.{:09}", since.as_secs(), since.subsec_nanos());
    }

    /// The nine digits of [`Self::write_unix`] alone.
    pub(super) fn write_nanoseconds(&self, out: &mut Vec<u8>) {
        let _ = write!(out, "{:09}", self.nanoseconds());
    }

    /// To the second: `2026-11-20T20:25:39+0000`.
    pub(super) fn write_iso(&self, out: &mut Vec<u8>) {
        self.write_with("%FT%T%z", out);
    }

    /// To the microsecond: `2026-11-20T20:25:39.296722+0000`.
    pub(super) fn stamp(&self) -> &str {
        self.stamp.get_or_init(|| {
            let mut text = Vec::new();
            self.write_with("%FT%T", &mut text);
            let _ = write!(text, ".{:06}", self.nanoseconds() / 1000);
            self.write_with("%z", &mut text);
            String::from_utf8(text).unwrap_or_default()
        })
    }

    /// One conversion of C's `strftime`; what is none is written as it stands.
    pub(super) fn write_conversion(&self, letter: u8, out: &mut Vec<u8>) {
        if CONVERSIONS.contains(&letter) {
            self.write_with(&format!("%{}", char::from(letter)), out);
        } else {
            out.extend_from_slice(&[b'%', letter]);
        }
    }

    fn write_with(&self, format: &str, out: &mut Vec<u8>) {
        let config = Config::new().custom(PosixCustom::new()).lenient(true);
        let time = BrokenDownTime::from(self.local());
        let text = time.to_string_with_config(&config, format);
        out.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
}

impl Default for Moment {
    /// The beginning of 1970.
    fn default() -> Self {
        Self::at(UNIX_EPOCH)
    }
}
