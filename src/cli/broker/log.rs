//! What happens in a broker, as lines for people.

use crate::broker::{Denied, Event, Observer, Refusal};
use crate::cli::output;

/// Tells events as lines: trouble always, comings and goings when `verbose`.
pub(super) fn observer(verbose: bool) -> Observer {
    Box::new(move |event| {
        if let Some(line) = worded(event, verbose) {
            output::note(&line);
        }
    })
}

fn worded(event: Event<'_>, verbose: bool) -> Option<String> {
    let passing = matches!(event, Event::Connected { .. } | Event::Ended { .. });
    if passing && !verbose {
        return None;
    }
    Some(match event {
        Event::Opened { .. } => return None,
        Event::Connected { client_id, peer, version, resumed, .. } => {
            let session = if resumed { ", resuming its session" } else { "" };
            format!("{client_id} connected from {peer}, MQTT {version}{session}")
        }
        Event::Ended { client_id: Some(client_id), peer, end } => {
            format!("{client_id} from {peer}: {end}")
        }
        Event::Ended { client_id: None, peer, end } => format!("{peer}: {end}"),
        Event::TurnedAway { client_id, user, peer, refusal } => {
            turned_away(client_id, user, peer, refusal)
        }
        Event::MoreTurnedAway { count } => {
            format!("{count} more are not let in: their logins are refused as well")
        }
        Event::Denied { client_id, user, denied, topic } => {
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
        Event::AcceptFailed { error, pause } => {
            let pause = humantime::format_duration(pause);
            format!("cannot accept a connection, trying again in {pause}: {error}")
        }
    })
}

/// Who was not let in, and why: the client is told less.
fn turned_away(client_id: &str, user: Option<&str>, peer: &str, refusal: Refusal) -> String {
    let who = if client_id.is_empty() { peer } else { &format!("{client_id} from {peer}") };
    let user = user.unwrap_or_default();
    match refusal {
        Refusal::Anonymous => {
            format!("{who} is not let in: it brings no user name, and --allow-anonymous is not set")
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
            let text = worded(event(refusal), false).unwrap_or_default();
            assert!(text.contains("pump from 127.0.0.1:1") && text.contains(why), "{text}");
        }
    }

    #[test]
    fn trouble_is_told_even_when_quiet() {
        let fight = Event::Fight { client_id: "board", takeovers: 3 };
        let text = worded(fight, false).unwrap_or_default();
        assert!(text.contains("board") && text.contains("own id"), "{text}");
        let ended =
            Event::Ended { client_id: None, peer: "127.0.0.1:1", end: crate::broker::End::Lost };
        assert_eq!(worded(ended, false), None);
    }
}
