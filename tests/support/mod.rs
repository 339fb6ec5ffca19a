//! Shared by test programs: the built binary as a user runs it, and brokers to run it against.

pub(crate) mod broker;
pub(crate) mod certificates;
pub(crate) mod mosquitto;
pub(crate) mod mq;
pub(crate) mod names;
pub(crate) mod proxy;
pub(crate) mod scratch;
pub(crate) mod service;
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod websocket;

use std::time::Duration;

/// How long anything may take before a test fails: ten times and more what is promised.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
