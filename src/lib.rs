//! MQTT at the shell, and the library under it.

pub mod broker;
pub mod cli;
pub mod client;
pub mod codec;
pub mod net;
pub mod options;
pub mod secret;
pub mod session;
pub mod store;
pub mod text;
pub mod topic;
