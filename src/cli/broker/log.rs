//! What happens in a broker, as lines for people.

use super::events;
use super::flood::{Floods, MINUTE};
use crate::broker::{Denied, End, Event, Refusal, Spoke};
use crate::cli::output::{self, Weight};
use crate::net::clock;
use crate::record::{Escape, Moment};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// All is told elsewhere.
    Nothing,
    /// What somebody may have to do something about.
    Trouble,
    /// Who comes and goes, too.
    Passing,
    /// And who subscribes to what.
    All,
    /// What no log tells: there is too much of it.
    Never,
}

/// Bytes.
const MIB: usize = 1024 * 1024;

/// The log on standard error: a line an event, so many about one peer.
#[derive(Debug)]
pub(super) struct Log {
    detail: Detail,
    /// Others write to the same place.
    is_named: bool,
    /// What the broker does was said in a file, by keys, and not by options.
    is_configured: bool,
    floods: Floods,
    /// When the minute began that `floods` counts in.
    since: std::time::Instant,
}

impl Log {
    /// `is_named` puts the program's name in front of each line; where a file `is_configured`, keys
    /// stand for options.
    pub(super) fn new(detail: Detail, is_named: bool, is_configured: bool) -> Self {
        let (floods, since) = (Floods::default(), clock::now());
        Self { detail, is_named, is_configured, floods, since }
    }

    /// From now on so much is told.
    pub(super) const fn tell_in(&mut self, detail: Detail) {
        self.detail = detail;
    }

    /// Tells an event, if it is to be told.
    pub(super) fn tell(&mut self, event: Event<'_>, time: &Moment) {
        if detail_of(event) > self.detail {
            return;
        }
        if clock::now().saturating_duration_since(self.since) >= MINUTE {
            self.tick();
        }
        if !self.floods.admit(event.peer().unwrap_or_default()) {
            return;
        }
        let words = worded(event, self.is_configured);
        if output::log_is_json() {
            let mut line = Vec::new();
            events::write(event, (time, Escape::Terminal), Some(&words), &mut line);
            output::log_line(&line);
        } else {
            output::log(time, weight_of(event), self.is_named, &words);
        }
    }

    /// Says what was left out since the last time.
    pub(super) fn tick(&mut self) {
        self.since = clock::now();
        for (peer, count) in self.floods.take() {
            let lines = if count == 1 { "line" } else { "lines" };
            let words = format!("{peer}: {count} more {lines} about it are left out");
            let time = Moment::at(clock::wall());
            if output::log_is_json() {
                output::note(&words);
            } else {
                output::log(&time, Weight::Trouble, self.is_named, &words);
            }
        }
    }
}

/// Who is to be told of it.
const fn detail_of(event: Event<'_>) -> Detail {
    match event {
        Event::Published { .. } | Event::Opened { .. } => Detail::Never,
        Event::Subscribed { granted: Ok(_), .. } | Event::Unsubscribed { .. } => Detail::All,
        // A client that calls the wrong port never gets further: its owner looks for the reason.
        Event::Ended { end: End::NotMqtt(_) | End::NotEntered(_), .. } => Detail::Trouble,
        Event::Connected { .. } | Event::Ended { .. } | Event::Will { .. } => Detail::Passing,
        _ => Detail::Trouble,
    }
}

const fn weight_of(event: Event<'_>) -> Weight {
    match detail_of(event) {
        Detail::Trouble => Weight::Trouble,
        _ => Weight::Passing,
    }
}

fn worded(event: Event<'_>, is_configured: bool) -> String {
    let of = |option, key| if is_configured { key } else { option };
    match event {
        Event::Opened { peer, .. } => format!("{peer} connects"),
        Event::Connected { client_id, peer, version, resumed, .. } => {
            let session = if resumed { ", resuming its session" } else { "" };
            format!("{client_id} connected from {peer}, MQTT {version}{session}")
        }
        Event::Ended { client_id: Some(client_id), peer, end } => {
            format!("{client_id} from {peer}: {end}")
        }
        Event::Ended { peer, end: end @ End::NotMqtt(Spoke::Tls), .. } => {
            format!("{peer}: {end}: the client is to leave TLS out, or to call a port that has it")
        }
        Event::Ended { peer, end: end @ End::NotMqtt(Spoke::Http), .. } => {
            let made = of("--ws", "the key protocol websockets");
            format!(
                "{peer}: {end}: browsers and WebSockets need a port of their own, as {made} makes"
            )
        }
        Event::Ended { client_id: None, peer, end } => format!("{peer}: {end}"),
        Event::Subscribed { client_id, peer, filter, granted: Ok(qos) } => {
            format!("{client_id} from {peer} subscribed to {filter}, QoS {}", qos as u8)
        }
        Event::Subscribed { client_id, peer, filter, granted: Err(reason) } => {
            format!("{client_id} from {peer} may not subscribe to {filter}: {reason}")
        }
        Event::Unsubscribed { client_id, peer, filter } => {
            format!("{client_id} from {peer} unsubscribed from {filter}")
        }
        Event::Published { client_id, message } => {
            format!("{client_id} published to {}", message.topic)
        }
        Event::Will { client_id, topic } => {
            format!("{client_id} is lost: its will goes to {topic}")
        }
        Event::TurnedAway { client_id, user, peer, refusal } => {
            let asked = of("--allow-anonymous is not set", "allow_anonymous is false");
            turned_away((client_id, peer), user, refusal, asked)
        }
        Event::MoreTurnedAway { count } => {
            format!("{count} more are not let in: their logins are refused as well")
        }
        Event::Denied { client_id, user, denied, topic, .. } => {
            let who = match user {
                Some(user) => format!("{client_id} (user {user})"),
                None => format!("{client_id} (not logged in)"),
            };
            match denied {
                Denied::Messages(1) => {
                    format!("{who} may not publish to {topic}: its message went to nobody")
                }
                Denied::Messages(count) => {
                    format!("{who} may not publish to {topic}: {count} messages went to nobody")
                }
                Denied::Will => {
                    format!("{who} may not publish to {topic}: its will would go to nobody")
                }
                Denied::Subscription => {
                    format!("{who} may read nothing of {topic}: its subscription is refused")
                }
            }
        }
        Event::Withdrawn { count: 1 } => {
            "1 message that waited is dropped: its client may not read it any longer".to_owned()
        }
        Event::Withdrawn { count } => format!(
            "{count} messages that waited are dropped: their clients may not read them any longer"
        ),
        Event::Fight { client_id, takeovers } => format!(
            "clients with the same id {client_id} throw each other off, {takeovers} times in a \
             minute: give each its own id"
        ),
        Event::Slow { client_id } => {
            format!("{client_id} does not take its messages: nobody waits for it any longer")
        }
        Event::Losing { client_id, lost } => {
            format!("{client_id} has lost {lost} messages: its queue is full")
        }
        Event::MemoryShort { held, limit } => format!(
            "memory is short: {} MiB of {} MiB are held, and new messages, subscriptions and sessions \
             are refused until some of it is free",
            held / MIB,
            limit / MIB
        ),
        Event::AcceptFailed { error, pause } => {
            let pause = humantime::format_duration(pause);
            format!("cannot accept a connection, trying again in {pause}: {error}")
        }
    }
}

