//! What happens in a broker, as lines of JSON; `record/event_schema.json` describes them.

use crate::broker::{Denied, End, Event};
use crate::record::{Escape, Line, Message, Moment};

/// Appends the line of an event, with words for people if there are any.
pub(super) fn write(
    event: Event<'_>,
    (time, escape): (&Moment, Escape),
    words: Option<&str>,
    out: &mut Vec<u8>,
) {
    let mut line = Line::new(name_of(event), time, escape, out);
    match event {
        Event::Opened { peer, .. } => _ = line.text("peer", peer),
        Event::Connected { client_id, peer, version, resumed, user, .. } => {
            line.text("client_id", client_id).maybe("username", user).text("peer", peer);
            line.text("version", &version.to_string()).flag("resumed", resumed);
        }
        Event::Ended { client_id, peer, end } => {
            line.maybe("client_id", client_id).text("peer", peer);
            line.text("reason", end.name()).text("detail", &end.to_string());
        }
        Event::TurnedAway { client_id, user, peer, refusal } => {
            line.text("client_id", client_id).maybe("username", user).text("peer", peer);
            let detail = End::TurnedAway(refusal).to_string();
            line.text("reason", refusal.name()).text("detail", &detail);
        }
        Event::MoreTurnedAway { count } | Event::Withdrawn { count } => {
            line.number("count", count);
        }
        Event::Subscribed { client_id, filter, granted, .. } => {
            line.text("client_id", client_id).text("filter", filter);
            match granted {
                Ok(qos) => line.number("qos", qos as u64),
                Err(reason) => line
                    .number("reason_code", reason.code().into())
                    .text("detail", &reason.to_string()),
            };
        }
        Event::Unsubscribed { client_id, filter, .. } => {
            line.text("client_id", client_id).text("filter", filter);
        }
        Event::Published { client_id, message } => {
            let message = Message { topic: message.topic, publish: message, received: time };
            line.text("client_id", client_id).message(&message);
        }
        Event::Will { client_id, topic } => {
            line.text("client_id", client_id).text("topic", topic);
        }
        Event::Denied { client_id, user, denied, topic, .. } => {
            line.text("client_id", client_id).maybe("username", user);
            let (what, count) = match denied {
                Denied::Messages(count) => ("publish", Some(count)),
                Denied::Will => ("will", None),
                Denied::Subscription => ("subscribe", None),
            };
            line.text("what", what).text("topic", topic);
            if let Some(count) = count {
                line.number("count", count);
            }
        }
        Event::Fight { client_id, takeovers } => {
            line.text("client_id", client_id).number("takeovers", takeovers.into());
        }
        Event::Slow { client_id } => _ = line.text("client_id", client_id),
        Event::Losing { client_id, lost } => {
            line.text("client_id", client_id).number("count", lost);
        }
        Event::MemoryShort { held, limit } => {
            line.number("held", held as u64).number("limit", limit as u64);
        }
        Event::AcceptFailed { error, pause } => {
            let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            line.text("detail", error).number("pause_ms", pause);
        }
    }
    line.maybe("message", words).end();
}

