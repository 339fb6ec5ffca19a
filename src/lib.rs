//! MQTT at the shell, and the library under it.

pub mod broker;
pub mod codec;
pub mod net;
pub mod session;
pub mod store;
pub mod topic;
