//! The broker among other people's clients, broken links and too little room.
//!
//! - `rumqttc_v4`, `rumqttc_v5`: an independent client for each protocol version
//! - `harness`: brokers, deadlines, and what both of those clients have in common
//! - `raw`: a client of bytes
//! - `held`: publishers that wait for their readers, and timers

mod harness;
mod held;
mod raw;
mod rumqttc_v4;
mod rumqttc_v5;
