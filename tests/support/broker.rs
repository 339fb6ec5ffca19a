//! A broker that does what a test says, packet by packet.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use mq::codec::{
    Ack, Connack, Disconnect, MAX_PACKET_SIZE, Packet, PacketId, Properties, Property,
    PropertyBuffer, Publish, Qos, Reason, Sender, SubscriptionOptions, Version, decode, split,
};

use super::PATIENCE;

/// What a client sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Got {
    Connect(Hello),
    Publish(Message),
    Puback(u16),
    Pubrec(u16),
    Pubrel(u16),
    Pubcomp(u16),
    Subscribe {
        id: u16,
        filters: Vec<(String, SubscriptionOptions)>,
        properties: PropertyBuffer,
    },
    Unsubscribe {
        id: u16,
        filters: Vec<String>,
    },
    Pingreq,
    Disconnect {
        reason: Reason,
        session_expiry: Option<u32>,
        properties: PropertyBuffer,
    },
    Other(String),
    Closed,
    /// The end of a stream of TLS that was not announced.
    Cut,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hello {
    pub(crate) version: Version,
    pub(crate) client_id: String,
    pub(crate) clean: bool,
    pub(crate) session_expiry: Option<u32>,
    pub(crate) receive_maximum: Option<u16>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    pub(crate) keep_alive: u16,
    pub(crate) alias_maximum: Option<u16>,
    pub(crate) properties: PropertyBuffer,
    /// The topic of the will, and its properties.
    pub(crate) will: Option<(String, PropertyBuffer)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: Qos,
    pub(crate) id: u16,
    pub(crate) dup: bool,
    pub(crate) retain: bool,
    pub(crate) properties: PropertyBuffer,
}

/// A listener on a free port.
pub(crate) struct Broker {
    listener: TcpListener,
}

