//! What happens in a broker, as mosquitto's log has it.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::UNIX_EPOCH;

use super::flood::{Floods, MINUTE};
use super::log_places::Places;
use crate::broker::{Commands, Denied, End, Event, LogTopic, Observer, Refusal};
use crate::codec::Version;
use crate::net::clock;
use crate::options::log::{Kind, Log};
use crate::record::Moment;
use crate::text::escape_line;

/// Lines about clients of one peer in a minute. mosquitto has no such limit, so it is far from what a
/// site has; but one client must not fill the disk of the log.
const OF_CLIENTS: u64 = 10_000;

/// A log in mosquitto's form. Clones are one log.
#[derive(Debug, Clone)]
pub(super) struct MosquittoLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Replaced at SIGHUP.
    current: RwLock<Arc<Opened>>,
    /// By what lines are published, once there is a broker to ask.
    commands: OnceLock<Commands>,
}

#[derive(Debug)]
struct Opened {
    settings: Log,
    places: Places,
}

impl Default for MosquittoLog {
    /// What is said before anything is open.
    fn default() -> Self {
        Self::new(Opened { settings: Log::default(), places: Places::standard() })
    }
}

impl MosquittoLog {
    fn new(opened: Opened) -> Self {
        let current = RwLock::new(Arc::new(opened));
        Self(Arc::new(Shared { current, commands: OnceLock::new() }))
    }

    /// Opens the places that the settings name.
    pub(super) fn open(settings: Log) -> anyhow::Result<Self> {
        let places = Places::open(&settings, &Places::default())?;
        Ok(Self::new(Opened { settings, places }))
    }

    /// Goes on as these settings say, its file opened anew. When a place cannot be opened, it goes on
    /// where it was.
    pub(super) fn take(&self, settings: &Log) -> anyhow::Result<()> {
        let places = Places::open(settings, &self.current().places)?;
        let fresh = Arc::new(Opened { settings: settings.clone(), places });
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Opens its file anew.
    pub(super) fn reopen(&self) -> anyhow::Result<()> {
        self.take(&self.current().settings)
    }

    /// From now on lines can be published.
    pub(super) fn publish_by(&self, commands: Commands) {
        // There is one broker.
        let _ = self.0.commands.set(commands);
    }

    fn current(&self) -> Arc<Opened> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells a line, if such lines are to be told. Whatever is in it, it stays one line.
    pub(super) fn say(&self, kind: Kind, text: &str) {
        let Opened { settings, places } = &*self.current();
        if !settings.types.has(kind) {
            return;
        }
        let (time, text) = (time(settings), escape_line(text));
        places.write(kind, &time, &text);
        if places.topics
            && let (Some(commands), Some(topic)) = (self.0.commands.get(), topic(kind))
        {
            commands.publish_line(topic, format!("{time}{text}"));
        }
    }

    /// Tells what happens; `ports` are those of the listeners.
    pub(super) fn observer(&self, ports: Vec<Option<u16>>) -> Observer {
        let mut reporter = Reporter::new(self.clone(), ports);
        Box::new(move |event| reporter.tell(event))
    }
}

/// Where lines of a kind are published.
const fn topic(kind: Kind) -> Option<LogTopic> {
    match kind {
        Kind::Error => Some(LogTopic::Error),
        Kind::Warning => Some(LogTopic::Warning),
        Kind::Notice => Some(LogTopic::Notice),
        Kind::Information => Some(LogTopic::Information),
        Kind::Subscribe => Some(LogTopic::Subscribe),
        Kind::Unsubscribe => Some(LogTopic::Unsubscribe),
        // A line about a packet would be a packet, and so a line.
        Kind::Debug => None,
    }
}

fn time(settings: &Log) -> String {
    if !settings.timestamp {
        return String::new();
    }
    let now = clock::wall();
    let Some(format) = &settings.format else {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        return format!("{}: ", since.as_secs());
    };
    let mut text = Vec::new();
    Moment::at(now).write_strftime(format, &mut text);
    format!("{}: ", String::from_utf8_lossy(&text))
}

/// Tells events, so many about one peer.
struct Reporter {
    log: MosquittoLog,
    ports: Vec<Option<u16>>,
    /// Who was not let in has fewer lines than who was.
    strangers: Floods,
    clients: Floods,
    /// When the minute began that both count in.
    since: std::time::Instant,
}

impl Reporter {
    fn new(log: MosquittoLog, ports: Vec<Option<u16>>) -> Self {
        let (strangers, clients) = (Floods::default(), Floods::new(OF_CLIENTS));
        Self { log, ports, strangers, clients, since: clock::now() }
    }

