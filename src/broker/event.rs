//! What happens in the broker, for a log or a test to follow.

use std::time::Duration;

use super::access::Refusal;
use super::spoke::Spoke;
use crate::codec::{Publish, Qos, Reason, Version};
use crate::net::Refused;
use crate::session;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// DISCONNECT came.
    Disconnected,
    /// The stream ended without it.
    Lost,
    /// The client broke the protocol.
    Violation(session::Error),
    /// Nothing came for one and a half keep-alive intervals.
    KeepAlive,
    /// Another connection with the same client identifier.
    TakenOver,
    /// CONNECT did not come in time, or made room for somebody else's.
    ConnectDeadline,
    /// It spoke something else than MQTT to a port of MQTT.
    NotMqtt(Spoke),
    /// It did not come through TLS, the request for a WebSocket, or what else its port has before
    /// MQTT.
    NotEntered(Refused),
    /// The broker refused CONNECT.
    Refused(Reason),
    /// It was not let in; told by [`Event::TurnedAway`].
    TurnedAway(Refusal),
    /// A publisher before version 5 that could not be told of a full queue, or of a limit.
    OverLimit(&'static str),
    /// The rules were changed, and its login would not be taken any longer.
    LoginRevoked,
    /// The broker stops.
    ShuttingDown,
}

impl End {
    /// One word for programs, which stays.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Lost => "connection_lost",
            Self::Violation(_) => "protocol_violation",
            Self::KeepAlive => "keep_alive",
            Self::TakenOver => "taken_over",
            Self::ConnectDeadline => "connect_deadline",
            Self::NotMqtt(_) => "not_mqtt",
            Self::NotEntered(_) => "not_entered",
            Self::Refused(_) => "refused",
            Self::TurnedAway(refusal) => refusal.name(),
            Self::OverLimit(_) => "over_limit",
            Self::LoginRevoked => "login_revoked",
            Self::ShuttingDown => "shutting_down",
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Disconnected => f.write_str("disconnected"),
            Self::Lost => f.write_str("connection lost"),
            Self::Violation(error) => write!(f, "protocol violation: {error}"),
            Self::KeepAlive => f.write_str("silent for one and a half keep-alive intervals"),
            Self::TakenOver => f.write_str("another client connected with the same id"),
            Self::ConnectDeadline => f.write_str("no complete CONNECT in time"),
            Self::NotMqtt(spoke) => write!(f, "it speaks {spoke} to a port of plain MQTT"),
            Self::NotEntered(refused) => not_entered(*refused, f),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::TurnedAway(refusal) => write!(f, "refused: {}", refusal.reason()),
            Self::OverLimit(what) => write!(f, "over a limit: {what}"),
            Self::LoginRevoked => f.write_str("its login does not hold any longer"),
            Self::ShuttingDown => f.write_str("the broker stops"),
        }
    }
}

fn not_entered(refused: Refused, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match (Spoke::instead(refused), refused) {
        (Some(spoke), Refused::NotTls(_)) => write!(f, "it speaks {spoke} to a port of TLS"),
        (Some(spoke), _) => write!(f, "it speaks {spoke} to a port of WebSockets"),
        (None, refused) => write!(f, "{refused}"),
    }
}

