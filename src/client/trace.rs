//! One line a packet, in the words of mosquitto's `-d`.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write as _};

use super::{Notice, Notify};
use crate::codec::{
    Ack, Connack, Frame, Packet, Property, Publish, Sender, Subscribe, Version, decode, split,
};

/// Tells the packets of one connection.
pub(super) struct Trace<'a> {
    notify: Notify<'a>,
    /// The broker may choose it.
    client_id: RefCell<String>,
    version: Version,
    /// Bytes of the output that were told.
    told: usize,
    /// The last identifier that was given to a packet: mosquitto gives one to messages of QoS 0
    /// too, though it does not send it.
    last_id: Cell<u16>,
}

impl fmt::Debug for Trace<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Trace").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl<'a> Trace<'a> {
    /// Tells `notify`, under the client's name.
    pub(super) fn new(notify: Notify<'a>, client_id: &str, version: Version) -> Self {
        let client_id = if client_id.is_empty() { "(null)" } else { client_id };
        let client_id = RefCell::new(client_id.to_owned());
        Self { notify, client_id, version, told: 0, last_id: Cell::new(0) }
    }

    /// Tells the packets that were added to the output since the last call.
    pub(super) fn sent(&mut self, output: &[u8]) {
        while let Some(Ok(Some(frame))) = output.get(self.told..).map(|rest| split(rest, u32::MAX))
        {
            self.told = self.told.saturating_add(frame.bytes().len());
            self.tell(frame, Sender::Client);
        }
    }

    /// The output begins anew.
    pub(super) const fn restart(&mut self) {
        self.told = 0;
    }

    /// Tells one packet.
    pub(super) fn tell(&self, frame: Frame<'_>, sender: Sender) {
        match decode(frame, self.version, sender) {
            Ok(packet) if sender == Sender::Client => self.tell_sent(&packet),
            Ok(packet) => self.tell_received(&packet),
            Err(error) => {
                let does = if sender == Sender::Client { "sending" } else { "received" };
                self.line(&format!("{does} a packet that cannot be read: {error}"));
            }
        }
    }

    /// A line that begins with the client's name.
    fn line(&self, what: &str) {
        let line = format!("Client {} {what}", self.client_id.borrow());
        (self.notify)(&Notice::Packet(&line));
    }

    fn tell_sent(&self, packet: &Packet<'_>) {
        let text = match packet {
            Packet::Subscribe(subscribe) => return self.tell_subscribe(subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                self.last_id.set(unsubscribe.id.get());
                for filter in unsubscribe.filters.iter() {
                    let id = unsubscribe.id;
                    self.line(&format!("sending UNSUBSCRIBE (Mid: {id}, Topic: {filter})"));
                }
                return;
            }
            Packet::Connect(_) => "sending CONNECT".to_owned(),
            Packet::Publish(publish) => {
                let next = self.last_id.get().checked_add(1).unwrap_or(1);
                let id = publish.id.map_or(next, u16::from);
                self.last_id.set(id);
                format!("sending {}", published(publish, id))
            }
            Packet::Puback(Ack { id, reason, .. }) => {
                format!("sending PUBACK (m{id}, rc{})", reason.code())
            }
            Packet::Pubrec(Ack { id, reason, .. }) => {
                format!("sending PUBREC (m{id}, rc{})", reason.code())
            }
            Packet::Pubrel(ack) => format!("sending PUBREL (m{})", ack.id),
            Packet::Pubcomp(ack) => format!("sending PUBCOMP (m{})", ack.id),
            Packet::Pingreq => "sending PINGREQ".to_owned(),
            Packet::Disconnect(_) => "sending DISCONNECT".to_owned(),
            // A client sends nothing else.
            _ => return,
        };
        self.line(&text);
    }

    fn tell_subscribe(&self, subscribe: &Subscribe<'_>) {
        self.last_id.set(subscribe.id.get());
        for (filter, options) in subscribe.filters.iter() {
            let (id, qos) = (subscribe.id, options.qos as u8);
            let others = options.to_byte(self.version) & !0b11;
            self.line(&format!(
                "sending SUBSCRIBE (Mid: {id}, Topic: {filter}, QoS: {qos}, Options: 0x{others:02x})"
            ));
        }
    }

    fn tell_received(&self, packet: &Packet<'_>) {
        let text = match packet {
            Packet::Connack(connack) => return self.tell_connack(connack),
            Packet::Publish(publish) => {
                format!("received {}", published(publish, publish.id.map_or(0, u16::from)))
            }
            Packet::Puback(ack) => acknowledged("PUBACK", ack),
            Packet::Pubcomp(ack) => acknowledged("PUBCOMP", ack),
            Packet::Pubrec(ack) => format!("received PUBREC (Mid: {})", ack.id),
            Packet::Pubrel(ack) => format!("received PUBREL (Mid: {})", ack.id),
            Packet::Suback(suback) => {
                self.line("received SUBACK");
                let mut line = format!("Subscribed (mid: {}): ", suback.id);
                for (at, code) in suback.codes.iter().enumerate() {
                    // Writing to a string cannot fail.
                    let _ = write!(line, "{}{code}", if at == 0 { "" } else { ", " });
                }
                return (self.notify)(&Notice::Granted(&line));
            }
            Packet::Unsuback(_) => "received UNSUBACK".to_owned(),
            Packet::Pingresp => "received PINGRESP".to_owned(),
            Packet::Auth(_) => "received AUTH".to_owned(),
            Packet::Disconnect(disconnect) => {
                let line = format!("Received DISCONNECT ({})", disconnect.reason.code());
                return (self.notify)(&Notice::Packet(&line));
            }
            // A broker sends nothing else.
            _ => return,
        };
        self.line(&text);
    }

    /// The broker's answer, told under the name that it gave the client.
    fn tell_connack(&self, connack: &Connack<'_>) {
        let assigned = connack.properties.find(|property| match property {
            Property::AssignedClientIdentifier(id) => Some(id.to_owned()),
            _ => None,
        });
        if let Some(assigned) = assigned {
            self.client_id.replace(assigned);
        }
        let reason = connack.reason;
        let code = if self.version.is_v5() { None } else { reason.return_code() };
        self.line(&format!("received CONNACK ({})", code.unwrap_or_else(|| reason.code())));
    }
}

fn published(publish: &Publish<'_>, id: u16) -> String {
    let (dup, retain) = (u8::from(publish.dup), u8::from(publish.retain));
    let (qos, topic, size) = (publish.qos as u8, publish.topic, publish.payload.len());
    format!("PUBLISH (d{dup}, q{qos}, r{retain}, m{id}, '{topic}', ... ({size} bytes))")
}

fn acknowledged(name: &str, ack: &Ack<'_>) -> String {
    format!("received {name} (Mid: {}, RC:{})", ack.id, ack.reason.code())
}
