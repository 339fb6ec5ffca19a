//! Clients: what a command does at a broker, over as many connections as it takes.
//!
//! [`publish`], [`subscribe`] and [`request`] drive a session ([`crate::session`]) over sockets
//! ([`crate::net`]) on tokio's current-thread runtime. They print nothing: what happens on the
//! way goes to a [`Notify`], what came of it is their result.

mod alarm;
mod connector;
mod end;
mod error;
mod first;
mod inbox;
mod latency;
mod line;
mod lines;
mod link;
mod meter;
mod notice;
mod open;
mod payloads;
pub mod publish;
mod reconnect;
mod refusal;
pub mod request;
mod settings;
mod sink;
mod source;
pub mod subscribe;
mod trace;

pub use self::error::{Cause, Error};
pub use self::latency::{HdrError, Latencies, Step};
pub use self::line::Line;
pub use self::lines::{stdin_position, stdin_rest};
pub(crate) use self::link::{SMALL_READ, unsent};
pub use self::meter::Meter;
pub use self::notice::{Notice, Notify, Resumption};
pub use self::open::{Opened, open};
pub use self::payloads::{Payloads, Records};
pub use self::refusal::{Refusal, Refusals};
pub use self::settings::{PacketProperties, Server, Settings, Will, session_expiry};
pub use self::sink::Sink;

use std::io;

/// Runs one client to its end, on this thread.
pub fn block_on<F: Future>(client: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Pinned here, the runtime moves a pointer from call to call, not kilobytes.
    Ok(runtime.block_on(std::pin::pin!(client)))
}
