//! Messages to lines.

use data_encoding::BASE64;
use serde_json::value::RawValue;

use crate::codec::{Properties, Property};
use crate::record::json::Writer;
use crate::record::{Escape, Message};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonLines {
    /// Whether a payload that is JSON is written as JSON, and not as a string.
    pub embedded: bool,
}

impl JsonLines {
    /// Appends a message, and a newline.
    pub(in crate::record) fn write(self, message: &Message<'_>, escape: Escape, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        message.received.write_utc(out);
        let mut json = Writer::new(out, escape, false);
        json.raw("\",");
        self.write_members(message, &mut json);
        json.raw("}\n");
    }

    /// The members of the object but its time, from the topic on.
    pub(in crate::record) fn write_members(self, message: &Message<'_>, json: &mut Writer<'_>) {
        let publish = message.publish;
        json.raw("\"topic\":");
        json.string(message.topic);
        json.raw(",\"qos\":");
        json.raw(["0", "1", "2"].get(publish.qos as usize).copied().unwrap_or_default());
        json.raw(if publish.retain { ",\"retain\":true" } else { ",\"retain\":false" });
        json.raw(if publish.dup { ",\"dup\":true" } else { ",\"dup\":false" });
        match (std::str::from_utf8(publish.payload), self.embedded) {
            (Ok(text), true) if is_line_of_json(text) => {
                json.raw(",\"payload_json\":");
                json.verbatim(text);
            }
            (Ok(text), _) => {
                json.raw(",\"payload\":");
                json.string(text);
            }
            (Err(_), _) => {
                json.raw(",\"payload_base64\":");
                base64(publish.payload, json);
            }
        }
        if !publish.properties.is_empty() {
            write_properties(publish.properties, json);
        }
    }
}

/// Whether it can stand in a line of JSON byte for byte: it is JSON, on one line, and without
/// space around it, which would not be its own any more.
fn is_line_of_json(text: &str) -> bool {
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none()
        && serde_json::from_str(text).is_ok_and(|json: &RawValue| json.get().len() == text.len())
}

/// A string of base64.
fn base64(bytes: &[u8], json: &mut Writer<'_>) {
    json.raw("\"");
    // The alphabet has nothing to escape; writing to memory cannot fail.
    let _ = BASE64.encode_write(bytes, json);
    json.raw("\"");
}

/// In an order of their own, whatever it was in the packet: lines of equal messages are equal.
fn write_properties(properties: Properties<'_>, json: &mut Writer<'_>) {
    use Property as P;
    let mut indicator = None;
    let mut expiry = None;
    let mut content_type = None;
    let mut response_topic = None;
    let mut correlation_data = None;
    let mut has_identifiers = false;
    let mut has_user_properties = false;
    for property in properties.iter() {
        match property {
            P::PayloadFormatIndicator(value) => indicator = Some(value),
            P::MessageExpiryInterval(seconds) => expiry = Some(seconds),
            P::ContentType(text) => content_type = Some(text),
            P::ResponseTopic(topic) => response_topic = Some(topic),
            P::CorrelationData(bytes) => correlation_data = Some(bytes),
            P::SubscriptionIdentifier(_) => has_identifiers = true,
            P::UserProperty(..) => has_user_properties = true,
            // A topic alias is the connection's, not the message's.
            _ => {}
        }
    }
    let mut object = Object { json, is_open: false };
    if let Some(value) = indicator {
        object.key("payload_format_indicator").number(u32::from(value));
    }
    if let Some(seconds) = expiry {
        object.key("message_expiry_interval").number(seconds);
    }
    if let Some(text) = content_type {
        object.key("content_type").string(text);
    }
    if let Some(topic) = response_topic {
        object.key("response_topic").string(topic);
    }
    if let Some(bytes) = correlation_data {
        base64(bytes, object.key("correlation_data_base64"));
    }
    if has_identifiers {
        let json = object.key("subscription_identifiers");
        json.open_array();
        for property in properties.iter() {
            if let P::SubscriptionIdentifier(identifier) = property {
                json.element();
                json.number(identifier);
            }
        }
        json.close_array();
    }
    if has_user_properties {
        let json = object.key("user_properties");
        json.open_array();
        for property in properties.iter() {
            if let P::UserProperty(name, value) = property {
                json.element();
                json.open_array();
                json.element();
                json.string(name);
                json.element();
                json.string(value);
                json.close_array();
            }
        }
        json.close_array();
    }
    object.close();
}

/// The object of the properties, which is there only if there is something in it.
struct Object<'j, 'a> {
    json: &'j mut Writer<'a>,
    is_open: bool,
}

impl<'a> Object<'_, 'a> {
    fn key(&mut self, name: &'static str) -> &mut Writer<'a> {
        if !std::mem::replace(&mut self.is_open, true) {
            self.json.raw(",\"properties\":");
            self.json.open_object();
        }
        self.json.key(name);
        self.json
    }

    fn close(self) {
        if self.is_open {
            self.json.close_object();
        }
    }
}
