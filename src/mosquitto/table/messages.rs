//! What to publish, what to subscribe to, and how it is printed.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::{PRINTING, PUBLISH, REQUEST, Row, SENDING, SUBSCRIBE, bytes, flag, text, value};
use crate::codec::RetainHandling;
use crate::mosquitto::Error;
use crate::mosquitto::given::{Given, Message};
use crate::mosquitto::numbers::{integer, real};
use crate::options::Tool;
use crate::record::Format;
use crate::topic;

pub(super) const ROWS: &[Row] = &[
    value(
        &["-t", "--topic"],
        SENDING,
        ("TOPIC", "no topic specified"),
        |given, word| {
            given.topic = Some(publish_topic("-t", "publish", word)?);
            Ok(())
        },
        "topic to publish to",
    ),
    value(
        &["-t", "--topic"],
        SUBSCRIBE,
        ("FILTER", "no topic specified"),
        |given, word| {
            given.filters.push(filter("-t", "subscription", word)?);
            Ok(())
        },
        "topic filter to subscribe to; may come many times",
    ),
    value(
        &["-m", "--message"],
        SENDING,
        ("MESSAGE", "no message specified"),
        |given, word| message(given, Message::Text(word.to_owned())),
        "the message itself",
    ),
    value(
        &["-f", "--file"],
        SENDING,
        ("FILE", "no file specified"),
        |given, word| message(given, Message::File(PathBuf::from(word))),
        "a file whose content is the message",
    ),
    flag(
        &["-s", "--stdin-file"],
        SENDING,
        |given| message(given, Message::Stdin),
        "all of standard input is the message",
    ),
    flag(
        &["-l", "--stdin-line"],
        PUBLISH,
        |given| message(given, Message::Lines),
        "each line of standard input is a message",
    ),
    flag(
        &["-n", "--null-message"],
        SENDING,
        |given| message(given, Message::Nothing),
        "an empty message",
    ),
    flag(
        &["-r", "--retain"],
        PUBLISH,
        |given| {
            given.retain = true;
            Ok(())
        },
        "the broker keeps the message for later subscribers",
    ),
    value(
        &["--repeat"],
        PUBLISH,
        ("TIMES", "no count specified"),
        |given, word| {
            given.repeat = Some(positive(word, |_| Error::Repeat)?);
            Ok(())
        },
        "send the message so many times",
    ),
    value(
        &["--repeat-delay"],
        PUBLISH,
        ("SECONDS", "no time specified"),
        |given, word| {
            given.repeat_delay = real(word);
            if given.repeat_delay < 0.0 { Err(Error::RepeatDelay) } else { Ok(()) }
        },
        "wait from the delivery of one message to the next",
    ),
    value(
        &["-e"],
        REQUEST,
        ("TOPIC", "no response topic specified"),
        |given, word| {
            given.response_topic = Some(publish_topic("-e", "response", word)?);
            Ok(())
        },
        "topic to await the response at",
    ),
    flag(
        &["--latency"],
        REQUEST,
        |given| {
            given.latency = true;
            Ok(())
        },
        "print how long the response took",
    ),
    value(
        &["-U", "--unsubscribe"],
        SUBSCRIBE,
        ("FILTER", "no unsubscribe topic specified"),
        |given, word| {
            given.unsubscribe.push(filter("-U", "unsubscribe", word)?);
            Ok(())
        },
        "topic filter to unsubscribe from; may come many times",
    ),
    value(
        &["-T", "--filter-out"],
        SUBSCRIBE,
        ("FILTER", "no topic filter specified"),
        |given, word| {
            given.filter_out.push(filter("-T", "filter", word)?);
            Ok(())
        },
        "leave out messages of these topics; may come many times",
    ),
    value(
        &["-C"],
        SUBSCRIBE,
        ("COUNT", "no count specified"),
        |given, word| {
            given.count = Some(positive(word, Error::Count)?);
            Ok(())
        },
        "end after so many messages",
    ),
    value(
        &["-W"],
        PRINTING,
        ("SECONDS", "no timeout specified"),
        |given, word| {
            given.timeout = Some(positive(word, Error::Timeout)?);
            Ok(())
        },
        "end after this time, with exit code 27",
    ),
    flag(
        &["-E"],
        SUBSCRIBE,
        |given| {
            given.only_subscribe = true;
            Ok(())
        },
        "end once the broker has answered the subscription",
    ),
    flag(
        &["-R"],
        PRINTING,
        |given| {
            given.no_retained = true;
            Ok(())
        },
        "leave out messages that were retained before",
    ),
    flag(
        &["--retained-only"],
        SUBSCRIBE,
        |given| {
            given.retained_only = true;
            Ok(())
        },
        "end at the first message that was not retained before",
    ),
    flag(
        &["--remove-retained"],
        SUBSCRIBE,
        |given| {
            given.remove_retained = true;
            Ok(())
        },
        "remove each retained message that comes from the broker; -T keeps some",
    ),
    flag(
        &["--retain-as-published"],
        PRINTING,
        |given| {
            given.retain_as_published = true;
            Ok(())
        },
        "new messages keep the retain flag they were published with; MQTT 5",
    ),
    value(
        &["--retain-handling"],
        PRINTING,
        ("WHEN", "no option specified"),
        |given, word| {
            given.retain_handling = Some(match word.to_str() {
                Some("always") => RetainHandling::Send,
                Some("new") => RetainHandling::SendIfNew,
                Some("never") => RetainHandling::Never,
                _ => return Err(Error::RetainHandling(word.to_string_lossy().into_owned())),
            });
            Ok(())
        },
        "always, new or never: when a subscription brings retained messages; MQTT 5",
    ),
    value(
        &["--random-filter"],
        SUBSCRIBE,
        ("PERCENT", "no chance specified"),
        |given, word| {
            let chance = real(word);
            if !(0.1..=1000.0).contains(&chance) {
                return Err(Error::RandomFilter);
            }
            given.random_filter = Some(chance.min(100.0));
            Ok(())
        },
        "print each message with this chance, 0.1 to 100",
    ),
    flag(
        &["--message-rate"],
        SUBSCRIBE,
        |given| {
            given.message_rate = true;
            Ok(())
        },
        "print how many messages came each second instead of the messages",
    ),
    flag(
        &["-w", "--watch"],
        SUBSCRIBE,
        |given| {
            given.watch = true;
            Ok(())
        },
        "print each topic's latest message at a place of its own on the screen",
    ),
    flag(
        &["-v", "--verbose"],
        PRINTING,
        |given| {
            given.verbose = true;
            Ok(())
        },
        "print the topic before each message",
    ),
    flag(
        &["-N"],
        PRINTING,
        |given| {
            given.no_newline = true;
            Ok(())
        },
        "print no newline behind a message",
    ),
    value(
        &["-F"],
        PRINTING,
        ("FORMAT", "no format specified"),
        |given, word| {
            given.format = Some(Format::parse(&bytes(word))?);
            Ok(())
        },
        "print messages in this form: %t topic, %p payload, %j JSON, ...",
    ),
    flag(
        &["--pretty"],
        PRINTING,
        |given| {
            given.pretty = true;
            Ok(())
        },
        "with -F %j or %J: JSON over several lines",
    ),
];

