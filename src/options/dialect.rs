//! Whose words and exit codes a run speaks.

/// Read where something is told and where the process ends, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Those of `mq`.
    #[default]
    Own,
    /// Those of one of mosquitto's clients.
    Mosquitto(Tool),
}

/// One of mosquitto's clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// `mosquitto_pub`.
    #[default]
    Publish,
    /// `mosquitto_sub`.
    Subscribe,
    /// `mosquitto_rr`.
    Request,
}
