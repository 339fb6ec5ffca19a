//! Names and times of certificates, as people read them.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

use crate::net::tls::certificate::shown;

/// Names of a certificate that are told before the rest is only counted.
const NAMES_TOLD: usize = 5;

/// What a certificate should have: `subjectAltName=DNS:h`, `subjectAltName=IP:192.0.2.1`.
pub fn alternative_name(host: &str) -> String {
    let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!("subjectAltName={kind}:{host}")
}

/// `InternalError` as `internal error`.
pub(super) fn words(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `a, b and 3 more`.
pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nobody".to_owned();
    }
    let told: Vec<_> = names.iter().take(NAMES_TOLD).map(|name| shown(name)).collect();
    let more = names.len().saturating_sub(told.len());
    let told = told.join(", ");
    if more == 0 { told } else { format!("{told} and {more} more") }
}

/// `2026-11-18`.
pub(super) fn date(since_epoch: Duration) -> String {
    let mut text = String::new();
    let time = UNIX_EPOCH.checked_add(since_epoch);
    // A year of five digits cannot be told.
    if time.is_none_or(|time| write!(text, "{}", humantime::format_rfc3339_seconds(time)).is_err())
    {
        return "a day in a far future".to_owned();
    }
    text.split('T').next().unwrap_or_default().to_owned()
}

/// `3 days`, in the largest unit of which there is one at least.
pub(super) fn span(time: Duration) -> String {
    const UNITS: &[(u64, &str)] = &[
        (365 * 24 * 3600, "year"),
        (24 * 3600, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let seconds = time.as_secs();
    let found = UNITS.iter().find(|(size, _)| seconds >= *size);
    let (size, name) = found.copied().unwrap_or((1, "second"));
    let count = seconds.checked_div(size).unwrap_or_default();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let days = |count: u64| Duration::from_secs(count * 24 * 3600);
        for (time, wanted) in [
            (days(3), "3 days"),
            (days(1), "1 day"),
            (days(800), "2 years"),
            (Duration::from_secs(7300), "2 hours"),
            (Duration::from_secs(59), "59 seconds"),
            (Duration::ZERO, "0 seconds"),
        ] {
            assert_eq!(span(time), wanted);
        }
        assert_eq!(date(days(20_000)), "2024-10-04");
        assert_eq!(date(Duration::from_secs(253_402_300_799)), "9999-12-31");
        assert_eq!(date(days(253_402_300_800 / (24 * 3600))), "a day in a far future");
        assert_eq!(date(Duration::MAX), "a day in a far future");
    }

    #[test]
    fn many_names_are_counted() {
        let names: Vec<_> = (1..=7).map(|number| format!("h{number}")).collect();
        assert_eq!(list(&names), "h1, h2, h3, h4, h5 and 2 more");
        assert_eq!(list(&names[..1]), "h1");
        assert_eq!(list(&[]), "nobody");
        let long = list(&["\u{e4}".repeat(60_000), "b".to_owned()]);
        assert_eq!(long, "\u{e4}".repeat(200) + ", b");
    }

    #[test]
    fn names_of_types_are_words() {
        assert_eq!(words("InternalError"), "internal error");
    }
}
