//! A client that is nothing but a socket and bytes written by hand: no codec of ours.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::harness::PATIENCE;

pub(crate) const CONNACK: u8 = 0x20;
pub(crate) const PUBACK: u8 = 0x40;
pub(crate) const SUBACK: u8 = 0x90;
pub(crate) const PINGRESP: u8 = 0xD0;
pub(crate) const PINGREQ: &[u8] = &[0xC0, 0];

/// A connection to a broker.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

/// A clean CONNECT of version 3.1.1 or 5.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hello<'a> {
    pub(crate) level: u8,
    pub(crate) id: &'a str,
    pub(crate) keep_alive: u16,
    /// Topic and payload, at QoS 1.
    pub(crate) will: Option<(&'a str, &'a str)>,
}

impl<'a> Hello<'a> {
    /// Version 3.1.1, without keep-alive and will.
    pub(crate) const fn new(id: &'a str) -> Self {
        Self { level: 4, id, keep_alive: 0, will: None }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = b"\x00\x04MQTT".to_vec();
        body.push(self.level);
        body.push(if self.will.is_some() { 0x0E } else { 0x02 });
        body.extend(self.keep_alive.to_be_bytes());
        let no_properties: &[u8] = if self.level == 5 { &[0] } else { &[] };
        body.extend(no_properties);
        body.extend(text(self.id));
        if let Some((topic, payload)) = self.will {
            body.extend(no_properties);
            body.extend(text(topic));
            body.extend(text(payload));
        }
        packet(0x10, &body)
    }
}

/// A packet of any type.
pub(crate) fn packet(header: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![header];
    let mut rest = body.len();
    loop {
        let low = u8::try_from(rest % 128).expect("below 128");
        rest /= 128;
        bytes.push(if rest > 0 { low | 0x80 } else { low });
        if rest == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

/// A string with its length.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).expect("a short text").to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// SUBSCRIBE of version 3.1.1 to one filter.
pub(crate) fn subscribe(id: u16, filter: &str, qos: u8) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    body.extend(text(filter));
    body.push(qos);
    packet(0x82, &body)
}

/// PUBLISH of version 3.1.1, at QoS 1 when there is an identifier, else at QoS 0.
pub(crate) fn publish(id: Option<u16>, topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = text(topic);
    if let Some(id) = id {
        body.extend(id.to_be_bytes());
    }
    body.extend(payload);
    packet(if id.is_some() { 0x32 } else { 0x30 }, &body)
}

impl Raw {
    /// Opens a connection and says nothing.
    pub(crate) fn open(port: u16) -> Self {
        Self::try_open(port).expect("somebody listens")
    }

    pub(crate) fn try_open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    /// Opens a connection and is let in.
    pub(crate) fn connect(port: u16, hello: Hello<'_>) -> Self {
        let mut raw = Self::open(port);
        raw.send(&hello.bytes());
        assert_eq!(raw.expect(CONNACK)[1], 0, "{hello:?} is let in");
        raw
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the broker reads");
    }

    /// Subscribes; a message that comes before SUBACK is an error.
    pub(crate) fn subscribe(&mut self, filter: &str, qos: u8) {
        self.send(&subscribe(7, filter, qos));
        assert_eq!(self.expect(SUBACK), [0, 7, qos]);
    }

    /// The broker answers.
    pub(crate) fn ping(&mut self) {
        self.send(PINGREQ);
        self.expect(PINGRESP);
    }

    /// The next packet: its first byte, and what follows the length; none when the broker has
    /// closed the connection.
    pub(crate) fn packet(&mut self) -> Option<(u8, Vec<u8>)> {
        match self.try_packet() {
            Ok(packet) => Some(packet),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::BrokenPipe
                ) =>
            {
                None
            }
            Err(error) => panic!("neither a packet nor an end within {PATIENCE:?}: {error}"),
        }
    }

    /// The next packet, or why there is none.
    pub(crate) fn try_packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        let header = byte[0];
        let (mut len, mut shift) = (0_usize, 0);
        loop {
            self.stream.read_exact(&mut byte)?;
            len |= usize::from(byte[0] & 0x7F) << shift;
            shift += 7;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; len];
        self.stream.read_exact(&mut body)?;
        Ok((header, body))
    }

    /// The next packet, which is of one type.
    #[track_caller]
    pub(crate) fn expect(&mut self, header: u8) -> Vec<u8> {
        match self.packet() {
            Some((found, body)) if found == header => body,
            other => panic!("not a packet {header:#04x}: {other:?}"),
        }
    }

    /// The payload of the next packet, a PUBLISH at QoS 0 or 1; acknowledged.
    #[track_caller]
    pub(crate) fn message(&mut self) -> Vec<u8> {
        let Some((header, body)) = self.packet() else { panic!("closed, and no message") };
        assert_eq!(header & 0xF0, 0x30, "not a message: {header:#04x} {body:?}");
        let mut at = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
        if header & 0x06 != 0 {
            self.send(&packet(PUBACK, &body[at..at + 2]));
            at += 2;
        }
        body[at..].to_vec()
    }

    /// The broker closes the connection; what it says before is passed over.
    pub(crate) fn wait_for_the_end(&mut self) {
        while self.packet().is_some() {}
    }

    /// Sends nothing more, and still reads.
    pub(crate) fn half_close(&self) {
        self.stream.shutdown(Shutdown::Write).expect("an open socket");
    }
}
