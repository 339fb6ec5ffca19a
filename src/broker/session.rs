//! A client's session: what is kept of it while it is away, and how it is doing while it is here.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use super::access::Rights;
use super::connection::ConnectionKey;
use super::counters::Held;
use super::message::Queued;
use super::mount::MountPoint;
use super::origin::Origin;
use super::retained::Walk;
use crate::codec::{PropertyBuffer, Qos, SubscriptionOptions};
use crate::session::Delivery;

/// A session's place in the router, and which of its tenants is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SessionKey {
    pub(super) at: usize,
    pub(super) tenant: u64,
}

impl SessionKey {
    /// The broker itself, as the publisher of its own state: no session, since none is tenant 0.
    pub(super) const BROKER: Self = Self { at: 0, tenant: 0 };
}

/// One client's session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) tenant: u64,
    pub(super) client_id: Rc<str>,
    /// Whose it is: nobody else takes it over. `None` is whoever brings no login.
    pub(super) user: Option<Rc<str>>,
    /// The listener that its client came by last, whose policy holds for it.
    pub(super) listener: usize,
    /// What its topics begin with; the same for as long as it lives.
    pub(super) mount: Option<MountPoint>,
    /// What its client may do; `None` for everything.
    pub(super) rights: Option<Rc<Rights>>,
    /// Who it is, for what it has retained.
    pub(super) origin: Rc<Origin>,
    /// It came back with other rights: what waits for it may be what it may not read.
    pub(super) revised: bool,
    /// `None` until something was denied.
    pub(super) denials: Option<Box<Denials>>,
    /// The connection, while there is one.
    pub(super) online: Option<ConnectionKey>,
    pub(super) delivery: Delivery<Queued>,
    pub(super) subscriptions: HashMap<Box<str>, Standing>,
    /// Levels of all their filters together.
    pub(super) levels: usize,
    pub(super) queue: Queue,
    /// Retained messages that subscriptions still have to be sent.
    pub(super) walks: VecDeque<RetainedWalk>,
    pub(super) flow: Flow,
    pub(super) will: Option<Box<Will>>,
    /// Seconds that the session outlives its connection.
    pub(super) expiry: u32,
    /// When the session ends, or its will goes out, while it is offline.
    pub(super) expires: Option<Instant>,
    pub(super) will_due: Option<Instant>,
    /// When the timer for either fires: one a session, however often its client comes and goes.
    pub(super) watched: Option<Instant>,
    /// `None` until there was one.
    pub(super) takeovers: Option<Box<Takeovers>>,
}

/// A subscription as its session knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<u32>,
}

/// Retained messages on their way to one subscription.
#[derive(Debug)]
pub(super) struct RetainedWalk {
    pub(super) walk: Walk,
    pub(super) qos: Qos,
    pub(super) identifiers: Option<Rc<[u32]>>,
}

/// A will, kept until its client ends in order.
#[derive(Debug)]
pub(super) struct Will {
    pub(super) topic: Box<str>,
    pub(super) payload: Box<[u8]>,
    pub(super) qos: Qos,
    pub(super) retain: bool,
    /// What is published with it: no delay.
    pub(super) properties: PropertyBuffer,
    /// Seconds between the loss of the client and the publication.
    pub(super) delay: u32,
}

/// Messages that wait for the window, or for their client.
#[derive(Debug)]
pub(super) struct Queue {
    messages: VecDeque<Queued>,
    bytes: usize,
    /// Of QoS 0; those that come later go behind them.
    once: usize,
    /// Where all queues are counted.
    held: Rc<Held>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.held.queued.take(self.messages.len());
    }
}

impl Queue {
    pub(super) const fn new(held: Rc<Held>) -> Self {
        Self { messages: VecDeque::new(), bytes: 0, once: 0, held }
    }

    pub(super) fn push(&mut self, queued: Queued) {
        self.held.queued.add(1);
        self.bytes += queued.message.cost();
        self.once += usize::from(queued.qos == Qos::AtMostOnce);
        self.messages.push_back(queued);
    }

