//! MQTT's state machines, both ends, without sockets and without a clock.
//!
//! Bytes and the time go in; bytes to send and things to do come out. The parts are shared:
//! [`Outgoing`] and [`Incoming`] are the two directions of a session and outlive a connection,
//! [`AliasesIn`], [`AliasesOut`] and [`KeepAlive`] end with it. [`Client`] and [`Server`] put
//! them together for their end of the wire, and are tested against each other.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod alias;
mod client;
mod error;
mod granted;
mod incoming;
mod keep_alive;
mod outgoing;
#[cfg(test)]
mod pair;
mod server;

pub use self::alias::{AliasChosen, AliasesIn, AliasesOut};
pub use self::client::{Client, Event, Message, PublishError};
pub use self::error::Error;
pub use self::granted::Granted;
pub use self::incoming::{Arrival, Incoming};
pub use self::keep_alive::KeepAlive;
pub use self::outgoing::{Outgoing, Released, Request, Resend};
pub use self::server::{Delivery, Input, Server};
