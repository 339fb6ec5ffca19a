//! Which retained messages to remove.

use std::time::Duration;

use super::subscription::{check_filter, check_retained, plain};
use super::{Connect, Error};
use crate::client::subscribe::Job;
use crate::codec::SubscriptionOptions;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Clear {
    /// Where.
    pub connect: Connect,
    /// Topic filters.
    pub filters: Vec<String>,
    /// The messages of topics that match one of these filters are left alone.
    pub filter_out: Vec<String>,
    /// Nothing is removed, what would be is told.
    pub dry_run: bool,
    /// Whether a filter may match every topic.
    pub everything: bool,
    /// All have come when none came for so long.
    pub idle: Duration,
    /// Ends after this time.
    pub time_limit: Option<Duration>,
}

impl Clear {
    /// Checks what is asked for. A URL's topic is none of it: what is removed is named.
    pub fn job(&self) -> Result<Job, Error> {
        if self.filters.is_empty() {
            return Err(Error::NoTopic);
        }
        self.filters.iter().try_for_each(|filter| check_retained(filter))?;
        self.filter_out.iter().try_for_each(|filter| check_filter(filter))?;
        let whole = self.filters.iter().find(|filter| is_everything(filter));
        if let Some(filter) = whole.filter(|_| !self.dry_run && !self.everything) {
            return Err(Error::ClearsEverything(filter.clone()));
        }
        let options = SubscriptionOptions::default();
        Ok(Job {
            subscriptions: self.filters.iter().map(|filter| plain(filter, options)).collect(),
            filter_out: self.filter_out.clone(),
            time_limit: self.time_limit,
            idle: Some(self.idle),
            remove_retained: !self.dry_run,
            show_removed: !self.dry_run,
            ..Job::default()
        })
    }
}

/// Whether it matches every topic, but for those that begin with `$`.
fn is_everything(filter: &str) -> bool {
    matches!(filter, "#" | "+/#")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(filter: &str) -> Clear {
        Clear {
            connect: Connect::default(),
            filters: vec![filter.to_owned()],
            filter_out: Vec::new(),
            dry_run: false,
            everything: false,
            idle: Duration::from_millis(200),
            time_limit: None,
        }
    }

    #[test]
    fn a_filter_for_everything_is_meant_or_only_looked_at() {
        for filter in ["#", "+/#"] {
            let careless = clear(filter);
            assert!(
                matches!(careless.job(), Err(Error::ClearsEverything(named)) if named == filter)
            );
            assert!(Clear { everything: true, ..careless.clone() }.job().is_ok());
            let look = Clear { dry_run: true, ..careless }.job().unwrap();
            assert!(!look.remove_retained && !look.show_removed);
        }
        for filter in ["a/#", "+/a/#", "+", "/#"] {
            assert!(clear(filter).job().unwrap().remove_retained, "{filter}");
        }
    }

    #[test]
    fn no_group_is_sent_retained_messages() {
        assert!(matches!(clear("$share/g/a").job(), Err(Error::SharedRetained(_))));
        assert!(matches!(clear("a#").job(), Err(Error::InvalidFilter(_))));
    }
}