/// Who was not let in, and why: the client is told less.
fn turned_away(
    (client_id, peer): (&str, &str),
    user: Option<&str>,
    refusal: Refusal,
    asked: &str,
) -> String {
    let who = if client_id.is_empty() { peer } else { &format!("{client_id} from {peer}") };
    let user = user.unwrap_or_default();
    match refusal {
        Refusal::Anonymous => {
            format!("{who} is not let in: it brings no user name, and {asked}")
        }
        Refusal::UnknownUser => format!("{who} is not let in: there is no user {user:?}"),
        Refusal::NoPassword => format!("{who} is not let in: user {user:?} brings no password"),
        Refusal::WrongPassword => {
            format!("{who} is not let in: the password of user {user:?} is wrong")
        }
        Refusal::NoCertificateName => format!(
            "{who} is not let in: no certificate tells its user's name, and nothing else may"
        ),
        Refusal::ForeignId => {
            format!("{who} is not let in: its id is that of another user's session")
        }
        Refusal::IdPrefix => {
            format!("{who} is not let in: its id does not begin as all ids here must")
        }
        Refusal::NoName => {
            format!("{who} is not let in: user names are the ids here, and it brings none")
        }
        Refusal::Crowded => {
            format!("{who} is closed at once: there are as many connections as there may be")
        }
        Refusal::Unchecked => format!(
            "{who} is not let in: the password of user {user:?} could not be checked, which is a \
             fault of this program"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_let_in_is_told_with_the_reason_even_when_quiet() {
        let event = |refusal| Event::TurnedAway {
            client_id: "pump",
            user: Some("ali\nce"),
            peer: "127.0.0.1:1",
            refusal,
        };
        for (refusal, why) in [
            (Refusal::Anonymous, "--allow-anonymous"),
            (Refusal::UnknownUser, "no user \"ali\\nce\""),
            (Refusal::NoPassword, "no password"),
            (Refusal::WrongPassword, "password of user"),
            (Refusal::ForeignId, "another user's session"),
        ] {
            let text = worded(event(refusal), false);
            assert_eq!(detail_of(event(refusal)), Detail::Trouble);
            assert!(text.contains("pump from 127.0.0.1:1") && text.contains(why), "{text}");
        }
    }

    #[test]
    fn keys_stand_for_options_where_a_file_is_configured() {
        let anonymous = Event::TurnedAway {
            client_id: "pump",
            user: None,
            peer: "127.0.0.1:1",
            refusal: Refusal::Anonymous,
        };
        let end = End::NotMqtt(Spoke::Http);
        let http = Event::Ended { client_id: None, peer: "127.0.0.1:1", end };
        for (event, option, key) in [
            (anonymous, "--allow-anonymous", "allow_anonymous is false"),
            (http, "--ws", "protocol websockets"),
        ] {
            let (by_option, by_key) = (worded(event, false), worded(event, true));
            assert!(by_option.contains(option) && by_key.contains(key), "{by_option} {by_key}");
            assert!(!by_key.contains("--"), "{by_key}");
        }
    }

    #[test]
    fn trouble_is_told_even_when_quiet() {
        let fight = Event::Fight { client_id: "board", takeovers: 3 };
        let text = worded(fight, false);
        assert!(text.contains("board") && text.contains("own id"), "{text}");
        assert_eq!(detail_of(fight), Detail::Trouble);
        let end = End::Lost;
        let ended = Event::Ended { client_id: None, peer: "127.0.0.1:1", end };
        assert_eq!(detail_of(ended), Detail::Passing);
    }
}
