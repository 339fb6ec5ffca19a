//! Every limit of the broker, with its default and the reason for it.

use std::time::Duration;

use crate::codec::MAX_PACKET_SIZE;

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

/// The broker's limits. The defaults suit a laptop, a test and a small site.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the largest packet taken; announced to version 5 when the protocol allows more.
    pub maximum_packet: u32,
    /// Bytes of CONNECT, before anybody has said who they are: room for a large will, no more.
    pub connect_bytes: u32,
    /// From the first byte to the end of CONNECT; a slow sender of bytes holds a place that long.
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
    /// Messages in the queue of an offline or slow session.
    pub queue_messages: usize,
    /// Bytes in the queue of an offline or slow session.
    pub queue_bytes: usize,
    /// Unacknowledged messages to a version 5 client that names no receive maximum, and at most.
    pub window_v5: u16,
    /// Unacknowledged messages to an older client, which cannot say what it takes.
    pub window_v3: u16,
    /// Unacknowledged messages taken from a client, announced to version 5.
    pub receive_maximum: u16,
    /// Topic aliases taken from a client, announced to version 5.
    pub topic_alias_maximum: u16,
    /// User properties of one packet: each costs every receiver.
    pub user_properties: usize,
    /// Bytes of one packet's properties.
    pub property_bytes: usize,
    /// How long a session outlives its connection at most; told in CONNACK when lower than asked.
    pub session_expiry: Duration,
    /// Subscriptions of one client.
    pub subscriptions: usize,
    /// Levels of one client's filters together, 16 for each: every one may be a node of the tree
    /// that all clients share.
    pub subscription_levels: usize,
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            maximum_packet: MAX_PACKET_SIZE,
            connect_bytes: 512 * 1024,
            connect_deadline: Duration::from_secs(10),
            unauthenticated: 1_000,
            unauthenticated_idle: Duration::from_secs(1),
            topic_levels: 200,
            output_bytes: 1024 * 1024,
            output_messages: 1_000,
            queue_messages: 1_000,
            queue_bytes: 4 * 1024 * 1024,
            window_v5: 1_000,
            window_v3: 100,
            receive_maximum: 1_000,
            topic_alias_maximum: 16,
            user_properties: 64,
            property_bytes: 64 * 1024,
            session_expiry: Duration::from_hours(1),
            subscriptions: 1_024,
            subscription_levels: 16_384,
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
        }
    }
}

impl Limits {
    /// The largest packet taken from beyond loopback: a stranger gets less room.
    pub const REMOTE_MAXIMUM_PACKET: u32 = 2_000_000;

    /// Wills are taken by a full queue up to so many times its limits: nobody waits for a will, and
    /// who dies again and again must not fill the memory.
    pub const WILL_QUEUES: usize = 4;
}