/// The type of its line.
const fn name_of(event: Event<'_>) -> &'static str {
    match event {
        Event::Opened { .. } => "opened",
        Event::Connected { .. } => "connected",
        // Nobody had a word with it: it was there, and is gone.
        Event::Ended { client_id: None, end: End::Lost | End::ShuttingDown, .. }
        | Event::Ended { client_id: Some(_), .. } => "disconnected",
        Event::Ended { client_id: None, .. } | Event::TurnedAway { .. } => "refused",
        Event::MoreTurnedAway { .. } => "refused_more",
        Event::Withdrawn { .. } => "withdrawn",
        Event::Subscribed { granted: Ok(_), .. } => "subscribed",
        Event::Subscribed { granted: Err(_), .. } => "subscription_refused",
        Event::Unsubscribed { .. } => "unsubscribed",
        Event::Published { .. } => "published",
        Event::Will { .. } => "will",
        Event::Denied { .. } => "denied",
        Event::Fight { .. } => "fight",
        Event::Slow { .. } => "slow",
        Event::Losing { .. } => "dropped",
        Event::MemoryShort { .. } => "memory_short",
        Event::AcceptFailed { .. } => "accept_failed",
    }
}

/// Appends the line of a place that is served.
pub(super) fn listening(url: &str, (time, escape): (&Moment, Escape), out: &mut Vec<u8>) {
    Line::new("listening", time, escape, out).text("url", url).end();
}

/// Appends the last line.
pub(super) fn stopped((time, escape): (&Moment, Escape), out: &mut Vec<u8>) {
    Line::new("stopped", time, escape, out).end();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::broker::Refusal;
    use crate::codec::{Property, PropertyBuffer, Publish, Qos, Reason, Version};
    use crate::record::schema;

    /// Text that would begin a line, an escape sequence, a string of JSON.
    const EVIL: &str = "a\n{\"type\":\"stopped\"}\r\u{1b}[2J\u{202e}\"\\";

    fn every(then: &mut dyn FnMut(Event<'_>)) {
        let (client_id, peer, topic, filter) = (EVIL, "[::1]:1", EVIL, EVIL);
        let mut properties = PropertyBuffer::new();
        properties.push(Property::UserProperty(EVIL, EVIL)).unwrap();
        let publish = |payload| Publish {
            dup: true,
            qos: Qos::AtLeastOnce,
            retain: true,
            topic: "a/\u{202e}",
            id: None,
            properties: properties.as_properties(),
            payload,
        };
        let user = Some(EVIL);
        for message in [publish(EVIL.as_bytes()), publish(b"\xff")] {
            then(Event::Published { client_id, message: &message });
        }
        let (version, resumed, clean, keep_alive) = (Version::V5, true, false, 60);
        then(Event::Connected { client_id, peer, version, resumed, user, clean, keep_alive });
        for id in [None, Some(client_id)] {
            for end in [End::Lost, End::Refused(Reason::QuotaExceeded), End::OverLimit("levels")] {
                then(Event::Ended { client_id: id, peer, end });
            }
        }
        for user in [None, user] {
            let refusal = Refusal::WrongPassword;
            then(Event::TurnedAway { client_id, user, peer, refusal });
            for denied in [Denied::Messages(7), Denied::Will, Denied::Subscription] {
                then(Event::Denied { client_id, user, peer, denied, topic });
            }
        }
        for granted in [Ok(Qos::ExactlyOnce), Err(Reason::NotAuthorized)] {
            then(Event::Subscribed { client_id, peer, filter, granted });
        }
        then(Event::Unsubscribed { client_id, peer, filter });
        then(Event::MoreTurnedAway { count: u64::MAX });
        then(Event::Withdrawn { count: 2 });
        then(Event::Will { client_id, topic });
        then(Event::Fight { client_id, takeovers: 3 });
        then(Event::Slow { client_id });
        then(Event::Losing { client_id, lost: 9 });
        then(Event::MemoryShort { held: 2, limit: 1 });
        then(Event::AcceptFailed { error: EVIL, pause: Duration::from_millis(10) });
    }

    #[track_caller]
    fn assert_is_one_line(line: &[u8]) -> serde_json::Value {
        let text = std::str::from_utf8(line).unwrap();
        assert!(text.starts_with("{\"type\":\"") && text.ends_with("}\n"), "{text}");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(schema::objections(schema::EVENT, &value), Vec::<String>::new(), "{text}");
        value
    }

    #[test]
    fn every_event_is_one_line_as_the_schema_says_whatever_peers_send() {
        let time = Moment::default();
        let mut count = 0;
        every(&mut |event| {
            for (escape, words) in [(Escape::Exact, None), (Escape::Terminal, Some(EVIL))] {
                let mut line = Vec::new();
                write(event, (&time, escape), words, &mut line);
                let value = assert_is_one_line(&line);
                assert_eq!(value["message"].as_str(), words);
                let text = String::from_utf8(line).unwrap();
                let dangerous = |c| c != '\n' && crate::text::is_dangerous(c);
                assert!(escape == Escape::Exact || !text.contains(dangerous), "{text}");
            }
            count += 1;
        });
        assert_eq!(count, 28);
        let mut line = Vec::new();
        listening("unix:/tmp/\n", (&time, Escape::Exact), &mut line);
        assert_is_one_line(&line);
        line.clear();
        stopped((&time, Escape::Exact), &mut line);
        assert_is_one_line(&line);
    }

    #[test]
    fn what_peers_sent_can_be_read_back() {
        let mut line = Vec::new();
        let event = Event::Slow { client_id: EVIL };
        write(event, (&Moment::default(), Escape::Exact), None, &mut line);
        assert_eq!(assert_is_one_line(&line)["client_id"].as_str(), Some(EVIL));
    }

    #[test]
    fn who_was_never_let_in_was_refused_or_is_gone() {
        let ended = |client_id, end| name_of(Event::Ended { client_id, peer: "", end });
        assert_eq!(ended(None, End::Lost), "disconnected");
        assert_eq!(ended(None, End::ConnectDeadline), "refused");
        assert_eq!(ended(Some("a"), End::KeepAlive), "disconnected");
    }
}
