//! The built binary over real sockets, as users and scripts meet it.

#[path = "../support/mod.rs"]
mod support;

mod added_properties;
mod certificates;
mod connect;
mod format;
mod hostile;
mod inherited;
mod lines;
mod mosquitto;
mod own_broker;
mod property;
mod publish;
mod reconnect;
mod round_trip;
mod signals;
mod stalled;
mod subscribe;
mod subscribe_options;
mod subscribe_side_by_side;
mod system_calls;
mod terminal;
mod tls;
mod transport;
mod usage;
