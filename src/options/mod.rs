//! What a user asked for, as plain values, and how it becomes what a client needs.
//!
//! Front ends fill these structs; nothing here knows how an option is spelt, and the environment
//! is an argument.

mod broker;
mod connect;
mod error;
mod print;
mod property;
mod publish;
mod request;
mod subscribe;
mod tls;
mod transport;
mod url;

use std::ffi::OsString;

pub use self::broker::Broker;
pub use self::connect::{Connect, Resolved};
pub use self::error::Error;
pub use self::print::Print;
pub use self::property::PropertyError;
pub use self::publish::{Payload, Publish};
pub use self::request::Request;
pub use self::subscribe::{Show, Subscribe};
pub use self::tls::Tls;
pub use self::transport::Transport;
pub use self::url::{Scheme, Url};

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;