    fn tell(&mut self, event: Event<'_>) {
        if matches!(event, Event::Published { .. }) {
            return;
        }
        let current = self.log.current();
        let Log { destinations, connections, types, .. } = &current.settings;
        if destinations.is_empty() || (!connections && is_passing(event)) {
            return;
        }
        // What is not told takes nobody's share.
        let Some(kind) = kind_of(event).filter(|kind| types.has(*kind)) else {
            return;
        };
        if clock::now().saturating_duration_since(self.since) >= MINUTE {
            self.say_left_out();
        }
        let is_told = match event {
            // What comes of it is not known yet: it counts with its end.
            Event::Opened { peer, .. } => self.strangers.has_room(peer),
            Event::Ended { client_id: None, peer, .. } | Event::TurnedAway { peer, .. } => {
                self.strangers.admit(peer)
            }
            _ => event.peer().is_none_or(|peer| self.clients.admit(peer)),
        };
        if is_told {
            self.log.say(kind, &worded(event, &self.ports));
        }
    }

    /// Says what was left out since the last time.
    fn say_left_out(&mut self) {
        self.since = clock::now();
        let left_out = self.strangers.take().into_iter().chain(self.clients.take());
        for (peer, count) in left_out {
            let lines = if count == 1 { "line" } else { "lines" };
            let text = format!("Warning: {peer}: {count} more {lines} about it are left out.");
            self.log.say(Kind::Warning, &text);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.say_left_out();
    }
}

/// Whether somebody comes or goes, and nothing else.
const fn is_passing(event: Event<'_>) -> bool {
    matches!(event, Event::Opened { .. } | Event::Connected { .. } | Event::Ended { .. })
}

/// What kind of line tells it, if one does.
const fn kind_of(event: Event<'_>) -> Option<Kind> {
    Some(match event {
        Event::Opened { .. }
        | Event::Connected { .. }
        | Event::Ended { .. }
        | Event::TurnedAway { .. }
        | Event::MoreTurnedAway { .. }
        | Event::Withdrawn { .. }
        | Event::Losing { .. } => Kind::Notice,
        Event::Denied { .. } | Event::Subscribed { granted: Err(_), .. } => Kind::Debug,
        Event::Subscribed { granted: Ok(_), .. } => Kind::Subscribe,
        Event::Unsubscribed { .. } => Kind::Unsubscribe,
        Event::Fight { .. } => Kind::Warning,
        Event::MemoryShort { .. } | Event::AcceptFailed { .. } => Kind::Error,
        Event::Slow { .. } | Event::Published { .. } | Event::Will { .. } => return None,
    })
}

/// Nothing, where no line tells it.
fn worded(event: Event<'_>, ports: &[Option<u16>]) -> String {
    match event {
        Event::Opened { peer, listener } => match ports.get(listener).copied().flatten() {
            Some(port) => format!("New connection from {peer} on port {port}."),
            None => format!("New connection from {peer} on a Unix socket."),
        },
        Event::Connected { client_id, peer, version, user, clean, keep_alive, .. } => {
            let version = protocol_number(version);
            let clean = u8::from(clean);
            let user = user.map(|name| format!(", u'{name}'")).unwrap_or_default();
            format!(
                "New client connected from {peer} as {client_id} (p{version}, c{clean}, \
                 k{keep_alive}{user})."
            )
        }
        Event::Ended { client_id, peer, end } => ended(client_id.unwrap_or("<unknown>"), peer, end),
        Event::TurnedAway { client_id, peer, refusal, .. } => turned_away(client_id, peer, refusal),
        Event::MoreTurnedAway { count } => {
            format!("{count} more clients disconnected, not authorised.")
        }
        Event::Denied { client_id, denied, topic, .. } => denied_to(client_id, denied, topic),
        Event::Fight { client_id, takeovers } => format!(
            "Warning: clients with the same id {client_id} throw each other off, {takeovers} \
             times in a minute."
        ),
        Event::Subscribed { client_id, filter, granted: Ok(qos), .. } => {
            format!("{client_id} {} {filter}", qos as u8)
        }
        Event::Subscribed { client_id, filter, granted: Err(reason), .. } => {
            format!("Denied SUBSCRIBE from {client_id} ('{filter}'): {reason}.")
        }
        Event::Unsubscribed { client_id, filter, .. } => format!("{client_id} {filter}"),
        Event::Withdrawn { count } => format!(
            "{count} queued messages are dropped: their clients may not read them any longer."
        ),
        Event::Losing { client_id, lost } => {
            format!("Outgoing messages are being dropped for client {client_id}: {lost}.")
        }
        Event::MemoryShort { held, limit } => {
            format!("Error: Out of memory: {held} bytes of {limit} are held.")
        }
        Event::AcceptFailed { error, .. } => {
            format!("Error: Unable to accept new connection: {error}.")
        }
        Event::Slow { .. } | Event::Published { .. } | Event::Will { .. } => String::new(),
    }
}

/// The number that CONNECT would have for it, but for 3.1.1, of which this is another name.
const fn protocol_number(version: Version) -> u8 {
    match version {
        Version::V31 => 1,
        Version::V311 => 2,
        Version::V5 => 5,
    }
}

fn ended(client_id: &str, peer: &str, end: End) -> String {
    match end {
        End::Disconnected => format!("Client {client_id} disconnected."),
        End::Lost => format!("Client {client_id} closed its connection."),
        End::KeepAlive => format!("Client {client_id} has exceeded timeout, disconnecting."),
        End::TakenOver => format!("Client {client_id} already connected, closing old connection."),
        End::Violation(error) => {
            format!("Client {client_id} disconnected due to protocol error: {error}.")
        }
        End::ConnectDeadline => format!("Client <unknown> from {peer} sent no CONNECT in time."),
        other => format!("Client {client_id} disconnected: {other}."),
    }
}

/// Whose login is refused, with what mosquitto leaves out: why.
fn turned_away(client_id: &str, peer: &str, refusal: Refusal) -> String {
    let client_id = if client_id.is_empty() { "<unknown>" } else { client_id };
    let why = match refusal {
        Refusal::Anonymous => "no user name",
        Refusal::UnknownUser => "no such user",
        Refusal::NoPassword => "no password",
        Refusal::WrongPassword => "wrong password",
        Refusal::ForeignId => "the id of another user's session",
        Refusal::NoCertificateName => "no name in a certificate",
        Refusal::IdPrefix => "another prefix than clientid_prefixes",
        Refusal::NoName => "no user name to be the client id",
        Refusal::Crowded => "as many connections as there may be",
        Refusal::Unchecked => "the password could not be checked",
    };
    format!("Client {client_id} [{peer}] disconnected, not authorised: {why}.")
}

fn denied_to(client_id: &str, denied: Denied, topic: &str) -> String {
    match denied {
        Denied::Messages(count) => {
            format!("Denied PUBLISH from {client_id} ('{topic}'), {count} in all.")
        }
        Denied::Will => format!("Denied the will of {client_id} ('{topic}')."),
        Denied::Subscription => format!("Denied SUBSCRIBE from {client_id} ('{topic}')."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::log::Types;

    #[test]
    fn comings_and_goings_are_told_in_mosquittos_words() {
        let said = |event| (kind_of(event), worded(event, &[Some(1883), None]));
        let (peer, client_id) = ("127.0.0.1:5", "pump");
        let told = said(Event::Opened { peer, listener: 0 });
        assert_eq!(
            told,
            (Some(Kind::Notice), "New connection from 127.0.0.1:5 on port 1883.".into())
        );
        let connected = |user| Event::Connected {
            client_id,
            peer,
            version: Version::V311,
            resumed: false,
            user,
            clean: true,
            keep_alive: 60,
        };
        let text = "New client connected from 127.0.0.1:5 as pump (p2, c1, k60";
        assert_eq!(said(connected(None)).1, format!("{text})."));
        assert_eq!(said(connected(Some("bob"))).1, format!("{text}, u'bob')."));
        for (end, text) in [
            (End::Disconnected, "Client pump disconnected."),
            (End::Lost, "Client pump closed its connection."),
            (End::KeepAlive, "Client pump has exceeded timeout, disconnecting."),
            (End::TakenOver, "Client pump already connected, closing old connection."),
        ] {
            let ended = Event::Ended { client_id: Some(client_id), peer, end };
            assert_eq!(said(ended), (Some(Kind::Notice), text.to_owned()));
        }
    }

    #[test]
    fn what_is_not_told_takes_nobodys_share_of_what_is() {
        let types = Types::NONE;
        let log = MosquittoLog::new(Opened {
            settings: Log { types, ..Log::default() },
            places: Places::standard(),
        });
        assert!(!log.current().settings.destinations.is_empty());
        let mut reporter = Reporter::new(log, Vec::new());
        let peer = "127.0.0.1:5";
        for _ in 0..OF_CLIENTS {
            reporter.tell(Event::Unsubscribed { client_id: "pump", peer, filter: "a" });
        }
        assert!(reporter.clients.has_room(peer));
    }
}
