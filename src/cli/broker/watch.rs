//! The options by which a broker is watched.

use std::time::Duration;

use crate::cli::connect::duration;
use crate::net::ListenAddress;
use crate::options;

/// Seconds at most: mosquitto takes no more either.
const LONGEST_INTERVAL: Duration = Duration::from_secs(65_535);

/// Where and how often the broker tells how it is.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Watching")]
pub(super) struct Watch {
    /// How often to publish the broker's own state to $SYS/broker/..., 0 for never [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = interval, allow_negative_numbers = true)]
    sys_interval: Option<Duration>,
    /// Serve the same as metrics for Prometheus, over HTTP at /metrics of this address: a PORT of
    /// localhost, 0 for a free one, HOST:PORT, or unix:PATH. Whoever reaches it may read it
    #[arg(long, value_name = "ADDRESS", value_parser = str::parse::<ListenAddress>)]
    metrics: Option<ListenAddress>,
}

impl Watch {
    /// Adds what was asked for to the options of a broker.
    pub(super) fn fill(self, options: &mut options::Broker) {
        options.sys_interval = self.sys_interval;
        options.metrics = self.metrics;
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
