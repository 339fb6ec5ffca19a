//! Clients: what a command does at a broker, over as many connections as it takes.
//!
//! [`publish`], [`subscribe`] and [`request`] drive a session ([`crate::session`]) over sockets
//! ([`crate::net`]) on tokio's current-thread runtime. They print nothing: what happens on the
//! way goes to a [`Notify`], what came of it is their result.

mod alarm;
mod connector;
mod error;
mod first;
mod inbox;
mod lines;
mod link;
mod notice;
pub mod publish;
mod reconnect;
pub mod request;
mod settings;
mod source;
pub mod subscribe;
mod trace;

pub use self::error::{Cause, Error};
pub use self::lines::stdin_position;
pub use self::notice::{Notice, Notify, Resumption};
pub use self::settings::{PacketProperties, Server, Settings, Will, session_expiry};

use std::io;

/// Runs one client to its end, on this thread.
pub fn block_on<F: Future>(client: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(client))
}
