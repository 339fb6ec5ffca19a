//! A broker in memory: for a laptop, a test, a small site.
//!
//! ```
//! let broker = mq::broker::Broker::start(mq::broker::Options::default())?;
//! let stream = std::net::TcpStream::connect(("127.0.0.1", broker.port().unwrap_or(0)))?;
//! assert!(broker.url().starts_with("mqtt://127.0.0.1:"));
//! # drop(stream);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whoever wants to know what happens gives it an [`Observer`]; a test waits for a message so:
//!
//! ```
//! use mq::broker::{Broker, Event, Options};
//!
//! let (sender, messages) = std::sync::mpsc::channel();
//! let observer = move |event: Event<'_>| {
//!     if let Event::Published { message, .. } = event {
//!         let _ = sender.send((message.topic.to_owned(), message.payload.to_vec()));
//!     }
//! };
//! let options = Options { tells_messages: true, ..Options::default() };
//! let broker = Broker::start_observed(options, Some(Box::new(observer)))?;
//!
//! // The device under test: CONNECT, then PUBLISH of `21` to `temp`.
//! use std::io::Write as _;
//! let mut device = std::net::TcpStream::connect(("127.0.0.1", broker.port().unwrap_or(0)))?;
//! device.write_all(b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01d\x30\x08\0\x04temp21")?;
//!
//! let (topic, payload) = messages.recv_timeout(std::time::Duration::from_secs(20))?;
//! assert_eq!((topic.as_str(), payload.as_slice()), ("temp", &b"21"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One thread owns all of a broker's state. Bytes come in through a connection, become packets
//! in [`codec`](crate::codec), act on the connection's [`session`](crate::session), and leave as
//! bytes in the outputs of other connections. `router.rs` holds the state and the way of a
//! packet; `handshake.rs` with `admission.rs`, `subscribe.rs`, `publish.rs` and `ending.rs` are
//! what packets do; `route.rs` says who gets a message, `deliver.rs` gives it to them, and
//! `pump.rs` and `catch_up.rs` what waits; `flow.rs` says who waits and what is dropped,
//! `parking.rs` keeps what those who wait send; `promises.rs` lets acknowledgements leave when the
//! store has committed; `access.rs` knows who may do what, `policy.rs` what else holds for the
//! clients of a listener, `mount.rs` what their topics begin with, `origin.rs` who retained a
//! message, and `gate.rs` asks them; `logins.rs` has passwords checked elsewhere; `memory.rs`
//! sheds what is too much; `counters.rs` counts, `status.rs` publishes what was counted, and
//! `metrics.rs` words it for Prometheus; `seeds.rs` is what is retained from the start, `event.rs`
//! what is told of all this, `commands.rs` what is asked for meanwhile; `serve.rs` has the sockets, `opening.rs` their slots, and `beside.rs` what goes on beside them.

mod accept;
pub mod access;
mod admission;
mod beside;
mod catch_up;
mod commands;
mod connection;
mod counters;
mod deliver;
mod ending;
mod entering;
mod event;
mod flow;
mod gate;
mod handle;
mod handshake;
mod limits;
mod logins;
mod memory;
mod message;
mod metrics;
mod mount;
mod opening;
mod origin;
mod parking;
mod policy;
mod promises;
mod publish;
mod pump;
mod retained;
mod route;
mod router;
mod seeds;
mod serve;
mod session;
mod socket;
mod spoke;
mod status;
mod subscribe;
#[cfg(test)]
mod tests;
mod timers;

pub use self::access::{Access, Refusal};
pub use self::commands::{Command, Commands, LogLine, LogTopic};
pub use self::event::{Denied, End, Event, Observer};
pub use self::handle::{Bound, Broker, Endpoint, ListenerOptions, Options, StartError};
pub use self::limits::{Limits, OnFull};
pub use self::mount::{MountError, MountPoint};
pub use self::policy::{CertificateUser, Policy, Versions};
pub use self::seeds::{SeedError, Seeds};
pub use self::spoke::Spoke;
