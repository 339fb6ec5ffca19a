//! The options by which a broker is watched.

use std::time::Duration;

use crate::cli::connect::duration;
use crate::net::ListenAddress;
use crate::options;

/// Seconds at most: mosquitto takes no more either.
const LONGEST_INTERVAL: Duration = Duration::from_secs(65_535);

/// Bytes at least: so much a broker takes for itself, and fewer would be full at once.
const LEAST_MEMORY: usize = 1024 * 1024;

/// Where and how often the broker tells how it is.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Watching")]
pub(super) struct Status {
    /// How often to publish the broker's own state to $SYS/broker/..., 0 for never [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = interval, allow_negative_numbers = true)]
    sys_interval: Option<Duration>,
    /// How much to hold in memory of messages, buffers and sessions: a number with K, M or G, 0 for
    /// any; beyond it nothing new is taken [default: 1G]
    #[arg(long, value_name = "SIZE", value_parser = memory, allow_negative_numbers = true)]
    memory_limit: Option<usize>,
    /// Serve the same as metrics for Prometheus, over HTTP at /metrics of this address: a PORT of
    /// localhost, 0 for a free one, HOST:PORT, or unix:PATH. Whoever reaches it may read it
    #[arg(long, value_name = "ADDRESS", value_parser = str::parse::<ListenAddress>)]
    metrics: Option<ListenAddress>,
}

impl Status {
    /// Adds what was asked for to the options of a broker.
    pub(super) fn fill(self, options: &mut options::Broker) {
        options.sys_interval = self.sys_interval;
        options.memory_limit = self.memory_limit;
        options.metrics = self.metrics;
    }
}

/// A number of bytes, or of KiB, MiB or GiB; 0 is any number.
fn memory(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.as_bytes() {
        [.., b'K' | b'k'] => (text.get(..text.len() - 1), 10),
        [.., b'M' | b'm'] => (text.get(..text.len() - 1), 20),
        [.., b'G' | b'g'] => (text.get(..text.len() - 1), 30),
        _ => (Some(text), 0),
    };
    let is_number = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = digits.filter(is_number).and_then(|digits| digits.parse::<usize>().ok());
    let number = number.ok_or("not a number of bytes, like 512M or 2G")?;
    match number.checked_mul(1 << unit) {
        Some(0) => Ok(usize::MAX),
        Some(bytes) if bytes >= LEAST_MEMORY => Ok(bytes),
        Some(_) => Err("less than 1M, which is soon full of nothing".to_owned()),
        None => Err("more than any machine has".to_owned()),
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    let odd = !time.is_zero() && time < Duration::from_millis(100);
    if odd {
        return Err("shorter than 100ms".to_owned());
    }
    if time > LONGEST_INTERVAL {
        return Err("longer than 65535 seconds".to_owned());
    }
    Ok(time)
}
