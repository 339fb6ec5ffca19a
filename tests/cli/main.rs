//! The built binary over real sockets, as users and scripts meet it.

#[path = "../support/mod.rs"]
mod support;

mod certificates;
mod connect;
mod format;
mod inherited;
mod lines;
mod mosquitto;
mod own_broker;
mod publish;
mod reconnect;
mod round_trip;
mod signals;
mod stalled;
mod subscribe;
mod system_calls;
mod tls;
mod transport;
mod usage;
