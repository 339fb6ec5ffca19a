//! A writer that keeps its own ledger: over as many links as it takes, every message once more
//! until it is acknowledged.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::raw::{CONNACK, PUBACK, Raw, packet, text};

const PUBREC: u8 = 0x50;
const PUBREL: u8 = 0x62;
const PUBCOMP: u8 = 0x70;
/// Messages without their last acknowledgement.
const WINDOW: usize = 20;

/// One persistent session of version 3.1.1 that publishes the numbers from 0.
#[derive(Debug)]
pub(crate) struct Writer {
    port: u16,
    topic: &'static str,
    qos: u8,
    /// The first number that was never sent.
    next: usize,
    flight: VecDeque<Sent>,
    /// How often it connected.
    pub(crate) links: usize,
}

#[derive(Debug)]
struct Sent {
    number: usize,
    /// PUBREC came: the number is not sent again, PUBREL is.
    received: bool,
}

impl Writer {
    pub(crate) fn new(port: u16, topic: &'static str, qos: u8) -> Self {
        Self { port, topic, qos, next: 0, flight: VecDeque::new(), links: 0 }
    }

    /// Publishes the numbers below `count`, until the last one is acknowledged.
    pub(crate) fn publish(&mut self, count: usize) {
        while let Err(error) = self.use_link(count) {
            let lost = !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
            assert!(lost, "no answer: {self:?}");
        }
    }

    fn use_link(&mut self, count: usize) -> io::Result<()> {
        let mut raw = Raw::try_open(self.port)?;
        self.links += 1;
        let mut hello = b"\x00\x04MQTT\x04\x00\x00\x00".to_vec();
        hello.extend(text(self.topic));
        raw.stream.write_all(&packet(0x10, &hello))?;
        let (header, connack) = raw.try_packet()?;
        assert_eq!((header, connack[1]), (CONNACK, 0));
        assert!(connack[0] == 1 || self.flight.is_empty(), "the session is kept");
        for sent in &self.flight {
            let again = if sent.received {
                packet(PUBREL, &identifier(sent.number))
            } else {
                self.message(sent.number, 0x08)
            };
            raw.stream.write_all(&again)?;
        }
        loop {
            while self.flight.len() < WINDOW && self.next < count {
                let number = self.next;
                // It may leave before the link is found to be cut.
                self.next += 1;
                self.flight.push_back(Sent { number, received: false });
                raw.stream.write_all(&self.message(number, 0))?;
            }
            if self.flight.is_empty() {
                return Ok(());
            }
            let (header, body) = raw.try_packet()?;
            let at = self.flight.iter().position(|sent| identifier(sent.number) == body[..]);
            // What was acknowledged twice is known no longer.
            match (header, at) {
                (PUBACK | PUBCOMP, Some(at)) => drop(self.flight.remove(at)),
                (PUBREC, at) => {
                    if let Some(at) = at {
                        self.flight[at].received = true;
                    }
                    raw.stream.write_all(&packet(PUBREL, &body))?;
                }
                (PUBACK | PUBCOMP, None) => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    fn message(&self, number: usize, dup: u8) -> Vec<u8> {
        let mut body = text(self.topic);
        body.extend(identifier(number));
        body.extend(number.to_string().into_bytes());
        packet(0x30 | dup | self.qos << 1, &body)
    }
}

fn identifier(number: usize) -> [u8; 2] {
    u16::try_from(number % 65_535 + 1).expect("at most 65,535").to_be_bytes()
}