/// Something worth a line. Texts are the peers' own bytes: escape them before a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A connection was accepted, from whom is not known yet.
    Opened {
        /// Where it comes from.
        peer: &'a str,
        /// The listener that it came to, by its place in their order.
        listener: usize,
    },
    /// A client was let in.
    Connected {
        /// Its identifier, given or assigned.
        client_id: &'a str,
        /// Where it comes from.
        peer: &'a str,
        /// What it speaks.
        version: Version,
        /// Whether it resumed a session.
        resumed: bool,
        /// Its name, if it brought one.
        user: Option<&'a str>,
        /// Whether it asked for a session without a past.
        clean: bool,
        /// Seconds of its keep-alive.
        keep_alive: u16,
    },
    /// A connection ended; without an identifier when CONNECT was never taken.
    Ended {
        /// The client's identifier.
        client_id: Option<&'a str>,
        /// Where it came from.
        peer: &'a str,
        /// Why.
        end: End,
    },
    /// A client asked for a subscription.
    Subscribed {
        /// Its identifier.
        client_id: &'a str,
        /// Where it comes from.
        peer: &'a str,
        /// What it asked for.
        filter: &'a str,
        /// The quality of service that it was granted, or why it was refused.
        granted: Result<Qos, Reason>,
    },
    /// A client gave a subscription up.
    Unsubscribed {
        /// Its identifier.
        client_id: &'a str,
        /// Where it comes from.
        peer: &'a str,
        /// What it had asked for.
        filter: &'a str,
    },
    /// A message was taken and went where it had to go; only told with
    /// [`Options::tells_messages`](super::Options::tells_messages).
    Published {
        /// The identifier of the client that published it.
        client_id: &'a str,
        /// The message as it came: its topic, also where the packet had only an alias of it.
        message: &'a Publish<'a>,
    },
    /// A client was lost, and its will is published.
    Will {
        /// Its identifier.
        client_id: &'a str,
        /// Where the will goes.
        topic: &'a str,
    },
    /// Somebody was not let in.
    TurnedAway {
        /// The client's identifier, empty when it brought none.
        client_id: &'a str,
        /// The name it brought.
        user: Option<&'a str>,
        /// Where it came from.
        peer: &'a str,
        /// Why.
        refusal: Refusal,
    },
    /// Others were not let in, so many in a minute that they are counted only.
    MoreTurnedAway {
        /// How many.
        count: u64,
    },
    /// The rules kept a client from something; for messages said once a minute.
    Denied {
        /// Its identifier.
        client_id: &'a str,
        /// Its name, if it logged in.
        user: Option<&'a str>,
        /// Where it comes from; empty when it has left.
        peer: &'a str,
        /// What it wanted.
        denied: Denied,
        /// The topic or filter; of the last one, where they are many.
        topic: &'a str,
    },
    /// Messages that waited were dropped: rules were changed, and do not let those read them any
    /// longer whom they waited for.
    Withdrawn {
        /// How many, once for each session.
        count: u64,
    },
    /// Clients at different addresses throw each other off by using one identifier.
    Fight {
        /// The identifier.
        client_id: &'a str,
        /// Takeovers within the last minute.
        takeovers: u32,
    },
    /// A subscriber does not take its messages: nobody waits for it any longer.
    Slow {
        /// Its identifier.
        client_id: &'a str,
    },
    /// Messages of any QoS are lost for one session, its queue or output being full; said once a
    /// minute.
    Losing {
        /// Its identifier.
        client_id: &'a str,
        /// Messages lost since it was said last.
        lost: u64,
    },
    /// More memory is held than may be: nothing new is taken until some of it is free; said once a
    /// minute.
    MemoryShort {
        /// Bytes that are held.
        held: usize,
        /// Bytes that may be.
        limit: usize,
    },
    /// A connection cannot be accepted, for want of descriptors most likely.
    AcceptFailed {
        /// The system's words.
        error: &'a str,
        /// How long the broker waits before it tries again.
        pause: Duration,
    },
}

impl<'a> Event<'a> {
    /// Whom it is about, as far as that is one peer.
    pub const fn peer(self) -> Option<&'a str> {
        match self {
            Event::Opened { peer, .. }
            | Event::Connected { peer, .. }
            | Event::Ended { peer, .. }
            | Event::TurnedAway { peer, .. }
            | Event::Subscribed { peer, .. }
            | Event::Unsubscribed { peer, .. }
            | Event::Denied { peer, .. } => Some(peer),
            Event::Published { .. }
            | Event::Will { .. }
            | Event::MoreTurnedAway { .. }
            | Event::Withdrawn { .. }
            | Event::Fight { .. }
            | Event::Slow { .. }
            | Event::Losing { .. }
            | Event::MemoryShort { .. }
            | Event::AcceptFailed { .. } => None,
        }
    }
}

/// What the rules kept a client from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// So many messages, published since it was said last, that went to nobody.
    Messages(u64),
    /// A will that will not be published as the rules stand.
    Will,
    /// A subscription that was refused, since no message would come of it.
    Subscription,
}

/// Where events go. It must return soon: the broker waits for it.
pub type Observer = Box<dyn FnMut(Event<'_>) + Send>;
