//! What a user asked for, as plain values, and how it becomes what a client needs.
//!
//! Front ends fill these structs; nothing here knows how an option is spelt, and the environment
//! is an argument.

pub mod access;
mod bench;
mod broker;
mod clear;
mod configured;
mod connect;
mod dialect;
mod error;
mod identity;
pub mod log;
mod print;
mod property;
mod publish;
mod request;
mod scenario;
mod subscribe;
mod subscription;
mod tls;
mod transport;
mod url;

use std::ffi::OsString;
use std::time::Duration;

pub use self::bench::{Bench, OnError, Pace, Rate, Scenario, Share, Size};
pub use self::broker::{Broker, Certificates, Events, Expectation, Login, Secured, Watch};
pub use self::clear::Clear;
pub use self::configured::Configured;
pub use self::connect::{Connect, Host, Resolved};
pub use self::dialect::{Dialect, Tool};
pub use self::error::Error;
pub use self::identity::{Identity, RowError, identities, sources};
pub use self::log::Log;
pub use self::print::{Print, Record};
pub use self::property::PropertyError;
pub use self::publish::{Payload, Publish, Records};
pub use self::request::Request;
pub use self::scenario::{Group, Phase, Place, ScenarioError, ScenarioFile};
pub use self::subscribe::{Show, Subscribe};
pub use self::subscription::Subscription;
pub use self::tls::{AskKeyPassword, Tls};
pub use self::transport::Transport;
pub use self::url::{Scheme, Url, is_url};

/// The longest time that can be asked for, 100 years: the clock of the system does not reach for
/// ever.
pub const LONGEST_TIME: Duration = Duration::from_hours(100 * 366 * 24);

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;
