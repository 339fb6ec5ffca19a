//! The built binary over real sockets, as users and scripts meet it.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod access_files;
mod certificates;
mod connect;
mod delivery;
mod explain;
mod farewell;
mod format;
mod hostile;
mod inherited;
mod install;
mod lines;
mod mosquitto;
mod mosquitto_names;
mod own_broker;
mod progress;
mod property;
mod publish;
mod publish_properties;
mod publish_window;
mod recipes;
mod reconnect;
mod recording;
mod removal;
mod request;
mod request_fields;
mod request_flow;
mod request_peers;
mod request_properties;
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
mod unheard;
mod usage;
