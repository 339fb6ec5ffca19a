//! One line a packet, worded like mosquitto's `-d`.

use std::fmt::{self, Write as _};

use super::{Notice, Notify};
use crate::codec::{Ack, Frame, Packet, Publish, Sender, Version, decode, split};

/// Tells the packets of one connection.
pub(super) struct Trace<'a> {
    notify: Notify<'a>,
    client_id: String,
    version: Version,
    /// Bytes of the output that were told.
    told: usize,
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
        Self { notify, client_id: client_id.to_owned(), version, told: 0 }
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
        let mut line = format!("Client {} ", self.client_id);
        line.push_str(if sender == Sender::Client { "sending " } else { "received " });
        match decode(frame, self.version, sender) {
            Ok(packet) => describe(&packet, &mut line),
            Err(error) => {
                let _ = write!(line, "a packet that cannot be read: {error}");
            }
        }
        (self.notify)(&Notice::Packet(&line));
    }
}

fn describe(packet: &Packet<'_>, line: &mut String) {
    // Writing to a string cannot fail.
    let _ = match packet {
        Packet::Connect(_) => line.write_str("CONNECT"),
        Packet::Connack(connack) => write!(line, "CONNACK ({})", connack.reason.code()),
        Packet::Publish(publish) => describe_publish(publish, line),
        Packet::Puback(ack) => describe_ack("PUBACK", ack, line),
        Packet::Pubrec(ack) => describe_ack("PUBREC", ack, line),
        Packet::Pubrel(ack) => describe_ack("PUBREL", ack, line),
        Packet::Pubcomp(ack) => describe_ack("PUBCOMP", ack, line),
        Packet::Subscribe(subscribe) => {
            let _ = write!(line, "SUBSCRIBE (Mid: {}", subscribe.id);
            for (filter, options) in subscribe.filters.iter() {
                let qos = options.qos as u8;
                let _ = write!(line, ", Topic: {filter}, QoS: {qos}");
            }
            line.write_str(")")
        }
        Packet::Suback(suback) => {
            let codes: Vec<_> = suback.codes.iter().map(ToString::to_string).collect();
            write!(line, "SUBACK (Mid: {}): {}", suback.id, codes.join(", "))
        }
        Packet::Unsubscribe(unsubscribe) => write!(line, "UNSUBSCRIBE (Mid: {})", unsubscribe.id),
        Packet::Unsuback(unsuback) => write!(line, "UNSUBACK (Mid: {})", unsuback.id),
        Packet::Pingreq => line.write_str("PINGREQ"),
        Packet::Pingresp => line.write_str("PINGRESP"),
        Packet::Disconnect(disconnect) => write!(line, "DISCONNECT ({})", disconnect.reason.code()),
        Packet::Auth(auth) => write!(line, "AUTH ({})", auth.reason.code()),
    };
}

fn describe_publish(publish: &Publish<'_>, line: &mut String) -> fmt::Result {
    let (dup, retain) = (u8::from(publish.dup), u8::from(publish.retain));
    let (qos, id) = (publish.qos as u8, publish.id.map_or(0, u16::from));
    let (topic, size) = (publish.topic, publish.payload.len());
    write!(line, "PUBLISH (d{dup}, q{qos}, r{retain}, m{id}, '{topic}', ... ({size} bytes))")
}

fn describe_ack(name: &str, ack: &Ack<'_>, line: &mut String) -> fmt::Result {
    write!(line, "{name} (m{}, rc{})", ack.id, ack.reason.code())
}
