//! `%j` and `%J`: a message as one JSON object.

use super::{Unprintable, embed};
use crate::codec::{Properties, Property};
use crate::record::json::Writer;
use crate::record::{Escape, Message};

/// Appends the object; on an error `out` is as it was.
pub(super) fn write(
    message: &Message<'_>,
    embedded: bool,
    escape: Escape,
    pretty: bool,
    out: &mut Vec<u8>,
) -> Result<(), Unprintable> {
    let before = out.len();
    let (publish, mut json) = (message.publish, Writer::new(out, escape, pretty));
    json.open_object();
    json.key("tst");
    json.quoted(message.received.stamp());
    json.key("topic");
    json.string(message.topic);
    json.key("qos");
    json.number(u32::from(publish.qos as u8));
    json.key("retain");
    json.raw(if publish.retain { "true" } else { "false" });
    json.key("payloadlen");
    json.number(length(publish.payload));
    if let Some(id) = publish.id {
        json.key("mid");
        json.number(u32::from(id.get()));
    }
    if !publish.properties.is_empty() {
        json.key("properties");
        write_properties(publish.properties, &mut json);
    }
    json.key("payload");
    let valid = match publish.payload {
        [] => {
            json.raw("null");
            true
        }
        bytes if embedded => embed::write(bytes, &mut json).is_some(),
        bytes => {
            json.bytes(bytes);
            true
        }
    };
    json.close_object();
    if valid {
        return Ok(());
    }
    out.truncate(before);
    Err(Unprintable::NotJson { topic: message.topic.to_owned() })
}

/// No payload is longer than a length of MQTT can say.
pub(super) fn length(payload: &[u8]) -> u32 {
    u32::try_from(payload.len()).unwrap_or(u32::MAX)
}

/// In the order of the packet, but for user properties, which all stand where the first does.
fn write_properties(properties: Properties<'_>, json: &mut Writer<'_>) {
    use Property as P;
    let mut has_user_properties = false;
    json.open_object();
    for property in properties.iter() {
        let (name, number) = match property {
            P::PayloadFormatIndicator(value) => ("payload-format-indicator", u32::from(value)),
            P::MessageExpiryInterval(value) => ("message-expiry-interval", value),
            P::SubscriptionIdentifier(value) => ("subscription-identifier", value),
            P::TopicAlias(value) => ("topic-alias", u32::from(value)),
            P::ContentType(text) => {
                json.key("content-type");
                json.string(text);
                continue;
            }
            P::ResponseTopic(text) => {
                json.key("response-topic");
                json.string(text);
                continue;
            }
            P::CorrelationData(bytes) => {
                json.key("correlation-data");
                json.bytes(bytes);
                continue;
            }
            P::UserProperty(..) if !has_user_properties => {
                has_user_properties = true;
                write_user_properties(properties, json);
                continue;
            }
            _ => continue,
        };
        json.key(name);
        json.number(number);
    }
    json.close_object();
}

/// An array of objects with one member each, for a name may come again.
fn write_user_properties(properties: Properties<'_>, json: &mut Writer<'_>) {
    json.key("user-properties");
    json.open_array();
    for property in properties.iter() {
        if let Property::UserProperty(name, value) = property {
            json.element();
            json.open_object();
            json.begin_key();
            json.string(name);
            json.end_key();
            json.string(value);
            json.close_object();
        }
    }
    json.close_array();
}

#[cfg(test)]
mod tests;
