//! Every limit of the broker, with its default and the reason for it.

use std::time::Duration;

use crate::codec::{MAX_PACKET_SIZE, Properties, Property, Qos};

/// What happens to QoS 1 and 2 messages for a full queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFull {
    /// Refused to the publisher for [`Limits::refusal`], lost for that session after it.
    #[default]
    RefuseThenDrop,
    /// Refused for as long as the queue is full; publishers before version 5 are closed after
    /// [`Limits::refusal`], since they cannot be told.
    Refuse,
    /// Lost for that session at once, counted and logged.
    Drop,
}

/// The broker's limits. The defaults suit a laptop, a test and a small site. What holds for the
/// clients of one listener stands in [`Policy`](super::Policy).
///
/// The names in backquotes are mosquitto's for the same; [`Self::NONE`] is no limit.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the largest packet taken from this machine; announced to version 5 when the
    /// protocol allows more. `max_packet_size`.
    pub maximum_packet: u32,
    /// The same for who comes from beyond loopback: a stranger gets less room. `max_packet_size`.
    pub remote_maximum_packet: u32,
    /// Bytes of the largest payload taken, of a message or a will. `message_size_limit`, where 0
    /// is none.
    pub message_bytes: usize,
    /// Connections at once over all listeners, none for as many as there are descriptors; who
    /// comes when there are as many is closed at once. `global_max_connections`, where -1 is none.
    pub connections: usize,
    /// Sessions at once, clients that are away included; who would make one more is refused.
    /// `global_max_clients`, where -1 is none.
    pub clients: usize,
    /// Seconds of the longest keep-alive, 0 for any; version 5 is told to keep to it, older
    /// clients that ask for more, or for none, are refused. `max_keepalive`.
    pub keep_alive: u16,
    /// Bytes of CONNECT, before anybody has said who they are: room for a large will, no more.
    pub connect_bytes: u32,
    /// From the connection being accepted to the end of CONNECT, TLS and WebSocket included; a slow
    /// sender of bytes holds a place that long.
    pub connect_deadline: Duration,
    /// Connections without CONNECT at once; beyond it the oldest idle one makes room.
    pub unauthenticated: usize,
    /// How long one of those must have been idle to make room.
    pub unauthenticated_idle: Duration,
    /// Levels of a topic: deep ones cost time and memory in every tree.
    pub topic_levels: usize,
    /// Bytes that wait for a reading subscriber before its publishers are held.
    pub output_bytes: usize,
    /// QoS 1 and 2 messages that wait for a reading subscriber before its publishers are held.
    pub output_messages: usize,
    /// Messages in the queue of an offline or slow session. `max_queued_messages`, where 0 is
    /// none.
    pub queue_messages: usize,
    /// Bytes in the queue of an offline or slow session. `max_queued_bytes`, where 0 is none.
    pub queue_bytes: usize,
    /// QoS 0 messages for a session that is away are queued as well. `queue_qos0_messages`.
    pub queues_once: bool,
    /// Messages go out with the QoS of the subscription, though they came with a lower one.
    /// `upgrade_outgoing_qos`.
    pub upgrades_qos: bool,
    /// Unacknowledged messages to a version 5 client that names no receive maximum, and at most;
    /// 1 keeps their order whatever is sent again. `max_inflight_messages`, where 0 is 65,535.
    pub window_v5: u16,
    /// Unacknowledged messages to an older client, which cannot say what it takes; likewise.
    pub window_v3: u16,
    /// Bytes of the payloads of unacknowledged messages to a client; one message is sent whatever
    /// it has. `max_inflight_bytes`, where 0 is none.
    pub window_bytes: usize,
    /// Unacknowledged messages taken from a client, 1 to 65,535, announced to version 5.
    /// `max_inflight_messages`.
    pub receive_maximum: u16,
    /// User properties of one packet: each costs every receiver.
    pub user_properties: usize,
    /// Bytes of one packet's properties.
    pub property_bytes: usize,
    /// How long a session outlives its connection at most; told in CONNACK when lower than asked.
    /// `persistent_client_expiration`; [`Self::FOREVER`] for any time.
    pub session_expiry: Duration,
    /// Subscriptions of one client.
    pub subscriptions: usize,
    /// Levels of one client's filters together, 16 for each: every one may be a node of the tree
    /// that all clients share.
    pub subscription_levels: usize,
    /// Whether messages are retained at all; without, version 5 is told, and who publishes to be
    /// retained, or has such a will, is refused. `retain_available`.
    pub retains: bool,
    /// How long a message is retained; `None` for ever. `retain_expiry_interval`, in minutes.
    pub retained_for: Option<Duration>,
    /// Whether a retained message is kept back when who published it may not do so any longer.
    /// `check_retain_source`.
    pub checks_retained: bool,
    /// Retained messages.
    pub retained_messages: usize,
    /// Bytes of all retained messages, topics included.
    pub retained_bytes: usize,
    /// QoS 1 and 2 messages parked for a held publisher before its socket waits.
    pub parked_messages: usize,
    /// Bytes of the same.
    pub parked_bytes: usize,
    /// Bytes of QoS 0 messages and PINGREQs parked for a held publisher before its socket waits.
    pub parked_once_bytes: usize,
    /// A subscriber over its limit must show progress within this time, or nobody waits for it.
    pub progress: Duration,
    /// The same for one that was slow within [`Self::slow_memory`].
    pub progress_again: Duration,
    /// How long slowness is remembered.
    pub slow_memory: Duration,
    /// Bytes taken that count as progress.
    pub progress_bytes: u64,
    /// Acknowledgements that count as progress, when the window is not smaller.
    pub progress_acks: u16,
    /// Bytes of messages, buffers and sessions together; beyond it nothing new is taken. Room for
    /// four of the largest packets, and far from the end of any machine's memory. `memory_limit`,
    /// where 0 is none.
    pub memory: usize,
    /// How often the broker publishes its own state below `$SYS/`; never when it is zero. As often
    /// as mosquitto does: whoever looks at a broker looks there first, and it costs little.
    pub sys_interval: Duration,
    /// How long a full queue refuses before its session alone loses messages.
    pub refusal: Duration,
    /// What a full queue does.
    pub on_full: OnFull,
    /// Whether packets leave at once, however small. `set_tcp_nodelay`.
    pub no_delay: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            maximum_packet: MAX_PACKET_SIZE,
            remote_maximum_packet: 2_000_000,
            message_bytes: Self::NONE,
            connections: Self::NONE,
            clients: Self::NONE,
            keep_alive: 0,
            connect_bytes: 512 * 1024,
            connect_deadline: Duration::from_secs(10),
            unauthenticated: 1_000,
            unauthenticated_idle: Duration::from_secs(1),
            topic_levels: 200,
            output_bytes: 1024 * 1024,
            output_messages: 1_000,
            queue_messages: 1_000,
            queue_bytes: 4 * 1024 * 1024,
            queues_once: false,
            upgrades_qos: false,
            window_v5: 1_000,
            window_v3: 100,
            window_bytes: Self::NONE,
            receive_maximum: 1_000,
            user_properties: 64,
            property_bytes: 64 * 1024,
            session_expiry: Duration::from_hours(1),
            subscriptions: 1_024,
            subscription_levels: 16_384,
            retains: true,
            retained_for: None,
            checks_retained: true,
            retained_messages: 100_000,
            retained_bytes: 256 * 1024 * 1024,
            parked_messages: 1_000,
            parked_bytes: 4 * 1024 * 1024,
            parked_once_bytes: 64 * 1024,
            progress: Duration::from_secs(2),
            progress_again: Duration::from_millis(250),
            slow_memory: Duration::from_mins(1),
            progress_bytes: 512 * 1024,
            progress_acks: 32,
            memory: 1024 * 1024 * 1024,
            sys_interval: Duration::from_secs(10),
            refusal: Duration::from_secs(10),
            on_full: OnFull::RefuseThenDrop,
            no_delay: true,
        }
    }
}

