//! The load model: clients that publish, subscribe or only hold, a schedule, a stop rule and a
//! ledger. One loop drives them all, whatever the scenario.
//!
//! A [`Plan`] says who does what and when. [`run`] connects, drives and measures, on one thread,
//! and gives a [`Report`]; [`Gate`]s judge it. Every message carries its run, its publisher, its
//! number and the time that it was meant to be sent at, so that what is lost, comes twice, late or
//! damaged is counted and not guessed, and so that a broker that stalls is charged with the
//! messages that had to wait for it, too.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod answer;
mod compare;
mod cost;
mod desk;
mod error;
mod gate;
mod identity;
mod ledger;
mod link;
mod merge;
mod offset;
mod parts;
mod payload;
mod peer;
mod plan;
mod report;
mod run;
mod search;
mod stamp;
mod statistic;
mod steady;
mod talk;
mod tally;
mod text;
mod wake;
mod watch;

pub use self::compare::{Comparison, Metric, Recording, Row, Verdict, spread};
pub use self::cost::{Cost, Load};
pub use self::error::Error;
pub use self::gate::{Gate, GateError, Scope};
pub use self::identity::Identities;
pub use self::merge::{MergeError, merge};
pub use self::offset::{Meeting, Offset, answer, ask};
pub use self::parts::Part;
pub use self::plan::Plan;
pub use self::report::{Report, Second, Times};
pub use self::run::run;
pub use self::search::Search;
pub use self::tally::{Counts, Measured, Steps};

/// For rates and shares, whatever is lost of a count.
#[expect(clippy::cast_precision_loss, reason = "figures of a few digits")]
const fn approximate(count: u64) -> f64 {
    count as f64
}

/// The whole part of what is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
const fn whole(number: f64) -> u64 {
    number as u64
}
