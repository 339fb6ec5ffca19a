//! What happens in a broker, as mosquitto's log has it.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::log_places::Places;
use crate::broker::{Denied, End, Event, Observer, Refusal};
use crate::codec::Version;
use crate::net::clock;
use crate::options::log::{Kind, Log};
use crate::record::Moment;

/// A log in mosquitto's form.
#[derive(Debug, Clone)]
pub(super) struct MosquittoLog {
    settings: Log,
    places: Arc<Places>,
}

impl Default for MosquittoLog {
    /// What is said before anything is open.
    fn default() -> Self {
        Self { settings: Log::default(), places: Arc::new(Places::standard()) }
    }
}

impl MosquittoLog {
    /// Opens the places that the settings name.
    pub(super) fn open(settings: Log) -> anyhow::Result<Self> {
        let places = Arc::new(Places::open(&settings)?);
        Ok(Self { settings, places })
    }

    /// Opens the file anew.
    pub(super) fn reopen(&self) -> anyhow::Result<()> {
        self.places.reopen()
    }

    /// Tells a line, if such lines are to be told.
    pub(super) fn say(&self, kind: Kind, text: &str) {
        if self.settings.types.has(kind) {
            self.places.write(kind, &self.time(), text);
        }
    }

    fn time(&self) -> String {
        if !self.settings.timestamp {
            return String::new();
        }
        let now = clock::wall();
        let Some(format) = &self.settings.format else {
            let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            return format!("{}: ", since.as_secs());
        };
        let mut text = Vec::new();
        Moment::at(now).write_strftime(format, &mut text);
        format!("{}: ", String::from_utf8_lossy(&text))
    }

    /// Tells what happens; `ports` are those of the listeners.
    pub(super) fn observer(&self, ports: Vec<Option<u16>>) -> Observer {
        let log = self.clone();
        Box::new(move |event| {
            if !log.settings.connections && is_passing(event) {
                return;
            }
            if let Some((kind, text)) = worded(event, &ports) {
                log.say(kind, &text);
            }
        })
    }
}

/// Whether somebody comes or goes, and nothing else.
const fn is_passing(event: Event<'_>) -> bool {
    matches!(event, Event::Opened { .. } | Event::Connected { .. } | Event::Ended { .. })
}

fn worded(event: Event<'_>, ports: &[Option<u16>]) -> Option<(Kind, String)> {
    Some(match event {
        Event::Opened { peer, listener } => {
            let text = match ports.get(listener).copied().flatten() {
                Some(port) => format!("New connection from {peer} on port {port}."),
                None => format!("New connection from {peer} on a Unix socket."),
            };
            (Kind::Notice, text)
        }
        Event::Connected { client_id, peer, version, user, clean, keep_alive, .. } => {
            let version = protocol_number(version);
            let clean = u8::from(clean);
            let user = user.map(|name| format!(", u'{name}'")).unwrap_or_default();
            let text = format!(
                "New client connected from {peer} as {client_id} (p{version}, c{clean}, \
                 k{keep_alive}{user})."
            );
            (Kind::Notice, text)
        }
        Event::Ended { client_id, peer, end } => {
            (Kind::Notice, ended(client_id.unwrap_or("<unknown>"), peer, end))
        }
        Event::TurnedAway { client_id, peer, refusal, .. } => {
            (Kind::Notice, turned_away(client_id, peer, refusal))
        }
        Event::MoreTurnedAway { count } => {
            (Kind::Notice, format!("{count} more clients disconnected, not authorised."))
        }
        Event::Denied { client_id, denied, topic, .. } => {
            (Kind::Debug, denied_to(client_id, denied, topic))
        }
        Event::Fight { client_id, takeovers } => (
            Kind::Warning,
            format!(
                "Warning: clients with the same id {client_id} throw each other off, {takeovers} \
                 times in a minute."
            ),
        ),
        Event::Subscribed { client_id, filter, granted, .. } => match granted {
            Ok(qos) => (Kind::Subscribe, format!("{client_id} {} {filter}", qos as u8)),
            Err(reason) => {
                (Kind::Debug, format!("Denied SUBSCRIBE from {client_id} ('{filter}'): {reason}."))
            }
        },
        Event::Unsubscribed { client_id, filter, .. } => {
            (Kind::Unsubscribe, format!("{client_id} {filter}"))
        }
        Event::Slow { .. } | Event::Published { .. } | Event::Will { .. } => return None,
        Event::Losing { client_id, lost } => (
            Kind::Notice,
            format!("Outgoing messages are being dropped for client {client_id}: {lost}."),
        ),
        Event::MemoryShort { held, limit } => {
            (Kind::Error, format!("Error: Out of memory: {held} bytes of {limit} are held."))
        }
        Event::AcceptFailed { error, .. } => {
            (Kind::Error, format!("Error: Unable to accept new connection: {error}."))
        }
    })
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

    #[test]
    fn comings_and_goings_are_told_in_mosquittos_words() {
        let said =
            |event| worded(event, &[Some(1883), None]).unwrap_or((Kind::Debug, String::new()));
        let (peer, client_id) = ("127.0.0.1:5", "pump");
        let told = said(Event::Opened { peer, listener: 0 });
        assert_eq!(told, (Kind::Notice, "New connection from 127.0.0.1:5 on port 1883.".into()));
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
            assert_eq!(said(ended), (Kind::Notice, text.to_owned()));
        }
    }
}