/// At most one source of messages.
fn message(given: &mut Given, source: Message) -> Result<(), Error> {
    if given.message.is_some() {
        return Err(Error::TwoMessages);
    }
    given.message = Some(source);
    Ok(())
}

fn positive(word: &OsStr, wrong: fn(i64) -> Error) -> Result<u64, Error> {
    let number = integer(word);
    u64::try_from(number).ok().filter(|count| *count > 0).ok_or_else(|| wrong(number))
}

fn publish_topic(option: &'static str, what: &'static str, word: &OsStr) -> Result<String, Error> {
    let topic = text(option, word)?;
    if topic::has_wildcard(&topic) { Err(Error::Topic { what, topic }) } else { Ok(topic) }
}

fn filter(option: &'static str, what: &'static str, word: &OsStr) -> Result<String, Error> {
    let filter = text(option, word)?;
    if topic::is_filter(&filter) { Ok(filter) } else { Err(Error::Filter { what, filter }) }
}

/// The topic of a URL: one more filter for a subscriber, the topic for the others.
pub(super) fn url_topic(given: &mut Given, topic: &str) -> Result<(), Error> {
    if given.tool == Tool::Subscribe {
        given.filters.push(filter("-L topic", "subscription", topic.as_ref())?);
    } else {
        given.topic = Some(publish_topic("-L topic", "publish", topic.as_ref())?);
    }
    Ok(())
}