impl Broker {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1:0")
    }

    /// A listener at this address.
    #[track_caller]
    pub(crate) fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        // On Linux this bounds `accept` as well.
        socket2::SockRef::from(&listener).set_read_timeout(Some(PATIENCE)).unwrap();
        Self { listener }
    }

    pub(crate) fn port(&self) -> String {
        self.listener.local_addr().unwrap().port().to_string()
    }

    /// Where it listens, as a host with its port.
    pub(crate) fn place(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// The next connection.
    #[track_caller]
    pub(crate) fn accept(&self) -> Peer {
        Peer::over(self.accept_stream())
    }

    /// The socket of the next connection.
    #[track_caller]
    pub(crate) fn accept_stream(&self) -> TcpStream {
        let (stream, _) = self.listener.accept().expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// The next connection, with CONNECT read and accepted.
    #[track_caller]
    pub(crate) fn welcome(&self) -> (Peer, Hello) {
        let mut peer = self.accept();
        let hello = peer.hello();
        peer.connack(false, &[]);
        (peer, hello)
    }

    /// Whether nobody has connected.
    pub(crate) fn is_alone(&self) -> bool {
        self.listener.set_nonblocking(true).unwrap();
        let outcome = self.listener.accept();
        self.listener.set_nonblocking(false).unwrap();
        outcome.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

/// What a connection runs over.
pub(crate) trait Transport: Read + Write + Send {}

impl<T: Read + Write + Send> Transport for T {}

/// One connection.
pub(crate) struct Peer {
    stream: Box<dyn Transport>,
    bytes: Vec<u8>,
    version: Version,
}

impl Peer {
    /// A connection that stands.
    pub(crate) fn over(stream: impl Transport + 'static) -> Self {
        Self { stream: Box::new(stream), bytes: Vec::new(), version: Version::V5 }
    }

    /// The next packet, or the end of the connection.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Got {
        loop {
            if let Some(frame) = split(&self.bytes, MAX_PACKET_SIZE).expect("a packet") {
                let packet = decode(frame, self.version, Sender::Client).expect("a packet");
                let (got, size) = (owned(packet), frame.bytes().len());
                self.bytes.drain(..size);
                return got;
            }
            let mut chunk = vec![0; 64 * 1024];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Got::Closed,
                Ok(count) => self.bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Got::Closed,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Got::Cut,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// Reads one packet of any size without keeping it; its size.
    #[track_caller]
    pub(crate) fn skim_message(&mut self) -> usize {
        let mut chunk = vec![0; 1 << 20];
        while self.bytes.len() < 5 {
            let count = self.stream.read(&mut chunk).unwrap();
            self.bytes.extend_from_slice(&chunk[..count]);
        }
        assert_eq!(self.bytes[0] >> 4, 3, "PUBLISH");
        let (mut length, mut at) = (0, 1);
        loop {
            let byte = self.bytes[at];
            length |= usize::from(byte & 0x7f) << (7 * (at - 1));
            at += 1;
            if byte < 0x80 {
                break;
            }
        }
        let size = at + length;
        let kept = self.bytes.len().min(size);
        self.bytes.drain(..kept);
        let mut missing = size - kept;
        while missing > 0 {
            let most = missing.min(chunk.len());
            let count = self.stream.read(&mut chunk[..most]).unwrap();
            assert_ne!(count, 0, "cut short");
            missing -= count;
        }
        size
    }

    /// So many bytes, whatever they mean.
    #[track_caller]
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut chunk = vec![0; 64 * 1024];
        while self.bytes.len() < count {
            let arrived = self.stream.read(&mut chunk).expect("more bytes");
            assert!(arrived > 0, "the end after {:?}", self.bytes);
            self.bytes.extend_from_slice(&chunk[..arrived]);
        }
        self.bytes.drain(..count).collect()
    }

    /// The version of a CONNECT that was read as bytes.
    pub(crate) const fn speaks(&mut self, version: Version) {
        self.version = version;
    }

    #[track_caller]
    pub(crate) fn hello(&mut self) -> Hello {
        match self.next() {
            Got::Connect(hello) => {
                self.version = hello.version;
                hello
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn message(&mut self) -> Message {
        match self.next() {
            Got::Publish(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Reads SUBSCRIBE and grants what it asks for; the filters.
    #[track_caller]
    pub(crate) fn grant(&mut self) -> Vec<(String, SubscriptionOptions)> {
        let (id, filters) = self.subscription();
        let codes: Vec<u8> = filters.iter().map(|(_, options)| options.qos as u8).collect();
        self.suback(id, &codes);
        filters
    }

    #[track_caller]
    pub(crate) fn subscription(&mut self) -> (u16, Vec<(String, SubscriptionOptions)>) {
        match self.next() {
            Got::Subscribe { id, filters, .. } => (id, filters),
            other => panic!("{other:?}"),
        }
    }

    /// The client leaves in order.
    #[track_caller]
    pub(crate) fn leaves(&mut self) {
        match self.next() {
            Got::Disconnect { reason: Reason::Success, .. } => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(self.next(), Got::Closed);
    }

    #[track_caller]
    pub(crate) fn send(&mut self, packet: Packet<'_>) {
        let mut out = Vec::new();
        packet.encode(self.version, &mut out).unwrap();
        self.raw(&out);
    }

    #[track_caller]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub(crate) fn connack(&mut self, session_present: bool, properties: &[Property<'_>]) {
        let properties = buffer(properties);
        let (reason, properties) = (Reason::Success, properties.as_properties());
        self.send(Packet::Connack(Connack { session_present, reason, properties }));
    }

    pub(crate) fn refuse(&mut self, reason: Reason) {
        let (session_present, properties) = (false, Properties::EMPTY);
        self.send(Packet::Connack(Connack { session_present, reason, properties }));
    }

    pub(crate) fn suback(&mut self, id: u16, codes: &[u8]) {
        let (id, properties) = (packet_id(id), Properties::EMPTY);
        self.send(Packet::Suback(mq::codec::Suback { id, properties, codes }));
    }

    /// UNSUBACK, with one code in version 5.
    pub(crate) fn unsuback(&mut self, id: u16, code: u8) {
        let (id, properties) = (packet_id(id), Properties::EMPTY);
        let codes: &[u8] = if self.version.is_v5() { &[code] } else { &[] };
        self.send(Packet::Unsuback(mq::codec::Suback { id, properties, codes }));
    }

    /// A message that was retained before; `id` 0 at QoS 0.
    pub(crate) fn retained(&mut self, topic: &str, payload: &[u8], qos: Qos, id: u16) {
        self.deliver(&Publish {
            dup: false,
            qos,
            retain: true,
            topic,
            id: PacketId::new(id),
            properties: Properties::EMPTY,
            payload,
        });
    }

    /// Messages at QoS 0, by topic, payload and whether they were retained, in one write: who has
    /// seen enough of them may leave.
    #[track_caller]
    pub(crate) fn deliver_all(&mut self, messages: &[(&str, &[u8], bool)]) {
        let mut out = Vec::new();
        for &(topic, payload, retain) in messages {
            let publish = Publish {
                dup: false,
                qos: Qos::AtMostOnce,
                retain,
                topic,
                id: None,
                properties: Properties::EMPTY,
                payload,
            };
            publish.encode(self.version, &mut out).unwrap();
        }
        self.raw(&out);
    }

    pub(crate) fn puback(&mut self, id: u16, reason: Reason) {
        self.send(Packet::Puback(Ack::new(packet_id(id), reason)));
    }

    pub(crate) fn pubrec(&mut self, id: u16) {
        self.send(Packet::Pubrec(Ack::new(packet_id(id), Reason::Success)));
    }

    pub(crate) fn pubrel(&mut self, id: u16) {
        self.send(Packet::Pubrel(Ack::new(packet_id(id), Reason::Success)));
    }

    pub(crate) fn pubcomp(&mut self, id: u16) {
        self.send(Packet::Pubcomp(Ack::new(packet_id(id), Reason::Success)));
    }

    pub(crate) fn disconnect(&mut self, reason: Reason, properties: &[Property<'_>]) {
        let properties = buffer(properties);
        let properties = properties.as_properties();
        self.send(Packet::Disconnect(Disconnect { reason, properties }));
    }

    /// A message; `id` 0 at QoS 0.
    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, id: u16) {
        self.deliver(&Publish {
            dup: false,
            qos,
            retain: false,
            topic,
            id: PacketId::new(id),
            properties: Properties::EMPTY,
            payload,
        });
    }

    pub(crate) fn deliver(&mut self, publish: &Publish<'_>) {
        self.send(Packet::Publish(*publish));
    }

    /// The messages that come before the connection ends, however it ends.
    #[track_caller]
    pub(crate) fn messages_until_the_end(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            match self.next() {
                Got::Publish(message) => messages.push(message),
                Got::Closed | Got::Cut => return messages,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Takes all until the client leaves: acknowledges, answers pings; the messages.
    #[track_caller]
    pub(crate) fn take_all(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            match self.next() {
                Got::Publish(message) => {
                    match message.qos {
                        Qos::AtMostOnce => {}
                        Qos::AtLeastOnce => self.puback(message.id, Reason::Success),
                        Qos::ExactlyOnce => self.pubrec(message.id),
                    }
                    messages.push(message);
                }
                Got::Pubrel(id) => self.pubcomp(id),
                Got::Pingreq => self.send(Packet::Pingresp),
                Got::Disconnect { .. } => return messages,
                other => panic!("{other:?}"),
            }
        }
    }
}

fn packet_id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

pub(crate) fn buffer(properties: &[Property<'_>]) -> PropertyBuffer {
    let mut buffer = PropertyBuffer::new();
    for property in properties {
        buffer.push(*property).unwrap();
    }
    buffer
}

fn kept(properties: Properties<'_>) -> PropertyBuffer {
    let mut kept = PropertyBuffer::new();
    kept.extend(properties);
    kept
}

fn owned(packet: Packet<'_>) -> Got {
    let expiry = |properties: Properties<'_>| {
        properties.find(|property| match property {
            Property::SessionExpiryInterval(seconds) => Some(seconds),
            _ => None,
        })
    };
    match packet {
        Packet::Connect(connect) => Got::Connect(Hello {
            version: connect.version,
            client_id: connect.client_id.to_owned(),
            clean: connect.clean,
            session_expiry: expiry(connect.properties),
            receive_maximum: connect.properties.find(|property| match property {
                Property::ReceiveMaximum(maximum) => Some(maximum),
                _ => None,
            }),
            username: connect.username.map(str::to_owned),
            password: connect.password.map(<[u8]>::to_vec),
            keep_alive: connect.keep_alive,
            properties: kept(connect.properties),
            alias_maximum: connect.properties.find(|property| match property {
                Property::TopicAliasMaximum(maximum) => Some(maximum),
                _ => None,
            }),
            will: connect.will.map(|will| (will.topic.to_owned(), kept(will.properties))),
        }),
        Packet::Publish(publish) => Got::Publish(Message {
            topic: publish.topic.to_owned(),
            payload: publish.payload.to_vec(),
            qos: publish.qos,
            id: publish.id.map_or(0, u16::from),
            dup: publish.dup,
            retain: publish.retain,
            properties: kept(publish.properties),
        }),
        Packet::Puback(ack) => Got::Puback(ack.id.get()),
        Packet::Pubrec(ack) => Got::Pubrec(ack.id.get()),
        Packet::Pubrel(ack) => Got::Pubrel(ack.id.get()),
        Packet::Pubcomp(ack) => Got::Pubcomp(ack.id.get()),
        Packet::Subscribe(subscribe) => Got::Subscribe {
            id: subscribe.id.get(),
            filters: subscribe.filters.iter().map(|(f, options)| (f.to_owned(), options)).collect(),
            properties: kept(subscribe.properties),
        },
        Packet::Unsubscribe(unsubscribe) => Got::Unsubscribe {
            id: unsubscribe.id.get(),
            filters: unsubscribe.filters.iter().map(str::to_owned).collect(),
        },
        Packet::Pingreq => Got::Pingreq,
        Packet::Disconnect(disconnect) => Got::Disconnect {
            reason: disconnect.reason,
            session_expiry: expiry(disconnect.properties),
            properties: kept(disconnect.properties),
        },
        other => Got::Other(format!("{other:?}")),
    }
}