    pub(super) fn pop(&mut self) -> Option<Queued> {
        let queued = self.messages.pop_front()?;
        self.held.queued.take(1);
        self.bytes -= queued.message.cost();
        self.once -= usize::from(queued.qos == Qos::AtMostOnce);
        if self.messages.is_empty() && self.messages.capacity() > 64 {
            self.messages = VecDeque::new();
        }
        Some(queued)
    }

    /// Drops what has expired; how many messages.
    pub(super) fn drop_expired(&mut self, now: Instant) -> usize {
        self.drop_unless(|queued| queued.message.remaining(now).is_ok())
    }

    /// Drops all but what is to be kept; how many messages.
    pub(super) fn drop_unless(&mut self, is_kept: impl Fn(&Queued) -> bool) -> usize {
        let (mut bytes, mut once, before) = (self.bytes, self.once, self.messages.len());
        self.messages.retain(|queued| {
            let lives = is_kept(queued);
            if !lives {
                bytes -= queued.message.cost();
                once -= usize::from(queued.qos == Qos::AtMostOnce);
            }
            lives
        });
        (self.bytes, self.once) = (bytes, once);
        let dropped = before - self.messages.len();
        self.held.queued.take(dropped);
        dropped
    }

    /// The QoS of the message that is next.
    pub(super) fn next_qos(&self) -> Option<Qos> {
        self.messages.front().map(|queued| queued.qos)
    }

    /// Whether messages of QoS 0 wait in it.
    pub(super) fn has_once(&self) -> bool {
        self.once > 0
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// How a session takes its messages, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Publishers that are held until this session is at half its limits.
    pub(super) waiters: Vec<ConnectionKey>,
    /// Publishers that wait since its full queue refused them, and they cannot be told.
    pub(super) refused: Vec<ConnectionKey>,
    /// Nobody waits for it; set until it is at half its limits.
    pub(super) slow: bool,
    /// When it was slow last: it then has less time to show progress.
    pub(super) slow_at: Option<Instant>,
    /// Where it stood when its progress was looked at last.
    pub(super) mark: Option<Mark>,
    /// When the next look at its progress is due: one timer a session, however often it is held.
    pub(super) watched: Option<Instant>,
    /// Acknowledgements since the connection began.
    pub(super) acks: u64,
    /// Bytes of the payloads that are not acknowledged.
    pub(super) unacknowledged: usize,
    /// When what had expired was dropped from its full queue.
    pub(super) purged_at: Option<Instant>,
    /// Since when its full queue refuses messages.
    pub(super) refusing: Option<Instant>,
    /// Its full queue loses messages; set until it is at half its limits.
    pub(super) losing: bool,
    /// QoS 0 messages dropped, QoS 1 and 2 messages lost.
    pub(super) dropped: u64,
    pub(super) lost: u64,
    /// How many of both were said, when last, and whether a timer will say the rest.
    pub(super) losses_said: u64,
    pub(super) said_at: Option<Instant>,
    pub(super) to_be_said: bool,
}

impl Flow {
    /// A message is not to be acknowledged any longer.
    pub(super) fn acknowledge(&mut self, queued: &Queued) {
        let bytes = queued.message.payload().len();
        self.unacknowledged = self.unacknowledged.saturating_sub(bytes);
    }
}

/// A session's position, to tell progress by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) taken: u64,
    pub(super) acks: u64,
    /// When it must stand further.
    pub(super) due: Instant,
}

/// Messages that the rules kept a client from publishing.
#[derive(Debug, Default)]
pub(super) struct Denials {
    /// Those that were not said.
    pub(super) unsaid: u64,
    /// When it was said last.
    pub(super) said_at: Option<Instant>,
    /// The topic of the last one.
    pub(super) topic: Box<str>,
}

/// How often other connections took this session over lately.
#[derive(Debug, Default)]
pub(super) struct Takeovers {
    pub(super) recent: Vec<Instant>,
    pub(super) logged_at: Option<Instant>,
}
