//! MQTT at the shell, and the library under it.

pub mod codec;
pub mod net;
pub mod topic;