impl Limits {
    /// A number that is no limit.
    pub const NONE: usize = usize::MAX;

    /// As long as version 5 can say: it stands there for a time without end.
    pub const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

    /// What mosquitto 2.1 takes and keeps; what it does not limit is not limited, and a full
    /// queue drops.
    pub fn mosquitto() -> Self {
        Self {
            maximum_packet: 2_000_000,
            queue_bytes: Self::NONE,
            window_v5: 20,
            window_v3: 20,
            receive_maximum: 20,
            session_expiry: Self::FOREVER,
            subscriptions: Self::NONE,
            subscription_levels: Self::NONE,
            retained_messages: Self::NONE,
            retained_bytes: Self::NONE,
            memory: Self::NONE,
            on_full: OnFull::Drop,
            ..Self::default()
        }
    }

    /// The QoS of a message published with one and subscribed to with another.
    pub(super) fn outgoing(&self, published: Qos, granted: Qos) -> Qos {
        if self.upgrades_qos { granted } else { granted.min(published) }
    }

    /// Whether properties are over the limits that the specification does not know.
    pub(super) fn are_exceeded_by(&self, properties: Properties<'_>) -> bool {
        if properties.is_empty() {
            return false;
        }
        let user = |property: &Property<'_>| matches!(property, Property::UserProperty(..));
        properties.bytes().len() > self.property_bytes
            || properties.iter().filter(user).count() > self.user_properties
    }

    /// Wills are taken by a full queue up to so many times its limits: nobody waits for a will, and
    /// who dies again and again must not fill the memory.
    pub const WILL_QUEUES: usize = 4;
}
