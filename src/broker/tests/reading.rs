//! What a client of the test reads and acknowledges.

use super::*;

impl Shell {
    /// What came since the last look, a line a packet.
    pub(super) fn read(&mut self, peer: Peer) -> Vec<String> {
        let wire = &mut self.wires[peer];
        let received = std::mem::take(&mut wire.received);
        let mut rest = &received[..];
        let mut lines = Vec::new();
        while let Some(frame) = split(rest, MAX_PACKET_SIZE).unwrap() {
            rest = &rest[frame.bytes().len()..];
            let packet = decode(frame, wire.version, Sender::Server).unwrap();
            let answer = match packet {
                Packet::Publish(Publish { qos: Q1, id: Some(id), .. }) => {
                    Some(Packet::Puback(Ack::new(id, Reason::Success)))
                }
                Packet::Publish(Publish { qos: Q2, id: Some(id), .. }) => {
                    Some(Packet::Pubrec(Ack::new(id, Reason::Success)))
                }
                Packet::Pubrec(ack) if !ack.reason.is_error() => {
                    Some(Packet::Pubrel(Ack::new(ack.id, Reason::Success)))
                }
                Packet::Pubrel(ack) => Some(Packet::Pubcomp(Ack::new(ack.id, Reason::Success))),
                _ => None,
            };
            if let Some(answer) = answer {
                let mut bytes = Vec::new();
                answer.encode(wire.version, &mut bytes).unwrap();
                wire.owed.push_back(bytes);
            }
            lines.push(line(&packet));
        }
        wire.received = rest.to_vec();
        lines
    }

    /// Payloads of what came since the last look, answers left out.
    pub(super) fn messages(&mut self, peer: Peer) -> Vec<String> {
        let lines = self.read(peer);
        let publishes = lines.iter().filter(|line| line.starts_with("publish"));
        publishes.filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect()
    }

    /// The peer sends acknowledgements that it owes, `count` at most.
    pub(super) fn acknowledge(&mut self, peer: Peer, count: usize) {
        for _ in 0..count {
            let Some(bytes) = self.wires[peer].owed.pop_front() else {
                break;
            };
            self.write(peer, &bytes);
        }
    }

    /// Reads and acknowledges until nothing more comes; the payloads.
    pub(super) fn drain(&mut self, peer: Peer) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            all.extend(self.messages(peer));
            if self.wires[peer].owed.is_empty() {
                return all;
            }
            self.acknowledge(peer, usize::MAX);
        }
    }
}

fn line(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connack(connack) if connack.session_present => "connack present".into(),
        Packet::Connack(connack) => format!("connack {:#04x}", connack.reason.code()),
        Packet::Publish(publish) => {
            let payload = if publish.payload.len() < 100 {
                String::from_utf8_lossy(publish.payload).into_owned()
            } else {
                publish.payload.len().to_string()
            };
            let dup = if publish.dup { " dup" } else { "" };
            let retain = if publish.retain { " retain" } else { "" };
            format!("publish q{}{dup}{retain} {} {payload}", publish.qos as u8, publish.topic)
        }
        Packet::Puback(ack) => format!("puback {} {:#04x}", ack.id, ack.reason.code()),
        Packet::Pubrec(ack) => format!("pubrec {} {:#04x}", ack.id, ack.reason.code()),
        Packet::Pubrel(ack) => format!("pubrel {}", ack.id),
        Packet::Pubcomp(ack) => format!("pubcomp {}", ack.id),
        Packet::Suback(suback) => format!("suback {} {:?}", suback.id, suback.codes),
        Packet::Unsuback(suback) => format!("unsuback {}", suback.id),
        Packet::Pingresp => "pingresp".into(),
        Packet::Disconnect(disconnect) => format!("disconnect {:#04x}", disconnect.reason.code()),
        other => panic!("not a server's: {other:?}"),
    }
}
