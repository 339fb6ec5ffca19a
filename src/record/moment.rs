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
    shown: OnceCell<String>,
    utc: OnceCell<[u8; UTC_LEN]>,
}

/// Bytes of `2026-11-20T20:25:39.296722Z`.
const UTC_LEN: usize = 27;

/// The time that RFC 3339 text tells: `2026-11-20T20:25:39.296722Z`, or with another zone behind
/// it.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    text.parse().ok().map(|time: Timestamp| time.into())
}

impl Moment {
    /// This time.
    pub const fn at(time: SystemTime) -> Self {
        Self {
            time,
            local: OnceCell::new(),
            stamp: OnceCell::new(),
            shown: OnceCell::new(),
            utc: OnceCell::new(),
        }
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

    /// For people, and as RFC 3339 has it: `2026-11-20T20:25:39.296+00:00`.
    pub fn write_local(&self, out: &mut Vec<u8>) {
        let shown = self.shown.get_or_init(|| {
            let mut text = Vec::new();
            self.write_with("%FT%T", &mut text);
            let _ = write!(text, ".{:03}", self.nanoseconds() / 1_000_000);
            self.write_with("%:z", &mut text);
            String::from_utf8(text).unwrap_or_default()
        });
        out.extend_from_slice(shown.as_bytes());
    }

    /// For people who look on, in local time: `20:25:39`.
    pub fn write_clock(&self, out: &mut Vec<u8>) {
        self.write_with("%T", out);
    }

    /// To the microsecond, whatever the zone: `2026-11-20T20:25:39.296722Z`.
    pub fn write_utc(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.utc.get_or_init(|| {
            // As in `local`.
            let time = Timestamp::try_from(self.time).unwrap_or_default();
            let local = TimeZone::UTC.to_datetime(time);
            let mut text = *b"0000-00-00T00:00:00.000000Z";
            let mut write = |at: usize, len: usize, number: u32| {
                let places = text.iter_mut().skip(at).take(len).rev();
                places.fold(number, |rest, place| {
                    *place = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
                    rest / 10
                });
            };
            write(0, 4, local.year().unsigned_abs().into());
            write(5, 2, local.month().unsigned_abs().into());
            write(8, 2, local.day().unsigned_abs().into());
            write(11, 2, local.hour().unsigned_abs().into());
            write(14, 2, local.minute().unsigned_abs().into());
            write(17, 2, local.second().unsigned_abs().into());
            write(20, 6, local.subsec_nanosecond().unsigned_abs() / 1000);
            text
        }));
    }

    /// One conversion of C's `strftime`; what is none is written as it stands.
    pub(super) fn write_conversion(&self, letter: u8, out: &mut Vec<u8>) {
        if CONVERSIONS.contains(&letter) {
            self.write_with(&format!("%{}", char::from(letter)), out);
        } else {
            out.extend_from_slice(&[b'%', letter]);
        }
    }

    /// In the local zone, by a format of C's `strftime`.
    pub fn write_strftime(&self, format: &str, out: &mut Vec<u8>) {
        self.write_with(format, out);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn utc_is_written_and_read() {
        for (microseconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_795_206_339_296_722, "2026-11-20T20:25:39.296722Z"),
            (1_709_210_096_000_009, "2024-02-29T12:34:56.000009Z"),
            (253_402_207_199_999_999, "9999-12-30T21:59:59.999999Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_micros(microseconds);
            let mut out = Vec::new();
            Moment::at(time).write_utc(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
            assert_eq!(parse(text), Some(time));
        }
    }

    #[test]
    fn times_of_other_zones_are_read() {
        let time = parse("2026-11-20T20:25:39.5Z");
        assert!(time.is_some());
        assert_eq!(parse("2026-11-20T21:25:39.5+01:00"), time);
        assert_eq!(parse("2026-11-20T20:25:39.500000+0000"), time);
        for wrong in ["", "now", "2026-11-20T20:25:39", "2026-13-01T00:00:00Z", "12"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
