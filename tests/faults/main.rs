//! The broker among other people's clients, broken links and too little room.
//!
//! - `rumqttc_v4`, `rumqttc_v5`: an independent client for each protocol version
//! - `harness`: brokers, deadlines, and what both of those clients have in common
//! - `raw`: a client of bytes
//! - `links`, `proxy`: links that are slow, cut, half-open or dead
//! - `mosquitto_clients`: what `mosquitto_pub` and `mosquitto_sub` say to our broker
//! - `program`: children
//! - `resources`: what strangers may take
//! - `attacks`: the same, by the numbers of the list of attacks
//! - `topics`: `mq pub` to several topics over such links
//! - `writer`: a session that publishes until all is acknowledged
//! - `held`: publishers that wait for their readers, and timers

mod attacks;
mod harness;
mod held;
mod links;
mod mosquitto_clients;
mod program;
mod proxy;
mod raw;
mod resources;
mod rumqttc_v4;
mod rumqttc_v5;
mod topics;
mod writer;
