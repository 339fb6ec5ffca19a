//! The server's end: what the broker does around the machine, at its simplest.

use std::collections::VecDeque;
use std::time::Instant;

use super::{Note, Pair, number};
use crate::codec::{
    Ack, Connack, Connect, Frame, Packet, PacketId, Properties, Property, PropertyBuffer, Publish,
    Qos, Reason, Sender, Suback, decode,
};
use crate::session::{Delivery, Incoming, Input, Message, Outgoing, Resend, Server};

pub(super) struct Host {
    pub(super) machine: Option<Server>,
    pub(super) session: Option<Delivery<Note>>,
    pub(super) input: Vec<u8>,
    /// Acknowledgements that have not been sent.
    pub(super) owed: VecDeque<(Qos, PacketId)>,
    /// When something came last.
    pub(super) heard: Instant,
}

impl Pair {
    pub(super) fn host_takes(&mut self, frame: Frame<'_>) {
        let packet = decode(frame, self.version, Sender::Client).unwrap();
        if let Packet::Connect(connect) = packet {
            return self.host_accepts(&connect);
        }
        self.sent_down.answered(&packet);
        let mut out = Vec::new();
        let (Some(machine), Some(session)) = (&mut self.host.machine, &mut self.host.session)
        else {
            panic!("{packet:?} before CONNECT");
        };
        match machine.receive(session, frame, &mut out).unwrap() {
            Input::Nothing => {}
            Input::Publish(publish, alias) => {
                let number = number(&publish);
                let topic = alias.as_deref().unwrap_or(publish.topic);
                assert_eq!(topic, Note::topic(number), "an alias means its topic");
                // A refusal is a matter of one batch: it leaves before anything can come between.
                let refused = self.version.is_v5() && self.rng.u8(..) < 8;
                match publish.id {
                    Some(id) if refused => {
                        self.to_server.refused(number);
                        let reason = Reason::QuotaExceeded;
                        machine.acknowledge(session, publish.qos, id, reason, &mut out);
                    }
                    Some(id) => {
                        self.to_server.arrived(number, publish.qos);
                        self.host.owed.push_back((publish.qos, id));
                    }
                    None => self.to_server.arrived(number, publish.qos),
                }
            }
            Input::Repeat(id) => self.host.owed.push_back((Qos::ExactlyOnce, id)),
            Input::Delivered(note, reason) => self.to_client.acked(note.number, reason.is_error()),
            Input::Subscribe(subscribe) => {
                let codes = [Reason::GrantedQos2.code()];
                let id = subscribe.id;
                let suback = Suback { id, properties: Properties::EMPTY, codes: &codes };
                Packet::Suback(suback).encode(self.version, &mut out).unwrap();
            }
            Input::Unsubscribe(unsubscribe) => {
                let codes: &[u8] = if self.version.is_v5() { &[0] } else { &[] };
                let id = unsubscribe.id;
                let unsuback = Suback { id, properties: Properties::EMPTY, codes };
                Packet::Unsuback(unsuback).encode(self.version, &mut out).unwrap();
            }
            Input::Ping => Packet::Pingresp.encode(self.version, &mut out).unwrap(),
            Input::Disconnect { .. } => panic!("nobody sends DISCONNECT here"),
        }
        self.send_down(&out);
        self.host_resends();
    }

    pub(super) fn host_accepts(&mut self, connect: &Connect<'_>) {
        if connect.clean {
            self.forget();
        }
        let machine = Server::new(connect, (self.terms.server_aliases, u16::MAX));
        let window = self.terms.server_window.min(machine.receive_maximum());
        let session_present = self.host.session.is_some();
        let session = self.host.session.get_or_insert_with(|| Delivery {
            outgoing: Outgoing::new(window),
            incoming: Incoming::new(1),
        });
        session.incoming.set_maximum(self.terms.server_takes);
        session.incoming.resume();
        session.outgoing.resume(window);
        self.sent_down.window = window;
        self.host.machine = Some(machine);
        let mut properties = PropertyBuffer::new();
        if self.version.is_v5() {
            properties.push(Property::ReceiveMaximum(self.terms.server_takes)).unwrap();
            properties.push(Property::TopicAliasMaximum(self.terms.server_aliases)).unwrap();
        }
        let properties = properties.as_properties();
        let connack = Connack { session_present, reason: Reason::Success, properties };
        let mut out = Vec::new();
        Packet::Connack(connack).encode(self.version, &mut out).unwrap();
        self.send_down(&out);
        self.host_resends();
    }

    pub(super) fn host_resends(&mut self) {
        let mut out = Vec::new();
        let Some(session) = self.host.session.as_mut().filter(|_| self.host.machine.is_some())
        else {
            return;
        };
        while let Some(resend) = session.outgoing.resend() {
            match resend {
                Resend::Publish(id, qos, note) => {
                    assert_eq!(qos, note.qos);
                    let again = Publish { id: Some(id), dup: true, ..note.publish() };
                    again.encode(self.version, &mut out).unwrap();
                }
                Resend::Pubrel(id) => {
                    let pubrel = Packet::Pubrel(Ack::new(id, Reason::Success));
                    pubrel.encode(self.version, &mut out).unwrap();
                }
            }
        }
        self.send_down(&out);
    }

    pub(super) fn host_publishes(&mut self, qos: Qos) {
        let (Some(machine), Some(session)) = (&mut self.host.machine, &mut self.host.session)
        else {
            return;
        };
        if qos != Qos::AtMostOnce && !session.outgoing.has_room() {
            assert!(session.outgoing.begin(qos, Note::new(qos, 0)).is_err());
            return;
        }
        let note = self.to_client.note(qos);
        let id = if qos == Qos::AtMostOnce {
            None
        } else {
            self.to_client.begun(&note);
            Some(session.outgoing.begin(qos, note.clone()).unwrap())
        };
        let mut publish = Publish { id, ..note.publish() };
        let mut properties = PropertyBuffer::new();
        if let Some((alias, known)) = machine.aliases_out.alias(publish.topic) {
            properties.push(Property::TopicAlias(alias)).unwrap();
            if known {
                publish.topic = "";
            }
        }
        publish.properties = properties.as_properties();
        let mut out = Vec::new();
        publish.encode(self.version, &mut out).unwrap();
        self.send_down(&out);
    }

    pub(super) fn host_acknowledges(&mut self) {
        if let (Some(machine), Some(session)) = (&self.host.machine, &mut self.host.session)
            && let Some((qos, id)) = self.host.owed.pop_front()
        {
            let mut out = Vec::new();
            machine.acknowledge(session, qos, id, Reason::Success, &mut out);
            self.send_down(&out);
        }
    }
}
