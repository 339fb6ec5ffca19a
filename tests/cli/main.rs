//! The built binary over real sockets, as users and scripts meet it.

#[path = "../support/mod.rs"]
mod support;

mod connect;
mod lines;
mod mosquitto;
mod publish;
mod reconnect;
mod signals;
mod stalled;
mod subscribe;
mod usage;
